// Tests of runtime/model/model.h: building, inferring, and every fault. Tables are compared
// with numbers worked out by hand.
#include "tests/unit/model_make.h"

#include <time.h>

static void kidney(void) {
    var("Size", "small large", '~', MAP(L("small"), N(0.51), L("large"), N(0.49)));
    var("Treatment", "A B", '~',
        CASE(1, V("Size"), is("Size", "small"), MAP(L("A"), N(0.24), L("B"), N(0.76)),
             is("Size", "large"), MAP(L("A"), N(0.77))));
    var("Recovered", "bool", '~',
        CASE(2, V("Treatment"), V("Size"),
             op(TERM_AND, is("Treatment", "A"), is("Size", "small")), N(0.93),
             op(TERM_AND, is("Treatment", "A"), is("Size", "large")), N(0.73),
             op(TERM_AND, is("Treatment", "B"), is("Size", "small")), N(0.87),
             op(TERM_AND, is("Treatment", "B"), is("Size", "large")), N(0.69)));
}

static void test_tabulates_kernels(void **state) {
    (void)state;
    make_start();
    kidney();
    Model *m = finish();
    CHECK_TABLE(m, "Size", 0.51, 0.49);
    CHECK_TABLE(m, "Treatment", 0.24, 0.76, 0.77, 1 - 0.77);
    CHECK_TABLE(m, "Recovered", 1 - 0.93, 0.93, 1 - 0.73, 0.73, 1 - 0.87, 0.87, 1 - 0.69, 0.69);
    const ModelVar *r = var_of(m, "Recovered");
    assert_int_equal(r->nparents, 2);
    assert_int_equal(r->parents[0], model_find(m, sym("Treatment")));
    assert_int_equal(m->nedges, 3);
    assert_true(model_complete(m));
    assert_int_equal(m->order[0], 0);
    model_drop(m);
    make_end();
}

static void test_infers_domains(void **state) {
    (void)state;
    make_start();
    var("X", "", '~', N(0.5));
    var("K", "", '~', binomial(3, N(0.5)));
    var("C", "", '~', MAP(L("a"), N(0.25), L("b"), N(0.75)));
    var("Or", "", '=', op(TERM_OR, V("X"), op(TERM_GT, V("K"), N(2))));
    var("Sum", "", '=', op(TERM_ADD, V("X"), V("K")));
    var("Pay", "", '=', iff(V("X"), N(10), N(2.5)));
    var("Name", "", '=',
        iff(V("X"), L("hi"), iff(op(TERM_EQ, V("K"), N(0)), L("lo"), L("hi"))));
    var("Copy", "", '=', V("C"));
    var("Two", "", '=', N(2));
    Model *m = finish();
    check_domain(m, "X", "bool");
    check_domain(m, "K", "0..3");
    check_domain(m, "C", "{a, b}");
    check_domain(m, "Or", "bool");
    check_domain(m, "Sum", "0..4");
    check_domain(m, "Pay", "{2.5, 10}");
    check_domain(m, "Name", "{hi, lo}");
    check_domain(m, "Copy", "{a, b}");
    check_domain(m, "Two", "2..2");
    CHECK_TABLE(m, "K", 0.125, 0.375, 0.375, 0.125);
    CHECK_TABLE(m, "Pay", 1, 0, 0, 1);
    CHECK_TABLE(m, "Or", 1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1);
    assert_true(var_of(m, "Sum")->inferred);
    model_drop(m);
    make_end();
}

