// Dist family: the families themselves, for the list in dist.c.
#ifndef RUNG_MODEL_DIST_FAMILY_H
#define RUNG_MODEL_DIST_FAMILY_H

#include "runtime/model/dist.h"

// dist_discrete.c
extern const DistFamily dist_discrete_bernoulli, dist_discrete_binomial, dist_discrete_geometric,
    dist_discrete_negative_binomial, dist_discrete_point, dist_discrete_poisson,
    dist_discrete_uniform;

// dist_continuous.c
extern const DistFamily dist_continuous_beta, dist_continuous_cauchy,
    dist_continuous_exponential, dist_continuous_gamma, dist_continuous_gumbel,
    dist_continuous_laplace, dist_continuous_logistic, dist_continuous_lognormal,
    dist_continuous_normal, dist_continuous_pareto, dist_continuous_student_t,
    dist_continuous_triangular, dist_continuous_uniform, dist_continuous_weibull;

#endif
