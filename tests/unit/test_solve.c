// Tests of runtime/sample/solve: inverses put back into their equations, slopes by differences.
#include "tests/unit/model_make.h"

#include "runtime/base/rng.h"
#include "runtime/model/kernel.h"
#include "runtime/model/math.h"
#include "runtime/sample/solve.h"

static uint64_t default_seeds(uint64_t n) {
    const char *text = getenv("RUNG_SEEDS");
    return text ? strtoull(text, NULL, 10) : n;
}

static Model *model_of_reals(void) {
    Model *m;
    assert_int_equal(declare("U", "real"), OK);
    assert_int_equal(declare("X", "real"), OK);
    assert_int_equal(declare("Y", "real"), OK);
    assert_int_equal(declare("B", "bool"), OK);
    VarSpec spec = {.name = sym("P"), .domain = domain_new(DOMAIN_POSITIVE)};
    assert_int_equal(model_declare(make.b, &spec, &make.faults), OK);
    domain_drop(spec.domain);
    assert_int_equal(end(&m), OK);
    return m;
}

// The value of a term at (U, X, Y, B, P).
typedef struct Point {
    double u, x, y, p;
    uint32_t b;
} Point;

static double value_at(const Model *m, const Term *t, const Point *at) {
    Kernel *k = NULL;
    Faults faults = {0};
    assert_int_equal(kernel_new_real(m, t, &k, &faults), OK);
    const void *inputs[5];
    for (uint32_t i = 0; i < kernel_ninputs(k); i++) {
        switch (m->vars[kernel_input(k, i)]->name->text[0]) {
        case 'U': inputs[i] = &at->u; break;
        case 'X': inputs[i] = &at->x; break;
        case 'Y': inputs[i] = &at->y; break;
        case 'B': inputs[i] = &at->b; break;
        default: inputs[i] = &at->p;
        }
    }
    double out, *work = MEM_NEW(double, kernel_work(k, 1));
    kernel_run(k, 1, inputs, &out, work);
    mem_free(work);
    kernel_free(k);
    return out;
}

static Term *call(const char *f, Term *x) {
    return term_call(math_find(f), &x, 1, 0);
}

static Term *other(Rng *r) {
    return rng_below(r, 2) ? V("X") : N(floor(rng_unit(r) * 8) / 2 + 0.5);
}

// An equation around the variable that can be turned around.
static Term *grow(Rng *r, Term *t, int depth) {
    static const char *const functions[] = {"exp",      "log",  "log2", "log10", "log1p",
                                            "expm1",    "sqrt", "cbrt", "tanh",  "atan",
                                            "logistic", "logit", "sinh"};
    if (depth == 0) return t;
    switch (rng_below(r, 10)) {
    case 0: t = op(TERM_ADD, t, other(r)); break;
    case 1: t = op(TERM_SUB, other(r), t); break;
    case 2: t = op(TERM_MUL, other(r), t); break;
    case 3: t = op(TERM_DIV, t, other(r)); break;
    case 4: t = op(TERM_DIV, other(r), t); break;
    case 5: t = op(TERM_POW, t, N(3)); break;
    case 6: t = op(TERM_POW, N(2), t); break;
    case 7: t = iff(V("B"), op(TERM_ADD, t, V("X")), op(TERM_MUL, N(3), term_keep(t))); break;
    case 8: t = op(TERM_SUB, op(TERM_MUL, t, V("X")), op(TERM_DIV, term_keep(t), N(4))); break;
    default: t = call(functions[rng_below(r, 13)], t);
    }
    return grow(r, t, depth - 1);
}

