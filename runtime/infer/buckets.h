// Buckets: elimination of variables one after the other (bucket elimination, Dechter 1999).
//
// Each factor waits in the bucket of its first variable in the order. Working off a bucket
// combines its factors, sums or maximises the variable out, and drops the result into a later
// bucket; what mentions kept variables only ends up in the last one. A bucket whose clique
// holds that of the next but for its own variable is not worked off but inherited by it: both
// variables are then summed out at once, and no table is made between.
#ifndef RUNG_INFER_BUCKETS_H
#define RUNG_INFER_BUCKETS_H

#include "runtime/infer/problem.h"

typedef struct BucketsEntry {
    Factor factor;
    uint32_t next; // in the same bucket, NET_NONE at the end
} BucketsEntry;

typedef struct Buckets {
    const Problem *problem;
    const Triangulation *order;
    const Ctl *ctl;
    Arena arena; // lists of variables
    BucketsEntry *entries;
    size_t count, room;
    uint32_t summed;   // the first so many buckets are summed, the others maximised
    uint32_t *legacy;  // of each bucket, the one that it inherits, else NET_NONE
    uint32_t *heir;    // of each bucket, the one that inherits it, else NET_NONE
    uint32_t *heads;   // of each bucket; number order->count is the last
    const Factor **in; // inputs of the step at hand
    size_t in_room;
    Crew crew;
    FactorScratch scratch;
    bool wide;       // arithmetic that cannot underflow
    bool underflow;  // plain arithmetic might have underflowed: start again with wide
    double constant; // constant * 2^exponent multiplies the result,
    int64_t exponent;
    double log_constant; // as does e^log_constant, from maximising steps
    bool dry;            // nothing is computed,
    double live, most;   // but counted what is taken, in bytes: now, and at most
} Buckets;

// The most bytes that elimination takes at any time, in wide arithmetic or plain, when the first
// `summed` buckets give up their tables once worked off and the others keep them, and when
// `result` bytes are taken at the end beside the last table. Found by going through all steps
// without tables where that might matter: what is certain to be below half of `limit`, or
// above it by the tables alone, is told from the tables alone. NOMEM when memory is exhausted.
Status buckets_predict(const Problem *p, const Triangulation *t, uint32_t summed, bool wide,
                       double result, double limit, double *bytes);

// Fills the buckets with the problem's factors, whose scopes are sorted. To be freed in any
// case.
Status buckets_fill(const Problem *p, const Triangulation *t, uint32_t summed, bool wide,
                    const Ctl *ctl, Buckets *out);
void buckets_free(Buckets *b);

// Sums out the variables of the first buckets. Stops with `underflow` set when plain arithmetic
// might lose something that matters: anything in small questions, more than 1e-60 beside the
// greatest value of some table in large ones.
Status buckets_sum(Buckets *b);

// Turns every waiting factor into (plain) logarithms, for buckets_max.
void buckets_take_logs(Buckets *b);

// Maximises out the variable of bucket `i`; its factors stay for buckets_best.
Status buckets_max(Buckets *b, uint32_t i);

// The best level of the variable of bucket `i` given the levels (by problem variable) of those
// eliminated after it.
uint32_t buckets_best(const Buckets *b, uint32_t i, const uint32_t *levels);

// Multiplies what is in the last bucket over the kept variables. `out->vars` is borrowed from
// `b`; the table is owned, normalised and plain. *faint as NetTable.faint.
Status buckets_last(Buckets *b, Factor *out, bool *faint);

#endif
