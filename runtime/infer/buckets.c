// Buckets: elimination of variables one after the other.
#include "runtime/infer/buckets.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/base/parallel.h"
#include "runtime/base/vec.h"
#include "runtime/infer/sweep.h"
#include "runtime/infer/wide.h"

// The cells up to which a question is answered again in wide arithmetic whenever anything might
// have underflowed.
static const double SMALL = 1e5;

// The most that may be lost beside the greatest value of a table, 2^NOISE_MOST of it.
enum { NOISE_MOST = -200 };

static uint32_t bucket_of(const Problem *p, const Triangulation *t, const uint32_t *vars) {
    uint32_t place = p->place[vars[0]];
    return place < t->count ? place : t->count;
}

// The first of the neighbours that order[i] had to be eliminated, by its place; the number of
// all variables when none was left.
static uint32_t next_place(const Problem *p, const Triangulation *t, uint32_t i) {
    uint32_t first = p->nvars;
    for (size_t k = t->start[i]; k < t->start[i + 1]; k++)
        if (p->place[t->members[k]] < first) first = p->place[t->members[k]];
    return first;
}

// Bucket i is inherited by the one of its next neighbour when that had all its other neighbours
// and no more. Of several that could be, a bucket inherits one.
static void find_heirs(const Problem *p, const Triangulation *t, uint32_t summed,
                       uint32_t *legacy, uint32_t *heir) {
    for (uint32_t i = 0; i < t->count; i++) legacy[i] = heir[i] = NET_NONE;
    for (uint32_t i = 0; i < summed; i++) {
        uint32_t next = next_place(p, t, i);
        if (next >= summed) continue;
        size_t mine = t->start[i + 1] - t->start[i], its = t->start[next + 1] - t->start[next];
        if (mine == its + 1) legacy[next] = i;
    }
    for (uint32_t i = 0; i < summed; i++)
        if (legacy[i] != NET_NONE) heir[legacy[i]] = i;
}

// --- prediction ---

// What a bucket holds.
typedef struct Holding {
    double cells;
    size_t tables;
} Holding;

// Adds a factor to what its bucket holds.
static void expect(Holding *held, const Problem *p, const Triangulation *t,
                   const uint32_t *vars, uint32_t n) {
    double cells = 1;
    uint32_t first = vars[0];
    for (uint32_t i = 0; i < n; i++) {
        cells *= p->cards[vars[i]];
        if (p->place[vars[i]] < p->place[first]) first = vars[i];
    }
    Holding *to = &held[bucket_of(p, t, &first)];
    to->cells += cells;
    to->tables++;
}

static double kept_cells(const Problem *p, const Triangulation *t) {
    double cells = 1;
    for (uint32_t v = 0; v < p->nvars; v++)
        if (p->place[v] >= t->count) cells *= p->cards[v];
    return cells;
}

// The cells of all tables together, and of tables in a bucket, at most, given what each bucket
// holds.
static Holding most_held(const Problem *p, const Triangulation *t, uint32_t summed,
                         const uint32_t *heir, double result, Holding *held) {
    double live = 0;
    for (uint32_t i = 0; i <= t->count; i++) live += held[i].cells;
    Holding most = {.cells = live};
    for (uint32_t i = 0; i < t->count; i++) {
        if (heir[i] != NET_NONE) {
            held[heir[i]].cells += held[i].cells;
            held[heir[i]].tables += held[i].tables;
            continue;
        }
        const uint32_t *members = t->members + t->start[i];
        size_t n = t->start[i + 1] - t->start[i];
        double cells = 1;
        for (size_t k = 0; k < n; k++) cells *= p->cards[members[k]];
        live += cells;
        most.cells = fmax(most.cells, live);
        if (held[i].tables > most.tables) most.tables = held[i].tables;
        if (n) expect(held, p, t, members, (uint32_t)n);
        if (i < summed) live -= held[i].cells;
    }
    if (held[t->count].tables > most.tables) most.tables = held[t->count].tables;
    most.cells = fmax(most.cells, live + kept_cells(p, t) + result / sizeof(double));
    return most;
}

// --- filling ---

static Status put(Buckets *b, Factor *f) {
    uint32_t at = bucket_of(b->problem, b->order, f->vars);
    BucketsEntry entry = {.factor = *f, .next = b->heads[at]};
    if (!vec_reserve((void **)&b->entries, &b->room, b->count + 1, sizeof entry)) {
        factor_free(f);
        return NOMEM;
    }
    b->entries[b->count] = entry;
    b->heads[at] = (uint32_t)b->count++;
    return OK;
}

