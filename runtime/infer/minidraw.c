// Minidraw: drawing, and adding up by batch.
#include "runtime/infer/minidraw.h"

#include <math.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/base/parallel.h"
#include "runtime/base/rng.h"
#include "runtime/sample/sample_tails.h"

enum {
    FIRST_DRAWS = 32,  // of each batch, in the first round
    TAIL_DRAWS = 1024, // of each batch whose weights are kept
    FEW_DRAWS = 400,   // effective ones
    FEW_HITS = 20,     // effective ones, of a level
    UNSEEN = 3,        // of any kind may never be met by chance, with 95% confidence
    LANES = 16,        // draws side by side
    MOST_SHIFT = 20,   // a weight beyond e^20 times the scale moves it
};

// A table as one variable sees it: where its row starts, and how far apart its cells are.
typedef struct View {
    const double *values;
    uint32_t nvars; // others than the one that moves
    const uint32_t *vars;
    const size_t *strides;
    size_t step;
} View;

typedef struct Sum {
    uint32_t moves; // the variable whose law is averaged, or NET_NONE
    uint32_t card;  // of it, else 1
    size_t first;   // its first cell among those of all sums
    View cell;      // where the sum's row is; its values are none
    bool relative;
    bool alone; // the variable that moves is not among the cell's: all its levels count
    uint32_t nlaw, nevents;
    View *law, *events;
} Sum;

typedef struct Worker {
    Rng rng;
    uint32_t *level; // by number in the network, LANES each
    double log_weight[LANES];
    const double **rows; // of the bucket at hand: LANES for each of its tables
    double *row;
} Worker;

typedef struct Drawing {
    const MiniBuckets *m;
    const RealBudget *budget;
    const Ctl *ctl;
    Arena arena;
    Sum *sums;
    uint32_t nsums;
    Worker *workers;
    MiniDraws *out;
    double scale[REAL_BATCHES], weight2[REAL_BATCHES];
    double *tail;            // TAIL_DRAWS weights of each batch
    uint64_t from, to, most; // draws of one batch: of the round, and of all
} Drawing;

// --- what is added up ----------------------------------------------------------------------

// A table over `vars` as `moves` sees it.
static Status make_view(Arena *arena, const uint32_t *cards, const double *values,
                        const uint32_t *vars, uint32_t nvars, uint32_t moves, View *out) {
    uint32_t *others = ARENA_ARRAY(arena, uint32_t, nvars);
    size_t *strides = ARENA_ARRAY(arena, size_t, nvars), stride = 1;
    if (!others || !strides) return NOMEM;
    *out = (View){.values = values, .vars = others, .strides = strides};
    for (uint32_t i = nvars; i-- > 0;) {
        if (vars[i] == moves) {
            out->step = stride;
        } else {
            others[out->nvars] = vars[i];
            strides[out->nvars++] = stride;
        }
        stride *= cards[vars[i]];
    }
    return OK;
}

static bool mentions(const NetFactor *f, uint32_t v) {
    for (uint32_t i = 0; i < f->nvars; i++)
        if (f->vars[i] == v) return true;
    return false;
}

static uint32_t last_open(const Problem *p, const uint32_t *vars, uint32_t n) {
    for (uint32_t i = n; i-- > 0;)
        if (p->local[vars[i]] != NET_NONE) return vars[i];
    return NET_NONE;
}

static Status make_law(Drawing *d, uint32_t v, Sum *out) {
    const Problem *p = &d->m->problem;
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->nfactors; i++)
        n += mentions(&p->net->factors[p->factors[i].source], v);
    out->law = ARENA_ARRAY(&d->arena, View, n);
    if (!out->law) return NOMEM;
    for (uint32_t i = 0; i < p->nfactors; i++) {
        const NetFactor *f = &p->net->factors[p->factors[i].source];
        if (!mentions(f, v)) continue;
        TRY(make_view(&d->arena, p->net->cards, f->values, f->vars, f->nvars, v,
                      &out->law[out->nlaw++]));
    }
    return OK;
}

