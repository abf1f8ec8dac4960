// Tests of the BIF writer: what it prints, and that reading it back changes nothing.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/base/mem.h"
#include "runtime/format/bif.h"
#include "runtime/format/bif_write.h"
#include "runtime/format/gzfile.h"

static NetFile read_text(const char *text, size_t len) {
    NetFile net = {0};
    Faults faults = {0};
    Status status = bif_read(text, len, "t.bif", NULL, &net, &faults);
    if (faults.count) print_error("%s\n", faults.items[0].message);
    assert_int_equal(status, OK);
    fault_free(&faults);
    return net;
}

static void assert_same_props(const NetProps *a, const NetProps *b) {
    assert_int_equal(a->count, b->count);
    for (uint32_t i = 0; i < a->count; i++) assert_string_equal(a->texts[i], b->texts[i]);
}

// Writes, reads, compares, and writes again: the second text is the first.
static void check_round_trip(const NetFile *net) {
    Str first = {0}, second = {0};
    Faults faults = {0};
    assert_int_equal(bif_write(net, &first, &faults), OK);
    NetFile again = read_text(first.text, first.len);
    assert_true(netfile_equal(net, &again));
    assert_same_props(&net->props, &again.props);
    for (uint32_t v = 0; v < net->nvars; v++)
        assert_same_props(&net->vars[v].props, &again.vars[v].props);
    assert_int_equal(again.rounded_rows, net->rounded_rows);
    assert_int_equal(bif_write(&again, &second, &faults), OK);
    assert_int_equal(first.len, second.len);
    assert_memory_equal(first.text, second.text, first.len);
    str_free(&first);
    str_free(&second);
    netfile_free(&again);
}

static void test_text(void **state) {
    (void)state;
    const char *text = "network \"two words\" {\n"
                       "  property \"holds ; and \\\" \\n\";\n"
                       "}\n"
                       "variable a-1 {\n"
                       "  type discrete [ 3 ] { <5, \"5 to 7\", \"(7,9]\" };\n"
                       "  property position = (1, 2);\n"
                       "}\n"
                       "variable b {\n"
                       "  type discrete [ 2 ] { 0, 1 };\n"
                       "}\n"
                       "probability ( a-1 ) {\n"
                       "  table 0.5, 0.25, 0.25;\n"
                       "}\n"
                       "probability ( b | a-1 ) {\n"
                       "  (<5) 0.1, 0.9;\n"
                       "  (\"5 to 7\") 1, 0;\n"
                       "  (\"(7,9]\") 1e-20, 1;\n"
                       "}\n";
    NetFile net = read_text(text, strlen(text));
    assert_string_equal(net.props.texts[0], "holds ; and \" \n");
    Str out = {0};
    Faults faults = {0};
    assert_int_equal(bif_write(&net, &out, &faults), OK);
    assert_string_equal(out.text, text);
    str_free(&out);
    check_round_trip(&net);
    netfile_free(&net);
}

static void test_properties(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",
        "plain",
        " blank before",
        "blank behind ",
        "a;b",
        "\"quoted\"",
        "half \" one",
        "x \"a;b\" y",
        "\"a\" and \"b\"",
        "two\nlines",
        "back\\slash",
        "\\",
        "see http://x",
        "ends with brace }",
        "\"",
    };
    NetVar var = {.name = "a", .nlevels = 1, .levels = (const char *const[]){"only"}};
    const double one[] = {1};
    var.table = one;
    var.cells = 1;
    NetFile net = {.name = "n", .nvars = 1, .vars = &var};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        net.props = (NetProps){1, &texts[i]};
        check_round_trip(&net);
    }
}

static void test_refusals(void **state) {
    (void)state;
    static const char *const names[] = {"a\"b", "line\nbreak", "tab\t"};
    const double half[] = {0.5, 0.5};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        NetVar var = {.name = "v", .nlevels = 2, .table = half, .cells = 2};
        var.levels = (const char *const[]){"x", names[i]};
        NetFile net = {.name = "n", .nvars = 1, .vars = &var};
        Str out = {0};
        Faults faults = {0};
        assert_int_equal(bif_write(&net, &out, &faults), FAULT);
        assert_int_equal(faults.items[0].code, FAULT_FILE_EXPRESS);
        fault_free(&faults);
        str_free(&out);
    }
    NetFile markov = {.name = "", .markov = true};
    Str out = {0};
    Faults faults = {0};
    assert_int_equal(bif_write(&markov, &out, &faults), FAULT);
    fault_free(&faults);
    str_free(&out);
}

static void check_path(const char *path) {
    GzFile file;
    Faults faults = {0};
    assert_int_equal(gzfile_read(path, NULL, &file, &faults), OK);
    NetFile net = read_text(file.text, file.len);
    gzfile_free(&file);
    check_round_trip(&net);
    netfile_free(&net);
}

static void test_networks(void **state) {
    (void)state;
    static const char *const names[] = {"asia",  "cancer", "earthquake", "survey",
                                        "sachs", "child",  "alarm",      "insurance"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[100];
        snprintf(path, sizeof path, "tests/data/networks/%s.bif", names[i]);
        check_path(path);
    }
}

static void test_shared(void **state) {
    (void)state;
    static const char *const names[] = {
        "andes.bif",    "hailfinder.bif",    "hepar2.bif",      "link.bif",
        "munin1.bif",   "pigs.bif",          "water.bif",       "win95pts.bif",
        "munin.bif.gz", "pathfinder.bif.gz", "diabetes.bif.gz",
    };
    const char *shared = getenv("RUNG_SHARED");
    if (!shared) skip();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/networks/bif/%s", shared, names[i]);
        check_path(path);
    }
}

static void test_out_of_memory(void **state) {
    (void)state;
    const char *text = "variable a { type discrete[2] {x y} }"
                       "variable b { type discrete[2] {x y} }"
                       "probability (a) { table .5 .5; }"
                       "probability (b|a) { default .5 .5; }";
    NetFile net = read_text(text, strlen(text));
    Status status = NOMEM;
    for (long n = 0; status != OK; n++) {
        Str out = {0};
        Faults faults = {0};
        mem_fail_after(n, 1);
        status = bif_write(&net, &out, &faults);
        mem_fail_after(-1, 0);
        assert_true(status == OK || status == NOMEM);
        str_free(&out);
    }
    netfile_free(&net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),     cmocka_unit_test(test_properties),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_networks),
        cmocka_unit_test(test_shared),   cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