// How many processors there are takes a call of the system, which small questions would feel.
static unsigned workers_for(const Problem *p, const Triangulation *t, const Ctl *ctl) {
    double largest = fmax(t->largest, kept_cells(p, t));
    return largest < SWEEP_SHARED ? 1 : parallel_workers(ctl_threads(ctl));
}

static size_t entry_bytes(bool wide) {
    return sizeof(double) + (wide ? sizeof(int32_t) : 0);
}

static double bytes_of(const Buckets *b, const Factor *f) {
    return (double)(f->size * entry_bytes(b->wide));
}

// Counts a table in place of making it.
static void count_table(Buckets *b, Factor *f) {
    f->size = 1;
    for (uint32_t i = 0; i < f->nvars; i++) f->size *= b->problem->cards[f->vars[i]];
    b->live += bytes_of(b, f);
    b->most = fmax(b->most, b->live);
}

static void drop_table(Buckets *b, Factor *f) {
    if (b->dry) b->live -= bytes_of(b, f);
    factor_free(f);
}

static Status fill(const Problem *p, const Triangulation *t, uint32_t summed, bool wide,
                   bool dry, const Ctl *ctl, Buckets *out) {
    *out = (Buckets){.problem = p,
                     .order = t,
                     .ctl = ctl,
                     .wide = wide,
                     .summed = summed,
                     .dry = dry};
    crew_open(&out->crew, dry ? 1 : workers_for(p, t, ctl));
    out->scratch.worker = &out->crew.caller;
    out->constant = p->constant;
    out->exponent = p->exponent;
    out->heads = ARENA_ARRAY(&out->arena, uint32_t, (size_t)t->count + 1);
    out->legacy = ARENA_ARRAY(&out->arena, uint32_t, t->count);
    out->heir = ARENA_ARRAY(&out->arena, uint32_t, t->count);
    if (!out->heads || !out->legacy || !out->heir) return NOMEM;
    find_heirs(p, t, summed, out->legacy, out->heir);
    for (uint32_t i = 0; i <= t->count; i++) out->heads[i] = NET_NONE;
    for (uint32_t f = 0; f < p->nfactors; f++) {
        Factor table = {.nvars = p->factors[f].nvars, .vars = p->factors[f].vars};
        if (dry)
            count_table(out, &table);
        else
            TRY(problem_table(p, f, wide, &table));
        TRY(put(out, &table));
    }
    return OK;
}

Status buckets_fill(const Problem *p, const Triangulation *t, uint32_t summed, bool wide,
                    const Ctl *ctl, Buckets *out) {
    return fill(p, t, summed, wide, false, ctl, out);
}

void buckets_free(Buckets *b) {
    for (size_t i = 0; i < b->count; i++) factor_free(&b->entries[i].factor);
    mem_free(b->entries);
    mem_free(b->in);
    crew_close(&b->crew);
    arena_free(&b->arena);
    *b = (Buckets){0};
}

// --- steps ---

// The bucket that a bucket inherits, NET_NONE for none and for the last.
static uint32_t legacy_of(const Buckets *b, uint32_t at) {
    return at < b->order->count ? b->legacy[at] : NET_NONE;
}

// Collects the factors of a bucket, and of those that it inherits, as inputs.
static Status gather(Buckets *b, uint32_t at, size_t *nin) {
    *nin = 0;
    for (uint32_t k = at; k != NET_NONE; k = legacy_of(b, k))
        for (uint32_t e = b->heads[k]; e != NET_NONE; e = b->entries[e].next) ++*nin;
    if (*nin > b->in_room) {
        const Factor **grown = mem_resize(b->in, *nin * 2, sizeof *grown);
        if (!grown) return NOMEM;
        b->in = grown;
        b->in_room = *nin * 2;
    }
    size_t n = 0;
    for (uint32_t k = at; k != NET_NONE; k = legacy_of(b, k))
        for (uint32_t e = b->heads[k]; e != NET_NONE; e = b->entries[e].next)
            b->in[n++] = &b->entries[e].factor;
    return OK;
}

static void give_up(Buckets *b, uint32_t at) {
    for (uint32_t k = at; k != NET_NONE; k = legacy_of(b, k))
        for (uint32_t e = b->heads[k]; e != NET_NONE; e = b->entries[e].next)
            drop_table(b, &b->entries[e].factor);
}

