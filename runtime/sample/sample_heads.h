// Sample heads: estimates and their errors from sums of draws.
#ifndef RUNG_SAMPLE_SAMPLE_HEADS_H
#define RUNG_SAMPLE_SAMPLE_HEADS_H

#include "runtime/sample/sample_sums.h"

typedef struct SampleEstimate {
    double value, se;
    double spread; // that the tolerance is relative to
    double ess;    // effective number of draws (Kish 1965)
    double hits, misses; // of P and LOGP: effective draws in which the event holds, or does not
    bool alike;          // of E, VAR, SD and COV: to rounding, an argument was one number in all
    double influence[REAL_BATCHES];
} SampleEstimate;

// Estimates of P, LOGP, E, VAR, SD, COV, COR and SLOPE are functions of ratios of weighted means;
// the influence of a batch is their derivative in its direction (delta method), and the standard
// error that of a mean of batches. NOMEM. Linear in the number of batches, cubic in that of
// arguments.
Status sample_heads_estimate(const SampleSums *sums, RealHead head, SampleEstimate *out);

// The standard error that belongs to influence numbers.
double sample_heads_error(const double *influence);

// Where an event failed in no draw, or in few, batches that agree say nothing of the error: it is
// made at least that of one more failure.
void sample_heads_widen(SampleEstimate *e);

#endif
