// Model noise: anonymous noise terms, taken out of = mechanisms.
#ifndef RUNG_MODEL_MODEL_NOISE_H
#define RUNG_MODEL_MODEL_NOISE_H

#include "runtime/model/model_build.h"

// Replaces each written occurrence of a distribution inside the = mechanism of variable `v` by
// a new anonymous noise variable, "Y.noise1", "Y.noise2" ..., that has that distribution; what
// was written is kept in ModelVar.written. Parameters that mention variables (or that are
// distributions themselves) may only be locations and scales (model_scale.h): normal(X, S) is
// X + S*Y.noise1 with a standard normal noise. Any other distribution whose parameters mention
// variables is a fault that offers the three things that could be meant. Linear in the size of
// the term as it prints.
Status model_noise_split(ModelBuilder *b, uint32_t v, Faults *faults);

// Whether a JOINT stands nowhere in the mechanism of `v`, and a GUMBEL only as all of it, after =.
// Faults: FAULT_MODEL_JOINT, FAULT_MODEL_GUMBEL.
Status model_noise_single(const ModelBuilder *b, uint32_t v, Faults *faults);

// Adds the anonymous noise variable number `number` of variable `owner`, with that law and domain
// (NULL: to be inferred). *out receives a new term that reads it.
Status model_noise_add(ModelBuilder *b, uint32_t owner, unsigned number, const Term *law,
                       const Domain *domain, Term **out);

#endif
