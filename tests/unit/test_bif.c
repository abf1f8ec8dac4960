// Tests of the BIF reader: dialects, exact numbers, faults with their places, robustness.
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
#include "runtime/base/str.h"
#include "runtime/format/bif.h"
#include "runtime/format/gzfile.h"

static NetFile read_ok(const char *text) {
    NetFile net = {0};
    Faults faults = {0};
    Status status = bif_read(text, strlen(text), "t.bif", NULL, &net, &faults);
    if (status != OK && faults.count) print_error("%s\n", faults.items[0].message);
    assert_int_equal(status, OK);
    assert_int_equal(faults.count, 0);
    fault_free(&faults);
    return net;
}

// --- what is read ---

#define TWO_COINS                                                                              \
    "network pair {\n}\n"                                                                      \
    "variable a { type discrete [ 2 ] { yes, no }; }\n"                                        \
    "variable b { type discrete [ 3 ] { lo, mid, hi }; }\n"

static void test_rows_in_any_order(void **state) {
    (void)state;
    NetFile net = read_ok(TWO_COINS "probability ( a ) { table 0.3, 0.7; }\n"
                                    "probability ( b | a ) {\n"
                                    "  (no) 0.1, 0.2, 0.7;\n"
                                    "  (yes) 0.5, 0.25, 0.25;\n}\n");
    assert_string_equal(net.name, "pair");
    assert_int_equal(net.nvars, 2);
    assert_string_equal(net.vars[0].name, "a");
    assert_string_equal(net.vars[1].levels[2], "hi");
    assert_int_equal(net.vars[1].nparents, 1);
    assert_int_equal(net.vars[1].parents[0], 0);
    assert_int_equal(net.vars[1].cells, 6);
    const double expected[] = {0.5, 0.25, 0.25, 0.1, 0.2, 0.7};
    assert_memory_equal(net.vars[1].table, expected, sizeof expected);
    assert_int_equal(net.rounded_rows, 0);
    netfile_free(&net);
}

// In `table` the variable itself is slowest and the last parent fastest.
static void test_table_order(void **state) {
    (void)state;
    NetFile net = read_ok("variable x { type discrete[2] {0 1}; }\n"
                          "variable p { type discrete[2] {0 1}; }\n"
                          "variable q { type discrete[3] {0 1 2}; }\n"
                          "probability (p) { table .5 .5; }\n"
                          "probability (q) { table .25 .25 .5; }\n"
                          "probability (x | p, q) { table 0.1 0.2 0.3 0.4 0.5 0.6\n"
                          "   0.9 0.8 0.7 0.6 0.5 0.4; }\n");
    const double expected[] = {0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6, 0.5, 0.5, 0.6, 0.4};
    assert_memory_equal(net.vars[0].table, expected, sizeof expected);
    netfile_free(&net);
}

static void test_default_rows(void **state) {
    (void)state;
    NetFile net = read_ok(TWO_COINS "probability ( a ) { default 0.25 0.75; }\n"
                                    "probability ( b | a ) { (no) 1 0 0; default 0 0.5 0.5; }");
    const double b[] = {0, 0.5, 0.5, 1, 0, 0};
    assert_memory_equal(net.vars[1].table, b, sizeof b);
    assert_true(net.vars[0].table[0] == 0.25);
    netfile_free(&net);
}

// A block before its variables, and a `default` replaced by a full block.
static void test_blocks_out_of_order(void **state) {
    (void)state;
    NetFile net = read_ok("probability ( b | a ) { (x) 0.1, 0.9; (y) 0.8, 0.2; }\n"
                          "variable a { type discrete [ 2 ] { x, y }; }\n"
                          "probability ( a ) { default 0.5 0.5; }\n"
                          "variable b { type discrete [ 2 ] { x, y }; }\n"
                          "probability ( a ) { table 0.125 0.875; }\n");
    assert_true(net.vars[0].table[0] == 0.125);
    assert_true(net.vars[1].table[3] == 0.2);
    netfile_free(&net);
}

