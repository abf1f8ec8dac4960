// Dist: the list of families.
#include "runtime/model/dist.h"

#include <string.h>

#include "runtime/model/dist_family.h"

const DistFamily *const dist_list[] = {
    &dist_discrete_bernoulli,     &dist_continuous_beta,
    &dist_discrete_binomial,      &dist_continuous_cauchy,
    &dist_continuous_exponential, &dist_continuous_gamma,
    &dist_discrete_geometric,     &dist_continuous_gumbel,
    &dist_continuous_laplace,     &dist_continuous_logistic,
    &dist_continuous_lognormal,   &dist_discrete_negative_binomial,
    &dist_continuous_normal,      &dist_continuous_pareto,
    &dist_discrete_point,         &dist_discrete_poisson,
    &dist_continuous_student_t,   &dist_continuous_triangular,
    &dist_continuous_uniform,     &dist_discrete_uniform,
    &dist_continuous_weibull,     NULL,
};

const DistFamily *dist_find(const char *name) {
    for (size_t i = 0; dist_list[i]; i++)
        if (strcmp(dist_list[i]->name, name) == 0) return dist_list[i];
    return NULL;
}
