// Sample tails: whether an average of draws has an error that can be trusted.
#ifndef RUNG_SAMPLE_SAMPLE_TAILS_H
#define RUNG_SAMPLE_SAMPLE_TAILS_H

#include "runtime/sample/sample_plan.h"

// The shape k of the generalized Pareto law that the largest terms of the average follow which
// answers `head` (0 when nothing is averaged): of a variance, the weighted squared distances from
// the middle of the first draws. Without `weighted`, those of the draws that count, whatever they
// weigh. From k = 1/2 on the terms have no variance, so that no standard
// error is right; from 1 on they have no mean (Zhang & Stephens 2009; Vehtari, Simpson, Gelman,
// Yao & Gabry 2024). It is estimated from about as many draws
// as were made, at most 2^17, and *shape is two standard errors below the estimate. NOMEM.
Status sample_tails_shape(const SamplePlan *plan, SampleLanes *lanes, uint64_t seed,
                          uint64_t draws, RealHead head, bool weighted, double *shape);

// The same of n given terms, which are reordered: the estimate and its standard error; 0 where
// there are too few, or the largest does not matter.
Status sample_tails_fit(double *z, size_t n, double *shape, double *error);

#endif
