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


static Term *in2(const char *name, const char *x, Term *value, const char *z, Term *other) {
    World *w = world_of((const char *[]){x, z}, (Term *[]){value, other}, 2);
    return term_var(sym(name), w, 0);
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

// --- formulas on random laws ----------------------------------------------------------------

static double most(const double *v, int n) {
    double m = v[0];
    for (int i = 1; i < n; i++) m = fmax(m, v[i]);
    return m;
}

static double least(const double *v, int n) {
    double m = v[0];
    for (int i = 1; i < n; i++) m = fmin(m, v[i]);
    return m;
}

// A random law over so many response types.
static void random_types(Rng *rng, double *q, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
        q[i] = rng_below(rng, 3) ? -log(1 - rng_unit(rng)) : 0;
        sum += q[i];
    }
    for (int i = 0; i < n; i++) q[i] = sum > 0 ? q[i] / sum : 1.0 / n;
}

// p[z][y][x]: of units whose X is bit z and Y is bit x of their type.
static void instrument_types(Rng *rng, double p[2][2][2]) {
    double q[16];
    random_types(rng, q, 16);
    memset(p, 0, 8 * sizeof(double));
    for (int t = 0; t < 16; t++)
        for (int z = 0; z < 2; z++) {
            int x = t >> z & 1, y = t >> (2 + x) & 1;
            p[z][y][x] += q[t];
        }
}

// Pearl 2009, equations 8.14 and 8.15; p[z][y][x] is p_yx.z.
static void balke_pearl(double p[2][2][2], double *low, double *high) {
#define P(y, x, z) p[z][y][x]
    double lower[] = {
        P(1, 1, 1) + P(0, 0, 0) - 1,
        P(1, 1, 0) + P(0, 0, 1) - 1,
        P(1, 1, 0) - P(1, 1, 1) - P(1, 0, 1) - P(0, 1, 0) - P(1, 0, 0),
        P(1, 1, 1) - P(1, 1, 0) - P(1, 0, 0) - P(0, 1, 1) - P(1, 0, 1),
        -P(0, 1, 1) - P(1, 0, 1),
        -P(0, 1, 0) - P(1, 0, 0),
        P(0, 0, 1) - P(0, 1, 1) - P(1, 0, 1) - P(0, 1, 0) - P(0, 0, 0),
        P(0, 0, 0) - P(0, 1, 0) - P(1, 0, 0) - P(0, 1, 1) - P(0, 0, 1),
    };
    double upper[] = {
        1 - P(0, 1, 1) - P(1, 0, 0),
        1 - P(0, 1, 0) - P(1, 0, 1),
        -P(0, 1, 0) + P(0, 1, 1) + P(0, 0, 1) + P(1, 1, 0) + P(0, 0, 0),
        -P(0, 1, 1) + P(1, 1, 1) + P(0, 0, 1) + P(0, 1, 0) + P(0, 0, 0),
        P(1, 1, 1) + P(0, 0, 1),
        P(1, 1, 0) + P(0, 0, 0),
        -P(1, 0, 1) + P(1, 1, 1) + P(0, 0, 1) + P(1, 1, 0) + P(1, 0, 0),
        -P(1, 0, 0) + P(1, 1, 0) + P(0, 0, 0) + P(1, 1, 1) + P(1, 0, 1),
    };
#undef P
    *low = most(lower, 8);
    *high = least(upper, 8);
}

