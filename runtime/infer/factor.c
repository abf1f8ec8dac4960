// Factor: dense strided tables.
#include "runtime/infer/factor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/infer/kernel.h"
#include "runtime/infer/rows.h"
#include "runtime/infer/sweep.h"
#include "runtime/infer/wide.h"

enum {
    LEAST = -1000, // products above 2^LEAST are far from subnormal
    SLACK = 16,    // binary places that the greatest value of a table may stay below 1
};

void factor_scratch_free(FactorScratch *scratch) {
    mem_free(scratch->block);
    *scratch = (FactorScratch){0};
}

Status factor_allocate(Factor *f, const uint32_t *cards, bool wide) {
    size_t size = 1;
    for (uint32_t i = 0; i < f->nvars; i++)
        if (__builtin_mul_overflow(size, (size_t)cards[f->vars[i]], &size)) return NOMEM;
    f->size = size;
    f->exps = NULL;
    f->exponent = 0;
    f->low = 0;
    f->filled = 0;
    f->noise = FACTOR_EXACT;
    f->values = mem_resize(NULL, size, sizeof(double));
    if (!f->values) return NOMEM;
    if (wide && !(f->exps = mem_resize(NULL, size, sizeof(int32_t)))) {
        factor_free(f);
        return NOMEM;
    }
    return OK;
}

void factor_free(Factor *f) {
    mem_free(f->values);
    mem_free(f->exps);
    f->values = NULL;
    f->exps = NULL;
}

void factor_normalise(Factor *f) {
    if (f->exps) {
        wide_normalise(f);
        return;
    }
    double most, least;
    int up, down;
    kernel_range(f->values, f->size, &most, &least, &f->filled);
    if (most == 0) {
        f->exponent = 0;
        f->low = 0;
        f->filled = 0;
        return;
    }
    frexp(most, &up);
    frexp(least, &down);
    // Scaling is a pass over the table, which values somewhat below 1 do not need.
    if (up <= 0 && up > -SLACK) up = 0;
    // 2^-up itself may be out of range; then half of it is not.
    int half = up < -1000 || up > 1000 ? up / 2 : 0;
    if (half) kernel_scale(f->values, f->size, ldexp(1, -half));
    if (up) kernel_scale(f->values, f->size, ldexp(1, half - up));
    f->exponent += up;
    f->low = down - up - 1;
    if (f->noise != FACTOR_EXACT) f->noise -= up;
}

void factor_divide(Factor *above, const Factor *below) {
    above->exponent -= below->exponent;
    if (above->exps)
        wide_divide(above, below);
    else
        kernel_divide(above->values, below->values, above->size);
}

int factor_noise(const Factor *const *in, size_t nin, double cells) {
    int most = factor_may_underflow(in, nin) ? LEAST : FACTOR_EXACT;
    for (size_t i = 0; i < nin; i++)
        if (in[i]->noise > most) most = in[i]->noise;
    if (most == FACTOR_EXACT) return most;
    return most + 1 + (int)ceil(log2((double)(nin + 1) * cells));
}

bool factor_may_underflow(const Factor *const *in, size_t nin) {
    int64_t low = 0;
    for (size_t i = 0; i < nin; i++) low += in[i]->low;
    return low < LEAST;
}

// --- combining ---

enum {
    GROUPED = 2048,       // cells of a clique from which on grouping pays
    GROUP_MOST = 1 << 18, // cells of a table made on the way
    GROUP_VARS = 64,      // variables that a mask holds
    GROUP_PARTS = 24,     // tables beyond which those with equal scopes are united first
};

// A table taking part, or one made on the way: of inputs their product, of outputs what they
// are summed from.
typedef struct Item {
    uint64_t scope; // of the clique's variables, by bit
    double cells;
    Factor *table;
    size_t from;    // of an output: the item that it is summed from, SIZE_MAX: the clique
    size_t waiting; // outputs that are summed from this one
    bool merged;    // an input that is part of another, an output that is summed from another
    bool made;      // on the way: table is owned
    bool widened;   // a copy of an input with more variables
} Item;

typedef struct Grouping {
    const FactorJob *job;
    FactorScratch *scratch;
    const Ctl *ctl;
    double cells; // of the clique
    Item *items;
    size_t count;
    size_t *order; // room for sorting
    const Factor **in;
    Factor **out;
    Factor *tables; // made on the way
    uint32_t *vars; // of these
    size_t made;
    bool dry;          // nothing is computed,
    double held, most; // but counted what is taken, in bytes: now, and at most
} Grouping;

