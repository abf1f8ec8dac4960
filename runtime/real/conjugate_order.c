// Conjugate order: a variable's effects right after it, so that it can soon be forgotten.
#include "runtime/real/conjugate_inner.h"

typedef struct Pair {
    uint32_t cause, effect; // steps
} Pair;

typedef struct Order {
    Conjugate *c;
    uint32_t *step_of; // by variable, or MODEL_NONE
    VEC(Pair) pairs;
    uint32_t effect;   // whose causes are looked for
    bool failed;
    size_t *first;     // by step: where its effects begin
    uint32_t *effects, *waits, *stack;
    size_t depth;
    ConjugateStep *placed;
    size_t nplaced;
} Order;

static void add_cause(Order *o, uint32_t v) {
    uint32_t cause = v == MODEL_NONE ? MODEL_NONE : o->step_of[v];
    if (cause == MODEL_NONE || cause == o->effect) return;
    if (!VEC_PUSH(&o->pairs, ((Pair){cause, o->effect}))) o->failed = true;
}

static bool mention(void *user, Sym name, const Term *at) {
    Order *o = user;
    (void)at;
    add_cause(o, model_find(o->c->m, name));
    return !o->failed;
}

static Status list_pairs(Order *o) {
    for (uint32_t i = 0; i < o->c->steps.count; i++) {
        const ConjugateStep *s = &o->c->steps.items[i];
        const ModelVar *var = o->c->m->vars[s->var];
        o->effect = i;
        for (uint32_t p = 0; s->tabled && p < var->nparents; p++) add_cause(o, var->parents[p]);
        if (!s->tabled &&
            !term_variables(s->fold.order.items[s->fold.order.count - 1], false, mention, o))
            return NOMEM;
    }
    return o->failed ? NOMEM : OK;
}

static void group(Order *o) {
    size_t n = o->c->steps.count;
    for (size_t i = 0; i < o->pairs.count; i++) {
        o->first[o->pairs.items[i].cause + 2]++;
        o->waits[o->pairs.items[i].effect]++;
    }
    for (size_t i = 2; i < n + 2; i++) o->first[i] += o->first[i - 1];
    for (size_t i = 0; i < o->pairs.count; i++)
        o->effects[o->first[o->pairs.items[i].cause + 1]++] = o->pairs.items[i].effect;
}

// The step, then those of its effects that wait for nothing else, and so on.
static void place(Order *o, uint32_t step) {
    o->stack[o->depth++] = step;
    while (o->depth) {
        uint32_t i = o->stack[--o->depth];
        o->placed[o->nplaced++] = o->c->steps.items[i];
        for (size_t k = o->first[i]; k < o->first[i + 1]; k++)
            if (--o->waits[o->effects[k]] == 0) o->stack[o->depth++] = o->effects[k];
    }
}

static Status sort(Order *o) {
    size_t n = o->c->steps.count;
    Arena *a = &o->c->arena;
    o->first = ARENA_ARRAY(a, size_t, n + 2);
    o->effects = ARENA_ARRAY(a, uint32_t, o->pairs.count);
    o->waits = ARENA_ARRAY(a, uint32_t, n);
    o->stack = ARENA_ARRAY(a, uint32_t, n);
    o->placed = ARENA_ARRAY(a, ConjugateStep, n);
    uint32_t *starts = ARENA_ARRAY(a, uint32_t, n);
    size_t nstarts = 0;
    if (!o->first || !o->effects || !o->waits || !o->stack || !o->placed || !starts) return NOMEM;
    group(o);
    for (uint32_t i = 0; i < n; i++)
        if (!o->waits[i]) starts[nstarts++] = i;
    for (size_t i = 0; i < nstarts; i++) place(o, starts[i]);
    for (size_t i = 0; i < n; i++) o->c->steps.items[i] = o->placed[i];
    return OK;
}

Status conjugate_order(Conjugate *c) {
    Order o = {.c = c, .step_of = ARENA_ARRAY(&c->arena, uint32_t, c->m->nvars)};
    if (!o.step_of) return NOMEM;
    for (uint32_t v = 0; v < c->m->nvars; v++) o.step_of[v] = MODEL_NONE;
    for (uint32_t i = 0; i < c->steps.count; i++) o.step_of[c->steps.items[i].var] = i;
    Status st = list_pairs(&o);
    if (st == OK) st = sort(&o);
    VEC_FREE(&o.pairs);
    return st;
}
