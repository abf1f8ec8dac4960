// Tests of bar charts as SVG, and of text in HTML.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "interp/html.h"
#include "interp/interp.h"
#include "interp/svg_chart.h"
#include "tests/unit/markup.h"

static void print_all(void *user, const char *text, size_t len) {
    (void)user;
    fwrite(text, 1, len, stdout);
}

// The chart of the answer to a question, after a program.
static char *chart_of(const char *program, const char *question, bool alone) {
    InterpOptions options = {.print = print_all, .report = print_all};
    Interp *in = interp_new(&options);
    Value v;
    Str out = {0};
    RenderStyle style = {.digits = 4};
    assert_non_null(in);
    assert_int_equal(interp_run(in, "test", NULL, program, strlen(program)), EXIT_OK);
    assert_true(interp_eval(in, question, strlen(question), &v));
    assert_true(svg_chart_has(v));
    svg_chart_add(v, &style, alone, &out);
    value_drop(v);
    interp_free(in);
    char *text = str_take(&out);
    assert_non_null(text);
    assert_true(markup_check(text, strlen(text)));
    return text;
}

static size_t count(const char *text, const char *what) {
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what)) n++;
    return n;
}

static void has(const char *text, const char *what) {
    if (!strstr(text, what)) printf("no %s in:\n%s", what, text);
    assert_non_null(strstr(text, what));
}

static const char two[] =
    "model m { X : {a, b} ~ {a: 0.25, b: 0.75}\n"
    "Y : {c, d} ~ case X { a => {c: 0.5, d: 0.5}; b => {c: 1, d: 0} } }";

static void distribution(void **state) {
    (void)state;
    char *text = chart_of(two, "P(X)", false);
    assert_int_equal(count(text, "class=\"bar\""), 2);
    has(text, ">X</text>");
    has(text, ">0.75</text>");
    has(text, ">0.8</text>"); // the end of the axis
    mem_free(text);
}

// A quarter and three quarters of a scale that ends at 0.8: 0.3125 and 0.9375 of its width.
static void lengths(void **state) {
    (void)state;
    char *text = chart_of(two, "P(X)", false);
    double width[2] = {0};
    const char *p = text;
    for (size_t i = 0; i < 2; i++) {
        p = strstr(p, "class=\"bar\"");
        p = strstr(p, " width=\"");
        width[i] = strtod(p + 8, NULL);
    }
    assert_true(width[0] > 0 && width[1] / width[0] > 2.99 && width[1] / width[0] < 3.01);
    mem_free(text);
}

static void conditions(void **state) {
    (void)state;
    char *text = chart_of(two, "P(Y | do(X))", false);
    assert_int_equal(count(text, "class=\"head\""), 2);
    assert_int_equal(count(text, "class=\"bar\""), 4);
    has(text, ">Y | do(X = a)</text>");
    mem_free(text);
    text = chart_of(two, "P(Y = d | X)", false);
    has(text, ">X</text>");
    assert_int_equal(count(text, "class=\"bar\""), 2);
    mem_free(text);
}

static void undefined(void **state) {
    (void)state;
    char *text = chart_of("model m { X : {a, b} ~ {a: 1, b: 0}; Y : bool ~ 0.5 }",
                          "P(Y = 1 | X)", false);
    assert_int_equal(count(text, "class=\"bar\""), 1);
    has(text, "undefined");
    mem_free(text);
}

static void negative(void **state) {
    (void)state;
    char *text = chart_of(two, "P(Y = c | X) - P(Y = d | X) - 0.5", false);
    has(text, ">-0.5</text>");
    assert_int_equal(count(text, "class=\"zero\""), 1);
    mem_free(text);
}

static void sampled(void **state) {
    (void)state;
    char *text = chart_of(two, "P(X) using sampling(n: 1000)", false);
    assert_int_equal(count(text, "class=\"error\""), 6);
    has(text, " ± ");
    has(text, "whiskers");
    mem_free(text);
}

static void marginal(void **state) {
    (void)state;
    char *text = chart_of(two, "marginals()", false);
    assert_int_equal(count(text, "class=\"head\""), 2);
    assert_int_equal(count(text, "class=\"bar\""), 4);
    mem_free(text);
    text = chart_of("model m { X : bool ~ 0.5; Z ~ normal(0, 1) }", "marginals()", false);
    has(text, "Z ~ normal(0, 1)");
    mem_free(text);
}

static void large(void **state) {
    (void)state;
    char *text = chart_of("model m { X : 1..1000 ~ uniform(1..1000) }", "P(X)", false);
    assert_int_equal(count(text, "class=\"bar\""), 400);
    has(text, "600 more bars");
    mem_free(text);
}

static void hostile(void **state) {
    (void)state;
    char *text = chart_of(
        "model m { `</svg>&\"` : {`<b>`, `a&amp;`, "
        "`a name that is so long that it does not stand beside, nor above, but is cut <`} }\n"
        "model n { `</svg>&\"` : {`<b>`, `a&amp;`, "
        "`a name that is so long that it does not stand beside, nor above, but is cut <`} "
        "~ {`<b>`: 0.2, `a&amp;`: 0.3} }", "P(`</svg>&\"`)", true);
    has(text, "&lt;b&gt;");
    has(text, "xmlns=");
    has(text, "…");
    mem_free(text);
}

static void escapes(void **state) {
    (void)state;
    static const char bytes[] = "<&>\" \x01\xC3\x28\xFF\xEF\xBF\xBF\n\xC2\x85é";
    Str out = {0};
    html_add_n(bytes, sizeof bytes, &out); // and the NUL
    assert_string_equal(str_text(&out), "&lt;&amp;&gt;&quot; \uFFFD\uFFFD("
                                        "\uFFFD\uFFFD\n\uFFFDé\uFFFD");
    str_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distribution), cmocka_unit_test(lengths),
        cmocka_unit_test(conditions),   cmocka_unit_test(undefined),
        cmocka_unit_test(negative),     cmocka_unit_test(sampled),
        cmocka_unit_test(marginal),     cmocka_unit_test(large),
        cmocka_unit_test(hostile),      cmocka_unit_test(escapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
