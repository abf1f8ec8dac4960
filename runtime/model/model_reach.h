// Model reach: the variables that terms mention, and their ancestors.
#ifndef RUNG_MODEL_MODEL_REACH_H
#define RUNG_MODEL_MODEL_REACH_H

#include "runtime/base/bitset.h"
#include "runtime/base/vec.h"
#include "runtime/model/model.h"

typedef struct ModelReach {
    const Model *m;
    Word *seen; // by variable: reached so far
    VEC(uint32_t) stack;
    bool failed; // for want of memory
} ModelReach;

// Opens an empty one; to be closed whatever the result. NOMEM.
Status model_reach_open(const Model *m, ModelReach *out);
void model_reach_close(ModelReach *r);

// Reaches a variable (MODEL_NONE: nothing), and all that a term mentions in the factual world;
// names that the model lacks are passed over. NOMEM.
void model_reach_var(ModelReach *r, uint32_t var);
Status model_reach_term(ModelReach *r, const Term *t);

// The next variable that was reached, once; its causes are reached by that. False when there is
// none left, or no memory (r->failed). Linear in the size of the model over all calls.
bool model_reach_next(ModelReach *r, uint32_t *var);

#endif
