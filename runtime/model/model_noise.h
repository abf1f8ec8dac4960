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

// Whether every distribution inside the mechanism of `v` is one of a single value: a JOINT is a
// fault, FAULT_MODEL_JOINT.
Status model_noise_single(const ModelBuilder *b, uint32_t v, Faults *faults);

// Adds the anonymous noise variable number `number` of variable `owner`, with that law and domain
// (NULL: to be inferred). *out receives a new term that reads it.
Status model_noise_add(ModelBuilder *b, uint32_t owner, unsigned number, const Term *law,
                       const Domain *domain, Term **out);

#endif
