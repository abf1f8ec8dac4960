// Ask real: questions that depend on variables with infinitely many values. Internal to the
// planner.
#ifndef RUNG_INFER_ASK_REAL_H
#define RUNG_INFER_ASK_REAL_H

#include "runtime/infer/ask_axis.h"
#include "runtime/infer/ask_scene.h"

// Whether what is given agrees with itself, also where the question does not depend on it: that
// no variable is given a value which its causes, as given or as they follow from what is given,
// do not allow. Linear in the ancestors of what is given. Faults: FAULT_ASK_IMPOSSIBLE.
Status ask_real_check(const RealQuestion *q, Faults *faults);

// Whether what a question mentions, or an ancestor of that, has infinitely many values.
Status ask_real_needed(const Model *m, const Question *q, bool *needed);

// Answers `q`, all of whose interventions are done in `m`. The axes that are not `outer` are gone
// through level by level, and the answers written to the cells from `first` on; the others are
// interventions. In a dry call only checks.
Status ask_real(AskCall *call, const Model *m, const Question *q, const AskAxes *axes,
                const bool *outer, size_t first, Answer *out);

// What marginals and argmax are asked of: `model` after surgery, which has set the variables of
// `set`. They are answered by one question P(...) each, in ask_real_parts.c.
typedef struct RealParts {
    AskCall *call;
    const Model *model;
    const Question *q;
    const Sym *set;
    uint32_t nset;
} RealParts;

// The distribution of every variable of `original` that is neither set nor observed: a table, or
// a law in its axis.
Status ask_real_marginals(const RealParts *p, const Model *original, Answer *out);

// The most probable assignment, from the table over all of them.
Status ask_real_argmax(const RealParts *p, Answer *out);

// The conditions of a question, in the form that real.h wants, for what is not a number: the rows
// of sample. Arrays live in `arena`. Faults: soft evidence.
Status ask_real_conditions(const Question *q, Arena *arena, Faults *faults, RealQuestion *out);

#endif
