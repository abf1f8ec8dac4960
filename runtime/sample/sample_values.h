// Sample values: draws kept one by one, for quantiles and laws.
#ifndef RUNG_SAMPLE_SAMPLE_VALUES_H
#define RUNG_SAMPLE_SAMPLE_VALUES_H

#include "runtime/sample/sample_heads.h"

typedef struct SampleValue {
    double x, weight; // the weight is a logarithm until sample_values_sort
    uint32_t batch;
} SampleValue;

// Sorts by value, and scales the weights so that they sum to 1. Those of weight 0 go: returns how
// many are left. With *undefined, some that count are NaN.
size_t sample_values_sort(SampleValue *v, size_t n, bool *undefined);

// The smallest value whose cdf reaches `level`. The error is that of the cdf there, by batches,
// divided by the density, which is taken from the quantiles two errors below and above
// (Woodruff 1952).
void sample_values_quantile(const SampleValue *v, size_t n, double level, SampleEstimate *out);

// At most `most` values that stand for all, each equally likely: every weight in proportion
// (systematic resampling). New reference, or NULL without memory.
Term *sample_values_law(const SampleValue *v, size_t n, size_t most, uint32_t origin);

#endif
