// Walk: ancestors, descendants, districts, blankets.
//
// Ancestors and descendants are found by one scan of the causal order, which needs no stack and
// so cannot fail.
#include "runtime/graph/walk.h"

#include "runtime/base/mem.h"

void walk_parents(const Graph *g, const Word *of, Word *out) {
    bits_clear(out, g->words);
    SET_EACH(of, g->words, v)
        GRAPH_EACH(g, parents, v, p) bits_add(out, p);
}

void walk_children(const Graph *g, const Word *of, Word *out) {
    bits_clear(out, g->words);
    SET_EACH(of, g->words, v)
        GRAPH_EACH(g, children, v, c) bits_add(out, c);
}

void walk_spouses(const Graph *g, const Word *of, Word *out) {
    bits_clear(out, g->words);
    SET_EACH(of, g->words, v)
        GRAPH_EACH(g, spouses, v, s) bits_add(out, s);
}

static bool inside(const Word *within, size_t v) {
    return !within || bits_has(within, v);
}

void walk_ancestors(const Graph *g, const Word *of, const Word *within, Word *out) {
    bits_copy(out, of, g->words);
    for (size_t i = g->n; i-- > 0;) {
        size_t v = g->order[i];
        if (!bits_has(out, v)) continue;
        GRAPH_EACH(g, parents, v, p)
            if (inside(within, p)) bits_add(out, p);
    }
}

void walk_descendants(const Graph *g, const Word *of, const Word *within, Word *out) {
    bits_copy(out, of, g->words);
    for (size_t i = 0; i < g->n; i++) {
        size_t v = g->order[i];
        if (!bits_has(out, v)) continue;
        GRAPH_EACH(g, children, v, c)
            if (inside(within, c)) bits_add(out, c);
    }
}

// Adds the district of v to `out`; `stack` has room for n.
static void grow_district(const Graph *g, size_t v, const Word *within, Word *out,
                          uint32_t *stack) {
    size_t depth = 0;
    bits_add(out, v);
    stack[depth++] = (uint32_t)v;
    while (depth) {
        size_t w = stack[--depth];
        GRAPH_EACH(g, spouses, w, s) {
            if (bits_has(out, s) || !inside(within, s)) continue;
            bits_add(out, s);
            stack[depth++] = (uint32_t)s;
        }
    }
}

Status walk_district(const Graph *g, size_t v, const Word *within, Word *out) {
    uint32_t *stack = MEM_NEW(uint32_t, g->n);
    if (!stack) return NOMEM;
    bits_clear(out, g->words);
    grow_district(g, v, within, out, stack);
    mem_free(stack);
    return OK;
}

Status walk_districts(const Graph *g, const Word *within, Sets *out) {
    Status status = NOMEM;
    uint32_t *stack = MEM_NEW(uint32_t, g->n);
    Word *seen = graph_set(g), *district = graph_set(g);
    if (!stack || !seen || !district) goto done;
    out->words = g->words;
    for (size_t v = 0; v < g->n; v++) {
        if (bits_has(seen, v) || !inside(within, v)) continue;
        bits_clear(district, g->words);
        grow_district(g, v, within, district, stack);
        bits_or(seen, district, g->words);
        if (sets_add(out, district) != OK) goto done;
    }
    status = OK;
done:
    mem_free(stack);
    mem_free(seen);
    mem_free(district);
    return status;
}

Status walk_blanket(const Graph *g, size_t v, Word *out) {
    Word *members = graph_set(g);
    uint32_t *stack = MEM_NEW(uint32_t, g->n);
    Status status = NOMEM;
    if (members && stack) {
        grow_district(g, v, NULL, members, stack);
        GRAPH_EACH(g, children, v, c)
            if (!bits_has(members, c)) grow_district(g, c, NULL, members, stack);
        walk_parents(g, members, out);
        bits_or(out, members, g->words);
        bits_drop(out, v);
        status = OK;
    }
    mem_free(members);
    mem_free(stack);
    return status;
}
