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

// The edges of a DAG on whose direction all members of its class agree (Chickering 1995), as a set
// of numbers of edges: places in g->parents.items. To be freed with mem_free. FAULT when g has
// bidirected edges or latent or selected vertices, whose classes are of another kind. In practice
// nearly linear: for each vertex, its parents and those of the last of them are looked at.
Status equivalents_compelled(const Graph *g, const Ctl *ctl, Faults *faults, Word **out);

// Whether the edge v -> w, which must be there, is among them. O(log degree).
bool equivalents_is_compelled(const Graph *g, const Word *compelled, size_t v, size_t w);

// The CPDAG of the class of a DAG. FAULT as above. O(n^2 + m).
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
