// Ask real soft: soft evidence on a finite variable where something has infinitely many values.
//
// Jeffrey's rule multiplies the weight of each world by r(v) / P(v | the other conditions).
// Where that probability is not exact, what is asked is a mean over the levels, each given on
// its own: P(q) = sum of r(v) P(q | v).
#include <math.h>

#include "runtime/infer/ask_real.h"
#include "runtime/real/real_scope.h"

typedef struct Soft {
    const RealCase *c;
    const Cond *cond;
    uint32_t var;
    Arena arena;
    RealGiven given;
    double *target, *prior;
    Term *weight;
} Soft;

static Status find_condition(Soft *s) {
    const Question *q = s->c->q;
    Faults *faults = s->c->call->faults;
    for (uint32_t i = 0; i < q->nconds; i++) {
        if (q->conds[i].kind != COND_SOFT) continue;
        if (s->cond)
            return fault_add(faults, FAULT_ASK_REAL_HEAD, q->conds[i].origin,
                             "only one soft condition is taken where something that the "
                             "question depends on has infinitely many values");
        s->cond = &q->conds[i];
    }
    const Term *t = s->cond->term;
    TRY(ask_scene_find_any(s->c->model, t->sym, t, faults, &s->var));
    if (domain_finite(s->c->model->vars[s->var]->domain)) return OK;
    Status st = fault_add(faults, FAULT_ASK_REAL_HEAD, s->cond->origin,
                          "soft evidence states the probability of each level, and %s has "
                          "infinitely many values",
                          t->sym->text);
    if (st != FAULT) return st;
    return fault_hint(faults, "multiply by a weight instead, as in `factor exp(-(%s - 1)^2)`",
                      t->sym->text);
}

// Whether a cell of the answer is one of this case.
static bool in_case(const RealCase *c, size_t cell) {
    for (size_t i = 0; i < c->axes->count; i++) {
        const AskAxis *axis = &c->axes->items[i];
        if (!c->outer[i]) continue;
        if (cell / axis->stride % axis->count != c->first / axis->stride % axis->count)
            return false;
    }
    return true;
}

// --- weights --------------------------------------------------------------------------------

static Status find_prior(Soft *s, bool *sampled) {
    const Domain *d = s->c->model->vars[s->var]->domain;
    *sampled = false;
    for (uint32_t l = 0; l < d->count && !*sampled; l++) {
        Term *event = ask_real_level(s->cond->term->sym, d, l);
        if (!event) return NOMEM;
        Status st = ask_real_exact(s->c, &event, 1, &s->given, sampled, NULL, &s->prior[l]);
        term_drop(event);
        TRY(st);
        if (*sampled || s->target[l] == 0 || s->prior[l] > 0) continue;
        return ask_soft_stuck(s->c->model, s->var, l, s->target[l], s->cond->origin,
                              s->c->call->faults);
    }
    return OK;
}

// "if V = a then r(a) / P(a) else if ..."
static Status make_weight(Soft *s) {
    const Domain *d = s->c->model->vars[s->var]->domain;
    Term *t = term_number(0, s->cond->origin);
    for (uint32_t l = d->count; t && l-- > 0;) {
        if (s->target[l] == 0) continue;
        t = term_if(ask_real_level(s->cond->term->sym, d, l),
                    term_number(s->target[l] / s->prior[l], 0), t, 0);
    }
    s->weight = t;
    return t ? OK : NOMEM;
}

static Status ask_with(Soft *s) {
    Question q = *s->c->q;
    uint32_t n = s->given.n;
    s->given.conds[n] = (Cond){.kind = COND_FACTOR, .term = s->weight,
                               .origin = s->cond->origin};
    q.conds = s->given.conds;
    q.nconds = n + 1;
    return ask_real(s->c->call, s->c->model, &q, s->c->axes, s->c->outer, s->c->first,
                    s->c->out);
}

// --- level by level -------------------------------------------------------------------------

// Numbers for the cells of the answer, and REAL_BATCHES of their influence numbers each.
typedef struct SoftSum {
    double *cells, *influence;
} SoftSum;

static Status new_sum(Soft *s, SoftSum *out) {
    size_t n = s->c->out->ncells;
    out->cells = ARENA_ARRAY(&s->arena, double, n);
    out->influence = ARENA_ARRAY(&s->arena, double, n * REAL_BATCHES);
    return out->cells && out->influence ? OK : NOMEM;
}

static void note(Answer *out, const Answer *part) {
    if (!part->sampled) return;
    out->ess = out->sampled ? fmin(out->ess, part->ess) : part->ess;
    out->sampled = true;
    out->alike |= part->alike;
    out->seed = part->seed;
    out->method = part->method;
    if (part->draws > out->draws) out->draws = part->draws;
}

