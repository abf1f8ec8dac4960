// Model values: the domain that follows from the values that an = mechanism reaches.
#ifndef RUNG_MODEL_MODEL_VALUES_H
#define RUNG_MODEL_MODEL_VALUES_H

#include "runtime/model/kernel.h"
#include "runtime/model/model.h"

// From the values that a kernel gave, in every combination of its inputs: bool; numbers, as a
// range when they are consecutive integers, else as levels in ascending order; or named levels
// in the order in which `term` mentions them, those of variables in the order of their domains.
// A term that is a variable has its domain when all levels are reached. Undefined values (NaN)
// are left out. New reference; NULL in *out when there are no values. O(n log n).
Status model_values_domain(const Model *m, const Term *term, ValueKind kind,
                           const double *values, size_t n, Domain **out);

// From the term alone, when its values cannot be listed: bool for a truth value, the levels
// when it can only be one of the named levels that it mentions, the domain of a variable when it
// is that variable alone, int for a whole number, else real.
Status model_values_guess(const Model *m, const Term *term, Domain **out);

// The level of a domain that a kernel's value is, or UINT32_MAX.
uint32_t model_values_level(const Model *m, const Domain *d, ValueKind kind, double value);

// Appends a kernel's value as text.
void model_values_add(const Model *m, ValueKind kind, double value, Str *out);

#endif
