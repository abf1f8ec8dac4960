// Chain target: the law that the chains are to draw from, as a product of factors over the
// variables that they move.
//
// A variable in scope is free (the chains move it), sure (a function of others), known (its
// value is evidence), or solved: where evidence gives a function of it a value, it is the
// solution, and the density of the evidence is its own, divided by the derivative (change of
// variables).
#ifndef RUNG_SAMPLE_CHAIN_TARGET_H
#define RUNG_SAMPLE_CHAIN_TARGET_H

#include "runtime/model/kernel.h"
#include "runtime/real/real_scope.h"
#include "runtime/sample/mechanism.h"
#include "runtime/sample/solve.h"

typedef enum ChainRole {
    CHAIN_OUT,
    CHAIN_FREE,
    CHAIN_SURE,
    CHAIN_KNOWN,
    CHAIN_SOLVED
} ChainRole;

typedef enum ChainFactorKind {
    CHAIN_MASS,   // the mechanism of `var`
    CHAIN_SLOPE,  // the kernel is the logarithm of the derivative of a solution
    CHAIN_EVENT,  // the kernel holds, or nearly: ChainLanes.gate
    CHAIN_WEIGHT, // the kernel is a weight
} ChainFactorKind;

// Whose event: a condition, or what a probability is asked of.
typedef enum ChainGate { CHAIN_GIVEN, CHAIN_ASKED, CHAIN_GATES } ChainGate;

typedef struct ChainFactor {
    ChainFactorKind kind;
    ChainGate gate; // of an EVENT
    uint32_t var;
    Kernel *kernel;   // owned; NULL for MASS
    Kernel *distance; // of an EVENT: how far from it (chain_gate.h)
} ChainFactor;

// What has to be done when variables move: the functions of them, in order, and the factors.
typedef struct ChainPart {
    uint32_t nsteps, nfactors;
    const uint32_t *steps; // variables, sure or solved
    const uint32_t *factors;
} ChainPart;

// Immutable once opened; threads share it. Zeroed before, and to be closed in any case.
typedef struct ChainTarget {
    const RealQuestion *q;
    RealScope scope;
    Arena arena;
    Mechanism **mechs; // by variable; NULL outside the scope
    ChainRole *roles;  // by variable
    SolvedList solved;
    Kernel **solutions; // by variable: of those solved
    uint32_t *order;    // the variables in scope, each behind what it is computed from
    uint32_t norder;
    VEC(ChainFactor) factors;
    uint32_t *free; // the free variables
    uint32_t nfree;
    ChainPart *parts;         // of each of them
    ChainPart all;            // of all of them together
    ChainPart drawn;          // no functions; the mechanisms that chain_draw draws from
    Kernel **args;            // of the question; NULL for LAW, whose argument is a variable
    uint32_t law;             // that variable
    bool graded[CHAIN_GATES]; // whether some event's distance can shrink bit by bit
} ChainTarget;

Status chain_target_open(const RealCall *call, const RealQuestion *q, ChainTarget *out);
void chain_target_close(ChainTarget *t);

// A block of chains, one in each lane.
typedef struct ChainLanes {
    size_t lanes;
    void **values; // by variable: levels of one that has finitely many values, else doubles
    const void **inputs;
    double *work;
    double *term; // one number per lane
    // Events count as met at a distance up to their gate times their scale: 0 means that they
    // must hold, infinity that they need not. At first conditions must hold, what is asked need
    // not.
    double gate[CHAIN_GATES];
    const double *scales; // by factor; NULL: 1
} ChainLanes;

Status chain_lanes_open(const ChainTarget *t, size_t lanes, Arena *arena, ChainLanes *out);

static inline bool chain_finite(const ChainTarget *t, uint32_t var) {
    return domain_finite(t->q->model->vars[var]->domain);
}

static inline double *chain_reals(const ChainLanes *l, uint32_t var) {
    return l->values[var];
}

static inline uint32_t *chain_levels(const ChainLanes *l, uint32_t var) {
    return l->values[var];
}

// Copies one lane of every free variable.
void chain_copy_lane(const ChainTarget *t, const ChainLanes *from, size_t i, ChainLanes *to,
                     size_t j);

// Computes the functions of a part, then out[lane] = the sum of its factors' logarithms, -inf
// for what cannot be.
void chain_evaluate(const ChainTarget *t, const ChainPart *part, ChainLanes *l, double *out);

// The functions alone.
void chain_follow(const ChainTarget *t, const ChainPart *part, ChainLanes *l);

// Draws all free variables from their mechanisms, in order.
void chain_draw(const ChainTarget *t, Stream *s, ChainLanes *l);

// The largest distance, in scales, from the events of a gate.
void chain_distance(const ChainTarget *t, ChainGate gate, ChainLanes *l, double *out);

// The distance from the event of one factor.
void chain_event_distance(const ChainTarget *t, uint32_t factor, ChainLanes *l, double *out);

// A variable of finitely many values to which its mechanism gives none in some lane, or not
// always one; MODEL_NONE when there is none. `room` holds a double per lane. A number that is
// missing is NaN and shows in what is computed from it.
uint32_t chain_missing(const ChainTarget *t, Stream *s, ChainLanes *l, void *room);

// The value of argument i, or for P whether all hold.
void chain_argument(const ChainTarget *t, uint32_t i, ChainLanes *l, double *out);

#endif
