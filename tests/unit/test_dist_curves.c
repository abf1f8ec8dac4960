// Tests of the cdf, survival, quantiles and log masses of families: against GSL's own cdf
// functions, sums and integrals of the mass, and direct formulas in a wider type.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>

#include "runtime/model/dist.h"

typedef struct Sample {
    const char *family;
    double params[3];
} Sample;

static const Sample continuous[] = {
    {"normal", {1, 2}},       {"normal", {-3e5, 1e-3}},   {"logistic", {-1, 0.5}},
    {"gumbel", {2, 1.5}},     {"laplace", {0.5, 2}},      {"cauchy", {3, 2}},
    {"student_t", {9, 1, 2}}, {"student_t", {0.5, 0, 1}}, {"student_t", {3, 0, 1}},
    {"lognormal", {0.3, .5}}, {"lognormal", {-2, 3}},     {"exponential", {0.7}},
    {"gamma", {2.5, 3}},      {"gamma", {0.05, 2}},       {"gamma", {1, 2}},
    {"gamma", {400, 0.1}},    {"gamma", {3e7, 2}},        {"beta", {2, 3}},
    {"beta", {1, 1}},         {"beta", {0.7, 1.6}},       {"beta", {0.05, 0.1}},
    {"beta", {800, 1300}},    {"beta", {3e6, 2e6}},       {"beta", {9, 5e5}},
    {"weibull", {1.5, 2}},    {"weibull", {0.3, 1}},      {"weibull", {300, 1}},
    {"pareto", {9, 2}},       {"pareto", {0.4, 1}},       {"uniform", {-1, 3}},
    {"triangular", {0, 4, 4}}, {"triangular", {0, 4, 0}}, {"triangular", {-1, 4, 1}},
};

