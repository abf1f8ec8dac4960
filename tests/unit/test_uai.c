// Tests of UAI files: networks, evidence, faults.
#include "tests/unit/reader_check.h"

#include "runtime/format/uai.h"

static NetFile reads(const char *text) {
    return check_reads(&format_uai, text, strlen(text));
}

// The example of the format's definition (UAI 2014).
static const char markov[] = "MARKOV\n3\n2 2 3\n2\n2 0 1\n2 1 2\n\n"
                             "4\n 0.128 0.872\n 0.920 0.080\n\n"
                             "6\n 0.210 0.333 0.457\n 0.811 0.000 0.189\n";

static void test_markov(void **state) {
    (void)state;
    NetFile net = reads(markov);
    assert_true(net.markov);
    assert_int_equal(net.nvars, 3);
    assert_string_equal(net.vars[2].name, "x2");
    assert_int_equal(net.vars[2].nlevels, 3);
    assert_string_equal(net.vars[2].levels[1], "1");
    assert_int_equal(net.nfactors, 2);
    const uint32_t scope[] = {1, 2};
    const double values[] = {0.210, 0.333, 0.457, 0.811, 0, 0.189};
    assert_memory_equal(net.factors[1].vars, scope, sizeof scope);
    assert_int_equal(net.factors[1].cells, 6);
    assert_memory_equal(net.factors[1].values, values, sizeof values);
    check_round_trip(&format_uai, &net);
    netfile_free(&net);
}

static const char bayes[] = "# a comment\nBAYES\nc another\n2\n2 3 # levels\n2\n"
                            "2 1 0\n1 1\n"
                            "6 .1 .9 .2 .8 1e-1 9E-1\n3 0.25 0.25 0.5";

static void test_bayes(void **state) {
    (void)state;
    NetFile net = reads(bayes);
    assert_false(net.markov);
    assert_int_equal(net.vars[0].nparents, 1);
    assert_int_equal(net.vars[0].parents[0], 1);
    const double table[] = {.1, .9, .2, .8, .1, .9};
    assert_memory_equal(net.vars[0].table, table, sizeof table);
    check_round_trip(&format_uai, &net);
    netfile_free(&net);
}

// A row of zeros: evidence was multiplied into the table, so it is no conditional table.
static void test_evidence_inside(void **state) {
    (void)state;
    NetFile net = reads("BAYES 2 2 2 2 1 0 2 0 1 2 .5 .5 4 0 0 .3 0");
    assert_true(net.markov);
    assert_int_equal(net.nfactors, 2);
    assert_int_equal(net.factors[1].vars[1], 1);
    assert_true(net.factors[1].values[2] == .3);
    assert_null(net.vars[0].table);
    netfile_free(&net);
}

static const FaultyText faulty[] = {
    {"", FAULT_UAI_SYNTAX, "t:1:1: expected 'BAYES' or 'MARKOV', found the end of the file"},
    {"BAYES\n", FAULT_UAI_SYNTAX,
     "t:2:1: expected the number of variables, found the end of the file"},
    {"BAYES 1 2 1 1 0 2 0.5 half", FAULT_UAI_SYNTAX,
     "t:1:23: expected entry 2 of the 2 of function 0, found 'half'"},
    {"BAYES 1 0 1", FAULT_UAI_SYNTAX, "t:1:9: variable 0 has no levels"},
    {"BAYES 1 2 2", FAULT_NET_COUNT,
     "t:1:11: a Bayesian network of 1 variables has as many tables, not 2"},
    {"BAYES 1 2 1 1 1", FAULT_NET_UNDECLARED,
     "t:1:15: function 0 is of variable 1, but there are only 1 (from 0)"},
    {"BAYES 1 2 1 1 0 3 .1 .1 .8", FAULT_NET_COUNT,
     "t:1:17: the table of function 0 has 2 entries by its variables, not 3"},
    {"BAYES 1 2 1 1 0 2 .1 .8", FAULT_NET_SUM,
     "t:1:17: the probabilities of 'x0' sum to 0.9, not to 1"},
    {"BAYES 1 2 1 1 0 2 .5 .5 7", FAULT_UAI_SYNTAX,
     "t:1:25: expected the end of the file, found '7'"},
    {"BAYES 2 2 2 2 2 0 1 2 1 0 4 .5 .5 .5 .5 4 .5 .5 .5 .5", FAULT_NET_CYCLE, NULL},
    {"BAYES 2 2 2 2 1 0 1 0 2 .5 .5 2 .5 .5", FAULT_NET_TABLE_TWICE, NULL},
    {"MARKOV 1 2 1 2 0 0 4 1 1 1 1", FAULT_NET_TWICE,
     "t:1:20: function 0 lists variable 0 twice"},
    {"MARKOV 3 9 9 9 1 3 0 1 2 729", FAULT_NET_COUNT,
     "t:1:26: the table of function 0 needs more numbers than the file has"},
    {"MARKOV 1 4000000000 0", FAULT_NET_COUNT, NULL},
    {"MARKOV 1 99999999999999999999 0", FAULT_UAI_SYNTAX, NULL},
};

