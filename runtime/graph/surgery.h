// Surgery: graphs made from graphs.
//
// Every result is a new graph, freed with graph_free, whose names are borrowed from the graph
// it was made from, which must outlive it.
#ifndef RUNG_GRAPH_SURGERY_H
#define RUNG_GRAPH_SURGERY_H

#include "runtime/graph/graph.h"

// The graph without the edges into `into` (directed or bidirected) and without the directed
// edges out of `out_of`; either may be NULL. surgery_cut(g, X, NULL, ..) is the graph after
// do(X), where X is set from outside; surgery_cut(g, X, Z, ..) is the one that rule 2 of
// do-calculus looks at (Pearl 1995). O(n + m).
Status surgery_cut(const Graph *g, const Word *into, const Word *out_of, Graph **out);

// The same, with no vertex marked as latent or selected in the result.
Status surgery_unmarked(const Graph *g, const Word *into, const Word *out_of, Graph **out);

// The graph without the edges a -> b, a in `from` and b in `to`. O(n + m).
Status surgery_sever(const Graph *g, const Word *from, const Word *to, Graph **out);

// The subgraph on `keep`, its vertices renumbered in ascending order. `map`, if not NULL, has
// room for g->n and receives the new number of each vertex, GRAPH_NONE for those left out. O(n
// + m).
Status surgery_induced(const Graph *g, const Word *keep, Graph **out, uint32_t *map);

// The latent projection (Verma 1993): the vertices of `hidden` are removed; a -> b when a
// directed path from a to b runs through hidden vertices only, a <-> b when a path without
// colliders does that begins and ends with arrowheads. m-separation and identification among
// the vertices that stay are as before. Renumbered as by surgery_induced. O(n * m).
Status surgery_project(const Graph *g, const Word *hidden, Graph **out, uint32_t *map);

// The DAG in which each bidirected edge is a latent vertex "a<->b" with two children, numbered
// after those of g. O(n + m).
Status surgery_expand(const Graph *g, Graph **out);

#endif
