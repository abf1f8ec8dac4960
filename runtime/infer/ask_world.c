// Worlds: from counterfactual variables to questions about doing.
#include "runtime/infer/ask_world.h"

#include "runtime/base/bitset.h"
#include "runtime/infer/ask_head.h"
#include "runtime/model/term_order.h"

typedef struct Splitter {
    const Model *m;
    const Question *q;
    Faults *faults;
    AskTasks *out;
} Splitter;

// --- what a world can change ----------------------------------------------------------------

typedef struct Climb {
    const Splitter *s;
    Word *seen;
    VEC(uint32_t) stack;
    bool failed;
} Climb;

static void climb_to(Climb *c, uint32_t var) {
    if (var == MODEL_NONE || bits_has(c->seen, var)) return;
    bits_add(c->seen, var);
    if (!VEC_PUSH(&c->stack, var)) c->failed = true;
}

static bool climb_name(void *user, Sym name, const Term *at) {
    (void)at;
    Climb *c = user;
    climb_to(c, model_find(c->s->m, name));
    return !c->failed;
}

// What the question's own do lets a variable read counts as its causes.
static void climb_assigned(Climb *c, Sym target) {
    for (uint32_t i = 0; i < c->s->q->nconds; i++) {
        const Cond *cond = &c->s->q->conds[i];
        for (uint32_t j = 0; cond->kind == COND_DO && j < cond->n; j++) {
            const Assign *a = &cond->items[j];
            if (a->target != target) continue;
            for (uint32_t k = 0; k < a->ninputs; k++) climb_name(c, a->inputs[k], NULL);
            if (a->value && !term_variables(a->value, true, climb_name, c)) c->failed = true;
        }
    }
}

// The causes of a variable: those of its mechanism, or, when it is open, of the edges.
static void climb_causes(Climb *c, uint32_t var) {
    const Model *m = c->s->m;
    const ModelVar *v = m->vars[var];
    for (uint32_t p = 0; p < v->nparents; p++) climb_to(c, v->parents[p]);
    for (uint32_t e = 0; v->mech == MECH_NONE && e < m->nedges; e++)
        if (!m->edges[e].both && m->edges[e].to == var) climb_to(c, m->edges[e].from);
}

static bool sets(const World *w, Sym name) {
    for (uint32_t i = 0; i < w->n; i++)
        if (w->items[i].target == name) return true;
    return false;
}

static Status climb(Climb *c, const World *w, bool *changed) {
    while (c->stack.count && !*changed && !c->failed) {
        uint32_t var = c->stack.items[--c->stack.count];
        Sym name = c->s->m->vars[var]->name;
        *changed = sets(w, name);
        climb_causes(c, var);
        climb_assigned(c, name);
    }
    return c->failed ? NOMEM : OK;
}

// Whether a variable may differ between the factual world and `w`: it is set there, or a
// descendant of what is.
static Status changes(const Splitter *s, const World *w, Sym name, bool *changed) {
    *changed = false;
    uint32_t var = model_find(s->m, name);
    if (var == MODEL_NONE || w->n == 0) return OK;
    Climb c = {.s = s, .seen = MEM_NEW(Word, bits_words(s->m->nvars))};
    Status st = c.seen ? OK : NOMEM;
    if (st == OK) {
        climb_to(&c, var);
        st = climb(&c, w, changed);
    }
    VEC_FREE(&c.stack);
    mem_free(c.seen);
    return st;
}

// --- rewriting ------------------------------------------------------------------------------

// Rewrites a term bottom up. With `into` NULL, variables that their world does not change
// become factual; else those of world `into` do, too.
typedef struct Rewrite {
    const Splitter *s;
    const World *into;
} Rewrite;

static Status rewrite_variable(const Rewrite *r, const Term *t, Term **out) {
    bool keep = false;
    if (t->world) TRY(changes(r->s, t->world, t->sym, &keep));
    if (keep && r->into && world_equal(t->world, r->into)) keep = false;
    *out = keep || !t->world ? term_keep(t) : term_var(t->sym, NULL, t->origin);
    return *out ? OK : NOMEM;
}

static Status rewrite_node(const Term *t, const TermOrder *order, Term *const *made,
                           Term **out) {
    bool same = true;
    Term **kids = MEM_NEW(Term *, t->n);
    if (!kids) return NOMEM;
    for (uint32_t i = 0; i < t->n; i++) {
        kids[i] = made[term_order_find(order, t->kid[i])];
        same = same && kids[i] == t->kid[i];
    }
    *out = same ? term_keep(t) : term_with_kids(t, kids);
    mem_free(kids);
    return *out ? OK : NOMEM;
}

static Status rewrite_all(const Rewrite *r, const TermOrder *order, Term **made) {
    for (size_t i = 0; i < order->count; i++) {
        const Term *t = order->items[i];
        if (t->op == TERM_VAR)
            TRY(rewrite_variable(r, t, &made[i]));
        else
            TRY(rewrite_node(t, order, made, &made[i]));
    }
    return OK;
}

