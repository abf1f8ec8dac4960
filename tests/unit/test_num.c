// Tests of runtime/base/num: reading against strtod, printing against reading back.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/mem.h"
#include "runtime/base/num.h"
#include "runtime/base/rng.h"

static size_t seeds(size_t otherwise) {
    const char *text = getenv("RUNG_SEEDS");
    return text ? (size_t)strtoul(text, NULL, 10) * 100 : otherwise;
}

static uint64_t bits_of(double x) {
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

// Reads from a block of exactly `len` bytes, so that a sanitizer sees a byte too far.
static size_t read_exact(const char *text, double *value) {
    size_t len = strlen(text);
    char *copy = malloc(len ? len : 1);
    memcpy(copy, text, len);
    size_t n = num_read(copy, len, value);
    free(copy);
    return n;
}

static void check_like_strtod(const char *text) {
    char *end;
    double want = strtod(text, &end), got = -1;
    size_t n = read_exact(text, &got);
    if (n != (size_t)(end - text) || bits_of(got) != bits_of(want))
        fail_msg("\"%s\": read %zu bytes as %.17g, strtod %zu as %.17g", text, n, got,
                 (size_t)(end - text), want);
}

static void reads_what_strtod_reads(void **state) {
    (void)state;
    static const char *const texts[] = {
        "0",
        "1",
        "0.5",
        "5.",
        ".5",
        "0.",
        "00012.500",
        "1e3",
        "1E3",
        "1e+3",
        "1e-3",
        "1e",
        "1e+",
        "1e-x",
        "1.5.2",
        "9007199254740992",
        "9007199254740993",
        "9007199254740995",
        "18446744073709551615",
        "18446744073709551616",
        "9999999999999999999",
        "0.3333333333333333333",
        "0.33333333333333333333333",
        "0.1234567890123456789",
        "9007199254740993.5",
        "900719925474099.35",
        "0.000000000000000000001234567890123456789",
        "1e22",
        "1e23",
        "9007199254740993e22",
        "1e-22",
        "1e-23",
        "123456789012345678e-19",
        "1e308",
        "1.8e308",
        "1e309",
        "1e-307",
        "2.2250738585072011e-308",
        "4.9e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "1e-400",
        "1e999999999999999999999",
        "1e-999999999999999999999",
        "0e999999999999",
        "0.0000",
        "7 8",
        "3abc",
        "2..5",
        "1.00000000000000011102230246251565404236316680908203125",
        "1.00000000000000011102230246251565404236316680908203124",
        "1.00000000000000011102230246251565404236316680908203126"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) check_like_strtod(texts[i]);
}

static void refuses_what_is_no_number(void **state) {
    (void)state;
    static const char *const texts[] = {"", ".", "-1", "+1", "e5", ".e5", "inf", "nan", "x"};
    double value = 7;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(read_exact(texts[i], &value), 0);
    assert_true(value == 7);
    assert_int_equal(read_exact("0x10", &value), 1);
}

static void stops_at_the_length_given(void **state) {
    (void)state;
    double value;
    assert_int_equal(num_read("12345", 3, &value), 3);
    assert_true(value == 123);
    assert_int_equal(num_read("1e5", 2, &value), 1);
    assert_int_equal(num_read("1.5", 2, &value), 2);
    assert_true(value == 1);
}

static void reads_very_long_numbers(void **state) {
    (void)state;
    char *text = malloc(4000);
    strcpy(text, "1.00000000000000011102230246251565404236316680908203125");
    size_t n = strlen(text);
    memset(text + n, '0', 3000);
    text[n + 3000] = '\0';
    check_like_strtod(text);
    strcpy(text + n + 3000, "1");
    check_like_strtod(text);
    memset(text, '0', 3000);
    text[1] = '.';
    strcpy(text + 3000, "12e2999");
    check_like_strtod(text);
    memset(text, '9', 3000);
    strcpy(text + 3000, "e-2990");
    check_like_strtod(text);
    free(text);
}

static void reads_random_numbers_like_strtod(void **state) {
    (void)state;
    Rng rng;
    rng_seed(&rng, 1, 0);
    char text[80];
    for (size_t k = 0, n = seeds(20000); k < n; k++) {
        uint64_t m = rng_next(&rng) >> rng_below(&rng, 64);
        int e = (int)rng_below(&rng, 60) - 40;
        switch (rng_below(&rng, 4)) {
        case 0:
            snprintf(text, sizeof text, "%llue%d", (unsigned long long)m, e);
            break;
        case 1:
            snprintf(text, sizeof text, "0.%llu", (unsigned long long)m);
            break;
        case 2:
            snprintf(text, sizeof text, "%.*f", (int)rng_below(&rng, 21), rng_unit(&rng));
            break;
        default:
            snprintf(text, sizeof text, "%.*e", (int)rng_below(&rng, 20),
                     ldexp(rng_unit(&rng), (int)rng_below(&rng, 2000) - 1050));
        }
        check_like_strtod(text);
    }
}

static void check_print(double value, const char *want) {
    Str s = {0};
    num_add(&s, value);
    assert_string_equal(str_text(&s), want);
    str_free(&s);
}

static void prints_the_shortest(void **state) {
    (void)state;
    check_print(0, "0");
    check_print(-0.0, "-0");
    check_print(1, "1");
    check_print(-17, "-17");
    check_print(100000, "100000");
    check_print(999999999999999, "999999999999999");
    check_print(1e15, "1e15");
    check_print(0.1, "0.1");
    check_print(0.30000000000000004, "0.30000000000000004");
    check_print(1.0 / 3, "0.3333333333333333");
    check_print(0.0001, "0.0001");
    check_print(0.00001, "1e-5");
    check_print(123.456, "123.456");
    check_print(-2.5e-7, "-2.5e-7");
    check_print(5e-324, "5e-324");
    check_print(1.7976931348623157e308, "1.7976931348623157e308");
    check_print(0x1p-44, "5.684341886080802e-14");
    check_print(0x1p-1022, "2.2250738585072014e-308");
    check_print((double)INFINITY, "inf");
    check_print(-(double)INFINITY, "-inf");
    check_print((double)NAN, "nan");
}

static double random_double(Rng *rng) {
    double value;
    do {
        uint64_t u = rng_next(rng);
        memcpy(&value, &u, sizeof value);
    } while (!isfinite(value));
    return value;
}

static void printed_numbers_read_back(void **state) {
    (void)state;
    Rng rng;
    rng_seed(&rng, 2, 0);
    for (size_t k = 0, n = seeds(20000); k < n; k++) {
        double value = k % 2 ? random_double(&rng) : rng_unit(&rng);
        Str s = {0};
        num_add(&s, fabs(value));
        double back = -1;
        assert_int_equal(num_read(str_text(&s), s.len, &back), s.len);
        if (bits_of(back) != bits_of(fabs(value)))
            fail_msg("%.17g printed as %s", value, str_text(&s));
        str_free(&s);
    }
}

static void prints_for_people(void **state) {
    (void)state;
    static const struct {
        double value;
        int digits;
        const char *want;
    } rows[] = {{0.123456, 3, "0.123"},
                {0.5, 6, "0.5"},
                {1234567, 6, "1.23457e6"},
                {123456, 6, "123456"},
                {-0.0, 4, "0"},
                {2.0 / 3, 4, "0.6667"},
                {99.9996, 5, "100"},
                {1e-9, 3, "1e-9"},
                {12.0, 6, "12"},
                {0.1, 17, "0.10000000000000001"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Str s = {0};
        num_add_digits(&s, rows[i].value, rows[i].digits);
        assert_string_equal(str_text(&s), rows[i].want);
        str_free(&s);
    }
}

static void sameness_is_relative(void **state) {
    (void)state;
    assert_true(num_same(0.1 + 0.2, 0.3));
    assert_true(num_same(1e300, 1e300 * (1 + 1e-15)));
    assert_false(num_same(1, 1 + 1e-11));
    assert_false(num_same(0, 1e-300));
    assert_true(num_same((double)INFINITY, (double)INFINITY));
    assert_false(num_same((double)INFINITY, 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_strtod_reads),
        cmocka_unit_test(refuses_what_is_no_number),
        cmocka_unit_test(stops_at_the_length_given),
        cmocka_unit_test(reads_very_long_numbers),
        cmocka_unit_test(reads_random_numbers_like_strtod),
        cmocka_unit_test(prints_the_shortest),
        cmocka_unit_test(printed_numbers_read_back),
        cmocka_unit_test(prints_for_people),
        cmocka_unit_test(sameness_is_relative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