static void test_instrument(void **state) {
    (void)state;
    make_start();
    Model *m = GRAPH("Z X Y", "bool", "Z -> X", "X -> Y", "X <-> Y");
    uint64_t n = seeds(60);
    for (uint64_t seed = 0; seed < n; seed++) {
        Rng rng;
        double p[2][2][2], cells[8], low, high;
        rng_seed(&rng, seed, 1);
        instrument_types(&rng, p);
        balke_pearl(p, &low, &high);
        for (int i = 0; i < 8; i++) cells[i] = p[i >> 2][i & 1][i >> 1 & 1] * (i < 4 ? .3 : .7);
        Model *law = law_of(zxy, "bool", 3, cells);
        Asking a;
        start_asking(&a, m, law);
        ate(&a, "X", "Y");
        assert_bounds(&a, low, high, true);
        stop_asking(&a);
        // More comply than defy by what is seen: P(X = 1 | Z = 1) - P(X = 1 | Z = 0).
        double more = p[1][0][1] + p[1][1][1] - p[0][0][1] - p[0][1][1];
        start_asking(&a, m, law);
        part(&a, 1, ASK_P, op(TERM_GT, in1("X", "Z", N(1)), in1("X", "Z", N(0))));
        part(&a, -1, ASK_P, op(TERM_LT, in1("X", "Z", N(1)), in1("X", "Z", N(0))));
        assert_bounds(&a, more, more, true);
        stop_asking(&a);
        model_drop(law);
    }
    model_drop(m);
    make_end();
}

// Sjolander 2009: the natural direct effect, mediator and outcome confounded; p[x][m][y].
static void sjolander(double p[2][2][2], double *low, double *high) {
#define P(m, y, x) p[x][m][y]
    double lower[] = {
        -P(0, 0, 1) + P(1, 0, 0) - P(1, 0, 1) - P(0, 1, 0) - P(0, 1, 1),
        -2 + 2 * P(0, 0, 0) + P(1, 0, 0) + P(0, 1, 0) + P(0, 1, 1),
        -1 + P(0, 0, 0) + P(1, 0, 0),
    };
    double upper[] = {
        2 * P(0, 0, 0) + P(1, 0, 0) - P(1, 0, 1) + P(0, 1, 0),
        P(0, 0, 0) + P(1, 0, 0),
        1 - P(0, 0, 1) + P(1, 0, 0) - P(0, 1, 0),
    };
#undef P
    *low = most(lower, 3);
    *high = least(upper, 3);
}

static void test_direct(void **state) {
    (void)state;
    make_start();
    Model *g = GRAPH("X M Y", "bool", "X -> M", "M -> Y", "X -> Y", "M <-> Y");
    uint64_t n = seeds(40);
    for (uint64_t seed = 0; seed < n; seed++) {
        Rng rng;
        double q[64], p[2][2][2] = {0}, cells[8], low, high;
        rng_seed(&rng, seed, 2);
        random_types(&rng, q, 64);
        for (int t = 0; t < 64; t++)
            for (int x = 0; x < 2; x++) {
                int m = t >> x & 1, y = t >> (2 + 2 * x + m) & 1;
                p[x][m][y] += q[t];
            }
        sjolander(p, &low, &high);
        for (int i = 0; i < 8; i++) cells[i] = p[i >> 2][i >> 1 & 1][i & 1] / 2;
        Model *law = law_of((const char *[]){"X", "M", "Y"}, "bool", 3, cells);
        Asking a;
        start_asking(&a, g, law);
        part(&a, 1, ASK_E, in2("Y", "X", N(1), "M", in1("M", "X", N(0))));
        part(&a, -1, ASK_E, in1("Y", "X", N(0)));
        assert_bounds(&a, low, high, true);
        stop_asking(&a);
        model_drop(law);
    }
    model_drop(g);
    make_end();
}

// Observation p[x][y], and y1, y0: the probability of Y under do(X = 1) and do(X = 0).
typedef struct Trial {
    double p[2][2], y1, y0;
} Trial;

static Trial random_trial(Rng *rng, bool monotone) {
    double q[8];
    Trial t = {0};
    random_types(rng, q, 8);
    for (int i = 0; i < 8; i++) {
        int x = i & 1, y0 = i >> 1 & 1, y1 = i >> 2;
        if (monotone && y0 > y1) y0 = 0;
        t.p[x][x ? y1 : y0] += q[i];
        t.y1 += y1 * q[i];
        t.y0 += y0 * q[i];
    }
    return t;
}

