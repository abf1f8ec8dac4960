// Sums: large sums of whole numbers as chains of partial sums. Internal to the planner.
//
// An event such as X1 + ... + X40 >= 3 would need a table over all its variables. As a chain of
// new variables S1 = X1, S2 = S1 + X2, ..., each with few values, it needs none (the splitting
// of a deterministic function into steps: "divorcing", Olesen et al. 1989).
#ifndef RUNG_INFER_ASK_SUM_H
#define RUNG_INFER_ASK_SUM_H

#include "runtime/base/arena.h"
#include "runtime/base/vec.h"
#include "runtime/infer/ask_scene.h"

// A question rewritten over a model with the partial sums. Everything is owned.
typedef struct AskSums {
    Model *model; // NULL: nothing was large enough, and the question stays as it is
    Question q;
    Arena arena;
    VEC(Term *) owned;
} AskSums;

// Looks for sums of at least three whole-number terms over more than a few thousand joint
// values, wherever the question does not split them anyway, and rewrites them. What was built
// must be freed whatever the result.
Status ask_sum_rewrite(AskCall *call, const Model *m, const Question *q, AskSums *out);
void ask_sum_free(AskSums *sums);

#endif
