// Query_bounds: questions that are not determined by what is known.
#ifndef RUNG_INTERP_QUERY_BOUNDS_H
#define RUNG_INTERP_QUERY_BOUNDS_H

#include "interp/value.h"

typedef struct Vm Vm;

// The question as a part of an assumption: a term. False: reported.
bool query_bounds_assumed(Vm *vm, const Question *q, Span span, Value *out);

// Reports a question that no assumption can have a part of; false.
bool query_bounds_refuse(Vm *vm, Span span);

// Whether the question has a form of which bounds are found.
bool query_bounds_fits(const Question *q);

// The bounds of the question under the model in context, from `source` (NULL: the model alone).
// False: reported; unless `infinite` is there and receives true, because something that the
// question depends on has infinitely many values, or its form is not treated.
bool query_bounds(Vm *vm, const Question *q, const Model *source, Span span, bool *infinite,
                  Value *out);

#endif
