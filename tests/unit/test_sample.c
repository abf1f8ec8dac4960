// Tests of runtime/sample: sampled answers against closed forms, quadrature and enumeration.
#include "tests/unit/model_text.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

#include "runtime/base/rng.h"
#include "runtime/sample/sample.h"

// --- questions ---

typedef struct Asked {
    TextModel t;
    RealAnswer a;
    Status status;
    FaultCode fault;
} Asked;

static Term *V(const TextModel *t, const char *name) {
    return term_var(t->m->vars[text_model_var(t, name)]->name, NULL, 0);
}

static Term *two(TermOp op, Term *a, Term *b) {
    return term_binary(op, a, b, 0);
}

static Term *N(double x) {
    return term_number(x, 0);
}

// "Y = 1", "X > 0.5", "X + Y = 1", "B" (a bool): what the tests need of the language.
static Term *operand(const TextModel *t, const char **p) {
    char name[40];
    int len = 0;
    double x;
    while (**p == ' ') (*p)++;
    if (sscanf(*p, "%lf%n", &x, &len) == 1) {
        *p += len;
        return N(x);
    }
    if (sscanf(*p, "%39[A-Za-z0-9]%n", name, &len) != 1) fail_msg("operand %s", *p);
    *p += len;
    return V(t, name);
}

static Term *parse(const TextModel *t, const char *text) {
    const char *p = text;
    Term *a = operand(t, &p);
    while (*p == ' ') p++;
    while (*p == '+' || *p == '*') {
        TermOp op = *p++ == '+' ? TERM_ADD : TERM_MUL;
        a = two(op, a, operand(t, &p));
        while (*p == ' ') p++;
    }
    if (*p == 0) return a;
    TermOp op = *p == '=' ? TERM_EQ : *p == '>' ? TERM_GT : TERM_LT;
    p++;
    return two(op, a, operand(t, &p));
}

enum { MOST = 8 };

// Terms separated by ';'.
static uint32_t parse_all(const TextModel *t, const char *text, Term **out) {
    uint32_t n = 0;
    while (text && *text) {
        char one[200];
        size_t len = strcspn(text, ";");
        memcpy(one, text, len);
        one[len] = 0;
        out[n++] = parse(t, one);
        text += len + (text[len] == ';');
    }
    return n;
}

static long fail_at = -1; // the allocation that fails in the next question

static Status pose(const TextModel *t, RealHead head, const char *args, const char *given,
                  RealBudget budget, double level, RealAnswer *a, FaultCode *fault) {
    Term *terms[MOST], *conds[MOST];
    Faults faults = {0};
    RealQuestion q = {.model = t->m, .head = head, .level = level};
    q.nargs = parse_all(t, args, terms);
    q.ngiven = parse_all(t, given, conds);
    q.args = (const Term *const *)terms;
    q.given = (const Term *const *)conds;
    RealCall call = {.budget = &budget, .faults = &faults};
    mem_fail_after(fail_at, 0);
    Status status = sample_answer(&call, &q, a);
    bool reached = fail_at >= 0 && mem_count() > fail_at;
    mem_fail_after(-1, 0);
    if (!reached) fail_at = -1;
    if (fault) *fault = faults.count ? faults.items[0].code : FAULT_NONE;
    if (status != OK && !fault && faults.count) print_message("%s\n", faults.items[0].message);
    for (uint32_t i = 0; i < q.nargs; i++) term_drop(terms[i]);
    for (uint32_t i = 0; i < q.ngiven; i++) term_drop(conds[i]);
    fault_free(&faults);
    return status;
}

static uint64_t default_seeds(uint64_t n) {
    const char *text = getenv("RUNG_SEEDS");
    return text ? strtoull(text, NULL, 10) : n;
}

// --- closed forms ---

static const char *const linear = "X ~ normal(0, 1)\nnoise U ~ normal(0, 1)\nY : real = 2*X + U\n"
                                  "Z ~ normal(Y, 2)\n";
static const char *const waits = "A ~ exponential(rate: 1)\nB ~ exponential(rate: 2)\n"
                                 "T : positive = A + B\nS : real = log(T)\n";
