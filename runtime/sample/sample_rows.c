// Sample rows: joint draws given evidence, row by row.
//
// Without weights every draw is a row; where evidence only rules draws out, those that it leaves
// are rows (both are exact). Other weights choose among a pool of draws that is worth more than
// the rows (sampling importance resampling, Rubin 1988): weights are found in a first pass, and
// the blocks with chosen draws are drawn again, from the same streams, in a second.
#include <math.h>

#include "runtime/sample/sample.h"
#include "runtime/sample/sample_fault.h"
#include "runtime/sample/sample_plan.h"

enum {
    POOL_SHARE = 8,          // effective draws in the pool for each row, at least
    MOST_BLOCKS = 1 << 14,   // of a pool: 2^24 draws
    MOST_TRIED = 1 << 17,    // of blocks to find rows that are not ruled out
};

typedef struct RowMaker {
    const RealCall *call;
    const RealQuestion *q;
    SamplePlan plan;
    SampleLanes lanes;
    const uint32_t *vars;
    uint32_t nvars;
    size_t n;
    double *const *columns;
    double *weights; // logarithms, of the pool
    uint64_t blocks; // in the pool
} RowMaker;

static void copy_lane(const RowMaker *r, size_t lane, size_t row) {
    for (uint32_t i = 0; i < r->nvars; i++) {
        const void *v = r->lanes.values[r->vars[i]];
        bool finite = domain_finite(r->q->model->vars[r->vars[i]]->domain);
        r->columns[i][row] = finite ? ((const uint32_t *)v)[lane] : ((const double *)v)[lane];
    }
}

static Status draw_block(RowMaker *r, uint64_t block) {
    if (ctl_cancelled(r->call->ctl)) return CANCELLED;
    sample_block(&r->plan, &r->lanes, r->call->budget->seed, block, SAMPLE_BLOCK);
    if (r->lanes.wrong) return sample_fault_value(&r->plan, r->lanes.wrong, r->call->faults);
    for (size_t i = 0; i < r->plan.steps.count; i++)
        if ((r->lanes.how[i] & MECHANISM_MASS) && (r->lanes.how[i] & MECHANISM_DENSITY))
            return sample_fault_atom(&r->plan, &r->plan.steps.items[i], r->call->faults);
    return OK;
}

// --- weights of 0 and 1 ---

static bool only_rules_out(const SamplePlan *p) {
    for (size_t i = 0; i < p->steps.count; i++)
        if (p->steps.items[i].kind != SAMPLE_DRAW && p->steps.items[i].kind != SAMPLE_EVENT)
            return false;
    return true;
}

static Status keep_rows(RowMaker *r) {
    size_t row = 0;
    for (uint64_t block = 0; row < r->n; block++) {
        if (block == MOST_TRIED + r->n / SAMPLE_BLOCK && row < r->n)
            return sample_fault_improbable(r->q, (double)row, block * SAMPLE_BLOCK,
                                           r->call->faults);
        TRY(draw_block(r, block));
        for (size_t l = 0; l < SAMPLE_BLOCK && row < r->n; l++)
            if (r->lanes.log_weight[l] == 0) copy_lane(r, l, row++);
    }
    return OK;
}

// --- other weights ---

static Status grow_pool(RowMaker *r, uint64_t blocks) {
    double *more = mem_resize(r->weights, (size_t)blocks * SAMPLE_BLOCK, sizeof *more);
    if (!more) return NOMEM;
    r->weights = more;
    for (; r->blocks < blocks; r->blocks++) {
        TRY(draw_block(r, r->blocks));
        memcpy(more + r->blocks * SAMPLE_BLOCK, r->lanes.log_weight,
               SAMPLE_BLOCK * sizeof *more);
    }
    return OK;
}

// The effective number of draws, and the sum of the weights beside the largest.
static double pool_worth(const RowMaker *r, double *high, double *sum) {
    double squares = 0;
    size_t count = (size_t)r->blocks * SAMPLE_BLOCK;
    *high = -INFINITY;
    *sum = 0;
    for (size_t i = 0; i < count; i++) *high = fmax(*high, r->weights[i]);
    for (size_t i = 0; i < count && *high > -INFINITY; i++) {
        double w = exp(r->weights[i] - *high);
        *sum += w;
        squares += w * w;
    }
    return squares > 0 ? *sum * *sum / squares : 0;
}

