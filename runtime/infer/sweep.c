// Sweep: one pass over the cells of a clique, block by block.
#include "runtime/infer/sweep.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/infer/kernel.h"

enum {
    BLOCK = 4096,       // cells of a block: 32 KiB, the first-level cache
    BLOCK_LEAST = 256,  // below which a block may grow
    BLOCK_MOST = 32768, // to this
    TILE = 64,          // entries that make an index worth its loop
    APART = 1088,       // bytes that keep two buffers off the same lines of the cache
    RUN = 8,            // contiguous cells that make a loop of their own
    SHARES_MOST = 16,   // into which it is cut
    COPIED = 8,         // a clique has so many times the cells of outputs that are made twice
    COPIED_MOST = 1 << 20,
};

// A table taking part: where it stands, and how it meets a block.
typedef struct Part {
    double *values;
    size_t offset;         // of the present block
    const size_t *strides; // by variable of the clique
    KernelAccess access;
    bool constant; // has no variable within the block
    bool whole;    // has all variables of the block, one cell after the other
} Part;

typedef struct Sweep {
    const FactorJob *job;
    Part *in, *out;
    uint32_t outer; // variables before the block's
    size_t *at;     // levels of the outer variables
    uint32_t cut;   // the outer variable of which only some levels are swept, NET_NONE: of none
    size_t levels;  // of that one
    size_t cells;   // of a block
    double *block;
    Part *target; // an output with all variables, in which products are made; or NULL
} Sweep;

// The strides of the factor's variables among the clique's, 0 for those it lacks.
static void set_strides(const FactorJob *job, const Factor *f, size_t *strides) {
    size_t stride = 1;
    uint32_t k = f->nvars;
    for (uint32_t d = job->nvars; d-- > 0;) {
        bool has = k > 0 && f->vars[k - 1] == job->vars[d];
        strides[d] = has ? stride : 0;
        if (!has) continue;
        stride *= job->cards[job->vars[d]];
        k--;
    }
}

// Describes the block's variables, fastest first, neighbours merged where the table runs
// through both without a jump.
static size_t merge_levels(const Sweep *s, const size_t *strides, KernelLevel *levels) {
    size_t n = 0;
    for (uint32_t d = s->job->nvars; d-- > s->outer;) {
        size_t count = s->job->cards[s->job->vars[d]], stride = strides[d];
        KernelLevel *last = n ? &levels[n - 1] : NULL;
        bool joins = last && (last->stride ? stride == last->stride * last->count : !stride);
        if (joins)
            last->count *= count;
        else
            levels[n++] = (KernelLevel){count, stride, 0};
    }
    return n;
}

// Chooses the innermost loop: one run when it is long, else a tile of entries by an index.
static uint32_t *choose_tile(KernelAccess *a, uint32_t *index, bool indexable) {
    KernelLevel *l = a->levels;
    a->repeat = a->tile = 1;
    a->index = NULL;
    if (a->nlevels && l->stride == 0) {
        a->repeat = l->count;
        l++;
    } else if (a->nlevels && (l->count >= RUN || a->nlevels == 1)) {
        a->tile = l->count;
        l++;
    }
    size_t left = a->nlevels - (size_t)(l - a->levels);
    if (a->tile == 1 && a->repeat < RUN && left && indexable) {
        a->index = index;
        *index = 0;
        while (left && a->tile * a->repeat < TILE) {
            size_t tile = a->tile;
            for (size_t k = 1; k < l->count; k++)
                for (size_t i = 0; i < tile; i++)
                    index[k * tile + i] = index[i] + (uint32_t)(k * l->stride);
            a->tile *= l->count;
            l++;
            left--;
        }
        index += a->tile;
    }
    a->levels = l;
    a->nlevels = left;
    return index;
}

static uint32_t split(const FactorJob *job, size_t *cells) {
    uint32_t d = job->nvars;
    size_t n = 1;
    while (d > 0) {
        size_t next = n * job->cards[job->vars[d - 1]];
        if (d < job->nvars && next > (n < BLOCK_LEAST ? BLOCK_MOST : BLOCK)) break;
        n = next;
        d--;
    }
    *cells = n;
    return d;
}

