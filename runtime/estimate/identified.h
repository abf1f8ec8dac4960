// Identified: questions about what would happen, put to a graph and answered from the law of a
// model (an infinite data set), by identification.
#ifndef RUNG_ESTIMATE_IDENTIFIED_H
#define RUNG_ESTIMATE_IDENTIFIED_H

#include "runtime/infer/ask.h"
#include "runtime/symbol/identify.h"

// What a question is about, in vertices of the graph of its model.
typedef struct IdentifiedSets {
    Word *y, *x, *given; // outcomes, what is set, what is conditioned on
} IdentifiedSets;

// Whether a condition gives one variable one value, or asks for each (`Z`, `not Z`, `Z = 2`, `Z =
// ?`). The variables of any other condition count as outcomes: the question is then about their
// joint law.
bool identified_pins(const Term *event);

// Finds the sets of a question without worlds, whose do(...) sets whole variables. Faults: an
// unknown or latent variable, one in two roles, a form of intervention or evidence that
// identification does not treat. Free with identified_sets_free also after a failure.
Status identified_sets(const Model *m, const Graph *g, const Question *q, IdentifiedSets *out,
                       Faults *faults);
void identified_sets_free(IdentifiedSets *s);

// Answers `q`, whose effect `id` identified, from the law of `law`: evaluates the estimand there
// and asks the resulting distribution of the outcomes given what is set and seen. Faults: a
// variable that the law lacks, has no levels for, or has other levels for than the graph; what is
// set and observed never happens together in the law; those of expr_eval and ask.
Status identified_answer(const Model *graph, Identification *id, const Model *law,
                         const Question *q, const Ctl *ctl, Answer *out, Faults *faults);

#endif