static void test_names(void **state) {
    (void)state;
    NetFile net = read_ok(
        "network \"a title; of words\" { }\r\n"
        "variable 5HT-1 { type discrete [ 5 ] { <5, >=7.5, 12+, Asy/Patch, (0,5] }; }\r\n"
        "variable \"x y\" { type discrete[2] { \"State 1\" \"a, b\" }; }\r\n"
        "variable X(t) { type discrete[2] { State 1, f(1, 2) }; }\r\n"
        "probability ( 5HT-1 ) { table 0.2 0.2 0.2 0.2 0.2; }\r\n"
        "probability ( \"x y\" | 5HT-1 ) { (<5) 1 0; (>=7.5) 0 1; (12+) 1 0;\r\n"
        "  (Asy/Patch) 0.5 0.5; ((0,5]) 0.25 0.75; }\r\n"
        "probability (X(t)|\"x y\") { (\"State 1\") .5 .5; (\"a, b\") .25 .75; }\r\n");
    assert_string_equal(net.name, "a title; of words");
    assert_string_equal(net.vars[0].name, "5HT-1");
    assert_string_equal(net.vars[0].levels[3], "Asy/Patch");
    assert_string_equal(net.vars[0].levels[4], "(0,5]");
    assert_string_equal(net.vars[1].levels[1], "a, b");
    assert_string_equal(net.vars[2].name, "X(t)");
    assert_string_equal(net.vars[2].levels[0], "State 1");
    assert_string_equal(net.vars[2].levels[1], "f(1, 2)");
    assert_true(net.vars[1].table[9] == 0.75);
    assert_true(net.vars[2].table[3] == 0.75);
    netfile_free(&net);
}

static void test_unbalanced_states(void **state) {
    (void)state;
    NetFile net = read_ok("variable a { type discrete [ 3 ] { :), a(, (b }; }\n"
                          "variable b { type discrete [ 2 ] { 1, 2 }; }\n"
                          "probability ( a ) { table 0.5 0.25 0.25; }\n"
                          "probability ( b | a ) { (:)) 1 0; (a() 0 1; ((b) 0.5 0.5; }\n");
    assert_string_equal(net.vars[0].levels[0], ":)");
    assert_string_equal(net.vars[0].levels[2], "(b");
    assert_true(net.vars[1].table[4] == 0.5);
    netfile_free(&net);
}

static void test_comments_and_properties(void **state) {
    (void)state;
    NetFile net = read_ok("// a file\n/* with { odd } things */\n"
                          "network n { // here\n"
                          "  property Source = \"a; b\"\n"
                          "  property size = ( 2000, 1200);\n"
                          "  property \"say \\\"hi\\\"; all\" ;\n}\n"
                          "variable a { // 2 values\n"
                          "  type discrete[2] { yes, // first\n no /* second */ };\n"
                          "  property position = (73, -165.5) ;\n"
                          "  property one\n   two;\n}\n"
                          "probability ( a /* alone */ ) { property p = 1;\n"
                          "  table 0.5, // half\n 0.5; }\n// the end");
    assert_int_equal(net.props.count, 3);
    assert_string_equal(net.props.texts[0], "Source = \"a; b\"");
    assert_string_equal(net.props.texts[1], "size = ( 2000, 1200)");
    assert_string_equal(net.props.texts[2], "say \"hi\"; all");
    assert_true(net.vars[0].placed && net.vars[0].x == 73 && net.vars[0].y == -165.5);
    assert_int_equal(net.vars[0].props.count, 3);
    assert_string_equal(net.vars[0].props.texts[1], "one\n   two");
    assert_string_equal(net.vars[0].props.texts[2], "p = 1");
    netfile_free(&net);
}

