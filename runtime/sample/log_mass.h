// Log mass: logarithms of probabilities and densities by blocks.
#ifndef RUNG_SAMPLE_LOG_MASS_H
#define RUNG_SAMPLE_LOG_MASS_H

#include <stddef.h>

#include "runtime/model/dist.h"

// out[l] = the logarithm of the family's probability or density at x[l]; parameter i of lane l
// is params[i][l]. As f->log_mass gives it, to within 1e-13 of the largest term of the sum; NaN
// where parameters are wrong. Where scales or shapes are the same in all lanes, as they mostly
// are, what depends on them alone is computed once.
void log_mass_block(const DistFamily *f, const double *const *params, size_t n, const double *x,
                    double *out);

#endif
