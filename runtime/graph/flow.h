// Flow: maximum flow, and with it the cheapest cut of a network.
#ifndef RUNG_GRAPH_FLOW_H
#define RUNG_GRAPH_FLOW_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"
#include "runtime/base/vec.h"

#define FLOW_ENDLESS ((double)INFINITY)

// An arc and, next to it (number ^ 1), its reverse.
typedef struct FlowArc {
    uint32_t to, next; // next arc out of the same node, or UINT32_MAX
    double left;       // capacity not yet used
} FlowArc;

typedef struct Flow {
    size_t nodes;
    uint32_t *head;
    VEC(FlowArc) arcs;
    uint32_t *level, *cursor, *queue;
} Flow;

// A network without arcs. Free it with flow_free also after a failure.
Status flow_init(Flow *f, size_t nodes);
Status flow_arc(Flow *f, size_t from, size_t to, double capacity);

// Pushes as much as possible from source to sink (Dinic 1970) and sets *value, FLOW_ENDLESS
// when a path has no limited arc.
Status flow_run(Flow *f, size_t source, size_t sink, double *value);

// After flow_run: whether the node can still reach the sink, hence lies on its side of the
// cheapest cut closest to the sink. Asked of
// single nodes after flow_mark_sink_side, which marks them all.
void flow_mark_sink_side(Flow *f, size_t sink);
static inline bool flow_on_sink_side(const Flow *f, size_t node) {
    return f->level[node] != 0;
}

void flow_free(Flow *f);

#endif
