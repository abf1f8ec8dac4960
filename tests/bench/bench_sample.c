// Speed of forward sampling: nanoseconds per variable and draw, by blocks and one lane at a time,
// on one processor. Prints a table: name, variables, ns by blocks, ns one by one.
//
//     bench_sample
#include <time.h>

#include "tests/unit/model_make.h"

#include "runtime/base/rng.h"
#include "runtime/model/math.h"
#include "runtime/sample/sample_plan.h"

enum { REPEATS = 100 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static const char *name_of(uint32_t i) {
    static char name[16];
    snprintf(name, sizeof name, "X%u", i);
    return name;
}

static Term *normal(Term *mean, double sd) {
    Term *kids[] = {mean, N(sd)};
    return term_dist(dist_find("normal"), kids, 2, 0);
}

static Term *call(const char *f, Term *x) {
    return term_call(math_find(f), &x, 1, 0);
}

// --- models ---

// The causes of node i: i - 1, i / 2 and i - 3, with weights 0.5, 0.3 and -0.2.
static Term *linear_mean(uint32_t i) {
    if (i == 0) return N(1);
    Term *sum = op(TERM_MUL, N(0.5), V(name_of(i - 1)));
    if (i > 1) sum = op(TERM_ADD, sum, op(TERM_MUL, N(0.3), V(name_of(i / 2))));
    if (i > 2) sum = op(TERM_SUB, sum, op(TERM_MUL, N(0.2), V(name_of(i - 3))));
    return sum;
}

// logistic(X) + 0.5 sqrt(abs(Y)) - 0.2 exp(-abs(Z)).
static Term *nonlinear_mean(uint32_t i) {
    if (i == 0) return N(0);
    Term *sum = call("logistic", V(name_of(i - 1)));
    if (i > 1)
        sum = op(TERM_ADD, sum,
                 op(TERM_MUL, N(0.5), call("sqrt", call("abs", V(name_of(i / 2))))));
    if (i > 2) {
        Term *e = call("exp", term_unary(TERM_NEG, call("abs", V(name_of(i - 3))), 0));
        sum = op(TERM_SUB, sum, op(TERM_MUL, N(0.2), e));
    }
    return sum;
}

static void add(const char *name, const char *domain, Term *t) {
    assert_int_equal(declare_as(ROLE_VAR_PLAIN, name, domain), OK);
    assert_int_equal(model_mechanism(make.b, sym(name), MECH_KERNEL, t, false, 0, &make.faults),
                     OK);
    term_drop(t);
}

static void build_real(uint32_t n, Term *(*mean)(uint32_t)) {
    for (uint32_t i = 0; i < n; i++) {
        char name[16];
        strcpy(name, name_of(i));
        add(name, "real", normal(mean(i), 1));
    }
}

// 37 variables of 2 to 4 levels with up to 3 causes, as in the network alarm.
static void build_discrete(uint32_t n) {
    static const char *const domains[] = {"0..1", "0..2", "0..3"};
    Rng r;
    rng_seed(&r, 37, 0);
    for (uint32_t i = 0; i < n; i++) {
        Sym parents[3];
        uint32_t count = 0, rows = 1, levels = 2 + i % 3;
        for (uint32_t back = 1; back <= 3 && back <= i && count < i % 4; back++) {
            rows *= 2 + (i - back) % 3;
            parents[count++] = sym(name_of(i - back));
        }
        double values[64 * 4];
        for (uint32_t row = 0; row < rows; row++) {
            double sum = 0;
            for (uint32_t l = 0; l < levels; l++) sum += values[row * levels + l] = rng_unit(&r);
            for (uint32_t l = 0; l < levels; l++) values[row * levels + l] /= sum;
        }
        char name[16];
        strcpy(name, name_of(i));
        assert_int_equal(declare_as(ROLE_VAR_PLAIN, name, domains[i % 3]), OK);
        assert_int_equal(model_table(make.b, sym(name), parents, count, values, 0, &make.faults),
                         OK);
    }
}

// --- measuring ---

static double measure(const SamplePlan *p, SampleLanes *l, size_t lanes, uint32_t nodes) {
    double best = 1e18;
    size_t blocks = 40000 / nodes / (lanes + 20) + 1;
    for (int k = 0; k < REPEATS; k++) {
        double start = now();
        for (size_t b = 0; b < blocks; b++) sample_block(p, l, 1, b, lanes);
        double each = (now() - start) / (double)(blocks * lanes * nodes);
        if (each < best) best = each;
    }
    return best;
}

static void report(const char *name, uint32_t nodes) {
    Model *m = NULL;
    assert_int_equal(model_finish(make.b, NULL, &m, &make.normalised, &make.faults), OK);
    Term **args = MEM_NEW(Term *, nodes);
    for (uint32_t i = 0; i < nodes; i++) args[i] = V(name_of(i));
    RealQuestion q = {.model = m, .head = REAL_E, .args = (const Term *const *)args,
                      .nargs = nodes};
    SamplePlan plan = {0};
    SampleLanes lanes = {0};
    assert_int_equal(sample_plan_open(&q, 0, &make.faults, &plan), OK);
    assert_int_equal(sample_lanes_open(&plan, &lanes), OK);
    measure(&plan, &lanes, SAMPLE_BLOCK, nodes);
    double block = measure(&plan, &lanes, SAMPLE_BLOCK, nodes);
    double one = measure(&plan, &lanes, 1, nodes);
    printf("%s\t%u\t%.2f\t%.1f\n", name, nodes, block, one);
    sample_lanes_close(&lanes);
    sample_plan_close(&plan);
    for (uint32_t i = 0; i < nodes; i++) term_drop(args[i]);
    mem_free(args);
    model_drop(m);
}

int main(void) {
    const struct {
        const char *name;
        uint32_t nodes;
        Term *(*mean)(uint32_t);
    } models[] = {
        {"linear", 10, linear_mean},       {"linear", 100, linear_mean},
        {"nonlinear", 10, nonlinear_mean}, {"nonlinear", 100, nonlinear_mean},
        {"discrete", 37, NULL},
    };
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        make_start();
        if (models[i].mean)
            build_real(models[i].nodes, models[i].mean);
        else
            build_discrete(models[i].nodes);
        report(models[i].name, models[i].nodes);
        make_end();
    }
    return 0;
}
