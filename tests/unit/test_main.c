// Tests of interp/main: the commands and options of the command line.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/program_run.h"

// Runs the program on `input`, with options in which @ stands for the folder.
static Run run(const char *options, const char *input) {
    Str line = {0};
    for (const char *p = options; *p; p++)
        if (*p == '@') str_add(&line, folder);
        else str_add_char(&line, *p);
    Run r = run_with(str_text(&line), input, strlen(input));
    str_free(&line);
    return r;
}

static void check(const char *options, int status, const char *out, const char *err_part) {
    check_run(run(options, ""), status, out, err_part);
}

static void write_file(const char *name, const char *text) {
    Str path = {0};
    str_printf(&path, "%s/%s", folder, name);
    FILE *f = fopen(str_text(&path), "wb");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    fclose(f);
    str_free(&path);
}

static void drop_file(const char *name) {
    Str path = {0};
    str_printf(&path, "%s/%s", folder, name);
    assert_int_equal(unlink(str_text(&path)), 0);
    str_free(&path);
}

static void tells_about_itself(void **state) {
    (void)state;
    check("--version", 0, "rung " RUNG_VERSION "\n", "");
    check("-V", 0, "rung " RUNG_VERSION "\n", "");
    Run r = run("--help", "");
    check("-h", 0, str_text(&r.out), "");
    assert_int_equal(r.status, 0);
    assert_ptr_equal(strstr(str_text(&r.out), "usage: rung "), str_text(&r.out));
    str_free(&r.out);
    str_free(&r.err);
    r = run("--explain E0201", "");
    assert_int_equal(r.status, 0);
    assert_ptr_equal(strstr(str_text(&r.out), "E0201: an unknown name\n"), str_text(&r.out));
    str_free(&r.out);
    str_free(&r.err);
    check("--explain E9999", 2, "", "there is no diagnostic E9999");
}

static void refuses_what_it_does_not_know(void **state) {
    (void)state;
    check("--verbose", 2, "", "unknown option: --verbose");
    check("--digits", 2, "", "a value is missing after: --digits");
    check("--digits 3 --digits=4", 2, "", "given twice: --digits=4");
    check("--digits 18", 2, "", "from 1 to 17, not: 18");
    check("--seed 0", 2, "", "above 0, not: 0");
    check("--seed -1", 2, "", "above 0, not: -1");
    check("--seed 99999999999999999999", 2, "", "above 0, not: 9999");
    check("--tolerance 1", 2, "", "between 0 and 1, not: 1");
    check("--memory much", 2, "", "such as 500MB or 4GB, not: much");
    check("--budget now", 2, "", "such as 10s or 2min, not: now");
    check("--lua-steps none", 2, "", "at least 1, not: none");
    check("--lua-memory 0", 2, "", "at least 1, not: 0");
    check("--color often", 2, "", "always, never or auto, not: often");
    check("--dump=code,lies", 2, "", "--dump takes tokens, ast, code and trace, not: code,lies");
    check("-e 1 file.rung", 2, "", "-e and a file do not go together: file.rung");
    check("-e 1 -o page.html", 2, "", "-o goes with rung doc");
    check("doc --json file.rung", 2, "", "doc writes no JSON");
    check("convert one.bif", 2, "", "convert takes two files");
    check("graph one.bif two.bif", 2, "", "graph takes one file");
    check("disasm one.rung two.rung", 2, "", "disasm takes one file");
    check("test", 2, "", "a file is missing after: test");
    check("tset file.rung", 2, "", "no command and no file tset; did you mean rung test?");
    check("lps", 2, "", "did you mean rung lsp?");
    check("tset.rung file.rung", 74, "", "tset.rung: No such file");
    check("-- --version", 74, "", "--version");
}

static void runs_files(void **state) {
    (void)state;
    write_file("one.rung", "let x = 20\n");
    write_file("two.rung", "x + 22 #=> 42\n");
    check("run @/one.rung @/two.rung", 0, "42\n", "");
    check("@/one.rung @/two.rung", 0, "42\n", "");
    check("test @/one.rung @/two.rung", 65, "0 passed, 1 failed\n", "E0201"); // sessions of their own
    check_run(run("-", "6 * 7\n"), 0, "42\n", "");
    check("check @/one.rung", 0, "", "");
    check("run @/none.rung", 74, "", "none.rung");
    drop_file("one.rung");
    drop_file("two.rung");
}

// P(Wet = damp) = 0.7 * 0.1 + 0.3 * 0.2 and so on, by way of every format of networks.
static void converts(void **state) {
    (void)state;
    static const char *const formats[] = {"bif", "net", "xml", "uai", "bif.gz"};
    write_file("rain.rung", "model m { Rain : {no, yes} ~ {no: 0.7}\n"
                            "Wet : {dry, damp, soaked} ~ if Rain = yes then {dry: 0.1, damp: 0.2} "
                            "else {dry: 0.9, damp: 0.1} }\n");
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        Str there = {0}, back = {0}, name = {0};
        str_printf(&name, "rain.%s", formats[i]);
        str_printf(&there, "convert @/rain.rung @/%s", str_text(&name));
        str_printf(&back, "convert @/%s @/back.rung", str_text(&name));
        check(str_text(&there), 0, "", "");
        check(str_text(&back), 0, "", "");
        bool nameless = strcmp(formats[i], "uai") == 0; // the format has no names
        check_run(run("@/back.rung -", "marginals()\n"), 0,
                  nameless ? "x0  0: 0.7, 1: 0.3\nx1  0: 0.66, 1: 0.13, 2: 0.21\n"
                           : "Rain  no: 0.7, yes: 0.3\nWet   dry: 0.66, damp: 0.13, soaked: 0.21\n",
                  "");
        drop_file(str_text(&name));
        str_free(&there);
        str_free(&back);
        str_free(&name);
    }
    check("convert @/rain.rung @/rain.zip", 74, "", "E0708");
    check("convert @/rain.rung @/rain.zip", 74, "", ".lavaan, .tikz, .tex");
    check("convert @/rain.tex @/back.rung", 74, "", "a format that is written only");
    drop_file("back.rung");
    drop_file("rain.rung");
}

