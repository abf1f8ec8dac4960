// Rows: one pass over the cells of a large clique, row by row.
#include "runtime/infer/rows.h"

#include <math.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/infer/kernel.h"

enum {
    LEAST = 4096,        // cells of a clique worth the look
    NARROW = 8,          // cells that make a row
    BATCH = 2048,        // cells of the rows that are worked on together
    TOGETHER = 16,       // choices for variables that are taken together
    COPY_MOST = 1 << 15, // cells of a copy with all variables of a row,
    COPY_PART = 8,       // at most the clique's divided by this
};

// Measured times, in that which a table takes for a cell where all cells are swept.
static const double COST_CELL = 1;                     // where a row's entries lie side by side
static const double COST_GATHER = 2, COST_SCATTER = 5; // where not, of inputs and of outputs
static const double COST_ROW = 12;
static const double COST_MOST = 0.8; // of what all cells take

static const uint32_t NONE = UINT32_MAX;

typedef enum Meet {
    ONE,
    EACH,
    SOME
} Meet; // entries that meet a row: one, side by side, others

struct RowsPart {
    double *values;
    size_t *strides; // by variable of the clique
    Meet meet;
    uint32_t *index; // of SOME
};

// Of one input and one of its variables: whether anything is left, by the levels of its
// variables up to this.
struct RowsCheck {
    uint32_t self, above; // numbers of this one, and of that for the variable before, or NONE
    const uint8_t *any;
    double left;   // the part of `any` that is true,
    double chance; // and of those true for the variable before
};

// A check of the digit's last variable that an input has. The slice is `cells` times that of
// the check before the digit, and so much more.
typedef struct RowsTest {
    uint32_t self, above;
    const uint8_t *any;
    size_t cells;
    size_t *more; // by choice
} RowsTest;

// Some outer variables that are taken through their levels together.
struct RowsDigit {
    uint32_t first, end; // numbers of the variables
    size_t count;        // choices of levels for them
    size_t *steps;       // by choice and part: how much farther on the entries are
    RowsTest *tests;     // of inputs that have one of the variables
    size_t ntests;
};

static size_t card_of(const FactorJob *job, uint32_t d) {
    return job->cards[job->vars[d]];
}

// --- looking for zeros ---

static double part_left(const uint8_t *any, size_t n) {
    size_t left = 0;
    for (size_t i = 0; i < n; i++) left += any[i];
    return (double)left / (double)n;
}

// Whether anything is left in the slices of one variable less.
static uint8_t *unite(const uint8_t *any, size_t n, size_t card, Arena *arena) {
    uint8_t *fewer = ARENA_ARRAY(arena, uint8_t, n);
    for (size_t i = 0; fewer && i < n; i++)
        for (size_t k = 0; k < card; k++) fewer[i] |= *any++;
    return fewer;
}

// Adds checks of an input for its outer variables, the last first, unless no slice is zero.
static bool add_checks(Rows *r, const Factor *f, Arena *arena) {
    const FactorJob *job = r->job;
    uint32_t k = f->nvars;
    size_t inner = 1;
    for (uint32_t d = job->nvars; k > 0 && d-- > r->outer;)
        if (f->vars[k - 1] == job->vars[d]) inner *= job->cards[f->vars[--k]];
    size_t slices = f->size / inner;
    uint8_t *any = ARENA_ARRAY(arena, uint8_t, slices);
    if (!any) return false;
    kernel_rows_any(f->values, inner, slices, any);
    RowsCheck *below = NULL;
    if (part_left(any, slices) == 1) return true;
    for (uint32_t d = r->outer; k > 0 && d-- > 0;) {
        if (f->vars[k - 1] != job->vars[d]) continue;
        RowsCheck *check = &r->checks[d][r->nchecks[d]++];
        *check = (RowsCheck){.self = r->checked++, .above = NONE, .any = any};
        k--;
        check->left = check->chance = part_left(any, slices);
        if (below) {
            below->above = check->self;
            below->chance = check->left > 0 ? below->left / check->left : 0;
        }
        below = check;
        slices /= card_of(job, d);
        if (!(any = unite(any, slices, card_of(job, d), arena))) return false;
    }
    return true;
}

