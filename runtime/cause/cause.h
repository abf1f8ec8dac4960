// Cause: actual causation in finite structural models, by the modified definition of Halpern &
// Pearl.
//
// X = x is an actual cause of an event in a model and a context when (AC1) both happened; (AC2)
// there are other values x' for X, and a set W of other variables to be held at the values that
// they had, under which the event would not have happened; and (AC3) no part of X = x satisfies
// AC2 (Halpern, "A modification of the Halpern-Pearl definition of causality", IJCAI 2015). The
// degree of responsibility of X = x is 1/k, k the least number of variables of a cause that X = x
// is part of and of those held for it, and 0 when it is part of none; the degree of blame is the
// expected degree of responsibility over what is not known of the context, X having been set to
// x (Chockler & Halpern, "Responsibility and blame", JAIR 2004; for the modified definition:
// Halpern, "Cause, responsibility and blame", 2015).
#ifndef RUNG_CAUSE_CAUSE_H
#define RUNG_CAUSE_CAUSE_H

#include "runtime/base/arena.h"
#include "runtime/base/ctl.h"
#include "runtime/base/fault.h"
#include "runtime/base/vec.h"
#include "runtime/model/model.h"
#include "runtime/model/term.h"

// What happened, and in which circumstances. Borrowed. Every variable that matters must have
// finitely many values; those with causes must be functions of them.
typedef struct CauseQuestion {
    const Model *model;
    const Term *event;         // what happened
    const Term *const *given;  // events that say what the context was
    uint32_t ngiven;
    uint32_t origin;
} CauseQuestion;

// One cause with a witness, arrays in the Causes' arena.
typedef struct Cause {
    uint32_t n;
    const uint32_t *vars, *levels; // what happened: variables and their actual levels
    const uint32_t *other;         // the levels under which the event would not have happened
    uint32_t nheld;
    const uint32_t *held;          // what is held at its actual value for that; as few as can be
    const uint32_t *held_levels;
} Cause;

typedef struct Causes {
    Arena *arena;
    VEC(Cause) items; // the smallest first, then in the order of the model
} Causes;

void causes_free(Causes *c);

// All causes of the event among the variables that are not noise, are ancestors of those that
// the event mentions, and are not mentioned themselves. Faults: the event did not happen in the
// context; the conditions leave the context open in a way that matters, or contradict each other;
// a mechanism that is not a function; infinitely many values; too many combinations to try, with
// their number. Exponential in the number of those variables (the problem is hard for the second
// level of the polynomial hierarchy), but only those downstream of a candidate are ever held.
Status cause_find(const CauseQuestion *q, const Ctl *ctl, Causes *out, Faults *faults);

// The degree of responsibility for the event of `claim`, a conjunction of V = level; and the
// degree of blame, for which the context may be open. Faults: as cause_find; a claim of another
// form. For responsibility, a claim that is not true in the context has degree 0.
Status cause_responsibility(const CauseQuestion *q, const Term *claim, const Ctl *ctl,
                            double *out, Faults *faults);
Status cause_blame(const CauseQuestion *q, const Term *claim, const Ctl *ctl, double *out,
                   Faults *faults);

#endif
