// Expr: hash-consed expressions over probabilities.
#include "runtime/symbol/expr.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/mem.h"

Status expr_pool_init(ExprPool *pool, size_t n, const uint32_t *rank) {
    *pool = (ExprPool){.n = n, .words = bits_words(n), .rank = rank};
    pool->room = 64;
    pool->table = MEM_NEW(const Expr *, pool->room);
    return pool->table ? OK : NOMEM;
}

void expr_pool_free(ExprPool *pool) {
    arena_free(&pool->arena);
    mem_free(pool->table);
    *pool = (ExprPool){0};
}

Word *expr_set(ExprPool *pool) {
    return ARENA_ARRAY(&pool->arena, Word, pool->words + 1);
}

Word *expr_copy(ExprPool *pool, const Word *set) {
    Word *out = expr_set(pool);
    if (out) bits_copy(out, set, pool->words);
    return out;
}

Word *expr_minus(ExprPool *pool, const Word *a, const Word *b) {
    Word *out = expr_copy(pool, a);
    if (out) bits_andnot(out, b, pool->words);
    return out;
}

Word *expr_union(ExprPool *pool, const Word *a, const Word *b) {
    Word *out = expr_copy(pool, a);
    if (out) bits_or(out, b, pool->words);
    return out;
}

Word *expr_common(ExprPool *pool, const Word *a, const Word *b) {
    Word *out = expr_copy(pool, a);
    if (out) bits_and(out, b, pool->words);
    return out;
}

// --- hash-consing ---

static uint32_t hash_bytes(uint32_t hash, const void *data, size_t size) {
    const unsigned char *p = data;
    for (size_t i = 0; i < size; i++) hash = (hash ^ p[i]) * 16777619u; // FNV-1a
    return hash;
}

static uint32_t hash_set(const ExprPool *pool, uint32_t hash, const Word *set) {
    return set ? hash_bytes(hash, set, pool->words * sizeof *set) : hash ^ 0x9e3779b9u;
}

static uint32_t hash_expr(const ExprPool *pool, const Expr *e) {
    uint32_t hash = 2166136261u + (uint32_t)e->kind;
    hash = hash_set(pool, hash, e->head);
    hash = hash_set(pool, hash, e->given);
    hash = hash_set(pool, hash, e->dos);
    if (e->law) hash = hash_bytes(hash, e->law, strlen(e->law));
    for (size_t i = 0; i < e->count; i++)
        hash = hash_bytes(hash, &e->kids[i]->hash, sizeof e->kids[i]->hash);
    return hash ^ hash >> 15;
}

static bool same_set(const ExprPool *pool, const Word *a, const Word *b) {
    return a == b || (a && b && bits_equal(a, b, pool->words));
}

static bool same(const ExprPool *pool, const Expr *a, const Expr *b) {
    if (a->hash != b->hash || a->kind != b->kind || a->count != b->count) return false;
    if (!same_set(pool, a->head, b->head) || !same_set(pool, a->given, b->given) ||
        !same_set(pool, a->dos, b->dos))
        return false;
    if (a->law != b->law && (!a->law || !b->law || strcmp(a->law, b->law) != 0)) return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->kids[i] != b->kids[i]) return false;
    return true;
}

static bool grow_table(ExprPool *pool) {
    size_t room = 2 * pool->room;
    const Expr **table = MEM_NEW(const Expr *, room);
    if (!table) return false;
    for (size_t i = 0; i < pool->room; i++) {
        const Expr *e = pool->table[i];
        if (!e) continue;
        size_t at = e->hash & (room - 1);
        while (table[at]) at = (at + 1) & (room - 1);
        table[at] = e;
    }
    mem_free(pool->table);
    pool->table = table;
    pool->room = room;
    return true;
}

static const Word *keep_set(ExprPool *pool, const Word *set) {
    Word *copy = set ? expr_set(pool) : NULL;
    if (copy) bits_copy(copy, set, pool->words);
    return copy;
}

