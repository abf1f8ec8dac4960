// Sample: placeholder.
#include "runtime/sample/sample.h"

Status sample_answer(const RealCall *call, const RealQuestion *q, RealAnswer *out) {
    (void)out;
    return fault_add(call->faults, FAULT_ASK_REAL_EXACT, q->origin, "this needs sampling, which comes in a later version: %s",
                     str_text(call->why));
}

Status sample_rows(const RealCall *call, const RealQuestion *q, const uint32_t *vars,
                   uint32_t nvars, size_t n, double *const *columns) {
    (void)vars, (void)nvars, (void)n, (void)columns;
    return fault_add(call->faults, FAULT_ASK_REAL_EXACT, q->origin,
                     "sample comes in a later version");
}
