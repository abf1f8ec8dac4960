// Graph reader: what the readers of graph files share: the text, and the graph that grows.
#ifndef RUNG_FORMAT_GRAPH_READER_H
#define RUNG_FORMAT_GRAPH_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/ctl.h"
#include "runtime/format/names.h"
#include "runtime/format/scan.h"
#include "runtime/graph/graph.h"

// The origin of an edge in the draft is 1 + its offset in the text.
typedef struct GraphReader {
    Scan s;
    Names names; // of the draft's vertices
    GraphDraft draft;
    const Ctl *ctl;   // bounds the edges and ends their making; or NULL
    const char *name; // of the graph, in the draft's arena; or NULL
    VertexVec exposures, outcomes, adjusted;
} GraphReader;

void graph_reader_free(GraphReader *r);

// The vertex of a name, added when it is new, which *fresh (NULL allowed) tells. The name is
// copied. Expected constant time.
Status graph_reader_vertex(GraphReader *r, Span name, uint32_t *vertex, bool *fresh);

// Adds from -> to, or with `both` from <-> to, as it is written at `at`. Edges may be given
// twice. FAULT_GRAPH_FILE_CYCLE for an edge from a vertex to itself, FAULT_GRAPH_FILE_LARGE for
// one too many; CANCELLED.
Status graph_reader_edge(GraphReader *r, uint32_t from, uint32_t to, bool both, const char *at);

#endif
