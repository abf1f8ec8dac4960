// Tests of whole sessions when memory runs out: every allocation of a session fails in turn.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "interp/interp.h"
#include "runtime/base/mem.h"
#include "runtime/base/str.h"

enum { LAST = 20 };

// What the session said, in an own buffer that takes no part in the failures.
typedef struct Said {
    char text[1 << 16];
    size_t len;
    int status; // of the run
} Said;

static void keep(void *user, const char *text, size_t len) {
    Said *said = user;
    size_t room = sizeof said->text - 1 - said->len;
    if (len > room) len = room;
    memcpy(said->text + said->len, text, len);
    said->len += len;
    said->text[said->len] = '\0';
}

static int run(Interp *in, const char *text) {
    return interp_run(in, "test.rung", NULL, text, strlen(text));
}

static int say(Interp *in, const char *text) {
    bool incomplete = false;
    int status = interp_line(in, text, strlen(text), &incomplete);
    assert_false(incomplete);
    return status;
}

// Runs the program with failures planned, then asks for more with memory at hand again. True
// when nothing failed.
static bool survive(const char *program, long n, bool all_after, Said *said, Said *whole) {
    *said = (Said){0};
    const InterpOptions options = {.print = keep, .report = keep, .user = said};
    mem_fail_after(n, all_after);
    Interp *in = interp_new(&options);
    if (!in) {
        mem_fail_after(-1, 0);
        return false;
    }
    int status = run(in, program);
    bool failed = mem_count() > n;
    mem_fail_after(-1, 0);
    said->status = status;
    if (!failed) {
        *whole = *said;
    } else if (status == EXIT_OK && strcmp(said->text, whole->text) != 0) {
        size_t at = 0;
        while (said->text[at] == whole->text[at]) at++;
        fail_msg("allocation %ld: said %.80s instead of %.80s", n, said->text + at,
                 whole->text + at);
    } else if (status != EXIT_OK && !strstr(said->text, "error E0902") &&
               (whole->status == EXIT_OK || !strstr(said->text, "error E"))) {
        fail_msg("allocation %ld: failed and said %s", n, said->text);
    }
    *said = (Said){0};
    if (say(in, "model after { Z : bool ~ 0.25 }") != EXIT_OK ||
        say(in, "P(Z) + 0.5") != EXIT_OK || strcmp(said->text, "0.75\n") != 0)
        fail_msg("allocation %ld: the session is spoilt: %s", n, said->text);
    interp_free(in);
    return !failed;
}

// Of a run's allocations at most `most` fail, spread evenly; and the last ones, all of them:
// there the run ends with the report of an error.
static void survive_all(const char *program, long most) {
    Said *said = malloc(sizeof *said), *whole = malloc(sizeof *whole);
    assert_non_null(said);
    assert_non_null(whole);
    assert_true(survive(program, 1000000000, false, said, whole));
    const InterpOptions options = {.print = keep, .report = keep, .user = said};
    mem_fail_after(-1, 0);
    Interp *in = interp_new(&options);
    *said = (Said){0};
    run(in, program);
    long count = mem_count(), step = count / most + 1;
    interp_free(in);
    for (int all_after = 0; all_after < 2; all_after++)
        for (long n = 0; n < count; n += n < count - LAST ? step : 1)
            survive(program, n, all_after, said, whole);
    free(said);
    free(whole);
}

static long most(void) {
    const char *text = getenv("RUNG_SEEDS");
    return text ? atol(text) : 400;
}

static void declares_and_asks(void **state) {
    (void)state;
    survive_all("model m { A : bool ~ 0.2; B : {x, y} ~ case A { 0 => {x: 0.5, y: 0.5}\n"
                "  1 => {x: 0.1, y: 0.9} }; C : bool ~ if B = x then 0.3 else 0.6 }\n"
                "P(C | A = 1)\nP(B)\nE[A | do(C = 1)]\nargmax(P(B))\nmarginals()\n"
                "let t = [P(C | B = b) for b in [\"x\", \"y\"]]\nt\nsum(t)\n",
                most());
}

static void explains(void **state) {
    (void)state;
    survive_all("model m { A -> B -> C; A <-> C }\nexplain P(C | do(B))\nB _||_ C | A\n"
                "adjustment(B -> C)\nshow m\n"
                "model n { A : bool ~ 0.2; B : {x, y} ~ if A then {x: 0.5, y: 0.5} else {x: 1, "
                "y: 0} }\n"
                "explain P(B | A = 1)\nshow P(B)\nshow marginals()\n",
                2000);
}

