// Chain climb: the probability of an event that chance does not meet.
#ifndef RUNG_SAMPLE_CHAIN_CLIMB_H
#define RUNG_SAMPLE_CHAIN_CLIMB_H

#include "runtime/sample/chain_check.h"
#include "runtime/sample/chain_run.h"

typedef enum ChainClimbEnd {
    CHAIN_CLIMB_DONE,
    CHAIN_CLIMB_STUCK, // levels came no nearer: perhaps the event cannot happen
    CHAIN_CLIMB_APART, // chains did not agree at some level
} ChainClimbEnd;

typedef struct ChainClimb {
    ChainClimbEnd end;
    double log_p;                   // of the probability
    double influence[REAL_BATCHES]; // of the chains on log_p
    double rhat;                    // the worst
    uint64_t draws;
    int levels;
} ChainClimb;

// The probability that all arguments hold, by multilevel splitting: as the product of the
// shares of draws at each level that lie within the next (Au & Beck 2001). The chains are
// batches at every level, so that the error covers how levels depend on one another. The chains
// of `r` have started and warmed up; they end within the event. NOMEM, CANCELLED.
Status chain_climb(ChainRun *r, ChainClimb *out);

#endif