static Status make_sum(Drawing *d, const MiniTarget *t, size_t first, Sum *out) {
    const Problem *p = &d->m->problem;
    *out = (Sum){.moves = last_open(p, t->vars, t->nvars), .card = 1, .nevents = t->nevents};
    for (uint32_t i = 0; i < t->nevents && out->moves == NET_NONE; i++)
        out->moves = last_open(p, t->events[i].vars, t->events[i].nvars);
    if (out->moves != NET_NONE) out->card = p->net->cards[out->moves];
    TRY(make_view(&d->arena, p->net->cards, NULL, t->vars, t->nvars, out->moves, &out->cell));
    out->first = first;
    out->relative = t->relative;
    out->alone = out->cell.step == 0;
    out->events = ARENA_ARRAY(&d->arena, View, t->nevents);
    if (!out->events) return NOMEM;
    for (uint32_t i = 0; i < t->nevents; i++)
        TRY(make_view(&d->arena, p->net->cards, t->events[i].values, t->events[i].vars,
                      t->events[i].nvars, out->moves, &out->events[i]));
    return out->moves == NET_NONE ? OK : make_law(d, out->moves, out);
}

// --- draws ---------------------------------------------------------------------------------

// Several draws go side by side, so that their rows are fetched from memory together.
static const double *row_of(const MiniTable *t, const Problem *p, const uint32_t *level) {
    size_t at = 0;
    for (uint32_t i = 0; i < t->nvars; i++)
        at += t->strides[i] * level[(size_t)p->global[t->vars[i]] * LANES];
    return t->values + at;
}

// A level in proportion to `row`, whose sum is `total`.
static uint32_t pick(Rng *rng, const double *row, uint32_t card, double total) {
    double u = rng_unit(rng) * total;
    uint32_t last = 0;
    for (uint32_t i = 0; i < card; i++) {
        if (row[i] <= 0) continue;
        last = i;
        if (u < row[i]) return i;
        u -= row[i];
    }
    return last;
}

// Draws the variable of a split bucket from the product of its rows; returns ln of their sum,
// which is at most 0.
static double draw_split(const double *const *rows, uint32_t n, uint32_t card, Worker *w,
                         uint32_t *level) {
    double *row = w->row, most = -INFINITY, total = 0;
    memset(row, 0, card * sizeof *row);
    for (size_t k = 0; k < n; k++)
        for (uint32_t i = 0; i < card; i++) row[i] += rows[k * LANES][i];
    for (uint32_t i = 0; i < card; i++)
        if (row[i] > most) most = row[i];
    if (most == -INFINITY) return most;
    for (uint32_t i = 0; i < card; i++) total += row[i] = exp(row[i] - most);
    *level = pick(&w->rng, row, card, total);
    return most + log(total);
}

static void draw_bucket(const MiniBucket *b, const Problem *p, Worker *w, size_t lanes) {
    uint32_t card = p->cards[b->var], *level = w->level + (size_t)p->global[b->var] * LANES;
    for (uint32_t k = 0; k < b->ntables; k++)
        for (size_t l = 0; l < lanes; l++) {
            const double *row = row_of(&b->tables[k], p, w->level + l);
            __builtin_prefetch(row);
            w->rows[(size_t)k * LANES + l] = row;
        }
    for (size_t l = 0; l < lanes; l++) {
        if (w->log_weight[l] == -INFINITY) continue;
        if (b->ntables == 1)
            level[l] = pick(&w->rng, w->rows[l], card, 1);
        else if (b->ntables)
            w->log_weight[l] += draw_split(w->rows + l, b->ntables, card, w, &level[l]);
        else // in no factor: each level alike
            level[l] = (uint32_t)rng_below(&w->rng, card);
    }
}

// Joint draws; w->log_weight receives ln of their weights beside the upper bound.
static void draw(const MiniBuckets *m, Worker *w, size_t lanes) {
    for (size_t l = 0; l < lanes; l++) w->log_weight[l] = 0;
    for (uint32_t i = m->order.count; i-- > 0;)
        draw_bucket(&m->buckets[i], &m->problem, w, lanes);
}

// --- sums ----------------------------------------------------------------------------------

static size_t place(const View *t, const uint32_t *level) {
    size_t at = 0;
    for (uint32_t i = 0; i < t->nvars; i++)
        at += t->strides[i] * level[(size_t)t->vars[i] * LANES];
    return at;
}