static const Sample discrete[] = {
    {"bernoulli", {0.3}},    {"bernoulli", {0}},          {"binomial", {10, 0.3}},
    {"binomial", {0, 0.3}},  {"binomial", {7, 0}},        {"binomial", {7, 1}},
    {"binomial", {50, .999}}, {"binomial", {1000, 0.5}},  {"geometric", {0.2}},
    {"geometric", {1}},      {"geometric", {0.9}},        {"negative_binomial", {3, 0.4}},
    {"negative_binomial", {0.5, 0.3}},                    {"negative_binomial", {4, 1}},
    {"poisson", {0}},        {"poisson", {4.5}},          {"poisson", {900}},
    {"uniform_int", {-3, 8}}, {"point", {4}},
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const double probs[] = {1e-200, 1e-30, 1e-12, 1e-6, 1e-3, 0.05, 0.2, 0.4, 0.5, 0.5001};

static void expect(const Sample *s, const char *what, double at, double got, double want,
                   double tolerance) {
    if (got == want || fabs(got - want) <= tolerance * fabs(want)) return;
    fail_msg("%s(%g, %g, %g): %s at %.17g is %.17g, not %.17g", s->family, s->params[0],
             s->params[1], s->params[2], what, at, got, want);
}

// --- against GSL ---

// GSL's P(X <= x) and P(X > x); NaN for a family that it does not have.
static void gsl_tails(const Sample *s, double x, double *below, double *above) {
    const double *a = s->params;
    const char *f = s->family;
    *below = *above = NAN;
#define IS(name, p, q)                                                                         \
    if (strcmp(f, name) == 0) *below = (p), *above = (q)
    IS("normal", gsl_cdf_gaussian_P(x - a[0], a[1]), gsl_cdf_gaussian_Q(x - a[0], a[1]));
    IS("logistic", gsl_cdf_logistic_P(x - a[0], a[1]), gsl_cdf_logistic_Q(x - a[0], a[1]));
    IS("gumbel", gsl_cdf_gumbel1_P((x - a[0]) / a[1], 1, 1),
       gsl_cdf_gumbel1_Q((x - a[0]) / a[1], 1, 1));
    IS("laplace", gsl_cdf_laplace_P(x - a[0], a[1]), gsl_cdf_laplace_Q(x - a[0], a[1]));
    IS("cauchy", gsl_cdf_cauchy_P(x - a[0], a[1]), gsl_cdf_cauchy_Q(x - a[0], a[1]));
    IS("student_t", gsl_cdf_tdist_P((x - a[1]) / a[2], a[0]),
       gsl_cdf_tdist_Q((x - a[1]) / a[2], a[0]));
    IS("lognormal", gsl_cdf_lognormal_P(x, a[0], a[1]), gsl_cdf_lognormal_Q(x, a[0], a[1]));
    IS("exponential", gsl_cdf_exponential_P(x, 1 / a[0]), gsl_cdf_exponential_Q(x, 1 / a[0]));
    IS("gamma", gsl_cdf_gamma_P(x, a[0], 1 / a[1]), gsl_cdf_gamma_Q(x, a[0], 1 / a[1]));
    IS("beta", gsl_cdf_beta_P(x, a[0], a[1]), gsl_cdf_beta_Q(x, a[0], a[1]));
    IS("weibull", gsl_cdf_weibull_P(x, a[1], a[0]), gsl_cdf_weibull_Q(x, a[1], a[0]));
    IS("pareto", gsl_cdf_pareto_P(x, a[0], a[1]), gsl_cdf_pareto_Q(x, a[0], a[1]));
    IS("uniform", gsl_cdf_flat_P(x, a[0], a[1]), gsl_cdf_flat_Q(x, a[0], a[1]));
    if (x < 0) return;
    unsigned k = (unsigned)x;
    IS("binomial", gsl_cdf_binomial_P(k, a[1], (unsigned)a[0]),
       gsl_cdf_binomial_Q(k, a[1], (unsigned)a[0]));
    IS("geometric", gsl_cdf_geometric_P(k + 1, a[0]), gsl_cdf_geometric_Q(k + 1, a[0]));
    IS("negative_binomial", gsl_cdf_negative_binomial_P(k, a[1], a[0]),
       gsl_cdf_negative_binomial_Q(k, a[1], a[0]));
    IS("poisson", gsl_cdf_poisson_P(k, a[0]), gsl_cdf_poisson_Q(k, a[0]));
#undef IS
}

static void agrees_with_gsl(const Sample *s, double x) {
    const DistFamily *f = dist_find(s->family);
    double below, above;
    gsl_tails(s, x, &below, &above);
    // GSL's own incomplete beta function loses digits with large parameters.
    bool coarse = strcmp(s->family, "beta") == 0 && s->params[0] + s->params[1] > 1e5;
    if (isnan(below) || coarse) return;
    // GSL takes the cdf of a Pareto distribution as 1 - (scale / x)^shape.
    double least = strcmp(s->family, "pareto") == 0 ? 1e-4 : 1e-250;
    if (below > least) expect(s, "cdf", x, f->cdf(s->params, x), below, 1e-10);
    if (above > 1e-250) expect(s, "survival", x, f->survival(s->params, x), above, 1e-10);
}

// All mass lies between the infinities, wherever a family ends.
static void check_infinities(const Sample *s) {
    const DistFamily *f = dist_find(s->family);
    expect(s, "cdf", INFINITY, dist_cdf(f, s->params, INFINITY), 1, 0);
    expect(s, "cdf", -INFINITY, dist_cdf(f, s->params, -INFINITY), 0, 0);
    expect(s, "survival", INFINITY, dist_survival(f, s->params, INFINITY), 0, 0);
    expect(s, "survival", -INFINITY, dist_survival(f, s->params, -INFINITY), 1, 0);
    expect(s, "mass", INFINITY, f->mass(s->params, INFINITY), 0, 0);
    expect(s, "mass", -INFINITY, f->mass(s->params, -INFINITY), 0, 0);
}

static void curves_agree_with_gsl(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(continuous); i++) check_infinities(&continuous[i]);
    for (size_t i = 0; i < COUNT(discrete); i++) check_infinities(&discrete[i]);
    for (size_t i = 0; i < COUNT(continuous); i++) {
        const Sample *s = &continuous[i];
        const DistFamily *f = dist_find(s->family);
        for (size_t k = 0; k < COUNT(probs); k++) {
            double low = f->quantile(s->params, probs[k]);
            double high = f->upper_quantile(s->params, probs[k]);
            if (low > -1e150 && fabs(low) > 1e-300) agrees_with_gsl(s, low);
            if (high < 1e150) agrees_with_gsl(s, high);
        }
    }
    for (size_t i = 0; i < COUNT(discrete); i++)
        for (double x = 0; x < 1200; x = x < 40 ? x + 1 : floor(x * 1.07))
            agrees_with_gsl(&discrete[i], x);
}

// --- by their definitions ---

