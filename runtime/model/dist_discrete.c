// Dist: families over the integers.
#include <math.h>

#include "runtime/model/dist_family.h"
#include "runtime/model/saddle.h"
#include "runtime/model/special.h"

static bool whole(double x) {
    return isfinite(x) && x == floor(x);
}

static bool probability(double p) {
    return p >= 0 && p <= 1;
}

static int64_t to_int(double x) {
    return x >= 0x1p62 ? INT64_MAX : x <= -0x1p62 ? INT64_MIN : (int64_t)x;
}

// Curves of a family as its inverse sees them.
#define WHOLE_CURVE(id)                                                                        \
    static double id##_curve_below(const void *a, double x) {                                  \
        return id##_below(a, x);                                                               \
    }                                                                                          \
    static double id##_curve_above(const void *a, double x) {                                  \
        return id##_above(a, x);                                                               \
    }

// The quantile from a guess: mean and spread, as if it were normal.
static double whole_quantile(const SpecialCurve *c, double low, double high, double mean,
                             double variance, double p, double q) {
    static const double standard[] = {0, 1};
    double z = p <= q ? dist_continuous_normal.quantile(standard, p)
                      : dist_continuous_normal.upper_quantile(standard, q);
    return special_inverse_whole(c, low, high, mean + z * sqrt(variance), p, q);
}

// Whether the probability p is reached by `have`, whose complement is `rest`.
static bool reached(double have, double rest, double p, double q) {
    return p <= q ? have >= p * (1 - 1e-12) : rest <= q * (1 + 1e-12);
}

// q^n, where p = 1 - q is known too and may be tiny.
static double power_of_rest(double p, double q, double n) {
    return p < 0.5 ? exp(n * log1p(-p)) : pow(q, n);
}

// Up to 50 trials the number of combinations is exact, and the product is within a few
// roundings.
static double binomial_of_few(double k, double n, double p, double q) {
    double ways = 1, low = k < n - k ? k : n - k;
    for (double i = 1; i <= low; i++) ways = ways * (n - low + i) / i;
    return ways * pow(p, k) * pow(q, n - k);
}

static double binomial_probability(double k, double n, double p) {
    double q = 1 - p;
    if (!whole(k) || k < 0 || k > n) return 0;
    if (p == 0) return k == 0;
    if (q == 0) return k == n;
    if (n <= 50) return binomial_of_few(k, n, p, q);
    if (k == 0) return power_of_rest(p, q, n);
    if (k == n) return pow(p, n);
    return exp(saddle_log_binomial(k, n, p, q));
}

static double log_power_of_rest(double p, double q, double n) {
    return n == 0 ? 0 : n * (p < 0.5 ? log1p(-p) : log(q));
}

static double log_binomial_probability(double k, double n, double p) {
    double q = 1 - p;
    if (!whole(k) || k < 0 || k > n) return -INFINITY;
    if (p == 0 || q == 0) return k == (p == 0 ? 0 : n) ? 0 : -INFINITY;
    if (k == 0) return log_power_of_rest(p, q, n);
    return k == n ? n * log(p) : saddle_log_binomial(k, n, p, q);
}

// --- bernoulli ---

static const DistParam just_p[] = {{"p", false, false, 0}};

static const char *wrong_p(const double *a) {
    return probability(a[0]) ? NULL : "p must be a probability, from 0 to 1";
}

static void support_bit(const double *a, int64_t *low, int64_t *high) {
    (void)a;
    *low = 0;
    *high = 1;
}

static double bernoulli_mass(const double *a, double x) {
    if (wrong_p(a)) return NAN;
    return x == 1 ? a[0] : x == 0 ? 1 - a[0] : 0;
}

static double bernoulli_mean(const double *a) {
    return a[0];
}

static double bernoulli_variance(const double *a) {
    return a[0] * (1 - a[0]);
}

static double bernoulli_log_mass(const double *a, double x) {
    if (wrong_p(a)) return NAN;
    return x == 1 ? log(a[0]) : x == 0 ? log1p(-a[0]) : -INFINITY;
}

static void bernoulli_bounds(const double *a, double *low, double *high) {
    (void)a;
    *low = 0;
    *high = 1;
}

static double bernoulli_below(const double *a, double x) {
    (void)x;
    return 1 - a[0];
}

static double bernoulli_above(const double *a, double x) {
    (void)x;
    return a[0];
}

