// Tests of mini-buckets and of the draws from them: against sums over all joint assignments.
#include "tests/unit/graph_text.h"

#include <math.h>

#include "runtime/base/rng.h"
#include "runtime/infer/minidraw.h"

enum { VARS = 10, FACTORS = 24 };

typedef struct Random {
    Net net;
    uint32_t cards[VARS], scopes[FACTORS][3], evidence[VARS];
    double tables[FACTORS][27];
    NetFactor factors[FACTORS];
    Rng rng;
} Random;

static uint32_t below(Random *r, uint32_t n) {
    return (uint32_t)rng_below(&r->rng, n);
}

// Entries of the kinds: well behaved; with zeros; of very different sizes; nearly logical.
static double entry(Random *r, uint32_t kind) {
    double u = rng_unit(&r->rng);
    switch (kind) {
    case 0:
        return 0.1 + 3 * u;
    case 1:
        return below(r, 4) ? u : 0;
    case 2:
        return exp(4 * (u - 0.5));
    default:
        return below(r, 3) ? 1 : 0;
    }
}

static void random_net(Random *r, uint64_t seed) {
    memset(r, 0, sizeof *r);
    rng_seed(&r->rng, seed, 12);
    uint32_t n = 4 + below(r, VARS - 3), kind = below(r, 4);
    r->net = (Net){.nvars = n, .cards = r->cards, .factors = r->factors};
    for (uint32_t v = 0; v < n; v++) r->cards[v] = below(r, 6) ? 2 + below(r, 2) : 1;
    r->net.nfactors = n + below(r, FACTORS - n);
    for (uint32_t f = 0; f < r->net.nfactors; f++) {
        uint32_t count = 1 + below(r, 3), size = 1;
        for (uint32_t i = 0; i < count; i++) {
            bool again = true;
            while (again) {
                r->scopes[f][i] = below(r, n);
                again = false;
                for (uint32_t k = 0; k < i; k++) again |= r->scopes[f][k] == r->scopes[f][i];
            }
            size *= r->cards[r->scopes[f][i]];
        }
        for (uint32_t i = 0; i < size; i++) r->tables[f][i] = entry(r, kind);
        r->factors[f] = net_factor(count, r->scopes[f], r->tables[f], NET_NONE);
    }
    for (uint32_t v = 0; v < n; v++)
        r->evidence[v] = below(r, 8) ? NET_NONE : below(r, r->cards[v]);
}

static double product(const Random *r, const uint32_t *level) {
    double w = 1;
    for (uint32_t f = 0; f < r->net.nfactors; f++) {
        const NetFactor *x = &r->factors[f];
        size_t at = 0;
        for (uint32_t i = 0; i < x->nvars; i++)
            at = at * r->cards[x->vars[i]] + level[x->vars[i]];
        w *= x->values[at];
    }
    return w;
}

// The weight, and that of each joint level of (a, b), which may be NULL.
static double enumerate(const Random *r, uint32_t a, uint32_t b, double *cells) {
    uint32_t level[VARS] = {0};
    double sum = 0;
    for (;;) {
        bool fits = true;
        for (uint32_t v = 0; v < r->net.nvars; v++)
            fits &= r->evidence[v] == NET_NONE || r->evidence[v] == level[v];
        double w = fits ? product(r, level) : 0;
        sum += w;
        if (cells) cells[level[a] * r->cards[b] + level[b]] += w;
        uint32_t v = 0;
        while (v < r->net.nvars && ++level[v] == r->cards[v]) level[v++] = 0;
        if (v == r->net.nvars) return sum;
    }
}

static void open_buckets(const Random *r, uint32_t vars, MiniBuckets *m) {
    MiniLimit limit = {1e9, vars};
    assert_int_equal(minibucket_new(&r->net, r->evidence, NULL, 0, true, &limit, NULL, m), OK);
    assert_int_equal(minibucket_lower(m, NULL), OK);
}

static void bounds_hold(void **state) {
    (void)state;
    uint64_t split = 0, n = seeds(400);
    for (uint64_t seed = 1; seed <= n; seed++) {
        Random r;
        MiniBuckets m;
        random_net(&r, seed);
        double z = log(enumerate(&r, 0, 0, NULL));
        open_buckets(&r, 1 + (uint32_t)(seed % 4), &m);
        split += m.split > 0;
        if (!(m.log_lower <= z + 1e-9 && z <= m.log_upper + 1e-9))
            fail_msg("seed %llu: %.17g is not within [%.17g, %.17g]", (unsigned long long)seed,
                     z, m.log_lower, m.log_upper);
        minibucket_free(&m);
    }
    assert_true(split > n / 8);
}

static void whole_buckets_are_exact(void **state) {
    (void)state;
    for (uint64_t seed = 1, n = seeds(300); seed <= n; seed++) {
        Random r;
        MiniBuckets m;
        random_net(&r, seed);
        double z = log(enumerate(&r, 0, 0, NULL));
        open_buckets(&r, 0, &m);
        assert_int_equal(m.split, 0);
        if (!(fabs(m.log_upper - z) < 1e-12 * fmax(1, fabs(z))) && !(m.log_upper == z))
            fail_msg("seed %llu: %.17g, expected %.17g", (unsigned long long)seed, m.log_upper,
                     z);
        assert_true(m.log_lower == m.log_upper);
        minibucket_free(&m);
    }
}

