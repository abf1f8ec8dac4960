// Conjugate states: a hash table of rows.
#include "runtime/real/conjugate_states.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "runtime/base/mem.h"

void conjugate_states_open(States *s, uint32_t nlevels, uint32_t nexponents) {
    *s = (States){.nlevels = nlevels, .nexponents = nexponents};
}

void conjugate_states_free(States *s) {
    mem_free(s->levels);
    mem_free(s->exponents);
    mem_free(s->logs);
    mem_free(s->slots);
    *s = (States){0};
}

void conjugate_states_clear(States *s) {
    s->count = 0;
    if (s->nslots) memset(s->slots, 0, s->nslots * sizeof *s->slots);
}

static uint64_t mix(uint64_t h, uint64_t x) {
    h = (h ^ x) * 0x9E3779B97F4A7C15u;
    return h ^ (h >> 29);
}

static size_t hash(const States *s, const uint32_t *levels, const double *exponents) {
    uint64_t h = 1;
    for (uint32_t i = 0; i < s->nlevels; i++) h = mix(h, levels[i]);
    for (uint32_t i = 0; i < s->nexponents; i++) {
        uint64_t bits;
        memcpy(&bits, &exponents[i], sizeof bits);
        h = mix(h, bits);
    }
    return (size_t)h;
}

static bool same(const States *s, size_t at, const uint32_t *levels, const double *exponents) {
    if (s->nlevels && memcmp(s->levels + at * s->nlevels, levels, s->nlevels * sizeof *levels) != 0)
        return false;
    return !s->nexponents || !memcmp(s->exponents + at * s->nexponents, exponents,
                                     s->nexponents * sizeof *exponents);
}

// The slot of the row, or the empty one where it belongs.
static size_t find(const States *s, const uint32_t *levels, const double *exponents) {
    size_t at = hash(s, levels, exponents) & (s->nslots - 1);
    while (s->slots[at] && !same(s, s->slots[at] - 1, levels, exponents))
        at = (at + 1) & (s->nslots - 1);
    return at;
}

static Status grow_rows(States *s) {
    if (s->count < s->room) return OK;
    size_t room = s->room ? 2 * s->room : 16;
    uint32_t *levels = mem_resize(s->levels, room * (s->nlevels ? s->nlevels : 1), sizeof *levels);
    if (!levels) return NOMEM;
    s->levels = levels;
    double *e = mem_resize(s->exponents, room * (s->nexponents ? s->nexponents : 1), sizeof *e);
    if (!e) return NOMEM;
    s->exponents = e;
    double *logs = mem_resize(s->logs, room, sizeof *logs);
    if (!logs) return NOMEM;
    s->logs = logs;
    s->room = room;
    return OK;
}

static Status grow_slots(States *s) {
    if (2 * (s->count + 1) <= s->nslots) return OK;
    size_t n = s->nslots ? 2 * s->nslots : 32;
    size_t *slots = MEM_NEW(size_t, n);
    if (!slots) return NOMEM;
    mem_free(s->slots);
    s->slots = slots;
    s->nslots = n;
    for (size_t i = 0; i < s->count; i++)
        s->slots[find(s, s->levels + i * s->nlevels, s->exponents + i * s->nexponents)] = i + 1;
    return OK;
}

static double log_sum(double a, double b) {
    double high = fmax(a, b), low = fmin(a, b);
    return low == -INFINITY ? high : high + log1p(exp(low - high));
}

Status conjugate_states_add(States *s, const uint32_t *levels, const double *exponents,
                            double log) {
    TRY(grow_rows(s));
    TRY(grow_slots(s));
    size_t at = find(s, levels, exponents);
    if (s->slots[at]) {
        double *have = &s->logs[s->slots[at] - 1];
        *have = log_sum(*have, log);
        return OK;
    }
    if (s->nlevels)
        memcpy(s->levels + s->count * s->nlevels, levels, s->nlevels * sizeof *levels);
    if (s->nexponents)
        memcpy(s->exponents + s->count * s->nexponents, exponents,
               s->nexponents * sizeof *exponents);
    s->logs[s->count] = log;
    s->slots[at] = ++s->count;
    return OK;
}