static char *reserve(FactorScratch *scratch, size_t bytes) {
    if (scratch->worker) return crew_room(scratch->worker, bytes);
    if (bytes <= scratch->room) return scratch->block;
    void *grown = mem_resize(NULL, bytes, 1);
    if (!grown) return NULL;
    mem_free(scratch->block);
    scratch->block = grown;
    scratch->room = bytes;
    return grown;
}

// The bytes that a sweep takes, a multiple of a line of the cache.
static size_t room_of(const FactorJob *job, size_t cells) {
    size_t parts = job->nin + job->nout, dims = (size_t)job->nvars + 1;
    size_t bytes = 2 * cells * sizeof(double) + APART + parts * sizeof(Part) +
                   dims * sizeof(size_t) +
                   parts * dims * (sizeof(size_t) + sizeof(KernelLevel)) +
                   parts * cells * sizeof(uint32_t);
    return (bytes + 63) / 64 * 64;
}

// Lays everything out in the room at `at` and describes the parts.
static void set_up(const FactorJob *job, char *at, Sweep *s) {
    size_t parts = job->nin + job->nout, dims = (size_t)job->nvars + 1;
    *s = (Sweep){.job = job, .cut = UINT32_MAX};
    s->outer = split(job, &s->cells);
    size_t block = s->cells * sizeof(double);
    s->block = (double *)at;
    at += block;
    double *space = (double *)(at + APART);
    at += block + APART;
    s->in = (Part *)at;
    s->out = s->in + job->nin;
    at += parts * sizeof(Part);
    s->at = (size_t *)at;
    memset(s->at, 0, dims * sizeof(size_t));
    at += dims * sizeof(size_t);
    size_t *stride = (size_t *)at;
    at += parts * dims * sizeof(size_t);
    KernelLevel *level = (KernelLevel *)at;
    at += parts * dims * sizeof(KernelLevel);
    uint32_t *tile = (uint32_t *)at;
    for (size_t i = 0; i < parts; i++, stride += dims, level += dims) {
        const Factor *f = i < job->nin ? job->in[i] : job->out[i - job->nin];
        Part *p = &s->in[i];
        set_strides(job, f, stride);
        *p = (Part){
            .values = f->values, .strides = stride, .access = {.levels = level, .room = space}};
        p->access.nlevels = merge_levels(s, stride, level);
        p->constant = p->access.nlevels == 0 || (p->access.nlevels == 1 && !level->stride);
        tile = choose_tile(&p->access, tile, f->size <= UINT32_MAX);
        p->whole = p->access.tile == s->cells && !p->access.index && !p->constant;
        if (i >= job->nin && f->nvars == job->nvars && p->whole) s->target = p;
    }
}

// Moves all tables to the next block; false after the last.
static bool advance(Sweep *s) {
    const FactorJob *job = s->job;
    size_t parts = job->nin + job->nout;
    for (uint32_t d = s->outer; d-- > 0;) {
        size_t card = d == s->cut ? s->levels : job->cards[job->vars[d]];
        bool wraps = ++s->at[d] == card;
        for (size_t i = 0; i < parts; i++) {
            Part *p = &s->in[i];
            p->offset += p->strides[d];
            if (wraps) p->offset -= p->strides[d] * card;
        }
        if (!wraps) return true;
        s->at[d] = 0;
    }
    return false;
}

// How the inputs stand at the present block.
typedef struct Inputs {
    double scale;         // the product of those that are constant here
    size_t spread, whole; // the others, and how many of them lie as the block does
    const Part *last;     // of these
} Inputs;

static Inputs look(const Sweep *s) {
    bool logs = s->job->mode == FACTOR_MAX;
    Inputs at = {.scale = logs ? 0 : 1};
    for (size_t i = 0; i < s->job->nin; i++) {
        const Part *p = &s->in[i];
        if (!p->constant) {
            at.spread++;
            if (!p->whole) continue;
            at.whole++;
            at.last = p;
        } else if (logs) {
            at.scale += p->values[p->offset];
        } else {
            at.scale *= p->values[p->offset];
        }
    }
    return at;
}

