// Special: incomplete gamma and beta functions, and the inversion of distribution functions.
#include "runtime/model/special.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "runtime/model/saddle.h"

// --- incomplete gamma ---

// GSL's own handler ends the program, even for a value that underflows.
static void hush(void) {
    gsl_set_error_handler_off();
}

void special_hush(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, hush);
}

static double gamma_part(int (*part)(double, double, gsl_sf_result *), double a, double x) {
    gsl_sf_result r = {0};
    special_hush();
    int status = part(a, x, &r);
    if (status == GSL_EUNDRFLW) return 0;
    return status == GSL_SUCCESS ? fmin(fmax(r.val, 0), 1) : NAN;
}

double special_gamma_lower(double a, double x) {
    return isinf(x) ? 1 : gamma_part(gsl_sf_gamma_inc_P_e, a, x);
}

double special_gamma_upper(double a, double x) {
    return isinf(x) ? 0 : gamma_part(gsl_sf_gamma_inc_Q_e, a, x);
}

// --- incomplete beta ---

#define MOST_ROUNDS 1e6

static double away_from_zero(double x) {
    return fabs(x) < 1e-300 ? 1e-300 : x;
}

// a - (a + b) x, without cancellation where either x or y = 1 - x is small.
static double beta_distance(double a, double b, double x, double y) {
    return a > b ? (a + b) * y - b : a - (a + b) * x;
}

// The continued fraction 1 / (beta1 + alpha2 / (beta2 + ...)) of Didonato & Morris 1992,
// equation 9, for x <= a / (a + b), by the modified Lentz method.
static double beta_fraction(double a, double b, double x, double y) {
    double distance = beta_distance(a, b, x, y);
    double f = 1 / (a / (a + 1) * (distance + 1)), d = f, c = 1e300;
    for (double n = 1; n < MOST_ROUNDS; n++) {
        double odd = a + 2 * n - 1, weight = n * (b - n) * x;
        double alpha = (a + n - 1) / odd * ((a + b + n - 1) / odd) * weight * x;
        double beta =
            n + weight / odd + (a + n) / (a + 2 * n + 1) * (distance + 1 + n * (1 + y));
        d = 1 / away_from_zero(beta + alpha * d);
        c = away_from_zero(beta + alpha / c);
        f *= c * d;
        if (fabs(c * d - 1) < 2e-16) return f;
    }
    return NAN;
}

double special_beta(double a, double b, double x, double y) {
    if (x <= 0) return 0;
    if (y <= 0) return 1;
    // x^a y^b / B(a, b) = a b / (a + b) times the binomial weight of a among a + b.
    double weight = exp(saddle_log_binomial(a, a + b, x, y)) * a * (b / (a + b));
    bool direct = beta_distance(a, b, x, y) >= 0;
    double part = weight == 0 ? 0
                  : direct    ? weight * beta_fraction(a, b, x, y)
                              : weight * beta_fraction(b, a, y, x);
    return fmin(fmax(direct ? part : 1 - part, 0), 1);
}

// --- inversion ---

// The doubles in order, as integers.
static int64_t rank_of(double x) {
    int64_t i;
    memcpy(&i, &x, sizeof i);
    return i < 0 ? INT64_MIN - i : i;
}

static double of_rank(int64_t i) {
    double x;
    if (i < 0) i = INT64_MIN - i;
    memcpy(&x, &i, sizeof x);
    return x;
}

// Half way in their order; `low` again when nothing lies between.
static double middle(double low, double high) {
    int64_t a = rank_of(low), b = rank_of(high);
    return of_rank((a & b) + ((a ^ b) >> 1));
}

typedef struct Goal {
    const SpecialCurve *c;
    bool upper;  // compare the upper tail
    double want; // the probability in it
} Goal;

static Goal goal_of(const SpecialCurve *c, double p, double q) {
    return (Goal){c, p > q, p > q ? q : p};
}

static double tail(const Goal *g, double x) {
    return g->upper ? g->c->above(g->c->user, x) : g->c->below(g->c->user, x);
}

// Newton's step on the logarithm of the tail; NaN where there is none.
static double newton(const Goal *g, double x, double here) {
    double f = g->c->density ? g->c->density(g->c->user, x) : 0;
    if (!(f > 0 && here > 0 && isfinite(f))) return NAN;
    double step = log(here / g->want) * (here / f);
    return g->upper ? step : -step;
}

double special_inverse(const SpecialCurve *c, double low, double high, double start, double p,
                       double q) {
    Goal g = goal_of(c, p, q);
    double x = start;
    for (unsigned round = 1;; round++) {
        if (round % 6 == 0 || !(x > low && x < high)) x = middle(low, high);
        if (x == low) return high;
        double here = tail(&g, x);
        if (isnan(here)) return NAN;
        *(((g.upper ? here <= g.want : here >= g.want)) ? &high : &low) = x;
        double step = newton(&g, x, here);
        if (fabs(step) <= 2e-16 * fabs(x)) return x + step;
        x += step;
    }
}

// A curve that cannot be computed counts as reached, and ends the search at once.
static bool reaches(const Goal *g, double x) {
    double here = tail(g, x);
    if (isnan(here)) return true;
    return g->upper ? here <= g->want * (1 + 1e-12) : here >= g->want * (1 - 1e-12);
}

// Moves *over, which is reached, down in growing steps to where it just is not, or to `low`.
static void down_from(const Goal *g, double low, double *under, double *over) {
    for (double step = 1; *over > low; step *= 2) {
        double x = fmax(low, *over - step);
        if (!reaches(g, x)) {
            *under = x;
            return;
        }
        *over = x;
    }
    *under = low - 1;
}

// Moves *under, which is not reached, up likewise. `high` is reached.
static void up_from(const Goal *g, double high, double *under, double *over) {
    for (double step = 1;; step *= 2) {
        double x = fmin(high, *under + step);
        if (x == high || reaches(g, x)) {
            *over = x;
            return;
        }
        *under = x;
    }
}

double special_inverse_whole(const SpecialCurve *c, double low, double high, double start,
                             double p, double q) {
    Goal g = goal_of(c, p, q);
    double x = fmin(fmax(floor(start), low), high), under = x, over = x;
    if (isnan(x)) return NAN;
    if (x == high || reaches(&g, x)) {
        down_from(&g, low, &under, &over);
    } else {
        up_from(&g, high, &under, &over);
    }
    while (isfinite(over) && over - under > 1) {
        x = floor(under + (over - under) / 2);
        if (x <= under || x >= over) break;
        *(reaches(&g, x) ? &over : &under) = x;
    }
    return over < high && isnan(tail(&g, over)) ? NAN : over;
}
