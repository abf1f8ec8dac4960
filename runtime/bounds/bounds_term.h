// Bounds_term: objectives and assumptions that are written as terms over questions (TERM_ASK).
#ifndef RUNG_BOUNDS_BOUNDS_TERM_H
#define RUNG_BOUNDS_BOUNDS_TERM_H

#include "runtime/bounds/bounds.h"

// What is known: the model with what is assumed of it, and the sources. All borrowed.
typedef struct BoundsKnown {
    const Model *model;
    const BoundsSource *sources;
    uint32_t nsources;
} BoundsKnown;

// The bounds of an objective: sums and differences of questions, with numbers as factors, are one
// linear objective; a quotient of two such is found by a search for the number r at which the best
// value of numerator - r * denominator is zero (Dinkelbach 1967), each step a linear objective.
// Assumptions are those of the model: without a question in it, one holds of every unit; a
// comparison that is linear in questions is an inequality or equation; any other comparison is
// left to the solver (BOUNDS_MARGIN). out->culprit is then a number in model->assumes. Faults:
// those of bounds_solve; an objective or assumption of another form, a denominator that may be
// zero (FAULT_BOUNDS_FORM, FAULT_BOUNDS_ASSUME).
Status bounds_term_solve(const BoundsKnown *known, const Term *objective, const Ctl *ctl,
                         Derivation *d, BoundsAnswer *out, Faults *faults);

// Whether bounds_term_solve treats the objective. OK or NOMEM. Linear time.
Status bounds_term_treats(const Term *objective, bool *treats);

// Whether a question has a form that can be bounded, and stand in an assumption: P or E,
// conditioned on events and do(V = value). Such a one as a term: OK or NOMEM.
bool bounds_term_fits(const Question *q);
Status bounds_term_ask(const Question *q, Sym head, Term **out);

#endif
