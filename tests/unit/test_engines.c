// Tests of runtime/infer: every engine against enumeration on random networks.
#include <string.h>

#include "runtime/base/mem.h"
#include "tests/unit/net_check.h"

// --- tests ---

static void elimination_agrees_with_enumeration(void **state) {
    (void)state;
    RandomNet r;
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        random_net(&r, seed);
        NetTable want = joint(&engine_enumerate, &r, r.query, r.nquery);
        NetTable got = joint(&engine_eliminate, &r, r.query, r.nquery);
        check_tables(seed, &got, &want);
        net_table_free(&want);
        net_table_free(&got);
        net_free(&r);
    }
}

// Maximising a table of the oracle's is the oracle.
static void the_maximum_is_that_of_the_joint(void **state) {
    (void)state;
    RandomNet r;
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        random_net(&r, seed);
        uint32_t max[MOST], levels[MOST], nmax = r.nquery;
        memcpy(max, r.query, sizeof max);
        if (seed % 2)
            for (nmax = 0; nmax < r.net.nvars; nmax++) max[nmax] = nmax;
        NetTable want = joint(&engine_enumerate, &r, max, nmax);
        double value, best = greatest(&want);
        Status status =
            net_argmax(&r.net, r.evidence, max, nmax, NULL, NULL, levels, &value, NULL);
        assert_int_equal(status, OK);
        size_t cell = 0;
        for (uint32_t i = 0; i < nmax; i++) cell = cell * r.cards[max[i]] + levels[i];
        double chosen = log_value(want.values[cell], want.log_scale);
        if (!log_close(value, best) || !log_close(chosen, best))
            fail_msg("seed %llu: ln %.17g, at its levels %.17g, expected %.17g",
                     (unsigned long long)seed, value, chosen, best);
        net_table_free(&want);
        net_free(&r);
    }
}

static void marginals_agree_with_enumeration(void **state) {
    (void)state;
    RandomNet r;
    Rows rows;
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        random_net(&r, seed);
        NetTable all = joint(&engine_enumerate, &r, NULL, 0);
        double log_z, want = log_value(all.values[0], all.log_scale);
        rows_clear(&rows);
        uint32_t skipped = (uint32_t)(seed % MOST);
        rows.out[skipped] = NULL;
        Status status = net_marginals(&r.net, r.evidence, NULL, NULL, rows.out, &log_z, NULL);
        assert_int_equal(status, OK);
        if (!log_close(log_z, want))
            fail_msg("seed %llu: ln Z %.17g, expected %.17g", (unsigned long long)seed, log_z,
                     want);
        for (uint32_t v = 0; v < r.net.nvars; v++) {
            bool untouched = log_z == -(double)INFINITY || v == skipped;
            if (untouched)
                assert_true(rows.cells[v][0] == -1);
            else
                check_marginal(seed, &r, v, rows.cells[v]);
        }
        net_table_free(&all);
        net_free(&r);
    }
}

// Rain, sprinkler, wet grass: figures by hand.
static const uint32_t GRASS_CARDS[] = {2, 2, 2};
static const uint32_t RAIN[] = {0}, SPRINKLER[] = {0, 1}, WET[] = {1, 0, 2};
static const double P_RAIN[] = {0.8, 0.2}, P_SPRINKLER[] = {0.6, 0.4, 0.99, 0.01};
static const double P_WET[] = {1, 0, 0.2, 0.8, 0.1, 0.9, 0.01, 0.99};
static const NetFactor GRASS_FACTORS[] = {
    {.nvars = 1, .vars = RAIN, .values = P_RAIN, .child = 0},
    {.nvars = 2, .vars = SPRINKLER, .values = P_SPRINKLER, .child = 1},
    {.nvars = 3, .vars = WET, .values = P_WET, .child = 2},
};
static const char *const GRASS_NAMES[] = {"Rain", "Sprinkler", "Wet"};
static const Net GRASS = {.nvars = 3,
                          .cards = GRASS_CARDS,
                          .nfactors = 3,
                          .factors = GRASS_FACTORS,
                          .names = GRASS_NAMES};

// P(wet) = .8*.4*.9 + .2*.99*.8 + .2*.01*.99; the last two have rain.
static const double WET_RAIN = 0.2 * 0.99 * 0.8 + 0.2 * 0.01 * 0.99;
static const double WET_DRY = 0.8 * 0.4 * 0.9;

