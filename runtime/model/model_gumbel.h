// Model gumbel: variables whose value Gumbel noise picks, Y = gumbel_max {a: p1, b: p2}.
//
// Such a variable is a kernel, whose table is that of its distribution, and ModelVar.gumbel tells
// that its values in several worlds share their noise (gumbel.h).
#ifndef RUNG_MODEL_MODEL_GUMBEL_H
#define RUNG_MODEL_MODEL_GUMBEL_H

#include "runtime/model/model_build.h"

// Turns the mechanism `= gumbel_max d` of variable `v` into the kernel d; what was written stays.
void model_gumbel_lower(ModelBuilder *b, uint32_t v);

// The model in which variable `v`, which is after gumbel_max, is a function of its causes and of
// noise variables, one for each of its levels: the argmin of E[c]/p[c], with exponential E.
Status model_gumbel_expand(const Model *m, uint32_t v, Model **out, Faults *faults);

#endif