static void add(SoftSum *sum, double weight, const Answer *part) {
    for (size_t i = 0; i < part->ncells; i++) sum->cells[i] += weight * part->cells[i];
    for (size_t i = 0; part->influence && i < part->ncells * REAL_BATCHES; i++)
        sum->influence[i] += weight * part->influence[i];
}

// One level's answer: the cells of this case, and 0 in the others.
static Status ask_level(Soft *s, const Question *q, uint32_t level, Answer *part) {
    const RealCase *c = s->c;
    Faults *faults = c->call->faults, own = {0};
    part->ncells = c->out->ncells;
    part->cells = MEM_NEW(double, part->ncells);
    if (!part->cells) return NOMEM;
    c->call->faults = &own;
    Status st = ask_real(c->call, c->model, q, c->axes, c->outer, c->first, part);
    c->call->faults = faults;
    bool impossible = st == FAULT && own.items[0].code == FAULT_ASK_IMPOSSIBLE;
    if (st == FAULT && !impossible && fault_move(&own, faults) != OK) st = NOMEM;
    fault_free(&own);
    return !impossible ? st
                       : ask_soft_stuck(c->model, s->var, level, s->target[level],
                                        s->cond->origin, faults);
}

// Sum over the levels of E[...] or P(...), with the arguments given.
static Status sum_levels(Soft *s, AskHead head, Term *const *args, uint32_t nargs,
                         SoftSum *out) {
    const Domain *d = s->c->model->vars[s->var]->domain;
    const uint32_t n = s->given.n;
    Question q = *s->c->q;
    q.head = head;
    q.args = args;
    q.nargs = nargs;
    TRY(new_sum(s, out));
    for (uint32_t l = 0; l < d->count; l++) {
        Answer part = {0};
        if (s->target[l] == 0) continue;
        TRY(real_given_pin(&s->given, s->cond->term->sym, d, l));
        q.conds = s->given.conds;
        q.nconds = s->given.n;
        Status st = ask_level(s, &q, l, &part);
        real_given_cut(&s->given, n);
        if (st == OK) add(out, s->target[l], &part);
        if (st == OK) note(s->c->out, &part);
        answer_free(&part);
        TRY(st);
    }
    return OK;
}

// E[(a - E[a]) (b - E[b])], which to first order does not depend on the errors of the means.
static Status sum_products(Soft *s, Term *a, Term *b, SoftSum *out) {
    SoftSum mean[2];
    Term *const args[] = {a, b};
    Term *off[2];
    for (int i = 0; i < 2; i++) TRY(sum_levels(s, ASK_E, &args[i], 1, &mean[i]));
    for (int i = 0; i < 2; i++)
        off[i] = term_binary(TERM_SUB, term_keep(args[i]),
                             term_number(mean[i].cells[s->c->first], 0), 0);
    Term *product = term_binary(TERM_MUL, off[0], off[1], 0);
    if (!product) return NOMEM;
    Status st = sum_levels(s, ASK_E, &product, 1, out);
    term_drop(product);
    return st;
}

// In place of `sum`: f(cells), whose derivative is `slope`.
static void transform(SoftSum *sum, size_t cell, double value, double slope) {
    sum->cells[cell] = value;
    for (size_t b = cell * REAL_BATCHES; b < (cell + 1) * REAL_BATCHES; b++)
        sum->influence[b] *= slope;
}

static Status correlation(Soft *s, SoftSum *out) {
    const size_t at = s->c->first;
    Term *const *args = s->c->q->args;
    SoftSum own[2];
    TRY(sum_products(s, args[0], args[1], out));
    for (int i = 0; i < 2; i++) TRY(sum_products(s, args[i], args[i], &own[i]));
    double x = own[0].cells[at], y = own[1].cells[at], scale = 1 / sqrt(x * y);
    double cor = out->cells[at] * scale;
    transform(out, at, cor, scale);
    for (size_t b = at * REAL_BATCHES; b < (at + 1) * REAL_BATCHES; b++)
        out->influence[b] -= cor / 2 * (own[0].influence[b] / x + own[1].influence[b] / y);
    return OK;
}

static Status logarithm(Soft *s, SoftSum *out) {
    TRY(sum_levels(s, ASK_P, s->c->q->args, s->c->q->nargs, out));
    for (size_t i = 0; i < s->c->out->ncells; i++)
        if (in_case(s->c, i)) transform(out, i, log(out->cells[i]), 1 / out->cells[i]);
    return OK;
}

static Status refuse_head(const Soft *s) {
    Faults *faults = s->c->call->faults;
    Status st = fault_add(faults, FAULT_ASK_REAL_HEAD, s->cond->origin,
                          "the probabilities of %s are sampled, and soft evidence on it is then "
                          "taken for P, E, Var, Sd, Cov and Cor",
                          s->cond->term->sym->text);
    if (st != FAULT) return st;
    return fault_hint(faults, "ask for P of an event, such as P(Y > 1 | ...)");
}

