// Tree: a question as a polynomial in the probabilities of response events.
//
// Every unit's worlds are followed cause by cause; where a response is not yet decided the tree
// branches, and a response that was decided in one world is the same in all others. A path
// through the tree is a conjunction of responses. Paths that go on alike are merged, level by
// level, so that what is known of single variables is summed out on the way.
#ifndef RUNG_BOUNDS_TREE_H
#define RUNG_BOUNDS_TREE_H

#include "runtime/bounds/asked.h"
#include "runtime/bounds/pool.h"

// What is given at most: branches, before a question is called too large.
#define TREE_STEPS 0x1p23

// Adds coef times the mean of the product of args and conditions (with `args`), or of the
// conditions alone, to the polynomial. *steps counts branches, over several calls; nothing more
// is done once it exceeds TREE_STEPS. Faults: a variable whose mechanism has no table.
Status tree_add(const Asked *a, uint32_t question, bool args, double coef, Pool *pool,
                const Ctl *ctl, double *steps, Poly *out);

// Marks the variables of the frame whose responses a question reads.
Status tree_reads(const Asked *a, uint32_t question, bool *reads);

#endif
