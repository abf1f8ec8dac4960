// Comparisons of what the engines make of random networks, with enumeration as the oracle.
#ifndef RUNG_TESTS_NET_CHECK_H
#define RUNG_TESTS_NET_CHECK_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/net_random.h"

static inline uint64_t seeds(void) {
    const char *text = getenv("RUNG_SEEDS");
    return text ? strtoull(text, NULL, 10) : 300;
}

static inline double log_value(double value, double log_scale) {
    return value > 0 ? log(value) + log_scale : -(double)INFINITY;
}

static inline bool log_close(double a, double b) {
    if (a == b) return true;
    return fabs(a - b) <= 1e-12 + 4e-15 * fabs(b);
}

static inline double greatest(const NetTable *t) {
    double most = -(double)INFINITY;
    for (size_t i = 0; i < t->size; i++)
        most = fmax(most, log_value(t->values[i], t->log_scale));
    return most;
}

// Entries 1e-290 below the greatest may be lost: one table has one scale.
static inline void check_tables(uint64_t seed, const NetTable *got, const NetTable *want) {
    assert_int_equal(got->size, want->size);
    double most = greatest(want);
    for (size_t i = 0; i < want->size; i++) {
        double a = log_value(got->values[i], got->log_scale);
        double b = log_value(want->values[i], want->log_scale);
        bool lost = fmax(a, b) < most - 290 * log(10);
        if (!lost && !log_close(a, b))
            fail_msg("seed %llu cell %zu: ln %.17g, expected %.17g", (unsigned long long)seed,
                     i, a, b);
    }
}

static inline NetTable joint(const Engine *engine, const RandomNet *r, const uint32_t *query,
                             uint32_t nquery) {
    NetTable t;
    Faults faults = {0};
    Status status = engine->joint(&r->net, r->evidence, query, nquery, NULL, NULL, &t, &faults);
    assert_int_equal(status, OK);
    assert_int_equal(faults.count, 0);
    return t;
}

// Room for the marginals of a small network, every cell -1.
typedef struct Rows {
    double cells[MOST][4];
    double *out[MOST];
} Rows;

static inline void rows_clear(Rows *rows) {
    for (size_t v = 0; v < MOST; v++) {
        for (size_t i = 0; i < 4; i++) rows->cells[v][i] = -1;
        rows->out[v] = rows->cells[v];
    }
}

static inline void check_marginal(uint64_t seed, const RandomNet *r, uint32_t v,
                                  const double *got) {
    NetTable want = joint(&engine_enumerate, r, &v, 1);
    double sum = 0;
    for (size_t i = 0; i < want.size; i++) sum += want.values[i];
    for (size_t i = 0; i < want.size; i++) {
        double expected = want.values[i] / sum;
        if (fabs(got[i] - expected) > 1e-12 * expected && expected > 1e-290)
            fail_msg("seed %llu variable %u level %zu: %.17g, expected %.17g",
                     (unsigned long long)seed, v, i, got[i], expected);
    }
    net_table_free(&want);
}

#endif
