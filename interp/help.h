// Help: the documentation of every name, for :help, --help and completion.
#ifndef RUNG_INTERP_HELP_H
#define RUNG_INTERP_HELP_H

#include <stdbool.h>

#include "runtime/base/str.h"

// Appends the overview: topics, each with its names.
void help_topics(Str *out);

// Appends what is known of a name: part of the language, a built-in, a diagnostic's code, or a
// topic, which lists its names with a line each. False when nothing is known by it; the closest
// name is then appended as a suggestion.
bool help_name(const char *name, Str *out);

// Calls `visit` for every name that has help.
void help_each(void (*visit)(void *user, const char *name), void *user);

#endif
