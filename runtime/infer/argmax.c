// Argmax: the most probable assignment of some variables, all others summed out.
//
// Elimination of the others by sums comes first, then that of the variables themselves by
// maxima in logarithms, under an order so constrained (Park & Darwiche 2004); the levels are
// read off backwards from the factors of each bucket.
#include <math.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/infer/buckets.h"
#include "runtime/infer/condition.h"

typedef struct Search {
    const Net *net;
    NetEvidence evidence;
    const uint32_t *max;
    uint32_t nmax;
    Plan *plan;
    Problem problem;            // the plan's, bound
    const Triangulation *order; // the plan's
    uint32_t summed;            // variables eliminated by sums
    uint32_t *found;            // levels of the case at hand
    uint32_t *levels;           // the best so far, when there is any
    double *log_value;
    bool any;
    Faults *faults;
} Search;

static Status plan(Search *s, const Ctl *ctl) {
    TRY(plan_find(s->net, s->evidence, PLAN_ARGMAX, s->max, s->nmax, ctl, &s->plan));
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

static Status most_bytes(const Plan *plan, double limit, double *bytes) {
    return buckets_predict(&plan->problem, &plan->order, plan->summed, false, 0, limit, bytes);
}

// What has to be computed again in wide arithmetic takes more.
static Status check_wide(const Search *s, const Ctl *ctl) {
    double bytes, limit = (double)ctl_memory(ctl);
    TRY(buckets_predict(&s->problem, s->order, s->summed, true, 0, limit, &bytes));
    return bytes <= limit ? OK : condition_refuse(bytes, ctl, s->faults);
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

// The whole question, or one case of it.
static Status answer(void *user, const Plan *plan, const Problem *problem, const Ctl *ctl) {
    Search *s = user, one = *s;
    bool again = false;
    double value;
    one.problem = *problem;
    one.evidence = problem->evidence;
    one.order = &plan->order;
    one.summed = plan->summed;
    TRY(compute(&one, false, ctl, s->found, &value, &again));
    if (again) TRY(check_wide(&one, ctl));
    if (again) TRY(compute(&one, true, ctl, s->found, &value, &again));
    if (s->any && !(value > *s->log_value)) return OK;
    s->any = true;
    *s->log_value = value;
    memcpy(s->levels, s->found, s->nmax * sizeof *s->levels);
    return OK;
}

// Where no case has any weight, one is as good as another.
static void nothing(Search *s) {
    if (s->any) return;
    *s->log_value = -(double)INFINITY;
    for (uint32_t i = 0; i < s->nmax; i++) {
        uint32_t v = s->max[i];
        s->levels[i] = s->evidence && s->evidence[v] != NET_NONE ? s->evidence[v] : 0;
    }
}

static Status by_elimination(Search *s, const Ctl *ctl, Derivation *d, Faults *faults) {
    ConditionTask task = {
        .counted = {.net = s->net, .evidence = s->evidence, .passes = 2, .bytes = most_bytes},
        .answer = answer,
        .user = s};
    s->faults = faults;
    s->found = MEM_NEW(uint32_t, s->nmax);
    Status status = s->found ? plan(s, ctl) : NOMEM;
    if (status == OK) status = explain(s, d);
    if (status == OK) status = condition_answer(&task, s->plan, &s->problem, ctl, d, faults);
    if (status == OK) nothing(s);
    mem_free(s->found);
    problem_free(&s->problem);
    plan_drop(s->plan);
    return status;
}

// The joint of few variables may be had where their maximum may not: its sums can be cut into
// cases of any variables.
static Status by_joint(const Search *s, const Ctl *ctl, Derivation *d, Faults *faults) {
    NetTable table;
    size_t best = 0;
    TRY(derivation_add(d, "maximisation",
                       "by the joint of all %u variables, whose sums can be "
                       "cut into cases",
                       (unsigned)s->nmax));
    TRY(engine_eliminate.joint(s->net, s->evidence, s->max, s->nmax, ctl, d, &table, faults));
    for (size_t i = 1; i < table.size; i++)
        if (table.values[i] > table.values[best]) best = i;
    *s->log_value = log(table.values[best]) + table.log_scale;
    for (uint32_t i = s->nmax; i-- > 0; best /= s->net->cards[s->max[i]])
        s->levels[i] = (uint32_t)(best % s->net->cards[s->max[i]]);
    net_table_free(&table);
    return OK;
}

static bool joint_fits(const Search *s, const Ctl *ctl) {
    double cells = 1;
    for (uint32_t i = 0; i < s->nmax; i++) cells *= s->net->cards[s->max[i]];
    return 2 * sizeof(double) * cells <= (double)ctl_memory(ctl);
}

Status net_argmax(const Net *net, NetEvidence evidence, const uint32_t *max, uint32_t nmax,
                  const Ctl *ctl, Derivation *d, uint32_t *levels, double *log_value,
                  Faults *faults) {
    Search s = {.net = net,
                .evidence = evidence,
                .max = max,
                .nmax = nmax,
                .levels = levels,
                .log_value = log_value};
    if (!joint_fits(&s, ctl)) return by_elimination(&s, ctl, d, faults);
    Faults refused = {0};
    Status status = by_elimination(&s, ctl, d, &refused);
    fault_free(&refused);
    return status == FAULT ? by_joint(&s, ctl, d, faults) : status;
}