// The cdf rises by the integral of the density.
static void check_increment(const Sample *s, double from, double to) {
    const DistFamily *f = dist_find(s->family);
    gsl_integration_glfixed_table *t = gsl_integration_glfixed_table_alloc(20);
    double sum = 0;
    const int pieces = 40;
    for (int i = 0; i < pieces; i++)
        for (size_t k = 0; k < 20; k++) {
            double x, w, ends[2];
            for (int e = 0; e < 2; e++) {
                double share = (double)(i + e) / pieces;
                ends[e] = from > 0 && to > 5 * from ? from * pow(to / from, share)
                                                    : from + share * (to - from);
            }
            gsl_integration_glfixed_point(ends[0], ends[1], k, &x, &w, t);
            sum += w * f->mass(s->params, x);
        }
    gsl_integration_glfixed_table_free(t);
    double rise = f->cdf(s->params, to) - f->cdf(s->params, from);
    double fall = f->survival(s->params, from) - f->survival(s->params, to);
    // A location far from 0 leaves few digits to x - location.
    double tolerance = fabs(s->params[0]) > 1e5 ? 3e-7 : 1e-11;
    if (fabs(rise - sum) > tolerance || fabs(fall - sum) > tolerance)
        fail_msg("%s(%g, %g): from %.17g to %.17g %.17g and %.17g, not %.17g", s->family,
                 s->params[0], s->params[1], from, to, rise, fall, sum);
}

static void cdfs_are_integrals(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(continuous); i++) {
        const Sample *s = &continuous[i];
        const DistFamily *f = dist_find(s->family);
        static const double cuts[] = {0.1, 0.3, 0.5, 0.7, 0.85};
        for (size_t k = 0; k + 1 < COUNT(cuts); k++) {
            double from = f->quantile(s->params, cuts[k]);
            double to = f->quantile(s->params, cuts[k + 1]);
            if (strcmp(s->family, "triangular") == 0 && from < s->params[2] && to > s->params[2])
                continue;
            // Where the density is infinite at 1, the rule does not converge.
            if (strcmp(s->family, "beta") == 0 && s->params[1] < 1) to = fmin(to, 0.9);
            check_increment(s, from, to);
        }
    }
}

static void cdfs_are_sums(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(discrete); i++) {
        const Sample *s = &discrete[i];
        const DistFamily *f = dist_find(s->family);
        double low, high;
        f->bounds(s->params, &low, &high);
        double top = fmin(high, f->mean(s->params) + 40 * sqrt(f->variance(s->params)));
        long double below = 0, above = 0;
        for (double x = low; x <= top; x++) {
            below += f->mass(s->params, x);
            if (below > 0 && below < 1e-280) continue; // where doubles lose digits
            expect(s, "cdf", x, f->cdf(s->params, x), (double)below, 1e-12);
            expect(s, "cdf", x, f->cdf(s->params, x + 0.5), (double)below, 1e-12);
        }
        for (double x = isinf(high) ? 20 * top + 900 : top; x >= low; x--) {
            if (x < top && above > 1e-280)
                expect(s, "survival", x, f->survival(s->params, x), (double)above, 1e-11);
            above += f->mass(s->params, x);
        }
        expect(s, "cdf", low - 1, f->cdf(s->params, low - 1), 0, 0);
        expect(s, "survival", low - 1, f->survival(s->params, low - 1), 1, 0);
    }
}

// --- quantiles ---

// How far the cdf moves when x moves by its own rounding.
static double slack(const DistFamily *f, const double *a, double x, double p) {
    double moved = 4e-16 * fabs(x) * f->mass(a, x) / p;
    return 1e-13 + (isnan(moved) ? 0 : moved) + 2e-15 * fabs(log(p));
}

static void quantiles_invert_continuous(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(continuous); i++) {
        const Sample *s = &continuous[i];
        const DistFamily *f = dist_find(s->family);
        for (size_t k = 0; k < COUNT(probs); k++) {
            double p = probs[k], low = f->quantile(s->params, p);
            double high = f->upper_quantile(s->params, p);
            double tolerance = s->params[0] < -1e5 ? 1e-6 : 0;
            if (isfinite(low) && fabs(low) > 1e-300 && f->cdf(s->params, low) > 0)
                expect(s, "cdf of quantile", low, f->cdf(s->params, low), p,
                       tolerance + slack(f, s->params, low, p));
            if (isfinite(high) && f->survival(s->params, high) > 0)
                expect(s, "survival of upper quantile", high, f->survival(s->params, high), p,
                       tolerance + slack(f, s->params, high, p));
        }
    }
}

