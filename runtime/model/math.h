// Math: the functions of numbers that terms and programs share, one constant each.
#ifndef RUNG_MODEL_MATH_H
#define RUNG_MODEL_MATH_H

#include <stddef.h>
#include <stdint.h>

// A pure function of `arity` numbers (arity 1 or 2). `lanes` computes n results at once.
typedef struct MathFunction {
    const char *name; // "exp", "sqrt", "logistic"
    const char *doc;  // one sentence for :help
    uint32_t arity;
    double (*one)(const double *args);
} MathFunction;

// exp log log2 log10 sqrt abs floor ceil round sign logistic logit sin cos tan atan tanh pow min
// max hypot gamma lgamma beta erf normal_cdf choose ..., in alphabetical order, ended by NULL.
extern const MathFunction *const math_list[];

// The function of that name, or NULL.
const MathFunction *math_find(const char *name);

#endif
