// Bounds_value: ranges in which a number is known to lie, and arithmetic on them.
#ifndef RUNG_INTERP_BOUNDS_VALUE_H
#define RUNG_INTERP_BOUNDS_VALUE_H

#include "interp/value.h"
#include "runtime/base/derivation.h"
#include "runtime/model/math.h"

// Finds the bounds of the objective of `context` (its other fields that say what is known are
// used; low, high and loose are not). A range of no width is a NUMBER, what is undefined in every
// model UNDEFINED. OK, FAULT (in `faults`), NOMEM or CANCELLED.
Status bounds_value_find(const BoundsObject *context, Derivation *d, Value *out, Faults *faults);

// Whether one of two operands is bounds, and the other bounds or a number.
bool bounds_value_meets(Value a, Value b);

// a op b. Sums, differences and quotients of bounds of one context, with numbers as factors, are
// one objective and found anew; everything else is interval arithmetic, whose result is not sharp
// when both sides are bounds. A comparison that the range does not decide is UNDETERMINED.
bool bounds_value_binary(NodeOp op, Value a, Value b, uint32_t origin, Value *out, Trouble *t);

// A monotone function of one argument, or max or min of two. False: trouble set.
bool bounds_value_function(const MathFunction *f, const Value *args, Value *out, Trouble *t);

#endif
