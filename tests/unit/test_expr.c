// Tests of symbolic expressions: equality, cancelling, simplification, printing.
#include "tests/unit/graph_text.h"

#include "runtime/symbol/expr_print.h"
#include "runtime/symbol/simplify.h"

static const uint32_t rank[] = {0, 1, 2, 3};
static const char *const names[] = {"A", "B", "C", "x"};
enum { A = 1, B = 2, C = 4, X = 8 };

static const Expr *prob(ExprPool *pool, Word head, Word given) {
    return expr_prob(pool, &head, &given, NULL, NULL);
}

static const Expr *sum(ExprPool *pool, Word vars, const Expr *body) {
    return expr_sum(pool, &vars, body);
}

static void assert_prints(const ExprPool *pool, const Expr *e, ExprStyle style,
                          const char *expected) {
    Str s = {0};
    assert_non_null(e);
    expr_print(pool, e, names, style, &s);
    assert_string_equal(str_text(&s), expected);
    str_free(&s);
}

static void test_equal_is_identical(void **state) {
    (void)state;
    ExprPool p;
    assert_int_equal(expr_pool_init(&p, 4, rank), OK);
    const Expr *a = prob(&p, A, 0), *b = prob(&p, B, A);
    assert_ptr_equal(prob(&p, B, A), b);
    assert_ptr_equal(expr_times(&p, a, b), expr_times(&p, b, a));
    assert_ptr_equal(expr_times(&p, a, expr_one(&p)), a);
    assert_ptr_equal(prob(&p, 0, A), expr_one(&p));
    assert_ptr_equal(expr_times(&p, expr_times(&p, a, b), a),
                     expr_times(&p, a, expr_times(&p, a, b)));
    assert_ptr_equal(sum(&p, A, sum(&p, B, expr_times(&p, a, b))),
                     sum(&p, A | B, expr_times(&p, b, a)));
    assert_true(sum(&p, A, b)->free[0] == B);
    for (Word v = 1; v < 16; v++) // many more than the table began with
        for (Word w = 0; w < 16; w++)
            if (!(v & w)) assert_ptr_equal(prob(&p, v, w), prob(&p, v, w));
    assert_ptr_equal(prob(&p, B, A), b);
    expr_pool_free(&p);
}

static void test_quotients_cancel(void **state) {
    (void)state;
    ExprPool p;
    assert_int_equal(expr_pool_init(&p, 4, rank), OK);
    const Expr *a = prob(&p, A, 0), *b = prob(&p, B, A), *c = prob(&p, C, B);
    const Expr *ab = expr_times(&p, a, b), *bc = expr_times(&p, b, c);
    assert_ptr_equal(expr_quotient(&p, ab, a), b);
    assert_ptr_equal(expr_quotient(&p, ab, bc), expr_quotient(&p, a, c));
    assert_ptr_equal(expr_quotient(&p, ab, ab), expr_one(&p));
    assert_ptr_equal(expr_quotient(&p, expr_quotient(&p, a, b), c), expr_quotient(&p, a, bc));
    assert_ptr_equal(expr_quotient(&p, a, expr_quotient(&p, b, c)),
                     expr_quotient(&p, expr_times(&p, a, c), b));
    assert_ptr_equal(expr_replace(&p, sum(&p, A, ab), b, c), sum(&p, A, expr_times(&p, a, c)));
    expr_pool_free(&p);
}

static void test_simplifies(void **state) {
    (void)state;
    ExprPool p;
    assert_int_equal(expr_pool_init(&p, 4, rank), OK);
    const Expr *a = prob(&p, A, 0), *b = prob(&p, B, A), *c = prob(&p, C, A | B);
    const Expr *abc = expr_times(&p, expr_times(&p, a, b), c);
    // A sum over what stands before the bar is 1; the chain rule makes one probability.
    assert_ptr_equal(simplify(&p, NULL, sum(&p, C, c)), expr_one(&p));
    assert_ptr_equal(simplify(&p, NULL, abc), prob(&p, A | B | C, 0));
    assert_ptr_equal(simplify(&p, NULL, sum(&p, B, expr_times(&p, b, c))), prob(&p, C, A));
    assert_ptr_equal(simplify(&p, NULL, sum(&p, A | B, abc)), prob(&p, C, 0));
    // What does not depend on the summed variable leaves the sum, and the quotient cancels.
    assert_ptr_equal(simplify(&p, NULL, expr_quotient(&p, abc, sum(&p, B | C, abc))),
                     prob(&p, B | C, A));
    // The weights are not those of C given A and B: the adjustment formula stays.
    const Expr *adjusted = sum(&p, A, expr_times(&p, prob(&p, C, A | B), a));
    assert_ptr_equal(simplify(&p, NULL, adjusted), adjusted);
    expr_pool_free(&p);
}