static void known_figures_come_out(void **state) {
    (void)state;
    uint32_t evidence[] = {NET_NONE, NET_NONE, 1}, query[] = {0};
    for (const Engine *const *e = engine_list; *e; e++) {
        NetTable t;
        assert_int_equal((*e)->joint(&GRASS, evidence, query, 1, NULL, NULL, &t, NULL), OK);
        double scale = exp(t.log_scale);
        assert_true(fabs(t.values[0] * scale - WET_DRY) < 1e-15);
        assert_true(fabs(t.values[1] * scale - WET_RAIN) < 1e-15);
        net_table_free(&t);
    }
}

static void evidence_of_zero_weight_gives_zero(void **state) {
    (void)state;
    uint32_t evidence[] = {0, 0, 1};
    for (const Engine *const *e = engine_list; *e; e++) {
        NetTable t;
        assert_int_equal((*e)->joint(&GRASS, evidence, NULL, 0, NULL, NULL, &t, NULL), OK);
        assert_int_equal(t.size, 1);
        assert_true(t.values[0] == 0);
        net_table_free(&t);
    }
}

// A chain of hidden variables with an observed child each; every level 1 is 1e-3 as likely.
// The weight of all children at level 1 underflows any double many times over.
typedef struct Chain {
    uint32_t n;
    uint32_t *cards, *scopes, *evidence;
    NetFactor *factors;
    Net net;
} Chain;

static Chain chain_new(uint32_t n, const double *first, const double *step,
                       const double *seen) {
    Chain c = {.n = n};
    c.cards = malloc(2 * n * sizeof *c.cards);
    c.evidence = malloc(2 * n * sizeof *c.evidence);
    c.scopes = malloc(4 * n * sizeof *c.scopes);
    c.factors = malloc(2 * n * sizeof *c.factors);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t *hidden = c.scopes + 4 * i, *observed = hidden + 2;
        c.cards[i] = c.cards[n + i] = 2;
        c.evidence[i] = NET_NONE;
        c.evidence[n + i] = 1;
        hidden[0] = i ? i - 1 : 0;
        hidden[1] = observed[0] = i;
        observed[1] = n + i;
        c.factors[i] = i ? net_factor(2, hidden, step, i) : net_factor(1, hidden, first, i);
        c.factors[n + i] = net_factor(2, observed, seen, n + i);
    }
    c.net = (Net){.nvars = 2 * n, .cards = c.cards, .nfactors = 2 * n, .factors = c.factors};
    return c;
}

static void chain_free(Chain *c) {
    free(c->cards);
    free(c->evidence);
    free(c->scopes);
    free(c->factors);
}

// When nothing moves, the weight is 0.5 * a^n + 0.5 * b^n.
static void a_thousand_observations_do_not_underflow(void **state) {
    (void)state;
    static const double first[] = {0.5, 0.5}, step[] = {1, 0, 0, 1};
    static const double seen[] = {1 - 1e-3, 1e-3, 1 - 2e-3, 2e-3};
    Chain c = chain_new(1000, first, step, seen);
    NetTable t;
    assert_int_equal(engine_eliminate.joint(&c.net, c.evidence, NULL, 0, NULL, NULL, &t, NULL),
                     OK);
    double want = 1000 * log(2e-3) + log(0.5);
    assert_true(fabs(log_value(t.values[0], t.log_scale) - want) < 1e-9);
    net_table_free(&t);
    chain_free(&c);
}

// Level 0 explains every observation a thousand times worse than level 1, until the last
// observation rules level 1 out.
static void the_last_observation_may_overturn_all(void **state) {
    (void)state;
    static const double first[] = {0.5, 0.5}, step[] = {1, 0, 0, 1};
    static const double seen[] = {0.999, 1e-3, 0, 1}, fatal[] = {0, 1, 1, 0};
    Chain c = chain_new(1000, first, step, seen);
    c.factors[1500].values = fatal;
    uint32_t query[] = {3};
    NetTable t;
    assert_int_equal(engine_eliminate.joint(&c.net, c.evidence, query, 1, NULL, NULL, &t, NULL),
                     OK);
    double want = 999 * log(1e-3) + log(0.5);
    assert_true(fabs(log_value(t.values[0], t.log_scale) - want) < 1e-9);
    assert_true(t.values[1] == 0);
    net_table_free(&t);
    double cells[2] = {-1, -1}, log_z, **out = calloc(2000, sizeof *out);
    out[900] = cells;
    Status status = net_marginals(&c.net, c.evidence, NULL, NULL, out, &log_z, NULL);
    assert_int_equal(status, OK);
    assert_true(fabs(log_z - want) < 1e-9);
    assert_true(cells[0] == 1 && cells[1] == 0);
    free(out);
    uint32_t level;
    assert_int_equal(net_argmax(&c.net, c.evidence, query, 1, NULL, NULL, &level, &log_z, NULL),
                     OK);
    assert_true(fabs(log_z - want) < 1e-9);
    assert_int_equal(level, 0);
    chain_free(&c);
}

