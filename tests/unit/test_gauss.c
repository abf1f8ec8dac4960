// Conditional linear Gaussian models, at random, against linear algebra on the joint covariance of
// all variables of both worlds (LAPACK), configuration by configuration.
//
// The oracle knows nothing of forms, tapes or sweeps: it multiplies out the loadings of every
// variable on every noise, conditions by the Cholesky factor of the covariance of what is
// observed, and mixes the configurations by their densities.
#include "tests/unit/model_make.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <lapacke.h>

#include "runtime/base/rng.h"
#include "runtime/infer/ask.h"
#include "tests/unit/graph_text.h"

#define MOST 6       // continuous variables
#define ALL (2 * MOST) // in both worlds
#define LEVELS 3
#define SEEN 3

typedef struct Equation {
    int parent; // the discrete cause: -1 none, 0, 1
    double c[LEVELS], a[LEVELS][MOST], s[LEVELS];
} Equation;

typedef struct Row {
    double w[ALL];
} Row;

typedef struct Trial {
    Rng rng;
    uint64_t seed;
    int n, card[2];
    double p0[LEVELS], p1[LEVELS][2];
    Equation eq[MOST];
    // The other world: X[set] = value, or X[set] + value; and D0 = level unless that is -1.
    int set, level;
    bool shift;
    double value;
    int nseen, known[2]; // -1: a discrete variable is not observed
    Row seen[SEEN], q[2];
    double at[SEEN];
    bool above;          // q[1] > cut is given as well
    double cut;
    Model *model;
} Trial;

// The law of q[0] and q[1] in one configuration.
typedef struct Part {
    double weight, log_density, mean[2], cov[2][2];
} Part;

static double uniform(Trial *t, double low, double high) {
    return low + (high - low) * rng_unit(&t->rng);
}

static int below(Trial *t, int n) {
    return (int)rng_below(&t->rng, (uint32_t)n);
}

static double noise(Trial *t) {
    return gsl_cdf_ugaussian_Pinv(uniform(t, 1e-6, 1 - 1e-6));
}

static int level_of(const Equation *e, const int *d) {
    return e->parent < 0 ? 0 : d[e->parent];
}

// --- models ----------------------------------------------------------------------------------

static void random_equation(Trial *t, int i) {
    Equation *e = &t->eq[i];
    e->parent = below(t, 3) - 1;
    for (int l = 0; l < LEVELS; l++) {
        e->c[l] = uniform(t, -2, 2);
        e->s[l] = uniform(t, 0.3, 2);
        for (int j = 0; j < i; j++) e->a[l][j] = below(t, 3) ? uniform(t, -1.5, 1.5) : 0;
    }
}

static Term *name_of(int i, World *w) {
    char name[8];
    snprintf(name, sizeof name, "X%d", i);
    return term_var(sym(name), w, 0);
}

// A number that depends on the discrete cause of an equation.
static Term *by_level(const Trial *t, const Equation *e, const double *x) {
    if (e->parent < 0) return N(x[0]);
    Term *result = N(x[t->card[e->parent] - 1]);
    for (int l = t->card[e->parent] - 2; l >= 0; l--)
        result = iff(op(TERM_EQ, V(e->parent ? "D1" : "D0"), N(l)), N(x[l]), result);
    return result;
}

static Term *equation_term(const Trial *t, int i) {
    const Equation *e = &t->eq[i];
    Term *sum = by_level(t, e, e->c);
    for (int j = 0; j < i; j++) {
        double a[LEVELS];
        for (int l = 0; l < LEVELS; l++) a[l] = e->a[l][j];
        sum = op(TERM_ADD, sum, op(TERM_MUL, by_level(t, e, a), name_of(j, NULL)));
    }
    Term *kids[2] = {N(0), by_level(t, e, e->s)};
    return op(TERM_ADD, sum, term_dist(dist_find("normal"), kids, 2, 0));
}

