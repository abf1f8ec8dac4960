// Adjust: sets of covariates that turn an observational regression into the causal effect.
//
// Z is an adjustment set for the effect of X on Y (disjoint sets) when in every model of the
// graph P(y | do(x)) = sum over z of P(y | x, z) P(z). By the adjustment criterion (Shpitser,
// VanderWeele & Robins 2010; Perkovic et al. 2018), in the form of van der Zander, Liskiewicz &
// Textor (2014, 2019), this holds exactly when Z
//   (a) has no forbidden vertex: no descendant of a vertex, other than X, on a proper causal
//       path from X to Y (a directed path that leaves X for good at its first step), and
//   (b) separates X from Y in the back-door graph: the graph without the first edges of the
//       proper causal paths.
// It is sound and complete in DAGs and ADMGs, with any latent vertices, for sets X and Y.
// Latent vertices are never in Z. Where vertices are selected, the population at hand is the
// selected one, and the criterion is Correa & Bareinboim's (2017, type 1) for the effect in the
// whole population from P(.| S) alone: besides (a) and (b), with S conditioned on in (b),
//   (c) S is separated from Y by X after do(X), and
//   (d) each ancestor of S in X is separated from Y in the graph without the edges out of X.
#ifndef RUNG_GRAPH_ADJUST_H
#define RUNG_GRAPH_ADJUST_H

#include "runtime/graph/graph.h"
#include "runtime/graph/path.h"
#include "runtime/graph/separator.h"
#include "runtime/graph/sets.h"

// The vertices other than X on proper causal paths from X to Y (Y's included). O(n + m).
Status adjust_causal(const Graph *g, const Word *x, const Word *y, Word *out);

// The forbidden vertices: the descendants of those, and X and Y themselves. O(n + m).
Status adjust_forbidden(const Graph *g, const Word *x, const Word *y, Word *out);

// The (proper) back-door graph; names are borrowed from g. O(n + m).
Status adjust_backdoor_graph(const Graph *g, const Word *x, const Word *y, Graph **out);

typedef enum AdjustVerdict {
    ADJUST_VALID,
    ADJUST_OVERLAP,   // `vertex` is in Z and in X or Y
    ADJUST_LATENT,    // `vertex` of Z is latent
    ADJUST_FORBIDDEN, // `vertex` of Z is on a causal path, or descends from `through`, which is
    ADJUST_OPEN,      // `open` is a non-causal path that Z leaves open
    ADJUST_SELECTED,  // the effect cannot be had from the selected population by adjustment;
                      // `open` is the path by which selection biases it
} AdjustVerdict;

typedef struct AdjustCheck {
    AdjustVerdict verdict;
    uint32_t vertex, through; // GRAPH_NONE where they say nothing
    Path open;                // freed by adjust_check_free
} AdjustCheck;

// Judges Z. O(n + m).
Status adjust_check(const Graph *g, const Word *x, const Word *y, const Word *z,
                    AdjustCheck *check);
void adjust_check_free(AdjustCheck *check);

// What to look for: sets Z with must <= Z <= must + may. NULL for must: nothing; for may: every
// observed vertex. Forbidden vertices are left out of `may` without being asked.
typedef struct AdjustQuery {
    const Word *x, *y, *must, *may;
} AdjustQuery;

// Walks through the minimal adjustment sets, one by one, each in O(n (n + m)):
//     AdjustSets sets = {0};
//     status = adjust_begin(&sets, g, &query);
//     while (status == OK && (status = adjust_next(&sets, &found, z)) == OK && found) ...
//     adjust_end(&sets);
// The outcomes "no set exists" (the first call finds none) and "the empty set is enough" (the
// first call finds the empty set, and the second none) are thus distinct.
typedef struct AdjustSets {
    Separators separators;
    bool none;
} AdjustSets;

Status adjust_begin(AdjustSets *sets, const Graph *g, const AdjustQuery *q);
Status adjust_next(AdjustSets *sets, bool *found, Word *out);
void adjust_end(AdjustSets *sets);

// All minimal sets (at most `limit` of them when it is not 0), by size and then by members.
Status adjust_list(const Graph *g, const AdjustQuery *q, size_t limit, Sets *out);

// The minimal sets for the direct effect: those that separate X from Y once the edges X -> Y
// are gone, without effects of Y; in a linear model, given them, the coefficients of X are
// those of the edges. Sorted as by adjust_list.
Status adjust_list_direct(const Graph *g, const AdjustQuery *q, size_t limit, Sets *out);

// An adjustment set of least total cost (`cost` for each vertex; NULL: of least size). Of
// those, the one whose estimator has the least asymptotic variance (Smucler & Rotnitzky 2022,
// theorem 1).
Status adjust_cheapest(const Graph *g, const AdjustQuery *q, const double *cost, bool *exists,
                       Word *out);

// Of the minimal sets, the one of least asymptotic variance: the one closest to Y (Smucler,
// Sapienza & Rotnitzky 2021; it exists whenever any set does).
Status adjust_optimal_minimal(const Graph *g, const AdjustQuery *q, bool *exists, Word *out);

// The O-set: of all adjustment sets the one of least asymptotic variance (Henckel, Perkovic &
// Maathuis 2022; with latent vertices Smucler et al. 2021, theorem 3). *exists: some set
// exists. *best: `out` is known to be the best of all, which holds when X causes all of Y, and
// no vertex is hidden or every observed one is an ancestor of X or Y; otherwise there may be
// better ones, which may depend on the model, and `out` is an adjustment set that is merely at
// least as good as the optimal minimal one.
Status adjust_optimal(const Graph *g, const AdjustQuery *q, bool *exists, bool *best,
                      Word *out);

#endif