// Stores a copy of what `e` borrows. `e->free` is computed here.
static const Expr *store(ExprPool *pool, const Expr *e) {
    Expr *copy = ARENA_NEW(&pool->arena, Expr);
    Word *free_vars = expr_set(pool);
    const Expr **kids = ARENA_ARRAY(&pool->arena, const Expr *, e->count + 1);
    if (!copy || !free_vars || !kids) return NULL;
    *copy = *e;
    copy->head = keep_set(pool, e->head);
    copy->given = keep_set(pool, e->given);
    copy->dos = keep_set(pool, e->dos);
    if ((e->head && !copy->head) || (e->given && !copy->given) || (e->dos && !copy->dos))
        return NULL;
    for (size_t i = 0; i < e->count; i++) {
        kids[i] = e->kids[i];
        bits_or(free_vars, kids[i]->free, pool->words);
    }
    if (e->kind == EXPR_SUM) bits_andnot(free_vars, e->head, pool->words);
    if (e->kind == EXPR_PROB) {
        bits_or(free_vars, e->head, pool->words);
        bits_or(free_vars, e->given, pool->words);
        bits_or(free_vars, e->dos, pool->words);
    }
    copy->kids = kids;
    copy->free = free_vars;
    return copy;
}

static const Expr *cons(ExprPool *pool, Expr *e) {
    if (2 * pool->used >= pool->room && !grow_table(pool)) return NULL;
    e->hash = hash_expr(pool, e);
    size_t at = e->hash & (pool->room - 1);
    for (; pool->table[at]; at = (at + 1) & (pool->room - 1))
        if (same(pool, pool->table[at], e)) return pool->table[at];
    const Expr *stored = store(pool, e);
    if (!stored) return NULL;
    pool->table[at] = stored;
    pool->used++;
    return stored;
}

// --- order ---

// Compares two sets by their members of the highest rank, the one with the later effect first.
static int compare_ranks(const ExprPool *pool, const Word *a, const Word *b) {
    uint32_t best_a = 0, best_b = 0;
    for (size_t i = 0; i < pool->words; i++) {
        Word only_a = a[i] & ~b[i], only_b = b[i] & ~a[i];
        for (; only_a; only_a &= only_a - 1) {
            uint32_t r = pool->rank[i * 64 + (size_t)__builtin_ctzll(only_a)] + 1;
            if (r > best_a) best_a = r;
        }
        for (; only_b; only_b &= only_b - 1) {
            uint32_t r = pool->rank[i * 64 + (size_t)__builtin_ctzll(only_b)] + 1;
            if (r > best_b) best_b = r;
        }
    }
    return (best_b > best_a) - (best_b < best_a);
}

static int compare_prob(const ExprPool *pool, const Expr *a, const Expr *b) {
    int order = compare_ranks(pool, a->head, b->head);
    if (!order) order = compare_ranks(pool, a->dos, b->dos);
    if (!order) order = compare_ranks(pool, a->given, b->given);
    if (!order) order = strcmp(a->law ? a->law : "", b->law ? b->law : "");
    return order;
}

int expr_compare(const ExprPool *pool, const Expr *a, const Expr *b) {
    if (a == b) return 0;
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    if (a->kind == EXPR_PROB) return compare_prob(pool, a, b);
    int order = compare_ranks(pool, a->free, b->free);
    if (!order && a->kind == EXPR_SUM) order = compare_ranks(pool, a->head, b->head);
    for (size_t i = 0; !order && i < a->count && i < b->count; i++)
        order = expr_compare(pool, a->kids[i], b->kids[i]);
    if (order) return order;
    return a->count < b->count ? -1 : a->count > b->count;
}

// --- constructors ---

const Expr *expr_one(ExprPool *pool) {
    if (!pool->one) {
        Expr e = {.kind = EXPR_ONE};
        pool->one = cons(pool, &e);
    }
    return pool->one;
}

const Expr *expr_prob(ExprPool *pool, const Word *head, const Word *given, const Word *dos,
                      const char *law) {
    if (bits_empty(head, pool->words)) return expr_one(pool);
    Word *none = given && dos ? NULL : expr_set(pool);
    if (!none && !(given && dos)) return NULL;
    Expr e = {
        .kind = EXPR_PROB,
        .head = head,
        .given = given ? given : none,
        .dos = dos ? dos : none,
        .law = law,
    };
    return cons(pool, &e);
}

const Expr *expr_sum(ExprPool *pool, const Word *vars, const Expr *body) {
    if (!body || bits_empty(vars, pool->words)) return body;
    Expr e = {.kind = EXPR_SUM, .head = vars, .kids = &body, .count = 1};
    if (body->kind == EXPR_SUM && !bits_meet(vars, body->head, pool->words)) {
        Word *both = expr_set(pool);
        if (!both) return NULL;
        bits_copy(both, vars, pool->words);
        bits_or(both, body->head, pool->words);
        e.head = both;
        e.kids = body->kids;
    }
    return cons(pool, &e);
}

