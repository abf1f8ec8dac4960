// Chain: how long chains run, and when they are believed.
#include "runtime/sample/chain.h"

#include <math.h>
#include <string.h>

#include "runtime/sample/chain_check.h"
#include "runtime/sample/chain_climb.h"
#include "runtime/sample/chain_run.h"
#include "runtime/sample/chain_sum.h"
#include "runtime/sample/sample_fault.h"

// Chains whose R-hat is above this do not agree.
#define AGREED 1.05

#define DEFAULT_TOLERANCE 1e-3

// Evaluations of factors, in blocks of lanes, that an answer may cost when the budget does not
// say how many draws: some seconds.
#define ENOUGH_WORK UINT64_C(10000000)

enum { FIRST_DRAWS = 128, FEWEST_SWEEPS = 256 };

// --- faults ---------------------------------------------------------------------------------

static Status report_apart(const RealCall *call, const ChainTarget *t, double rhat,
                           uint64_t sweeps) {
    Status st = fault_add(call->faults, FAULT_SAMPLE_APART, t->q->origin,
                          "after %llu sweeps %d Markov chains do not agree (R-hat %.3g, above "
                          "1.05)",
                          (unsigned long long)sweeps, REAL_BATCHES, rhat);
    if (st != FAULT) return st;
    return fault_hint(call->faults,
                      "what is asked may have several separate peaks given these conditions; "
                      "allow more draws with `using sampling(n: ...)`, or condition on less");
}

// --- how long -------------------------------------------------------------------------------

static uint64_t work_done(const ChainRun *r) {
    uint64_t sum = 0;
    for (size_t i = 0; i < CHAIN_BLOCKS; i++) sum += r->blocks[i].evaluations;
    return sum;
}

static double tolerance_of(const RealCall *call) {
    return call->budget->tolerance > 0 ? call->budget->tolerance : DEFAULT_TOLERANCE;
}

// The error by the measure of the tolerance.
static double error_of(const SampleEstimate *e) {
    return e->spread > 0 ? e->se / e->spread : 0;
}

static Status estimate(const ChainRun *r, SampleEstimate *out) {
    return chain_sum(r->t->q, r->columns, r->ncolumns, r->draws, out);
}

static Status find_rhat(const ChainRun *r, double *worst) {
    *worst = 1;
    for (uint32_t c = 0; c < r->ncolumns; c++) {
        double rhat;
        TRY(chain_check_rhat(r->columns[c], r->draws, REAL_BATCHES, &rhat));
        if (!(rhat <= *worst)) *worst = rhat;
    }
    return OK;
}

static Status warm_up(ChainRun *r) {
    for (size_t sweeps = 8; sweeps <= 64; sweeps *= 2) {
        TRY(chain_run_warm(r, sweeps));
        TRY(chain_run_warm(r, sweeps));
    }
    return OK;
}

// As many draws as asked for; few of them are drawn far apart, so that agreement can be judged.
static Status run_fixed(ChainRun *r, SampleEstimate *out, double *rhat) {
    size_t draws = (size_t)((r->call->budget->draws + REAL_BATCHES - 1) / REAL_BATCHES);
    if (draws < FEWEST_SWEEPS) r->thin = (FEWEST_SWEEPS + draws - 1) / draws;
    TRY(chain_run_record(r, draws));
    TRY(estimate(r, out));
    return isnan(out->value) ? OK : find_rhat(r, rhat);
}

// How many more draws the tolerance needs, at most doubling what there is.
static size_t draws_to_go(const ChainRun *r, const SampleEstimate *e) {
    double ratio = error_of(e) / tolerance_of(r->call);
    double want = 1.1 * (double)r->draws * ratio * ratio - (double)r->draws;
    return want < 1 ? 1 : want < (double)r->draws ? (size_t)want : r->draws;
}

// Until the error is small enough or enough has been done. What chains recorded before they
// agreed counts as warm-up.
static Status run_open(ChainRun *r, SampleEstimate *out, double *rhat) {
    for (size_t more = FIRST_DRAWS;;) {
        TRY(chain_run_record(r, more));
        TRY(estimate(r, out));
        if (isnan(out->value)) return OK;
        TRY(find_rhat(r, rhat));
        bool agreed = *rhat <= AGREED;
        if (agreed && error_of(out) <= tolerance_of(r->call)) return OK;
        if (work_done(r) > ENOUGH_WORK) return OK;
        more = draws_to_go(r, out);
        if (agreed) continue;
        more = 2 * r->draws;
        TRY(chain_run_warm(r, r->draws / 2));
        r->draws = 0;
    }
}

// --- the answer -----------------------------------------------------------------------------

enum { FEW_HITS = 20, LAW_VALUES = 10000 };

