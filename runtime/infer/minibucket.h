// Minibucket: weighted mini-bucket elimination, which bounds the weight of a network whose
// exact tables are too large, and gives a law to draw from that is close to the network's.
//
// A bucket whose clique is too large is split into mini-buckets (Dechter & Rish,
// "Mini-buckets", JACM 2003). Each is summed as a power mean, sum psi^(1/w) to the power w, and
// the w of a bucket sum to 1, so that by Hoelder's inequality the product of the parts is at
// least the whole (Liu & Ihler, "Bounding the partition function using Hoelder's inequality",
// ICML 2011). Before, the parts of a bucket are made to agree on the variables that they share
// (cost shifting by moment matching: Ihler, Flerova, Dechter & Otten, UAI 2012).
//
// Going back through the buckets, a variable is drawn given those drawn before it in proportion
// to the product of psi / message of its mini-buckets. The weight of a draw is the upper bound
// times the sums of those products, none above 1: bounded, with the network's weight as its
// mean (the idea of Liu, Fisher & Ihler, "Probabilistic variational bounds for graphical
// models", NIPS 2015, who draw from a mixture instead).
#ifndef RUNG_INFER_MINIBUCKET_H
#define RUNG_INFER_MINIBUCKET_H

#include "runtime/infer/problem.h"

// What the bucket's variable is drawn by, given the variables of later buckets: card numbers
// per row. In a bucket of one table its probabilities; of several, logarithms of psi / message.
typedef struct MiniTable {
    uint32_t nvars;
    const uint32_t *vars;  // of the row: variables of the problem
    const size_t *strides; // of each in `values`
    size_t rows;
    double *values;
} MiniTable;

typedef struct MiniBucket {
    uint32_t var, ntables;
    MiniTable *tables;
} MiniBucket;

// The most that tables may take: cells of all together, and variables of each (0: any number).
typedef struct MiniLimit {
    double cells;
    uint32_t vars;
} MiniLimit;

typedef struct MiniBuckets {
    Net net;               // as given, with the children that its tables sum to 1 over
    Problem base, problem; // `problem` has the numbers
    Triangulation order;
    Arena arena;
    MiniBucket *buckets; // in the order of elimination
    double log_upper;    // ln of an upper bound of the weight; -INFINITY: the weight is 0
    double log_lower; // ln of a lower bound; of split buckets -INFINITY until it is asked for
    double cells;     // of all tables and messages
    uint32_t split;   // buckets in parts; 0: log_upper is the weight itself
    MiniLimit limit;
    double part_cells; // the most of one mini-bucket
} MiniBuckets;

// Splits the buckets of a network as little as the limit allows, and bounds its weight. `query`
// (nquery) is not barren; with `all`, nothing is. A factor larger than the limit is not split.
// To be freed in any case. NOMEM; CANCELLED. Time: cells of all tables, times a few logarithms.
Status minibucket_new(const Net *net, NetEvidence evidence, const uint32_t *query,
                      uint32_t nquery, bool all, const MiniLimit *limit, const Ctl *ctl,
                      MiniBuckets *out);
// Finds the lower bound: of each bucket one part is summed, and of the others the least counts
// (Dechter & Rish). It stays -INFINITY where tables have zeros in the wrong places.
Status minibucket_lower(MiniBuckets *m, const Ctl *ctl);

void minibucket_free(MiniBuckets *m);

#endif
