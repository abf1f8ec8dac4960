// Tests of runtime/infer/sweep: cliques so large that several processors share them, against a
// plain loop over the cells.
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

enum { VARS = 24, PARTS = 4, LEAST = 1 << 20 };

typedef struct Clique {
    uint32_t cards[VARS], vars[VARS], nvars;
    size_t cells;
    Factor in[PARTS], out[PARTS];
    const Factor *ins[PARTS];
    Factor *outs[PARTS];
    uint32_t scopes[2 * PARTS][VARS];
    long double *want[PARTS]; // so that the rounding of long sums is the sweep's alone
    FactorJob job;
} Clique;

static uint32_t below(Rng *rng, uint32_t n) {
    return (uint32_t)rng_below(rng, n);
}

// A table over some of the clique's variables, at most `most` of them.
static void make_table(Clique *c, Factor *f, uint32_t *scope, uint32_t most, Rng *rng) {
    *f = (Factor){.vars = scope};
    uint32_t left = 1 + below(rng, most);
    for (uint32_t d = 0; d < c->nvars; d++)
        if (below(rng, c->nvars - d) < left) {
            scope[f->nvars++] = d;
            left--;
        }
    assert_int_equal(factor_allocate(f, c->cards, false), OK);
    for (size_t i = 0; i < f->size; i++) f->values[i] = below(rng, 5) ? rng_unit(rng) : 0;
}

static void clique_new(Clique *c, Rng *rng) {
    uint32_t many = 2 + below(rng, 6), nin = 1 + below(rng, PARTS),
             nout = 1 + below(rng, PARTS);
    *c = (Clique){.cells = 1};
    while (c->cells < LEAST) {
        c->vars[c->nvars] = c->nvars;
        c->cards[c->nvars] = 2 + below(rng, many);
        c->cells *= c->cards[c->nvars++];
    }
    for (uint32_t i = 0; i < nin; i++) {
        make_table(c, &c->in[i], c->scopes[i], c->nvars - 1, rng);
        c->ins[i] = &c->in[i];
    }
    for (uint32_t i = 0; i < nout; i++) {
        // Some outputs are nearly as large as the clique, some have a single variable.
        uint32_t most = below(rng, 2) ? c->nvars - 1 : 1 + below(rng, 3);
        make_table(c, &c->out[i], c->scopes[PARTS + i], most, rng);
        c->outs[i] = &c->out[i];
        c->want[i] = mem_new(c->out[i].size, sizeof(long double));
    }
    c->job = (FactorJob){.cards = c->cards,
                         .vars = c->vars,
                         .nvars = c->nvars,
                         .in = c->ins,
                         .nin = nin,
                         .out = c->outs,
                         .nout = nout,
                         .mode = FACTOR_SUM};
}

static void clique_free(Clique *c) {
    for (uint32_t i = 0; i < PARTS; i++) {
        factor_free(&c->in[i]);
        factor_free(&c->out[i]);
        mem_free(c->want[i]);
    }
}

static size_t entry(const Clique *c, const Factor *f, const uint32_t *at) {
    size_t k = 0;
    for (uint32_t i = 0; i < f->nvars; i++) k = k * c->cards[f->vars[i]] + at[f->vars[i]];
    return k;
}

static void plain_loop(Clique *c) {
    uint32_t at[VARS] = {0};
    for (size_t cell = 0; cell < c->cells; cell++) {
        long double product = 1;
        for (size_t i = 0; i < c->job.nin; i++)
            product *= c->in[i].values[entry(c, &c->in[i], at)];
        for (size_t i = 0; i < c->job.nout; i++)
            c->want[i][entry(c, &c->out[i], at)] += product;
        for (uint32_t d = c->nvars; d-- > 0;) {
            if (++at[d] < c->cards[d]) break;
            at[d] = 0;
        }
    }
}

static void check(const Clique *c, uint64_t seed) {
    for (size_t i = 0; i < c->job.nout; i++)
        for (size_t k = 0; k < c->out[i].size; k++)
            if (fabsl(c->out[i].values[k] - c->want[i][k]) > 1e-11 * c->want[i][k])
                fail_msg("seed %llu output %zu entry %zu: %.17g, expected %.17g",
                         (unsigned long long)seed, i, k, c->out[i].values[k],
                         (double)c->want[i][k]);
}

static uint64_t seeds(void) {
    const char *text = getenv("RUNG_SEEDS");
    return text ? strtoull(text, NULL, 10) / 20 : 5;
}

static void large_cliques_agree_with_a_plain_loop(void **state) {
    (void)state;
    FactorScratch scratch = {0};
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        Rng rng;
        Clique c;
        rng_seed(&rng, seed, 5);
        clique_new(&c, &rng);
        plain_loop(&c);
        assert_int_equal(sweep_run(&c.job, &scratch, NULL), OK);
        check(&c, seed);
        Arena arena = {0};
        Rows rows;
        bool pays;
        assert_int_equal(rows_choose(&c.job, &arena, &rows, &pays), OK);
        if (rows.checks) {
            assert_int_equal(rows_meet(&rows, &c.job, &arena), OK);
            assert_int_equal(sweep_rows(&rows, &scratch, NULL), OK);
            check(&c, seed);
        }
        arena_free(&arena);
        clique_free(&c);
    }
    factor_scratch_free(&scratch);
}

static void a_cancelled_sweep_says_so(void **state) {
    (void)state;
    const volatile sig_atomic_t yes = 1;
    Ctl ctl = {.cancel = &yes};
    FactorScratch scratch = {0};
    Rng rng;
    Clique c;
    rng_seed(&rng, 1, 5);
    clique_new(&c, &rng);
    assert_int_equal(sweep_run(&c.job, &scratch, &ctl), CANCELLED);
    clique_free(&c);
    factor_scratch_free(&scratch);
}

static void large_cliques_survive_any_failed_allocation(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        Rng rng;
        Clique c;
        Status status = NOMEM;
        rng_seed(&rng, seed, 5);
        clique_new(&c, &rng);
        for (long n = 0; status == NOMEM; n++) {
            FactorScratch scratch = {0};
            mem_fail_after(n, 1);
            status = sweep_run(&c.job, &scratch, NULL);
            mem_fail_after(-1, 0);
            factor_scratch_free(&scratch);
        }
        assert_int_equal(status, OK);
        clique_free(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_cliques_agree_with_a_plain_loop),
        cmocka_unit_test(a_cancelled_sweep_says_so),
        cmocka_unit_test(large_cliques_survive_any_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
