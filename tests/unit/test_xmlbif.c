// Tests of XMLBIF files and of the XML parser below them.
#include "tests/unit/reader_check.h"

static NetFile reads(const char *text) {
    return check_reads(&format_xmlbif, text, strlen(text));
}

static const char dog[] =
    "<?xml version=\"1.0\"?>\n"
    "<!DOCTYPE BIF [ <!ELEMENT BIF ( NETWORK )*> <!ATTLIST BIF VERSION CDATA \"0.3\"> ]>\n"
    "<BIF VERSION=\"0.3\"><!-- a > comment -->\n<NETWORK>\n<NAME>Dog &amp; Family</NAME>\n"
    "<PROPERTY>author <![CDATA[A & <B>]]></PROPERTY><PROPERTY/>\n"
    "<DEFINITION><FOR>dog out</FOR><GIVEN>bowel</GIVEN><GIVEN>family</GIVEN>\n"
    "  <TABLE> .99 .01 .97 <!-- here --> .03\n 0.9 0.1, 0.3 0.7 </TABLE></DEFINITION>\n"
    "<VARIABLE TYPE='nature'><NAME>family</NAME><OUTCOME>&lt;1&#x3e;&quot;</OUTCOME>\n"
    "  <OUTCOME>caf&#233;</OUTCOME><PROPERTY>position = (73, 165)</PROPERTY></VARIABLE>\n"
    "<VARIABLE><NAME>bowel</NAME><TYPE>discrete</TYPE><VALUE>yes</VALUE><VALUE>no</VALUE>\n"
    "</VARIABLE><VARIABLE><NAME> dog out </NAME><OUTCOME>1</OUTCOME><OUTCOME>0</OUTCOME>\n"
    "</VARIABLE><EXTRA><DEEP a=\">\"/>text</EXTRA>\n"
    "<DEFINITION><FOR>family</FOR><TABLE>.15 .85</TABLE></DEFINITION>\n"
    "<PROBABILITY><FOR>bowel</FOR><TABLE>1e-2 0.99</TABLE></PROBABILITY>\n"
    "</NETWORK>\n</BIF>\n";

static void test_read(void **state) {
    (void)state;
    NetFile net = reads(dog);
    assert_string_equal(net.name, "Dog & Family");
    assert_int_equal(net.props.count, 1);
    assert_string_equal(net.props.texts[0], "author A & <B>");
    assert_int_equal(net.nvars, 3);
    assert_string_equal(net.vars[0].levels[0], "<1>\"");
    assert_string_equal(net.vars[0].levels[1], "caf\xC3\xA9");
    assert_true(net.vars[0].placed && net.vars[0].y == 165);
    assert_string_equal(net.vars[2].name, "dog out");
    const uint32_t parents[] = {1, 0};
    assert_memory_equal(net.vars[2].parents, parents, sizeof parents);
    const double table[] = {.99, .01, .97, .03, .9, .1, .3, .7};
    assert_memory_equal(net.vars[2].table, table, sizeof table);
    check_round_trip(&format_xmlbif, &net);
    netfile_free(&net);
}

#define HEAD "<BIF><NETWORK>"
#define A "<VARIABLE><NAME>a</NAME><OUTCOME>x</OUTCOME><OUTCOME>y</OUTCOME></VARIABLE>\n"
#define FOR_A(inside) "<DEFINITION><FOR>a</FOR>" inside "</DEFINITION>"
#define TAIL "</NETWORK></BIF>"