static const char *const either = "B ~ bernoulli(0.3)\nnoise U ~ normal(0, 1)\n"
                                  "Y : real = if B then U else 2 + 3*U\n";
static const char *const sums = "X ~ gamma(2, rate: 1)\nZ ~ gumbel(0, 1)\nW ~ uniform(0, 1)\n"
                                "Y : real = 3*X - 2*W + Z\n";
static const char *const counts = "L ~ gamma(3, rate: 2)\nK ~ poisson(L)\n";

typedef struct Case {
    const char *model;
    RealHead head;
    const char *args, *given;
    double level, want;
} Case;

#define PI 3.14159265358979323846

static size_t list_cases(Case *c) {
    double p1 = 0.3 * gsl_ran_gaussian_pdf(1, 1), p0 = 0.7 * gsl_ran_gaussian_pdf(1, 3);
    double e = exp(1);
    size_t n = 0;
    // X | Y = 1 is normal(0.4, sqrt(0.2)).
    c[n++] = (Case){linear, REAL_E, "X", "Y = 1", 0, 0.4};
    c[n++] = (Case){linear, REAL_VAR, "X", "Y = 1", 0, 0.2};
    c[n++] = (Case){linear, REAL_P, "X > 0.5", "Y = 1", 0, gsl_cdf_gaussian_Q(0.1, sqrt(0.2))};
    c[n++] = (Case){linear, REAL_LOGP, "X > 0.5", "Y = 1", 0,
                    log(gsl_cdf_gaussian_Q(0.1, sqrt(0.2)))};
    c[n++] = (Case){linear, REAL_E, "U", "Y = 1", 0, 0.2};
    c[n++] = (Case){linear, REAL_QUANTILE, "X", "Y = 1", 0.9,
                    0.4 + gsl_cdf_gaussian_Pinv(0.9, sqrt(0.2))};
    // Y ~ normal(0, sqrt(5)), Z = Y + 2 e.
    c[n++] = (Case){linear, REAL_E, "Y", "Z = 3", 0, 3 * 5.0 / 9};
    c[n++] = (Case){linear, REAL_E, "X", "Z = 3", 0, 3 * 2.0 / 9};
    c[n++] = (Case){linear, REAL_E, "U", "Z = 3;Y = 1", 0, 0.2};
    // A | A + B = 1 has density e^a / (e - 1).
    c[n++] = (Case){waits, REAL_E, "A", "A + B = 1", 0, 1 / (e - 1)};
    c[n++] = (Case){waits, REAL_E, "A", "T = 1", 0, 1 / (e - 1)};
    c[n++] = (Case){waits, REAL_E, "A", "S = 0", 0, 1 / (e - 1)};
    c[n++] = (Case){waits, REAL_P, "A > 0.5", "S = 0", 0, (e - sqrt(e)) / (e - 1)};
    c[n++] = (Case){either, REAL_P, "B", "Y = 1", 0, p1 / (p1 + p0)};
    c[n++] = (Case){either, REAL_E, "U", "Y = 1", 0, (p1 - p0 / 3) / (p1 + p0)};
    c[n++] = (Case){either, REAL_P, "B", "Y > 1", 0,
                    0.3 * gsl_cdf_gaussian_Q(1, 1) /
                        (0.3 * gsl_cdf_gaussian_Q(1, 1) + 0.7 * gsl_cdf_gaussian_Q(-1, 3))};
    c[n++] = (Case){sums, REAL_E, "Y", "", 0, 6 - 1 + 0.57721566490153286};
    c[n++] = (Case){sums, REAL_VAR, "Y", "", 0, 18 + 4.0 / 12 + PI * PI / 6};
    c[n++] = (Case){sums, REAL_SD, "Z", "", 0, PI / sqrt(6)};
    c[n++] = (Case){sums, REAL_COV, "X;Y", "", 0, 6};
    c[n++] = (Case){sums, REAL_COR, "X;Y", "", 0, 6 / sqrt(2 * (18 + 4.0 / 12 + PI * PI / 6))};
    c[n++] = (Case){sums, REAL_SLOPE, "Y;X;W", "", 0, 3};
    c[n++] = (Case){sums, REAL_SLOPE, "Y;W", "", 0, -2};
    c[n++] = (Case){sums, REAL_QUANTILE, "Z", "", 0.25, -log(-log(0.25))};
    c[n++] = (Case){sums, REAL_P, "Z > 1;W < 0.5", "", 0, 0.5 * (1 - exp(-exp(-1)))};
    // L | K = 5 is gamma(8, rate: 3).
    c[n++] = (Case){counts, REAL_E, "L", "K = 5", 0, 8.0 / 3};
    c[n++] = (Case){counts, REAL_SD, "L", "K = 5", 0, sqrt(8) / 3};
    return n;
}

