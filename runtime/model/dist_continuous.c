// Dist: families over the real numbers.
#include <math.h>

#include "runtime/model/dist_family.h"

#define PI 3.14159265358979323846
#define EULER 0.57721566490153286061

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

// --- families with a location and a scale ---

static const DistParam location_scale[] = {{"location", false, false, 0},
                                           {"scale", false, false, 0}};

static const char *wrong_scale(const double *a) {
    if (!isfinite(a[0])) return "the location must be a finite number";
    return positive(a[1]) ? NULL : "the scale must be above 0";
}

static double location(const double *a) {
    return a[0];
}

// Declares a family given its density at z = (x - location) / scale, before division by the
// scale.
#define LOCATION_SCALE(id, text, about, labels, check, density, average, spread)               \
    static double id##_mass(const double *a, double x) {                                       \
        if (check(a)) return NAN;                                                              \
        const double z = (x - a[0]) / a[1];                                                    \
        return (density) / a[1];                                                               \
    }                                                                                          \
    static double id##_variance(const double *a) {                                             \
        return (spread)*a[1] * a[1];                                                           \
    }                                                                                          \
    const DistFamily dist_continuous_##id = {                                                  \
        .name = text,                                                                          \
        .doc = about,                                                                          \
        .params = labels,                                                                      \
        .nparams = 2,                                                                          \
        .domain = DOMAIN_REAL,                                                                 \
        .wrong = check,                                                                        \
        .mass = id##_mass,                                                                     \
        .mean = average,                                                                       \
        .variance = id##_variance,                                                             \
    };

static const DistParam mean_sd[] = {{"mean", false, false, 0}, {"sd", false, false, 0}};

static const char *wrong_sd(const double *a) {
    if (!isfinite(a[0])) return "the mean must be a finite number";
    return positive(a[1]) ? NULL : "the standard deviation must be above 0";
}

static double gumbel_mean(const double *a) {
    return a[0] + EULER * a[1];
}

static double no_moment(const double *a) {
    (void)a;
    return NAN;
}

// The logistic density is symmetric; the smaller exponential cannot overflow.
static double logistic_density(double z) {
    double e = exp(-fabs(z));
    return e / ((1 + e) * (1 + e));
}

LOCATION_SCALE(normal, "normal",
               "The normal (Gaussian) distribution: mean, standard deviation.", mean_sd,
               wrong_sd, exp(-0.5 * z * z) / sqrt(2 * PI), location, 1)
LOCATION_SCALE(logistic, "logistic", "The logistic distribution.", location_scale, wrong_scale,
               logistic_density(z), location, PI *PI / 3)
LOCATION_SCALE(gumbel, "gumbel", "The Gumbel distribution of the largest of many values.",
               location_scale, wrong_scale, exp(-z - exp(-z)), gumbel_mean, PI *PI / 6)
LOCATION_SCALE(laplace, "laplace", "The Laplace (double exponential) distribution.",
               location_scale, wrong_scale, 0.5 * exp(-fabs(z)), location, 2)
LOCATION_SCALE(cauchy, "cauchy", "The Cauchy distribution, which has no mean.", location_scale,
               wrong_scale, 1 / (PI * (1 + z * z)), no_moment, NAN)

// --- student_t ---

static const DistParam student_params[] = {
    {"df", false, false, 0}, {"location", false, true, 0}, {"scale", false, true, 1}};

static const char *student_wrong(const double *a) {
    return positive(a[0]) ? wrong_scale(a + 1) : "the degrees of freedom must be above 0";
}

static double student_mass(const double *a, double x) {
    double df = a[0], z = (x - a[1]) / a[2];
    if (student_wrong(a)) return NAN;
    double log_peak = log_gamma((df + 1) / 2) - log_gamma(df / 2) - 0.5 * log(df * PI);
    return exp(log_peak - (df + 1) / 2 * log1p(z * z / df)) / a[2];
}

static double student_mean(const double *a) {
    return a[0] > 1 ? a[1] : NAN;
}

static double student_variance(const double *a) {
    if (a[0] <= 1) return NAN;
    return a[0] <= 2 ? INFINITY : a[2] * a[2] * a[0] / (a[0] - 2);
}

