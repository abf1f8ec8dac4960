// Model copies: a model with further variables that have the mechanisms of others.
#ifndef RUNG_MODEL_MODEL_COPIES_H
#define RUNG_MODEL_MODEL_COPIES_H

#include "runtime/model/model.h"

// A new variable, `name`, with the mechanism of variable `of` of the model `home`, in which the
// i-th cause is the variable causes[i] of the new model. It is latent, and no member of a
// family. `of` has a mechanism.
typedef struct ModelCopy {
    Sym name;
    const Model *home;
    uint32_t of;
    const Sym *causes;
    Cpt *table;       // or NULL. Else it is the mechanism, as a table over ...
    uint32_t ncauses; // ... so many causes; that of `of` only tells the domain
} ModelCopy;

// m with the copies, in any order. Names are new and distinct; causes are variables of m or
// copies, with the domains that the mechanism was tabulated for; they make no cycle. Tables are
// shared, so that a copy costs no more than its causes. Everything is borrowed.
Status model_with_copies(const Model *m, const ModelCopy *copies, uint32_t n, Model **out,
                         Faults *faults);

#endif