static void test_splits_noise(void **state) {
    (void)state;
    make_start();
    var("X", "bool", '~', N(0.5));
    var("Y", "", '=', op(TERM_ADD, V("X"), bernoulli(N(0.3))));
    var("Z", "", '=', op(TERM_SUB, bernoulli(N(0.1)), bernoulli(N(0.2))));
    var("W", "a b", '=', MAP(L("a"), N(0.4)));
    Model *m = finish();
    assert_int_equal(m->nvars, 8);
    check_domain(m, "Y", "0..2");
    check_domain(m, "Z", "-1..1");
    CHECK_TABLE(m, "Y.noise1", 0.7, 0.3);
    CHECK_TABLE(m, "Y", 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1);
    CHECK_TABLE(m, "Z.noise2", 0.8, 0.2);
    CHECK_TABLE(m, "W.noise1", 0.4, 0.6);
    CHECK_TABLE(m, "W", 1, 0, 0, 1);
    assert_true(var_of(m, "Y.noise1")->anonymous);
    assert_int_equal(var_of(m, "Y.noise1")->role, ROLE_VAR_NOISE);
    Model *g;
    assert_int_equal(model_graph(m, &g), OK);
    assert_int_equal(g->nvars, 4);
    assert_int_equal(g->nedges, 1);
    assert_false(model_complete(g));
    check_domain(g, "Y", "0..2");
    model_drop(g);
    model_drop(m);
    make_end();
}

static void test_accepts_graphs(void **state) {
    (void)state;
    make_start();
    edge("Smoking -> Tar");
    edge("Tar -> Cancer");
    edge("Smoking <-> Cancer");
    Model *m = finish();
    assert_int_equal(m->nvars, 3);
    assert_int_equal(m->nedges, 3);
    assert_int_equal(var_of(m, "Tar")->domain->kind, DOMAIN_SYMBOLIC);
    model_drop(m);
    // Edges that agree with mechanisms stand once; noise need not be drawn.
    again(NULL);
    declare_as(ROLE_VAR_NOISE, "U", "bool");
    give("U", '~', N(0.5));
    var("X", "bool", '~', N(0.5));
    var("Y", "bool", '=', op(TERM_OR, V("X"), V("U")));
    edge("X -> Y");
    edge("X <-> Open");
    m = finish();
    assert_int_equal(m->nedges, 3);
    model_drop(m);
    make_end();
}

static Term *dist(const char *family, Term *a, Term *b) {
    Term *kids[] = {a, b};
    return term_dist(dist_find(family), kids, 2, 0);
}

// What is continuous has a domain and no table, and does not hinder the rest.
static void test_keeps_the_continuous(void **state) {
    (void)state;
    make_start();
    var("Bias", "", '~', dist("beta", N(2), N(2)));
    var("Heads", "", '~', binomial(10, V("Bias")));
    var("Next", "bool", '~', bernoulli(V("Bias")));
    var("X", "", '~', dist("normal", N(0), N(1)));
    var("Type", "bool", '~', N(0.5));
    var("Y", "", '=',
        op(TERM_ADD, op(TERM_MUL, V("X"), N(2)), dist("normal", V("Type"), N(1))));
    declare_as(ROLE_VAR_NOISE, "Luck", "");
    give("Luck", '~', dist("uniform", N(0), N(1)));
    var("Cured", "", '=', op(TERM_LT, V("Luck"), iff(V("Type"), N(0.8), N(0.3))));
    var("Grade", "", '=', iff(op(TERM_LT, V("X"), N(0)), L("low"), L("high")));
    declare("Arm", "a b");
    var("R", "bool", '~', bernoulli(iff(is("Arm", "a"), V("Bias"), N(0.5))));
    Model *m = finish();
    check_domain(m, "Bias", "unit");
    check_domain(m, "Heads", "0..10");
    check_domain(m, "X", "real");
    check_domain(m, "Y", "real");
    check_domain(m, "Cured", "bool");
    check_domain(m, "Grade", "{low, high}");
    assert_null(var_of(m, "Heads")->cpt);
    assert_null(var_of(m, "Cured")->cpt);
    CHECK_TABLE(m, "Type", 0.5, 0.5);
    assert_int_equal(m->nvars, 12);
    assert_false(model_complete(m));
    model_drop(m);
    again(NULL);
    var("X", "", '~', dist("normal", N(0), N(1)));
    var("Y", "", '=', dist("beta", V("X"), N(2)));
    expect(FAULT_MODEL_COUPLING, "Y = beta(X, 2)");
    make_end();
}

