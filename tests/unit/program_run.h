// Program_run: the program run on an input, with what it printed and its status.
#ifndef RUNG_TESTS_PROGRAM_RUN_H
#define RUNG_TESTS_PROGRAM_RUN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/str.h"

// Where a test program keeps its files, once make_folder, a group's setup, has run.
static char folder[] = P_tmpdir "/rung-test-XXXXXX";

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static const char *program(void) {
    const char *path = getenv("RUNG");
    return path ? path : RUNG_PROGRAM;
}

typedef struct Run {
    Str out, err;
    int status;
} Run;

static void slurp(const char *path, Str *to) {
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    for (int c; (c = getc(f)) != EOF;) str_add_char(to, (char)c);
    fclose(f);
}

// Runs the program with options, as a shell reads them.
static Run run_with(const char *options, const char *input, size_t len) {
    Run r = {0};
    Str in = {0}, out = {0}, err = {0}, command = {0};
    str_printf(&in, "%s/in", folder);
    str_printf(&out, "%s/out", folder);
    str_printf(&err, "%s/err", folder);
    FILE *f = fopen(str_text(&in), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(input, 1, len, f), len);
    fclose(f);
    str_printf(&command, "\"%s\" %s <%s >%s 2>%s", program(), options, str_text(&in),
               str_text(&out), str_text(&err));
    int status = system(str_text(&command));
    assert_true(WIFEXITED(status));
    r.status = WEXITSTATUS(status);
    slurp(str_text(&out), &r.out);
    slurp(str_text(&err), &r.err);
    unlink(str_text(&in));
    unlink(str_text(&out));
    unlink(str_text(&err));
    str_free(&in);
    str_free(&out);
    str_free(&err);
    str_free(&command);
    return r;
}

// Whether it printed `out`, a text with `err_part` on standard error (nothing when that is empty),
// and ended with that status. Frees the run.
static void check_run(Run r, int status, const char *out, const char *err_part) {
    assert_string_equal(str_text(&r.out), out);
    if (!strstr(str_text(&r.err), err_part))
        fail_msg("\"%s\" is not in: %s", err_part, str_text(&r.err));
    if (!*err_part) assert_string_equal(str_text(&r.err), "");
    assert_int_equal(r.status, status);
    str_free(&r.out);
    str_free(&r.err);
}

#endif
