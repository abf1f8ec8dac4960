// Dist: families over an interval.
#include <math.h>

#include "runtime/model/dist_family.h"
#include "runtime/model/saddle.h"
#include "runtime/model/special.h"

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

// --- beta ---

static const DistParam beta_params[] = {{"a", false, false, 0}, {"b", false, false, 0}};

static const char *beta_wrong(const double *a) {
    return positive(a[0]) && positive(a[1]) ? NULL : "a and b must be above 0";
}

// Inside, by the binomial weight of a among a + b; at the ends by the definition.
static double beta_log_mass(const double *a, double x) {
    double n = a[0] + a[1];
    if (beta_wrong(a)) return NAN;
    if (x < 0 || x > 1) return -INFINITY;
    if (x > 0 && x < 1)
        return saddle_log_binomial(a[0], n, x, 1 - x) + log(a[0]) - log(x) + log(a[1] / n) -
               log1p(-x);
    return log_gamma(n) - log_gamma(a[0]) - log_gamma(a[1]) + times_log(a[0] - 1, x) +
           times_log(a[1] - 1, 1 - x);
}

static double beta_mass(const double *a, double x) {
    return exp(beta_log_mass(a, x));
}

static void beta_bounds(const double *a, double *low, double *high) {
    (void)a;
    *low = 0;
    *high = 1;
}

static double beta_below(const double *a, double x) {
    return special_beta(a[0], a[1], x, 1 - x);
}

static double beta_above(const double *a, double x) {
    return special_beta(a[1], a[0], 1 - x, x);
}

static double curve_below(const void *a, double x) {
    return beta_below(a, x);
}

static double curve_above(const void *a, double x) {
    return beta_above(a, x);
}

static double curve_density(const void *a, double x) {
    return beta_mass(a, x);
}

// Near 0 the cdf is x^a / (a B(a, b)), near 1 the survival likewise; in between the mean is a
// start.
static double beta_start(const double *a, double p, double q) {
    double log_b = log_gamma(a[0]) + log_gamma(a[1]) - log_gamma(a[0] + a[1]);
    double near_low = exp((log(p) + log(a[0]) + log_b) / a[0]);
    double near_high = exp((log(q) + log(a[1]) + log_b) / a[1]);
    double mean = a[0] / (a[0] + a[1]);
    if (near_low < 0.5 * mean) return near_low;
    return near_high < 0.5 * (1 - mean) ? 1 - near_high : mean;
}

static double beta_at(const double *a, double p, double q) {
    SpecialCurve c = {curve_below, curve_above, curve_density, a};
    return special_inverse(&c, 0, 1, beta_start(a, p, q), p, q);
}

static double beta_mean(const double *a) {
    return a[0] / (a[0] + a[1]);
}

static double beta_variance(const double *a) {
    double n = a[0] + a[1];
    return a[0] / n * (a[1] / n) / (n + 1);
}

DIST_CURVES(beta, beta_wrong)

const DistFamily dist_continuous_beta = {
    .name = "beta",
    .doc = "The beta distribution on 0 to 1; the mean is a / (a + b).",
    .params = beta_params,
    .nparams = 2,
    .domain = DOMAIN_UNIT,
    .wrong = beta_wrong,
    .mass = beta_mass,
    DIST_CURVE_ROWS(beta),
    .mean = beta_mean,
    .variance = beta_variance,
};

// --- uniform and triangular ---

static const DistParam low_high[] = {{"low", false, false, 0}, {"high", false, false, 0}};

static const char *wrong_interval(const double *a) {
    if (!isfinite(a[0]) || !isfinite(a[1])) return "low and high must be finite numbers";
    return a[0] < a[1] ? NULL : "low must be below high";
}

static void low_to_high(const double *a, double *low, double *high) {
    *low = a[0];
    *high = a[1];
}

static double uniform_mass(const double *a, double x) {
    if (wrong_interval(a)) return NAN;
    return x < a[0] || x > a[1] ? 0 : 1 / (a[1] - a[0]);
}

static double uniform_log_mass(const double *a, double x) {
    if (wrong_interval(a)) return NAN;
    return x < a[0] || x > a[1] ? -INFINITY : -log(a[1] - a[0]);
}

#define uniform_bounds low_to_high