static void test_takes_tables(void **state) {
    (void)state;
    make_start();
    declare("A", "x y");
    declare("B", "bool");
    const double a[] = {0.25, 0.7501}, b[] = {0.5, 0.5, 0.1, 0.9};
    Sym parents[] = {sym("A")};
    assert_int_equal(model_table(make.b, sym("B"), parents, 1, b, 0, &make.faults), OK);
    assert_int_equal(model_table(make.b, sym("A"), NULL, 0, a, 0, &make.faults), OK);
    Model *m = finish();
    CHECK_TABLE(m, "A", 0.25 / 1.0001, 0.7501 / 1.0001);
    CHECK_TABLE(m, "B", 0.5, 0.5, 0.1, 0.9);
    assert_int_equal(make.normalised, 1);
    assert_int_equal(m->nedges, 1);
    model_drop(m);
    make_end();
}

static void test_takes_factors(void **state) {
    (void)state;
    make_start();
    declare("A", "bool");
    declare("B", "x y");
    Term *w = iff(op(TERM_AND, V("A"), is("B", "y")), N(9), N(1));
    assert_int_equal(model_factor(make.b, w, 0, &make.faults), OK);
    term_drop(w);
    const double table[] = {1, 2};
    Sym over[] = {sym("A")};
    assert_int_equal(model_factor_table(make.b, over, 1, table, 0, &make.faults), OK);
    Model *m = finish();
    assert_int_equal(m->nfactors, 2);
    static const double want[] = {1, 1, 1, 9};
    for (int i = 0; i < 4; i++) assert_true(m->factors[0].table->values[i] == want[i]);
    assert_true(model_complete(m));
    model_drop(m);
    make_end();
}

static void test_changes_models(void **state) {
    (void)state;
    make_start();
    var("A", "bool", '~', N(0.5));
    var("B", "bool", '~', iff(V("A"), N(0.9), N(0.1)));
    var("C", "", '=', op(TERM_ADD, V("B"), bernoulli(N(0.5))));
    edge("A <-> D");
    Model *m = finish();
    again(m);
    give("C", '~',
         MAP(N(0), N(0.4), N(2),
             N(0.6))); // the edge from B, and the noise, go with the old mechanism
    Model *with = finish();
    assert_int_equal(with->nvars, 4);
    assert_int_equal(with->nedges, 2);
    assert_ptr_equal(var_of(with, "B")->cpt, var_of(m, "B")->cpt);
    check_domain(with, "C", "0..2");
    model_drop(with);
    model_drop(m);
    make_end();
}

static void test_edits_edges(void **state) {
    (void)state;
    make_start();
    edge("A -> B");
    edge("A <-> B");
    Model *m = finish();
    again(m);
    assert_int_equal(unedge("A <-> B"), OK);
    edge("C -> A");
    edge("A -> B"); // there already
    Model *with = finish();
    assert_int_equal(with->nedges, 2);
    assert_int_equal(with->nvars, 3);
    model_drop(with);
    again(m);
    unedge("B -> A");
    expect(FAULT_MODEL_NO_EDGE, "no edge B -> A");
    model_drop(m);
    var("A", "bool", '~', N(0.5));
    var("B", "bool", '~', iff(V("A"), N(0.9), N(0.1)));
    m = finish();
    again(m);
    unedge("A -> B");
    expect(FAULT_MODEL_NEEDED, "the mechanism of B mentions A");
    again(m);
    edge("C -> B");
    expect(FAULT_MODEL_DISAGREE, "does not mention C");
    again(m);
    unedge("A -> C");
    expect(FAULT_MODEL_UNKNOWN, "C");
    again(m);
    unedge("A -> B");
    give("B", '~', N(0.2));
    with = finish();
    assert_int_equal(with->nedges, 0);
    model_drop(with);
    model_drop(m);
    make_end();
}

// A new mechanism that mentions X removes X <-> Y too; an open end may stay confounded.
static void test_replaces_confounding(void **state) {
    (void)state;
    make_start();
    declare("X", "bool");
    declare("Y", "bool");
    edge("X -> Y");
    edge("X <-> Y");
    Model *m = finish();
    again(m);
    give("Y", '~', iff(V("X"), N(0.5), N(0.3)));
    Model *with = finish();
    assert_int_equal(with->nedges, 1);
    assert_false(with->edges[0].both);
    model_drop(with);
    again(m);
    give("Y", '~', N(0.5));
    edge("X <-> Y"); // written anew
    with = finish();
    assert_int_equal(with->nedges, 1);
    assert_true(with->edges[0].both);
    model_drop(with);
    model_drop(m);
    make_end();
}

