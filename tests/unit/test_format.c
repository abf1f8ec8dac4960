// Tests of the table of formats: how a file's format is found, reading and writing by path.
#include "tests/unit/reader_check.h"

#include <unistd.h>

static void test_of_path(void **state) {
    (void)state;
    assert_ptr_equal(format_of_path("a/b.bif"), &format_bif);
    assert_ptr_equal(format_of_path("B.BIF.gz"), &format_bif);
    assert_ptr_equal(format_of_path("x.uai"), &format_uai);
    assert_ptr_equal(format_of_path("x.net"), &format_hugin);
    assert_ptr_equal(format_of_path("x.bifxml"), &format_xmlbif);
    assert_ptr_equal(format_of_path("x.xml.gz"), &format_xmlbif);
    assert_null(format_of_path("x.txt"));
    assert_null(format_of_path("bif"));
    assert_ptr_equal(format_find("hugin"), &format_hugin);
    assert_null(format_find("xdsl"));
}

static void test_of_text(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const Format *format;
    } texts[] = {
        {"// c\n/* d */ network x {", &format_bif},
        {"variable x {", &format_bif},
        {"# c\nMARKOV\n", &format_uai},
        {"% c\nnet\n{", &format_hugin},
        {" <?xml version", &format_xmlbif},
        {"<!--c--><BIF>", &format_xmlbif},
        {"networks", NULL},
        {"", NULL},
        {"/* open", NULL},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_ptr_equal(format_of_text(texts[i].text, strlen(texts[i].text)), texts[i].format);
}

// One network through every format and back.
static void test_write_and_read(void **state) {
    (void)state;
    static const char *const names[] = {"t.bif", "t.bif.gz", "t.net", "t.xmlbif.gz"};
    char folder[] = P_tmpdir "/rung-format-XXXXXX", path[100];
    assert_non_null(mkdtemp(folder));
    NetFile net = check_file("tests/data/networks/asia.bif");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        Faults faults = {0};
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        assert_int_equal(format_write(path, &net, &faults), OK);
        NetFile again = check_file(path);
        again.name = net.name;
        assert_true(netfile_equal(&net, &again));
        netfile_free(&again);
        unlink(path);
    }
    rmdir(folder);
    netfile_free(&net);
}

static void test_unknown(void **state) {
    (void)state;
    NetFile net = {0};
    Faults faults = {0};
    assert_int_equal(format_read("tests/data/networks/SOURCES.md", NULL, &net, &faults), FAULT);
    assert_int_equal(format_write("x.dot", &net, &faults), FAULT);
    assert_int_equal(format_read("tests/data/networks", NULL, &net, &faults), FAULT);
    assert_int_equal(format_read("tests/data/none.bif", NULL, &net, &faults), FAULT);
    assert_int_equal(faults.items[0].code, FAULT_FILE_FORMAT);
    assert_non_null(faults.items[0].hint);
    assert_int_equal(faults.items[1].code, FAULT_FILE_FORMAT);
    assert_int_equal(faults.items[2].code, FAULT_FILE_KIND);
    assert_int_equal(faults.items[3].code, FAULT_FILE_MISSING);
    fault_free(&faults);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_path),
        cmocka_unit_test(test_of_text),
        cmocka_unit_test(test_write_and_read),
        cmocka_unit_test(test_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