static Status fill_pool(RowMaker *r, double *high, double *sum) {
    uint64_t blocks = 64;
    while (blocks * SAMPLE_BLOCK < POOL_SHARE * r->n && blocks < MOST_BLOCKS) blocks *= 2;
    for (;; blocks *= 2) {
        TRY(grow_pool(r, blocks));
        double worth = pool_worth(r, high, sum);
        if (worth >= (double)(POOL_SHARE * r->n) && worth >= 400) return OK;
        if (blocks < MOST_BLOCKS) continue;
        if (worth >= (double)r->n && worth >= 400) return OK;
        return sample_fault_improbable(r->q, worth, blocks * SAMPLE_BLOCK, r->call->faults);
    }
}

// Uniform numbers in rising order, one by one (Bentley & Saxe 1980), so that draws are chosen in
// the order of the pool.
static double next_sorted(Stream *s, size_t left, double from) {
    return 1 - (1 - from) * pow(stream_unit(s), 1 / (double)left);
}

// A random order of the rows, so that equal ones are not side by side.
static void shuffle(Stream *s, size_t *rows, size_t n) {
    for (size_t i = 0; i < n; i++) rows[i] = i;
    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)(stream_unit(s) * (double)i), swap = rows[i - 1];
        rows[i - 1] = rows[k];
        rows[k] = swap;
    }
}

static Status choose_rows(RowMaker *r, Stream *s, size_t *rows) {
    double high, sum, below = 0, level = 0;
    size_t row = 0;
    TRY(fill_pool(r, &high, &sum));
    shuffle(s, rows, r->n);
    level = next_sorted(s, r->n, 0);
    for (uint64_t b = 0; b < r->blocks && row < r->n; b++) {
        bool drawn = false;
        for (size_t l = 0; l < SAMPLE_BLOCK && row < r->n; l++) {
            double w = exp(r->weights[b * SAMPLE_BLOCK + l] - high) / sum;
            bool last = b + 1 == r->blocks && l + 1 == SAMPLE_BLOCK;
            below += w;
            while (row < r->n && w > 0 && (level < below || last)) {
                if (!drawn) TRY(draw_block(r, b));
                drawn = true;
                copy_lane(r, l, rows[row++]);
                if (row < r->n) level = next_sorted(s, r->n - row, level);
            }
        }
    }
    return row == r->n ? OK : sample_fault_improbable(r->q, 0, r->blocks * SAMPLE_BLOCK,
                                                      r->call->faults);
}

static Status resample_rows(RowMaker *r) {
    size_t *rows = MEM_NEW(size_t, r->n);
    Stream s;
    if (!rows) return NOMEM;
    stream_open(&s, r->call->budget->seed, UINT64_MAX);
    Status status = choose_rows(r, &s, rows);
    mem_free(rows);
    mem_free(r->weights);
    return status;
}

// --- the door ---

// The same conditions, asked about the variables.
static Status ask_for(const RealQuestion *q, const uint32_t *vars, uint32_t nvars, Term **terms,
                      RealQuestion *out) {
    *out = *q;
    out->head = REAL_E;
    out->args = (const Term *const *)terms;
    out->nargs = nvars;
    for (uint32_t i = 0; i < nvars; i++)
        if (!(terms[i] = term_var(q->model->vars[vars[i]]->name, NULL, q->origin))) return NOMEM;
    return OK;
}

static Status make_rows(RowMaker *r) {
    TRY(sample_plan_open(r->q, 0, r->call->faults, &r->plan));
    TRY(sample_lanes_open(&r->plan, &r->lanes));
    return only_rules_out(&r->plan) ? keep_rows(r) : resample_rows(r);
}

Status sample_rows(const RealCall *call, const RealQuestion *q, const uint32_t *vars,
                   uint32_t nvars, size_t n, double *const *columns) {
    Term **terms = MEM_NEW(Term *, nvars);
    RealQuestion asked;
    if (!terms) return NOMEM;
    RowMaker r = {.call = call, .q = &asked, .vars = vars, .nvars = nvars, .n = n,
                  .columns = columns};
    Status status = ask_for(q, vars, nvars, terms, &asked);
    if (status == OK) status = make_rows(&r);
    sample_lanes_close(&r.lanes);
    sample_plan_close(&r.plan);
    for (uint32_t i = 0; i < nvars; i++) term_drop(terms[i]);
    mem_free(terms);
    return status;
}
