// Model done: surgery that was done before.
//
// A sweep over do(X = x) under one piece of evidence after the other operates again and again
// in the same few ways. A model keeps what came out of the latest operations that only set
// variables to constants; what came out keeps no reference to the model.
#ifndef RUNG_MODEL_MODEL_DONE_H
#define RUNG_MODEL_MODEL_DONE_H

#include "runtime/model/model.h"

// What model_do made of these items before, a new reference; or NULL. Linear in the number of
// operations that are kept.
Model *model_done_find(const Model *m, const Assign *items, uint32_t n);

// Keeps what model_do made, unless an item is more than a constant or memory is exhausted.
void model_done_keep(const Model *m, const Assign *items, uint32_t n, const Model *made);

// Gives up all that `m` keeps.
void model_done_free(Model *m);

#endif