static bool asks_for_law(const Soft *s) {
    const Question *q = s->c->q;
    uint32_t var = q->args[0]->op == TERM_VAR ? model_find(s->c->model, q->args[0]->sym)
                                              : MODEL_NONE;
    return q->head == ASK_P && var != MODEL_NONE && real_infinite(s->c->model, var);
}

static Status sum_head(Soft *s, SoftSum *out) {
    const Question *q = s->c->q;
    switch (q->head) {
    case ASK_P:
        return asks_for_law(s) ? refuse_head(s) : sum_levels(s, ASK_P, q->args, q->nargs, out);
    case ASK_E:
        return sum_levels(s, ASK_E, q->args, 1, out);
    case ASK_LOGP:
        return logarithm(s, out);
    case ASK_VAR:
        return sum_products(s, q->args[0], q->args[0], out);
    case ASK_SD:
        TRY(sum_products(s, q->args[0], q->args[0], out));
        transform(out, s->c->first, sqrt(out->cells[s->c->first]),
                  1 / (2 * sqrt(out->cells[s->c->first])));
        return OK;
    case ASK_COV:
        return sum_products(s, q->args[0], q->args[1], out);
    case ASK_COR:
        return correlation(s, out);
    default:
        return refuse_head(s);
    }
}

static Status by_levels(Soft *s) {
    Answer *out = s->c->out;
    SoftSum sum;
    TRY(derivation_add(s->c->call->d, "soft evidence", "%s level by level",
                       s->cond->term->sym->text));
    TRY(sum_head(s, &sum));
    for (size_t i = 0; i < out->ncells; i++)
        if (in_case(s->c, i)) out->cells[i] = sum.cells[i];
    if (!out->sampled) return OK;
    if (!out->se) out->se = MEM_NEW(double, out->ncells);
    if (!out->influence) out->influence = MEM_NEW(double, out->ncells * REAL_BATCHES);
    if (!out->se || !out->influence) return NOMEM;
    for (size_t i = 0; i < out->ncells; i++) {
        double squares = 0;
        if (!in_case(s->c, i)) continue;
        for (size_t b = i * REAL_BATCHES; b < (i + 1) * REAL_BATCHES; b++) {
            out->influence[b] = sum.influence[b];
            squares += sum.influence[b] * sum.influence[b];
        }
        out->se[i] = sqrt(squares / (REAL_BATCHES * (REAL_BATCHES - 1.0)));
    }
    return OK;
}

// --- the question ---------------------------------------------------------------------------

static Status check_only(Soft *s) {
    Question q = *s->c->q;
    q.conds = s->given.conds;
    q.nconds = s->given.n;
    return ask_real(s->c->call, s->c->model, &q, s->c->axes, s->c->outer, s->c->first,
                    s->c->out);
}

static Status run(Soft *s) {
    const RealCase *c = s->c;
    bool sampled;
    TRY(find_condition(s));
    uint32_t card = ask_card(c->model, s->var);
    TRY(real_given_open(c, true, 2, &s->arena, &s->given));
    s->target = ARENA_ARRAY(&s->arena, double, card);
    s->prior = ARENA_ARRAY(&s->arena, double, card);
    if (!s->target || !s->prior) return NOMEM;
    TRY(ask_soft_target(c->model, s->cond, s->var, c->call->faults, s->target));
    if (c->call->dry) return check_only(s);
    TRY(find_prior(s, &sampled));
    if (sampled) return by_levels(s);
    TRY(make_weight(s));
    return ask_with(s);
}

// A row that cannot happen is undefined among others.
static Status run_row(Soft *s) {
    const RealCase *c = s->c;
    Faults *faults = c->call->faults, own = {0};
    c->call->faults = &own;
    Status st = run(s);
    c->call->faults = faults;
    FaultCode code = st == FAULT ? own.items[0].code : FAULT_NONE;
    if (c->npins && !c->call->dry && (code == FAULT_ASK_IMPOSSIBLE || code == FAULT_ASK_SOFT)) {
        for (size_t i = 0; i < c->out->ncells; i++)
            if (in_case(c, i)) c->out->cells[i] = NAN;
        st = OK;
    } else if (st == FAULT && fault_move(&own, faults) != OK) {
        st = NOMEM;
    }
    fault_free(&own);
    return st;
}

Status ask_real_soft(const RealCase *c) {
    Soft s = {.c = c};
    Status st = run_row(&s);
    term_drop(s.weight);
    real_given_free(&s.given);
    arena_free(&s.arena);
    return st;
}