static void multiply_one(const Sweep *s, Part *p, double scale, bool started, double *block) {
    const double *table = p->values + p->offset;
    bool logs = s->job->mode == FACTOR_MAX;
    if (started && logs)
        kernel_add_log(block, s->cells, &p->access, table);
    else if (started)
        kernel_multiply(block, s->cells, &p->access, table);
    else if (logs)
        kernel_set_log(block, s->cells, &p->access, table, scale);
    else
        kernel_set(block, s->cells, &p->access, table, scale);
}

// Makes the product of all inputs but `left`, those that do not lie as the block does first.
static void multiply(Sweep *s, double scale, const Part *left, double *block) {
    bool started = false, logs = s->job->mode == FACTOR_MAX;
    const Part *held = NULL;
    for (size_t i = 0; i < s->job->nin; i++) {
        Part *p = &s->in[i];
        if (p->constant || p->whole) continue;
        multiply_one(s, p, scale, started, block);
        started = true;
    }
    for (size_t i = 0; i < s->job->nin; i++) {
        Part *p = &s->in[i];
        if (!p->whole || p == left) continue;
        if (started || logs) {
            multiply_one(s, p, scale, started, block);
            started = true;
        } else if (held) {
            kernel_set_product(block, s->cells, held->values + held->offset,
                               p->values + p->offset, scale);
            started = true;
        } else {
            held = p;
        }
    }
    if (started) return;
    if (held)
        kernel_set(block, s->cells, &((Part *)held)->access, held->values + held->offset,
                   scale);
    for (size_t i = 0; i < s->cells && !held; i++) block[i] = scale;
}

static void reduce(Sweep *s, const double *block) {
    for (size_t i = 0; i < s->job->nout; i++) {
        Part *p = &s->out[i];
        double *table = p->values + p->offset;
        if (table == block) continue;
        if (s->job->mode == FACTOR_MAX)
            kernel_max(block, s->cells, &p->access, table);
        else
            kernel_sum(block, s->cells, &p->access, table);
    }
}

// With a single output that lies as the block does, the last product need not be stored.
static bool fuse(Sweep *s, const Inputs *at) {
    const Part *out = &s->out[0], *last = at->last;
    if (s->job->nout != 1 || !out->whole || s->target || at->spread < 2 || !last ||
        s->job->mode == FACTOR_MAX)
        return false;
    const double *others = s->block;
    double scale = 1;
    if (at->whole == 2 && at->spread == 2) {
        const Part *first = s->in;
        while (!first->whole) first++;
        others = first->values + first->offset;
        scale = at->scale;
    } else {
        multiply(s, at->scale, last, s->block);
    }
    kernel_sum_product(out->values + out->offset, s->cells, others, last->values + last->offset,
                       scale);
    return true;
}

// One block. A product that is zero throughout changes no sum.
static void pass_over(Sweep *s) {
    bool logs = s->job->mode == FACTOR_MAX;
    Inputs at = look(s);
    if (logs ? at.scale == -(double)INFINITY : at.scale == 0) return;
    if (fuse(s, &at)) return;
    const double *block;
    if (at.spread == 1 && at.whole == 1 && at.scale == (logs ? 0 : 1)) {
        block = at.last->values + at.last->offset;
    } else {
        double *made = s->target ? s->target->values + s->target->offset : s->block;
        multiply(s, at.scale, NULL, made);
        block = made;
    }
    reduce(s, block);
}

static void clear(const FactorJob *job, Factor *f) {
    if (job->mode != FACTOR_MAX) memset(f->values, 0, f->size * sizeof(double));
    for (size_t k = 0; job->mode == FACTOR_MAX && k < f->size; k++)
        f->values[k] = -(double)INFINITY;
}

// Sweeps what the cut leaves. True unless cancelled.
static bool sweep_all(Sweep *s, const Ctl *ctl) {
    do {
        if (ctl_cancelled(ctl)) return false;
        pass_over(s);
    } while (advance(s));
    return true;
}

