// Log mass: the families that models are full of; the others one lane at a time.
//
// A lane at the end of a support, or with parameters at theirs, is left to the family itself.
#include "runtime/sample/log_mass.h"

#include <math.h>
#include <stdbool.h>

#include "runtime/base/lanes.h"
#include "runtime/model/dist_family.h"
#include "runtime/model/math_block.h"
#include "runtime/sample/draw.h"

#define LOG_SQRT_2PI 0.91893853320467274178

typedef const double *const *Params;
typedef void Fill(Params p, size_t n, const double *x, double *out);

static double one(const DistFamily *f, Params p, size_t l, double x) {
    double params[DRAW_MOST_PARAMS];
    for (uint32_t i = 0; i < f->nparams; i++) params[i] = p[i][l];
    return dist_log_mass(f, params, x);
}

static inline bool inside(double x, double low, double high) {
    return x > low && x < high;
}

static bool same(const double *x, size_t n) {
    for (size_t l = 1; l < n; l++)
        if (x[l] != x[0]) return false;
    return true;
}

static double log_gamma(double x) {
    int sign;
    return lgamma_r(x, &sign);
}

// --- normal ---------------------------------------------------------------------------------

LANES_CLONES static void same_sd(const double *mean, double sd, size_t n, const double *x,
                                 double *out) {
    const double shift = log(sd) + LOG_SQRT_2PI;
    for (size_t l = 0; l < n; l++) {
        double z = (x[l] - mean[l]) / sd;
        out[l] = -0.5 * z * z - shift;
    }
}

static void normal(Params p, size_t n, const double *x, double *out) {
    if (same(p[1], n) && inside(p[1][0], 0, INFINITY)) {
        same_sd(p[0], p[1][0], n, x, out);
    } else {
        math_block_log(n, out, p[1]);
        for (size_t l = 0; l < n; l++) {
            double z = (x[l] - p[0][l]) / p[1][l];
            out[l] = -0.5 * z * z - out[l] - LOG_SQRT_2PI;
        }
    }
    for (size_t l = 0; l < n; l++)
        if (!(fabs(p[0][l]) < INFINITY && inside(p[1][l], 0, INFINITY)))
            out[l] = one(&dist_continuous_normal, p, l, x[l]);
}

// --- gamma, exponential, beta ---------------------------------------------------------------

static void exponential(Params p, size_t n, const double *x, double *out) {
    math_block_log(n, out, p[0]);
    for (size_t l = 0; l < n; l++) {
        out[l] -= p[0][l] * x[l];
        if (!(inside(p[0][l], 0, INFINITY) && x[l] >= 0))
            out[l] = one(&dist_continuous_exponential, p, l, x[l]);
    }
}

// (a - 1) ln x - r x + a ln r - ln Gamma(a).
static void gamma_shape(Params p, size_t n, const double *x, double *out) {
    math_block_log(n, out, x);
    double shape = NAN, rate = NAN, rest = 0;
    for (size_t l = 0; l < n; l++) {
        double a = p[0][l], r = p[1][l];
        if (a != shape || r != rate) {
            shape = a;
            rate = r;
            rest = a * log(r) - log_gamma(a);
        }
        out[l] = (a - 1) * out[l] - r * x[l] + rest;
        if (!(inside(a, 0, 1e3) && inside(r, 0, INFINITY) && inside(x[l], 0, INFINITY)))
            out[l] = one(&dist_continuous_gamma, p, l, x[l]);
    }
}

static void beta(Params p, size_t n, const double *x, double *out) {
    math_block_log(n, out, x);
    double first = NAN, second = NAN, rest = 0;
    for (size_t l = 0; l < n; l++) {
        double a = p[0][l], b = p[1][l];
        if (!(inside(a, 0, 1e3) && inside(b, 0, 1e3) && inside(x[l], 0, 1))) {
            out[l] = one(&dist_continuous_beta, p, l, x[l]);
            continue;
        }
        if (a != first || b != second) {
            first = a;
            second = b;
            rest = log_gamma(a + b) - log_gamma(a) - log_gamma(b);
        }
        out[l] = (a - 1) * out[l] + (b - 1) * log1p(-x[l]) + rest;
    }
}

// --- counts ---------------------------------------------------------------------------------

static bool count(double x, double most) {
    return x >= 0 && x <= most && x == floor(x);
}

static void bernoulli(Params p, size_t n, const double *x, double *out) {
    for (size_t l = 0; l < n; l++) out[l] = x[l] == 1 ? p[0][l] : 1 - p[0][l];
    math_block_log(n, out, out);
    for (size_t l = 0; l < n; l++)
        if (!(inside(p[0][l], 0, 1) && count(x[l], 1)))
            out[l] = one(&dist_discrete_bernoulli, p, l, x[l]);
}

// x ln m - m - ln x!
static void poisson(Params p, size_t n, const double *x, double *out) {
    double last = NAN, rest = 0;
    math_block_log(n, out, p[0]);
    for (size_t l = 0; l < n; l++) {
        if (!(inside(p[0][l], 0, 1e3) && count(x[l], 1e4))) {
            out[l] = one(&dist_discrete_poisson, p, l, x[l]);
            continue;
        }
        if (x[l] != last) rest = log_gamma((last = x[l]) + 1);
        out[l] = x[l] * out[l] - p[0][l] - rest;
    }
}

static void binomial(Params p, size_t n, const double *x, double *out) {
    double trials = NAN, last = NAN, ways = 0;
    math_block_log(n, out, p[1]);
    for (size_t l = 0; l < n; l++) {
        double m = p[0][l], k = x[l];
        if (!(count(m, 1e4) && count(k, m) && inside(p[1][l], 0, 1))) {
            out[l] = one(&dist_discrete_binomial, p, l, k);
            continue;
        }
        if (m != trials || k != last) {
            trials = m;
            last = k;
            ways = log_gamma(m + 1) - log_gamma(k + 1) - log_gamma(m - k + 1);
        }
        out[l] = k * out[l] + (m - k) * log1p(-p[1][l]) + ways;
    }
}

// --- the list -------------------------------------------------------------------------------

static const struct {
    const DistFamily *family;
    Fill *fill;
} blocks[] = {
    {&dist_continuous_normal, normal},     {&dist_continuous_exponential, exponential},
    {&dist_continuous_gamma, gamma_shape}, {&dist_continuous_beta, beta},
    {&dist_discrete_bernoulli, bernoulli}, {&dist_discrete_poisson, poisson},
    {&dist_discrete_binomial, binomial},
};

void log_mass_block(const DistFamily *f, const double *const *params, size_t n, const double *x,
                    double *out) {
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (blocks[i].family == f) {
            blocks[i].fill(params, n, x, out);
            return;
        }
    for (size_t l = 0; l < n; l++) out[l] = one(f, params, l, x[l]);
}
