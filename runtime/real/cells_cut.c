// Cells cut: a comparison followed down to its variable, and inverted on the way.
#include "runtime/real/cells_cut.h"

#include <math.h>
#include <string.h>

#include "runtime/model/kernel.h"
#include "runtime/model/math.h"
#include "runtime/model/scalar.h"

// Combinations of finite levels that a comparison is looked at for.
#define MOST_COMBINATIONS ((size_t)1 << 16)

// --- terms ----------------------------------------------------------------------------------

static uint32_t join(uint32_t a, uint32_t b) {
    if (a == MODEL_NONE) return b;
    return b == MODEL_NONE || a == b ? a : CELLS_MANY;
}

Status cells_term_open(const Model *m, const Term *t, CellsTerm *out) {
    *out = (CellsTerm){0};
    TRY(term_order(t, &out->order));
    out->which = MEM_NEW(uint32_t, out->order.count);
    if (!out->which) return NOMEM;
    for (size_t i = 0; i < out->order.count; i++) {
        const Term *sub = out->order.items[i];
        uint32_t which = MODEL_NONE;
        uint32_t var = sub->op == TERM_VAR ? model_find(m, sub->sym) : MODEL_NONE;
        if (var != MODEL_NONE && !domain_finite(m->vars[var]->domain)) which = var;
        for (uint32_t k = 0; k < sub->n; k++)
            which = join(which, cells_term_which(out, sub->kid[k]));
        out->which[i] = which;
    }
    return OK;
}

void cells_term_close(CellsTerm *t) {
    term_order_free(&t->order);
    mem_free(t->which);
    *t = (CellsTerm){0};
}

uint32_t cells_term_which(const CellsTerm *t, const Term *sub) {
    return t->which[term_order_find(&t->order, sub)];
}

// --- functions ------------------------------------------------------------------------------

// Each gives the arguments at which a function of one number reaches t, and those at which it
// jumps or begins to be defined; superfluous ones do no harm. At most 3.
typedef unsigned Roots(double t, double *x);

static unsigned of_abs(double t, double *x) { return x[0] = t, x[1] = -t, 2; }
static unsigned of_exp(double t, double *x) { return x[0] = log(t), 1; }
static unsigned of_expm1(double t, double *x) { return x[0] = log1p(t), 1; }
static unsigned of_log(double t, double *x) { return x[0] = exp(t), x[1] = 0, 2; }
static unsigned of_log2(double t, double *x) { return x[0] = exp2(t), x[1] = 0, 2; }
static unsigned of_log10(double t, double *x) { return x[0] = pow(10, t), x[1] = 0, 2; }
static unsigned of_log1p(double t, double *x) { return x[0] = expm1(t), x[1] = -1, 2; }
static unsigned of_sqrt(double t, double *x) { return x[0] = t * t, x[1] = 0, 2; }
static unsigned of_cbrt(double t, double *x) { return x[0] = t * t * t, 1; }
static unsigned of_atan(double t, double *x) { return x[0] = fabs(t) < acos(0) ? tan(t) : NAN, 1; }
static unsigned of_sinh(double t, double *x) { return x[0] = asinh(t), 1; }
static unsigned of_cosh(double t, double *x) { return x[0] = acosh(t), x[1] = -x[0], 2; }
static unsigned of_tanh(double t, double *x) { return x[0] = atanh(t), 1; }
static unsigned of_sign(double t, double *x) { return (void)t, x[0] = 0, 1; }
static unsigned of_logistic(double t, double *x) { return x[0] = log(t) - log1p(-t), 1; }

static unsigned of_logit(double t, double *x) {
    x[0] = t < 0 ? exp(t) / (1 + exp(t)) : 1 / (1 + exp(-t));
    x[1] = 0;
    x[2] = 1;
    return 3;
}

static unsigned of_floor(double t, double *x) { return x[0] = floor(t), x[1] = x[0] + 1, 2; }
static unsigned of_ceil(double t, double *x) { return x[0] = ceil(t), x[1] = x[0] - 1, 2; }

static unsigned of_round(double t, double *x) {
    x[0] = floor(t) - 0.5;
    x[1] = x[0] + 1;
    x[2] = x[0] + 2;
    return 3;
}

static unsigned of_trunc(double t, double *x) {
    x[0] = floor(t);
    x[1] = x[0] + 1;
    x[2] = x[0] - 1;
    return 3;
}

// `steps`: the function takes separate values, so that an equation with it has a probability.
static const struct {
    const char *name;
    Roots *roots;
    bool steps;
} inverses[] = {
    {"abs", of_abs, false},     {"atan", of_atan, false},   {"cbrt", of_cbrt, false},
    {"ceil", of_ceil, true},    {"cosh", of_cosh, false},   {"exp", of_exp, false},
    {"expm1", of_expm1, false}, {"floor", of_floor, true},  {"log", of_log, false},
    {"log10", of_log10, false}, {"log1p", of_log1p, false}, {"log2", of_log2, false},
    {"logistic", of_logistic, false}, {"logit", of_logit, false}, {"round", of_round, true},
    {"sign", of_sign, true},    {"sinh", of_sinh, false},   {"sqrt", of_sqrt, false},
    {"tanh", of_tanh, false},   {"trunc", of_trunc, true},
};

