// Tests of runtime/sample/mechanism: draws against their law, weights against formulas.
#include "tests/unit/model_text.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

#include "runtime/sample/mechanism.h"

enum { N = 40000 };

static uint32_t levels[N];
static double reals[N], sums[N];

typedef struct Bench {
    TextModel t;
    const void **values;
    Stream stream;
    double *work;
    size_t nwork;
} Bench;

static Bench bench(const char *text) {
    Bench b = {.t = text_model(text)};
    b.values = MEM_NEW(const void *, b.t.m->nvars);
    stream_open(&b.stream, 5, 1);
    return b;
}

static void bench_free(Bench *b) {
    for (uint32_t v = 0; v < b->t.m->nvars; v++) mem_free((void *)(uintptr_t)b->values[v]);
    mem_free(b->values);
    text_model_free(&b->t);
}

static Mechanism *mechanism_of(Bench *b, const char *name) {
    Mechanism *m = NULL;
    Faults faults = {0};
    Status st = mechanism_new(b->t.m, text_model_var(&b->t, name), &m, &faults);
    if (st != OK && faults.count) fail_msg("%s: %s", name, faults.items[0].message);
    assert_int_equal(st, OK);
    fault_free(&faults);
    return m;
}

// Draws variables in the model's order, N lanes each, and returns the lanes without value.
static size_t draw_all(Bench *b) {
    size_t wrong = 0;
    for (uint32_t i = 0; i < b->t.m->nvars; i++) {
        uint32_t v = b->t.m->order[i];
        Mechanism *m = mechanism_of(b, b->t.m->vars[v]->name->text);
        void *lanes = MEM_NEW(double, N);
        double *work = MEM_NEW(double, mechanism_work(m, N));
        wrong += mechanism_draw(m, &b->stream, N, b->values, lanes, NULL, work);
        b->values[v] = lanes;
        mem_free(work);
        mechanism_free(m);
    }
    return wrong;
}

static const double *real_lanes(const Bench *b, const char *name) {
    return b->values[text_model_var(&b->t, name)];
}

static const uint32_t *level_lanes(const Bench *b, const char *name) {
    return b->values[text_model_var(&b->t, name)];
}

static unsigned weigh(Bench *b, const char *name, const void *given) {
    Mechanism *m = mechanism_of(b, name);
    double *work = MEM_NEW(double, mechanism_work(m, N));
    memset(sums, 0, sizeof sums);
    unsigned how = mechanism_log_mass(m, N, b->values, given, sums, work);
    mem_free(work);
    mechanism_free(m);
    return how;
}

// Within 5 standard errors of a proportion.
static void check_share(const char *what, size_t hits, size_t n, double p) {
    double se = sqrt(p * (1 - p) / (double)n) + 1e-12;
    if (fabs((double)hits / (double)n - p) > 5 * se)
        fail_msg("%s: %zu of %zu, not %g", what, hits, n, p);
}

static void close_to(double got, double want) {
    if (got == want) return;
    if (!(fabs(got - want) <= 1e-12 * fmax(1, fabs(want)))) fail_msg("%.17g, not %.17g", got, want);
}

static void tables(void **state) {
    (void)state;
    Bench b = bench("A ~ {x: 0.2, y: 0.3, z: 0.5}\n"
                    "B ~ if A = x then bernoulli(0) else bernoulli(0.7)\n"
                    "C ~ case A, B { x, _ => {p: 0.1, q: 0, r: 0.2, s: 0.7}\n"
                    "  _, true => {p: 1, q: 0, r: 0, s: 0}\n"
                    "  _, _ => {p: 0, q: 0.5, r: 0.5, s: 0} }\n"
                    "D = B and A = y\n");
    assert_int_equal(draw_all(&b), 0);
    const uint32_t *a = level_lanes(&b, "A"), *bb = level_lanes(&b, "B"),
                   *c = level_lanes(&b, "C"), *d = level_lanes(&b, "D");
    size_t count[3] = {0}, first[4] = {0}, other[4] = {0}, nother = 0, yes = 0;
    for (size_t l = 0; l < N; l++) {
        count[a[l]]++;
        if (a[l] == 0) assert_true(bb[l] == 0);
        yes += bb[l];
        if (a[l] == 0) first[c[l]]++;
        if (a[l] != 0 && bb[l]) assert_true(c[l] == 0);
        if (a[l] != 0 && !bb[l]) other[c[l]]++, nother++;
        assert_true(d[l] == (bb[l] && a[l] == 1));
    }
    check_share("A = x", count[0], N, 0.2);
    check_share("A = y", count[1], N, 0.3);
    check_share("B", yes, N, 0.56);
    check_share("C = p", first[0], count[0], 0.1);
    check_share("C = r", first[2], count[0], 0.2);
    assert_true(first[1] == 0 && other[0] == 0 && other[3] == 0);
    check_share("C = q", other[1], nother, 0.5);
    for (size_t l = 0; l < N; l++) levels[l] = (uint32_t)(l % 4);
    assert_int_equal(weigh(&b, "C", levels), MECHANISM_MASS);
    const double rows[3][4] = {{0.1, 0, 0.2, 0.7}, {1, 0, 0, 0}, {0, 0.5, 0.5, 0}};
    for (size_t l = 0; l < N; l++)
        close_to(sums[l], log(rows[a[l] == 0 ? 0 : bb[l] ? 1 : 2][levels[l]]));
    bench_free(&b);
}