static Status look(Rows *r, Arena *arena) {
    const FactorJob *job = r->job;
    r->checks = ARENA_ARRAY(arena, RowsCheck *, (size_t)r->outer + 1);
    r->nchecks = ARENA_ARRAY(arena, uint32_t, (size_t)r->outer + 1);
    if (!r->checks || !r->nchecks) return NOMEM;
    for (uint32_t d = 0; d < r->outer; d++)
        if (!(r->checks[d] = ARENA_ARRAY(arena, RowsCheck, job->nin))) return NOMEM;
    for (size_t i = 0; i < job->nin; i++)
        if (job->in[i]->filled < job->in[i]->size && !add_checks(r, job->in[i], arena))
            return NOMEM;
    return OK;
}

// --- the choice ---

bool rows_widens(double copy, double clique) {
    return copy <= COPY_MOST && copy * COPY_PART <= clique;
}

// What a table costs for a cell of a row; it has `own` cells over the row's variables.
static double cost_of(const Rows *r, const Factor *f, bool output, size_t own, double cells) {
    double row = COST_ROW / (double)r->width;
    if (own == 1) return row + (output ? COST_CELL : 0);
    if (own == r->width) return row + COST_CELL;
    double copy = (double)f->size / (double)own * (double)r->width;
    if (rows_widens(copy, cells)) return row + COST_CELL;
    return row + (output ? COST_SCATTER : COST_GATHER);
}

static const Factor *table_of(const FactorJob *job, size_t i) {
    return i < job->nin ? job->in[i] : job->out[i - job->nin];
}

// Tries longer and longer rows; r->outer is that of the best, false when none is good.
static bool choose_width(Rows *r, double cells, const double *left, size_t *own) {
    const FactorJob *job = r->job;
    double least = COST_MOST * COST_CELL * (double)r->parts;
    uint32_t best = NONE, most = r->outer;
    r->width = 1;
    for (size_t i = 0; i < r->parts; i++) own[i] = 1;
    for (uint32_t d = job->nvars; d-- > 1 && r->width < BATCH;) {
        double cost = 0;
        r->width *= card_of(job, d);
        for (size_t i = 0; i < r->parts; i++) {
            const Factor *f = table_of(job, i);
            for (uint32_t k = 0; k < f->nvars; k++)
                if (f->vars[k] == job->vars[d]) own[i] *= card_of(job, d);
            cost += cost_of(r, f, i >= job->nin, own[i], cells);
        }
        if (d > most || cost * left[d] >= least) continue;
        least = cost * left[d];
        best = d;
    }
    if (best == NONE) return false;
    r->outer = best;
    r->left = left[best];
    return true;
}

// Whether so many cells are zero that rows might pay, even if they lay together.
static bool worth_a_look(const FactorJob *job) {
    double cells = 1, left = 1;
    if (job->mode == FACTOR_MAX) return false;
    for (uint32_t d = 0; d < job->nvars; d++) cells *= (double)card_of(job, d);
    if (cells < LEAST) return false;
    for (size_t i = 0; i < job->nin; i++) {
        const Factor *f = job->in[i];
        size_t filled = f->filled ? f->filled : kernel_filled(f->values, f->size);
        left *= (double)filled / (double)f->size;
    }
    return left < COST_MOST;
}

Status rows_choose(const FactorJob *job, Arena *arena, Rows *out, bool *pays) {
    size_t width = 1;
    double cells = 1;
    *pays = false;
    *out = (Rows){.job = job, .outer = job->nvars, .parts = job->nin + job->nout};
    if (!worth_a_look(job)) return OK;
    for (uint32_t d = 0; d < job->nvars; d++) cells *= (double)card_of(job, d);
    while (out->outer > 0 && width < NARROW) width *= card_of(job, --out->outer);
    TRY(look(out, arena));
    if (out->checked == 0) return OK;
    double *left = ARENA_ARRAY(arena, double, (size_t)out->outer + 1);
    size_t *own = ARENA_ARRAY(arena, size_t, out->parts);
    if (!left || !own) return NOMEM;
    left[0] = 1;
    for (uint32_t d = 0; d < out->outer; d++) {
        left[d + 1] = left[d];
        for (uint32_t i = 0; i < out->nchecks[d]; i++) left[d + 1] *= out->checks[d][i].chance;
    }
    *pays = choose_width(out, cells, left, own);
    return OK;
}

// --- tables ---

// Which entries meet the cells of a row, beside the first.
static bool set_index(const Rows *r, Arena *arena, RowsPart *p) {
    size_t n = 1;
    p->index = ARENA_ARRAY(arena, uint32_t, r->width);
    if (!p->index) return false;
    for (uint32_t d = r->job->nvars; d-- > r->outer;) {
        size_t card = card_of(r->job, d);
        for (size_t level = 1; level < card; level++)
            for (size_t i = 0; i < n; i++)
                p->index[level * n + i] = p->index[i] + (uint32_t)(level * p->strides[d]);
        n *= card;
    }
    return true;
}

