// Tests of runtime/sample/chain*: answers of Markov chains against exact ones.
#include "tests/unit/model_text.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

#include "runtime/sample/chain.h"
#include "runtime/sample/chain_check.h"
#include "tests/unit/graph_text.h"

// A condition: a variable, a relation, a number.
typedef struct Given {
    const char *name;
    TermOp op;
    double value;
} Given;

#define MOST 64

typedef struct Asked {
    TextModel t;
    const Term *args[3], *given[MOST];
    RealQuestion q;
} Asked;

static Sym sym(const Asked *a, const char *name) {
    return intern_z(a->t.m->names, name);
}

static Term *var(const Asked *a, const char *name) {
    return term_var(sym(a, name), NULL, 0);
}

static Asked *asked(const char *model, RealHead head, const char *x, const char *y) {
    Asked *a = MEM_NEW(Asked, 1);
    a->t = text_model(model);
    a->args[0] = var(a, x);
    if (y) a->args[1] = var(a, y);
    a->q = (RealQuestion){
        .model = a->t.m, .head = head, .args = a->args, .nargs = y ? 2 : 1, .given = a->given};
    return a;
}

static void give(Asked *a, const char *name, TermOp op, double value) {
    assert_true(a->q.ngiven < MOST);
    a->given[a->q.ngiven++] = term_binary(op, var(a, name), term_number(value, 0), 0);
}

static void ask_free(Asked *a) {
    for (uint32_t i = 0; i < a->q.nargs; i++) term_drop((Term *)(uintptr_t)a->args[i]);
    for (uint32_t i = 0; i < a->q.ngiven; i++) term_drop((Term *)(uintptr_t)a->given[i]);
    text_model_free(&a->t);
    mem_free(a);
}

static RealAnswer answer_with(const Asked *a, RealBudget budget, Status want) {
    Faults faults = {0};
    RealCall call = {.budget = &budget, .faults = &faults};
    RealAnswer out = {0};
    Status st = chain_answer(&call, &a->q, &out);
    if (st != want)
        fail_msg("status %d: %s", st, faults.count ? faults.items[0].message : "no fault");
    fault_free(&faults);
    return out;
}

static double answer_of(const Asked *a, RealAnswer *out, uint64_t seed) {
    *out = answer_with(a, (RealBudget){.tolerance = 0.03, .seed = seed}, OK);
    return out->value;
}

// The answer within 4.5 of its standard errors, and these not large.
static void check(Asked *a, double want, double most_error) {
    RealAnswer out;
    double got = answer_of(a, &out, 1);
    if (getenv("RUNG_SHOW"))
        fprintf(stderr, "  %.5f +- %.5f, want %.5f, ess %.0f of %.0f\n", got, out.se, want,
                out.ess, (double)out.draws);
    if (!(fabs(got - want) < 4.5 * out.se) || !(out.se < most_error))
        fail_msg("%.6f +- %.6f, not %.6f", got, out.se, want);
    real_answer_free(&out);
    ask_free(a);
}

// --- conjugate models -----------------------------------------------------------------------

static Asked *normals(RealHead head) {
    Asked *a = asked("M ~ normal(1, 2); A ~ normal(M, 1); B ~ normal(M, 1); C ~ normal(M, 0.5)",
                     head, "M", NULL);
    give(a, "A", TERM_EQ, 4);
    give(a, "B", TERM_EQ, 2);
    give(a, "C", TERM_EQ, 5);
    return a;
}

static void normal_mean(void **state) {
    (void)state;
    // Precision 1/4 + 1 + 1 + 4; mean (1/4 + 4 + 2 + 20) over it.
    check(normals(REAL_E), 26.25 / 6.25, 0.01);
    check(normals(REAL_VAR), 1 / 6.25, 0.01);
    check(normals(REAL_SD), 0.4, 0.01);
    Asked *a = normals(REAL_QUANTILE);
    a->q.level = 0.9;
    check(a, 4.2 + 0.4 * 1.2815515655446004, 0.02);
}

