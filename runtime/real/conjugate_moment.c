// Conjugate moment: integrals of polynomials over cells of the roots.
//
// With the posterior beta(a, b) the integral of theta^k over a cell is the k-th moment
// times the probability of the cell under beta(a + k, b); with gamma(a, b) likewise.
#include <math.h>

#include "runtime/model/dist.h"
#include "runtime/real/conjugate_inner.h"

static double log_beta(double a, double b) {
    return lgamma(a) + lgamma(b) - lgamma(a + b);
}

// --- one root -------------------------------------------------------------------------------

typedef struct Posterior {
    RootKind kind;
    double params[2];
    double log; // what integrating the root out adds to the weight
} Posterior;

static Status posterior(Conjugate *c, size_t state, size_t r, Arena *scratch, Posterior *out) {
    Fold *f = &c->roots[r].prior;
    const Term *law = c->roots[r].law;
    const double *e = c->states.exponents + state * 2 * c->nroots + 2 * r;
    double prior[2];
    TRY(conjugate_fold_run(f, NULL, scratch));
    for (uint32_t i = 0; i < 2; i++) {
        prior[i] = conjugate_fold_part(f, law->kid[i])->number;
        out->params[i] = prior[i] + e[i];
    }
    out->kind = c->kinds[r];
    if (out->kind == ROOT_BETA) {
        out->log = e[0] == 0 && e[1] == 0 ? 0
                                          : log_beta(out->params[0], out->params[1]) -
                                                log_beta(prior[0], prior[1]);
    } else {
        out->log = prior[0] * log(prior[1]) - lgamma(prior[0]) -
                   out->params[0] * log(out->params[1]) + lgamma(out->params[0]);
    }
    if (!(prior[0] > 0 && prior[1] > 0)) out->log = NAN;
    return OK;
}

Status conjugate_posterior(Conjugate *c, size_t state, uint32_t root, double *params) {
    Arena scratch = {0};
    Posterior p;
    Status st = posterior(c, state, root, &scratch, &p);
    params[0] = p.params[0];
    params[1] = p.params[1];
    arena_free(&scratch);
    return st;
}

static double cell_probability(const Posterior *p, uint32_t k, double low, double high) {
    const DistFamily *f = dist_find(p->kind == ROOT_BETA ? "beta" : "gamma");
    double params[] = {p->params[0] + k, p->params[1]};
    double end = p->kind == ROOT_BETA ? 1 : INFINITY;
    if (!(low < high)) return 0;
    if (low <= 0 && high >= end) return 1;
    if (low <= 0) return dist_cdf(f, params, high);
    if (high >= end) return dist_survival(f, params, low);
    double below = dist_cdf(f, params, low);
    if (below > 0.5) return fmax(0, dist_survival(f, params, low) - dist_survival(f, params, high));
    return fmax(0, dist_cdf(f, params, high) - below);
}

static double moment(const Posterior *p, uint32_t k, double low, double high) {
    double m = 1;
    for (uint32_t i = 0; i < k; i++) {
        double below = p->kind == ROOT_BETA ? p->params[0] + p->params[1] + i : p->params[1];
        m *= (p->params[0] + i) / below;
    }
    return m * cell_probability(p, k, low, high);
}

// --- all roots ------------------------------------------------------------------------------

typedef struct Visit {
    Conjugate *c;
    const Integrand *g;
    Posterior *posteriors;
    uint32_t *cell; // of each root
    double *point;
    Arena scratch;  // of one state
    double value, weight;
} Visit;

static double integral(const Visit *v, const FoldValue *p) {
    const Conjugate *c = v->c;
    FoldTerm constant = {.c = p->number};
    double sum = 0;
    for (uint32_t i = 0; i < (p->constant ? 1 : p->n); i++) {
        const FoldTerm *t = p->constant ? &constant : &p->terms[i];
        double product = t->c;
        for (uint32_t r = 0; r < c->nroots; r++) {
            double low = c->roots[r].low[v->cell[r]], high = c->roots[r].high[v->cell[r]];
            if (r == v->g->root) low = fmax(low, v->g->low), high = fmin(high, v->g->high);
            product *= moment(&v->posteriors[r], t->powers ? t->powers[r] : 0, low, high);
        }
        sum += product;
    }
    return sum;
}

static Status value_of(Visit *v, ConjugateTerm *t, FoldValue *out) {
    TRY(conjugate_fold_run(&t->fold, v->point, &v->scratch));
    *out = *conjugate_fold_value(&t->fold);
    if (!out->polynomial || (out->constant && isnan(out->number)))
        return conjugate_decline(v->c, "a quantity is not a polynomial in the unknown numbers");
    return OK;
}

