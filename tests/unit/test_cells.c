// Variables that matter by thresholds only, against models in which a finite variable stands in
// place of each.
//
// Every random program holds two models. In `cut` the roots have infinitely many values; in
// `grid` each root is a finite variable that says on which side of every number used here its
// value is, with probabilities that are computed below. All comparisons are written twice.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "interp/interp.h"
#include "runtime/base/rng.h"
#include "runtime/base/str.h"
#include "tests/unit/graph_text.h"

typedef struct Twin {
    Rng rng;
    Str cut, grid, text;
    bool kernels; // some events are only distributed
} Twin;

static uint32_t below(Twin *t, uint32_t n) {
    return (uint32_t)rng_below(&t->rng, n);
}

static void both(Twin *t, const char *text) {
    str_add(&t->cut, text);
    str_add(&t->grid, text);
}

// --- comparisons ----------------------------------------------------------------------------

// U is uniform over (0, 1); in the grid it is the number of the eighth it is in.
static void compare_uniform(Twin *t, const char *u) {
    unsigned k = below(t, 9);
    switch (below(t, 9)) {
    case 0:
        str_printf(&t->cut, "%s < %u/8", u, k);
        str_printf(&t->grid, "%s < %u", u, k);
        break;
    case 1:
        str_printf(&t->cut, "8*%s >= %u", u, k);
        str_printf(&t->grid, "%s >= %u", u, k);
        break;
    case 2:
        k = k ? k : 1;
        str_printf(&t->cut, "log(%s) < log(%u/8)", u, k);
        str_printf(&t->grid, "%s < %u", u, k);
        break;
    case 3:
        k %= 5;
        str_printf(&t->cut, "abs(%s - 0.5) < %u/8", u, k);
        str_printf(&t->grid, "(%s >= %u and %s < %u)", u, 4 - k, u, 4 + k);
        break;
    case 4:
        str_printf(&t->cut, "1 - %s > %u/8", u, k);
        str_printf(&t->grid, "%s < %u", u, 8 - k);
        break;
    case 5:
        str_printf(&t->cut, "%s < (if X = a then %u else %u)/8", u, k, (k + 3) % 9);
        str_printf(&t->grid, "%s < (if X = a then %u else %u)", u, k, (k + 3) % 9);
        break;
    case 6:
        str_printf(&t->cut, "%s^2 >= (%u/8)^2", u, k);
        str_printf(&t->grid, "%s >= %u", u, k);
        break;
    case 7:
        str_printf(&t->cut, "floor(8*%s) = %u", u, k);
        str_printf(&t->grid, "%s = %u", u, k % 8);
        if (k == 8) str_add(&t->grid, " and false");
        break;
    default:
        str_printf(&t->cut, "%s_wide < 3*%u/8 - 1", u, k);
        str_printf(&t->grid, "%s < %u", u, k);
        break;
    }
}

// N has the law of Poisson; in the grid 9 stands for all from 9 on.
static void compare_count(Twin *t) {
    unsigned k = below(t, 9);
    switch (below(t, 4)) {
    case 0: both(t, "N >= "); break;
    case 1: both(t, "N = "); break;
    case 2: both(t, "N != "); break;
    default:
        str_printf(&t->cut, "2*N + 1 < %u", 2 * k + 1);
        str_printf(&t->grid, "N < %u", k);
        return;
    }
    str_printf(&t->cut, "%u", k);
    str_printf(&t->grid, "%u", k);
}

static const double ends[] = {-1, 0, 1, 2.5};

// Z is normal; in the grid it is the number of ends below it.
static void compare_normal(Twin *t) {
    unsigned k = below(t, 4);
    bool direct = below(t, 2);
    str_printf(&t->cut, direct ? "Z > %g" : "exp(Z) > exp(%g)", ends[k]);
    str_printf(&t->grid, "Z > %u", k);
}

static void compare(Twin *t) {
    both(t, "(");
    switch (below(t, 4)) {
    case 0: compare_count(t); break;
    case 1: compare_normal(t); break;
    default: compare_uniform(t, below(t, 2) ? "U" : "V"); break;
    }
    both(t, ")");
}

// --- programs -------------------------------------------------------------------------------

static double poisson(double rate, unsigned k) {
    return exp(k * log(rate) - rate - lgamma(k + 1.0));
}

static double normal_below(double x, double mean, double sd) {
    return 0.5 * erfc(-(x - mean) / sd / sqrt(2));
}

