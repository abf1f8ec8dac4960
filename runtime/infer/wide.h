// Wide: arithmetic on wide factors (see factor.h), whose entries carry exponents of their own
// and so cannot underflow. Plain loops: correctness is all that matters here.
#ifndef RUNG_INFER_WIDE_H
#define RUNG_INFER_WIDE_H

#include "runtime/infer/factor.h"

// As the functions of factor.h whose names end alike; `job` is a sum.
Status wide_combine(const FactorJob *job, const Ctl *ctl);
void wide_normalise(Factor *f);
void wide_divide(Factor *above, const Factor *below);

// Makes a wide factor plain: entries too small beside the greatest become 0, or lose digits. True
// when there are such.
bool wide_flatten(Factor *f);

#endif
