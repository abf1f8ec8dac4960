// Math: the functions of numbers that terms and programs share.
#include "runtime/model/math.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define PI 3.14159265358979323846

// NAME(args) of the C library, with one and two arguments.
#define ONE(name, expr)                                                                        \
    static double do_##name(const double *args) {                                              \
        const double x = args[0];                                                              \
        return expr;                                                                           \
    }
#define TWO(name, expr)                                                                        \
    static double do_##name(const double *args) {                                              \
        const double x = args[0], y = args[1];                                                 \
        return expr;                                                                           \
    }

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
// product is itself a binomial coefficient.
static double choose(double n, double k) {
    if (isnan(n) || isnan(k) || k != floor(k)) return NAN;
    bool whole = n == floor(n) && n >= 0;
    if (k < 0 || (whole && k > n)) return 0;
    if (whole && k > n - k) k = n - k;
    if (k > 1e6) return exp(log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1));
    double result = 1;
    for (double i = 1; i <= k && result != 0 && isfinite(result); i++)
        result = result * (n - k + i) / i;
    return result;
}

// NaN where an argument is, unlike fmin and fmax.
static double least(double x, double y) {
    return isnan(x) || x < y ? x : y;
}

static double greatest(double x, double y) {
    return isnan(x) || x > y ? x : y;
}

static double sign_of(double x) {
    return isnan(x) ? x : (double)((x > 0) - (x < 0));
}

ONE(abs, fabs(x))
ONE(acos, acos(x))
ONE(asin, asin(x))
ONE(atan, atan(x))
TWO(atan2, atan2(x, y))
ONE(cbrt, cbrt(x))
ONE(ceil, ceil(x))
TWO(choose, choose(x, y))
ONE(cos, cos(x))
ONE(cosh, cosh(x))
ONE(erf, erf(x))
ONE(erfc, erfc(x))
ONE(exp, exp(x))
ONE(expm1, expm1(x))
ONE(factorial, x < 0 || x != floor(x) ? NAN : tgamma(x + 1))
ONE(floor, floor(x))
ONE(gamma, tgamma(x))
TWO(hypot, isnan(x) || isnan(y) ? NAN : hypot(x, y))
TWO(lbeta, log_gamma(x) + log_gamma(y) - log_gamma(x + y))
ONE(lgamma, log_gamma(x))
ONE(log, log(x))
ONE(log10, log10(x))
ONE(log1p, log1p(x))
ONE(log2, log2(x))
ONE(logistic, logistic(x))
ONE(logit, log(x) - log1p(-x))
TWO(max, greatest(x, y))
TWO(min, least(x, y))
ONE(normal_cdf, 0.5 * erfc(-x * sqrt(0.5)))
ONE(normal_pdf, exp(-0.5 * x * x) / sqrt(2 * PI))
TWO(pow, isnan(x) || isnan(y) ? NAN : pow(x, y)) // NaN^0 is not 1 here
ONE(round, round(x))
ONE(sign, sign_of(x))
ONE(sin, sin(x))
ONE(sinh, sinh(x))
ONE(sqrt, sqrt(x))
ONE(tan, tan(x))
ONE(tanh, tanh(x))
ONE(trunc, trunc(x))

#define ROW(name, arity, doc)                                                                  \
    static const MathFunction fn_##name = {#name, doc, arity, do_##name};

ROW(abs, 1, "The absolute value.")
ROW(acos, 1, "The angle, in radians, that has this cosine.")
ROW(asin, 1, "The angle, in radians, that has this sine.")
ROW(atan, 1, "The angle, in radians, that has this tangent.")
ROW(atan2, 2, "The angle, in radians, of the point (second, first).")
ROW(cbrt, 1, "The cube root.")
ROW(ceil, 1, "The least whole number that is not smaller.")
ROW(choose, 2, "The number of ways to choose the second number of things from the first.")
ROW(cos, 1, "The cosine of an angle in radians.")
ROW(cosh, 1, "The hyperbolic cosine.")
ROW(erf, 1, "The error function.")
ROW(erfc, 1, "1 - erf, without loss of accuracy.")
ROW(exp, 1, "e to this power.")
ROW(expm1, 1, "exp - 1, accurate near 0.")
ROW(factorial, 1, "The product of the whole numbers from 1 to this one.")
ROW(floor, 1, "The greatest whole number that is not larger.")
ROW(gamma, 1, "The gamma function: gamma(n) is the factorial of n - 1.")
ROW(hypot, 2, "The square root of the sum of the squares.")
ROW(lbeta, 2, "The natural logarithm of the beta function.")
ROW(lgamma, 1, "The natural logarithm of the absolute value of the gamma function.")
ROW(log, 1, "The natural logarithm.")
ROW(log10, 1, "The logarithm to base 10.")
ROW(log1p, 1, "The natural logarithm of 1 + this, accurate near 0.")
ROW(log2, 1, "The logarithm to base 2.")
ROW(logistic, 1, "1 / (1 + exp(-x)): from log odds to a probability.")
ROW(logit, 1, "log(p / (1 - p)): from a probability to log odds.")
ROW(max, 2, "The larger of two numbers.")
ROW(min, 2, "The smaller of two numbers.")
ROW(normal_cdf, 1, "The probability that a standard normal variable is at most this.")
ROW(normal_pdf, 1, "The density of the standard normal distribution.")
ROW(pow, 2, "The first number to the power of the second.")
ROW(round, 1, "The nearest whole number, halves away from 0.")
ROW(sign, 1, "-1, 0 or 1.")
ROW(sin, 1, "The sine of an angle in radians.")
ROW(sinh, 1, "The hyperbolic sine.")
ROW(sqrt, 1, "The square root.")
ROW(tan, 1, "The tangent of an angle in radians.")
ROW(tanh, 1, "The hyperbolic tangent.")
ROW(trunc, 1, "The whole number without what follows the point.")

const MathFunction *const math_list[] = {
    &fn_abs,        &fn_acos,   &fn_asin,  &fn_atan,       &fn_atan2,      &fn_cbrt,
    &fn_ceil,       &fn_choose, &fn_cos,   &fn_cosh,       &fn_erf,        &fn_erfc,
    &fn_exp,        &fn_expm1,  &fn_factorial, &fn_floor,  &fn_gamma,      &fn_hypot,
    &fn_lbeta,      &fn_lgamma, &fn_log,   &fn_log10,      &fn_log1p,      &fn_log2,
    &fn_logistic,   &fn_logit,  &fn_max,   &fn_min,        &fn_normal_cdf, &fn_normal_pdf,
    &fn_pow,        &fn_round,  &fn_sign,  &fn_sin,        &fn_sinh,       &fn_sqrt,
    &fn_tan,        &fn_tanh,   &fn_trunc, NULL,
};

const MathFunction *math_find(const char *name) {
    for (size_t i = 0; math_list[i]; i++)
        if (strcmp(math_list[i]->name, name) == 0) return math_list[i];
    return NULL;
}
