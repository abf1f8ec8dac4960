// Plans: the plans that are kept, to be found again by their keys.
//
// They live with the model and with all that surgery makes of it, since a plan knows nothing
// but the structure: sweeps over do(...) and other levels of the same observations find the
// plan of the first question. What a plan depends on is all in its key, so that nothing ever
// has to be thrown away because it has become wrong; the least recently used go when there are
// too many. An answer does not depend on whether its plan was found or made.
#ifndef RUNG_INFER_PLANS_H
#define RUNG_INFER_PLANS_H

#include "runtime/infer/plan.h"
#include "runtime/model/model.h"

typedef struct Plans {
    size_t most; // bytes that may be kept
    size_t bytes, count;
    Plan **chains; // by hash, `nchains` a power of two or 0
    size_t nchains;
    Plan *newest, *oldest;
} Plans;

// Up to `most` bytes of plans; NULL when memory is exhausted.
Plans *plans_new(size_t most);
void plans_free(Plans *plans); // NULL allowed

// The plans that are kept with a model; NULL when memory is exhausted.
Plans *plans_of(const Model *m);

// A new reference to the plan of that key, now the most recently used; or NULL. Expected time
// linear in the size of the key.
Plan *plans_get(Plans *plans, const PlanKey *key);

// Keeps a plan, whose key must be new, unless it is too large or memory is exhausted.
void plans_put(Plans *plans, Plan *plan);

#endif