static void build(Trial *t) {
    Term *kids[2 * LEVELS];
    for (int l = 0; l < t->card[0]; l++) kids[2 * l] = N(l), kids[2 * l + 1] = N(t->p0[l]);
    var("D0", t->card[0] == 2 ? "0..1" : "0..2", '~',
        term_many(TERM_MAP, kids, 2 * (uint32_t)t->card[0], 0));
    Term *p = N(t->p1[t->card[0] - 1][1]);
    for (int l = t->card[0] - 2; l >= 0 && t->level < 0; l--)
        p = iff(op(TERM_EQ, V("D0"), N(l)), N(t->p1[l][1]), p);
    var("D1", "bool", '~', bernoulli(p));
    for (int i = 0; i < t->n; i++) {
        char name[8];
        snprintf(name, sizeof name, "X%d", i);
        var(name, "real", '=', equation_term(t, i));
    }
    t->model = finish();
}

static void random_row(Trial *t, Row *r, bool both) {
    memset(r, 0, sizeof *r);
    int terms = 1 + below(t, 2);
    for (int k = 0; k < terms; k++) {
        int i = below(t, t->n) + (both && below(t, 2) ? MOST : 0);
        r->w[i] = below(t, 2) ? 1 : uniform(t, -2, 2);
    }
}

static void random_trial(Trial *t, uint64_t seed) {
    *t = (Trial){.seed = seed};
    rng_seed(&t->rng, seed, 0);
    t->n = 2 + below(t, MOST - 1);
    t->card[0] = 2 + below(t, 2), t->card[1] = 2;
    t->set = below(t, t->n), t->shift = below(t, 3) == 0, t->value = uniform(t, -3, 3);
    t->level = below(t, 3) ? -1 : below(t, t->card[0]);
    double rest = 1;
    for (int l = 0; l < t->card[0]; l++) {
        t->p0[l] = l + 1 < t->card[0] ? rest * uniform(t, 0.1, 0.9) : rest;
        rest -= t->p0[l];
        t->p1[l][1] = uniform(t, 0.05, 0.95);
        // What a set D0 would do to the noise of a kernel is not determined.
        if (l && t->level >= 0) t->p1[l][1] = t->p1[0][1];
        t->p1[l][0] = 1 - t->p1[l][1];
    }
    for (int i = 0; i < t->n; i++) random_equation(t, i);
    t->nseen = below(t, SEEN + 1);
    if (t->nseen > t->n - 1) t->nseen = t->n - 1;
    for (int d = 0; d < 2; d++) t->known[d] = below(t, 3) ? -1 : below(t, 2);
    for (int i = 0; i < t->nseen; i++) random_row(t, &t->seen[i], false);
    for (int i = 0; i < 2; i++) random_row(t, &t->q[i], true);
}

// --- the oracle ------------------------------------------------------------------------------

// Means and loadings of all variables in both worlds.
static void multiply_out(const Trial *t, const int *d, double *mean, double (*load)[MOST]) {
    for (int world = 0; world < 2; world++) {
        int levels[2] = {world && t->level >= 0 ? t->level : d[0], d[1]};
        for (int i = 0; i < t->n; i++) {
            const Equation *e = &t->eq[i];
            int at = world * MOST + i, l = level_of(e, levels);
            memset(load[at], 0, sizeof load[at]);
            mean[at] = e->c[l];
            load[at][i] = e->s[l];
            for (int j = 0; j < i; j++) {
                mean[at] += e->a[l][j] * mean[world * MOST + j];
                for (int k = 0; k < t->n; k++)
                    load[at][k] += e->a[l][j] * load[world * MOST + j][k];
            }
            if (!world || i != t->set) continue;
            // A shift starts from the value that the variable would have in that world.
            if (!t->shift) {
                memset(load[at], 0, sizeof load[at]);
                mean[at] = 0;
            }
            mean[at] += t->value;
        }
    }
}

static double combine(const Trial *t, const Row *r, const double *mean, double (*load)[MOST],
                      double *out) {
    double m = 0;
    memset(out, 0, MOST * sizeof *out);
    for (int i = 0; i < ALL; i++) {
        if (r->w[i] == 0) continue;
        m += r->w[i] * mean[i];
        for (int k = 0; k < t->n; k++) out[k] += r->w[i] * load[i][k];
    }
    return m;
}

static double dot(const Trial *t, const double *a, const double *b) {
    double sum = 0;
    for (int k = 0; k < t->n; k++) sum += a[k] * b[k];
    return sum;
}

