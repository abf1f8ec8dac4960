// Frontdoor: identification through what lies between cause and effect.
//
// Z is a front-door set for the effect of X on Y, given a set W of covariates (usually empty),
// when
//   (1) every directed path from X to Y meets Z,
//   (2) no back-door path from X to Z is open given W, and
//   (3) every back-door path from Z to Y is blocked by X and W,
// and W holds no effect of X or Z. Then, within each stratum of W,
//     P(y | do(x)) = sum over z of P(z | x) sum over x' of P(y | x', z) P(x')
// (Pearl 1995; sets and algorithms: Jeong, Tian & Bareinboim 2022). X, Y, Z, W are disjoint; Z
// and W are observed. When X does not cause Y, the empty set will do. The criterion is for a
// population that is seen whole: selected vertices are not heeded.
#ifndef RUNG_GRAPH_FRONTDOOR_H
#define RUNG_GRAPH_FRONTDOOR_H

#include "runtime/base/ctl.h"
#include "runtime/graph/graph.h"
#include "runtime/graph/path.h"
#include "runtime/graph/sets.h"

typedef struct FrontdoorQuery {
    const Word *x, *y;
    const Word *given; // W; NULL: nothing
    const Word *may;   // where Z is looked for; NULL: among the observed
} FrontdoorQuery;

typedef enum FrontdoorVerdict {
    FRONTDOOR_VALID,
    FRONTDOOR_OVERLAP,      // `vertex` is in two of the sets
    FRONTDOOR_LATENT,       // `vertex` is latent
    FRONTDOOR_AFFECTED,     // `vertex` of W is an effect of X or Z
    FRONTDOOR_BYPASSED,     // `path` is a directed path from X to Y around Z (condition 1)
    FRONTDOOR_CONFOUNDED,   // `path` is an open back-door path from X to Z (2)
    FRONTDOOR_CONFOUNDED_Y, // `path` is an open back-door path from Z to Y (3)
} FrontdoorVerdict;

typedef struct FrontdoorCheck {
    FrontdoorVerdict verdict;
    uint32_t vertex;
    Path path; // freed by frontdoor_check_free
} FrontdoorCheck;

// Judges Z. O(n + m).
Status frontdoor_check(const Graph *g, const FrontdoorQuery *q, const Word *z,
                       FrontdoorCheck *check);
void frontdoor_check_free(FrontdoorCheck *check);

// The largest front-door set within `may`: it exists when any does, and contains every other.
// O(n (n + m)).
Status frontdoor_largest(const Graph *g, const FrontdoorQuery *q, bool *exists, Word *out);

// A front-door set of which no proper subset is one. O(n^2 (n + m)).
Status frontdoor_minimal(const Graph *g, const FrontdoorQuery *q, bool *exists, Word *out);

// All minimal front-door sets, by size (at most `limit` when it is not 0). Branches that hold
// no front-door set are cut off, but the time between two answers has no polynomial bound.
Status frontdoor_list(const Graph *g, const FrontdoorQuery *q, size_t limit, const Ctl *ctl,
                      Sets *out);

// Looks for covariates W that make a front-door set possible, and for that set: first none,
// then all observed ancestors of X and Y that X does not affect, reduced one by one while a
// front-door set remains. May miss one that needs other covariates. O(n^2 (n + m)).
Status frontdoor_conditional(const Graph *g, const Word *x, const Word *y, bool *exists,
                             Word *given, Word *out);

#endif
