// Math: the functions of numbers that terms and programs share.
#include "runtime/model/math.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846

// The logarithm of |gamma(x)|, without the global sign of lgamma.
static double log_gamma(double x) {
    int sign;
    return lgamma_r(x, &sign);
}

static double logistic(double x) {
    if (x >= 0) return 1 / (1 + exp(-x));
    double e = exp(x);
    return e / (1 + e);
}

// The number of ways to choose k of n: exact while the result is below 2^53, since every partial
// product is itself a binomial coefficient. Whole numbers below 0 are made positive (Knuth, The
// Art of Computer Programming, 1.2.6, equation 17).
static double choose(double n, double k) {
    if (isnan(n) || isnan(k) || k != floor(k)) return NAN;
    bool whole = n == floor(n);
    if (k < 0 || (whole && n >= 0 && k > n)) return 0;
    double sign = 1;
    if (whole && n < 0) {
        sign = fmod(k, 2) == 0 ? 1 : -1;
        n = k - n - 1;
    }
    if (whole && k > n - k) k = n - k;
    // With other numbers many factors may overflow on the way to a small product.
    if (k > (whole ? 1e6 : 100)) {
        int above, below; // the signs of the gamma functions
        double log = lgamma_r(n + 1, &above) - lgamma_r(n - k + 1, &below) - log_gamma(k + 1);
        return sign * above * below * exp(log);
    }
    double result = 1;
    for (double i = 1; i <= k && result != 0 && isfinite(result); i++)
        result = result * (n - i + 1) / i;
    return sign * result;
}

// NaN where an argument is, unlike fmin and fmax.
static double least(double x, double y) {
    return isnan(x) || x < y ? x : y;
}

static double greatest(double x, double y) {
    return isnan(x) || x > y ? x : y;
}

// 0 to a negative power is a division by 0.
static double power(double x, double y) {
    return isnan(x) || isnan(y) || (x == 0 && y < 0) ? NAN : pow(x, y);
}

static double sign_of(double x) {
    return isnan(x) ? x : (double)((x > 0) - (x < 0));
}

// Of one argument, y is a copy of x that nothing reads.
#define MATH(name, arity, value, doc)                                                          \
    static double do_##name(const double *args) {                                              \
        const double x = args[0], y = args[(arity)-1];                                         \
        (void)y;                                                                               \
        return value;                                                                          \
    }                                                                                          \
    static const MathFunction fn_##name = {#name, doc, arity, do_##name, NULL};
#define MATH_SHARED MATH
#include "runtime/model/math.def"
#undef MATH
#undef MATH_SHARED

const MathFunction *const math_list[] = {
#define MATH(name, arity, value, doc) &fn_##name,
#define MATH_SHARED MATH
#include "runtime/model/math.def"
#undef MATH
#undef MATH_SHARED
    NULL,
};

bool math_has_pole(const MathFunction *f) {
    static const MathFunction *const poles[] = {&fn_log,   &fn_log2,   &fn_log10, &fn_log1p,
                                                &fn_logit, &fn_lgamma, &fn_lbeta};
    for (size_t i = 0; i < sizeof poles / sizeof *poles; i++)
        if (f->one == poles[i]->one) return true;
    return false;
}

const MathFunction *math_find(const char *name) {
    for (size_t i = 0; math_list[i]; i++)
        if (strcmp(math_list[i]->name, name) == 0) return math_list[i];
    return NULL;
}
