// Simplify: rewriting of sums, products and quotients until nothing more applies.
#include "runtime/symbol/simplify.h"

#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/graph/separation.h"
#include "runtime/graph/surgery.h"

typedef struct Rewriter {
    ExprPool *pool;
    const Graph *g;
    bool failed; // memory is exhausted
} Rewriter;

static const Expr *simplify_sum(Rewriter *r, const Word *vars, const Expr *body);

static Word *new_set(Rewriter *r, const Word *copy_of) {
    Word *set = expr_set(r->pool);
    if (!set)
        r->failed = true;
    else if (copy_of)
        bits_copy(set, copy_of, r->pool->words);
    return set;
}

static const Expr **new_list(Rewriter *r, size_t count) {
    const Expr **list = ARENA_ARRAY(&r->pool->arena, const Expr *, count + 1);
    if (!list) r->failed = true;
    return list;
}

// Whether a and b are independent given z in the law after do(dos).
static bool independent(Rewriter *r, const Word *a, const Word *b, const Word *z,
                        const Word *dos) {
    bool answer = false;
    Graph *cut = NULL;
    if (bits_empty(b, r->pool->words)) return true;
    if (!r->g) return false;
    bool set = !bits_empty(dos, r->pool->words);
    if (set && surgery_cut(r->g, dos, dos, &cut) != OK) r->failed = true;
    if (!r->failed && separation_test(cut ? cut : r->g, a, b, z, &answer, NULL) != OK)
        r->failed = true;
    graph_free(cut);
    return answer && !r->failed;
}

// --- single probabilities ---

// Drops conditions, one by one, of which the head is independent given the others.
static const Expr *drop_conditions(Rewriter *r, const Expr *e) {
    if (!r->g || bits_empty(e->given, r->pool->words)) return e;
    size_t words = r->pool->words;
    Word *given = new_set(r, e->given), *one = new_set(r, NULL);
    if (!given || !one) return NULL;
    SET_EACH(e->given, words, v) {
        bits_clear(one, words);
        bits_add(one, v);
        bits_drop(given, v);
        if (!independent(r, e->head, one, given, e->dos)) bits_add(given, v);
        if (r->failed) return NULL;
    }
    return expr_prob(r->pool, e->head, given, e->dos, e->law);
}

// P(a | f) P(h | e) as one probability, or NULL when they do not fit. When f is h and e
// together that is the product rule. With `reach`, both may first be given more conditions that
// the graph makes irrelevant: a from f to f + h + e, and h from e to e + (f - h).
static const Expr *merge(Rewriter *r, const Expr *a, const Expr *h, bool reach) {
    size_t words = r->pool->words;
    if (!bits_equal(a->dos, h->dos, words) || a->law != h->law) return NULL;
    Word *both = new_set(r, h->head), *extra = new_set(r, NULL), *given = new_set(r, a->given);
    if (!both || !extra || !given) return NULL;
    bits_or(both, h->given, words);
    if (bits_meet(a->head, both, words)) return NULL;
    if (!bits_equal(a->given, both, words)) {
        if (!reach) return NULL;
        bits_copy(extra, both, words);
        bits_andnot(extra, a->given, words);
        if (!independent(r, a->head, extra, a->given, a->dos)) return NULL;
        bits_copy(extra, a->given, words);
        bits_andnot(extra, both, words);
        if (!independent(r, h->head, extra, h->given, a->dos)) return NULL;
    }
    bits_andnot(given, h->head, words);
    bits_or(given, h->given, words);
    bits_copy(both, a->head, words);
    bits_or(both, h->head, words);
    return expr_prob(r->pool, both, given, a->dos, a->law);
}

// Merges every pair of probabilities of a list that fit by the product rule alone.
static size_t merge_all(Rewriter *r, const Expr **list, size_t count) {
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            if (i == j || list[i]->kind != EXPR_PROB || list[j]->kind != EXPR_PROB) continue;
            const Expr *one = merge(r, list[i], list[j], false);
            if (!one) continue;
            list[i] = one;
            list[j] = list[--count];
            i = j = 0; // look again from the start
            if (count < 2) return count;
        }
    return count;
}