static void beta_binomial(void **state) {
    (void)state;
    Asked *a = asked("P ~ beta(2, 3); K ~ poisson(5); N ~ binomial(30, P)", REAL_E, "P", NULL);
    give(a, "N", TERM_EQ, 21);
    check(a, 23. / 35, 0.005);
}

static void gamma_poisson(void **state) {
    (void)state;
    Asked *a =
        asked("R ~ gamma(2, rate: 0.5); A ~ poisson(R); B ~ poisson(R)", REAL_E, "R", NULL);
    give(a, "A", TERM_EQ, 7);
    give(a, "B", TERM_EQ, 9);
    check(a, 18 / 2.5, 0.05);
}

// --- events ---------------------------------------------------------------------------------

static double normal_q(double x) {
    return 0.5 * erfc(x / M_SQRT2);
}

// A normal beyond 3.5 of its standard deviations: mean phi(3.5) / Q(3.5).
static void tail_event(void **state) {
    (void)state;
    Asked *a = asked("X ~ normal(0, 1)", REAL_E, "X", NULL);
    give(a, "X", TERM_GT, 3.5);
    check(a, exp(-0.5 * 3.5 * 3.5) / sqrt(2 * M_PI) / normal_q(3.5), 0.01);
}

// X = A + B above 4: half of the mean of X given it.
static void event_of_a_sum(void **state) {
    (void)state;
    Asked *a = asked("A ~ normal(0, 1); B ~ normal(0, 1); X = A + B", REAL_E, "A", NULL);
    give(a, "X", TERM_GT, 4);
    double c = 4 / M_SQRT2, mean = exp(-0.5 * c * c) / sqrt(2 * M_PI) / normal_q(c);
    check(a, mean * M_SQRT2 / 2, 0.02);
    a = asked("A ~ normal(0, 1); B ~ normal(0, 1); X = A + B", REAL_COV, "A", "B");
    give(a, "X", TERM_GT, 4);
    // Var(X | X > 4) = 2 (1 + c mean - mean^2); A - B stays independent with variance 2.
    check(a, (2 * (1 + c * mean - mean * mean) - 2) / 4, 0.02);
}

// Conditions that no draw meets: X below -4 and yet Y above 4, where Y is X but for an error of
// 0.5. The mean of X by integration along x.
static void conditions_far_away(void **state) {
    (void)state;
    Asked *a = asked("X ~ normal(0, 1); Y ~ normal(X, 0.5)", REAL_E, "X", NULL);
    give(a, "Y", TERM_GT, 4);
    give(a, "X", TERM_LT, -4);
    double sum = 0, mean = 0;
    for (double x = -4 - 5e-5; x > -8; x -= 1e-4) {
        double w = exp(-0.5 * x * x) * normal_q((4 - x) / 0.5);
        sum += w;
        mean += w * x;
    }
    check(a, mean / sum, 0.01);
}

// --- rare events ----------------------------------------------------------------------------

static RealAnswer rare(Asked *a, uint64_t seed, Status want) {
    Faults faults = {0};
    RealCall call = {.budget = &(RealBudget){.seed = seed}, .faults = &faults};
    RealAnswer out = {0};
    Status st = chain_rare(&call, &a->q, &out);
    if (st != want)
        fail_msg("status %d: %s", st, faults.count ? faults.items[0].message : "none");
    fault_free(&faults);
    return out;
}

static Asked *asked_event(const char *model, const char *name, TermOp op, double value) {
    Asked *a = asked(model, REAL_P, name, NULL);
    a->args[0] = term_binary(op, (Term *)(uintptr_t)a->args[0], term_number(value, 0), 0);
    return a;
}

// The relative error is stated, below a tenth, and right.
static void check_rare(Asked *a, double want) {
    RealAnswer out = rare(a, 1, OK);
    if (getenv("RUNG_SHOW"))
        fprintf(stderr, "  %.4g +- %.2g, want %.4g, draws %.0f\n", out.value, out.se, want,
                (double)out.draws);
    if (!(fabs(out.value - want) < 4.5 * out.se) || !(out.se < 0.1 * want))
        fail_msg("%.6g +- %.2g, not %.6g", out.value, out.se, want);
    real_answer_free(&out);
    ask_free(a);
}

