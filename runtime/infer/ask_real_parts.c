// Ask real parts: marginals and argmax where something has infinitely many values, question by
// question.
#include <math.h>

#include "runtime/infer/ask_real.h"

// The conditions of a question whose interventions are done.
static Status conditions(const Question *q, Arena *arena, Question *out) {
    Cond *conds = ARENA_ARRAY(arena, Cond, q->nconds);
    if (!conds) return NOMEM;
    *out = *q;
    out->conds = conds;
    out->nconds = 0;
    for (uint32_t i = 0; i < q->nconds; i++)
        if (q->conds[i].kind != COND_DO) conds[out->nconds++] = q->conds[i];
    return OK;
}

// The variable that a condition fixes, or NULL.
static Sym fixed_by(const Cond *c) {
    const Term *t = c->term;
    if (c->kind != COND_EVENT) return NULL;
    if (t->op == TERM_NOT) t = t->kid[0];
    if (t->op == TERM_EQ) t = t->kid[t->kid[0]->op == TERM_VAR ? 0 : 1];
    return t->op == TERM_VAR ? t->sym : NULL;
}

static bool is_listed(const RealParts *p, const ModelVar *v) {
    if (v->anonymous) return false;
    for (uint32_t i = 0; i < p->nset; i++)
        if (p->set[i] == v->name) return false;
    for (uint32_t i = 0; i < p->q->nconds; i++)
        if (fixed_by(&p->q->conds[i]) == v->name) return false;
    return true;
}

// P(V), V free, under the conditions.
static Status ask_variable(const RealParts *p, const Question *conds, const ModelVar *v,
                           Answer *out) {
    Term *var = term_var(v->name, NULL, p->q->origin);
    Term *arg = domain_finite(v->domain) ? term_unary(TERM_FREE, var, p->q->origin) : var;
    if (!arg) return NOMEM;
    Question q = *conds;
    q.head = ASK_P;
    q.args = &arg;
    q.nargs = 1;
    Status st = ask_by(p->model, &q, p->call->method, p->call->ctl, NULL, out, p->call->faults);
    term_drop(arg);
    return st;
}

// Appends one variable's distribution to the answer (taken).
static Status add_marginal(Answer *out, const ModelVar *v, Answer *one) {
    AnswerAxis *axis = &out->axes[out->naxes];
    uint32_t n = one->kind == ANSWER_LAW ? 0 : v->domain->count;
    double *cells = mem_resize(out->cells, out->ncells + n + 1, sizeof *cells);
    if (!cells) return NOMEM;
    out->cells = cells;
    *axis = (AnswerAxis){.name = v->name, .domain = domain_keep(v->domain), .count = n};
    out->naxes++;
    axis->law = one->law;
    one->law = NULL;
    for (uint32_t k = 0; k < n; k++) cells[out->ncells++] = one->cells ? one->cells[k] : NAN;
    if (one->sampled) out->sampled = true;
    return OK;
}

Status ask_real_marginals(const RealParts *p, const Model *original, Answer *out) {
    Arena arena = {0};
    Question conds;
    Status st = conditions(p->q, &arena, &conds);
    out->kind = ANSWER_MARGINALS;
    out->axes = MEM_NEW(AnswerAxis, original->nvars);
    if (st == OK && !out->axes) st = NOMEM;
    for (uint32_t i = 0; st == OK && i < original->nvars; i++) {
        uint32_t var = model_find(p->model, original->vars[i]->name);
        if (var == MODEL_NONE || !is_listed(p, original->vars[i])) continue;
        Answer one = {0};
        st = ask_variable(p, &conds, p->model->vars[var], &one);
        if (st == OK) st = add_marginal(out, p->model->vars[var], &one);
        answer_free(&one);
    }
    arena_free(&arena);
    return st;
}

// --- argmax ---------------------------------------------------------------------------------

// The table of the variables that are to be assigned, and its largest cell.
static Status read_largest(const RealParts *p, const Answer *table, Answer *out) {
    size_t best = 0;
    for (size_t i = 1; i < table->ncells; i++)
        if (!(table->cells[i] <= table->cells[best])) best = i;
    if (!(table->cells[best] > 0))
        return fault_add(p->call->faults, FAULT_ASK_IMPOSSIBLE, p->q->origin,
                         "no assignment has a probability above 0");
    out->kind = ANSWER_ASSIGNMENT;
    out->axes = MEM_NEW(AnswerAxis, table->naxes);
    out->levels = MEM_NEW(uint32_t, table->naxes);
    if (!out->axes || !out->levels) return NOMEM;
    out->log_value = log(table->cells[best]);
    for (uint32_t i = table->naxes; i-- > 0;) {
        const AnswerAxis *axis = &table->axes[i];
        out->axes[i] = (AnswerAxis){
            .name = axis->name, .count = axis->count, .domain = domain_keep(axis->domain)};
        out->levels[i] = (uint32_t)(best % axis->count);
        best /= axis->count;
    }
    out->naxes = table->naxes;
    return OK;
}

Status ask_real_argmax(const RealParts *p, Answer *out) {
    Arena arena = {0};
    Question q;
    Answer table = {0};
    Status st = conditions(p->q, &arena, &q);
    Term **args = ARENA_ARRAY(&arena, Term *, q.nargs);
    uint32_t made = 0;
    if (st == OK && !args) st = NOMEM;
    for (; st == OK && made < q.nargs; made++) {
        Term *arg = term_keep(p->q->args[made]);
        args[made] = arg->op == TERM_FREE ? arg : term_unary(TERM_FREE, arg, arg->origin);
        if (!args[made]) st = NOMEM;
    }
    q.head = ASK_P;
    q.args = args;
    if (st == OK)
        st = ask_by(p->model, &q, p->call->method, p->call->ctl, NULL, &table, p->call->faults);
    if (st == OK) st = read_largest(p, &table, out);
    for (uint32_t i = 0; i < made; i++) term_drop(args[i]);
    answer_free(&table);
    arena_free(&arena);
    return st;
}
