// Term: what looks through whole expressions: equality, variables, replacement.
//
// All of it works with explicit stacks or bottom up, and visits shared subterms once.
#include "runtime/model/term.h"

#include <math.h>
#include <stdlib.h>

#include "runtime/base/pairmap.h"
#include "runtime/base/vec.h"
#include "runtime/model/term_order.h"

// --- equality ---

typedef struct Pair {
    const Term *a, *b;
} Pair;

// Pairs that must be equal for the whole to be.
typedef struct Claims {
    Pair *items;
    size_t count, room;
    Pairmap seen;
} Claims;

static bool claim(Claims *c, const Term *a, const Term *b) {
    bool fresh = true;
    if (a == b) return true;
    if (!a || !b) return false;
    if (a->refs > 1 && b->refs > 1 && pairmap_add(&c->seen, a, b, 0, &fresh) != OK) return false;
    return !fresh || VEC_PUSH(c, ((Pair){a, b}));
}

static int order_assigns(const void *a, const void *b) {
    const Assign *x = *(const Assign *const *)a, *y = *(const Assign *const *)b;
    if (x->target != y->target) return x->target < y->target ? -1 : 1;
    return (x->source > y->source) - (x->source < y->source);
}

static bool claim_assign(Claims *c, const Assign *a, const Assign *b) {
    if (a->kind != b->kind || a->target != b->target || a->source != b->source) return false;
    if (a->ninputs != b->ninputs) return false;
    for (uint32_t i = 0; i < a->ninputs; i++)
        if (a->inputs[i] != b->inputs[i]) return false;
    return claim(c, a->value, b->value);
}

static const Assign **sorted_assigns(const World *w) {
    const Assign **items = MEM_NEW(const Assign *, w->n);
    if (!items) return NULL;
    for (uint32_t i = 0; i < w->n; i++) items[i] = &w->items[i];
    qsort(items, w->n, sizeof *items, order_assigns);
    return items;
}

// The order in which things are set does not matter.
static bool claim_sorted(Claims *c, const World *a, const World *b) {
    const Assign **x = sorted_assigns(a), **y = sorted_assigns(b);
    bool same = x && y;
    for (uint32_t i = 0; same && i < a->n; i++) same = claim_assign(c, x[i], y[i]);
    mem_free(x);
    mem_free(y);
    return same;
}

static bool same_targets(const World *a, const World *b) {
    for (uint32_t i = 0; i < a->n; i++)
        if (a->items[i].target != b->items[i].target || a->items[i].source != b->items[i].source)
            return false;
    return true;
}

static bool claim_world(Claims *c, const World *a, const World *b) {
    if (a == b) return true;
    uint32_t na = a ? a->n : 0, nb = b ? b->n : 0;
    if (na != nb) return false;
    if (na == 0) return true; // M[] is the factual M
    if (!same_targets(a, b)) return claim_sorted(c, a, b);
    for (uint32_t i = 0; i < na; i++)
        if (!claim_assign(c, &a->items[i], &b->items[i])) return false;
    return true;
}