static void closed_forms(void **state) {
    (void)state;
    Case cases[40];
    size_t n = list_cases(cases), far = 0, asked = 0;
    uint64_t seeds = default_seeds(3);
    if (seeds > 300) seeds = 300;
    for (size_t i = 0; i < n; i++) {
        const Case *c = &cases[i];
        TextModel t = text_model(c->model);
        for (uint64_t seed = 1; seed <= seeds; seed++) {
            RealAnswer a;
            RealBudget budget = {.draws = 40000, .seed = seed};
            Status st = pose(&t, c->head, c->args, c->given, budget, c->level, &a, NULL);
            if (st != OK) fail_msg("case %zu (%s | %s): status %d", i, c->args, c->given, st);
            double z = (a.value - c->want) / a.se;
            if (!(fabs(z) < 6) || !(a.se > 0))
                fail_msg("%s | %s, seed %d: %g +- %g, not %g", c->args, c->given, (int)seed,
                         a.value, a.se, c->want);
            far += fabs(z) > 4;
            asked++;
            assert_true(a.sampled && a.draws == 40000 && a.ess > 1000);
            real_answer_free(&a);
        }
        text_model_free(&t);
    }
    assert_true((double)far <= 1 + 0.001 * (double)asked);
}

// --- random networks, by enumeration ---

enum { NODES = 6 };

typedef struct Network {
    double p[NODES][4]; // of true, by the levels of at most two causes
    int cause[NODES][2];
} Network;

static void make_net(Rng *r, Network *net, Str *text) {
    for (int v = 0; v < NODES; v++) {
        for (int k = 0; k < 2; k++) net->cause[v][k] = v > k ? (int)rng_below(r, (uint64_t)v) : -1;
        if (net->cause[v][1] == net->cause[v][0]) net->cause[v][1] = -1;
        for (int row = 0; row < 4; row++) net->p[v][row] = floor(1 + 98 * rng_unit(r)) / 100;
        const int *c = net->cause[v];
        const double *p = net->p[v];
        str_printf(text, "V%d ~ bernoulli(", v);
        if (c[0] < 0)
            str_printf(text, "%g)\n", p[0]);
        else if (c[1] < 0)
            str_printf(text, "if V%d then %g else %g)\n", c[0], p[1], p[0]);
        else
            str_printf(text,
                       "if V%d then (if V%d then %g else %g) else "
                       "(if V%d then %g else %g))\n",
                       c[0], c[1], p[3], p[1], c[1], p[2], p[0]);
    }
}

static double joint(const Network *net, int x) {
    double p = 1;
    for (int v = 0; v < NODES; v++) {
        const int *c = net->cause[v];
        int row = (c[0] >= 0 && (x >> c[0] & 1)) + 2 * (c[1] >= 0 && (x >> c[1] & 1));
        p *= x >> v & 1 ? net->p[v][row] : 1 - net->p[v][row];
    }
    return p;
}

static double truth(const Network *net, int ask_var, int g1, int l1, int g2, int l2) {
    double yes = 0, all = 0;
    for (int x = 0; x < 1 << NODES; x++) {
        if ((x >> g1 & 1) != l1 || (x >> g2 & 1) != l2) continue;
        all += joint(net, x);
        if (x >> ask_var & 1) yes += joint(net, x);
    }
    return yes / all;
}

