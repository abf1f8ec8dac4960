// Dist: families over the whole line, moved by a location and stretched by a scale.
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "runtime/model/dist_family.h"
#include "runtime/model/special.h"

#define PI 3.14159265358979323846
#define EULER 0.57721566490153286061
#define LOG_SQRT_2PI 0.91893853320467274178

static double log_gamma(double x) {
    int sign;
    return lgamma_r(x, &sign);
}

static bool positive(double x) {
    return x > 0 && isfinite(x);
}

static const DistParam location_scale[] = {{"location", false, false, 0},
                                           {"scale", false, false, 0}};

static const char *wrong_scale(const double *a) {
    if (!isfinite(a[0])) return "the location must be a finite number";
    return positive(a[1]) ? NULL : "the scale must be above 0";
}

static const DistParam mean_sd[] = {{"mean", false, false, 0}, {"sd", false, false, 0}};

static const char *wrong_sd(const double *a) {
    if (!isfinite(a[0])) return "the mean must be a finite number";
    return positive(a[1]) ? NULL : "the standard deviation must be above 0";
}

static double location(const double *a) {
    return a[0];
}

static double gumbel_mean(const double *a) {
    return a[0] + EULER * a[1];
}

static double no_moment(const double *a) {
    (void)a;
    return NAN;
}

// --- at z = (x - location) / scale: log density, probability below and above, quantile ---

static double normal_log(double z) {
    return -0.5 * z * z - LOG_SQRT_2PI;
}

static double normal_under(double z) {
    return 0.5 * erfc(-z * M_SQRT1_2);
}

static double normal_over(double z) {
    return 0.5 * erfc(z * M_SQRT1_2);
}

static double normal_z(double p, double q) {
    return p <= q ? gsl_cdf_ugaussian_Pinv(p) : gsl_cdf_ugaussian_Qinv(q);
}

// The smaller exponential cannot overflow.
static double logistic_log(double z) {
    return -fabs(z) - 2 * log1p(exp(-fabs(z)));
}

static double logistic_under(double z) {
    return z < 0 ? exp(z) / (1 + exp(z)) : 1 / (1 + exp(-z));
}

static double logistic_over(double z) {
    return logistic_under(-z);
}

static double logistic_z(double p, double q) {
    return p <= q ? log(p) - log1p(-p) : log1p(-q) - log(q);
}

static double gumbel_log(double z) {
    return z == -INFINITY ? z : -z - exp(-z);
}

static double gumbel_under(double z) {
    return exp(-exp(-z));
}

static double gumbel_over(double z) {
    return -expm1(-exp(-z));
}

static double gumbel_z(double p, double q) {
    return -log(p <= q ? -log(p) : -log1p(-q));
}

static double laplace_log(double z) {
    return -fabs(z) - M_LN2;
}

static double laplace_under(double z) {
    return z < 0 ? 0.5 * exp(z) : 1 - 0.5 * exp(-z);
}

static double laplace_over(double z) {
    return laplace_under(-z);
}

static double laplace_z(double p, double q) {
    return p <= q ? log(2 * p) : -log(2 * q);
}

static double cauchy_log(double z) {
    return -log(PI) - 2 * log(hypot(1, z));
}

static double cauchy_under(double z) {
    return atan2(1, -z) / PI;
}

static double cauchy_over(double z) {
    return atan2(1, z) / PI;
}

static double cauchy_z(double p, double q) {
    if (p == q) return 0;
    return p < q ? -1 / tan(PI * p) : 1 / tan(PI * q);
}

// Declares a family from its functions of z.
#define LOCATION_SCALE(id, text, about, labels, check, average, spread)                        \
    static double id##_log_mass(const double *a, double x) {                                   \
        return check(a) ? NAN : id##_log((x - a[0]) / a[1]) - log(a[1]);                       \
    }                                                                                          \
    static double id##_mass(const double *a, double x) {                                       \
        return check(a) ? NAN : exp(id##_log((x - a[0]) / a[1])) / a[1];                       \
    }                                                                                          \
    static void id##_bounds(const double *a, double *low, double *high) {                      \
        (void)a;                                                                               \
        *low = -INFINITY;                                                                      \
        *high = INFINITY;                                                                      \
    }                                                                                          \
    static double id##_below(const double *a, double x) {                                      \
        return id##_under((x - a[0]) / a[1]);                                                  \
    }                                                                                          \
    static double id##_above(const double *a, double x) {                                      \
        return id##_over((x - a[0]) / a[1]);                                                   \
    }                                                                                          \
    static double id##_at(const double *a, double p, double q) {                               \
        return a[0] + a[1] * id##_z(p, q);                                                     \
    }                                                                                          \
    static double id##_variance(const double *a) {                                             \
        return (spread)*a[1] * a[1];                                                           \
    }                                                                                          \
    DIST_CURVES(id, check)                                                                     \
    const DistFamily dist_continuous_##id = {                                                  \
        .name = text,                                                                          \
        .doc = about,                                                                          \
        .params = labels,                                                                      \
        .nparams = 2,                                                                          \
        .domain = DOMAIN_REAL,                                                                 \
        .wrong = check,                                                                        \
        .mass = id##_mass,                                                                     \
        DIST_CURVE_ROWS(id),                                                                   \
        .mean = average,                                                                       \
        .variance = id##_variance,                                                             \
    };

