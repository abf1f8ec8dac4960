// Questions put to the textbook models.
//
// Expected numbers come from the design's list of programs, where each was computed by
// enumeration or by hand, or are computed by hand here.
#include "tests/unit/ask_make.h"

static void test_simpson(void **state) {
    (void)state;
    Model *m = kidney();
    double see_a = number(m, ASK_P, V("Recovered"), CONDS(is(eq("Treatment", L("A")))));
    double see_b = number(m, ASK_P, V("Recovered"), CONDS(is(eq("Treatment", L("B")))));
    NEAR(see_a - see_b, -0.0505);
    double do_a = number(m, ASK_P, V("Recovered"), CONDS(set("Treatment", L("A"))));
    double do_b = number(m, ASK_P, V("Recovered"), CONDS(set("Treatment", L("B"))));
    SAME(do_a, .51 * .93 + .49 * .73);
    NEAR(do_a - do_b, 0.0502);
    Term *effect =
        op(TERM_SUB, W("Recovered", "Treatment", L("A")), W("Recovered", "Treatment", L("B")));
    NEAR(number(m, ASK_E, term_keep(own(effect)), NO_CONDS), 0.0502);
    // Size is not changed by the treatment, so that conditioning on it stays on rung 2.
    SAME(number(m, ASK_E, term_keep(effect), CONDS(is(eq("Size", L("small"))))), .93 - .87);
    SAME(number(m, ASK_P, W("Recovered", "Treatment", L("A")),
                CONDS(is(eq("Size", L("large"))))),
         .73);
    // Among those who were treated: sizes are as they are for them.
    double small = .51 * .24 / (.51 * .24 + .49 * .77);
    SAME(number(m, ASK_E, term_keep(effect), CONDS(is(eq("Treatment", L("A"))))),
         small * (.93 - .87) + (1 - small) * (.73 - .69));
    refused(m, ASK_VAR, term_keep(effect), NO_CONDS, FAULT_ASK_COUNTERFACTUAL,
            "this compares Recovered");
    refused(m, ASK_P, eq("Size", L("smal")), NO_CONDS, FAULT_NONE, NULL);
    finish(m);
}

static void test_tables(void **state) {
    (void)state;
    Model *m = kidney();
    Term *size = own(V("Size"));
    Cond conds[] = {is(V("Treatment"))};
    Asked a = put(m, ASK_P, &size, 1, 1, conds, 1);
    assert_int_equal(a.status, OK);
    assert_int_equal(a.answer.kind, ANSWER_TABLE);
    assert_int_equal(a.answer.naxes, 2);
    assert_true(a.answer.axes[1].given && !a.answer.axes[0].given);
    double pa = .51 * .24 + .49 * .77;
    SAME(a.answer.cells[0], .51 * .24 / pa);
    SAME(a.answer.cells[1], .51 * .76 / (1 - pa));
    SAME(a.answer.cells[2], .49 * .77 / pa);
    done(&a);
    Term *recovered = own(V("Recovered"));
    Cond free_do[] = {act(ASSIGN_FREE, "Treatment", NULL), is(V("Size"))};
    a = put(m, ASK_P, &recovered, 1, 1, free_do, 2);
    assert_int_equal(a.status, OK);
    assert_int_equal(a.answer.naxes, 2);
    assert_true(a.answer.axes[0].in_do && a.answer.axes[1].given);
    assert_int_equal(a.answer.rung, 2);
    SAME(a.answer.cells[0], .93);
    SAME(a.answer.cells[1], .73);
    SAME(a.answer.cells[2], .87);
    SAME(a.answer.cells[3], .69);
    done(&a);
    finish(m);
}

