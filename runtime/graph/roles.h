// Roles: what other variables are to a cause X and an effect Y.
//
// X and Y are disjoint sets; neither is part of an answer, latent vertices may be. All O(n +
// m).
#ifndef RUNG_GRAPH_ROLES_H
#define RUNG_GRAPH_ROLES_H

#include "runtime/graph/graph.h"

// Mediators: on a directed path from X to Y.
Status roles_mediators(const Graph *g, const Word *x, const Word *y, Word *out);

// Confounders: with a directed path to X that avoids Y and one to Y that avoids X (common
// causes).
Status roles_confounders(const Graph *g, const Word *x, const Word *y, Word *out);

// Colliders: with a directed path from X that avoids Y and one from Y that avoids X (common
// effects), on which conditioning associates X with Y.
Status roles_colliders(const Graph *g, const Word *x, const Word *y, Word *out);

#endif
