// Plan: how a question to a network is computed, as far as it does not depend on any number.
//
// A plan follows from the structure alone: the levels of the variables, the scopes of the
// factors, which of them are conditional tables, which variables are observed (not at what
// level) and which are asked about. It is written down as a row of words, the key; two
// questions with equal keys have the same plan.
#ifndef RUNG_INFER_PLAN_H
#define RUNG_INFER_PLAN_H

#include "runtime/infer/jointree.h"

typedef enum PlanKind {
    PLAN_JOINT,     // the joint of the query, all else eliminated
    PLAN_MARGINALS, // a junction tree for every variable; no query
    PLAN_ARGMAX,    // the query is eliminated last, by maxima
} PlanKind;

typedef struct PlanKey {
    uint32_t *words;
    size_t count;
    uint64_t hash;
} PlanKey;

bool plan_key_equal(const PlanKey *a, const PlanKey *b);

// Reference counted; immutable once made, but for its place among those that are kept.
typedef struct Plan {
    uint32_t refs;
    size_t bytes; // that all of it takes
    struct Plan *chained, *newer, *older; // plans.h
    PlanKind kind;
    PlanKey key;  // owned, like all arrays
    Arena arena;
    Net net;            // the structure: its factors have no values, and those with a child sum
                        // to 1 over it
    uint32_t *evidence; // 0 where a variable is observed, else NET_NONE
    const uint32_t *query;
    uint32_t nquery;
    Problem problem; // bound to nothing
    Triangulation order;
    uint32_t summed; // the first so many of the order are summed out, the others maximised
    Jointree tree;   // of MARGINALS
} Plan;

// The plan for a question, a new reference: one that net->plans keeps, or made now and kept
// there. NOMEM when memory is exhausted, CANCELLED, which leaves what is kept as it was.
Status plan_find(const Net *net, NetEvidence evidence, PlanKind kind, const uint32_t *query,
                 uint32_t nquery, const Ctl *ctl, Plan **out);
Plan *plan_keep(Plan *plan);
void plan_drop(Plan *plan); // NULL allowed

// A plan for the question of another with other variables observed, made with that effort (see
// triangulate.h), a new reference. NOMEM when memory is exhausted, CANCELLED.
Status plan_vary(const Plan *plan, NetEvidence evidence, double effort, const Ctl *ctl,
                 Plan **out);

#endif
