// Moral: the moral graph of an ancestral set, as cliques.
#include "runtime/graph/moral.h"

#include "runtime/base/mem.h"
#include "runtime/graph/walk.h"

// One clique per district: its members and their parents.
static Status list_members(Moral *m, const Graph *g, const Sets *districts) {
    Word *clique = graph_set(g);
    VertexVec members = {0};
    Status status = clique ? OK : NOMEM;
    m->member_first = MEM_NEW(uint32_t, districts->count + 1);
    if (!m->member_first) status = NOMEM;
    for (size_t c = 0; c < districts->count && status == OK; c++) {
        walk_parents(g, sets_at(districts, c), clique);
        bits_or(clique, sets_at(districts, c), g->words);
        SET_EACH(clique, g->words, v)
            if (status == OK && !VEC_PUSH(&members, (uint32_t)v)) status = NOMEM;
        m->member_first[c + 1] = (uint32_t)members.count;
    }
    mem_free(clique);
    m->member = members.items;
    return status;
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
    Sets districts = {0};
    *m = (Moral){.n = g->n, .words = g->words};
    Status status = walk_districts(g, ancestral, &districts);
    m->ncliques = districts.count;
    m->vertices = graph_set(g);
    m->stack = MEM_NEW(uint32_t, g->n);
    m->used = MEM_NEW(Word, bits_words(districts.count));
    if (!m->vertices || !m->stack || !m->used) status = NOMEM;
    if (status == OK) {
        bits_copy(m->vertices, ancestral, g->words);
        status = list_members(m, g, &districts);
    }
    if (status == OK) status = list_cliques(m);
    sets_free(&districts);
    return status;
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
