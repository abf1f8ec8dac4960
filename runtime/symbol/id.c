// Id: Shpitser & Pearl's recursion.
//
// The algorithm carries a law over the vertices V' of the subgraph at hand. It is either the
// observed joint P(V'), or given by one factor for each vertex in causal order, which is that
// vertex's conditional probability given those before it (and given what is fixed): the product
// of the factors is the law, and the factors of a set that is closed upwards are the law of
// that set. In the second form line 6 and 7 need no computation at all, and line 2 a quotient
// of sums only for factors that depend on what is summed out.
#include "runtime/symbol/id.h"

#include "runtime/base/mem.h"
#include "runtime/graph/walk.h"
#include "runtime/symbol/trace.h"

typedef struct Law {
    const Word *vertices;      // V'
    const Word *fixed;         // what the law is conditional on having been set
    const Expr *const *factor; // of each vertex in V'; NULL: the observed joint
} Law;

typedef struct Run {
    Identification *id;
    const Graph *g;
    ExprPool *pool;
    Trace trace;
} Run;

static Status solve(Run *r, const Word *y, const Word *x, const Law *law, const Expr **e);

static Word *copy_of(Run *r, const Word *set) {
    Word *copy = expr_set(r->pool);
    if (copy) bits_copy(copy, set, r->pool->words);
    return copy;
}

static Word *difference(Run *r, const Word *a, const Word *b) {
    Word *out = copy_of(r, a);
    if (out) bits_andnot(out, b, r->pool->words);
    return out;
}

static Word *common(Run *r, const Word *a, const Word *b) {
    Word *out = copy_of(r, a);
    if (out) bits_and(out, b, r->pool->words);
    return out;
}

static Word *either(Run *r, const Word *a, const Word *b) {
    Word *out = copy_of(r, a);
    if (out) bits_or(out, b, r->pool->words);
    return out;
}

// The ancestors of y in G[V'] without the edges into x.
static Word *ancestors_after(Run *r, const Word *y, const Word *x, const Word *within) {
    Word *out = copy_of(r, y);
    for (size_t i = r->g->n; out && i-- > 0;) {
        size_t v = r->g->order[i];
        if (!bits_has(out, v) || bits_has(x, v)) continue;
        GRAPH_EACH(r->g, parents, v, p)
            if (bits_has(within, p)) bits_add(out, p);
    }
    return out;
}

// --- laws ---

// P(v | those before it) under the joint law over V': given the members and parents of v's
// district among them only (Tian & Pearl 2002, lemma 4).
static Status joint_factor(Run *r, const Word *before, size_t v, const Expr **e) {
    Word *district = expr_set(r->pool), *given = expr_set(r->pool), *head = expr_set(r->pool);
    if (!district || !given || !head) return NOMEM;
    TRY(walk_district(r->g, v, before, district));
    walk_parents(r->g, district, given);
    bits_and(given, before, r->pool->words);
    bits_or(given, district, r->pool->words);
    bits_drop(given, v);
    bits_add(head, v);
    *e = expr_prob(r->pool, head, given, NULL, NULL);
    return *e ? OK : NOMEM;
}

// The factors of the vertices in `wanted`, into a new array over all vertices.
static Status law_factors(Run *r, const Law *law, const Word *wanted, const Expr ***out) {
    const Expr **factor = ARENA_ARRAY(&r->pool->arena, const Expr *, r->g->n + 1);
    Word *before = expr_set(r->pool);
    *out = factor;
    if (!factor || !before) return NOMEM;
    for (size_t i = 0; i < r->g->n; i++) {
        size_t v = r->g->order[i];
        if (!bits_has(law->vertices, v)) continue;
        bits_add(before, v);
        if (!bits_has(wanted, v)) continue;
        if (law->factor)
            factor[v] = law->factor[v];
        else
            TRY(joint_factor(r, before, v, &factor[v]));
    }
    return OK;
}

static const Expr *product_of(Run *r, const Expr *const *factor, const Word *of) {
    const Expr **list = ARENA_ARRAY(&r->pool->arena, const Expr *, r->g->n + 1);
    size_t count = 0;
    if (!list) return NULL;
    SET_EACH(of, r->pool->words, v) list[count++] = factor[v];
    return expr_product(r->pool, list, count);
}

// The factor of v once `gone`, vertices before or after v, are summed out of the law. Only the
// factors that share summed vertices with v's, directly or in turn, do not cancel.
static const Expr *summed_factor(Run *r, const Law *law, const Word *gone, const Word *before,
                                 size_t v) {
    size_t words = r->pool->words;
    Word *linked = expr_set(r->pool), *sum = expr_set(r->pool);
    if (!linked || !sum) return NULL;
    bits_add(linked, v);
    bits_copy(sum, law->factor[v]->free, words);
    bits_and(sum, gone, words);
    for (bool grown = true; grown;) {
        grown = false;
        SET_EACH(before, words, w) {
            if (bits_has(linked, w)) continue;
            Word *shared = common(r, law->factor[w]->free, sum);
            if (!shared) return NULL;
            if (bits_empty(shared, words) && !bits_has(sum, w)) continue;
            bits_add(linked, w);
            bits_copy(shared, law->factor[w]->free, words);
            bits_and(shared, gone, words);
            bits_or(sum, shared, words);
            grown = true;
        }
    }
    const Expr *up = expr_sum(r->pool, sum, product_of(r, law->factor, linked));
    bits_drop(linked, v);
    const Expr *down = expr_sum(r->pool, sum, product_of(r, law->factor, linked));
    return expr_quotient(r->pool, up, down);
}