static void test_squad(void **state) {
    (void)state;
    ModelBuilder *b = begin();
    kernel(b, "Order", bools(), N(.6));
    kernel(b, "Nervous", bools(), N(.3));
    mechanism(b, "A", MECH_STRUCTURAL, op(TERM_OR, V("Order"), V("Nervous")));
    mechanism(b, "B", MECH_STRUCTURAL, V("Order"));
    mechanism(b, "Dead", MECH_STRUCTURAL, op(TERM_OR, V("A"), V("B")));
    Model *m = end(b);
    SAME(number(m, ASK_P, V("Dead"), NO_CONDS), .72);
    SAME(number(m, ASK_P, V("Dead"), CONDS(is(eq("A", N(0))))), 0);
    SAME(number(m, ASK_P, V("Dead"), CONDS(set("A", N(0)))), .6);
    SAME(number(m, ASK_P, term_unary(TERM_NOT, W("Dead", "A", N(0)), 0),
                CONDS(is(V("Dead")))),
         .4 * .3 / .72);
    SAME(number(m, ASK_P, W("Dead", "A", N(1)), CONDS(is(eq("Dead", N(0))))), 1);
    finish(m);
}

static void test_monty(void **state) {
    (void)state;
    ModelBuilder *b = begin();
    declare(b, "Prize", domain_range(1, 3));
    declare(b, "Opened", domain_range(2, 3));
    Faults faults = {0};
    const double prize[] = {1 / 3., 1 / 3., 1 / 3.}, opened[] = {.5, .5, 0, 1, 1, 0};
    Sym parent[] = {sym("Prize")};
    assert_int_equal(model_table(b, sym("Prize"), NULL, 0, prize, 0, &faults), OK);
    assert_int_equal(model_table(b, sym("Opened"), parent, 1, opened, 0, &faults), OK);
    Model *m = end(b);
    SAME(number(m, ASK_P, eq("Prize", N(1)), CONDS(is(eq("Opened", N(3))))), 1 / 3.);
    SAME(number(m, ASK_P, eq("Prize", N(2)), CONDS(is(eq("Opened", N(3))))), 2 / 3.);
    SAME(number(m, ASK_P, eq("Prize", N(2)), CONDS(set("Opened", N(3)))), 1 / 3.);
    refused(m, ASK_P, eq("Prize", N(1)), CONDS(is(eq("Opened", N(2))), is(eq("Prize", N(2)))),
            FAULT_ASK_IMPOSSIBLE, "Opened = 2 cannot happen together with Prize = 2");
    // Among the rows of a table the impossible one is undefined.
    Term *arg = own(eq("Prize", N(1)));
    Cond rows[] = {is(eq("Opened", N(2))), is(V("Prize"))};
    Asked a = put(m, ASK_P, &arg, 1, 1, rows, 2);
    assert_int_equal(a.status, OK);
    SAME(a.answer.cells[0], 1);
    assert_true(isnan(a.answer.cells[1]));
    SAME(a.answer.cells[2], 0);
    done(&a);
    SAME(number(m, ASK_E, V("Prize"), CONDS(is(eq("Opened", N(3))))), 5 / 3.);
    SAME(number2(m, ASK_QUANTILE, V("Prize"), N(.5), NO_CONDS), 2);
    SAME(number2(m, ASK_QUANTILE, V("Prize"), N(1), CONDS(is(eq("Opened", N(3))))), 2);
    finish(m);
}

static void test_mediation(void **state) {
    (void)state;
    ModelBuilder *b = begin();
    kernel(b, "Hint", bools(), N(.5));
    kernel(b, "Mention", bools(), op(TERM_ADD, N(.2), op(TERM_MUL, N(.6), V("Hint"))));
    Term *both = op(TERM_MUL, op(TERM_MUL, N(.2), V("Hint")), V("Mention"));
    Term *sum = op(TERM_ADD, N(.1), op(TERM_MUL, N(.2), V("Hint")));
    sum = op(TERM_ADD, sum, op(TERM_MUL, N(.3), V("Mention")));
    kernel(b, "Answer", bools(), op(TERM_ADD, sum, both));
    Model *m = end(b);
    SAME(number(m, ASK_E, op(TERM_SUB, W("Answer", "Hint", N(1)), W("Answer", "Hint", N(0))),
                NO_CONDS),
         .54);
    double one = number(m, ASK_E, V("Answer"), CONDS(set("Hint", N(1)), set("Mention", N(0))));
    double two = number(m, ASK_E, V("Answer"), CONDS(set("Hint", N(0)), set("Mention", N(0))));
    SAME(one - two, .2);
    Assign nested[] = {
        {.kind = ASSIGN_VALUE, .target = sym("Hint"), .value = N(1)},
        {.kind = ASSIGN_VALUE, .target = sym("Mention"), .value = W("Mention", "Hint", N(0))}};
    SAME(number(m, ASK_E, term_var(sym("Answer"), world_new(nested, 2), 0), NO_CONDS), .4);
    finish(m);
}

