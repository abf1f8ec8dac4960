// Tests of runtime/infer/condition: answers within little memory, case by case.
#include <string.h>

#include "runtime/base/mem.h"
#include "tests/unit/net_check.h"

// Within as little memory as will do, by doubling. `ask` returns FAULT while there is too
// little.
static Status with_least(Status (*ask)(void *user, const Ctl *ctl, Faults *faults),
                         void *user) {
    Status status = FAULT;
    for (size_t memory = 8; status == FAULT; memory *= 2) {
        Ctl ctl = {.memory = memory, .budget = 1e9};
        Faults faults = {0};
        status = ask(user, &ctl, &faults);
        assert_int_equal(faults.count, status == FAULT);
        if (status == FAULT) assert_int_equal(faults.items[0].code, FAULT_ASK_TOO_LARGE);
        fault_free(&faults);
        assert_true(memory < 1u << 20);
    }
    return status;
}

// What is asked of a random network.
typedef struct Question {
    const RandomNet *r;
    const uint32_t *query;
    uint32_t nquery;
    NetTable table;
    double *const *out;
    uint32_t levels[MOST];
    double log_value;
} Question;

static Status ask_joint(void *user, const Ctl *ctl, Faults *faults) {
    Question *q = user;
    return engine_eliminate.joint(&q->r->net, q->r->evidence, q->query, q->nquery, ctl, NULL,
                                  &q->table, faults);
}

static void joints_of_cases_add_up(void **state) {
    (void)state;
    RandomNet r;
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        random_net(&r, seed);
        NetTable want = joint(&engine_enumerate, &r, r.query, r.nquery);
        Question q = {.r = &r, .query = r.query, .nquery = r.nquery};
        assert_int_equal(with_least(ask_joint, &q), OK);
        check_tables(seed, &q.table, &want);
        net_table_free(&want);
        net_table_free(&q.table);
        net_free(&r);
    }
}

static Status ask_marginals(void *user, const Ctl *ctl, Faults *faults) {
    Question *q = user;
    return net_marginals(&q->r->net, q->r->evidence, ctl, NULL, q->out, &q->log_value, faults);
}

static void marginals_of_cases_are_mixed(void **state) {
    (void)state;
    RandomNet r;
    Rows rows;
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        random_net(&r, seed);
        NetTable all = joint(&engine_enumerate, &r, NULL, 0);
        double want = log_value(all.values[0], all.log_scale);
        uint32_t skipped = (uint32_t)(seed % MOST);
        rows_clear(&rows);
        rows.out[skipped] = NULL;
        Question q = {.r = &r, .out = rows.out};
        assert_int_equal(with_least(ask_marginals, &q), OK);
        if (!log_close(q.log_value, want))
            fail_msg("seed %llu: ln Z %.17g, expected %.17g", (unsigned long long)seed,
                     q.log_value, want);
        for (uint32_t v = 0; v < r.net.nvars; v++)
            if (q.log_value == -(double)INFINITY || v == skipped)
                assert_true(rows.cells[v][0] == -1);
            else
                check_marginal(seed, &r, v, rows.cells[v]);
        net_table_free(&all);
        net_free(&r);
    }
}

static Status ask_argmax(void *user, const Ctl *ctl, Faults *faults) {
    Question *q = user;
    return net_argmax(&q->r->net, q->r->evidence, q->query, q->nquery, ctl, NULL, q->levels,
                      &q->log_value, faults);
}

// Of all variables (MPE), and of some with sums inside.
static void the_best_case_is_the_maximum(void **state) {
    (void)state;
    RandomNet r;
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        random_net(&r, seed);
        uint32_t max[MOST], nmax = r.nquery;
        memcpy(max, r.query, sizeof max);
        if (seed % 2)
            for (nmax = 0; nmax < r.net.nvars; nmax++) max[nmax] = nmax;
        NetTable want = joint(&engine_enumerate, &r, max, nmax);
        double best = greatest(&want);
        Question q = {.r = &r, .query = max, .nquery = nmax};
        assert_int_equal(with_least(ask_argmax, &q), OK);
        size_t cell = 0;
        for (uint32_t i = 0; i < nmax; i++) cell = cell * r.cards[max[i]] + q.levels[i];
        double chosen = log_value(want.values[cell], want.log_scale);
        if (!log_close(q.log_value, best) || !log_close(chosen, best))
            fail_msg("seed %llu: ln %.17g, at its levels %.17g, expected %.17g",
                     (unsigned long long)seed, q.log_value, chosen, best);
        net_table_free(&want);
        net_free(&r);
    }
}

