// Sample plan: a question as steps over blocks of lanes.
#ifndef RUNG_SAMPLE_SAMPLE_PLAN_H
#define RUNG_SAMPLE_SAMPLE_PLAN_H

#include "runtime/model/kernel.h"
#include "runtime/real/real_scope.h"
#include "runtime/sample/mechanism.h"
#include "runtime/sample/solve.h"

#define SAMPLE_BLOCK 1024 // lanes, at most

typedef enum SampleStepKind {
    SAMPLE_DRAW,   // var from its mechanism
    SAMPLE_SOLVE,  // var = kernel; the weight is multiplied by exp(slope)
    SAMPLE_WEIGH,  // the weight is multiplied by the mechanism's mass or density of var's value
    SAMPLE_EVENT,  // the weight is kept where the kernel holds, else it is 0
    SAMPLE_FACTOR, // the weight is multiplied by the kernel
} SampleStepKind;

typedef struct SampleStep {
    SampleStepKind kind;
    uint32_t var;
    const Mechanism *mechanism;
    Kernel *kernel, *slope; // owned
    const Term *written;    // of an event or factor
} SampleStep;

// Immutable once open; threads share it. Zeroed before, and to be closed in any case.
typedef struct SamplePlan {
    const RealQuestion *q;
    RealScope scope;
    SolvedList solved;
    Mechanism **mechanisms;  // by variable, NULL where none is needed
    VEC(SampleStep) steps;   // values before weights
    VEC(uint32_t) held;      // the variables that have lanes
    VEC(Kernel *) args;      // of the question
    bool weighted;           // some step changes the weight
} SamplePlan;

// Reads the scope and compiles everything. `nargs` arguments of the question are compiled; of a
// question without arguments, all that is given is in scope.
Status sample_plan_open(const RealQuestion *q, uint32_t nargs, Faults *faults, SamplePlan *out);
void sample_plan_close(SamplePlan *p);

// What one thread needs to run blocks.
typedef struct SampleLanes {
    const void **values;  // by variable
    void **own;           // the same lanes, to be written
    double *log_weight;   // of each lane: -inf where evidence is not met, NaN where it has no value
    double **args;        // of each argument of the question
    double *work, *one;
    unsigned *how;        // by step: how WEIGH weighed lanes that count
    const SampleStep *wrong; // the first step that had no value in a lane that counts, or NULL
    uint8_t *missing;     // by lane: some finite variable has no value
    const SampleStep *missed; // the variable of which that was seen last
    size_t nvalues;       // entries in values
    uint32_t nargs;
} SampleLanes;

// Whether the lanes of so many threads fit the memory limit; else FAULT_ASK_TOO_LARGE.
Status sample_lanes_room(const SamplePlan *p, unsigned threads, const RealCall *call);

Status sample_lanes_open(const SamplePlan *p, SampleLanes *out);
void sample_lanes_close(SampleLanes *l);

// Draws block number `block` of `seed`: at most SAMPLE_BLOCK lanes.
void sample_block(const SamplePlan *p, SampleLanes *l, uint64_t seed, uint64_t block,
                  size_t lanes);

#endif
