// Tests of runtime/model/model_joint.h: the covariances of the lowered block, computed from its
// mechanisms as functions of the noise, against the matrix that was written.
#include "tests/unit/model_make.h"

#include "runtime/base/rng.h"
#include "runtime/model/kernel.h"
#include "runtime/model/model_joint.h"
#include "tests/unit/graph_text.h"

#define MOST 6

static const char *const block_names[] = {"A", "B", "C", "D", "E", "F"};

static Term *joint_of(uint32_t n, const double *mean, const double *cov) {
    Term *kids[MOST * (MOST + 1)];
    for (uint32_t i = 0; i < n; i++) kids[i] = N(mean[i]);
    for (uint32_t i = 0; i < n * n; i++) kids[n + i] = N(cov[i]);
    return term_many(TERM_JOINT, kids, n * (n + 1), 0);
}

static Model *block(uint32_t n, const double *mean, const double *cov) {
    again(NULL);
    Term *joint = joint_of(n, mean, cov);
    for (uint32_t i = 0; i < n; i++)
        var(block_names[i], "", '~', term_binary(TERM_PART, term_keep(joint), N(i), 0));
    term_drop(joint);
    return finish();
}

// The value of a variable when the noise `on` (MODEL_NONE: none) is 1 and all other 0.
static double value_at(const Model *m, const char *name, uint32_t on) {
    Kernel *k;
    assert_int_equal(kernel_new_real(m, var_of(m, name)->term, &k, &make.faults), OK);
    double in[2 * MOST], out, *work = malloc(sizeof(double) * (kernel_work(k, 1) + 1));
    const void *inputs[2 * MOST];
    for (uint32_t i = 0; i < kernel_ninputs(k); i++) {
        in[i] = kernel_input(k, i) == on;
        inputs[i] = &in[i];
    }
    kernel_run(k, 1, inputs, &out, work);
    free(work);
    kernel_free(k);
    return out;
}

static void check_block(const Model *m, uint32_t n, const double *mean, const double *cov) {
    for (uint32_t i = 0; i < n; i++) {
        double at_zero = value_at(m, block_names[i], MODEL_NONE);
        assert_true(fabs(at_zero - mean[i]) <= 1e-12);
        assert_int_equal(var_of(m, block_names[i])->mech, MECH_STRUCTURAL);
        check_domain(m, block_names[i], "real");
        for (uint32_t j = 0; j < n; j++) {
            double sum = 0;
            for (uint32_t v = 0; v < m->nvars; v++)
                if (m->vars[v]->anonymous)
                    sum += (value_at(m, block_names[i], v) - mean[i]) *
                           (value_at(m, block_names[j], v) - mean[j]);
            assert_true(fabs(sum - cov[i * n + j]) <= 1e-9);
        }
    }
}

// Covariances F F' for a random n by r matrix F: singular when r < n.
static void test_random(void **state) {
    (void)state;
    make_start();
    for (uint64_t seed = 0; seed < seeds(60); seed++) {
        Rng rng;
        rng_seed(&rng, seed, 0);
        uint32_t n = 1 + (uint32_t)rng_below(&rng, MOST), r = 1 + (uint32_t)rng_below(&rng, n);
        double mean[MOST], f[MOST * MOST], cov[MOST * MOST];
        for (uint32_t i = 0; i < n; i++) mean[i] = (double)rng_below(&rng, 5) - 2;
        // Tenths, so that there is rounding.
        for (uint32_t i = 0; i < n * r; i++) f[i] = ((double)rng_below(&rng, 7) - 3) / 10;
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t j = 0; j < n; j++) {
                cov[i * n + j] = 0;
                for (uint32_t k = 0; k < r; k++) cov[i * n + j] += f[i * r + k] * f[j * r + k];
            }
        Model *m = block(n, mean, cov);
        check_block(m, n, mean, cov);
        model_drop(m);
    }
    make_end();
}

static void wrong(uint32_t n, const double *cov, const char *part) {
    static const double zero[MOST];
    Term *joint = joint_of(n, zero, cov);
    const char *why;
    assert_int_equal(model_joint_wrong(joint, &why), OK);
    if (!part) assert_null(why);
    if (part) assert_non_null(why);
    if (part) assert_non_null(strstr(why, part));
    term_drop(joint);
}

static void test_wrong(void **state) {
    (void)state;
    make_start();
    wrong(2, (double[]){1, .5, .4, 1}, "symmetric");
    wrong(2, (double[]){1, 2, 2, 1}, "semidefinite");
    wrong(2, (double[]){-1, 0, 0, 1}, "semidefinite");
    wrong(2, (double[]){0, 1, 1, 1}, "semidefinite");
    wrong(3, (double[]){1, .9, -.9, .9, 1, .9, -.9, .9, 1}, "semidefinite");
    wrong(2, (double[]){1, NAN, NAN, 1}, "finite");
    wrong(2, (double[]){1, 1, 1, 1}, NULL);
    wrong(2, (double[]){0, 0, 0, 0}, NULL);
    make_end();
}

// Covariance that is not zero is a <->; surgery leaves the rest of the block.
static void test_graph(void **state) {
    (void)state;
    make_start();
    const double mean[] = {1, 2, 3}, cov[] = {1, .5, 0, .5, 4, .5, 0, .5, 1};
    Model *m = block(3, mean, cov), *g, *cut;
    assert_int_equal(model_graph(m, &g), OK);
    assert_int_equal(g->nvars, 3);
    assert_int_equal(g->nedges, 2);
    for (uint32_t i = 0; i < 2; i++) assert_true(g->edges[i].both);
    model_drop(g);
    Term *two = N(2);
    Assign set = {.kind = ASSIGN_VALUE, .target = sym("A"), .value = two};
    assert_int_equal(model_do(m, &set, 1, &cut, &make.faults), OK);
    term_drop(two);
    JointList list;
    assert_int_equal(model_joint_list(cut, &list), OK);
    uint32_t b = model_find(cut, sym("B"));
    assert_false(list.follows[b]);
    Term *law = model_joint_law(cut, &list, b);
    Str s = {0};
    term_add(law, &s);
    assert_string_equal(str_text(&s), "mvnormal([2, 3], [[4, 0.5], [0.5, 1]])");
    str_free(&s);
    term_drop(law);
    model_joint_list_free(&list);
    model_drop(cut);
    model_drop(m);
    // Nowhere else.
    again(NULL);
    var("Y", "", '=', op(TERM_ADD, N(1), joint_of(2, mean, (double[]){1, 0, 0, 1})));
    expect(FAULT_MODEL_JOINT, "Y holds mvnormal, which is the law of 2 variables");
    var("Y", "", '~', joint_of(2, mean, (double[]){1, 0, 0, 1}));
    expect(FAULT_MODEL_JOINT, "the mechanism of Y");
    make_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_graph),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