typedef struct Tally {
    size_t checked, beyond;
} Tally;

static void check(Tally *t, uint64_t seed, double got, double want, double error, bool few) {
    double z = fabs(got - want);
    if (!(z <= 5.5 * error + 1e-9))
        fail_msg("seed %llu: %.9g +- %.3g, expected %.9g", (unsigned long long)seed, got, error,
                 want);
    // Of a cell that few draws tell of, the error is an upper bound.
    if (few) return;
    t->checked++;
    t->beyond += z > 1.96 * error;
}

// Weights and joint laws of two variables, one of which counts by its law given the others.
static void draws_meet_sums(void **state) {
    (void)state;
    Tally tally = {0}, intervals = {0};
    uint64_t n = seeds(300);
    for (uint64_t seed = 1; seed <= n; seed++) {
        Random r;
        MiniBuckets m;
        MiniDraws d;
        double cells[9] = {0};
        random_net(&r, seed);
        uint32_t pair[2] = {0, 1};
        double z = enumerate(&r, 0, 1, cells), low, high;
        open_buckets(&r, 1 + (uint32_t)(seed % 4), &m);
        MiniTarget target = {.nvars = 2, .vars = pair};
        RealBudget budget = {.draws = 4000, .seed = seed, .threads = 1};
        assert_int_equal(minidraw(&m, &target, 1, &budget, NULL, &d), OK);
        if (z == 0) assert_true(minidraw_weight(&d) == 0);
        if (m.log_upper == -(double)INFINITY) {
            minidraw_free(&d);
            minibucket_free(&m);
            continue;
        }
        assert_int_equal(d.n, 4000);
        minidraw_interval(&d, &m, 0.95, &low, &high);
        intervals.checked++;
        intervals.beyond += !(low <= log(z) + 1e-9 && log(z) <= high + 1e-9);
        for (size_t i = 0; i < d.cells && d.ess > 400; i++) {
            double share = minidraw_sum(&d, i) / minidraw_weight(&d);
            check(&tally, seed, share, cells[i] / z, minidraw_error(&d, i),
                  minidraw_error(&d, i) <= minidraw_least(&d, share));
        }
        minidraw_free(&d);
        minibucket_free(&m);
    }
    double share = (double)tally.beyond / (double)tally.checked;
    if (!(tally.checked > n / 2 && share < 0.09))
        fail_msg("%zu of %zu beyond 1.96 standard errors", tally.beyond, tally.checked);
    if (intervals.beyond > intervals.checked / 20)
        fail_msg("%zu of %zu intervals miss", intervals.beyond, intervals.checked);
}

// The mean of the weights is the weight of the network, itself: over many seeds.
static void weights_are_unbiased(void **state) {
    (void)state;
    Tally tally = {0};
    uint64_t n = seeds(300);
    for (uint64_t seed = 1; seed <= n; seed++) {
        Random r;
        MiniBuckets m;
        MiniDraws d;
        random_net(&r, seed);
        double z = enumerate(&r, 0, 0, NULL);
        open_buckets(&r, 1 + (uint32_t)(seed % 4), &m);
        RealBudget budget = {.draws = 4001, .seed = seed, .threads = 1};
        assert_int_equal(minidraw(&m, NULL, 0, &budget, NULL, &d), OK);
        if (m.log_upper > -(double)INFINITY) assert_int_equal(d.n, 4001);
        double mean = minidraw_weight(&d) / (double)d.n, all = minidraw_weight(&d);
        double error = minidraw_error(&d, SIZE_MAX);
        if (d.ess > 400)
            check(&tally, seed, 1, z * exp(-d.log_scale) / mean, error, error <= 1 / d.ess);
        assert_true(log(all / fmax((double)d.n, 1)) + d.log_scale <= m.log_upper + 1e-9);
        minidraw_free(&d);
        minibucket_free(&m);
    }
    double share = (double)tally.beyond / (double)tally.checked;
    if (!(tally.checked > n / 20 && share < 0.12))
        fail_msg("%zu of %zu beyond 1.96 standard errors", tally.beyond, tally.checked);
}

static void threads_change_nothing(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        Random r;
        MiniBuckets m;
        MiniDraws a, b;
        uint32_t vars[2] = {1, 2};
        MiniTarget targets[2] = {{.nvars = 1, .vars = &vars[0]},
                                 {.nvars = 1, .vars = &vars[1]}};
        random_net(&r, seed);
        open_buckets(&r, 2, &m);
        RealBudget one = {.seed = 3, .threads = 1, .tolerance = 0.01}, three = one;
        three.threads = 3;
        assert_int_equal(minidraw(&m, targets, 2, &one, NULL, &a), OK);
        assert_int_equal(minidraw(&m, targets, 2, &three, NULL, &b), OK);
        assert_int_equal(a.n, b.n);
        assert_memory_equal(a.sums, b.sums, a.cells * REAL_BATCHES * sizeof(double));
        assert_true(a.ess == b.ess && a.shape == b.shape && a.log_scale == b.log_scale);
        minidraw_free(&a);
        minidraw_free(&b);
        minibucket_free(&m);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_hold),
        cmocka_unit_test(whole_buckets_are_exact),
        cmocka_unit_test(draws_meet_sums),
        cmocka_unit_test(weights_are_unbiased),
        cmocka_unit_test(threads_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