LOCATION_SCALE(normal, "normal",
               "The normal (Gaussian) distribution: mean, standard deviation.", mean_sd,
               wrong_sd, location, 1)
LOCATION_SCALE(logistic, "logistic", "The logistic distribution.", location_scale, wrong_scale,
               location, PI *PI / 3)
LOCATION_SCALE(gumbel, "gumbel", "The Gumbel distribution of the largest of many values.",
               location_scale, wrong_scale, gumbel_mean, PI *PI / 6)
LOCATION_SCALE(laplace, "laplace", "The Laplace (double exponential) distribution.",
               location_scale, wrong_scale, location, 2)
LOCATION_SCALE(cauchy, "cauchy", "The Cauchy distribution, which has no mean.", location_scale,
               wrong_scale, no_moment, NAN)

// --- student_t ---

static const DistParam student_params[] = {
    {"df", false, false, 0}, {"location", false, true, 0}, {"scale", false, true, 1}};

static const char *student_wrong(const double *a) {
    return positive(a[0]) ? wrong_scale(a + 1) : "the degrees of freedom must be above 0";
}

// ln(gamma(x + 1/2) / gamma(x)), without the cancellation of two large logarithms: from 100 on
// by the asymptotic series in 1 / x (Abramowitz & Stegun 6.1.47), which is then right to 1e-17.
static double log_gamma_step(double x) {
    if (x < 100) return log_gamma(x + 0.5) - log_gamma(x);
    double u = 1 / x, v = u * u;
    return 0.5 * log(x) - u / 8 + u * v / 192 - u * v * v / 640 + 17 * u * v * v * v / 14336;
}

// ln(1 + z^2 / df), also where the square overflows.
static double log_spread(double z, double df) {
    return fabs(z) > 1e100 ? 2 * log(fabs(z)) - log(df) : log1p(z * z / df);
}

static double student_log_mass(const double *a, double x) {
    double df = a[0];
    if (student_wrong(a)) return NAN;
    double z = (x - a[1]) / a[2];
    return log_gamma_step(df / 2) - 0.5 * log(df * PI) - (df + 1) / 2 * log_spread(z, df) -
           log(a[2]);
}

static double student_mass(const double *a, double x) {
    return exp(student_log_mass(a, x));
}

static void student_bounds(const double *a, double *low, double *high) {
    (void)a;
    *low = -INFINITY;
    *high = INFINITY;
}

// P(Z > |z|): half the incomplete beta function (Abramowitz & Stegun 26.7.1); very far out, where
// its argument would underflow, the tail is a power of z.
static double student_tail(double df, double z) {
    double whole = fabs(z) / sqrt(df), s = fmin(whole, 1e150), c = 1 / (1 + s * s);
    double tail = 0.5 * special_beta(df / 2, 0.5, c, s * s * c);
    return whole > s ? tail * pow(s * sqrt(df) / fabs(z), df) : tail;
}

static double student_above(const double *a, double x) {
    double z = (x - a[1]) / a[2], tail = student_tail(a[0], z);
    return z > 0 ? tail : 1 - tail;
}

static double student_below(const double *a, double x) {
    double z = (x - a[1]) / a[2], tail = student_tail(a[0], z);
    return z < 0 ? tail : 1 - tail;
}

static double standard_above(const void *df, double z) {
    return student_tail(*(const double *)df, z);
}

static double standard_density(const void *df, double z) {
    return student_mass((double[]){*(const double *)df, 0, 1}, z);
}

static double student_at(const double *a, double p, double q) {
    if (p == q) return a[1];
    double tail = p < q ? p : q;
    SpecialCurve c = {.above = standard_above, .density = standard_density, .user = a};
    double z = special_inverse(&c, 0, INFINITY, gsl_cdf_ugaussian_Qinv(tail), 1 - tail, tail);
    return a[1] + a[2] * (p < q ? -z : z);
}

static double student_mean(const double *a) {
    return a[0] > 1 ? a[1] : NAN;
}

static double student_variance(const double *a) {
    if (a[0] <= 1) return NAN;
    return a[0] <= 2 ? INFINITY : a[2] * a[2] * a[0] / (a[0] - 2);
}

DIST_CURVES(student, student_wrong)

const DistFamily dist_continuous_student_t = {
    .name = "student_t",
    .doc =
        "Student's t with df degrees of freedom, moved to a location and stretched by a scale.",
    .params = student_params,
    .nparams = 3,
    .domain = DOMAIN_REAL,
    .wrong = student_wrong,
    .mass = student_mass,
    DIST_CURVE_ROWS(student),
    .mean = student_mean,
    .variance = student_variance,
};