static Status give(const RealCall *call, const ChainRun *r, SampleEstimate *e,
                   RealAnswer *out) {
    const RealQuestion *q = r->t->q;
    bool event = q->head == REAL_P || q->head == REAL_LOGP;
    if (event && e->hits < FEW_HITS && !isnan(e->value))
        return sample_fault_rare(q, e->hits, e->ess, call->faults);
    if (q->head == REAL_P) sample_heads_widen(e);
    *out = (RealAnswer){.value = e->value,
                        .method = "slice sampling",
                        .sampled = true,
                        .se = e->se,
                        .alike = e->alike,
                        .ess = e->ess,
                        .draws = r->draws * REAL_BATCHES,
                        .seed = call->budget->seed};
    out->influence = MEM_NEW(double, REAL_BATCHES);
    if (!out->influence) return NOMEM;
    memcpy(out->influence, e->influence, sizeof e->influence);
    if (q->head != REAL_LAW) return OK;
    out->law = chain_sum_law(q, r->columns[0], r->draws, LAW_VALUES);
    return out->law ? OK : NOMEM;
}

static Status begin(const RealCall *call, const ChainTarget *t, ChainRun *r) {
    bool found = false;
    TRY(chain_run_open(call, t, r));
    TRY(chain_run_start(r, &found));
    if (!found && t->graded[CHAIN_GIVEN]) TRY(chain_run_approach(r, &found));
    if (!found) return sample_fault_improbable(t->q, 0, CHAIN_STARTS, call->faults);
    return warm_up(r);
}

static Status run(const RealCall *call, const ChainTarget *t, ChainRun *r, RealAnswer *out) {
    SampleEstimate e;
    double rhat = 1;
    TRY(begin(call, t, r));
    TRY(call->budget->draws ? run_fixed(r, &e, &rhat) : run_open(r, &e, &rhat));
    bool defined = !isnan(e.value);
    if (defined && !(rhat <= AGREED)) return report_apart(call, t, rhat, r->sweeps);
    TRY(give(call, r, &e, out));
    return derivation_add(
        call->d, "Markov chains",
        "%d chains of %zu draws after %llu sweeps to warm up; split R-hat %.3f", REAL_BATCHES,
        r->draws, (unsigned long long)(r->sweeps - r->draws * r->thin), rhat);
}

typedef Status Way(const RealCall *call, const ChainTarget *t, ChainRun *r, RealAnswer *out);

static Status answer_by(Way *way, const RealCall *call, const RealQuestion *q,
                        RealAnswer *out) {
    ChainTarget t = {0};
    ChainRun r = {0};
    *out = (RealAnswer){0};
    Status st = chain_target_open(call, q, &t);
    if (st == OK) st = way(call, &t, &r, out);
    if (st != OK) real_answer_free(out);
    chain_run_close(&r);
    chain_target_close(&t);
    return st;
}

Status chain_answer(const RealCall *call, const RealQuestion *q, RealAnswer *out) {
    return answer_by(run, call, q, out);
}

// --- rare events ----------------------------------------------------------------------------

// An error of more than this share of the probability is too much to be of use.
#define MOST_RELATIVE_ERROR 0.3

static Status report_rare(const RealCall *call, const ChainTarget *t, const ChainClimb *c) {
    if (c->end == CHAIN_CLIMB_APART) return report_apart(call, t, c->rhat, 0);
    return fault_add(
        call->faults, FAULT_SAMPLE_RARE, t->q->origin,
        "no way to the event was found: draws came nearer over %d levels, down to a "
        "probability of %.2g, and then no more",
        c->levels, exp(c->log_p));
}

static Status give_rare(const RealCall *call, const ChainTarget *t, ChainClimb *c,
                        RealAnswer *out) {
    double relative = sample_heads_error(c->influence), p = exp(c->log_p);
    bool is_log = t->q->head == REAL_LOGP;
    if (c->end != CHAIN_CLIMB_DONE || !(relative < MOST_RELATIVE_ERROR))
        return report_rare(call, t, c);
    double scale = is_log ? 1 : p;
    *out = (RealAnswer){.value = is_log ? c->log_p : p,
                        .method = "multilevel splitting",
                        .sampled = true,
                        .se = relative * scale,
                        .ess = (1 - p) / (relative * relative) / fmax(p, 1e-300),
                        .draws = c->draws,
                        .seed = call->budget->seed};
    out->influence = MEM_NEW(double, REAL_BATCHES);
    if (!out->influence) return NOMEM;
    for (size_t b = 0; b < REAL_BATCHES; b++) out->influence[b] = scale * c->influence[b];
    return derivation_add(call->d, "multilevel splitting",
                          "%d levels, each met by a fifth of the draws within the one before; "
                          "relative error %.2g",
                          c->levels, relative);
}

static Status run_rare(const RealCall *call, const ChainTarget *t, ChainRun *r,
                       RealAnswer *out) {
    ChainClimb c;
    if (!t->graded[CHAIN_ASKED])
        return fault_add(call->faults, FAULT_SAMPLE_RARE, t->q->origin,
                         "the event is no inequality that could be approached step by step");
    TRY(begin(call, t, r));
    TRY(chain_climb(r, &c));
    return give_rare(call, t, &c, out);
}

Status chain_rare(const RealCall *call, const RealQuestion *q, RealAnswer *out) {
    return answer_by(run_rare, call, q, out);
}
