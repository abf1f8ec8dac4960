// Id: Shpitser & Pearl's recursion.
//
// The algorithm carries a law over the vertices of the subgraph at hand (law.h), so that lines
// 6 and 7 need no computation at all, and line 2 only where factors depend on what is summed
// out.
#include "runtime/symbol/id.h"

#include "runtime/base/mem.h"
#include "runtime/graph/walk.h"
#include "runtime/symbol/law.h"
#include "runtime/symbol/trace.h"

typedef struct Run {
    Identification *id;
    const Graph *g;
    ExprPool *pool;
    Trace trace;
} Run;

static Status solve(Run *r, const Word *y, const Word *x, const Law *law, const Expr **e);

// The ancestors of y in G[V'] without the edges into x.
static Word *ancestors_after(Run *r, const Word *y, const Word *x, const Word *within) {
    Word *out = expr_copy(r->pool, y);
    for (size_t i = r->g->n; out && i-- > 0;) {
        size_t v = r->g->order[i];
        if (!bits_has(out, v) || bits_has(x, v)) continue;
        GRAPH_EACH(r->g, parents, v, p)
            if (bits_has(within, p)) bits_add(out, p);
    }
    return out;
}

// --- the lines ---

// Line 1: nothing is set; sum out what was not asked.
static Status line1(Run *r, const Word *y, const Word *x, const Law *law, const Expr **e) {
    Law above;
    Word *closed = expr_set(r->pool);
    if (!closed) return NOMEM;
    if (!law->factor) {
        *e = expr_prob(r->pool, y, NULL, NULL, NULL);
    } else {
        walk_ancestors(r->g, y, law->vertices, closed);
        TRY(law_restrict(r->pool, r->g, law, closed, &above));
        Word *rest = expr_minus(r->pool, closed, y);
        if (!rest) return NOMEM;
        *e = expr_sum(r->pool, rest, law_product(r->pool, r->g, above.factor, closed));
    }
    return *e ? trace_seen(&r->trace, y, x, law->fixed, *e) : NOMEM;
}

// Line 2: what is no cause of Y is left out.
static Status line2(Run *r, const Word *y, const Word *x, const Law *law, const Word *above,
                    const Expr **e) {
    Law part;
    Word *rest = expr_minus(r->pool, law->vertices, above),
         *still = expr_common(r->pool, x, above);
    if (!rest || !still) return NOMEM;
    TRY(law_restrict(r->pool, r->g, law, above, &part));
    TRY(trace_barren(&r->trace, y, x, still, rest, law->fixed));
    return solve(r, y, still, &part, e);
}

// Line 4: the effect on each district of G - X separately.
static Status line4(Run *r, const Word *y, const Word *x, const Law *law, const Sets *parts,
                    const Expr **e) {
    const Expr **list = ARENA_ARRAY(&r->pool->arena, const Expr *, parts->count);
    Word *asked = expr_union(r->pool, y, x);
    Word *sum = asked ? expr_minus(r->pool, law->vertices, asked) : NULL;
    if (!list || !sum) return NOMEM;
    TRY(trace_districts(&r->trace, y, x, law->vertices, law->fixed, sum, parts));
    for (size_t i = 0; i < parts->count; i++) {
        const Word *part = expr_copy(r->pool, sets_at(parts, i));
        Word *others = part ? expr_minus(r->pool, law->vertices, part) : NULL;
        if (!others) return NOMEM;
        TRY(solve(r, part, others, law, &list[i]));
        if (!list[i]) return OK;
    }
    *e = expr_sum(r->pool, sum, expr_product(r->pool, list, parts->count));
    return *e ? OK : NOMEM;
}

// Line 5: V' and S are a hedge. Its roots are the members of S without children in S.
static Status line5(Run *r, const Word *y, const Word *x, const Law *law, const Word *s) {
    Hedge *h = &r->id->hedge;
    h->outer = expr_copy(r->pool, law->vertices);
    h->inner = expr_copy(r->pool, s);
    h->roots = expr_set(r->pool);
    if (!h->outer || !h->inner || !h->roots) return NOMEM;
    SET_EACH(s, r->pool->words, v) {
        bool root = true;
        GRAPH_EACH(r->g, children, v, c)
            if (bits_has(s, c)) root = false;
        if (root) bits_add(h->roots, v);
    }
    return trace_hedge(&r->trace, y, x, law->fixed);
}