static void test_berkson(void **state) {
    (void)state;
    ModelBuilder *b = begin();
    kernel(b, "Talent", bools(), N(.2));
    kernel(b, "Looks", bools(), N(.3));
    mechanism(b, "Famous", MECH_STRUCTURAL, op(TERM_OR, V("Talent"), V("Looks")));
    Model *m = end(b);
    NEAR(number(m, ASK_P, V("Talent"), CONDS(is(eq("Famous", N(1))))), .4545);
    SAME(number(m, ASK_P, V("Talent"), CONDS(is(V("Famous")), is(V("Looks")))), .2);
    near_(number2(m, ASK_COR, V("Talent"), V("Looks"), CONDS(is(V("Famous")))), -.748, 5e-4, 0);
    SAME(number(m, ASK_P, V("Talent"), CONDS(set("Famous", N(1)))), .2);
    assert_true(isnan(number2(m, ASK_COR, V("Talent"), V("Famous"), CONDS(is(V("Famous"))))));
    finish(m);
}

static void test_clinic(void **state) {
    (void)state;
    Model *m = clinic();
    double treated = number(m, ASK_P, V("Y"), CONDS(set("A0", N(1)), set("A1", N(1))));
    double never = number(m, ASK_P, V("Y"), CONDS(set("A0", N(0)), set("A1", N(0))));
    SAME(treated - never, .3);
    double seen = number(m, ASK_P, V("Y"), CONDS(is(V("A0")), is(V("A1")))) -
                  number(m, ASK_P, V("Y"), CONDS(is(eq("A0", N(0))), is(eq("A1", N(0)))));
    near_(seen, .402, 5e-4, __LINE__);
    SAME(number(m, ASK_P, V("Y"), CONDS(set("A0", N(1)), set("A1", V("L")))), .59);
    // Random treatment, and a policy for every function of L.
    SAME(number(m, ASK_P, V("Y"), CONDS(set("A0", N(1)), act(ASSIGN_DRAW, "A1", N(.25)))),
         .1 + .1 + .2 * .25 + .25);
    Sym input[] = {sym("L")};
    Assign policy = {.kind = ASSIGN_POLICY, .target = sym("A1"), .inputs = input, .ninputs = 1};
    Cond conds[] = {set("A0", N(1)), {.kind = COND_DO, .items = &policy, .n = 1}};
    Term *y = own(V("Y"));
    Asked a = put(m, ASK_P, &y, 1, 1, conds, 2);
    assert_int_equal(a.status, OK);
    assert_int_equal(a.answer.ncells, 4);
    SAME(a.answer.cells[0], .45);
    SAME(a.answer.cells[1], .59);
    SAME(a.answer.cells[3], .65);
    assert_string_equal(a.answer.axes[0].labels[0], "false");
    assert_string_equal(a.answer.axes[0].labels[1], "if L then true else false");
    assert_string_equal(a.answer.axes[0].labels[2], "if L then false else true");
    done(&a);
    finish(m);
}

static void test_town(void **state) {
    (void)state;
    ModelBuilder *b = begin();
    kernel(b, "Town", levels("trial", "target", NULL), map2("trial", .5, "target", .5));
    kernel(b, "Old", bools(), cond_if(eq("Town", L("trial")), .5, .25));
    kernel(b, "Drug", bools(), N(.5));
    kernel(b, "Cured", bools(),
           op(TERM_ADD, N(.1), op(TERM_MUL, cond_if(V("Old"), .6, .2), V("Drug"))));
    Model *m = end(b);
    const char *towns[] = {"trial", "target"};
    const double effects[] = {.4, .3};
    for (int i = 0; i < 2; i++) {
        double with =
            number(m, ASK_P, V("Cured"), CONDS(set("Drug", N(1)), is(eq("Town", L(towns[i])))));
        double without =
            number(m, ASK_P, V("Cured"), CONDS(set("Drug", N(0)), is(eq("Town", L(towns[i])))));
        SAME(with - without, effects[i]);
    }
    finish(m);
}

