// Conjugate likelihood: from families to monomials.
//
// A probability p that is affine in a root theta of (0, 1) is p0*(1 - theta) + p1*theta with p0
// and p1 from 0 to 1, so that p^k * (1 - p)^m is a sum of theta^j * (1 - theta)^(k + m - j) with
// non-negative coefficients: no digits are lost.
#include "runtime/real/conjugate_likelihood.h"

#include <math.h>
#include <string.h>

#include "runtime/model/dist.h"

#define MOST_PARAMETERS 8
#define MOST_EXPANDED 1e4

// A distribution that is still to be looked into, and what stands before it.
typedef struct Part {
    const Term *term;
    Monomial before;
} Part;

typedef struct Reader {
    const Fold *f;
    const RootKind *kinds;
    LikelihoodValue value;
    Arena *scratch;
    VEC(Part) stack;
    Monomials *out;
    bool ok;
} Reader;

static Status copy_of(const Reader *r, const Monomial *m, double log, Monomial *out) {
    size_t n = 2 * (size_t)r->f->nroots;
    out->log = m->log + log;
    out->e = ARENA_ARRAY(r->scratch, double, n);
    if (!out->e) return NOMEM;
    if (n) memcpy(out->e, m->e, n * sizeof *out->e);
    return OK;
}

// before * exp(log) * (the root's function with a, b), appended; a zero is left out.
static Status append(const Reader *r, const Monomial *before, double log, uint32_t root, double a,
                     double b, Monomials *to) {
    if (log == -INFINITY) return OK;
    Monomial m;
    TRY(copy_of(r, before, log, &m));
    if (root != MODEL_NONE) {
        m.e[2 * (size_t)root] += a;
        m.e[2 * (size_t)root + 1] += b;
    }
    return VEC_PUSH(to, m) ? OK : NOMEM;
}

// --- probabilities --------------------------------------------------------------------------

// p as p0 at theta = 0 and p1 at theta = 1; the root is MODEL_NONE when p is constant.
static bool is_affine(const Reader *r, const FoldValue *p, uint32_t *root, double *p0,
                      double *p1) {
    double constant = 0, slope = 0;
    *root = MODEL_NONE;
    if (p->constant) {
        *p0 = *p1 = p->number;
        return p->number >= 0 && p->number <= 1 + 1e-9;
    }
    if (!p->polynomial) return false;
    for (uint32_t i = 0; i < p->n; i++) {
        const FoldTerm *t = &p->terms[i];
        uint32_t degree = 0, at = MODEL_NONE;
        for (uint32_t k = 0; t->powers && k < r->f->nroots; k++)
            if (t->powers[k]) at = k, degree += t->powers[k];
        if (degree == 0) {
            constant += t->c;
        } else if (t->c != 0) {
            if (degree > 1 || (*root != MODEL_NONE && *root != at)) return false;
            *root = at;
            slope += t->c;
        }
    }
    *p0 = constant;
    *p1 = constant + slope;
    if (*root != MODEL_NONE && r->kinds[*root] != ROOT_BETA) return false;
    return fmin(*p0, *p1) >= -1e-12 && fmax(*p0, *p1) <= 1 + 1e-12;
}

static double times_log(double n, double log) {
    return n == 0 ? 0 : n * log;
}

