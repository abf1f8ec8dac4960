// Model fit: infinite domains, and what a mechanism may put into them.
#ifndef RUNG_MODEL_MODEL_FIT_H
#define RUNG_MODEL_MODEL_FIT_H

#include "runtime/model/kernel.h"
#include "runtime/model/model.h"

// Whether a number is one of the values of an infinite domain. Zero is let into POSITIVE.
bool model_fit_number(const Domain *d, double x);

// Compares a function's values (kernel.h) with the infinite domain of `var`. An inferred domain
// becomes real where it is too narrow; otherwise *bad is the first value that is not in it, and
// SIZE_MAX when all are.
Status model_fit_values(ModelVar *var, ValueKind kind, const double *values, size_t n,
                        size_t *bad);

// The same for a kernel: an inferred domain that does not hold the values of its law is made
// wider. Faults: a law over named values, FAULT_MODEL_VALUE; no law at all, FAULT_DIST_KIND.
Status model_fit_law(const Model *m, ModelVar *var, Faults *faults);

#endif
