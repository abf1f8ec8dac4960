// Equivalents: the DAGs that no data could tell from a given one.
//
// Two DAGs are Markov equivalent when they have the same edges but for direction and the same
// colliders between non-adjacent vertices (Verma & Pearl 1990). The class is shown as a CPDAG:
// an edge is directed when all members agree on its direction, and undirected otherwise.
#ifndef RUNG_GRAPH_EQUIVALENTS_H
#define RUNG_GRAPH_EQUIVALENTS_H

#include "runtime/base/ctl.h"
#include "runtime/graph/graph.h"

// A graph with directed and undirected edges. Owned; free it with equivalents_free.
typedef struct Cpdag {
    size_t n, words;
    Word *out;  // row v: the w with v -> w
    Word *line; // row v: the w with v - w
} Cpdag;

// The CPDAG of the class of a DAG, by the colliders and Meek's rules (1995). FAULT when g has
// bidirected edges or latent or selected vertices, whose classes are of another kind. O(n^2 m)
// at worst.
Status equivalents_class(const Graph *g, Faults *faults, Cpdag *out);
void equivalents_free(Cpdag *c);

static inline bool equivalents_arrow(const Cpdag *c, size_t v, size_t w) {
    return bits_has(c->out + v * c->words, w);
}

static inline bool equivalents_line(const Cpdag *c, size_t v, size_t w) {
    return bits_has(c->line + v * c->words, w);
}

// The members of the class, at most `limit` when it is not 0; *more tells whether there are
// others. Each graph is owned by the caller, its names borrowed from g. The first is found in
// the time of equivalents_class, each other in O(m) times that.
typedef VEC(Graph *) GraphVec;
Status equivalents_list(const Graph *g, size_t limit, const Ctl *ctl, Faults *faults,
                        GraphVec *out, bool *more);

#endif
