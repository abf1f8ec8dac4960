// Dist host: families from outside the library, of which only the density is known, and the way
// to the functions of any family.
#include <math.h>
#include <stdlib.h>

#include "runtime/base/rng.h"
#include "runtime/model/dist.h"
#include "runtime/model/integrate.h"

// Draws that show where the mass is; how many of them, and how many points beyond them on each
// side, are knots of the quadrature.
enum { DRAWS = 64, INNER = 9, OUTER = 4, KNOTS = INNER + 2 * OUTER };

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

// Quantiles of some draws, always the same, and points ever further beyond them. NaN: a draw
// failed.
static void find_knots(const Host *h, double knots[KNOTS]) {
    static const double beyond[OUTER] = {0.5, 5, 500, 5e5};
    double draws[DRAWS];
    Rng rng;
    rng_seed(&rng, 1, 0);
    for (int i = 0; i < DRAWS; i++) draws[i] = h->f->host->draw(h->f, h->params, unit, &rng);
    qsort(draws, DRAWS, sizeof *draws, by_size);
    double width = draws[DRAWS - 1] - draws[0];
    for (int k = 0; k < INNER; k++) knots[OUTER + k] = draws[k * (DRAWS - 1) / (INNER - 1)];
    for (int k = 0; k < OUTER; k++) {
        knots[OUTER - 1 - k] = draws[0] - beyond[k] * width;
        knots[OUTER + INNER + k] = draws[DRAWS - 1] + beyond[k] * width;
    }
}

static double density(double x, void *user) {
    const Host *h = user;
    double p = exp(h->f->host->log_mass(h->f, h->params, x));
    return h->power && p > 0 ? p * pow(x - h->middle, h->power) : p;
}

// The integral over [low, high]; NaN when it does not converge.
static double integrate(Host *h, double low, double high) {
    double knots[KNOTS], inside[KNOTS + 2], value, error;
    size_t n = 0;
    find_knots(h, knots);
    inside[n++] = low;
    for (int k = 0; k < KNOTS; k++) {
        if (isnan(knots[k])) return NAN;
        if (knots[k] > inside[n - 1] && knots[k] < high) inside[n++] = knots[k];
    }
    inside[n++] = high;
    if (!(low < high)) return low == high ? 0 : NAN;
    integrate_pieces(density, h, inside, n, &value, &error);
    return error <= 1e-7 * fmax(1, fabs(value)) ? value : NAN;
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

// The bracket begins with the draws and grows by their width.
static double host_quantile(const DistFamily *f, const double *params, double p, bool upper) {
    const Host h = {.f = f, .params = params};
    double low, high, knots[KNOTS];
    dist_bounds(f, params, &low, &high);
    find_knots(&h, knots);
    double from = fmax(low, knots[OUTER - 1]), to = fmin(high, knots[OUTER + INNER]);
    if (!(p >= 0 && p <= 1) || isnan(to - from) || isnan(host_cdf(f, params, from))) return NAN;
    if (p == 0 || p == 1) return (p == 0) == upper ? high : low;
    double step = to - from;
    int doubled = 0;
    for (; doubled < 64 && beyond(f, params, from, p, upper) && from > low;
         step *= 2, doubled++)
        from = fmax(low, from - step);
    for (; doubled < 64 && !beyond(f, params, to, p, upper) && to < high; step *= 2, doubled++)
        to = fmin(high, to + step);
    if (doubled >= 64) return NAN;
    for (int i = 0; i < 100 && to - from > 1e-11 * fmax(fabs(from), fabs(to)); i++) {
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
