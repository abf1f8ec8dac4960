// What questions may ask: open quantities, factors, sums of many variables; what is refused, what is
// explained, and what happens when they are cancelled or have no memory.
#include "tests/unit/ask_make.h"

static void test_open(void **state) {
    (void)state;
    ModelBuilder *b = begin();
    declare(b, "Arm", levels("a", "b", NULL));
    kernel(b, "Win", bools(), cond_if(eq("Arm", L("a")), .3, .5));
    kernel(b, "Sun", bools(), N(.5));
    Model *m = end(b);
    refused(m, ASK_P, V("Win"), NO_CONDS, FAULT_ASK_OPEN, "Arm has no mechanism");
    SAME(number(m, ASK_P, V("Win"), CONDS(set("Arm", L("a")))), .3);
    SAME(number(m, ASK_P, V("Win"), CONDS(is(eq("Arm", L("b"))))), .5);
    SAME(number(m, ASK_P, V("Sun"), NO_CONDS), .5);
    SAME(number(m, ASK_E, op(TERM_SUB, W("Win", "Arm", L("b")), W("Win", "Arm", L("a"))),
                NO_CONDS),
         .2);
    finish(m);
    b = begin();
    edge(b, "X", "Y", false);
    m = end(b);
    refused(m, ASK_P, V("Y"), NO_CONDS, FAULT_ASK_GRAPH, "this model is a graph alone");
    finish(m);
    b = begin();
    kernel(b, "T", bools(), N(.5));
    declare(b, "Y", bools());
    edge(b, "T", "Y", false);
    edge(b, "T", "Y", true);
    m = end(b);
    refused(m, ASK_P, V("Y"), CONDS(set("T", N(1))), FAULT_ASK_OPEN, "Y has no mechanism");
    SAME(number(m, ASK_P, V("T"), NO_CONDS), .5);
    finish(m);
}

static void test_continuous(void **state) {
    (void)state;
    ModelBuilder *b = begin();
    declare(b, "X", domain_new(DOMAIN_REAL));
    kernel(b, "Z", bools(), N(.5));
    Model *m = end(b);
    refused(m, ASK_E, V("X"), NO_CONDS, FAULT_ASK_OPEN, "X has no mechanism");
    refused(m, ASK_H, V("X"), NO_CONDS, FAULT_ASK_REAL_HEAD, "entropy");
    refused(m, ASK_P, V("Z"), CONDS(is(V("X"))), FAULT_ASK_CONTINUOUS, NULL);
    SAME(number(m, ASK_P, V("Z"), NO_CONDS), .5);
    finish(m);
}

static void test_factors(void **state) {
    (void)state;
    ModelBuilder *b = begin();
    declare(b, "A", bools());
    declare(b, "B", bools());
    Faults faults = {0};
    Term *weight = own(term_if(op(TERM_AND, V("A"), V("B")), N(9), N(1), 0));
    assert_int_equal(model_factor(b, weight, 0, &faults), OK);
    Model *m = end(b);
    SAME(number(m, ASK_P, V("A"), NO_CONDS), 10 / 12.);
    SAME(number(m, ASK_P, V("A"), CONDS(is(V("B")))), .9);
    refused(m, ASK_P, V("A"), CONDS(set("B", N(1))), FAULT_ASK_FACTOR_DO, "factors");
    finish(m);
}

// A shift of the natural value, and of one edge alone.
static void test_shift(void **state) {
    (void)state;
    ModelBuilder *b = begin();
    Term *law[] = {N(0), N(.5), N(1), N(.3), N(2), N(.2), N(3), N(0)};
    kernel(b, "X", domain_range(0, 3), term_many(TERM_MAP, law, 8, 0));
    kernel(b, "M", bools(), cond_if(op(TERM_GE, V("X"), N(2)), .9, .1));
    kernel(b, "Y", bools(), cond_if(V("M"), .8, .4));
    Model *m = end(b);
    Term *more = op(TERM_ADD, V("X"), N(1));
    SAME(number(m, ASK_E, V("X"), CONDS(set("X", term_keep(own(more))))), 1.7);
    SAME(number(m, ASK_P, V("M"), CONDS(set("X", term_keep(more)))), .5 * .1 + .5 * .9);
    Cond edge_only = set("M", N(2));
    edge_only.items->source = sym("X");
    SAME(number(m, ASK_P, V("M"), CONDS(edge_only)), .9);
    SAME(number(m, ASK_P, eq("X", N(0)), CONDS(edge_only)), .5);
    Asked a = put(m, ASK_MARGINALS, NULL, 0, 0, CONDS(set("X", term_keep(more))));
    assert_int_equal(a.status, OK);
    assert_int_equal(a.answer.naxes, 2);
    SAME(a.answer.cells[1], .5);
    done(&a);
    finish(m);
}

