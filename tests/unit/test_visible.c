// Visible: no text commands the terminal.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "interp/visible.h"

#define LOST "\xEF\xBF\xBD"

static void shows(const char *text, bool colors, const char *want) {
    Str out = {0};
    for (size_t left = strlen(text); left > 0;) {
        const char *shown;
        size_t n, taken = visible_cut(text, left, colors, &shown, &n);
        assert_true(taken > 0 && taken <= left);
        str_add_n(&out, shown, n);
        text += taken;
        left -= taken;
    }
    assert_string_equal(str_text(&out), want);
    str_free(&out);
}

static void keeps_what_is_harmless(void **state) {
    (void)state;
    shows("", false, "");
    shows("a\tb\nc", false, "a\tb\nc");
    shows("gr\xC3\xBC\xC3\x9F \xE2\x86\x92 \xF0\x9F\x98\x80", false,
          "gr\xC3\xBC\xC3\x9F \xE2\x86\x92 \xF0\x9F\x98\x80");
}

static void replaces_controls(void **state) {
    (void)state;
    shows("\033[2Jx", false, LOST "[2Jx");
    shows("\033]0;t\x07", false, LOST "]0;t" LOST);
    shows("a\rb\x08\x7F", false, "a" LOST "b" LOST LOST);
    shows("\xC2\x9B" "31m", false, LOST "31m"); // CSI as one character
    shows("\x9B" "31m\xFF", false, LOST "31m" LOST);
    shows("\xE2\x86", false, LOST LOST);
}

static void lets_own_colors_pass(void **state) {
    (void)state;
    shows("\033[1mb\033[0m \033[36mc\033[0m \033[4m", true, "\033[1mb\033[0m \033[36mc\033[0m \033[4m");
    shows("\033[1m", false, LOST "[1m");
    shows("\033[8m\033[1;5m\033[3", true, LOST "[8m" LOST "[1;5m" LOST "[3");
}

static void adds_whole_texts(void **state) {
    (void)state;
    Str out = {0};
    visible_add(&out, "a\0\033b", 4);
    assert_string_equal(str_text(&out), "a" LOST LOST "b");
    str_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_is_harmless),
        cmocka_unit_test(replaces_controls),
        cmocka_unit_test(lets_own_colors_pass),
        cmocka_unit_test(adds_whole_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
