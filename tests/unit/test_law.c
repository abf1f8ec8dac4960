// Tests of runtime/model/law*: normal forms, truncations against their definitions, mixtures,
// moments against closed forms, draws by Kolmogorov-Smirnov and chi-square.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

#include "runtime/base/mem.h"
#include "runtime/model/law.h"

static Interner *names;

static int begin(void **state) {
    (void)state;
    names = intern_new();
    return !names;
}

static int end(void **state) {
    (void)state;
    intern_free(names);
    return 0;
}

static Term *num(double x) {
    return term_number(x, 0);
}

static Term *family(const char *name, double a, double b) {
    const DistFamily *f = dist_find(name);
    return term_dist(f, (Term *[]){num(a), f->nparams > 1 ? num(b) : NULL}, f->nparams, 0);
}

static Term *mix(Term *a, double weight, Term *b) {
    return term_many(TERM_MIX, (Term *[]){a, num(weight), b, num(1 - weight)}, 4, 0);
}

static Term *cut(Term *t, double low, double high) {
    return term_truncate(t, num(low), num(high), 0);
}

// All the mass lies from one end of the law to the other, and quantiles end there too.
static void check_ends(const LawForm *l) {
    double low, high;
    law_bounds(l, &low, &high);
    assert_true(low <= high);
    assert_true(law_quantile(l, 0) == low && law_quantile(l, 1) == high);
    assert_true(law_upper_quantile(l, 1) == low && law_upper_quantile(l, 0) == high);
    assert_true(law_cdf(l, low - 1e-9 * fmax(1, fabs(low))) == 0 && law_survival(l, high) == 0);
    double middle = law_quantile(l, 0.5);
    assert_true(low <= middle && middle <= high);
    for (uint32_t i = 0; i < l->count; i++) {
        if (l->items[i].family) continue;
        const LawPart *part = &l->items[i];
        const double *values = part->table->values + part->first;
        assert_true(part->low == values[0] && part->high == values[part->count - 1]);
    }
}

// Takes the term.
static LawForm form(Term *t) {
    LawForm l;
    const char *why;
    assert_int_equal(law_init(t, &l, &why), OK);
    if (why) fail_msg("%s", why);
    term_drop(t);
    check_ends(&l);
    return l;
}

static void near(double got, double want, double tolerance) {
    if (got == want || fabs(got - want) <= tolerance * fmax(1, fabs(want))) return;
    fail_msg("%.17g, not %.17g", got, want);
}

static void near_rel(double got, double want, double tolerance) {
    if (got == want || fabs(got - want) <= tolerance * fabs(want)) return;
    fail_msg("%.17g, not %.17g", got, want);
}

// --- forms ---

static void refuses(Term *t, const char *want) {
    LawForm l;
    const char *why;
    assert_int_equal(law_init(t, &l, &why), OK);
    assert_non_null(why);
    assert_string_equal(why, want);
    assert_int_equal(l.count, 0);
    term_drop(t);
}

static void forms_are_flat(void **state) {
    (void)state;
    Term *d = family("normal", 0, 1);
    for (int i = 0; i < 60; i++) d = mix(term_keep(d), 0.25, d); // 2^60 paths to one part
    LawForm l = form(mix(d, 0.5, mix(family("gamma", 2, 1), 0.5, family("normal", 3, 1))));
    assert_int_equal(l.count, 3);
    near(law_mass(&l, -1), 0.5 * gsl_ran_ugaussian_pdf(1) + 0.25 * gsl_ran_ugaussian_pdf(4),
         1e-15);
    assert_true(law_is_continuous(&l) && !law_is_discrete(&l));
    law_free(&l);
    // Choices that are decided.
    Term *yes = term_binary(TERM_LT, num(1), num(2), 0);
    l = form(term_if(yes, family("poisson", 3, 0), term_var(intern_z(names, "X"), NULL, 0), 0));
    assert_true(law_is_discrete(&l));
    near(law_mass(&l, 0), exp(-3), 1e-15);
    law_free(&l);
    Term *rows[] = {num(2), term_binary(TERM_EQ, num(2), num(1), 0), family("poisson", 3, 0),
                    term_bool(true, 0), family("poisson", 5, 0)};
    l = form(term_case(rows, 1, 5, 0));
    near(law_mass(&l, 0), exp(-5), 1e-15);
    law_free(&l);
}