static void test_cancel(void **state) {
    (void)state;
    Model *m = clinic();
    volatile sig_atomic_t stop = 1;
    Ctl ctl = {.cancel = &stop};
    Term *y = own(V("Y"));
    Question q = {.head = ASK_P, .args = &y, .nargs = 1};
    Answer answer;
    Faults faults = {0};
    assert_int_equal(ask(m, &q, NULL, &ctl, NULL, &answer, &faults), CANCELLED);
    assert_int_equal(faults.count, 0);
    finish(m);
}

// A chain of 1200 coins: means of sums need no joint, and improbable evidence keeps its weight.
static void test_long(void **state) {
    (void)state;
    enum { LONG = 1200 };
    ModelBuilder *b = begin();
    Term *sum = NULL, *all = NULL, *any = NULL;
    for (int i = 0; i < LONG; i++) {
        char name[16];
        snprintf(name, sizeof name, "X%d", i);
        declare(b, name, bools());
        Term *half = N(.25);
        Faults faults = {0};
        assert_int_equal(model_mechanism(b, sym(name), MECH_KERNEL, half, false, 0, &faults),
                         OK);
        term_drop(half);
        sum = sum ? op(TERM_ADD, sum, V(name)) : V(name);
        all = all ? op(TERM_AND, all, V(name)) : V(name);
        if (i < 100) any = any ? op(TERM_OR, any, V(name)) : V(name);
    }
    Model *m = end(b);
    near_(number(m, ASK_E, term_keep(own(sum)), NO_CONDS), LONG / 4., 1e-9, __LINE__);
    near_(number(m, ASK_VAR, term_keep(sum), NO_CONDS), LONG * 3 / 16., 1e-9, __LINE__);
    near_(number(m, ASK_LOGP, term_keep(own(all)), NO_CONDS), LONG * log(.25), 1e-9, __LINE__);
    SAME(number(m, ASK_P, V("X0"), CONDS(is(term_keep(all)))), 1);
    SAME(number(m, ASK_P, any, NO_CONDS), 1 - pow(.75, 100));
    refused(m, ASK_P, V("X1"), CONDS(is(term_keep(all)), is(eq("X7", N(0)))),
            FAULT_ASK_IMPOSSIBLE, "X7 cannot happen together with X7 = 0");
    refused(m, ASK_H, term_keep(sum), NO_CONDS, FAULT_ASK_TOO_LARGE, NULL);
    finish(m);
}

static double choose(int n, int k) {
    return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1));
}

static double binomial(int n, int k, double p) {
    return choose(n, k) * pow(p, k) * pow(1 - p, n - k);
}

enum { COINS = 40 };

static Model *coins_in_a_row(void) {
    ModelBuilder *b = begin();
    for (int i = 0; i < COINS; i++) {
        char name[16];
        snprintf(name, sizeof name, "X%d", i);
        kernel(b, name, bools(), N(.1));
    }
    return end(b);
}

// coef * X0 + X1 + ... + X39.
static Term *sum_of_coins(double coef) {
    Term *sum = op(TERM_MUL, N(coef), V("X0"));
    for (int i = 1; i < COINS; i++) {
        char name[16];
        snprintf(name, sizeof name, "X%d", i);
        sum = op(TERM_ADD, sum, V(name));
    }
    return sum;
}

// Sums over more joint values than any table could hold.
static void test_sums(void **state) {
    (void)state;
    Model *m = coins_in_a_row();
    Term *sum = own(sum_of_coins(1)), *signed_sum = own(sum_of_coins(-2));
    double few = 0, bits = 0, gap = 0;
    for (int k = 0; k <= COINS; k++) {
        double p = binomial(COINS, k, .1);
        few += k < 3 ? p : 0;
        bits -= p * log2(p);
        gap += p * fabs(k - 3.0);
    }
    SAME(number(m, ASK_P, op(TERM_LT, term_keep(sum), N(3)), NO_CONDS), few);
    SAME(number(m, ASK_P, op(TERM_EQ, term_keep(sum), N(2.5)), NO_CONDS), 0);
    near_(number(m, ASK_H, term_keep(sum), NO_CONDS), bits, 1e-11, __LINE__);
    SAME(number(m, ASK_E, V("X7"), CONDS(is(op(TERM_EQ, term_keep(sum), N(4))))), .1);
    Term *off = op(TERM_SUB, term_keep(sum), N(3));
    off = term_if(op(TERM_GE, term_keep(off), N(0)), term_keep(own(off)),
                  term_unary(TERM_NEG, term_keep(off), 0), 0);
    SAME(number(m, ASK_E, off, NO_CONDS), gap);
    SAME(number2(m, ASK_QUANTILE, term_keep(sum), N(few - 1e-6), NO_CONDS), 2);
    SAME(number2(m, ASK_QUANTILE, term_keep(sum), N(few + 1e-6), NO_CONDS), 3);
    // -2 X0 + the others < 0 needs X0 and at most one other.
    SAME(number(m, ASK_P, op(TERM_LT, term_keep(signed_sum), N(0)), NO_CONDS),
         .1 * (binomial(COINS - 1, 0, .1) + binomial(COINS - 1, 1, .1)));
    SAME(number(m, ASK_P, op(TERM_LT, term_keep(signed_sum), N(0)), CONDS(set("X0", N(0)))), 0);
    refused(m, ASK_P, V("X1"), CONDS(is(op(TERM_GT, term_keep(sum), N(40)))),
            FAULT_ASK_IMPOSSIBLE, "cannot happen");
    finish(m);
}

