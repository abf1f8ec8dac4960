// Worlds: a counterfactual question as a question about one model. Internal to the planner.
//
// Abduction, action and prediction (Pearl 2009, section 7.1.3) on one network: all worlds of
// the question side by side, sharing their noise (Balke & Pearl 1994). A condition on any of
// them updates the noise, and through it all the others.
#ifndef RUNG_INFER_WORLDS_H
#define RUNG_INFER_WORLDS_H

#include "runtime/base/arena.h"
#include "runtime/base/vec.h"
#include "runtime/infer/ask.h"

// The question `q`, without worlds and without do, to be asked of `model`. Arrays live in
// `arena`, terms in `owned`.
typedef struct Worlds {
    Model *model;
    Question q;
    Arena arena;
    VEC(Term *) owned;
} Worlds;

// Builds the network of the question's worlds, and rewrites its terms to the variables there:
// Dead[A = false] becomes the variable "Dead [A = false]". A do among the conditions cuts the
// model once, before the worlds are made. Must be freed whatever the result. Faults: the
// model's knowledge does not determine the answer (worlds_net_check); a world that frees a
// variable; a model with factors; those of model_do.
Status worlds_build(const Model *m, const Question *q, Derivation *d, Faults *faults,
                    Worlds *out);
void worlds_free(Worlds *w);

// Leaves out of the answer to `marginals` what is not a variable of m.
void worlds_only(const Model *m, Answer *answer);

#endif
