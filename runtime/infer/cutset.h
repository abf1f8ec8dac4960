// Cutset: which variables to take level by level so that the rest fits the memory.
//
// Knowing a variable takes it out of every clique. What is left is a narrower problem, answered
// once for each joint level of the variables so chosen (cutset conditioning, Pearl 1988,
// section 4.3; w-cutsets, Bidyuk & Dechter 2007).
#ifndef RUNG_INFER_CUTSET_H
#define RUNG_INFER_CUTSET_H

#include "runtime/infer/plan.h"

// Cells beyond which it is not worth knowing how many more: three years of a nominal processor.
#define CUTSET_HOPELESS 1e17

// A question with a plan, as far as counting goes. All members are borrowed.
typedef struct CutsetTask {
    const Net *net;
    NetEvidence evidence;
    double passes; // how often each cell of the order's cliques is visited
    double held;   // bytes that putting the answers of cases together takes beside their tables
    double least;  // bytes that every case takes, whatever is known
    // The most bytes that answering by a plan takes; where that is certain to be below half the
    // limit, or above it, the tables alone may be counted.
    Status (*bytes)(const Plan *plan, double limit, double *bytes);
    double limit; // ctl_memory; set by condition_answer
} CutsetTask;

typedef struct CutsetSize {
    double bytes; // at most, at any time
    double cells; // visited, with so many more for each table as its handling is worth
} CutsetSize;

typedef struct Cutset {
    const CutsetTask *task;
    const Plan *whole; // of the question as it is
    const Ctl *ctl;
    double limit;       // bytes
    uint32_t *evidence; // which variables are observed or chosen (then 0), else NET_NONE
    uint32_t *vars;     // those chosen, of the network, in the order of choice
    uint32_t count;
    double cases;    // the product of their levels
    Plan *plan;      // of a case; NULL: none is chosen
    CutsetSize size; // of a case
    bool fits;       // a case into the limit
    bool *may;       // whether a variable may be chosen
    double *relief;  // of each variable of the network, while choosing
    double work;     // spent on looking for orders
} Cutset;

// What a plan takes. NOMEM when memory is exhausted.
Status cutset_measure(const CutsetTask *task, const Plan *plan, CutsetSize *size);

// Chooses variables for a question of that size, greedily: each time the one that takes most
// bytes off for the least growth of work, what is left being ordered anew; a few more where
// that saves work. Only the variables asked about are chosen for an argmax. Gives up (`fits` is
// false) when none is left, when no case could fit, at CUTSET_HOPELESS cells in all cases, and
// when it has looked for some seconds; the choice so far stays. A function of its arguments
// alone. NOMEM or CANCELLED. To be freed in any case.
Status cutset_choose(const CutsetTask *task, const Plan *whole, CutsetSize size, const Ctl *ctl,
                     Cutset *out);
void cutset_free(Cutset *c);

#endif
