// Visible: text from files and programs, shown so that it cannot command the terminal.
#ifndef RUNG_INTERP_VISIBLE_H
#define RUNG_INTERP_VISIBLE_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/str.h"

// Cuts the next piece off a text (len > 0) and returns how many bytes it takes. *shown and *n are
// what to show for it: a piece without control characters as it is, a control character other
// than a tab or the end of a line, or a byte that is not UTF-8, as U+FFFD. With `colors` what
// Rung colours its own prose with passes. Linear time.
size_t visible_cut(const char *text, size_t len, bool colors, const char **shown, size_t *n);

// Appends a whole text so, without colours.
void visible_add(Str *out, const char *text, size_t len);

#endif