// The result belongs to the tasks.
static Status rewrite(const Splitter *s, const World *into, const Term *t, const Term **out) {
    Rewrite r = {s, into};
    TermOrder order = {0};
    Status st = term_order(t, &order);
    Term **made = st == OK ? MEM_NEW(Term *, order.count) : NULL;
    if (st == OK && !made) st = NOMEM;
    if (st == OK) st = rewrite_all(&r, &order, made);
    Term *result = st == OK ? term_keep(made[order.count - 1]) : NULL;
    for (size_t i = 0; made && i < order.count; i++) term_drop(made[i]);
    mem_free(made);
    term_order_free(&order);
    if (st != OK) return st;
    *out = result;
    if (VEC_PUSH(&s->out->owned, result)) return OK;
    term_drop(result);
    return NOMEM;
}

static Status rewrite_conds(const Splitter *s, const World *into, const Question *q,
                            const Cond **out) {
    Cond *conds = ARENA_ARRAY(&s->out->arena, Cond, q->nconds);
    if (!conds) return NOMEM;
    for (uint32_t i = 0; i < q->nconds; i++) {
        conds[i] = q->conds[i];
        const Term *t = conds[i].term;
        if (!t) continue;
        TRY(rewrite(s, into, t, &t));
        conds[i].term = term_keep(t);
        if (VEC_PUSH(&s->out->owned, conds[i].term)) continue;
        term_drop(conds[i].term);
        return NOMEM;
    }
    *out = conds;
    return OK;
}

static Status rewrite_args(const Splitter *s, const World *into, const Question *q,
                           Term *const **out) {
    Term **args = ARENA_ARRAY(&s->out->arena, Term *, q->nargs);
    if (!args) return NOMEM;
    for (uint32_t i = 0; i < q->nargs; i++) {
        const Term *t;
        TRY(rewrite(s, into, q->args[i], &t));
        args[i] = s->out->owned.items[s->out->owned.count - 1];
    }
    *out = args;
    return OK;
}

static Status rewrite_question(const Splitter *s, const World *into, const Question *q,
                               Question *out) {
    *out = *q;
    TRY(rewrite_args(s, into, q, &out->args));
    return rewrite_conds(s, into, q, &out->conds);
}

// --- which worlds ---------------------------------------------------------------------------

static Status report(const Splitter *s, const char *hint) {
    Status st = fault_add(
        s->faults, FAULT_ASK_COUNTERFACTUAL, s->q->origin,
        "this is a counterfactual question across worlds (rung 3); such questions come with "
        "structural models in a later version");
    if (st != FAULT) return st;
    return fault_hint(s->faults, "%s", hint);
}

static const char *const hint_worlds =
    "differences under E of single worlds are of rung 2, as in E[Y[X = 1] - Y[X = 0]]";
static const char *const hint_factual =
    "under conditions that the intervention cannot change it would be of rung 2; on what holds "
    "after it, condition with do, as in P(Y | do(X = 1), Z = z)";
static const char *const hint_nested =
    "a world whose values come from another world mixes two; with constants it would be of "
    "rung 2, as in Y[X = 1, M = 0]";

static bool has_world(const TermOrder *order) {
    for (size_t i = 0; i < order->count; i++)
        if (order->items[i]->op == TERM_VAR && order->items[i]->world) return true;
    return false;
}

static Status mentions_world(const Term *t, bool *out) {
    TermOrder order = {0};
    Status st = term_order(t, &order);
    if (st == OK) *out = *out || has_world(&order);
    term_order_free(&order);
    return st;
}

static Status check_nested(const Splitter *s, const Assign *items, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        bool nested = false;
        if (items[i].value) TRY(mentions_world(items[i].value, &nested));
        if (nested) return report(s, hint_nested);
    }
    return OK;
}

// Merges the world of a term's counterfactual variables into *world. A second one is a fault.
static Status merge_world(const Splitter *s, const Term *t, const World **world) {
    TermOrder order = {0};
    Status st = term_order(t, &order);
    for (size_t i = 0; st == OK && i < order.count; i++) {
        const Term *v = order.items[i];
        if (v->op != TERM_VAR || !v->world) continue;
        if (!*world)
            st = check_nested(s, v->world->items, v->world->n);
        else if (!world_equal(*world, v->world))
            st = report(s, hint_worlds);
        *world = v->world;
    }
    term_order_free(&order);
    return st;
}

typedef struct Factual {
    const Splitter *s;
    const World *world;
    Status status;
} Factual;

static bool check_name(void *user, Sym name, const Term *at) {
    (void)at;
    Factual *f = user;
    bool changed;
    f->status = changes(f->s, f->world, name, &changed);
    if (f->status == OK && changed) f->status = report(f->s, hint_factual);
    return f->status == OK;
}

// The factual variables of a term must be the same in `world`.
static Status check_factual(const Splitter *s, const World *world, const Term *t) {
    Factual f = {s, world, OK};
    if (term_variables(t, false, check_name, &f)) return OK;
    return f.status == OK ? NOMEM : f.status;
}

