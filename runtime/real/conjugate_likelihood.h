// Conjugate likelihood: what an observed value says about the roots. Internal to conjugate.
#ifndef RUNG_REAL_CONJUGATE_LIKELIHOOD_H
#define RUNG_REAL_CONJUGATE_LIKELIHOOD_H

#include "runtime/base/vec.h"
#include "runtime/real/conjugate_fold.h"

typedef enum RootKind {
    ROOT_BETA,  // theta^a * (1 - theta)^b
    ROOT_GAMMA, // theta^a * exp(-b * theta)
} RootKind;

// exp(log) times, for each root, its function with a = e[2r] and b = e[2r + 1].
typedef struct Monomial {
    double log;
    double *e;
} Monomial;
typedef VEC(Monomial) Monomials;

// A value of a variable: the position of a level, or a number.
typedef struct LikelihoodValue {
    const Domain *domain;
    uint32_t level; // when the domain is finite
    double number;
} LikelihoodValue;

// The probability (or density) that the mechanism, whose fold has been run, gives to a value, as
// a sum of monomials: those of bernoulli, binomial, geometric and negative_binomial in a beta
// root theta or 1 - theta; of the whole-numbered ones also where the probability is affine in
// theta (a noisy measurement), which is a mixture; of poisson, exponential and gamma in a rate
// that is a multiple of a gamma root; of any family whose parameters do not depend on roots; and
// of maps and mixtures of those. *ok is false when it is none of these. Arrays live in `scratch`;
// the list is the caller's.
Status conjugate_likelihood(const Fold *f, const RootKind *kinds, LikelihoodValue value,
                            Arena *scratch, Monomials *out, bool *ok);

#endif
