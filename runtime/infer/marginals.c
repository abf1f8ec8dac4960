// Marginals: all single-variable posteriors in one pass over a junction tree.
//
// Messages go up to the root and back down (Shafer & Shenoy 1990; Lauritzen & Spiegelhalter
// 1988 for the division). Clique tables are never stored: each clique is multiplied out twice
// at most, block by block in the cache, and summed into the separators around it in the same
// sweep. The memory taken is that of the separators and of the model's own tables.
//
// Separate subtrees are worked on side by side, as regions. No message depends on how many
// workers there are, and what is added up over cliques are whole numbers.
#include <math.h>
#include <string.h>

#include "runtime/base/parallel.h"
#include "runtime/infer/condition.h"
#include "runtime/infer/mixture.h"
#include "runtime/infer/pass.h"

// Below this mass of a clique, whose inputs are at most 1, entries that underflowed might
// matter.
static const double MASS_LEAST = 1e-200;

// Trees up to this size are simply computed again whenever anything might have underflowed.
static const double SMALL = 1e5;

// The cells touched from which on several workers are worth their start.
static const double SHARED = 2e7;

// --- passing ---

// The hand of a worker, to be used until it waits for others.
static Hand *hand_of(Pass *s, CrewWorker *worker) {
    Hand *h = &s->hands[worker->number];
    h->scratch.worker = worker;
    return h;
}

static Status combine(Pass *s, Hand *h, uint32_t k, size_t nin, size_t nout, bool *risky) {
    FactorJob job = pass_job(s, h, k, nin, nout);
    if (!s->wide && factor_may_underflow(h->in, nin)) {
        *risky = true;
        if (s->tree->cells <= SMALL) s->underflow = true;
    }
    return factor_combine(&job, &h->scratch, s->ctl);
}

// The message of a clique to its parent.
static Status collect(Pass *s, CrewWorker *worker, uint32_t k) {
    const JointreeClique *c = &s->tree->cliques[k];
    Hand *h = hand_of(s, worker);
    bool risky = false;
    if (c->unit || c->parent == NET_NONE) return OK;
    h->out[0] = &s->up[k];
    TRY(combine(s, h, k, pass_inputs(s, h, k), 1, &risky));
    if (risky) s->lossy = true;
    factor_normalise(&s->up[k]);
    // The scale belongs to the whole; the message itself goes on as it is.
    s->exponent += s->up[k].exponent;
    s->up[k].exponent = 0;
    return OK;
}

static double sum_of(const Factor *f) {
    double sum = 0;
    for (size_t i = 0; i < f->size; i++)
        sum += f->exps ? ldexp(f->values[i], f->exps[i]) : f->values[i];
    return sum;
}

// Hands the marginal of a variable out, normalised.
static void hand_out(Pass *s, uint32_t v) {
    Factor *f = &s->marginals[v];
    double *to = s->out[s->problem->global[v]];
    factor_normalise(f);
    double sum = sum_of(f);
    for (size_t i = 0; i < f->size; i++)
        to[i] = (f->exps ? ldexp(f->values[i], f->exps[i] < -3000 ? -3000 : f->exps[i])
                         : f->values[i]) /
                sum;
}

// The marginals to be taken from the separator above `k`, whose belief is at hand.
static Status marginals_of(Pass *s, Hand *h, uint32_t k, const Factor *belief) {
    size_t nout = 0;
    for (uint32_t v = s->of_separator[k]; v != NET_NONE; v = s->sources[v].next)
        h->out[nout++] = &s->marginals[v];
    if (nout == 0) return OK;
    FactorJob job = {.cards = s->problem->cards,
                     .vars = belief->vars,
                     .nvars = belief->nvars,
                     .in = (const Factor *[]){belief},
                     .nin = 1,
                     .out = h->out,
                     .nout = nout,
                     .mode = FACTOR_SUM,
                     .wide = s->wide};
    TRY(factor_combine(&job, &h->scratch, s->ctl));
    for (uint32_t v = s->of_separator[k]; v != NET_NONE; v = s->sources[v].next) hand_out(s, v);
    return OK;
}

// What the belief of each child's separator is and, by division, what the child is told.
static Status tell_children(Pass *s, Hand *h, uint32_t k) {
    for (uint32_t i = s->tree->cliques[k].first_child; i != NET_NONE;
         i = s->tree->cliques[i].next_sibling) {
        Factor *belief = &s->down[i];
        TRY(marginals_of(s, h, i, belief));
        if (!s->tree->cliques[i].unit) factor_divide(belief, &s->up[i]);
        factor_normalise(belief);
        belief->exponent = 0;
    }
    return OK;
}

