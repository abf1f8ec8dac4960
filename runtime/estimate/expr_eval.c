// Expr_eval: estimands evaluated on the law of a model.
#include "runtime/estimate/expr_eval.h"

#include <math.h>
#include <string.h>

#include "runtime/infer/ask.h"

void eval_table_free(EvalTable *t) {
    mem_free(t->vars);
    mem_free(t->values);
    *t = (EvalTable){0};
}

static size_t card(const EvalLaw *law, uint32_t var) {
    return law->model->vars[var]->domain->count;
}

// A table of zeros over the first `n` of `vars`.
static Status new_table(const EvalLaw *law, const uint32_t *vars, uint32_t n, EvalTable *out) {
    double cells = 1;
    for (uint32_t i = 0; i < n; i++) cells *= (double)card(law, vars[i]);
    if (cells * sizeof(double) > (double)ctl_memory(law->ctl))
        return fault_add(law->faults, FAULT_ASK_TOO_LARGE, 0,
                         "a table over %u variables of the estimand has %.3g cells", n, cells);
    *out = (EvalTable){.n = n, .size = (size_t)cells};
    out->vars = MEM_NEW(uint32_t, n);
    out->values = MEM_NEW(double, out->size);
    if (out->vars && out->values) {
        if (n) memcpy(out->vars, vars, n * sizeof *vars);
        return OK;
    }
    eval_table_free(out);
    return NOMEM;
}

// The step in `of`'s cells when `var` moves by one level; 0 when it is not one of its variables.
static size_t stride_of(const EvalLaw *law, const EvalTable *of, uint32_t var) {
    size_t stride = 1;
    for (uint32_t i = of->n; i-- > 0; stride *= card(law, of->vars[i]))
        if (of->vars[i] == var) return stride;
    return 0;
}

static void union_of(const EvalTable *a, const EvalTable *b, uint32_t *vars, uint32_t *n) {
    for (uint32_t i = 0; i < a->n; i++) vars[(*n)++] = a->vars[i];
    for (uint32_t i = 0; i < b->n; i++) {
        bool have = false;
        for (uint32_t j = 0; j < a->n; j++) have = have || a->vars[j] == b->vars[i];
        if (!have) vars[(*n)++] = b->vars[i];
    }
}

static double times(double x, double y) {
    return x == 0 || y == 0 ? 0 : x * y;
}

static double over(double x, double y) {
    return y == 0 ? NAN : x / y;
}

// The cell, in the table that the strides are of, of the assignment of cell `cell` of `whole`.
static size_t cell_in(const EvalLaw *law, const EvalTable *whole, const size_t *strides,
                      size_t cell) {
    size_t at = 0;
    for (uint32_t i = whole->n; i-- > 0; cell /= card(law, whole->vars[i]))
        at += cell % card(law, whole->vars[i]) * strides[i];
    return at;
}

static Status combine(const EvalLaw *law, const EvalTable *a, const EvalTable *b,
                      double (*f)(double, double), EvalTable *out) {
    uint32_t n = 0;
    uint32_t *vars = MEM_NEW(uint32_t, a->n + b->n);
    if (!vars) return NOMEM;
    union_of(a, b, vars, &n);
    Status status = new_table(law, vars, n, out);
    mem_free(vars);
    if (status != OK) return status;
    size_t *sa = MEM_NEW(size_t, n), *sb = MEM_NEW(size_t, n);
    if (!sa || !sb) status = NOMEM;
    for (uint32_t i = 0; status == OK && i < n; i++) {
        sa[i] = stride_of(law, a, out->vars[i]);
        sb[i] = stride_of(law, b, out->vars[i]);
    }
    for (size_t c = 0; status == OK && c < out->size; c++)
        out->values[c] = f(a->values[cell_in(law, out, sa, c)],
                           b->values[cell_in(law, out, sb, c)]);
    mem_free(sa);
    mem_free(sb);
    if (status != OK) eval_table_free(out);
    return status;
}

static bool is_bound(const EvalLaw *law, const ExprPool *pool, const Expr *sum, uint32_t var) {
    for (size_t i = bits_next(sum->head, pool->words, 0); i < pool->n;
         i = bits_next(sum->head, pool->words, i + 1))
        if (law->model_var[i] == var) return true;
    return false;
}

static Status sum_out(const EvalLaw *law, const ExprPool *pool, const Expr *e,
                      const EvalTable *body, EvalTable *out) {
    uint32_t n = 0;
    uint32_t *vars = MEM_NEW(uint32_t, body->n);
    size_t *strides = MEM_NEW(size_t, body->n);
    Status status = vars && strides ? OK : NOMEM;
    for (uint32_t i = 0; status == OK && i < body->n; i++)
        if (!is_bound(law, pool, e, body->vars[i])) vars[n++] = body->vars[i];
    if (status == OK) status = new_table(law, vars, n, out);
    for (uint32_t i = 0; status == OK && i < body->n; i++)
        strides[i] = stride_of(law, out, body->vars[i]);
    for (size_t c = 0; status == OK && c < body->size; c++)
        out->values[cell_in(law, body, strides, c)] += body->values[c];
    mem_free(vars);
    mem_free(strides);
    return status;
}

