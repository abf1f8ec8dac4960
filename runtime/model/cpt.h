// Cpt: the shared table of a variable or a factor (model.h).
#ifndef RUNG_MODEL_CPT_H
#define RUNG_MODEL_CPT_H

#include "runtime/model/model.h"

// The most cells a table is given.
#define CPT_CELLS ((size_t)1 << 24)

// A table of `size` zeros, to be filled before it is shared; NULL when memory is exhausted.
Cpt *cpt_new(size_t size);

// A table with these values; NULL when memory is exhausted.
Cpt *cpt_copy(const double *values, size_t size);

Cpt *cpt_keep(const Cpt *c); // NULL allowed: NULL
void cpt_drop(Cpt *c);       // NULL allowed

#endif
