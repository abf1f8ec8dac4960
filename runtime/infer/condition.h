// Condition: exact answers within the memory and the time allowed, case by case where needed.
//
// Where tables would be too large, some variables are taken at one joint level after the other,
// as if observed, and the answers put together: memory is traded for time (see cutset.h). Since
// the rest is ordered anew once the chosen variables are known, the work hardly grows, and
// often shrinks.
//
// Memory and time are counted before anything is computed, and time is predicted from the count
// at a nominal rate, so that the same question is answered, or refused, on every machine alike.
#ifndef RUNG_INFER_CONDITION_H
#define RUNG_INFER_CONDITION_H

#include "runtime/infer/cutset.h"

typedef struct ConditionTask {
    CutsetTask counted;
    // Answers by a plan and its problem, bound to the evidence. Called once for the question
    // as it is, or for each case but those whose weight is seen to be zero beforehand; `user`
    // puts the answers together.
    Status (*answer)(void *user, const Plan *plan, const Problem *problem, const Ctl *ctl);
    void *user;
} ConditionTask;

// Answers a question at once when its tables fit ctl_memory, else case by case. `plan` and
// `problem` are those of the whole question. What is decided is recorded into `d` unless it is
// NULL. FAULT with FAULT_ASK_TOO_LARGE when no cases fit, or when the prediction is beyond
// ctl_budget: the message states bytes and time. Else what the members of the task return,
// NOMEM or CANCELLED.
Status condition_answer(ConditionTask *task, const Plan *plan, const Problem *problem,
                        const Ctl *ctl, Derivation *d, Faults *faults);

// Refuses a question, or a case, whose tables turn out to take so many bytes once computing
// has begun, since their entries need exponents of their own: FAULT_ASK_TOO_LARGE.
Status condition_refuse(double bytes, const Ctl *ctl, Faults *faults);

#endif
