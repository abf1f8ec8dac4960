// Bounds of counterfactual questions: published numbers, formulas, and random models.
#include "runtime/bounds/bounds.h"
#include "tests/unit/graph_text.h"
#include "tests/unit/model_make.h"

// --- questions ------------------------------------------------------------------------------

// name had the assignments been made: pairs of a name and a term, which are taken.
static World *world_of(const char *const *names, Term *const *values, uint32_t n) {
    Assign items[8];
    for (uint32_t i = 0; i < n; i++)
        items[i] = (Assign){.kind = ASSIGN_VALUE, .target = sym(names[i]), .value = values[i]};
    return world_new(items, n);
}

static Term *in1(const char *name, const char *x, Term *value) {
    return term_var(sym(name), world_of(&x, &value, 1), 0);
}


static Term *eq(Term *a, double b) {
    return op(TERM_EQ, a, N(b));
}

// Everything a test asks; terms are owned here.
typedef struct Asking {
    Question questions[16];
    Term *terms[64];
    Cond conds[64];
    Assign items[16];
    uint32_t nquestions, nterms, nconds, nitems;
    BoundsPart parts[16];
    BoundsAssume assumes[8];
    BoundsSource sources[4];
    BoundsProblem p;
} Asking;

static void start_asking(Asking *a, const Model *m, const Model *law) {
    *a = (Asking){.p = {.model = m}};
    a->p.sources = a->sources;
    a->p.assumes = a->assumes;
    a->p.objective.parts = a->parts;
    if (law) a->sources[a->p.nsources++] = (BoundsSource){.law = law};
}

static void stop_asking(Asking *a) {
    for (uint32_t i = 0; i < a->nterms; i++) term_drop(a->terms[i]);
    for (uint32_t i = 0; i < a->nitems; i++) term_drop(a->items[i].value);
}

static Question *question(Asking *a, AskHead head, Term *arg) {
    Question *q = &a->questions[a->nquestions++];
    a->terms[a->nterms] = arg;
    *q = (Question){.head = head, .args = &a->terms[a->nterms++], .nargs = 1,
                    .conds = &a->conds[a->nconds]};
    return q;
}

// A condition of the question added last.
static void given(Asking *a, Term *event) {
    a->terms[a->nterms] = event;
    a->conds[a->nconds++] = (Cond){.kind = COND_EVENT, .term = a->terms[a->nterms++]};
    a->questions[a->nquestions - 1].nconds++;
}

static void doing(Asking *a, const char *x, Term *value) {
    Assign *item = &a->items[a->nitems++];
    *item = (Assign){.kind = ASSIGN_VALUE, .target = sym(x), .value = value};
    a->conds[a->nconds++] = (Cond){.kind = COND_DO, .items = item, .n = 1};
    a->questions[a->nquestions - 1].nconds++;
}

static Question *part(Asking *a, double coef, AskHead head, Term *arg) {
    Question *q = question(a, head, arg);
    a->parts[a->p.objective.nparts++] = (BoundsPart){coef, q};
    return q;
}

static void ate(Asking *a, const char *x, const char *y) {
    part(a, 1, ASK_E, V(y));
    doing(a, x, N(1));
    part(a, -1, ASK_E, V(y));
    doing(a, x, N(0));
}

static void assume_unit(Asking *a, Term *event) {
    a->terms[a->nterms++] = event;
    a->assumes[a->p.nassumes++] = (BoundsAssume){.kind = BOUNDS_UNIT, .event = event};
}

static BoundsAnswer solve(Asking *a) {
    BoundsAnswer out;
    fault_free(&make.faults);
    Status st = bounds_solve(&a->p, NULL, NULL, &out, &make.faults);
    if (st != OK)
        fail_msg("status %d: %s", st,
                 make.faults.count ? make.faults.items[0].message : "no fault");
    return out;
}