// The variables of the bucket and of those that it inherits, `*out` of them, and then their
// neighbours: all by place.
static uint32_t *clique_of(Buckets *b, uint32_t at, uint32_t *nvars, uint32_t *out) {
    const Triangulation *t = b->order;
    *out = 1;
    for (; b->legacy[at] != NET_NONE; at = b->legacy[at]) ++*out;
    uint32_t n = (uint32_t)(t->start[at + 1] - t->start[at]) + 1;
    uint32_t *vars = ARENA_ARRAY(&b->arena, uint32_t, n);
    if (!vars) return NULL;
    vars[0] = t->order[at];
    if (n > 1) memcpy(vars + 1, t->members + t->start[at], (n - 1) * sizeof *vars);
    problem_sort(b->problem, vars, n);
    *nvars = n;
    return vars;
}

// Multiplies a factor without variables into the constant.
static void absorb(Buckets *b, const Factor *f, FactorMode mode) {
    if (mode == FACTOR_MAX) {
        b->log_constant += f->values[0];
        return;
    }
    int shift;
    b->constant = frexp(b->constant * f->values[0], &shift);
    b->exponent += f->exponent + shift + (f->exps ? f->exps[0] : 0);
}

// Plain arithmetic will do while nothing can have underflowed, or, in questions so large that
// wide arithmetic would be felt, while what is lost stays far below the rest.
static bool too_noisy(const Buckets *b, int noise) {
    if (b->wide || noise == FACTOR_EXACT) return false;
    return b->order->cells <= SMALL || noise > NOISE_MOST;
}

// Combines the inputs over the clique into a table of its variables from number `from` on.
static Status combine(Buckets *b, uint32_t *vars, uint32_t nvars, uint32_t from, size_t nin,
                      FactorMode mode, Factor *out) {
    double summed = 1;
    for (uint32_t i = 0; i < from; i++) summed *= b->problem->cards[vars[i]];
    int noise =
        mode == FACTOR_SUM && !b->wide && !b->dry ? factor_noise(b->in, nin, summed) : FACTOR_EXACT;
    b->underflow |= too_noisy(b, noise);
    *out = (Factor){.nvars = nvars - from, .vars = vars + from};
    if (b->underflow) return OK;
    bool wide = b->wide && mode == FACTOR_SUM;
    FactorJob job = {.cards = b->problem->cards,
                     .vars = vars,
                     .nvars = nvars,
                     .in = b->in,
                     .nin = nin,
                     .out = (Factor *[]){out},
                     .nout = 1,
                     .mode = mode,
                     .wide = wide};
    if (b->dry) {
        double room;
        count_table(b, out);
        TRY(factor_room(&job, &room));
        b->most = fmax(b->most, b->live + fmax(0, room - FACTOR_FREE));
        return OK;
    }
    TRY(factor_allocate(out, b->problem->cards, wide));
    Status status = factor_combine(&job, &b->scratch, b->ctl);
    if (status != OK) factor_free(out);
    if (status != OK || mode == FACTOR_MAX) return status;
    out->noise = noise;
    factor_normalise(out);
    b->underflow |= too_noisy(b, out->noise);
    return OK;
}

static Status step(Buckets *b, uint32_t i, FactorMode mode) {
    uint32_t nvars, gone;
    size_t nin;
    Factor out;
    uint32_t *vars = clique_of(b, i, &nvars, &gone);
    if (!vars) return NOMEM;
    TRY(gather(b, i, &nin));
    TRY(combine(b, vars, nvars, gone, nin, mode, &out));
    if (!b->underflow && out.nvars) return put(b, &out);
    if (!b->underflow && !b->dry) absorb(b, &out, mode);
    drop_table(b, &out);
    return OK;
}

Status buckets_sum(Buckets *b) {
    for (uint32_t i = 0; i < b->summed && !b->underflow; i++) {
        if (b->heir[i] != NET_NONE) continue;
        TRY(step(b, i, FACTOR_SUM));
        give_up(b, i);
        ctl_report(b->ctl, "eliminating", (i + 1.0) / b->summed);
    }
    return OK;
}

// Sums can do without what is far below the rest; the greatest product may be made of it.
static bool has_lost(const Buckets *b) {
    for (size_t k = 0; k < b->count; k++) {
        const Factor *f = &b->entries[k].factor;
        if (f->values && !f->exps && f->low < DBL_MIN_EXP - 1) return true;
    }
    return false;
}

