// Region: integrals over sets of normal variables.
#ifndef RUNG_REAL_REGION_H
#define RUNG_REAL_REGION_H

#include "runtime/real/moment.h"

// Lines and regions of jointly normal variables: the lines are numbered 0..nlines-1, then come
// the variables that are to lie in `sets`.
typedef struct RegionProblem {
    uint32_t nlines, nsets;
    double *mean;        // nlines + nsets
    double *gram;        // their covariances, row by row
    const IntervalSet *sets;
} RegionProblem;

// E[product of the lines; all variables in their sets]: probabilities of one set are right to
// 1e-13 relative, also in the tails and for narrow intervals. Variables that do not depend on
// each other are treated apart; *why says when more than two events hang together, or an integral
// does not converge to 1e-10. All variances of the sets' variables are above 0. NOMEM.
Status region_integral(const RegionProblem *p, Arena *arena, Moment *out, const char **why);

#endif