static void says_why_not(void **state) {
    (void)state;
    Term *x = term_var(intern_z(names, "X"), NULL, 0);
    Term *one = family("normal", 0, 1);
    refuses(term_dist(dist_find("poisson"), (Term *[]){term_keep(x)}, 1, 0),
            "it depends on variables");
    refuses(term_truncate(term_keep(one), term_keep(x), num(1), 0), "it depends on variables");
    refuses(term_if(x, term_keep(one), term_keep(one), 0), "it depends on variables");
    refuses(family("normal", 0, -1), "the standard deviation must be above 0");
    Term *word = term_level(intern_z(names, "red"), 0);
    refuses(term_many(TERM_MAP, (Term *[]){word, num(1)}, 2, 0),
            "its values are words, not numbers");
    refuses(term_many(TERM_MAP, (Term *[]){num(3), num(0.5)}, 2, 0),
            "its probabilities do not sum to 1");
    refuses(term_many(TERM_MIX, (Term *[]){term_keep(one), num(0.5)}, 2, 0),
            "its weights do not sum to 1");
    refuses(mix(term_keep(one), -1, term_keep(one)), "a weight is below 0");
    refuses(cut(term_keep(one), 2, 1), "its bounds leave nothing between them");
    refuses(cut(family("beta", 2, 2), 2, 3), "no probability is left between its bounds");
    refuses(cut(family("poisson", 2, 2), 1.2, 1.8), "no probability is left between its bounds");
    term_drop(one);
    refuses(num(0.5), "it is no distribution");
}

// --- truncation ---