static int compare_factors(const void *a, const void *b, void *pool) {
    return expr_compare(pool, *(const Expr *const *)a, *(const Expr *const *)b);
}

const Expr *expr_product(ExprPool *pool, const Expr *const *factors, size_t count) {
    size_t total = 0, at = 0;
    for (size_t i = 0; i < count; i++) {
        if (!factors[i]) return NULL;
        total += factors[i]->kind == EXPR_PRODUCT ? factors[i]->count : 1;
    }
    const Expr **flat = ARENA_ARRAY(&pool->arena, const Expr *, total + 1);
    if (!flat) return NULL;
    for (size_t i = 0; i < count; i++) {
        if (factors[i]->kind == EXPR_PRODUCT) {
            memcpy(flat + at, factors[i]->kids, factors[i]->count * sizeof *flat);
            at += factors[i]->count;
        } else if (factors[i]->kind != EXPR_ONE) {
            flat[at++] = factors[i];
        }
    }
    if (at == 0) return expr_one(pool);
    if (at == 1) return flat[0];
    qsort_r(flat, at, sizeof *flat, compare_factors, pool);
    Expr e = {.kind = EXPR_PRODUCT, .kids = flat, .count = at};
    return cons(pool, &e);
}

const Expr *expr_times(ExprPool *pool, const Expr *a, const Expr *b) {
    const Expr *both[] = {a, b};
    return expr_product(pool, both, 2);
}

// The factors of an expression, itself when it is no product.
static size_t factors_of(const Expr *const *e, const Expr *const **list) {
    *list = (*e)->kind == EXPR_PRODUCT ? (*e)->kids : e;
    return (*e)->kind == EXPR_PRODUCT ? (*e)->count : 1;
}

const Expr *expr_quotient(ExprPool *pool, const Expr *a, const Expr *b) {
    if (!a || !b || b->kind == EXPR_ONE) return b ? a : NULL;
    if (a->kind == EXPR_QUOTIENT)
        return expr_quotient(pool, a->kids[0], expr_times(pool, a->kids[1], b));
    if (b->kind == EXPR_QUOTIENT)
        return expr_quotient(pool, expr_times(pool, a, b->kids[1]), b->kids[0]);
    const Expr *const *up, *const *down;
    size_t nup = factors_of(&a, &up), ndown = factors_of(&b, &down), keep_up = 0, keep_down = 0;
    const Expr **rest_up = ARENA_ARRAY(&pool->arena, const Expr *, nup + 1);
    const Expr **rest_down = ARENA_ARRAY(&pool->arena, const Expr *, ndown + 1);
    if (!rest_up || !rest_down) return NULL;
    size_t i = 0, j = 0;
    while (i < nup || j < ndown) { // both lists are in order
        int order = i == nup ? 1 : j == ndown ? -1 : expr_compare(pool, up[i], down[j]);
        if (order == 0)
            i++, j++;
        else if (order < 0)
            rest_up[keep_up++] = up[i++];
        else
            rest_down[keep_down++] = down[j++];
    }
    const Expr *parts[] = {expr_product(pool, rest_up, keep_up),
                           expr_product(pool, rest_down, keep_down)};
    if (!parts[0] || !parts[1] || parts[1]->kind == EXPR_ONE) return parts[1] ? parts[0] : NULL;
    Expr e = {.kind = EXPR_QUOTIENT, .kids = parts, .count = 2};
    return cons(pool, &e);
}

// --- rewriting ---

const Expr *expr_replace(ExprPool *pool, const Expr *e, const Expr *from, const Expr *to) {
    if (!e || !to) return NULL;
    if (e == from) return to;
    if (!e->count) return e;
    const Expr **kids = ARENA_ARRAY(&pool->arena, const Expr *, e->count);
    if (!kids) return NULL;
    bool changed = false;
    for (size_t i = 0; i < e->count; i++) {
        kids[i] = expr_replace(pool, e->kids[i], from, to);
        if (!kids[i]) return NULL;
        changed |= kids[i] != e->kids[i];
    }
    if (!changed) return e;
    if (e->kind == EXPR_SUM) return expr_sum(pool, e->head, kids[0]);
    if (e->kind == EXPR_QUOTIENT) return expr_quotient(pool, kids[0], kids[1]);
    return expr_product(pool, kids, e->count);
}

size_t expr_size(const Expr *e) {
    size_t size = 1;
    for (size_t i = 0; i < e->count; i++) size += expr_size(e->kids[i]);
    return size;
}
