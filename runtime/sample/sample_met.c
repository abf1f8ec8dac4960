// Sample met: whether some draw meets what is given.
#include <math.h>

#include "runtime/sample/sample.h"
#include "runtime/sample/sample_plan.h"

enum { MOST_BLOCKS = 1 << 8 };

static bool block_meets(const SampleLanes *l, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (l->log_weight[i] > -INFINITY) return true;
    return false;
}

static Status draw_until_met(const RealCall *call, const SamplePlan *p, bool *met) {
    SampleLanes lanes = {0};
    Status st = sample_lanes_open(p, &lanes);
    for (uint64_t b = 0; st == OK && b < MOST_BLOCKS && !*met; b++) {
        size_t n = b ? SAMPLE_BLOCK : SAMPLE_BLOCK / 16; // the first draws nearly always do
        if (ctl_cancelled(call->ctl)) st = CANCELLED;
        else sample_block(p, &lanes, call->budget->seed, b, n);
        *met = st == OK && (lanes.wrong || block_meets(&lanes, n));
    }
    sample_lanes_close(&lanes);
    return st;
}

Status sample_met(const RealCall *call, const RealQuestion *q, bool *met) {
    RealQuestion given = *q;
    Faults quiet = {0};
    SamplePlan plan = {0};
    *met = false;
    given.nargs = given.nweights = 0;
    Status st = sample_plan_open(&given, 0, &quiet, &plan);
    if (st == OK) st = draw_until_met(call, &plan, met);
    if (st == FAULT) {
        *met = quiet.items[0].code != FAULT_ASK_IMPOSSIBLE;
        st = OK;
    }
    sample_plan_close(&plan);
    fault_free(&quiet);
    return st;
}