static void rare_events(void **state) {
    (void)state;
    check_rare(asked_event("X ~ normal(0, 1)", "X", TERM_GT, 6), normal_q(6));
    check_rare(asked_event("A ~ normal(0, 1); B ~ normal(0, 1); X = A + B", "X", TERM_GT, 8),
               normal_q(8 / M_SQRT2));
    check_rare(asked_event("N ~ poisson(3)", "N", TERM_GT, 20), gsl_cdf_poisson_Q(20, 3));
    Asked *a = asked_event("M ~ normal(0, 1); Y ~ normal(M, 1)", "M", TERM_LT, -4);
    give(a, "Y", TERM_EQ, 1);
    check_rare(a, normal_q(4.5 * M_SQRT2));
    a = asked_event("X ~ normal(0, 1)", "X", TERM_GT, 8);
    a->q.head = REAL_LOGP;
    RealAnswer out = rare(a, 1, OK);

    assert_true(fabs(out.value - log(normal_q(8))) < 4.5 * out.se && out.se < 0.3);
    real_answer_free(&out);
    ask_free(a);
}

static void what_cannot_happen_is_no_number(void **state) {
    (void)state;
    Asked *a = asked_event("X ~ uniform(0, 1)", "X", TERM_GT, 1.5);
    rare(a, 1, FAULT);
    ask_free(a);
}

// --- finite variables -----------------------------------------------------------------------

// Explaining away: P(A | C) = 0.19 / 0.271, and with B known 0.1.
static void explaining_away(void **state) {
    (void)state;
    const char *model = "A ~ bernoulli(0.1); B ~ bernoulli(0.1); C ~ if A or B then "
                        "bernoulli(0.9) else bernoulli(0.1)";
    Asked *a = asked(model, REAL_P, "A", NULL);
    give(a, "C", TERM_EQ, 1);
    check(a, 0.09 / (0.19 * 0.9 + 0.81 * 0.1), 0.01);
    a = asked(model, REAL_P, "A", NULL);
    give(a, "C", TERM_EQ, 1);
    give(a, "B", TERM_EQ, 1);
    check(a, 0.1, 0.01);
}

// Which of two peaks, told by one observation.
static void mixture(void **state) {
    (void)state;
    Asked *a = asked("Z ~ bernoulli(0.3); M ~ if Z then normal(2, 1) else normal(-1, 0.5);"
                     "Y ~ normal(M, 1)",
                     REAL_P, "Z", NULL);
    give(a, "Y", TERM_EQ, 0.5);
    double yes = 0.3 * exp(-0.5 * 1.5 * 1.5 / 2) / sqrt(2);
    double no = 0.7 * exp(-0.5 * 1.5 * 1.5 / 1.25) / sqrt(1.25);
    check(a, yes / (yes + no), 0.02);
}

// Whole numbers without end, by their sum: a Poisson prior on a binomial count leaves what was
// not seen a Poisson number, of mean 6 (1 - 0.25).
static void whole_numbers(void **state) {
    (void)state;
    Asked *a = asked("N ~ poisson(6); K ~ binomial(N, 0.25)", REAL_E, "N", NULL);
    give(a, "K", TERM_EQ, 3);
    check(a, 3 + 4.5, 0.05);
    a = asked("N ~ poisson(6); K ~ binomial(N, 0.25)", REAL_VAR, "N", NULL);
    give(a, "K", TERM_EQ, 3);
    check(a, 4.5, 0.1);
}

// A finite variable of too many levels to go through.
static void many_levels(void **state) {
    (void)state;
    Asked *a = asked("N: 0..99 ~ binomial(99, 0.9); Y ~ normal(N, 5)", REAL_E, "N", NULL);
    give(a, "Y", TERM_EQ, 97);
    double sum = 0, mean = 0;
    for (unsigned n = 0; n < 100; n++) {
        double w = exp(-0.5 * (n - 97.) * (n - 97.) / 25.) * gsl_ran_binomial_pdf(n, 0.9, 99);
        sum += w;
        mean += n * w;
    }
    check(a, mean / sum, 0.1);
}

// --- many observations ----------------------------------------------------------------------