// False when what is observed is nearly dependent: then no two ways of computing agree.
static bool condition(const Trial *t, const int *d, Part *out) {
    double mean[ALL], load[ALL][MOST], g[SEEN][MOST], q[2][MOST], off[SEEN], solved[SEEN];
    double s[SEEN * SEEN], sq[SEEN * 2];
    const int m = t->nseen;
    multiply_out(t, d, mean, load);
    for (int i = 0; i < 2; i++) out->mean[i] = combine(t, &t->q[i], mean, load, q[i]);
    for (int i = 0; i < m; i++) off[i] = t->at[i] - combine(t, &t->seen[i], mean, load, g[i]);
    for (int i = 0; i < m; i++) {
        for (int j = 0; j < m; j++) s[i * m + j] = dot(t, g[i], g[j]);
        for (int j = 0; j < 2; j++) sq[i * 2 + j] = dot(t, g[i], q[j]);
        solved[i] = off[i];
    }
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++) out->cov[i][j] = dot(t, q[i], q[j]);
    out->log_density = 0;
    if (!m) return true;
    double top = 0;
    for (int i = 0; i < m; i++) top = fmax(top, s[i * m + i]);
    if (LAPACKE_dpotrf(LAPACK_ROW_MAJOR, 'L', m, s, m)) return false;
    for (int i = 0; i < m; i++) {
        if (s[i * m + i] < 1e-3 * sqrt(top)) return false;
        out->log_density -= log(s[i * m + i]) + 0.5 * log(2 * M_PI);
    }
    double both[SEEN * 2];
    memcpy(both, sq, sizeof both);
    LAPACKE_dpotrs(LAPACK_ROW_MAJOR, 'L', m, 1, s, m, solved, 1);
    LAPACKE_dpotrs(LAPACK_ROW_MAJOR, 'L', m, 2, s, m, both, 2);
    for (int k = 0; k < m; k++) {
        out->log_density -= 0.5 * off[k] * solved[k];
        for (int i = 0; i < 2; i++) {
            out->mean[i] += sq[k * 2 + i] * solved[k];
            for (int j = 0; j < 2; j++) out->cov[i][j] -= sq[k * 2 + i] * both[k * 2 + j];
        }
    }
    return true;
}

// All configurations with their weights, which sum to 1.
static int parts_of(const Trial *t, Part *parts) {
    int n = 0, d[2];
    double most = -INFINITY, sum = 0;
    for (d[0] = 0; d[0] < t->card[0]; d[0]++)
        for (d[1] = 0; d[1] < 2; d[1]++) {
            if (t->known[0] >= 0 && d[0] != t->known[0]) continue;
            if (t->known[1] >= 0 && d[1] != t->known[1]) continue;
            if (!condition(t, d, &parts[n])) return 0;
            parts[n].weight = t->p0[d[0]] * t->p1[d[0]][d[1]];
            most = fmax(most, parts[n].log_density);
            n++;
        }
    for (int i = 0; i < n; i++) sum += parts[i].weight *= exp(parts[i].log_density - most);
    for (int i = 0; i < n; i++) parts[i].weight /= sum;
    return n;
}

// Values of what is observed, drawn from the model.
static void draw_values(Trial *t) {
    double mean[ALL], load[ALL][MOST], g[MOST], e[MOST];
    int d[2] = {below(t, t->card[0]), below(t, 2)};
    for (int i = 0; i < 2; i++)
        if (t->known[i] >= 0) d[i] = t->known[i];
    multiply_out(t, d, mean, load);
    for (int k = 0; k < t->n; k++) e[k] = noise(t);
    for (int i = 0; i < t->nseen; i++)
        t->at[i] = combine(t, &t->seen[i], mean, load, g) + dot(t, g, e);
}

// --- questions -------------------------------------------------------------------------------

static World *other_world(const Trial *t) {
    char name[8];
    snprintf(name, sizeof name, "X%d", t->set);
    Term *value = N(t->value);
    if (t->shift) value = op(TERM_ADD, V(name), value);
    Assign items[2] = {{.kind = ASSIGN_VALUE, .target = sym(name), .value = value}};
    if (t->level >= 0)
        items[1] = (Assign){.kind = ASSIGN_VALUE, .target = sym("D0"), .value = N(t->level)};
    return world_new(items, t->level >= 0 ? 2 : 1);
}