static bool same_number(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

static bool same_numbers(const TermNumbers *a, const TermNumbers *b) {
    bool same = a == b || a->count == b->count;
    for (size_t i = 0; same && a != b && i < a->count; i++) same = a->items[i] == b->items[i];
    return same;
}

// The two agree in everything but their children.
static bool same_node(Claims *c, const Term *a, const Term *b) {
    if (a->op != b->op || a->n != b->n || a->nselect != b->nselect) return false;
    switch ((TermOp)a->op) {
    case TERM_NUMBER: return a->is_bool == b->is_bool && same_number(a->number, b->number);
    case TERM_LEVEL: return a->sym == b->sym;
    case TERM_VAR: case TERM_ASK:
        return a->sym == b->sym && claim_world(c, a->world, b->world);
    case TERM_LOOKUP: return a->table == b->table;
    case TERM_EMPIRICAL: return same_numbers(a->numbers, b->numbers);
    case TERM_DIST: return a->family == b->family;
    case TERM_CALL: return a->function == b->function;
    default: return true;
    }
}

static bool settle(Claims *c) {
    while (c->count) {
        Pair p = c->items[--c->count];
        if (!same_node(c, p.a, p.b)) return false;
        for (uint32_t i = p.a->n; i-- > 0;)
            if (!claim(c, p.a->kid[i], p.b->kid[i])) return false;
    }
    return true;
}

static void free_claims(Claims *c) {
    VEC_FREE(c);
    pairmap_free(&c->seen);
}

bool term_equal(const Term *a, const Term *b) {
    Claims c = {0};
    bool same = claim(&c, a, b) && settle(&c);
    free_claims(&c);
    return same;
}

bool world_equal(const World *a, const World *b) {
    Claims c = {0};
    bool same = claim_world(&c, a, b) && settle(&c);
    free_claims(&c);
    return same;
}

// --- variables ---

// One thing to look at: a term, or a name that the term `at` mentions.
typedef struct Mention {
    Sym name; // NULL: look at the term
    const Term *at;
} Mention;

typedef struct Search {
    Mention *items;
    size_t count, room;
    Pairmap seen; // shared terms, and names visited
    Sym first;    // the first name visited; most terms have no other
    bool worlds;
    bool (*visit)(void *user, Sym name, const Term *at);
    void *user;
} Search;

static bool later(Search *s, Sym name, const Term *at) {
    return VEC_PUSH(s, ((Mention){name, at}));
}

// Pushes what a world mentions, last first.
static bool push_world(Search *s, const Term *var) {
    const World *w = var->world;
    for (uint32_t i = w ? w->n : 0; i-- > 0;) {
        const Assign *a = &w->items[i];
        for (uint32_t k = a->ninputs; k-- > 0;)
            if (!later(s, a->inputs[k], var)) return false;
        if (a->value && !later(s, NULL, a->value)) return false;
        if (!later(s, a->target, var)) return false;
        if (a->source && !later(s, a->source, var)) return false;
    }
    return true;
}

static bool visit_name(Search *s, Sym name, const Term *at) {
    bool fresh = !s->first;
    if (name == s->first) return true;
    if (!s->first)
        s->first = name;
    else if (pairmap_add(&s->seen, name, NULL, 0, &fresh) != OK)
        return false;
    return !fresh || s->visit(s->user, name, at);
}

static bool only_leaves(const Term *t) {
    for (uint32_t i = 0; i < t->n; i++)
        if (t->kid[i]->n) return false;
    return true;
}

static bool look_at(Search *s, const Term *t) {
    bool fresh = true;
    if (t->refs > 1 && pairmap_add(&s->seen, t, NULL, 0, &fresh) != OK) return false;
    if (!fresh) return true;
    if (t->op == TERM_VAR && s->worlds) return push_world(s, t) && later(s, t->sym, t);
    if (t->op == TERM_VAR) return !term_is_factual(t) || visit_name(s, t->sym, t);
    if (t->op == TERM_ASK && s->worlds && !push_world(s, t)) return false;
    if (!s->worlds && only_leaves(t)) {
        for (uint32_t i = 0; i < t->n; i++)
            if (!look_at(s, t->kid[i])) return false;
        return true;
    }
    for (uint32_t i = t->n; i-- > 0;)
        if (!later(s, NULL, t->kid[i])) return false;
    return true;
}

bool term_variables(const Term *t, bool worlds,
                    bool (*visit)(void *user, Sym name, const Term *at), void *user) {
    Search s = {.worlds = worlds, .visit = visit, .user = user};
    bool going = look_at(&s, t);
    while (going && s.count) {
        Mention m = s.items[--s.count];
        going = m.name ? visit_name(&s, m.name, m.at) : look_at(&s, m.at);
    }
    VEC_FREE(&s);
    pairmap_free(&s.seen);
    return going;
}

// --- search ---

typedef struct Hunt {
    const Term **items; // still to be looked into
    size_t count, room;
    Pairmap seen; // shared ones
} Hunt;

// Leaves are looked at at once: most terms are made of nothing else.
static Status hunt(Hunt *h, const Term *t, bool (*test)(const Term *t), bool *found) {
    if (*found || (*found = test(t)) || t->n == 0) return OK;
    bool fresh = true;
    if (t->refs > 1) TRY(pairmap_add(&h->seen, t, NULL, 0, &fresh));
    for (uint32_t i = 0; fresh && i < t->n; i++) {
        const Term *kid = t->kid[i];
        *found = *found || test(kid);
        if (kid->n && !VEC_PUSH(h, kid)) return NOMEM;
    }
    return OK;
}

Status term_any(const Term *t, bool (*test)(const Term *t), bool *found) {
    Hunt h = {0};
    *found = false;
    Status status = hunt(&h, t, test, found);
    while (status == OK && !*found && h.count)
        status = hunt(&h, h.items[--h.count], test, found);
    VEC_FREE(&h);
    pairmap_free(&h.seen);
    return status;
}

// --- replacement ---

bool term_is_factual(const Term *var) {
    return !var->world || var->world->n == 0;
}

// A copy of a term with the children at their new versions; the term itself when none changed.
static Term *rebuild(const Term *t, const TermOrder *order, Term *const *made) {
    bool changed = false;
    for (uint32_t i = 0; i < t->n; i++)
        if (made[term_order_find(order, t->kid[i])] != t->kid[i]) changed = true;
    if (!changed) return term_keep(t);
    Term **kids = MEM_NEW(Term *, t->n);
    if (!kids) return NULL;
    for (uint32_t i = 0; i < t->n; i++) kids[i] = made[term_order_find(order, t->kid[i])];
    Term *copy = term_with_kids(t, kids);
    mem_free(kids);
    return copy;
}

static Term *replace_in(const TermOrder *order, Sym name, const Term *with, Term **made) {
    for (size_t i = 0; i < order->count; i++) {
        const Term *t = order->items[i];
        bool hit = t->op == TERM_VAR && t->sym == name && term_is_factual(t);
        made[i] = hit ? term_keep(with) : rebuild(t, order, made);
        if (!made[i]) return NULL;
    }
    return term_keep(made[order->count - 1]);
}

Term *term_replace(const Term *t, Sym name, const Term *with) {
    TermOrder order = {0};
    Term *result = NULL, **made = NULL;
    if (term_order(t, &order) != OK) goto done;
    made = MEM_NEW(Term *, order.count);
    if (!made) goto done;
    result = replace_in(&order, name, with, made);
    for (size_t i = 0; i < order.count; i++) term_drop(made[i]);
done:
    mem_free(made);
    term_order_free(&order);
    return result;
}