const DistFamily dist_continuous_student_t = {
    .name = "student_t",
    .doc =
        "Student's t with df degrees of freedom, moved to a location and stretched by a scale.",
    .params = student_params,
    .nparams = 3,
    .domain = DOMAIN_REAL,
    .wrong = student_wrong,
    .mass = student_mass,
    .mean = student_mean,
    .variance = student_variance,
};

// --- lognormal ---

static const DistParam lognormal_params[] = {{"meanlog", false, false, 0},
                                             {"sdlog", false, false, 0}};

static double lognormal_mass(const double *a, double x) {
    if (wrong_sd(a)) return NAN;
    if (x <= 0) return 0;
    double z = (log(x) - a[0]) / a[1];
    return exp(-0.5 * z * z) / (x * a[1] * sqrt(2 * PI));
}

static double lognormal_mean(const double *a) {
    return exp(a[0] + a[1] * a[1] / 2);
}

static double lognormal_variance(const double *a) {
    return expm1(a[1] * a[1]) * exp(2 * a[0] + a[1] * a[1]);
}

const DistFamily dist_continuous_lognormal = {
    .name = "lognormal",
    .doc = "Its logarithm is normal with mean meanlog and standard deviation sdlog.",
    .params = lognormal_params,
    .nparams = 2,
    .domain = DOMAIN_POSITIVE,
    .wrong = wrong_sd,
    .mass = lognormal_mass,
    .mean = lognormal_mean,
    .variance = lognormal_variance,
};

// --- exponential ---

static const DistParam rate_only[] = {{"rate", true, false, 0}};

static const char *wrong_rate(const double *a) {
    return positive(a[0]) ? NULL : "the rate must be above 0";
}

static double exponential_mass(const double *a, double x) {
    if (wrong_rate(a)) return NAN;
    return x < 0 ? 0 : a[0] * exp(-a[0] * x);
}

static double exponential_mean(const double *a) {
    return 1 / a[0];
}

static double exponential_variance(const double *a) {
    return 1 / (a[0] * a[0]);
}

const DistFamily dist_continuous_exponential = {
    .name = "exponential",
    .doc = "The waiting time for an event that happens at this rate; the mean is 1 / rate.",
    .params = rate_only,
    .nparams = 1,
    .domain = DOMAIN_POSITIVE,
    .wrong = wrong_rate,
    .mass = exponential_mass,
    .mean = exponential_mean,
    .variance = exponential_variance,
};

// --- gamma ---

static const DistParam gamma_params[] = {{"shape", false, false, 0}, {"rate", true, false, 0}};

static const char *gamma_wrong(const double *a) {
    return positive(a[0]) ? wrong_rate(a + 1) : "the shape must be above 0";
}

static double gamma_mass(const double *a, double x) {
    double shape = a[0], rate = a[1];
    if (gamma_wrong(a)) return NAN;
    if (x < 0) return 0;
    return rate * exp(times_log(shape - 1, rate * x) - rate * x - log_gamma(shape));
}

static double gamma_mean(const double *a) {
    return a[0] / a[1];
}

static double gamma_variance(const double *a) {
    return a[0] / (a[1] * a[1]);
}

const DistFamily dist_continuous_gamma = {
    .name = "gamma",
    .doc = "The gamma distribution; the mean is shape / rate.",
    .params = gamma_params,
    .nparams = 2,
    .domain = DOMAIN_POSITIVE,
    .wrong = gamma_wrong,
    .mass = gamma_mass,
    .mean = gamma_mean,
    .variance = gamma_variance,
};

// --- beta ---

static const DistParam beta_params[] = {{"a", false, false, 0}, {"b", false, false, 0}};

static const char *beta_wrong(const double *a) {
    return positive(a[0]) && positive(a[1]) ? NULL : "a and b must be above 0";
}

static double beta_mass(const double *a, double x) {
    if (beta_wrong(a)) return NAN;
    if (x < 0 || x > 1) return 0;
    double log_norm = log_gamma(a[0] + a[1]) - log_gamma(a[0]) - log_gamma(a[1]);
    return exp(log_norm + times_log(a[0] - 1, x) + times_log(a[1] - 1, 1 - x));
}

static double beta_mean(const double *a) {
    return a[0] / (a[0] + a[1]);
}

static double beta_variance(const double *a) {
    double n = a[0] + a[1];
    return a[0] / n * (a[1] / n) / (n + 1);
}