static double uniform_below(const double *a, double x) {
    return (x - a[0]) / (a[1] - a[0]);
}

static double uniform_above(const double *a, double x) {
    return (a[1] - x) / (a[1] - a[0]);
}

static double uniform_at(const double *a, double p, double q) {
    return p <= q ? a[0] + p * (a[1] - a[0]) : a[1] - q * (a[1] - a[0]);
}

static double uniform_mean(const double *a) {
    return a[0] + (a[1] - a[0]) / 2;
}

static double uniform_variance(const double *a) {
    return (a[1] - a[0]) * (a[1] - a[0]) / 12;
}

DIST_CURVES(uniform, wrong_interval)

const DistFamily dist_continuous_uniform = {
    .name = "uniform",
    .doc = "Evenly over the interval from low to high.",
    .params = low_high,
    .nparams = 2,
    .domain = DOMAIN_REAL,
    .wrong = wrong_interval,
    .mass = uniform_mass,
    DIST_CURVE_ROWS(uniform),
    .mean = uniform_mean,
    .variance = uniform_variance,
};

static const DistParam low_high_mode[] = {
    {"low", false, false, 0}, {"high", false, false, 0}, {"mode", true, false, 0}};

static const char *triangular_wrong(const double *a) {
    const char *why = wrong_interval(a);
    if (why) return why;
    return a[2] >= a[0] && a[2] <= a[1] ? NULL : "the mode must lie between low and high";
}

static double triangular_mass(const double *a, double x) {
    double low = a[0], high = a[1], mode = a[2];
    if (triangular_wrong(a)) return NAN;
    if (x < low || x > high) return 0;
    double peak = 2 / (high - low);
    if (x == mode) return peak;
    return x < mode ? peak * (x - low) / (mode - low) : peak * (high - x) / (high - mode);
}

static double triangular_log_mass(const double *a, double x) {
    return log(triangular_mass(a, x));
}

#define triangular_bounds low_to_high

// One side of the triangle, seen from its corner: `side` from there to the mode, `range` in all.
// The probability up to a distance x <= side, and beyond the mode by a distance u of the other
// side's length `other`, without the cancellation of 1 - (...)^2 where the first side is short.
static double corner_share(double x, double side, double range) {
    return x / range * (x / side);
}

static double past_mode_share(double u, double side, double other, double range) {
    return side / range + u / range * ((2 * other - u) / other);
}

static double triangular_below(const double *a, double x) {
    double range = a[1] - a[0], up = a[2] - a[0];
    return x < a[2] ? corner_share(x - a[0], up, range)
                    : past_mode_share(x - a[2], up, a[1] - a[2], range);
}

static double triangular_above(const double *a, double x) {
    double range = a[1] - a[0], down = a[1] - a[2];
    return x > a[2] || a[2] == a[0] ? corner_share(a[1] - x, down, range)
                                    : past_mode_share(a[2] - x, down, a[2] - a[0], range);
}

// The distance from the corner at which the share p is reached; p is the smaller tail.
static double triangular_distance(double p, double side, double range) {
    double other = range - side, beyond = (p * range - side) * other;
    if (beyond <= 0) return sqrt(p * range * side);
    return side + beyond / (other + sqrt(other * other - beyond));
}

static double triangular_at(const double *a, double p, double q) {
    double range = a[1] - a[0];
    return p <= q ? a[0] + triangular_distance(p, a[2] - a[0], range)
                  : a[1] - triangular_distance(q, a[1] - a[2], range);
}

static double triangular_mean(const double *a) {
    return (a[0] + a[1] + a[2]) / 3;
}

static double triangular_variance(const double *a) {
    double range = a[1] - a[0], up = a[2] - a[0];
    return (range * range + up * up - range * up) / 18;
}

DIST_CURVES(triangular, triangular_wrong)

const DistFamily dist_continuous_triangular = {
    .name = "triangular",
    .doc = "Rising from low to the mode, then falling to high, both in straight lines.",
    .params = low_high_mode,
    .nparams = 3,
    .domain = DOMAIN_REAL,
    .wrong = triangular_wrong,
    .mass = triangular_mass,
    DIST_CURVE_ROWS(triangular),
    .mean = triangular_mean,
    .variance = triangular_variance,
};
