// Tests of the engines on hostile networks against oracles in logarithms: zeros and ones, weights
// from 1e-300 to 1e300, products far beyond any number, a thousand observations, variables of 1 to 60
// levels, networks in several parts.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/rng.h"
#include "tests/unit/net_oracle.h"

static uint64_t seeds(void) {
    const char *text = getenv("RUNG_SEEDS");
    return text ? strtoull(text, NULL, 10) : 100;
}

// --- networks -------------------------------------------------------------------------------

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

static uint32_t below(Hostile *h, uint32_t n) {
    return (uint32_t)rng_below(&h->rng, n);
}

static double entry(Hostile *h, uint32_t kind) {
    double u = rng_unit(&h->rng);
    switch (kind) {
    case 0: return u;
    case 1: return below(h, 3) ? u : 0;
    case 2: return below(h, 2) ? 1e-300 : u;
    case 3: return pow(10, -300 * u);
    case 4: return pow(10, 400 * u - 200);
    default: return below(h, 2) ? 1 : 0;
    }
}

// Rows that sum to 1 within rounding; of kind 5, one level is certain.
static void fill_conditional(Hostile *h, double *table, size_t size, uint32_t card, uint32_t kind) {
    for (size_t row = 0; row < size; row += card) {
        double sum = 0;
        for (uint32_t i = 0; i < card; i++) sum += table[row + i] = kind < 4 ? entry(h, kind) : 0;
        if (sum == 0) table[row + below(h, card)] = sum = 1;
        for (uint32_t i = 0; i < card; i++) table[row + i] /= sum;
    }
}

static void fill_weights(Hostile *h, uint32_t k, uint32_t n, double *table, size_t size,
                         uint32_t kind) {
    size_t at = 0;
    for (uint32_t i = 0; i < n; i++)
        at = at * h->cards[h->scopes[k][i]] + h->truth[h->scopes[k][i]];
    for (size_t i = 0; i < size; i++) table[i] = entry(h, kind);
    if (table[at] == 0 && !h->any) table[at] = 1e-200;
}

static void add_level(Hostile *h, uint32_t v, uint32_t least, uint32_t most) {
    h->cards[v] = least + below(h, most - least + 1);
    h->truth[v] = below(h, h->cards[v]);
}

static void add_factor(Hostile *h, uint32_t n, bool conditional) {
    uint32_t k = h->net.nfactors++, kind = below(h, 6), last = n ? h->scopes[k][n - 1] : NET_NONE;
    size_t size = 1;
    for (uint32_t i = 0; i < n; i++) size *= h->cards[h->scopes[k][i]];
    double *table = h->tables[k] = malloc(size * sizeof *table);
    if (conditional) fill_conditional(h, table, size, h->cards[last], kind);
    else
        fill_weights(h, k, n, table, size, kind);
    h->factors[k] = net_factor(n, h->scopes[k], table, conditional ? last : NET_NONE);
}

static void begin(Hostile *h, uint64_t seed, uint64_t stream, uint32_t n) {
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

static void hostile_free(Hostile *h) {
    for (uint32_t k = 0; k < h->net.nfactors; k++) free(h->tables[k]);
    free(h->cards);
    free(h->evidence);
    free(h->truth);
    free(h->scopes);
    free(h->factors);
    free(h->tables);
}

// Observes one in 16 variables, or more: at the levels given, now and then at another.
static void observe(Hostile *h, uint32_t often, const uint32_t *levels) {
    uint32_t stray = below(h, 4) ? 0 : 1;
    for (uint32_t v = 0; v < h->net.nvars; v++) {
        h->evidence[v] = below(h, 16) < often ? levels[v] : NET_NONE;
        if (h->evidence[v] != NET_NONE && below(h, 16) < stray)
            h->evidence[v] = below(h, h->cards[v]);
    }
}

// Each variable hangs on an earlier one, near or far, or begins a part of its own. Markov networks
// have weights of single variables, too, and constants.
static void forest(Hostile *h, uint64_t seed, uint32_t n, uint32_t most_levels) {
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
static void band(Hostile *h, uint64_t seed, uint32_t n, uint32_t width, uint32_t least,
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

#define MANY 1e5 // cells from which on tiny entries may be lost (net.h)

static double log_of(double value, double log_scale) {
    return value > 0 ? log(value) + log_scale : -(double)INFINITY;
}

static void check_log(uint64_t seed, const char *what, double got, Log want) {
    if (got == (double)want) return;
    if (fabs(got - (double)want) > 1e-10 + 1e-14 * fabs((double)want))
        fail_msg("seed %llu: %s: ln %.17g, expected %.17g", (unsigned long long)seed, what, got,
                 (double)want);
}

static void check_p(uint64_t seed, const char *what, uint32_t v, size_t level, double got,
                    double want, double lost) {
    bool tiny = want < lost && got < 10 * lost;
    if (!tiny && !(fabs(got - want) <= 1e-10 * want))
        fail_msg("seed %llu: %s, variable %u level %zu: %.17g, expected %.17g",
                 (unsigned long long)seed, what, v, level, got, want);
}

static void check_marginals(uint64_t seed, const Hostile *h, const Oracle *o) {
    NetCost cost;
    assert_int_equal(net_cost(&h->net, h->evidence, NULL, 0, &cost), OK);
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
            check_p(seed, "marginals", v, k, out[v][k], want, cost.cells < MANY / 4 ? 1e-290 : 1e-49);
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
        for (uint32_t k = 0; k < g->nvars; k++) at = at * h->cards[g->vars[k]] + levels[g->vars[k]];
        sum += logl((Log)g->values[at]);
    }
    for (uint32_t v = 0; v < h->net.nvars; v++)
        if (h->evidence[v] != NET_NONE && levels[v] != h->evidence[v]) sum = LOG_ZERO;
    return sum;
}

static void check_best(uint64_t seed, const Hostile *h, Log want) {
    uint32_t n = h->net.nvars, *all = malloc(n * sizeof *all), *levels = malloc(n * sizeof *levels);
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
        if (seed % 20) band(&h, seed, 1 + (uint32_t)(seed * 5 % 20), 2 + seed % 2, 1, 4);
        else band(&h, seed, 5, 2, 1, 24);
        check_band(seed, &h);
        hostile_free(&h);
    }
}

// Tables of up to some hundred thousand cells, few of them observed: where engines leave out zeros,
// unite tables and share the work.
static void large_tables_agree(void **state) {
    (void)state;
    Hostile h;
    for (uint64_t seed = 1; seed <= 1 + seeds() / 200; seed++) {
        if (seed % 2) band(&h, seed, 6, 3, 16, 24);
        else band(&h, seed, 16, 11, 2, 3);
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
        cmocka_unit_test(forests_agree),
        cmocka_unit_test(bands_agree),
        cmocka_unit_test(large_tables_agree),
        cmocka_unit_test(enumeration_agrees),
        cmocka_unit_test(a_thousand_observations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