// --- sums ---

static size_t list_factors(Rewriter *r, const Expr *e, const Expr ***list) {
    size_t count = e->kind == EXPR_PRODUCT ? e->count : 1;
    *list = new_list(r, count);
    if (!*list) return 0;
    if (e->kind == EXPR_PRODUCT)
        memcpy(*list, e->kids, count * sizeof **list);
    else
        (*list)[0] = e;
    return count;
}

static const Expr *without(Rewriter *r, const Expr *prob, size_t v) {
    Word *head = new_set(r, prob->head);
    if (!head) return NULL;
    bits_drop(head, v);
    return expr_prob(r->pool, head, prob->given, prob->dos, prob->law);
}

// Carries out the sum over v of the `n` factors in `list`, all of which have v, as one factor;
// NULL when that cannot be done without a sum.
static const Expr *sum_out(Rewriter *r, const Expr **list, size_t n, size_t v) {
    for (size_t i = 0; i < n; i++)
        if (list[i]->kind != EXPR_PROB) return NULL;
    while (n > 1) {
        const Expr *one = NULL;
        for (size_t i = 0; i < n && !one; i++)
            for (size_t j = 0; j < n && !one; j++) {
                one = i == j ? NULL : merge(r, list[i], list[j], true);
                if (r->failed) return NULL;
                if (!one) continue;
                list[i] = one;
                list[j] = list[n - 1];
            }
        if (!one) return NULL;
        n--;
    }
    return bits_has(list[0]->head, v) ? without(r, list[0], v) : NULL;
}

// Tries to remove v from the factors. On success the factors that had it are replaced by one
// and *count is adjusted.
static bool eliminate(Rewriter *r, const Expr **list, size_t *count, size_t v) {
    const Expr **with = new_list(r, *count), **rest = new_list(r, *count);
    size_t n = 0, m = 0;
    if (!with || !rest) return false;
    for (size_t i = 0; i < *count; i++)
        if (bits_has(list[i]->free, v))
            with[n++] = list[i];
        else
            rest[m++] = list[i];
    const Expr *one = NULL;
    if (n == 1 && with[0]->kind != EXPR_PROB) {
        Word *alone = new_set(r, NULL);
        if (!alone) return false;
        bits_add(alone, v);
        one = simplify_sum(r, alone, with[0]);
    } else if (n) {
        one = sum_out(r, with, n, v);
    }
    if (!one) return false;
    if (one->kind != EXPR_ONE) rest[m++] = one;
    memcpy(list, rest, m * sizeof *list);
    *count = m;
    return true;
}

// The variable of `left` with the highest rank: effects go before their causes.
static size_t latest(Rewriter *r, const Word *left) {
    size_t best = bits_next(left, r->pool->words, 0);
    SET_EACH(left, r->pool->words, v)
        if (r->pool->rank[v] > r->pool->rank[best]) best = v;
    return best;
}

// The sum over `vars` of the product of a list in which every factor has some of them: splits
// it into parts that share no summed variable.
static const Expr *sum_parts(Rewriter *r, const Word *vars, const Expr **list, size_t count) {
    size_t words = r->pool->words;
    const Expr *product = expr_one(r->pool);
    while (count && product) {
        Word *part = new_set(r, NULL), *shared = new_set(r, NULL);
        const Expr **chosen = new_list(r, count);
        size_t n = 0;
        if (!part || !shared || !chosen) return NULL;
        chosen[n++] = list[--count];
        bits_copy(part, chosen[0]->free, words);
        for (size_t i = 0; i < count;) {
            bits_copy(shared, list[i]->free, words);
            bits_and(shared, vars, words);
            if (bits_meet(shared, part, words)) {
                bits_or(part, list[i]->free, words);
                chosen[n++] = list[i];
                list[i] = list[--count];
                i = 0;
            } else {
                i++;
            }
        }
        bits_and(part, vars, words);
        n = merge_all(r, chosen, n);
        for (size_t i = 0; i < n; i++)
            if (chosen[i]->kind == EXPR_PROB) chosen[i] = drop_conditions(r, chosen[i]);
        const Expr *body = expr_product(r->pool, chosen, n);
        product = expr_times(r->pool, product, expr_sum(r->pool, part, body));
    }
    return product;
}