// Rows that miss 1 by printed digits keep the file's numbers and are counted.
static void test_rounded_rows(void **state) {
    (void)state;
    NetFile net = read_ok("variable a { type discrete [ 3 ] { x, y, z }; }\n"
                          "probability ( a ) { table 0.3333333, 0.3333333, 0.3333333; }\n");
    assert_int_equal(net.rounded_rows, 1);
    assert_true(net.largest_miss > 0.9e-7 && net.largest_miss < 1.1e-7);
    assert_true(net.vars[0].table[0] == 0.3333333);
    netfile_normalise(&net);
    double sum = net.vars[0].table[0] + net.vars[0].table[1] + net.vars[0].table[2];
    assert_true(sum > 1 - 1e-15 && sum < 1 + 1e-15);
    netfile_free(&net);
}

static void test_exact_numbers(void **state) {
    (void)state;
    static const char *const texts[] = {"0.1",
                                        "1e-300",
                                        "4.9e-324",
                                        "0.30000000000000004",
                                        "2.2250738585072011e-308",
                                        "0.000123456789012345678901"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double p = strtod(texts[i], NULL);
        char text[300];
        snprintf(text, sizeof text,
                 "variable a { type discrete [ 2 ] { x, y }; }"
                 "probability ( a ) { table %s, %.17g; }",
                 texts[i], 1 - p);
        NetFile net = read_ok(text);
        assert_memory_equal(&net.vars[0].table[0], &p, sizeof p);
        netfile_free(&net);
    }
}

// --- what is refused ---

#define A "variable a { type discrete [ 2 ] { yes, no }; }\n"
#define B "variable b { type discrete [ 2 ] { yes, no }; }\n"
#define PA "probability ( a ) { table 0.5, 0.5; }\n"

