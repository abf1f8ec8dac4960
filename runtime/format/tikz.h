// Tikz: a graph drawn in TikZ, as a LaTeX document of its own (the class standalone).
#ifndef RUNG_FORMAT_TIKZ_H
#define RUNG_FORMAT_TIKZ_H

#include "runtime/format/graph_file.h"

// In layers, causes above effects; latent variables are dashed, selected ones boxes, and a <-> is
// a dashed arc with two heads. Long edges go by the bends of the layout.
Status tikz_write(const GraphFile *file, Str *out, Faults *faults);

#endif
