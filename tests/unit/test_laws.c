// The laws of counterfactuals, on random models: composition, effectiveness, reversibility
// (Galles & Pearl 1998), consistency; surgery; linearity; what is a theorem of mediation and what
// is not.
#include "tests/unit/graph_text.h"
#include "tests/unit/model_make.h"

#include "runtime/infer/ask.h"

#define NVARS 4

static const char *const names[NVARS] = {"A", "B", "C", "D"};
static const char *const noises[NVARS] = {"UA", "UB", "UC", "UD"};

// --- models ---------------------------------------------------------------------------------

static double draw_number(Rng *rng) {
    return (double)(1 + rng_below(rng, 9)) / 10;
}

// A random function of the variables before, and of the noise, as nested IFs.
static Term *random_function(Rng *rng, uint32_t i, uint32_t at) {
    if (at == i + 1) return B(rng_below(rng, 2));
    const char *name = at == i ? noises[i] : names[at];
    if (at < i && rng_below(rng, 3) == 0) return random_function(rng, i, at + 1);
    return iff(V(name), random_function(rng, i, at + 1), random_function(rng, i, at + 1));
}

// The noise of C is that of B, too, in half of the models: a hidden common cause.
static Model *finite_model(Rng *rng) {
    for (uint32_t i = 0; i < NVARS; i++) {
        assert_int_equal(declare_as(ROLE_VAR_NOISE, noises[i], "bool"), OK);
        assert_int_equal(give(noises[i], '~', bernoulli(N(draw_number(rng)))), OK);
    }
    bool shared = rng_below(rng, 2);
    for (uint32_t i = 0; i < NVARS; i++) {
        Term *f = random_function(rng, i, 0);
        if (i == 2 && shared) f = iff(V("UB"), f, random_function(rng, i, 0));
        var(names[i], "bool", '=', f);
    }
    return finish();
}

static Term *normal_noise(void) {
    Term *kids[] = {N(0), N(1)};
    return term_dist(dist_find("normal"), kids, 2, 0);
}

static Model *gaussian_model(Rng *rng) {
    for (uint32_t i = 0; i < NVARS; i++) {
        Term *f = op(TERM_MUL, N(draw_number(rng)), normal_noise());
        for (uint32_t p = 0; p < i; p++)
            f = op(TERM_ADD, f, op(TERM_MUL, N(2 * draw_number(rng) - 1), V(names[p])));
        var(names[i], "real", '=', f);
    }
    return finish();
}

// --- questions ------------------------------------------------------------------------------

static Assign set(uint32_t var, Term *value) {
    return (Assign){.kind = ASSIGN_VALUE, .target = sym(names[var]), .value = value};
}

// Y[X = x], and Y[X = x, W = w]; the values are taken.
static Term *in1(uint32_t y, uint32_t x, Term *vx) {
    return term_var(sym(names[y]), world_new((Assign[]){set(x, vx)}, 1), 0);
}

static Term *in2(uint32_t y, uint32_t x, Term *vx, uint32_t w, Term *vw) {
    return term_var(sym(names[y]), world_new((Assign[]){set(x, vx), set(w, vw)}, 2), 0);
}

static double ask_one(const Model *m, AskHead head, Term *taken, uint64_t seed, int line) {
    Faults faults = {0};
    Answer a;
    Question q = {.head = head, .args = &taken, .nargs = 1};
    if (ask(m, &q, NULL, NULL, NULL, &a, &faults) != OK)
        fail_msg("seed %lu, line %d: %s", (unsigned long)seed, line, faults.items[0].message);
    double value = a.value;
    answer_free(&a);
    term_drop(taken);
    return value;
}
#define P(term) ask_one(m, ASK_P, (term), seed, __LINE__)
#define E(term) ask_one(m, ASK_E, (term), seed, __LINE__)

#define SAME(got, want, tolerance)                                                             \
    do {                                                                                       \
        double g_ = (got), w_ = (want);                                                        \
        if (!(fabs(g_ - w_) <= (tolerance)))                                                   \
            fail_msg("seed %lu, line %d: %.15g, not %.15g", (unsigned long)seed, __LINE__, g_,  \
                     w_);                                                                      \
    } while (0)

static Term *equal(Term *a, Term *b) {
    return op(TERM_EQ, a, b);
}