static void shares_noise(void **state) {
    (void)state;
    survive_all("model m { noise U, V ~ mvnormal([0, 0], [[1, 0.5], [0.5, 2]])\n"
                "X = 1 + U; Y = 2*X + normal(V, 3) }\n"
                "show m\nshow (m with do(X = X + 1))\nU _||_ V\n"
                "model g { A : bool ~ 0.5; B : {x, y, z} = gumbel_max {x: if A then 0.2 else "
                "0.5, y: 0.3} }\n"
                "P(B[A = true] | A = false, B = x)\nshow g\n",
                most());
}

static void defines_and_fails(void **state) {
    (void)state;
    survive_all("def f(x) = if x > 0 then x + f(x - 1) else 0\nf(20)\n"
                "model m { A : bool ~ 0.2 }\nassert P(A) = 0.2\nP(A | A = 0 and A = 1)\n",
                most());
}

static void reports_mistakes(void **state) {
    (void)state;
    survive_all("model m { A : bool ~ 0.2; B : {x, y} ~ {x: 0.5, y: 0.9} }\nP(Q)\n1 +\n",
                most());
}

static void imports(void **state) {
    (void)state;
    survive_all(
        "import \"tests/data/networks/cancer.bif\" as net\nP(Cancer | Smoker = \"True\")\n"
        "net\n",
        most());
}

static void learns(void **state) {
    (void)state;
    survive_all("let d = data Toss { true => 2; false }\nd\n"
                "model t { B ~ beta(2, 2); Toss[i] : bool ~ bernoulli(B) for i in rows }\n"
                "P(B) from d\nE[B] from data Toss { _; true => 3 }\n"
                "P(B > 0.5) from d\n",
                200);
    survive_all("model c { X : bool ~ 0.5; noise U ~ uniform(0, 1); W = 2*U\n"
                "  Y = U < (if X then 0.8 else 0.3); Z = W > 1 }\n"
                "P(Y[X = 1] = 1, Y[X = 0] = 0)\nexplain P(Z | Y)\n",
                200);
}

static void tests_programs(void **state) {
    (void)state;
    survive_all("test \"one\" { assert 1 = 1 }\nmodel m { A : bool ~ 0.2 }\nP(A) #=> 0.2\n"
                "ATE(A -> A)\n",
                most());
}

static void bounds(void **state) {
    (void)state;
    survive_all("model seen { T : bool ~ 0.5; Y : bool ~ if T then 0.5 else 0.3 }\n"
                "model bow { T, Y : bool; T -> Y; T <-> Y }\n"
                "let a = P(Y | do(T = 1)) under bow from seen\n"
                "let b = P(Y | do(T = 0)) under bow from seen\n"
                "[a, b, a - b, a/b, a*b, log(a), max(a, b)]\na > b\n"
                "use seen\nassume Y[T = 1] >= Y[T = 0] and P(Y[T = 1]) <= 0.9\nshow seen\n"
                "P(Y[T = 1], not Y[T = 0])\nassume P(Y[T = 1]) <= 0.1\n"
                "P(Y[T = 1], not Y[T = 0])\n",
                most());
}

static void samples(void **state) {
    (void)state;
    survive_all("model m { X ~ normal(0, 1); B : bool ~ 0.5; Y = exp(X)*X + cos(X) }\n"
                "let a = P(Y > 0.3) using sampling(n: 128, seed: 1)\n"
                "let b = P(Y > 0.5) using sampling(n: 128, seed: 2)\n"
                "[a, a - b, a/b, exp(a), sum([a, b])]\na > b\na > a\nse(a) + low(b)\n"
                "P(B = ?, Y > 1) using sampling(n: 128, seed: 1)\n",
                most());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(declares_and_asks), cmocka_unit_test(explains),
        cmocka_unit_test(shares_noise),      cmocka_unit_test(learns),
        cmocka_unit_test(defines_and_fails), cmocka_unit_test(reports_mistakes),
        cmocka_unit_test(imports),           cmocka_unit_test(tests_programs),
        cmocka_unit_test(bounds),            cmocka_unit_test(samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
