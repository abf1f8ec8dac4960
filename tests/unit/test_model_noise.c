// Tests of runtime/model/model_noise.h and model_scale.h: what = mechanisms become, read off as
// text, and the laws of the noise. The right sides are the definitions of location and scale.
#include "tests/unit/model_make.h"

static Term *dist2(const char *family, Term *a, Term *b) {
    Term *kids[] = {a, b};
    return term_dist(dist_find(family), kids, 2, 0);
}

static Term *rate(Term *a) {
    return term_dist(dist_find("exponential"), &a, 1, 0);
}

static void check_term(const Term *t, const char *want) {
    Str s = {0};
    assert_non_null(t);
    term_add(t, &s);
    assert_string_equal(str_text(&s), want);
    str_free(&s);
}

// A model of X real, S positive and Y = t.
static Model *with_y(Term *t) {
    again(NULL);
    var("X", "real", '~', dist2("normal", N(0), N(1)));
    var("S", "", '~', rate(N(1)));
    var("Y", "", '=', t);
    return finish();
}

// Y = t becomes `value`, with noise of the laws `first` and `second` (or NULL).
static void becomes(Term *t, const char *value, const char *first, const char *second) {
    Str written = {0};
    term_add(t, &written);
    Model *m = with_y(t);
    const ModelVar *y = var_of(m, "Y");
    check_term(y->term, value);
    check_term(y->written, str_text(&written));
    assert_int_equal(m->nvars, 3 + (first != NULL) + (second != NULL));
    if (first) check_term(var_of(m, "Y.noise1")->term, first);
    if (second) check_term(var_of(m, "Y.noise2")->term, second);
    for (uint32_t v = 3; v < m->nvars; v++) {
        assert_true(m->vars[v]->anonymous);
        assert_int_equal(m->vars[v]->role, ROLE_VAR_NOISE);
        assert_int_equal(m->vars[v]->mech, MECH_KERNEL);
        assert_int_equal(m->vars[v]->nparents, 0);
    }
    str_free(&written);
    model_drop(m);
}

static void test_constants(void **state) {
    (void)state;
    make_start();
    becomes(dist2("normal", N(0), N(2)), "`Y.noise1`", "normal(0, 2)", NULL);
    becomes(op(TERM_ADD, op(TERM_MUL, N(2), V("X")), dist2("normal", N(0), N(1))),
            "2*X + `Y.noise1`", "normal(0, 1)", NULL);
    becomes(op(TERM_MUL, rate(N(2)), dist2("gamma", N(2), N(3))), "`Y.noise1`*`Y.noise2`",
            "exponential(rate: 2)", "gamma(2, rate: 3)");
    Term *parts[] = {dist2("normal", N(0), N(1)), N(0.5), dist2("normal", N(9), N(1)), N(0.5)};
    becomes(op(TERM_ADD, V("X"), many(TERM_MIX, parts, 4)), "X + `Y.noise1`",
            "mix {normal(0, 1): 0.5, normal(9, 1): 0.5}", NULL);
    make_end();
}

static void test_location_and_scale(void **state) {
    (void)state;
    make_start();
    becomes(dist2("normal", V("X"), N(2)), "X + `Y.noise1`", "normal(0, 2)", NULL);
    becomes(dist2("normal", V("X"), V("S")), "X + S*`Y.noise1`", "normal(0, 1)", NULL);
    becomes(dist2("normal", N(0), V("S")), "S*`Y.noise1`", "normal(0, 1)", NULL);
    becomes(dist2("normal", N(3), V("S")), "3 + S*`Y.noise1`", "normal(0, 1)", NULL);
    becomes(dist2("gumbel", V("X"), V("S")), "X + S*`Y.noise1`", "gumbel(0, 1)", NULL);
    becomes(dist2("laplace", V("X"), N(3)), "X + `Y.noise1`", "laplace(0, 3)", NULL);
    becomes(dist2("uniform", N(0), V("S")), "S*`Y.noise1`", "uniform(0, 1)", NULL);
    becomes(dist2("uniform", V("X"), V("S")), "X + (S - X)*`Y.noise1`", "uniform(0, 1)",
            NULL);
    becomes(rate(V("S")), "`Y.noise1`/S", "exponential(rate: 1)", NULL);
    becomes(dist2("gamma", N(2), V("S")), "`Y.noise1`/S", "gamma(2, rate: 1)", NULL);
    becomes(dist2("weibull", N(2), V("S")), "S*`Y.noise1`", "weibull(shape: 2, scale: 1)",
            NULL);
    becomes(dist2("lognormal", V("X"), N(0.5)), "exp(X + `Y.noise1`)", "normal(0, 0.5)", NULL);
    Term *t[] = {N(3), V("X"), V("S")};
    becomes(term_dist(dist_find("student_t"), t, 3, 0), "X + S*`Y.noise1`",
            "student_t(3)", NULL);
    Term *x = V("X");
    becomes(term_dist(dist_find("point"), &x, 1, 0), "X", NULL, NULL);
    make_end();
}

