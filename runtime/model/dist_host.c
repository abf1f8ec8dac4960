// Dist host: families from outside the library, of which only the density is known, and the way
// to the functions of any family.
#include <math.h>
#include <stdlib.h>

#include "runtime/base/rng.h"
#include "runtime/model/dist.h"
#include "runtime/model/integrate.h"

// Draws that show where the mass is, and how many of them are knots of the quadrature.
enum { DRAWS = 64, KNOTS = 9 };

#define UNSURE 1e-6 // how far the integral of a density may be from 1

typedef struct Host {
    const DistFamily *f;
    const double *params;
    int power; // of the distance from `middle` that is integrated
    double middle;
} Host;

static double unit(void *stream) {
    double u;
    do u = rng_unit(stream);
    while (u == 0);
    return u;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

// The ends of the support and quantiles of some draws, always the same.
static void find_knots(const Host *h, double knots[KNOTS + 2]) {
    double draws[DRAWS];
    Rng rng;
    rng_seed(&rng, 1, 0);
    for (int i = 0; i < DRAWS; i++) draws[i] = h->f->host->draw(h->f, h->params, unit, &rng);
    qsort(draws, DRAWS, sizeof *draws, by_size);
    for (int k = 0; k < KNOTS; k++) knots[k + 1] = draws[k * (DRAWS - 1) / (KNOTS - 1)];
    dist_bounds(h->f, h->params, &knots[0], &knots[KNOTS + 1]);
}

static double density(double x, void *user) {
    const Host *h = user;
    double p = exp(h->f->host->log_mass(h->f, h->params, x));
    return h->power && p > 0 ? p * pow(x - h->middle, h->power) : p;
}

// The integral over [low, high]; NaN when it does not converge.
static double integrate(Host *h, double low, double high) {
    double knots[KNOTS + 2], inside[KNOTS + 2], value, error;
    size_t n = 0;
    find_knots(h, knots);
    inside[n++] = low;
    for (int k = 1; k <= KNOTS; k++) {
        if (isnan(knots[k])) return NAN;
        if (knots[k] > inside[n - 1] && knots[k] < high) inside[n++] = knots[k];
    }
    inside[n++] = high;
    if (!(low < high)) return low == high ? 0 : NAN;
    bool done = integrate_pieces(density, h, inside, n, &value, &error) == OK;
    return done && error <= 1e-7 * fmax(1, fabs(value)) ? value : NAN;
}

double dist_host_total(const DistFamily *f, const double *params) {
    Host h = {.f = f, .params = params};
    double low, high;
    dist_bounds(f, params, &low, &high);
    return integrate(&h, low, high);
}

// The probability between two values of the support.
static double between(const DistFamily *f, const double *params, double from, double to) {
    Host h = {.f = f, .params = params};
    double total = dist_host_total(f, params), part = integrate(&h, from, to);
    return fabs(total - 1) <= UNSURE ? fmin(1, part / total) : NAN;
}

static double host_cdf(const DistFamily *f, const double *params, double x) {
    double low, high;
    dist_bounds(f, params, &low, &high);
    if (isnan(x) || isnan(low)) return NAN;
    return x <= low ? 0 : x >= high ? 1 : between(f, params, low, x);
}

static double host_survival(const DistFamily *f, const double *params, double x) {
    double low, high;
    dist_bounds(f, params, &low, &high);
    if (isnan(x) || isnan(low)) return NAN;
    return x <= low ? 1 : x >= high ? 0 : between(f, params, x, high);
}

// Where the cdf reaches p, or (upper) the survival has fallen to p.
static bool beyond(const DistFamily *f, const double *params, double x, double p, bool upper) {
    return upper ? host_survival(f, params, x) <= p : host_cdf(f, params, x) >= p;
}

static double host_quantile(const DistFamily *f, const double *params, double p, bool upper) {
    double low, high, step = 1;
    dist_bounds(f, params, &low, &high);
    if (!(p >= 0 && p <= 1) || isnan(host_cdf(f, params, 0))) return NAN;
    if (p == 0 || p == 1) return (p == 0) == upper ? high : low;
    double from = fmax(low, -1), to = fmin(high, 1);
    if (!(from < to))
        from = isfinite(low) ? low : high - 1, to = isfinite(high) ? high : low + 1;
    for (; beyond(f, params, from, p, upper) && from > low; step *= 2)
        from = fmax(low, from - step);
    for (step = 1; !beyond(f, params, to, p, upper) && to < high; step *= 2)
        to = fmin(high, to + step);
    for (int i = 0; i < 60 && to - from > 1e-10 * fmax(1, fabs(to)); i++) {
        double middle = from + (to - from) / 2;
        if (beyond(f, params, middle, p, upper))
            to = middle;
        else
            from = middle;
    }
    return to;
}

static double host_moment(const DistFamily *f, const double *params, int power, double middle) {
    Host h = {.f = f, .params = params, .power = power, .middle = middle};
    double low, high;
    dist_bounds(f, params, &low, &high);
    bool sure = fabs(dist_host_total(f, params) - 1) <= UNSURE;
    return sure ? integrate(&h, low, high) : NAN;
}

// --- the functions of any family -------------------------------------------------------------

const char *dist_wrong(const DistFamily *f, const double *params) {
    double low, high;
    if (!f->host) return f->wrong(params);
    dist_bounds(f, params, &low, &high);
    return low < high ? NULL : "the support must be an interval";
}

double dist_log_mass(const DistFamily *f, const double *params, double x) {
    double low, high;
    if (!f->host) return f->log_mass(params, x);
    dist_bounds(f, params, &low, &high);
    if (isnan(x) || !(low < high)) return NAN;
    return x < low || x > high ? -INFINITY : f->host->log_mass(f, params, x);
}

double dist_mass(const DistFamily *f, const double *params, double x) {
    return f->host ? exp(dist_log_mass(f, params, x)) : f->mass(params, x);
}

double dist_cdf(const DistFamily *f, const double *params, double x) {
    return f->host ? host_cdf(f, params, x) : f->cdf(params, x);
}

double dist_survival(const DistFamily *f, const double *params, double x) {
    return f->host ? host_survival(f, params, x) : f->survival(params, x);
}

double dist_quantile(const DistFamily *f, const double *params, double p) {
    return f->host ? host_quantile(f, params, p, false) : f->quantile(params, p);
}

double dist_upper_quantile(const DistFamily *f, const double *params, double q) {
    return f->host ? host_quantile(f, params, q, true) : f->upper_quantile(params, q);
}

void dist_bounds(const DistFamily *f, const double *params, double *low, double *high) {
    if (f->host)
        f->host->bounds(f, params, low, high);
    else
        f->bounds(params, low, high);
}

double dist_mean(const DistFamily *f, const double *params) {
    return f->host ? host_moment(f, params, 1, 0) : f->mean(params);
}

double dist_variance(const DistFamily *f, const double *params) {
    if (!f->host) return f->variance(params);
    double mean = host_moment(f, params, 1, 0);
    return isnan(mean) ? NAN : host_moment(f, params, 2, mean);
}
