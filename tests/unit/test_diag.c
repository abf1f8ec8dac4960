// Tests of sources, places and diagnostics.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "interp/diag.h"
#include "runtime/base/unicode.h"
#include "runtime/base/mem.h"

static uint32_t add_text(Sources *all, const char *name, const char *text) {
    uint32_t number = source_add(all, name, text, strlen(text));
    assert_int_equal(number, all->count);
    return number;
}

static void places_and_columns(void **state) {
    (void)state;
    Sources all = {0};
    uint32_t number = add_text(&all, "a.rung", "x\n\xC3\xA4\xE2\x86\x92y\n");
    uint32_t line, column;
    const SourceText *s = source_get(&all, number);
    source_line_column(s, 0, &line, &column);
    assert_int_equal(line, 1);
    assert_int_equal(column, 1);
    source_line_column(s, 7, &line, &column); // the y after a two- and a three-byte character
    assert_int_equal(line, 2);
    assert_int_equal(column, 3);
    source_line_column(s, 3, &line, &column); // within the first of them
    assert_int_equal(column, 1);
    source_line_column(s, 1000, &line, &column);
    assert_int_equal(line, 3);
    Span a = {number, 2, 4}, b = {number, 6, 7};
    uint32_t place = source_place(&all, a);
    assert_int_equal(place, 1);
    assert_int_equal(source_place(&all, b), 2);
    assert_int_equal(source_place(&all, a), place);
    assert_int_equal(source_place(&all, (Span){0}), 0);
    assert_int_equal(source_span(&all, place).end, 4);
    assert_int_equal(source_span(&all, 0).source, 0);
    assert_int_equal(source_span(&all, 99).source, 0);
    Span both = span_join(b, a);
    assert_int_equal(both.start, 2);
    assert_int_equal(both.end, 7);
    assert_int_equal(span_join((Span){0}, b).start, 6);
    assert_null(source_get(&all, 0));
    assert_null(source_get(&all, 2));
    source_free(&all);
}

static void check_render(Span span, Span also, const char *hint, const Sources *all,
                         const char *expected) {
    Diags d = {0};
    diag_error(&d, DIAG_UNKNOWN_NAME, span, "there is no %s", "`x`");
    if (hint) diag_hint(&d, "did you mean `%s`?", hint);
    if (also.source) diag_also(&d, also);
    Str out = {0};
    diag_render(&d.items[0], all, false, &out);
    assert_string_equal(str_text(&out), expected);
    str_free(&out);
    diag_free(&d);
}

static void carets_stand_under_the_text(void **state) {
    (void)state;
    Sources all = {0};
    uint32_t n = add_text(&all, "a.rung", "let y = 1\n\tP(\xC3\xA4 | \xE6\x97\xA5x)\r\nlast");
    check_render((Span){n, 21, 22}, (Span){0}, "y", &all,
                 "a.rung:2:9: error E0201: there is no `x`\n"
                 "    2 | \tP(\xC3\xA4 | \xE6\x97\xA5x)\n"
                 "      | \t        ^\n"
                 "      hint: did you mean `y`?\n");
    source_free(&all);
}

// A name of 3000 characters of two bytes each: 400 of them are shown before the cut, which does
// not split one, and 200 after it. `extra` bytes before it shift the cut.
static void long_messages_are_cut_at(size_t extra, size_t before, size_t more) {
    Sources all = {0};
    uint32_t n = add_text(&all, "a.rung", "x");
    Str name = {0}, want = {0}, out = {0};
    Diags d = {0};
    str_fill(&name, 'x', extra);
    str_fill(&want, 'x', extra);
    for (int i = 0; i < 3000; i++) str_add(&name, "\xC3\xA4");
    diag_error(&d, DIAG_UNKNOWN_NAME, (Span){n, 0, 1}, "%s", str_text(&name));
    for (size_t i = 0; i < before; i++) str_add(&want, "\xC3\xA4");
    str_printf(&want, " ... (%zu more bytes) ... ", more);
    for (int i = 0; i < 200; i++) str_add(&want, "\xC3\xA4");
    diag_render(&d.items[0], &all, false, &out);
    const char *shown = strstr(str_text(&out), "E0201: ") + strlen("E0201: ");
    assert_memory_equal(shown, str_text(&want), want.len);
    assert_int_equal(shown[want.len], '\n');
    str_free(&name);
    str_free(&want);
    str_free(&out);
    diag_free(&d);
    source_free(&all);
}

static void long_messages_are_cut(void **state) {
    (void)state;
    long_messages_are_cut_at(0, 400, 6000 - 800 - 400);
    long_messages_are_cut_at(1, 400, 6001 - 801 - 400);
}