static void test_survey(void **state) {
    (void)state;
    ModelBuilder *b = begin();
    kernel(b, "Age", levels("young", "old", NULL), map2("young", .5, "old", .5));
    kernel(b, "Income", bools(), cond_if(eq("Age", L("young")), .4, .8));
    kernel(b, "Told", bools(), cond_if(eq("Age", L("young")), .5, .9));
    Model *m = end(b);
    SAME(number(m, ASK_P, V("Income"), NO_CONDS), .6);
    near_(number(m, ASK_P, V("Income"), CONDS(is(V("Told")))), .657, 5e-4, __LINE__);
    // Jeffrey's rule by hand: .3 of the .8/... posteriors.
    Cond soft = {.kind = COND_SOFT, .term = own(V("Told")), .value = own(N(.3))};
    double told = .46 / .7, untold = (.4 * .5 * .5 + .8 * .5 * .1) / .3;
    SAME(number(m, ASK_P, V("Income"), CONDS(soft)), .3 * told + .7 * untold);
    // Two soft conditions: both margins are met, and the odds ratio stays (program-free check).
    Cond both[] = {{.kind = COND_SOFT, .term = own(V("Income")), .value = own(N(.7))},
                   {.kind = COND_SOFT, .term = own(V("Told")), .value = own(N(.6))}};
    SAME(number(m, ASK_P, V("Income"), both, 2), .7);
    SAME(number(m, ASK_P, V("Told"), both, 2), .6);
    double p11 = number(m, ASK_P, op(TERM_AND, V("Income"), V("Told")), both, 2);
    double q11 = .46, q10 = .6 - .46, q01 = .7 - .46, q00 = 1 - .6 - .7 + .46;
    SAME(p11 * (1 - .7 - .6 + p11) / ((.7 - p11) * (.6 - p11)), q11 * q00 / (q10 * q01));
    // Virtual evidence multiplies weights.
    Cond weight = {.kind = COND_FACTOR, .term = own(cond_if(V("Told"), 3, 1))};
    SAME(number(m, ASK_P, V("Told"), &weight, 1), 2.1 / 2.4);
    finish(m);
}

static void test_hidden(void **state) {
    (void)state;
    ModelBuilder *b = begin();
    for (int t = 1; t <= 6; t++) {
        char s[8], before[8], o[8];
        snprintf(s, sizeof s, "S[%d]", t);
        snprintf(before, sizeof before, "S[%d]", t - 1);
        snprintf(o, sizeof o, "O[%d]", t);
        kernel(b, s, bools(), t == 1 ? N(.5) : cond_if(V(before), .9, .1));
        kernel(b, o, bools(), cond_if(V(s), .8, .2));
    }
    Model *m = end(b);
    SAME(number(m, ASK_P, op(TERM_AND, V("O[1]"), V("O[2]")), NO_CONDS), .322);
    NEAR(number(m, ASK_P, V("S[2]"), CONDS(is(V("O[1]")), is(V("O[2]")))), .9193);
    finish(m);
}

static void test_groups(void **state) {
    (void)state;
    ModelBuilder *b = begin();
    Term *rate[] = {N(.2), N(.5), N(.8), N(.5)}, *flip[] = {N(.1), N(.5), N(.4), N(.5)};
    kernel(b, "Rate", numbers(.2, .8), term_many(TERM_MAP, rate, 4, 0));
    kernel(b, "Flip", numbers(.1, .4), term_many(TERM_MAP, flip, 4, 0));
    kernel(b, "X1", bools(), V("Rate"));
    kernel(b, "X2", bools(), V("Rate"));
    kernel(b, "Y1", bools(), term_if(V("X1"), op(TERM_SUB, N(1), V("Flip")), V("Flip"), 0));
    kernel(b, "Y2", bools(), term_if(V("X2"), op(TERM_SUB, N(1), V("Flip")), V("Flip"), 0));
    Model *m = end(b);
    assert_true(number2(m, ASK_I, V("X2"), V("Y1"), CONDS(is(V("X1")))) == 0);
    near_(number2(m, ASK_I, V("Y2"), V("X1"), CONDS(is(V("Y1")))), .01370, 5e-6, __LINE__);
    finish(m);
}

