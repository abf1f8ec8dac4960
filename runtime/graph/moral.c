// Moral: the moral graph of an ancestral set, as cliques.
#include "runtime/graph/moral.h"

#include "runtime/base/mem.h"

typedef struct Listing {
    Moral *m;
    const Graph *g;
    const Word *ancestral;
    Word *seen;     // in a district that was listed
    uint32_t *last; // by vertex: the clique that it entered last, from 1
    VertexVec members;
    VEC(uint32_t) first;
} Listing;

static bool enter(Listing *l, uint32_t v, uint32_t clique) {
    if (l->last[v] == clique) return true;
    l->last[v] = clique;
    return VEC_PUSH(&l->members, v);
}

// One clique per district: its members and their parents.
static bool list_district(Listing *l, uint32_t v) {
    uint32_t clique = (uint32_t)l->first.count, *stack = l->m->stack;
    size_t depth = 0;
    bits_add(l->seen, v);
    stack[depth++] = v;
    while (depth) {
        uint32_t at = stack[--depth];
        if (!enter(l, at, clique)) return false;
        GRAPH_EACH(l->g, parents, at, p)
            if (!enter(l, (uint32_t)p, clique)) return false;
        GRAPH_EACH(l->g, spouses, at, s) {
            if (bits_has(l->seen, s) || !bits_has(l->ancestral, s)) continue;
            bits_add(l->seen, s);
            stack[depth++] = (uint32_t)s;
        }
    }
    return VEC_PUSH(&l->first, (uint32_t)l->members.count);
}

static Status list_members(Moral *m, const Graph *g, const Word *ancestral) {
    Listing l = {.m = m, .g = g, .ancestral = ancestral};
    l.seen = graph_set(g);
    l.last = MEM_NEW(uint32_t, g->n);
    bool ok = l.seen && l.last && VEC_PUSH(&l.first, 0);
    SET_EACH(ancestral, g->words, v)
        if (ok && !bits_has(l.seen, v)) ok = list_district(&l, (uint32_t)v);
    m->member = l.members.items;
    m->member_first = l.first.items;
    m->ncliques = l.first.count ? l.first.count - 1 : 0;
    mem_free(l.seen);
    mem_free(l.last);
    return ok ? OK : NOMEM;
}

static Status list_cliques(Moral *m) {
    size_t total = m->member_first[m->ncliques];
    uint32_t *first = m->clique_first = MEM_NEW(uint32_t, m->n + 2);
    m->clique = MEM_NEW(uint32_t, total);
    if (!m->clique_first || !m->clique) return NOMEM;
    uint32_t *next = first + 1;
    for (size_t i = 0; i < total; i++) next[m->member[i] + 1]++;
    for (size_t v = 0; v < m->n; v++) next[v + 1] += next[v];
    for (uint32_t c = 0; c < m->ncliques; c++)
        for (size_t i = m->member_first[c]; i < m->member_first[c + 1]; i++)
            m->clique[next[m->member[i]]++] = c;
    return OK;
}

Status moral_init(Moral *m, const Graph *g, const Word *ancestral) {
    *m = (Moral){.n = g->n, .words = g->words};
    m->vertices = graph_set(g);
    m->stack = MEM_NEW(uint32_t, g->n);
    if (!m->vertices || !m->stack) return NOMEM;
    bits_copy(m->vertices, ancestral, g->words);
    TRY(list_members(m, g, ancestral));
    m->used = MEM_NEW(Word, bits_words(m->ncliques));
    return m->used ? list_cliques(m) : NOMEM;
}

void moral_free(Moral *m) {
    mem_free(m->vertices);
    mem_free(m->clique_first);
    mem_free(m->clique);
    mem_free(m->member_first);
    mem_free(m->member);
    mem_free(m->stack);
    mem_free(m->used);
    *m = (Moral){0};
}

void moral_component(Moral *m, const Word *from, const Word *barrier, Word *out) {
    size_t depth = 0;
    bits_clear(m->used, bits_words(m->ncliques));
    bits_copy(out, from, m->words);
    bits_and(out, m->vertices, m->words);
    SET_EACH(out, m->words, v) m->stack[depth++] = (uint32_t)v;
    while (depth) {
        uint32_t v = m->stack[--depth];
        for (size_t i = m->clique_first[v]; i < m->clique_first[v + 1]; i++) {
            uint32_t c = m->clique[i];
            if (bits_has(m->used, c)) continue;
            bits_add(m->used, c);
            for (size_t j = m->member_first[c]; j < m->member_first[c + 1]; j++) {
                uint32_t w = m->member[j];
                if (bits_has(out, w) || bits_has(barrier, w)) continue;
                bits_add(out, w);
                m->stack[depth++] = w;
            }
        }
    }
}

void moral_boundary(Moral *m, const Word *of, Word *out) {
    bits_clear(m->used, bits_words(m->ncliques));
    bits_clear(out, m->words);
    SET_EACH(of, m->words, v) {
        if (!bits_has(m->vertices, v)) continue;
        for (size_t i = m->clique_first[v]; i < m->clique_first[v + 1]; i++) {
            uint32_t c = m->clique[i];
            if (bits_has(m->used, c)) continue;
            bits_add(m->used, c);
            for (size_t j = m->member_first[c]; j < m->member_first[c + 1]; j++)
                bits_add(out, m->member[j]);
        }
    }
    bits_andnot(out, of, m->words);
}
