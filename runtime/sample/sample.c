// Sample: rounds of draws until the error is small enough.
#include "runtime/sample/sample.h"

#include <inttypes.h>
#include <math.h>

#include "runtime/base/parallel.h"
#include "runtime/sample/chain.h"
#include "runtime/sample/sample_fault.h"
#include "runtime/sample/sample_heads.h"
#include "runtime/sample/sample_plan.h"
#include "runtime/sample/sample_tails.h"
#include "runtime/sample/sample_values.h"

enum {
    FIRST_BLOCKS = REAL_BATCHES, // of the first round
    LAW_VALUES = 10000,          // of an empirical law
    FEW_HITS = 20,               // fewer say little about a probability
    FEW_DRAWS = 400,             // effective ones, too
};

typedef struct Sampler {
    const RealCall *call;
    const RealQuestion *q;
    SamplePlan plan;
    SampleLanes *lanes; // of each worker
    unsigned workers;
    SampleSums sums;
    SampleValue *values; // of quantiles and laws: all draws
    size_t values_room;
    uint64_t seed, exact; // `exact` draws, when they were asked for
    uint64_t from, to;    // the blocks of the round
    uint64_t nblocks;     // of all rounds, when exact
    uint64_t most;        // blocks
    double tolerance;
    SampleEstimate estimate;
    Faults chains; // why Markov chains gave no answer; empty while they were not asked
    bool tried_rare;
} Sampler;

static bool keeps_values(const Sampler *s) {
    return s->q->head == REAL_QUANTILE || s->q->head == REAL_LAW;
}

static bool is_event(const Sampler *s) {
    return s->q->head == REAL_P || s->q->head == REAL_LOGP;
}

// --- blocks ---

// Draws before block b: of an exact number, blocks take equal shares.
static uint64_t draws_before(const Sampler *s, uint64_t b) {
    if (!s->exact) return b * SAMPLE_BLOCK;
    uint64_t each = s->exact / s->nblocks, rest = s->exact % s->nblocks;
    return b * each + (b < rest ? b : rest);
}

// All events together: false where one is, whatever the others.
static void join_events(const SampleLanes *l, size_t n) {
    double *all = l->args[0];
    for (uint32_t k = 1; k < l->nargs; k++)
        for (size_t i = 0; i < n; i++) {
            double x = l->args[k][i];
            all[i] = all[i] == 0 || x == 0 ? 0 : all[i] * x;
        }
}

static void keep_values(const Sampler *s, const SampleLanes *l, uint64_t block, size_t n) {
    SampleValue *v = s->values + draws_before(s, block);
    for (size_t i = 0; i < n; i++)
        v[i] = (SampleValue){l->args[0][i], l->log_weight[i], (uint32_t)(block % REAL_BATCHES)};
}

static void run_block(Sampler *s, unsigned worker, uint64_t block) {
    SampleLanes *l = &s->lanes[worker];
    size_t n = (size_t)(draws_before(s, block + 1) - draws_before(s, block));
    sample_block(&s->plan, l, s->seed, block, n);
    if (is_event(s)) join_events(l, n);
    if (keeps_values(s))
        keep_values(s, l, block, n);
    else
        sample_sums_add(&s->sums, block % REAL_BATCHES, n, l->log_weight, l->args);
}

// One batch: its blocks of this round in their order, so that sums do not depend on the threads.
static void run_batch(void *user, unsigned worker, size_t batch) {
    Sampler *s = user;
    for (uint64_t b = s->from + batch; b < s->to && !ctl_cancelled(s->call->ctl);
         b += REAL_BATCHES)
        run_block(s, worker, b);
}

// --- what went wrong ---

