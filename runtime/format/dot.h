// Dot: directed graphs in the DOT language of Graphviz (graphviz.org/doc/info/lang.html).
//
//     digraph napkin { node [shape=circle]; U [style=dashed]; X -> {Y Z}; X -> Y [dir=both] }
//
// An edge with dir=both or style=dashed is a <->; dir=back turns it round. A vertex is latent
// with style=dashed, observed=no or latent=true, selected with selected=true. All else about looks
// is passed over, and subgraphs are groups. Undirected graphs and edges are refused.
#ifndef RUNG_FORMAT_DOT_H
#define RUNG_FORMAT_DOT_H

#include "runtime/format/graph_file.h"
#include "runtime/format/graph_reader.h"

Status dot_read(GraphReader *r);

// Latent variables are dashed, selected ones boxes, and a <-> is dashed with two heads.
Status dot_write(const GraphFile *file, Str *out, Faults *faults);

#endif
