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
#include <stdatomic.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/base/parallel.h"
#include "runtime/infer/condition.h"
#include "runtime/infer/mixture.h"
#include "runtime/infer/regions.h"

// Below this mass of a clique, whose inputs are at most 1, entries that underflowed might
// matter.
static const double MASS_LEAST = 1e-200;

// Trees up to this size are simply computed again whenever anything might have underflowed.
static const double SMALL = 1e5;

// The cells touched from which on several workers are worth their start.
static const double SHARED = 4e6;

// Where the marginal of a variable is taken from: the smallest table there is.
typedef struct Source {
    uint32_t clique;
    bool separator; // the one between the clique and its parent, else the clique itself
    uint32_t next;  // variable with the same source, NET_NONE at the end
} Source;

// What each worker needs for itself.
typedef struct Hand {
    const Factor **in;
    Factor **out;
    FactorScratch scratch;
} Hand;

// The store of all tables has first the model's own, the marginals and the messages to parents,
// then the messages to children.
typedef struct Pass {
    const Problem *problem;
    const Jointree *tree;
    const Regions *regions;
    const Ctl *ctl;
    double *const *out; // by the network's variable
    bool wide;
    Arena arena;
    double *values; // all tables
    int32_t *exps;
    size_t used;
    Factor *tables; // of the problem's factors
    Factor *up,
        *down; // messages of each clique to and from its parent; values NULL: 1 throughout
    Factor *marginals;                  // of each variable, with no values where not asked for
    Source *sources;                    // of each variable
    uint32_t *of_clique, *of_separator; // first variable taken from each, else NET_NONE
    Crew crew;
    Hand *hands; // of the workers
    CrewTasks tasks;
    atomic_uint *waiting;   // of each region: the regions below it that are not collected yet
    atomic_int status;      // of what went wrong, OK: nothing
    atomic_bool underflow;  // plain arithmetic might have lost something that matters
    atomic_bool lossy;      // an entry may have underflowed on the way to the roots
    bool *risky;            // and in what each clique knows
    atomic_llong exponent;  // 2^exponent was taken from the messages to parents
    atomic_uint done;       // cliques
    double log_z;
} Pass;

// --- setting up ---

static double fixed_cells(const Problem *p, const Jointree *tree) {
    double cells = 0;
    for (uint32_t f = 0; f < p->nfactors; f++) {
        double size = 1;
        for (uint32_t i = 0; i < p->factors[f].nvars; i++)
            size *= p->cards[p->factors[f].vars[i]];
        cells += size;
    }
    for (uint32_t v = 0; v < p->nvars; v++) cells += p->cards[v];
    for (uint32_t k = 0; k < tree->count; k++)
        if (!tree->cliques[k].unit && tree->cliques[k].parent != NET_NONE)
            cells += tree->cliques[k].sep_cells;
    return cells;
}

// Takes the factor's table from the common store, at an offset.
static void take_at(Pass *s, Factor *f, size_t at) {
    f->size = 1;
    for (uint32_t i = 0; i < f->nvars; i++) f->size *= s->problem->cards[f->vars[i]];
    f->values = s->values + at;
    f->exps = s->wide ? s->exps + at : NULL;
    f->exponent = 0;
    f->low = 0;
    f->noise = FACTOR_EXACT;
}

static void take(Pass *s, Factor *f) {
    take_at(s, f, s->used);
    s->used += f->size;
}

// The most inputs and outputs that a clique has.
static void count_parts(const Jointree *tree, size_t *in, size_t *out) {
    *in = *out = 1;
    for (uint32_t k = 0; k < tree->count; k++) {
        const JointreeClique *c = &tree->cliques[k];
        size_t children = 0;
        for (uint32_t i = c->first_child; i != NET_NONE; i = tree->cliques[i].next_sibling)
            children++;
        if (children + c->nfactors + 1 > *in) *in = children + c->nfactors + 1;
        if (children + c->nvars > *out) *out = children + c->nvars;
    }
}