static void inverses_invert(void **state) {
    (void)state;
    uint64_t seeds = default_seeds(400);
    size_t checked = 0, solved = 0;
    make_start();
    Model *m = model_of_reals();
    Term *y = V("Y");
    for (uint64_t seed = 0; seed < seeds; seed++) {
        Rng r;
        rng_seed(&r, seed, 3);
        Term *equation = grow(&r, V(rng_below(&r, 3) ? "U" : "P"), 1 + (int)rng_below(&r, 4));
        bool positive = false;
        Term *value, *slope;
        assert_int_equal(solve_term(m, equation, y, sym("U"), &value, &slope), OK);
        if (!value) {
            assert_int_equal(solve_term(m, equation, y, sym("P"), &value, &slope), OK);
            positive = true;
        }
        for (int k = 0; value && k < 4; k++) {
            Point at = {.u = 4 * rng_unit(&r) - 2, .x = 0.5 + rng_unit(&r),
                        .p = 0.2 + rng_unit(&r), .b = (uint32_t)rng_below(&r, 2)};
            double want = positive ? at.p : at.u, h = 1e-6 * (fabs(want) + 0.1);
            at.y = value_at(m, equation, &at);
            double got = value_at(m, value, &at), log_slope = value_at(m, slope, &at);
            Point up = at, down = at;
            *(positive ? &up.p : &up.u) += h;
            *(positive ? &down.p : &down.u) -= h;
            double rise = value_at(m, equation, &up) - value_at(m, equation, &down);
            double steep = fabs(rise / (2 * h));
            // Where the function is flat or huge, its inverse is lost to rounding.
            if (!(fabs(at.y) < 1e6) || !(steep > 1e-4) || !(steep < 1e6)) continue;
            if (!(fabs(got - want) < 1e-7 * (1 + fabs(want))) ||
                !(fabs(log_slope + log(steep)) < 1e-3)) {
                Str s = {0};
                term_add(equation, &s);
                fail_msg("seed %d: %s at %g: %.12g, slope %g, not %g", (int)seed, str_text(&s),
                         want, got, log_slope, -log(steep));
            }
            checked++;
        }
        solved += value != NULL;
        term_drop(equation);
        term_drop(value);
        term_drop(slope);
    }
    assert_true(checked > seeds && solved > seeds / 2);
    term_drop(y);
    model_drop(m);
    make_end();
}

static void check_refused(const Model *m, Term *equation) {
    Term *value, *slope, *y = V("Y");
    assert_int_equal(solve_term(m, equation, y, sym("U"), &value, &slope), OK);
    assert_null(value);
    term_drop(equation);
    term_drop(y);
}

// Two solutions, none that is known, and nothing to solve for.
static void refuses_what_is_not_one_to_one(void **state) {
    (void)state;
    make_start();
    Model *m = model_of_reals();
    check_refused(m, op(TERM_POW, V("U"), N(2)));
    check_refused(m, call("abs", V("U")));
    check_refused(m, op(TERM_ADD, V("U"), op(TERM_POW, V("U"), N(3))));
    check_refused(m, call("sin", V("U")));
    check_refused(m, op(TERM_POW, V("U"), V("X")));
    check_refused(m, iff(op(TERM_GT, V("U"), N(0)), V("U"), op(TERM_MUL, N(2), V("U"))));
    check_refused(m, op(TERM_ADD, V("X"), N(1)));
    check_refused(m, op(TERM_MUL, V("U"), V("U")));
    model_drop(m);
    make_end();
}

static void survives_exhaustion(void **state) {
    (void)state;
    make_start();
    Model *m = model_of_reals();
    Rng r;
    rng_seed(&r, 1, 1);
    Term *y = V("Y");
    Term *equation = iff(V("B"), call("exp", op(TERM_MUL, V("X"), V("U"))),
                         op(TERM_ADD, V("U"), op(TERM_MUL, V("U"), V("X"))));
    bool reached = true;
    for (long n = 0; reached; n++) {
        Term *value, *slope;
        mem_fail_after(n, 0);
        Status st = solve_term(m, equation, y, sym("U"), &value, &slope);
        reached = mem_count() > n;
        mem_fail_after(-1, 0);
        assert_true(st == OK ? value != NULL : st == NOMEM && !value && !slope);
        term_drop(value);
        term_drop(slope);
    }
    term_drop(equation);
    term_drop(y);
    model_drop(m);
    make_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inverses_invert),
        cmocka_unit_test(refuses_what_is_not_one_to_one),
        cmocka_unit_test(survives_exhaustion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
