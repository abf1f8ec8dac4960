// Source: what is known besides, or instead of, the observed joint: experiments and
// populations.
//
// A source is the joint law of the observed vertices, in some population, after setting some of
// them. From a list of sources the law of a district follows by the algorithm of general
// identification (Lee, Correa & Bareinboim 2019; with populations, 2020), which is complete
// when every source shows all vertices.
#ifndef RUNG_SYMBOL_SOURCE_H
#define RUNG_SYMBOL_SOURCE_H

#include "runtime/graph/graph.h"
#include "runtime/symbol/expr.h"

// P(seen | do(dos)) in a population. Sets are of vertices of the graph asked; NULL is the empty
// set, but for `seen`, where it means all that are not set.
typedef struct Source {
    const Word *dos, *seen;
    const Word
        *differs;    // vertices whose mechanisms are not those of the population asked about
    const char *law; // the population's name, for printing; NULL: the one asked about
} Source;

// Looks for the law of the district `c` (connected by bidirected edges within itself) when all
// other vertices are set: the first source that gives it. *e receives it, unsimplified, or NULL
// when no source does; *which receives the number of the source. A source that does not show
// all vertices is used for those whose causes it all shows or sets, which is sound but may miss
// some.
Status source_factor(ExprPool *pool, const Graph *g, const Source *sources, size_t count,
                     const Word *c, const Expr **e, size_t *which);

// Whether each probability in `e` is one that some source gives as it stands.
bool source_tells(const ExprPool *pool, const Source *sources, size_t count, const Expr *e);

// Whether each source shows all vertices of g but those that it sets.
bool source_complete(const Graph *g, const Source *sources, size_t count);

#endif