static bool make_hands(Pass *s) {
    size_t in, out;
    count_parts(s->tree, &in, &out);
    s->hands = ARENA_ARRAY(&s->arena, Hand, s->crew.most);
    for (unsigned i = 0; s->hands && i < s->crew.most; i++) {
        s->hands[i].in = ARENA_ARRAY(&s->arena, const Factor *, in);
        s->hands[i].out = ARENA_ARRAY(&s->arena, Factor *, out);
        if (!s->hands[i].in || !s->hands[i].out) return false;
    }
    return s->hands;
}

static bool allocate(Pass *s) {
    const Problem *p = s->problem;
    uint32_t n = s->tree->count, regions = s->regions->count;
    size_t cells = (size_t)s->regions->cells;
    s->values = mem_resize(NULL, cells, sizeof(double));
    if (s->wide) s->exps = mem_resize(NULL, cells, sizeof(int32_t));
    s->tables = ARENA_ARRAY(&s->arena, Factor, p->nfactors);
    s->up = ARENA_ARRAY(&s->arena, Factor, n);
    s->down = ARENA_ARRAY(&s->arena, Factor, n);
    s->marginals = ARENA_ARRAY(&s->arena, Factor, p->nvars);
    s->sources = ARENA_ARRAY(&s->arena, Source, p->nvars);
    s->of_clique = ARENA_ARRAY(&s->arena, uint32_t, n);
    s->of_separator = ARENA_ARRAY(&s->arena, uint32_t, n);
    s->risky = ARENA_ARRAY(&s->arena, bool, n);
    s->waiting = ARENA_ARRAY(&s->arena, atomic_uint, regions);
    s->tasks.ready = ARENA_ARRAY(&s->arena, size_t, regions);
    return s->values && (s->exps || !s->wide) && s->tables && s->up && s->down &&
           s->marginals && s->sources && s->of_clique && s->of_separator && s->risky &&
           s->waiting && s->tasks.ready && make_hands(s);
}

// Finds the smallest separator with each variable, or, for those in one clique only, that.
static void choose_sources(Pass *s) {
    const Jointree *tree = s->tree;
    for (uint32_t v = 0; v < s->problem->nvars; v++)
        s->sources[v] = (Source){.clique = tree->top[v], .next = NET_NONE};
    for (uint32_t k = 0; k < tree->count; k++) {
        const JointreeClique *c = &tree->cliques[k];
        s->of_clique[k] = s->of_separator[k] = NET_NONE;
        for (uint32_t i = c->nvars - c->nsep; i < c->nvars; i++) {
            Source *best = &s->sources[c->vars[i]];
            if (!best->separator || c->sep_cells < tree->cliques[best->clique].sep_cells)
                *best = (Source){.clique = k, .separator = true, .next = NET_NONE};
        }
    }
    for (uint32_t v = 0; v < s->problem->nvars; v++) {
        Source *source = &s->sources[v];
        if (!s->out[s->problem->global[v]]) continue;
        uint32_t *list = source->separator ? s->of_separator : s->of_clique;
        source->next = list[source->clique];
        list[source->clique] = v;
    }
}

// Fills the model's tables and lays out the messages.
static bool fill(Pass *s) {
    const Problem *p = s->problem;
    for (uint32_t f = 0; f < p->nfactors; f++) {
        s->tables[f] = (Factor){.nvars = p->factors[f].nvars, .vars = p->factors[f].vars};
        take(s, &s->tables[f]);
        problem_fill(p, f, &s->tables[f]);
    }
    for (uint32_t k = 0; k < s->tree->count; k++) {
        const JointreeClique *c = &s->tree->cliques[k];
        s->up[k] = s->down[k] =
            (Factor){.nvars = c->nsep, .vars = c->vars + (c->nvars - c->nsep)};
        if (c->parent == NET_NONE) continue;
        take_at(s, &s->down[k], (size_t)s->regions->down[k]);
        if (!c->unit) take(s, &s->up[k]);
    }
    uint32_t *self = ARENA_ARRAY(&s->arena, uint32_t, p->nvars);
    if (!self) return false;
    for (uint32_t v = 0; v < p->nvars; v++) {
        self[v] = v;
        s->marginals[v] = (Factor){.nvars = 1, .vars = self + v};
        if (s->out[p->global[v]]) take(s, &s->marginals[v]);
    }
    return true;
}

