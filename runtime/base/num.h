// Num: numbers in and out of text, exactly.
#ifndef RUNG_BASE_NUM_H
#define RUNG_BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/str.h"

// Reads a decimal number (digits, point, exponent; no sign, no hexadecimal, no inf) from the
// first of `len` bytes. Returns the number of bytes read, 0 when there is none, and sets
// *value to exactly what strtod would give in the C locale, at several hundred MB/s for the
// short numbers of real files (the fast path: at most 19 digits and a power of ten within 22,
// Clinger 1990). Never reads past `len`.
size_t num_read(const char *text, size_t len, double *value);

// Appends the shortest decimal that reads back as exactly the same double; integers below 1e15
// without a point or exponent; "inf", "-inf", "nan".
void num_add(Str *s, double value);

// Appends with at most `digits` significant digits, trailing zeros removed, for people.
void num_add_digits(Str *s, double value, int digits);

// Numbers that agree to 1e-12 relative are one.
bool num_same(double a, double b);

// a <= b, or they are one.
bool num_at_most(double a, double b);

// The whole number that is one with x, or x.
double num_whole(double x);

#endif
