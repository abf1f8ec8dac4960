// Query sample: sample(n | conditions), a data set drawn from the model in context.
#ifndef RUNG_INTERP_QUERY_SAMPLE_H
#define RUNG_INTERP_QUERY_SAMPLE_H

#include "interp/vm.h"

// `count` is what stands before the bar; `q` has the conditions. In check mode only checks.
// False: a diagnostic was reported to the VM.
bool query_sample(Vm *vm, const Question *q, Value count, Span span, Value *out);

#endif
