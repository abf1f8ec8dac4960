// Model joint: blocks of variables with one multivariate normal law.
//
// A term JOINT holds the law: n means, then the n rows of the covariance matrix, all constants.
// The mechanism of a variable of the block is PART(joint, i), its number in it; variables that
// share the JOINT object are one block. model_finish turns them into linear functions of
// anonymous standard normal noise, by the Cholesky factor of the matrix: rung 3 is answered as
// well, since the block has no causes.
#ifndef RUNG_MODEL_MODEL_JOINT_H
#define RUNG_MODEL_MODEL_JOINT_H

#include "runtime/base/pairmap.h"
#include "runtime/base/vec.h"
#include "runtime/model/model_build.h"

// How many variables a JOINT is the law of.
uint32_t model_joint_size(const Term *joint);

// Why the matrix of a JOINT cannot be a covariance matrix, as half a sentence, in *why; NULL when
// it can. Singular ones can. O(n^3).
Status model_joint_wrong(const Term *joint, const char **why);

// The factors of the blocks met so far. Zeroed at first; to be freed in any case.
typedef struct JointBlock {
    double *factor;  // lower triangle, n by n
    Sym *noise;      // n names, NULL where not yet made
} JointBlock;

typedef struct JointBlocks {
    VEC(JointBlock) items;
    Pairmap index; // by JOINT
} JointBlocks;

// Replaces the mechanism PART(joint, i) of variable `v` by a function of noise variables, which
// are added when they are new. The PART stays in ModelVar.written.
Status model_joint_lower(JointBlocks *blocks, ModelBuilder *b, uint32_t v);
void model_joint_free(JointBlocks *blocks);

// --- in a finished model ----------------------------------------------------------------------

// The blocks of a model, as lists.
typedef struct JointList {
    uint32_t *next; // of a variable: the next of its block, or MODEL_NONE
    bool *follows;  // whether it is in a block, and not its first
} JointList;

Status model_joint_list(const Model *m, JointList *out); // freed in any case
void model_joint_list_free(JointList *list);

// The JOINT that a variable is part of, NULL when it is of none, and its covariance with another
// variable of the block.
const Term *model_joint_of(const ModelVar *var);
double model_joint_covariance(const ModelVar *a, const ModelVar *b);

// Whether anonymous noise `from` makes variables of a block go together: an edge that stands for
// a <-> between those whose covariance is not zero.
bool model_joint_shares(const Model *m, uint32_t from, uint32_t to);

// The law of what is left of the block that starts with `first`, for printing: mvnormal of so
// many variables, or normal of one. New reference, NULL without memory.
Term *model_joint_law(const Model *m, const JointList *list, uint32_t first);

#endif