static double bernoulli_at(const double *a, double p, double q) {
    return !reached(1 - a[0], a[0], p, q);
}

DIST_STEPS(bernoulli, wrong_p)

const DistFamily dist_discrete_bernoulli = {
    .name = "bernoulli",
    .doc = "True with probability p.",
    .params = just_p,
    .nparams = 1,
    .finite = true,
    .domain = DOMAIN_BOOL,
    .wrong = wrong_p,
    .support = support_bit,
    .mass = bernoulli_mass,
    DIST_CURVE_ROWS(bernoulli),
    .mean = bernoulli_mean,
    .variance = bernoulli_variance,
};

// --- binomial ---

static const DistParam binomial_params[] = {{"n", false, false, 0}, {"p", false, false, 0}};

static const char *binomial_wrong(const double *a) {
    if (!whole(a[0]) || a[0] < 0) return "n must be a whole number, at least 0";
    return wrong_p(a + 1);
}

static void binomial_support(const double *a, int64_t *low, int64_t *high) {
    *low = 0;
    *high = to_int(a[0]);
}

static double binomial_mass(const double *a, double x) {
    return binomial_wrong(a) ? NAN : binomial_probability(x, a[0], a[1]);
}

static double binomial_mean(const double *a) {
    return a[0] * a[1];
}

static double binomial_variance(const double *a) {
    return a[0] * a[1] * (1 - a[1]);
}

static double binomial_log_mass(const double *a, double x) {
    return binomial_wrong(a) ? NAN : log_binomial_probability(x, a[0], a[1]);
}

static void binomial_bounds(const double *a, double *low, double *high) {
    *low = a[1] == 1 ? a[0] : 0;
    *high = a[1] == 0 ? 0 : a[0];
}

// DLMF 8.17.5.
static double binomial_below(const double *a, double x) {
    double k = floor(x);
    return special_beta(a[0] - k, k + 1, 1 - a[1], a[1]);
}

static double binomial_above(const double *a, double x) {
    double k = floor(x);
    return special_beta(k + 1, a[0] - k, a[1], 1 - a[1]);
}

WHOLE_CURVE(binomial)

static double binomial_at(const double *a, double p, double q) {
    SpecialCurve c = {binomial_curve_below, binomial_curve_above, NULL, a};
    return whole_quantile(&c, 0, a[0], binomial_mean(a), binomial_variance(a), p, q);
}

DIST_STEPS(binomial, binomial_wrong)

const DistFamily dist_discrete_binomial = {
    .name = "binomial",
    .doc = "The number of successes in n independent trials, each with probability p.",
    .params = binomial_params,
    .nparams = 2,
    .finite = true,
    .domain = DOMAIN_INT,
    .wrong = binomial_wrong,
    .support = binomial_support,
    .mass = binomial_mass,
    DIST_CURVE_ROWS(binomial),
    .mean = binomial_mean,
    .variance = binomial_variance,
};

// --- geometric ---

static const char *wrong_positive_p(const double *a) {
    return a[0] > 0 && a[0] <= 1 ? NULL : "p must be above 0 and at most 1";
}

static void support_natural(const double *a, int64_t *low, int64_t *high) {
    (void)a;
    *low = 0;
    *high = INT64_MAX;
}

static double geometric_mass(const double *a, double x) {
    if (wrong_positive_p(a)) return NAN;
    if (!whole(x) || x < 0) return 0;
    return x == 0 ? a[0] : a[0] * power_of_rest(a[0], 1 - a[0], x);
}

static double geometric_mean(const double *a) {
    return (1 - a[0]) / a[0];
}

static double geometric_variance(const double *a) {
    return (1 - a[0]) / (a[0] * a[0]);
}

static double geometric_log_mass(const double *a, double x) {
    if (wrong_positive_p(a)) return NAN;
    if (!whole(x) || x < 0) return -INFINITY;
    return log(a[0]) + log_power_of_rest(a[0], 1 - a[0], x);
}

static void geometric_bounds(const double *a, double *low, double *high) {
    *low = 0;
    *high = a[0] == 1 ? 0 : INFINITY;
}

static double geometric_below(const double *a, double x) {
    return -expm1((floor(x) + 1) * log1p(-a[0]));
}

static double geometric_above(const double *a, double x) {
    return exp((floor(x) + 1) * log1p(-a[0]));
}

WHOLE_CURVE(geometric)

