// Chain: questions answered by Markov chains.
#ifndef RUNG_SAMPLE_CHAIN_H
#define RUNG_SAMPLE_CHAIN_H

#include "runtime/real/real.h"

// Answers a question whose evidence makes likelihood weights degenerate: many observations, or
// narrow events. REAL_BATCHES chains start at draws from the mechanisms that meet the evidence;
// continuous variables move by slice sampling, one by one and along the differences of a
// population of states, finite ones by their conditional laws. The standard error is that of
// the mean of independent chains. Without a number of draws in the budget, chains grow until
// the standard error is below the tolerance, or what is deemed enough work is done: the error
// stated is right in both cases. Faults: FAULT_SAMPLE_IMPROBABLE when no starting point is
// found, FAULT_SAMPLE_APART when chains do not agree (split R-hat above 1.05) in the end,
// FAULT_SAMPLE_MIXED for a law of atoms and a density. CANCELLED and NOMEM leave nothing in
// *out.
Status chain_answer(const RealCall *call, const RealQuestion *q, RealAnswer *out);

// Answers P and LOGP of events that nearly no draw meets, where they are inequalities: by
// multilevel splitting (chain_climb.h). Faults as above, and FAULT_SAMPLE_RARE where the event
// is not reached, or the relative error is above 0.3.
Status chain_rare(const RealCall *call, const RealQuestion *q, RealAnswer *out);

#endif
