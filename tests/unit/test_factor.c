// Tests of runtime/infer/factor: products and sums over cliques large enough for every path,
// against loops over single cells.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/mem.h"
#include "runtime/base/rng.h"
#include "runtime/infer/factor.h"

enum { VARS = 14, PARTS = 9 };

// A random job. Variables 0, 1, ... are the clique, in this order.
typedef struct Case {
    uint32_t nvars, vars[VARS], cards[VARS];
    uint32_t scopes[PARTS][VARS];
    Factor parts[PARTS];
    const Factor *in[PARTS];
    Factor *out[PARTS];
    size_t nin, nout, cells;
    Rng rng;
} Case;

static uint32_t below(Case *c, uint32_t n) {
    return (uint32_t)rng_below(&c->rng, n);
}

// Most jobs have small cards and many variables, some a few large cards.
static void choose_clique(Case *c, size_t most) {
    uint32_t largest = below(c, 3) ? 4 : 40;
    c->cells = 1;
    while (c->nvars < VARS) {
        uint32_t card = 2 + below(c, largest - 1);
        if (c->cells * card > most) break;
        c->cells *= card;
        c->vars[c->nvars] = c->nvars;
        c->cards[c->nvars++] = card;
    }
}

static void choose_scope(Case *c, Factor *f, uint32_t *scope, uint32_t share) {
    f->vars = scope;
    for (uint32_t v = 0; v < c->nvars; v++)
        if (below(c, 8) < share) scope[f->nvars++] = v;
}

static void random_case(Case *c, uint64_t seed, size_t most, bool wide) {
    static const uint8_t percent[] = {0, 1, 10, 50, 80, 99, 100}; // of entries that are not 0
    memset(c, 0, sizeof *c);
    rng_seed(&c->rng, seed, 3);
    choose_clique(c, most);
    c->nin = below(c, 6);
    c->nout = 1 + below(c, 3);
    for (size_t i = 0; i < c->nin + c->nout; i++) {
        Factor *f = &c->parts[i];
        choose_scope(c, f, c->scopes[i], below(c, 9));
        assert_int_equal(factor_allocate(f, c->cards, wide), OK);
        if (i < c->nin)
            c->in[i] = f;
        else
            c->out[i - c->nin] = f;
        uint32_t left = percent[below(c, sizeof percent / sizeof *percent)];
        for (size_t k = 0; i < c->nin && k < f->size; k++)
            f->values[k] = below(c, 100) < left ? rng_unit(&c->rng) : 0;
        if (wide && i < c->nin) memset(f->exps, 0, f->size * sizeof *f->exps);
        if (i < c->nin) f->exponent = below(c, 5);
    }
}

static void case_free(Case *c) {
    for (size_t i = 0; i < c->nin + c->nout; i++) factor_free(&c->parts[i]);
}

static size_t entry(const Case *c, const Factor *f, const uint32_t *at) {
    size_t k = 0;
    for (uint32_t i = 0; i < f->nvars; i++) k = k * c->cards[f->vars[i]] + at[f->vars[i]];
    return k;
}

// The outputs cell by cell, by the definition. `logs` takes sums for products.
static double *expected(const Case *c, const Factor *out, bool logs) {
    double *cells = calloc(out->size, sizeof *cells);
    uint32_t at[VARS] = {0};
    for (size_t i = 0; logs && i < out->size; i++) cells[i] = -(double)INFINITY;
    for (size_t n = 0; n < c->cells; n++) {
        double x = logs ? 0 : 1;
        for (size_t i = 0; i < c->nin; i++) {
            double factor = c->in[i]->values[entry(c, c->in[i], at)];
            x = logs ? x + factor : x * factor;
        }
        double *cell = &cells[entry(c, out, at)];
        *cell = !logs ? *cell + x : *cell < x ? x : *cell;
        for (uint32_t v = c->nvars; v-- > 0 && ++at[v] == c->cards[v];) at[v] = 0;
    }
    return cells;
}