static Status conds_world(const Splitter *s, const Question *q, const World **world) {
    for (uint32_t i = 0; i < q->nconds; i++)
        if (q->conds[i].term) TRY(merge_world(s, q->conds[i].term, world));
    return OK;
}

static Status check_conds(const Splitter *s, const World *world, const Question *q) {
    for (uint32_t i = 0; i < q->nconds; i++)
        if (q->conds[i].term) TRY(check_factual(s, world, q->conds[i].term));
    return OK;
}

// --- tasks ----------------------------------------------------------------------------------

// One task for `q`, all of whose counterfactual variables are of `world`.
static Status add_task(const Splitter *s, const Question *q, const World *world) {
    AskTask task = {.world = world, .coef = 1};
    TRY(rewrite_question(s, world, q, &task.q));
    return VEC_PUSH(&s->out->items, task) ? OK : NOMEM;
}

static Status one_world(const Splitter *s, const Question *q) {
    const World *world = NULL;
    TRY(conds_world(s, q, &world));
    for (uint32_t i = 0; i < q->nargs; i++) TRY(merge_world(s, q->args[i], &world));
    if (world) {
        for (uint32_t i = 0; i < q->nargs; i++) TRY(check_factual(s, world, q->args[i]));
        TRY(check_conds(s, world, q));
    }
    return add_task(s, q, world);
}

// The part of a sum that is of one world.
typedef struct Group {
    const World *world;
    Term *sum;
} Group;
typedef VEC(Group) Groups;

static bool same_world(const World *a, const World *b) {
    return a == b || (a && b && world_equal(a, b));
}

static Status add_to_group(const AskPiece *p, const World *world, Groups *groups) {
    Term *t = term_keep(p->atom);
    if (p->coef != 1) t = term_binary(TERM_MUL, term_number(p->coef, 0), t, p->atom->origin);
    for (size_t i = 0; t && i < groups->count; i++) {
        Group *g = &groups->items[i];
        if (!same_world(g->world, world)) continue;
        g->sum = term_binary(TERM_ADD, g->sum, t, p->atom->origin);
        return g->sum ? OK : NOMEM;
    }
    if (t && VEC_PUSH(groups, ((Group){world, t}))) return OK;
    term_drop(t);
    return NOMEM;
}

static Status group_pieces(const Splitter *s, const Question *q, const AskLinear *sum,
                           Groups *groups) {
    const World *common = NULL;
    TRY(conds_world(s, q, &common));
    for (size_t i = 0; i < sum->pieces.count; i++) {
        const AskPiece *p = &sum->pieces.items[i];
        const World *world = common;
        TRY(merge_world(s, p->atom, &world));
        if (world) {
            TRY(check_factual(s, world, p->atom));
            TRY(check_conds(s, world, q));
        }
        TRY(add_to_group(p, world, groups));
    }
    return OK;
}

static Status group_tasks(const Splitter *s, const Question *q, const Groups *groups) {
    for (size_t i = 0; i < groups->count; i++) {
        Question part = *q;
        Term *const arg[] = {groups->items[i].sum};
        part.args = arg;
        TRY(add_task(s, &part, groups->items[i].world));
    }
    return OK;
}

// E of a sum, world by world.
static Status by_linearity(const Splitter *s, const Question *q) {
    AskLinear sum;
    Groups groups = {0};
    TRY(ask_linear_split(q->args[0], &sum));
    Status st = group_pieces(s, q, &sum, &groups);
    if (st == OK) st = group_tasks(s, q, &groups);
    s->out->constant = groups.count ? sum.constant : 0;
    if (st == OK && !groups.count) st = one_world(s, q);
    for (size_t i = 0; i < groups.count; i++) term_drop(groups.items[i].sum);
    VEC_FREE(&groups);
    ask_linear_free(&sum);
    return st;
}

static Status any_world(const Splitter *s, bool *out) {
    const Question *q = s->q;
    *out = false;
    for (uint32_t i = 0; i < q->nargs; i++) TRY(mentions_world(q->args[i], out));
    for (uint32_t i = 0; i < q->nconds; i++) {
        if (q->conds[i].term) TRY(mentions_world(q->conds[i].term, out));
        if (q->conds[i].kind == COND_DO) TRY(check_nested(s, q->conds[i].items, q->conds[i].n));
    }
    return OK;
}

Status ask_world_split(const Model *m, const Question *q, Faults *faults, AskTasks *out) {
    *out = (AskTasks){0};
    Splitter s = {m, q, faults, out};
    bool worlds;
    TRY(any_world(&s, &worlds));
    if (!worlds) return VEC_PUSH(&out->items, ((AskTask){*q, NULL, 1})) ? OK : NOMEM;
    Question factual;
    TRY(rewrite_question(&s, NULL, q, &factual));
    return q->head == ASK_E ? by_linearity(&s, &factual) : one_world(&s, &factual);
}

void ask_world_free(AskTasks *tasks) {
    for (size_t i = 0; i < tasks->owned.count; i++) term_drop(tasks->owned.items[i]);
    VEC_FREE(&tasks->owned);
    VEC_FREE(&tasks->items);
    arena_free(&tasks->arena);
}
