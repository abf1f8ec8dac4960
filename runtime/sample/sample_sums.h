// Sample sums: weighted moments of the arguments of a question, batch by batch, and what follows.
//
// Every sum of a batch is scaled by exp(-scale), so that weights of any size are added without
// overflow; arguments are taken from `pivot`, so that variances lose no digits.
#ifndef RUNG_SAMPLE_SAMPLE_SUMS_H
#define RUNG_SAMPLE_SAMPLE_SUMS_H

#include <stddef.h>

#include "runtime/base/status.h"
#include "runtime/real/real.h"

typedef struct SampleBatch {
    double scale; // -inf before the first weight that is not 0
    double w, ww; // sums of weights and their squares
    double *m;    // per argument: sum of w x
    double *mm;   // per pair of arguments: sum of w x y
    double *sq;   // per argument: sum of w^2 x, for the number of hits of an event
} SampleBatch;

typedef struct SampleSums {
    uint32_t n; // arguments
    double *pivot;
    SampleBatch batches[REAL_BATCHES];
    double *room;
} SampleSums;

Status sample_sums_open(uint32_t nargs, SampleSums *out);
void sample_sums_close(SampleSums *s);

// Adds a block of lanes to a batch. Lanes of weight 0 count for nothing, whatever their values.
void sample_sums_add(SampleSums *s, size_t batch, size_t lanes, const double *log_weight,
                     double *const *args);

// All batches together, on the scale of the largest, in *total, whose arrays are the caller's (of
// n, n * n and n doubles); `factor` receives by batch what its sums are multiplied by.
void sample_sums_total(const SampleSums *s, SampleBatch *total, double *factor);

#endif
