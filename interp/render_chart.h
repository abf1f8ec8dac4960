// Render_chart: bar charts of answers, in characters.
#ifndef RUNG_INTERP_RENDER_CHART_H
#define RUNG_INTERP_RENDER_CHART_H

#include "interp/render.h"

// Whether there is a chart of the value: it is a table, marginals, or bounds.
bool render_chart_has(Value v);

// Appends the chart of such a value, without a final newline: a bar for each cell, below the
// conditions that it stands under, with its number and, where it was sampled, its standard error;
// bars of negative numbers run to the left. Bounds are a span of the line from 0 to 1, or as far
// as it must go. Not wider than style->width columns where labels leave room for bars.
void render_chart(Value v, const RenderStyle *style, Str *out);

#endif