static void check_outputs(const Case *c, uint64_t seed, bool logs) {
    int64_t exponent = 0;
    for (size_t i = 0; i < c->nin; i++) exponent += c->in[i]->exponent;
    for (size_t i = 0; i < c->nout; i++) {
        Factor *out = c->out[i];
        double *want = expected(c, out, logs);
        assert_int_equal(out->exponent, exponent);
        for (size_t k = 0; k < out->size; k++) {
            double got = out->values[k];
            if (out->exps) got = ldexp(got, out->exps[k]);
            if (got != want[k] && !(fabs(got - want[k]) <= 1e-12 * fabs(want[k])))
                fail_msg("seed %llu output %zu entry %zu: %.17g, expected %.17g",
                         (unsigned long long)seed, i, k, got, want[k]);
        }
        free(want);
    }
}

static void run(Case *c, FactorScratch *scratch, FactorMode mode, bool wide) {
    FactorJob job = {.cards = c->cards,
                     .vars = c->vars,
                     .nvars = c->nvars,
                     .in = c->in,
                     .nin = c->nin,
                     .out = c->out,
                     .nout = c->nout,
                     .mode = mode,
                     .wide = wide};
    assert_int_equal(factor_combine(&job, scratch, NULL), OK);
}

static uint64_t seeds(uint64_t otherwise) {
    const char *text = getenv("RUNG_SEEDS");
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static void sums_agree_with_the_definition(void **state) {
    (void)state;
    FactorScratch scratch = {0};
    Case c;
    for (uint64_t seed = 1; seed <= seeds(150); seed++) {
        random_case(&c, seed, seed % 10 ? 6000 : 60000, false);
        run(&c, &scratch, FACTOR_SUM, false);
        check_outputs(&c, seed, false);
        case_free(&c);
    }
    factor_scratch_free(&scratch);
}

// More tables than are looked at in pairs, several of each scope.
static void very_many_tables_are_combined(void **state) {
    (void)state;
    enum { MANY = 150 };
    uint32_t cards[] = {20, 15, 10}, vars[] = {0, 1, 2},
             scopes[3][2] = {{0, 1}, {1, 2}, {0, 2}};
    static Factor parts[2 * MANY];
    const Factor *in[MANY];
    Factor *out[MANY];
    FactorScratch scratch = {0};
    for (size_t i = 0; i < 2 * MANY; i++) {
        parts[i] = (Factor){.nvars = i % 5 ? 2 : 1, .vars = scopes[i % 3]};
        assert_int_equal(factor_allocate(&parts[i], cards, false), OK);
        for (size_t k = 0; k < parts[i].size; k++)
            parts[i].values[k] = 1 + (double)(i * 7 + k * 3) / 10000;
        if (i < MANY)
            in[i] = &parts[i];
        else
            out[i - MANY] = &parts[i];
    }
    FactorJob job = {.cards = cards,
                     .vars = vars,
                     .nvars = 3,
                     .in = in,
                     .nin = MANY,
                     .out = out,
                     .nout = MANY};
    assert_int_equal(factor_combine(&job, &scratch, NULL), OK);
    double total = 0;
    for (uint32_t cell = 0; cell < 3000; cell++) {
        uint32_t at[] = {cell / 150, cell / 10 % 15, cell % 10};
        double x = 1;
        for (size_t i = 0; i < MANY; i++) {
            size_t k = at[in[i]->vars[0]];
            if (in[i]->nvars == 2) k = k * cards[in[i]->vars[1]] + at[in[i]->vars[1]];
            x *= in[i]->values[k];
        }
        total += x;
    }
    for (size_t i = 0; i < MANY; i++) {
        double sum = 0;
        for (size_t k = 0; k < out[i]->size; k++) sum += out[i]->values[k];
        assert_true(fabs(sum - total) <= 1e-10 * total);
    }
    for (size_t i = 0; i < 2 * MANY; i++) factor_free(&parts[i]);
    factor_scratch_free(&scratch);
}

static void maxima_agree_with_the_definition(void **state) {
    (void)state;
    FactorScratch scratch = {0};
    Case c;
    for (uint64_t seed = 1; seed <= seeds(150); seed++) {
        random_case(&c, seed, seed % 10 ? 6000 : 60000, false);
        for (size_t i = 0; i < c.nin; i++)
            for (size_t k = 0; k < c.parts[i].size; k++)
                c.parts[i].values[k] = log(c.parts[i].values[k]);
        run(&c, &scratch, FACTOR_MAX, false);
        check_outputs(&c, seed, true);
        case_free(&c);
    }
    factor_scratch_free(&scratch);
}

static void wide_sums_agree_with_the_definition(void **state) {
    (void)state;
    FactorScratch scratch = {0};
    Case c;
    for (uint64_t seed = 1; seed <= seeds(30); seed++) {
        random_case(&c, seed, 3000, true);
        run(&c, &scratch, FACTOR_SUM, true);
        check_outputs(&c, seed, false);
        case_free(&c);
    }
    factor_scratch_free(&scratch);
}

static void any_failed_allocation_is_survived(void **state) {
    (void)state;
    Case c;
    random_case(&c, 7, 6000, false);
    FactorJob job = {.cards = c.cards,
                     .vars = c.vars,
                     .nvars = c.nvars,
                     .in = c.in,
                     .nin = c.nin,
                     .out = c.out,
                     .nout = c.nout};
    Status status = NOMEM;
    for (long n = 0; status != OK; n++) {
        FactorScratch scratch = {0};
        mem_fail_after(n, (int)(n & 1));
        status = factor_combine(&job, &scratch, NULL);
        mem_fail_after(-1, 0);
        assert_true(status == OK || status == NOMEM);
        factor_scratch_free(&scratch);
    }
    check_outputs(&c, 7, false);
    case_free(&c);
}

static Factor vector_of(double *values, uint32_t *var, const uint32_t *cards) {
    Factor f = {.nvars = 1, .vars = var};
    assert_int_equal(factor_allocate(&f, cards, false), OK);
    memcpy(f.values, values, f.size * sizeof *values);
    return f;
}

static void normalising_rounds_nothing(void **state) {
    (void)state;
    uint32_t var = 0, cards[] = {3};
    double rows[][3] = {{0.1, 0.3, 0}, {1e-310, 3e-320, 1e-312}, {1e308, 3, 1e8}, {0, 0, 0}};
    for (size_t i = 0; i < 4; i++) {
        Factor f = vector_of(rows[i], &var, cards);
        factor_normalise(&f);
        double most = 0;
        for (size_t k = 0; k < 3; k++) {
            most = fmax(most, f.values[k]);
            assert_true(ldexp(f.values[k], (int)f.exponent) == rows[i][k]);
            if (f.values[k] > 0) assert_true(f.values[k] >= ldexp(1, f.low));
        }
        assert_true(i == 3 ? most == 0 : most >= 0x1p-17 && most < 1);
        factor_free(&f);
    }
}

static void nothing_divided_by_nothing_is_nothing(void **state) {
    (void)state;
    uint32_t var = 0, cards[] = {3};
    double above[] = {0.5, 0, 0.75}, below[] = {0.25, 0, 3};
    Factor a = vector_of(above, &var, cards), b = vector_of(below, &var, cards);
    a.exponent = 7;
    b.exponent = 3;
    factor_divide(&a, &b);
    assert_true(a.values[0] == 2 && a.values[1] == 0 && a.values[2] == 0.25);
    assert_int_equal(a.exponent, 4);
    factor_free(&a);
    factor_free(&b);
}

static void underflow_is_foreseen(void **state) {
    (void)state;
    uint32_t var = 0, cards[] = {2};
    double small[] = {1, 1e-200};
    Factor a = vector_of(small, &var, cards), b = vector_of(small, &var, cards);
    factor_normalise(&a);
    factor_normalise(&b);
    const Factor *both[] = {&a, &b};
    assert_false(factor_may_underflow(both, 1));
    assert_true(factor_may_underflow(both, 2));
    assert_int_equal(factor_noise(both, 1, 2), FACTOR_EXACT);
    assert_true(factor_noise(both, 2, 2) < -990);
    b.noise = -300;
    assert_true(factor_noise(both, 2, 2) >= -300 && factor_noise(both, 2, 2) < -290);
    factor_free(&a);
    factor_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_agree_with_the_definition),
        cmocka_unit_test(very_many_tables_are_combined),
        cmocka_unit_test(maxima_agree_with_the_definition),
        cmocka_unit_test(wide_sums_agree_with_the_definition),
        cmocka_unit_test(any_failed_allocation_is_survived),
        cmocka_unit_test(normalising_rounds_nothing),
        cmocka_unit_test(nothing_divided_by_nothing_is_nothing),
        cmocka_unit_test(underflow_is_foreseen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
