// Moral: the moral graph of an ancestral set, in which separation is plain connectivity.
//
// A and B are m-separated by Z exactly when every path from A to B meets Z in the graph on the
// ancestors of A, B and Z in which all members and parents of each district form a clique
// (Lauritzen et al. 1990 for DAGs, where a district is one vertex; Richardson 2003 for ADMGs).
// The cliques are kept as lists, so the graph takes no more room than the one it was made from.
#ifndef RUNG_GRAPH_MORAL_H
#define RUNG_GRAPH_MORAL_H

#include "runtime/graph/graph.h"

typedef struct Moral {
    size_t n, words, ncliques;
    Word *vertices;                  // the ancestral set
    uint32_t *clique_first, *clique; // the cliques of vertex v: clique[clique_first[v]] ..
    uint32_t *member_first, *member; // the members of clique c: member[member_first[c]] ..
    // Workspace of the walks below.
    uint32_t *stack;
    Word *used; // cliques already walked through
} Moral;

// Makes the moral graph of `ancestral`, a set that contains the parents of its members. Free it
// with moral_free also after a failure. O(n + m).
Status moral_init(Moral *m, const Graph *g, const Word *ancestral);
void moral_free(Moral *m);

// The vertices of `from`, and all that are connected to them without passing through `barrier`;
// members of `barrier` are never entered. `out` may not be an argument. O(n + m).
void moral_component(Moral *m, const Word *from, const Word *barrier, Word *out);

// The neighbours of a set that are not in it. O(n + m).
void moral_boundary(Moral *m, const Word *of, Word *out);

#endif
