// Sweep: one pass over the cells of a clique, block by block.
#include "runtime/infer/sweep.h"

#include <math.h>
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

static bool reserve(FactorScratch *scratch, size_t bytes) {
    if (bytes <= scratch->room) return true;
    void *grown = mem_resize(NULL, bytes, 1);
    if (!grown) return false;
    mem_free(scratch->block);
    scratch->block = grown;
    scratch->room = bytes;
    return true;
}

// Lays everything out in the scratch block and describes the parts.
static Status set_up(const FactorJob *job, FactorScratch *scratch, Sweep *s) {
    size_t parts = job->nin + job->nout, dims = (size_t)job->nvars + 1;
    s->job = job;
    s->outer = split(job, &s->cells);
    size_t strides = parts * dims * sizeof(size_t), levels = parts * dims * sizeof(KernelLevel);
    size_t index = parts * s->cells * sizeof(uint32_t);
    size_t block = s->cells * sizeof(double), room = block + APART;
    if (!reserve(scratch, block + room + parts * sizeof(Part) + (dims * sizeof(size_t)) +
                              strides + levels + index))
        return NOMEM;
    char *at = scratch->block;
    s->block = (double *)at;
    at += block;
    double *space = (double *)(at + APART);
    at += room;
    s->in = (Part *)at;
    s->out = s->in + job->nin;
    at += parts * sizeof(Part);
    s->at = (size_t *)at;
    memset(s->at, 0, dims * sizeof(size_t));
    at += dims * sizeof(size_t);
    size_t *stride = (size_t *)at;
    at += strides;
    KernelLevel *level = (KernelLevel *)at;
    at += levels;
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
    return OK;
}

// Moves all tables to the next block; false after the last.
static bool advance(Sweep *s) {
    const FactorJob *job = s->job;
    size_t parts = job->nin + job->nout;
    for (uint32_t d = s->outer; d-- > 0;) {
        size_t card = job->cards[job->vars[d]];
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

Status sweep_run(const FactorJob *job, FactorScratch *scratch, const Ctl *ctl) {
    bool logs = job->mode == FACTOR_MAX;
    Sweep s = {.target = NULL};
    TRY(set_up(job, scratch, &s));
    for (size_t i = 0; i < job->nout; i++) {
        Factor *f = job->out[i];
        if (!logs) memset(f->values, 0, f->size * sizeof(double));
        for (size_t k = 0; logs && k < f->size; k++) f->values[k] = -(double)INFINITY;
    }
    do {
        if (ctl_cancelled(ctl)) return CANCELLED;
        pass_over(&s);
    } while (advance(&s));
    return OK;
}