static void pass_free(Pass *s) {
    crew_close(&s->crew);
    mem_free(s->values);
    mem_free(s->exps);
    arena_free(&s->arena);
}

// --- passing ---

// The hand of a worker, to be used until it waits for others.
static Hand *hand_of(Pass *s, CrewWorker *worker) {
    Hand *h = &s->hands[worker->number];
    h->scratch.worker = worker;
    return h;
}

// The clique's own tables and what its children say.
static size_t gather(const Pass *s, Hand *h, uint32_t k) {
    const JointreeClique *c = &s->tree->cliques[k];
    size_t nin = 0;
    for (uint32_t i = 0; i < c->nfactors; i++) h->in[nin++] = &s->tables[c->factors[i]];
    for (uint32_t i = c->first_child; i != NET_NONE; i = s->tree->cliques[i].next_sibling)
        if (!s->tree->cliques[i].unit) h->in[nin++] = &s->up[i];
    return nin;
}

static Status combine(Pass *s, Hand *h, uint32_t k, size_t nin, size_t nout, bool *risky) {
    const JointreeClique *c = &s->tree->cliques[k];
    FactorJob job = {.cards = s->problem->cards,
                     .vars = c->vars,
                     .nvars = c->nvars,
                     .in = h->in,
                     .nin = nin,
                     .out = h->out,
                     .nout = nout,
                     .mode = FACTOR_SUM,
                     .wide = s->wide};
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
    TRY(combine(s, h, k, gather(s, h, k), 1, &risky));
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
    size_t nin = gather(s, h, k), nout = 0;
    if (!root) h->in[nin++] = &s->down[k];
    for (uint32_t i = c->first_child; i != NET_NONE; i = s->tree->cliques[i].next_sibling)
        h->out[nout++] = &s->down[i];
    for (uint32_t v = s->of_clique[k]; v != NET_NONE; v = s->sources[v].next)
        h->out[nout++] = &s->marginals[v];
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
    if (worker->number == 0 && s->ctl && s->ctl->progress)
        s->ctl->progress(s->ctl->user, "passing messages", done / (2.0 * s->tree->count));
}

static void collect_region(void *user, CrewWorker *worker, size_t r) {
    Pass *s = user;
    uint32_t parent = s->regions->parent[r];
    for (uint32_t i = s->regions->start[r + 1]; i-- > s->regions->start[r];)
        visit(s, worker, s->regions->cliques[i], collect);
    if (parent != NET_NONE && --s->waiting[parent] == 0) crew_ready(worker, &s->tasks, parent);
}

static void distribute_region(void *user, CrewWorker *worker, size_t r) {
    Pass *s = user;
    const Regions *all = s->regions;
    for (uint32_t i = all->start[r]; i < all->start[r + 1]; i++)
        visit(s, worker, all->cliques[i], distribute);
    for (uint32_t c = all->first_child[r]; c != NET_NONE; c = all->next_sibling[c])
        crew_ready(worker, &s->tasks, c);
}

