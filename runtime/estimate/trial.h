// Trial: an estimand put to the test on a random model of its graph.
#ifndef RUNG_ESTIMATE_TRIAL_H
#define RUNG_ESTIMATE_TRIAL_H

#include "runtime/estimate/identified.h"

// What a trial found: the same probability by surgery and by the estimand. `done` is false when no
// trial was made, because a table of the random model would have been too large.
typedef struct Trial {
    bool done;
    double surgery, estimand;
} Trial;

// Makes a random model of the graph of `m` (every variable with its own levels, else bool; a
// latent bool for each <->; tables bounded away from 0), and compares P(y | do(x), given), at the
// last level of every variable, by surgery on that model and by the estimand of `id` on its law
// of what is observed. The same seed gives the same model. `id` must have an estimand, from the
// observed joint alone.
Status trial_run(const Model *m, Identification *id, uint64_t seed, const Ctl *ctl,
                 Trial *out, Faults *faults);

#endif
