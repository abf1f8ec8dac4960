// Sample: questions answered by drawing from the model.
#ifndef RUNG_SAMPLE_SAMPLE_H
#define RUNG_SAMPLE_SAMPLE_H

#include "runtime/real/real.h"

// Answers by sampling: forward where nothing is observed; likelihood weighting where the evidence
// can be weighed (a distribution by its density; a function that is invertible in its noise by
// solving for the noise); by Markov chains where the weights degenerate. The method is in
// out->method, the standard error and the effective number of draws beside the value. The same
// seed gives the same answer, whatever the number of threads. Faults: what cannot be drawn
// (FAULT_SAMPLE_...); evidence so improbable that no draw, and no chain, met it; chains that do
// not agree. CANCELLED leaves nothing in *out.
Status sample_answer(const RealCall *call, const RealQuestion *q, RealAnswer *out);

// Draws `n` joint outcomes of `nvars` variables given the conditions of `q` (head and args are
// ignored): columns[i][r] receives the number of variable vars[i] in row r, for a finite variable
// the position of its level. Rows are independent draws; where likelihood weights are needed, rows
// are resampled by them.
Status sample_rows(const RealCall *call, const RealQuestion *q, const uint32_t *vars,
                   uint32_t nvars, size_t n, double *const *columns);

// Whether some draw meets all conditions of `q` (head and args are ignored): *met is false when
// none of 260,000 did. Where draws cannot tell (an equation that is not solved, a mechanism
// without value) it is true.
Status sample_met(const RealCall *call, const RealQuestion *q, bool *met);

#endif