static void test_overrides_in_families(void **state) {
    (void)state;
    make_start();
    int64_t index = 0;
    VarSpec spec = {.name = sym("X[0]"), .family = sym("X"), .indices = &index, .nindices = 1};
    assert_int_equal(model_declare(make.b, &spec, &make.faults), OK);
    give("X[0]", '~', V("X[-1]"));
    Term *t = N(0.5);
    assert_int_equal(
        model_mechanism(make.b, sym("X[0]"), MECH_KERNEL, t, true, 0, &make.faults), OK);
    term_drop(t);
    Model *m = finish();
    assert_int_equal(m->vars[0]->indices[0], 0);
    CHECK_TABLE(m, "X[0]", 0.5, 0.5);
    model_drop(m);
    make_end();
}

static void test_compares(void **state) {
    (void)state;
    make_start();
    kidney();
    Model *a = finish();
    again(NULL);
    // The same with the parents of Recovered in another order.
    var("Recovered", "bool", '~',
        iff(is("Size", "small"), iff(is("Treatment", "A"), N(0.93), N(0.87)),
            iff(is("Treatment", "A"), N(0.73), N(0.69))));
    var("Size", "small large", '~', MAP(L("large"), N(0.49)));
    var("Treatment", "A B", '~', MAP(L("A"), iff(is("Size", "small"), N(0.24), N(0.77))));
    Model *b = finish();
    assert_true(model_equal(a, b));
    again(a);
    give("Size", '~', MAP(L("large"), N(0.5)));
    Model *c = finish();
    assert_false(model_equal(a, c));
    assert_false(model_equal(c, b));
    model_drop(a);
    model_drop(b);
    model_drop(c);
    make_end();
}

// --- faults ---

static void test_refuses_structure(void **state) {
    (void)state;
    make_start();
    edge("A -> B");
    edge("B -> C");
    edge("C -> A");
    edge("C -> D");
    expect(FAULT_MODEL_CYCLE, "->");
    var("Recovered", "bool", '~', N(0.5));
    var("Y", "bool", '~', iff(V("Recoverd"), N(0.1), N(0.2)));
    expect(FAULT_MODEL_UNKNOWN, "Recoverd");
    declare("A", "bool");
    assert_int_equal(declare("A", "bool"), FAULT);
    expect(FAULT_MODEL_TWICE, "A");
    declare("A", "bool");
    give("A", '~', N(0.1));
    assert_int_equal(give("A", '~', N(0.2)), FAULT);
    expect(FAULT_MODEL_MECHANISMS, "A");
    edge("A -> B");
    edge("A -> B");
    expect(FAULT_GRAPH_TWICE, "A -> B");
    edge("A -> A");
    expect(FAULT_GRAPH_LOOP, "A");
    var("A", "bool", '~', iff(V("A"), N(0.1), N(0.2)));
    expect(FAULT_MODEL_CYCLE, "A -> A");
    make_end();
}

static void test_hints_at_names(void **state) {
    (void)state;
    Model *m;
    make_start();
    var("Recovered", "bool", '~', N(0.5));
    var("Y", "bool", '~', iff(V("Recoverd"), N(0.1), N(0.2)));
    assert_int_equal(end(&m), FAULT);
    assert_string_equal(make.faults.items[0].hint, "did you mean Recovered?");
    make_end();
}

static void test_refuses_disagreement(void **state) {
    (void)state;
    make_start();
    var("A", "bool", '~', N(0.5));
    var("B", "bool", '~', N(0.5));
    var("C", "bool", '~', iff(V("A"), N(0.1), N(0.2)));
    edge("A -> C");
    edge("B -> C");
    expect(FAULT_MODEL_DISAGREE,
           "B -> C is written, but the mechanism of C does not mention B");
    var("A", "bool", '~', N(0.5));
    var("B", "bool", '~', N(0.5));
    var("C", "bool", '~', iff(V("A"), N(0.1), iff(V("B"), N(0.2), N(0.3))));
    edge("A -> C");
    expect(FAULT_MODEL_DISAGREE, "mentions B, but B -> C");
    var("A", "bool", '~', N(0.5));
    var("B", "bool", '~', N(0.5));
    edge("A <-> B");
    expect(FAULT_MODEL_CONFOUNDED, "A <-> B");
    make_end();
}

