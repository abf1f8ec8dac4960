// Math: the functions of numbers that terms and programs share, one constant each.
#ifndef RUNG_MODEL_MATH_H
#define RUNG_MODEL_MATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A pure function of `arity` numbers, 1 to MATH_MAX_ARITY. NaN where it is undefined and where an
// argument is NaN.
enum { MATH_MAX_ARITY = 4 };

typedef struct MathFunction {
    const char *name; // "exp", "sqrt", "logistic"
    const char *doc;  // one sentence for :help
    uint32_t arity;
    double (*one)(const double *args);
    // Of a function from outside the library, in place of `one`: it may be called from several
    // threads at once.
    double (*host)(const struct MathFunction *self, const double *args);
} MathFunction;

static inline double math_apply(const MathFunction *f, const double *args) {
    return f->host ? f->host(f, args) : f->one(args);
}

// exp log log2 log10 sqrt abs floor ceil round sign logistic logit sin cos tan atan tanh pow min
// max hypot gamma lgamma lbeta erf normal_cdf choose ..., in alphabetical order, ended by NULL.
// `gamma` and `logistic` are also families of distributions, with two parameters (dist.h).
extern const MathFunction *const math_list[];

// Whether the function is infinite somewhere, as log is at 0. An infinite value of any other one
// is a number too large to be told.
bool math_has_pole(const MathFunction *f);

// The function of that name, or NULL.
const MathFunction *math_find(const char *name);

#endif