// The law of the variable that moves given all others, into w->row. Rounding may leave none:
// then its level counts.
static void find_law(const Sum *s, const uint32_t *level, Worker *w) {
    double *row = w->row, total = 0;
    for (uint32_t i = 0; i < s->card; i++) row[i] = 1;
    for (uint32_t k = 0; k < s->nlaw; k++) {
        const View *t = &s->law[k];
        const double *from = t->values + place(t, level);
        double most = 0;
        for (uint32_t i = 0; i < s->card; i++) {
            row[i] *= from[i * t->step];
            if (row[i] > most) most = row[i];
        }
        if (most > 0 && (most < 1e-100 || most > 1e100))
            for (uint32_t i = 0; i < s->card; i++) row[i] /= most;
    }
    for (uint32_t i = 0; i < s->card; i++) total += row[i];
    for (uint32_t i = 0; i < s->card; i++)
        row[i] = total > 0 ? row[i] / total : i == level[(size_t)s->moves * LANES];
}

static void add_sum(const Sum *s, const uint32_t *level, Worker *w, double weight,
                    double *sums) {
    size_t at = s->first + place(&s->cell, level);
    if (s->moves == NET_NONE)
        w->row[0] = 1;
    else
        find_law(s, level, w);
    for (uint32_t k = 0; k < s->nevents; k++) {
        const View *t = &s->events[k];
        const double *from = t->values + place(t, level);
        for (uint32_t i = 0; i < s->card; i++) w->row[i] *= from[i * t->step];
    }
    if (s->alone) {
        for (uint32_t i = 1; i < s->card; i++) w->row[0] += w->row[i];
        sums[at] += weight * w->row[0];
        return;
    }
    for (uint32_t i = 0; i < s->card; i++) sums[at + i * s->cell.step] += weight * w->row[i];
}

static void rescale(Drawing *d, size_t b, double to) {
    size_t n = d->out->cells;
    double f = d->scale[b] == -INFINITY ? 0 : exp(d->scale[b] - to);
    for (size_t i = 0; i < n; i++) d->out->sums[b * n + i] *= f;
    d->out->weight[b] *= f;
    d->weight2[b] *= f * f;
    d->scale[b] = to;
}

static void add_draw(Drawing *d, size_t b, Worker *w, size_t lane) {
    double log_weight = w->log_weight[lane];
    double *sums = d->out->sums + b * d->out->cells;
    if (log_weight == -INFINITY) return;
    if (!(log_weight <= d->scale[b] + MOST_SHIFT)) rescale(d, b, log_weight);
    double weight = exp(log_weight - d->scale[b]);
    d->out->weight[b] += weight;
    d->weight2[b] += weight * weight;
    for (uint32_t k = 0; k < d->nsums; k++)
        add_sum(&d->sums[k], w->level + lane, w, weight, sums);
}

// The draws of batch b in the rounds so far; of a number that does not divide, the first
// batches take one more.
static uint64_t last_draw(const Drawing *d, size_t b) {
    uint64_t n = d->budget->draws;
    return n ? n / REAL_BATCHES + (b < n % REAL_BATCHES) : d->to;
}

static void run_batch(void *user, unsigned worker, size_t b) {
    Drawing *d = user;
    Worker *w = &d->workers[worker];
    uint64_t end = last_draw(d, b);
    rng_seed(&w->rng, d->budget->seed, b + REAL_BATCHES * d->from);
    for (uint64_t i = d->from; i < end && !ctl_cancelled(d->ctl); i += LANES) {
        size_t lanes = end - i < LANES ? (size_t)(end - i) : LANES;
        draw(d->m, w, lanes);
        for (size_t l = 0; l < lanes; l++) {
            if (i + l < TAIL_DRAWS) d->tail[b * TAIL_DRAWS + i + l] = w->log_weight[l];
            add_draw(d, b, w, l);
        }
        d->out->draws[b] += (double)lanes;
    }
}

// --- errors --------------------------------------------------------------------------------

static double total_of(const double *x) {
    double sum = 0;
    for (size_t b = 0; b < REAL_BATCHES; b++) sum += x[b];
    return sum;
}

double minidraw_weight(const MiniDraws *d) {
    return total_of(d->weight);
}

double minidraw_sum(const MiniDraws *d, size_t cell) {
    double sum = 0;
    for (size_t b = 0; b < REAL_BATCHES; b++) sum += d->sums[b * d->cells + cell];
    return sum;
}

