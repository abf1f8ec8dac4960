// Problem: what is left of a network for one question, once the evidence is sliced out of its
// factors and the barren variables are gone; and an order in which to eliminate the rest.
#ifndef RUNG_INFER_PROBLEM_H
#define RUNG_INFER_PROBLEM_H

#include <stdbool.h>

#include "runtime/base/arena.h"
#include "runtime/base/str.h"
#include "runtime/graph/triangulate.h"
#include "runtime/infer/factor.h"
#include "runtime/infer/net.h"

// A factor of the network with its variables that are still open, numbered by the problem.
typedef struct ProblemFactor {
    uint32_t source; // its number in the network
    uint32_t nvars;
    uint32_t *vars; // in the problem's order once problem_order has been called
    uint32_t child; // the open variable over which every row sums to 1, else NET_NONE
} ProblemFactor;

// The open variables are those neither observed nor of a single level; they are numbered 0, 1,
// ... and the factors that mention any are listed. The other factors are constants.
//
// A problem is of a structure (see plan.h), which has no numbers, until problem_bind.
typedef struct Problem {
    Arena arena; // owns all arrays; of a bound one, strides alone
    const Net *net;
    NetEvidence evidence;
    uint32_t nvars;
    uint32_t *global; // the network's number of each
    uint32_t *local;  // the problem's number of each variable of the network, else NET_NONE
    uint32_t *cards;
    bool *barren; // the variables of the network that were dropped; NULL: none
    uint32_t nfactors;
    ProblemFactor *factors;
    uint32_t nconstants;
    uint32_t *constants; // their numbers in the network
    uint32_t longest;    // variables of a factor
    uint32_t *place;     // of each open variable in the order, by which factors are laid out
    // Of a bound one:
    double constant; // the constants' product is constant * 2^exponent
    int64_t exponent;
    size_t *strides; // room for problem_fill
} Problem;

// What to eliminate when: a stage for each variable of the network (see triangulate.h).
// `stage` may be NULL: all are eliminated, and nothing is barren; only then child[] is set.
// With a stage, variables of stage 0 that are barren are dropped. Every factor of `net` with a
// child must sum to 1 over it. NOMEM when memory is exhausted. The Problem is to be freed in any
// case.
Status problem_new(const Net *net, NetEvidence evidence, const uint8_t *stage, Problem *out);
void problem_free(Problem *p);

// The same problem with the numbers of a network and evidence of that structure. It borrows all
// three, and is to be freed in any case. NOMEM when memory is exhausted.
Status problem_bind(const Problem *p, const Net *net, NetEvidence evidence, Problem *out);

// Finds an elimination order under the stages (NULL: none), and sets place[]: first the
// eliminated variables, then those kept, in the order of their network numbers unless changed
// by the caller. For effort see triangulate.h.
Status problem_triangulate(Problem *p, const uint8_t *stage, double effort, const Ctl *ctl,
                           Triangulation *out);

// Sorts the scopes by place[], after which tables may be made.
void problem_order(Problem *p);

// Sorts a scope by place[]; scopes are short.
void problem_sort(const Problem *p, uint32_t *vars, uint32_t n);

// Makes the table of factor `i`, evidence sliced in, laid out by place[] and normalised. Its
// list of variables is borrowed from the Problem. NOMEM when memory is exhausted.
Status problem_table(const Problem *p, uint32_t i, bool wide, Factor *out);

// The same into a factor that has its variables and room for its table.
void problem_fill(const Problem *p, uint32_t i, Factor *to);

// Appends a variable's name, or "#number" when the network has no names.
void problem_name(const Net *net, uint32_t v, Str *out);

// Appends the steps "pruned" (for barren variables), "evidence" and "elimination order".
Status problem_explain_barren(const Problem *p, Derivation *d);
Status problem_explain_evidence(const Net *net, NetEvidence evidence, Derivation *d);
Status problem_explain_order(const Problem *p, const Triangulation *t, Derivation *d);

#endif