static Term *row_term(const Trial *t, const Row *r) {
    Term *sum = NULL;
    for (int i = 0; i < ALL; i++) {
        if (r->w[i] == 0) continue;
        Term *x = name_of(i % MOST, i < MOST ? NULL : other_world(t));
        if (r->w[i] != 1) x = op(TERM_MUL, N(r->w[i]), x);
        sum = sum ? op(TERM_ADD, sum, x) : x;
    }
    return sum;
}

static double ask_number(const Trial *t, AskHead head, Term *const *args, uint32_t nargs) {
    Cond conds[SEEN + 3] = {0};
    uint32_t n = 0;
    for (int i = 0; i < t->nseen; i++)
        conds[n++].term = op(TERM_EQ, row_term(t, &t->seen[i]), N(t->at[i]));
    for (int i = 0; i < 2; i++)
        if (t->known[i] >= 0) conds[n++].term = op(TERM_EQ, V(i ? "D1" : "D0"), N(t->known[i]));
    if (t->above) conds[n++].term = op(TERM_GT, row_term(t, &t->q[1]), N(t->cut));
    const Question q = {.head = head, .args = args, .nargs = nargs, .nfirst = nargs,
                        .conds = conds, .nconds = n};
    const AskMethod method = {.exact = true};
    Answer a = {0};
    Faults faults = {0};
    if (ask_by(t->model, &q, &method, NULL, NULL, &a, &faults) != OK)
        fail_msg("seed %lu: %s", (unsigned long)t->seed,
                 faults.count ? faults.items[0].message : "no memory");
    assert_int_equal(a.kind, ANSWER_NUMBER);
    assert_string_equal(a.method, "exact");
    double value = a.value;
    answer_free(&a);
    fault_free(&faults);
    for (uint32_t i = 0; i < n; i++) term_drop(conds[i].term);
    for (uint32_t i = 0; i < nargs; i++) term_drop(args[i]);
    return value;
}

static double ask_of(const Trial *t, AskHead head, int nrows) {
    Term *args[2] = {row_term(t, &t->q[0]), nrows > 1 ? row_term(t, &t->q[1]) : NULL};
    return ask_number(t, head, args, (uint32_t)nrows);
}

static void agree(const Trial *t, const char *what, double got, double expected, double scale) {
    if (fabs(got - expected) <= 1e-10 * (fabs(expected) + scale)) return;
    fail_msg("seed %lu: %s is %.15g, not %.15g", (unsigned long)t->seed, what, got, expected);
}

// --- checks ----------------------------------------------------------------------------------

typedef struct Two {
    double mean[2], cov[2][2];
} Two;

static Two mix(const Part *parts, int n) {
    Two all = {0};
    for (int p = 0; p < n; p++)
        for (int i = 0; i < 2; i++) all.mean[i] += parts[p].weight * parts[p].mean[i];
    for (int p = 0; p < n; p++)
        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 2; j++)
                all.cov[i][j] += parts[p].weight *
                                 (parts[p].cov[i][j] + (parts[p].mean[i] - all.mean[i]) *
                                                           (parts[p].mean[j] - all.mean[j]));
    return all;
}

// The lowest variance that is more than rounding in the oracle.
static bool vary(const Part *parts, int n) {
    for (int p = 0; p < n; p++)
        for (int i = 0; i < 2; i++)
            if (parts[p].cov[i][i] < 1e-3) return false;
    return true;
}

static double cdf(const Part *parts, int n, double x) {
    double sum = 0;
    for (int p = 0; p < n; p++)
        sum += parts[p].weight * gsl_cdf_gaussian_P(x - parts[p].mean[0], sqrt(parts[p].cov[0][0]));
    return sum;
}

static void check_moments(const Trial *t, const Part *parts, int n) {
    const Two all = mix(parts, n);
    double a = all.cov[0][0], b = all.cov[1][1], size = 1 + fabs(all.mean[0]);
    agree(t, "E", ask_of(t, ASK_E, 1), all.mean[0], 1);
    agree(t, "Var", ask_of(t, ASK_VAR, 1), a, size);
    if (!vary(parts, n)) return;
    agree(t, "Sd", ask_of(t, ASK_SD, 1), sqrt(a), size);
    agree(t, "Cov", ask_of(t, ASK_COV, 2), all.cov[0][1], sqrt(a * b) + size);
    agree(t, "Cor", ask_of(t, ASK_COR, 2), all.cov[0][1] / sqrt(a * b), 10);
}