static void second_places_are_shown(void **state) {
    (void)state;
    Sources all = {0};
    uint32_t n = add_text(&all, "a.rung", "model m {\n  A -> B\n");
    check_render((Span){n, 19, 19}, (Span){n, 8, 9}, NULL, &all,
                 "a.rung:3:1: error E0201: there is no `x`\n"
                 "    3 | \n"
                 "      | ^\n"
                 "      see a.rung:1:9\n"
                 "    1 | model m {\n"
                 "      |         -\n");
    source_free(&all);
}

static void a_span_over_lines_is_cut_at_the_first(void **state) {
    (void)state;
    Sources all = {0};
    uint32_t n = add_text(&all, "a.rung", "ab cd\nef\n");
    check_render((Span){n, 3, 8}, (Span){0}, NULL, &all,
                 "a.rung:1:4: error E0201: there is no `x`\n"
                 "    1 | ab cd\n"
                 "      |    ^^\n");
    check_render((Span){0}, (Span){0}, NULL, &all, "error E0201: there is no `x`\n");
    source_free(&all);
}

static void long_lines_are_clipped(void **state) {
    (void)state;
    Sources all = {0};
    char text[1001];
    for (size_t i = 0; i < 1000; i++) text[i] = (char)('0' + i % 10);
    text[1000] = '\0';
    uint32_t n = add_text(&all, "a.rung", text);
    Str expected = {0};
    str_add(&expected, "a.rung:1:501: error E0201: there is no `x`\n    1 | ...");
    str_add_n(&expected, text + 440, 160);
    str_add(&expected, "\n      | ");
    str_fill(&expected, ' ', 63);
    str_add(&expected, "^^\n");
    check_render((Span){n, 500, 502}, (Span){0}, NULL, &all, str_text(&expected));
    str_free(&expected);
    source_free(&all);
}

static void json_follows_the_design(void **state) {
    (void)state;
    Sources all = {0};
    uint32_t n = add_text(&all, "a\"b.rung", "x\n  y");
    Diags d = {0};
    diag_error(&d, DIAG_UNKNOWN_NAME, (Span){n, 4, 5}, "no \"%s\"\n", "y");
    Str out = {0};
    diag_render_json(&d.items[0], &all, &out);
    assert_string_equal(str_text(&out),
                        "{\"kind\":\"error\",\"code\":\"E0201\",\"file\":\"a\\\"b.rung\","
                        "\"line\":2,\"column\":3,\"message\":\"no \\\"y\\\"\\n\"}\n");
    str_free(&out);
    diag_free(&d);
    source_free(&all);
}

static void colors_do_not_change_the_text(void **state) {
    (void)state;
    Sources all = {0};
    uint32_t n = add_text(&all, "a.rung", "let x = y\n");
    Diags d = {0};
    diag_note(&d, DIAG_UNKNOWN_NAME, (Span){n, 8, 9}, "hidden");
    assert_int_equal(d.errors, 0);
    Str bare = {0}, colored = {0}, stripped = {0};
    diag_render(&d.items[0], &all, false, &bare);
    diag_render(&d.items[0], &all, true, &colored);
    for (const char *p = str_text(&colored); *p; p++) {
        if (*p == '\033')
            p = strchr(p, 'm');
        else
            str_add_char(&stripped, *p);
    }
    assert_string_equal(str_text(&stripped), str_text(&bare));
    assert_true(colored.len > bare.len);
    str_free(&bare);
    str_free(&colored);
    str_free(&stripped);
    diag_free(&d);
    source_free(&all);
}

static void terminals_are_protected(void **state) {
    (void)state;
    Sources all = {0};
    uint32_t n = add_text(&all, "a.rung", "\033[2J\xFFz");
    check_render((Span){n, 5, 6}, (Span){0}, NULL, &all,
                 "a.rung:1:6: error E0201: there is no `x`\n"
                 "    1 | \xEF\xBF\xBD[2J\xEF\xBF\xBDz\n"
                 "      |      ^\n");
    source_free(&all);
}

static void the_catalogue_is_sound(void **state) {
    (void)state;
    for (int i = 1; i < DIAG_COUNT; i++) {
        const char *code = diag_code((DiagCode)i);
        assert_int_equal(strlen(code), 5);
        assert_int_equal(diag_find(code), i); // and so no code stands twice
        assert_true(strlen(diag_title((DiagCode)i)) > 3);
        const char *page = diag_page((DiagCode)i);
        assert_true(strlen(page) > 40);
        assert_int_equal(page[strlen(page) - 1], '\n');
    }
    assert_int_equal(diag_find("e201"), DIAG_UNKNOWN_NAME);
    assert_int_equal(diag_find("0201"), DIAG_UNKNOWN_NAME);
    assert_int_equal(diag_find("E"), DIAG_NONE);
    assert_int_equal(diag_find("E0000"), DIAG_NONE);
    assert_int_equal(diag_find("E02x"), DIAG_NONE);
    assert_int_equal((int)DIAG_MODEL_CYCLE, (int)FAULT_MODEL_CYCLE);
}