void buckets_take_logs(Buckets *b) {
    b->underflow |= has_lost(b);
    for (size_t k = 0; k < b->count && !b->underflow; k++) {
        Factor *f = &b->entries[k].factor;
        if (!f->values) continue;
        for (size_t i = 0; i < f->size; i++)
            f->values[i] =
                log(f->values[i]) + (double)(f->exponent + (f->exps ? f->exps[i] : 0)) * log(2);
        mem_free(f->exps);
        f->exps = NULL;
        f->exponent = 0;
    }
    if (b->wide) b->live *= (double)entry_bytes(false) / (double)entry_bytes(true);
    b->wide = false;
}

Status buckets_max(Buckets *b, uint32_t i) {
    return step(b, i, FACTOR_MAX);
}

// The entry of a factor at given levels.
static double entry(const Buckets *b, const Factor *f, const uint32_t *levels, uint32_t first) {
    size_t at = first;
    for (uint32_t k = 1; k < f->nvars; k++)
        at = at * b->problem->cards[f->vars[k]] + levels[f->vars[k]];
    return f->values[at];
}

uint32_t buckets_best(const Buckets *b, uint32_t i, const uint32_t *levels) {
    uint32_t best = 0, card = b->problem->cards[b->order->order[i]];
    double most = -(double)INFINITY;
    for (uint32_t level = 0; level < card; level++) {
        double sum = 0;
        for (uint32_t e = b->heads[i]; e != NET_NONE; e = b->entries[e].next)
            sum += entry(b, &b->entries[e].factor, levels, level);
        if (sum > most) {
            most = sum;
            best = level;
        }
    }
    return best;
}

Status buckets_last(Buckets *b, Factor *out, bool *faint) {
    const Problem *p = b->problem;
    uint32_t at = b->order->count, n = p->nvars - at;
    size_t nin;
    uint32_t *vars = ARENA_ARRAY(&b->arena, uint32_t, n);
    if (!vars) return NOMEM;
    for (uint32_t v = 0; v < p->nvars; v++)
        if (p->place[v] >= at) vars[p->place[v] - at] = v;
    TRY(gather(b, at, &nin));
    TRY(combine(b, vars, n, 0, nin, FACTOR_SUM, out));
    *faint = out->exps ? wide_flatten(out) : out->noise != FACTOR_EXACT;
    return OK;
}

// --- what it takes ---

// Goes through all steps without tables.
static Status rehearse(const Problem *p, const Triangulation *t, uint32_t summed, bool wide,
                       double result, double *bytes) {
    Buckets b;
    Factor last;
    bool faint;
    Status status = fill(p, t, summed, wide, true, NULL, &b);
    if (status == OK) status = buckets_sum(&b);
    if (status == OK && summed < t->count) buckets_take_logs(&b);
    for (uint32_t i = summed; status == OK && i < t->count; i++) status = buckets_max(&b, i);
    if (status == OK && summed == t->count) status = buckets_last(&b, &last, &faint);
    double lists = (double)b.arena.bytes +
                   1.5 * (double)(b.room * sizeof *b.entries + b.in_room * sizeof *b.in);
    *bytes = fmax(b.most, b.live + result) + fmax(0, lists - FACTOR_FREE);
    buckets_free(&b);
    return status;
}

Status buckets_predict(const Problem *p, const Triangulation *t, uint32_t summed, bool wide,
                       double result, double limit, double *bytes) {
    Holding *held = MEM_NEW(Holding, (size_t)t->count + 1);
    uint32_t *heirs = MEM_NEW(uint32_t, 2 * (size_t)t->count);
    Status status = held && heirs ? OK : NOMEM;
    if (status == OK) {
        find_heirs(p, t, summed, heirs + t->count, heirs);
        for (uint32_t f = 0; f < p->nfactors; f++)
            expect(held, p, t, p->factors[f].vars, p->factors[f].nvars);
        Holding most = most_held(p, t, summed, heirs, result, held);
        *bytes = (double)entry_bytes(wide) * most.cells;
        double room = factor_room_most(most.tables + 1, most.cells);
        if (*bytes <= limit && *bytes + room > limit / 2)
            status = rehearse(p, t, summed, wide, result, bytes);
    }
    mem_free(held);
    mem_free(heirs);
    return status;
}
