// Ctf: counterfactual ancestors, equalities, factors.
#include "runtime/symbol/ctf.h"

#include <string.h>

#include "runtime/graph/sets.h"
#include "runtime/graph/walk.h"

// --- symbols ---

Status ctf_symbol(CtfTable *t, uint32_t vertex, uint32_t value, uint32_t *symbol) {
    for (*symbol = 0; *symbol < t->symbols.count; ++*symbol) {
        const CtfSymbol *s = &t->symbols.items[*symbol];
        if (s->vertex == vertex && s->value == value && value != GRAPH_NONE) return OK;
    }
    CtfSymbol made = {.vertex = vertex, .value = value, .same = *symbol};
    return VEC_PUSH(&t->symbols, made) ? OK : NOMEM;
}

void ctf_forget(CtfTable *t) {
    for (uint32_t i = 0; i < t->symbols.count; i++) t->symbols.items[i].same = i;
}

uint32_t ctf_same(const CtfTable *t, uint32_t symbol) {
    while (t->symbols.items[symbol].same != symbol) symbol = t->symbols.items[symbol].same;
    return symbol;
}

// Makes two symbols one; false when they are different values.
static bool equate(CtfTable *t, uint32_t a, uint32_t b) {
    a = ctf_same(t, a);
    b = ctf_same(t, b);
    if (a == b) return true;
    if (t->symbols.items[b].summed)
        t->symbols.items[b].same = a;
    else if (t->symbols.items[a].summed)
        t->symbols.items[a].same = b;
    else
        return false;
    return true;
}

// --- worlds ---

uint32_t *ctf_world(CtfTable *t) {
    uint32_t *world = ARENA_ARRAY(t->arena, uint32_t, t->g->n + 1);
    for (size_t v = 0; world && v < t->g->n; v++) world[v] = GRAPH_NONE;
    return world;
}

// Of a world, the settings that matter to v: those from which a directed path leads to v past
// no other setting (exclusion).
static Status reduce(CtfTable *t, uint32_t vertex, const uint32_t *world, uint32_t **out) {
    const Graph *g = t->g;
    Word *above = ARENA_ARRAY(t->arena, Word, g->words + 1);
    uint32_t *kept = *out = ctf_world(t);
    if (!above || !kept) return NOMEM;
    bits_add(above, vertex);
    for (size_t i = g->n; i-- > 0;) {
        size_t v = g->order[i];
        if (!bits_has(above, v)) continue;
        if (v != vertex && world[v] != GRAPH_NONE) {
            kept[v] = ctf_same(t, world[v]);
            continue;
        }
        GRAPH_EACH(g, parents, v, p) bits_add(above, p);
    }
    return OK;
}

static bool same_world(const CtfTable *t, const uint32_t *a, const uint32_t *b) {
    for (size_t v = 0; v < t->g->n; v++) {
        if ((a[v] == GRAPH_NONE) != (b[v] == GRAPH_NONE)) return false;
        if (a[v] != GRAPH_NONE && ctf_same(t, a[v]) != ctf_same(t, b[v])) return false;
    }
    return true;
}

// --- variables ---

static uint32_t find_variable(const Ctf *c, uint32_t vertex, const uint32_t *world) {
    for (uint32_t i = 0; i < c->variables.count; i++)
        if (c->variables.items[i].vertex == vertex &&
            same_world(c->table, c->variables.items[i].world, world))
            return i;
    return GRAPH_NONE;
}

static Status add_variable(Ctf *c, uint32_t vertex, const uint32_t *world, uint32_t value) {
    CtfVariable v = {
        .vertex = vertex,
        .value = value,
        .world = world,
        .causes = ctf_world(c->table),
        .same = (uint32_t)c->variables.count,
    };
    return v.causes && VEC_PUSH(&c->variables, v) ? OK : NOMEM;
}

Status ctf_event(Ctf *c, uint32_t vertex, const uint32_t *world, uint32_t symbol) {
    uint32_t *kept, at;
    if (world[vertex] != GRAPH_NONE) {
        if (!equate(c->table, world[vertex], symbol)) c->impossible = true;
        return OK;
    }
    TRY(reduce(c->table, vertex, world, &kept));
    at = find_variable(c, vertex, kept);
    if (at == GRAPH_NONE) return add_variable(c, vertex, kept, symbol);
    if (!equate(c->table, c->variables.items[at].value, symbol)) c->impossible = true;
    return OK;
}

// The summed symbol for the value of an ancestor: one for each variable, in all conjunctions.
static Status made_symbol(CtfTable *t, uint32_t vertex, const uint32_t *world,
                          uint32_t *symbol) {
    for (size_t i = 0; i < t->made.count; i++)
        if (t->made.items[i].vertex == vertex && same_world(t, t->made.items[i].world, world)) {
            *symbol = t->made.items[i].value;
            return OK;
        }
    TRY(ctf_symbol(t, vertex, GRAPH_NONE, symbol));
    t->symbols.items[*symbol].summed = true;
    CtfVariable made = {.vertex = vertex, .value = *symbol, .world = world};
    return VEC_PUSH(&t->made, made) ? OK : NOMEM;
}