static const FaultyText faulty[] = {
    {"", FAULT_XMLBIF_SYNTAX, "t:1:1: expected <BIF>"},
    {"<html></html>", FAULT_XMLBIF_SYNTAX, "t:1:1: expected <BIF>"},
    {"<BIF><NETWORK>\n<NAME>x</NETWORK></BIF>", FAULT_XMLBIF_SYNTAX,
     "t:2:8: expected </NAME>, found </NETWORK>"},
    {"<BIF><NETWORK>", FAULT_XMLBIF_SYNTAX,
     "t:1:15: expected </NETWORK>, found the end of the file"},
    {"<BIF><NETWORK", FAULT_XMLBIF_SYNTAX, "t:1:6: the tag that begins here has no end"},
    {"<BIF><!-- x", FAULT_XMLBIF_SYNTAX, "t:1:6: the comment that begins here has no end"},
    {HEAD "<NAME>a & b</NAME>", FAULT_XMLBIF_SYNTAX,
     "t:1:23: unknown entity (a plain &, as a character, is written &amp;)"},
    {HEAD "<NAME><b>x</b></NAME>", FAULT_XMLBIF_SYNTAX, "t:1:21: expected </NAME>"},
    {HEAD A "<VARIABLE></VARIABLE>", FAULT_XMLBIF_SYNTAX,
     "t:2:1: expected a <NAME> in the variable"},
    {HEAD "<VARIABLE TYPE=\"utility\">", FAULT_NET_UNSUPPORTED,
     "t:1:15: a variable of type 'utility' cannot be read, only of type 'nature'"},
    {HEAD "<VARIABLE x=\"1\" TYPE = 'decision'>", FAULT_NET_UNSUPPORTED,
     "t:1:15: a variable of type 'decision' cannot be read, only of type 'nature'"},
    {HEAD A A TAIL, FAULT_NET_TWICE, "t:2:17: the variable 'a' is declared twice"},
    {HEAD A TAIL, FAULT_NET_TABLE_MISSING, "t:1:31: the variable 'a' has no probability table"},
    {HEAD A FOR_A("<TABLE>.5 .6</TABLE>") TAIL, FAULT_NET_SUM,
     "t:2:32: the probabilities of 'a' sum to 1.1, not to 1"},
    {HEAD A FOR_A("<TABLE>.5 z</TABLE>") TAIL, FAULT_XMLBIF_SYNTAX,
     "t:2:35: expected a number in the table of 'a'"},
    {HEAD A FOR_A("<TABLE>.5</TABLE>") TAIL, FAULT_NET_COUNT,
     "t:2:32: the table of 'a' needs 2 numbers and has 1"},
    {HEAD A FOR_A("") TAIL, FAULT_XMLBIF_SYNTAX, "t:2:1: expected a <TABLE> in the definition"},
    {HEAD A FOR_A("<GIVEN>b</GIVEN><TABLE>1 0</TABLE>") TAIL, FAULT_NET_UNDECLARED,
     "t:2:32: the variable 'b' is not declared"},
    {HEAD A FOR_A("<FOR>a</FOR>"), FAULT_NET_UNSUPPORTED, NULL},
    {HEAD A FOR_A("<GIVEN>a</GIVEN><TABLE>1 0 0 1</TABLE>") TAIL, FAULT_NET_CYCLE, NULL},
    {HEAD A FOR_A("<TABLE>1 0</TABLE>") TAIL "<x/>", FAULT_XMLBIF_SYNTAX, NULL},
};

static void test_faults(void **state) {
    (void)state;
    check_refused(&format_xmlbif, faulty, sizeof faulty / sizeof *faulty);
}

static void test_robust(void **state) {
    (void)state;
    check_robust(&format_xmlbif, dog);
}

static void test_from_bif(void **state) {
    (void)state;
    static const char *const names[] = {"asia", "child", "alarm", "insurance"};
    for (size_t i = 0; i < 4; i++) {
        char path[100];
        snprintf(path, sizeof path, "tests/data/networks/%s.bif", names[i]);
        NetFile net = check_file(path);
        Faults faults = {0};
        Str text = {0};
        assert_int_equal(format_xmlbif.write(&net, &text, &faults), OK);
        NetFile again = check_reads(&format_xmlbif, text.text, text.len);
        assert_true(netfile_equal(&net, &again));
        netfile_free(&again);
        netfile_free(&net);
        str_free(&text);
    }
}

static void test_shared(void **state) {
    (void)state;
    const char *shared = getenv("RUNG_SHARED");
    if (!shared) skip();
    static const char *const names[] = {"Water", "alarm", "dog", "insurance"};
    for (size_t i = 0; i < 4; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/networks/formats/agrum_%s.bifxml", shared, names[i]);
        NetFile net = check_file(path);
        check_round_trip(&format_xmlbif, &net);
        netfile_free(&net);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),   cmocka_unit_test(test_faults),
        cmocka_unit_test(test_robust), cmocka_unit_test(test_from_bif),
        cmocka_unit_test(test_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
