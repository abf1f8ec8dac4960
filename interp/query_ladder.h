// Query ladder: one pair of variables on all three rungs.
#ifndef RUNG_INTERP_QUERY_LADDER_H
#define RUNG_INTERP_QUERY_LADDER_H

#include "interp/value.h"

typedef struct Vm Vm;

// `ladder Y, X` under the context's model, for the values of Y and X: for each level x of X what
// Y is where X = x is seen, where it is set, and what it would have been with X = x where X was
// something else. These are E[Y | X = x] = E[Y[X = x] | X = x], E[Y[X = x]] and E[Y[X = x] | X != x],
// so that the second is the mean of the others, weighted by P(X = x) (Pearl, Causality, 2nd ed.,
// section 8.2.5); of a Y that is no number, probabilities. With an open back-door path they
// differ; the sentence in *out names it. False: reported.
bool query_ladder(Vm *vm, const Value values[2], Span span, Value *out);

#endif
