// Expr: expressions over probabilities, as symbols: P(y | do(x), z), sums, products, quotients.
//
// Expressions are immutable and belong to a pool. Equal expressions are one: two are equal
// exactly when their pointers are, up to the order of factors. Variables are numbers below the
// pool's `n`; for an estimand, the vertices of the graph. A sum binds its variables within its
// body, as a quantifier does: in  P(z | x) * sum over x of P(y | x, z) P(x)  the first x is
// free and the others are not. The printer (expr_print.h) tells them apart by primes.
//
// Constructors return NULL when memory is exhausted, and also when given NULL for a part, so
// that a caller can build many expressions and check the last.
#ifndef RUNG_SYMBOL_EXPR_H
#define RUNG_SYMBOL_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/bitset.h"
#include "runtime/base/status.h"

typedef enum ExprKind {
    EXPR_ONE,
    EXPR_PROB,
    EXPR_QUOTIENT,
    EXPR_SUM,
    EXPR_PRODUCT,
} ExprKind;

typedef struct Expr Expr;
struct Expr {
    ExprKind kind;
    uint32_t hash;
    // EXPR_PROB: P(head | do(dos), given), disjoint sets; a sum: head holds the bound
    // variables.
    const Word *head, *given, *dos;
    const char *law; // EXPR_PROB: which law is meant, a borrowed text, or NULL: the one at hand
    const Expr *const *kids; // product: at least two factors, ordered; quotient: numerator and
    size_t count;            // denominator; sum: the body
    const Word *free;        // the variables that the value depends on
};

typedef struct ExprPool {
    size_t n, words;
    const uint32_t *rank; // causes have smaller ranks than their effects
    Arena arena;
    const Expr **table; // open addressing
    size_t used, room;
    const Expr *one;
} ExprPool;

// A pool over n variables; `rank` is borrowed and tells which are printed and ordered first.
// Free it with expr_pool_free also after a failure.
Status expr_pool_init(ExprPool *pool, size_t n, const uint32_t *rank);
void expr_pool_free(ExprPool *pool);

// A new empty set that lives as long as the pool.
Word *expr_set(ExprPool *pool);

// New sets that live as long: a copy, a without b, a or b, a and b.
Word *expr_copy(ExprPool *pool, const Word *set);
Word *expr_minus(ExprPool *pool, const Word *a, const Word *b);
Word *expr_union(ExprPool *pool, const Word *a, const Word *b);
Word *expr_common(ExprPool *pool, const Word *a, const Word *b);

const Expr *expr_one(ExprPool *pool);

// P(head | do(dos), given); `given` and `dos` may be NULL. 1 when head is empty.
const Expr *expr_prob(ExprPool *pool, const Word *head, const Word *given, const Word *dos,
                      const char *law);

// The sum of body over all values of `vars`. Sums of sums become one. `vars` must be free in
// the body. The body itself when vars is empty.
const Expr *expr_sum(ExprPool *pool, const Word *vars, const Expr *body);

// Products of products are flattened and ones dropped.
const Expr *expr_product(ExprPool *pool, const Expr *const *factors, size_t count);
const Expr *expr_times(ExprPool *pool, const Expr *a, const Expr *b);

// a / b; factors that both have are cancelled.
const Expr *expr_quotient(ExprPool *pool, const Expr *a, const Expr *b);

// A total order that depends on the content only: effects before causes, probabilities before
// quotients before sums.
int expr_compare(const ExprPool *pool, const Expr *a, const Expr *b);

// `e` with every occurrence of `from` replaced by `to`. Sums are not renamed: the caller sees
// to it that no free variable of `to` is bound around an occurrence, unless it is meant.
const Expr *expr_replace(ExprPool *pool, const Expr *e, const Expr *from, const Expr *to);

// The number of nodes, each counted as often as it is printed.
size_t expr_size(const Expr *e);

#endif
