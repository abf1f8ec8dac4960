// Worlds: which counterfactual questions are questions about doing, and which are not.
#include "runtime/infer/ask_world.h"

#include "runtime/base/bitset.h"
#include "runtime/infer/ask_head.h"
#include "runtime/infer/ask_rename.h"
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

static Status rewrite_variable(void *user, const Term *t, Term **out) {
    const Rewrite *r = user;
    bool keep = false;
    if (t->world) TRY(changes(r->s, t->world, t->sym, &keep));
    if (keep && r->into && world_equal(t->world, r->into)) keep = false;
    *out = keep || !t->world ? term_keep(t) : term_var(t->sym, NULL, t->origin);
    return *out ? OK : NOMEM;
}

// The result belongs to the tasks.
static Status rewrite(const Splitter *s, const World *into, const Term *t, const Term **out) {
    Rewrite r = {s, into};
    Term *result;
    TRY(ask_rename(t, rewrite_variable, &r, &result));
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

static bool has_world(const Term *t) {
    return t->op == TERM_VAR && t->world;
}

// Sets *out when the term mentions a world.
static Status mentions_world(const Term *t, bool *out) {
    bool found;
    TRY(term_any(t, has_world, &found));
    *out = *out || found;
    return OK;
}

static Status check_nested(const Assign *items, uint32_t n, bool *across) {
    for (uint32_t i = 0; i < n; i++)
        if (items[i].value) TRY(mentions_world(items[i].value, across));
    return OK;
}

// Merges the world of a term's counterfactual variables into *world. Sets *across when there is
// a second one, or when values in it come from another.
static Status merge_world(const Term *t, const World **world, bool *across) {
    TermOrder order = {0};
    Status st = term_order(t, &order);
    for (size_t i = 0; st == OK && i < order.count; i++) {
        const Term *v = order.items[i];
        if (v->op != TERM_VAR || !v->world) continue;
        if (!*world)
            st = check_nested(v->world->items, v->world->n, across);
        else if (!world_equal(*world, v->world))
            *across = true;
        *world = v->world;
    }
    term_order_free(&order);
    return st;
}

typedef struct Factual {
    const Splitter *s;
    const World *world;
    bool changed;
    Status status;
} Factual;

static bool check_name(void *user, Sym name, const Term *at) {
    (void)at;
    Factual *f = user;
    f->status = changes(f->s, f->world, name, &f->changed);
    return f->status == OK && !f->changed;
}

// Sets *across when factual variables of a term may differ in `world`.
static Status check_factual(const Splitter *s, const World *world, const Term *t,
                            bool *across) {
    Factual f = {s, world, false, OK};
    if (term_variables(t, false, check_name, &f)) return OK;
    *across = *across || f.changed;
    return f.status == OK && !f.changed ? NOMEM : f.status;
}

static Status conds_world(const Question *q, const World **world, bool *across) {
    for (uint32_t i = 0; i < q->nconds; i++)
        if (q->conds[i].term) TRY(merge_world(q->conds[i].term, world, across));
    return OK;
}

// The one world of a term and the conditions; *across when there are several.
static Status find_world(const Splitter *s, const Question *q, Term *const *args, uint32_t n,
                         const World **world, bool *across) {
    *world = NULL;
    *across = false;
    TRY(conds_world(q, world, across));
    for (uint32_t i = 0; i < n; i++) TRY(merge_world(args[i], world, across));
    for (uint32_t i = 0; *world && !*across && i < n; i++)
        TRY(check_factual(s, *world, args[i], across));
    for (uint32_t i = 0; *world && !*across && i < q->nconds; i++)
        if (q->conds[i].term) TRY(check_factual(s, *world, q->conds[i].term, across));
    return OK;
}

// --- tasks ----------------------------------------------------------------------------------

// One task for `q`: all of whose counterfactual variables are of `world`, or across worlds.
static Status add_task(const Splitter *s, const Question *q, const World *world, bool across) {
    AskTask task = {.world = across ? NULL : world, .across = across, .coef = 1};
    TRY(rewrite_question(s, task.world, q, &task.q));
    return VEC_PUSH(&s->out->items, task) ? OK : NOMEM;
}

static Status one_task(const Splitter *s, const Question *q) {
    const World *world;
    bool across;
    TRY(find_world(s, q, q->args, q->nargs, &world, &across));
    return add_task(s, q, world, across);
}

// The part of a sum that is of one world, or a piece that is across worlds.
typedef struct Group {
    const World *world;
    bool across;
    Term *sum;
} Group;
typedef VEC(Group) Groups;

static bool same_world(const World *a, const World *b) {
    return a == b || (a && b && world_equal(a, b));
}

static Status add_to_group(const AskPiece *p, const World *world, bool across, Groups *groups) {
    Term *t = term_keep(p->atom);
    if (p->coef != 1) t = term_binary(TERM_MUL, term_number(p->coef, 0), t, p->atom->origin);
    for (size_t i = 0; t && !across && i < groups->count; i++) {
        Group *g = &groups->items[i];
        if (g->across || !same_world(g->world, world)) continue;
        g->sum = term_binary(TERM_ADD, g->sum, t, p->atom->origin);
        return g->sum ? OK : NOMEM;
    }
    if (t && VEC_PUSH(groups, ((Group){world, across, t}))) return OK;
    term_drop(t);
    return NOMEM;
}

static Status group_pieces(const Splitter *s, const Question *q, const AskLinear *sum,
                           Groups *groups) {
    for (size_t i = 0; i < sum->pieces.count; i++) {
        const AskPiece *p = &sum->pieces.items[i];
        Term *const atom[] = {(Term *)(uintptr_t)p->atom};
        const World *world;
        bool across;
        TRY(find_world(s, q, atom, 1, &world, &across));
        TRY(add_to_group(p, world, across, groups));
    }
    return OK;
}

static Status group_tasks(const Splitter *s, const Question *q, const Groups *groups) {
    for (size_t i = 0; i < groups->count; i++) {
        Question part = *q;
        Term *const arg[] = {groups->items[i].sum};
        part.args = arg;
        TRY(add_task(s, &part, groups->items[i].world, groups->items[i].across));
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
    if (st == OK && !groups.count) st = one_task(s, q);
    for (size_t i = 0; i < groups.count; i++) term_drop(groups.items[i].sum);
    VEC_FREE(&groups);
    ask_linear_free(&sum);
    return st;
}

// A do takes its values from the world that it makes.
static Status check_do(const Splitter *s, const Cond *c) {
    bool nested = false;
    if (c->kind == COND_DO) TRY(check_nested(c->items, c->n, &nested));
    if (!nested) return OK;
    Status st = fault_add(s->faults, FAULT_ASK_COUNTERFACTUAL, c->origin,
                          "this do takes a value from another world");
    if (st != FAULT) return st;
    return fault_hint(s->faults, "write the world in brackets, as in Y[X = 1, M = M[X = 0]]");
}

static Status any_world(const Splitter *s, bool *out) {
    const Question *q = s->q;
    *out = false;
    for (uint32_t i = 0; i < q->nargs; i++) TRY(mentions_world(q->args[i], out));
    for (uint32_t i = 0; i < q->nconds; i++) {
        if (q->conds[i].term) TRY(mentions_world(q->conds[i].term, out));
        TRY(check_do(s, &q->conds[i]));
    }
    return OK;
}

static bool sets_something(const Term *t) {
    return has_world(t) && t->world->n;
}

// Also where what is set would turn out not to act on what is asked about: without arrows,
// nobody can tell. The factual world, as in Y[], sets nothing.
static Status check_factors(const Splitter *s) {
    const Question *q = s->q;
    bool found = false;
    for (uint32_t i = 0; s->m->nfactors && !found && i < q->nargs; i++)
        TRY(term_any(q->args[i], sets_something, &found));
    for (uint32_t i = 0; s->m->nfactors && !found && i < q->nconds; i++)
        if (q->conds[i].term) TRY(term_any(q->conds[i].term, sets_something, &found));
    if (!found) return OK;
    Status st = fault_add(s->faults, FAULT_ASK_FACTOR_DO, s->q->origin,
                          "a model with factors says what goes together, not what causes what, "
                          "and cannot answer what would have been");
    if (st != FAULT) return st;
    return fault_hint(s->faults, "write mechanisms instead of factors");
}

Status ask_world_split(const Model *m, const Question *q, Faults *faults, AskTasks *out) {
    *out = (AskTasks){0};
    Splitter s = {m, q, faults, out};
    bool worlds;
    TRY(any_world(&s, &worlds));
    if (!worlds) return VEC_PUSH(&out->items, ((AskTask){*q, NULL, false, 1})) ? OK : NOMEM;
    TRY(check_factors(&s));
    Question factual;
    TRY(rewrite_question(&s, NULL, q, &factual));
    return q->head == ASK_E ? by_linearity(&s, &factual) : one_task(&s, &factual);
}

void ask_world_free(AskTasks *tasks) {
    for (size_t i = 0; i < tasks->owned.count; i++) term_drop(tasks->owned.items[i]);
    VEC_FREE(&tasks->owned);
    VEC_FREE(&tasks->items);
    arena_free(&tasks->arena);
}