// --- a grid ---

// Pairwise factors on a square of SIDE * SIDE bits, the neighbours of a random bit alike with
// odds of their own: width SIDE.
enum { SIDE = 9, BITS = SIDE * SIDE, EDGES = 2 * SIDE * (SIDE - 1) };

typedef struct Grid {
    Net net;
    uint32_t cards[BITS], scopes[EDGES][2];
    double tables[EDGES][4];
    NetFactor factors[EDGES];
    char names[BITS][8];
    const char *name[BITS];
} Grid;

static void link_bits(Grid *g, Rng *rng, uint32_t a, uint32_t b) {
    uint32_t k = g->net.nfactors++;
    g->scopes[k][0] = a;
    g->scopes[k][1] = b;
    for (size_t i = 0; i < 4; i++) g->tables[k][i] = 0.1 + rng_unit(rng);
    g->factors[k] = net_factor(2, g->scopes[k], g->tables[k], NET_NONE);
}

static void grid_new(Grid *g) {
    Rng rng;
    rng_seed(&rng, 5, 5);
    g->net = (Net){.nvars = BITS, .cards = g->cards, .factors = g->factors, .names = g->name};
    for (uint32_t v = 0; v < BITS; v++) {
        g->cards[v] = 2;
        snprintf(g->names[v], sizeof g->names[v], "X%u", (unsigned)v);
        g->name[v] = g->names[v];
        if (v % SIDE) link_bits(g, &rng, v - 1, v);
        if (v >= SIDE) link_bits(g, &rng, v - SIDE, v);
    }
}

static double grid_marginals(const Grid *g, const Ctl *ctl, Derivation *d, double (*cells)[2]) {
    double *out[BITS], log_z;
    for (uint32_t v = 0; v < BITS; v++) out[v] = cells[v];
    assert_int_equal(net_marginals(&g->net, NULL, ctl, d, out, &log_z, NULL), OK);
    return log_z;
}

static void a_grid_needs_little_memory(void **state) {
    (void)state;
    Grid g;
    grid_new(&g);
    double want[BITS][2], got[BITS][2], again[BITS][2];
    double log_z = grid_marginals(&g, NULL, NULL, want);
    for (size_t memory = 32000; memory >= 12000; memory -= 5000) {
        Ctl ctl = {.memory = memory};
        assert_true(fabs(grid_marginals(&g, &ctl, NULL, got) - log_z) < 1e-12 * fabs(log_z));
        for (uint32_t v = 0; v < BITS; v++) assert_true(fabs(got[v][0] - want[v][0]) < 1e-13);
        grid_marginals(&g, &ctl, NULL, again);
        assert_memory_equal(got, again, sizeof got);
    }
}

// --- words ---

static void cases_are_explained(void **state) {
    (void)state;
    Grid g;
    double cells[BITS][2];
    Ctl ctl = {.memory = 16000};
    Derivation d = {0};
    grid_new(&g);
    grid_marginals(&g, &ctl, &d, cells);
    const Step *last = &d.items[d.count - 1];
    assert_string_equal(last->rule, "conditioning");
    assert_non_null(strstr(last->text, "X"));
    assert_non_null(strstr(last->text, "KiB when these are known"));
    assert_non_null(strstr(last->result, "cells in all cases"));
    derivation_free(&d);
}

static void refused(const Grid *g, const Ctl *ctl, const char *with, const char *without) {
    double cells[BITS][2], *out[BITS], log_z;
    Faults faults = {0};
    for (uint32_t v = 0; v < BITS; v++) out[v] = cells[v];
    assert_int_equal(net_marginals(&g->net, NULL, ctl, NULL, out, &log_z, &faults), FAULT);
    assert_int_equal(faults.count, 1);
    assert_int_equal(faults.items[0].code, FAULT_ASK_TOO_LARGE);
    if (!strstr(faults.items[0].message, with)) fail_msg("%s", faults.items[0].message);
    if (without && strstr(faults.items[0].message, without))
        fail_msg("%s", faults.items[0].message);
    fault_free(&faults);
}

static void what_is_beyond_the_limits_is_refused(void **state) {
    (void)state;
    Grid g;
    grid_new(&g);
    // Too long even with all the memory there is.
    refused(&g, &(Ctl){.budget = 1e-6}, "the budget is 0.001 ms", "limit");
    // Too long case by case.
    refused(&g, &(Ctl){.memory = 16000, .budget = 1e-6}, "case by case, on the levels of",
            NULL);
    // The answer alone takes more.
    refused(&g, &(Ctl){.memory = 900}, "the limit is 900 bytes", "case by case");
}