// The sum over `vars` of a quotient: variables that the denominator does not have stay above
// it.
static const Expr *sum_quotient(Rewriter *r, const Word *vars, const Expr *e) {
    size_t words = r->pool->words;
    Word *above = new_set(r, vars), *around = new_set(r, vars);
    if (!above || !around) return NULL;
    bits_andnot(above, e->kids[1]->free, words);
    bits_and(around, e->kids[1]->free, words);
    if (bits_empty(above, words)) return expr_sum(r->pool, vars, e);
    const Expr *up = simplify_sum(r, above, e->kids[0]);
    const Expr *quotient = expr_quotient(r->pool, up, e->kids[1]);
    if (!quotient || bits_empty(around, words)) return quotient;
    return simplify_sum(r, around, quotient);
}

static const Expr *simplify_sum(Rewriter *r, const Word *vars, const Expr *body) {
    size_t words = r->pool->words;
    if (!body || r->failed) return NULL;
    if (bits_empty(vars, words)) return body;
    if (body->kind == EXPR_QUOTIENT) return sum_quotient(r, vars, body);
    if (body->kind == EXPR_SUM && !bits_meet(vars, body->head, words)) {
        Word *both = new_set(r, vars);
        if (!both) return NULL;
        bits_or(both, body->head, words);
        return simplify_sum(r, both, body->kids[0]);
    }
    const Expr **list, *outside = expr_one(r->pool);
    size_t count = list_factors(r, body, &list);
    Word *left = new_set(r, vars), *stay = new_set(r, NULL);
    if (!list || !left || !stay) return NULL;
    while (!bits_empty(left, words)) {
        size_t v = latest(r, left);
        bits_drop(left, v);
        if (eliminate(r, list, &count, v)) {
            bits_or(left, stay, words); // others may have become possible
            bits_clear(stay, words);
        } else {
            bits_add(stay, v);
        }
        if (r->failed) return NULL;
    }
    for (size_t i = 0; i < count;)
        if (bits_meet(list[i]->free, stay, words)) {
            i++;
        } else {
            outside = expr_times(r->pool, outside, list[i]);
            list[i] = list[--count];
        }
    return expr_times(r->pool, outside, sum_parts(r, stay, list, count));
}

// --- quotients ---

// What is left of `up` over `down` as one probability: P(a, b | c) over P(b | c) is P(a | b,
// c), and over P(a | b, c) is P(b | c). NULL when they do not fit. Conditions of `down` that it
// lacks for the graph's sake are supplied.
static const Expr *divide(Rewriter *r, const Expr *up, const Expr *down) {
    size_t words = r->pool->words;
    if (up->kind != EXPR_PROB || down->kind != EXPR_PROB || up->law != down->law) return NULL;
    if (!bits_equal(up->dos, down->dos, words) || !bits_within(down->head, up->head, words))
        return NULL;
    Word *head = new_set(r, up->head), *given = new_set(r, up->given),
         *extra = new_set(r, NULL);
    if (!head || !given || !extra) return NULL;
    bits_andnot(head, down->head, words);
    for (int marginal = 0; marginal < 2; marginal++) {
        // The conditions that `down` should have: c, or the rest of the head and c.
        bits_copy(given, up->given, words);
        if (marginal) bits_or(given, head, words);
        if (!bits_within(down->given, given, words)) continue;
        bits_copy(extra, given, words);
        bits_andnot(extra, down->given, words);
        if (!bits_empty(extra, words) &&
            !independent(r, down->head, extra, down->given, up->dos))
            continue;
        bits_copy(given, up->given, words);
        if (!marginal) bits_or(given, down->head, words);
        return expr_prob(r->pool, head, given, up->dos, up->law);
    }
    return NULL;
}

