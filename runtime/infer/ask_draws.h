// AskDraws: the joints that a question is answered from, estimated by draws from mini-buckets
// where exact tables are too large. Internal to the planner.
//
// A head asks for its joints one after the other, as it would of an exact engine. It is run
// three times: to list them, all tables being ones; with what was then drawn, all tables from
// the same draws; and once more without each batch of draws, since from how the answer moves
// follows its error, whatever the head computes (the jackknife; Efron & Stein 1981).
#ifndef RUNG_INFER_ASK_DRAWS_H
#define RUNG_INFER_ASK_DRAWS_H

#include "runtime/infer/ask_net.h"
#include "runtime/infer/minidraw.h"

#define ASK_DRAWS_ALL REAL_BATCHES

typedef struct AskDrawn AskDrawn;

typedef struct AskDraws {
    const RealBudget *budget;
    uint32_t size;         // the most variables of a table; 0: as the memory allows
    size_t without;        // the batch left out, or ASK_DRAWS_ALL
    bool listing;          // nothing was drawn yet
    VEC(AskDrawn *) drawn; // in the order in which they were asked for
    VEC(MiniDraws *) from; // what they are made of
    size_t next;
    bool quick;     // only whether a weight is known to be 0 matters
    bool sampled;   // some were drawn
    bool unmet;     // some of these may have missed what weighs much
    double ess;     // the least
    uint64_t draws; // the most
    bool smooth;    // every cell is an answer, and has the error of few draws on its own
} AskDraws;

// Whether the question can be answered so, and the method lets it.
bool ask_draws_allowed(const AskCall *call, const Question *q);
// Whether the method asks for it.
bool ask_draws_wanted(const AskCall *call);

void ask_draws_open(const AskCall *call, const Question *q, AskDraws *out);
void ask_draws_close(AskDraws *d);

// Forgets what was drawn: joints are listed again.
void ask_draws_clear(AskDraws *d);
// Draws for all joints that were listed. Exact where no bucket needs splitting. Faults: draws
// too unequal for an error to be trusted.
Status ask_draws_make(AskScene *s);
// Starts again with the first joint, leaving out a batch.
void ask_draws_replay(AskDraws *d, size_t without);

// As ask_net_joint.
Status ask_draws_joint(AskScene *s, const uint32_t *query, uint32_t nquery, NetTable *out);

// The weight of the scene's conditions, and those of the query with its events.
Status ask_draws_pair(AskScene *s, const uint32_t *query, uint32_t nquery, NetTable *top,
                      NetTable *bottom);

// As net_marginals.
Status ask_draws_marginals(AskScene *s, const AskNet *net, double *const *out, double *log_z);

// Runs `head`, which writes `n` numbers, and once more without each batch. influence receives
// REAL_BATCHES numbers per number, with mean 0 (Answer.influence).
Status ask_draws_run(AskScene *s, Status (*head)(AskScene *s, double *out), size_t n,
                     double *out, double *influence);

#endif