// A line through `n` points far from the origin, so that intercept and slope are nearly a
// function of one another. The posterior by the normal equations.
typedef struct Points {
    double x[MOST], y[MOST];
    int n;
} Points;

static Points some_points(int n) {
    Points p = {.n = n};
    Rng rng;
    rng_seed(&rng, 3, 0);
    for (int i = 0; i < n; i++) {
        p.x[i] = 50 + 10 * rng_unit(&rng);
        p.y[i] = 3 - 0.5 * p.x[i] + 2 * rng_unit(&rng) - 1;
    }
    return p;
}

static Asked *line_through(const Points *p, RealHead head, const char *x, const char *y) {
    Str s = {0};
    str_add(&s, "A ~ normal(0, 10); B ~ normal(0, 10)\n");
    for (int i = 0; i < p->n; i++)
        str_printf(&s, "Y%d ~ normal(A + B*%.17g, 0.7)\n", i, p->x[i]);
    Asked *a = asked(str_text(&s), head, x, y);
    for (int i = 0; i < p->n; i++) {
        char name[16];
        snprintf(name, sizeof name, "Y%d", i);
        give(a, name, TERM_EQ, p->y[i]);
    }
    str_free(&s);
    return a;
}

static void many_observations(void **state) {
    (void)state;
    Points p = some_points(15);
    double aa = 0.01, ab = 0, bb = 0.01, ay = 0, by = 0, w = 1 / 0.49;
    for (int i = 0; i < p.n; i++) {
        aa += w;
        ab += w * p.x[i];
        bb += w * p.x[i] * p.x[i];
        ay += w * p.y[i];
        by += w * p.x[i] * p.y[i];
    }
    double det = aa * bb - ab * ab;
    check(line_through(&p, REAL_E, "A", NULL), (bb * ay - ab * by) / det, 0.08);
    check(line_through(&p, REAL_E, "B", NULL), (aa * by - ab * ay) / det, 0.002);
    check(line_through(&p, REAL_COR, "A", "B"), -ab / sqrt(aa * bb), 0.002);
    check(line_through(&p, REAL_SD, "A", NULL), sqrt(bb / det), 0.08);
}

// --- evidence on functions ------------------------------------------------------------------

// Y = 2 T + U + e (the unit of the language's examples): U given T = 1, Y = 6 is normal with
// mean 4 * 4 / (4 + 1) and variance 4 / 5.
static void noise_is_solved_for(void **state) {
    (void)state;
    const char *model = "noise U ~ normal(0, 2); noise T ~ bernoulli(0.5);"
                        "noise e ~ normal(0, 1); Y = 2*T + U + e; Z = U * U";
    Asked *a = asked(model, REAL_E, "U", NULL);
    give(a, "T", TERM_EQ, 1);
    give(a, "Y", TERM_EQ, 6);
    check(a, 3.2, 0.01);
    a = asked(model, REAL_E, "Z", NULL);
    give(a, "T", TERM_EQ, 1);
    give(a, "Y", TERM_EQ, 6);
    check(a, 3.2 * 3.2 + 0.8, 0.06);
    // Each T by the density of Y: normal of variance 5 around 2 T.
    a = asked(model, REAL_P, "T", NULL);
    give(a, "Y", TERM_EQ, 3);
    double yes = exp(-0.1), no = exp(-0.9);
    check(a, yes / (yes + no), 0.01);
}

// Y = exp(X + e): the slope of the solution is 1 / y, the same for all; X = log(y) / 2.
static void derivatives_count(void **state) {
    (void)state;
    Asked *a = asked("X ~ normal(0, 1); Y = exp(X + normal(0, 1))", REAL_E, "X", NULL);
    give(a, "Y", TERM_EQ, 3);
    check(a, log(3) / 2, 0.01);
    // Y = S e, e normal: the density of y = 1.5 is phi(1.5 / S) / S; S is 1 or 3.
    a = asked("B ~ bernoulli(0.5); Y = (if B then 3 else 1) * normal(0, 1)", REAL_P, "B", NULL);
    give(a, "Y", TERM_EQ, 1.5);
    double wide = exp(-0.125) / 3, narrow = exp(-1.125);
    check(a, wide / (wide + narrow), 0.01);
}

