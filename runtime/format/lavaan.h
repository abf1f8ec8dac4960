// Lavaan: the graph of a structural equation model in lavaan's syntax (Rosseel 2012, "lavaan: an
// R package for structural equation modeling").
//
//     Y ~ X + b*Z        # X -> Y, Z -> Y
//     X ~~ Y             # X <-> Y
//     F =~ A + B + C     # a latent F -> A, F -> B, F -> C
//     C <~ A + B         # a composite: A -> C, B -> C
//
// A term that is fixed at 0 (`0*Z`) is no edge. Variances, intercepts, derived values (:=),
// constraints (== < >), thresholds (|) and scales (~*~) say nothing of the graph.
#ifndef RUNG_FORMAT_LAVAAN_H
#define RUNG_FORMAT_LAVAAN_H

#include "runtime/format/graph_file.h"
#include "runtime/format/graph_reader.h"

Status lavaan_read(GraphReader *r);

// A variable without edges is written with its variance (X ~~ X). Refused are selected variables,
// latent ones without an effect, and names that are not letters, digits, '.' and '_'.
Status lavaan_write(const GraphFile *file, Str *out, Faults *faults);

#endif
