// Draw: discrete families.
#include <math.h>

#include "runtime/model/dist_family.h"
#include "runtime/base/lanes.h"
#include "runtime/sample/draw.h"
#include "runtime/sample/draw_family.h"

static inline bool whole(double x) {
    return draw_finite(x) && x == floor(x);
}

LANES_CLONES void draw_bernoulli(Stream *s, const double *const *p, size_t n, double *out) {
    draw_uniforms(s, n, out);
    for (size_t l = 0; l < n; l++) {
        double chance = p[0][l];
        out[l] = chance >= 0 && chance <= 1 ? (out[l] < chance ? 1 : 0) : NAN;
    }
}

void draw_point(Stream *s, const double *const *p, size_t n, double *out) {
    (void)s;
    for (size_t l = 0; l < n; l++) {
        double value = p[0][l];
        out[l] = draw_finite(value) ? value : NAN;
    }
}

// Rounding can reach one past the end only where doubles are sparser than whole numbers.
void draw_uniform_int(Stream *s, const double *const *p, size_t n, double *out) {
    draw_uniforms(s, n, out);
    for (size_t l = 0; l < n; l++) {
        double low = p[0][l], high = p[1][l];
        bool fine = whole(low) && whole(high) && low <= high;
        out[l] = fine ? fmin(high, low + floor(out[l] * (high - low + 1))) : NAN;
    }
}

// The whole part of an exponential: P(E >= -k ln(1 - p)) = (1 - p)^k.
void draw_geometric(Stream *s, const double *const *p, size_t n, double *out) {
    draw_exponentials(s, n, out);
    for (size_t l = 0; l < n; l++) {
        double chance = p[0][l];
        out[l] = chance > 0 && chance <= 1 ? floor(out[l] / -log1p(-chance)) : NAN;
    }
}

// --- transformed rejection, Hormann 1993 ---

// "The transformed rejection method for generating Poisson random variables" (PTRS) and "The
// generation of binomial random variates" (BTRS): a proposal (2a / us + b) u + c, a region that
// is accepted at once, and the ratio of the probability to the hat elsewhere.
typedef struct Hat {
    double a, b, c;
    double quick;  // the share accepted at once away from the ends
    double height; // of the hat, as a multiple of a probability
} Hat;

// A proposal in *k; returns whether it is accepted at once, else *ratio is what the probability
// must be above.
static bool propose(Stream *s, const Hat *h, double *k, double *ratio) {
    double u = stream_unit(s) - 0.5, v = stream_unit(s);
    double us = 0.5 - fabs(u);
    *k = floor((2 * h->a / us + h->b) * u + h->c);
    *ratio = v * h->height / (h->a / (us * us) + h->b);
    return us >= 0.07 && v <= h->quick;
}

// --- poisson ---

// Less than this of a law is lost in the rounding of its sum.
#define NEGLIGIBLE 0x1p-60

// Adding up probabilities until they pass a uniform number; the mean is below 10.
static double poisson_by_sum(Stream *s, double mean) {
    double u = stream_unit(s), p = exp(-mean), k = 0;
    while (u > p && (k < mean || p > NEGLIGIBLE)) {
        u -= p;
        p *= mean / ++k;
    }
    return k;
}

static double poisson_by_rejection(Stream *s, double mean) {
    const double b = 0.931 + 2.53 * sqrt(mean);
    const Hat h = {.a = -0.059 + 0.02483 * b,
                   .b = b,
                   .c = mean + 0.43,
                   .quick = 0.9277 - 3.6224 / (b - 2),
                   .height = 1.1239 + 1.1328 / (b - 3.4)};
    double k, ratio;
    while (!propose(s, &h, &k, &ratio))
        if (k >= 0 && ratio <= dist_discrete_poisson.mass(&mean, k)) break;
    return k;
}

double draw_one_poisson(Stream *s, double mean) {
    if (!draw_finite(mean)) return mean;
    return mean < 10 ? poisson_by_sum(s, mean) : poisson_by_rejection(s, mean);
}

void draw_poisson(Stream *s, const double *const *p, size_t n, double *out) {
    for (size_t l = 0; l < n; l++) {
        double mean = p[0][l];
        out[l] = mean >= 0 && draw_finite(mean) ? draw_one_poisson(s, mean) : NAN;
    }
}

// A Poisson number whose mean is a gamma.
void draw_negative_binomial(Stream *s, const double *const *p, size_t n, double *out) {
    for (size_t l = 0; l < n; l++) {
        double successes = p[0][l], chance = p[1][l];
        if (!draw_positive(successes) || !(chance > 0 && chance <= 1)) {
            out[l] = NAN;
            continue;
        }
        double mean = draw_one_gamma(s, successes) * (1 - chance) / chance;
        out[l] = draw_one_poisson(s, mean);
    }
}

// --- binomial ---

// The same with the probabilities of a binomial, chance at most 1/2 and mean below 10.
static double binomial_by_sum(Stream *s, double n, double chance) {
    const double odds = chance / (1 - chance);
    double u = stream_unit(s), p = exp(n * log1p(-chance)), k = 0;
    while (u > p && k < n && (k < n * chance || p > NEGLIGIBLE)) {
        u -= p;
        k++;
        p *= (n - k + 1) / k * odds;
    }
    return k;
}

static double binomial_by_rejection(Stream *s, double n, double chance) {
    const double spread = sqrt(n * chance * (1 - chance)), b = 1.15 + 2.53 * spread;
    const double params[] = {n, chance};
    const double peak = dist_discrete_binomial.mass(params, floor((n + 1) * chance));
    const Hat h = {.a = -0.0873 + 0.0248 * b + 0.01 * chance,
                   .b = b,
                   .c = n * chance + 0.5,
                   .quick = 0.92 - 4.2 / b,
                   .height = (2.83 + 5.1 / b) * spread * peak};
    double k, ratio;
    while (!propose(s, &h, &k, &ratio))
        if (k >= 0 && k <= n && ratio <= dist_discrete_binomial.mass(params, k)) break;
    return k;
}

static double one_binomial(Stream *s, double n, double chance) {
    if (chance > 0.5) return n - one_binomial(s, n, 1 - chance);
    return n * chance < 10 ? binomial_by_sum(s, n, chance)
                           : binomial_by_rejection(s, n, chance);
}

void draw_binomial(Stream *s, const double *const *p, size_t n, double *out) {
    for (size_t l = 0; l < n; l++) {
        double trials = p[0][l], chance = p[1][l];
        bool fine = whole(trials) && trials >= 0 && chance >= 0 && chance <= 1;
        out[l] = fine ? one_binomial(s, trials, chance) : NAN;
    }
}