static void truncates_by_definition(void **state) {
    (void)state;
    static const struct {
        const char *name;
        double a, b, low, high;
    } cases[] = {
        {"normal", 1, 2, 0, 4},       {"normal", 0, 1, 8, INFINITY}, {"normal", 0, 1, -INFINITY, -20},
        {"gamma", 0.5, 2, 0.1, 3},    {"gamma", 0.5, 2, -1, 3},      {"beta", 0.5, 0.5, 0.2, 9},
        {"cauchy", 0, 1, 1, 50},      {"pareto", 0.5, 1, 3, 1e9},    {"gumbel", 0, 1, -1, INFINITY},
        {"exponential", 2, 0, 5, 30}, {"weibull", 2, 1, 0.5, 0.6},   {"lognormal", 0, 1, 1, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const DistFamily *f = dist_find(cases[i].name);
        const double a[] = {cases[i].a, cases[i].b};
        double low = cases[i].low, high = cases[i].high;
        LawForm l = form(cut(family(cases[i].name, a[0], a[1]), low, high));
        bool far = f->cdf(a, low) > 0.5;
        double kept = far ? f->survival(a, low) - f->survival(a, high)
                          : f->cdf(a, high) - f->cdf(a, low);
        for (double p = 0.03; p < 1; p += 0.07) {
            double x = law_quantile(&l, p);
            double want = far ? (f->survival(a, low) - f->survival(a, x)) / kept
                              : (f->cdf(a, x) - f->cdf(a, low)) / kept;
            assert_true(x >= low && x <= high);
            near(law_cdf(&l, x), p, 1e-12);
            near(law_cdf(&l, x), want, 1e-12);
            near(law_survival(&l, x), 1 - p, 1e-12);
            near(law_upper_quantile(&l, 1 - p), x, 1e-12);
            near_rel(law_mass(&l, x), f->mass(a, x) / kept, 1e-12);
            near(law_log_mass(&l, x), f->log_mass(a, x) - log(kept), 1e-12);
        }
        assert_true(law_mass(&l, low - 1) == 0 && law_cdf(&l, low - 1) == 0);
        assert_true(law_survival(&l, low - 1) == 1 && law_log_mass(&l, low - 1) == -INFINITY);
        law_free(&l);
    }
}

static void truncates_mixtures(void **state) {
    (void)state;
    Term *parts = mix(family("normal", 0, 1), 0.3, family("normal", 2, 1));
    LawForm l = form(cut(cut(parts, -1, 5), 0, 9));
    double kept = 0.3 * (gsl_cdf_ugaussian_P(5) - 0.5) +
                  0.7 * (gsl_cdf_ugaussian_P(3) - gsl_cdf_ugaussian_P(-2));
    double low, high;
    law_bounds(&l, &low, &high);
    assert_true(low == 0 && high == 5);
    near(law_mass(&l, 1), (0.3 + 0.7) * gsl_ran_ugaussian_pdf(1) / kept, 1e-14);
    near(law_cdf(&l, 2), (0.3 * (gsl_cdf_ugaussian_P(2) - 0.5) +
                          0.7 * (0.5 - gsl_cdf_ugaussian_P(-2))) / kept, 1e-14);
    for (double p = 1e-9; p < 1; p = p < 0.1 ? p * 10 : p + 0.1)
        near(law_cdf(&l, law_quantile(&l, p)), p, 1e-14);
    law_free(&l);
    // Over counts both ends belong to it.
    l = form(cut(family("poisson", 3, 0), 1, 4.5));
    double sum = 3 + 4.5 + 4.5 + 27. / 8;
    near(law_mass(&l, 1), 3 / sum, 1e-14);
    near(law_mass(&l, 4), 27. / 8 / sum, 1e-14);
    assert_true(law_mass(&l, 5) == 0 && law_mass(&l, 0) == 0 && law_mass(&l, 1.5) == 0);
    near(law_cdf(&l, 2.5), 7.5 / sum, 1e-14);
    assert_true(law_quantile(&l, 7.5 / sum) == 2 && law_quantile(&l, 7.6 / sum) == 3);
    law_free(&l);
}

// --- mixtures ---

static void mixtures_have_quantiles(void **state) {
    (void)state;
    LawForm l = form(mix(family("normal", -3, 1), 0.5, family("normal", 3, 1)));
    near(law_quantile(&l, 0.5), 0, 1e-12);
    static const double probs[] = {1e-200, 1e-12, 0.01, 0.3, 0.6, 0.99};
    for (size_t i = 0; i < 6; i++) {
        near_rel(law_cdf(&l, law_quantile(&l, probs[i])), probs[i], 2e-12);
        near_rel(law_survival(&l, law_upper_quantile(&l, probs[i])), probs[i], 2e-12);
    }
    law_free(&l);
    // A spike at 0 and a continuous rest: the quantile stays at the spike while p lies in it.
    l = form(mix(family("point", 0, 0), 0.4, family("normal", 0, 1)));
    assert_true(!law_is_discrete(&l) && !law_is_continuous(&l));
    near(law_cdf(&l, -1e-300), 0.3, 1e-15);
    near(law_cdf(&l, 0), 0.7, 1e-15);
    assert_true(law_quantile(&l, 0.31) == 0 && law_quantile(&l, 0.7) == 0);
    near(law_quantile(&l, 0.85), gsl_cdf_ugaussian_Pinv(0.75), 1e-11);
    near(law_mass(&l, 0), 0.4, 1e-15);
    near(law_mass(&l, 1), 0.6 * gsl_ran_ugaussian_pdf(1), 1e-15);
    near(law_log_mass(&l, 0), log(0.4), 1e-15);
    assert_true(law_quantile(&l, 0) == -INFINITY && law_quantile(&l, 1) == INFINITY);
    law_free(&l);
    // Counts.
    l = form(mix(family("poisson", 2, 0), 0.5, family("geometric", 0.1, 0)));
    double sum = 0;
    for (int k = 0; k < 60; k++) {
        double mass = 0.5 * gsl_ran_poisson_pdf((unsigned)k, 2) + 0.05 * pow(0.9, k);
        near_rel(law_mass(&l, k), mass, 1e-12);
        assert_true(law_quantile(&l, sum + mass / 2) == k);
        sum += mass;
        assert_true(law_quantile(&l, law_cdf(&l, k)) == k);
    }
    law_free(&l);
}

static void tables_are_counted(void **state) {
    (void)state;
    double values[] = {3, 1, 3, 7.5, 2, 3, 1, 9, 9, 4};
    LawForm l = form(term_empirical(values, 10, 0));
    double mean, variance;
    bool reached;
    near(law_mass(&l, 3), 0.3, 1e-15);
    assert_true(law_mass(&l, 5) == 0);
    near(law_cdf(&l, 3.9), 0.6, 1e-15);
    near(law_survival(&l, 7.5), 0.2, 1e-15);
    assert_true(law_quantile(&l, 0.3) == 2 && law_quantile(&l, 0.31) == 3);
    assert_int_equal(law_moments(&l, &mean, &variance, &reached), OK);
    near(mean, 4.25, 1e-15);
    near(variance, (9 * 3 + 2 + 56.25 + 4 + 162 + 16) / 10 - 4.25 * 4.25, 1e-14);
    law_free(&l);
    l = form(cut(term_empirical(values, 10, 0), 2, 7.5));
    near(law_mass(&l, 3), 0.5, 1e-15);
    near(law_cdf(&l, 2), 1. / 6, 1e-15);
    assert_true(law_quantile(&l, 1) == 7.5 && law_quantile(&l, 0) == 2);
    law_free(&l);
    Term *map[] = {term_bool(true, 0), num(0.25), term_bool(false, 0), num(0.75)};
    l = form(term_many(TERM_MAP, map, 4, 0));
    near(law_cdf(&l, 0), 0.75, 1e-15);
    law_free(&l);
}

// --- moments ---

static void moments(Term *t, double mean, double variance, double tolerance) {
    LawForm l = form(t);
    double m, v;
    bool reached;
    assert_int_equal(law_moments(&l, &m, &v, &reached), OK);
    assert_true(reached);
    if (!isnan(mean) || !isnan(m)) near_rel(m, mean, tolerance);
    if (!isnan(variance) || !isnan(v)) near_rel(v, variance, tolerance);
    law_free(&l);
}

// Mean and variance of the standard normal above `a` (Johnson, Kotz & Balakrishnan, 13.10.1).
static void check_normal_above(double a) {
    double hazard = gsl_ran_ugaussian_pdf(a) / gsl_cdf_ugaussian_Q(a);
    moments(cut(family("normal", 0, 1), a, INFINITY), hazard, 1 + a * hazard - hazard * hazard,
            a > 5 ? 1e-9 : 1e-10);
}

// E[X^k; low..high] of gamma(shape, rate) is a gamma probability with shape + k.
static void check_gamma(double shape, double rate, double low, double high) {
    double part[3];
    for (int k = 0; k < 3; k++)
        part[k] = gsl_cdf_gamma_P(high, shape + k, 1 / rate) -
                  gsl_cdf_gamma_P(low, shape + k, 1 / rate);
    double mean = shape / rate * part[1] / part[0];
    double square = shape * (shape + 1) / (rate * rate) * part[2] / part[0];
    moments(cut(family("gamma", shape, rate), low, high), mean, square - mean * mean, 1e-9);
}

static void moments_are_right(void **state) {
    (void)state;
    for (double a = -3; a < 9; a += 1.5) check_normal_above(a);
    check_gamma(2.5, 3, 0, 1);
    check_gamma(0.3, 3, 0, 2);
    check_gamma(40, 1, 30, 60);
    moments(cut(family("uniform", 0, 1), 0.25, 0.75), 0.5, 1. / 48, 1e-10);
    moments(cut(family("exponential", 2, 0), 3, INFINITY), 3.5, 0.25, 1e-10);
    // Pareto above a point is Pareto from there.
    moments(cut(family("pareto", 3.5, 1), 4, INFINITY), 3.5 * 4 / 2.5,
            16 * 3.5 / (2.5 * 2.5 * 1.5), 1e-9);
    moments(cut(family("pareto", 1.5, 1), 4, INFINITY), 12, INFINITY, 1e-9);
    moments(cut(family("pareto", 1, 1), 1, M_E), M_E / (M_E - 1),
            M_E - M_E * M_E / ((M_E - 1) * (M_E - 1)), 1e-10);
    moments(cut(family("cauchy", 0, 1), 0, INFINITY), INFINITY, NAN, 0);
    moments(cut(family("cauchy", 5, 1), 4, 6), 5, 4 / M_PI - 1, 1e-10);
    moments(family("cauchy", 0, 1), NAN, NAN, 0);
    moments(mix(family("normal", -3, 1), 0.5, family("normal", 3, 2)), 0, 2.5 + 9, 1e-14);
    moments(cut(family("uniform_int", 1, 10), 3, 5), 4, 2. / 3, 1e-14);
    moments(cut(family("geometric", 0.3, 0), 5, INFINITY), 5 + 7. / 3, 0.7 / 0.09, 1e-10);
}

// Without the sums: a geometric distribution does not remember how long it has waited.
static void moments_of_wide_counts(void **state) {
    (void)state;
    double p = 1e-6, mean = (1 - p) / p;
    moments(cut(family("geometric", p, 0), 12345, INFINITY), 12345 + mean, mean / p, 1e-9);
    moments(cut(family("poisson", 1e6, 0), 1, 2e12), 1e6, 1e6, 1e-10);
    // What would cancel is not given.
    LawForm l = form(cut(family("poisson", 1e12, 0), 0, 2e12));
    double m, v;
    bool reached;
    assert_int_equal(law_moments(&l, &m, &v, &reached), OK);
    assert_true(!reached && isnan(m) && isnan(v));
    law_free(&l);
}

// --- draws ---

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

enum { DRAWS = 20000 };

// The Kolmogorov-Smirnov statistic times sqrt(n); above 1.95 with probability 0.001.
static void check_draws(Term *t) {
    LawForm l = form(t);
    Rng rng;
    double *x = MEM_NEW(double, DRAWS), worst = 0;
    rng_seed(&rng, 7, 1);
    for (int i = 0; i < DRAWS; i++) x[i] = law_draw(&l, &rng);
    qsort(x, DRAWS, sizeof *x, by_size);
    for (int i = 0; i < DRAWS; i++) {
        double f = law_cdf(&l, x[i]);
        worst = fmax(worst, fmax(f - i / (double)DRAWS, (i + 1) / (double)DRAWS - f));
    }
    if (worst * sqrt(DRAWS) > 1.95) fail_msg("KS %g", worst * sqrt(DRAWS));
    mem_free(x);
    law_free(&l);
}

static void check_counts(Term *t, int low, int high) {
    LawForm l = form(t);
    Rng rng;
    double chi = 0, *seen = MEM_NEW(double, (size_t)(high - low + 1));
    rng_seed(&rng, 7, 2);
    for (int i = 0; i < DRAWS; i++) {
        double x = law_draw(&l, &rng);
        assert_true(x == floor(x));
        seen[(int)fmin(fmax(x, low), high) - low]++;
    }
    for (int k = low; k <= high; k++) {
        double p = k == low ? law_cdf(&l, k) : k == high ? law_survival(&l, k - 1) : law_mass(&l, k);
        chi += (seen[k - low] - p * DRAWS) * (seen[k - low] - p * DRAWS) / (p * DRAWS);
    }
    if (gsl_cdf_chisq_Q(chi, high - low) < 1e-3) fail_msg("chi-square %g", chi);
    mem_free(seen);
    law_free(&l);
}

static void draws_follow_the_law(void **state) {
    (void)state;
    check_draws(mix(family("normal", -3, 1), 0.3, family("gamma", 0.4, 2)));
    check_draws(cut(family("normal", 0, 1), 9, INFINITY));
    check_draws(cut(mix(family("cauchy", 0, 1), 0.5, family("beta", 2, 3)), 0.1, 40));
    check_counts(family("poisson", 4, 0), 0, 11);
    check_counts(cut(family("geometric", 0.3, 0), 2, 6), 2, 6);
    double values[] = {1, 2, 2, 5, 5, 5};
    check_counts(mix(term_empirical(values, 6, 0), 0.5, family("binomial", 3, 0.5)), 0, 5);
}

// --- exhaustion ---

static Term *built(void) {
    Term *t = mix(term_empirical((double[]){1, 2}, 2, 0), 0.5, family("normal", 0, 1));
    return cut(cut(t, 0, 2), 1, 9);
}

static void survives_exhaustion(void **state) {
    (void)state;
    for (long n = 0;; n++) {
        LawForm l = {0};
        const char *why = NULL;
        double mean, variance;
        bool reached;
        Term *t = built();
        mem_fail_after(n, 0);
        Status status = law_init(t, &l, &why);
        bool over = mem_count() > n;
        mem_fail_after(-1, 0);
        assert_true(status == (over ? NOMEM : OK));
        if (status == OK) assert_int_equal(law_moments(&l, &mean, &variance, &reached), OK);
        law_free(&l);
        term_drop(t);
        if (!over) break;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_are_flat),
        cmocka_unit_test(says_why_not),
        cmocka_unit_test(truncates_by_definition),
        cmocka_unit_test(truncates_mixtures),
        cmocka_unit_test(mixtures_have_quantiles),
        cmocka_unit_test(tables_are_counted),
        cmocka_unit_test(moments_are_right),
        cmocka_unit_test(moments_of_wide_counts),
        cmocka_unit_test(draws_follow_the_law),
        cmocka_unit_test(survives_exhaustion),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
