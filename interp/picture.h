// Picture: values as files of SVG.
#ifndef RUNG_INTERP_PICTURE_H
#define RUNG_INTERP_PICTURE_H

#include "interp/render.h"

// Appends the picture of a value as a document of its own: the bar chart of a table or of
// marginals (svg_chart.h), the graph of a model (svg_graph.h). False: *why says why there is none.
bool picture_svg(Value v, const RenderStyle *style, Str *out, const char **why);

#endif
