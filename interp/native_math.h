// Native_math: what other natives need of the functions of numbers.
#ifndef RUNG_INTERP_NATIVE_MATH_H
#define RUNG_INTERP_NATIVE_MATH_H

#include "interp/native.h"
#include "runtime/model/math.h"

// f of `f->arity` values: numbers compute, quantities build a term, lists and tables go item by
// item. False: trouble set.
bool native_math_apply(const MathFunction *f, const Value *args, uint32_t origin, Value *out,
                       Trouble *t);

#endif