static void test_simplifies_by_graph(void **state) {
    (void)state;
    ExprPool p;
    Graph *g = graph_of("A -> B -> C; x");
    assert_int_equal(expr_pool_init(&p, 4, rank), OK);
    assert_ptr_equal(simplify(&p, g, prob(&p, C, A | B | X)), prob(&p, C, B));
    assert_ptr_equal(simplify(&p, g, prob(&p, X, A)), prob(&p, X, 0));
    // Given A, C depends on B: nothing may go.
    assert_ptr_equal(simplify(&p, g, prob(&p, C, A)), prob(&p, C, A));
    const Expr *e = expr_times(&p, prob(&p, C, B), prob(&p, B, A));
    assert_ptr_equal(simplify(&p, g, sum(&p, B, e)), prob(&p, C, A));
    assert_true(simplify(&p, NULL, sum(&p, B, e)) != prob(&p, C, A));
    expr_pool_free(&p);
    graph_free(g);
}

static void test_prints(void **state) {
    (void)state;
    ExprPool p;
    assert_int_equal(expr_pool_init(&p, 4, rank), OK);
    const Expr *inner = sum(&p, A, expr_times(&p, prob(&p, C, A | B), prob(&p, A, 0)));
    const Expr *e = expr_times(&p, prob(&p, B, A), inner);
    Word head = C, dos = A | B, given = X;
    assert_prints(&p, e, EXPR_TEXT, "P(B | A) * sum over A' of P(C | B, A') P(A')");
    assert_prints(&p, e, EXPR_LATEX, "P(B \\mid A)\\, \\sum_{A'} P(C \\mid B, A')\\, P(A')");
    assert_prints(&p, e, EXPR_SOURCE,
                  "P(B | A) * sum(P(C | B, A = a_2) * P(A = a_2) for a_2 in levels(A))");
    assert_prints(&p, inner, EXPR_TEXT, "sum over A of P(C | B, A) P(A)");
    assert_prints(&p, expr_prob(&p, &head, &given, &dos, "target"), EXPR_TEXT,
                  "P[target](C | do(A, B), x)");
    assert_prints(&p, expr_quotient(&p, e, inner), EXPR_TEXT, "P(B | A)");
    assert_prints(&p, expr_quotient(&p, prob(&p, A, 0), e), EXPR_TEXT,
                  "P(A) / (P(B | A) * sum over A' of P(C | B, A') P(A'))");
    // An index never takes the name of a variable.
    assert_prints(&p, sum(&p, X, expr_times(&p, prob(&p, C, X), prob(&p, X, 0))), EXPR_SOURCE,
                  "sum(P(x = x_3) * P(C | x = x_3) for x_3 in levels(x))");
    expr_pool_free(&p);
}

static void test_latex_names(void **state) {
    (void)state;
    const char *const pairs[][2] = {{"X", "X"},
                                    {"X12", "X_{12}"},
                                    {"Smoking", "\\mathit{Smoking}"},
                                    {"dose_mg", "\\mathit{dose\\_mg}"}};
    for (size_t i = 0; i < 4; i++) {
        Str s = {0};
        expr_print_name(pairs[i][0], EXPR_LATEX, &s);
        assert_string_equal(str_text(&s), pairs[i][1]);
        str_free(&s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_is_identical),
        cmocka_unit_test(test_quotients_cancel),
        cmocka_unit_test(test_simplifies),
        cmocka_unit_test(test_simplifies_by_graph),
        cmocka_unit_test(test_prints),
        cmocka_unit_test(test_latex_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
