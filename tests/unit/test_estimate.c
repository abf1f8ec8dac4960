// Tests of sampled numbers: arithmetic by the delta method, comparison, text, expectations.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "interp/expect.h"
#include "interp/native_math.h"
#include "interp/render.h"
#include "interp/table.h"
#include "interp/value.h"
#include "runtime/base/mem.h"
#include "runtime/base/rng.h"

static void check_near(double x, double y, double tol) {
    if (!(fabs(x - y) <= tol)) fail_msg("%.17g is not within %g of %.17g", x, tol, y);
}

// Batches around a mean, centred; `shift` makes them others.
static void batches(double scale, double shift, double out[REAL_BATCHES]) {
    double mean = 0;
    for (int k = 0; k < REAL_BATCHES; k++) {
        out[k] = scale * sin(1.7 * k + shift) + 0.3 * scale * cos(0.4 * k * k + shift);
        mean += out[k] / REAL_BATCHES;
    }
    for (int k = 0; k < REAL_BATCHES; k++) out[k] -= mean;
}

static double error_of(const double *influence) {
    double sum = 0;
    for (int k = 0; k < REAL_BATCHES; k++) sum += influence[k] * influence[k];
    return sqrt(sum / (REAL_BATCHES * (REAL_BATCHES - 1.0)));
}

static Value estimate(double value, const double *influence, uint64_t seed) {
    Answer a = {.kind = ANSWER_NUMBER, .value = value, .method = "likelihood weighting",
                .rung = 1, .sampled = true, .ess = 5e5, .draws = 1000000, .seed = seed,
                .se = MEM_NEW(double, 1), .influence = MEM_NEW(double, REAL_BATCHES)};
    Value v;
    memcpy(a.influence, influence, REAL_BATCHES * sizeof(double));
    a.se[0] = error_of(influence);
    assert_true(value_answer(&a, &v));
    assert_int_equal(v.tag, VALUE_ESTIMATE);
    return v;
}

static Value apply(NodeOp op, Value a, Value b) {
    Trouble t = {0};
    Value out;
    assert_true(value_binary(op, a, b, 0, &out, &t));
    return out;
}

static double se(Value v) {
    assert_int_equal(v.tag, VALUE_ESTIMATE);
    return value_answer_of(v)->se[0];
}

static double number(Value v) {
    double x;
    assert_true(value_as_number(v, &x));
    return x;
}

// What a and b have in common is the covariance of their batches.
static void arithmetic_carries_covariance(void **state) {
    (void)state;
    double a[REAL_BATCHES], b[REAL_BATCHES], cov = 0;
    batches(0.02, 0, a);
    batches(0.05, 0.4, b);
    for (int k = 0; k < REAL_BATCHES; k++) cov += a[k] * b[k];
    cov /= REAL_BATCHES * (REAL_BATCHES - 1.0);
    double va = error_of(a) * error_of(a), vb = error_of(b) * error_of(b), x = 0.6, y = 1.5;
    struct {
        NodeOp op;
        double value, variance;
    } rows[] = {
        {OP_ADD, x + y, va + vb + 2 * cov},
        {OP_SUB, x - y, va + vb - 2 * cov},
        {OP_MUL, x * y, y * y * va + x * x * vb + 2 * x * y * cov},
        {OP_DIV, x / y, (va + x * x / y / y * vb - 2 * x / y * cov) / y / y},
        {OP_POW, pow(x, y), pow(x, 2 * y) * (y * y / x / x * va + log(x) * log(x) * vb +
                                             2 * y / x * log(x) * cov)},
    };
    Value p = estimate(x, a, 1), q = estimate(y, b, 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Value r = apply(rows[i].op, p, q);
        check_near(number(r), rows[i].value, 1e-12);
        check_near(se(r), sqrt(rows[i].variance), 1e-12);
        value_drop(r);
    }
    value_drop(p);
    value_drop(q);
}

static void same_draws_cancel(void **state) {
    (void)state;
    double a[REAL_BATCHES];
    batches(0.02, 0, a);
    Value p = estimate(0.6, a, 1), two = apply(OP_MUL, p, value_number(2));
    Value half = apply(OP_DIV, two, value_number(2)), rest = apply(OP_SUB, half, p);
    check_near(se(two), 2 * error_of(a), 1e-15);
    check_near(se(rest), 0, 1e-15);
    value_drop(p);
    value_drop(two);
    value_drop(half);
    value_drop(rest);
}

static void normal_batches(Rng *rng, double out[REAL_BATCHES]) {
    double mean = 0;
    for (int k = 0; k < REAL_BATCHES; k++) {
        double u = rng_unit(rng), v = rng_unit(rng);
        out[k] = sqrt(-2 * log(1 - u)) * cos(2 * 3.14159265358979323846 * v);
        mean += out[k] / REAL_BATCHES;
    }
    for (int k = 0; k < REAL_BATCHES; k++) out[k] -= mean;
}

// The squared error of a difference of independent answers is the sum of theirs, on average.
static void seeds_are_independent(void **state) {
    (void)state;
    Rng rng = {0};
    rng_seed(&rng, 5, 0);
    double sum = 0, expected = 0;
    int n = 2000;
    for (int i = 0; i < n; i++) {
        double a[REAL_BATCHES], b[REAL_BATCHES];
        normal_batches(&rng, a);
        normal_batches(&rng, b);
        Value p = estimate(0.6, a, 1), q = estimate(0.2, b, 2), d = apply(OP_SUB, p, q);
        sum += se(d) * se(d) / n;
        expected += (se(p) * se(p) + se(q) * se(q)) / n;
        assert_true(((AnswerObject *)d.object)->mixed);
        value_drop(p);
        value_drop(q);
        value_drop(d);
    }
    check_near(sum / expected, 1, 0.02);
}