static double geometric_at(const double *a, double p, double q) {
    SpecialCurve c = {geometric_curve_below, geometric_curve_above, NULL, a};
    double log_q = p <= q ? log1p(-p) : log(q);
    return special_inverse_whole(&c, 0, INFINITY, log_q / log1p(-a[0]), p, q);
}

DIST_STEPS(geometric, wrong_positive_p)

const DistFamily dist_discrete_geometric = {
    .name = "geometric",
    .doc = "The number of failures before the first success, each trial succeeding with "
           "probability p.",
    .params = just_p,
    .nparams = 1,
    .domain = DOMAIN_INT,
    .wrong = wrong_positive_p,
    .support = support_natural,
    .mass = geometric_mass,
    DIST_CURVE_ROWS(geometric),
    .mean = geometric_mean,
    .variance = geometric_variance,
};

// --- negative binomial ---

static const DistParam negative_params[] = {{"successes", true, false, 0},
                                            {"p", true, false, 0}};

static const char *negative_wrong(const double *a) {
    if (!(a[0] > 0 && isfinite(a[0]))) return "successes must be above 0";
    return wrong_positive_p(a + 1);
}

// r / (r + x) times the binomial probability of r successes in r + x trials (Loader, section
// 6).
static double negative_log_mass(const double *a, double x) {
    double r = a[0], p = a[1];
    if (negative_wrong(a)) return NAN;
    if (!whole(x) || x < 0) return -INFINITY;
    if (x == 0) return r * log(p);
    return p == 1 ? -INFINITY : log(r / (r + x)) + saddle_log_binomial(r, r + x, p, 1 - p);
}

static double negative_mass(const double *a, double x) {
    return exp(negative_log_mass(a, x));
}

static double negative_mean(const double *a) {
    return a[0] * (1 - a[1]) / a[1];
}

static double negative_variance(const double *a) {
    return a[0] * (1 - a[1]) / (a[1] * a[1]);
}

static void negative_bounds(const double *a, double *low, double *high) {
    *low = 0;
    *high = a[1] == 1 ? 0 : INFINITY;
}

static double negative_below(const double *a, double x) {
    return special_beta(a[0], floor(x) + 1, a[1], 1 - a[1]);
}

static double negative_above(const double *a, double x) {
    return special_beta(floor(x) + 1, a[0], 1 - a[1], a[1]);
}

WHOLE_CURVE(negative)

static double negative_at(const double *a, double p, double q) {
    SpecialCurve c = {negative_curve_below, negative_curve_above, NULL, a};
    return whole_quantile(&c, 0, INFINITY, negative_mean(a), negative_variance(a), p, q);
}

DIST_STEPS(negative, negative_wrong)

const DistFamily dist_discrete_negative_binomial = {
    .name = "negative_binomial",
    .doc = "The number of failures before the given number of successes, each trial succeeding "
           "with probability p.",
    .params = negative_params,
    .nparams = 2,
    .domain = DOMAIN_INT,
    .wrong = negative_wrong,
    .support = support_natural,
    .mass = negative_mass,
    DIST_CURVE_ROWS(negative),
    .mean = negative_mean,
    .variance = negative_variance,
};

// --- point ---

static const DistParam just_value[] = {{"value", false, false, 0}};

static const char *point_wrong(const double *a) {
    return isfinite(a[0]) ? NULL : "the value must be a finite number";
}

static void point_support(const double *a, int64_t *low, int64_t *high) {
    *low = to_int(ceil(a[0]));
    *high = to_int(floor(a[0]));
}

static double point_mass(const double *a, double x) {
    return point_wrong(a) ? NAN : x == a[0];
}

static double point_mean(const double *a) {
    return a[0];
}

static double point_variance(const double *a) {
    (void)a;
    return 0;
}

static double point_log_mass(const double *a, double x) {
    return point_wrong(a) ? NAN : x == a[0] ? 0 : -INFINITY;
}

static void point_bounds(const double *a, double *low, double *high) {
    *low = *high = a[0];
}

// Never asked: nothing lies strictly between the bounds.
static double point_below(const double *a, double x) {
    return x >= a[0];
}

static double point_above(const double *a, double x) {
    return x < a[0];
}

static double point_at(const double *a, double p, double q) {
    (void)p, (void)q;
    return a[0];
}

DIST_CURVES(point, point_wrong)