static const struct {
    const char *text;
    FaultCode code;
    const char *message;
} faulty[] = {
    {"", FAULT_BIF_SYNTAX,
     "t.bif:1:1: expected 'network' or 'variable', found the end of the file"},
    {"network x {\n", FAULT_BIF_SYNTAX,
     "t.bif:2:1: expected '}' at the end of the network block, found the end of the file"},
    {A "probability ( a ) {\n  table 0.5, 0.5\n}\n", FAULT_BIF_SYNTAX,
     "t.bif:4:1: expected ';' after the table of 'a', found '}'"},
    {A B PA "probability ( b | a ) {\n  (yes) 0.5, x;", FAULT_BIF_SYNTAX,
     "t.bif:5:14: expected a number in the row of 'b', found 'x'"},
    {A "probability ( a ) { table 0.5, 0.5abc; }", FAULT_BIF_SYNTAX,
     "t.bif:2:32: expected a number in the table of 'a', found '0.5abc'"},
    {A "probability ( a ) { table -0.5, 1.5; }", FAULT_BIF_SYNTAX,
     "t.bif:2:27: expected a number in the table of 'a', found '-0.5'"},
    {A "probability ( a ) { tabel 0.5, 0.5; }", FAULT_BIF_SYNTAX,
     "t.bif:2:21: expected a row, 'table', 'default' or '}' in the block of 'a', "
     "found 'tabel'"},
    {A "probability ( a ", FAULT_BIF_SYNTAX,
     "t.bif:2:17: expected the name of a variable or ')', found the end of the file"},
    {"variable x y { }", FAULT_BIF_SYNTAX,
     "t.bif:1:12: expected '{' after the name of the variable, found 'y'"},
    {"variable a { type discrete [ two ] { x, y }; }", FAULT_BIF_SYNTAX,
     "t.bif:1:30: expected the number of states, found 'two'"},
    {"variable a { type discrete [ 2 ] { x, , y }; }", FAULT_BIF_SYNTAX,
     "t.bif:1:39: expected a state or '}', found ','"},
    {"variable a { }", FAULT_BIF_SYNTAX, "t.bif:1:14: expected the type of 'a', found '}'"},
    {A "/* never\n ends", FAULT_BIF_SYNTAX,
     "t.bif:2:1: the comment that begins here has no end"},
    {"variable \"a { }\n", FAULT_BIF_SYNTAX,
     "t.bif:1:10: the quote that begins here has no end"},
    {"varible a { }", FAULT_BIF_SYNTAX,
     "t.bif:1:1: expected 'network' or 'variable', found 'varible'"},
    {"variable \xc3\xa9\xc3\xa9 ( }", FAULT_BIF_SYNTAX,
     "t.bif:1:13: expected '{' after the name of the variable, found '('"},
    {"variable a { type continuous; }", FAULT_NET_UNSUPPORTED,
     "t.bif:1:19: 'a' is continuous; only discrete variables can be read"},
    {A PA "probability ( a, b | c ) { }", FAULT_NET_UNSUPPORTED,
     "t.bif:3:18: a probability block is of one variable, this one of 2"},
    {A B PA "probability ( b | c ) { }", FAULT_NET_UNDECLARED,
     "t.bif:4:19: 'c', a parent of 'b', is not declared"},
    {A PA "probability ( c ) { table 1; }", FAULT_NET_UNDECLARED,
     "t.bif:3:15: the variable 'c' is not declared"},
    {A A, FAULT_NET_TWICE, "t.bif:2:10: the variable 'a' is declared twice"},
    {"variable a { type discrete [ 2 ] { x, x }; }", FAULT_NET_TWICE,
     "t.bif:1:39: the state 'x' of 'a' is listed twice"},
    {A B PA "probability ( b | a, a ) { }", FAULT_NET_TWICE,
     "t.bif:4:1: 'a' is listed twice among the parents of 'b'"},
    {A B PA "probability ( b | a ) { (yes) 1 0; (maybe) 1 0; }", FAULT_NET_STATE,
     "t.bif:4:37: 'maybe' is not a state of 'a'"},
    {A B PA "probability ( b | a ) { (yes, no) 1 0; }", FAULT_NET_COUNT,
     "t.bif:4:25: this row names more states than 'b' has parents (1)"},
    {A B PA "probability ( b | a ) { () 1 0; }", FAULT_NET_COUNT,
     "t.bif:4:25: this row names fewer states than 'b' has parents (1)"},
    {A B PA "probability ( b | a ) { (yes) 1 0 0; }", FAULT_NET_COUNT,
     "t.bif:4:25: the row of 'b' needs 2 numbers and has 3"},
    {A "probability ( a ) { table 0.5; }", FAULT_NET_COUNT,
     "t.bif:2:21: the table of 'a' needs 2 numbers and has 1"},
    {"variable a { type discrete [ 3 ] { x, y }; }", FAULT_NET_COUNT,
     "t.bif:1:35: the variable 'a' declares 3 states and lists 2"},
    {A B PA "probability ( b | a ) { (yes) 1 0; (yes) 1 0; }", FAULT_NET_ROW_TWICE,
     "t.bif:4:36: the row (yes) of 'b' is given twice"},
    {A B PA "probability ( b | a ) { (yes) 1 0; }", FAULT_NET_ROW_MISSING,
     "t.bif:4:1: 'b' has no row for (no)"},
    {A "probability ( a ) { }", FAULT_NET_ROW_MISSING,
     "t.bif:2:1: the block of 'a' has no probabilities"},
    {A B PA, FAULT_NET_TABLE_MISSING, "t.bif:2:10: the variable 'b' has no probability table"},
    {A PA PA, FAULT_NET_TABLE_TWICE, "t.bif:3:1: 'a' has two probability tables"},
    {A "probability ( a ) { table 1 0; () 1 0; }", FAULT_NET_TABLE_TWICE,
     "t.bif:2:21: 'a' has a 'table' and rows besides"},
    {A "probability ( a ) { table 1 0; table 1 0; }", FAULT_NET_TABLE_TWICE, NULL},
    {A "probability ( a ) { table 0.5, 0.6; }", FAULT_NET_SUM,
     "t.bif:2:21: the probabilities of 'a' sum to 1.1, not to 1"},
    {A B PA "probability ( b | a ) { (no) 0.5 0.5; (yes) 0.5 0.49; }", FAULT_NET_SUM,
     "t.bif:4:39: the probabilities in row (yes) of 'b' sum to 0.99, not to 1"},
    {A "probability ( a ) { table 1e999, 0; }", FAULT_NET_SUM, NULL},
    {A "probability ( a | a ) { (yes) 1 0; (no) 1 0; }", FAULT_NET_CYCLE,
     "t.bif:2:1: 'a' is among its own parents"},
    {A B "probability ( a | b ) { default 1 0; (yes) 1 0; }\n"
         "probability ( b | a ) { default 1 0; (no) 1 0; }",
     FAULT_NET_CYCLE, "t.bif:3:1: the parents form a cycle: b -> a -> b"},
};