static void pose_trial(Asking *a, const Trial *t, int which) {
    Term *helped = op(TERM_GT, in1("Y", "X", N(1)), in1("Y", "X", N(0)));
    (void)t;
    if (which == 0) {
        part(a, 1, ASK_P, helped);
        return;
    }
    term_drop(helped);
    part(a, 1, ASK_P, eq(in1("Y", "X", N(which == 1 ? 0 : 1)), which == 1 ? 0 : 1));
    given(a, eq(V("X"), which == 1));
    given(a, eq(V("Y"), which == 1));
}

// Tian & Pearl 2000, section 4: PNS, PN, PS from observation and experiment together.
static void tian_pearl(const Trial *t, int which, double *low, double *high) {
    double y = t->p[0][1] + t->p[1][1];
    double both = t->p[1][1], neither = t->p[0][0];
    double lower0[] = {0, t->y1 - t->y0, y - t->y0, t->y1 - y};
    double upper0[] = {t->y1, 1 - t->y0, both + neither,
                       t->y1 - t->y0 + t->p[1][0] + t->p[0][1]};
    if (which == 0) *low = most(lower0, 4), *high = least(upper0, 4);
    if (which == 1) {
        *low = fmax(0, (y - t->y0) / both);
        *high = fmin(1, (1 - t->y0 - neither) / both);
    }
    if (which == 2) {
        *low = fmax(0, (t->y1 - y) / neither);
        *high = fmin(1, (t->y1 - both) / neither);
    }
}

// The same with monotonicity: theorem 3 of that paper.
static void tian_pearl_monotone(const Trial *t, int which, double *value) {
    double y = t->p[0][1] + t->p[1][1];
    *value = which == 0   ? t->y1 - t->y0
             : which == 1 ? (y - t->y0) / t->p[1][1]
                          : (t->y1 - y) / t->p[0][0];
}

static void test_causation(void **state) {
    (void)state;
    make_start();
    Model *m = GRAPH("X Y", "bool", "X -> Y", "X <-> Y");
    uint64_t n = seeds(60);
    for (uint64_t seed = 0; seed < n; seed++) {
        Rng rng;
        rng_seed(&rng, seed, 3);
        bool monotone = seed % 2;
        Trial t = random_trial(&rng, monotone);
        if (t.p[1][1] < 1e-3 || t.p[0][0] < 1e-3) continue;
        Model *seen = law_of((const char *[]){"X", "Y"}, "bool", 2, &t.p[0][0]);
        Model *set1 = law_of((const char *[]){"Y"}, "bool", 1, (double[]){fmax(1 - t.y1, 0), t.y1});
        Model *set0 = law_of((const char *[]){"Y"}, "bool", 1, (double[]){fmax(1 - t.y0, 0), t.y0});
        Term *values[] = {N(0), N(1)};
        Assign items[] = {{.target = sym("X"), .value = values[0]},
                          {.target = sym("X"), .value = values[1]}};
        for (int which = 0; which < 3; which++) {
            Asking a;
            double low, high;
            start_asking(&a, m, seen);
            a.sources[a.p.nsources++] = (BoundsSource){set0, &items[0], 1};
            a.sources[a.p.nsources++] = (BoundsSource){set1, &items[1], 1};
            pose_trial(&a, &t, which);
            tian_pearl(&t, which, &low, &high);
            assert_bounds(&a, low, high, true);
            if (monotone) {
                assume_unit(&a, op(TERM_GE, in1("Y", "X", N(1)), in1("Y", "X", N(0))));
                tian_pearl_monotone(&t, which, &low);
                assert_bounds(&a, low, low, true);
            }
            stop_asking(&a);
        }
        for (int i = 0; i < 2; i++) term_drop(values[i]);
        model_drop(seen);
        model_drop(set1);
        model_drop(set0);
    }
    model_drop(m);
    make_end();
}

// --- graphs that are only partly used -------------------------------------------------------