// The mass of the clique as found in one of its outputs. One so small that entries which
// underflowed might matter asks for wide arithmetic.
static double log_mass(Pass *s, Factor *f, bool risky) {
    if (!s->wide) {
        double mass = sum_of(f);
        if (risky && mass < MASS_LEAST) s->underflow = true;
        return log(mass) + (double)f->exponent * log(2);
    }
    factor_normalise(f);
    return log(sum_of(f)) + (double)f->exponent * log(2);
}

// Multiplies a clique out and sums it into the separators below it and into marginals. At a
// root the mass is that of the evidence in its part.
static Status work_out(Pass *s, Hand *h, uint32_t k) {
    const JointreeClique *c = &s->tree->cliques[k];
    bool root = c->parent == NET_NONE, risky = s->lossy || (!root && s->risky[c->parent]);
    double mass;
    int32_t mass_exp;
    Factor whole = {.size = 1, .values = &mass, .exps = s->wide ? &mass_exp : NULL};
    size_t nin = pass_inputs(s, h, k), nout = pass_outputs(s, h, k);
    if (!root) h->in[nin++] = &s->down[k];
    if (nout == 0 && !root) return OK;
    if (nout == 0) h->out[nout++] = &whole;
    Factor *first = h->out[0];
    TRY(combine(s, h, k, nin, nout, &risky));
    s->risky[k] = risky;
    if (root)
        s->log_z += log_mass(s, first, risky);
    else if (risky)
        log_mass(s, first, risky);
    return OK;
}

static Status pass_on(Pass *s, Hand *h, uint32_t k) {
    for (uint32_t v = s->of_clique[k]; v != NET_NONE; v = s->sources[v].next) hand_out(s, v);
    return tell_children(s, h, k);
}

// What a clique tells its children. Roots have been worked out before.
static Status distribute(Pass *s, CrewWorker *worker, uint32_t k) {
    Hand *h = hand_of(s, worker);
    if (s->tree->cliques[k].parent != NET_NONE) TRY(work_out(s, h, k));
    if (s->underflow) return OK;
    return pass_on(s, h, k);
}

// --- regions ---

// Does what is to be done for a clique, unless all is lost.
static void visit(Pass *s, CrewWorker *worker, uint32_t k,
                  Status (*what)(Pass *s, CrewWorker *worker, uint32_t k)) {
    if (s->underflow || s->status != OK) return;
    Status status = what(s, worker, k);
    if (status != OK) s->status = (int)status;
    unsigned done = ++s->done;
    if (worker->number == 0)
        ctl_report(s->ctl, "passing messages", done / (2.0 * s->tree->count));
}

static void collect_region(void *user, CrewWorker *worker, size_t r) {
    Pass *s = user;
    uint32_t parent = s->regions.parent[r];
    for (uint32_t i = s->regions.start[r + 1]; i-- > s->regions.start[r];)
        visit(s, worker, s->regions.cliques[i], collect);
    if (parent != NET_NONE && --s->waiting[parent] == 0) crew_ready(worker, &s->tasks, parent);
}

static void distribute_region(void *user, CrewWorker *worker, size_t r) {
    Pass *s = user;
    const Regions *all = &s->regions;
    for (uint32_t i = all->start[r]; i < all->start[r + 1]; i++)
        visit(s, worker, all->cliques[i], distribute);
    for (uint32_t c = all->first_child[r]; c != NET_NONE; c = all->next_sibling[c])
        crew_ready(worker, &s->tasks, c);
}

// Runs all regions, those without a number to wait for first.
static Status run_regions(Pass *s, void (*run)(void *user, CrewWorker *worker, size_t r),
                          const double *weights) {
    size_t *ready = s->tasks.ready;
    s->tasks = (CrewTasks){.run = run, .user = s, .count = s->regions.count, .ctl = s->ctl,
                           .ready = ready, .weights = weights};
    for (uint32_t r = 0; r < s->regions.count; r++) {
        s->waiting[r] = s->regions.children[r];
        bool first = run == collect_region ? s->waiting[r] == 0
                                           : s->regions.parent[r] == NET_NONE;
        if (first) ready[s->tasks.nready++] = r;
    }
    TRY(crew_run(&s->crew.caller, &s->tasks));
    return (Status)s->status;
}

// All roots come first: when one has no mass, nothing is handed out.
static Status work_out_roots(Pass *s) {
    const Jointree *tree = s->tree;
    for (uint32_t k = 0; k < tree->count && !s->underflow; k++)
        if (tree->cliques[k].parent == NET_NONE)
            TRY(work_out(s, hand_of(s, &s->crew.caller), k));
    return OK;
}

static Status pass_messages(Pass *s) {
    TRY(run_regions(s, collect_region, s->regions.up_weight));
    s->log_z += (double)s->exponent * log(2);
    TRY(work_out_roots(s));
    if (s->underflow || s->log_z == -(double)INFINITY) return OK;
    TRY(run_regions(s, distribute_region, s->regions.down_weight));
    if (!s->underflow) ctl_report(s->ctl, "passing messages", 1);
    return OK;
}