static double cells_of(const FactorJob *job, uint64_t scope) {
    double cells = 1;
    for (uint32_t d = 0; d < job->nvars; d++)
        if (scope >> d & 1) cells *= job->cards[job->vars[d]];
    return cells;
}

static uint64_t scope_of(const FactorJob *job, const Factor *f) {
    uint64_t scope = 0;
    for (uint32_t d = 0, k = 0; d < job->nvars && k < f->nvars; d++)
        if (job->vars[d] == f->vars[k]) {
            scope |= (uint64_t)1 << d;
            k++;
        }
    return scope;
}

// What is saved, in cells touched, by passing over the clique once less and instead over the
// union of two tables: twice or so to make it, again to use it. An output that another holds
// needs no new table, and tables too large for the cache are not made.
static double saving(const Grouping *g, const Item *a, const Item *b, bool output,
                     double *united) {
    uint64_t both = a->scope | b->scope;
    bool held = both == a->scope || both == b->scope;
    *united = cells_of(g->job, both);
    if (held && output) return g->cells - 1.5 * *united;
    if (*united > GROUP_MOST) return 0;
    return g->cells - (held ? 2.5 : 4) * *united;
}

// The pair among the items from `first` on that is best passed over together.
static bool best_pair(const Grouping *g, size_t first, bool outputs, size_t *a, size_t *b) {
    double most = 0, least = 0;
    for (size_t i = first; i < g->count; i++) {
        if (g->items[i].merged) continue;
        for (size_t k = first; k < i; k++) {
            double united, saved;
            if (g->items[k].merged) continue;
            saved = saving(g, &g->items[i], &g->items[k], outputs, &united);
            if (saved <= 0 || (most > 0 && united >= least)) continue;
            most = saved;
            least = united;
            *a = i;
            *b = k;
        }
    }
    return most > 0;
}

// A new item over the scopes of two.
static Status unite(Grouping *g, const Item *a, const Item *b) {
    const FactorJob *job = g->job;
    Item *item = &g->items[g->count];
    *item = (Item){.scope = a->scope | b->scope, .from = SIZE_MAX, .made = true};
    Factor *table = item->table = &g->tables[g->made++];
    *table = (Factor){.vars = g->vars + (size_t)job->nvars * (g->made - 1)};
    for (uint32_t d = 0; d < job->nvars; d++)
        if (item->scope >> d & 1) table->vars[table->nvars++] = job->vars[d];
    item->cells = cells_of(job, item->scope);
    g->count++;
    if (g->dry) {
        table->size = (size_t)item->cells;
        g->held += item->cells * sizeof(double);
        return OK;
    }
    return factor_allocate(table, job->cards, false);
}

static void count(Grouping *g, double bytes) {
    g->most = fmax(g->most, g->held + bytes);
}

static Status sweep(Grouping *g, const Factor *over, size_t nin, size_t nout) {
    FactorJob job = *g->job;
    job.in = g->in;
    job.nin = nin;
    job.out = g->out;
    job.nout = nout;
    if (over) {
        job.vars = over->vars;
        job.nvars = over->nvars;
    }
    if (g->dry) {
        count(g, sweep_room(&job));
        return OK;
    }
    return sweep_run(&job, g->scratch, g->ctl);
}

static int by_scope(const void *a, const void *b, void *grouping) {
    const Grouping *g = grouping;
    size_t i = *(const size_t *)a, k = *(const size_t *)b;
    uint64_t x = g->items[i].scope, y = g->items[k].scope;
    if (x != y) return x < y ? -1 : 1;
    return i < k ? -1 : i > k;
}

// The items from `first` on, those with equal scopes side by side.
static void sort_by_scope(const Grouping *g, size_t first, size_t *order) {
    for (size_t i = first; i < g->count; i++) order[i - first] = i;
    qsort_r(order, g->count - first, sizeof *order, by_scope, (void *)g);
}

// Of many inputs those with equal scopes are multiplied first.
static Status merge_equal_inputs(Grouping *g) {
    size_t count = g->count, next;
    sort_by_scope(g, 0, g->order);
    for (size_t i = 0; i < count; i = next) {
        uint64_t scope = g->items[g->order[i]].scope;
        for (next = i; next < count && g->items[g->order[next]].scope == scope; next++)
            g->in[next - i] = g->items[g->order[next]].table;
        if (next - i < 2) continue;
        const Item *item = &g->items[g->order[i]];
        TRY(unite(g, item, item));
        g->out[0] = g->items[g->count - 1].table;
        TRY(sweep(g, g->out[0], next - i, 1));
        for (size_t k = i; k < next; k++) g->items[g->order[k]].merged = true;
    }
    return OK;
}

