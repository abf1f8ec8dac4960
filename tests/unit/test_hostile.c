// Tests of the engines on hostile networks against oracles in logarithms: zeros and ones,
// weights from 1e-300 to 1e300, products far beyond any number, a thousand observations,
// variables of 1 to 60 levels, networks in several parts.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/hostile.h"

// The smallest entries that must be there: in large trees those below 1e-50 may be lost
// (net.h). A tree is at most of the windows of a band, or of the edges of a forest.
static double least(const Hostile *h) {
    double cells = 0;
    for (uint32_t v = 0; v < h->net.nvars; v++) {
        double window = 1;
        for (uint32_t back = 0; back <= h->width && back <= v; back++)
            window *= h->cards[v - back];
        cells += window;
    }
    for (uint32_t i = 0; i < h->net.nfactors; i++)
        if (h->factors[i].nvars == 2)
            cells += h->cards[h->scopes[i][0]] * h->cards[h->scopes[i][1]];
    return cells < 1e5 ? 1e-290 : 1e-49;
}

static void check_marginals(uint64_t seed, const Hostile *h, const Oracle *o) {
    double *cells = malloc((o->cells + 1) * sizeof *cells), log_z;
    double **out = malloc((o->n + 1) * sizeof *out);
    for (size_t i = 0; i < o->cells; i++) cells[i] = -1;
    for (uint32_t v = 0; v < o->n; v++) out[v] = cells + o->first[v];
    Faults faults = {0};
    Status status = net_marginals(&h->net, h->evidence, NULL, NULL, out, &log_z, &faults);
    if (status != OK) fail_msg("seed %llu: status %d", (unsigned long long)seed, (int)status);
    check_log(seed, "weight of the tree", log_z, o->total);
    for (uint32_t v = 0; o->total > LOG_ZERO && v < o->n; v++)
        for (size_t k = 0; k < h->cards[v]; k++) {
            double want = (double)expl(o->law[o->first[v] + k] - o->total);
            check_p(seed, "marginals", v, k, out[v][k], want, least(h));
        }
    free(cells);
    free(out);
}

static void check_joint(uint64_t seed, const Engine *engine, const Hostile *h, const Oracle *o,
                        uint32_t v) {
    NetTable t;
    Faults faults = {0};
    Status status = engine->joint(&h->net, h->evidence, &v, 1, NULL, NULL, &t, &faults);
    if (status != OK) fail_msg("seed %llu: status %d", (unsigned long long)seed, (int)status);
    Log most = LOG_ZERO;
    for (size_t k = 0; k < t.size; k++) most = fmaxl(most, o->law[o->first[v] + k]);
    for (size_t k = 0; k < t.size; k++) {
        Log want = o->law[o->first[v] + k];
        if (want < most - 130 && t.values[k] <= 1e-50) continue; // below 1e-56 of the greatest
        check_log(seed, engine->name, log_of(t.values[k], t.log_scale), want);
    }
    net_table_free(&t);
}

// ln of the weight of one assignment.
static Log weight_of(const Hostile *h, const uint32_t *levels) {
    Log sum = 0;
    for (uint32_t i = 0; i < h->net.nfactors; i++) {
        const NetFactor *g = &h->factors[i];
        size_t at = 0;
        for (uint32_t k = 0; k < g->nvars; k++)
            at = at * h->cards[g->vars[k]] + levels[g->vars[k]];
        sum += logl((Log)g->values[at]);
    }
    for (uint32_t v = 0; v < h->net.nvars; v++)
        if (h->evidence[v] != NET_NONE && levels[v] != h->evidence[v]) sum = LOG_ZERO;
    return sum;
}

static void check_best(uint64_t seed, const Hostile *h, Log want) {
    uint32_t n = h->net.nvars, *all = malloc(n * sizeof *all),
             *levels = malloc(n * sizeof *levels);
    for (uint32_t v = 0; v < n; v++) all[v] = v;
    double value;
    Status status = net_argmax(&h->net, h->evidence, all, n, NULL, NULL, levels, &value, NULL);
    if (status != OK) fail_msg("seed %llu: status %d", (unsigned long long)seed, (int)status);
    check_log(seed, "the greatest weight", value, want);
    check_log(seed, "the weight at its levels", (double)weight_of(h, levels), want);
    free(all);
    free(levels);
}

