// Implications: what a graph says about data: which variables must be independent, given which.
//
// Only observed vertices are mentioned; selected ones are conditioned on silently.
#ifndef RUNG_GRAPH_IMPLICATIONS_H
#define RUNG_GRAPH_IMPLICATIONS_H

#include "runtime/base/ctl.h"
#include "runtime/graph/graph.h"

// The statement that `vertex` is independent of `others` given `given`.
typedef struct Implication {
    uint32_t vertex;
    Word *others, *given; // owned
} Implication;

// A zeroed list is empty.
typedef struct Implications {
    Implication *items;
    size_t count, room;
    bool more; // there are statements beyond the limit, or may be: not all was looked at
} Implications;

void implications_free(Implications *list);

// Statements from which all others follow by the axioms of conditional independence: the
// ordered local Markov property (Richardson 2003; latent vertices are projected away first). In
// a DAG there is at most one for each vertex: it is independent of those before it given its
// parents. With bidirected edges there may be several for one vertex, in unlucky graphs very
// many; at most `limit` are listed when it is not 0, and of each vertex the smaller districts
// of 10 `limit` / n + 64 looked at, the largest first. O(n + m) for each and for each district
// looked at.
Status implications_basis(const Graph *g, size_t limit, const Ctl *ctl, Implications *out);

// All minimal statements about pairs: a and b are independent given Z, and given no proper
// subset of Z. At most `limit` when it is not 0. O(n (n + m)) for each (separator.h).
Status implications_pairs(const Graph *g, size_t limit, const Ctl *ctl, Implications *out);

#endif
