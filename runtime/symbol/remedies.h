// Remedies: what would make an effect identifiable that is not.
#ifndef RUNG_SYMBOL_REMEDIES_H
#define RUNG_SYMBOL_REMEDIES_H

#include "runtime/base/ctl.h"
#include "runtime/graph/sets.h"
#include "runtime/symbol/identify.h"

// Sets of vertices of `graph`, the given graph with a latent vertex named "A<->B" in place of
// each bidirected edge (surgery_expand); its first vertices are those of the given graph. Each
// set is enough on its own and none of its proper subsets is; smaller sets come first, but
// experiments on members of X, the trivial ones, last.
typedef struct Remedies {
    Graph *graph;
    size_t named;      // how many vertices are those of the given graph
    Sets experiments;  // randomise these, and see all others, besides what is known
    Sets measurements; // observe these latent variables
    bool more;         // there may be others, larger or beyond the limit
} Remedies;

typedef struct RemediesLimits {
    size_t largest; // the most vertices of a set; 0: 2
    size_t calls;   // of identify, for each of the two kinds; 0: 1000
} RemediesLimits;

// Looks through all sets of causes of Y and of the conditions (setting or measuring anything
// else tells nothing), each by one call of identify: with P(V | do(Z)) as a further source
// (general identification; z-identification of Bareinboim & Pearl 2012), or with the latent
// vertices observed. Setting Y is not considered an experiment. With described sources the
// empty experiment, observing, is one too, and no measurements are proposed, since a source
// says what it shows. X itself is always among the experiments when nothing within it is. When
// the effect is identified as it is, the one set of each kind is empty. Free *out with
// remedies_free.
Status remedies_find(const Graph *g, const IdentifyQuery *q, RemediesLimits limits,
                     const Ctl *ctl, Faults *faults, Remedies *out);
void remedies_free(Remedies *r);

// Answers the question of `q` with one of the sets found put into practice.
Status remedies_identify(const Graph *g, const IdentifyQuery *q, const Remedies *r,
                         const Word *set, bool measure, Faults *faults, Identification *out);

#endif
