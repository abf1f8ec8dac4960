// Chain run: blocks of chains over threads.
#include "runtime/sample/chain_run.h"

#include <math.h>

#include "runtime/base/mem.h"
#include "runtime/base/parallel.h"
#include "runtime/sample/draw.h"
#include "runtime/sample/sample_fault.h"

// Far from the streams of other samplers.
#define FIRST_STREAM (UINT64_C(1) << 48)
#define FIRST_CHECKS (UINT64_C(1) << 49)

// --- memory ---------------------------------------------------------------------------------

static Status open_search(const ChainTarget *t, Arena *arena, ChainSearch *s) {
    TRY(chain_lanes_open(t, CHAIN_LANES, arena, &s->trial));
    double **const arrays[] = {&s->weight, &s->own, &s->noise, &s->best};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        *arrays[i] = ARENA_ARRAY(arena, double, CHAIN_LANES);
        if (!*arrays[i]) return NOMEM;
    }
    return OK;
}

static Status open_block(ChainRun *r, size_t i) {
    TRY(open_search(r->t, &r->arenas[i], &r->searches[i]));
    TRY(chain_block_open(r->t, CHAIN_LANES, &r->arenas[i], &r->blocks[i]));
    stream_open(&r->blocks[i].stream, r->call->budget->seed, FIRST_STREAM + i);
    stream_open(&r->blocks[i].checks, r->call->budget->seed, FIRST_CHECKS + i);
    r->blocks[i].missing = MODEL_NONE;
    return OK;
}

Status chain_run_open(const RealCall *call, const ChainTarget *t, ChainRun *r) {
    const RealHead head = t->q->head;
    bool one = head == REAL_P || head == REAL_LOGP || head == REAL_LAW;
    *r = (ChainRun){.call = call, .t = t, .ncolumns = one ? 1 : t->q->nargs, .thin = 1};
    for (size_t i = 0; i < CHAIN_BLOCKS; i++) TRY(open_block(r, i));
    Arena *a = &r->arenas[0];
    r->columns = ARENA_ARRAY(a, double *, r->ncolumns);
    r->widths = ARENA_ARRAY(a, double, (size_t)t->nfree + 1);
    r->started = ARENA_ARRAY(a, bool, REAL_BATCHES);
    r->crowd.vars = ARENA_ARRAY(a, uint32_t, t->nfree);
    r->scales = ARENA_ARRAY(a, double, t->factors.count);
    if (!r->scales) return NOMEM;
    for (size_t i = 0; i < t->factors.count; i++) r->scales[i] = 1;
    for (size_t i = 0; i < CHAIN_BLOCKS; i++)
        r->blocks[i].lanes.scales = r->searches[i].trial.scales = r->scales;
    if (!r->columns || !r->widths || !r->started || !r->crowd.vars) return NOMEM;
    r->crowd.nvars = chain_continuous(t, r->crowd.vars);
    r->crowd.members = REAL_BATCHES;
    r->crowd.states = ARENA_ARRAY(a, double, (size_t)REAL_BATCHES * r->crowd.nvars);
    return r->crowd.states ? OK : NOMEM;
}

void chain_run_close(ChainRun *r) {
    for (uint32_t c = 0; r->columns && c < r->ncolumns; c++) mem_free(r->columns[c]);
    for (size_t i = 0; i < CHAIN_BLOCKS; i++) arena_free(&r->arenas[i]);
}

static Status make_room(ChainRun *r, size_t draws) {
    if (r->draws + draws <= r->room) return OK;
    size_t room = r->draws + draws;
    for (uint32_t c = 0; c < r->ncolumns; c++) {
        double *more = mem_resize(r->columns[c], room, REAL_BATCHES * sizeof(double));
        if (!more) return NOMEM;
        r->columns[c] = more;
    }
    r->room = room;
    return OK;
}

// --- threads --------------------------------------------------------------------------------

typedef Status BlockJob(ChainRun *r, size_t block, size_t amount);

typedef struct Shift {
    ChainRun *r;
    BlockJob *job;
    size_t amount;
} Shift;

static void run_job(void *user, unsigned worker, size_t block) {
    const Shift *s = user;
    (void)worker;
    s->r->status[block] = s->job(s->r, block, s->amount);
}

// Every block on some thread.
static Status for_blocks(ChainRun *r, BlockJob *job, size_t amount) {
    Shift shift = {.r = r, .job = job, .amount = amount};
    unsigned wish = r->call->budget->threads ? r->call->budget->threads
                                             : ctl_threads(r->call->ctl);
    TRY(parallel_run(parallel_workers(wish), CHAIN_BLOCKS, run_job, &shift, r->call->ctl,
                     "sampling by Markov chains", r->done, r->done));
    for (size_t i = 0; i < CHAIN_BLOCKS; i++) TRY(r->status[i]);
    return OK;
}

