// Chain sum: from recorded draws of chains to an answer and its error.
#ifndef RUNG_SAMPLE_CHAIN_SUM_H
#define RUNG_SAMPLE_CHAIN_SUM_H

#include "runtime/sample/sample_heads.h"

// The estimate from columns[c][draw * REAL_BATCHES + chain], `draws` for each chain: for P and
// LOGP one column of 0 and 1, for LAW the variable, else one for each argument. Each chain is a
// batch, so that draws within it may depend on one another as they like. The effective number
// of draws is that of independent ones after which the mean of the first column would be known
// as well; hits and misses are shares of it. Of a LAW, the estimate is that of its median.
// NOMEM.
Status chain_sum(const RealQuestion *q, double *const *columns, uint32_t ncolumns, size_t draws,
                 SampleEstimate *out);

// The law of the first column: at most `most` of its values that stand for all. NULL: no
// memory.
Term *chain_sum_law(const RealQuestion *q, const double *column, size_t draws, size_t most);

#endif
