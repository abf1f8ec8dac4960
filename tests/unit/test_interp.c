// The facade: statuses, lines of a conversation, listing; and memory that runs out anywhere.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "interp/interp.h"
#include "runtime/base/mem.h"

typedef struct Heard {
    char printed[4000], reported[8000];
} Heard;

static void hear(char *to, size_t room, const char *text, size_t len) {
    size_t used = strlen(to);
    if (used + len + 1 > room) len = room - used - 1;
    memcpy(to + used, text, len);
    to[used + len] = '\0';
}

static void on_print(void *user, const char *text, size_t len) {
    Heard *h = user;
    hear(h->printed, sizeof h->printed, text, len);
}

static void on_report(void *user, const char *text, size_t len) {
    Heard *h = user;
    hear(h->reported, sizeof h->reported, text, len);
}

static InterpOptions options(Heard *heard) {
    *heard = (Heard){0};
    return (InterpOptions){.print = on_print, .report = on_report, .user = heard};
}

static int run(Interp *in, const char *text) {
    return interp_run(in, "t", NULL, text, strlen(text));
}

static const char model[] = "model m { X : bool ~ 0.25; Y : bool ~ if X then 0.9 else 0.1 }\n";

static void statuses(void **state) {
    (void)state;
    Heard h;
    InterpOptions o = options(&h);
    Interp *in = interp_new(&o);
    assert_non_null(in);
    assert_int_equal(run(in, "1 + 1"), EXIT_OK);
    assert_string_equal(h.printed, "2\n");
    assert_int_equal(run(in, "1 +"), EXIT_COMPILE);
    assert_int_equal(run(in, "nobody"), EXIT_COMPILE);
    assert_int_equal(run(in, "assert 1 = 2"), EXIT_FAILED);
    assert_string_equal(h.printed, "2\n");
    assert_int_equal(interp_counts(in).errors, 3);
    interp_free(in);
}

// Nothing runs when something later does not compile.
static void checked_before_run(void **state) {
    (void)state;
    Heard h;
    InterpOptions o = options(&h);
    Interp *in = interp_new(&o);
    assert_int_equal(run(in, "1\nnobody\nneither"), EXIT_COMPILE);
    assert_string_equal(h.printed, "");
    assert_non_null(strstr(h.reported, "nobody"));
    assert_non_null(strstr(h.reported, "neither"));
    interp_free(in);
}

static void conversation(void **state) {
    (void)state;
    Heard h;
    InterpOptions o = options(&h);
    Interp *in = interp_new(&o);
    bool incomplete;
    interp_line(in, "model m { X : bool ~ 0.25", 25, &incomplete);
    assert_true(incomplete);
    assert_string_equal(h.reported, "");
    assert_int_equal(interp_line(in, model, sizeof model - 1, &incomplete), EXIT_OK);
    assert_false(incomplete);
    assert_int_equal(interp_line(in, "P(X)", 4, &incomplete), EXIT_OK);
    assert_int_equal(interp_line(in, "ans*4", 5, &incomplete), EXIT_OK);
    assert_string_equal(h.printed, "0.25\n1\n");
    assert_int_equal(interp_line(in, "let a = 3; a/0", 14, &incomplete), EXIT_FAILED);
    assert_int_equal(interp_line(in, "a", 1, &incomplete), EXIT_OK);
    assert_string_equal(h.printed, "0.25\n1\n3\n");
    assert_non_null(interp_model(in));
    interp_free(in);
}

static void evaluation(void **state) {
    (void)state;
    Heard h;
    InterpOptions o = options(&h);
    Interp *in = interp_new(&o);
    Value v;
    assert_true(interp_eval(in, "2*21", 4, &v));
    assert_true(v.tag == VALUE_NUMBER && v.number == 42);
    value_drop(v);
    assert_false(interp_eval(in, "let a = 1", 9, &v));
    assert_false(interp_eval(in, "nobody", 6, &v));
    Str s = {0};
    assert_true(interp_disasm(in, "t", "[x for x in 1..3]", 17, &s));
    assert_non_null(strstr(str_text(&s), "collect"));
    str_free(&s);
    interp_free(in);
}

static void expectations(void **state) {
    (void)state;
    Heard h;
    InterpOptions o = options(&h);
    o.tests = true;
    Interp *in = interp_new(&o);
    assert_int_equal(run(in, "1/3 #=> 0.33\n1/3 #=> 0.34\ntest \"t\" { 1 #=> 1\n}"), EXIT_FAILED);
    assert_int_equal(interp_counts(in).passed, 3);
    assert_int_equal(interp_counts(in).failures, 1);
    interp_free(in);
}

// A little of everything.
static const char everything[] =
    "model m { X : {a, b} ~ {a: 0.25}; Y : bool ~ case X { a => 0.9; _ => 0.1 }\n"
    "  Z[i] : bool ~ if Y then 0.5 else i/10 for i in 1..3; Z[2] : bool ~ 0.5 }\n"
    "def f(X -> Y, t: high(X), k: 2) = k*E[Y | do(X = t)]\n"
    "let xs = [f(X -> Y, k: i) for i in 1..3 if i != 2]\n"
    "P(Y | X = a, do(Z[_] = 1))\n"
    "P(X, Y)\n"
    "ATE(X -> Y)\n"
    "E[Y[X = a] - Y[X = b]]\n"
    "Y _||_ Z[2] | X\n"
    "P(Y) under m with do(X = a)\n"
    "P(Y) under m with { W : bool ~ if Y then 1 else 0 }\n"
    "explain P(Y | Z[1])\n"
    "ladder Y, X\n"
    "show P(X | do(Y = ?))\n"
    "test \"t\" { assert xs[1] ~= 0.3 within 1; P(Y) #=> 0.3\n }\n";

static int whole_session(Heard *h) {
    InterpOptions o = options(h);
    o.tests = true;
    Interp *in = interp_new(&o);
    if (!in) return -1;
    int status = run(in, everything);
    interp_free(in);
    return status;
}

// Each allocation fails in turn: every time an error, no crash, and (under valgrind) no leak.
static void memory_runs_out(void **state) {
    (void)state;
    Heard h;
    mem_fail_after(-1, 0);
    int status = whole_session(&h);
    if (status != EXIT_OK) fail_msg("%s", h.reported);
    long total = mem_count();
    const char *every = getenv("RUNG_SEEDS");
    long step = every ? 1 : 1 + total/150;
    for (long n = 0; n < total; n += step) {
        mem_fail_after(n, 1);
        if (whole_session(&h) == EXIT_OK) fail_msg("allocation %ld of %ld", n, total);
    }
    mem_fail_after(-1, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statuses),   cmocka_unit_test(checked_before_run),
        cmocka_unit_test(conversation), cmocka_unit_test(evaluation),
        cmocka_unit_test(expectations), cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
