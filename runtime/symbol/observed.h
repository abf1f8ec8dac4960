// Observed: the ground on which symbolic answers stand: the graph on the observed vertices, and
// a pool of expressions over them.
#ifndef RUNG_SYMBOL_OBSERVED_H
#define RUNG_SYMBOL_OBSERVED_H

#include "runtime/base/fault.h"
#include "runtime/graph/graph.h"
#include "runtime/symbol/expr.h"

// Projects the latent vertices of g away. *graph receives the projection (names borrowed from
// g), *vertex an array whose first entries tell, of each of its vertices, the vertex of g (the
// pool's ranks follow in the same block), and *pool a pool over its vertices. The caller frees
// all three with graph_free, mem_free and expr_pool_free, also after a failure; they must be
// zeroed before. `map`, which may be NULL, has room for g->n and receives the opposite
// translation (GRAPH_NONE for latent vertices).
Status observed_init(const Graph *g, Graph **graph, uint32_t **vertex, ExprPool *pool,
                     uint32_t *map);

// FAULT when g has selected vertices: what is observed are then not all cases.
Status observed_all(const Graph *g, Faults *faults);

// A set of g's vertices as a new set in the pool; NULL is the empty set. NULL when memory is
// exhausted. Latent members are dropped.
Word *observed_set(ExprPool *pool, const Graph *g, const uint32_t *map, const Word *set);

#endif