static void test_refuses_roles(void **state) {
    (void)state;
    make_start();
    declare_as(ROLE_VAR_NOISE, "U", "bool");
    expect(FAULT_MODEL_NOISE, "U has no distribution");
    var("A", "bool", '~', N(0.5));
    declare_as(ROLE_VAR_NOISE, "U", "bool");
    give("U", '~', iff(V("A"), N(0.1), N(0.2)));
    expect(FAULT_MODEL_NOISE, "U has a cause, A");
    declare_as(ROLE_VAR_NOISE, "U", "bool");
    give("U", '~', N(0.2));
    edge("A -> U");
    expect(FAULT_MODEL_NOISE, "A -> U");
    declare_as(ROLE_VAR_NOISE, "U", "bool");
    give("U", '~', N(0.2));
    edge("A <-> U");
    expect(FAULT_MODEL_NOISE, "U <-> A");
    declare("A", "bool");
    World *w = world_new(&(Assign){.target = sym("A"), .value = B(true)}, 1);
    var("Y", "bool", '=', term_var(sym("A"), w, 0));
    expect(FAULT_MODEL_WORLD, "A");
    make_end();
}

static void test_refuses_numbers(void **state) {
    (void)state;
    make_start();
    var("Size", "small large", '~', MAP(L("small"), N(0.5), L("large"), N(0.5)));
    var("Treatment", "A B", '~',
        iff(is("Size", "small"), MAP(L("A"), N(0.24), L("B"), N(0.86)), MAP(L("A"), N(0.5))));
    expect(FAULT_MODEL_SUM, "the probabilities of Treatment given Size = small sum to 1.1");
    var("X", "0..2", '~', MAP(N(0), N(0.2), N(1), N(0.3)));
    var("Y", "bool", '~', op(TERM_MUL, V("X"), N(0.6)));
    expect(FAULT_MODEL_PROBABILITY, "the probability of Y = true given X = 2 is 1.2");
    var("X", "bool", '~', N(0.5));
    var("Y", "bool", '~', op(TERM_DIV, N(0.5), V("X")));
    expect(FAULT_MODEL_UNDEFINED, "given X = false");
    var("X", "bool", '~', N(0.5));
    var("Y", "bool", '~', op(TERM_DIV, V("X"), V("X")));
    expect(FAULT_MODEL_UNDEFINED, "given X = false");
    var("X", "0..2", '~', MAP(N(0), N(0.2), N(1), N(0.3)));
    var("Y", "0..3", '=', op(TERM_MUL, V("X"), N(2)));
    expect(FAULT_MODEL_VALUE, "given X = 2, the value of Y is 4");
    var("X", "bool", '~', N(0.5));
    var("Y", "", '=', op(TERM_DIV, V("X"), V("X")));
    expect(FAULT_MODEL_UNDEFINED, "given X = false");
    declare("A", "bool");
    Term *w = op(TERM_SUB, V("A"), N(1));
    model_factor(make.b, w, 0, &make.faults);
    term_drop(w);
    expect(FAULT_MODEL_FACTOR, "at A = false is -1");
    declare("A", "");
    w = V("A");
    model_factor(make.b, w, 0, &make.faults);
    term_drop(w);
    expect(FAULT_MODEL_FACTOR, "A");
    make_end();
}

