// Triangulate: orders in which to eliminate the vertices of an undirected graph, so that the
// tables of exact inference stay small.
//
// Greedy elimination (Kjaerulff 1990; Koller & Friedman 2009, section 9.4.3) by several
// heuristics, the cheapest result kept, restarts with noise, and changes to parts of the best
// (see retriangulate.h). A vertex whose neighbours are all linked (a simplicial one) is always
// eliminated first, which never costs anything (Bodlaender, Koster & van den Eijkhof 2005); what
// is left after those, the kernel, is all that the heuristics are tried on. The rule for almost
// simplicial vertices (Eijkhof, Bodlaender & Koster 2007) keeps the largest clique but may cost
// cells, so that only those of two neighbours go, under conditions: see shrink_reduce.
#ifndef RUNG_GRAPH_TRIANGULATE_H
#define RUNG_GRAPH_TRIANGULATE_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/ctl.h"
#include "runtime/base/status.h"

#define TRIANGULATE_KEEP UINT8_MAX

// An undirected graph over vertices 0..n-1, each with a number of levels (at least 2, though 1
// does no harm). The neighbours of v are adj[start[v]] .. adj[start[v + 1]]; every edge is in
// both lists, no list has its own vertex or a vertex twice. `stage` (NULL: all 0) constrains
// the order: vertices of a lower stage go first, those of stage TRIANGULATE_KEEP are never
// eliminated. `ctl` is polled at every vertex that is eliminated. All borrowed.
typedef struct TriangulateGraph {
    uint32_t n;
    const size_t *start;
    const uint32_t *adj;
    const uint32_t *cards;
    const uint8_t *stage;
    const Ctl *ctl; // NULL: not interrupted
} TriangulateGraph;

// An elimination order and the cliques that it makes. Owned; a zeroed one is empty.
typedef struct Triangulation {
    uint32_t count;    // vertices eliminated
    uint32_t *order;   // in this order
    size_t *start;     // count + 1 offsets: the neighbours that order[i] had when it went are
    uint32_t *members; // members[start[i]] .. members[start[i + 1]], in no particular order
    double cells;      // table cells of the maximal cliques together
    double largest;    // cells of the largest clique
    uint32_t width;    // vertices of the clique with most vertices, less one
} Triangulation;

// Finds an elimination order. `effort` is how much of the predicted work of one inference (in
// table cells) may be spent on looking for a better order than the first: 0 tries min-fill
// alone, 0.02 is a sensible amount for one use, more pays when the order is used often. What
// is spent beyond that must pay at once. Less is spent where a lower bound says that less can
// be won.
// The result is a function of the arguments alone. NOMEM when memory is exhausted, CANCELLED.
// O(sum of the sizes of the neighbourhoods of each clique's vertices) per heuristic tried.
Status triangulate(const TriangulateGraph *graph, double effort, Triangulation *out);

void triangulation_free(Triangulation *t);

#endif