static void many_levels(void **state) {
    (void)state;
    Bench b = bench("A: 0..40 ~ binomial(40, 0.3)\n"
                    "X ~ normal(0, 1)\n"
                    "C: 0..60 ~ binomial(60, logistic(X))\n"
                    "D: 0..3 ~ binomial(3, logistic(X - 1))\n");
    assert_int_equal(draw_all(&b), 0);
    const uint32_t *a = level_lanes(&b, "A"), *c = level_lanes(&b, "C"),
                   *d = level_lanes(&b, "D");
    const double *x = real_lanes(&b, "X");
    size_t low = 0;
    double sc = 0, vc = 0, sd = 0, vd = 0;
    for (size_t l = 0; l < N; l++) {
        low += a[l] <= 10;
        double p = 1 / (1 + exp(-x[l])), q = 1 / (1 + exp(1 - x[l]));
        sc += c[l] - 60 * p, vc += 60 * p * (1 - p);
        sd += d[l] - 3 * q, vd += 3 * q * (1 - q);
    }
    check_share("A <= 10", low, N, gsl_cdf_binomial_P(10, 0.3, 40));
    assert_true(fabs(sc) < 5 * sqrt(vc) && fabs(sd) < 5 * sqrt(vd));
    for (size_t l = 0; l < N; l++) levels[l] = (uint32_t)(l % 4);
    assert_int_equal(weigh(&b, "D", levels), MECHANISM_MASS);
    for (size_t l = 0; l < N; l += 7)
        close_to(sums[l], log(gsl_ran_binomial_pdf(levels[l], 1 / (1 + exp(1 - x[l])), 3)));
    assert_int_equal(weigh(&b, "C", levels), MECHANISM_MASS);
    for (size_t l = 0; l < N; l += 7)
        assert_true(fabs(sums[l] - log(gsl_ran_binomial_pdf(levels[l], 1 / (1 + exp(-x[l])), 60))) <
                    1e-9);
    bench_free(&b);
}

// Draws through the cdf of their law are uniform: Kolmogorov-Smirnov at 1e-6.
static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void check_uniform(const char *what, double *u) {
    double most = 0;
    qsort(u, N, sizeof *u, by_value);
    for (size_t l = 0; l < N; l++) {
        most = fmax(most, fabs(u[l] - (double)l / N));
        most = fmax(most, fabs(u[l] - (double)(l + 1) / N));
    }
    if (!(most * sqrt(N) < 2.7)) fail_msg("%s: distance %g", what, most);
}

