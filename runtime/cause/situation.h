// Situation: the variables that matter to a question of actual causation, as functions of levels,
// and the contexts that its conditions allow. Internal to the room.
#ifndef RUNG_CAUSE_SITUATION_H
#define RUNG_CAUSE_SITUATION_H

#include "runtime/base/arena.h"
#include "runtime/base/bitset.h"
#include "runtime/cause/cause.h"
#include "runtime/model/kernel.h"

#define SITUATION_FREE UINT32_MAX // a variable that nobody sets

// A term that is true or false of the situation's levels.
typedef struct Claim {
    Kernel *kernel;
    uint32_t *inputs; // situation variables
    const void **lanes;
    double *work;
} Claim;

// Variables are numbered 0..n-1, causes first.
typedef struct Situation {
    Arena arena; // all arrays
    const CauseQuestion *q;
    const Ctl *ctl;
    Faults *faults;
    uint32_t n;
    uint32_t *vars, *local; // to and from the model's numbers (MODEL_NONE: does not matter)
    uint32_t *cards;
    uint32_t **function;    // of a variable with causes: its level by the levels of its parents
    const double **law;     // of one without: the probability of each level; else NULL
    bool *mentioned;        // by the event
    bool *candidate;        // may be a cause
    bool *held;             // may be held: an ancestor of the event's variables, or one of them
    Word **down;            // the descendants of each
    size_t words;
    Claim event;
    Claim *given;
} Situation;

// Fills *out; to be closed whatever the result. `claim` (may be NULL) is a term whose variables
// matter, too. Faults as cause_find.
Status situation_open(const CauseQuestion *q, const Term *claim, const Ctl *ctl, Faults *faults,
                      Situation *out);
void situation_close(Situation *s);

// Computes all levels from those of the variables without causes in `context`, where `set` (NULL:
// nowhere) does not say otherwise. `levels` may be `context`.
void situation_run(const Situation *s, const uint32_t *context, const uint32_t *set,
                   uint32_t *levels);

// Whether the event holds of some levels.
bool situation_event(const Situation *s, const uint32_t *levels);

// Calls `visit` for each context of positive probability that meets the conditions, with all its
// levels, as they are under `set` (NULL: as they are), and its probability; stops at what is not
// OK. Faults: no such context; more of them to be tried than 2^24.
Status situation_each(Situation *s, const uint32_t *set,
                      Status (*visit)(void *user, const uint32_t *levels, double p), void *user);

#endif
