// Conjugate: the heads.
#include "runtime/real/conjugate.h"

#include <math.h>
#include <stdlib.h>

#include "runtime/base/num.h"
#include "runtime/model/dist.h"
#include "runtime/model/special.h"
#include "runtime/real/conjugate_inner.h"

// Components of a mixture that is told.
#define MOST_COMPONENTS 64

// --- sums over the states -------------------------------------------------------------------

// The sum of the integrals and that of the weights, both divided by exp(*log).
static Status sum(Conjugate *c, const Integrand *g, double *log, double *value, double *weight) {
    *log = -INFINITY;
    *value = *weight = 0;
    for (size_t i = 0; c->fits && i < c->states.count; i++) {
        double l, x, w;
        if (ctl_cancelled(c->call->ctl)) return CANCELLED;
        TRY(conjugate_integrate(c, i, g, &l, &x, &w));
        if (l > *log) {
            double scale = exp(*log - l);
            *value *= scale;
            *weight *= scale;
            *log = l;
        }
        *value += x * exp(l - *log);
        *weight += w * exp(l - *log);
    }
    return OK;
}

static Status report_impossible(const Conjugate *c) {
    uint32_t origin = c->q->ngiven ? c->q->given[0]->origin : c->q->origin;
    return fault_add(c->call->faults, FAULT_ASK_IMPOSSIBLE, origin,
                     "these conditions cannot hold together, or have a probability below 1e-323");
}

static Status mean_of(Conjugate *c, const Integrand *g, double *out) {
    double log, value, weight;
    TRY(sum(c, g, &log, &value, &weight));
    if (!c->fits) return OK;
    if (!(weight > 0)) return report_impossible(c);
    *out = value / weight;
    return OK;
}

static Status argument_mean(Conjugate *c, uint32_t arg, double *out) {
    return mean_of(c, &(Integrand){.kind = INTEGRAND_MEAN, .a = arg, .root = MODEL_NONE}, out);
}

static Status covariance(Conjugate *c, uint32_t a, uint32_t b, double *out) {
    Integrand g = {.kind = INTEGRAND_PRODUCT, .a = a, .b = b, .root = MODEL_NONE};
    TRY(argument_mean(c, a, &g.shift[0]));
    if (c->fits) TRY(argument_mean(c, b, &g.shift[1]));
    return c->fits ? mean_of(c, &g, out) : OK;
}

static Status correlation(Conjugate *c, double *out) {
    double ab = 0, aa = 0, bb = 0;
    TRY(covariance(c, 0, 1, &ab));
    if (c->fits) TRY(covariance(c, 0, 0, &aa));
    if (c->fits) TRY(covariance(c, 1, 1, &bb));
    *out = aa > 0 && bb > 0 ? fmax(-1, fmin(1, ab / sqrt(aa * bb))) : NAN;
    return OK;
}

// --- one root -------------------------------------------------------------------------------

// The root that the only argument is.
static Status asked_root(Conjugate *c, uint32_t *root) {
    const Term *t = c->args.items[0].term;
    uint32_t v = t->op == TERM_VAR ? model_find(c->m, t->sym) : MODEL_NONE;
    *root = v == MODEL_NONE ? MODEL_NONE : c->root_of[v];
    if (*root != MODEL_NONE) return OK;
    return conjugate_decline(c, "the distribution of more than an unknown number is asked for");
}

typedef struct Curve {
    Conjugate *c;
    uint32_t root;
    Status status;
} Curve;

static double tail(Curve *k, double low, double high) {
    Integrand g = {.kind = INTEGRAND_ONE, .root = k->root, .low = low, .high = high};
    double x = NAN;
    if (k->status == OK) k->status = mean_of(k->c, &g, &x);
    return x;
}

static double below(const void *user, double x) {
    Curve *k = *(Curve *const *)user;
    return tail(k, -INFINITY, x);
}

static double above(const void *user, double x) {
    Curve *k = *(Curve *const *)user;
    return tail(k, x, INFINITY);
}

static Status quantile(Conjugate *c, double *out) {
    Curve k = {.c = c}, *user = &k;
    TRY(asked_root(c, &k.root));
    if (!c->fits) return OK;
    double end = c->kinds[k.root] == ROOT_BETA ? 1 : INFINITY, p = c->q->level, start;
    TRY(argument_mean(c, 0, &start));
    if (!c->fits) return OK;
    const SpecialCurve curve = {.below = below, .above = above, .user = &user};
    if (p <= 0 || p >= 1) *out = p <= 0 ? 0 : end;
    else *out = special_inverse(&curve, 0, end, start, p, 1 - p);
    return k.status;
}

typedef struct Component {
    double params[2], log;
} Component;

static int by_weight(const void *a, const void *b) {
    double x = ((const Component *)a)->log, y = ((const Component *)b)->log;
    return (x < y) - (x > y);
}