static void laws(void **state) {
    (void)state;
    Bench b = bench("B ~ bernoulli(0.4)\n"
                    "X ~ normal(1, 2)\n"
                    "Y ~ if B then normal(2 * X, 1) else normal(-X, 0.5)\n"
                    "Z ~ if B then exponential(rate: 2) else normal(X, 1)\n"
                    "W ~ mix {normal(X, 1): 0.3, normal(5, 2): 0.7}\n");
    assert_int_equal(draw_all(&b), 0);
    const uint32_t *bb = level_lanes(&b, "B");
    const double *x = real_lanes(&b, "X"), *y = real_lanes(&b, "Y"), *z = real_lanes(&b, "Z"),
                 *w = real_lanes(&b, "W");
    for (size_t l = 0; l < N; l++) reals[l] = gsl_cdf_gaussian_P(x[l] - 1, 2);
    check_uniform("X", reals);
    for (size_t l = 0; l < N; l++)
        reals[l] = bb[l] ? gsl_cdf_gaussian_P(y[l] - 2 * x[l], 1)
                         : gsl_cdf_gaussian_P(y[l] + x[l], 0.5);
    check_uniform("Y", reals);
    for (size_t l = 0; l < N; l++)
        reals[l] = bb[l] ? gsl_cdf_exponential_P(z[l], 0.5) : gsl_cdf_gaussian_P(z[l] - x[l], 1);
    check_uniform("Z", reals);
    for (size_t l = 0; l < N; l++)
        reals[l] = 0.3 * gsl_cdf_gaussian_P(w[l] - x[l], 1) + 0.7 * gsl_cdf_gaussian_P(w[l] - 5, 2);
    check_uniform("W", reals);
    for (size_t l = 0; l < N; l++) reals[l] = (double)(l % 100) / 10 - 3;
    assert_int_equal(weigh(&b, "Y", reals), MECHANISM_DENSITY);
    for (size_t l = 0; l < N; l += 7)
        close_to(sums[l], log(bb[l] ? gsl_ran_gaussian_pdf(reals[l] - 2 * x[l], 1)
                                    : gsl_ran_gaussian_pdf(reals[l] + x[l], 0.5)));
    assert_int_equal(weigh(&b, "Z", reals), MECHANISM_DENSITY);
    for (size_t l = 0; l < N; l += 7)
        close_to(sums[l], log(bb[l] ? gsl_ran_exponential_pdf(reals[l], 0.5)
                                    : gsl_ran_gaussian_pdf(reals[l] - x[l], 1)));
    assert_int_equal(weigh(&b, "W", reals), MECHANISM_DENSITY);
    for (size_t l = 0; l < N; l += 7)
        close_to(sums[l], log(0.3 * gsl_ran_gaussian_pdf(reals[l] - x[l], 1) +
                              0.7 * gsl_ran_gaussian_pdf(reals[l] - 5, 2)));
    bench_free(&b);
}

// An atom outweighs a density.
static void atoms(void **state) {
    (void)state;
    Bench b = bench("X: real ~ mix {point(0): 0.25, normal(0, 1): 0.75}\n"
                    "Y: real ~ {1.5: 0.2, 2: 0.8}\n");
    assert_int_equal(draw_all(&b), 0);
    const double *x = real_lanes(&b, "X"), *y = real_lanes(&b, "Y");
    size_t zero = 0, low = 0;
    for (size_t l = 0; l < N; l++) {
        zero += x[l] == 0;
        low += y[l] == 1.5;
        assert_true(y[l] == 1.5 || y[l] == 2);
        reals[l] = l % 2 ? 0 : 1.5;
    }
    check_share("X = 0", zero, N, 0.25);
    check_share("Y = 1.5", low, N, 0.2);
    assert_int_equal(weigh(&b, "X", reals), MECHANISM_MASS | MECHANISM_DENSITY);
    close_to(sums[1], log(0.25));
    close_to(sums[0], log(0.75 * gsl_ran_gaussian_pdf(1.5, 1)));
    assert_int_equal(weigh(&b, "Y", reals), MECHANISM_MASS);
    close_to(sums[0], log(0.2));
    assert_true(sums[1] == -INFINITY);
    bench_free(&b);
}

// Cut distributions, also far out in a tail, and samples.
static void truncated(void **state) {
    (void)state;
    Bench b = bench("X ~ truncate(normal(0, 1), 6, 8)\n"
                    "Y ~ truncate(normal(X, 2), 5, 9)\n"
                    "K: 0..9 ~ truncate(poisson(3), 2, 9)\n"
                    "E: real ~ empirical([1, 2, 2, 7])\n");
    assert_int_equal(draw_all(&b), 0);
    const double *x = real_lanes(&b, "X"), *y = real_lanes(&b, "Y"), *e = real_lanes(&b, "E");
    const uint32_t *k = level_lanes(&b, "K");
    double q6 = gsl_cdf_ugaussian_Q(6), q8 = gsl_cdf_ugaussian_Q(8);
    size_t twos = 0, threes = 0;
    for (size_t l = 0; l < N; l++) {
        reals[l] = (gsl_cdf_ugaussian_Q(x[l]) - q8) / (q6 - q8);
        twos += e[l] == 2;
        threes += k[l] == 3;
        assert_true(k[l] >= 2);
    }
    check_uniform("X", reals);
    for (size_t l = 0; l < N; l++) {
        double low = gsl_cdf_gaussian_P(5 - x[l], 2), high = gsl_cdf_gaussian_P(9 - x[l], 2);
        reals[l] = (gsl_cdf_gaussian_P(y[l] - x[l], 2) - low) / (high - low);
    }
    check_uniform("Y", reals);
    check_share("E = 2", twos, N, 0.5);
    check_share("K = 3", threes, N,
                gsl_ran_poisson_pdf(3, 3) /
                    (gsl_cdf_poisson_P(9, 3) - gsl_cdf_poisson_P(1, 3)));
    for (size_t l = 0; l < N; l++) reals[l] = l % 2 ? 6 : 2;
    assert_int_equal(weigh(&b, "Y", reals), MECHANISM_DENSITY);
    double z = gsl_cdf_gaussian_P(9 - x[1], 2) - gsl_cdf_gaussian_P(5 - x[1], 2);
    assert_true(fabs(sums[1] - log(gsl_ran_gaussian_pdf(6 - x[1], 2) / z)) < 1e-9);
    assert_true(sums[0] == -INFINITY);
    assert_int_equal(weigh(&b, "E", reals), MECHANISM_MASS);
    close_to(sums[0], log(0.5));
    assert_true(sums[1] == -INFINITY);
    bench_free(&b);
}