// The output `item` is summed from another.
static void wait_for(Grouping *g, size_t item, size_t source) {
    g->items[item].from = source;
    g->items[item].merged = true;
    g->items[source].waiting++;
}

static void merge_equal_outputs(Grouping *g, size_t first) {
    size_t count = g->count - first;
    sort_by_scope(g, first, g->order);
    for (size_t i = 1, source = g->order[0]; i < count; i++) {
        if (g->items[g->order[i]].scope == g->items[source].scope)
            wait_for(g, g->order[i], source);
        else
            source = g->order[i];
    }
}

// Whether looking at all pairs, again after each that is united, would cost more than it saves.
static bool too_many(const Grouping *g, size_t first) {
    double n = 0;
    for (size_t i = first; i < g->count; i++) n += !g->items[i].merged;
    return n * n * n > 4 * g->cells;
}

// Multiplies pairs of small inputs beforehand.
static Status group_inputs(Grouping *g) {
    size_t a, b;
    if (g->count > GROUP_PARTS) TRY(merge_equal_inputs(g));
    if (too_many(g, 0)) return OK;
    while (best_pair(g, 0, false, &a, &b)) {
        TRY(unite(g, &g->items[a], &g->items[b]));
        g->in[0] = g->items[a].table;
        g->in[1] = g->items[b].table;
        g->out[0] = g->items[g->count - 1].table;
        TRY(sweep(g, g->out[0], 2, 1));
        g->items[a].merged = g->items[b].merged = true;
    }
    return OK;
}

// Decides which outputs are summed from others, or from tables made for two of them.
static Status group_outputs(Grouping *g, size_t first) {
    size_t a, b;
    if (g->count - first > GROUP_PARTS) merge_equal_outputs(g, first);
    if (too_many(g, first)) return OK;
    while (best_pair(g, first, true, &a, &b)) {
        uint64_t both = g->items[a].scope | g->items[b].scope;
        if (both == g->items[a].scope) {
            wait_for(g, b, a);
        } else if (both == g->items[b].scope) {
            wait_for(g, a, b);
        } else {
            TRY(unite(g, &g->items[a], &g->items[b]));
            wait_for(g, a, g->count - 1);
            wait_for(g, b, g->count - 1);
        }
    }
    return OK;
}

// Sums the outputs that wait for the item, and those that wait for these.
static Status sum_from(Grouping *g, size_t first, size_t item) {
    size_t nout = 0;
    if (g->items[item].waiting == 0) return OK;
    for (size_t i = first; i < g->count; i++)
        if (g->items[i].from == item) g->out[nout++] = g->items[i].table;
    g->in[0] = g->items[item].table;
    TRY(sweep(g, g->items[item].table, 1, nout));
    for (size_t i = first; i < g->count; i++)
        if (g->items[i].from == item) TRY(sum_from(g, first, i));
    return OK;
}

// The tables that are not part of others, as the job of passing over the clique.
static FactorJob clique_job(Grouping *g, size_t first) {
    FactorJob job = *g->job;
    job.nin = job.nout = 0;
    job.in = g->in;
    job.out = g->out;
    for (size_t i = 0; i < g->count; i++) {
        if (g->items[i].merged) continue;
        if (i < first || g->items[i].widened)
            g->in[job.nin++] = g->items[i].table;
        else
            g->out[job.nout++] = g->items[i].table;
    }
    return job;
}

// Tables that have some of a row's variables get copies that have all, so that their entries
// meet its cells side by side.
static Status widen(Grouping *g, size_t first, const Rows *rows) {
    size_t count = g->count;
    Item row = {.cells = 1};
    for (uint32_t d = rows->outer; d < g->job->nvars; d++) row.scope |= (uint64_t)1 << d;
    for (size_t i = 0; i < count; i++) {
        const Item *item = &g->items[i];
        if (item->merged || !(item->scope & row.scope) || !(row.scope & ~item->scope)) continue;
        if (!rows_widens(cells_of(g->job, item->scope | row.scope), g->cells)) continue;
        TRY(unite(g, item, &row));
        Item *copy = &g->items[g->count - 1];
        copy->widened = i < first;
        if (i >= first) {
            wait_for(g, i, g->count - 1);
            continue;
        }
        g->in[0] = g->items[i].table;
        g->out[0] = copy->table;
        TRY(sweep(g, copy->table, 1, 1));
        g->items[i].merged = true;
    }
    return OK;
}

