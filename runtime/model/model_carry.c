// Model_carry: the descendants of what is set, against the worlds of a sentence.
#include "runtime/model/model_carry.h"

#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/base/pairmap.h"
#include "runtime/base/vec.h"

// A term, and what the question that it is part of sets (or NULL).
typedef struct Place {
    const Term *term;
    const World *set;
} Place;

typedef struct Carry {
    const Model *m;
    Sym target;
    bool *changed; // by variable: the target and what it is a cause of
    VEC(Place) later;
    Pairmap seen;
} Carry;

static bool sets(const World *w, Sym target) {
    for (uint32_t i = 0; w && i < w->n; i++)
        if (!w->items[i].source && w->items[i].target == target) return true;
    return false;
}

static Status visit(Carry *c, const Term *t, const World *set) {
    bool fresh = true;
    if (t->refs > 1) TRY(pairmap_add(&c->seen, t, set, 0, &fresh));
    return !fresh || VEC_PUSH(&c->later, ((Place){t, set})) ? OK : NOMEM;
}

static Status enter(Carry *c, Place at) {
    const Term *t = at.term;
    const World *set = t->op == TERM_ASK ? t->world : at.set;
    for (uint32_t i = 0; t->world && i < t->world->n; i++)
        if (t->world->items[i].value) TRY(visit(c, t->world->items[i].value, at.set));
    for (uint32_t i = 0; i < t->n; i++) TRY(visit(c, t->kid[i], set));
    return OK;
}

static bool differs(const Carry *c, Place at) {
    uint32_t v = at.term->op == TERM_VAR ? model_find(c->m, at.term->sym) : MODEL_NONE;
    return v != MODEL_NONE && c->changed[v] && !sets(at.set, c->target) &&
           !sets(at.term->world, c->target);
}

// Whether nothing in the sentence differs in the changed model.
static Status judge(Carry *c, const Term *sentence, bool *keeps) {
    Status status = visit(c, sentence, NULL);
    while (status == OK && *keeps && c->later.count) {
        Place at = c->later.items[--c->later.count];
        *keeps = !differs(c, at);
        status = enter(c, at);
    }
    VEC_FREE(&c->later);
    pairmap_free(&c->seen);
    return status;
}

// By variable, its edges as a list; of each edge the next one of the same cause.
typedef struct Adjacency {
    uint32_t *first, *next;
} Adjacency;

static bool adjacency_open(const Model *m, Adjacency *a) {
    *a = (Adjacency){MEM_NEW(uint32_t, m->nvars), MEM_NEW(uint32_t, m->nedges)};
    if (!a->first || !a->next) return false;
    for (uint32_t i = 0; i < m->nvars; i++) a->first[i] = MODEL_NONE;
    for (uint32_t i = 0; i < m->nedges; i++) {
        if (m->edges[i].both) continue;
        a->next[i] = a->first[m->edges[i].from];
        a->first[m->edges[i].from] = i;
    }
    return true;
}

// Causes come before their effects in the order.
static void mark(const Model *m, const Adjacency *a, uint32_t target, bool *changed) {
    memset(changed, 0, m->nvars * sizeof *changed);
    changed[target] = true;
    for (uint32_t i = 0; i < m->nvars; i++) {
        if (!changed[m->order[i]]) continue;
        for (uint32_t e = a->first[m->order[i]]; e != MODEL_NONE; e = a->next[e])
            changed[m->edges[e].to] = true;
    }
}

static Status carry(const Adjacency *a, Carry *c, const Assign *items, uint32_t n,
                    const Term *sentence, bool *keeps) {
    for (uint32_t i = 0; *keeps && i < n; i++) {
        uint32_t target = model_find(c->m, items[i].target);
        if (target == MODEL_NONE) continue;
        c->target = items[i].target;
        mark(c->m, a, target, c->changed);
        TRY(judge(c, sentence, keeps));
    }
    return OK;
}

Status model_carry(const Model *m, const Assign *items, uint32_t n, const Term *sentence,
                   bool *keeps) {
    Adjacency a;
    bool made = adjacency_open(m, &a);
    Carry c = {.m = m, .changed = MEM_NEW(bool, m->nvars)};
    *keeps = true;
    Status status = made && c.changed ? carry(&a, &c, items, n, sentence, keeps) : NOMEM;
    mem_free(a.first);
    mem_free(a.next);
    mem_free(c.changed);
    return status;
}
