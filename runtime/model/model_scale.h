// Model scale: what stays fixed of a distribution when its parameters change.
#ifndef RUNG_MODEL_MODEL_SCALE_H
#define RUNG_MODEL_MODEL_SCALE_H

#include "runtime/model/term.h"

// A family of which some parameters are locations or scales: its values are a fixed function of
// those parameters and of a noise whose law they are not part of, normal(m, s) = m + s*noise.
// `open` tells, parameter by parameter, which of them vary; the others are part of the noise.

// Whether every parameter that is open is a location or a scale.
bool model_scale_fits(const Term *dist, const bool *open);

// The law of the noise: the open locations are 0 and the open scales 1 in it; NULL in *law when
// no noise is left (point). New reference.
Status model_scale_law(const Term *dist, const bool *open, Term **law);

// The value as a term: parameters as in `params` (kept), the noise in the variable `noise`
// (taken). New reference, or NULL without memory.
Term *model_scale_value(const Term *dist, const bool *open, Term *const *params, Term *noise);

#endif