static void functions_have_slopes(void **state) {
    (void)state;
    static const struct {
        const char *name;
        double x, slope;
    } rows[] = {
        {"exp", 0.7, 2.0137527074704766},  {"log", 0.7, 1 / 0.7},
        {"sqrt", 0.7, 0.5976143046671968}, {"logit", 0.7, 1 / 0.21},
        {"logistic", 0.7, 0.2217128732931095}, {"abs", -0.7, -1}, {"log", 1e-9, 1e9},
        {"logit", 1 - 1e-9, 1e9},
    };
    double a[REAL_BATCHES];
    batches(1e-12, 0, a);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Value p = estimate(rows[i].x, a, 1), r;
        Trouble t = {0};
        assert_true(native_math_apply(math_find(rows[i].name), &p, 0, &r, &t));
        double expected = fabs(rows[i].slope) * error_of(a);
        bool edge = rows[i].x > 0.99; // the slope is taken from one side
        if (!edge) check_near(se(r) / expected, 1, 1e-6);
        else assert_true(se(r) > 0);
        value_drop(p);
        value_drop(r);
    }
}

static void comparisons_know_their_error(void **state) {
    (void)state;
    double a[REAL_BATCHES];
    batches(0.02, 0, a);
    double reach = 1.96 * error_of(a);
    Value p = estimate(0.6, a, 1);
    Value above = apply(OP_GT, p, value_number(0.6 - 1.01 * reach));
    Value open = apply(OP_GT, p, value_number(0.6 - 0.99 * reach));
    Value both = apply(OP_AND, open, value_bool(false)), neither = apply(OP_OR, open, open);
    assert_true(above.tag == VALUE_BOOL && above.truth);
    assert_int_equal(open.tag, VALUE_UNDETERMINED);
    assert_non_null(strstr(value_why(open), "error of sampling"));
    assert_true(both.tag == VALUE_BOOL && !both.truth);
    assert_int_equal(neither.tag, VALUE_UNDETERMINED);
    value_drop(open);
    value_drop(neither);
    value_drop(p);
}

static void check_text(Value v, const char *text, const char *json) {
    Str s = {0};
    render_value(v, &(RenderStyle){.digits = 4}, &s);
    assert_string_equal(str_text(&s), text);
    str_clear(&s);
    render_json(v, &s);
    assert_non_null(strstr(str_text(&s), json));
    str_free(&s);
}

// Influence numbers whose error is exactly `error`.
static Value with_error(double value, double error) {
    double a[REAL_BATCHES];
    batches(1, 0, a);
    double scale = error / error_of(a);
    for (int k = 0; k < REAL_BATCHES; k++) a[k] *= scale;
    return estimate(value, a, 7);
}

static void text_and_json(void **state) {
    (void)state;
    static const struct {
        double value, se;
        const char *text;
    } rows[] = {
        {0.52308, 0.00091, "0.5231 +- 0.0009"}, {0.52308, 0.00123, "0.5231 +- 0.0012"},
        {12345.6, 40, "12350 +- 40"},           {0.3, 0.0101, "0.300 +- 0.010"},
        {-2.345, 1.5, "-2.3 +- 1.5"},           {1.2344e-12, 3e-15, "1.234e-12 +- 3e-15"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Str s = {0};
        str_printf(&s, "%s (sampled: 1,000,000 draws, seed 7)", rows[i].text);
        Value v = with_error(rows[i].value, rows[i].se);
        check_text(v, str_text(&s), "{\"kind\":\"estimate\",\"value\":");
        str_free(&s);
        value_drop(v);
    }
    Value v = with_error(0.5, 0.25), list;
    check_text(v, "0.50 +- 0.25 (sampled: 1,000,000 draws, seed 7)",
               ",\"n\":1000000,\"method\":\"likelihood weighting\",\"seed\":7}");
    assert_true(value_list(VALUE_LIST, &v, 1, &list));
    check_text(list, "[0.50 +- 0.25]", "{\"kind\":\"list\",\"value\":[{\"kind\":\"estimate\",");
    value_drop(list);
    value_drop(v);
}

static void expectations_see_the_value(void **state) {
    (void)state;
    const char *one = "0.523077 +- 0.0009 (sampled: 1,000,000 draws, seed 7)";
    const char *list = "[0.523077 +- 0.0009, 0.25 +- 0.02]";
    assert_true(expect_matches("0.52", one));
    assert_true(expect_matches("0.52 +- 0.001", one));
    assert_true(expect_matches("0.52 +- 0.001 (sampled: 1,000,000 draws, seed 7)", one));
    assert_true(expect_matches("0.52 ...", one));
    assert_false(expect_matches("0.51", one));
    assert_false(expect_matches("0.52 +- 0.002", one));
    assert_true(expect_matches("[0.52, 0.3]", list));
    assert_false(expect_matches("[0.52, 0.4]", list));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic_carries_covariance),
        cmocka_unit_test(same_draws_cancel),
        cmocka_unit_test(seeds_are_independent),
        cmocka_unit_test(functions_have_slopes),
        cmocka_unit_test(comparisons_know_their_error),
        cmocka_unit_test(text_and_json),
        cmocka_unit_test(expectations_see_the_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
