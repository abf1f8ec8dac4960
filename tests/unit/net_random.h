// Random networks of a few variables, for tests of the engines: conditional tables, other
// factors, or both; with zeros, extreme numbers, variables of one level, evidence and a query.
#ifndef RUNG_TESTS_NET_RANDOM_H
#define RUNG_TESTS_NET_RANDOM_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/rng.h"
#include "runtime/infer/net.h"

enum { MOST = 9 };

typedef struct RandomNet {
    Net net;
    uint32_t cards[MOST];
    NetFactor factors[2 * MOST];
    uint32_t scopes[2 * MOST][4];
    double *tables[2 * MOST];
    uint32_t evidence[MOST];
    uint32_t query[MOST], nquery;
    Rng rng;
} RandomNet;

static inline uint32_t below(RandomNet *r, uint32_t n) {
    return (uint32_t)rng_below(&r->rng, n);
}

static inline double random_entry(RandomNet *r, uint32_t kind) {
    switch (kind) {
    case 0:
        return rng_unit(&r->rng);
    case 1:
        return below(r, 3) ? rng_unit(&r->rng) : 0;
    case 2:
        return below(r, 2) ? 1e-300 * rng_unit(&r->rng) : rng_unit(&r->rng);
    default:
        return pow(10, -300 * rng_unit(&r->rng));
    }
}

// Fills a conditional table row by row; kind 4 is deterministic.
static inline void fill_rows(RandomNet *r, double *table, size_t size, uint32_t card, uint32_t kind) {
    for (size_t row = 0; row < size; row += card) {
        double sum = 0;
        for (uint32_t i = 0; i < card; i++) {
            table[row + i] = kind == 4 ? 0 : random_entry(r, kind);
            sum += table[row + i];
        }
        if (sum == 0) table[row + below(r, card)] = sum = 1;
        for (uint32_t i = 0; i < card; i++) table[row + i] /= sum;
    }
}

// Adds a factor over `n` variables of scopes[k]; the child, if any, is anywhere in the scope
// but rows are normalised over it by making it last and then moving it by a transposition of
// equals: simply, it stays last.
static inline void add_factor(RandomNet *r, uint32_t n, bool conditional) {
    uint32_t k = r->net.nfactors++, kind = below(r, 6);
    size_t size = 1;
    for (uint32_t i = 0; i < n; i++) size *= r->cards[r->scopes[k][i]];
    double *table = malloc(size * sizeof *table);
    uint32_t last = n ? r->scopes[k][n - 1] : NET_NONE;
    if (conditional)
        fill_rows(r, table, size, r->cards[last], kind);
    else
        for (size_t i = 0; i < size; i++)
            table[i] = random_entry(r, kind) * (kind == 5 ? 1e300 : 3);
    r->tables[k] = table;
    r->factors[k] = net_factor(n, r->scopes[k], table, conditional ? last : NET_NONE);
}

// Up to `n` distinct variables below `limit` into `to`.
static inline uint32_t choose(RandomNet *r, uint32_t n, uint32_t limit, uint32_t *to) {
    uint32_t count = 0;
    for (uint32_t tries = 0; tries < 2 * n && count < n && limit; tries++) {
        uint32_t v = below(r, limit), i = 0;
        while (i < count && to[i] != v) i++;
        if (i == count) to[count++] = v;
    }
    return count;
}

static inline void random_net(RandomNet *r, uint64_t seed) {
    memset(r, 0, sizeof *r);
    rng_seed(&r->rng, seed, 77);
    uint32_t n = 1 + below(r, MOST - 1), shape = below(r, 4);
    r->net = (Net){.nvars = n, .cards = r->cards, .factors = r->factors};
    for (uint32_t v = 0; v < n; v++) r->cards[v] = 1 + below(r, 4);
    for (uint32_t v = 0; v < n; v++) {
        uint32_t *scope = r->scopes[r->net.nfactors];
        bool conditional = shape < 3;
        uint32_t count = choose(r, below(r, 4), conditional ? v : n, scope);
        if (conditional) scope[count++] = v;
        add_factor(r, count, conditional);
    }
    for (uint32_t i = 0, extra = shape == 2 ? below(r, 3) : 0; i < extra; i++) {
        uint32_t count = choose(r, below(r, 3), n, r->scopes[r->net.nfactors]);
        add_factor(r, count, false);
    }
    uint32_t observed = below(r, 3);
    for (uint32_t v = 0; v < n; v++)
        r->evidence[v] = below(r, 4) < observed ? below(r, r->cards[v]) : NET_NONE;
    r->nquery = choose(r, below(r, 4), n, r->query);
}

static inline void net_free(RandomNet *r) {
    for (uint32_t k = 0; k < r->net.nfactors; k++) free(r->tables[k]);
}

#endif