// The owner counts how often it may still be asked.
static bool late_after(void *owner) {
    int *left = owner;
    return --*left < 0;
}

// A variable without a table is refused before its values are gone through: that looks at the
// clock again and again.
static void test_untabled(void **state) {
    (void)state;
    ModelBuilder *b = begin();
    kernel(b, "X", domain_range(0, 30000000),
           term_dist(dist_find("binomial"), (Term *[]){N(30000000), N(.5)}, 2, 0));
    Model *m = end(b);
    Term *events[] = {own(eq("X", N(5))), own(op(TERM_GT, V("X"), N(5)))};
    for (int i = 0; i < 2; i++) {
        Answer answer;
        Faults faults = {0};
        int left = 5;
        Ctl late = {.late = late_after, .owner = &left};
        Question q = {.head = ASK_P, .args = events + i, .nargs = 1};
        assert_int_equal(ask(m, &q, NULL, &late, NULL, &answer, &faults), FAULT);
        assert_int_equal(faults.items[0].code, FAULT_ASK_TOO_LARGE);
        fault_free(&faults);
    }
    finish(m);
}

static void test_refusals(void **state) {
    (void)state;
    Model *m = clinic();
    Term *twice[] = {own(term_unary(TERM_FREE, V("Y"), 0))};
    Asked a = put(m, ASK_P, twice, 1, 1, CONDS(is(term_unary(TERM_FREE, V("Y"), 0))));
    assert_int_equal(a.status, FAULT);
    assert_int_equal(a.faults.items[0].code, FAULT_ASK_FREE);
    done(&a);
    Sym inputs[] = {sym("Frail"), sym("A0"), sym("L"), sym("A1"), sym("Q")};
    Assign policy = {.kind = ASSIGN_POLICY, .target = sym("Y"), .inputs = inputs, .ninputs = 5};
    refused(m, ASK_P, V("A0"), CONDS({.kind = COND_DO, .items = &policy, .n = 1}), FAULT_NONE,
            NULL);
    policy.inputs = (Sym[]){sym("Frail"), sym("A0"), sym("L"), sym("A1"), sym("A0")};
    refused(m, ASK_P, V("A0"), CONDS({.kind = COND_DO, .items = &policy, .n = 1}),
            FAULT_ASK_POLICIES, "4.29497e+09");
    Cond soft = {.kind = COND_SOFT, .term = own(V("L")), .value = own(N(.5))};
    refused(m, ASK_P, V("Y"), CONDS(is(eq("L", N(0))), soft), FAULT_ASK_SOFT, "L = true");
    refused(m, ASK_P, V("Y"), CONDS(is(eq("L", N(0))), is(V("A0")), is(V("L"))),
            FAULT_ASK_IMPOSSIBLE, "L = 0 cannot happen together with L");
    Term *two[] = {own(V("Y")), own(V("L"))};
    a = put(m, ASK_E, two, 2, 2, NO_CONDS);
    assert_int_equal(a.faults.items[0].code, FAULT_ASK_ARGUMENTS);
    done(&a);
    Cond weight = {.kind = COND_FACTOR, .term = own(op(TERM_SUB, V("L"), N(1)))};
    refused(m, ASK_P, V("Y"), CONDS(weight), FAULT_ASK_WEIGHT, NULL);
    finish(m);
}

static void test_explain(void **state) {
    (void)state;
    Model *m = kidney();
    Term *arg = own(V("Recovered"));
    Asked a = put(m, ASK_P, &arg, 1, 1, CONDS(set("Treatment", L("A"))));
    assert_int_equal(a.status, OK);
    bool surgery = false;
    for (size_t i = 0; i < a.d.count; i++)
        if (!strcmp(a.d.items[i].rule, "surgery")) {
            surgery = true;
            assert_string_equal(a.d.items[i].text, "do(Treatment = A) cuts Size -> Treatment");
        }
    assert_true(surgery);
    assert_string_equal(a.d.items[0].rule, "rung");
    done(&a);
    finish(m);
}

