// Jointree: the tree of cliques along which marginals are passed.
//
// Built from an elimination order: its maximal cliques, joined where eliminated variables meet
// (Koller & Friedman 2009, section 10.4). Of all cliques the one is made root towards which the
// fewest messages have to be computed: a message is known to be 1 throughout when all it sums
// are conditional tables over their children (nothing is observed behind it), and then it is
// neither computed nor multiplied. A question without evidence on a Bayesian network collects
// next to nothing.
#ifndef RUNG_INFER_JOINTREE_H
#define RUNG_INFER_JOINTREE_H

#include "runtime/infer/problem.h"

typedef struct JointreeClique {
    uint32_t nvars, nsep; // the last nsep variables are those shared with the parent
    uint32_t *vars;       // by place: those that only the subtree has come first
    uint32_t parent;      // NET_NONE for the root of each connected part
    uint32_t first_child, next_sibling; // NET_NONE at the end
    uint32_t *factors;                  // of the problem, whose variables are all in the clique
    uint32_t nfactors;
    double cells, sep_cells;
    bool unit; // the message to the parent is 1 throughout
} JointreeClique;

typedef struct Jointree {
    Arena arena; // owns all arrays
    const Problem *problem;
    uint32_t count;
    JointreeClique *cliques; // parents before children
    uint32_t *top;           // the first clique with each variable, the one nearest to the root
    double cells;            // of all cliques
    double seps;             // of all separators
} Jointree;

// Builds the tree for the triangulation of `p`, gives the variables their places by it and
// sorts the problem's scopes. NOMEM when memory is exhausted; to be freed in any case.
// O(variables of all cliques, times the size of the scopes of their tables).
Status jointree_build(Problem *p, const Triangulation *t, Jointree *out);
void jointree_free(Jointree *tree);

#endif
