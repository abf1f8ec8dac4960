// Svg_graph: causal graphs as SVG, drawn by Graphviz.
#ifndef RUNG_INTERP_SVG_GRAPH_H
#define RUNG_INTERP_SVG_GRAPH_H

#include <stdbool.h>

#include "runtime/base/str.h"
#include "runtime/format/graph_file.h"
#include "runtime/model/model.h"

// The graph of a model, anonymous noise left out, ready for a file; graph_file_free it in any
// case.
Status svg_graph_file(const Model *m, GraphFile *out);

typedef enum SvgGraph {
    SVG_GRAPH_DRAWN,
    SVG_GRAPH_MISSING, // Graphviz is not installed
    SVG_GRAPH_FAILED,  // it could not be run, or refused the text
} SvgGraph;

// Runs Graphviz's `dot` on a text in its language and appends the document that it draws.
SvgGraph svg_graph_dot(const char *dot, size_t len, Str *out);

// Appends the graph as an <svg> element of class "graph" for a page that holds svg_graph_css;
// elements carry no ids, so that a page may hold several. False, and nothing is appended, when
// Graphviz does not draw it, when memory is exhausted (then out->failed), or when the graph is
// too large to be drawn in seconds or to be looked at (more than 150 vertices, or four edges
// for each).
bool svg_graph_add(const Model *m, Str *out);

// The rules of style sheets for such graphs.
extern const char svg_graph_css[];

#endif
