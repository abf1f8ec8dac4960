// Render_estimate: numbers with their error, as text.
#ifndef RUNG_INTERP_RENDER_ESTIMATE_H
#define RUNG_INTERP_RENDER_ESTIMATE_H

#include "interp/render.h"

// Appends "0.5231 +- 0.0009": the standard error with its one or two digits that mean something,
// and the value to the same decimals. From 12 digits on both are shown in full.
// What is infinite is shown without an error when it has none.
void render_estimate(double value, double se, const RenderStyle *style, Str *out);

// Appends "(sampled: 1,000,000 draws, seed 1)" of an ESTIMATE or of a sampled table.
void render_sampling(Value v, Str *out);

#endif
