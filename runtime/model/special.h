// Special: incomplete gamma and beta functions, and the inversion of distribution functions.
#ifndef RUNG_MODEL_SPECIAL_H
#define RUNG_MODEL_SPECIAL_H

// Keeps GSL from ending the program at an error; before any call of a GSL function that can
// fail.
void special_hush(void);

// The regularised incomplete gamma functions P(a, x) and Q(a, x) = 1 - P(a, x), for a > 0 and
// x >= 0, by GSL; each keeps its relative accuracy where it is small. 0 where they underflow.
double special_gamma_lower(double a, double x);
double special_gamma_upper(double a, double x);

// The regularised incomplete beta function I_x(a, b), for a, b > 0, x in [0, 1] and y = 1 - x,
// which the caller may know more accurately than by subtraction. By a continued fraction with
// Loader's saddle-point form as the factor before it, so that small values keep their relative
// accuracy also for large a and b. Time grows with the square root of the larger parameter; NaN
// where a million rounds are not enough.
double special_beta(double a, double b, double x, double y);

// A distribution function to be inverted.
typedef struct SpecialCurve {
    double (*below)(const void *user, double x); // P(X <= x), never falling
    double (*above)(const void *user, double x); // P(X > x)
    double (*density)(const void *user, double x); // NULL when there is none everywhere
    const void *user;
} SpecialCurve;

// The smallest x in (low, high] with below(x) >= p, where p + q = 1 and both are known exactly:
// the smaller of them is compared in its own tail. It must not be reached at `low`, and must at
// `high` (neither is asked; they may be infinite). Newton's method on the logarithm of the tail
// from `start`, safeguarded by bisection in the order of the double-precision numbers: it ends
// after at most some 400 evaluations whatever the curve, usually 5 to 10, and is right to the
// last digits that the curve itself has.
double special_inverse(const SpecialCurve *c, double low, double high, double start, double p,
                       double q);

// The same over the whole numbers low..high (high may be infinite), for a curve that steps
// there. Agreement to 1e-12 relative counts as reached.
double special_inverse_whole(const SpecialCurve *c, double low, double high, double start,
                             double p, double q);

#endif
