// Identify: what an effect is in terms of the observed distribution, or why it cannot be known.
//
// P(y | do(x)) and P(y | do(x), z) for sets of variables in a graph with latent confounders, by
// the algorithms ID and IDC of Shpitser & Pearl (2006a, 2006b), which are sound and complete:
// they fail only where two models of the graph agree on everything observed and differ in the
// effect. The witness of a failure is a hedge.
#ifndef RUNG_SYMBOL_IDENTIFY_H
#define RUNG_SYMBOL_IDENTIFY_H

#include "runtime/base/derivation.h"
#include "runtime/graph/graph.h"
#include "runtime/symbol/expr.h"
#include "runtime/symbol/source.h"

// By which argument the estimand was found. The special forms are preferred where they apply.
typedef enum IdentifyForm {
    IDENTIFY_NONE,      // not identifiable
    IDENTIFY_SEEING,    // no adjustment is needed: P(y | x), or P(y) when x has no effect
    IDENTIFY_BACKDOOR,  // adjusting for `adjust`
    IDENTIFY_FRONTDOOR, // through the front-door set `adjust`
    IDENTIFY_GENERAL,   // the general algorithm
} IdentifyForm;

// A hedge for P(y | do(x)): two sets inner <= outer of vertices, each connected by bidirected
// edges (within itself), of which only the outer meets X, and from each of whose members a
// directed path within the set leads to `roots`, which are causes of Y (or in Y) after do(X).
// What the outer set does cannot be told from what the inner one does. When sources were given,
// all three are the district that no source gives.
typedef struct Hedge {
    Word *outer, *inner, *roots; // vertices of the identification's graph; owned by it
} Hedge;

// An answer. It owns everything it points to; free it with identify_free.
typedef struct Identification {
    Graph *graph; // the ADMG that was reasoned about: the latent projection of the one given
    uint32_t *vertex; // of each of its vertices, the vertex of the given graph
    ExprPool pool;    // over its vertices
    IdentifyForm form;
    const Expr *estimand; // simplified; NULL when not identifiable
    const Expr *raw;      // as the algorithm gave it; NULL when not identifiable
    Word *adjust;         // vertices of `graph`, for the special forms
    Word *x, *y, *given;  // the question, in vertices of `graph`
    Hedge hedge;
    bool sourced; // sources were given
} Identification;

typedef struct IdentifyQuery {
    const Word *y, *x, *given; // vertices of the graph; x and given may be NULL, the empty set
    bool general;              // use the general algorithm even where a special form applies
    // What is known; sets of vertices of the graph. NULL: the observed joint of the population
    // asked about.
    const Source *sources;
    size_t nsources;
} IdentifyQuery;

// Answers the question. Latent vertices of g are projected away first; y, x, given must be
// disjoint and observed, y not empty, and no vertex selected (FAULT otherwise). Names are
// borrowed from g, which must outlive the answer. `d` (may be NULL) receives the steps: the
// line of ID or the rule of do-calculus, the independence used and the graph in which it holds,
// and the expression after it. Polynomial in the size of the graph, apart from the length of
// the estimand.
Status identify(const Graph *g, const IdentifyQuery *q, Derivation *d, Faults *faults,
                Identification *out);
void identify_free(Identification *id);

#endif
