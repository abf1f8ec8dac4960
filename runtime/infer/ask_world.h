// Worlds: counterfactual questions that are questions about doing, and those that are not. Internal to the planner.
//
// By linearity E[a*Y[X = 1] + b*Z[]] is a*E[Y | do(X = 1)] + b*E[Z]; and a probability or an
// expectation that mentions one world only, under conditions that this world cannot change, is
// a question of rung 2 (Pearl 2009, sections 7.1 and 11.3.2: what is not a descendant of what
// is set is the same in both worlds).
#ifndef RUNG_INFER_ASK_WORLD_H
#define RUNG_INFER_ASK_WORLD_H

#include "runtime/base/arena.h"
#include "runtime/base/vec.h"
#include "runtime/infer/ask.h"

// A question without counterfactual variables, asked in a world (NULL: the factual one) that is
// set after the question's own do; or a question across worlds.
typedef struct AskTask {
    Question q;
    const World *world;
    bool across; // of rung 3: its worlds are still in its terms (worlds_build)
    double coef;
} AskTask;

// The answer is constant + sum of coef * answer. Arrays live in `arena`, terms in `owned`.
typedef struct AskTasks {
    VEC(AskTask) items;
    double constant;
    Arena arena;
    VEC(Term *) owned;
} AskTasks;

// Brings a question down to tasks; one task, the question itself, when it has no counterfactual
// variables. What was built must be freed whatever the result.
Status ask_world_split(const Model *m, const Question *q, Faults *faults, AskTasks *out);
void ask_world_free(AskTasks *tasks);

#endif
