// Sample: placeholder.
#include "runtime/sample/sample.h"

Status sample_answer(const RealCall *call, const RealQuestion *q, RealAnswer *out) {
    (void)out;
    return fault_add(call->faults, FAULT_ASK_REAL_EXACT, q->origin, "this needs sampling, which comes in a later version: %s",
                     str_text(call->why));
}
