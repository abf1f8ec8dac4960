// Data sets: columns, counts, missing values, and how they are shown.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "interp/render.h"
#include "runtime/base/mem.h"
#include "runtime/data/frame.h"

static Interner *names;

static DataFrame *two_columns(size_t nrows, bool counted) {
    DataFrame *f = frame_new(nrows, 2, counted);
    assert_non_null(f);
    f->columns[0].name = intern_z(names, "Toss");
    f->columns[0].domain = domain_new(DOMAIN_BOOL);
    f->columns[1].name = intern_z(names, "Weight");
    f->columns[1].domain = domain_new(DOMAIN_REAL);
    for (size_t i = 0; i < nrows; i++) {
        f->columns[0].values[i] = (double)(i % 2);
        f->columns[1].values[i] = i == 1 ? NAN : 0.25 * (double)i;
        if (counted) f->counts[i] = (double)(i + 1);
    }
    return f;
}

static void test_counts(void **state) {
    (void)state;
    DataFrame *counted = two_columns(3, true), *plain = two_columns(3, false);
    assert_float_equal(frame_size(counted), 6, 0);
    assert_float_equal(frame_size(plain), 3, 0);
    assert_float_equal(frame_count(counted, 2), 3, 0);
    assert_int_equal(frame_find(plain, intern_z(names, "Weight")), 1);
    assert_int_equal(frame_find(plain, intern_z(names, "Height")), UINT32_MAX);
    assert_false(frame_equal(counted, plain));
    DataFrame *again = two_columns(3, true);
    assert_true(frame_equal(counted, again));
    // Whatever differs, wherever it stands.
    for (uint32_t i = 0; i < 2; i++)
        for (size_t row = 0; row < 3; row++) {
            double *value = &again->columns[i].values[row], kept = *value;
            *value = isnan(kept) ? 0 : NAN;
            assert_false(frame_equal(counted, again));
            *value = isnan(kept) ? 0 : kept + 1;
            assert_false(frame_equal(counted, again));
            *value = kept;
        }
    for (size_t row = 0; row < 3; row++) {
        again->counts[row] += 1;
        assert_false(frame_equal(counted, again));
        again->counts[row] -= 1;
    }
    for (uint32_t i = 0; i < 2; i++) {
        Sym kept = again->columns[i].name;
        again->columns[i].name = intern_z(names, "Other");
        assert_false(frame_equal(counted, again));
        again->columns[i].name = kept;
    }
    assert_true(frame_equal(counted, again));
    again->ncolumns = 1;
    assert_false(frame_equal(counted, again));
    again->ncolumns = 2;
    DataFrame *fewer = two_columns(2, true);
    assert_false(frame_equal(counted, fewer) || frame_equal(fewer, counted));
    frame_drop(fewer);
    frame_drop(again);
    frame_drop(frame_keep(counted));
    frame_drop(counted);
    frame_drop(plain);
}

static void check_shown(DataFrame *f, const char *text, const char *json) {
    Value v;
    Str s = {0};
    assert_true(value_data(f, &v));
    render_value(v, &(RenderStyle){.digits = 4}, &s);
    assert_string_equal(str_text(&s), text);
    str_clear(&s);
    render_json(v, &s);
    if (json) assert_string_equal(str_text(&s), json);
    str_free(&s);
    value_drop(v);
}

static void test_shown(void **state) {
    (void)state;
    check_shown(two_columns(3, true),
                "Toss   Weight  count\n"
                "false  0       1\n"
                "true   _       2\n"
                "false  0.5     3",
                "{\"kind\":\"data\",\"variables\":[\"Toss\",\"Weight\"],"
                "\"rows\":[[false,0],[true,null],[false,0.5]],\"counts\":[1,2,3]}");
    check_shown(two_columns(0, false), "Toss  Weight",
                "{\"kind\":\"data\",\"variables\":[\"Toss\",\"Weight\"],\"rows\":[]}");
    DataFrame *f = two_columns(12, false);
    Str s = {0};
    frame_add_value(&f->columns[0], 1, &s);
    str_add_char(&s, ' ');
    frame_add_value(&f->columns[1], 1, &s);
    str_add_char(&s, ' ');
    frame_add_value(&f->columns[1], 3, &s);
    assert_string_equal(str_text(&s), "true _ 0.75");
    str_free(&s);
    Value v;
    assert_true(value_data(f, &v));
    render_value(v, &(RenderStyle){.digits = 4}, &s);
    assert_non_null(strstr(str_text(&s), "\n... and 2 more rows"));
    str_free(&s);
    value_drop(v);
}

// Every allocation fails in turn.
static void test_memory(void **state) {
    (void)state;
    for (long n = 0; n < 5; n++) {
        mem_fail_after(n, 1);
        DataFrame *f = frame_new(4, 2, true);
        mem_fail_after(-1, 0);
        assert_null(f);
    }
}

static int start(void **state) {
    (void)state;
    names = intern_new();
    return names ? 0 : -1;
}

static int stop(void **state) {
    (void)state;
    intern_free(names);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_shown),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