static void test_faults(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof faulty / sizeof *faulty; i++) {
        NetFile net = {0};
        Faults faults = {0};
        const char *text = faulty[i].text;
        assert_int_equal(bif_read(text, strlen(text), "t.bif", NULL, &net, &faults), FAULT);
        assert_int_equal(faults.count, 1);
        if (faulty[i].message) assert_string_equal(faults.items[0].message, faulty[i].message);
        assert_string_equal(fault_code(faults.items[0].code), fault_code(faulty[i].code));
        assert_null(net.arena.chunks);
        fault_free(&faults);
    }
}

static void test_hints(void **state) {
    (void)state;
    NetFile net = {0};
    Faults faults = {0};
    const char *text = A B PA "probability ( b | a ) { (Yes) 1 0; }";
    assert_int_equal(bif_read(text, strlen(text), "t.bif", NULL, &net, &faults), FAULT);
    assert_string_equal(faults.items[0].hint, "its states are yes, no");
    fault_free(&faults);
}

// A table that no file could fill is refused before any memory is taken.
static void test_too_large(void **state) {
    (void)state;
    Str text = {0};
    for (int i = 0; i < 60; i++)
        str_printf(&text, "variable v%d { type discrete [ 2 ] { x, y }; }\n", i);
    str_add(&text, "probability ( v0 |");
    for (int i = 1; i < 25; i++) str_printf(&text, " v%d", i);
    size_t many = text.len;
    str_add(&text, " ) { table 1 0; }");
    NetFile net = {0};
    Faults faults = {0};
    assert_int_equal(bif_read(text.text, text.len, "t.bif", NULL, &net, &faults), FAULT);
    assert_int_equal(faults.items[0].code, FAULT_NET_COUNT);
    text.len = many;
    for (int i = 25; i < 60; i++) str_printf(&text, " v%d", i);
    str_add(&text, " ) { default 1 0; }");
    assert_int_equal(bif_read(text.text, text.len, "t.bif", NULL, &net, &faults), FAULT);
    assert_int_equal(faults.items[1].code, FAULT_NET_TOO_LARGE);
    fault_free(&faults);
    str_free(&text);
}

// Brackets that never close cost linear time, in one name and over many.
static void test_many_brackets(void **state) {
    (void)state;
    Str text = {0};
    str_add(&text, "variable a { type discrete [ 20001 ] { ");
    str_fill(&text, '(', 300000);
    for (int i = 0; i < 20000; i++) str_printf(&text, ", (%d", i);
    str_add(&text, " }; }\nprobability ( a ) { default ");
    for (int i = 0; i < 20000; i++) str_add(&text, "0 ");
    str_add(&text, "1; }\nvariable b { type discrete [ 1 ] { x }; }\n");
    str_add(&text, "probability ( b | a ) { default 1;\n");
    for (int i = 0; i < 20000; i++) str_printf(&text, "((%d) 1;\n", i);
    str_add(&text, "}\n");
    NetFile net = read_ok(text.text);
    assert_int_equal(net.vars[0].nlevels, 20001);
    netfile_free(&net);
    str_free(&text);
}

// --- robustness ---