static void test_coins(void **state) {
    (void)state;
    ModelBuilder *b = begin();
    Term *law[] = {N(.2), N(.5), N(.8), N(.5)};
    kernel(b, "Theta", numbers(.2, .8), term_many(TERM_MAP, law, 4, 0));
    kernel(b, "Y1", bools(), V("Theta"));
    kernel(b, "Y2", bools(), V("Theta"));
    Model *m = end(b);
    SAME(number(m, ASK_VAR, V("Y1"), NO_CONDS), .25);
    SAME(number(m, ASK_SD, V("Y1"), NO_CONDS), .5);
    SAME(number2(m, ASK_COV, V("Y1"), V("Y2"), NO_CONDS), .09);
    NEAR(number2(m, ASK_I, V("Theta"), V("Y1"), NO_CONDS), .2781);
    SAME(number(m, ASK_H, V("Theta"), NO_CONDS), 1);
    SAME(number(m, ASK_P, V("Y2"), CONDS(is(eq("Y1", N(1))))), .68);
    // An inner question's answer, as a quantity of Theta.
    Term *theta = own(V("Theta"));
    Asked inner = put(m, ASK_E, (Term *[]){own(V("Y1"))}, 1, 1, CONDS(is(term_keep(theta))));
    assert_int_equal(inner.status, OK);
    Domain *domain = inner.answer.axes[0].domain;
    TermTable *table = term_table_new(&domain, 1, inner.answer.cells);
    Term *vars[] = {term_keep(theta)};
    SAME(number(m, ASK_VAR, term_lookup(table, vars, 1, 0), NO_CONDS), .09);
    done(&inner);
    finish(m);
}

static void test_luck(void **state) {
    (void)state;
    ModelBuilder *b = begin();
    kernel(b, "A", levels("risky", "safe", NULL), map2("risky", .5, "safe", .5));
    kernel(b, "Lucky", bools(), N(.1));
    mechanism(b, "R", MECH_STRUCTURAL,
              term_if(eq("A", L("safe")), N(5), cond_if(V("Lucky"), 10, 0), 0));
    Model *m = end(b);
    SAME(number(m, ASK_P, eq("A", L("risky")), CONDS(is(eq("R", N(10))))), 1);
    SAME(number(m, ASK_E, V("R"), CONDS(set("A", L("risky")))), 1);
    SAME(number(m, ASK_E, V("R"), CONDS(set("A", L("safe")))), 5);
    refused(m, ASK_E, V("A"), NO_CONDS, FAULT_ASK_QUANTITY, "A has named levels");
    refused(m, ASK_P, op(TERM_ADD, V("R"), N(1)), NO_CONDS, FAULT_ASK_EVENT, "not an event");
    Term *arg = own(V("A"));
    Asked a = put(m, ASK_ARGMAX, &arg, 1, 1, CONDS(is(eq("R", N(0)))));
    assert_int_equal(a.status, OK);
    assert_int_equal(a.answer.levels[0], 0);
    SAME(a.answer.log_value, 0);
    done(&a);
    a = put(m, ASK_MARGINALS, NULL, 0, 0, CONDS(is(eq("A", L("risky")))));
    assert_int_equal(a.status, OK);
    assert_int_equal(a.answer.naxes, 2);
    assert_int_equal(a.answer.ncells, 5);
    SAME(a.answer.cells[1], .1);
    done(&a);
    finish(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_simpson), cmocka_unit_test(test_tables),
        cmocka_unit_test(test_squad), cmocka_unit_test(test_monty),
        cmocka_unit_test(test_mediation), cmocka_unit_test(test_berkson),
        cmocka_unit_test(test_clinic), cmocka_unit_test(test_town),
        cmocka_unit_test(test_survey), cmocka_unit_test(test_hidden),
        cmocka_unit_test(test_groups), cmocka_unit_test(test_coins),
        cmocka_unit_test(test_luck),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
