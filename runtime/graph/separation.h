// Separation: d-separation in DAGs, m-separation in ADMGs, between sets.
//
// A path is open given Z when every collider on it is in Z or has a descendant in Z, and no
// other inner vertex is in Z (Pearl 1988; Richardson 2003). A and B are separated by Z when no
// path between them is open. Selected vertices are always conditioned on, besides Z. Members of
// A and B that are in Z are known and so take no part; a vertex that remains in both is not
// separated from itself.
#ifndef RUNG_GRAPH_SEPARATION_H
#define RUNG_GRAPH_SEPARATION_H

#include "runtime/graph/graph.h"
#include "runtime/graph/path.h"

// Sets *separated. When they are not and `witness` is not NULL, *witness receives a shortest
// open path from A to B (of length 0 when a vertex is in both); the caller frees it. `z` may be
// NULL, the empty set. O(n + m): reachability over (vertex, kind of arrival), as in Shachter's
// Bayes-ball (1998), which also shows that the shortest open walk is a path.
Status separation_test(const Graph *g, const Word *a, const Word *b, const Word *z,
                       bool *separated, Path *witness);

// The vertices that are not separated from A by Z, A without Z included. O(n + m).
Status separation_reach(const Graph *g, const Word *a, const Word *z, Word *out);

#endif
