// Mechanism: truncated families by inversion, and empirical laws.
#include <math.h>

#include "runtime/base/num.h"
#include "runtime/sample/draw.h"
#include "runtime/sample/mechanism_code.h"

enum { MOST_PARAMS = 8 };

// One lane of a truncated family.
typedef struct Cut {
    const DistFamily *family;
    double params[MOST_PARAMS];
    double low, high;
    bool above; // in the upper half of the family: counted from its upper end
    double from, to; // the probability below the interval and up to its end, or above them
} Cut;

// Below `x`, which is itself not counted.
static double below(const Cut *c, double x) {
    return c->family->support ? dist_cdf(c->family, c->params, ceil(x) - 1)
                              : dist_cdf(c->family, c->params, x);
}

static double at_or_above(const Cut *c, double x) {
    return c->family->support ? dist_survival(c->family, c->params, ceil(x) - 1)
                              : dist_survival(c->family, c->params, x);
}

static Cut cut_of(const MechanismNode *n, size_t lanes, const double *params, size_t l) {
    Cut c = {.family = n->family};
    uint32_t count = n->family->nparams;
    for (uint32_t i = 0; i < count && i < MOST_PARAMS; i++) c.params[i] = params[i * lanes + l];
    c.low = params[count * lanes + l];
    c.high = params[(count + 1) * lanes + l];
    if (c.family->support) c.low = num_whole(c.low), c.high = num_whole(c.high);
    c.from = below(&c, c.low);
    c.above = c.from > 0.5;
    if (c.above) {
        c.from = at_or_above(&c, c.low);
        c.to = dist_survival(c.family, c.params, c.high);
    } else {
        c.to = dist_cdf(c.family, c.params, c.high);
    }
    return c;
}

// Of the interval; NaN when it has none.
static double kept(const Cut *c) {
    double p = fabs(c->to - c->from);
    return p > 0 ? p : NAN;
}

// Rounding may carry a quantile past the ends.
static double within(const Cut *c, double x) {
    return x < c->low ? c->low : x > c->high ? c->high : x;
}

void mechanism_truncated_draw(const MechanismNode *n, Stream *s, size_t lanes,
                              const double *params, double *out) {
    draw_uniforms(s, lanes, out);
    for (size_t l = 0; l < lanes; l++) {
        Cut c = cut_of(n, lanes, params, l);
        double p = c.from + out[l] * (c.to - c.from);
        double x = c.above ? dist_upper_quantile(c.family, c.params, p)
                           : dist_quantile(c.family, c.params, p);
        out[l] = isnan(kept(&c)) ? NAN : within(&c, x);
    }
}

void mechanism_truncated_mass(const MechanismNode *n, size_t lanes, const double *params,
                              const double *given, double *out) {
    for (size_t l = 0; l < lanes; l++) {
        Cut c = cut_of(n, lanes, params, l);
        bool inside = given[l] >= c.low && given[l] <= c.high;
        double p = kept(&c), mass = dist_log_mass(c.family, c.params, given[l]);
        out[l] = isnan(p) ? NAN : inside ? mass - log(p) : -INFINITY;
    }
}

void mechanism_empirical_draw(const MechanismNode *n, Stream *s, size_t lanes, double *out) {
    const TermNumbers *x = n->term->numbers;
    draw_uniforms(s, lanes, out);
    for (size_t l = 0; l < lanes; l++) out[l] = x->items[(size_t)(out[l] * (double)x->count)];
}

// The first number that is not below x, or the first above it: those that are one with it lie
// between.
static size_t first_from(const TermNumbers *n, double x, bool above) {
    size_t low = 0, high = n->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (num_same(n->items[mid], x) ? above : n->items[mid] < x)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

void mechanism_empirical_mass(const MechanismNode *n, size_t lanes, const double *given,
                              double *out) {
    const TermNumbers *x = n->term->numbers;
    for (size_t l = 0; l < lanes; l++) {
        size_t same = first_from(x, given[l], true) - first_from(x, given[l], false);
        out[l] = log((double)same / (double)x->count);
    }
}
