// Gap: what a law would have to have seen, for an estimand to have a value on it.
#include "runtime/estimate/gap.h"

#include <math.h>

#include "runtime/graph/graph.h"

typedef struct Gap {
    const EvalLaw *law;
    ExprPool *pool;
    uint32_t *level; // per variable of the pool
    bool found;
    Str *out;
} Gap;

// The pool's variable that stands for a variable of the model in an expression.
static size_t pool_var(const Gap *g, const Expr *e, uint32_t model_var) {
    SET_EACH(e->free, g->pool->words, v)
        if (g->law->model_var[v] == model_var) return v;
    return g->pool->n;
}

static size_t card(const Gap *g, uint32_t model_var) {
    return g->law->model->vars[model_var]->domain->count;
}

// Whether a cell of the expression's table agrees with the levels; with `set`, makes them so.
static bool agrees(Gap *g, const Expr *e, const EvalTable *t, size_t cell, bool set) {
    bool same = true;
    for (uint32_t i = t->n; i-- > 0;) {
        size_t v = pool_var(g, e, t->vars[i]), n = card(g, t->vars[i]);
        uint32_t level = (uint32_t)(cell % n);
        cell /= n;
        if (v == g->pool->n) continue;
        same = same && (g->level[v] == GAP_ANY || g->level[v] == level);
        if (set) g->level[v] = level;
    }
    return same;
}

// The expression's value at the levels.
static Status value_at(Gap *g, const Expr *e, double *out) {
    EvalTable t;
    TRY(expr_eval(g->law, g->pool, e, &t));
    *out = NAN;
    for (size_t c = 0; c < t.size; c++)
        if (agrees(g, e, &t, c, false)) *out = t.values[c];
    eval_table_free(&t);
    return OK;
}

// --- the event ------------------------------------------------------------------------------

static Status is_impossible(Gap *g, const Word *set, bool *out) {
    double p = NAN;
    const Expr *e = expr_prob(g->pool, set, NULL, NULL, NULL);
    if (!e) return NOMEM;
    TRY(value_at(g, e, &p));
    *out = p == 0;
    return OK;
}

static void add_value(Gap *g, size_t v) {
    const ModelVar *var = g->law->model->vars[g->law->model_var[v]];
    str_printf(g->out, "%s = ", var->name->text);
    domain_add_level(var->domain, g->level[v], g->out);
}

static void add_event(Gap *g, const Word *set) {
    size_t n = bits_count(set, g->pool->words), told = 0;
    SET_EACH(set, g->pool->words, v) {
        if (told) str_add(g->out, n == 2 ? " is never seen there together with "
                                 : told + 1 == n ? " and " : ", ");
        add_value(g, v);
        told++;
    }
    if (n == 1) str_add(g->out, " is never seen there");
    if (n > 2) str_add(g->out, " are never seen there together");
}

// An event of these variables at their levels, without what it is impossible without.
static Status settle(Gap *g, const Word *set) {
    bool impossible;
    TRY(is_impossible(g, set, &impossible));
    if (!impossible) return OK;
    Word *left = expr_copy(g->pool, set);
    if (!left) return NOMEM;
    SET_EACH(set, g->pool->words, v) {
        bits_drop(left, v);
        impossible = false;
        if (!bits_empty(left, g->pool->words)) TRY(is_impossible(g, left, &impossible));
        if (!impossible) bits_add(left, v);
    }
    add_event(g, left);
    g->found = true;
    return OK;
}

// --- the descent ----------------------------------------------------------------------------

static Status descend(Gap *g, const Expr *e);

static Status descend_all(Gap *g, const Expr *e) {
    for (size_t i = 0; i < e->count && !g->found; i++) TRY(descend(g, e->kids[i]));
    return OK;
}

static Status descend_sum(Gap *g, const Expr *e) {
    SET_EACH(e->head, g->pool->words, v) g->level[v] = GAP_ANY;
    return descend(g, e->kids[0]);
}

// The quotient has no value where a part has none, and where what it divides by is 0.
static Status descend_quotient(Gap *g, const Expr *e) {
    TRY(descend_all(g, e));
    return g->found ? OK : settle(g, e->kids[1]->free);
}

static Status descend(Gap *g, const Expr *e) {
    EvalTable t;
    bool gap = false;
    TRY(expr_eval(g->law, g->pool, e, &t));
    for (size_t c = 0; c < t.size && !gap; c++)
        if (isnan(t.values[c]) && agrees(g, e, &t, c, false))
            gap = agrees(g, e, &t, c, true);
    eval_table_free(&t);
    if (!gap) return OK;
    switch (e->kind) {
    case EXPR_PROB: return settle(g, e->given);
    case EXPR_QUOTIENT: return descend_quotient(g, e);
    case EXPR_SUM: return descend_sum(g, e);
    default: return descend_all(g, e);
    }
}

Status gap_describe(const EvalLaw *law, ExprPool *pool, const Expr *e, uint32_t *level, Str *out) {
    Gap g = {.law = law, .pool = pool, .level = level, .out = out};
    TRY(descend(&g, e));
    return out->failed ? NOMEM : OK;
}
