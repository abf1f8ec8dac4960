// Explain: the steps around the algorithm ID: the question, the special forms, the answer.
#ifndef RUNG_SYMBOL_EXPLAIN_H
#define RUNG_SYMBOL_EXPLAIN_H

#include "runtime/base/derivation.h"
#include "runtime/symbol/identify.h"

// Each adds steps to `d`, which may be NULL.

// What is asked, and about which graph when latent vertices were projected away.
Status explain_question(const Identification *id, Derivation *d);

// Why the sum over id->adjust of P(y | x, z) P(z) is the effect: rules 2 and 3 of do-calculus
// where they suffice, otherwise the adjustment criterion.
Status explain_backdoor(Identification *id, Derivation *d);

// Why the front-door formula holds with id->adjust.
Status explain_frontdoor(Identification *id, Derivation *d);

// Line 1 of IDC: the observation of v became an intervention; x and given are those after it.
Status explain_exchange(Identification *id, const Word *x, const Word *given, size_t v,
                        Derivation *d);

// Line 2 of IDC: id->raw is the joint effect on Y and `given` over its sum.
Status explain_condition(Identification *id, const Word *given, Derivation *d);

// The simplified estimand.
Status explain_estimand(const Identification *id, Derivation *d);

#endif
