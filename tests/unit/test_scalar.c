// Tests of runtime/model/scalar and runtime/model/math: operators and functions on single
// numbers.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/mem.h"
#include "runtime/model/math.h"
#include "runtime/model/scalar.h"

static void same(double got, double want) {
    if (isnan(want) ? !isnan(got) : !(fabs(got - want) <= 1e-14 * fmax(1, fabs(want))))
        fail_msg("%.17g, not %.17g", got, want);
}

static void operators(void **state) {
    (void)state;
    same(scalar_apply(TERM_NEG, 3, 0), -3);
    same(scalar_apply(TERM_ADD, 3, 4), 7);
    same(scalar_apply(TERM_SUB, 3, 4), -1);
    same(scalar_apply(TERM_MUL, 3, 4), 12);
    same(scalar_apply(TERM_DIV, 3, 4), 0.75);
    same(scalar_apply(TERM_POW, 3, 4), 81);
    same(scalar_apply(TERM_MOD, -7, 3), 2);
    same(scalar_apply(TERM_MOD, 7, -3), -2);
    same(scalar_apply(TERM_MOD, 6, 3), 0);
    same(scalar_apply(TERM_MOD, 1, 0), NAN);
    same(scalar_apply(TERM_EQ, 0.1 + 0.2, 0.3), 1);
    same(scalar_apply(TERM_NE, 0.1 + 0.2, 0.3), 0);
    same(scalar_apply(TERM_LT, 1, 2), 1);
    same(scalar_apply(TERM_LE, 2, 2), 1);
    same(scalar_apply(TERM_GT, 1, 2), 0);
    same(scalar_apply(TERM_GE, 1, 2), 0);
}

// Kleene's three values: what is undefined may not matter.
static void undefined(void **state) {
    (void)state;
    same(scalar_apply(TERM_NOT, NAN, 0), NAN);
    same(scalar_apply(TERM_NOT, 0, 0), 1);
    same(scalar_apply(TERM_AND, 0, NAN), 0);
    same(scalar_apply(TERM_AND, NAN, 1), NAN);
    same(scalar_apply(TERM_AND, 1, 1), 1);
    same(scalar_apply(TERM_OR, NAN, 1), 1);
    same(scalar_apply(TERM_OR, 0, NAN), NAN);
    same(scalar_apply(TERM_OR, 0, 0), 0);
    same(scalar_apply(TERM_EQ, NAN, NAN), NAN);
    same(scalar_apply(TERM_POW, NAN, 0), NAN);
}

static Term *num(double x) {
    return term_number(x, 0);
}

static void constants(void **state) {
    (void)state;
    Interner *names = intern_new();
    bool constant = false;
    double value;
    Term *three = num(3), *e = term_call(math_find("exp"), &three, 1, 0);
    Term *t = term_if(term_bool(false, 0), num(1), term_binary(TERM_SUB, e, num(1), 0), 0);
    assert_int_equal(scalar_constant(t, &constant, &value), OK);
    assert_true(constant);
    same(value, exp(3) - 1);
    Term *u = term_binary(TERM_ADD, t, term_var(intern_z(names, "x"), NULL, 0), 0);
    assert_int_equal(scalar_constant(u, &constant, &value), OK);
    assert_false(constant);
    for (long n = 0; n < 3; n++) {
        mem_fail_after(n, 0);
        assert_int_equal(scalar_constant(u->kid[0], &constant, &value), NOMEM);
        mem_fail_after(-1, 0);
    }
    term_drop(u);
    intern_free(names);
}

static double call(const char *name, double x, double y) {
    return math_find(name)->one((double[]){x, y});
}

// Values known by heart or from tables (Abramowitz and Stegun).
static void functions(void **state) {
    (void)state;
    same(call("choose", 52, 5), 2598960);
    same(call("choose", 5, 7), 0);
    same(call("choose", -2, 3), -4);
    same(call("choose", 5, 1.5), NAN);
    same(call("factorial", 10, 0), 3628800);
    same(call("factorial", -1, 0), NAN);
    same(call("gamma", 0.5, 0), sqrt(M_PI));
    same(call("lbeta", 2, 3), log(1. / 12));
    same(call("logistic", 0, 0), 0.5);
    same(call("logistic", -800, 0), 0);
    same(call("logistic", 800, 0), 1);
    same(call("logit", 0.5, 0), 0);
    assert_true(isinf(call("logit", 1, 0)) && call("logit", 0, 0) == -INFINITY);
    same(call("normal_cdf", 1.96, 0), 0.97500210485177952);
    same(call("normal_pdf", 0, 0), 0.39894228040143268);
    same(call("sign", -3, 0), -1);
    same(call("max", 3, -4), 3);
    same(call("min", NAN, -4), NAN);
    same(call("max", 3, NAN), NAN);
    same(call("round", -2.5, 0), -3);
    same(call("hypot", 3, 4), 5);
}

static void every_function_is_found(void **state) {
    (void)state;
    for (size_t i = 0; math_list[i]; i++) {
        const MathFunction *f = math_list[i];
        assert_ptr_equal(math_find(f->name), f);
        assert_true(f->arity >= 1 && f->arity <= MATH_MAX_ARITY);
        assert_true(isnan(f->one((double[]){NAN, NAN, NAN, NAN})));
        if (i) assert_true(strcmp(math_list[i - 1]->name, f->name) < 0);
    }
    assert_null(math_find("nonesuch"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators),
        cmocka_unit_test(undefined),
        cmocka_unit_test(constants),
        cmocka_unit_test(functions),
        cmocka_unit_test(every_function_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
