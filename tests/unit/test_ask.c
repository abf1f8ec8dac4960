// Questions put to the textbook models, their refusals, and what happens without memory.
//
// Expected numbers come from the design's list of programs, where each was computed by
// enumeration or by hand, or are computed by hand here.
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/mem.h"
#include "runtime/infer/ask.h"
#include "runtime/model/dist.h"

#define MOST 16

// --- a notation for tests -------------------------------------------------------------------

static Interner *names;
static Term *pool[4096];
static size_t npool;
static Assign assigns[64];
static size_t nassigns;

static Sym sym(const char *name) {
    return intern_z(names, name);
}

static Term *own(Term *t) {
    assert_non_null(t);
    return pool[npool++] = t;
}

static Term *V(const char *name) {
    return term_var(sym(name), NULL, 0);
}

static Term *L(const char *name) {
    return term_level(sym(name), 0);
}

static Term *N(double x) {
    return term_number(x, 0);
}

static Term *op(TermOp o, Term *a, Term *b) {
    return term_binary(o, a, b, 0);
}

static Term *eq(const char *name, Term *value) {
    return op(TERM_EQ, V(name), value);
}

static Term *cond_if(Term *c, double yes, double no) {
    return term_if(c, N(yes), N(no), 0);
}

// A categorical distribution over two or three named levels.
static Term *map2(const char *a, double p, const char *b, double q) {
    Term *kids[] = {L(a), N(p), L(b), N(q)};
    return term_many(TERM_MAP, kids, 4, 0);
}

// Y in the world where one variable is set.
static Term *W(const char *name, const char *target, Term *value) {
    Assign a = {.kind = ASSIGN_VALUE, .target = sym(target), .value = value};
    return term_var(sym(name), world_new(&a, 1), 0);
}

static Cond is(Term *event) {
    return (Cond){.kind = COND_EVENT, .term = own(event)};
}

static Cond act(AssignKind kind, const char *target, Term *value) {
    Assign *a = &assigns[nassigns++];
    *a = (Assign){.kind = kind, .target = sym(target), .value = value ? own(value) : NULL};
    return (Cond){.kind = COND_DO, .items = a, .n = 1};
}

static Cond set(const char *target, Term *value) {
    return act(ASSIGN_VALUE, target, value);
}

typedef struct Asked {
    Status status;
    Answer answer;
    Faults faults;
    Derivation d;
} Asked;

static Asked put(const Model *m, AskHead head, Term *const *args, uint32_t nargs,
                 uint32_t nfirst, const Cond *conds, uint32_t nconds) {
    Question q = {.head = head,
                  .args = args,
                  .nargs = nargs,
                  .nfirst = nfirst,
                  .conds = conds,
                  .nconds = nconds};
    Asked a = {0};
    a.status = ask(m, &q, NULL, NULL, &a.d, &a.answer, &a.faults);
    Faults checked = {0};
    Status check = ask_check(m, &q, &checked);
    // What the check refuses, asking refuses too; and it lets through all that can be answered.
    if (a.status == OK && check != OK) fail_msg("check: %s", checked.items[0].message);
    fault_free(&checked);
    return a;
}

static void done(Asked *a) {
    answer_free(&a->answer);
    fault_free(&a->faults);
    derivation_free(&a->d);
}

#define CONDS(...)                                                                             \
    ((const Cond[]){__VA_ARGS__}), (sizeof((const Cond[]){__VA_ARGS__}) / sizeof(Cond))
#define NO_CONDS NULL, 0

static double number(const Model *m, AskHead head, Term *arg, const Cond *conds,
                     size_t nconds) {
    own(arg);
    Asked a = put(m, head, &arg, 1, 1, conds, (uint32_t)nconds);
    if (a.status != OK)
        fail_msg("%s", a.faults.count ? a.faults.items[0].message : "no memory");
    assert_int_equal(a.answer.kind, ANSWER_NUMBER);
    double value = a.answer.value;
    done(&a);
    return value;
}

static double number2(const Model *m, AskHead head, Term *x, Term *y, const Cond *conds,
                      size_t nconds) {
    Term *args[] = {own(x), own(y)};
    Asked a = put(m, head, args, 2, 1, conds, (uint32_t)nconds);
    if (a.status != OK)
        fail_msg("%s", a.faults.count ? a.faults.items[0].message : "no memory");
    double value = a.answer.kind == ANSWER_UNDEFINED ? NAN : a.answer.value;
    done(&a);
    return value;
}

static void near_(double got, double want, double tolerance, int line) {
    if (!(fabs(got - want) <= tolerance))
        fail_msg("line %d: got %.15g, want %.15g", line, got, want);
}
#define NEAR(got, want) near_((got), (want), 5e-5, __LINE__)
#define SAME(got, want) near_((got), (want), 1e-12, __LINE__)

// FAULT_NONE stands for any fault: it is another module's.
static void refused(const Model *m, AskHead head, Term *arg, const Cond *conds, size_t nconds,
                    FaultCode code, const char *message) {
    own(arg);
    Asked a = put(m, head, &arg, 1, 1, conds, (uint32_t)nconds);
    assert_int_equal(a.status, FAULT);
    if (code != FAULT_NONE) assert_int_equal(a.faults.items[0].code, code);
    if (message && !strstr(a.faults.items[0].message, message))
        fail_msg("message: %s", a.faults.items[0].message);
    done(&a);
}