// --- starting points ------------------------------------------------------------------------

enum { FEW_STARTS = 32 };

// Chooses, lane by lane, among draws from the mechanisms by the weight of the evidence (the
// largest of log weight + Gumbel noise), which puts chains near where the target is, and
// widely.
static void try_starts(ChainRun *r, size_t block) {
    ChainBlock *b = &r->blocks[block];
    ChainSearch *s = &r->searches[block];
    bool *started = r->started + block * CHAIN_LANES;
    chain_draw(r->t, &b->stream, &s->trial);
    chain_evaluate(r->t, &r->t->all, &s->trial, s->weight);
    chain_evaluate(r->t, &r->t->drawn, &s->trial, s->own);
    draw_exponentials(&b->stream, CHAIN_LANES, s->noise);
    for (size_t l = 0; l < CHAIN_LANES; l++) {
        if (!(s->weight[l] > -INFINITY)) continue;
        double key = s->weight[l] - s->own[l] - log(s->noise[l]);
        if (started[l] && !(key > s->best[l])) continue;
        started[l] = true;
        s->best[l] = key;
        chain_copy_lane(r->t, &s->trial, l, &b->lanes, l);
    }
}

static bool all_started(const bool *started) {
    for (size_t l = 0; l < CHAIN_LANES; l++)
        if (!started[l]) return false;
    return true;
}

static Status start_block(ChainRun *r, size_t block, size_t amount) {
    const bool *started = r->started + block * CHAIN_LANES;
    for (size_t k = 0; k < amount; k++) {
        if (k >= FEW_STARTS && all_started(started)) break;
        if (ctl_cancelled(r->call->ctl)) return CANCELLED;
        try_starts(r, block);
    }
    return OK;
}

static ChainLanes *lanes_of(ChainRun *r, size_t chain) {
    return &r->blocks[chain / CHAIN_LANES].lanes;
}

// Chains that found nothing begin where another does.
static void share_starts(ChainRun *r, bool *found) {
    size_t from = 0;
    while (from < REAL_BATCHES && !r->started[from]) from++;
    *found = from < REAL_BATCHES;
    for (size_t c = 0; *found && c < REAL_BATCHES; c++) {
        if (r->started[c]) {
            from = c;
            continue;
        }
        chain_copy_lane(r->t, lanes_of(r, from), from % CHAIN_LANES, lanes_of(r, c),
                        c % CHAIN_LANES);
        r->started[c] = true;
    }
}

static double value_of(const ChainTarget *t, const ChainLanes *l, uint32_t var, size_t lane) {
    return chain_finite(t, var) ? chain_levels(l, var)[lane] : chain_reals(l, var)[lane];
}

// Widths from the distances between neighbouring chains, on a logarithmic scale since tails may
// be heavy.
static void first_widths(ChainRun *r) {
    for (uint32_t i = 0; i < r->t->nfree; i++) {
        double sum = 0, count = 0;
        for (size_t c = 1; c < REAL_BATCHES; c++) {
            double a = value_of(r->t, lanes_of(r, c - 1), r->t->free[i], (c - 1) % CHAIN_LANES);
            double b = value_of(r->t, lanes_of(r, c), r->t->free[i], c % CHAIN_LANES);
            if (a == b || !isfinite(a - b)) continue;
            sum += log(fabs(a - b));
            count++;
        }
        r->widths[i] = count > 0 ? exp(sum / count) : 1;
    }
    r->widths[r->t->nfree] = 1;
}

static void learn_crowd(ChainRun *r) {
    for (size_t c = 0; c < REAL_BATCHES; c++)
        for (uint32_t k = 0; k < r->crowd.nvars; k++)
            r->crowd.states[c * r->crowd.nvars + k] =
                chain_reals(lanes_of(r, c), r->crowd.vars[k])[c % CHAIN_LANES];
}

static void settle(ChainRun *r) {
    for (size_t i = 0; i < CHAIN_BLOCKS; i++)
        chain_follow(r->t, &r->t->all, &r->blocks[i].lanes);
    first_widths(r);
    learn_crowd(r);
}

Status chain_run_start(ChainRun *r, bool *found) {
    TRY(for_blocks(r, start_block, CHAIN_STARTS / REAL_BATCHES));
    share_starts(r, found);
    if (*found) settle(r);
    return OK;
}

// --- sweeps ---------------------------------------------------------------------------------

// A move along a direction costs about as much as a sweep over single variables.
static size_t direction_moves(const ChainRun *r) {
    if (r->crowd.nvars < 2) return 0;
    return r->crowd.nvars < 8 ? 1 : r->crowd.nvars < 64 ? (r->crowd.nvars + 3) / 8 : 8;
}

