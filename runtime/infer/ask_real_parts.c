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

// Makes room for n more cells; that there are errors too is only known with the first.
static Status widen(Answer *out, uint32_t n, bool sampled) {
    double *cells = mem_resize(out->cells, out->ncells + n + 1, sizeof *cells);
    if (!cells) return NOMEM;
    out->cells = cells;
    if (!sampled && !out->se) return OK;
    double *se = mem_resize(out->se, out->ncells + n + 1, sizeof *se);
    if (!se) return NOMEM;
    for (size_t i = out->se ? out->ncells : 0; i < out->ncells + n; i++) se[i] = 0;
    out->se = se;
    return OK;
}

static void note_draws(Answer *out, const Answer *one) {
    if (!out->sampled || one->ess < out->ess) out->ess = one->ess;
    if (one->draws > out->draws) out->draws = one->draws;
    out->seed = one->seed;
    out->method = one->method;
    out->sampled = true;
}

// Appends one variable's distribution to the answer (taken).
static Status add_marginal(Answer *out, const ModelVar *v, Answer *one) {
    AnswerAxis *axis = &out->axes[out->naxes];
    uint32_t n = one->kind == ANSWER_LAW ? 0 : v->domain->count;
    TRY(widen(out, n, one->se && n));
    *axis = (AnswerAxis){.name = v->name, .domain = domain_keep(v->domain), .count = n};
    out->naxes++;
    axis->law = one->law;
    one->law = NULL;
    for (uint32_t k = 0; k < n; k++) {
        if (one->se) out->se[out->ncells] = one->se[k];
        out->cells[out->ncells++] = one->cells ? one->cells[k] : NAN;
    }
    if (one->sampled) note_draws(out, one);
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

// Draws do not tell two assignments apart whose difference is within its error.
static Status check_apart(const RealParts *p, const Answer *table, size_t best) {
    for (size_t i = 0; table->sampled && i < table->ncells; i++) {
        double apart = table->cells[best] - table->cells[i];
        double error = hypot(table->se[best], table->se[i]);
        if (i == best || !(apart < 1.96 * error)) continue;
        Status st = fault_add(p->call->faults, FAULT_SAMPLE_TIE, p->q->origin,
                              "the draws do not tell which assignment is the most probable: two "
                              "have %.4g and %.4g, +- %.1g",
                              table->cells[best], table->cells[i], error);
        if (st != FAULT) return st;
        return fault_hint(p->call->faults, "ask for more draws, or for the table, P(...)");
    }
    return OK;
}

static Status keep_error(const Answer *table, size_t best, Answer *out) {
    if (!table->sampled) return OK;
    out->se = MEM_NEW(double, 1);
    if (!out->se) return NOMEM;
    out->se[0] = table->se[best];
    note_draws(out, table);
    return OK;
}

// The table of the variables that are to be assigned, and its largest cell.
static Status read_largest(const RealParts *p, const Answer *table, Answer *out) {
    size_t best = 0;
    for (size_t i = 1; i < table->ncells; i++)
        if (!(table->cells[i] <= table->cells[best])) best = i;
    if (!(table->cells[best] > 0))
        return fault_add(p->call->faults, FAULT_ASK_IMPOSSIBLE, p->q->origin,
                         "no assignment has a probability above 0");
    TRY(check_apart(p, table, best));
    TRY(keep_error(table, best, out));
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

// argmax goes through levels.
static Status check_levels(const RealParts *p, const Term *t) {
    const Term *v = t->op == TERM_FREE ? t->kid[0] : t;
    uint32_t var = v->op == TERM_VAR ? model_find(p->model, v->sym) : MODEL_NONE;
    if (var == MODEL_NONE || domain_finite(p->model->vars[var]->domain)) return OK;
    Status st = fault_add(p->call->faults, FAULT_ASK_CONTINUOUS, t->origin,
                          "argmax goes through the levels of a variable, and %s has infinitely "
                          "many values",
                          v->sym->text);
    if (st != FAULT) return st;
    return fault_hint(p->call->faults, "P(%s | ...) is its distribution, Quantile[%s, 0.5 | ...] "
                      "its median", v->sym->text, v->sym->text);
}

Status ask_real_argmax(const RealParts *p, Answer *out) {
    Arena arena = {0};
    Question q;
    Answer table = {0};
    Status st = conditions(p->q, &arena, &q);
    Term **args = ARENA_ARRAY(&arena, Term *, q.nargs);
    uint32_t made = 0;
    if (st == OK && !args) st = NOMEM;
    for (uint32_t i = 0; st == OK && i < q.nargs; i++) st = check_levels(p, p->q->args[i]);
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
