// Regions: connected parts of a junction tree, each worked off by one worker as one task, and
// where the messages to children are kept.
//
// Messages of separate subtrees do not depend on each other (Kozlov & Singh 1994, parallel
// junction trees by regions). A region has enough to do to be worth a task; towards the root it
// waits for the regions below it, away from the root for the one above. What a message is does
// not depend on the regions.
#ifndef RUNG_INFER_REGIONS_H
#define RUNG_INFER_REGIONS_H

#include "runtime/infer/jointree.h"

typedef struct Regions {
    Arena arena; // owns all arrays
    uint32_t count;
    uint32_t *start;   // the cliques of r are cliques[start[r]] .. cliques[start[r + 1] - 1],
    uint32_t *cliques; // parents before children
    uint32_t *parent;  // of each region, NET_NONE for those with nothing above
    uint32_t *first_child, *next_sibling; // NET_NONE at the end
    uint32_t *children;                   // their number
    double *up_weight;                    // what is left to do from here to the root, and
    double *down_weight;                  // from here to the farthest leaf
    double *down; // offset of the message to each clique from its parent, in cells
    double cells; // of the store: `fixed` and room for the messages to children
} Regions;

// What passing all messages of a tree costs, in cells touched.
double regions_cost(const Jointree *tree);

// Parts the tree for so many workers: into one region for one. The messages to children start at
// offset `fixed`. Those within a region lie on a stack, since each is needed only until its
// subtree is done; those between regions have places of their own. NOMEM when memory is
// exhausted; to be freed in any case. O(cliques).
Status regions_build(const Jointree *tree, double fixed, unsigned workers, Regions *out);
void regions_free(Regions *r);

#endif