// The components of the posterior of a root, equal ones added up; *n is their number.
static Status components(Conjugate *c, uint32_t root, Component *out, size_t *n) {
    const Integrand g = {.kind = INTEGRAND_ONE, .root = MODEL_NONE};
    *n = 0;
    for (size_t i = 0; c->fits && i < c->states.count; i++) {
        Component k;
        double value, weight;
        size_t at = 0;
        TRY(conjugate_integrate(c, i, &g, &k.log, &value, &weight));
        TRY(conjugate_posterior(c, i, root, k.params));
        if (!(weight > 0)) continue;
        k.log += log(weight);
        while (at < *n && !(out[at].params[0] == k.params[0] && out[at].params[1] == k.params[1]))
            at++;
        if (at == MOST_COMPONENTS)
            return conjugate_decline(c, "the distribution has more than %d parts",
                                     MOST_COMPONENTS);
        if (at == *n) out[(*n)++] = k;
        else out[at].log += log1p(exp(k.log - out[at].log));
    }
    qsort(out, *n, sizeof *out, by_weight);
    return OK;
}

static Term *component_term(const Conjugate *c, uint32_t root, const Component *k) {
    Term *kids[] = {term_number(k->params[0], 0), term_number(k->params[1], 0)};
    return term_dist(dist_find(c->kinds[root] == ROOT_BETA ? "beta" : "gamma"), kids, 2, 0);
}

static Status mixture(const Conjugate *c, uint32_t root, const Component *parts, size_t n,
                      Term **out) {
    double total = 0;
    Term **kids = MEM_NEW(Term *, 2 * n);
    if (!kids) return NOMEM;
    for (size_t i = 0; i < n; i++) total += exp(parts[i].log - parts[0].log);
    for (size_t i = 0; i < n; i++) {
        kids[2 * i] = component_term(c, root, &parts[i]);
        kids[2 * i + 1] = term_number(exp(parts[i].log - parts[0].log) / total, 0);
    }
    *out = n == 1 && kids[0] ? term_keep(kids[0]) : NULL;
    if (n > 1) *out = term_many(TERM_MIX, kids, (uint32_t)(2 * n), 0);
    for (size_t i = 0; n == 1 && i < 2; i++) term_drop(kids[i]);
    mem_free(kids);
    return *out ? OK : NOMEM;
}

static bool weighs_roots(const Conjugate *c) {
    for (size_t i = 0; i < c->weights.count; i++) {
        const Fold *f = &c->weights.items[i].fold;
        if (f->real[f->order.count - 1]) return true;
    }
    return false;
}

static Status law(Conjugate *c, Term **out) {
    uint32_t root;
    size_t n;
    TRY(asked_root(c, &root));
    if (c->fits && (c->roots[root].ncells > 1 || weighs_roots(c)))
        TRY(conjugate_decline(c, "the conditions cut off a part of the distribution"));
    if (!c->fits) return OK;
    Component *parts = ARENA_ARRAY(&c->arena, Component, MOST_COMPONENTS);
    if (!parts) return NOMEM;
    TRY(components(c, root, parts, &n));
    if (!c->fits) return OK;
    return n ? mixture(c, root, parts, n, out) : report_impossible(c);
}

// --- the engine -----------------------------------------------------------------------------

// The integral of an event is a number, whose logarithm is lost when it is too small.
static Status report_faint(const Conjugate *c) {
    return fault_add(c->call->faults, FAULT_ASK_FAINT, c->q->origin,
                     "this has a probability of 0 or below 1e-323, and which of them is not known");
}

static Status answer_head(Conjugate *c, RealAnswer *out) {
    const Integrand events = {.kind = INTEGRAND_EVENTS, .root = MODEL_NONE};
    switch (c->q->head) {
    case REAL_P: return mean_of(c, &events, &out->value);
    case REAL_LOGP:
        TRY(mean_of(c, &events, &out->value));
        if (c->fits && out->value == 0) return report_faint(c);
        out->value = log(out->value);
        return OK;
    case REAL_E: return argument_mean(c, 0, &out->value);
    case REAL_VAR: return covariance(c, 0, 0, &out->value);
    case REAL_SD:
        TRY(covariance(c, 0, 0, &out->value));
        out->value = sqrt(out->value);
        return OK;
    case REAL_COV: return covariance(c, 0, 1, &out->value);
    case REAL_COR: return correlation(c, &out->value);
    case REAL_QUANTILE: return quantile(c, &out->value);
    case REAL_LAW: return law(c, &out->law);
    case REAL_SLOPE: return conjugate_decline(c, "slopes are not answered this way");
    }
    return OK;
}

