// Chain gate: how far an outcome is from an event.
#ifndef RUNG_SAMPLE_CHAIN_GATE_H
#define RUNG_SAMPLE_CHAIN_GATE_H

#include "runtime/real/real_scope.h"

// A term that is 0 where the event holds (or is at the edge of holding) and grows with the
// distance from it: by how much an inequality is missed, the larger of both for `and`, the
// smaller for `or`; a bool variable in scope that is a function, and is not known, counts as that
// function. What is no inequality is 0 or 1. New reference in *out. *graded tells whether some
// inequality is in it. NOMEM.
Status chain_gate_distance(const Model *m, const RealScope *scope, const Term *event, Term **out,
                           bool *graded);

#endif
