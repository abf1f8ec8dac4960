// Search: what follows from given distributions by the rules of do-calculus and of probability.
//
// For knowledge that no complete algorithm covers: distributions of some variables, conditional
// ones, of selected or partly missing data, of populations that a variable tells apart. The
// search goes breadth first from the sources through all distributions that one rule yields
// from one or two known ones, until it meets the one asked for (after Tikka, Hyttinen &
// Karvanen 2021). What it finds is right; when it finds nothing, that proves nothing.
#ifndef RUNG_SYMBOL_SEARCH_H
#define RUNG_SYMBOL_SEARCH_H

#include "runtime/base/ctl.h"
#include "runtime/base/derivation.h"
#include "runtime/graph/graph.h"
#include "runtime/symbol/expr.h"

#define SEARCH_VARIABLES 16 // that sources and target may name; and 5 fixed values for each
#define SEARCH_VALUES 5

// The vertex has one value only where it stands; `value` is a number of the caller's choice.
typedef struct SearchFix {
    uint32_t vertex, value;
} SearchFix;

// P(head | do(dos), given), sets of observed vertices (NULL: empty), known for all values, or
// for one value of those members of dos and given that `fixed` lists: P(Age, Income | Told =
// 1).
typedef struct SearchTerm {
    const Word *head, *given, *dos;
    const SearchFix *fixed;
    size_t nfixed;
} SearchTerm;

typedef struct SearchQuery {
    SearchTerm target;
    const SearchTerm *sources;
    size_t nsources;
    size_t limit; // distributions to look at before giving up; 0: 50 000
} SearchQuery;

// It owns what it points to; free it with search_free.
typedef struct SearchAnswer {
    bool found;
    bool complete;           // everything that the rules yield was looked at
    ExprPool pool;           // the vertices of the graph, then the fixed values
    const SearchFix *values; // of variable g->n + i of the pool
    size_t nvalues;
    const Expr *estimand; // simplified; NULL when not found
    uint32_t *rank;       // of the pool
} SearchAnswer;

// FAULT when more variables or values are named than above, when a set of the query has latent
// vertices, or a term has no head. `d` (may be NULL) receives the steps that led to the answer.
// Names are only read.
Status search_run(const Graph *g, const SearchQuery *q, Derivation *d, const Ctl *ctl,
                  Faults *faults, SearchAnswer *out);
void search_free(SearchAnswer *a);

#endif