// Networks too large to enumerate: the tree against elimination, variable by variable.
enum { LARGE = 40 };

typedef struct Large {
    Net net;
    uint32_t cards[LARGE], evidence[LARGE], scopes[LARGE][4];
    NetFactor factors[LARGE];
    double tables[LARGE][256];
} Large;

static void large_net(Large *l, uint64_t seed) {
    RandomNet r = {0};
    rng_seed(&r.rng, seed, 5);
    l->net = (Net){.nvars = LARGE, .cards = l->cards, .nfactors = LARGE, .factors = l->factors};
    for (uint32_t v = 0; v < LARGE; v++) {
        l->cards[v] = 1 + below(&r, 4);
        l->evidence[v] = below(&r, 8) ? NET_NONE : below(&r, l->cards[v]);
        uint32_t near = v < 12 ? v : 12, n = choose(&r, below(&r, 4), near, l->scopes[v]);
        for (uint32_t i = 0; i < n; i++) l->scopes[v][i] = v - 1 - l->scopes[v][i];
        l->scopes[v][n++] = v;
        size_t size = 1;
        for (uint32_t i = 0; i < n; i++) size *= l->cards[l->scopes[v][i]];
        fill_rows(&r, l->tables[v], size, l->cards[v], below(&r, 2));
        l->factors[v] = net_factor(n, l->scopes[v], l->tables[v], v);
    }
}

static void check_large(uint64_t seed, const Large *l, uint32_t v, const double *got,
                        double log_z) {
    NetTable t;
    assert_int_equal(engine_eliminate.joint(&l->net, l->evidence, &v, 1, NULL, NULL, &t, NULL),
                     OK);
    double sum = 0;
    for (size_t i = 0; i < t.size; i++) sum += t.values[i];
    if (!log_close(log_z, log_value(sum, t.log_scale)))
        fail_msg("seed %llu: ln Z %.17g", (unsigned long long)seed, log_z);
    for (size_t i = 0; i < t.size; i++)
        if (sum > 0 && fabs(got[i] - t.values[i] / sum) > 1e-12)
            fail_msg("seed %llu variable %u level %zu: %.17g, expected %.17g",
                     (unsigned long long)seed, v, i, got[i], t.values[i] / sum);
    net_table_free(&t);
}

static void the_tree_agrees_with_elimination(void **state) {
    (void)state;
    Large *l = malloc(sizeof *l);
    for (uint64_t seed = 1; seed <= seeds() / 30 + 1; seed++) {
        double cells[LARGE][4], *out[LARGE], log_z;
        large_net(l, seed);
        for (uint32_t v = 0; v < LARGE; v++) out[v] = cells[v];
        Status status = net_marginals(&l->net, l->evidence, NULL, NULL, out, &log_z, NULL);
        assert_int_equal(status, OK);
        for (uint32_t v = 0; v < LARGE; v++) check_large(seed, l, v, cells[v], log_z);
    }
    free(l);
}

static void hopeless_questions_are_refused(void **state) {
    (void)state;
    static const double first[] = {0.5, 0.5}, step[] = {0.9, 0.1, 0.1, 0.9};
    static const double seen[] = {0.9, 0.1, 0.2, 0.8};
    Chain c = chain_new(200, first, step, seen);
    uint32_t query[60];
    for (uint32_t i = 0; i < 60; i++) query[i] = i;
    for (const Engine *const *e = engine_list; *e; e++) {
        NetTable t;
        Faults faults = {0};
        Status status = (*e)->joint(&c.net, c.evidence, query, 60, NULL, NULL, &t, &faults);
        assert_int_equal(status, FAULT);
        assert_int_equal(faults.count, 1);
        assert_int_equal(faults.items[0].code, FAULT_ASK_TOO_LARGE);
        fault_free(&faults);
        net_table_free(&t);
    }
    NetCost cost;
    assert_int_equal(net_cost(&c.net, c.evidence, query, 60, &cost), OK);
    assert_true(cost.largest == 0x1p60);
    assert_int_equal(cost.width, 59);
    assert_int_equal(net_cost(&c.net, c.evidence, query, 1, &cost), OK);
    assert_true(cost.largest == 4);
    assert_int_equal(cost.width, 1);
    chain_free(&c);
}