double minidraw_least(const MiniDraws *d, double share) {
    double few = fmin(share, 1 - share) * d->ess;
    return (few < FEW_HITS ? sqrt(fmax(few, 0) + 1) : 1) / d->ess;
}

double minidraw_error(const MiniDraws *d, size_t cell) {
    double all = minidraw_weight(d), n = REAL_BATCHES, squares = 0;
    double share = cell == SIZE_MAX ? 1 / (double)d->n : minidraw_sum(d, cell) / all;
    for (size_t b = 0; b < REAL_BATCHES; b++) {
        double x = cell == SIZE_MAX ? d->weight[b] - share * d->draws[b] * all
                                    : d->sums[b * d->cells + cell] - share * d->weight[b];
        squares += x * x;
    }
    double error = sqrt(squares / (n * (n - 1))) * n / all;
    return fmax(error, cell == SIZE_MAX ? 1 / d->ess : minidraw_least(d, share));
}

// Brings all batches to one scale.
static void settle(Drawing *d) {
    MiniDraws *out = d->out;
    double scale = -INFINITY, squares = 0;
    for (size_t b = 0; b < REAL_BATCHES; b++) scale = fmax(scale, d->scale[b]);
    if (scale == -INFINITY) scale = 0;
    for (size_t b = 0; b < REAL_BATCHES; b++)
        if (d->scale[b] != scale) rescale(d, b, scale);
    out->log_scale = scale + d->m->log_upper;
    for (size_t b = 0; b < REAL_BATCHES; b++) squares += d->weight2[b];
    out->ess = squares > 0 ? minidraw_weight(out) * minidraw_weight(out) / squares : 0;
    out->n = (uint64_t)total_of(out->draws);
    double heaviest = exp(d->m->log_upper - out->log_scale);
    out->unmet = UNSEEN * heaviest > 0.1 * minidraw_weight(out);
}

static bool is_good(const Drawing *d) {
    const MiniDraws *out = d->out;
    double tolerance = d->budget->tolerance > 0 ? d->budget->tolerance : 1e-3;
    if (out->ess < FEW_DRAWS || out->unmet) return false;
    if (!out->cells) return minidraw_error(out, SIZE_MAX) <= tolerance;
    double weight = minidraw_weight(out);
    for (uint32_t k = 0; k < d->nsums; k++) {
        size_t end = k + 1 < d->nsums ? d->sums[k + 1].first : out->cells;
        for (size_t i = d->sums[k].first; i < end; i++) {
            double beside = d->sums[k].relative ? minidraw_sum(out, i) / weight : 1;
            if (minidraw_error(out, i) > tolerance * beside) return false;
        }
    }
    return true;
}

static Status find_shape(Drawing *d) {
    size_t n = 0;
    double scale = -INFINITY, error = 0;
    for (size_t b = 0; b < REAL_BATCHES; b++)
        for (size_t i = 0; i < TAIL_DRAWS && i < (size_t)d->out->draws[b]; i++)
            scale = fmax(scale, d->tail[b * TAIL_DRAWS + i]);
    d->out->shape = 0;
    if (scale == -INFINITY) return OK;
    for (size_t b = 0; b < REAL_BATCHES; b++)
        for (size_t i = 0; i < TAIL_DRAWS && i < (size_t)d->out->draws[b]; i++)
            d->tail[n++] = exp(d->tail[b * TAIL_DRAWS + i] - scale);
    TRY(sample_tails_fit(d->tail, n, &d->out->shape, &error));
    d->out->shape -= 2 * error;
    return OK;
}

void minidraw_interval(const MiniDraws *d, const MiniBuckets *m, double level, double *low,
                       double *high) {
    double n = (double)d->n, all = minidraw_weight(d), mean = all / n, l = log(4 / (1 - level));
    double squares = d->ess > 0 ? all * all / d->ess : 0;
    double variance = n > 1 ? (squares - n * mean * mean) / (n - 1) : 0;
    double top = exp(m->log_upper - d->log_scale);
    double reach = sqrt(2 * fmax(variance, 0) * l / n) + 7 * top * l / (3 * (n - 1));
    *low = mean > reach ? fmax(m->log_lower, log(mean - reach) + d->log_scale) : m->log_lower;
    *high = fmin(m->log_upper, log(mean + reach) + d->log_scale);
}

