// Recover: an effect from laws of selected parts of a population, and from incomplete ones.
//
// Selection bias and missing values (Bareinboim & Tian 2015; Correa, Tian & Bareinboim 2018;
// Mohan & Pearl 2021): what is known are laws such as P(Age, Income | Told = 1) and P(Age,
// Told). From these the question is sought by the rules of probability and of do-calculus,
// breadth first, as by Tikka, Hyttinen & Karvanen (2021). Every step is sound. The search is
// not complete: the probability of the selection itself is never divided by, and it is bounded.
#ifndef RUNG_SYMBOL_RECOVER_H
#define RUNG_SYMBOL_RECOVER_H

#include "runtime/base/ctl.h"
#include "runtime/base/derivation.h"
#include "runtime/graph/graph.h"
#include "runtime/symbol/expr.h"

// P(seen | do(dos), at = its value): sets of vertices of the graph, NULL the empty set. The
// members of `at` are known at one value only, the same in all sources.
typedef struct RecoverSource {
    const Word *seen, *dos, *at;
    const char *law; // copied; how `at` is printed: "Told = 1"; NULL when it is empty
} RecoverSource;

typedef struct RecoverQuery {
    const Word *y, *x, *given; // x and given may be NULL
    const Word *at;            // what the question itself restricts to its value; may be NULL
    const RecoverSource *sources;
    size_t nsources;
    size_t limit; // the most laws to derive; 0: 20000
} RecoverQuery;

typedef struct Recovery {
    Graph *graph;         // over the variables that occur, all others projected away
    uint32_t *vertex;     // of each of its vertices, the vertex of the graph given
    ExprPool pool;        // over its vertices
    const Expr *estimand; // simplified; NULL: not found
    bool exhausted;       // not found, though all that the rules give was derived
} Recovery;

// Searches; the names are borrowed from g. `d` (may be NULL) receives the steps that led to the
// answer. FAULT when more than 16 variables occur. Exponential in their number. Free *out with
// recover_free.
Status recover(const Graph *g, const RecoverQuery *q, const Ctl *ctl, Derivation *d,
               Faults *faults, Recovery *out);
void recover_free(Recovery *r);

#endif
