// Eliminate: the joint of a few variables and the evidence by variable elimination.
#include <float.h>
#include <math.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/infer/buckets.h"
#include "runtime/infer/condition.h"
#include "runtime/infer/prune.h"

// A question on its way through.
typedef struct Ask {
    const Net *net;
    NetEvidence evidence;
    const uint32_t *query;
    uint32_t nquery;
    Plan *plan;
    Problem problem;            // the plan's, bound
    const Triangulation *order; // the plan's
    NetTable *out;
    Faults *faults;
} Ask;

static Status plan(Ask *a, const Ctl *ctl) {
    TRY(plan_find(a->net, a->evidence, PLAN_JOINT, a->query, a->nquery, ctl, &a->plan));
    a->order = &a->plan->order;
    return problem_bind(&a->plan->problem, a->net, a->evidence, &a->problem);
}

static void ask_free(Ask *a) {
    problem_free(&a->problem);
    plan_drop(a->plan);
}

// --- words ---

static uint32_t root_of(uint32_t *parent, uint32_t v) {
    while (parent[v] != v) v = parent[v] = parent[parent[v]];
    return v;
}

// Marks (by network number) the open variables that share no chain of factors with the query.
static Status mark_separated(const Ask *a, bool *marked) {
    const Problem *p = &a->problem;
    uint32_t *parent = MEM_NEW(uint32_t, p->nvars);
    bool *asked = MEM_NEW(bool, p->nvars);
    Status status = parent && asked ? OK : NOMEM;
    for (uint32_t v = 0; status == OK && v < p->nvars; v++) parent[v] = v;
    for (uint32_t f = 0; status == OK && f < p->nfactors; f++)
        for (uint32_t i = 1; i < p->factors[f].nvars; i++)
            parent[root_of(parent, p->factors[f].vars[i])] =
                root_of(parent, p->factors[f].vars[0]);
    for (uint32_t v = 0; status == OK && v < p->nvars; v++)
        if (p->place[v] >= a->order->count) asked[root_of(parent, v)] = true;
    for (uint32_t v = 0; status == OK && v < p->nvars; v++)
        marked[p->global[v]] = !asked[root_of(parent, v)];
    mem_free(parent);
    mem_free(asked);
    return status;
}

static Status explain(const Ask *a, Derivation *d) {
    if (!d) return OK;
    TRY(problem_explain_barren(&a->problem, d));
    TRY(problem_explain_evidence(a->net, a->evidence, d));
    if (a->nquery) {
        bool *marked = MEM_NEW(bool, a->net->nvars);
        Status status = marked ? mark_separated(a, marked) : NOMEM;
        if (status == OK)
            status = prune_explain(a->net, marked,
                                   "separated from the question by the evidence, "
                                   "so that they only give a constant",
                                   d);
        mem_free(marked);
        TRY(status);
    }
    return problem_explain_order(&a->problem, a->order, d);
}

// --- the answer ---

// The cells of the whole table asked for, observed variables included.
static double asked_cells(const Ask *a) {
    double cells = 1;
    for (uint32_t i = 0; i < a->nquery; i++) cells *= a->net->cards[a->query[i]];
    return cells;
}

static Status most_bytes(const Plan *plan, double limit, double *bytes) {
    double asked = 1;
    for (uint32_t i = 0; i < plan->nquery; i++) asked *= plan->net.cards[plan->query[i]];
    return buckets_predict(&plan->problem, &plan->order, plan->order.count, false,
                           sizeof(double) * asked, limit, bytes);
}

// What has to be computed again in wide arithmetic takes more.
static Status check_wide(const Ask *a, const Ctl *ctl) {
    double bytes, limit = (double)ctl_memory(ctl);
    TRY(buckets_predict(&a->problem, a->order, a->order->count, true,
                        sizeof(double) * asked_cells(a), limit, &bytes));
    return bytes <= limit ? OK : condition_refuse(bytes, ctl, a->faults);
}

// Spreads the table of the open query variables, which are in the query's order, over the table
// asked for.
static void spread(const Ask *a, const Factor *f, double constant, NetTable *out) {
    const Net *net = a->net;
    size_t base = 0, stride = out->size;
    for (uint32_t i = 0; i < a->nquery; i++) {
        uint32_t v = a->query[i];
        stride /= net->cards[v];
        if (a->problem.local[v] == NET_NONE && net->cards[v] > 1)
            base += stride * a->evidence[v];
    }
    for (size_t cell = 0; cell < f->size; cell++) {
        size_t at = base, rest = cell;
        stride = 1;
        for (uint32_t i = a->nquery; i-- > 0;) {
            uint32_t card = net->cards[a->query[i]];
            if (a->problem.local[a->query[i]] != NET_NONE) {
                at += stride * (rest % card);
                rest /= card;
            }
            stride *= card;
        }
        out->values[at] = f->values[cell] * constant;
    }
}

