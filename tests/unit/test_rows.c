// Tests of runtime/infer/rows: walks that leave out zeros, against plain loops over the cells
// and, bit for bit, against the same walk that leaves out nothing.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/mem.h"
#include "runtime/base/rng.h"
#include "runtime/infer/sweep.h"

enum { VARS = 16, PARTS = 4, LEAST = 5000, MOST = 40000 };

typedef struct Clique {
    uint32_t cards[VARS], vars[VARS], nvars;
    size_t cells;
    uint32_t scopes[2 * PARTS][VARS];
    Factor table[2 * PARTS];
    const Factor *in[PARTS];
    Factor *out[PARTS];
    FactorJob job;
    Rng rng;
} Clique;

static uint32_t below(Clique *c, uint32_t n) {
    return (uint32_t)rng_below(&c->rng, n);
}

static Factor *make_table(Clique *c, size_t i) {
    Factor *f = &c->table[i];
    uint32_t share = 1 + below(c, 8);
    *f = (Factor){.vars = c->scopes[i]};
    for (uint32_t d = 0; d < c->nvars; d++)
        if (below(c, 8) < share) c->scopes[i][f->nvars++] = d;
    assert_int_equal(factor_allocate(f, c->cards, false), OK);
    return f;
}

// Entries that are zero each by itself, or because of the levels of the first two variables, as
// where one is a function of the other.
static void fill(Clique *c, Factor *f, double zeros) {
    size_t slice = 1, run = below(c, 2) ? 1 : f->size;
    for (uint32_t i = 2; i < f->nvars; i++) slice *= c->cards[f->vars[i]];
    if (run > 1) run = slice;
    bool none = false;
    for (size_t k = 0; k < f->size; k++) {
        if (k % run == 0) none = rng_unit(&c->rng) < zeros;
        f->values[k] = none ? 0 : rng_unit(&c->rng);
    }
}

static void clique_new(Clique *c, uint64_t seed) {
    static const double zeros[] = {0, 0.01, 0.5, 0.9, 0.99, 1};
    *c = (Clique){.cells = 1};
    rng_seed(&c->rng, seed, 9);
    uint32_t most = 2 + below(c, 6);
    while (c->cells < LEAST || (c->cells < MOST && below(c, 3))) {
        c->vars[c->nvars] = c->nvars;
        c->cards[c->nvars] = 2 + below(c, most - 1);
        c->cells *= c->cards[c->nvars++];
    }
    uint32_t nin = 1 + below(c, PARTS), nout = 1 + below(c, PARTS);
    for (uint32_t i = 0; i < nin; i++) {
        Factor *f = make_table(c, i);
        fill(c, f, zeros[below(c, 6)]);
        c->in[i] = f;
    }
    for (uint32_t i = 0; i < nout; i++) c->out[i] = make_table(c, PARTS + i);
    c->job = (FactorJob){.cards = c->cards,
                         .vars = c->vars,
                         .nvars = c->nvars,
                         .in = c->in,
                         .nin = nin,
                         .out = c->out,
                         .nout = nout,
                         .mode = FACTOR_SUM};
}

static void clique_free(Clique *c) {
    for (size_t i = 0; i < 2 * PARTS; i++) factor_free(&c->table[i]);
}

static size_t entry(const Clique *c, const Factor *f, const uint32_t *at) {
    size_t k = 0;
    for (uint32_t i = 0; i < f->nvars; i++) k = k * c->cards[f->vars[i]] + at[f->vars[i]];
    return k;
}

// The sum that output `o` should hold, of values by output one after the other.
static long double *plain_loop(const Clique *c) {
    size_t entries = 0;
    uint32_t at[VARS] = {0};
    for (size_t o = 0; o < c->job.nout; o++) entries += c->out[o]->size;
    long double *want = MEM_NEW(long double, entries);
    for (size_t cell = 0; cell < c->cells; cell++) {
        long double product = 1, *to = want;
        for (size_t i = 0; i < c->job.nin; i++)
            product *= c->in[i]->values[entry(c, c->in[i], at)];
        for (size_t o = 0; o < c->job.nout; to += c->out[o++]->size)
            to[entry(c, c->out[o], at)] += product;
        for (uint32_t d = c->nvars; d-- > 0 && ++at[d] == c->cards[d];) at[d] = 0;
    }
    return want;
}

