// Dagitty: the graph language of dagitty (Textor et al. 2016, "Robust causal inference using
// directed acyclic graphs: the R package 'dagitty'").
//
//     dag { X [exposure]; Y [outcome, pos="1,2"]; U [latent]
//           X -> {Y Z}   A <- B -> C   X <-> Y }
//
// The wrapping `dag { }` may be missing. Read are dag, and pdag and graph that hold no edge without
// a direction; mag and pag, whose edges mean something else, and the marks -- and @ are refused. An
// attribute after an edge belongs to the edge: a role of a variable there (`Z -> X [latent]`)
// is a fault. Attributes without a meaning here (pos, label, beta ..) are passed over.
#ifndef RUNG_FORMAT_DAGITTY_H
#define RUNG_FORMAT_DAGITTY_H

#include "runtime/format/graph_file.h"
#include "runtime/format/graph_reader.h"

Status dagitty_read(GraphReader *r);
Status dagitty_write(const GraphFile *file, Str *out, Faults *faults);

#endif