static Status check_steps(const Sampler *s) {
    const SampleStep *wrong = NULL;
    for (unsigned w = 0; w < s->workers; w++)
        if (s->lanes[w].wrong && (!wrong || s->lanes[w].wrong < wrong)) wrong = s->lanes[w].wrong;
    if (wrong) return sample_fault_value(&s->plan, wrong, s->call->faults);
    for (size_t i = 0; i < s->plan.steps.count; i++) {
        unsigned how = 0;
        for (unsigned w = 0; w < s->workers; w++) how |= s->lanes[w].how[i];
        if ((how & MECHANISM_MASS) && (how & MECHANISM_DENSITY))
            return sample_fault_atom(&s->plan, &s->plan.steps.items[i], s->call->faults);
    }
    return OK;
}

// --- rounds ---

static Status make_values(Sampler *s) {
    size_t need = (size_t)draws_before(s, s->to);
    if (!keeps_values(s) || need <= s->values_room) return OK;
    SampleValue *more = mem_resize(s->values, need, sizeof *more);
    if (!more) return NOMEM;
    s->values = more;
    s->values_room = need;
    return OK;
}

static Status run_round(Sampler *s) {
    double share = (double)s->to / (double)s->most;
    TRY(make_values(s));
    TRY(parallel_run(s->workers, REAL_BATCHES, run_batch, s, s->call->ctl, "sampling",
                     (double)s->from / (double)s->most, share));
    return check_steps(s);
}

// Arguments are taken from their mean in the first block, so that squares lose no digits.
static void find_pivots(Sampler *s) {
    SampleLanes *l = &s->lanes[0];
    size_t n = (size_t)draws_before(s, 1);
    if (is_event(s) || keeps_values(s)) return;
    sample_block(&s->plan, l, s->seed, 0, n);
    for (uint32_t i = 0; i < l->nargs; i++) {
        double sum = 0, count = 0;
        for (size_t k = 0; k < n; k++)
            if (l->log_weight[k] > -INFINITY && fabs(l->args[i][k]) < INFINITY)
                sum += l->args[i][k], count++;
        s->sums.pivot[i] = count > 0 && fabs(sum) < INFINITY ? sum / count : 0;
    }
}

// A copy is sorted, since there may be another round.
static Status estimate_quantile(Sampler *s) {
    size_t n = (size_t)draws_before(s, s->to);
    SampleValue *v = MEM_NEW(SampleValue, n);
    bool undefined;
    if (!v) return NOMEM;
    for (size_t i = 0; i < n; i++) v[i] = s->values[i];
    n = sample_values_sort(v, n, &undefined);
    s->estimate = (SampleEstimate){0};
    if (undefined) { // more draws do not help
        s->estimate.value = NAN;
        s->estimate.ess = (double)n;
    } else if (n) {
        sample_values_quantile(v, n, s->q->level, &s->estimate);
    }
    mem_free(v);
    return OK;
}

static Status find_estimate(Sampler *s) {
    if (!keeps_values(s)) return sample_heads_estimate(&s->sums, s->q->head, &s->estimate);
    return estimate_quantile(s);
}

static double few_draws(const Sampler *s) {
    return s->exact ? fmin(FEW_DRAWS, (double)s->exact / 4) : FEW_DRAWS;
}

static bool is_good(const Sampler *s) {
    const SampleEstimate *e = &s->estimate;
    if (e->value != e->value && e->ess > 0) return true; // more draws do not help
    if (s->plan.weighted && e->ess < few_draws(s)) return false;
    if (is_event(s) && (e->hits < FEW_HITS || (e->misses < FEW_HITS && e->misses > 0)))
        return false;
    if (s->q->head == REAL_LAW) return e->ess >= LAW_VALUES;
    return !(e->se > s->tolerance * e->spread);
}

// Whether the weights are so unequal that chains are the better way.
static bool is_degenerate(const Sampler *s) {
    return s->plan.weighted && !(s->estimate.ess >= few_draws(s));
}

// Chains where the weights of the first round degenerate. When chains give no answer, which they
// say in s->chains, weighting goes on.
static Status try_chains(Sampler *s, bool *done, RealAnswer *out) {
    RealCall call = *s->call;
    if (s->chains.count || !is_degenerate(s)) return OK;
    TRY(derivation_add(call.d, "likelihood weighting",
                       "%" PRIu64 " draws are worth %.3g: Markov chains instead",
                       draws_before(s, s->to), s->estimate.ess));
    call.faults = &s->chains;
    Status status = chain_answer(&call, s->q, out);
    *done = status == OK;
    return status == FAULT ? OK : status;
}