// --- probabilities --------------------------------------------------------------------------

typedef struct Parts {
    Term **args;
    uint32_t nargs;
    Cond *conds;
    uint32_t nconds;
    uint32_t *vars; // args, then conditions
} Parts;

static void parts_free(Parts *p) {
    for (uint32_t i = 0; i < p->nargs; i++) term_drop(p->args[i]);
    for (uint32_t i = 0; i < p->nconds; i++) term_drop(p->conds[i].term);
    mem_free(p->args);
    mem_free(p->conds);
    mem_free(p->vars);
}

static Term *freed(const EvalLaw *law, size_t pool_var) {
    const ModelVar *v = law->model->vars[law->model_var[pool_var]];
    return term_unary(TERM_FREE, term_var(v->name, NULL, 0), 0);
}

static Status parts_of(const EvalLaw *law, const ExprPool *pool, const Expr *e, Parts *p) {
    size_t words = pool->words;
    *p = (Parts){.args = MEM_NEW(Term *, bits_count(e->head, words)),
                 .conds = MEM_NEW(Cond, bits_count(e->given, words)),
                 .vars = MEM_NEW(uint32_t, pool->n)};
    if (!p->args || !p->conds || !p->vars) return NOMEM;
    for (size_t i = bits_next(e->head, words, 0); i < pool->n; i = bits_next(e->head, words, i + 1)) {
        p->vars[p->nargs] = law->model_var[i];
        if (!(p->args[p->nargs] = freed(law, i))) return NOMEM;
        p->nargs++;
    }
    for (size_t i = bits_next(e->given, words, 0); i < pool->n;
         i = bits_next(e->given, words, i + 1)) {
        p->vars[p->nargs + p->nconds] = law->model_var[i];
        Cond *c = &p->conds[p->nconds];
        *c = (Cond){.kind = COND_EVENT, .term = freed(law, i)};
        if (!c->term) return NOMEM;
        p->nconds++;
    }
    return OK;
}

static Status probability(const EvalLaw *law, const ExprPool *pool, const Expr *e,
                          EvalTable *out) {
    Parts p = {0};
    Answer answer = {0};
    Status status = parts_of(law, pool, e, &p);
    if (status == OK) {
        Question q = {.head = ASK_P, .args = p.args, .nargs = p.nargs, .conds = p.conds,
                      .nconds = p.nconds};
        status = ask(law->model, &q, NULL, law->ctl, NULL, &answer, law->faults);
    }
    if (status == OK) status = new_table(law, p.vars, p.nargs + p.nconds, out);
    if (status == OK) memcpy(out->values, answer.cells, out->size * sizeof *out->values);
    answer_free(&answer);
    parts_free(&p);
    return status;
}

// --- expressions ----------------------------------------------------------------------------

static Status two(const EvalLaw *law, const ExprPool *pool, const Expr *a, const Expr *b,
                  double (*f)(double, double), EvalTable *out) {
    EvalTable x = {0}, y = {0};
    Status status = expr_eval(law, pool, a, &x);
    if (status == OK) status = expr_eval(law, pool, b, &y);
    if (status == OK) status = combine(law, &x, &y, f, out);
    eval_table_free(&x);
    eval_table_free(&y);
    return status;
}

static Status product(const EvalLaw *law, const ExprPool *pool, const Expr *e, EvalTable *out) {
    Status status = expr_eval(law, pool, e->kids[0], out);
    for (size_t i = 1; status == OK && i < e->count; i++) {
        EvalTable factor = {0}, so_far = *out;
        *out = (EvalTable){0};
        status = expr_eval(law, pool, e->kids[i], &factor);
        if (status == OK) status = combine(law, &so_far, &factor, times, out);
        eval_table_free(&factor);
        eval_table_free(&so_far);
    }
    return status;
}

static Status sum(const EvalLaw *law, const ExprPool *pool, const Expr *e, EvalTable *out) {
    EvalTable body = {0};
    Status status = expr_eval(law, pool, e->kids[0], &body);
    if (status == OK) status = sum_out(law, pool, e, &body, out);
    eval_table_free(&body);
    return status;
}

Status expr_eval(const EvalLaw *law, const ExprPool *pool, const Expr *e, EvalTable *out) {
    Status status = OK;
    *out = (EvalTable){0};
    switch (e->kind) {
    case EXPR_ONE:
        status = new_table(law, NULL, 0, out);
        if (status == OK) out->values[0] = 1;
        return status;
    case EXPR_PROB: return probability(law, pool, e, out);
    case EXPR_QUOTIENT: return two(law, pool, e->kids[0], e->kids[1], over, out);
    case EXPR_PRODUCT: return product(law, pool, e, out);
    case EXPR_SUM: return sum(law, pool, e, out);
    }
    return status;
}

static double within(double x, double support) {
    return support > 0 ? x : 0;
}

Status expr_eval_within(const EvalLaw *law, const EvalTable *support, EvalTable *t) {
    EvalTable all = *t;
    *t = (EvalTable){0};
    Status status = combine(law, &all, support, within, t);
    eval_table_free(&all);
    return status;
}
