// Dist: families over the numbers from a point on: lifetimes, sizes, waiting times.
#include <math.h>

#include "runtime/model/dist_family.h"
#include "runtime/model/saddle.h"
#include "runtime/model/special.h"

#define LOG_SQRT_2PI 0.91893853320467274178

static double log_gamma(double x) {
    int sign;
    return lgamma_r(x, &sign);
}

// n ln(x), and 0 when n is 0, even at x = 0.
static double times_log(double n, double x) {
    return n == 0 ? 0 : n * log(x);
}

static bool positive(double x) {
    return x > 0 && isfinite(x);
}

static void from_zero(const double *a, double *low, double *high) {
    (void)a;
    *low = 0;
    *high = INFINITY;
}

// ln(1 - q) where p + q = 1 and the smaller of them is exact.
static double log_of(double p, double q) {
    return p <= q ? log(p) : log1p(-q);
}

// --- lognormal ---

static const DistParam lognormal_params[] = {{"meanlog", false, false, 0},
                                             {"sdlog", false, false, 0}};

static const char *lognormal_wrong(const double *a) {
    if (!isfinite(a[0])) return "the mean must be a finite number";
    return positive(a[1]) ? NULL : "the standard deviation must be above 0";
}

static double lognormal_log_mass(const double *a, double x) {
    if (lognormal_wrong(a)) return NAN;
    if (x <= 0 || isinf(x)) return -INFINITY;
    double z = (log(x) - a[0]) / a[1];
    return -0.5 * z * z - log(x) - log(a[1]) - LOG_SQRT_2PI;
}

static double lognormal_mass(const double *a, double x) {
    return exp(lognormal_log_mass(a, x));
}

#define lognormal_bounds from_zero

static double lognormal_below(const double *a, double x) {
    return dist_continuous_normal.cdf(a, log(x));
}

static double lognormal_above(const double *a, double x) {
    return dist_continuous_normal.survival(a, log(x));
}

static double lognormal_at(const double *a, double p, double q) {
    return exp(p <= q ? dist_continuous_normal.quantile(a, p)
                      : dist_continuous_normal.upper_quantile(a, q));
}

static double lognormal_mean(const double *a) {
    return exp(a[0] + a[1] * a[1] / 2);
}

static double lognormal_variance(const double *a) {
    return expm1(a[1] * a[1]) * exp(2 * a[0] + a[1] * a[1]);
}

DIST_CURVES(lognormal, lognormal_wrong)

const DistFamily dist_continuous_lognormal = {
    .name = "lognormal",
    .doc = "Its logarithm is normal with mean meanlog and standard deviation sdlog.",
    .params = lognormal_params,
    .nparams = 2,
    .domain = DOMAIN_POSITIVE,
    .wrong = lognormal_wrong,
    .mass = lognormal_mass,
    DIST_CURVE_ROWS(lognormal),
    .mean = lognormal_mean,
    .variance = lognormal_variance,
};

// --- exponential ---

static const DistParam rate_only[] = {{"rate", true, false, 0}};

static const char *wrong_rate(const double *a) {
    return positive(a[0]) ? NULL : "the rate must be above 0";
}

static double exponential_log_mass(const double *a, double x) {
    if (wrong_rate(a)) return NAN;
    return x < 0 ? -INFINITY : log(a[0]) - a[0] * x;
}

static double exponential_mass(const double *a, double x) {
    if (wrong_rate(a)) return NAN;
    return x < 0 ? 0 : a[0] * exp(-a[0] * x);
}

#define exponential_bounds from_zero

static double exponential_below(const double *a, double x) {
    return -expm1(-a[0] * x);
}

static double exponential_above(const double *a, double x) {
    return exp(-a[0] * x);
}

static double exponential_at(const double *a, double p, double q) {
    return -log_of(q, p) / a[0];
}

static double exponential_mean(const double *a) {
    return 1 / a[0];
}

static double exponential_variance(const double *a) {
    return 1 / (a[0] * a[0]);
}

DIST_CURVES(exponential, wrong_rate)

const DistFamily dist_continuous_exponential = {
    .name = "exponential",
    .doc = "The waiting time for an event that happens at this rate; the mean is 1 / rate.",
    .params = rate_only,
    .nparams = 1,
    .domain = DOMAIN_POSITIVE,
    .wrong = wrong_rate,
    .mass = exponential_mass,
    DIST_CURVE_ROWS(exponential),
    .mean = exponential_mean,
    .variance = exponential_variance,
};

// --- gamma ---

static const DistParam gamma_params[] = {{"shape", false, false, 0}, {"rate", true, false, 0}};

static const char *gamma_wrong(const double *a) {
    return positive(a[0]) ? wrong_rate(a + 1) : "the shape must be above 0";
}

// By the Poisson weight of `shape` at rate x, which does not cancel for large shapes.
static double gamma_log_mass(const double *a, double x) {
    double shape = a[0], rate = a[1], y = rate * x;
    if (gamma_wrong(a)) return NAN;
    if (x < 0 || isinf(y)) return -INFINITY;
    if (shape < 1 || y == 0) return log(rate) + times_log(shape - 1, y) - y - log_gamma(shape);
    return saddle_log_poisson(shape, y) + log(shape) - log(x);
}

static double gamma_mass(const double *a, double x) {
    return exp(gamma_log_mass(a, x));
}

#define gamma_bounds from_zero

static double gamma_below(const double *a, double x) {
    return special_gamma_lower(a[0], a[1] * x);
}

static double gamma_above(const double *a, double x) {
    return special_gamma_upper(a[0], a[1] * x);
}

static double standard_below(const void *shape, double x) {
    return special_gamma_lower(*(const double *)shape, x);
}

