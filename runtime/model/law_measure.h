// Law measure: entropy, divergences and distances of laws, and the mean of a tail.
//
// Sums over the values that have probabilities (of infinitely many, all but 1e-18), quadrature
// over densities. Logarithms are natural. What does not come out to 1e-10, or has too many
// values to be summed, is NaN.
#ifndef RUNG_MODEL_LAW_MEASURE_H
#define RUNG_MODEL_LAW_MEASURE_H

#include "runtime/model/law.h"

// - E[log p(X)]: of a law that is discrete, or continuous (differential entropy); NaN of
// others.
Status law_entropy(const LawForm *l, double *out);

// E_p[log p(X) / q(X)]; infinite where p has values that q has not.
Status law_kl(const LawForm *p, const LawForm *q, double *out);

// Half the sum, and integral, of |p - q|.
Status law_tv(const LawForm *p, const LawForm *q, double *out);

// (integral over u of |quantile_p(u) - quantile_q(u)|^order)^(1 / order), order >= 1; for order
// 1 the area between the cdfs (Vallender 1974).
Status law_wasserstein(const LawForm *p, const LawForm *q, double order, double *out);

// The mean of the largest values, of probability 1 - level: q + E[max(X - q, 0)] / (1 - level)
// for the quantile q of level < 1 (Rockafellar & Uryasev 2000).
Status law_cvar(const LawForm *l, double level, double *out);

#endif
