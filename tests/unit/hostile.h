// Hostile networks for tests of the engines and of the planner: zeros and ones, weights from
// 1e-300 to 1e200, improbable evidence, variables of many levels; and comparisons with what an
// oracle says.
#ifndef RUNG_TESTS_HOSTILE_H
#define RUNG_TESTS_HOSTILE_H

#include <stdio.h>
#include <stdlib.h>

#include "runtime/base/rng.h"
#include "tests/unit/net_oracle.h"

static inline uint64_t seeds(void) {
    const char *text = getenv("RUNG_SEEDS");
    return text ? strtoull(text, NULL, 10) : 100;
}

typedef struct Hostile {
    Net net;
    uint32_t *cards, *evidence, (*scopes)[6];
    NetFactor *factors;
    double **tables;
    uint32_t *truth; // an assignment that no factor rules out, unless `any`
    bool any;
    uint32_t width; // of a band
    Rng rng;
} Hostile;

static inline uint32_t below(Hostile *h, uint32_t n) {
    return (uint32_t)rng_below(&h->rng, n);
}

static inline double entry(Hostile *h, uint32_t kind) {
    double u = rng_unit(&h->rng);
    switch (kind) {
    case 0:
        return u;
    case 1:
        return below(h, 3) ? u : 0;
    case 2:
        return below(h, 2) ? 1e-300 : u;
    case 3:
        return pow(10, -300 * u);
    case 4:
        return pow(10, 400 * u - 200);
    default:
        return below(h, 2) ? 1 : 0;
    }
}

// Rows that sum to 1 within rounding; of kind 5, one level is certain.
static inline void fill_conditional(Hostile *h, double *table, size_t size, uint32_t card,
                                    uint32_t kind) {
    for (size_t row = 0; row < size; row += card) {
        double sum = 0;
        for (uint32_t i = 0; i < card; i++)
            sum += table[row + i] = kind < 4 ? entry(h, kind) : 0;
        if (sum == 0) table[row + below(h, card)] = sum = 1;
        for (uint32_t i = 0; i < card; i++) table[row + i] /= sum;
    }
}

static inline void fill_weights(Hostile *h, uint32_t k, uint32_t n, double *table, size_t size,
                                uint32_t kind) {
    size_t at = 0;
    for (uint32_t i = 0; i < n; i++)
        at = at * h->cards[h->scopes[k][i]] + h->truth[h->scopes[k][i]];
    for (size_t i = 0; i < size; i++) table[i] = entry(h, kind);
    if (table[at] == 0 && !h->any) table[at] = 1e-200;
}

static inline void add_level(Hostile *h, uint32_t v, uint32_t least, uint32_t most) {
    h->cards[v] = least + below(h, most - least + 1);
    h->truth[v] = below(h, h->cards[v]);
}

static inline void add_factor(Hostile *h, uint32_t n, bool conditional) {
    uint32_t k = h->net.nfactors++, kind = below(h, 6),
             last = n ? h->scopes[k][n - 1] : NET_NONE;
    size_t size = 1;
    for (uint32_t i = 0; i < n; i++) size *= h->cards[h->scopes[k][i]];
    double *table = h->tables[k] = malloc(size * sizeof *table);
    if (conditional)
        fill_conditional(h, table, size, h->cards[last], kind);
    else
        fill_weights(h, k, n, table, size, kind);
    h->factors[k] = net_factor(n, h->scopes[k], table, conditional ? last : NET_NONE);
}

static inline void begin(Hostile *h, uint64_t seed, uint64_t stream, uint32_t n) {
    *h = (Hostile){0};
    rng_seed(&h->rng, seed, stream);
    h->cards = calloc(n, sizeof *h->cards);
    h->evidence = calloc(n, sizeof *h->evidence);
    h->truth = calloc(n, sizeof *h->truth);
    h->any = below(h, 8) == 0;
    h->scopes = calloc(3 * n + 1, sizeof *h->scopes);
    h->factors = calloc(3 * n + 1, sizeof *h->factors);
    h->tables = calloc(3 * n + 1, sizeof *h->tables);
    h->net = (Net){.nvars = n, .cards = h->cards, .factors = h->factors};
}