static void faults_become_diagnostics(void **state) {
    (void)state;
    Sources all = {0};
    uint32_t n = add_text(&all, "a.rung", "abc");
    uint32_t place = source_place(&all, (Span){n, 1, 2});
    Faults faults = {0};
    fault_add(&faults, FAULT_MODEL_CYCLE, place, "a cycle");
    fault_hint(&faults, "cut it");
    fault_also(&faults, place);
    fault_add(&faults, FAULT_MODEL_CYCLE, 0, "another");
    Diags d = {0};
    diag_take_faults(&d, &faults, &all, (Span){n, 0, 3});
    assert_int_equal(d.errors, 2);
    assert_int_equal(faults.count, 0);
    assert_int_equal(d.items[0].span.start, 1);
    assert_int_equal(d.items[0].also.end, 2);
    assert_string_equal(d.items[0].hint, "cut it");
    assert_int_equal(d.items[1].span.end, 3);
    diag_free(&d);
    source_free(&all);
}

static void close_names_are_found(void **state) {
    (void)state;
    const char *names[] = {"Recovered", "Treatment", "Size", "E", "\xC3\x84rger"};
    assert_string_equal(diag_closest("Recoverd", names, 5), "Recovered");
    assert_string_equal(diag_closest("Reocvered", names, 5), "Recovered"); // a swap counts one
    assert_string_equal(diag_closest("SIZE", names, 5), "Size");
    assert_string_equal(diag_closest("\xC3\x96rger", names, 5), "\xC3\x84rger");
    assert_null(diag_closest("Zero", names, 5));
    assert_null(diag_closest("Size", names, 0));
}

static void utf8_is_checked(void **state) {
    (void)state;
    static const char *const bad[] = {"\x80",         "\xC0\xAF",         "\xE0\x80\xAF",
                                      "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x86"};
    uint32_t point;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(unicode_decode(bad[i], strlen(bad[i]), &point), 0);
    for (uint32_t p = 1; p < 0x110000; p += 7) {
        char text[4];
        size_t n = unicode_encode(p, text);
        if (p >= 0xD800 && p < 0xE000) {
            assert_int_equal(n, 0);
            continue;
        }
        assert_int_equal(unicode_decode(text, n, &point), n);
        assert_int_equal(point, p);
    }
    assert_true(unicode_starts_name(0xE9) && unicode_starts_name(0x3B1));
    assert_true(unicode_starts_name(0x4E2D) && unicode_starts_name('_'));
    assert_false(unicode_starts_name('1') || unicode_starts_name(0x301));
    assert_true(unicode_continues_name('1') && unicode_continues_name(0x301));
    assert_false(unicode_continues_name(0x2192) || unicode_continues_name(0xD7));
}

static void running_out_of_memory_is_told(void **state) {
    (void)state;
    Sources all = {0};
    uint32_t n = add_text(&all, "a.rung", "abc");
    for (long k = 0; k < 6; k++) {
        Diags d = {0};
        mem_fail_after(k, 1);
        diag_error(&d, DIAG_UNKNOWN_NAME, (Span){n, 0, 1}, "%*s", 200, "long");
        diag_hint(&d, "%*s", 200, "long");
        mem_fail_after(-1, 0);
        assert_int_equal(d.errors, 1);
        assert_true(d.failed || (d.count == 1 && d.items[0].hint));
        diag_free(&d);
        mem_fail_after(k % 4, 0);
        uint32_t number = source_add(&all, "b", "x", 1);
        mem_fail_after(-1, 0);
        assert_true(number == 0 || number == all.count);
    }
    source_free(&all);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_and_columns),
        cmocka_unit_test(carets_stand_under_the_text),
        cmocka_unit_test(second_places_are_shown),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(a_span_over_lines_is_cut_at_the_first),
        cmocka_unit_test(long_lines_are_clipped),
        cmocka_unit_test(json_follows_the_design),
        cmocka_unit_test(colors_do_not_change_the_text),
        cmocka_unit_test(terminals_are_protected),
        cmocka_unit_test(the_catalogue_is_sound),
        cmocka_unit_test(faults_become_diagnostics),
        cmocka_unit_test(close_names_are_found),
        cmocka_unit_test(utf8_is_checked),
        cmocka_unit_test(running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