static void quantiles_invert_discrete(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(discrete); i++) {
        const Sample *s = &discrete[i];
        const DistFamily *f = dist_find(s->family);
        for (size_t k = 0; k < COUNT(probs); k++) {
            double p = probs[k], low = f->quantile(s->params, p);
            double high = f->upper_quantile(s->params, p);
            assert_true(f->cdf(s->params, low) >= p * (1 - 1e-11));
            assert_true(f->cdf(s->params, low - 1) < p);
            assert_true(f->survival(s->params, high) <= p * (1 + 1e-11));
            assert_true(f->survival(s->params, high - 1) > p);
        }
    }
    // A probability that is reached exactly, up to rounding, is reached.
    const DistFamily *binomial = dist_find("binomial");
    const double a[] = {10, 0.3};
    for (double k = 0; k <= 10; k++)
        assert_true(binomial->quantile(a, binomial->cdf(a, k)) == k);
    assert_true(dist_find("bernoulli")->quantile((double[]){0.3}, 0.7) == 0);
    assert_true(dist_find("uniform_int")->quantile((double[]){1, 10}, 0.3) == 3);
    // The median of a Poisson(m) with whole m is m.
    assert_true(dist_find("poisson")->quantile((double[]){1e9}, 0.5) == 1e9);
}

static void ends_are_the_bounds(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(continuous) + COUNT(discrete); i++) {
        bool smooth = i < COUNT(continuous);
        const Sample *s = smooth ? &continuous[i] : &discrete[i - COUNT(continuous)];
        const DistFamily *f = dist_find(s->family);
        double low, high;
        f->bounds(s->params, &low, &high);
        assert_true(f->quantile(s->params, 0) == low && f->quantile(s->params, 1) == high);
        assert_true(f->upper_quantile(s->params, 1) == low);
        assert_true(f->upper_quantile(s->params, 0) == high);
        assert_true(f->cdf(s->params, high) == 1 && f->survival(s->params, high) == 0);
        assert_true(f->cdf(s->params, -INFINITY) == 0 && f->cdf(s->params, INFINITY) == 1);
        assert_true(f->survival(s->params, -INFINITY) == 1);
        assert_true(f->survival(s->params, INFINITY) == 0);
        if (smooth)
            assert_true(f->cdf(s->params, low) == 0 && f->survival(s->params, low) == 1);
        assert_true(f->log_mass(s->params, INFINITY) == -INFINITY);
        assert_true(f->log_mass(s->params, -INFINITY) == -INFINITY);
        assert_true(isnan(f->quantile(s->params, -0.1)) && isnan(f->quantile(s->params, 1.1)));
        assert_true(isnan(f->cdf(s->params, NAN)) && isnan(f->quantile(s->params, NAN)));
    }
    const double bad[] = {NAN, NAN, NAN};
    for (size_t i = 0; dist_list[i]; i++) {
        const DistFamily *f = dist_list[i];
        assert_true(isnan(f->log_mass(bad, 0)) && isnan(f->cdf(bad, 0)));
        assert_true(isnan(f->survival(bad, 0)) && isnan(f->quantile(bad, 0.5)));
        assert_true(isnan(f->upper_quantile(bad, 0.5)));
    }
}

// --- log masses ---

static void log_masses_are_logarithms(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(continuous) + COUNT(discrete); i++) {
        bool smooth = i < COUNT(continuous);
        const Sample *s = smooth ? &continuous[i] : &discrete[i - COUNT(continuous)];
        const DistFamily *f = dist_find(s->family);
        for (size_t k = 0; k < COUNT(probs); k++)
            for (int upper = 0; upper < 2; upper++) {
                double x = upper ? f->upper_quantile(s->params, probs[k])
                                 : f->quantile(s->params, probs[k]);
                double mass = f->mass(s->params, x), got = f->log_mass(s->params, x);
                if (mass > 1e-250 && isfinite(mass) && fabs(got - log(mass)) > 1e-12)
                    expect(s, "log mass", x, got, log(mass), 1e-12);
            }
        assert_true(smooth || f->log_mass(s->params, 0.5) == -INFINITY);
    }
}

