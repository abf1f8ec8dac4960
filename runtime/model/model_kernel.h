// Model kernel: the expressions of a mechanism that has no table.
#ifndef RUNG_MODEL_MODEL_KERNEL_H
#define RUNG_MODEL_MODEL_KERNEL_H

#include "runtime/model/model.h"

// Compiles every scalar expression in the mechanism of `var`: its value, or the conditions,
// parameters and weights through which it decides between distributions; and looks whether these
// are distributions over its domain, when that is finite. A table tells what is wrong with them
// when it is filled; this is for mechanisms below causes of infinitely many values, or of too many
// combinations, which otherwise were looked at only when a question needs them. Nothing is checked
// below a cause whose values are not known.
//
// Faults: those of dist_level_term, and those of kernel_new_real for the first expression that is
// wrong. Linear in the term.
Status model_kernel_check(const Model *m, const ModelVar *var, Faults *faults);

#endif
