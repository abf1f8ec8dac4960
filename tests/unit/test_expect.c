// Expectations: digits as written, anything, words and signs.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "interp/expect.h"

static void numbers_match_within_their_digits(void **state) {
    (void)state;
    assert_true(expect_matches("0.33", "0.3341"));
    assert_true(expect_matches("0.33", "0.3250000001"));
    assert_false(expect_matches("0.33", "0.3249"));
    assert_false(expect_matches("0.330", "0.3341"));
    assert_true(expect_matches("2", "2.4"));
    assert_false(expect_matches("2", "2.6"));
    assert_true(expect_matches("1e3", "1004"));
    assert_true(expect_matches("1.5e-3", "0.00152"));
    assert_false(expect_matches("1.5e-3", "0.0016"));
    assert_true(expect_matches("-0.0505", "-0.05046"));
    assert_false(expect_matches("0.05", "-0.05"));
    assert_true(expect_matches(".5", "0.5"));
}

static void percentages(void **state) {
    (void)state;
    assert_true(expect_matches("30%", "0.3"));
    assert_true(expect_matches("30%", "0.3049"));
    assert_false(expect_matches("30%", "0.306"));
    assert_true(expect_matches("0.3", "30%"));
}

static void signs_and_words(void **state) {
    (void)state;
    assert_true(expect_matches("[true, 0.5]", "[ true,0.5 ]"));
    assert_false(expect_matches("[true, 0.5]", "[true, 0.5"));
    assert_true(expect_matches("between 0.4 and 0.8", "between 0.3999 and 0.8001"));
    assert_false(expect_matches("true", "truer"));
    assert_false(expect_matches("x1", "x2"));
    assert_true(expect_matches("a-1", "a-1"));
    assert_true(expect_matches("3-1", "3-1"));
    assert_true(expect_matches("", ""));
    assert_false(expect_matches("", "1"));
}

static void anything(void **state) {
    (void)state;
    assert_true(expect_matches("...", ""));
    assert_true(expect_matches("false ...", "false\nA -> B is open"));
    assert_true(expect_matches("... 7 ... end", "5 6 7 8 end 9 end"));
    assert_false(expect_matches("... 7 ... end", "5 6 8 end"));
    assert_true(expect_matches("[1, ...", "[1, 2, 3]"));
    // Many do not take exponential time.
    char dots[100], text[100];
    memset(dots, '.', 90);
    strcpy(dots + 90, " 1");
    memset(text, '+', 90);
    text[90] = '\0';
    assert_false(expect_matches(dots, text));
    strcpy(text + 90, " 1");
    assert_true(expect_matches(dots, text));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_match_within_their_digits),
        cmocka_unit_test(percentages),
        cmocka_unit_test(signs_and_words),
        cmocka_unit_test(anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