// Passes over the clique, by rows where most cells are zero.
static Status pass_over(Grouping *g, size_t first, Arena *arena) {
    Rows rows;
    bool pays;
    FactorJob job = clique_job(g, first);
    if (g->dry) {
        double room;
        TRY(rows_most(&job, &room));
        count(g, sweep_room(&job) + room);
        return OK;
    }
    TRY(rows_choose(&job, arena, &rows, &pays));
    if (!pays) return sweep_run(&job, g->scratch, g->ctl);
    TRY(widen(g, first, &rows));
    job = clique_job(g, first);
    TRY(rows_meet(&rows, &job, arena));
    return sweep_rows(&rows, g->scratch, g->ctl);
}

static Status combine_items(Grouping *g) {
    const FactorJob *job = g->job;
    Arena arena = {0};
    for (size_t i = 0; i < job->nin; i++) {
        Item item = {.scope = scope_of(job, job->in[i]), .table = (Factor *)job->in[i]};
        g->items[g->count++] = item;
    }
    TRY(group_inputs(g));
    size_t first = g->count;
    for (size_t i = 0; i < job->nout; i++) {
        Item item = {.scope = scope_of(job, job->out[i]), .table = job->out[i]};
        item.from = SIZE_MAX;
        g->items[g->count++] = item;
    }
    TRY(group_outputs(g, first));
    Status status = pass_over(g, first, &arena);
    arena_free(&arena);
    for (size_t i = first; status == OK && i < g->count; i++)
        if (!g->items[i].merged && !g->items[i].widened) status = sum_from(g, first, i);
    return status;
}

// Tables much smaller than the clique are multiplied among themselves first, and outputs are
// summed from tables that several of them share, so that fewer passes over the clique are made.
static Status combine_grouped(Grouping *g) {
    const FactorJob *job = g->job;
    size_t parts = job->nin + job->nout;
    Status status = NOMEM;
    g->items = MEM_NEW(Item, 3 * parts);
    g->in = MEM_NEW(const Factor *, 2 * parts);
    g->out = MEM_NEW(Factor *, 2 * parts);
    g->tables = MEM_NEW(Factor, 2 * parts);
    g->vars = MEM_NEW(uint32_t, 2 * parts * job->nvars);
    g->order = MEM_NEW(size_t, parts);
    g->held = (double)(parts * (3 * sizeof(Item) + 4 * sizeof(void *) + 2 * sizeof(Factor) +
                                (size_t)job->nvars * 2 * sizeof(uint32_t) + sizeof(size_t)));
    if (g->items && g->in && g->out && g->tables && g->vars && g->order)
        status = combine_items(g);
    for (size_t i = 0; i < g->made; i++) factor_free(&g->tables[i]);
    mem_free(g->items);
    mem_free(g->in);
    mem_free(g->out);
    mem_free(g->tables);
    mem_free(g->vars);
    mem_free(g->order);
    return status;
}

static double clique_cells(const FactorJob *job) {
    double cells = 1;
    for (uint32_t d = 0; d < job->nvars; d++) cells *= job->cards[job->vars[d]];
    return cells;
}

static bool grouped(const FactorJob *job, double cells) {
    return cells >= GROUPED && job->nvars <= GROUP_VARS && job->nin + job->nout > 2;
}

Status factor_room(const FactorJob *job, double *bytes) {
    Grouping g = {.job = job, .cells = clique_cells(job), .dry = true};
    *bytes = sweep_room(job);
    if (job->wide || !grouped(job, g.cells)) return OK;
    TRY(combine_grouped(&g));
    *bytes = g.most;
    return OK;
}

double factor_room_most(size_t tables, double cells) {
    // Of each table a union with another, a copy and an index; what rows know of zeros; copies
    // of outputs.
    double each = 1.5 * GROUP_MOST * sizeof(double);
    return (double)(tables + 2) * each + (4 + sizeof(double)) * cells;
}

Status factor_combine(const FactorJob *job, FactorScratch *scratch, const Ctl *ctl) {
    int64_t exponent = 0;
    Grouping g = {.job = job, .scratch = scratch, .ctl = ctl, .cells = clique_cells(job)};
    for (size_t i = 0; i < job->nin; i++) exponent += job->in[i]->exponent;
    for (size_t i = 0; i < job->nout; i++) {
        job->out[i]->exponent = exponent;
        job->out[i]->filled = 0;
    }
    if (job->wide) return wide_combine(job, ctl);
    if (grouped(job, g.cells)) return combine_grouped(&g);
    return sweep_run(job, scratch, ctl);
}