// --- rounds --------------------------------------------------------------------------------

static Status open_workers(Drawing *d, unsigned count) {
    const Net *net = &d->m->net;
    uint32_t most = 1, tables = 1;
    for (uint32_t v = 0; v < net->nvars; v++)
        if (net->cards[v] > most) most = net->cards[v];
    for (uint32_t i = 0; i < d->m->order.count; i++)
        if (d->m->buckets[i].ntables > tables) tables = d->m->buckets[i].ntables;
    d->workers = ARENA_ARRAY(&d->arena, Worker, count);
    if (!d->workers) return NOMEM;
    for (unsigned i = 0; i < count; i++) {
        Worker *w = &d->workers[i];
        w->level = ARENA_ARRAY(&d->arena, uint32_t, (size_t)net->nvars * LANES);
        w->rows = ARENA_ARRAY(&d->arena, const double *, (size_t)tables *LANES);
        w->row = ARENA_ARRAY(&d->arena, double, most);
        if (!w->level || !w->rows || !w->row) return NOMEM;
        for (uint32_t v = 0; d->m->problem.evidence && v < net->nvars; v++)
            for (size_t l = 0; l < LANES && d->m->problem.evidence[v] != NET_NONE; l++)
                w->level[(size_t)v * LANES + l] = d->m->problem.evidence[v];
    }
    return OK;
}

static Status open_sums(Drawing *d, const MiniTarget *targets, uint32_t n) {
    size_t first = 0;
    d->sums = ARENA_ARRAY(&d->arena, Sum, n);
    if (!d->sums) return NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        TRY(make_sum(d, &targets[i], first, &d->sums[i]));
        size_t cells = 1;
        for (uint32_t k = 0; k < targets[i].nvars; k++)
            cells *= d->m->net.cards[targets[i].vars[k]];
        first += cells;
    }
    d->nsums = n;
    d->out->cells = first;
    d->out->sums = MEM_NEW(double, first *REAL_BATCHES);
    d->tail = MEM_NEW(double, (size_t)TAIL_DRAWS *REAL_BATCHES);
    for (size_t b = 0; b < REAL_BATCHES; b++) d->scale[b] = -INFINITY;
    return d->out->sums && d->tail ? OK : NOMEM;
}

// Steps of one draw, roughly; and the draws that so much work allows.
static void set_rounds(Drawing *d) {
    double steps = 0;
    for (uint32_t i = 0; i < d->m->order.count; i++) steps += 1 + d->m->buckets[i].ntables;
    for (uint32_t i = 0; i < d->nsums; i++) steps += 1 + d->sums[i].nlaw;
    double most = fmin(fmax(0x1p28 / (steps + 1), 0x1p14), 0x1p23);
    d->most = (uint64_t)(most / REAL_BATCHES);
    d->to = FIRST_DRAWS;
    if (d->budget->draws)
        d->most = d->to = (d->budget->draws + REAL_BATCHES - 1) / REAL_BATCHES;
}

static Status run(Drawing *d, unsigned workers) {
    for (;; d->from = d->to, d->to *= 2) {
        if (d->to > d->most) d->to = d->most;
        TRY(parallel_run(workers, REAL_BATCHES, run_batch, d, d->ctl, "sampling",
                         (double)d->from / (double)d->most, (double)d->to / (double)d->most));
        settle(d);
        if (d->to == d->most || is_good(d)) return find_shape(d);
    }
}

Status minidraw(const MiniBuckets *m, const MiniTarget *targets, uint32_t ntargets,
                const RealBudget *budget, const Ctl *ctl, MiniDraws *out) {
    Drawing d = {.m = m, .budget = budget, .ctl = ctl, .out = out};
    unsigned workers = parallel_workers(budget->threads);
    *out = (MiniDraws){0};
    Status st = open_workers(&d, workers);
    if (st == OK) st = open_sums(&d, targets, ntargets);
    if (st == OK && m->log_upper > -INFINITY) {
        set_rounds(&d);
        st = run(&d, workers);
    }
    mem_free(d.tail);
    arena_free(&d.arena);
    if (st != OK) minidraw_free(out);
    return st;
}

void minidraw_free(MiniDraws *d) {
    mem_free(d->sums);
    *d = (MiniDraws){0};
}
