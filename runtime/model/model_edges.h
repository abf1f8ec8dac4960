// Model edges: a model's edges in one order and another, by counting, since every surgery sorts
// all of them. Linear in the number of variables and edges; NOMEM when memory is exhausted.
#ifndef RUNG_MODEL_MODEL_EDGES_H
#define RUNG_MODEL_MODEL_EDGES_H

#include "runtime/model/model_build.h"

// Sorts the edges of a builder by the variable they point to, then by the one they come from,
// then -> before <->. The order of equals stays.
Status model_edges_by_ends(ModelBuilder *b);

// Brings the first `written` edges back into the order of their `seq`, which are distinct
// numbers below `all`.
Status model_edges_as_written(ModelBuilder *b, size_t written, size_t all);

#endif