static void assert_bounds(Asking *a, double low, double high, bool sharp) {
    BoundsAnswer out = solve(a);
    if (out.kind != BOUNDS_FOUND) fail_msg("kind %d, culprit %u", out.kind, out.culprit);
    if (fabs(out.low - low) > 1e-9 || fabs(out.high - high) > 1e-9)
        fail_msg("between %.12g and %.12g, expected %.12g and %.12g", out.low, out.high, low,
                 high);
    if (out.low_sharp != sharp || out.high_sharp != sharp)
        fail_msg("sharp: %d %d: %s", out.low_sharp, out.high_sharp, out.why ? out.why : "");
    bounds_free(&out);
}

// --- laws -----------------------------------------------------------------------------------

// A model of variables of so many levels whose joint law is the table, last fastest.
static Model *law_of(const char *const *names, const char *domain, uint32_t n,
                     const double *cells) {
    Sym syms[8];
    again(NULL);
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(declare(names[i], domain), OK);
        syms[i] = sym(names[i]);
    }
    assert_int_equal(model_factor_table(make.b, syms, n, cells, 0, &make.faults), OK);
    return finish();
}

static Model *graph(const char *names, const char *domain, const char *const *edges,
                    uint32_t nedges) {
    again(NULL);
    while (*names) {
        char name[40] = {0};
        size_t len = strcspn(names, " ");
        memcpy(name, names, len);
        assert_int_equal(declare(name, domain), OK);
        names += len + (names[len] == ' ');
    }
    for (uint32_t i = 0; i < nedges; i++) edge(edges[i]);
    return finish();
}

#define GRAPH(names, domain, ...)                                                              \
    graph(names, domain, (const char *[]){__VA_ARGS__},                                        \
          sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *))

static const char *zxy[] = {"Z", "X", "Y"};

// --- published numbers ----------------------------------------------------------------------

// P(x, y | z) in the order 00, 10, 01, 11 of (y, x), z fair.
static Model *instrument_law(const double z0[4], const double z1[4]) {
    double cells[8];
    for (int z = 0; z < 2; z++)
        for (int x = 0; x < 2; x++)
            for (int y = 0; y < 2; y++)
                cells[z * 4 + x * 2 + y] = (z ? z1 : z0)[x * 2 + y] / 2;
    return law_of(zxy, "bool", 3, cells);
}

// Pearl 2009, section 8.2.4: vitamin A supplementation (Sommer & Zeger 1991).
static void test_vitamin_a(void **state) {
    (void)state;
    make_start();
    Model *m = GRAPH("Z X Y", "bool", "Z -> X", "X -> Y", "X <-> Y");
    Model *law = instrument_law((double[]){.0064, .9936, 0, 0},
                                (double[]){.0028, .1972, .0010, .7990});
    Asking a;
    start_asking(&a, m, law);
    ate(&a, "X", "Y");
    assert_bounds(&a, -.1946, .0054, true);
    stop_asking(&a);
    model_drop(law);
    model_drop(m);
    make_end();
}

// Balke & Pearl 1997: cholestyramine.
static void test_cholestyramine(void **state) {
    (void)state;
    make_start();
    Model *m = GRAPH("Z X Y", "bool", "Z -> X", "X -> Y", "X <-> Y");
    Model *law = instrument_law((double[]){.919, .081, 0, 0},
                                (double[]){.315, .073, .139, .473});
    Asking a;
    start_asking(&a, m, law);
    ate(&a, "X", "Y");
    assert_bounds(&a, .392, .780, true);
    stop_asking(&a);
    // Nobody assigned to placebo took the drug, so that the effect on compliers is identified.
    start_asking(&a, m, law);
    part(&a, 1, ASK_E, op(TERM_SUB, in1("Y", "X", N(1)), in1("Y", "X", N(0))));
    given(&a, op(TERM_GT, in1("X", "Z", N(1)), in1("X", "Z", N(0))));
    assert_bounds(&a, .465 / .612, .465 / .612, true);
    stop_asking(&a);
    model_drop(law);
    model_drop(m);
    make_end();
}

static Model *cure(void) {
    again(NULL);
    var("X", "bool", '~', bernoulli(N(.5)));
    var("Y", "bool", '~', bernoulli(iff(V("X"), N(.8), N(.3))));
    return finish();
}