// A latent cause that has a cause: Z -> U, U -> X, U -> Y is Z -> X, Z -> Y, X <-> Y. Given Z
// that is a bow, so that Manski's bounds hold within each level of Z.
static void test_exogenous(void **state) {
    (void)state;
    make_start();
    again(NULL);
    for (int i = 0; i < 3; i++) assert_int_equal(declare(zxy[i], "bool"), OK);
    assert_int_equal(declare_as(ROLE_VAR_LATENT, "U", ""), OK);
    edge("Z -> U");
    edge("U -> X");
    edge("U -> Y");
    edge("X -> Y");
    Model *m = finish();
    double cells[] = {.1, .2, .05, .15, .05, .1, .15, .2};
    Model *law = law_of(zxy, "bool", 3, cells);
    Asking a;
    start_asking(&a, m, law);
    ate(&a, "X", "Y");
    // P(X = 0, Y = 1) + P(X = 1, Y = 0), summed over Z.
    double low = -(.2 + .05 + .1 + .15);
    assert_bounds(&a, low, 1 + low, true);
    stop_asking(&a);
    model_drop(law);
    model_drop(m);
    make_end();
}

// Two latent causes meet in one district: bounds hold, but are not called sharp.
static void test_latents(void **state) {
    (void)state;
    make_start();
    Model *m = GRAPH("X M Y", "bool", "X -> M", "M -> Y", "X <-> M", "M <-> Y");
    double cells[] = {.1, .2, .05, .15, .05, .1, .15, .2};
    Model *law = law_of((const char *[]){"X", "M", "Y"}, "bool", 3, cells);
    Asking a;
    start_asking(&a, m, law);
    ate(&a, "X", "Y");
    BoundsAnswer out = solve(&a);
    assert_int_equal(out.kind, BOUNDS_FOUND);
    assert_true(out.low < out.high);
    assert_false(out.low_sharp || out.high_sharp);
    assert_non_null(strstr(out.why, "several latent causes"));
    bounds_free(&out);
    stop_asking(&a);
    model_drop(law);
    model_drop(m);
    make_end();
}

// Under an intervention that draws, the effect is a mixture: E[Y | do(X ~ bernoulli(0.25))] is
// .75 E[Y | do(X = 0)] + .25 E[Y | do(X = 1)].
static void test_draw(void **state) {
    (void)state;
    make_start();
    Model *m = GRAPH("X Y", "bool", "X -> Y", "X <-> Y");
    Model *law = law_of((const char *[]){"X", "Y"}, "bool", 2, (double[]){.2, .3, .1, .4});
    Asking a;
    start_asking(&a, m, law);
    part(&a, 1, ASK_E, V("Y"));
    doing(&a, "X", bernoulli(N(.25)));
    a.items[0].kind = ASSIGN_DRAW;
    // P(Y[0]) is in [.3, .8], P(Y[1]) in [.4, .9].
    assert_bounds(&a, .75 * .3 + .25 * .4, .75 * .8 + .25 * .9, true);
    stop_asking(&a);
    model_drop(law);
    model_drop(m);
    make_end();
}

// A chain of kernels: what is unknown of M is multiplied with what is unknown of Y. By hand:
// with a = P(M[1] > M[0]), b = P(M[1] < M[0]) and c, d the same for Y, the chance that X helps
// Y is a * c + b * d, where a - b = .5, b <= .2, c - d = .5 and d <= .1.
static void test_chain(void **state) {
    (void)state;
    make_start();
    again(NULL);
    var("X", "bool", '~', bernoulli(N(.5)));
    var("M", "bool", '~', bernoulli(iff(V("X"), N(.8), N(.3))));
    var("Y", "bool", '~', bernoulli(iff(V("M"), N(.9), N(.4))));
    Model *m = finish();
    Asking a;
    start_asking(&a, m, NULL);
    part(&a, 1, ASK_P, op(TERM_GT, in1("Y", "X", N(1)), in1("Y", "X", N(0))));
    assert_bounds(&a, .25, .7 * .6 + .2 * .1, true);
    stop_asking(&a);
    model_drop(m);
    make_end();
}