const DistFamily dist_continuous_beta = {
    .name = "beta",
    .doc = "The beta distribution on 0 to 1; the mean is a / (a + b).",
    .params = beta_params,
    .nparams = 2,
    .domain = DOMAIN_UNIT,
    .wrong = beta_wrong,
    .mass = beta_mass,
    .mean = beta_mean,
    .variance = beta_variance,
};

// --- weibull and pareto ---

static const DistParam shape_scale[] = {{"shape", true, false, 0}, {"scale", true, false, 0}};

static const char *wrong_shape_scale(const double *a) {
    if (!positive(a[0])) return "the shape must be above 0";
    return positive(a[1]) ? NULL : "the scale must be above 0";
}

static double weibull_mass(const double *a, double x) {
    double shape = a[0], z = x / a[1];
    if (wrong_shape_scale(a)) return NAN;
    if (x < 0) return 0;
    return shape / a[1] * exp(times_log(shape - 1, z) - pow(z, shape));
}

static double weibull_mean(const double *a) {
    return a[1] * tgamma(1 + 1 / a[0]);
}

static double weibull_variance(const double *a) {
    double first = tgamma(1 + 1 / a[0]);
    return a[1] * a[1] * (tgamma(1 + 2 / a[0]) - first * first);
}

const DistFamily dist_continuous_weibull = {
    .name = "weibull",
    .doc = "The Weibull distribution of lifetimes: P(X > x) = exp(-(x / scale)^shape).",
    .params = shape_scale,
    .nparams = 2,
    .domain = DOMAIN_POSITIVE,
    .wrong = wrong_shape_scale,
    .mass = weibull_mass,
    .mean = weibull_mean,
    .variance = weibull_variance,
};

static double pareto_mass(const double *a, double x) {
    if (wrong_shape_scale(a)) return NAN;
    return x < a[1] ? 0 : a[0] / x * pow(a[1] / x, a[0]);
}

static double pareto_mean(const double *a) {
    return a[0] > 1 ? a[0] * a[1] / (a[0] - 1) : INFINITY;
}

static double pareto_variance(const double *a) {
    double k = a[0];
    if (k <= 2) return k > 1 ? INFINITY : NAN;
    return a[1] * a[1] * k / ((k - 1) * (k - 1) * (k - 2));
}

const DistFamily dist_continuous_pareto = {
    .name = "pareto",
    .doc = "The Pareto distribution: P(X > x) = (scale / x)^shape above the scale.",
    .params = shape_scale,
    .nparams = 2,
    .domain = DOMAIN_POSITIVE,
    .wrong = wrong_shape_scale,
    .mass = pareto_mass,
    .mean = pareto_mean,
    .variance = pareto_variance,
};

// --- uniform and triangular ---

static const DistParam low_high[] = {{"low", false, false, 0}, {"high", false, false, 0}};

static const char *wrong_interval(const double *a) {
    if (!isfinite(a[0]) || !isfinite(a[1])) return "low and high must be finite numbers";
    return a[0] < a[1] ? NULL : "low must be below high";
}

static double uniform_mass(const double *a, double x) {
    if (wrong_interval(a)) return NAN;
    return x < a[0] || x > a[1] ? 0 : 1 / (a[1] - a[0]);
}

static double uniform_mean(const double *a) {
    return a[0] + (a[1] - a[0]) / 2;
}

static double uniform_variance(const double *a) {
    return (a[1] - a[0]) * (a[1] - a[0]) / 12;
}

const DistFamily dist_continuous_uniform = {
    .name = "uniform",
    .doc = "Evenly over the interval from low to high.",
    .params = low_high,
    .nparams = 2,
    .domain = DOMAIN_REAL,
    .wrong = wrong_interval,
    .mass = uniform_mass,
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

static double triangular_mean(const double *a) {
    return (a[0] + a[1] + a[2]) / 3;
}

static double triangular_variance(const double *a) {
    double range = a[1] - a[0], up = a[2] - a[0];
    return (range * range + up * up - range * up) / 18;
}

const DistFamily dist_continuous_triangular = {
    .name = "triangular",
    .doc = "Rising from low to the mode, then falling to high, both in straight lines.",
    .params = low_high_mode,
    .nparams = 3,
    .domain = DOMAIN_REAL,
    .wrong = triangular_wrong,
    .mass = triangular_mass,
    .mean = triangular_mean,
    .variance = triangular_variance,
};