// Line 6: S is a whole district of G[V'].
static Status line6(Run *r, const Word *y, const Word *x, const Law *law, const Word *s,
                    const Expr **e) {
    const Expr **factor;
    Word *rest = expr_minus(r->pool, s, y);
    if (!rest) return NOMEM;
    TRY(law_factors(r->pool, r->g, law, s, &factor));
    *e = expr_sum(r->pool, rest, law_product(r->pool, r->g, factor, s));
    return *e ? trace_known(&r->trace, y, x, law->fixed, s, *e) : NOMEM;
}

// Line 7: S is part of a larger district, to whose law the question reduces.
static Status line7(Run *r, const Word *y, const Word *x, const Law *law, const Word *whole,
                    const Expr **e) {
    const Expr **factor;
    Word *vertices = expr_copy(r->pool, whole), *still = expr_common(r->pool, x, whole);
    Word *outside = vertices ? expr_minus(r->pool, law->vertices, vertices) : NULL;
    Word *fixed = outside ? expr_union(r->pool, law->fixed, outside) : NULL;
    if (!still || !fixed) return NOMEM;
    TRY(law_factors(r->pool, r->g, law, vertices, &factor));
    Law part = {.vertices = vertices, .fixed = fixed, .factor = factor};
    const Expr *product = law_product(r->pool, r->g, factor, vertices);
    if (!product) return NOMEM;
    TRY(trace_within(&r->trace, y, x, law->fixed, vertices, product));
    return solve(r, y, still, &part, e);
}

// Lines 5 to 7: G - X is the one district `s`. Finds the district of G[V'] that holds it.
static Status one_district(Run *r, const Word *y, const Word *x, const Law *law, const Word *s,
                           const Expr **e) {
    Word *whole = expr_set(r->pool);
    if (!whole) return NOMEM;
    size_t first = bits_next(s, r->pool->words, 0);
    TRY(walk_district(r->g, first, law->vertices, whole));
    if (bits_equal(whole, s, r->pool->words)) return line6(r, y, x, law, s, e);
    if (bits_equal(whole, law->vertices, r->pool->words)) return line5(r, y, x, law, s);
    return line7(r, y, x, law, whole, e);
}

static Status solve(Run *r, const Word *y, const Word *x, const Law *law, const Expr **e) {
    size_t words = r->pool->words;
    *e = NULL;
    if (bits_empty(x, words)) return line1(r, y, x, law, e);
    Word *above = expr_set(r->pool);
    if (!above) return NOMEM;
    walk_ancestors(r->g, y, law->vertices, above);
    if (!bits_equal(above, law->vertices, words)) return line2(r, y, x, law, above, e);
    Word *rest = expr_minus(r->pool, law->vertices, x);
    Word *causes = ancestors_after(r, y, x, law->vertices);
    Word *idle = rest && causes ? expr_minus(r->pool, rest, causes) : NULL;
    if (!idle) return NOMEM;
    if (!bits_empty(idle, words)) { // line 3: setting what has no effect any more
        Word *more = expr_union(r->pool, x, idle);
        if (!more) return NOMEM;
        TRY(trace_idle(&r->trace, y, x, more, idle, law->fixed));
        return solve(r, y, more, law, e);
    }
    Sets parts = {.words = words};
    Status status = walk_districts(r->g, rest, &parts);
    if (status == OK && parts.count > 1) {
        status = line4(r, y, x, law, &parts, e);
    } else if (status == OK) {
        Word *s = expr_copy(r->pool, sets_at(&parts, 0));
        status = s ? one_district(r, y, x, law, s, e) : NOMEM;
    }
    sets_free(&parts);
    return status;
}

Status id_run(Identification *id, const Word *y, const Word *x, Derivation *d, const Expr **e) {
    Run r = {.id = id, .g = id->graph, .pool = &id->pool};
    Word *all = expr_set(r.pool), *none = expr_set(r.pool);
    if (!all || !none) return NOMEM;
    for (size_t v = 0; v < r.g->n; v++) bits_add(all, v);
    TRY(trace_begin(&r.trace, id, y, x, d));
    Law law = {.vertices = all, .fixed = none};
    Status status = solve(&r, y, x, &law, e);
    if (status == OK && !*e) return OK;
    return status;
}