// Runs all regions, those without a number to wait for first.
static Status run_regions(Pass *s, void (*run)(void *user, CrewWorker *worker, size_t r),
                          const double *weights) {
    size_t *ready = s->tasks.ready;
    s->tasks = (CrewTasks){.run = run, .user = s, .count = s->regions->count, .ctl = s->ctl,
                           .ready = ready, .weights = weights};
    for (uint32_t r = 0; r < s->regions->count; r++) {
        s->waiting[r] = s->regions->children[r];
        bool first = run == collect_region ? s->waiting[r] == 0
                                           : s->regions->parent[r] == NET_NONE;
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
    TRY(run_regions(s, collect_region, s->regions->up_weight));
    s->log_z += (double)s->exponent * log(2);
    TRY(work_out_roots(s));
    if (s->underflow || s->log_z == -(double)INFINITY) return OK;
    TRY(run_regions(s, distribute_region, s->regions->down_weight));
    if (!s->underflow && s->ctl && s->ctl->progress)
        s->ctl->progress(s->ctl->user, "passing messages", 1);
    return OK;
}

// --- the whole ---

static Status compute(const Problem *p, const Jointree *tree, const Regions *regions,
                      unsigned workers, bool wide, const Ctl *ctl, double *const *out,
                      double *log_z, bool *again) {
    Pass s = {.problem = p,
              .tree = tree,
              .regions = regions,
              .ctl = ctl,
              .out = out,
              .wide = wide,
              .log_z = log(p->constant) + (double)p->exponent * log(2)};
    Status status = NOMEM;
    crew_open(&s.crew, workers);
    if (!allocate(&s)) goto done;
    choose_sources(&s);
    if (!fill(&s)) goto done;
    status = pass_messages(&s);
    *again = s.underflow;
    *log_z = s.log_z;
done:
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

static Status most_bytes(const Plan *plan, double *bytes) {
    Regions regions;
    double fixed = fixed_cells(&plan->problem, &plan->tree);
    Status status = regions_build(&plan->tree, fixed, 1, &regions);
    if (status == OK) *bytes = sizeof(double) * regions.cells;
    regions_free(&regions);
    return status;
}

// One region takes the least memory, so that whether there is enough depends on nothing else.
static Status part(const Problem *p, const Jointree *tree, const Ctl *ctl, unsigned *workers,
                   Regions *out) {
    double fixed = fixed_cells(p, tree);
    *workers = regions_cost(tree) < SHARED ? 1 : parallel_workers(ctl_threads(ctl));
    TRY(regions_build(tree, fixed, *workers, out));
    if (out->count == 1 || sizeof(double) * out->cells <= (double)ctl_memory(ctl)) return OK;
    regions_free(out);
    return regions_build(tree, fixed, 1, out);
}

static Status one_case(const Plan *plan, const Problem *p, const Ctl *ctl, double *const *out,
                       double *log_z) {
    Regions regions = {0};
    unsigned workers;
    bool again = false;
    Status status = part(p, &plan->tree, ctl, &workers, &regions);
    if (status == OK)
        status = compute(p, &plan->tree, &regions, workers, false, ctl, out, log_z, &again);
    if (status == OK && again)
        status = compute(p, &plan->tree, &regions, workers, true, ctl, out, log_z, &again);
    if (status == OK && *log_z > -(double)INFINITY) certain(p, out);
    regions_free(&regions);
    return status;
}

// The whole question, or one case of it.
static Status answer(void *user, const Plan *plan, const Problem *p, const Ctl *ctl) {
    Mixture *m = user;
    double *const *place, log_z;
    TRY(mixture_place(m, &place));
    TRY(one_case(plan, p, ctl, place, &log_z));
    mixture_add(m, log_z);
    return OK;
}

Status net_marginals(const Net *net, NetEvidence evidence, const Ctl *ctl, Derivation *d,
                     double *const *out, double *log_z, Faults *faults) {
    Plan *plan;
    Problem p;
    Mixture m = {.nvars = net->nvars, .cards = net->cards, .out = out};
    ConditionTask task = {.counted = {.net = net,
                                      .evidence = evidence,
                                      .passes = 2,
                                      .held = mixture_bytes(&m),
                                      .bytes = most_bytes},
                          .answer = answer,
                          .user = &m};
    TRY(plan_find(net, evidence, PLAN_MARGINALS, NULL, 0, &plan));
    Status status = problem_bind(&plan->problem, net, evidence, &p);
    if (status == OK) status = explain(&p, &plan->order, &plan->tree, d);
    if (status == OK) status = condition_answer(&task, plan, &p, ctl, d, faults);
    if (status == OK) *log_z = mixture_finish(&m);
    mixture_free(&m);
    problem_free(&p);
    plan_drop(plan);
    return status;
}
