// Explain_remedies: why an effect is not identified, and what would make it so, in plain words.
#ifndef RUNG_SYMBOL_EXPLAIN_REMEDIES_H
#define RUNG_SYMBOL_EXPLAIN_REMEDIES_H

#include "runtime/base/derivation.h"
#include "runtime/base/str.h"
#include "runtime/symbol/remedies.h"

// "measuring the common cause of X and Y", "an experiment on Z": a set of r->measurements
// (`measure`) or of r->experiments. When memory is exhausted, out->failed is set.
void explain_remedies_text(const Remedies *r, const Word *set, bool measure, Str *out);

// Adds to `d` (may be NULL) what the two districts of the hedge of `id` are, edge by edge, and
// why none of the ways to a formula is open. Nothing when there is no hedge, or sources were
// given.
Status explain_remedies_hedge(const Identification *id, Derivation *d);

// Adds one step for each remedy, measurements first, each with the estimand that it leads to. A
// common cause without a name gets one: U, or U1, U2, .. as far as they are free.
Status explain_remedies(const Graph *g, const IdentifyQuery *q, const Remedies *r,
                        Derivation *d, Faults *faults);

#endif