// A branch is an occurrence, and so is a parameter that is itself a distribution.
static void test_nested(void **state) {
    (void)state;
    make_start();
    becomes(iff(op(TERM_LT, V("X"), N(0)), dist2("normal", N(0), N(1)),
                dist2("normal", V("X"), N(2))),
            "if X < 0 then `Y.noise1` else X + `Y.noise2`", "normal(0, 1)", "normal(0, 2)");
    becomes(dist2("normal", rate(N(1)), N(2)), "`Y.noise1` + `Y.noise2`",
            "exponential(rate: 1)", "normal(0, 2)");
    again(NULL);
    var("X", "bool", '~', N(0.5));
    var("Y", "a b", '=', iff(V("X"), MAP(L("a"), N(0.25)), MAP(L("b"), N(0.5))));
    Model *m = finish();
    CHECK_TABLE(m, "Y.noise1", 0.25, 0.75);
    CHECK_TABLE(m, "Y.noise2", 0.5, 0.5);
    model_drop(m);
    make_end();
}

static void refuses(Term *t, const char *part) {
    again(NULL);
    var("X", "real", '~', dist2("normal", N(0), N(1)));
    var("Y", "", '=', t);
    expect(FAULT_MODEL_COUPLING, part);
}

static void test_refuses(void **state) {
    (void)state;
    make_start();
    refuses(dist2("gamma", V("X"), N(1)), "Y = gamma(X, rate: 1)");
    refuses(dist2("beta", N(1), V("X")), "Y = beta(1, X)");
    refuses(dist2("weibull", V("X"), N(1)), "Y = weibull");
    Term *t[] = {V("X"), N(0), N(1)};
    refuses(term_dist(dist_find("student_t"), t, 3, 0), "Y = student_t(X");
    Term *parts[] = {dist2("normal", V("X"), N(1)), N(0.5), dist2("normal", N(9), N(1)), N(0.5)};
    refuses(many(TERM_MIX, parts, 4), "Y = mix");
    refuses(bernoulli(V("X")), "Y = bernoulli(X)");
    make_end();
}

static void test_domains(void **state) {
    (void)state;
    make_start();
    static const struct {
        const char *domain;
        int which;
    } cases[] = {{"real", 0}, {"positive", 1}, {"unit", 2}, {"int", 3}, {"int", 4}, {"bool", 5}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Term *lambda = N(3);
        Term *poisson = term_dist(dist_find("poisson"), &lambda, 1, 0);
        Term *all[] = {op(TERM_ADD, V("X"), dist2("normal", N(0), N(1))), rate(N(2)),
                       dist2("uniform", N(0), N(1)), term_keep(poisson),
                       op(TERM_MUL, N(2), term_keep(poisson)),
                       op(TERM_LT, dist2("uniform", N(0), N(1)), N(0.3))};
        for (int k = 0; k < 6; k++)
            if (k != cases[i].which) term_drop(all[k]);
        term_drop(poisson);
        Model *m = with_y(all[cases[i].which]);
        check_domain(m, "Y", cases[i].domain);
        model_drop(m);
    }
    make_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constants), cmocka_unit_test(test_location_and_scale),
        cmocka_unit_test(test_nested),    cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_domains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
