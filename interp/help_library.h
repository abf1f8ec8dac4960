// Help library: the definitions of the standard library, as its files document them.
#ifndef RUNG_INTERP_HELP_LIBRARY_H
#define RUNG_INTERP_HELP_LIBRARY_H

#include <stdbool.h>

#include "runtime/base/str.h"

// Calls `visit` for every function and model of the library: its name, the topic, which is the name
// of its file, and the first sentence of the comment above it, which lives as long as the call.
void help_library_each(void (*visit)(void *user, const char *name, const char *topic,
                                     const char *line),
                       void *user);

// Appends a definition's text and the comment above it. False when the library has none of that
// name.
bool help_library_name(const char *name, Str *out);

#endif