static const char everything[] =
    "network n { property a = \"b\"; }\n"
    "probability ( c | \"b b\", a ) { (1, yes) 0.5 0.5; default 1 0; /* x */ }\n"
    "variable a { type discrete [ 2 ] { yes, no }; property position = (1, 2); }\n"
    "variable \"b b\" { type discrete[2] { 1 2 } }\n"
    "variable c { type discrete [ 2 ] { (0,1], >1 }; } // end\n"
    "probability ( a ) { table 0.25, 0.75; }\n"
    "probability ( \"b b\" | a ) { (yes) 1e-3, 0.999; (no) 0.5 0.5; }\n";

// Reads a text from a block of exactly its size, so that a sanitizer sees any step beyond.
static Status read_exactly(const char *text, size_t len) {
    char *copy = malloc(len ? len : 1);
    memcpy(copy, text, len);
    NetFile net = {0};
    Faults faults = {0};
    Status status = bif_read(copy, len, "t.bif", NULL, &net, &faults);
    assert_true(status == OK ? faults.count == 0 : net.arena.chunks == NULL);
    assert_true(status != FAULT || faults.count == 1);
    netfile_free(&net);
    fault_free(&faults);
    free(copy);
    return status;
}

static void test_truncated(void **state) {
    (void)state;
    size_t len = sizeof everything - 1;
    assert_int_equal(read_exactly(everything, len), OK);
    size_t network = (size_t)(strchr(everything, '\n') - everything);
    for (size_t n = 0; n + 2 < len; n++) {
        bool empty_network = n == network || n == network + 1;
        assert_int_equal(read_exactly(everything, n), empty_network ? OK : FAULT);
    }
}

static void test_mutated(void **state) {
    (void)state;
    static const char bytes[] = "{}()[],;|\"/* \n09.x\x80";
    char text[sizeof everything];
    size_t len = sizeof everything - 1;
    for (size_t i = 0; i < len; i++) {
        memcpy(text, everything, sizeof text);
        for (const char *c = bytes; *c; c++) {
            text[i] = *c;
            read_exactly(text, len);
        }
        memmove(text + i, everything + i + 1, len - i);
        read_exactly(text, len - 1);
    }
}

static void test_out_of_memory(void **state) {
    (void)state;
    Status status = NOMEM;
    for (long n = 0; status != OK; n++) {
        mem_fail_after(n, 1);
        status = read_exactly(everything, sizeof everything - 1);
        mem_fail_after(-1, 0);
        assert_true(status == OK || status == NOMEM);
        assert_true(n < 1000);
    }
}

// --- networks of the literature ---

static Status read_path(const char *path, NetFile *net, Faults *faults) {
    GzFile file;
    Status status = gzfile_read(path, NULL, &file, faults);
    if (status != OK) return status;
    status = bif_read(file.text, file.len, path, NULL, net, faults);
    gzfile_free(&file);
    return status;
}

static void check_counts(const char *path, size_t nodes, size_t arcs, size_t parameters) {
    NetFile net = {0};
    Faults faults = {0};
    Status status = read_path(path, &net, &faults);
    if (faults.count) print_error("%s\n", faults.items[0].message);
    assert_int_equal(status, OK);
    size_t found_arcs = 0, found_parameters = 0;
    for (uint32_t v = 0; v < net.nvars; v++) {
        found_arcs += net.vars[v].nparents;
        found_parameters += netfile_rows(&net.vars[v]) * (net.vars[v].nlevels - 1);
    }
    assert_int_equal(net.nvars, nodes);
    assert_int_equal(found_arcs, arcs);
    assert_int_equal(found_parameters, parameters);
    netfile_free(&net);
}

// Nodes, arcs and parameters as the bnlearn repository publishes them.
static void test_repository(void **state) {
    (void)state;
    check_counts("tests/data/networks/asia.bif", 8, 8, 18);
    check_counts("tests/data/networks/cancer.bif", 5, 4, 10);
    check_counts("tests/data/networks/earthquake.bif", 5, 4, 10);
    check_counts("tests/data/networks/survey.bif", 6, 6, 21);
    check_counts("tests/data/networks/sachs.bif", 11, 17, 178);
    check_counts("tests/data/networks/child.bif", 20, 25, 230);
    check_counts("tests/data/networks/alarm.bif", 37, 46, 509);
    check_counts("tests/data/networks/insurance.bif", 27, 52, 1008);
}

