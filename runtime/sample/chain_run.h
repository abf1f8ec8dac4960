// Chain run: many chains, in blocks, from their starting points to recorded draws.
#ifndef RUNG_SAMPLE_CHAIN_RUN_H
#define RUNG_SAMPLE_CHAIN_RUN_H

#include "runtime/sample/chain_move.h"

// As many chains as an answer has batches, so that each is a batch.
enum { CHAIN_LANES = 32, CHAIN_BLOCKS = REAL_BATCHES / CHAIN_LANES };

// Draws in which a starting point is searched, at most.
#define CHAIN_STARTS ((uint64_t)4096 * REAL_BATCHES)

// The search for starting points of a block.
typedef struct ChainSearch {
    ChainLanes trial;
    double *weight, *own, *noise, *best;
} ChainSearch;

typedef struct ChainRun {
    const RealCall *call;
    const ChainTarget *t;
    Arena arenas[CHAIN_BLOCKS]; // each block has its own, so that threads do not share one
    ChainBlock blocks[CHAIN_BLOCKS];
    ChainSearch searches[CHAIN_BLOCKS];
    Status status[CHAIN_BLOCKS];
    bool *started; // by chain: whether it has a starting point
    ChainCrowd crowd;
    double *widths; // of the free variables, then of directions
    uint32_t ncolumns;
    double *scales;   // of the factors' distances
    double *far;      // where chain_run_distances writes, while it does
    ChainGate gate;   // whose distances
    double **columns; // columns[c][draw * REAL_BATCHES + chain]: what is asked for
    size_t draws, room;
    size_t thin; // sweeps between recorded draws
    uint64_t sweeps;
    double done; // of all that will be needed, as far as known
} ChainRun;

// Zeroed before, to be closed in any case.
Status chain_run_open(const RealCall *call, const ChainTarget *t, ChainRun *r);
void chain_run_close(ChainRun *r);

// Finds a state of positive density for every chain: the best, in the sense of its likelihood,
// of a number of draws from the mechanisms. *found tells whether any was. CANCELLED, NOMEM.
Status chain_run_start(ChainRun *r, bool *found);

// The same with conditions that are inequalities met step by step: chains are moved among draws
// that miss the conditions by less and less (Au & Beck 2001, subset simulation). For conditions
// that chance does not meet. Needs chain_target's graded[CHAIN_GIVEN].
Status chain_run_approach(ChainRun *r, bool *found);

// Runs all chains for some sweeps without recording, then learns widths and directions from it.
Status chain_run_warm(ChainRun *r, size_t sweeps);
void chain_run_learn(ChainRun *r); // the learning alone

// Runs all chains for this many sweeps, and writes into far[sweep * REAL_BATCHES + chain] the
// distance from the events of a gate.
Status chain_run_distances(ChainRun *r, ChainGate gate, size_t sweeps, double *far);

// Narrows a gate of all chains to `level`. Those whose distance in `last`, by chain, is beyond
// it go on from the state of one that is within; false when none is.
bool chain_run_narrow(ChainRun *r, ChainGate gate, double level, const double *last);

// Sets the scales of the events of a gate by the distances at the chains' states.
void chain_run_scale(ChainRun *r, ChainGate gate);

// Appends this many draws of every chain.
Status chain_run_record(ChainRun *r, size_t draws);

#endif