static void declare_roots(Twin *t) {
    double rate = 1 + below(t, 4), rest = 1;
    both(t, "  X : {a, b, c} ~ {a: 0.2, b: 0.5}\n  D : bool ~ 0.4\n");
    str_printf(&t->cut,
               "  noise U, V ~ uniform(0, 1)\n  U_wide = 3*U - 1\n  V_wide = 3*V - 1\n"
               "  N ~ poisson(%.17g)\n  Z ~ normal(if X = b then 1 else -1, 2)\n",
               rate);
    str_add(&t->grid, "  noise U, V : 0..7 ~ uniform(0..7)\n  N : 0..9 ~ {");
    for (unsigned k = 0; k < 9; k++) {
        str_printf(&t->grid, "%u: %.17g, ", k, poisson(rate, k));
        rest -= poisson(rate, k);
    }
    str_printf(&t->grid, "9: %.17g}\n  Z : 0..4 ~ case X {", rest);
    for (unsigned row = 0; row < 2; row++) {
        double mean = row ? -1 : 1, last = 0;
        str_add(&t->grid, row ? "; _ => {" : " b => {");
        for (unsigned k = 0; k < 4; k++) {
            double p = normal_below(ends[k], mean, 2);
            str_printf(&t->grid, "%u: %.17g, ", k, p - last);
            last = p;
        }
        str_printf(&t->grid, "4: %.17g}", 1 - last);
    }
    str_add(&t->grid, " }\n");
}

static void declare_events(Twin *t, unsigned n) {
    char text[64];
    for (unsigned i = 0; i < n; i++) {
        bool structural = !t->kernels || below(t, 3) != 0;
        snprintf(text, sizeof text, "  B%u : bool %s ", i, structural ? "= " : "~ if ");
        both(t, text);
        compare(t);
        for (unsigned more = below(t, 3); more; more--) {
            both(t, below(t, 2) ? " and " : " or ");
            if (below(t, 2)) compare(t);
            else both(t, below(t, 2) ? "D" : "X = b");
        }
        snprintf(text, sizeof text, " and B%u", i - 1);
        if (i && below(t, 2)) both(t, text);
        if (!structural) both(t, " then 0.3 else 0.9");
        both(t, "\n");
    }
}

static void ask_both(Twin *t, const char *question) {
    str_printf(&t->text, "assert abs((%s under cut) - (%s under grid)) < 1e-12, \"%s\"\n", question,
               question, question);
}

// A question whose events are comparisons.
static void ask_compared(Twin *t) {
    Str a = {0}, b = {0}, keep_cut = t->cut, keep_grid = t->grid;
    t->cut = a;
    t->grid = b;
    both(t, "P(");
    compare(t);
    both(t, " | D, X != c, B0 or not B0, ");
    both(t, below(t, 2) ? "N >= 1)" : "not N = 2)");
    str_printf(&t->text, "assert abs((%s under cut) - (%s under grid)) < 1e-12\n", str_text(&t->cut),
               str_text(&t->grid));
    str_free(&t->cut);
    str_free(&t->grid);
    t->cut = keep_cut;
    t->grid = keep_grid;
}

static void write_program(Twin *t) {
    static const char *const questions[] = {
        "P(B2 | D, X = a)", "P(B0, B1, B2)",      "E[B0 + 2*B1 - B2 | do(D = true)]",
        "I(B0; B2)",        "Var[B0 + B2]",       "P(B3 | do(X = b), not D)",
        "P(B2 | do(B0 = 1))",
    };
    static const char *const worlds[] = {
        "P(B1, B2[D = true])",
        "P(B3[D = true] = 1, B3[D = false] = 0 | X = b)",
        "E[B2[B0 = 1] - B2[B0 = 0] | D]",
    };
    unsigned n = 4;
    t->kernels = below(t, 2);
    both(t, " {\n");
    declare_roots(t);
    declare_events(t, n);
    both(t, "}\n");
    str_printf(&t->text, "model grid%smodel cut%s", str_text(&t->grid), str_text(&t->cut));
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        ask_both(t, questions[i]);
    // What is only distributed has no value in other worlds.
    for (size_t i = 0; !t->kernels && i < sizeof worlds / sizeof *worlds; i++)
        ask_both(t, worlds[i]);
    for (int i = 0; i < 4; i++) ask_compared(t);
}

static void keep(void *user, const char *text, size_t len) {
    str_add_n(user, text, len);
}

static bool run(const char *text, Str *said) {
    const InterpOptions options = {.print = keep, .report = keep, .user = said};
    Interp *in = interp_new(&options);
    assert_non_null(in);
    int status = interp_run(in, "test.rung", NULL, text, strlen(text));
    interp_free(in);
    return status == EXIT_OK;
}

static void test_random(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < seeds(40); seed++) {
        Twin t = {0};
        Str said = {0};
        rng_seed(&t.rng, seed, 0);
        write_program(&t);
        bool ok = run(str_text(&t.text), &said);
        if (!ok) printf("seed %llu\n%s\n%s\n", (unsigned long long)seed, str_text(&t.text),
                        str_text(&said));
        assert_true(ok);
        str_free(&t.cut);
        str_free(&t.grid);
        str_free(&t.text);
        str_free(&said);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
