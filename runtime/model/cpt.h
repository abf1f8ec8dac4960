// Cpt: the shared table of a variable or a factor (model.h).
#ifndef RUNG_MODEL_CPT_H
#define RUNG_MODEL_CPT_H

#include "runtime/model/model.h"

// The most cells a table is given.
#define CPT_CELLS ((size_t)1 << 24)

// A table of `size` zeros, to be filled before it is shared; NULL when memory is exhausted.
Cpt *cpt_new(size_t size);

Cpt *cpt_keep(const Cpt *c); // NULL allowed: NULL
void cpt_drop(Cpt *c);       // NULL allowed

// The cells of a table over variables of these domains: *cells is their product, or SIZE_MAX
// when it overflows. False when one of them is not finite.
bool cpt_cells(Domain *const *domains, uint32_t n, size_t *cells);

#endif
