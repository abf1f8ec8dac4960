// Cycle: how messages print a cycle.
#ifndef RUNG_BASE_CYCLE_H
#define RUNG_BASE_CYCLE_H

#include <stddef.h>

#include "runtime/base/str.h"

// Appends "NAME -> " for number i of the n names of a cycle; of a long cycle the middle is left
// out, and how many are is said in its place. To be called for i = 0, 1, ..., n - 1; the first name
// once more, added by the caller, closes the cycle.
void cycle_add(Str *out, size_t i, size_t n, const char *name);

#endif
