// Tests of Hugin .net files.
#include "tests/unit/reader_check.h"

static NetFile reads(const char *text) {
    return check_reads(&format_hugin, text, strlen(text));
}

static const char chest[] = "net\n{\n    node_size = (80 40);\n"
                            "    HR_Desc = \"a \\\"small\\\" one; with % and }\";\n}\n"
                            "potential (T | A S) % before its nodes\n{\n"
                            "    data = ((( 1 0 )\t%  A=yes  S=a\n"
                            "             ( .5 .5 ))\n"
                            "            (( 2 8 ) ( 29 7 )));\n}\n"
                            "node A\n{\n    label = \"Visit to \\\"Asia\\\"?\";\n"
                            "    position = (25 -275);\n    states = (\"yes\" \"no\");\n}\n"
                            "discrete node S { states = (\"a b\" \"c\\\"d\"); }\n"
                            "node T { states = (\"0\" \"1\"); subtype = number;\n"
                            "  state_values = (1 2); }\n"
                            "potential (A) { data = ( 0.01 0.99 ); HR_x = \"y\"; }\n"
                            "potential (S) { }\n";

static void test_read(void **state) {
    (void)state;
    NetFile net = reads(chest);
    assert_int_equal(net.nvars, 3);
    assert_string_equal(net.vars[0].name, "A");
    assert_true(net.vars[0].placed && net.vars[0].x == 25 && net.vars[0].y == -275);
    assert_string_equal(net.vars[0].props.texts[0], "label = \"Visit to \\\"Asia\\\"?\"");
    assert_string_equal(net.vars[1].levels[0], "a b");
    assert_string_equal(net.vars[1].levels[1], "c\"d");
    assert_int_equal(net.vars[2].nparents, 2);
    assert_int_equal(net.vars[2].parents[1], 1);
    const double table[] = {1, 0, .5, .5, .2, .8, 29. / 36, 7. / 36};
    assert_memory_equal(net.vars[2].table, table, sizeof table);
    assert_int_equal(net.scaled_rows, 2);
    assert_true(net.vars[1].table[0] == .5); // no data: uniform
    check_round_trip(&format_hugin, &net);
    netfile_free(&net);
}

static void test_class(void **state) {
    (void)state;
    NetFile net = reads("class Clinic {\n inputs = ();\n node A { states = (\"x\"); }\n"
                        " potential (A |) { data = (1); }\n}\n");
    assert_string_equal(net.name, "Clinic");
    assert_int_equal(net.props.count, 1);
    netfile_free(&net);
}

#define A "node A { states = (\"x\" \"y\"); }\n"

static const FaultyText faulty[] = {
    {"", FAULT_HUGIN_SYNTAX,
     "t:1:1: expected 'net', 'node' or 'potential', found the end of the file"},
    {"net { a = 1 }", FAULT_HUGIN_SYNTAX, "t:1:13: expected ';' after the value, found '}'"},
    {"net { a 1; }", FAULT_HUGIN_SYNTAX,
     "t:1:9: expected '=' after the name of the attribute, found '1'"},
    {A "potential (A) { data = (0.5 x); }", FAULT_HUGIN_SYNTAX,
     "t:2:29: expected a number of the data of 'A', found 'x'"},
    {A "potential (A) { data = ((0.5 .5); }", FAULT_HUGIN_SYNTAX, NULL},
    {A "potential (A) { data = (0.5); }", FAULT_NET_COUNT,
     "t:2:17: the data of 'A' need 2 numbers and have 1"},
    {A "potential (A) { data = (0 0); }", FAULT_NET_SUM,
     "t:2:17: the probabilities of 'A' sum to 0, not to 1"},
    {A "potential (A | B) { data = (1 0); }", FAULT_NET_UNDECLARED,
     "t:2:16: the node 'B' is not declared"},
    {A, FAULT_NET_TABLE_MISSING, "t:1:6: the variable 'A' has no probability table"},
    {A A, FAULT_NET_TWICE, "t:2:6: the variable 'A' is declared twice"},
    {"node A { }", FAULT_HUGIN_SYNTAX, "t:1:6: the node 'A' has no states"},
    {"node A { states = (\"x\" \"x\"); }", FAULT_NET_TWICE, NULL},
    {"node A { states = (\"\\x\" \"\\x\"); }", FAULT_NET_TWICE, NULL},
    {"continuous node A { }", FAULT_NET_UNSUPPORTED,
     "t:1:1: continuous nodes cannot be read, only discrete chance nodes"},
    {"decision D { }", FAULT_NET_UNSUPPORTED, NULL},
    {A "potential (A) { model_data = (NoisyOR(x)); }", FAULT_NET_UNSUPPORTED, NULL},
    {A "potential (A B | C) { }", FAULT_NET_UNSUPPORTED, NULL},
    {"net { a = \"x; }", FAULT_HUGIN_SYNTAX, "t:1:11: the quote that begins here has no end"},
    {"class C { node A { states = (\"x\"); } potential (A) { }", FAULT_HUGIN_SYNTAX, NULL},
};

static void test_faults(void **state) {
    (void)state;
    check_refused(&format_hugin, faulty, sizeof faulty / sizeof *faulty);
}

static void test_robust(void **state) {
    (void)state;
    check_robust(&format_hugin, chest);
}

// From BIF and back: the numbers, the names and the positions survive.
static void test_from_bif(void **state) {
    (void)state;
    NetFile net = check_file("tests/data/networks/child.bif");
    Faults faults = {0};
    Str text = {0};
    check_round_trip(&format_hugin, &net);
    assert_int_equal(format_hugin.write(&net, &text, &faults), OK);
    NetFile again = check_reads(&format_hugin, text.text, text.len);
    again.name = net.name; // Hugin files have none
    assert_true(netfile_equal(&net, &again));
    netfile_free(&again);
    str_clear(&text);
    ((NetVar *)net.vars)[0].name = "two words";
    assert_int_equal(format_hugin.write(&net, &text, &faults), FAULT);
    assert_int_equal(faults.items[0].code, FAULT_FILE_EXPRESS);
    fault_free(&faults);
    str_free(&text);
    netfile_free(&net);
}

// One network in three formats has one set of tables.
static void test_shared(void **state) {
    (void)state;
    const char *shared = getenv("RUNG_SHARED");
    if (!shared) skip();
    static const char *const names[] = {"agrum_alarm", "agrum_test1", "agrum_test2",
                                        "grain_chest_clinic", "grain_golf"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/networks/formats/%s.net", shared, names[i]);
        NetFile net = check_file(path);
        check_round_trip(&format_hugin, &net);
        netfile_free(&net);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),     cmocka_unit_test(test_class),
        cmocka_unit_test(test_faults),   cmocka_unit_test(test_robust),
        cmocka_unit_test(test_from_bif), cmocka_unit_test(test_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
