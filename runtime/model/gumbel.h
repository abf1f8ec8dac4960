// Gumbel: two categorical values that share their Gumbel noise.
//
// A value with the distribution p is the a that maximises log p[a] + G[a], with independent
// standard Gumbel noise G (Gumbel 1954; Maddison, Tarlow & Minka 2014). Made of the same noise,
// values with the distributions p and q go together in one way: the Gumbel-max coupling, which
// is counterfactually stable (Oberst & Sontag 2019, theorem 2).
#ifndef RUNG_MODEL_GUMBEL_H
#define RUNG_MODEL_GUMBEL_H

#include <stdint.h>

#include "runtime/base/status.h"

// The joint probabilities: out[a * n + b] of the first value being a, of distribution p, and the
// second b, of distribution q. Exact up to rounding. O(n^3 log n).
Status gumbel_joint(const double *p, const double *q, uint32_t n, double *out);

#endif
