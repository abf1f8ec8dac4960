// Ask real given: the conditions of a question with infinitely many values, for questions about
// its parts.
#include <math.h>

#include "runtime/infer/ask_real.h"

Term *ask_real_level(Sym name, const Domain *d, uint32_t level) {
    return term_binary(TERM_EQ, term_var(name, NULL, 0), ask_axis_level(d, level), 0);
}

static Status keeps(const RealCase *c, const Cond *cond, bool hard, bool *out) {
    AskPlace place = PLACE_EVENT;
    uint32_t var;
    if (cond->kind == COND_EVENT)
        TRY(ask_scene_place(c->model, c->q->head, true, cond->term, c->call->faults, &place,
                            &var));
    *out = place == PLACE_EVENT && cond->kind != COND_DO && !(hard && cond->kind == COND_SOFT);
    return OK;
}

static const Domain *domain_of(const RealCase *c, Sym name) {
    size_t i = 0;
    while (c->axes->items[i].name != name) i++;
    return c->axes->items[i].domain;
}

Status real_given_open(const RealCase *c, bool hard, size_t room, Arena *arena,
                       RealGiven *out) {
    *out = (RealGiven){.conds = ARENA_ARRAY(arena, Cond, c->q->nconds + c->npins + room)};
    if (!out->conds) return NOMEM;
    for (uint32_t i = 0; i < c->q->nconds; i++) {
        bool kept;
        TRY(keeps(c, &c->q->conds[i], hard, &kept));
        if (kept) out->conds[out->n++] = c->q->conds[i];
    }
    for (uint32_t i = 0; i < c->npins; i++)
        TRY(real_given_pin(out, c->pins[i].name, domain_of(c, c->pins[i].name),
                           c->pins[i].level));
    return OK;
}

Status real_given_pin(RealGiven *g, Sym name, const Domain *d, uint32_t level) {
    Term *t = ask_real_level(name, d, level);
    if (!t) return NOMEM;
    if (!VEC_PUSH(&g->owned, t)) {
        term_drop(t);
        return NOMEM;
    }
    g->conds[g->n++] = (Cond){.kind = COND_EVENT, .term = t};
    return OK;
}

void real_given_cut(RealGiven *g, uint32_t n) {
    while (g->n > n) {
        g->n--;
        term_drop(g->owned.items[--g->owned.count]);
    }
}

void real_given_free(RealGiven *g) {
    for (size_t i = 0; i < g->owned.count; i++) term_drop(g->owned.items[i]);
    VEC_FREE(&g->owned);
}

Status ask_real_exact(const RealCase *c, Term *const *args, uint32_t nargs, const RealGiven *g,
                      bool *sampled, Str *why, double *value) {
    AskMethod method = c->call->method ? *c->call->method : (AskMethod){0};
    const Question q = {.head = ASK_P, .args = args, .nargs = nargs, .conds = g->conds,
                        .nconds = g->n, .origin = c->q->origin};
    Faults faults = {0};
    Answer a = {0};
    *sampled = false;
    method.exact = true;
    method.sample = false;
    Status st = ask_by(c->model, &q, &method, c->call->ctl, NULL, &a, &faults);
    if (st == FAULT && faults.count && faults.items[0].code == FAULT_ASK_REAL_EXACT) {
        *sampled = true;
        if (why) str_add(why, faults.items[0].message);
        st = OK;
    } else if (st == FAULT && fault_move(&faults, c->call->faults) != OK) {
        st = NOMEM;
    }
    *value = a.kind == ANSWER_NUMBER ? a.value : NAN;
    fault_free(&faults);
    answer_free(&a);
    return st;
}
