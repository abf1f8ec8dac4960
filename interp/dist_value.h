// Dist_value: finite distributions as plain arrays, for the functions of distributions.
#ifndef RUNG_INTERP_DIST_VALUE_H
#define RUNG_INTERP_DIST_VALUE_H

#include "interp/value.h"

// A distribution over finitely many outcomes, in order. `numbers[i]` is the outcome as a number
// (NaN when it is a word), `words[i]` its name.
typedef struct FiniteDist {
    size_t n;
    double *probs, *numbers;
    Value *outcomes;
} FiniteDist;

// Says that `name` takes a distribution, and which one belongs to a variable. Returns false.
bool dist_value_refuse(const char *name, Value v, Trouble *t);

// From a table with a single axis, a map, a distribution without variables, or a number, which is
// the probability of true. False: trouble set.
bool dist_value_finite(const char *name, Interner *names, Value v, FiniteDist *out, Trouble *t);
void dist_value_free(FiniteDist *d);

#endif
