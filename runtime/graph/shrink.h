// Shrink: a graph from which vertices are eliminated one after the other, the next by a score.
//
// Eliminating a vertex links all its neighbours and takes it away. Scores are kept up to date
// edge by edge, in a heap, so that a thousand vertices take about a millisecond. A vertex whose
// neighbours are all linked (a simplicial one) always goes first, whatever the score: some
// triangulation of fewest cells has exactly the clique that it makes (Bodlaender et al. 2005).
#ifndef RUNG_GRAPH_SHRINK_H
#define RUNG_GRAPH_SHRINK_H

#include <stdbool.h>

#include "runtime/base/arena.h"
#include "runtime/base/rng.h"
#include "runtime/base/vec.h"
#include "runtime/graph/triangulate.h"

typedef enum ShrinkScore {
    SHRINK_MIN_FILL,          // fewest edges added
    SHRINK_WEIGHTED_MIN_FILL, // least sum, over these, of the product of their ends' levels
    SHRINK_MIN_WEIGHT,        // smallest table
    SHRINK_MAX_CARDINALITY,   // last visited by maximum cardinality search (Tarjan 1984)
    SHRINK_VISITED,           // within: most neighbours visited by that search
    SHRINK_SIZE,              // within: smallest table, simplicial or not
} ShrinkScore;

// All arrays are the arena's. A zeroed Shrink is empty.
typedef struct Shrink {
    Arena arena;
    uint32_t n;
    uint32_t **adj;   // neighbours, those still there and some that are gone
    uint32_t *degree; // the number of those still there
    uint32_t *length; // the number of those listed
    uint32_t *room;
    bool *gone;
    double *cards;
    double *weight; // of a vertex in the fill: 1, or its levels
    double *logs;   // log2 of its levels
    double *fill;   // sum over unlinked pairs of neighbours of the product of their weights
    double *around; // sum of the neighbours' weights
    double *size;   // log2 of the cells of the vertex with its neighbours
    double *rank;   // of maximum cardinality search
    uint32_t *mark, stamp;
    uint32_t *place; // position in the heap
    uint32_t *heap, heap_count;
    double *key, *tie; // by which the heap is ordered
    uint32_t *touched, touched_count;
    uint32_t *touched_mark, touched_stamp;
    double *noise; // factors on the scores, NULL when there is none
    bool *cut;     // vertices without which the graph falls apart, NULL: not known
    double least;  // levels of any vertex
    ShrinkScore by;
    double work; // elementary steps so far
    const Ctl *ctl; // once it is cancelled, what eliminates returns false
} Shrink;

// What has been eliminated: order[i] had the neighbours members[start[i]] .. when it went.
typedef struct ShrinkTrace {
    VEC(uint32_t) order;
    VEC(uint32_t) members;
    VEC(size_t) start;
    double cells, largest; // of the cliques, those within others included
    uint32_t width;
} ShrinkTrace;

void shrink_trace_free(ShrinkTrace *t);

// The members of step i are members[start[i]] .. members[shrink_trace_end(t, i)].
size_t shrink_trace_end(const ShrinkTrace *t, size_t i);

// Copies a graph, to be scored as said. Here and below false means that memory is exhausted, or
// that graph->ctl is cancelled. To be freed in any case.
bool shrink_start(Shrink *g, const TriangulateGraph *graph, ShrinkScore by);
void shrink_free(Shrink *g);

// Multiplies each vertex's score by a random factor between 1 and 1 + amount.
bool shrink_add_noise(Shrink *g, Rng *rng, double amount);

// Eliminates everything, stage by stage, onto the end of the trace. Stops early, with *finished
// false, once the cells exceed `limit`.
bool shrink_run(Shrink *g, const uint8_t *stage, double limit, ShrinkTrace *t, bool *finished);

// Eliminates the vertices listed, in this order.
bool shrink_follow(Shrink *g, const uint32_t *order, size_t count, ShrinkTrace *t);

// Eliminates the simplicial vertices of the first stage, whose order cannot matter; and when no
// other stage but TRIANGULATE_KEEP is left, almost simplicial ones of two neighbours a and c,
// where these stay connected without v, a has no more levels than v, and c no more than any
// vertex. Some triangulation T of fewest cells has the triangle of such a v. For if a and c are
// apart in T, put a in the place of v and add the triangle. Of the cliques with v and a take
// that next to those with v and c: it has some y that hangs on to c, or T would not keep a and
// c apart. When all but v and a hang on to c, putting a in the place of v leaves nothing of
// this clique, else it halves it at least, and it has a fourth vertex; either way that saves as
// many cells as the triangle has, the levels of y being no fewer than those of c. (For the
// largest clique alone less is needed: Eijkhof, Bodlaender & Koster 2007.)
//
// The lists of the others are tidy then: adj[v] has degree[v] entries.
bool shrink_reduce(Shrink *g, const uint8_t *stage, ShrinkTrace *t);

// Finds cut[]; the lists are tidy. False when memory is exhausted.
bool shrink_find_cuts(Shrink *g);

// A lower bound on log2 of the cells of the largest clique of any triangulation: contracting an
// edge, with the lesser of its ends' levels, never makes that clique larger, and some vertex of
// every graph on the way has its neighbourhood within a clique (the contraction degeneracy of
// Bodlaender & Koster 2006, weighted). Uses the graph up.
bool shrink_bound(Shrink *g, double *bound);

#endif