// The law of an ancestral part of V'.
static Status law_restrict(Run *r, const Law *law, const Word *keep, Law *out) {
    *out = (Law){.vertices = keep, .fixed = law->fixed};
    if (!law->factor) return OK;
    const Expr **factor = ARENA_ARRAY(&r->pool->arena, const Expr *, r->g->n + 1);
    Word *gone = difference(r, law->vertices, keep), *before = expr_set(r->pool);
    if (!factor || !gone || !before) return NOMEM;
    for (size_t i = 0; i < r->g->n; i++) {
        size_t v = r->g->order[i];
        if (!bits_has(law->vertices, v)) continue;
        bits_add(before, v);
        if (!bits_has(keep, v)) continue;
        factor[v] = summed_factor(r, law, gone, before, v);
        if (!factor[v]) return NOMEM;
    }
    out->factor = factor;
    return OK;
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
        TRY(law_restrict(r, law, closed, &above));
        Word *rest = difference(r, closed, y);
        if (!rest) return NOMEM;
        *e = expr_sum(r->pool, rest, product_of(r, above.factor, closed));
    }
    return *e ? trace_seen(&r->trace, y, x, law->fixed, *e) : NOMEM;
}

// Line 2: what is no cause of Y is left out.
static Status line2(Run *r, const Word *y, const Word *x, const Law *law, const Word *above,
                    const Expr **e) {
    Law part;
    Word *rest = difference(r, law->vertices, above), *still = common(r, x, above);
    if (!rest || !still) return NOMEM;
    TRY(law_restrict(r, law, above, &part));
    TRY(trace_barren(&r->trace, y, x, still, rest, law->fixed));
    return solve(r, y, still, &part, e);
}

// Line 4: the effect on each district of G - X separately.
static Status line4(Run *r, const Word *y, const Word *x, const Law *law, const Sets *parts,
                    const Expr **e) {
    const Expr **list = ARENA_ARRAY(&r->pool->arena, const Expr *, parts->count);
    Word *asked = either(r, y, x);
    Word *sum = asked ? difference(r, law->vertices, asked) : NULL;
    if (!list || !sum) return NOMEM;
    TRY(trace_districts(&r->trace, y, x, law->vertices, law->fixed, sum, parts));
    for (size_t i = 0; i < parts->count; i++) {
        const Word *part = copy_of(r, sets_at(parts, i));
        Word *others = part ? difference(r, law->vertices, part) : NULL;
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
    h->outer = copy_of(r, law->vertices);
    h->inner = copy_of(r, s);
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
    Word *rest = difference(r, s, y);
    if (!rest) return NOMEM;
    TRY(law_factors(r, law, s, &factor));
    *e = expr_sum(r->pool, rest, product_of(r, factor, s));
    return *e ? trace_known(&r->trace, y, x, law->fixed, s, *e) : NOMEM;
}

// Line 7: S is part of a larger district, to whose law the question reduces.
static Status line7(Run *r, const Word *y, const Word *x, const Law *law, const Word *whole,
                    const Expr **e) {
    const Expr **factor;
    Word *vertices = copy_of(r, whole), *still = common(r, x, whole);
    Word *outside = vertices ? difference(r, law->vertices, vertices) : NULL;
    Word *fixed = outside ? either(r, law->fixed, outside) : NULL;
    if (!still || !fixed) return NOMEM;
    TRY(law_factors(r, law, vertices, &factor));
    Law part = {.vertices = vertices, .fixed = fixed, .factor = factor};
    const Expr *product = product_of(r, factor, vertices);
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
    Word *rest = difference(r, law->vertices, x);
    Word *causes = ancestors_after(r, y, x, law->vertices);
    Word *idle = rest && causes ? difference(r, rest, causes) : NULL;
    if (!idle) return NOMEM;
    if (!bits_empty(idle, words)) { // line 3: setting what has no effect any more
        Word *more = either(r, x, idle);
        if (!more) return NOMEM;
        TRY(trace_idle(&r->trace, y, x, more, idle, law->fixed));
        return solve(r, y, more, law, e);
    }
    Sets parts = {.words = words};
    Status status = walk_districts(r->g, rest, &parts);
    if (status == OK && parts.count > 1) {
        status = line4(r, y, x, law, &parts, e);
    } else if (status == OK) {
        Word *s = copy_of(r, sets_at(&parts, 0));
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
