// Causal: the graph of a model, for the algorithms on graphs, and the model that is a graph.
#ifndef RUNG_MODEL_CAUSAL_H
#define RUNG_MODEL_CAUSAL_H

#include "runtime/graph/graph.h"
#include "runtime/model/model.h"

// The graph of a model: vertex i is variable i, latent and selected variables marked (anonymous
// noise counts as latent). Noise that a joint block shares becomes <-> between its variables. *out is freed with graph_free. O(n log n + m).
Status causal_graph(const Model *m, Graph **out);

// The model that is the graph alone: symbolic variables in the order of the vertices, without
// mechanisms. `name` may be NULL. Faults: see model_finish.
Status causal_model(Interner *names, const Graph *g, Sym name, Model **out, Faults *faults);

#endif
