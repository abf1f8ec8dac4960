// Graph_value: between the values of the language and sets of vertices.
#ifndef RUNG_INTERP_GRAPH_VALUE_H
#define RUNG_INTERP_GRAPH_VALUE_H

#include "interp/value.h"
#include "runtime/graph/graph.h"
#include "runtime/graph/path.h"

typedef struct Vm Vm;

// The graph in context, for one question about it. `unknown`: check mode, the model is not known.
typedef struct GraphView {
    const Model *model;
    Graph *graph, *whole; // whole: the one that `graph` was cut from, or NULL
    bool unknown;
} GraphView;

// False: trouble set (no model in context, no memory).
bool graph_view_open(Vm *vm, GraphView *view, Trouble *t);
void graph_view_close(GraphView *view);

// Adds the variables that a value names (a variable, a list or set of such values) to `set`, a bitset of
// graph->words. False: trouble set; a family, or something that is no variable.
bool graph_view_add(const GraphView *view, Value v, Word *set, Trouble *t);

// A set as a SET of variables, without anonymous noise. False: no memory.
bool graph_view_set(const GraphView *view, const Word *set, Value *out);

// Appends the names of a set, separated by commas; and a path, as "X <- Z -> Y".
void graph_view_names(const Graph *g, const Word *set, Str *out);
void graph_view_path(const Graph *g, const Path *path, Str *out);

// The names of all vertices as they stand in source, in backquotes where needed. One block, freed
// with mem_free; NULL: no memory.
const char **graph_view_source_names(Vm *vm, const Graph *g);

// The two ends of an ARROW value X -> Y as new bitsets. False: trouble set.
bool graph_view_pair(const GraphView *view, Value arrow, Word **x, Word **y, Trouble *t);

// The most of paths, sets or statements that are listed; their number may be exponential.
enum { GRAPH_SHOWN = 1000 };

// Notes that there are more; `what` in the plural.
void graph_view_more(Vm *vm, const char *what);

// Notes that there may be more, because the search was cut short.
void graph_view_cut(Vm *vm, const char *what);

#endif
