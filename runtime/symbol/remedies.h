// Remedies: what would make an effect identifiable that is not.
#ifndef RUNG_SYMBOL_REMEDIES_H
#define RUNG_SYMBOL_REMEDIES_H

#include "runtime/base/ctl.h"
#include "runtime/graph/sets.h"
#include "runtime/symbol/identify.h"

// Sets of vertices of `graph`, the given graph with a latent vertex named "A<->B" in place of
// each bidirected edge (surgery_expand); its first vertices are those of the given graph. Each
// set is enough on its own and none of its proper subsets is; smaller sets come first.
typedef struct Remedies {
    Graph *graph;
    Sets experiments;  // randomise these, besides observing
    Sets measurements; // observe these latent variables
} Remedies;

// Looks through all sets of at most `largest` vertices (2 is plenty for reading; 0: 2), each by
// one call of identify. Setting Y is not considered an experiment. Free *out with
// remedies_free.
Status remedies_find(const Graph *g, const IdentifyQuery *q, size_t largest, const Ctl *ctl,
                     Faults *faults, Remedies *out);
void remedies_free(Remedies *r);

#endif
