// Dist family: the families themselves, for the list in dist.c.
#ifndef RUNG_MODEL_DIST_FAMILY_H
#define RUNG_MODEL_DIST_FAMILY_H

#include <math.h>

#include "runtime/model/dist.h"

// The functions of a family over the whole line, from what it defines inside its bounds:
// id_below and id_above are P(X <= x) and P(X > x) for low <= x < high, and id_at is the
// quantile of p with 0 < p < 1 and q = 1 - p, where the smaller of the two is exact. Parameters
// that `check` finds wrong give NaN.
#define DIST_TAILS(id, check)                                                                  \
    static double id##_cdf(const double *a, double x) {                                        \
        double low, high;                                                                      \
        if (check(a) || isnan(x)) return NAN;                                                  \
        id##_bounds(a, &low, &high);                                                           \
        return x < low || x == -INFINITY ? 0 : x >= high ? 1 : id##_below(a, x);               \
    }                                                                                          \
    static double id##_survival(const double *a, double x) {                                   \
        double low, high;                                                                      \
        if (check(a) || isnan(x)) return NAN;                                                  \
        id##_bounds(a, &low, &high);                                                           \
        return x < low || x == -INFINITY ? 1 : x >= high ? 0 : id##_above(a, x);               \
    }                                                                                          \
    static double id##_inverse(const double *a, double p, double q) {                          \
        double low, high;                                                                      \
        if (check(a) || !(p >= 0 && q >= 0)) return NAN;                                       \
        id##_bounds(a, &low, &high);                                                           \
        return p == 0 ? low : q == 0 ? high : id##_at(a, p, q);                                \
    }                                                                                          \
    static double id##_upper_quantile(const double *a, double q) {                             \
        return id##_inverse(a, 1 - q, q);                                                      \
    }

#define DIST_CURVES(id, check)                                                                 \
    DIST_TAILS(id, check)                                                                      \
    static double id##_quantile(const double *a, double p) {                                   \
        return id##_inverse(a, p, 1 - p);                                                      \
    }

// Over the whole numbers. 1 - p may be off by the rounding of p, so that a value too far may be
// found: the cdf itself decides.
#define DIST_STEPS(id, check)                                                                  \
    DIST_TAILS(id, check)                                                                      \
    static double id##_quantile(const double *a, double p) {                                   \
        double x = id##_inverse(a, p, 1 - p);                                                  \
        return p > 0.5 && p < 1 && id##_cdf(a, x - 1) >= p ? x - 1 : x;                        \
    }

// Its rows of the struct.
#define DIST_CURVE_ROWS(id)                                                                    \
    .log_mass = id##_log_mass, .cdf = id##_cdf, .survival = id##_survival,                     \
    .quantile = id##_quantile, .upper_quantile = id##_upper_quantile, .bounds = id##_bounds

// dist_discrete.c
extern const DistFamily dist_discrete_bernoulli, dist_discrete_binomial, dist_discrete_geometric,
    dist_discrete_negative_binomial, dist_discrete_point, dist_discrete_poisson,
    dist_discrete_uniform;

// dist_continuous.c: over the whole line
extern const DistFamily dist_continuous_cauchy, dist_continuous_gumbel, dist_continuous_laplace,
    dist_continuous_logistic, dist_continuous_normal, dist_continuous_student_t;

// dist_continuous_half.c: from a point on
extern const DistFamily dist_continuous_exponential, dist_continuous_gamma,
    dist_continuous_lognormal, dist_continuous_pareto, dist_continuous_weibull;

// dist_continuous_interval.c: between two points
extern const DistFamily dist_continuous_beta, dist_continuous_triangular,
    dist_continuous_uniform;

#endif