static void random_networks(void **state) {
    (void)state;
    uint64_t seeds = default_seeds(25);
    size_t far = 0, asked = 0;
    for (uint64_t seed = 0; seed < seeds; seed++) {
        Rng r;
        Network net;
        Str text = {0};
        rng_seed(&r, seed, 77);
        make_net(&r, &net, &text);
        TextModel t = text_model(str_text(&text));
        int v = (int)rng_below(&r, NODES), g1 = (int)rng_below(&r, NODES),
            g2 = (int)rng_below(&r, NODES), l1 = (int)rng_below(&r, 2), l2 = (int)rng_below(&r, 2);
        char arg[20], given[60];
        snprintf(arg, sizeof arg, "V%d = 1", v);
        snprintf(given, sizeof given, "V%d = %d;V%d = %d", g1, l1, g2, l2);
        RealAnswer a = {0};
        FaultCode fault;
        RealBudget budget = {.draws = 20000, .seed = seed};
        bool skip = g1 == g2 || v == g1 || v == g2;
        Status st = skip ? FAULT : pose(&t, REAL_P, arg, given, budget, 0, &a, &fault);
        if (st == OK) {
            double want = truth(&net, v, g1, l1, g2, l2), z = (a.value - want) / a.se;
            if (!(fabs(z) < 6))
                fail_msg("seed %d: %s | %s: %g +- %g, not %g", (int)seed, arg, given, a.value,
                         a.se, want);
            far += fabs(z) > 4;
            asked++;
        } else if (!skip) {
            assert_true(fault == FAULT_SAMPLE_RARE || fault == FAULT_SAMPLE_IMPROBABLE);
        }
        real_answer_free(&a);
        text_model_free(&t);
        str_free(&text);
    }
    assert_true((double)far <= 1 + 0.001 * (double)asked);
}

// --- intervals ---

static void intervals_cover(void **state) {
    (void)state;
    const struct {
        const char *model;
        RealHead head;
        const char *args, *given;
        double level, want;
    } cases[] = {
        {linear, REAL_E, "X", "Y = 1", 0, 0.4},
        {linear, REAL_QUANTILE, "X", "Y = 1", 0.5, 0.4},
        {sums, REAL_SD, "Z", "", 0, PI / sqrt(6)},
        {waits, REAL_P, "A > 0.5", "S = 0", 0, (exp(1) - exp(0.5)) / (exp(1) - 1)},
    };
    uint64_t seeds = default_seeds(150);
    if (seeds > 1000) seeds = 1000;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TextModel t = text_model(cases[i].model);
        size_t inside = 0;
        for (uint64_t seed = 0; seed < seeds; seed++) {
            RealAnswer a;
            RealBudget budget = {.draws = 4000, .seed = seed, .threads = 1};
            assert_int_equal(pose(&t, cases[i].head, cases[i].args, cases[i].given, budget,
                                 cases[i].level, &a, NULL),
                             OK);
            inside += fabs(a.value - cases[i].want) < 1.96 * a.se;
            real_answer_free(&a);
        }
        // 93 to 97% of 1000; of fewer, within four standard errors of 95%.
        double share = (double)inside / (double)seeds;
        double slack = fmax(0.02, 4 * sqrt(0.95 * 0.05 / (double)seeds));
        if (fabs(share - 0.95) > slack) fail_msg("case %zu: %g%% covered", i, 100 * share);
        text_model_free(&t);
    }
}

// --- threads, runs ---

static void threads_change_nothing(void **state) {
    (void)state;
    const char *given[] = {"", "Y = 1"};
    TextModel t = text_model(linear);
    for (int g = 0; g < 2; g++) {
        RealAnswer first = {0};
        for (unsigned threads = 1; threads < 5; threads++) {
            RealAnswer a;
            RealBudget budget = {.seed = 9, .threads = threads == 4 ? 1 : threads,
                                 .tolerance = 0.003};
            assert_int_equal(pose(&t, REAL_E, "X", given[g], budget, 0, &a, NULL), OK);
            if (threads == 1) {
                first = a;
                continue;
            }
            assert_memory_equal(&a.value, &first.value, sizeof a.value);
            assert_memory_equal(&a.se, &first.se, sizeof a.se);
            assert_memory_equal(a.influence, first.influence, REAL_BATCHES * sizeof(double));
            assert_true(a.draws == first.draws && a.se <= 0.003);
            real_answer_free(&a);
        }
        real_answer_free(&first);
    }
    text_model_free(&t);
}