static void test_refuses_cases(void **state) {
    (void)state;
    make_start();
    declare("Size", "small large");
    declare("Treatment", "A B");
    var("Y", "bool", '~',
        CASE(2, V("Size"), V("Treatment"), is("Size", "small"), N(0.1),
             op(TERM_AND, is("Size", "large"), is("Treatment", "A")), N(0.2)));
    expect(FAULT_MODEL_GAP, "no row matches Size = large, Treatment = B");
    declare("Size", "small large");
    var("Y", "bool", '~',
        CASE(1, V("Size"), is("Size", "small"), N(0.1), B(true), N(0.2), is("Size", "large"),
             N(0.3)));
    expect(FAULT_MODEL_DEAD_ROW, "Size = large can never match");
    declare("X", "0..9");
    var("Y", "bool", '~',
        CASE(1, V("X"), op(TERM_LT, V("X"), N(3)), N(0.1),
             op(TERM_AND, op(TERM_GE, V("X"), N(4)), op(TERM_LE, V("X"), N(9))), N(0.2)));
    expect(FAULT_MODEL_GAP, "no row matches X = 3");
    declare("X", "0..9");
    declare("Z", "bool");
    Term *sum = op(TERM_ADD, V("X"), V("Z"));
    var("Y", "bool", '~', CASE(1, sum, op(TERM_LT, term_keep(sum), N(10)), N(0.1)));
    expect(FAULT_MODEL_GAP, "no row matches X = 9, Z = true");
    make_end();
}

static void test_refuses_coupling(void **state) {
    (void)state;
    make_start();
    var("X", "bool", '~', N(0.5));
    var("Y", "bool", '=', bernoulli(op(TERM_ADD, N(0.2), V("X"))));
    Model *m;
    assert_int_equal(end(&m), FAULT);
    assert_int_equal(make.faults.count, 1);
    assert_int_equal(make.faults.items[0].code, FAULT_MODEL_COUPLING);
    assert_non_null(strstr(make.faults.items[0].hint, "Y = U < 0.2 + X"));
    assert_non_null(strstr(make.faults.items[0].hint, "gumbel_max"));
    assert_non_null(strstr(make.faults.items[0].hint, "Y ~ bernoulli(0.2 + X)"));
    make_end();
}

static void test_refuses_tables(void **state) {
    (void)state;
    make_start();
    const double t[] = {0.5, 0.5};
    declare("A", "");
    assert_int_equal(model_table(make.b, sym("A"), NULL, 0, t, 0, &make.faults), FAULT);
    expect(FAULT_MODEL_TABLE, "A");
    declare("X", "0..1");
    declare("Y", "bool");
    const double y[] = {0.5, 0.5, 0.1, 0.9};
    Sym parents[] = {sym("X")};
    model_table(make.b, sym("X"), NULL, 0, t, 0, &make.faults);
    model_table(make.b, sym("Y"), parents, 1, y, 0, &make.faults);
    Model *m = finish();
    again(m);
    declare("X", "0..2");
    give("X", '~', MAP(N(0), N(0.5), N(1), N(0.5), N(2), N(0)));
    expect(FAULT_MODEL_TABLE, "the table of Y");
    model_drop(m);
    declare("X", "a b c");
    const double bad[] = {0.5, 0.6, -0.1};
    model_table(make.b, sym("X"), NULL, 0, bad, 0, &make.faults);
    expect(FAULT_MODEL_PROBABILITY, "X = c is -0.1");
    make_end();
}

// All of these are reported, each once.
static void test_reports_everything(void **state) {
    (void)state;
    Model *m;
    make_start();
    var("A", "bool", '~', N(1.5));
    var("B", "bool", '~', iff(V("Aa"), N(0.5), N(0.6)));
    var("C", "bool", '~', iff(V("B"), N(0.5), N(0.6)));
    var("D", "bool", '=', bernoulli(iff(V("C"), N(0.5), N(0.6))));
    edge("E -> C");
    assert_int_equal(end(&m), FAULT);
    assert_int_equal(make.faults.count, 4);
    make_end();
}

// --- size and memory ---