static void derivations_say_what_was_done(void **state) {
    (void)state;
    Derivation d = {0};
    NetTable t;
    uint32_t evidence[] = {NET_NONE, 0, NET_NONE}, query[] = {0};
    assert_int_equal(engine_eliminate.joint(&GRASS, evidence, query, 1, NULL, &d, &t, NULL),
                     OK);
    assert_int_equal(d.count, 3);
    assert_string_equal(d.items[0].rule, "pruned");
    assert_non_null(strstr(d.items[0].text, "Wet"));
    assert_non_null(strstr(d.items[0].text, "barren"));
    assert_string_equal(d.items[1].rule, "evidence");
    assert_non_null(strstr(d.items[1].text, "Sprinkler"));
    assert_string_equal(d.items[2].rule, "elimination order");
    derivation_free(&d);
    net_table_free(&t);
}

static void cancelling_stops(void **state) {
    (void)state;
    volatile sig_atomic_t stop = 1;
    Ctl ctl = {.cancel = &stop};
    uint32_t query[] = {2};
    for (const Engine *const *e = engine_list; *e; e++) {
        NetTable t;
        assert_int_equal((*e)->joint(&GRASS, NULL, query, 1, &ctl, NULL, &t, NULL), CANCELLED);
        net_table_free(&t);
    }
}

static void cancelling_stops_trees_and_maxima(void **state) {
    (void)state;
    volatile sig_atomic_t stop = 1;
    Ctl ctl = {.cancel = &stop};
    double cells[3][2], *out[] = {cells[0], cells[1], cells[2]}, value;
    uint32_t max[] = {0, 1, 2}, levels[3];
    assert_int_equal(net_marginals(&GRASS, NULL, &ctl, NULL, out, &value, NULL), CANCELLED);
    assert_int_equal(net_argmax(&GRASS, NULL, max, 3, &ctl, NULL, levels, &value, NULL),
                     CANCELLED);
}

static void note_progress(void *user, const char *what, double done) {
    double *last = user;
    assert_non_null(what);
    assert_true(done >= *last && done <= 1);
    *last = done;
}

static void progress_goes_from_nothing_to_all(void **state) {
    (void)state;
    double last = 0, cells[3][2], *out[] = {cells[0], cells[1], cells[2]}, value;
    Ctl ctl = {.progress = note_progress, .user = &last};
    assert_int_equal(net_marginals(&GRASS, NULL, &ctl, NULL, out, &value, NULL), OK);
    assert_true(last == 1);
    last = 0;
    NetTable t;
    uint32_t query[] = {2};
    assert_int_equal(engine_eliminate.joint(&GRASS, NULL, query, 1, &ctl, NULL, &t, NULL), OK);
    assert_true(last == 1);
    net_table_free(&t);
}

static void engines_are_found_by_name(void **state) {
    (void)state;
    assert_ptr_equal(engine_find("eliminate"), &engine_eliminate);
    assert_ptr_equal(engine_find("enumerate"), &engine_enumerate);
    assert_null(engine_find("guess"));
}

static void rows_are_checked_along_the_child(void **state) {
    (void)state;
    static const uint32_t cards[] = {2, 3, 2}, vars[] = {0, 1, 2};
    // The sums over variable 1 are 1, over the others not.
    static const double values[] = {0.5, 0.25, 0.25, 0.25, 0.25, 0.5,
                                    0.5, 0.25, 0.25, 0.25, 0.25, 0.5};
    assert_true(net_is_conditional(cards, 3, vars, values, 1));
    assert_false(net_is_conditional(cards, 3, vars, values, 0));
    assert_false(net_is_conditional(cards, 3, vars, values, 2));
    static const double rounded[] = {0.3333333, 0.6666666};
    assert_false(net_is_conditional(cards, 1, vars, rounded, 0));
}