static double log_choose(double n, double k) {
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

// The coefficients of (c0*(1 - theta) + c1*theta)^n, by the power of theta.
static Status expand(const Reader *r, double c0, double c1, uint32_t n, double **out) {
    *out = ARENA_ARRAY(r->scratch, double, (size_t)n + 1);
    if (!*out) return NOMEM;
    double l0 = log(fmax(0, c0)), l1 = log(fmax(0, c1));
    for (uint32_t j = 0; j <= n; j++)
        (*out)[j] = exp(log_choose(n, j) + times_log(n - j, l0) + times_log(j, l1));
    return OK;
}

// p^k * (1 - p)^m for an affine p and whole k, m.
static Status expand_power(Reader *r, const Monomial *before, double log_c, uint32_t root,
                           double p0, double p1, double k, double m, Monomials *to) {
    double *x, *y;
    if (k != floor(k) || m != floor(m) || k + m > MOST_EXPANDED) {
        r->ok = false;
        return OK;
    }
    uint32_t nk = (uint32_t)k, nm = (uint32_t)m;
    TRY(expand(r, p0, p1, nk, &x));
    TRY(expand(r, 1 - p0, 1 - p1, nm, &y));
    for (uint32_t j = 0; j <= nk + nm; j++) {
        double sum = 0;
        for (uint32_t i = j > nm ? j - nm : 0; i <= nk && i <= j; i++) sum += x[i] * y[j - i];
        TRY(append(r, before, log_c + log(sum), root, j, k + m - j, to));
    }
    return OK;
}

static Status power(Reader *r, const Monomial *before, double log_c, const FoldValue *p, double k,
                    double m, Monomials *to) {
    uint32_t root;
    double p0, p1;
    if (!is_affine(r, p, &root, &p0, &p1)) {
        r->ok = false;
        return OK;
    }
    if (root == MODEL_NONE) {
        double log_p = times_log(k, log(p0)) + times_log(m, log1p(-fmin(1, p0)));
        return append(r, before, log_c + log_p, MODEL_NONE, 0, 0, to);
    }
    if (p0 == 0 && p1 == 1) return append(r, before, log_c, root, k, m, to);
    if (p0 == 1 && p1 == 0) return append(r, before, log_c, root, m, k, to);
    return expand_power(r, before, log_c, root, p0, p1, k, m, to);
}

// --- rates ----------------------------------------------------------------------------------

// c * theta, theta a gamma root.
static bool is_rate(const Reader *r, const FoldValue *v, uint32_t *root, double *c) {
    if (v->constant || !v->polynomial || v->n != 1 || !v->terms[0].powers) return false;
    uint32_t degree = 0;
    for (uint32_t k = 0; k < r->f->nroots; k++)
        if (v->terms[0].powers[k]) *root = k, degree += v->terms[0].powers[k];
    *c = v->terms[0].c;
    return degree == 1 && r->kinds[*root] == ROOT_GAMMA && *c > 0;
}

// --- families -------------------------------------------------------------------------------

static const FoldValue *parameter(const Reader *r, const Term *t, uint32_t i) {
    return conjugate_fold_part(r->f, t->kid[i]);
}

static bool is_named(const Term *t, const char *name) {
    return strcmp(t->family->name, name) == 0;
}

// No parameter depends on a root.
static Status known_family(Reader *r, const Term *t, const Monomial *before, double x) {
    double params[MOST_PARAMETERS];
    for (uint32_t i = 0; i < t->n; i++) params[i] = parameter(r, t, i)->number;
    double log_p = dist_log_mass(t->family, params, x);
    if (isnan(log_p)) r->ok = false;
    return append(r, before, isnan(log_p) ? -INFINITY : log_p, MODEL_NONE, 0, 0, r->out);
}

static Status counting_family(Reader *r, const Term *t, const Monomial *before, double x) {
    bool whole = x >= 0 && x == floor(x);
    if (is_named(t, "bernoulli")) {
        if (x != 0 && x != 1) return OK;
        return power(r, before, 0, parameter(r, t, 0), x, 1 - x, r->out);
    }
    if (is_named(t, "geometric"))
        return whole ? power(r, before, 0, parameter(r, t, 0), 1, x, r->out) : OK;
    const FoldValue *n = parameter(r, t, 0);
    if (!n->constant) {
        r->ok = false;
        return OK;
    }
    if (is_named(t, "binomial")) {
        if (!whole || x > n->number) return OK;
        return power(r, before, log_choose(n->number, x), parameter(r, t, 1), x, n->number - x,
                     r->out);
    }
    if (!whole) return OK;
    double log_c = lgamma(x + n->number) - lgamma(n->number) - lgamma(x + 1);
    return power(r, before, log_c, parameter(r, t, 1), n->number, x, r->out);
}

static Status rate_family(Reader *r, const Term *t, const Monomial *before, double x) {
    uint32_t root = MODEL_NONE;
    double c;
    bool shaped = is_named(t, "gamma");
    if (!is_rate(r, parameter(r, t, shaped), &root, &c) ||
        (shaped && !parameter(r, t, 0)->constant)) {
        r->ok = false;
        return OK;
    }
    if (is_named(t, "poisson")) {
        if (x < 0 || x != floor(x)) return OK;
        return append(r, before, times_log(x, log(c)) - lgamma(x + 1), root, x, c, r->out);
    }
    double shape = shaped ? parameter(r, t, 0)->number : 1;
    if (x < 0) return OK;
    double log_x = shape == 1 ? 0 : (shape - 1) * log(x);
    return append(r, before, shape * log(c) + log_x - lgamma(shape), root, shape, c * x, r->out);
}

static Status read_family(Reader *r, const Term *t, const Monomial *before) {
    bool known = t->n <= MOST_PARAMETERS;
    double x = domain_finite(r->value.domain) ? domain_number(r->value.domain, r->value.level)
                                              : r->value.number;
    for (uint32_t i = 0; i < t->n; i++) known = known && parameter(r, t, i)->constant;
    if (known) return known_family(r, t, before, x);
    if (is_named(t, "bernoulli") || is_named(t, "binomial") || is_named(t, "geometric") ||
        is_named(t, "negative_binomial"))
        return counting_family(r, t, before, x);
    if (is_named(t, "poisson") || is_named(t, "exponential") || is_named(t, "gamma"))
        return rate_family(r, t, before, x);
    r->ok = false;
    return OK;
}

// --- maps and mixtures ----------------------------------------------------------------------

static uint32_t level_of_key(const Reader *r, const Term *key) {
    if (key->op == TERM_LEVEL) return domain_find_name(r->value.domain, key->sym);
    return domain_find_number(r->value.domain, conjugate_fold_part(r->f, key)->number);
}

// Whether weights that leave `rest` are a distribution: a single level takes what is not negative,
// where none or several are left out there must be nothing to take.
static bool adds_up(const Reader *r, const FoldValue *rest, bool one_takes_it) {
    uint32_t root;
    double p0, p1, size = 0;
    if (rest->constant)
        return one_takes_it ? rest->number >= -1e-9 : fabs(rest->number) <= 1e-9;
    if (one_takes_it) return is_affine(r, rest, &root, &p0, &p1);
    for (uint32_t i = 0; rest->polynomial && i < rest->n; i++) size += fabs(rest->terms[i].c);
    return rest->polynomial && size <= 1e-9;
}

// The weight of the value: as written, or what the others leave.
static Status read_map(Reader *r, const Term *t, const Monomial *before) {
    FoldValue rest = conjugate_fold_number(1);
    const FoldValue *own = NULL;
    if (!domain_finite(r->value.domain)) {
        r->ok = false;
        return OK;
    }
    for (uint32_t i = 0; i + 1 < t->n; i += 2) {
        const FoldValue *weight = parameter(r, t, i + 1);
        FoldValue less;
        if (level_of_key(r, t->kid[i]) == r->value.level) own = weight;
        TRY(conjugate_fold_add(r->f->nroots, &rest, weight, -1, r->scratch, &less));
        rest = less;
    }
    bool one_left_out = t->n / 2 + 1 == r->value.domain->count;
    if (!adds_up(r, &rest, one_left_out)) {
        r->ok = false;
        return OK;
    }
    if (rest.constant) rest.number = fmax(0, rest.number);
    if (!own && !one_left_out) return OK;
    return power(r, before, 0, own ? own : &rest, 1, 0, r->out);
}

static Status read_mix(Reader *r, const Term *t, const Monomial *before) {
    Monomials weights = {0};
    FoldValue rest = conjugate_fold_number(1);
    Status st = OK;
    for (uint32_t i = 0; st == OK && r->ok && i + 1 < t->n; i += 2) {
        const FoldValue *weight = parameter(r, t, i + 1);
        FoldValue less = {0};
        weights.count = 0;
        st = conjugate_fold_add(r->f->nroots, &rest, weight, -1, r->scratch, &less);
        rest = less;
        if (st == OK) st = power(r, before, 0, weight, 1, 0, &weights);
        for (size_t k = 0; st == OK && k < weights.count; k++)
            if (!VEC_PUSH(&r->stack, ((Part){t->kid[i], weights.items[k]}))) st = NOMEM;
    }
    if (st == OK && !adds_up(r, &rest, false)) r->ok = false;
    VEC_FREE(&weights);
    return st;
}

// The branch that holds; NULL when that depends on a root.
static const Term *choose(const Reader *r, const Term *t) {
    if (t->op == TERM_IF) {
        const FoldValue *cond = parameter(r, t, 0);
        if (!cond->constant || isnan(cond->number)) return NULL;
        return t->kid[cond->number != 0 ? 1 : 2];
    }
    for (uint32_t k = t->nselect; k + 1 < t->n; k += 2) {
        const FoldValue *cond = parameter(r, t, k);
        if (!cond->constant || isnan(cond->number)) return NULL;
        if (cond->number != 0) return t->kid[k + 1];
    }
    return NULL;
}

static Status read_number(Reader *r, const Term *t, const Monomial *before) {
    if (r->value.domain->kind != DOMAIN_BOOL) {
        r->ok = false;
        return OK;
    }
    return power(r, before, 0, conjugate_fold_part(r->f, t), r->value.level, 1 - r->value.level,
                 r->out);
}

static Status read_part(Reader *r, Part p) {
    const Term *t = p.term;
    while (t && term_is_dist(t) && (t->op == TERM_IF || t->op == TERM_CASE)) t = choose(r, t);
    if (!t) {
        r->ok = false;
        return OK;
    }
    if (!term_is_dist(t)) return read_number(r, t, &p.before);
    if (t->op == TERM_DIST) return read_family(r, t, &p.before);
    if (t->op == TERM_MAP) return read_map(r, t, &p.before);
    if (t->op == TERM_MIX) return read_mix(r, t, &p.before);
    r->ok = false;
    return OK;
}

Status conjugate_likelihood(const Fold *f, const RootKind *kinds, LikelihoodValue value,
                            Arena *scratch, Monomials *out, bool *ok) {
    Reader r = {.f = f, .kinds = kinds, .value = value, .scratch = scratch, .out = out, .ok = true};
    Monomial one = {0, ARENA_ARRAY(scratch, double, 2 * (size_t)f->nroots)};
    Status st = one.e && VEC_PUSH(&r.stack, ((Part){f->order.items[f->order.count - 1], one}))
                    ? OK : NOMEM;
    while (st == OK && r.ok && r.stack.count) st = read_part(&r, r.stack.items[--r.stack.count]);
    VEC_FREE(&r.stack);
    *ok = r.ok;
    return st;
}