// Splitting for an event that no draw has met, or few when there will be no more. When it is not
// reached, what is known is what the draws tell.
static Status try_rare(Sampler *s, bool *done, RealAnswer *out) {
    RealCall call = *s->call;
    Faults faults = {0};
    bool last = s->exact || s->to == s->most;
    if (s->tried_rare || !is_event(s) || is_degenerate(s)) return OK;
    if (s->estimate.value != s->estimate.value) return OK; // undefined in some draws, not rare
    if (!(s->estimate.hits < (last ? FEW_HITS : 1))) return OK;
    s->tried_rare = true;
    call.faults = &faults;
    Status status = chain_rare(&call, s->q, out);
    fault_free(&faults);
    *done = status == OK;
    return status == FAULT ? OK : status;
}

static Status run_rounds(Sampler *s, bool *done, RealAnswer *out) {
    find_pivots(s);
    for (s->from = 0;; s->from = s->to, s->to *= 2) {
        if (s->to > s->most) s->to = s->most;
        TRY(run_round(s));
        TRY(find_estimate(s));
        TRY(try_chains(s, done, out));
        if (!*done) TRY(try_rare(s, done, out));
        if (*done || s->exact || s->to == s->most || is_good(s)) return OK;
    }
}

// --- the answer ---

static bool is_average(RealHead head) {
    return head == REAL_E || head == REAL_VAR || head == REAL_SD || head == REAL_COV ||
           head == REAL_COR || head == REAL_SLOPE;
}

// Averages of terms that have no variance have no standard error, whatever the batches say.
// Where it is the weights alone, Markov chains need none.
static Status check_tails(Sampler *s, bool *done, RealAnswer *out) {
    uint64_t draws = draws_before(s, s->to);
    double shape, values = 1;
    if (!is_average(s->q->head) || s->estimate.value != s->estimate.value) return OK;
    TRY(sample_tails_shape(&s->plan, &s->lanes[0], s->seed, draws, s->q->head, true, &shape));
    if (!(shape > 0.5)) return OK;
    if (s->plan.weighted && !s->chains.count)
        TRY(sample_tails_shape(&s->plan, &s->lanes[0], s->seed, draws, s->q->head, false,
                               &values));
    if (values > 0.5) return sample_fault_tails(s->q, shape, s->call->faults);
    TRY(derivation_add(s->call->d, "likelihood weighting",
                       "a few draws weigh too much: Markov chains instead"));
    *done = true;
    return chain_answer(s->call, s->q, out);
}

static Status check_estimate(Sampler *s) {
    const SampleEstimate *e = &s->estimate;
    double most = s->q->level < 0.5 ? s->q->level : 1 - s->q->level;
    Faults *faults = s->call->faults;
    if (is_degenerate(s) && s->chains.count)
        return fault_move(&s->chains, faults) == OK ? FAULT : NOMEM;
    if (!(e->ess > 0) || (s->plan.weighted && e->ess < few_draws(s)))
        return sample_fault_improbable(s->q, e->ess > 0 ? e->ess : 0, draws_before(s, s->to),
                                       faults);
    if (e->value != e->value) return OK;
    if (is_event(s) && e->hits < FEW_HITS)
        return sample_fault_rare(s->q, e->hits, e->ess, faults);
    if (s->q->head == REAL_QUANTILE && e->ess * most < FEW_HITS)
        return sample_fault_quantile(s->q, e->ess, faults);
    return OK;
}