static void check_all(uint64_t seed, Hostile *h, const Oracle *sum, const Oracle *max) {
    check_marginals(seed, h, sum);
    for (int i = 0; i < 2; i++)
        check_joint(seed, &engine_eliminate, h, sum, below(h, h->net.nvars));
    check_best(seed, h, max->total);
}

static void check_forest(uint64_t seed, Hostile *h) {
    Oracle sum, max;
    oracle_forest(&h->net, h->evidence, false, NULL, &sum);
    oracle_forest(&h->net, h->evidence, true, NULL, &max);
    check_all(seed, h, &sum, &max);
    oracle_free(&sum);
    oracle_free(&max);
}

// --- tests ----------------------------------------------------------------------------------

static void forests_agree(void **state) {
    (void)state;
    Hostile h;
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        forest(&h, seed, 1 + (uint32_t)(seed * 7 % 40), seed % 5 ? 5 : 60);
        check_forest(seed, &h);
        hostile_free(&h);
    }
}

static void check_band(uint64_t seed, Hostile *h) {
    Oracle sum, max;
    oracle_band(&h->net, h->evidence, h->width, false, NULL, &sum);
    oracle_band(&h->net, h->evidence, h->width, true, NULL, &max);
    check_all(seed, h, &sum, &max);
    oracle_free(&sum);
    oracle_free(&max);
}

static void bands_agree(void **state) {
    (void)state;
    Hostile h;
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        if (seed % 20)
            band(&h, seed, 1 + (uint32_t)(seed * 5 % 20), 2 + seed % 2, 1, 4);
        else
            band(&h, seed, 5, 2, 1, 24);
        check_band(seed, &h);
        hostile_free(&h);
    }
}

// Tables of up to some hundred thousand cells, few of them observed: where engines leave out
// zeros, unite tables and share the work.
static void large_tables_agree(void **state) {
    (void)state;
    Hostile h;
    for (uint64_t seed = 1; seed <= 1 + seeds() / 200; seed++) {
        if (seed % 2)
            band(&h, seed, 6, 3, 16, 24);
        else
            band(&h, seed, 16, 11, 2, 3);
        for (uint32_t v = 0; v < h.net.nvars; v++)
            if (v % 5) h.evidence[v] = NET_NONE;
        check_band(seed, &h);
        hostile_free(&h);
    }
}

// Enumeration, too, where there is little to enumerate.
static void enumeration_agrees(void **state) {
    (void)state;
    Hostile h;
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        Oracle o;
        forest(&h, seed, 1 + (uint32_t)(seed % 5), 5);
        oracle_forest(&h.net, h.evidence, false, NULL, &o);
        check_joint(seed, &engine_enumerate, &h, &o, below(&h, h.net.nvars));
        oracle_free(&o);
        hostile_free(&h);
    }
}

// A thousand variables with a child each, a thousand observations: chains, trees and forests.
static void a_thousand_observations(void **state) {
    (void)state;
    Hostile h;
    for (uint64_t seed = 1; seed <= 1 + seeds() / 300; seed++) {
        Oracle o;
        forest(&h, seed, 2000, seed % 3 ? 4 : 12);
        oracle_forest(&h.net, NULL, false, &h.rng, &o);
        for (uint32_t v = 0; v < 2000; v++) h.evidence[v] = v % 2 ? o.some[v] : NET_NONE;
        check_forest(seed, &h);
        oracle_free(&o);
        hostile_free(&h);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forests_agree),           cmocka_unit_test(bands_agree),
        cmocka_unit_test(large_tables_agree),      cmocka_unit_test(enumeration_agrees),
        cmocka_unit_test(a_thousand_observations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