// --- several processors ---

// A clique cut along one variable: each share has some of its levels. Outputs with that
// variable are cut too. With an output that lacks it there are two shares, and the second sums
// into copies of such. How a clique is cut does not depend on the processors there are, so that
// results do not.
typedef struct Shared {
    const FactorJob *job;
    const Rows *rows; // how it is walked, or NULL
    const Ctl *ctl;
    uint32_t cut;
    size_t shares;
    size_t room;
    double *copies; // of outputs, one after the other
    double **out;   // the outputs' tables of the second share, if there are copies
    atomic_bool failed; // there was no room
} Shared;

static bool has(const FactorJob *job, const Factor *f, uint32_t d) {
    for (uint32_t i = 0; i < f->nvars; i++)
        if (f->vars[i] == job->vars[d]) return true;
    return false;
}

// The entries of outputs without a variable.
static size_t copied(const FactorJob *job, uint32_t d) {
    size_t entries = 0;
    for (size_t i = 0; i < job->nout; i++)
        if (!has(job, job->out[i], d)) entries += job->out[i]->size;
    return entries;
}

// Chooses the outer variable to cut along: no copies if possible, then shares that two
// processors can divide most evenly. False when there is no good one.
static bool choose_cut(Shared *s, uint32_t outer, size_t cells, size_t *copies) {
    double least = 2;
    for (uint32_t d = 0; d < outer; d++) {
        size_t card = s->job->cards[s->job->vars[d]], entries = copied(s->job, d);
        if (card < 2 || entries > cells / COPIED || entries > COPIED_MOST) continue;
        size_t shares = entries ? 2 : card < SHARES_MOST ? card : SHARES_MOST;
        // What the busier of two processors has to do.
        size_t parts = entries ? card : shares, busier = (parts + 1) / 2;
        double most = (double)busier / (double)parts;
        most += 2 * (double)entries / (double)cells;
        if (most >= least) continue;
        least = most;
        s->cut = d;
        s->shares = shares;
        *copies = entries;
    }
    return least < 0.8;
}

// The most entries that choose_cut may have copied, wherever a row or block begins. With fewer
// cells left there are not more, since they weigh more.
static size_t most_copied(const FactorJob *job, size_t cells) {
    size_t most = 0;
    for (uint32_t outer = 1; outer < job->nvars; outer++) {
        Shared s = {.job = job};
        size_t copies = 0;
        if (choose_cut(&s, outer, cells, &copies) && copies > most) most = copies;
    }
    return most;
}

double sweep_room(const FactorJob *job) {
    size_t block;
    size_t cells = 1;
    split(job, &block);
    for (uint32_t d = 0; d < job->nvars; d++) cells *= job->cards[job->vars[d]];
    double bytes = (double)room_of(job, block);
    if (cells >= SWEEP_SHARED) bytes += (double)((most_copied(job, cells) + job->nout) * sizeof(double));
    return bytes;
}

static void sweep_share(const Shared *s, char *room, size_t share) {
    const FactorJob *job = s->job;
    double **out = share ? s->out : NULL;
    Sweep sweep;
    size_t card = job->cards[job->vars[s->cut]];
    size_t from = card * share / s->shares, to = card * (share + 1) / s->shares;
    if (s->rows) {
        RowsShare part = {
            .cut = s->cut, .from = (uint32_t)from, .to = (uint32_t)to, .out = out};
        rows_walk(s->rows, &part, room, s->ctl);
        return;
    }
    set_up(job, room, &sweep);
    sweep.cut = s->cut;
    sweep.levels = to - from;
    for (size_t i = 0; i < job->nin + job->nout; i++) {
        Part *p = &sweep.in[i];
        p->offset = from * p->strides[s->cut];
        if (i >= job->nin && out) p->values = out[i - job->nin];
    }
    sweep_all(&sweep, s->ctl);
}

static void run_share(void *user, CrewWorker *worker, size_t share) {
    Shared *s = user;
    char *room = crew_room(worker, s->room);
    if (room)
        sweep_share(s, room, share);
    else
        s->failed = true;
}