static Status describe(Conjugate *c) {
    Derivation *d = c->call->d;
    if (!d) return OK;
    TRY(derivation_add(d, "method", "exact: %u unknown number%s integrated out in closed form",
                       c->nroots, c->nroots == 1 ? "" : "s"));
    if (c->states.count != 1)
        return derivation_add(d, "conjugate", "a mixture over %zu outcomes", c->states.count);
    for (uint32_t r = 0; r < c->nroots; r++) {
        double params[2];
        Str prior = {0};
        conjugate_load(c, 0);
        TRY(conjugate_posterior(c, 0, r, params));
        term_add_brief(c->roots[r].law, &prior);
        Status st = prior.failed
                        ? NOMEM
                        : derivation_add(d, "conjugate", "%s: %s becomes %s(%.6g, %.6g)",
                                         c->m->vars[c->roots[r].var]->name->text,
                                         str_text(&prior), c->roots[r].law->family->name,
                                         params[0], params[1]);
        str_free(&prior);
        TRY(st);
    }
    return OK;
}

static Status solve(Conjugate *c, RealAnswer *out) {
    TRY(conjugate_read(c));
    if (c->fits) TRY(conjugate_run(c));
    if (c->fits && !c->states.count) return report_impossible(c);
    if (c->fits) TRY(answer_head(c, out));
    return c->fits ? describe(c) : OK;
}

static void close_terms(ConjugateTerm *items, size_t n) {
    for (size_t i = 0; i < n; i++) conjugate_fold_close(&items[i].fold);
}

static void close_conjugate(Conjugate *c) {
    for (size_t i = 0; i < c->steps.count; i++) conjugate_fold_close(&c->steps.items[i].fold);
    close_terms(c->args.items, c->args.count);
    close_terms(c->events.items, c->events.count);
    close_terms(c->weights.items, c->weights.count);
    for (uint32_t r = 0; r < c->nroots; r++) {
        conjugate_fold_close(&c->roots[r].prior);
        VEC_FREE(&c->roots[r].cuts);
    }
    for (uint32_t v = 0; c->written_out && v < c->m->nvars; v++) term_drop(c->written_out[v]);
    for (size_t i = 0; i < c->owned.count; i++) term_drop(c->owned.items[i]);
    VEC_FREE(&c->steps);
    VEC_FREE(&c->args);
    VEC_FREE(&c->events);
    VEC_FREE(&c->weights);
    VEC_FREE(&c->owned);
    conjugate_states_free(&c->states);
    real_scope_close(&c->scope);
    arena_free(&c->arena);
}

static Status attempt(const RealCall *call, const RealQuestion *q, bool *applies,
                      RealAnswer *out) {
    Conjugate c = {.call = call, .q = q, .m = q->model, .fits = true};
    RealAnswer found = {.method = "exact"};
    Status st = real_scope_open(q, call->faults, &c.scope);
    if (st == OK) st = solve(&c, &found);
    *applies = st == OK && c.fits;
    if (*applies) *out = found;
    else real_answer_free(&found);
    close_conjugate(&c);
    return st;
}

// The logarithm of the weight of all that is known, with the arguments or without.
static Status log_weight(const RealCall *call, const RealQuestion *q, ConjugateMode mode,
                         bool *applies, double *out) {
    Conjugate c = {.call = call, .q = q, .m = q->model, .fits = true, .mode = mode};
    bool joint = mode == CONJUGATE_JOINT;
    const Integrand g = {.kind = joint ? INTEGRAND_EVENTS : INTEGRAND_ONE, .root = MODEL_NONE};
    double log_z = -INFINITY, value = 0, weight = 0;
    Status st = real_scope_open(q, call->faults, &c.scope);
    if (st == OK) st = conjugate_read(&c);
    if (st == OK && c.fits) st = conjugate_run(&c);
    if (st == OK && c.fits) st = sum(&c, &g, &log_z, &value, &weight);
    *applies = st == OK && c.fits;
    *out = log_z + log(value);
    if (*applies && !joint && !(weight > 0)) st = report_impossible(&c);
    if (*applies && st == OK && joint) st = describe(&c);
    close_conjugate(&c);
    return st;
}

// P(N = 4, A | B) of a count N as the weight of all of them by that of B.
static Status joint_probability(const RealCall *call, const RealQuestion *q, bool *applies,
                                RealAnswer *out) {
    double rest, all;
    TRY(log_weight(call, q, CONJUGATE_REST, applies, &rest));
    if (*applies) TRY(log_weight(call, q, CONJUGATE_JOINT, applies, &all));
    if (!*applies) return OK;
    out->method = "exact";
    out->value = q->head == REAL_P ? exp(fmin(0, all - rest)) : fmin(0, all - rest);
    return OK;
}

static Status answer(const RealCall *call, const RealQuestion *q, bool *applies, RealAnswer *out) {
    const Conjugate asked = {.q = q, .m = q->model};
    bool counts = (q->head == REAL_P || q->head == REAL_LOGP) && conjugate_equates(&asked);
    return counts ? joint_probability(call, q, applies, out) : attempt(call, q, applies, out);
}

const RealEngine real_engine_conjugate = {
    .name = "conjugate",
    .doc = "Beta and gamma laws of unknown numbers, updated in closed form.",
    .answer = answer,
};