// --- refusals -------------------------------------------------------------------------------

static void peaks_apart_are_refused(void **state) {
    (void)state;
    Asked *a = asked("M ~ normal(0, 10); Y ~ normal(M * M, 0.1)", REAL_E, "M", NULL);
    give(a, "Y", TERM_EQ, 25);
    RealAnswer out = answer_with(a, (RealBudget){.draws = 20000}, FAULT);
    assert_null(out.influence);
    ask_free(a);
}

static void contradictions_are_refused(void **state) {
    (void)state;
    Asked *a = asked("X ~ uniform(0, 1); Y ~ normal(X, 1)", REAL_E, "Y", NULL);
    give(a, "X", TERM_GT, 2);
    answer_with(a, (RealBudget){.draws = 1000}, FAULT);
    ask_free(a);
}

// --- errors ---------------------------------------------------------------------------------

// Of intervals of 1.96 standard errors, 93 to 97 in 100 hold the truth: with 1000 seeds, and
// with fewer as far as so many can tell (4 standard deviations around 95).
static void intervals_cover(void **state) {
    (void)state;
    const double tail = exp(-0.5 * 4) / sqrt(2 * M_PI) / normal_q(2);
    uint64_t count = seeds(5), hits[3] = {0};
    Asked *a[3] = {normals(REAL_E), asked("X ~ normal(0, 1)", REAL_E, "X", NULL),
                   normals(REAL_VAR)};
    give(a[1], "X", TERM_GT, 2);
    const double want[3] = {4.2, tail, 0.16};
    for (uint64_t seed = 0; seed < count; seed++)
        for (size_t i = 0; i < 3; i++) {
            RealAnswer out = answer_with(
                a[i], (RealBudget){.draws = 128 * 20, .seed = seed, .threads = 1}, OK);
            hits[i] += fabs(out.value - want[i]) < 1.96 * out.se;
            real_answer_free(&out);
        }
    for (size_t i = 0; i < 3; i++) {
        double share = (double)hits[i] / (double)count;
        double slack = fmax(0.02, 4 * sqrt(0.95 * 0.05 / (double)count));
        if (getenv("RUNG_SHOW")) fprintf(stderr, "  coverage %.4f\n", share);
        if (fabs(share - 0.95) > slack) fail_msg("question %zu: coverage %.4f", i, share);
        ask_free(a[i]);
    }
}

// The same numbers from one thread and from many; others from another seed.
static void threads_change_nothing(void **state) {
    (void)state;
    Asked *a = normals(REAL_E);
    RealAnswer one = answer_with(a, (RealBudget){.draws = 2560, .threads = 1}, OK);
    RealAnswer many = answer_with(a, (RealBudget){.draws = 2560, .threads = 4}, OK);
    RealAnswer other = answer_with(a, (RealBudget){.draws = 2560, .seed = 1}, OK);
    assert_true(one.value == many.value && one.se == many.se);
    assert_memory_equal(one.influence, many.influence, REAL_BATCHES * sizeof(double));
    assert_true(one.value != other.value);
    real_answer_free(&one);
    real_answer_free(&many);
    real_answer_free(&other);
    ask_free(a);
}

static void rhat_tells_chains_apart(void **state) {
    (void)state;
    enum { DRAWS = 200, CHAINS = 16 };
    static double x[DRAWS * CHAINS];
    Rng rng;
    double rhat;
    rng_seed(&rng, 1, 0);
    for (size_t i = 0; i < DRAWS * CHAINS; i++) x[i] = rng_unit(&rng);
    assert_int_equal(chain_check_rhat(x, DRAWS, CHAINS, &rhat), OK);
    assert_true(rhat > 0.99 && rhat < 1.02);
    for (size_t d = 0; d < DRAWS; d++) x[d * CHAINS] += 0.5; // one of them elsewhere
    assert_int_equal(chain_check_rhat(x, DRAWS, CHAINS, &rhat), OK);
    assert_true(rhat > 1.05);
    for (size_t d = 0; d < DRAWS; d++) x[d * CHAINS] -= 0.5;
    for (size_t d = 0; d < DRAWS; d++) // one of them wider, around the same middle
        x[d * CHAINS] = 0.5 + 20 * (x[d * CHAINS] - 0.5);
    assert_int_equal(chain_check_rhat(x, DRAWS, CHAINS, &rhat), OK);
    assert_true(rhat > 1.05);
    for (size_t i = 0; i < DRAWS * CHAINS; i++) x[i] = 7;
    assert_int_equal(chain_check_rhat(x, DRAWS, CHAINS, &rhat), OK);
    assert_true(rhat == 1);
    for (size_t i = 0; i < DRAWS * CHAINS; i++) x[i] = (double)(i % CHAINS); // standing still
    assert_int_equal(chain_check_rhat(x, DRAWS, CHAINS, &rhat), OK);
    assert_true(rhat > 1e3);
}

