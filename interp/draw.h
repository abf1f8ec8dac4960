// Draw: the picture of a causal graph in characters.
#ifndef RUNG_INTERP_DRAW_H
#define RUNG_INTERP_DRAW_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/status.h"
#include "runtime/base/str.h"
#include "runtime/graph/graph.h"

// Appends the graph drawn in layers, causes above effects: boxes (dashed for latent variables,
// double for selected ones), lines with arrowheads, and a dashed line with two heads for a <->.
// A line that passes behind another is interrupted; where lines of one variable part they join.
// When dashed lines take too much room, the <-> stand in a list below. *fits is false, and nothing
// is appended, when `width` columns are not enough, or it takes too many lines. Each line ends in a newline.
Status draw_graph(const Graph *g, uint32_t width, bool *fits, Str *out);

#endif
