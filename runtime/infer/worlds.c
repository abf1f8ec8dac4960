// Worlds: the rewriting of a question to the parallel-worlds network.
#include "runtime/infer/worlds.h"

#include <string.h>

#include "runtime/infer/ask_rename.h"
#include "runtime/infer/ask_scene.h"
#include "runtime/infer/worlds_gumbel.h"
#include "runtime/infer/worlds_net.h"
#include "runtime/infer/worlds_tell.h"
#include "runtime/model/model_gumbel.h"

typedef struct Builder {
    const Question *q;
    Worlds *out;
    Model *m; // after the question's own do
    WorldNet net;
    Faults *faults;
} Builder;

// --- the question's own do ------------------------------------------------------------------

static Status gather_do(const Question *q, Arena *arena, Assign **items, uint32_t *n) {
    *n = 0;
    for (uint32_t i = 0; i < q->nconds; i++)
        if (q->conds[i].kind == COND_DO) *n += q->conds[i].n;
    *items = ARENA_ARRAY(arena, Assign, *n);
    if (!*items) return NOMEM;
    for (uint32_t i = 0, at = 0; i < q->nconds; i++)
        for (uint32_t j = 0; q->conds[i].kind == COND_DO && j < q->conds[i].n; j++)
            (*items)[at++] = q->conds[i].items[j];
    return OK;
}

static Status cut(Builder *b, const Model *m, Derivation *d) {
    Assign *items;
    uint32_t n;
    World *done;
    TRY(gather_do(b->q, &b->out->arena, &items, &n));
    if (n == 0) {
        b->m = model_keep(m);
        return OK;
    }
    TRY(worlds_net_fill(m, items, n, b->faults, &done));
    Status st = model_do(m, done->items, done->n, &b->m, b->faults);
    if (st == OK) st = worlds_tell_do(done, d);
    world_drop(done);
    return st;
}

// --- terms ----------------------------------------------------------------------------------

static Status rename_variable(void *user, const Term *var, Term **out) {
    Builder *b = user;
    uint32_t node;
    if (model_find(b->m, var->sym) != MODEL_NONE)
        TRY(ask_scene_find_any(b->m, var->sym, var, b->faults, &node));
    TRY(worlds_net_find(&b->net, var, &node));
    // What the model does not know is reported when the question is asked.
    if (node != MODEL_NONE) TRY(worlds_net_need(&b->net, node));
    Sym name = node == MODEL_NONE ? var->sym : b->net.nodes.items[node].name;
    bool same = !var->world && name == var->sym;
    *out = same ? term_keep(var) : term_var(name, NULL, var->origin);
    return *out ? OK : NOMEM;
}

static Status rename_term(Builder *b, const Term *t, Term **out) {
    TRY(ask_rename(t, rename_variable, b, out));
    if (VEC_PUSH(&b->out->owned, *out)) return OK;
    term_drop(*out);
    return NOMEM;
}

static Status rename_conds(Builder *b) {
    const Question *q = b->q;
    Cond *conds = ARENA_ARRAY(&b->out->arena, Cond, q->nconds);
    if (!conds) return NOMEM;
    b->out->q.conds = conds;
    b->out->q.nconds = 0;
    for (uint32_t i = 0; i < q->nconds; i++) {
        if (q->conds[i].kind == COND_DO) continue;
        Cond *c = &conds[b->out->q.nconds++];
        *c = q->conds[i];
        if (c->term) TRY(rename_term(b, q->conds[i].term, &c->term));
    }
    return OK;
}

static Status rename_args(Builder *b) {
    const Question *q = b->q;
    Term **args = ARENA_ARRAY(&b->out->arena, Term *, q->nargs);
    if (!args) return NOMEM;
    b->out->q.args = args;
    for (uint32_t i = 0; i < q->nargs; i++) TRY(rename_term(b, q->args[i], &args[i]));
    // All of them are asked about.
    for (uint32_t v = 0; q->head == ASK_MARGINALS && v < b->m->nvars; v++)
        TRY(worlds_net_need(&b->net, v));
    return OK;
}

// --- all of it ------------------------------------------------------------------------------

static Status make_net(Builder *b) {
    TRY(worlds_net_open(b->m, b->faults, &b->net));
    TRY(rename_args(b));
    TRY(rename_conds(b));
    return worlds_net_check(&b->net, b->q->origin);
}

// Makes the net again, with a variable's Gumbel noise made explicit, until that is done for all
// that need it.
static Status make_noise(Builder *b) {
    for (;;) {
        uint32_t var;
        TRY(worlds_gumbel_explicit(&b->net, &var));
        if (var == MODEL_NONE) return OK;
        Model *with;
        TRY(model_gumbel_expand(b->m, var, &with, b->faults));
        worlds_net_free(&b->net);
        b->net = (WorldNet){0};
        model_drop(b->m);
        b->m = with;
        TRY(make_net(b));
    }
}

static Status build(Builder *b, const Model *m, Derivation *d) {
    TRY(cut(b, m, d));
    TRY(make_net(b));
    TRY(make_noise(b));
    TRY(worlds_tell(&b->net, &b->out->q, d));
    return worlds_net_model(&b->net, &b->out->model);
}

Status worlds_build(const Model *m, const Question *q, Derivation *d, Faults *faults,
                    Worlds *out) {
    *out = (Worlds){.q = *q};
    Builder b = {.q = q, .out = out, .faults = faults};
    Status st = build(&b, m, d);
    worlds_net_free(&b.net);
    model_drop(b.m);
    return st;
}

void worlds_free(Worlds *w) {
    for (size_t i = 0; i < w->owned.count; i++) term_drop(w->owned.items[i]);
    VEC_FREE(&w->owned);
    arena_free(&w->arena);
    model_drop(w->model);
}

void worlds_only(const Model *m, Answer *answer) {
    uint32_t kept = 0;
    size_t from = 0, to = 0;
    for (uint32_t i = 0; i < answer->naxes; i++) {
        AnswerAxis axis = answer->axes[i];
        bool stays = model_find(m, axis.name) != MODEL_NONE;
        if (stays) {
            memmove(answer->cells + to, answer->cells + from,
                    axis.count * sizeof *answer->cells);
            answer->axes[kept++] = axis;
            to += axis.count;
        } else {
            domain_drop(axis.domain);
            term_drop(axis.law);
        }
        from += axis.count;
    }
    answer->naxes = kept;
    answer->ncells = to;
}
