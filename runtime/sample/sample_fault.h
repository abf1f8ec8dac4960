// Sample fault: what stands in the way of a sampled answer, in words.
#ifndef RUNG_SAMPLE_SAMPLE_FAULT_H
#define RUNG_SAMPLE_SAMPLE_FAULT_H

#include "runtime/sample/sample_plan.h"

// Each adds a fault and returns FAULT, or NOMEM.

// A step had no value in a lane that counts (FAULT_SAMPLE_VALUE).
Status sample_fault_value(const SamplePlan *p, const SampleStep *step, Faults *faults);
// The mechanism of a variable gave it no value (FAULT_SAMPLE_VALUE).
Status sample_fault_mechanism(const ModelVar *v, Faults *faults);
// A step weighed some lanes by mass and some by density (FAULT_SAMPLE_ATOM).
Status sample_fault_atom(const SamplePlan *p, const SampleStep *step, Faults *faults);
// Too few effective draws (FAULT_SAMPLE_IMPROBABLE).
Status sample_fault_improbable(const RealQuestion *q, double ess, uint64_t draws, Faults *faults);
// Too few effective draws met the event, or lie beyond the quantile (FAULT_SAMPLE_RARE).
Status sample_fault_rare(const RealQuestion *q, double hits, double draws, Faults *faults);
// What is averaged has a tail of this shape (FAULT_SAMPLE_TAIL).
Status sample_fault_tails(const RealQuestion *q, double shape, Faults *faults);
Status sample_fault_quantile(const RealQuestion *q, double draws, Faults *faults);

#endif
