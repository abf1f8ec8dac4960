// Tests of runtime/base/closest: the name that was meant.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/base/closest.h"
#include "runtime/base/mem.h"

static const char *const names[] = {"Recovered", "Treatment", "Size", "Año", "A", "recovery"};

static const char *meant(const char *wrong) {
    return closest_name(wrong, names, sizeof names / sizeof *names);
}

static void test_finds_near_names(void **state) {
    (void)state;
    assert_string_equal(meant("Recoverd"), "Recovered");
    assert_string_equal(meant("Treatmnet"), "Treatment"); // an exchange is one step
    assert_string_equal(meant("SIZE"), "Size");
    assert_string_equal(meant("Ano"), "Año"); // one character, though two bytes
    assert_string_equal(meant("a"), "A");
    assert_string_equal(meant("A1"), "A");
    assert_string_equal(meant("Recoverys"), "Recovered"); // both at distance 2: the first
}

static void test_refuses_far_names(void **state) {
    (void)state;
    assert_null(meant("Outcome"));
    assert_null(meant("Si"));
    assert_null(meant("B"));
    assert_null(closest_name("D", (const char *const[]){"RD"}, 1));
    assert_null(meant("SizeOfTheStone"));
    assert_null(closest_name("Size", NULL, 0));
}

static void test_lives_without_memory(void **state) {
    (void)state;
    mem_fail_after(0, 1);
    assert_null(meant("Recoverd"));
    mem_fail_after(-1, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_near_names),
        cmocka_unit_test(test_refuses_far_names),
        cmocka_unit_test(test_lives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
