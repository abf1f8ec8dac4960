// Law: factors of laws, and sums over them.
#include "runtime/symbol/law.h"

#include "runtime/graph/walk.h"

// P(v | those before it) under the joint law over V': given the members and parents of v's
// district among them only (Tian & Pearl 2002, lemma 4).
static Status joint_factor(ExprPool *pool, const Graph *g, const Law *law, const Word *before,
                           size_t v, const Expr **e) {
    Word *district = expr_set(pool), *given = expr_set(pool), *head = expr_set(pool);
    if (!district || !given || !head) return NOMEM;
    TRY(walk_district(g, v, before, district));
    walk_parents(g, district, given);
    bits_and(given, before, pool->words);
    bits_or(given, district, pool->words);
    bits_drop(given, v);
    bits_add(head, v);
    *e = expr_prob(pool, head, given, law->dos, law->name);
    return *e ? OK : NOMEM;
}

// The factors of the vertices in `wanted`, into a new array over all vertices.
Status law_factors(ExprPool *pool, const Graph *g, const Law *law, const Word *wanted,
                   const Expr ***out) {
    const Expr **factor = ARENA_ARRAY(&pool->arena, const Expr *, g->n + 1);
    Word *before = expr_set(pool);
    *out = factor;
    if (!factor || !before) return NOMEM;
    for (size_t i = 0; i < g->n; i++) {
        size_t v = g->order[i];
        if (!bits_has(law->vertices, v)) continue;
        bits_add(before, v);
        if (!bits_has(wanted, v)) continue;
        if (law->factor)
            factor[v] = law->factor[v];
        else
            TRY(joint_factor(pool, g, law, before, v, &factor[v]));
    }
    return OK;
}

const Expr *law_product(ExprPool *pool, const Graph *g, const Expr *const *factor,
                        const Word *of) {
    const Expr **list = ARENA_ARRAY(&pool->arena, const Expr *, g->n + 1);
    size_t count = 0;
    if (!list) return NULL;
    SET_EACH(of, pool->words, v) list[count++] = factor[v];
    return expr_product(pool, list, count);
}

// The factor of v once `gone`, vertices before or after v, are summed out of the law. Only the
// factors that share summed vertices with v's, directly or in turn, do not cancel.
static const Expr *summed_factor(ExprPool *pool, const Graph *g, const Law *law,
                                 const Word *gone, const Word *before, size_t v) {
    size_t words = pool->words;
    Word *linked = expr_set(pool), *sum = expr_set(pool);
    if (!linked || !sum) return NULL;
    bits_add(linked, v);
    bits_copy(sum, law->factor[v]->free, words);
    bits_and(sum, gone, words);
    for (bool grown = true; grown;) {
        grown = false;
        SET_EACH(before, words, w) {
            if (bits_has(linked, w)) continue;
            Word *shared = expr_common(pool, law->factor[w]->free, sum);
            if (!shared) return NULL;
            if (bits_empty(shared, words) && !bits_has(sum, w)) continue;
            bits_add(linked, w);
            bits_copy(shared, law->factor[w]->free, words);
            bits_and(shared, gone, words);
            bits_or(sum, shared, words);
            grown = true;
        }
    }
    const Expr *up = expr_sum(pool, sum, law_product(pool, g, law->factor, linked));
    bits_drop(linked, v);
    const Expr *down = expr_sum(pool, sum, law_product(pool, g, law->factor, linked));
    return expr_quotient(pool, up, down);
}

// The law of an ancestral part of V'.
Status law_restrict(ExprPool *pool, const Graph *g, const Law *law, const Word *keep,
                    Law *out) {
    *out = *law;
    out->vertices = keep;
    if (!law->factor) return OK;
    const Expr **factor = ARENA_ARRAY(&pool->arena, const Expr *, g->n + 1);
    Word *gone = expr_minus(pool, law->vertices, keep), *before = expr_set(pool);
    if (!factor || !gone || !before) return NOMEM;
    for (size_t i = 0; i < g->n; i++) {
        size_t v = g->order[i];
        if (!bits_has(law->vertices, v)) continue;
        bits_add(before, v);
        if (!bits_has(keep, v)) continue;
        factor[v] = summed_factor(pool, g, law, gone, before, v);
        if (!factor[v]) return NOMEM;
    }
    out->factor = factor;
    return OK;
}