static void add_copies(const Shared *s) {
    const double *copy = s->copies;
    for (size_t i = 0; i < s->job->nout; i++) {
        Factor *f = s->job->out[i];
        if (has(s->job, f, s->cut)) continue;
        for (size_t k = 0; k < f->size; k++) f->values[k] += copy[k];
        copy += f->size;
    }
}

// Gives the second share its tables: copies of outputs that both sum into.
static bool copy_outputs(Shared *s, size_t copies) {
    const FactorJob *job = s->job;
    s->copies = MEM_NEW(double, copies);
    s->out = MEM_NEW(double *, job->nout);
    if (!s->copies || !s->out) return false;
    double *copy = s->copies;
    for (size_t i = 0; i < job->nout; i++) {
        bool own = has(job, job->out[i], s->cut);
        s->out[i] = own ? job->out[i]->values : copy;
        if (!own) copy += job->out[i]->size;
    }
    return true;
}

static Status run_shares(Shared *s, FactorScratch *scratch) {
    CrewTasks tasks = {.run = run_share, .user = s, .count = s->shares, .ctl = s->ctl};
    if (scratch->worker) {
        TRY(crew_run(scratch->worker, &tasks));
        return s->failed ? NOMEM : OK;
    }
    char *room = reserve(scratch, s->room);
    for (size_t i = 0; room && i < s->shares; i++) sweep_share(s, room, i);
    if (!room) return NOMEM;
    return ctl_cancelled(s->ctl) ? CANCELLED : OK;
}

// Sweeps a large clique together with the crew; *done is false when that is not worth it.
static Status sweep_shared(Shared *s, uint32_t outer, size_t cells, FactorScratch *scratch,
                           bool *done) {
    size_t copies = 0;
    bool alone = !scratch->worker || scratch->worker->crew->most == 1;
    *done = choose_cut(s, outer, cells, &copies) && (copies || !alone);
    if (!*done) return OK;
    Status status = copies && !copy_outputs(s, copies) ? NOMEM : OK;
    if (status == OK) status = run_shares(s, scratch);
    if (status == OK && copies) add_copies(s);
    mem_free(s->copies);
    mem_free(s->out);
    return status;
}

// Clears the outputs, and shares a large clique; else there is room to sweep it alone.
static Status begin(Shared *s, uint32_t outer, FactorScratch *scratch, char **room) {
    const FactorJob *job = s->job;
    size_t cells = 1;
    bool done = false;
    *room = NULL;
    for (size_t i = 0; i < job->nout; i++) clear(job, job->out[i]);
    for (uint32_t d = 0; d < job->nvars; d++) cells *= job->cards[job->vars[d]];
    if (s->rows) cells = (size_t)((double)cells * s->rows->left);
    if (cells >= SWEEP_SHARED && job->mode == FACTOR_SUM)
        TRY(sweep_shared(s, outer, cells, scratch, &done));
    if (done) return OK;
    *room = reserve(scratch, s->room);
    return *room ? OK : NOMEM;
}

Status sweep_run(const FactorJob *job, FactorScratch *scratch, const Ctl *ctl) {
    size_t block;
    char *room;
    uint32_t outer = split(job, &block);
    Shared shared = {.job = job, .ctl = ctl, .room = room_of(job, block)};
    TRY(begin(&shared, outer, scratch, &room));
    if (!room) return OK;
    Sweep s;
    set_up(job, room, &s);
    return sweep_all(&s, ctl) ? OK : CANCELLED;
}

Status sweep_rows(const Rows *rows, FactorScratch *scratch, const Ctl *ctl) {
    static const RowsShare all = {.cut = UINT32_MAX};
    char *room;
    Shared shared = {.job = rows->job, .rows = rows, .ctl = ctl, .room = rows_room(rows)};
    TRY(begin(&shared, rows->outer, scratch, &room));
    if (!room) return OK;
    return rows_walk(rows, &all, room, ctl) ? OK : CANCELLED;
}