static Status table_new(const Ask *a, NetTable *out) {
    size_t size = 1;
    for (uint32_t i = 0; i < a->nquery; i++) size *= a->net->cards[a->query[i]];
    *out = (NetTable){.nvars = a->nquery, .size = size};
    out->vars = MEM_NEW(uint32_t, a->nquery);
    out->values = MEM_NEW(double, size);
    if (!out->vars || !out->values) {
        net_table_free(out);
        return NOMEM;
    }
    if (a->nquery) memcpy(out->vars, a->query, a->nquery * sizeof *out->vars);
    return OK;
}

static Status to_table(const Ask *a, const Buckets *b, const Factor *f, bool faint,
                       NetTable *out) {
    TRY(table_new(a, out));
    out->faint = faint;
    spread(a, f, b->constant, out);
    out->log_scale = b->constant > 0 ? (double)(b->exponent + f->exponent) * log(2) : 0;
    return OK;
}

// One attempt; *again when plain arithmetic will not do.
static Status compute(const Ask *a, bool wide, const Ctl *ctl, NetTable *out, bool *again) {
    Buckets b;
    Factor last = {0};
    bool faint = false;
    *again = false;
    Status status = buckets_fill(&a->problem, a->order, a->order->count, wide, ctl, &b);
    if (status == OK) status = buckets_sum(&b);
    if (status == OK && !b.underflow) status = buckets_last(&b, &last, &faint);
    if (status == OK && b.underflow)
        *again = true;
    else if (status == OK)
        status = to_table(a, &b, &last, faint, out);
    factor_free(&last);
    buckets_free(&b);
    return status;
}

static bool is_zero(const NetTable *t) {
    for (size_t i = 0; i < t->size; i++)
        if (t->values[i] > 0) return false;
    return true;
}

// sum += more. Both scales are whole powers of two, so that nothing is rounded but the sums.
static void add_table(NetTable *sum, NetTable *more) {
    if (is_zero(more)) return;
    if (is_zero(sum) || sum->log_scale < more->log_scale) {
        NetTable less = *sum;
        *sum = *more;
        *more = less;
    }
    if (is_zero(more)) return;
    double shift = fmax((more->log_scale - sum->log_scale) / log(2), -5000);
    sum->faint |= more->faint;
    for (size_t i = 0; i < sum->size; i++) {
        double term = ldexp(more->values[i], (int)lrint(shift));
        sum->faint |= more->values[i] > 0 && term < DBL_MIN;
        sum->values[i] += term;
    }
}

// The whole question, or one case of it.
static Status answer(void *user, const Plan *plan, const Problem *problem, const Ctl *ctl) {
    Ask *a = user, one = *a;
    NetTable table = {0};
    bool again = false;
    one.problem = *problem;
    one.order = &plan->order;
    one.evidence = problem->evidence;
    TRY(compute(&one, false, ctl, &table, &again));
    if (again) TRY(check_wide(&one, ctl));
    if (again) TRY(compute(&one, true, ctl, &table, &again));
    if (a->out->values)
        add_table(a->out, &table);
    else {
        *a->out = table;
        table = (NetTable){0};
    }
    net_table_free(&table);
    return OK;
}

// The table where no case has any weight.
static Status nothing(const Ask *a) {
    return a->out->values ? OK : table_new(a, a->out);
}

static Status joint(const Net *net, NetEvidence evidence, const uint32_t *query,
                    uint32_t nquery, const Ctl *ctl, Derivation *d, NetTable *out,
                    Faults *faults) {
    Ask a = {.net = net, .evidence = evidence, .query = query, .nquery = nquery, .out = out,
             .faults = faults};
    double asked = sizeof(double) * asked_cells(&a);
    ConditionTask task = {.counted = {.net = net,
                                      .evidence = evidence,
                                      .passes = 1,
                                      .held = asked,
                                      .least = asked,
                                      .bytes = most_bytes},
                          .answer = answer,
                          .user = &a};
    *out = (NetTable){0};
    Status status = plan(&a, ctl);
    if (status == OK) status = explain(&a, d);
    if (status == OK) status = condition_answer(&task, a.plan, &a.problem, ctl, d, faults);
    if (status == OK) status = nothing(&a);
    if (status != OK) net_table_free(out);
    ask_free(&a);
    return status;
}

const Engine engine_eliminate = {
    .name = "eliminate",
    .doc =
        "variable elimination: sums variables out one after the other, in an order that keeps "
        "tables small",
    .joint = joint,
};

Status net_cost(const Net *net, NetEvidence evidence, const uint32_t *query, uint32_t nquery,
                NetCost *cost) {
    Ask a = {.net = net, .evidence = evidence, .query = query, .nquery = nquery};
    Status status = plan(&a, NULL);
    if (status == OK) {
        double asked = asked_cells(&a);
        *cost = (NetCost){.largest = fmax(a.order->largest, asked),
                          .cells = a.order->cells + asked,
                          .width = a.order->width};
        if (asked > a.order->largest && nquery) cost->width = nquery - 1;
    }
    ask_free(&a);
    return status;
}