// --- the whole ---

static Status compute(Pass *s, double *log_z) {
    const Problem *p = s->problem;
    TRY(pass_fill(s));
    s->log_z = log(p->constant) + (double)p->exponent * log(2);
    TRY(pass_messages(s));
    *log_z = s->log_z;
    return OK;
}

// One attempt; *again when plain arithmetic will not do. A single worker takes the least memory,
// so that it does not depend on their number whether there is enough.
static Status attempt(const Plan *plan, const Problem *p, bool wide, const Ctl *ctl,
                      double *const *out, double *log_z, bool *again, Faults *faults) {
    const Pass new = {.problem = p, .tree = &plan->tree, .ctl = ctl, .out = out, .wide = wide};
    unsigned workers = regions_cost(new.tree) < SHARED ? 1 : parallel_workers(ctl_threads(ctl));
    double bytes = 0, limit = (double)ctl_memory(ctl);
    Pass s = new;
    Status status = pass_open(&s, workers, limit, &bytes);
    if (status == OK && bytes > limit && workers > 1) {
        pass_free(&s);
        s = new;
        status = pass_open(&s, 1, limit, &bytes);
    }
    if (status == OK && bytes > limit) status = condition_refuse(bytes, ctl, faults);
    if (status == OK) status = compute(&s, log_z);
    *again = status == OK && s.underflow;
    pass_free(&s);
    return status;
}

// A variable that is observed, or has one level, is certain.
static void certain(const Problem *p, double *const *out) {
    const Net *net = p->net;
    for (uint32_t v = 0; v < net->nvars; v++) {
        if (p->local[v] != NET_NONE || !out[v]) continue;
        uint32_t level = p->evidence && p->evidence[v] != NET_NONE ? p->evidence[v] : 0;
        for (uint32_t i = 0; i < net->cards[v]; i++) out[v][i] = i == level;
    }
}

static Status explain(const Problem *p, const Triangulation *t, const Jointree *tree,
                      Derivation *d) {
    uint32_t known = 0;
    if (!d) return OK;
    TRY(problem_explain_evidence(p->net, p->evidence, d));
    TRY(problem_explain_order(p, t, d));
    for (uint32_t k = 0; k < tree->count; k++)
        if (tree->cliques[k].unit && tree->cliques[k].parent != NET_NONE) known++;
    return derivation_add(
        d, "junction tree",
        "%u cliques with %.6g cells; %u of the messages towards the root are 1 "
        "and not computed",
        (unsigned)tree->count, tree->cells, (unsigned)known);
}

static Status most_bytes(const Plan *plan, double limit, double *bytes) {
    Pass s = {.problem = &plan->problem, .tree = &plan->tree};
    Status status = pass_open(&s, 1, limit, bytes);
    pass_free(&s);
    return status;
}

static Status one_case(const Plan *plan, const Problem *p, const Ctl *ctl, double *const *out,
                       double *log_z, Faults *faults) {
    bool again;
    Status status = attempt(plan, p, false, ctl, out, log_z, &again, faults);
    if (status == OK && again)
        status = attempt(plan, p, true, ctl, out, log_z, &again, faults);
    if (status == OK && *log_z > -(double)INFINITY) certain(p, out);
    return status;
}

typedef struct Cases {
    Mixture mixture;
    Faults *faults;
} Cases;

// The whole question, or one case of it.
static Status answer(void *user, const Plan *plan, const Problem *p, const Ctl *ctl) {
    Cases *c = user;
    double *const *place, log_z;
    TRY(mixture_place(&c->mixture, &place));
    TRY(one_case(plan, p, ctl, place, &log_z, c->faults));
    mixture_add(&c->mixture, log_z);
    return OK;
}

Status net_marginals(const Net *net, NetEvidence evidence, const Ctl *ctl, Derivation *d,
                     double *const *out, double *log_z, Faults *faults) {
    Plan *plan;
    Problem p;
    Cases c = {.mixture = {.nvars = net->nvars, .cards = net->cards, .out = out},
               .faults = faults};
    Mixture *m = &c.mixture;
    ConditionTask task = {.counted = {.net = net,
                                      .evidence = evidence,
                                      .passes = 2,
                                      .held = mixture_bytes(m),
                                      .bytes = most_bytes},
                          .answer = answer,
                          .user = &c};
    TRY(plan_find(net, evidence, PLAN_MARGINALS, NULL, 0, ctl, &plan));
    Status status = problem_bind(&plan->problem, net, evidence, &p);
    if (status == OK) status = explain(&p, &plan->order, &plan->tree, d);
    if (status == OK) status = condition_answer(&task, plan, &p, ctl, d, faults);
    if (status == OK) *log_z = mixture_finish(m);
    mixture_free(m);
    problem_free(&p);
    plan_drop(plan);
    return status;
}