static size_t find_inverse(const MathFunction *f) {
    size_t i = 0, n = sizeof inverses / sizeof *inverses;
    while (i < n && strcmp(inverses[i].name, f->name) != 0) i++;
    return i < n ? i : SIZE_MAX;
}

static bool is_extreme(const MathFunction *f) {
    return strcmp(f->name, "min") == 0 || strcmp(f->name, "max") == 0;
}

static bool is_power(const Term *t) {
    return t->op == TERM_POW || (t->op == TERM_CALL && strcmp(t->function->name, "pow") == 0);
}

static bool can_invert(const Term *t, uint32_t kid) {
    switch ((TermOp)t->op) {
    case TERM_NEG: case TERM_ADD: case TERM_SUB: case TERM_MUL: case TERM_DIV: case TERM_POW:
        return true;
    case TERM_IF: return kid > 0;
    case TERM_CALL:
        if (t->function->arity == 1) return find_inverse(t->function) != SIZE_MAX;
        return is_extreme(t->function) || is_power(t);
    default: return false;
    }
}

static bool has_steps(const Term *t) {
    if (t->op != TERM_CALL || t->function->arity != 1) return false;
    size_t i = find_inverse(t->function);
    return i != SIZE_MAX && inverses[i].steps;
}

static unsigned power_roots(uint32_t kid, double other, double t, double *x) {
    if (kid == 1) return x[0] = log(t) / log(other), 1;
    x[0] = pow(fabs(t), 1 / other);
    x[1] = -x[0];
    x[2] = 0;
    return 3;
}

// The same for any step; `s` is the value of the other child.
static unsigned roots_of(const Term *t, uint32_t kid, double s, double value, double *x) {
    if (is_power(t)) return power_roots(kid, s, value, x);
    switch ((TermOp)t->op) {
    case TERM_NEG: x[0] = -value; return 1;
    case TERM_ADD: x[0] = value - s; return 1;
    case TERM_SUB: x[0] = kid == 0 ? value + s : s - value; return 1;
    case TERM_MUL: x[0] = value / s; return 1;
    case TERM_DIV:
        x[0] = kid == 0 ? value * s : s / value;
        x[1] = 0;
        return kid == 0 ? 1 : 2;
    case TERM_CALL:
        if (t->function->arity == 1)
            return inverses[find_inverse(t->function)].roots(value, x);
        x[0] = value;
        x[1] = s;
        return 2;
    default: x[0] = value; return 1; // a branch of an IF
    }
}

// --- opening --------------------------------------------------------------------------------

static bool is_comparison(const Term *t) {
    return t->op >= TERM_EQ && t->op <= TERM_GE;
}

// The child that mentions the variable, when only one does.
static bool only_kid(const CellsTerm *t, const Term *at, uint32_t *kid) {
    uint32_t found = 0;
    for (uint32_t k = 0; k < at->n; k++)
        if (cells_term_which(t, at->kid[k]) != MODEL_NONE) *kid = k, found++;
    return found == 1;
}

// Counts the steps down to the variable; false when one of them cannot be inverted.
static bool count_steps(const CellsTerm *t, const Term *at, uint32_t *n) {
    bool steps = false;
    uint32_t kid = 0;
    *n = 0;
    for (const Term *sub = at; sub->op != TERM_VAR; sub = sub->kid[kid]) {
        if (!only_kid(t, sub, &kid)) return false;
        if ((*n)++ && !can_invert(sub, kid)) return false;
        steps |= has_steps(sub);
    }
    // U = 0.3 is a matter of density, unless only separate values are possible.
    return steps || (at->op != TERM_EQ && at->op != TERM_NE);
}

static bool is_whole(const Model *m, const CellsCut *c) {
    return m->vars[c->var]->domain->kind == DOMAIN_INT;
}

static Status list_finite(const Model *m, const CellsTerm *t, const Term *at, Arena *arena,
                          CellsCut *out, bool *ok) {
    TermOrder order = {0};
    Status st = term_order(at, &order);
    out->finite = ARENA_ARRAY(arena, uint32_t, order.count);
    if (!out->finite) st = NOMEM;
    out->combinations = 1;
    for (size_t i = 0; st == OK && *ok && i < order.count; i++) {
        const Term *sub = order.items[i];
        if (sub->op != TERM_VAR || cells_term_which(t, sub) != MODEL_NONE) continue;
        uint32_t var = model_find(m, sub->sym), k = 0;
        if (var == MODEL_NONE || !term_is_factual(sub)) *ok = false;
        while (k < out->nfinite && out->finite[k] != var) k++;
        if (!*ok || k < out->nfinite) continue;
        out->finite[out->nfinite++] = var;
        out->combinations *= m->vars[var]->domain->count;
        if (out->combinations > MOST_COMBINATIONS) *ok = false;
    }
    term_order_free(&order);
    return st;
}