// Finds or adds what each parent of variable i would be in its world.
static Status add_causes(Ctf *c, uint32_t i) {
    const Graph *g = c->table->g;
    const uint32_t *world = c->variables.items[i].world;
    GRAPH_EACH(g, parents, c->variables.items[i].vertex, p) {
        uint32_t *kept, at, symbol;
        if (world[p] != GRAPH_NONE) continue;
        TRY(reduce(c->table, (uint32_t)p, world, &kept));
        at = find_variable(c, (uint32_t)p, kept);
        if (at == GRAPH_NONE) {
            at = (uint32_t)c->variables.count;
            TRY(made_symbol(c->table, (uint32_t)p, kept, &symbol));
            TRY(add_variable(c, (uint32_t)p, kept, symbol));
        }
        c->variables.items[i].causes[p] = at;
    }
    return OK;
}

static uint32_t root(const Ctf *c, uint32_t i) {
    while (c->variables.items[i].same != i) i = c->variables.items[i].same;
    return i;
}

// The value that parent p of variable i has.
static uint32_t cause_value(const Ctf *c, uint32_t i, size_t p) {
    const CtfVariable *v = &c->variables.items[i];
    if (v->world[p] != GRAPH_NONE) return ctf_same(c->table, v->world[p]);
    return ctf_same(c->table, c->variables.items[root(c, v->causes[p])].value);
}

static bool same_causes(const Ctf *c, uint32_t i, uint32_t j) {
    GRAPH_EACH(c->table->g, parents, c->variables.items[i].vertex, p)
        if (cause_value(c, i, p) != cause_value(c, j, p)) return false;
    return true;
}

// Two variables of one vertex whose parents have the same values are one (consistency).
static void merge_equal(Ctf *c) {
    for (bool merged = true; merged && !c->impossible;) {
        merged = false;
        for (uint32_t i = 0; i < c->variables.count; i++)
            for (uint32_t j = i + 1; j < c->variables.count; j++) {
                CtfVariable *a = &c->variables.items[i], *b = &c->variables.items[j];
                if (a->vertex != b->vertex || a->same != i || b->same != j) continue;
                if (!same_causes(c, i, j)) continue;
                if (!equate(c->table, a->value, b->value)) c->impossible = true;
                b->same = i;
                merged = true;
            }
    }
}

// --- factors ---

// Notes the value of a vertex in a factor; a second, different one is a clash.
static void assign(const Ctf *c, CtfFactor *f, size_t v, uint32_t symbol) {
    symbol = ctf_same(c->table, symbol);
    if (f->assign[v] == GRAPH_NONE)
        f->assign[v] = symbol;
    else if (f->assign[v] != symbol)
        f->clash = (uint32_t)v;
}

static Status add_factor(Ctf *c, const Word *district) {
    const Graph *g = c->table->g;
    CtfFactor f = {
        .district = ARENA_ARRAY(c->table->arena, Word, g->words + 1),
        .assign = ctf_world(c->table),
        .clash = GRAPH_NONE,
    };
    if (!f.district || !f.assign) return NOMEM;
    bits_copy(f.district, district, g->words);
    for (uint32_t i = 0; i < c->variables.count; i++) {
        const CtfVariable *v = &c->variables.items[i];
        if (v->same != i || !bits_has(district, v->vertex)) continue;
        assign(c, &f, v->vertex, v->value);
        GRAPH_EACH(g, parents, v->vertex, p) assign(c, &f, p, cause_value(c, i, p));
    }
    // Two variables of one vertex in different circumstances have clashing parents, unless they
    // have none: then they were merged.
    return VEC_PUSH(&c->factors, f) ? OK : NOMEM;
}

Status ctf_factorise(Ctf *c) {
    const Graph *g = c->table->g;
    Sets districts = {.words = g->words};
    Word *vertices = ARENA_ARRAY(c->table->arena, Word, g->words + 1);
    if (!vertices) return NOMEM;
    for (uint32_t i = 0; i < c->variables.count; i++) TRY(add_causes(c, i));
    merge_equal(c);
    for (uint32_t i = 0; i < c->variables.count; i++)
        if (c->variables.items[i].same == i) bits_add(vertices, c->variables.items[i].vertex);
    Status status = walk_districts(g, vertices, &districts);
    for (size_t i = 0; status == OK && i < districts.count; i++)
        status = add_factor(c, sets_at(&districts, i));
    sets_free(&districts);
    return status;
}

void ctf_free(Ctf *c) {
    VEC_FREE(&c->variables);
    VEC_FREE(&c->factors);
}

void ctf_table_free(CtfTable *t) {
    VEC_FREE(&t->symbols);
    VEC_FREE(&t->made);
}
