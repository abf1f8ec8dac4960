// Layout: a layered drawing of a graph (Sugiyama, Tagawa & Toda 1981, "Methods for visual
// understanding of hierarchical system structures").
//
// Each vertex lies on a layer, causes above effects. An edge that spans several layers passes
// through a bend on each layer between; edges of one vertex share their bends. On request a
// bidirected edge is drawn as what it stands for, a hidden node above both its ends.
#ifndef RUNG_GRAPH_LAYOUT_H
#define RUNG_GRAPH_LAYOUT_H

#include "runtime/base/ctl.h"
#include "runtime/graph/graph.h"

typedef enum LayoutKind { LAYOUT_VERTEX, LAYOUT_HIDDEN, LAYOUT_BEND } LayoutKind;

typedef struct LayoutNode {
    LayoutKind kind;
    uint32_t source; // of a bend: the node whose edges pass; else the node itself
    uint32_t layer;  // 0 is the top
    uint32_t place;  // in its layer, from the left
} LayoutNode;

// Nodes 0..n-1 are the vertices of the graph. All arrays are in the arena.
typedef struct Layout {
    LayoutNode *nodes;
    size_t count, layers;
    uint32_t *layer_first, *order; // layer i, from the left: order[layer_first[i]] ..
    GraphLinks down, up;           // links between nodes of neighbouring layers
    Arena arena;
} Layout;

// Layers by longest paths, with causes that have none themselves moved down to their effects; the
// order in each layer by sweeps of barycentres, of which the one with the fewest crossings stays.
// `hidden`: with nodes for the bidirected edges. The result is freed with layout_free.
// `ctl` interrupts it, and layout_spread, as if memory were exhausted.
// O((n + m) l log n) for l layers.
Status layout_make(const Graph *g, bool hidden, const Ctl *ctl, Layout *out);
void layout_free(Layout *l);

// Places the nodes: x[i] is the centre of node i, which is width[i] wide. In a layer, nodes keep
// their order and at least `gap` between them; neighbours in other layers are as near as sweeps
// bring them (least squares, by pooling adjacent violators). With a finite `limit` everything lies
// between 0 and it; the caller sees to it that each layer fits.
Status layout_spread(const Layout *l, const double *width, double gap, double limit, double *x);

// The crossings of links, for judging an order.
Status layout_crossings(const Layout *l, size_t *crossings);

#endif