// Whether all events of a list hold in the cell at hand.
static Status all_hold(Visit *v, ConjugateTerm *items, size_t n, bool *hold) {
    *hold = true;
    for (size_t i = 0; *hold && v->c->fits && i < n; i++) {
        FoldValue x;
        TRY(value_of(v, &items[i], &x));
        if (v->c->fits && !x.constant)
            TRY(conjugate_decline(v->c, "an event is not one of thresholds"));
        *hold = x.number != 0;
    }
    return OK;
}

static Status shifted(Visit *v, uint32_t arg, double shift, FoldValue *out) {
    FoldValue x, by = conjugate_fold_number(shift);
    TRY(value_of(v, &v->c->args.items[arg], &x));
    return conjugate_fold_add(v->c->nroots, &x, &by, -1, &v->scratch, out);
}

static Status times(Visit *v, const FoldValue *a, const FoldValue *b, FoldValue *out) {
    return conjugate_fold_times(v->c->nroots, a, b, &v->scratch, out);
}

static Status integrand(Visit *v, FoldValue *out) {
    const Integrand *g = v->g;
    FoldValue a, b;
    bool hold;
    *out = conjugate_fold_number(1);
    switch (g->kind) {
    case INTEGRAND_ONE: return OK;
    case INTEGRAND_EVENTS:
        TRY(all_hold(v, v->c->args.items, v->c->args.count, &hold));
        if (!hold) *out = conjugate_fold_number(0);
        return OK;
    case INTEGRAND_MEAN: return value_of(v, &v->c->args.items[g->a], out);
    case INTEGRAND_PRODUCT: break;
    }
    TRY(shifted(v, g->a, g->shift[0], &a));
    TRY(shifted(v, g->b, g->shift[1], &b));
    return times(v, &a, &b, out);
}

static Status visit_cell(Visit *v) {
    Conjugate *c = v->c;
    bool hold;
    FoldValue weight = conjugate_fold_number(1), g, product;
    for (uint32_t r = 0; r < c->nroots; r++) v->point[r] = c->roots[r].inside[v->cell[r]];
    TRY(all_hold(v, c->events.items, c->events.count, &hold));
    if (!hold || !c->fits) return OK;
    for (size_t i = 0; c->fits && i < c->weights.count; i++) {
        FoldValue w, next;
        TRY(value_of(v, &c->weights.items[i], &w));
        TRY(times(v, &weight, &w, &next));
        weight = next;
    }
    if (c->fits) TRY(integrand(v, &g));
    if (!c->fits) return OK;
    TRY(times(v, &weight, &g, &product));
    const Integrand whole = {.root = MODEL_NONE}, *asked = v->g;
    v->value += integral(v, &product);
    v->g = &whole;
    v->weight += integral(v, &weight);
    v->g = asked;
    return OK;
}

static bool next_cell(const Conjugate *c, uint32_t *cell) {
    for (uint32_t r = c->nroots; r-- > 0;) {
        if (++cell[r] < c->roots[r].ncells) return true;
        cell[r] = 0;
    }
    return false;
}

static Status visit_cells(Visit *v) {
    do {
        TRY(visit_cell(v));
    } while (v->c->fits && next_cell(v->c, v->cell));
    return OK;
}

Status conjugate_integrate(Conjugate *c, size_t state, const Integrand *g, double *log,
                           double *value, double *weight) {
    Visit v = {.c = c, .g = g};
    size_t n = c->nroots;
    v.posteriors = ARENA_ARRAY(&v.scratch, Posterior, n);
    v.cell = ARENA_ARRAY(&v.scratch, uint32_t, n);
    v.point = ARENA_ARRAY(&v.scratch, double, n);
    Status st = v.posteriors && v.cell && v.point ? OK : NOMEM;
    *log = c->states.logs[state];
    conjugate_load(c, state);
    for (uint32_t r = 0; st == OK && r < n; r++) {
        st = posterior(c, state, r, &v.scratch, &v.posteriors[r]);
        if (st == OK) *log += v.posteriors[r].log;
    }
    if (st == OK && isnan(*log)) st = conjugate_decline(c, "a parameter is wrong");
    if (st == OK && c->fits) st = visit_cells(&v);
    arena_free(&v.scratch);
    *value = v.value;
    *weight = v.weight;
    return st;
}