static void test_builds_a_long_chain(void **state) {
    (void)state;
    make_start();
    enum { LENGTH = 20000 };
    clock_t start = clock();
    var("X0", "bool", '~', N(0.5));
    for (int i = 1; i < LENGTH; i++) {
        char name[20], before[20];
        snprintf(name, sizeof name, "X%d", i);
        snprintf(before, sizeof before, "X%d", i - 1);
        var(name, "bool", '~', iff(V(before), N(0.9), N(0.2)));
    }
    Model *m = finish();
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    if (seconds > 10) fail_msg("a chain of %d variables took %.2f s", LENGTH, seconds);
    assert_int_equal(m->nedges, LENGTH - 1);
    CHECK_TABLE(m, "X19999", 0.8, 0.2, 1 - 0.9, 0.9);
    model_drop(m);
    make_end();
}

// A model with a bit of everything. Terms are made with allocations that may fail, too.
static Status build_small(ModelBuilder *b, Term *const *terms, Faults *faults, Model **out) {
    Domain *d = domain_range(0, 2);
    if (!d) return NOMEM;
    VarSpec specs[] = {{.name = sym("X"), .label = "a label"}, {.name = sym("Y"), .domain = d}};
    Status status = model_declare(b, &specs[0], faults);
    if (status == OK) status = model_declare(b, &specs[1], faults);
    domain_drop(d);
    if (status != OK) return status;
    TRY(model_mechanism(b, sym("X"), MECH_KERNEL, terms[0], false, 0, faults));
    TRY(model_mechanism(b, sym("Y"), MECH_STRUCTURAL, terms[1], false, 0, faults));
    TRY(model_mechanism(b, sym("Z"), MECH_KERNEL, terms[2], false, 0, faults));
    TRY(model_edge(b, sym("X"), sym("Z"), false, 0, faults));
    TRY(model_edge(b, sym("Z"), sym("Open"), true, 0, faults));
    TRY(model_factor(b, terms[3], 0, faults));
    return model_finish(b, NULL, out, NULL, faults);
}

static void test_survives_exhaustion(void **state) {
    (void)state;
    make_start();
    Term *terms[] = {N(0.5), op(TERM_ADD, V("X"), bernoulli(N(0.3))),
                     CASE(1, V("X"), V("X"), N(0.1), B(true), N(0.2)), iff(V("X"), N(2), N(1))};
    sym("Y");
    sym("Y.noise1"); // what is named already needs no memory
    sym("Z");
    sym("Open");
    for (long i = 0;; i++) {
        Faults faults = {0};
        Model *m = NULL, *g = NULL;
        mem_fail_after(i, 0);
        ModelBuilder *b = model_builder(make.names, NULL);
        Status status = b ? build_small(b, terms, &faults, &m) : NOMEM;
        model_builder_free(b);
        if (status == OK) status = model_graph(m, &g);
        bool done = mem_count() <= i;
        mem_fail_after(-1, 0);
        // Some comparisons do without memory, at a price in time.
        if (status != OK && status != NOMEM)
            fail_msg("allocation %ld: status %d", i, (int)status);
        if (status == OK) assert_true(model_equal(m, m));
        model_drop(g);
        model_drop(m);
        fault_free(&faults);
        if (done) break;
    }
    for (int i = 0; i < 4; i++) term_drop(terms[i]);
    make_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tabulates_kernels),
        cmocka_unit_test(test_infers_domains),
        cmocka_unit_test(test_splits_noise),
        cmocka_unit_test(test_accepts_graphs),
        cmocka_unit_test(test_keeps_the_continuous),
        cmocka_unit_test(test_takes_tables),
        cmocka_unit_test(test_takes_factors),
        cmocka_unit_test(test_changes_models),
        cmocka_unit_test(test_edits_edges),
        cmocka_unit_test(test_replaces_confounding),
        cmocka_unit_test(test_overrides_in_families),
        cmocka_unit_test(test_compares),
        cmocka_unit_test(test_refuses_structure),
        cmocka_unit_test(test_hints_at_names),
        cmocka_unit_test(test_refuses_disagreement),
        cmocka_unit_test(test_refuses_roles),
        cmocka_unit_test(test_refuses_numbers),
        cmocka_unit_test(test_refuses_cases),
        cmocka_unit_test(test_refuses_coupling),
        cmocka_unit_test(test_refuses_tables),
        cmocka_unit_test(test_reports_everything),
        cmocka_unit_test(test_builds_a_long_chain),
        cmocka_unit_test(test_survives_exhaustion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
