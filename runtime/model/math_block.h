// Math block: functions of numbers on whole arrays, in loops that the compiler vectorises.
//
// Within 4 units in the last place of the functions of libm, with the same special cases. They do
// not depend on the machine: the same bits on every processor. `out` may be `x`.
#ifndef RUNG_MODEL_MATH_BLOCK_H
#define RUNG_MODEL_MATH_BLOCK_H

#include <stddef.h>

typedef void MathBlock(size_t n, double *out, const double *x);

MathBlock math_block_abs, math_block_exp, math_block_log, math_block_log1p, math_block_logistic,
    math_block_logit, math_block_normal_pdf, math_block_sqrt;

// The block version of a function of one number by its name, or NULL.
MathBlock *math_block_find(const char *name);

#endif