static bool set_part(const Rows *r, const Factor *f, Arena *arena, RowsPart *p) {
    const FactorJob *job = r->job;
    size_t stride = 1, own = 1;
    uint32_t k = f->nvars;
    *p = (RowsPart){.values = f->values, .strides = ARENA_ARRAY(arena, size_t, job->nvars)};
    if (!p->strides) return false;
    for (uint32_t d = job->nvars; d-- > 0;) {
        if (k == 0 || f->vars[k - 1] != job->vars[d]) continue;
        p->strides[d] = stride;
        stride *= card_of(job, d);
        if (d >= r->outer) own = stride;
        k--;
    }
    p->meet = own == 1 ? ONE : own == r->width ? EACH : SOME;
    return p->meet != SOME || set_index(r, arena, p);
}

// Orders the inputs that have a row's variables, those that lie side by side last; the last of
// these need not be multiplied into the block when there is one output like it.
static bool set_order(Rows *r, Arena *arena) {
    const Meet turns[] = {SOME, EACH};
    r->order = ARENA_ARRAY(arena, size_t, r->job->nin);
    if (!r->order) return false;
    r->spread = 0;
    r->fused = SIZE_MAX;
    for (size_t turn = 0; turn < 2; turn++)
        for (size_t i = 0; i < r->job->nin; i++)
            if (r->part[i].meet == turns[turn]) r->order[r->spread++] = i;
    if (r->job->nout == 1 && r->part[r->job->nin].meet == EACH && r->spread > 1 &&
        r->part[r->order[r->spread - 1]].meet == EACH)
        r->fused = r->order[--r->spread];
    return true;
}

// The number of the level of variable `d` in a choice for the digit.
static size_t level_of(const FactorJob *job, const RowsDigit *digit, size_t choice,
                       uint32_t d) {
    for (uint32_t k = digit->end - 1; k > d; k--) choice /= card_of(job, k);
    return choice % card_of(job, d);
}

// Adds the check of variable `d` to the digit's tests: to that of the input's next variable
// when this is in the digit too, else as one more.
static bool add_test(const Rows *r, RowsDigit *digit, uint32_t d, const RowsCheck *check,
                     Arena *arena) {
    RowsTest *t = digit->tests;
    while (t < digit->tests + digit->ntests && t->above != check->self) t++;
    if (t == digit->tests + digit->ntests) {
        *t = (RowsTest){.self = check->self, .any = check->any, .cells = 1};
        if (!(t->more = ARENA_ARRAY(arena, size_t, digit->count))) return false;
        digit->ntests++;
    }
    for (size_t i = 0; i < digit->count; i++)
        t->more[i] += t->cells * level_of(r->job, digit, i, d);
    t->cells *= card_of(r->job, d);
    t->above = check->above;
    return true;
}

static bool set_digit(const Rows *r, RowsDigit *digit, Arena *arena) {
    digit->steps = ARENA_ARRAY(arena, size_t, digit->count * r->parts);
    digit->tests = ARENA_ARRAY(arena, RowsTest, r->job->nin);
    if (!digit->steps || !digit->tests) return false;
    for (uint32_t d = digit->end; d-- > digit->first;) {
        size_t *step = digit->steps;
        for (size_t choice = 0; choice < digit->count; choice++)
            for (size_t i = 0; i < r->parts; i++)
                *step++ += level_of(r->job, digit, choice, d) * r->part[i].strides[d];
        for (uint32_t i = 0; i < r->nchecks[d]; i++)
            if (!add_test(r, digit, d, &r->checks[d][i], arena)) return false;
    }
    return true;
}

// Takes neighbours together as long as there are few choices, from the last outer variable on.
static bool set_digits(Rows *r, Arena *arena) {
    RowsDigit *digits = ARENA_ARRAY(arena, RowsDigit, r->outer);
    if (!digits) return false;
    r->digits = digits + r->outer;
    r->ndigits = 0;
    for (uint32_t d = r->outer; d-- > 0;) {
        size_t card = card_of(r->job, d);
        if (r->ndigits && r->digits->count * card <= TOGETHER) {
            r->digits->first = d;
            r->digits->count *= card;
        } else {
            *--r->digits = (RowsDigit){.first = d, .end = d + 1, .count = card};
            r->ndigits++;
        }
    }
    for (uint32_t i = 0; i < r->ndigits; i++)
        if (!set_digit(r, &r->digits[i], arena)) return false;
    return true;
}