static void move_variable(ChainRun *r, ChainBlock *b, uint32_t i) {
    const ModelVar *v = r->t->q->model->vars[r->t->free[i]];
    if (domain_finite(v->domain) && v->domain->count <= CHAIN_MOST_LEVELS)
        chain_gibbs(b, i);
    else
        chain_slice_variable(b, i, r->widths[i]);
}

static Status sweep(ChainRun *r, ChainBlock *b) {
    for (uint32_t i = 0; i < r->t->nfree; i++) {
        if (ctl_cancelled(r->call->ctl)) return CANCELLED;
        move_variable(r, b, i);
    }
    for (size_t k = direction_moves(r); k-- > 0;) {
        if (ctl_cancelled(r->call->ctl)) return CANCELLED;
        chain_slice_crowd(b, &r->crowd, r->widths[r->t->nfree]);
    }
    return OK;
}

static Status warm_block(ChainRun *r, size_t block, size_t sweeps) {
    for (size_t k = 0; k < sweeps; k++) {
        TRY(sweep(r, &r->blocks[block]));
    }
    return OK;
}

static void learn_widths(ChainRun *r) {
    for (uint32_t i = 0; i <= r->t->nfree; i++) {
        double sum = 0, count = 0;
        for (size_t k = 0; k < CHAIN_BLOCKS; k++) {
            sum += r->blocks[k].log_width[i];
            count += r->blocks[k].width_count[i];
            r->blocks[k].log_width[i] = r->blocks[k].width_count[i] = 0;
        }
        if (count > 0) r->widths[i] = 1.5 * exp(sum / count);
    }
}

void chain_run_learn(ChainRun *r) {
    learn_widths(r);
    learn_crowd(r);
}

Status chain_run_warm(ChainRun *r, size_t sweeps) {
    TRY(for_blocks(r, warm_block, sweeps));
    r->sweeps += sweeps;
    chain_run_learn(r);
    return OK;
}

// --- records --------------------------------------------------------------------------------

static void check_values(ChainBlock *b) {
    if (b->missing == MODEL_NONE)
        b->missing = chain_missing(b->t, &b->checks, &b->lanes, b->value);
}

static Status report_missing(const ChainRun *r) {
    const ModelVar *const *vars = (const ModelVar *const *)r->t->q->model->vars;
    for (size_t i = 0; i < CHAIN_BLOCKS; i++)
        if (r->blocks[i].missing != MODEL_NONE)
            return sample_fault_mechanism(vars[r->blocks[i].missing], r->call->faults);
    return OK;
}

static Status distance_block(ChainRun *r, size_t block, size_t sweeps) {
    ChainBlock *b = &r->blocks[block];
    for (size_t k = 0; k < sweeps; k++) {
        TRY(sweep(r, b));
        chain_distance(r->t, r->gate, &b->lanes,
                       r->far + k * REAL_BATCHES + block * CHAIN_LANES);
        check_values(b);
    }
    return OK;
}

Status chain_run_distances(ChainRun *r, ChainGate gate, size_t sweeps, double *far) {
    r->far = far;
    r->gate = gate;
    r->sweeps += sweeps;
    TRY(for_blocks(r, distance_block, sweeps));
    return report_missing(r);
}

// What is not defined is of no consequence beside what is false, as in `and`.
static double both(double a, double b) {
    return a == 0 || b == 0 ? 0 : a * b;
}

// Whether all events hold, or the arguments' values.
static void record(ChainRun *r, size_t block, size_t draw) {
    ChainBlock *b = &r->blocks[block];
    const RealHead head = r->t->q->head;
    const size_t at = draw * REAL_BATCHES + block * CHAIN_LANES;
    for (uint32_t c = 0; c < r->ncolumns; c++)
        chain_argument(r->t, c, &b->lanes, r->columns[c] + at);
    if (head != REAL_P && head != REAL_LOGP) return;
    double *all = r->columns[0] + at;
    for (uint32_t i = 1; i < r->t->q->nargs; i++) {
        chain_argument(r->t, i, &b->lanes, b->value);
        for (size_t l = 0; l < CHAIN_LANES; l++) all[l] = both(all[l], b->value[l]);
    }
}

static Status record_block(ChainRun *r, size_t block, size_t draws) {
    for (size_t d = 0; d < draws; d++) {
        for (size_t k = 0; k < r->thin; k++) TRY(sweep(r, &r->blocks[block]));
        record(r, block, r->draws + d);
        check_values(&r->blocks[block]);
    }
    return OK;
}

Status chain_run_record(ChainRun *r, size_t draws) {
    TRY(make_room(r, draws));
    TRY(for_blocks(r, record_block, draws));
    TRY(report_missing(r));
    r->draws += draws;
    r->sweeps += draws * r->thin;
    return OK;
}
