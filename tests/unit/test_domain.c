// Tests of runtime/model/domain.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/mem.h"
#include "runtime/model/domain.h"

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

static Sym sym(const char *text) {
    return intern_z(names, text);
}

static Level named(const char *text) {
    return (Level){.name = sym(text)};
}

static Level number(const char *text) {
    return (Level){.name = sym(text), .number = strtod(text, NULL), .numeric = true};
}

static void says(const Domain *d, const char *want) {
    Str s = {0};
    domain_add(d, &s);
    assert_string_equal(str_text(&s), want);
    str_free(&s);
}

static void bool_is_numbers(void **state) {
    (void)state;
    Domain *d = domain_new(DOMAIN_BOOL);
    assert_true(domain_finite(d) && d->numeric);
    assert_int_equal(d->count, 2);
    assert_int_equal(domain_find_name(d, sym("true")), 1);
    assert_int_equal(domain_find_name(d, sym("0")), 0);
    assert_int_equal(domain_find_name(d, sym("maybe")), UINT32_MAX);
    assert_int_equal(domain_find_number(d, 1), 1);
    assert_int_equal(domain_find_number(d, 0.5), UINT32_MAX);
    says(d, "bool");
    domain_drop(d);
}

static void ranges_reach_below_zero(void **state) {
    (void)state;
    Domain *d = domain_range(-3, 10);
    assert_int_equal(d->count, 14);
    assert_int_equal(domain_find_name(d, sym("-3")), 0);
    assert_int_equal(domain_find_name(d, sym("10")), 13);
    assert_int_equal(domain_find_name(d, sym("11")), UINT32_MAX);
    assert_int_equal(domain_find_number(d, 0), 3);
    assert_int_equal(domain_find_number(d, -4), UINT32_MAX);
    assert_int_equal(domain_find_number(d, 2.5), UINT32_MAX);
    assert_int_equal(domain_find_number(d, 1e300), UINT32_MAX);
    assert_true(domain_number(d, 0) == -3);
    says(d, "-3..10");
    domain_drop(d);
}

static void levels_by_name_and_number(void **state) {
    (void)state;
    Level levels[] = {named("small"), number("0.2"), named("very large")};
    Domain *d = domain_levels(DOMAIN_LEVELS, levels, 3);
    assert_false(d->numeric);
    assert_int_equal(domain_find_name(d, sym("very large")), 2);
    assert_int_equal(domain_find_name(d, sym("0.20")), 1);
    assert_int_equal(domain_find_number(d, 0.1 + 0.1), 1);
    assert_true(domain_number(d, 2) == 2);
    assert_true(domain_number(d, 1) == 0.2);
    says(d, "{small, 0.2, \"very large\"}");
    Domain *o = domain_levels(DOMAIN_ORDERED, levels, 3);
    says(o, "ordered {small, 0.2, \"very large\"}");
    assert_false(domain_equal(d, o));
    domain_drop(o);
    domain_drop(d);
}

static void many_levels_are_found(void **state) {
    (void)state;
    enum { N = 500 };
    Level levels[N];
    for (int i = 0; i < N; i++) {
        char text[32];
        snprintf(text, sizeof text, i % 2 ? "%d" : "level%d", (i * 7919) % 1000);
        levels[i] = i % 2 ? number(text) : named(text);
    }
    assert_int_equal(domain_repeated(levels, N), UINT32_MAX);
    Domain *d = domain_levels(DOMAIN_LEVELS, levels, N);
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(domain_find_name(d, levels[i].name), i);
        if (i % 2) assert_int_equal(domain_find_number(d, levels[i].number * (1 + 1e-14)), i);
    }
    assert_int_equal(domain_find_name(d, sym("level1")), UINT32_MAX);
    assert_int_equal(domain_find_number(d, 0.5), UINT32_MAX);
    domain_drop(d);
    levels[400] = levels[8];
    levels[300] = levels[11];
    levels[299].name = sym("other");
    assert_int_equal(domain_repeated(levels, N), 300);
}

static void repeats_are_found(void **state) {
    (void)state;
    Level a[] = {number("1"), named("x"), number("1.0"), named("x")};
    assert_int_equal(domain_repeated(a, 4), 2);
    assert_int_equal(domain_repeated(a, 2), UINT32_MAX);
    assert_int_equal(domain_repeated(a, 0), UINT32_MAX);
}

static void others(void **state) {
    (void)state;
    Domain *real = domain_new(DOMAIN_REAL), *none = domain_new(DOMAIN_SYMBOLIC);
    assert_true(!domain_finite(real) && real->numeric);
    assert_true(!domain_finite(none) && !none->numeric);
    assert_int_equal(domain_find_number(real, 1), UINT32_MAX);
    assert_int_equal(domain_find_name(none, sym("x")), UINT32_MAX);
    says(real, "real");
    assert_ptr_equal(domain_keep(real), real);
    domain_drop(real);
    domain_drop(real);
    domain_drop(none);
    domain_drop(NULL);
    mem_fail_after(0, 1);
    assert_null(domain_new(DOMAIN_BOOL));
    assert_null(domain_range(0, 3));
    mem_fail_after(-1, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bool_is_numbers),           cmocka_unit_test(ranges_reach_below_zero),
        cmocka_unit_test(levels_by_name_and_number), cmocka_unit_test(many_levels_are_found),
        cmocka_unit_test(repeats_are_found),         cmocka_unit_test(others),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
