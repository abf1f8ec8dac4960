// Tests of runtime/model/gumbel.h: against its margins, which are known; against the closed form
// for two values, min(p, q); against the noise itself, drawn; and counterfactual stability.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/base/rng.h"
#include "runtime/model/gumbel.h"
#include "tests/unit/graph_text.h"

#define MOST 6

// Some weights are zero, some much smaller than others.
static void draw_law(Rng *rng, uint32_t n, double *p) {
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        p[i] = rng_below(rng, 5) ? pow(rng_unit(rng), (double)rng_below(rng, 4)) : 0;
        if (i == n - 1 && sum == 0) p[i] = 1;
        sum += p[i];
    }
    for (uint32_t i = 0; i < n; i++) p[i] /= sum;
}

static void test_laws(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < seeds(500); seed++) {
        Rng rng;
        rng_seed(&rng, seed, 0);
        uint32_t n = 2 + (uint32_t)rng_below(&rng, MOST - 1);
        double p[MOST], q[MOST], joint[MOST * MOST];
        draw_law(&rng, n, p);
        draw_law(&rng, n, q);
        assert_int_equal(gumbel_joint(p, q, n, joint), OK);
        for (uint32_t a = 0; a < n; a++) {
            double row = 0, column = 0;
            for (uint32_t b = 0; b < n; b++) {
                row += joint[a * n + b];
                column += joint[b * n + a];
                // b instead of a only if its odds against a have grown.
                bool grown = q[b] * p[a] > q[a] * p[b] * (1 + 1e-12);
                if (a != b && !grown && fabs(joint[a * n + b]) > 1e-12)
                    fail_msg("seed %lu: not stable", (unsigned long)seed);
            }
            if (fabs(row - p[a]) > 1e-12 || fabs(column - q[a]) > 1e-12)
                fail_msg("seed %lu: margins", (unsigned long)seed);
        }
        if (n == 2) assert_true(fabs(joint[3] - fmin(p[1], q[1])) <= 1e-14);
    }
}

static uint32_t pick(const double *p, const double *gumbel, uint32_t n) {
    uint32_t best = 0;
    double most = -INFINITY;
    for (uint32_t c = 0; c < n; c++) {
        double score = log(p[c]) + gumbel[c];
        if (score > most) best = c;
        if (score > most) most = score;
    }
    return best;
}

// Drawn noise: every cell within 5 standard errors.
static void test_drawn(void **state) {
    (void)state;
    enum { DRAWS = 40000 };
    for (uint64_t seed = 0; seed < 6; seed++) {
        Rng rng;
        rng_seed(&rng, seed, 1);
        uint32_t n = 3 + (uint32_t)(seed % 3), counts[MOST * MOST] = {0};
        double p[MOST], q[MOST], joint[MOST * MOST], gumbel[MOST];
        draw_law(&rng, n, p);
        draw_law(&rng, n, q);
        for (int i = 0; i < DRAWS; i++) {
            for (uint32_t c = 0; c < n; c++) gumbel[c] = -log(-log(rng_unit(&rng) + 1e-300));
            counts[pick(p, gumbel, n) * n + pick(q, gumbel, n)]++;
        }
        assert_int_equal(gumbel_joint(p, q, n, joint), OK);
        for (uint32_t i = 0; i < n * n; i++) {
            double share = (double)counts[i] / DRAWS;
            double se = sqrt(joint[i] * (1 - joint[i]) / DRAWS);
            if (fabs(share - joint[i]) > 5 * se + 1e-9)
                fail_msg("seed %lu cell %u: %g, drawn %g", (unsigned long)seed, i, joint[i], share);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_laws), cmocka_unit_test(test_drawn)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
