// Svg_chart: bar charts of answers, as SVG.
#ifndef RUNG_INTERP_SVG_CHART_H
#define RUNG_INTERP_SVG_CHART_H

#include "interp/render.h"

// Whether there is a bar chart of the value: it is a table, or marginals.
bool svg_chart_has(Value v);

// Appends the chart of such a value as one <svg> element: a bar for each cell, below the
// conditions that it stands under; an axis with round numbers that begins at 0 (or ends there);
// for what was sampled the 95% interval; "undefined" where there is no number. Lengths across
// are percentages, so that it fills whatever width it is given with letters of one size.
// `alone`: for a file of its own, 640 pixels wide, with namespace and styles; else for a page
// that holds svg_chart_css. Beyond 400 bars the number of the others is told.
void svg_chart_add(Value v, const RenderStyle *style, bool alone, Str *out);

// The rules of style sheets for such charts, light and dark.
extern const char svg_chart_css[];

#endif
