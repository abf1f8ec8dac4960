// Scalar: what the operators of terms do to numbers, one value at a time.
#ifndef RUNG_MODEL_SCALAR_H
#define RUNG_MODEL_SCALAR_H

#include "runtime/model/term.h"

// The value of an operator from NEG to OR, except CALL, applied to numbers (booleans are 0 and 1;
// `b` is ignored by NEG and NOT). NaN stands for undefined and makes the result undefined, save
// that false and anything is false, and true or anything is true.
double scalar_apply(TermOp op, double a, double b);

// Whether a term is made of numbers and operators alone, and then its value. NOMEM is possible.
Status scalar_constant(const Term *t, bool *constant, double *value);

#endif