Status rows_meet(Rows *r, const FactorJob *job, Arena *arena) {
    r->job = job;
    r->width = 1;
    for (uint32_t d = r->outer; d < job->nvars; d++) r->width *= card_of(job, d);
    r->batch = r->width < BATCH ? BATCH / r->width : 1;
    r->parts = job->nin + job->nout;
    if (!(r->part = ARENA_ARRAY(arena, RowsPart, r->parts))) return NOMEM;
    for (size_t i = 0; i < r->parts; i++)
        if (!set_part(r, table_of(job, i), arena, &r->part[i])) return NOMEM;
    return set_order(r, arena) && set_digits(r, arena) ? OK : NOMEM;
}

// --- what it takes ---

// The bytes for the tables of a job when rows have so many cells, of which each table has its
// own: copies and indexes, and for the rows at hand.
static double width_most(const FactorJob *job, const size_t *own, size_t width, double cells) {
    double bytes = (double)(width < BATCH ? BATCH : width) * 2 * sizeof(double);
    for (size_t i = 0; i < job->nin + job->nout; i++) {
        if (own[i] == 1 || own[i] == width) continue;
        double copy = (double)table_of(job, i)->size / (double)own[i] * (double)width;
        bytes += rows_widens(copy, cells) ? copy * sizeof(double)
                                          : (double)width * 2 * sizeof(uint32_t);
    }
    return bytes;
}

// The bytes for what is known of zeros, with variables from number `outer` on in a row. Slices
// become fewer with each variable.
static double checks_most(const FactorJob *job, const size_t *own) {
    double bytes = 0;
    for (size_t i = 0; i < job->nin; i++)
        bytes += 2 * (double)job->in[i]->size / (double)own[i];
    return bytes;
}

// What an arena takes is at most twice what is asked of it, or a chunk more.
Status rows_most(const FactorJob *job, double *bytes) {
    double cells = 1, widest = 0, checks = -1, lists = 0;
    size_t parts = job->nin + job->nout, width = 1, count = 0;
    *bytes = 0;
    for (uint32_t d = job->nvars; d-- > 0;) {
        size_t card = card_of(job, d);
        cells *= (double)card;
        bool joins = count && count * card <= TOGETHER;
        if (!joins) lists += sizeof(RowsTest) + 2 * (double)(count * sizeof(size_t));
        count = joins ? count * card : card;
    }
    if (cells < LEAST || job->mode == FACTOR_MAX) return OK;
    size_t *own = MEM_NEW(size_t, parts);
    if (!own) return NOMEM;
    for (size_t i = 0; i < parts; i++) own[i] = 1;
    for (uint32_t d = job->nvars; d-- > 0 && width < BATCH;) {
        width *= card_of(job, d);
        for (size_t i = 0; i < parts; i++) {
            const Factor *f = table_of(job, i);
            for (uint32_t k = 0; k < f->nvars; k++)
                if (f->vars[k] == job->vars[d]) own[i] *= card_of(job, d);
        }
        if (width < NARROW && d > 0) continue;
        if (checks < 0) checks = checks_most(job, own);
        widest = fmax(widest, width_most(job, own, width, cells));
    }
    mem_free(own);
    // One digit more, since they begin elsewhere.
    lists += sizeof(RowsTest) + 4 * (double)((count + TOGETHER) * sizeof(size_t)) +
             job->nvars * (double)(sizeof(RowsCheck) + sizeof(size_t));
    *bytes = widest + 2 * (checks + (double)parts * lists);
    return OK;
}

// --- the walk ---

typedef struct Walk {
    const Rows *rows;
    const RowsShare *share;
    const Ctl *ctl;
    double *block, *scales;
    size_t *offsets; // by row of the batch and part
    size_t *at;      // by outer variable and part: where the levels before it lead
    size_t *slice;   // of each check
    size_t count;    // rows at hand
} Walk;

size_t rows_room(const Rows *r) {
    size_t bytes = (r->width + 1) * r->batch * sizeof(double) +
                   ((r->batch + r->ndigits) * r->parts + r->checked) * sizeof(size_t);
    return (bytes + 63) / 64 * 64;
}

