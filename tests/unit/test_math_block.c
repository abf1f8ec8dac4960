// Tests of runtime/model/math_block: block functions against libm, by units in the last place.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "runtime/base/lanes.h"
#include "runtime/base/rng.h"
#include "runtime/model/math.h"
#include "runtime/model/math_block.h"

enum { N = 4099 };

// The distance in representable numbers; 0 for two NaN.
static double ulps(double a, double b) {
    if ((isnan(a) && isnan(b)) || a == b) return 0;
    if (isnan(a) || isnan(b) || isinf(a) || isinf(b)) return INFINITY;
    double size = fmax(fabs(a), fabs(b));
    double unit = nextafter(size, INFINITY) - size;
    return fabs(a - b) / unit;
}

static const char *const names[] = {"abs",      "exp",   "log",        "log1p",
                                    "logistic", "logit", "normal_pdf", "sqrt"};

static double argument(Rng *r, uint64_t kind) {
    double u = rng_unit(r), sign = rng_next(r) % 2 ? 1 : -1;
    switch (kind) {
    case 0:
        return u;
    case 1:
        return sign * 750 * u;
    case 2:
        return sign * u * 10;
    case 3:
        return lanes_double(rng_next(r)); // any bits
    default:
        return sign * ldexp(u, -(int)(rng_next(r) % 60));
    }
}

// Near a zero of the logit, and far out in the tail of the density, the function itself magnifies
// the rounding of its argument.
static double allowed(const char *name, double x) {
    if (name[0] == 'l' && name[3] == 'i') return fabs(x - 0.5) < 0.25 ? INFINITY : 8;
    return name[0] == 'n' ? 4 + x * x : 4;
}

static void check(const char *name, const double *x, size_t n) {
    static double out[N];
    const MathFunction *f = math_find(name);
    math_block_find(name)(n, out, x);
    for (size_t i = 0; i < n; i++) {
        double want = f->one(&x[i]), u = ulps(out[i], want);
        if (u == 0 || u <= allowed(name, x[i]) || fabs(out[i] - want) < 1e-15) continue;
        fail_msg("%s(%.17g): %.17g, libm %.17g, %g ulps", name, x[i], out[i], want, u);
    }
}

static void test_like_libm(void **state) {
    (void)state;
    static double x[N];
    for (uint64_t kind = 0; kind < 5; kind++) {
        Rng r;
        rng_seed(&r, 7, kind);
        for (size_t i = 0; i < N; i++) x[i] = argument(&r, kind);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) check(names[i], x, N);
    }
}

static void test_special(void **state) {
    (void)state;
    const double x[] = {0,        -0.0,     1,       -1,         NAN,     INFINITY, -INFINITY,
                        0x1p-1074, 0x1p-1022, 709.782, 709.783,    -745.13, -745.14,  -708.5,
                        1e300,    0.5,      2,       0x1p-60, -0x1p-60, -0.5};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check(names[i], x, sizeof x / sizeof *x);
}

// One at a time or many: the same bits.
static void test_same_alone(void **state) {
    (void)state;
    static double x[N], out[N];
    Rng r;
    rng_seed(&r, 8, 0);
    for (size_t i = 0; i < N; i++) x[i] = argument(&r, i % 5);
    for (size_t f = 0; f < sizeof names / sizeof *names; f++) {
        math_block_find(names[f])(N, out, x);
        for (size_t i = 0; i < N; i++) {
            double one;
            math_block_find(names[f])(1, &one, &x[i]);
            assert_true(lanes_bits(one) == lanes_bits(out[i]) || (isnan(one) && isnan(out[i])));
        }
    }
    assert_null(math_block_find("tgamma"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_like_libm),
        cmocka_unit_test(test_special),
        cmocka_unit_test(test_same_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
