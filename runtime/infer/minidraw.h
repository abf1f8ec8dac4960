// Minidraw: draws from mini-buckets, and the weighted sums that answer questions.
#ifndef RUNG_INFER_MINIDRAW_H
#define RUNG_INFER_MINIDRAW_H

#include "runtime/infer/minibucket.h"
#include "runtime/real/real.h"

// What is added up: the weight of each joint level of some variables (distinct, by their number
// in the network, the last fastest), times `events`. Of one variable it is not its level that
// counts but its law given all others, which varies less (Rao-Blackwell). All borrowed.
typedef struct MiniTarget {
    uint32_t nvars;
    const uint32_t *vars;
    uint32_t nevents;
    const NetFactor *events;
    bool relative; // the error of a sum matters beside the sum
} MiniTarget;

// Sums by batch: those of batch b are sums[b * cells ...], in all of `n` draws. What is true is
// x * exp(log_scale). Owned.
typedef struct MiniDraws {
    size_t cells; // of all targets, one after the other
    double *sums;
    double weight[REAL_BATCHES];
    double draws[REAL_BATCHES];
    double log_scale;
    double ess;   // effective number of draws (Kish 1965)
    double shape; // of the tail of the weights, two errors below the estimate (sample_tails.h)
    bool unmet;   // what may have been missed by chance (with 95% confidence) might, were it as
                  // heavy as any draw can be, weigh more than a tenth of the rest
    uint64_t n;
} MiniDraws;

// Draws budget->draws times; or until no cell has a standard error above the tolerance (of its
// share of the weight; where there is no cell, of the weight relative to itself), within a
// bound on the work; no draw is made where the weight is known to be 0. The same seed gives the
// same sums, whatever the number of threads. NOMEM; CANCELLED.
Status minidraw(const MiniBuckets *m, const MiniTarget *targets, uint32_t ntargets,
                const RealBudget *budget, const Ctl *ctl, MiniDraws *out);
void minidraw_free(MiniDraws *d);

// All batches together: of a cell, and of the weight.
double minidraw_sum(const MiniDraws *d, size_t cell);
double minidraw_weight(const MiniDraws *d);

// The standard error of a cell's share of the weight; with SIZE_MAX, of the weight, relative to
// itself.
double minidraw_error(const MiniDraws *d, size_t cell);

// The least standard error that a share can claim: one draw's worth, since batches that agree
// say nothing of what no draw has met; more where few effective draws had the level, or few did
// not.
double minidraw_least(const MiniDraws *d, double share);

// An interval that contains ln of the network's weight with a probability of at least `level`,
// whatever the weights are below the upper bound: an empirical Bernstein bound (Maurer &
// Pontil, COLT 2009), which two-sided holds with twice its error; and the bounds that are
// certain.
void minidraw_interval(const MiniDraws *d, const MiniBuckets *m, double level, double *low,
                       double *high);

#endif