static void influence_has_mean_zero(void **state) {
    (void)state;
    TextModel t = text_model(sums);
    for (RealHead head = REAL_P; head <= REAL_SLOPE; head++) {
        bool pair = head == REAL_COV || head == REAL_COR || head == REAL_SLOPE;
        RealAnswer a;
        RealBudget budget = {.draws = 10000, .seed = 2};
        const char *args = pair ? "X;Y" : head <= REAL_LOGP ? "X > 1" : "Y";
        assert_int_equal(pose(&t, head, args, "", budget, 0.5, &a, NULL), OK);
        double sum = 0, squares = 0;
        for (int b = 0; b < REAL_BATCHES; b++)
            sum += a.influence[b], squares += a.influence[b] * a.influence[b];
        assert_true(fabs(sum) < 1e-6 * sqrt(squares) * REAL_BATCHES);
        assert_true(fabs(sqrt(squares / (REAL_BATCHES * (REAL_BATCHES - 1.0))) - a.se) <
                    1e-12 * a.se);
        real_answer_free(&a);
    }
    text_model_free(&t);
}

// --- what is refused ---

static FaultCode fault_of(const char *model, RealHead head, const char *args,
                          const char *given) {
    TextModel t = text_model(model);
    RealAnswer a;
    FaultCode fault;
    RealBudget budget = {.draws = 20000, .seed = 3};
    Status st = pose(&t, head, args, given, budget, 0.5, &a, &fault);
    if (st == OK) real_answer_free(&a);
    text_model_free(&t);
    return st == OK ? FAULT_NONE : fault;
}

static void refusals(void **state) {
    (void)state;
    assert_int_equal(fault_of(counts, REAL_P, "K = 60", ""), FAULT_SAMPLE_RARE);
    assert_int_equal(fault_of(linear, REAL_P, "X > 0", "Y > 3;Y < 2"), FAULT_SAMPLE_IMPROBABLE);
    assert_int_equal(fault_of("noise U ~ normal(0, 1)\nY : real = U + U^3\n"
                              "Z ~ normal(Y, 1)\n",
                              REAL_E, "Z", "Y * U = 2"),
                     FAULT_SAMPLE_SOLVE);
    assert_int_equal(fault_of("X ~ normal(0, 1)\nB ~ bernoulli(X)\n", REAL_P, "B", ""),
                     FAULT_SAMPLE_VALUE);
    assert_int_equal(fault_of("T ~ bernoulli(0.5)\nnoise U ~ normal(0, 1)\nZ : real = T*U\n",
                              REAL_P, "T", "Z = 0"),
                     FAULT_SAMPLE_ATOM);
    // Undefined draws that the evidence rules out do no harm.
    assert_int_equal(fault_of("X ~ normal(0, 1)\nB ~ bernoulli(X)\n", REAL_P, "B",
                              "X > 0;X < 1"),
                     FAULT_NONE);
}

// Far out in the tail, by splitting.
static void rare_events(void **state) {
    (void)state;
    TextModel t = text_model(linear);
    RealAnswer a;
    RealBudget budget = {.draws = 20000, .seed = 3};
    assert_int_equal(pose(&t, REAL_P, "X > 8", "", budget, 0, &a, NULL), OK);
    assert_true(fabs(a.value - gsl_cdf_ugaussian_Q(8)) < 4 * a.se && a.se < 0.3 * a.value);
    real_answer_free(&a);
    text_model_free(&t);
}

// An event that always holds is 1, with an error that is not 0.
static void nearly_sure(void **state) {
    (void)state;
    TextModel t = text_model(linear);
    RealAnswer a;
    RealBudget budget = {.draws = 20000, .seed = 3};
    assert_int_equal(pose(&t, REAL_P, "X < 8", "", budget, 0, &a, NULL), OK);
    assert_true(a.value == 1 && a.se > 1e-5 && a.se < 1e-3);
    real_answer_free(&a);
    text_model_free(&t);
}