// --- interruptions ---

static void note_progress(void *user, const char *what, double done) {
    double *last = user;
    assert_non_null(what);
    assert_true(done >= *last && done <= 1);
    *last = done;
}

static void progress_is_that_of_all_cases(void **state) {
    (void)state;
    Grid g;
    double cells[BITS][2], last = 0;
    Ctl ctl = {.memory = 16000, .progress = note_progress, .user = &last};
    grid_new(&g);
    grid_marginals(&g, &ctl, NULL, cells);
    assert_true(last == 1);
}

static void stop_halfway(void *user, const char *what, double done) {
    (void)what;
    if (done > 0.5) *(volatile sig_atomic_t *)user = 1;
}

static void cases_can_be_cancelled(void **state) {
    (void)state;
    Grid g;
    double cells[BITS][2], *out[BITS], log_z;
    volatile sig_atomic_t stop = 0;
    Ctl ctl = {.memory = 16000, .cancel = &stop, .progress = stop_halfway};
    ctl.user = (void *)&stop;
    grid_new(&g);
    for (uint32_t v = 0; v < BITS; v++) out[v] = cells[v];
    assert_int_equal(net_marginals(&g.net, NULL, &ctl, NULL, out, &log_z, NULL), CANCELLED);
}

// Three bits in a ring, each pair with a factor.
static const uint32_t RING_CARDS[] = {2, 2, 2}, RING[][2] = {{0, 1}, {1, 2}, {2, 0}};
static const double LIKE[] = {3, 1, 1, 2};
static const NetFactor RING_FACTORS[] = {
    {.nvars = 2, .vars = RING[0], .values = LIKE, .child = NET_NONE},
    {.nvars = 2, .vars = RING[1], .values = LIKE, .child = NET_NONE},
    {.nvars = 2, .vars = RING[2], .values = LIKE, .child = NET_NONE},
};
static const Net RING_NET = {
    .nvars = 3, .cards = RING_CARDS, .nfactors = 3, .factors = RING_FACTORS};

// Lets every allocation fail in turn until the call gets through. The sum over the ring is the
// trace of (3 1; 1 2)^3, whose eigenvalues x and y have x + y = xy = 5: x^3 + y^3 = 50.
static void cases_survive_any_failed_allocation(void **state) {
    (void)state;
    Ctl ctl = {.memory = 110};
    Status status = NOMEM;
    long n = 0;
    for (; status != OK; n++) {
        double cells[3][2], *out[] = {cells[0], cells[1], cells[2]}, log_z;
        Derivation d = {0};
        Faults faults = {0};
        mem_fail_after(n, (int)(n & 1));
        status = net_marginals(&RING_NET, NULL, &ctl, &d, out, &log_z, &faults);
        mem_fail_after(-1, 0);
        assert_true(status == OK || status == NOMEM);
        if (status == OK) {
            assert_true(fabs(exp(log_z) - 50) < 1e-12);
            assert_string_equal(d.items[d.count - 1].rule, "conditioning");
        }
        derivation_free(&d);
        fault_free(&faults);
        assert_true(n < 5000);
    }
    uint32_t query[] = {0, 1, 2}, levels[3];
    for (n = 0, status = NOMEM; status != OK; n++) {
        double value;
        mem_fail_after(n, (int)(n & 1));
        status = net_argmax(&RING_NET, NULL, query, 3, &ctl, NULL, levels, &value, NULL);
        mem_fail_after(-1, 0);
        assert_true(status == OK || status == NOMEM);
        if (status == OK) assert_true(fabs(value - log(27)) < 1e-14);
        assert_true(n < 5000);
    }
    for (n = 0, status = NOMEM; status != OK; n++) {
        NetTable t;
        mem_fail_after(n, (int)(n & 1));
        status = engine_eliminate.joint(&RING_NET, NULL, query, 1, &ctl, NULL, &t, NULL);
        mem_fail_after(-1, 0);
        assert_true(status == OK || status == NOMEM);
        net_table_free(&t);
        assert_true(n < 5000);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joints_of_cases_add_up),
        cmocka_unit_test(marginals_of_cases_are_mixed),
        cmocka_unit_test(the_best_case_is_the_maximum),
        cmocka_unit_test(a_grid_needs_little_memory),
        cmocka_unit_test(cases_are_explained),
        cmocka_unit_test(what_is_beyond_the_limits_is_refused),
        cmocka_unit_test(progress_is_that_of_all_cases),
        cmocka_unit_test(cases_can_be_cancelled),
        cmocka_unit_test(cases_survive_any_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
