// Independent laws of blocks near the optimum of a relaxation.
#include <math.h>
#include <string.h>

#include "runtime/bounds/solver.h"

#define INNER_ROUNDS 30
#define INNER_GAIN 1e-12


static uint32_t class_count(const Blocks *b, size_t block) {
    return keys_count(&b->items.items[block].classes);
}

// Where the law of a block starts.
static size_t offset_of(const Blocks *b, size_t block) {
    size_t at = 0;
    for (size_t i = 0; i < block; i++) at += class_count(b, i);
    return at;
}

void inner_marginals(const System *s, const double *x, double *law) {
    const Blocks *b = s->blocks;
    memset(law, 0, offset_of(b, b->items.count) * sizeof *law);
    for (size_t i = 0; i < s->groups.count; i++) {
        const SystemGroup *g = &s->groups.items[i];
        size_t stride = 1;
        for (uint32_t k = g->n; k-- > 0;) {
            size_t n = class_count(b, g->blocks[k]), at = offset_of(b, g->blocks[k]);
            for (size_t w = 0; w < g->count; w++)
                law[at + w / stride % n] += x[g->first + w];
            double sum = 0;
            for (size_t c = 0; c < n; c++) sum += law[at + c];
            for (size_t c = 0; c < n && sum > 0; c++) law[at + c] /= sum;
            stride *= n;
        }
    }
}

typedef struct Inner {
    Solver *s;
    const Poly *upper, *lower;
    bool greatest;
    double *law;
    double value;
    bool met;
} Inner;

// Whether block b is held fixed while the blocks at place `active` of their groups move.
static bool frozen(const Solver *s, uint32_t block, uint32_t active) {
    const SystemGroup *g = &s->system.groups.items[s->system.group[block]];
    if (g->n == 1) return false;
    uint32_t at = 0;
    while (g->blocks[at] != block) at++;
    return at != active % g->n;
}

// Gives the events of fixed blocks their probabilities, or takes them back.
static void freeze(const Inner *in, uint32_t active, bool on) {
    Solver *s = in->s;
    for (uint32_t e = 0; e < keys_count(&s->pool.events); e++) {
        // Events made after the blocks are of none.
        uint32_t block = e < s->blocks.nevents ? s->blocks.block[e] : BLOCKS_NONE;
        if (block == BLOCKS_NONE || !frozen(s, block, active)) continue;
        double p = 0;
        size_t at = offset_of(&s->blocks, block);
        for (uint32_t c = 0; on && c < class_count(&s->blocks, block); c++)
            if (block_has(&s->blocks.items.items[block], c, s->blocks.bit[e]))
                p += in->law[at + c];
        s->pool.known.items[e] = on ? p : NAN;
    }
}

// upper, lower and the demands with what is fixed put in.
static Status settle_all(const Inner *in, Poly *polys) {
    const Solver *s = in->s;
    TRY(poly_settle(&s->pool, in->upper, &polys[0]));
    if (in->lower) TRY(poly_settle(&s->pool, in->lower, &polys[1]));
    for (size_t i = 0; i < s->demands.count; i++)
        TRY(poly_settle(&s->pool, &s->demands.items[i].poly, &polys[2 + i]));
    return OK;
}

static Status improve_with(Inner *in, uint32_t active, const Poly *polys, System *system) {
    Solver *s = in->s;
    for (size_t i = 0; i < s->demands.count; i++)
        TRY(system_demand(system, s->demands.items[i].sense, &polys[2 + i]));
    size_t n = system->program.ncolumns, nlaw = offset_of(&s->blocks, s->blocks.items.count);
    double *x = ARENA_ARRAY(&system->arena, double, n);
    double *law = ARENA_ARRAY(&system->arena, double, nlaw);
    if (!x || !law) return NOMEM;
    SystemRange range = {0};
    if (in->greatest)
        range.high_at = x;
    else
        range.low_at = x;
    TRY(system_range(system, &polys[0], in->lower ? &polys[1] : NULL, s->ctl, &range));
    in->met = range.verdict == PROGRAM_OPTIMAL;
    if (!in->met) return OK;
    in->value = in->greatest ? range.high : range.low;
    inner_marginals(system, x, law);
    for (uint32_t b = 0; b < s->blocks.items.count; b++)
        if (!frozen(s, b, active))
            memcpy(in->law + offset_of(&s->blocks, b), law + offset_of(&s->blocks, b),
                   class_count(&s->blocks, b) * sizeof *law);
    return OK;
}

static Status improve(Inner *in, uint32_t active) {
    size_t n = 2 + in->s->demands.count;
    Poly *polys = MEM_NEW(Poly, n);
    System system = {0};
    if (!polys) return NOMEM;
    freeze(in, active, true);
    Status st = settle_all(in, polys);
    freeze(in, active, false);
    if (st == OK) st = system_open(&in->s->blocks, NULL, 0, &in->s->spent, &system);
    if (st == OK && system.too_large > 0) in->met = false;
    if (st == OK && system.too_large == 0) st = improve_with(in, active, polys, &system);
    for (size_t i = 0; i < n; i++) poly_free(&polys[i]);
    mem_free(polys);
    system_free(&system);
    return st;
}

Status inner_search(Solver *s, const Poly *upper, const Poly *lower, bool greatest,
                    const double *x, bool *found, double *value, double *law) {
    Inner in = {.s = s, .upper = upper, .lower = lower, .greatest = greatest, .law = law};
    uint32_t most = 1;
    for (size_t i = 0; i < s->system.groups.count; i++)
        if (s->system.groups.items[i].n > most) most = s->system.groups.items[i].n;
    inner_marginals(&s->system, x, law);
    double sign = greatest ? 1 : -1, last = -INFINITY;
    *found = false;
    for (uint32_t round = 0, still = 0; round < INNER_ROUNDS * most && still < most; round++) {
        TRY(improve(&in, round % most));
        if (!in.met) {
            still++;
            continue;
        }
        *found = true;
        still = sign * in.value > last + INNER_GAIN ? 0 : still + 1;
        last = sign * in.value;
    }
    *value = sign * last;
    return OK;
}