// Chains of 7 draws, by the definition written out anew in another language. The figure of the
// draws is larger in the first case, that of their distances from the median in the others.
static void rhat_is_that_of_the_definition(void **state) {
    (void)state;
    static const double cases[][21] = {
        {-5, 5, -4.5, -6, 6.1, 5.5, -4, 4.4, -6.5, -7, 7.2, 4.9, -5.5, 5.7, -3, -3.5, 3.7, 6.6,
         -8, 8.1, 0.5},
        {0.1, -9, 1.1, 0.2, 8, -7, -0.2, 7.5, 1.5, 0.3, -6, 2.5, -0.1, -5, 6, 0.15, 9.5, -0.7,
         -0.05, -8.5, 3.3},
        {1.5, 2.5, 3, 0.3, 4.1, 2.2, 2.2, 2.2, 0.9, -1.1, 3.3, 4, 9.7, 5.2, 6.1, 7.9, 2.8, 0.4,
         8.1, 3.9, -3.5},
    };
    static const double want[] = {1.326609525165123, 1.9021276045957811, 1.422372172766199};
    for (size_t i = 0; i < 3; i++) {
        double rhat;
        assert_int_equal(chain_check_rhat(cases[i], 7, 3, &rhat), OK);
        assert_float_equal(rhat, want[i], 1e-12);
    }
}

// Memory may end anywhere: then nothing is left behind.
static void memory_may_end(void **state) {
    (void)state;
    const char *model =
        "noise U ~ normal(0, 1); B ~ bernoulli(0.5); X = U + B; Y ~ normal(X, 1)";
    Asked *a = asked(model, REAL_QUANTILE, "U", NULL);
    a->q.level = 0.5;
    give(a, "X", TERM_GT, 0);
    give(a, "Y", TERM_EQ, 1);
    Status st = NOMEM;
    for (long n = 0; st == NOMEM; n += n < 200 ? 3 : 29) {
        Faults faults = {0};
        RealCall call = {.budget = &(RealBudget){.draws = 128, .threads = 1},
                         .faults = &faults};
        RealAnswer out = {0};
        mem_fail_after(n, 1);
        st = chain_answer(&call, &a->q, &out);
        mem_fail_after(-1, 0);
        assert_true(st == OK || st == NOMEM);
        if (st == NOMEM) assert_null(out.influence);
        real_answer_free(&out);
        fault_free(&faults);
    }
    assert_int_equal(st, OK);
    ask_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal_mean),
        cmocka_unit_test(beta_binomial),
        cmocka_unit_test(gamma_poisson),
        cmocka_unit_test(tail_event),
        cmocka_unit_test(event_of_a_sum),
        cmocka_unit_test(conditions_far_away),
        cmocka_unit_test(rare_events),
        cmocka_unit_test(what_cannot_happen_is_no_number),
        cmocka_unit_test(explaining_away),
        cmocka_unit_test(mixture),
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(many_levels),
        cmocka_unit_test(many_observations),
        cmocka_unit_test(noise_is_solved_for),
        cmocka_unit_test(derivatives_count),
        cmocka_unit_test(rhat_tells_chains_apart),
        cmocka_unit_test(rhat_is_that_of_the_definition),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(memory_may_end),
        cmocka_unit_test(intervals_cover),
        cmocka_unit_test(peaks_apart_are_refused),
        cmocka_unit_test(contradictions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