static Term *and2(Term *a, Term *b) {
    return op(TERM_AND, a, b);
}

// --- finite models --------------------------------------------------------------------------

// Three different variables and values for them.
typedef struct Pick {
    uint32_t x, w, y;
    bool vx, vw, vy;
} Pick;

static Pick draw_pick(Rng *rng) {
    Pick p = {.x = (uint32_t)rng_below(rng, NVARS), .vx = rng_below(rng, 2),
              .vw = rng_below(rng, 2), .vy = rng_below(rng, 2)};
    do p.w = (uint32_t)rng_below(rng, NVARS);
    while (p.w == p.x);
    do p.y = (uint32_t)rng_below(rng, NVARS);
    while (p.y == p.x || p.y == p.w);
    return p;
}

static void check_axioms(const Model *m, Pick p, uint64_t seed) {
    // Effectiveness: what is set has the value it is set to.
    SAME(P(equal(in2(p.w, p.x, B(p.vx), p.w, B(p.vw)), B(p.vw))), 1, 1e-12);
    // Composition: setting W to the value that it has anyway changes nothing.
    SAME(P(and2(equal(in1(p.w, p.x, B(p.vx)), B(p.vw)),
                op(TERM_NE, in2(p.y, p.x, B(p.vx), p.w, B(p.vw)), in1(p.y, p.x, B(p.vx))))),
         0, 1e-12);
    // Reversibility: Y and W that bring each other about are what X alone brings about.
    SAME(P(and2(and2(equal(in2(p.y, p.x, B(p.vx), p.w, B(p.vw)), B(p.vy)),
                     equal(in2(p.w, p.x, B(p.vx), p.y, B(p.vy)), B(p.vw))),
                op(TERM_NE, in1(p.y, p.x, B(p.vx)), B(p.vy)))),
         0, 1e-12);
    // Consistency: where X was x, Y[X = x] is Y.
    SAME(P(and2(equal(V(names[p.x]), B(p.vx)),
                op(TERM_NE, in1(p.y, p.x, B(p.vx)), V(names[p.y])))),
         0, 1e-12);
}

static void check_linear(const Model *m, Pick p, uint64_t seed) {
    Term *sum = op(TERM_SUB, op(TERM_MUL, N(3), in1(p.y, p.x, B(true))),
                   op(TERM_ADD, in1(p.w, p.x, B(false)), V(names[p.y])));
    SAME(E(sum), 3 * E(in1(p.y, p.x, B(true))) - E(in1(p.w, p.x, B(false))) - E(V(names[p.y])),
         1e-12);
    // The same as one expectation over all worlds at once.
    Term *square = op(TERM_SUB, in1(p.y, p.x, B(true)), in1(p.w, p.x, B(false)));
    SAME(E(op(TERM_MUL, square, op(TERM_SUB, in1(p.y, p.x, B(true)), in1(p.w, p.x, B(false))))),
         P(op(TERM_NE, in1(p.y, p.x, B(true)), in1(p.w, p.x, B(false)))), 1e-12);
}

static void test_finite(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(60); seed++) {
        Rng rng;
        rng_seed(&rng, seed, 401);
        make_start();
        Model *m = finite_model(&rng);
        for (int k = 0; k < 4; k++) {
            Pick p = draw_pick(&rng);
            check_axioms(m, p, seed);
            check_linear(m, p, seed);
        }
        model_drop(m);
        make_end();
    }
}

// --- surgery --------------------------------------------------------------------------------

static Model *operate(const Model *m, const Assign *items, uint32_t n) {
    Faults faults = {0};
    Model *out;
    if (model_do(m, items, n, &out, &faults) != OK) fail_msg("%s", faults.items[0].message);
    return out;
}

// do(X = x) twice is once; do(X) and do(W) in either order are do of both.
static void check_surgery(const Model *m, uint32_t x, uint32_t w, Term *vx, Term *vw) {
    Assign sx = set(x, vx), sw = set(w, vw);
    Model *one = operate(m, &sx, 1), *two = operate(one, &sx, 1);
    Model *xw = operate(one, &sw, 1), *w1 = operate(m, &sw, 1), *wx = operate(w1, &sx, 1);
    Model *both = operate(m, (Assign[]){sx, sw}, 2);
    assert_true(model_equal(one, two));
    assert_true(model_equal(xw, wx));
    assert_true(model_equal(xw, both));
    Model *all[] = {one, two, xw, w1, wx, both};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) model_drop(all[i]);
    term_drop(vx);
    term_drop(vw);
}