static void check(const Clique *c, uint64_t seed, const long double *want,
                  double tolerance) {
    for (size_t o = 0; o < c->job.nout; want += c->out[o++]->size)
        for (size_t k = 0; k < c->out[o]->size; k++)
            if (!(fabsl(c->out[o]->values[k] - want[k]) <= tolerance * want[k]))
                fail_msg("seed %llu output %zu entry %zu: %.17g, expected %.17g",
                         (unsigned long long)seed, o, k, c->out[o]->values[k],
                         (double)want[k]);
}

static void copy_outputs(const Clique *c, long double *to) {
    for (size_t o = 0; o < c->job.nout; to += c->out[o++]->size)
        for (size_t k = 0; k < c->out[o]->size; k++) to[k] = c->out[o]->values[k];
}

static uint64_t seeds(void) {
    const char *text = getenv("RUNG_SEEDS");
    return text ? strtoull(text, NULL, 10) : 80;
}

// Rows of every width, whether they pay or not.
static void walks_agree_with_a_plain_loop(void **state) {
    (void)state;
    FactorScratch scratch = {0};
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        Clique c;
        clique_new(&c, seed);
        long double *want = plain_loop(&c);
        Arena arena = {0};
        Rows rows;
        bool pays;
        assert_int_equal(rows_choose(&c.job, &arena, &rows, &pays), OK);
        // Few zeros are not looked at.
        uint32_t most = rows.checks ? rows.outer : 0;
        for (uint32_t outer = 1; outer <= most; outer++) {
            rows.outer = outer;
            assert_int_equal(rows_meet(&rows, &c.job, &arena), OK);
            assert_int_equal(sweep_rows(&rows, &scratch, NULL), OK);
            check(&c, seed, want, 1e-12);
            copy_outputs(&c, want);
            // What is left out changes nothing.
            uint32_t *nchecks = rows.nchecks;
            rows.nchecks = ARENA_ARRAY(&arena, uint32_t, c.nvars);
            assert_int_equal(rows_meet(&rows, &c.job, &arena), OK);
            assert_int_equal(sweep_rows(&rows, &scratch, NULL), OK);
            check(&c, seed, want, 0);
            rows.nchecks = nchecks;
        }
        mem_free(want);
        arena_free(&arena);
        clique_free(&c);
    }
    factor_scratch_free(&scratch);
}

// The same through factor_combine, which unites tables, copies them and chooses.
static void combined_tables_agree_with_a_plain_loop(void **state) {
    (void)state;
    FactorScratch scratch = {0};
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        Clique c;
        clique_new(&c, seed);
        long double *want = plain_loop(&c);
        for (size_t i = 0; i < c.job.nin && seed % 2; i++) factor_normalise(&c.table[i]);
        assert_int_equal(factor_combine(&c.job, &scratch, NULL), OK);
        for (size_t o = 0; o < c.job.nout; o++)
            for (size_t k = 0; k < c.out[o]->size; k++)
                c.out[o]->values[k] = ldexp(c.out[o]->values[k], (int)c.out[o]->exponent);
        check(&c, seed, want, 1e-12);
        mem_free(want);
        clique_free(&c);
    }
    factor_scratch_free(&scratch);
}