const DistFamily dist_discrete_point = {
    .name = "point",
    .doc = "Always this value.",
    .params = just_value,
    .nparams = 1,
    .finite = true,
    .domain = DOMAIN_REAL,
    .wrong = point_wrong,
    .support = point_support,
    .mass = point_mass,
    DIST_CURVE_ROWS(point),
    .mean = point_mean,
    .variance = point_variance,
};

// --- poisson ---

static const DistParam just_mean[] = {{"mean", false, false, 0}};

static const char *poisson_wrong(const double *a) {
    return a[0] >= 0 && isfinite(a[0]) ? NULL : "the mean must be at least 0";
}

static double poisson_log_mass(const double *a, double x) {
    if (poisson_wrong(a)) return NAN;
    if (!whole(x) || x < 0) return -INFINITY;
    if (x == 0) return -a[0];
    return a[0] == 0 ? -INFINITY : saddle_log_poisson(x, a[0]);
}

static double poisson_mass(const double *a, double x) {
    return exp(poisson_log_mass(a, x));
}

static double poisson_mean(const double *a) {
    return a[0];
}

static void poisson_bounds(const double *a, double *low, double *high) {
    *low = 0;
    *high = a[0] == 0 ? 0 : INFINITY;
}

// DLMF 8.4.10.
static double poisson_below(const double *a, double x) {
    return special_gamma_upper(floor(x) + 1, a[0]);
}

static double poisson_above(const double *a, double x) {
    return special_gamma_lower(floor(x) + 1, a[0]);
}

WHOLE_CURVE(poisson)

static double poisson_at(const double *a, double p, double q) {
    SpecialCurve c = {poisson_curve_below, poisson_curve_above, NULL, a};
    return whole_quantile(&c, 0, INFINITY, a[0], a[0], p, q);
}

DIST_STEPS(poisson, poisson_wrong)

const DistFamily dist_discrete_poisson = {
    .name = "poisson",
    .doc = "The number of independent rare events, with this mean.",
    .params = just_mean,
    .nparams = 1,
    .domain = DOMAIN_INT,
    .wrong = poisson_wrong,
    .support = support_natural,
    .mass = poisson_mass,
    DIST_CURVE_ROWS(poisson),
    .mean = poisson_mean,
    .variance = poisson_mean,
};

// --- uniform over a range of integers ---

static const DistParam range_params[] = {{"low", false, false, 0}, {"high", false, false, 0}};

static const char *range_wrong(const double *a) {
    if (!whole(a[0]) || !whole(a[1])) return "low and high must be whole numbers";
    return a[0] <= a[1] ? NULL : "low must not be above high";
}

static void range_support(const double *a, int64_t *low, int64_t *high) {
    *low = to_int(a[0]);
    *high = to_int(a[1]);
}

static double range_mass(const double *a, double x) {
    if (range_wrong(a)) return NAN;
    return whole(x) && x >= a[0] && x <= a[1] ? 1 / (a[1] - a[0] + 1) : 0;
}

static double range_mean(const double *a) {
    return a[0] + (a[1] - a[0]) / 2;
}

static double range_variance(const double *a) {
    double n = a[1] - a[0] + 1;
    return (n * n - 1) / 12;
}

static double range_log_mass(const double *a, double x) {
    return log(range_mass(a, x));
}

static void range_bounds(const double *a, double *low, double *high) {
    *low = a[0];
    *high = a[1];
}

static double range_below(const double *a, double x) {
    return (floor(x) - a[0] + 1) / (a[1] - a[0] + 1);
}

static double range_above(const double *a, double x) {
    return (a[1] - floor(x)) / (a[1] - a[0] + 1);
}

WHOLE_CURVE(range)

static double range_at(const double *a, double p, double q) {
    SpecialCurve c = {range_curve_below, range_curve_above, NULL, a};
    return special_inverse_whole(&c, a[0], a[1], a[0] + p * (a[1] - a[0]), p, q);
}

DIST_STEPS(range, range_wrong)

const DistFamily dist_discrete_uniform = {
    .name = "uniform_int",
    .doc = "Each whole number from low to high with the same probability.",
    .params = range_params,
    .nparams = 2,
    .finite = true,
    .domain = DOMAIN_INT,
    .wrong = range_wrong,
    .support = range_support,
    .mass = range_mass,
    DIST_CURVE_ROWS(range),
    .mean = range_mean,
    .variance = range_variance,
};