static Status give_law(Sampler *s, RealAnswer *out) {
    bool undefined;
    size_t n = sample_values_sort(s->values, (size_t)draws_before(s, s->to), &undefined);
    if (undefined)
        return fault_add(s->call->faults, FAULT_SAMPLE_VALUE, s->q->origin,
                         "what is asked for has no value in some of the draws");
    out->law = sample_values_law(s->values, n, LAW_VALUES, s->q->origin);
    return out->law ? OK : NOMEM;
}

static Status give(Sampler *s, RealAnswer *out) {
    SampleEstimate *e = &s->estimate;
    if (s->q->head == REAL_P) sample_heads_widen(e);
    *out = (RealAnswer){.value = e->value,
                        .method = s->plan.weighted ? "likelihood weighting" : "forward sampling",
                        .sampled = true,
                        .se = e->se,
                        .alike = e->alike,
                        .ess = e->ess,
                        .draws = draws_before(s, s->to),
                        .seed = s->seed};
    out->influence = MEM_NEW(double, REAL_BATCHES);
    if (!out->influence) return NOMEM;
    for (size_t b = 0; b < REAL_BATCHES; b++) out->influence[b] = e->influence[b];
    if (s->q->head == REAL_LAW) TRY(give_law(s, out));
    return derivation_add(s->call->d, out->method,
                          "%" PRIu64 " draws of %" PRIu32 " variables, worth %.4g",
                          out->draws, s->plan.scope.nvars, out->ess);
}

// --- opening ---

static void set_budget(Sampler *s) {
    const RealBudget *b = s->call->budget;
    size_t steps = s->plan.steps.count + 1;
    s->seed = b->seed;
    s->exact = b->draws;
    s->tolerance = b->tolerance > 0 ? b->tolerance : 1e-3;
    s->workers = parallel_workers(b->threads ? b->threads : ctl_threads(s->call->ctl));
    if (s->exact) {
        uint64_t blocks = (s->exact + SAMPLE_BLOCK - 1) / SAMPLE_BLOCK;
        if (blocks < REAL_BATCHES) blocks = s->exact < REAL_BATCHES ? s->exact : REAL_BATCHES;
        s->nblocks = s->most = s->to = blocks;
        return;
    }
    // Work is bounded by steps times draws: between 2^21 and 2^24 draws.
    s->to = FIRST_BLOCKS;
    s->most = FIRST_BLOCKS << 4;
    while (s->most < FIRST_BLOCKS << 7 && s->most * SAMPLE_BLOCK * steps < (uint64_t)1 << 28)
        s->most *= 2;
    if (keeps_values(s)) s->most = FIRST_BLOCKS << 4;
}

static Status open_lanes(Sampler *s) {
    TRY(sample_lanes_room(&s->plan, s->workers, s->call));
    s->lanes = MEM_NEW(SampleLanes, s->workers);
    if (!s->lanes) return NOMEM;
    for (unsigned w = 0; w < s->workers; w++) TRY(sample_lanes_open(&s->plan, &s->lanes[w]));
    return sample_sums_open(is_event(s) ? 1 : (uint32_t)s->plan.args.count, &s->sums);
}

static void close_sampler(Sampler *s) {
    for (unsigned w = 0; s->lanes && w < s->workers; w++) sample_lanes_close(&s->lanes[w]);
    mem_free(s->lanes);
    mem_free(s->values);
    sample_sums_close(&s->sums);
    sample_plan_close(&s->plan);
    fault_free(&s->chains);
}

Status sample_answer(const RealCall *call, const RealQuestion *q, RealAnswer *out) {
    Sampler s = {.call = call, .q = q};
    *out = (RealAnswer){0};
    Status status = sample_plan_open(q, q->nargs, call->faults, &s.plan);
    if (status == OK) {
        set_budget(&s);
        status = open_lanes(&s);
    }
    bool done = false;
    if (status == OK) status = run_rounds(&s, &done, out);
    if (status == OK && !done) status = check_estimate(&s);
    if (status == OK && !done) status = check_tails(&s, &done, out);
    if (status == OK && !done) status = give(&s, out);
    if (status != OK) real_answer_free(out);
    close_sampler(&s);
    return status;
}
