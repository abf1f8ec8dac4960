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

// Whether the conditions that the engines do not weigh, since the question does not depend on
// how probable they are, can happen at all: as soon as draws meet them; else where an exact
// engine says so. Faults: FAULT_ASK_IMPOSSIBLE; FAULT_SAMPLE_IMPROBABLE where neither is so.
Status ask_real_separated(const RealCall *call, const RealQuestion *q);

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

// A question whose interventions are done in `model`, and which of its cells are to be found, as
// for ask_real; `pins` hold the free conditions among the outer axes.
typedef struct RealCase {
    AskCall *call;
    const Model *model;
    const Question *q;
    const AskAxes *axes;
    const bool *outer;
    const AskPin *pins;
    uint32_t npins;
    size_t first;
    Answer *out;
} RealCase;

// H and I. Between variables of finitely many values and events, from their exact joint
// distribution; I between quantities that are jointly normal from their covariances. Faults: that
// distribution is sampled (the entropy of frequencies is biased), or there is neither.
Status ask_real_info(const RealCase *c);

// A question with soft evidence on a variable of finitely many levels.
Status ask_real_soft(const RealCase *c);

// What a case is given, for questions about its parts: conditions without interventions, free and
// averaged variables and, with `hard`, soft evidence; the pins; and what is added by
// real_given_pin.
typedef struct RealGiven {
    Cond *conds; // in the arena, with room for `room` pins
    uint32_t n;
    VEC(Term *) owned;
} RealGiven;

Status real_given_open(const RealCase *c, bool hard, size_t room, Arena *arena, RealGiven *out);
Status real_given_pin(RealGiven *g, Sym name, const Domain *d, uint32_t level);
// Takes back all but the first n conditions, which pins have been added last.
void real_given_cut(RealGiven *g, uint32_t n);
void real_given_free(RealGiven *g);

// The event that a variable has a level. NULL: no memory.
Term *ask_real_level(Sym name, const Domain *d, uint32_t level);

// A number P(args | given), by the planner's exact methods alone: the same method otherwise.
// *sampled is true, and the value not set, when it would have to be sampled; `why` (may be NULL)
// then receives what stands in the way.
Status ask_real_exact(const RealCase *c, Term *const *args, uint32_t nargs, const RealGiven *g,
                      bool *sampled, Str *why, double *value);

// The conditions of a question, in the form that real.h wants, for what is not a number: the rows
// of sample. Arrays live in `arena`. Faults: soft evidence.
Status ask_real_conditions(const Question *q, Arena *arena, Faults *faults, RealQuestion *out);

#endif
