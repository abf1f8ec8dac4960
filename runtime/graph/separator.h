// Separator: sets that separate X from Y, found rather than tested.
//
// Sought are sets Z with must <= Z <= must + may that m-separate X from Y
// (runtime/graph/separation.h). A minimal one contains no other such set. All are subsets of
// the ancestors of X, Y and `must` (van der Zander, Liskiewicz & Textor 2014, 2019), so the
// search runs in the moral graph of those. Members of X and Y never belong to Z, nor do latent
// vertices unless `may` has them; selected vertices are always conditioned on, but are not
// listed in the answers.
#ifndef RUNG_GRAPH_SEPARATOR_H
#define RUNG_GRAPH_SEPARATOR_H

#include "runtime/graph/graph.h"
#include "runtime/graph/moral.h"

typedef struct SeparatorQuery {
    const Word *x, *y;
    const Word *must; // NULL: nothing
    const Word *may;  // NULL: every observed vertex
} SeparatorQuery;

// The walk through all minimal separators, without repetition. Zeroed before separator_begin;
// ended by separator_end also after a failure. It keeps no reference to the graph or the query.
typedef struct Separators {
    Moral moral;
    Word *x, *y, *must, *may, *hidden; // hidden: not listed in the answers
    Word *side, *near, *far, *frame;   // workspace
    Word *stack;                       // frames of two sets each
    size_t depth, room;
} Separators;

Status separator_begin(Separators *s, const Graph *g, const SeparatorQuery *q);

// Sets *found and, if there is another one, `out` (with `must` included). The first is the one
// closest to X. O(n (n + m)) for each (the tree search of Takata 2010, of which every branch
// that is entered holds a separator).
Status separator_next(Separators *s, bool *found, Word *out);
void separator_end(Separators *s);

// The minimal separator closest to X: each path from X meets it no later than any other. O(n +
// m).
Status separator_nearest(const Graph *g, const SeparatorQuery *q, bool *exists, Word *out);

// A separator of least total cost; among those, the one closest to Y. `cost` holds a
// non-negative cost for each vertex, or NULL when each costs 1 (then it is a smallest one).
// `must` costs nothing. Maximum flow (Dinic 1970): O(n^2 m), in practice nearly linear.
Status separator_cheapest(const Graph *g, const SeparatorQuery *q, const double *cost,
                          bool *exists, Word *out);

// The boundary of X: all that may be chosen and is adjacent to X, or to what must be passed on
// the way there. It separates if anything does, and is in general not minimal. O(n + m).
Status separator_boundary(const Graph *g, const SeparatorQuery *q, bool *exists, Word *out);

#endif