// The values of a term over finite variables, for all combinations.
static Status tabulate(const Model *m, const CellsCut *c, const Term *t, const Ctl *ctl,
                       Arena *arena, double **out, bool *ok) {
    Kernel *k = NULL;
    Faults faults = {0};
    *out = ARENA_ARRAY(arena, double, c->combinations);
    if (!*out) return NOMEM;
    Status st = kernel_new(m, t, &k, &faults);
    if (st == OK && kernel_kind(k) == VALUE_LEVEL_KIND) *ok = false;
    else if (st == OK) st = kernel_tabulate(k, m, c->finite, c->nfinite, ctl, *out);
    if (st == FAULT) *ok = false, st = OK;
    kernel_free(k);
    fault_free(&faults);
    return st;
}

static Status fill_step(const Model *m, const CellsCut *c, CellsStep *s, const Ctl *ctl,
                        Arena *arena, bool *ok) {
    s->siblings = ARENA_ARRAY(arena, double *, s->term->n);
    if (!s->siblings) return NOMEM;
    for (uint32_t k = 0; *ok && k < s->term->n; k++)
        if (k != s->kid)
            TRY(tabulate(m, c, s->term->kid[k], ctl, arena, &s->siblings[k], ok));
    return OK;
}

Status cells_cut_open(const Model *m, const CellsTerm *t, const Term *at, const Ctl *ctl,
                      Arena *arena, CellsCut *out, bool *ok) {
    uint32_t n = 0;
    *out = (CellsCut){.at = at, .var = cells_term_which(t, at)};
    *ok = is_comparison(at);
    if (*ok && !count_steps(t, at, &n)) *ok = n > 0 && is_whole(m, out) && at->op <= TERM_NE;
    if (!*ok) return OK;
    TRY(list_finite(m, t, at, arena, out, ok));
    out->steps = ARENA_ARRAY(arena, CellsStep, n);
    if (!out->steps) return NOMEM;
    uint32_t kid = 0;
    for (const Term *sub = at; *ok && sub->op != TERM_VAR; sub = sub->kid[kid]) {
        if (!only_kid(t, sub, &kid) || (out->nsteps && !can_invert(sub, kid))) {
            *ok = false;
            break;
        }
        CellsStep *s = &out->steps[out->nsteps++];
        *s = (CellsStep){.term = sub, .kid = kid};
        TRY(fill_step(m, out, s, ctl, arena, ok));
    }
    return OK;
}

// --- use ------------------------------------------------------------------------------------

// The value of the only sibling of a step of two children; NaN when there is none.
static double sibling(const CellsStep *s, size_t at) {
    if (s->term->n != 2) return NAN;
    return s->siblings[1 - s->kid][at];
}

static Status invert(const CellsStep *s, size_t at, CellsNumbers *from, CellsNumbers *to) {
    to->count = 0;
    for (size_t i = 0; i < from->count; i++) {
        double x[3];
        unsigned n = roots_of(s->term, s->kid, sibling(s, at), from->items[i], x);
        for (unsigned k = 0; k < n; k++)
            if (isfinite(x[k]) && !VEC_PUSH(to, x[k])) return NOMEM;
    }
    return OK;
}

Status cells_cut_thresholds(const CellsCut *c, CellsNumbers *out) {
    CellsNumbers now = {0}, next = {0};
    Status st = OK;
    for (size_t at = 0; st == OK && at < c->combinations; at++) {
        double other = c->steps[0].siblings[1 - c->steps[0].kid][at];
        now.count = 0;
        if (isfinite(other) && !VEC_PUSH(&now, other)) st = NOMEM;
        for (uint32_t s = 1; st == OK && s < c->nsteps; s++) {
            st = invert(&c->steps[s], at, &now, &next);
            CellsNumbers swap = now;
            now = next;
            next = swap;
        }
        for (size_t i = 0; st == OK && i < now.count; i++)
            if (!VEC_PUSH(out, now.items[i])) st = NOMEM;
    }
    VEC_FREE(&now);
    VEC_FREE(&next);
    return st;
}

static double apply(const CellsStep *s, double x, size_t at) {
    double args[MATH_MAX_ARITY];
    const Term *t = s->term;
    if (t->op == TERM_IF) {
        uint32_t branch = s->siblings[0][at] != 0 ? 1 : 2;
        return branch == s->kid ? x : s->siblings[branch][at];
    }
    for (uint32_t k = 0; k < t->n && k < MATH_MAX_ARITY; k++)
        args[k] = k == s->kid ? x : s->siblings[k][at];
    if (t->op == TERM_CALL) return math_apply(t->function, args);
    return scalar_apply((TermOp)t->op, args[0], t->n > 1 ? args[1] : 0);
}

double cells_cut_value(const CellsCut *c, double x, size_t combination) {
    for (uint32_t s = c->nsteps; s-- > 0;) x = apply(&c->steps[s], x, combination);
    return x;
}