static void log_masses_reach_far(void **state) {
    (void)state;
    int sign;
    Sample normal = {"normal", {0, 1}}, poisson = {"poisson", {3}}, gamma = {"gamma", {2.5, 3}},
           binomial = {"binomial", {5000, 0.001}}, negative = {"negative_binomial", {2.5, 0.2}},
           beta = {"beta", {300, 2.5}}, logistic = {"logistic", {0, 1}},
           student = {"student_t", {4, 0, 1}};
#define LOG(s, x) dist_find((s).family)->log_mass((s).params, x)
    expect(&normal, "log mass", 1e5, LOG(normal, 1e5), -5e9 - 0.5 * log(2 * M_PI), 1e-15);
    long double want = 1e6L * logl(3) - 3 - lgammal_r(1e6L + 1, &sign);
    expect(&poisson, "log mass", 1e6, LOG(poisson, 1e6), (double)want, 1e-14);
    want = 2.5L * logl(3) + 1.5L * logl(1e4L) - 3e4L - lgammal_r(2.5L, &sign);
    expect(&gamma, "log mass", 1e4, LOG(gamma, 1e4), (double)want, 1e-14);
    want = lgammal_r(5001, &sign) - lgammal_r(4001, &sign) - lgammal_r(1001, &sign) +
           4000 * logl(0.001) + 1000 * logl(0.999);
    expect(&binomial, "log mass", 4000, LOG(binomial, 4000), (double)want, 1e-14);
    want = lgammal_r(1e5L + 2.5L, &sign) - lgammal_r(2.5L, &sign) - lgammal_r(1e5L + 1, &sign) +
           2.5L * logl(0.2L) + 1e5L * logl(0.8L);
    expect(&negative, "log mass", 1e5, LOG(negative, 1e5), (double)want, 1e-14);
    want = lgammal_r(302.5L, &sign) - lgammal_r(300, &sign) - lgammal_r(2.5L, &sign) +
           299 * logl(1e-9) + 1.5L * log1pl(-1e-9L);
    expect(&beta, "log mass", 1e-9, LOG(beta, 1e-9), (double)want, 1e-14);
    expect(&logistic, "log mass", 2000, LOG(logistic, 2000), -2000, 1e-15);
    want = lgammal_r(2.5L, &sign) - lgammal_r(2, &sign) - 0.5L * logl(4 * M_PI) -
           2.5L * 2 * (logl(1e200L) - logl(2));
    expect(&student, "log mass", 1e200, LOG(student, 1e200), (double)want, 1e-14);
#undef LOG
}

// Published: Abramowitz & Stegun, tables 26.1 and 26.10 (upper points), and by hand.
static void published_values_come_out(void **state) {
    (void)state;
    const DistFamily *t = dist_find("student_t"), *normal = dist_find("normal");
    assert_true(fabs(normal->quantile((double[]){0, 1}, 0.975) - 1.959963984540054) < 1e-14);
    assert_true(fabs(t->quantile((double[]){1, 0, 1}, 0.975) - 12.706204736174707) < 1e-11);
    assert_true(fabs(t->quantile((double[]){10, 0, 1}, 0.95) - 1.8124611228116764) < 1e-13);
    // With one degree of freedom it is the Cauchy distribution.
    for (double x = -1e12; x < 1e13; x = x < -1e-3 ? x / 10 : fabs(x) * 10) {
        const double a[] = {1, 0, 1}, c[] = {0, 1};
        Sample s = {"student_t", {1, 0, 1}};
        expect(&s, "cdf", x, t->cdf(a, x), dist_find("cauchy")->cdf(c, x), 1e-13);
    }
    // Upper quantiles of probabilities that 1 - q cannot hold: Phi(-z) at z = 30.
    double q = normal->survival((double[]){0, 1}, 30);
    assert_true(fabs(normal->upper_quantile((double[]){0, 1}, q) - 30) < 1e-13);
}

int main(void) {
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curves_agree_with_gsl),
        cmocka_unit_test(cdfs_are_integrals),
        cmocka_unit_test(cdfs_are_sums),
        cmocka_unit_test(quantiles_invert_continuous),
        cmocka_unit_test(quantiles_invert_discrete),
        cmocka_unit_test(ends_are_the_bounds),
        cmocka_unit_test(log_masses_are_logarithms),
        cmocka_unit_test(log_masses_reach_far),
        cmocka_unit_test(published_values_come_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
