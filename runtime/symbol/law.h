// Law: a distribution over part of a graph, as the algorithms of identification carry it along.
//
// A law over the vertices V' of an induced subgraph is either the observed joint P(V'), or
// given by one factor for each vertex in causal order, which is that vertex's conditional
// probability given those before it (and given what is fixed): the product of the factors is
// the law, and the factors of a district of V' are the law of that district (Tian & Pearl 2002,
// lemma 4).
#ifndef RUNG_SYMBOL_LAW_H
#define RUNG_SYMBOL_LAW_H

#include "runtime/graph/graph.h"
#include "runtime/symbol/expr.h"

typedef struct Law {
    const Word *vertices;      // V'
    const Word *fixed;         // what the law is conditional on having been set
    const Expr *const *factor; // of each vertex in V'; NULL: the joint, observed after do(dos)
    const Word *dos;           // NULL: nothing
    const char *name;          // of the population (Expr's `law`), or NULL
} Law;

// Everything is allocated in the pool, whose variables are the vertices of g. All return NOMEM
// (or NULL) when memory is exhausted.

// The factors of the vertices in `wanted`, in a new array over all vertices.
Status law_factors(ExprPool *pool, const Graph *g, const Law *law, const Word *wanted,
                   const Expr ***out);

// The product of the factors of a set.
const Expr *law_product(ExprPool *pool, const Graph *g, const Expr *const *factor,
                        const Word *of);

// The law of a part of V' that holds the ancestors (within V') of its members. Factors become
// quotients of sums only where they depend on what is summed out.
Status law_restrict(ExprPool *pool, const Graph *g, const Law *law, const Word *keep, Law *out);

#endif