// A published number from each end of a real file.
static void test_alarm(void **state) {
    (void)state;
    NetFile net = {0};
    Faults faults = {0};
    assert_int_equal(read_path("tests/data/networks/alarm.bif", &net, &faults), OK);
    assert_string_equal(net.vars[0].name, "HISTORY");
    assert_int_equal(net.rounded_rows, 6); // HREKG and HRSAT: 0.3333333 three times
    netfile_free(&net);
}

// --- the big collections, when RUNG_SHARED names their directory ---

// Checks every network "DIRECTORY/name.bif" or ".bif.gz" that a table "name bytes nodes arcs
// parameters ..." lists and the directory has. Returns how many.
static int check_table(const char *shared, const char *table, const char *folder) {
    char path[1024], line[4096], name[256];
    int checked = 0;
    snprintf(path, sizeof path, "%s/networks/%s", shared, table);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    assert_non_null(fgets(line, sizeof line, in));
    while (fgets(line, sizeof line, in)) {
        unsigned long nodes, arcs, parameters;
        assert_int_equal(
            sscanf(line, "%255s %*s %lu %lu %lu", name, &nodes, &arcs, &parameters), 4);
        snprintf(path, sizeof path, "%s/networks/%s/%s.bif", shared, folder, name);
        if (access(path, R_OK) != 0) strcat(path, ".gz");
        if (access(path, R_OK) != 0) continue;
        check_counts(path, nodes, arcs, parameters);
        checked++;
    }
    fclose(in);
    return checked;
}

static void test_shared(void **state) {
    (void)state;
    const char *shared = getenv("RUNG_SHARED");
    if (!shared) skip();
    assert_int_equal(check_table(shared, "counts.tsv", "bif"), 24);
    assert_int_equal(check_table(shared, "bnrep/index.tsv", "bnrep"), 91);
}

static void test_shared_dialects(void **state) {
    (void)state;
    const char *shared = getenv("RUNG_SHARED");
    if (!shared) skip();
    static const struct {
        const char *name;
        FaultCode code;
    } files[] = {
        {"BIFReader_file1", FAULT_NONE},
        {"BIFReader_file2", FAULT_NONE},
        {"BIFReader_file3", FAULT_NET_COUNT},
        {"BIFReader_file4", FAULT_NET_COUNT},
        {"BIFReader_file5", FAULT_NET_COUNT},
        {"alarm", FAULT_NONE},
        {"asia", FAULT_NONE},
        {"carpo", FAULT_NET_UNSUPPORTED},
        {"dBN", FAULT_NET_ROW_TWICE},
        {"dBN_with_errors", FAULT_NET_ROW_TWICE},
        {"insurance", FAULT_NONE},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/networks/formats/agrum_%s.bif", shared, files[i].name);
        NetFile net = {0};
        Faults faults = {0};
        Status status = read_path(path, &net, &faults);
        assert_int_equal(status, files[i].code == FAULT_NONE ? OK : FAULT);
        if (status == FAULT) assert_int_equal(faults.items[0].code, files[i].code);
        netfile_free(&net);
        fault_free(&faults);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_in_any_order),
        cmocka_unit_test(test_table_order),
        cmocka_unit_test(test_default_rows),
        cmocka_unit_test(test_blocks_out_of_order),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_unbalanced_states),
        cmocka_unit_test(test_comments_and_properties),
        cmocka_unit_test(test_rounded_rows),
        cmocka_unit_test(test_exact_numbers),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_hints),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_many_brackets),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_mutated),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_repository),
        cmocka_unit_test(test_alarm),
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_shared_dialects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