static void test_surgery(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(60); seed++) {
        Rng rng;
        rng_seed(&rng, seed, 402);
        make_start();
        Model *m = seed % 2 ? finite_model(&rng) : gaussian_model(&rng);
        Pick p = draw_pick(&rng);
        if (seed % 2) check_surgery(m, p.x, p.w, B(p.vx), B(p.vw));
        else check_surgery(m, p.x, p.w, N(1.5), N(-2));
        model_drop(m);
        make_end();
    }
}

// --- the real numbers -----------------------------------------------------------------------

static Term *square_of(Term *a, Term *b) {
    return op(TERM_POW, op(TERM_SUB, a, b), N(2));
}

static void check_gaussian(const Model *m, Pick p, uint64_t seed) {
    double x = p.vx ? 1.5 : -.5, w = p.vw ? 2 : -1;
    SAME(E(square_of(in2(p.w, p.x, N(x), p.w, N(w)), N(w))), 0, 1e-10);
    // Composition, W set to the value that it has in the world of X.
    Term *nested = in2(p.y, p.x, N(x), p.w, in1(p.w, p.x, N(x)));
    SAME(E(square_of(nested, in1(p.y, p.x, N(x)))), 0, 1e-10);
    // Consistency, X set to the value that it has.
    SAME(E(square_of(in1(p.y, p.x, V(names[p.x])), V(names[p.y]))), 0, 1e-10);
    double sum = 2 * E(in1(p.y, p.x, N(x))) - E(V(names[p.w]));
    SAME(E(op(TERM_SUB, op(TERM_MUL, N(2), in1(p.y, p.x, N(x))), V(names[p.w]))), sum, 1e-10);
}

// Linear models: the total effect is the direct effect and the indirect one (Pearl 2001, section
// 4); A is the treatment, B the mediator, D the outcome.
static void check_mediation(const Model *m, uint64_t seed, bool linear) {
    double te = E(in1(3, 0, N(1))) - E(in1(3, 0, N(0)));
    double nde = E(op(TERM_SUB, in2(3, 0, N(1), 1, in1(1, 0, N(0))), in1(3, 0, N(0))));
    double nie = E(op(TERM_SUB, in2(3, 0, N(0), 1, in1(1, 0, N(1))), in1(3, 0, N(0))));
    double tie = E(op(TERM_SUB, in1(3, 0, N(1)), in2(3, 0, N(1), 1, in1(1, 0, N(0)))));
    SAME(te, nde + tie, 1e-10);
    if (linear) SAME(te, nde + nie, 1e-10);
}

static void test_gaussian(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(60); seed++) {
        Rng rng;
        rng_seed(&rng, seed, 403);
        make_start();
        Model *m = gaussian_model(&rng);
        for (int k = 0; k < 4; k++) check_gaussian(m, draw_pick(&rng), seed);
        check_mediation(m, seed, true);
        model_drop(m);
        make_end();
    }
}

// With an interaction of treatment and mediator the sum is not the total.
static void test_no_theorem(void **state) {
    (void)state;
    uint64_t seed = 0;
    make_start();
    var("A", "real", '=', normal_noise());
    var("B", "real", '=', op(TERM_ADD, V("A"), normal_noise()));
    var("D", "real", '=', op(TERM_MUL, V("A"), V("B")));
    Model *m = finish();
    check_mediation(m, seed, false);
    double te = E(in1(3, 0, N(1))) - E(in1(3, 0, N(0)));
    double nde = E(op(TERM_SUB, in2(3, 0, N(1), 1, in1(1, 0, N(0))), in1(3, 0, N(0))));
    double nie = E(op(TERM_SUB, in2(3, 0, N(0), 1, in1(1, 0, N(1))), in1(3, 0, N(0))));
    SAME(te, 1, 1e-12);
    SAME(nde, 0, 1e-12);
    SAME(nie, 0, 1e-12);
    model_drop(m);
    make_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finite),   cmocka_unit_test(test_surgery),
        cmocka_unit_test(test_gaussian), cmocka_unit_test(test_no_theorem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
