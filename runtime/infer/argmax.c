// Argmax: the most probable assignment of some variables, all others summed out.
//
// Elimination of the others by sums comes first, then that of the variables themselves by
// maxima in logarithms, under an order so constrained (Park & Darwiche 2004); the levels are
// read off backwards from the factors of each bucket.
#include <math.h>

#include "runtime/base/mem.h"
#include "runtime/infer/buckets.h"
#include "runtime/infer/plan.h"

typedef struct Search {
    const Net *net;
    NetEvidence evidence;
    const uint32_t *max;
    uint32_t nmax;
    Plan *plan;
    Problem problem;            // the plan's, bound
    const Triangulation *order; // the plan's
    uint32_t summed;            // variables eliminated by sums
} Search;

static Status plan(Search *s) {
    TRY(plan_find(s->net, s->evidence, PLAN_ARGMAX, s->max, s->nmax, &s->plan));
    s->order = &s->plan->order;
    s->summed = s->plan->summed;
    return problem_bind(&s->plan->problem, s->net, s->evidence, &s->problem);
}

static Status explain(const Search *s, Derivation *d) {
    TRY(problem_explain_barren(&s->problem, d));
    TRY(problem_explain_evidence(s->net, s->evidence, d));
    TRY(problem_explain_order(&s->problem, s->order, d));
    return derivation_add(d, "maximisation", "%u variables summed out, then %u maximised",
                          (unsigned)s->summed, (unsigned)(s->order->count - s->summed));
}

static Status check_size(const Search *s, const Ctl *ctl, Faults *faults) {
    double bytes;
    TRY(buckets_predict(&s->problem, s->order, s->summed, &bytes));
    if (bytes <= (double)ctl_memory(ctl)) return OK;
    return problem_refuse(bytes, s->order->largest, s->order->width, ctl, faults);
}

// Reads the levels off, the last variable first.
static Status trace_back(const Search *s, const Buckets *b, uint32_t *levels) {
    const Problem *p = &s->problem;
    uint32_t *best = MEM_NEW(uint32_t, p->nvars);
    if (!best) return NOMEM;
    for (uint32_t i = s->order->count; i-- > s->summed;)
        best[s->order->order[i]] = buckets_best(b, i, best);
    for (uint32_t i = 0; i < s->nmax; i++) {
        uint32_t v = s->max[i];
        if (p->local[v] != NET_NONE)
            levels[i] = best[p->local[v]];
        else
            levels[i] = s->evidence && s->evidence[v] != NET_NONE ? s->evidence[v] : 0;
    }
    mem_free(best);
    return OK;
}

static Status maximise(const Search *s, Buckets *b, uint32_t *levels, double *log_value) {
    buckets_take_logs(b);
    if (b->underflow) return OK;
    for (uint32_t i = s->summed; i < s->order->count; i++) TRY(buckets_max(b, i));
    *log_value = b->log_constant + log(b->constant) + (double)b->exponent * log(2);
    return trace_back(s, b, levels);
}

// One attempt; *again when plain arithmetic will not do.
static Status compute(const Search *s, bool wide, const Ctl *ctl, uint32_t *levels,
                      double *log_value, bool *again) {
    Buckets b;
    Status status = buckets_fill(&s->problem, s->order, s->summed, wide, ctl, &b);
    if (status == OK) status = buckets_sum(&b);
    if (status == OK && !b.underflow) status = maximise(s, &b, levels, log_value);
    *again = b.underflow;
    buckets_free(&b);
    return status;
}

Status net_argmax(const Net *net, NetEvidence evidence, const uint32_t *max, uint32_t nmax,
                  const Ctl *ctl, Derivation *d, uint32_t *levels, double *log_value,
                  Faults *faults) {
    Search s = {.net = net, .evidence = evidence, .max = max, .nmax = nmax};
    bool again = false;
    Status status = plan(&s);
    if (status == OK) status = explain(&s, d);
    if (status == OK) status = check_size(&s, ctl, faults);
    if (status == OK) status = compute(&s, false, ctl, levels, log_value, &again);
    if (status == OK && again) status = compute(&s, true, ctl, levels, log_value, &again);
    problem_free(&s.problem);
    plan_drop(s.plan);
    return status;
}