static double standard_above(const void *shape, double x) {
    return special_gamma_upper(*(const double *)shape, x);
}

static double standard_density(const void *shape, double x) {
    return gamma_mass((double[]){*(const double *)shape, 1}, x);
}

// Near 0 the cdf is x^shape / gamma(shape + 1); elsewhere Wilson & Hilferty 1931 is a start.
static double gamma_start(double shape, double p, double q) {
    double small = exp((log_of(p, q) + log_gamma(shape + 1)) / shape);
    static const double standard[] = {0, 1};
    double z = p <= q ? dist_continuous_normal.quantile(standard, p)
                      : dist_continuous_normal.upper_quantile(standard, q);
    double root = 1 - 1 / (9 * shape) + z / (3 * sqrt(shape));
    return root > 0.3 && small > 0.2 * shape ? shape * root * root * root : small;
}

static double gamma_at(const double *a, double p, double q) {
    SpecialCurve c = {standard_below, standard_above, standard_density, a};
    return special_inverse(&c, 0, INFINITY, gamma_start(a[0], p, q), p, q) / a[1];
}

static double gamma_mean(const double *a) {
    return a[0] / a[1];
}

static double gamma_variance(const double *a) {
    return a[0] / (a[1] * a[1]);
}

DIST_CURVES(gamma, gamma_wrong)

const DistFamily dist_continuous_gamma = {
    .name = "gamma",
    .doc = "The gamma distribution; the mean is shape / rate.",
    .params = gamma_params,
    .nparams = 2,
    .domain = DOMAIN_POSITIVE,
    .wrong = gamma_wrong,
    .mass = gamma_mass,
    DIST_CURVE_ROWS(gamma),
    .mean = gamma_mean,
    .variance = gamma_variance,
};

// --- weibull and pareto ---

static const DistParam shape_scale[] = {{"shape", true, false, 0}, {"scale", true, false, 0}};

static const char *wrong_shape_scale(const double *a) {
    if (!positive(a[0])) return "the shape must be above 0";
    return positive(a[1]) ? NULL : "the scale must be above 0";
}

static double weibull_log_mass(const double *a, double x) {
    double shape = a[0], z = x / a[1];
    if (wrong_shape_scale(a)) return NAN;
    if (x < 0 || isinf(z)) return -INFINITY;
    return log(shape) - log(a[1]) + times_log(shape - 1, z) - pow(z, shape);
}

static double weibull_mass(const double *a, double x) {
    return exp(weibull_log_mass(a, x));
}

#define weibull_bounds from_zero

static double weibull_below(const double *a, double x) {
    return -expm1(-pow(x / a[1], a[0]));
}

static double weibull_above(const double *a, double x) {
    return exp(-pow(x / a[1], a[0]));
}

static double weibull_at(const double *a, double p, double q) {
    return a[1] * pow(-log_of(q, p), 1 / a[0]);
}

static double weibull_mean(const double *a) {
    return a[1] * tgamma(1 + 1 / a[0]);
}

// gamma(1 + 2u) - gamma(1 + u)^2 for u = 1 / shape, as a product, since the two agree to many
// digits for large shapes.
static double weibull_variance(const double *a) {
    double u = 1 / a[0], first = tgamma(1 + u);
    double gap = expm1(log_gamma(1 + 2 * u) - 2 * log_gamma(1 + u));
    return a[1] * a[1] * first * first * gap;
}

DIST_CURVES(weibull, wrong_shape_scale)

const DistFamily dist_continuous_weibull = {
    .name = "weibull",
    .doc = "The Weibull distribution of lifetimes: P(X > x) = exp(-(x / scale)^shape).",
    .params = shape_scale,
    .nparams = 2,
    .domain = DOMAIN_POSITIVE,
    .wrong = wrong_shape_scale,
    .mass = weibull_mass,
    DIST_CURVE_ROWS(weibull),
    .mean = weibull_mean,
    .variance = weibull_variance,
};

static double pareto_log_mass(const double *a, double x) {
    if (wrong_shape_scale(a)) return NAN;
    if (x < a[1] || isinf(x)) return -INFINITY;
    return log(a[0]) - log(x) + a[0] * log(a[1] / x);
}

static double pareto_mass(const double *a, double x) {
    if (wrong_shape_scale(a)) return NAN;
    return x < a[1] ? 0 : a[0] / x * pow(a[1] / x, a[0]);
}

static void pareto_bounds(const double *a, double *low, double *high) {
    *low = a[1];
    *high = INFINITY;
}

static double pareto_below(const double *a, double x) {
    return -expm1(-a[0] * log1p((x - a[1]) / a[1]));
}

static double pareto_above(const double *a, double x) {
    return pow(a[1] / x, a[0]);
}

static double pareto_at(const double *a, double p, double q) {
    return a[1] * exp(-log_of(q, p) / a[0]);
}

static double pareto_mean(const double *a) {
    return a[0] > 1 ? a[0] * a[1] / (a[0] - 1) : INFINITY;
}

static double pareto_variance(const double *a) {
    double k = a[0];
    if (k <= 2) return k > 1 ? INFINITY : NAN;
    return a[1] * a[1] * k / ((k - 1) * (k - 1) * (k - 2));
}

DIST_CURVES(pareto, wrong_shape_scale)

const DistFamily dist_continuous_pareto = {
    .name = "pareto",
    .doc = "The Pareto distribution: P(X > x) = (scale / x)^shape above the scale.",
    .params = shape_scale,
    .nparams = 2,
    .domain = DOMAIN_POSITIVE,
    .wrong = wrong_shape_scale,
    .mass = pareto_mass,
    DIST_CURVE_ROWS(pareto),
    .mean = pareto_mean,
    .variance = pareto_variance,
};
