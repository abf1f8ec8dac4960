// Query_cf: counterfactual questions put to a graph: the estimand, or why there is none.
#ifndef RUNG_INTERP_QUERY_CF_H
#define RUNG_INTERP_QUERY_CF_H

#include "interp/value.h"
#include "runtime/graph/graph.h"

typedef struct Vm Vm;

// Whether a question mentions a world. OK or NOMEM.
Status query_cf_asks(const Question *q, bool *asks);

// Identifies P(events | events), or E of a linear combination of variables, whose events are
// equalities V = level (a bare V: that it is true), in any worlds, under the graph of the model in
// context, from the observed joint distribution. False: reported.
bool query_cf_identify(Vm *vm, const Question *q, Span span, Value *out);

#endif