// The sum `e` over `down`, a factor that has none of the summed variables, when that fits a
// factor of the body; otherwise NULL.
static const Expr *divide_within(Rewriter *r, const Expr *e, const Expr *down) {
    const Expr **list;
    if (e->kind != EXPR_SUM || bits_meet(e->head, down->free, r->pool->words)) return NULL;
    size_t count = list_factors(r, e->kids[0], &list);
    for (size_t i = 0; list && i < count; i++) {
        const Expr *one = divide(r, list[i], down);
        if (!one) continue;
        list[i] = one;
        return simplify_sum(r, e->head, expr_product(r->pool, list, count));
    }
    return NULL;
}

static const Expr *simplify_quotient(Rewriter *r, const Expr *a, const Expr *b) {
    const Expr *e = expr_quotient(r->pool, a, b);
    if (!e || e->kind != EXPR_QUOTIENT) return e;
    const Expr **up, **down;
    size_t nup = list_factors(r, e->kids[0], &up), ndown = list_factors(r, e->kids[1], &down);
    if (r->failed) return NULL;
    nup = merge_all(r, up, nup);
    ndown = merge_all(r, down, ndown);
    for (size_t i = 0; i < nup; i++)
        for (size_t j = 0; j < ndown;) {
            const Expr *one = divide(r, up[i], down[j]);
            if (!one) one = divide_within(r, up[i], down[j]);
            if (r->failed) return NULL;
            if (one) {
                up[i] = one;
                down[j] = down[--ndown];
                j = 0;
            } else {
                j++;
            }
        }
    return expr_quotient(r->pool, expr_product(r->pool, up, nup),
                         expr_product(r->pool, down, ndown));
}

// --- everything ---

// A product with a quotient in it becomes one quotient when that lets something cancel.
static const Expr *simplify_product(Rewriter *r, const Expr *const *kids, size_t count) {
    const Expr *flat = expr_product(r->pool, kids, count), **list;
    if (!flat) return NULL;
    size_t n = list_factors(r, flat, &list);
    if (!list) return NULL;
    n = merge_all(r, list, n);
    flat = expr_product(r->pool, list, n);
    for (size_t i = 0; flat && i < n && n > 1; i++) {
        if (list[i]->kind != EXPR_QUOTIENT) continue;
        const Expr **rest = new_list(r, n), *quotient = list[i];
        if (!rest) return NULL;
        memcpy(rest, list, n * sizeof *rest);
        rest[i] = quotient->kids[0];
        const Expr *up = expr_product(r->pool, rest, n);
        const Expr *one = simplify_quotient(r, up, quotient->kids[1]);
        if (!one) return NULL;
        if (expr_size(one) < expr_size(flat)) return one;
    }
    return flat;
}

static const Expr *rewrite(Rewriter *r, const Expr *e) {
    if (!e || r->failed) return NULL;
    if (e->kind == EXPR_PROB) return drop_conditions(r, e);
    if (!e->count) return e;
    const Expr **kids = new_list(r, e->count);
    if (!kids) return NULL;
    for (size_t i = 0; i < e->count; i++) {
        kids[i] = rewrite(r, e->kids[i]);
        if (!kids[i]) return NULL;
    }
    if (e->kind == EXPR_SUM) return simplify_sum(r, e->head, kids[0]);
    if (e->kind == EXPR_QUOTIENT) return simplify_quotient(r, kids[0], kids[1]);
    return simplify_product(r, kids, e->count);
}

const Expr *simplify(ExprPool *pool, const Graph *g, const Expr *e) {
    Rewriter r = {.pool = pool, .g = g};
    const Expr *before = NULL;
    for (int round = 0; e && e != before && round < 8; round++) {
        before = e;
        e = rewrite(&r, e);
    }
    return r.failed ? NULL : e;
}
