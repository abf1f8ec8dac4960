// Graph: a causal graph (DAG or ADMG) as a plain immutable value.
//
// Vertices are the numbers 0..n-1, each with a name. A directed edge says that one is a direct
// cause of the other; a bidirected edge, that the two share a latent common cause. Both kinds
// may join the same pair. There is no directed cycle. A vertex may be marked latent (never
// observed) or selected (conditioned on by design).
//
// Sets of vertices are bitsets (runtime/base/bitset.h) of `words` words.
#ifndef RUNG_GRAPH_GRAPH_H
#define RUNG_GRAPH_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/bitset.h"
#include "runtime/base/fault.h"
#include "runtime/base/status.h"
#include "runtime/base/vec.h"

#define GRAPH_NONE UINT32_MAX

typedef VEC(uint32_t) VertexVec;

// Neighbours of one kind, for all vertices: those of v are items[first[v]] ..
// items[first[v+1]-1], in ascending order.
typedef struct GraphLinks {
    const uint32_t *first; // n + 1 offsets
    const uint32_t *items;
} GraphLinks;

typedef struct Graph {
    size_t n, words;
    const char *const *names;
    const uint32_t *by_name; // vertices in the order of their names
    const uint32_t *order;   // vertices, causes before effects
    const Word *latent, *selected;
    GraphLinks parents, children, spouses; // spouses: joined by a bidirected edge
    size_t directed, bidirected;           // numbers of edges
    Arena arena;
} Graph;

// Runs the statement after it with `w` bound to every neighbour of `v` of one kind:
//     GRAPH_EACH(g, parents, v, p) bits_add(out, p);
#define GRAPH_EACH(g, kind, v, w)                                                              \
    for (size_t w##_at = (g)->kind.first[v], w = 0;                                            \
         w##_at < (g)->kind.first[(v) + 1] && (w = (g)->kind.items[w##_at], true); w##_at++)

// Runs the statement after it with `v` bound to every member of a set, in ascending order.
#define SET_EACH(set, words, v)                                                                \
    for (size_t v = bits_next((set), (words), 0); v < (words)*64;                              \
         v = bits_next((set), (words), v + 1))

// --- building ---

// An edge in the making. `origin` is handed back in faults (0: none).
typedef struct GraphEdge {
    uint32_t from, to, origin;
} GraphEdge;

// What a graph is built from. Zeroed, it is empty. Vertices are numbered as they are added.
typedef struct GraphDraft {
    VEC(const char *) names;
    VEC(GraphEdge) directed, bidirected;
    VertexVec latent, selected;
    Arena arena;
} GraphDraft;

// Adds a vertex; its name is copied. Constant time.
Status graph_vertex(GraphDraft *d, const char *name, uint32_t *vertex);

// Adds an edge from -> to, or from <-> to, between vertices that were added before.
Status graph_edge(GraphDraft *d, uint32_t from, uint32_t to, uint32_t origin);
Status graph_confound(GraphDraft *d, uint32_t a, uint32_t b, uint32_t origin);

// Marks a vertex. Marking twice is harmless.
Status graph_latent(GraphDraft *d, uint32_t vertex);
Status graph_select(GraphDraft *d, uint32_t vertex);

void graph_draft_free(GraphDraft *d);

// Makes the graph; the draft is left empty in any case. FAULT, with one fault for each name or
// edge given twice and each edge from a vertex to itself, and otherwise one for a directed
// cycle (its message lists the cycle; the origin is that of one of its edges). O(n log n + m).
// The caller frees *graph with graph_free.
Status graph_build(GraphDraft *d, Faults *faults, Graph **graph);

// Finds a directed cycle: `cycle` receives its vertices in order, each the cause of the next
// and the last of the first; it is left empty when there is none. O(n + m).
Status graph_cycle(const GraphDraft *d, VertexVec *cycle);

// NULL is allowed.
void graph_free(Graph *g);

// A graph on `n` vertices from edges that are known to be sound: no duplicates, no cycle. The
// texts of the names are borrowed, all else is copied; `by_name` may be NULL and is then
// computed. For graphs made from graphs (surgery.h).
typedef struct GraphParts {
    size_t n;
    const char *const *names;
    const uint32_t *by_name;
    const Word *latent, *selected; // NULL: none
    const GraphEdge *directed, *bidirected;
    size_t ndirected, nbidirected;
} GraphParts;

Status graph_assemble(const GraphParts *parts, Graph **graph);

// --- asking ---

// The vertex of a name, or GRAPH_NONE. O(log n).
uint32_t graph_find(const Graph *g, const char *name);

// Whether there is an edge a -> b, or a <-> b. O(log degree).
bool graph_has_edge(const Graph *g, size_t a, size_t b);
bool graph_has_spouse(const Graph *g, size_t a, size_t b);

static inline size_t graph_degree(const GraphLinks *links, size_t v) {
    return links->first[v + 1] - links->first[v];
}

// A new empty set for vertices of g, freed with mem_free; NULL when memory is exhausted.
Word *graph_set(const Graph *g);

// The smallest vertex in both sets, or GRAPH_NONE.
uint32_t graph_common(const Graph *g, const Word *a, const Word *b);

// The observed vertices: neither latent nor selected.
void graph_observed(const Graph *g, Word *out);

#endif
