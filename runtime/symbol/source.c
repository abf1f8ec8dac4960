// Source: Tian's algorithm IDENTIFY, run on each source in turn.
#include "runtime/symbol/source.h"

#include <string.h>

#include "runtime/graph/walk.h"
#include "runtime/symbol/law.h"

// Tian & Pearl 2003, IDENTIFY(C, T, Q[T]): `law` is the law of T, which contains c.
static Status narrow(ExprPool *pool, const Graph *g, const Law *law, const Word *c,
                     const Expr **e) {
    Word *above = expr_set(pool), *part = expr_set(pool);
    const Expr **factor;
    Law smaller;
    *e = NULL;
    if (!above || !part) return NOMEM;
    walk_ancestors(g, c, law->vertices, above);
    TRY(law_restrict(pool, g, law, above, &smaller));
    if (bits_equal(above, c, pool->words)) {
        TRY(law_factors(pool, g, &smaller, c, &factor));
        *e = law_product(pool, g, factor, c);
        return *e ? OK : NOMEM;
    }
    if (bits_equal(above, law->vertices, pool->words) && law->factor) return OK; // a hedge
    TRY(walk_district(g, bits_next(c, pool->words, 0), above, part));
    TRY(law_factors(pool, g, &smaller, part, &factor));
    Law next = {.vertices = part, .fixed = law->fixed, .factor = factor};
    return narrow(pool, g, &next, c, e);
}

// The vertices that a source shows together with all their causes, but for those it sets.
static Status shown(ExprPool *pool, const Graph *g, const Source *s, Word **out) {
    Word *seen = *out = expr_set(pool);
    if (!seen) return NOMEM;
    for (size_t i = 0; i < g->n; i++) {
        size_t v = g->order[i];
        bool all = !s->seen || bits_has(s->seen, v);
        if (s->dos && bits_has(s->dos, v)) continue;
        GRAPH_EACH(g, parents, v, p)
            if (!bits_has(seen, p) && !(s->dos && bits_has(s->dos, p))) all = false;
        if (all) bits_add(seen, v);
    }
    return OK;
}

static Status try_source(ExprPool *pool, const Graph *g, const Source *s, const Word *c,
                         const Expr **e) {
    Word *seen, *none = expr_set(pool);
    *e = NULL;
    if (!none) return NOMEM;
    if (s->differs && bits_meet(s->differs, c, pool->words)) return OK;
    TRY(shown(pool, g, s, &seen));
    if (!bits_within(c, seen, pool->words)) return OK;
    Law law = {.vertices = seen, .fixed = none, .dos = s->dos, .name = s->law};
    return narrow(pool, g, &law, c, e);
}

Status source_factor(ExprPool *pool, const Graph *g, const Source *sources, size_t count,
                     const Word *c, const Expr **e, size_t *which) {
    *e = NULL;
    for (*which = 0; *which < count; ++*which) {
        TRY(try_source(pool, g, &sources[*which], c, e));
        if (*e) return OK;
    }
    return OK;
}

static bool same_law(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool gives(const ExprPool *pool, const Source *s, const Expr *e) {
    bool same = s->dos ? bits_equal(s->dos, e->dos, pool->words) : bits_empty(e->dos, pool->words);
    bool shows = !s->seen || (bits_within(e->head, s->seen, pool->words) &&
                              bits_within(e->given, s->seen, pool->words));
    return same && shows && same_law(s->law, e->law);
}

bool source_tells(const ExprPool *pool, const Source *sources, size_t count, const Expr *e) {
    if (e->kind != EXPR_PROB) {
        for (size_t i = 0; i < e->count; i++)
            if (!source_tells(pool, sources, count, e->kids[i])) return false;
        return true;
    }
    for (size_t i = 0; i < count; i++)
        if (gives(pool, &sources[i], e)) return true;
    return false;
}

bool source_complete(const Graph *g, const Source *sources, size_t count) {
    for (size_t i = 0; i < count; i++)
        for (size_t v = 0; sources[i].seen && v < g->n; v++) {
            bool set = sources[i].dos && bits_has(sources[i].dos, v);
            if (!set && !bits_has(g->latent, v) && !bits_has(sources[i].seen, v)) return false;
        }
    return true;
}
