// Model noise: anonymous noise terms, taken out of = mechanisms.
#ifndef RUNG_MODEL_MODEL_NOISE_H
#define RUNG_MODEL_MODEL_NOISE_H

#include "runtime/model/model_build.h"

// Replaces each written occurrence of a discrete distribution inside the = mechanism of
// variable `v` by a new anonymous noise variable, "Y.noise1", "Y.noise2" ..., which has that
// distribution. Its parameters must not mention variables: a fault offers the three things that
// could be meant. A continuous distribution stays in the term; variables may be its location
// and scale. Linear in the size of the term.
Status model_noise_split(ModelBuilder *b, uint32_t v, Faults *faults);

#endif