// Many known causes are summed out: 2^30 paths.
static void test_long(void **state) {
    (void)state;
    make_start();
    again(NULL);
    var("C0", "bool", '~', bernoulli(N(.5)));
    for (int i = 1; i < 30; i++) {
        char name[16], before[16];
        snprintf(name, sizeof name, "C%d", i);
        snprintf(before, sizeof before, "C%d", i - 1);
        var(name, "bool", '~', bernoulli(iff(V(before), N(.5), N(.5))));
    }
    var("X", "bool", '~', bernoulli(iff(V("C29"), N(.6), N(.3))));
    var("Y", "bool", '~', bernoulli(iff(V("X"), N(.8), iff(V("C29"), N(.4), N(.3)))));
    Model *m = finish();
    Asking a;
    start_asking(&a, m, NULL);
    part(&a, 1, ASK_P, op(TERM_GT, in1("Y", "X", N(1)), in1("Y", "X", N(0))));
    // For each level of C29: between P(Y[1]) - P(Y[0]) and min(P(Y[1]), P(not Y[0])).
    assert_bounds(&a, .5 * .4 + .5 * .5, .5 * .6 + .5 * .7, true);
    stop_asking(&a);
    model_drop(m);
    make_end();
}

// --- what is not a range --------------------------------------------------------------------

static void assert_kind(Asking *a, BoundsKind kind, uint32_t culprit) {
    BoundsAnswer out = solve(a);
    assert_int_equal(out.kind, kind);
    assert_int_equal(out.culprit, culprit);
    bounds_free(&out);
}

static void test_refuted(void **state) {
    (void)state;
    make_start();
    // The instrumental inequality (Pearl 1995) fails: X = 0, Y = 0 always under Z = 0, and
    // X = 0, Y = 1 always under Z = 1.
    Model *m = GRAPH("Z X Y", "bool", "Z -> X", "X -> Y", "X <-> Y");
    Model *law = law_of(zxy, "bool", 3, (double[]){.5, 0, 0, 0, 0, .5, 0, 0});
    Asking a;
    start_asking(&a, m, law);
    ate(&a, "X", "Y");
    assert_kind(&a, BOUNDS_REFUTED, BOUNDS_NONE);
    stop_asking(&a);
    model_drop(law);
    model_drop(m);
    // A drug that helps on average does not help nobody.
    m = cure();
    start_asking(&a, m, NULL);
    part(&a, 1, ASK_P, op(TERM_GT, in1("Y", "X", N(1)), in1("Y", "X", N(0))));
    assume_unit(&a, op(TERM_GE, V("Y"), N(0)));
    assume_unit(&a, op(TERM_LE, in1("Y", "X", N(1)), in1("Y", "X", N(0))));
    assert_kind(&a, BOUNDS_REFUTED, 1);
    stop_asking(&a);
    model_drop(m);
    // Two laws of the same.
    m = GRAPH("X Y", "bool", "X -> Y", "X <-> Y");
    law = law_of((const char *[]){"X", "Y"}, "bool", 2, (double[]){.2, .3, .1, .4});
    Model *other = law_of((const char *[]){"X", "Y"}, "bool", 2, (double[]){.3, .2, .1, .4});
    start_asking(&a, m, law);
    a.sources[a.p.nsources++] = (BoundsSource){.law = other};
    ate(&a, "X", "Y");
    assert_kind(&a, BOUNDS_REFUTED, BOUNDS_NONE);
    stop_asking(&a);
    model_drop(other);
    model_drop(law);
    model_drop(m);
    m = cure();
    // Nobody has X = 1 and X = 0.
    start_asking(&a, m, NULL);
    part(&a, 1, ASK_P, V("Y"));
    given(&a, eq(V("X"), 1));
    given(&a, eq(V("X"), 0));
    assert_kind(&a, BOUNDS_UNDEFINED, BOUNDS_NONE);
    stop_asking(&a);
    model_drop(m);
    make_end();
}

