// Tests of runtime/model/model_import: networks of files to models and back.
#include "tests/unit/model_make.h"

#include "runtime/format/bif.h"
#include "runtime/model/model_import.h"

static const char text[] = "network \"small net\" { }\n"
                           "variable \"a/b\" { type discrete [2] { yes, no }; }\n"
                           "variable X { type discrete [3] { 0, 1.5, 1e3 }; }\n"
                           "variable Y { type discrete [2] { <3, >=3 }; }\n"
                           "probability ( \"a/b\" ) { table 0.25, 0.75; }\n"
                           "probability ( X | \"a/b\" ) {\n"
                           "  (yes) 0.333333, 0.333333, 0.333333;\n"
                           "  (no) 0.5, 0.25, 0.25; }\n"
                           "probability ( Y | X, \"a/b\" ) { table\n"
                           "  0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4; }\n";

static void read_net(NetFile *net) {
    Status status = bif_read(text, sizeof text - 1, "small.bif", NULL, net, &make.faults);
    if (status != OK) fail_msg("%s", make.faults.items[0].message);
}

static Model *import(const NetFile *net) {
    Model *m = NULL;
    Status status =
        model_import(make.names, net, sym("small net"), NULL, &m, &make.normalised, &make.faults);
    assert_int_equal(status, OK);
    return m;
}

static void test_imports(void **state) {
    (void)state;
    make_start();
    NetFile net = {0};
    read_net(&net);
    Model *m = import(&net);
    assert_int_equal(m->nvars, 3);
    assert_int_equal(m->nedges, 3);
    const ModelVar *x = var_of(m, "X");
    assert_true(x->domain->numeric);
    assert_true(x->domain->levels[2].number == 1000);
    assert_int_equal(domain_find_name(var_of(m, "Y")->domain, sym(">=3")), 1);
    CHECK_TABLE(m, "a/b", 0.25, 0.75);
    CHECK_TABLE(m, "X", 1 / 3.0, 1 / 3.0, 1 / 3.0, 0.5, 0.25, 0.25);
    assert_int_equal(make.normalised, 1);
    assert_true(x->printed->values[0] == 0.333333);
    assert_null(var_of(m, "Y")->printed);
    model_drop(m);
    netfile_free(&net);
    make_end();
}

static void test_goes_there_and_back(void **state) {
    (void)state;
    make_start();
    NetFile net = {0}, back;
    read_net(&net);
    Model *m = import(&net);
    assert_int_equal(model_export(m, &back, &make.faults), OK);
    assert_true(netfile_equal(&net, &back));
    // Printed numbers survive surgery elsewhere, and go with their mechanism.
    Term *one = N(0);
    Assign set[] = {{.target = sym("X"), .value = one}};
    Model *cut = NULL;
    assert_int_equal(model_do(m, set, 1, &cut, &make.faults), OK);
    assert_null(var_of(cut, "X")->printed);
    CHECK_TABLE(cut, "X", 1, 0, 0);
    term_drop(one);
    netfile_free(&back);
    netfile_free(&net);
    model_drop(cut);
    model_drop(m);
    make_end();
}

// The product of the factors of a network at a case.
static double product_at(const NetFile *net, const uint32_t *levels) {
    double product = 1;
    for (uint32_t f = 0; f < net->nfactors; f++) {
        const NetPotential *p = &net->factors[f];
        size_t at = 0;
        for (uint32_t i = 0; i < p->nvars; i++)
            at = at * net->vars[p->vars[i]].nlevels + levels[p->vars[i]];
        product *= p->values[at];
    }
    return product;
}

// Mechanisms and factors together make the law of the file, and that of the model read back.
static void test_exports_factors(void **state) {
    (void)state;
    make_start();
    var("A", "bool", '~', N(0.25));
    declare("B", "x y z");
    var("C", "bool", '~', iff(V("A"), bernoulli(N(0.9)), bernoulli(N(0.3))));
    Sym vars[] = {sym("C"), sym("B")};
    const double w[] = {1, 2, 3, 4, 5, 6};
    model_factor_table(make.b, vars, 2, w, 0, &make.faults);
    Model *m = finish();
    NetFile net, back;
    assert_int_equal(model_export(m, &net, &make.faults), OK);
    assert_true(net.markov);
    assert_int_equal(net.nfactors, 3);
    assert_string_equal(net.vars[0].levels[1], "true");
    Model *again_model = import(&net);
    assert_int_equal(again_model->nfactors, 3);
    assert_true(model_complete(again_model));
    assert_int_equal(model_export(again_model, &back, &make.faults), OK);
    for (uint32_t i = 0; i < 12; i++) {
        const uint32_t a = i / 6, b = i / 2 % 3, c = i % 2, levels[] = {a, b, c};
        const double one = a ? 0.9 : 0.3;
        const double want = (a ? 0.25 : 0.75) * (c ? one : 1 - one) * w[c * 3 + b];
        assert_float_equal(product_at(&net, levels), want, 1e-15);
        assert_float_equal(product_at(&back, levels), want, 1e-15);
    }
    netfile_free(&back);
    model_drop(again_model);
    netfile_free(&net);
    model_drop(m);
    make_end();
}

static void test_refuses_to_export(void **state) {
    (void)state;
    make_start();
    declare("A", "bool");
    Model *m = finish();
    NetFile net;
    assert_int_equal(model_export(m, &net, &make.faults), FAULT);
    assert_int_equal(make.faults.items[0].code, FAULT_MODEL_EXPORT);
    model_drop(m);
    make_end();
}

static void test_survives_exhaustion(void **state) {
    (void)state;
    make_start();
    NetFile net = {0};
    read_net(&net);
    for (long i = 0;; i++) {
        Faults faults = {0};
        NetFile back = {0};
        Model *m = NULL;
        mem_fail_after(i, 0);
        Status status = model_import(make.names, &net, NULL, NULL, &m, NULL, &faults);
        if (status == OK) status = model_export(m, &back, &faults);
        bool finished = mem_count() <= i;
        mem_fail_after(-1, 0);
        assert_int_equal(status, finished ? OK : NOMEM);
        netfile_free(&back);
        model_drop(m);
        fault_free(&faults);
        if (finished) break;
    }
    netfile_free(&net);
    make_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_imports),
        cmocka_unit_test(test_goes_there_and_back),
        cmocka_unit_test(test_exports_factors),
        cmocka_unit_test(test_refuses_to_export),
        cmocka_unit_test(test_survives_exhaustion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