static void check_law(Trial *t, const Part *parts, int n) {
    if (!vary(parts, n)) return;
    double low = parts[0].mean[0] + uniform(t, -2, 1), high = low + uniform(t, 0.1, 4);
    Term *both = op(TERM_AND, op(TERM_GT, row_term(t, &t->q[0]), N(low)),
                    op(TERM_LT, row_term(t, &t->q[0]), N(high)));
    agree(t, "P", ask_number(t, ASK_P, &both, 1), cdf(parts, n, high) - cdf(parts, n, low), 1);
    double level = uniform(t, 0.01, 0.99);
    Term *args[2] = {row_term(t, &t->q[0]), N(level)};
    agree(t, "cdf of the quantile", cdf(parts, n, ask_number(t, ASK_QUANTILE, args, 2)), level, 1);
}

// Given also q[1] > cut: moments of a normal variable given that another is in a tail
// (Rosenbaum 1961); the probability that both are by Simpson's rule.
static void check_tail(Trial *t, Part *parts, int n) {
    double sum = 0, mean = 0, square = 0, beyond = 0;
    if (!vary(parts, n)) return;
    t->cut = parts[0].mean[1] + uniform(t, -2, 2);
    t->above = true;
    double x = parts[0].mean[0] + uniform(t, -1, 1);
    for (int p = 0; p < n; p++) {
        const Part *q = &parts[p];
        double s = sqrt(q->cov[1][1]), z = (t->cut - q->mean[1]) / s, load = q->cov[0][1] / s;
        double tail = gsl_cdf_ugaussian_Q(z), w = q->weight * tail;
        if (tail < 1e-290) continue;
        double first = gsl_ran_ugaussian_pdf(z) / tail, second = 1 + z * first;
        double rest = q->cov[0][0] - load * load;
        sum += w;
        mean += w * (q->mean[0] + load * first);
        square += w * (q->mean[0] * q->mean[0] + 2 * q->mean[0] * load * first +
                       load * load * second + rest);
        if (rest < 0.02 * q->cov[0][0]) beyond = NAN;
        const int steps = 4000;
        for (int k = 0; k <= steps; k++) {
            double low = fmax(z, -9), u = low + (9 + fabs(z) - low) * k / steps;
            double y = gsl_ran_ugaussian_pdf(u) *
                       gsl_cdf_ugaussian_Q((x - q->mean[0] - load * u) / sqrt(rest));
            double weight = k == 0 || k == steps ? 1 : k % 2 ? 4 : 2;
            beyond += q->weight * weight * y * (9 + fabs(z) - low) / steps / 3;
        }
    }
    mean /= sum, square /= sum;
    if (sum > 1e-4) {
        agree(t, "E in a tail", ask_of(t, ASK_E, 1), mean, 1);
        agree(t, "Var in a tail", ask_of(t, ASK_VAR, 1), square - mean * mean, 1 + square);
        Term *event = op(TERM_GT, row_term(t, &t->q[0]), N(x));
        double p = ask_number(t, ASK_P, &event, 1);
        if (!isnan(beyond)) agree(t, "P in a tail", p, beyond / sum, 1);
    }
    t->above = false;
}

static void test_random_models(void **state) {
    (void)state;
    uint64_t first = 1, last = seeds(60), asked = 0;
    for (uint64_t seed = first; seed <= last; seed++) {
        Trial t;
        Part parts[2 * LEVELS];
        make_start();
        random_trial(&t, seed);
        build(&t);
        draw_values(&t);
        int n = parts_of(&t, parts);
        if (n) {
            asked++;
            check_moments(&t, parts, n);
            check_law(&t, parts, n);
            check_tail(&t, parts, n);
        }
        model_drop(t.model);
        make_end();
    }
    assert_true(2 * asked > last);
}

// --- cases in which something degenerates ----------------------------------------------------

// The model Y = 2*X, Z = Y + noise with X = 1 + 2*noise.
static Model *copies(void) {
    make_start();
    Term *x[] = {N(1), N(2)}, *e[] = {N(0), N(1)};
    const DistFamily *normal = dist_find("normal");
    var("X0", "real", '~', term_dist(normal, x, 2, 0));
    var("X1", "real", '=', op(TERM_MUL, N(2), V("X0")));
    var("X2", "real", '=', op(TERM_ADD, V("X1"), term_dist(normal, e, 2, 0)));
    return finish();
}

