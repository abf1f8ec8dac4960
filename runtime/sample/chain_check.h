// Chain check: whether chains agree.
#ifndef RUNG_SAMPLE_CHAIN_CHECK_H
#define RUNG_SAMPLE_CHAIN_CHECK_H

#include <stddef.h>

#include "runtime/base/status.h"

// The potential scale reduction of Vehtari, Gelman, Simpson, Carpenter & Burkner (2021,
// "Rank-normalization, folding, and localization: an improved R-hat"): chains are split in two,
// draws replaced by normal scores of their ranks, and the larger of the figures for the draws
// and for their distances from the median is taken. x[d * chains + c] is draw d of chain c. 1
// where all draws are equal; infinite where each chain stands still and not all at one place.
// Long runs are thinned to some hundred thousand draws. NOMEM.
Status chain_check_rhat(const double *x, size_t draws, size_t chains, double *out);

#endif