// A chain of seven variables of six levels, each a function of the one before: six cells of
// 279,936 are not zero.
static void rows_are_chosen_where_most_are_zero(void **state) {
    (void)state;
    enum { CHAIN = 7, CARD = 6 };
    uint32_t cards[CHAIN], vars[CHAIN], scopes[CHAIN][2];
    Factor table[CHAIN];
    const Factor *in[CHAIN];
    for (uint32_t d = 0; d < CHAIN; d++) {
        cards[d] = CARD;
        vars[d] = d;
    }
    for (uint32_t i = 0; i + 1 < CHAIN; i++) {
        scopes[i][0] = i;
        scopes[i][1] = i + 1;
        table[i] = (Factor){.nvars = 2, .vars = scopes[i]};
        assert_int_equal(factor_allocate(&table[i], cards, false), OK);
        for (size_t k = 0; k < CARD * CARD; k++)
            table[i].values[k] = k % CARD == (k / CARD * 5 + i) % CARD;
        in[i] = &table[i];
    }
    scopes[CHAIN - 1][0] = CHAIN - 1;
    Factor *last = &table[CHAIN - 1];
    *last = (Factor){.nvars = 1, .vars = scopes[CHAIN - 1]};
    assert_int_equal(factor_allocate(last, cards, false), OK);
    FactorJob job = {.cards = cards,
                     .vars = vars,
                     .nvars = CHAIN,
                     .in = in,
                     .nin = CHAIN - 1,
                     .out = &last,
                     .nout = 1,
                     .mode = FACTOR_SUM};
    Arena arena = {0};
    Rows rows;
    bool pays;
    FactorScratch scratch = {0};
    assert_int_equal(rows_choose(&job, &arena, &rows, &pays), OK);
    assert_true(pays);
    arena_free(&arena);
    assert_int_equal(factor_combine(&job, &scratch, NULL), OK);
    for (size_t k = 0; k < CARD; k++) assert_true(last->values[k] == 1);
    // Tables known to have no zeros are not looked through.
    for (uint32_t i = 0; i + 1 < CHAIN; i++) {
        for (size_t k = 0; k < CARD * CARD; k++) table[i].values[k] += 0.5;
        factor_normalise(&table[i]);
        assert_true(table[i].filled == CARD * CARD);
    }
    assert_int_equal(rows_choose(&job, &arena, &rows, &pays), OK);
    assert_false(pays);
    assert_int_equal(arena.bytes, 0);
    for (uint32_t i = 0; i < CHAIN; i++) factor_free(&table[i]);
    factor_scratch_free(&scratch);
}

// Any share of the levels of any outer variable, into tables of its own.
static void shares_add_up(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= seeds() / 4; seed++) {
        Clique c;
        clique_new(&c, seed);
        long double *want = plain_loop(&c);
        Arena arena = {0};
        Rows rows;
        bool pays;
        assert_int_equal(rows_choose(&c.job, &arena, &rows, &pays), OK);
        if (pays) {
            assert_int_equal(rows_meet(&rows, &c.job, &arena), OK);
            void *room = mem_new(rows_room(&rows), 1);
            double *out[PARTS];
            for (size_t o = 0; o < c.job.nout; o++) {
                out[o] = MEM_NEW(double, c.out[o]->size);
                memset(c.out[o]->values, 0, c.out[o]->size * sizeof(double));
            }
            uint32_t cut = below(&c, rows.outer), middle = below(&c, c.cards[cut] + 1);
            RowsShare first = {.cut = cut, .to = middle};
            RowsShare second = {.cut = cut, .from = middle, .to = c.cards[cut], .out = out};
            assert_true(rows_walk(&rows, &first, room, NULL));
            assert_true(rows_walk(&rows, &second, room, NULL));
            for (size_t o = 0; o < c.job.nout; o++) {
                for (size_t k = 0; k < c.out[o]->size; k++) c.out[o]->values[k] += out[o][k];
                mem_free(out[o]);
            }
            check(&c, seed, want, 1e-12);
            mem_free(room);
        }
        mem_free(want);
        arena_free(&arena);
        clique_free(&c);
    }
}

static void any_failed_allocation_is_survived(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        Clique c;
        clique_new(&c, seed);
        long double *want = plain_loop(&c);
        Status status = NOMEM;
        for (long n = 0; status != OK; n++) {
            FactorScratch scratch = {0};
            mem_fail_after(n, (int)(n & 1));
            status = factor_combine(&c.job, &scratch, NULL);
            mem_fail_after(-1, 0);
            assert_true(status == OK || status == NOMEM);
            factor_scratch_free(&scratch);
        }
        check(&c, seed, want, 1e-12);
        mem_free(want);
        clique_free(&c);
    }
}

static void a_cancelled_walk_says_so(void **state) {
    (void)state;
    const volatile sig_atomic_t yes = 1;
    Ctl ctl = {.cancel = &yes};
    FactorScratch scratch = {0};
    for (uint64_t seed = 1; seed <= 8; seed++) {
        Clique c;
        clique_new(&c, seed);
        assert_int_equal(factor_combine(&c.job, &scratch, &ctl), CANCELLED);
        clique_free(&c);
    }
    factor_scratch_free(&scratch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_agree_with_a_plain_loop),
        cmocka_unit_test(combined_tables_agree_with_a_plain_loop),
        cmocka_unit_test(rows_are_chosen_where_most_are_zero),
        cmocka_unit_test(shares_add_up),
        cmocka_unit_test(any_failed_allocation_is_survived),
        cmocka_unit_test(a_cancelled_walk_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