static double number(const Model *m, AskHead head, Term *arg, Term *given, FaultCode *code) {
    const Cond cond = {.term = given};
    const Question q = {.head = head, .args = &arg, .nargs = 1, .nfirst = 1, .conds = &cond,
                        .nconds = given ? 1 : 0};
    const AskMethod method = {.exact = true};
    Answer a = {0};
    Faults faults = {0};
    Status status = ask_by(m, &q, &method, NULL, NULL, &a, &faults);
    *code = status == OK ? FAULT_NONE : faults.count ? faults.items[0].code : FAULT_COUNT;
    double value = status == OK ? a.value : NAN;
    answer_free(&a);
    fault_free(&faults);
    term_drop(arg);
    term_drop(given);
    return value;
}

static Term *equal(Term *a, double x) {
    return op(TERM_EQ, a, N(x));
}

static Term *sum_of(const char *a, const char *b) {
    return op(TERM_ADD, V(a), V(b));
}

static void close_to(double got, double expected, double slack) {
    if (!(fabs(got - expected) <= slack)) fail_msg("%.15g, not %.15g", got, expected);
}

static void test_degenerate(void **state) {
    (void)state;
    Model *m = copies();
    FaultCode code;
    // X0 + X1 = 3 says that X0 is 1, whatever else is asked.
    close_to(number(m, ASK_E, V("X1"), equal(sum_of("X0", "X1"), 3), &code), 2, 1e-12);
    close_to(number(m, ASK_VAR, V("X1"), equal(sum_of("X0", "X1"), 3), &code), 0, 0);
    // An equation that follows from another, and one that contradicts it.
    Term *both = op(TERM_AND, equal(sum_of("X0", "X1"), 3), equal(V("X1"), 2));
    close_to(number(m, ASK_E, V("X2"), both, &code), 2, 1e-12);
    both = op(TERM_AND, equal(sum_of("X0", "X1"), 3), equal(V("X1"), 2.001));
    number(m, ASK_E, V("X2"), both, &code);
    assert_int_equal(code, FAULT_ASK_IMPOSSIBLE);
    // A correlation with what does not vary is not defined; the variance of nothing is 0.
    assert_true(isnan(number(m, ASK_SD, op(TERM_DIV, V("X0"), N(0)), NULL, &code)));
    close_to(number(m, ASK_VAR, op(TERM_SUB, V("X1"), sum_of("X0", "X0")), NULL, &code),
                        0, 0);
    // An event that is certain, and one of probability 0.
    Term *event = op(TERM_GE, V("X1"), sum_of("X0", "X0"));
    close_to(number(m, ASK_P, event, NULL, &code), 1, 0);
    event = op(TERM_EQ, sum_of("X0", "X2"), N(1));
    close_to(number(m, ASK_P, event, NULL, &code), 0, 0);
    model_drop(m);
    make_end();
}

// Nothing is lost, and nothing breaks, whichever allocation fails.
static void test_memory(void **state) {
    (void)state;
    Trial t;
    Part parts[2 * LEVELS];
    make_start();
    random_trial(&t, 3);
    build(&t);
    draw_values(&t);
    assert_true(parts_of(&t, parts) > 0);
    Term *arg = op(TERM_MUL, row_term(&t, &t.q[0]), row_term(&t, &t.q[1]));
    Term *given = op(TERM_GT, row_term(&t, &t.q[1]), N(0));
    const Cond cond = {.term = given};
    const Question q = {.head = ASK_VAR, .args = &arg, .nargs = 1, .nfirst = 1, .conds = &cond,
                        .nconds = 1};
    const AskMethod method = {.exact = true};
    bool done = false;
    for (long n = 0; !done; n += 1 + n / 50) {
        Answer a = {0};
        Faults faults = {0};
        Derivation d = {0};
        mem_fail_after(n, true);
        Status status = ask_by(t.model, &q, &method, NULL, &d, &a, &faults);
        mem_fail_after(-1, false);
        assert_true(status == OK || status == NOMEM);
        done = status == OK;
        answer_free(&a);
        derivation_free(&d);
        fault_free(&faults);
    }
    term_drop(arg);
    term_drop(given);
    model_drop(t.model);
    make_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_models),
        cmocka_unit_test(test_degenerate),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