static inline void hostile_free(Hostile *h) {
    for (uint32_t k = 0; k < h->net.nfactors; k++) free(h->tables[k]);
    free(h->cards);
    free(h->evidence);
    free(h->truth);
    free(h->scopes);
    free(h->factors);
    free(h->tables);
}

// Observes one in 16 variables, or more: at the levels given, now and then at another.
static inline void observe(Hostile *h, uint32_t often, const uint32_t *levels) {
    uint32_t stray = below(h, 4) ? 0 : 1;
    for (uint32_t v = 0; v < h->net.nvars; v++) {
        h->evidence[v] = below(h, 16) < often ? levels[v] : NET_NONE;
        if (h->evidence[v] != NET_NONE && below(h, 16) < stray)
            h->evidence[v] = below(h, h->cards[v]);
    }
}

// Each variable hangs on an earlier one, near or far, or begins a part of its own. Markov
// networks have weights of single variables, too, and constants.
static inline void forest(Hostile *h, uint64_t seed, uint32_t n, uint32_t most_levels) {
    begin(h, seed, 31, n);
    bool markov = below(h, 2), near = below(h, 2);
    for (uint32_t v = 0; v < n; v++) {
        add_level(h, v, 1, below(h, 8) && most_levels > 5 ? 5 : most_levels);
        bool root = v == 0 || below(h, 12) == 0;
        uint32_t *scope = h->scopes[h->net.nfactors], up = 0;
        if (!root) up = near ? v - 1 - below(h, v < 3 ? v : 3) : below(h, v);
        bool turned = markov && below(h, 2);
        if (!root) scope[turned ? 1 : 0] = up;
        scope[root ? 0 : turned ? 0 : 1] = v;
        add_factor(h, root ? 1 : 2, !markov);
        if (!markov || below(h, 3)) continue;
        uint32_t some = below(h, 2);
        h->scopes[h->net.nfactors][0] = v;
        add_factor(h, some, false);
    }
    Oracle o;
    oracle_forest(&h->net, NULL, false, &h->rng, &o);
    observe(h, below(h, 16), o.some);
    oracle_free(&o);
}

// Factors within windows of `width` + 1 variables, of up to 5 of them; loops abound.
static inline void band(Hostile *h, uint64_t seed, uint32_t n, uint32_t width, uint32_t least,
                        uint32_t most) {
    begin(h, seed, 32, n);
    bool markov = below(h, 2);
    h->width = width;
    for (uint32_t v = 0; v < n; v++) {
        add_level(h, v, least, most);
        for (uint32_t again = markov ? 1 + below(h, 2) : 1; again > 0; again--) {
            uint32_t *scope = h->scopes[h->net.nfactors], count = 0;
            for (uint32_t back = width; back > 0 && count < 4; back--)
                if (back <= v && below(h, width) < 3) scope[count++] = v - back;
            scope[count++] = v;
            add_factor(h, count, !markov);
        }
    }
    Oracle o;
    oracle_band(&h->net, NULL, h->width, false, &h->rng, &o);
    observe(h, below(h, 16), o.some);
    oracle_free(&o);
}

// --- comparing ------------------------------------------------------------------------------

static inline double log_of(double value, double log_scale) {
    return value > 0 ? log(value) + log_scale : -(double)INFINITY;
}

static inline void check_log(uint64_t seed, const char *what, double got, Log want) {
    if (got == (double)want) return;
    if (fabs(got - (double)want) > 1e-10 + 1e-14 * fabs((double)want))
        fail_msg("seed %llu: %s: ln %.17g, expected %.17g", (unsigned long long)seed, what, got,
                 (double)want);
}

static inline void check_p(uint64_t seed, const char *what, uint32_t v, size_t level,
                           double got, double want, double lost) {
    bool tiny = want < lost && got < 10 * lost;
    if (!tiny && !(fabs(got - want) <= 1e-10 * want))
        fail_msg("seed %llu: %s, variable %u level %zu: %.17g, expected %.17g",
                 (unsigned long long)seed, what, v, level, got, want);
}

#endif