static void lay_out(Walk *w, void *room) {
    const Rows *r = w->rows;
    w->block = room;
    w->scales = w->block + r->width * r->batch;
    w->offsets = (size_t *)(w->scales + r->batch);
    w->at = w->offsets + r->batch * r->parts;
    w->slice = w->at + r->ndigits * r->parts;
    memset(w->at, 0, r->parts * sizeof *w->at);
}

static KernelRows rows_of(const Walk *w, size_t part) {
    const Rows *r = w->rows;
    return (KernelRows){.count = w->count,
                        .width = r->width,
                        .table = r->part[part].values,
                        .offsets = w->offsets + part,
                        .step = r->parts,
                        .index = r->part[part].index};
}

static void multiply(Walk *w) {
    const Rows *r = w->rows;
    size_t i = 0;
    if (r->spread == 0) {
        kernel_rows_fill(w->block, w->count, r->width, w->scales);
        return;
    }
    KernelRows first = rows_of(w, r->order[i++]);
    if (r->spread > 1 && !first.index) {
        KernelRows second = rows_of(w, r->order[i++]);
        kernel_rows_set_product(w->block, &first, &second, w->scales);
    } else {
        kernel_rows_set(w->block, &first, w->scales);
    }
    for (; i < r->spread; i++) {
        KernelRows next = rows_of(w, r->order[i]);
        kernel_rows_multiply(w->block, &next);
    }
}

static void work(Walk *w) {
    const Rows *r = w->rows;
    size_t nin = r->job->nin;
    for (size_t k = 0; k < w->count; k++) w->scales[k] = 1;
    for (size_t i = 0; i < nin; i++) {
        KernelRows rows = rows_of(w, i);
        if (r->part[i].meet == ONE) kernel_rows_scale(w->scales, &rows);
    }
    multiply(w);
    for (size_t i = nin; i < r->parts; i++) {
        KernelRows rows = rows_of(w, i);
        double *table = w->share->out ? w->share->out[i - nin] : r->part[i].values;
        if (r->fused != SIZE_MAX) {
            KernelRows last = rows_of(w, r->fused);
            kernel_rows_sum_product(table, &rows, w->block, &last);
        } else if (r->part[i].meet == ONE) {
            kernel_rows_sum_one(table, &rows, w->block);
        } else {
            kernel_rows_sum(table, &rows, w->block);
        }
    }
    w->count = 0;
}

// Whether anything is left for this choice of levels of a digit's variables.
static bool enter(Walk *w, const RowsDigit *digit, size_t choice) {
    for (const RowsTest *t = digit->tests, *end = t + digit->ntests; t < end; t++) {
        size_t slice = t->more[choice];
        if (t->above != NONE) slice += w->slice[t->above] * t->cells;
        if (!t->any[slice]) return false;
        w->slice[t->self] = slice;
    }
    return true;
}

// Whether the share covers the choice of a digit that has its variable.
static bool covers(const Walk *w, const RowsDigit *digit, size_t choice) {
    const FactorJob *job = w->rows->job;
    for (uint32_t d = digit->end - 1; d > w->share->cut; d--) choice /= card_of(job, d);
    size_t level = choice % card_of(job, w->share->cut);
    return w->share->from <= level && level < w->share->to;
}

// Goes through the choices for a digit, those before having theirs.
static bool walk_from(Walk *w, uint32_t at_digit) {
    const Rows *r = w->rows;
    const RowsDigit *digit = &r->digits[at_digit];
    const size_t parts = r->parts, *at = w->at + at_digit * parts, *step = digit->steps;
    bool last = at_digit + 1 == r->ndigits;
    bool cut = digit->first <= w->share->cut && w->share->cut < digit->end;
    for (size_t choice = 0; choice < digit->count; choice++, step += parts) {
        if ((cut && !covers(w, digit, choice)) || !enter(w, digit, choice)) continue;
        size_t *next = last ? w->offsets + w->count * parts : w->at + (at_digit + 1) * parts;
        for (size_t i = 0; i < parts; i++) next[i] = at[i] + step[i];
        if (!last) {
            if (!walk_from(w, at_digit + 1)) return false;
        } else if (++w->count == r->batch) {
            work(w);
            if (ctl_cancelled(w->ctl)) return false;
        }
    }
    return true;
}

bool rows_walk(const Rows *rows, const RowsShare *share, void *room, const Ctl *ctl) {
    Walk w = {.rows = rows, .share = share, .ctl = ctl};
    lay_out(&w, room);
    if (!walk_from(&w, 0)) return false;
    if (w.count) work(&w);
    return !ctl_cancelled(ctl);
}
