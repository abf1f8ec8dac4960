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

// Immutable once made, reference counted.
typedef struct Plan {
    uint32_t refs;
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

// The plan for a question, a new reference. NOMEM when memory is exhausted.
Status plan_find(const Net *net, NetEvidence evidence, PlanKind kind, const uint32_t *query,
                 uint32_t nquery, Plan **out);
void plan_drop(Plan *plan); // NULL allowed

#endif