static void setup(void) {
    names = intern_new();
    npool = nassigns = 0;
}

static void finish(Model *m) {
    model_drop(m);
    for (size_t i = 0; i < npool; i++) term_drop(pool[i]);
    npool = nassigns = 0;
    intern_free(names);
    names = NULL;
}

// --- building models ------------------------------------------------------------------------

static ModelBuilder *begin(void) {
    setup();
    return model_builder(names, NULL);
}

static void declare(ModelBuilder *b, const char *name, Domain *domain) {
    Faults faults = {0};
    VarSpec spec = {.name = sym(name), .domain = domain};
    if (model_declare(b, &spec, &faults) != OK) fail_msg("%s", faults.items[0].message);
    domain_drop(domain);
}

static void mechanism(ModelBuilder *b, const char *name, MechKind kind, Term *term) {
    Faults faults = {0};
    own(term);
    if (model_mechanism(b, sym(name), kind, term, false, 0, &faults) != OK)
        fail_msg("%s", faults.items[0].message);
}

static void kernel(ModelBuilder *b, const char *name, Domain *domain, Term *term) {
    declare(b, name, domain);
    mechanism(b, name, MECH_KERNEL, term);
}

static void edge(ModelBuilder *b, const char *from, const char *to, bool both) {
    Faults faults = {0};
    assert_int_equal(model_edge(b, sym(from), sym(to), both, 0, &faults), OK);
}

static Domain *bools(void) {
    return domain_new(DOMAIN_BOOL);
}

static Domain *levels(const char *a, const char *b, const char *c) {
    Level list[] = {{sym(a), 0, false}, {sym(b), 0, false}, {c ? sym(c) : NULL, 0, false}};
    return domain_levels(DOMAIN_LEVELS, list, c ? 3 : 2);
}

static Domain *numbers(double a, double b) {
    char first[32], second[32];
    snprintf(first, sizeof first, "%g", a);
    snprintf(second, sizeof second, "%g", b);
    Level list[] = {{sym(first), a, true}, {sym(second), b, true}};
    return domain_levels(DOMAIN_LEVELS, list, 2);
}

static Model *end(ModelBuilder *b) {
    Faults faults = {0};
    Model *m = NULL;
    uint32_t normalised = 0;
    if (model_finish(b, NULL, &m, &normalised, &faults) != OK)
        fail_msg("%s", faults.items[0].message);
    model_builder_free(b);
    return m;
}

static Model *kidney(void) {
    ModelBuilder *b = begin();
    kernel(b, "Size", levels("small", "large", NULL), map2("small", .51, "large", .49));
    kernel(
        b, "Treatment", levels("A", "B", NULL),
        term_if(eq("Size", L("small")), map2("A", .24, "B", .76), map2("A", .77, "B", .23), 0));
    kernel(b, "Recovered", bools(),
           term_if(eq("Treatment", L("A")), cond_if(eq("Size", L("small")), .93, .73),
                   cond_if(eq("Size", L("small")), .87, .69), 0));
    return end(b);
}

// --- the programs ---------------------------------------------------------------------------

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

static Model *clinic(void) {
    ModelBuilder *b = begin();
    kernel(b, "Frail", bools(), N(.5));
    kernel(b, "A0", bools(), N(.5));
    kernel(b, "L", bools(),
           op(TERM_ADD, op(TERM_ADD, N(.2), op(TERM_MUL, N(.3), V("A0"))),
              op(TERM_MUL, N(.4), V("Frail"))));
    kernel(b, "A1", bools(), cond_if(V("L"), .8, .2));
    Term *y = op(TERM_ADD, N(.1), op(TERM_MUL, N(.1), V("A0")));
    y = op(TERM_ADD, y, op(TERM_MUL, N(.2), V("A1")));
    kernel(b, "Y", bools(), op(TERM_ADD, y, op(TERM_MUL, N(.5), V("Frail"))));
    return end(b);
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

// --- more -----------------------------------------------------------------------------------

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
        cmocka_unit_test(test_simpson),    cmocka_unit_test(test_tables),
        cmocka_unit_test(test_squad),      cmocka_unit_test(test_monty),
        cmocka_unit_test(test_mediation),  cmocka_unit_test(test_berkson),
        cmocka_unit_test(test_clinic),     cmocka_unit_test(test_town),
        cmocka_unit_test(test_survey),     cmocka_unit_test(test_hidden),
        cmocka_unit_test(test_groups),     cmocka_unit_test(test_coins),
        cmocka_unit_test(test_luck),       cmocka_unit_test(test_open),
        cmocka_unit_test(test_continuous), cmocka_unit_test(test_factors),
        cmocka_unit_test(test_long),       cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_sums),       cmocka_unit_test(test_shift),
        cmocka_unit_test(test_cancel),     cmocka_unit_test(test_explain),
        cmocka_unit_test(test_memory),     cmocka_unit_test(test_untabled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
