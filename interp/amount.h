// Amount: amounts of memory and of time, as settings and options are given them.
#ifndef RUNG_INTERP_AMOUNT_H
#define RUNG_INTERP_AMOUNT_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/str.h"

// Reads 4GB, 500 MB, 20KB or plain bytes, from 1 to below 1e18. False: not an amount.
bool amount_bytes(const char *text, size_t *out);

// Reads 10s, 500ms, 2min, 1h or plain seconds, above 0 and at most 1e9. False: not an amount.
bool amount_seconds(const char *text, double *out);

// Appends an amount in a unit that suits it.
void amount_add_seconds(Str *s, double seconds);

#endif