static void test_necessity(void **state) {
    (void)state;
    make_start();
    Model *m = cure();
    for (int monotone = 0; monotone < 2; monotone++) {
        Asking a;
        start_asking(&a, m, NULL);
        part(&a, 1, ASK_P, op(TERM_GT, in1("Y", "X", N(1)), in1("Y", "X", N(0))));
        if (monotone) assume_unit(&a, op(TERM_GE, in1("Y", "X", N(1)), in1("Y", "X", N(0))));
        assert_bounds(&a, .5, monotone ? .5 : .7, true);
        // Benefit minus harm is one objective.
        part(&a, -1, ASK_P, op(TERM_LT, in1("Y", "X", N(1)), in1("Y", "X", N(0))));
        assert_bounds(&a, .5, .5, true);
        stop_asking(&a);
        start_asking(&a, m, NULL);
        part(&a, 1, ASK_P, eq(in1("Y", "X", N(0)), 0));
        given(&a, eq(V("X"), 1));
        given(&a, V("Y"));
        if (monotone) assume_unit(&a, op(TERM_GE, in1("Y", "X", N(1)), in1("Y", "X", N(0))));
        assert_bounds(&a, .625, monotone ? .625 : .875, true);
        stop_asking(&a);
    }
    model_drop(m);
    make_end();
}

// The bow (Manski 1990): P(x, y) in the order 00, 01, 10, 11.
static void test_bow(void **state) {
    (void)state;
    make_start();
    Model *m = GRAPH("X Y", "bool", "X -> Y", "X <-> Y");
    Model *law = law_of((const char *[]){"X", "Y"}, "bool", 2, (double[]){.2, .3, .1, .4});
    Asking a;
    start_asking(&a, m, law);
    ate(&a, "X", "Y");
    assert_bounds(&a, -.4, .6, true);
    stop_asking(&a);
    model_drop(law);
    model_drop(m);
    make_end();
}

// --- sensitivity ----------------------------------------------------------------------------

static double logit(double p) {
    return log(p / (1 - p));
}

// c - |logit(first) - logit(second)|
static double odds_margin(void *user, const double *values) {
    return *(const double *)user - fabs(logit(values[0]) - logit(values[1]));
}

static void test_sensitivity(void **state) {
    (void)state;
    make_start();
    Model *m = GRAPH("T Y", "bool", "T -> Y", "T <-> Y");
    Model *law = law_of((const char *[]){"T", "Y"}, "bool", 2, (double[]){.35, .15, .25, .25});
    // By hand: P(Y[1] | T = 0) is between 1 / (1 + g) and g / (1 + g), and so on.
    for (int g = 1; g <= 3; g++) {
        Asking a;
        double limit = log(g);
        start_asking(&a, m, law);
        ate(&a, "T", "Y");
        for (int t = 0; t < 2; t++) {
            const Question *first = question(&a, ASK_P, in1("Y", "T", N(t)));
            given(&a, eq(V("T"), 1 - t));
            question(&a, ASK_P, in1("Y", "T", N(t)));
            given(&a, eq(V("T"), t));
            a.assumes[a.p.nassumes++] =
                (BoundsAssume){.kind = BOUNDS_MARGIN, .questions = first, .nquestions = 2,
                               .margin = odds_margin, .user = &limit};
        }
        double odds1 = 1, odds0 = .3 / .7;
        double low1 = odds1 / g / (1 + odds1 / g), high1 = odds1 * g / (1 + odds1 * g);
        double low0 = odds0 / g / (1 + odds0 / g), high0 = odds0 * g / (1 + odds0 * g);
        assert_bounds(&a, .25 + .5 * low1 - .15 - .5 * high0,
                      .25 + .5 * high1 - .15 - .5 * low0, true);
        stop_asking(&a);
    }
    model_drop(law);
    model_drop(m);
    make_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vitamin_a),
        cmocka_unit_test(test_cholestyramine),
        cmocka_unit_test(test_necessity),
        cmocka_unit_test(test_bow),
        cmocka_unit_test(test_sensitivity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