// A child that nobody asks about is not dropped when its rows miss 1.
static void rounded_tables_are_not_dropped(void **state) {
    (void)state;
    static const double rounded[] = {0.333, 0.666, 0.5, 0.5};
    NetFactor factors[] = {GRASS_FACTORS[0], net_factor(2, SPRINKLER, rounded, 1)};
    Net net = {.nvars = 2, .cards = GRASS_CARDS, .nfactors = 2, .factors = factors};
    uint32_t query[] = {0};
    NetTable t;
    assert_int_equal(engine_eliminate.joint(&net, NULL, query, 1, NULL, NULL, &t, NULL), OK);
    assert_true(fabs(t.values[0] * exp(t.log_scale) - 0.8 * 0.999) < 1e-15);
    net_table_free(&t);
    double cells[2], *out[] = {cells, NULL}, log_z;
    assert_int_equal(net_marginals(&net, NULL, NULL, NULL, out, &log_z, NULL), OK);
    assert_true(fabs(exp(log_z) - (0.8 * 0.999 + 0.2)) < 1e-15);
    assert_true(fabs(cells[1] - 0.2 / (0.8 * 0.999 + 0.2)) < 1e-15);
}

// Lets every allocation fail in turn until the call gets through.
static void elimination_survives_any_failed_allocation(void **state) {
    (void)state;
    uint32_t evidence[] = {NET_NONE, 1, NET_NONE}, query[] = {0};
    Status status = NOMEM;
    for (long n = 0; status != OK; n++) {
        NetTable t;
        Derivation d = {0};
        Faults faults = {0};
        mem_fail_after(n, (int)(n & 1));
        status = engine_eliminate.joint(&GRASS, evidence, query, 1, NULL, &d, &t, &faults);
        mem_fail_after(-1, 0);
        assert_true(status == OK || status == NOMEM);
        net_table_free(&t);
        derivation_free(&d);
        fault_free(&faults);
        assert_true(n < 1000);
    }
}

static void marginals_survive_any_failed_allocation(void **state) {
    (void)state;
    uint32_t evidence[] = {NET_NONE, NET_NONE, 1};
    Status status = NOMEM;
    for (long n = 0; status != OK; n++) {
        double cells[3][2], *out[] = {cells[0], cells[1], cells[2]}, log_z;
        Derivation d = {0};
        mem_fail_after(n, (int)(n & 1));
        status = net_marginals(&GRASS, evidence, NULL, &d, out, &log_z, NULL);
        mem_fail_after(-1, 0);
        assert_true(status == OK || status == NOMEM);
        derivation_free(&d);
        assert_true(n < 1000);
    }
}

static void argmax_survives_any_failed_allocation(void **state) {
    (void)state;
    uint32_t evidence[] = {NET_NONE, NET_NONE, 1}, max[] = {0}, level;
    Status status = NOMEM;
    for (long n = 0; status != OK; n++) {
        double value;
        Derivation d = {0};
        mem_fail_after(n, (int)(n & 1));
        status = net_argmax(&GRASS, evidence, max, 1, NULL, &d, &level, &value, NULL);
        mem_fail_after(-1, 0);
        assert_true(status == OK || status == NOMEM);
        derivation_free(&d);
        assert_true(n < 1000);
    }
    assert_int_equal(level, WET_RAIN > WET_DRY);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_figures_come_out),
        cmocka_unit_test(elimination_agrees_with_enumeration),
        cmocka_unit_test(marginals_agree_with_enumeration),
        cmocka_unit_test(the_maximum_is_that_of_the_joint),
        cmocka_unit_test(evidence_of_zero_weight_gives_zero),
        cmocka_unit_test(a_thousand_observations_do_not_underflow),
        cmocka_unit_test(the_last_observation_may_overturn_all),
        cmocka_unit_test(hopeless_questions_are_refused),
        cmocka_unit_test(derivations_say_what_was_done),
        cmocka_unit_test(cancelling_stops),
        cmocka_unit_test(cancelling_stops_trees_and_maxima),
        cmocka_unit_test(progress_goes_from_nothing_to_all),
        cmocka_unit_test(engines_are_found_by_name),
        cmocka_unit_test(rows_are_checked_along_the_child),
        cmocka_unit_test(rounded_tables_are_not_dropped),
        cmocka_unit_test(the_tree_agrees_with_elimination),
        cmocka_unit_test(marginals_survive_any_failed_allocation),
        cmocka_unit_test(argmax_survives_any_failed_allocation),
        cmocka_unit_test(elimination_survives_any_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