static void test_faults(void **state) {
    (void)state;
    check_refused(&format_uai, faulty, sizeof faulty / sizeof *faulty);
}

static void test_robust(void **state) {
    (void)state;
    check_robust(&format_uai, bayes);
    check_robust(&format_uai, markov);
}

static Status read_evidence(const char *text, UaiEvidence *out) {
    Faults faults = {0};
    Status status = uai_read_evidence(text, strlen(text), "t", out, &faults);
    assert_int_equal(faults.count, status == FAULT);
    fault_free(&faults);
    return status;
}

static void test_evidence(void **state) {
    (void)state;
    UaiEvidence e;
    assert_int_equal(read_evidence("2 0 1\n 2 2\n", &e), OK);
    assert_int_equal(e.nsamples, 1);
    assert_int_equal(e.first[1], 2);
    assert_int_equal(e.vars[1], 2);
    assert_int_equal(e.levels[1], 2);
    uai_evidence_free(&e);
    assert_int_equal(read_evidence("1\n1 1 0\n", &e), OK);
    assert_int_equal(e.nsamples, 1);
    assert_int_equal(e.first[1], 1);
    assert_int_equal(e.vars[0], 1);
    uai_evidence_free(&e);
    static const char *const none[] = {"", "0", "1\n0\n"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(read_evidence(none[i], &e), OK);
        assert_int_equal(e.nsamples, 1);
        assert_int_equal(e.first[1], 0);
        uai_evidence_free(&e);
    }
}

static void test_samples(void **state) {
    (void)state;
    UaiEvidence e;
    assert_int_equal(read_evidence("3\n2 0 1 4 2\n0\n1 4 0\n", &e), OK);
    assert_int_equal(e.nsamples, 3);
    assert_int_equal(e.first[0], 0);
    assert_int_equal(e.first[1], 2);
    assert_int_equal(e.first[2], 2);
    assert_int_equal(e.first[3], 3);
    assert_int_equal(e.vars[2], 4);
    assert_int_equal(e.levels[2], 0);
    uai_evidence_free(&e);
}

static void test_bad_evidence(void **state) {
    (void)state;
    static const char *const bad[] = {"2 0 1", "1 3", "1", "1 0 x", "2 1 0 0 1 0", "0 0",
                                      "4294967294", "1 4294967293 0 0", "1 -1 0", "2\n1 0 0\n"};
    UaiEvidence e;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(read_evidence(bad[i], &e), FAULT);
        assert_null(e.vars);
    }
}

// The competition's files that the index of the collection names.
static void test_shared(void **state) {
    (void)state;
    static const char *const names[] = {"uai2006-bayes/BN_96",    "uai2006-bayes/pedigree1",
                                        "uai2006-bayes/cpcs360b", "uai2014/CSP_11",
                                        "uai2014/linkage_26",     "uai2014/ObjectDetection_22"};
    const char *shared = getenv("RUNG_SHARED");
    if (!shared) skip();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/uai/%s.uai", shared, names[i]);
        NetFile net = check_file(path);
        check_round_trip(&format_uai, &net);
        strcat(path, ".evid");
        GzFile file;
        Faults faults = {0};
        UaiEvidence evidence;
        assert_int_equal(gzfile_read(path, NULL, &file, &faults), OK);
        assert_int_equal(uai_read_evidence(file.text, file.len, path, &evidence, &faults), OK);
        uai_evidence_free(&evidence);
        gzfile_free(&file);
        netfile_free(&net);
    }
}

// What other programs take for networks, and not.
static void test_shared_dialects(void **state) {
    (void)state;
    static const struct {
        const char *name;
        FaultCode code;
    } files[] = {
        {"BNUAIReader_file1", FAULT_UAI_SYNTAX}, {"BNUAIReader_file2", FAULT_NONE},
        {"BNUAIReader_file3", FAULT_NET_SUM},    {"asia", FAULT_NONE},
        {"dog", FAULT_NONE},                     {"markov_example", FAULT_NONE},
    };
    const char *shared = getenv("RUNG_SHARED");
    if (!shared) skip();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/networks/formats/agrum_%s.uai", shared, files[i].name);
        NetFile net = {0};
        Faults faults = {0};
        Status status = format_read(path, NULL, &net, &faults);
        assert_int_equal(status, files[i].code == FAULT_NONE ? OK : FAULT);
        if (status == FAULT) assert_int_equal(faults.items[0].code, files[i].code);
        netfile_free(&net);
        fault_free(&faults);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_markov),          cmocka_unit_test(test_bayes),
        cmocka_unit_test(test_evidence_inside), cmocka_unit_test(test_faults),
        cmocka_unit_test(test_robust),          cmocka_unit_test(test_evidence),
        cmocka_unit_test(test_samples),         cmocka_unit_test(test_bad_evidence),
        cmocka_unit_test(test_shared),          cmocka_unit_test(test_shared_dialects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
