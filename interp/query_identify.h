// Query_identify: questions put to a graph without mechanisms: the estimand, a witness that there
// is none, or the number that a source gives.
#ifndef RUNG_INTERP_QUERY_IDENTIFY_H
#define RUNG_INTERP_QUERY_IDENTIFY_H

#include "interp/value.h"

typedef struct Vm Vm;

// Whether a model is a graph alone: no mechanism, no factor.
bool query_is_graph(const Model *m);

// Identifies the effect that a question asks for, under the graph of the model in context. Without
// a source, or with described ones, *out is the estimand or the witness; with a model as source it
// is the number. False: reported.
bool query_identify(Vm *vm, const Question *q, const Model *source, Span span, Value *out);

#endif
