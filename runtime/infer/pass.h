// Pass: the tables of one pass of messages over a junction tree, and what they take.
#ifndef RUNG_INFER_PASS_H
#define RUNG_INFER_PASS_H

#include <stdatomic.h>

#include "runtime/infer/regions.h"

// Where the marginal of a variable is taken from: the smallest table there is.
typedef struct Source {
    uint32_t clique;
    bool separator; // the one between the clique and its parent, else the clique itself
    uint32_t next;  // variable with the same source, NET_NONE at the end
} Source;

// What each worker needs for itself.
typedef struct Hand {
    const Factor **in;
    Factor **out;
    FactorScratch scratch;
} Hand;

// The store of all tables has first the model's own, the marginals and the messages to parents,
// then the messages to children.
typedef struct Pass {
    const Problem *problem;
    const Jointree *tree;
    Regions regions;
    const Ctl *ctl;
    double *const *out; // by the network's variable; NULL, to count only: all are asked for
    bool wide;
    Arena arena;
    double *values; // all tables
    int32_t *exps;
    size_t used;
    Factor *tables; // of the problem's factors
    Factor *up,
        *down; // messages of each clique to and from its parent; values NULL: 1 throughout
    Factor *marginals;                  // of each variable, with no values where not asked for
    uint32_t *self;                     // its own number, of each
    Source *sources;                    // of each variable
    uint32_t *of_clique, *of_separator; // first variable taken from each, else NET_NONE
    Crew crew;
    Hand *hands; // of the workers
    CrewTasks tasks;
    atomic_uint *waiting;   // of each region: the regions below it that are not collected yet
    atomic_int status;      // of what went wrong, OK: nothing
    atomic_bool underflow;  // plain arithmetic might have lost something that matters
    atomic_bool lossy;      // an entry may have underflowed on the way to the roots
    bool *risky;            // and in what each clique knows
    atomic_llong exponent;  // 2^exponent was taken from the messages to parents
    atomic_uint done;       // cliques
    double log_z;
} Pass;

// Opens a pass of which the problem, the tree, ctl, out and wide are set, the rest being zero:
// everything but the store, into which the tables go. *bytes receives what all of it is going to
// take, including what comes and goes while messages are computed; where that is certain to be
// below half of `limit`, or the tables alone are above it, it may be less, and in that case the
// pass is of no further use. NOMEM when memory is exhausted. To be freed in any case; its address must not
// change.
Status pass_open(Pass *s, unsigned workers, double limit, double *bytes);
void pass_free(Pass *s);

// Makes the store and fills in the problem's tables.
Status pass_fill(Pass *s);

// The inputs of a clique that are its own tables and what its children say, into `h`; the
// separators below it and the marginals taken from it, as outputs; their numbers.
size_t pass_inputs(const Pass *s, Hand *h, uint32_t k);
size_t pass_outputs(const Pass *s, Hand *h, uint32_t k);

// The job of a clique with the first so many inputs and outputs of `h`.
FactorJob pass_job(const Pass *s, const Hand *h, uint32_t k, size_t nin, size_t nout);

#endif