static void laws(void **state) {
    (void)state;
    TextModel t = text_model(linear);
    RealAnswer a;
    RealBudget budget = {.draws = 200000, .seed = 3};
    assert_int_equal(pose(&t, REAL_LAW, "X", "Y = 1", budget, 0, &a, NULL), OK);
    assert_non_null(a.law);
    assert_int_equal(a.law->op, TERM_EMPIRICAL);
    const TermNumbers *x = a.law->numbers;
    assert_true(x->count == 10000);
    double far = 0;
    for (size_t i = 0; i < x->count; i++) {
        double p = gsl_cdf_gaussian_P(x->items[i] - 0.4, sqrt(0.2));
        far = fmax(far, fabs(p - ((double)i + 0.5) / (double)x->count));
    }
    assert_true(far < 0.02);
    real_answer_free(&a);
    text_model_free(&t);
}

// --- rows ---

static void check_rows(const char *given, double mean, double var) {
    enum { ROWS = 20000 };
    static double x[ROWS], b[ROWS];
    TextModel t = text_model("B ~ bernoulli(0.5)\nX ~ normal(0, 1)\nnoise U ~ normal(0, 1)\n"
                             "Y : real = 2*X + U\n");
    Term *conds[MOST];
    Faults faults = {0};
    RealBudget budget = {.seed = 4};
    RealCall call = {.budget = &budget, .faults = &faults};
    RealQuestion q = {.model = t.m};
    q.ngiven = parse_all(&t, given, conds);
    q.given = (const Term *const *)conds;
    uint32_t vars[] = {text_model_var(&t, "B"), text_model_var(&t, "X")};
    double *columns[] = {b, x};
    assert_int_equal(sample_rows(&call, &q, vars, 2, ROWS, columns), OK);
    double sum = 0, squares = 0, yes = 0, lag = 0;
    for (int i = 0; i < ROWS; i++) {
        assert_true(b[i] == 0 || b[i] == 1);
        sum += x[i] - mean, squares += (x[i] - mean) * (x[i] - mean), yes += b[i];
        if (i) lag += (x[i] - mean) * (x[i - 1] - mean);
    }
    // Resampled rows repeat some draws, which widens the error a little.
    assert_true(fabs(sum / ROWS) < 6 * sqrt(var / ROWS));
    assert_true(fabs(squares / ROWS - var) < 8 * var * sqrt(2.0 / ROWS));
    assert_true(fabs(yes / ROWS - 0.5) < 6 * 0.5 / sqrt(ROWS));
    assert_true(fabs(lag / ROWS) < 6 * var / sqrt(ROWS));
    for (uint32_t i = 0; i < q.ngiven; i++) term_drop(conds[i]);
    fault_free(&faults);
    text_model_free(&t);
}

static void rows(void **state) {
    (void)state;
    check_rows("", 0, 1);
    check_rows("Y = 1", 0.4, 0.2);
    check_rows("X > 0", sqrt(2 / PI), 1 - 2 / PI);
}

// --- stops ---

static void survives_exhaustion(void **state) {
    (void)state;
    TextModel t = text_model("T ~ bernoulli(0.5)\nX ~ normal(0, 1)\nnoise U ~ gumbel(0, 1)\n"
                             "Y : real = if T then X + exp(U) else 2*U\nZ ~ normal(Y, 1)\n");
    fail_at = 0;
    for (long n = 0; fail_at >= 0; n += n < 40 ? 1 : 7) {
        RealAnswer a;
        FaultCode fault;
        RealBudget budget = {.draws = 2000, .threads = 1};
        fail_at = n;
        Status st = pose(&t, REAL_E, "X", "Y = 3;Z > 1", budget, 0, &a, &fault);
        assert_true(st == OK || st == NOMEM);
        if (st == OK) real_answer_free(&a);
    }
    text_model_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_forms),
        cmocka_unit_test(random_networks),
        cmocka_unit_test(intervals_cover),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(influence_has_mean_zero),
        cmocka_unit_test(refusals),
        cmocka_unit_test(rare_events),
        cmocka_unit_test(nearly_sure),
        cmocka_unit_test(laws),
        cmocka_unit_test(rows),
        cmocka_unit_test(survives_exhaustion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
