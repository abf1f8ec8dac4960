// Dist: families over the integers.
#include <math.h>

#include "runtime/model/dist_family.h"

#define LOG_SQRT_2PI 0.918938533204672741780329736405618L
#define TWO_PI 6.28318530717958647692528676655900577

static bool whole(double x) {
    return isfinite(x) && x == floor(x);
}

static bool probability(double p) {
    return p >= 0 && p <= 1;
}

static int64_t to_int(double x) {
    return x >= 0x1p62 ? INT64_MAX : x <= -0x1p62 ? INT64_MIN : (int64_t)x;
}

// --- Loader 2000, "Fast and accurate computation of binomial probabilities" ---

// ln(n!) - ln(sqrt(2 pi n) (n/e)^n), section 3: the Stirling series, whose first left-out term
// is below 1.2e-16 from n = 16 on; below that by its definition, in the wider type.
static double stirling_error(double n) {
    if (n < 16) {
        int sign;
        long double m = n;
        return (double)(lgammal_r(m + 1, &sign) - (m + 0.5L) * logl(m) + m - LOG_SQRT_2PI);
    }
    double s = 1 / (n * n);
    return (1. / 12 - (1. / 360 - (1. / 1260 - (1. / 1680 - 1. / 1188 * s) * s) * s) * s) / n;
}

// x ln(x / m) + m - x, without cancellation when x is near m (section 4).
static double deviance(double x, double m) {
    if (fabs(x - m) >= 0.1 * (x + m)) return x * log(x / m) + m - x;
    double v = (x - m) / (x + m), sum = (x - m) * v, term = 2 * x * v, before;
    double j = 1;
    do {
        before = sum;
        term *= v * v;
        sum += term / (2 * j++ + 1);
    } while (sum != before);
    return sum;
}

// The saddle-point form for 0 < k < n (equation 5); n and k need not be whole.
static double saddle_point(double k, double n, double p, double q) {
    double log_ratio = stirling_error(n) - stirling_error(k) - stirling_error(n - k) -
                       deviance(k, n * p) - deviance(n - k, n * q);
    return exp(log_ratio) * sqrt(n / (TWO_PI * k * (n - k)));
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
    return saddle_point(k, n, p, q);
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
static double negative_mass(const double *a, double x) {
    double r = a[0], p = a[1];
    if (negative_wrong(a)) return NAN;
    if (!whole(x) || x < 0) return 0;
    if (x == 0) return pow(p, r);
    return p == 1 ? 0 : r / (r + x) * saddle_point(r, r + x, p, 1 - p);
}

static double negative_mean(const double *a) {
    return a[0] * (1 - a[1]) / a[1];
}

static double negative_variance(const double *a) {
    return a[0] * (1 - a[1]) / (a[1] * a[1]);
}

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
    .mean = point_mean,
    .variance = point_variance,
};

// --- poisson ---

static const DistParam just_mean[] = {{"mean", false, false, 0}};

static const char *poisson_wrong(const double *a) {
    return a[0] >= 0 && isfinite(a[0]) ? NULL : "the mean must be at least 0";
}

// Loader, section 5.
static double poisson_mass(const double *a, double x) {
    if (poisson_wrong(a)) return NAN;
    if (!whole(x) || x < 0) return 0;
    if (a[0] == 0) return x == 0;
    if (x == 0) return exp(-a[0]);
    return exp(-stirling_error(x) - deviance(x, a[0])) / sqrt(TWO_PI * x);
}

static double poisson_mean(const double *a) {
    return a[0];
}

const DistFamily dist_discrete_poisson = {
    .name = "poisson",
    .doc = "The number of independent rare events, with this mean.",
    .params = just_mean,
    .nparams = 1,
    .domain = DOMAIN_INT,
    .wrong = poisson_wrong,
    .support = support_natural,
    .mass = poisson_mass,
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
    .mean = range_mean,
    .variance = range_variance,
};
