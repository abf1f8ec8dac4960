// Clg: quantiles and laws: mixtures of normal distributions.
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>

#include "runtime/real/clg.h"

// One part of the law of a quantity: normal, or at one point when sd is 0.
typedef struct Part {
    Moment weight;
    double mean, sd;
} Part;

typedef struct Mixture {
    VEC(Part) parts;
    bool any, normal; // normal: all parts are, and nothing else is given
    uint32_t densities;
} Mixture;

static Status add_part(Clg *c, void *user) {
    Mixture *m = user;
    FormLine line;
    Part p = {.weight = c->weight};
    bool normal;
    if (m->any && c->densities > m->densities) return OK;
    if (!m->any || c->densities < m->densities) m->parts.count = 0;
    m->any = true;
    m->densities = c->densities;
    m->normal = m->normal && !c->event && form_is_line(c->forms[0], &line);
    if (!m->normal) return OK;
    TRY(moments_line(&c->moments, line, &p.mean, &p.sd, &normal));
    p.sd = sqrt(p.sd);
    m->normal = normal && isfinite(p.sd);
    return VEC_PUSH(&m->parts, p) ? OK : NOMEM;
}

static int by_law(const void *a, const void *b) {
    const Part *x = a, *y = b;
    if (x->mean != y->mean) return x->mean < y->mean ? -1 : 1;
    return (x->sd > y->sd) - (x->sd < y->sd);
}

// In order of their means, equal parts put together, the weights with sum 1.
static void normalise(Mixture *m) {
    Moment sum = {0};
    size_t kept = 0;
    if (m->parts.count) qsort(m->parts.items, m->parts.count, sizeof *m->parts.items, by_law);
    for (size_t i = 0; i < m->parts.count; i++) {
        const Part p = m->parts.items[i];
        Part *last = kept ? &m->parts.items[kept - 1] : NULL;
        sum = moment_add(sum, p.weight);
        if (last && by_law(last, &p) == 0) last->weight = moment_add(last->weight, p.weight);
        else m->parts.items[kept++] = p;
    }
    m->parts.count = kept;
    for (size_t i = 0; i < m->parts.count; i++) {
        Moment *w = &m->parts.items[i].weight;
        *w = moment_number(moment_value((Moment){w->value / sum.value, w->log - sum.log}));
    }
}

static Status collect(Clg *c, Mixture *m) {
    m->normal = true;
    TRY(clg_each(c, add_part, m));
    if (!c->applies) return OK;
    if (!m->any)
        return fault_add(c->call->faults, FAULT_ASK_IMPOSSIBLE, c->q->origin,
                         "what is given cannot happen under the model");
    normalise(m);
    return OK;
}

// --- quantiles -------------------------------------------------------------------------------

// P(X <= x), or P(X > x), whichever is asked for.
static double tail(const Mixture *m, double x, bool upper) {
    double sum = 0;
    for (size_t i = 0; i < m->parts.count; i++) {
        const Part *p = &m->parts.items[i];
        double z = (x - p->mean) / p->sd, q;
        if (p->sd == 0) q = upper ? x < p->mean : x >= p->mean;
        else q = upper ? gsl_cdf_ugaussian_Q(z) : gsl_cdf_ugaussian_P(z);
        sum += p->weight.value * q;
    }
    return sum;
}

static double part_quantile(const Part *p, double level) {
    if (p->sd == 0) return p->mean;
    return p->mean + p->sd * (level > 0.5 ? gsl_cdf_ugaussian_Qinv(1 - level)
                                          : gsl_cdf_ugaussian_Pinv(level));
}

// The smallest x whose cdf reaches the level, between the least and greatest quantile of the
// parts.
static double quantile(const Mixture *m, double level) {
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < m->parts.count; i++) {
        double x = part_quantile(&m->parts.items[i], level);
        low = fmin(low, x), high = fmax(high, x);
    }
    const bool upper = level > 0.5;
    if (level == 0 || level == 1) return level == 0 ? low : high;
    for (int i = 0; i < 200 && low < high; i++) {
        double mid = low + 0.5 * (high - low);
        if (mid <= low || mid >= high) break;
        double p = tail(m, mid, upper);
        bool reached = upper ? p <= 1 - level : p >= level;
        if (reached) high = mid;
        else low = mid;
    }
    return high;
}

