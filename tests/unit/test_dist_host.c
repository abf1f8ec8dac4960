// Tests of families from outside: what follows from a density, against the same family of the
// library in closed form.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/model/dist.h"

static const DistFamily *like; // the family that the host stands for

static double log_mass(const DistFamily *f, const double *params, double x) {
    (void)f;
    return like->log_mass(params, x);
}

static double draw(const DistFamily *f, const double *params, double (*unit)(void *stream),
                   void *stream) {
    (void)f;
    return like->quantile(params, unit(stream));
}

static void bounds(const DistFamily *f, const double *params, double *low, double *high) {
    (void)f;
    like->bounds(params, low, high);
}

static const DistHost host = {log_mass, draw, bounds};

static void near(const char *what, double x, double y, double within) {
    if (!(fabs(x - y) <= within * fmax(1, fabs(y))))
        fail_msg("%s of %s: %.12g, not %.12g", what, like->name, x, y);
}

static void compare(const char *name, const double *params) {
    static const double ps[] = {0.01, 0.5, 0.999};
    like = dist_find(name);
    const DistFamily f = {.name = "own", .nparams = like->nparams, .host = &host};
    assert_null(dist_wrong(&f, params));
    near("total", dist_host_total(&f, params), 1, 1e-8);
    near("mean", dist_mean(&f, params), like->mean(params), 1e-7);
    near("variance", dist_variance(&f, params), like->variance(params), 1e-7);
    for (size_t i = 0; i < sizeof ps / sizeof *ps; i++) {
        double x = like->quantile(params, ps[i]);
        near("mass", dist_mass(&f, params, x), like->mass(params, x), 1e-12);
        near("cdf", dist_cdf(&f, params, x), ps[i], 1e-8);
        near("survival", dist_survival(&f, params, x), 1 - ps[i], 1e-8);
        near("quantile", dist_quantile(&f, params, ps[i]), x, 1e-6);
        near("upper quantile", dist_upper_quantile(&f, params, 1 - ps[i]), x, 1e-6);
    }
}

static void same_as_closed_forms(void **state) {
    (void)state;
    compare("logistic", (const double[]){3, 2});
    compare("normal", (const double[]){-1000, 0.01});
    compare("gamma", (const double[]){3.5, 0.2});
    compare("beta", (const double[]){2, 5});
}

static double half(const DistFamily *f, const double *params, double x) {
    return log_mass(f, params, x) - log(2);
}

static double nothing(const DistFamily *f, const double *params, double x) {
    (void)f, (void)params, (void)x;
    return NAN;
}

static void no_density(void **state) {
    (void)state;
    const double params[] = {0, 1};
    DistHost wrong = host;
    const DistFamily f = {.name = "own", .nparams = 2, .host = &wrong};
    like = dist_find("normal");
    wrong.log_mass = half;
    near("total", dist_host_total(&f, params), 0.5, 1e-8);
    assert_true(isnan(dist_cdf(&f, params, 0)));
    assert_true(isnan(dist_mean(&f, params)));
    assert_true(isnan(dist_quantile(&f, params, 0.5)));
    wrong.log_mass = nothing;
    assert_true(isnan(dist_host_total(&f, params)));
    assert_true(isnan(dist_variance(&f, params)));
}

// Outside the support, at its ends, and where there are no probabilities.
static void edges(void **state) {
    (void)state;
    const double params[] = {0, 1};
    like = dist_find("uniform");
    const DistFamily f = {.name = "own", .nparams = 2, .host = &host};
    assert_true(dist_cdf(&f, params, -1) == 0 && dist_cdf(&f, params, 2) == 1);
    assert_true(dist_survival(&f, params, -1) == 1 && dist_survival(&f, params, 2) == 0);
    assert_true(dist_mass(&f, params, 2) == 0);
    assert_true(dist_quantile(&f, params, 0) == 0 && dist_quantile(&f, params, 1) == 1);
    assert_true(isnan(dist_quantile(&f, params, 2)) && isnan(dist_cdf(&f, params, NAN)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_closed_forms),
        cmocka_unit_test(no_density),
        cmocka_unit_test(edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
