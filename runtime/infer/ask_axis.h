// Axes: the free variables of a question, as dimensions of its answer. Internal to the planner.
#ifndef RUNG_INFER_ASK_AXIS_H
#define RUNG_INFER_ASK_AXIS_H

#include "runtime/base/vec.h"
#include "runtime/infer/ask.h"

typedef enum AxisKind {
    AXIS_EVENT,  // free among the events
    AXIS_GIVEN,  // free in a condition
    AXIS_DO,     // one intervention per level
    AXIS_POLICY, // one intervention per function
} AxisKind;

typedef struct AskAxis {
    AxisKind kind;
    Sym name;
    const Domain *domain; // borrowed from the model, or from the Case that widened it
    uint32_t count;
    size_t stride;        // in the answer's cells
    const Assign *assign; // of DO and POLICY
} AskAxis;
typedef VEC(AskAxis) AskAxes;

// The axes of a question, events first, then conditions and interventions in the order of the
// text, then those of `world` (NULL: none). Sets strides; *cells is their product. Faults: a
// variable freed twice, a free variable where the head allows none, too many policies, names
// and domains as ask_scene_place.
Status ask_axis_collect(const Model *m, const Question *q, const World *world, Faults *faults,
                        AskAxes *out, double *cells);

// Sets the strides after counts have changed; returns the number of cells.
double ask_axis_strides(AskAxes *axes);

// An assignment of a bare bool, or of a bare variable of another domain (kind VALUE without a
// value): whether it is free.
Status ask_axis_frees(const Model *m, const Assign *a, Faults *faults, bool *frees);

// What choice `k` of a DO or POLICY axis assigns. New reference; NULL: no memory.
Term *ask_axis_value(const Model *m, const AskAxis *axis, uint32_t k);

// The dimension as users see it; owned by the caller.
Status ask_axis_answer(const Model *m, const AskAxis *axis, AnswerAxis *out);

// A level as a term of its domain. NULL: no memory.
Term *ask_axis_level(const Domain *d, uint32_t level);

// --- ask_policy.c ---------------------------------------------------------------------------

// The number of functions from the inputs' levels to the target's; as a double, as it may be
// huge.
double ask_policy_count(const Model *m, const Domain *target, const uint32_t *inputs,
                        uint32_t ninputs);

// Function number k as a term ("if R1 then b else a"): its values at the combinations of the
// inputs (last fastest) are the digits of k, the first most significant. NULL: no memory.
Term *ask_policy_term(const Model *m, const Domain *target, const uint32_t *inputs,
                      uint32_t ninputs, uint64_t k);

#endif