// --- quantiles of other laws -----------------------------------------------------------------

// The event that the quantity is at most x, or above x.
typedef struct Side {
    double x;
    bool upper;
} Side;

static Status side_of(Clg *c, void *user, const Form **out) {
    const Side *s = user;
    FormMaker *m = &c->affine.make;
    double known;
    bool can = true;
    if (form_is_number(c->forms[0], &known)) {
        *out = form_number(m, s->upper ? known > s->x : known <= s->x);
        return OK;
    }
    const Form *off = form_add(m, c->forms[0], -1, form_number(m, s->x));
    if (off) *out = form_compare(m, s->upper ? TERM_GT : TERM_LE, off, &can);
    return can ? OK : clg_refuse_why(c, "the quantile is of a quantity that is not linear");
}

// Whether the cdf has reached the level at x.
static Status reached(Clg *c, double x, bool *yes) {
    Side s = {x, c->q->level > 0.5};
    double p = 0;
    TRY(clg_means(c, 1, side_of, &s, &p, NULL));
    *yes = s.upper ? p <= 1 - c->q->level : p >= c->q->level;
    return OK;
}

// The first of start * 2^k, k = 0, 1 ..., at which the answer is `yes`; infinity when there is
// none.
static Status reach(Clg *c, double start, bool yes, double *out) {
    bool is = !yes;
    for (*out = start; isfinite(*out); *out *= 2) {
        TRY(reached(c, *out, &is));
        if (is == yes || !c->applies) return OK;
    }
    return OK;
}

static Status search(Clg *c, double *out) {
    double low, high;
    bool yes;
    TRY(reach(c, 1, true, &high));
    if (c->applies) TRY(reach(c, -1, false, &low));
    while (c->applies) {
        double mid = low + 0.5 * (high - low);
        if (!(mid > low && mid < high) || high - low <= 1e-15 * fabs(low + high)) break;
        TRY(reached(c, mid, &yes));
        if (yes) high = mid;
        else low = mid;
    }
    *out = high;
    return OK;
}

Status clg_quantile(Clg *c, RealAnswer *out) {
    Mixture m = {0};
    Status status = collect(c, &m);
    double level = c->q->level;
    if (status == OK && c->applies) {
        if (m.normal) out->value = quantile(&m, level);
        else if (level > 0 && level < 1) status = search(c, &out->value);
        else status = clg_refuse_why(c, "the quantile is at the end of its range");
    }
    VEC_FREE(&m.parts);
    return status;
}

// --- laws ------------------------------------------------------------------------------------

static Term *term_of(const Part *p) {
    const char *family = p->sd == 0 ? "point" : "normal";
    Term *kids[2] = {term_number(p->mean, 0), p->sd == 0 ? NULL : term_number(p->sd, 0)};
    return term_dist(dist_find(family), kids, p->sd == 0 ? 1 : 2, 0);
}

static Status make_law(const Mixture *m, Term **out) {
    const uint32_t n = (uint32_t)m->parts.count;
    *out = NULL;
    if (n == 1) {
        *out = term_of(&m->parts.items[0]);
        return *out ? OK : NOMEM;
    }
    Term **kids = MEM_NEW(Term *, 2 * (size_t)n);
    if (!kids) return NOMEM;
    for (size_t i = 0; i < n; i++) {
        kids[2 * i] = term_of(&m->parts.items[i]);
        kids[2 * i + 1] = term_number(m->parts.items[i].weight.value, 0);
    }
    *out = term_many(TERM_MIX, kids, 2 * n, 0);
    mem_free(kids);
    return *out ? OK : NOMEM;
}

Status clg_law(Clg *c, RealAnswer *out) {
    Mixture m = {0};
    Status status = collect(c, &m);
    if (status == OK && c->applies && !m.normal)
        status = clg_refuse_why(c, "the law asked for is not a mixture of normal laws");
    if (status == OK && c->applies) status = make_law(&m, &out->law);
    VEC_FREE(&m.parts);
    return status;
}
