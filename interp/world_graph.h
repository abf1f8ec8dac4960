// World_graph: the graph of several worlds, for independence between counterfactual variables.
//
// The parallel-worlds graph (Shpitser & Pearl 2007, after Balke & Pearl 1994): beside the actual
// variables each world has copies of those that what is set there affects; a variable and its
// copies share their disturbance, and everything unaffected is one. Separation in it implies
// independence; the reverse can fail where variables must be equal by definition.
#ifndef RUNG_INTERP_WORLD_GRAPH_H
#define RUNG_INTERP_WORLD_GRAPH_H

#include "interp/graph_value.h"

typedef struct WorldGraph {
    Vm *vm;
    const Model *model;
    Graph *base;       // of the model, each <-> an explicit latent vertex
    GraphDraft draft;  // of all worlds, while it is being made
    World **worlds;    // borrowed from terms that outlive this
    uint32_t **copies; // per world and variable: its vertex
    size_t nworlds, room;
    Graph *graph;      // when done
} WorldGraph;

// Whether a value, or an item of it, is a variable in a world.
bool world_graph_wanted(Value v);

// Begins; adds a value's variables (their worlds are made as they are met) to `out`, vertex
// numbers; ends, and then `graph` is there. False: trouble set. Free with world_graph_close.
bool world_graph_open(WorldGraph *w, Vm *vm, const Model *m, Trouble *t);
bool world_graph_add(WorldGraph *w, Value v, VertexVec *out, Trouble *t);
bool world_graph_end(WorldGraph *w, Trouble *t);
void world_graph_close(WorldGraph *w);

#endif