// Fails every allocation in turn, those far into a long computation one in seven.
static void sweep(const Model *m, const Question *q, Status expected) {
    Status st = NOMEM;
    for (long n = 0; st == NOMEM; n += n < 1000 ? 1 : 7) {
        Answer answer;
        Faults faults = {0};
        Derivation d = {0};
        mem_fail_after(n, 0);
        st = ask(m, q, NULL, NULL, &d, &answer, &faults);
        mem_fail_after(-1, 0);
        answer_free(&answer);
        fault_free(&faults);
        derivation_free(&d);
    }
    assert_int_equal(st, expected);
}

// Every allocation of one question of each head fails in turn.
static void test_memory(void **state) {
    (void)state;
    Model *m = clinic();
    Term *events[] = {own(op(TERM_OR, V("Y"), V("L"))), own(term_unary(TERM_FREE, V("A0"), 0))};
    Term *sums[] = {own(op(TERM_ADD, V("Y"), op(TERM_MUL, N(2), V("L")))), own(V("A1"))};
    Term *level[] = {sums[0], own(N(.5))};
    Term *world[] = {own(op(TERM_SUB, W("Y", "A0", N(1)), W("Y", "A0", N(0))))};
    Assign other[] = {
        {.kind = ASSIGN_VALUE, .target = sym("A0"), .value = N(1)},
        {.kind = ASSIGN_VALUE, .target = sym("L"), .value = W("L", "A0", N(0))}};
    Term *nested[] = {own(term_var(sym("Y"), world_new(other, 2), 0))};
    Cond seen[] = {is(V("A0"))};
    Sym input[] = {sym("L")};
    Assign policy = {.kind = ASSIGN_POLICY, .target = sym("A1"), .inputs = input, .ninputs = 1};
    Cond observed[] = {is(op(TERM_OR, V("L"), V("A1")))};
    Cond full[] = {{.kind = COND_DO, .items = &policy, .n = 1},
                   {.kind = COND_SOFT, .term = own(V("L")), .value = own(N(.4))},
                   is(term_unary(TERM_FREE, V("Frail"), 0))};
    Cond impossible[] = {is(eq("L", N(0))), is(V("A0")), is(V("L"))};
    const struct {
        Question q;
        Status status;
    } list[] = {
        {{.head = ASK_P, .args = events, .nargs = 2, .conds = full, .nconds = 3}, OK},
        {{.head = ASK_P, .args = events, .nargs = 1, .conds = impossible, .nconds = 3}, FAULT},
        {{.head = ASK_LOGP, .args = events, .nargs = 1, .conds = observed, .nconds = 1}, OK},
        {{.head = ASK_E, .args = sums, .nargs = 1, .conds = full, .nconds = 3}, OK},
        {{.head = ASK_E, .args = world, .nargs = 1}, OK},
        {{.head = ASK_E, .args = world, .nargs = 1, .conds = seen, .nconds = 1}, OK},
        {{.head = ASK_P, .args = nested, .nargs = 1, .conds = seen, .nconds = 1}, OK},
        {{.head = ASK_VAR, .args = sums, .nargs = 1, .conds = observed, .nconds = 1}, OK},
        {{.head = ASK_SD, .args = sums, .nargs = 1}, OK},
        {{.head = ASK_COV, .args = sums, .nargs = 2, .conds = observed, .nconds = 1}, OK},
        {{.head = ASK_COR, .args = sums, .nargs = 2}, OK},
        {{.head = ASK_QUANTILE, .args = level, .nargs = 2}, OK},
        {{.head = ASK_H, .args = sums, .nargs = 2}, OK},
        {{.head = ASK_I, .args = sums, .nargs = 2, .nfirst = 1}, OK},
        {{.head = ASK_ARGMAX, .args = sums + 1, .nargs = 1, .conds = observed, .nconds = 1},
         OK},
        {{.head = ASK_MARGINALS, .conds = observed, .nconds = 1}, OK},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        sweep(m, &list[i].q, list[i].status);
    finish(m);
    m = coins_in_a_row();
    Term *few[] = {own(op(TERM_LT, sum_of_coins(1), N(3)))};
    sweep(m, &(Question){.head = ASK_P, .args = few, .nargs = 1}, OK);
    finish(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open), cmocka_unit_test(test_continuous),
        cmocka_unit_test(test_factors), cmocka_unit_test(test_shift),
        cmocka_unit_test(test_cancel), cmocka_unit_test(test_long),
        cmocka_unit_test(test_sums), cmocka_unit_test(test_untabled),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_explain),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
