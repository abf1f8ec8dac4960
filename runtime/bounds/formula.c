// Formula: the distinct subterms once each, bottom up.
#include "runtime/bounds/formula.h"

#include <math.h>
#include <string.h>

#include "runtime/model/math.h"
#include "runtime/model/term_order.h"

// --- values ---------------------------------------------------------------------------------

static double call(const Formula *f, const FormulaStep *s) {
    double args[MATH_MAX_ARITY];
    for (uint32_t i = 0; i < s->term->n; i++) args[i] = f->steps[s->kids[i]].value;
    return math_apply(s->term->function, args);
}

static double operate(TermOp op, double x, double y) {
    switch (op) {
    case TERM_ADD: return x + y;
    case TERM_SUB: return x - y;
    case TERM_MUL: return x * y;
    case TERM_DIV: return x / y;
    default: return pow(x, y);
    }
}

// NaN for a form that is not treated, and a question without a value.
static double value_of(const Formula *f, const FormulaStep *s, const double *values) {
    const Term *t = s->term;
    switch ((TermOp)t->op) {
    case TERM_NUMBER: return t->number;
    case TERM_ASK: return values ? values[s->ask] : NAN;
    case TERM_NEG: return -f->steps[s->kids[0]].value;
    case TERM_CALL: return call(f, s);
    case TERM_ADD: case TERM_SUB: case TERM_MUL: case TERM_DIV: case TERM_POW:
        return operate((TermOp)t->op, f->steps[s->kids[0]].value, f->steps[s->kids[1]].value);
    default: return NAN;
    }
}

double formula_kid(const Formula *f, uint32_t kid, const double *values) {
    for (uint32_t i = 0; i < f->nsteps; i++)
        if (!f->steps[i].constant) f->steps[i].value = value_of(f, &f->steps[i], values);
    return f->steps[formula_root(f)->kids[kid]].value;
}

// --- what kind of step ----------------------------------------------------------------------

static bool operates(const Term *t) {
    return t->op == TERM_NEG || t->op == TERM_CALL || t->op == TERM_ADD || t->op == TERM_SUB ||
           t->op == TERM_MUL || t->op == TERM_DIV || t->op == TERM_POW;
}

static bool is_linear(const Formula *f, const FormulaStep *s) {
    const FormulaStep *x = s->term->n > 0 ? &f->steps[s->kids[0]] : NULL;
    const FormulaStep *y = s->term->n > 1 ? &f->steps[s->kids[1]] : NULL;
    switch ((TermOp)s->term->op) {
    case TERM_NEG: return x->linear;
    case TERM_ADD: case TERM_SUB: return x->linear && y->linear;
    case TERM_MUL: return (x->constant && y->linear) || (y->constant && x->linear);
    case TERM_DIV: return x->linear && y->constant && y->value != 0;
    default: return false;
    }
}

static void judge(const Formula *f, FormulaStep *s) {
    const Term *t = s->term;
    if (t->op == TERM_ASK) {
        s->treated = s->linear = true;
        return;
    }
    s->treated = t->op == TERM_NUMBER || operates(t);
    for (uint32_t i = 0; i < t->n; i++) s->treated &= f->steps[s->kids[i]].treated;
    if (s->treated && !term_asks(t)) s->value = value_of(f, s, NULL);
    s->constant = s->treated && !term_asks(t) && isfinite(s->value);
    s->linear = s->constant || (s->treated && is_linear(f, s));
}

// --- making one -----------------------------------------------------------------------------

static bool outside(const Term *parent, uint32_t child) {
    (void)child;
    return parent->op != TERM_ASK;
}

static uint32_t ask_number(Formula *f, const Term *t) {
    for (uint32_t i = 0; i < f->nasks; i++)
        if (term_equal(f->asks[i], t)) return i;
    f->asks[f->nasks] = t;
    return f->nasks++;
}

static Status fill(Formula *f, const TermOrder *order, Arena *arena) {
    f->steps = ARENA_ARRAY(arena, FormulaStep, order->count);
    f->asks = ARENA_ARRAY(arena, const Term *, order->count);
    if (!f->steps || !f->asks) return NOMEM;
    for (; f->nsteps < order->count; f->nsteps++) {
        const Term *t = order->items[f->nsteps];
        uint32_t n = t->op == TERM_ASK ? 0 : t->n;
        uint32_t *kids = ARENA_ARRAY(arena, uint32_t, n + 1);
        if (!kids) return NOMEM;
        for (uint32_t i = 0; i < n; i++) kids[i] = term_order_find(order, t->kid[i]);
        FormulaStep *s = &f->steps[f->nsteps];
        *s = (FormulaStep){.term = t, .kids = kids, .ask = FORMULA_NONE};
        if (t->op == TERM_ASK) s->ask = ask_number(f, t);
        judge(f, s);
    }
    return OK;
}

Status formula_open(const Term *t, Arena *arena, Formula *out) {
    TermOrder order = {0};
    *out = (Formula){0};
    Status status = term_order_some(t, outside, &order);
    if (status == OK) status = fill(out, &order, arena);
    term_order_free(&order);
    return status;
}

// --- linear sums ----------------------------------------------------------------------------

// Hands the coefficient of a step on to what it consists of.
static void spread(const Formula *f, uint32_t at, double *coef, double *constant, double *out) {
    const FormulaStep *s = &f->steps[at];
    double c = coef[at];
    if (c == 0) return;
    if (s->constant) {
        *constant += c * s->value;
        return;
    }
    if (s->ask != FORMULA_NONE) {
        out[s->ask] += c;
        return;
    }
    uint32_t x = s->kids[0], y = s->term->n > 1 ? s->kids[1] : x;
    switch ((TermOp)s->term->op) {
    case TERM_NEG: coef[x] -= c; break;
    case TERM_ADD: coef[x] += c, coef[y] += c; break;
    case TERM_SUB: coef[x] += c, coef[y] -= c; break;
    case TERM_DIV: coef[x] += c / f->steps[y].value; break;
    default:
        if (f->steps[x].constant) coef[y] += c * f->steps[x].value;
        else coef[x] += c * f->steps[y].value;
    }
}

Status formula_sum(const Formula *f, uint32_t plus, uint32_t minus, double factor, Arena *arena,
                   double *constant, double **out) {
    double *coef = ARENA_ARRAY(arena, double, f->nsteps);
    *out = ARENA_ARRAY(arena, double, f->nasks + 1);
    if (!coef || !*out) return NOMEM;
    memset(coef, 0, f->nsteps * sizeof *coef);
    memset(*out, 0, (f->nasks + 1) * sizeof **out);
    *constant = 0;
    coef[plus] += 1;
    if (minus != FORMULA_NONE) coef[minus] -= factor;
    for (uint32_t i = f->nsteps; i-- > 0;) spread(f, i, coef, constant, *out);
    return OK;
}