static void assert_fault(Asking *a, FaultCode code) {
    BoundsAnswer out;
    fault_free(&make.faults);
    assert_int_equal(bounds_solve(&a->p, NULL, NULL, &out, &make.faults), FAULT);
    assert_int_equal(make.faults.items[0].code, code);
}

static void test_faults(void **state) {
    (void)state;
    make_start();
    Model *m = GRAPH("X Y", "bool", "X -> Y", "X <-> Y");
    Model *law = law_of((const char *[]){"X"}, "bool", 1, (double[]){.2, .8});
    Asking a;
    start_asking(&a, m, law);
    part(&a, 1, ASK_VAR, V("Y"));
    assert_fault(&a, FAULT_BOUNDS_FORM);
    stop_asking(&a);
    start_asking(&a, m, law);
    ate(&a, "X", "Y");
    assert_fault(&a, FAULT_IDENTIFY_SOURCE);
    stop_asking(&a);
    start_asking(&a, m, law);
    part(&a, 1, ASK_P, term_unary(TERM_FREE, V("Y"), 0));
    assert_fault(&a, FAULT_ASK_FREE);
    stop_asking(&a);
    model_drop(law);
    // Two unknown conditional probabilities in one inequality.
    law = law_of((const char *[]){"X", "Y"}, "bool", 2, (double[]){.2, .3, .1, .4});
    start_asking(&a, m, law);
    ate(&a, "X", "Y");
    for (int i = 0; i < 2; i++) {
        const Question *q = question(&a, ASK_P, V("X"));
        given(&a, eq(in1("Y", "X", N(i)), 1));
        a.parts[14 + i] = (BoundsPart){1, q};
    }
    a.assumes[a.p.nassumes++] =
        (BoundsAssume){.kind = BOUNDS_AT_LEAST, .sum = {-1, &a.parts[14], 2}};
    assert_fault(&a, FAULT_BOUNDS_ASSUME);
    stop_asking(&a);
    model_drop(law);
    model_drop(m);
    make_end();
}

// With unlimited room for response types there are too many: 30 levels, each of 30 responses.
static void test_large(void **state) {
    (void)state;
    make_start();
    Model *m = GRAPH("Z X Y", "0..29", "Z -> X", "X -> Y", "X <-> Y");
    double *cells = MEM_NEW(double, 27000);
    for (int i = 0; i < 27000; i++) cells[i] = 1 / 27000.0;
    Model *law = law_of(zxy, "0..29", 3, cells);
    Asking a;
    start_asking(&a, m, law);
    ate(&a, "X", "Y");
    BoundsAnswer out = solve(&a);
    assert_int_equal(out.kind, BOUNDS_TOO_LARGE);
    assert_true(out.size > 1e60);
    bounds_free(&out);
    stop_asking(&a);
    mem_free(cells);
    model_drop(law);
    model_drop(m);
    make_end();
}

static void test_starved(void **state) {
    (void)state;
    make_start();
    Model *m = GRAPH("Z X Y", "bool", "Z -> X", "X -> Y", "X <-> Y");
    Model *law = instrument_law((double[]){.919, .081, 0, 0},
                                (double[]){.315, .073, .139, .473});
    Asking a;
    start_asking(&a, m, law);
    ate(&a, "X", "Y");
    assume_unit(&a, op(TERM_GE, in1("Y", "X", N(1)), in1("Y", "X", N(0))));
    a.p.vertices = true;
    BoundsAnswer out;
    STARVE(bounds_solve(&a.p, NULL, NULL, &out, &make.faults),
           (bounds_free(&out), fault_free(&make.faults)));
    stop_asking(&a);
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
        cmocka_unit_test(test_instrument),
        cmocka_unit_test(test_direct),
        cmocka_unit_test(test_causation),
        cmocka_unit_test(test_exogenous),
        cmocka_unit_test(test_latents),
        cmocka_unit_test(test_draw),
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_refuted),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_starved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