// Labels with characters that a text can only hold as escapes come back as they were.
static void converts_labels(void **state) {
    (void)state;
    write_file("odd.rung", "model m \"a\\u{1b}b\" { A \"bell\\r\\u{7}\" : {\"x\\t\", y} ~ "
                           "{\"x\\t\": 0.4} }\n");
    check("convert @/odd.rung @/once.rung", 0, "", "");
    check("convert @/once.rung @/twice.rung", 0, "", "");
    check_run(run("@/twice.rung -", "P(A = \"x\\t\")\n"), 0, "0.4\n", "");
    drop_file("odd.rung");
    drop_file("once.rung");
    drop_file("twice.rung");
}

// E[X^2 | Y = 1] by quadrature is 0.64523; the same seed gives the same draws, by option and by
// setting, another seed others.
static void draws_by_seed(void **state) {
    (void)state;
    static const char model[] = "model m {\n X ~ normal(0, 1)\n Y ~ normal(X * X, 1)\n}\n";
    static const char settings[] = ":set seed 7\n:set tolerance 0.01\n:set digits 17\n";
    static const char *const options[] = {"--seed 7 --tolerance 0.01 --digits 17",
                                          "--seed=7 --tolerance=0.01 --digits=17",
                                          "--seed 8 --tolerance 0.01 --digits 17"};
    Str text = {0}, set = {0};
    Run r[4];
    str_printf(&text, "%sE[X * X | Y = 1]\n", model);
    str_printf(&set, "%s%sE[X * X | Y = 1]\n", settings, model);
    for (size_t i = 0; i < 3; i++) r[i] = run(options[i], str_text(&text));
    r[3] = run("", str_text(&set));
    for (size_t i = 0; i < 3; i++) {
        const char *error = strstr(str_text(&r[i].out), "+- ");
        assert_non_null(error);
        double off = fabs(strtod(str_text(&r[i].out), NULL) - 0.6452322716145956);
        assert_true(off <= 5 * strtod(error + 3, NULL));
        assert_true(strtod(error + 3, NULL) <= 0.01);
    }
    assert_string_equal(str_text(&r[0].out), str_text(&r[1].out));
    assert_string_not_equal(str_text(&r[0].out), str_text(&r[2].out));
    const char *last = strstr(str_text(&r[3].out), str_text(&r[0].out));
    assert_non_null(last);
    assert_string_equal(last, str_text(&r[0].out));
    for (size_t i = 0; i < 4; i++) {
        str_free(&r[i].out);
        str_free(&r[i].err);
    }
    str_free(&text);
    str_free(&set);
}

static void limits_lua(void **state) {
    (void)state;
    static const char text[] = "lua { print(#string.rep(\"x\", 5000000)) }\n";
    check_run(run("--lua-memory 4", text), 1, "", "E0802");
    check_run(run("--lua-memory 40", text), 0, "5000000\n", "");
}

static void colours(void **state) {
    (void)state;
    check("--color=always -e x", 65, "", "\033[1;31merror E0201:");
    Run r = run("--color never -e x", "");
    assert_null(strchr(str_text(&r.err), '\033'));
    check_run(r, 65, "", "error E0201:");
}

// The stages of `1 + 2`: the instructions that run are those of the code.
static void dumps(void **state) {
    (void)state;
    static const char code[] =
        "   0  const 1                           ; -0 +1  push the constant a\n"
        "   1  const 2                           ; -0 +1  push the constant a\n"
        "   2  binary +                          ; -2 +1  apply the operator a\n";
    check("--dump=tokens -e '1 + 2'", 0,
          "   1:1   NUMBER     1\n   1:3   PLUS       +\n   1:5   NUMBER     2\n"
          "   1:6   END        \n3\n", "");
    check("--dump ast -e '1 + 2'", 0,
          "PROGRAM  @0-5\n  EXPRESSION  @0-5\n    BINARY +  @0-5\n      NUMBER 1  @0-1\n"
          "      NUMBER 2  @4-5\n3\n", "");
    Run r = run("--dump=trace -e '1 + 2'", "");
    assert_ptr_equal(strstr(str_text(&r.out), code), str_text(&r.out));
    str_free(&r.out);
    str_free(&r.err);
    r = run("--dump=code -e '1 + 2'", "");
    assert_non_null(strstr(str_text(&r.out), code));
    str_free(&r.out);
    str_free(&r.err);
}

static int drop_folder(void **state) {
    (void)state;
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_about_itself),
        cmocka_unit_test(refuses_what_it_does_not_know),
        cmocka_unit_test(runs_files),
        cmocka_unit_test(converts),
        cmocka_unit_test(converts_labels),
        cmocka_unit_test(draws_by_seed),
        cmocka_unit_test(limits_lua),
        cmocka_unit_test(colours),
        cmocka_unit_test(dumps),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