static void functions(void **state) {
    (void)state;
    Bench b = bench("X ~ normal(0, 1)\n"
                    "noise U ~ normal(0, 1)\n"
                    "Y: real = 2 * X + exp(U)\n"
                    "S: {low, high} = if Y > 1 then high else low\n"
                    "K: 0..3 = case X { < -1 => 0\n < 0 => 1\n < 1 => 2\n _ => 3 }\n"
                    "L: positive = log(X)\n");
    size_t wrong = draw_all(&b), negative = 0;
    const double *x = real_lanes(&b, "X"), *u = real_lanes(&b, "U"), *y = real_lanes(&b, "Y");
    const uint32_t *s = level_lanes(&b, "S"), *k = level_lanes(&b, "K");
    for (size_t l = 0; l < N; l++) {
        close_to(y[l], 2 * x[l] + exp(u[l]));
        assert_true(s[l] == (y[l] > 1));
        assert_true(k[l] == (uint32_t)((x[l] >= -1) + (x[l] >= 0) + (x[l] >= 1)));
        negative += x[l] < 0;
    }
    assert_int_equal(wrong, negative); // log of a negative number
    assert_int_equal(weigh(&b, "Y", y), MECHANISM_MASS);
    for (size_t l = 0; l < N; l++) assert_true(sums[l] == 0);
    Mechanism *m = mechanism_of(&b, "Y"), *n = mechanism_of(&b, "X");
    assert_true(mechanism_sure(m) && !mechanism_sure(n));
    assert_true(mechanism_continuous(n) && !mechanism_continuous(m));
    assert_int_equal(mechanism_nreads(m), 2);
    mechanism_free(m);
    mechanism_free(n);
    bench_free(&b);
}

// Probabilities outside 0..1 and negative scales leave lanes without value.
static void wrong_parameters(void **state) {
    (void)state;
    Bench b = bench("X ~ normal(0, 1)\n"
                    "B ~ bernoulli(X)\n"
                    "Y ~ normal(0, X)\n");
    size_t bad = draw_all(&b), want = 0;
    const double *x = real_lanes(&b, "X");
    for (size_t l = 0; l < N; l++) want += (x[l] < 0 || x[l] > 1 ? 1u : 0u) + (x[l] <= 0);
    assert_int_equal(bad, want);
    for (size_t l = 0; l < N; l++) levels[l] = 1, reals[l] = 0;
    assert_true(weigh(&b, "B", levels) & MECHANISM_WRONG);
    assert_true(weigh(&b, "Y", reals) & MECHANISM_WRONG);
    bench_free(&b);
}

static void survives_exhaustion(void **state) {
    (void)state;
    Bench b = bench("B ~ bernoulli(0.4)\n"
                    "X ~ normal(1, 2)\n"
                    "Y ~ if B then normal(2 * X, 1) else normal(-X, 0.5)\n"
                    "Z ~ if B then exponential(rate: 2)\n"
                    "else mix {normal(X, 1): 0.5, gumbel(0, 1): 0.5}\n"
                    "C ~ if X > 0 then {a: 0.2, b: 0.8} else {a: 0.7, b: 0.3}\n");
    for (uint32_t v = 0; v < b.t.m->nvars; v++) {
        bool reached = true;
        for (long n = 0; reached; n++) {
            Mechanism *m = NULL;
            Faults faults = {0};
            mem_fail_after(n, 0);
            Status st = mechanism_new(b.t.m, v, &m, &faults);
            reached = mem_count() > n;
            mem_fail_after(-1, 0);
            assert_true(st == OK || (st == NOMEM && !m));
            assert_true(reached || st == OK);
            mechanism_free(m);
            fault_free(&faults);
        }
    }
    bench_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables),           cmocka_unit_test(many_levels),
        cmocka_unit_test(laws),             cmocka_unit_test(atoms),
        cmocka_unit_test(truncated),        cmocka_unit_test(functions),
        cmocka_unit_test(wrong_parameters),
        cmocka_unit_test(survives_exhaustion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
