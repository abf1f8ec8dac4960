// Conjugate laws, against numerical integration.
//
// A random program has two unknown numbers, T (beta) and L (gamma), a coin S, and children of T
// and L that S may select the mechanism of. The oracle knows each child's probability at given
// values of T, L and S by its textbook formula; given S the two numbers are independent, so that
// every answer is a ratio of sums of products of one-dimensional integrals (GSL).
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>

#include "interp/interp.h"
#include "runtime/base/rng.h"
#include "runtime/base/str.h"
#include "tests/unit/graph_text.h"

#define MOST_CHILDREN 5

typedef enum ChildKind {
    COIN, OTHER_COIN, COUNT, GEOMETRIC, NEGATIVE, NOISY, CHOSEN, // of T
    POISSON, WAIT, SHAPED, CHOSEN_POISSON,                       // of L
    KINDS,
} ChildKind;

typedef struct Child {
    ChildKind kind;
    bool known;
    double value;
} Child;

typedef struct Trial {
    Rng rng;
    double a, b, shape, rate, s; // P(S)
    Child children[MOST_CHILDREN];
    unsigned n;
    double low, high; // T is known to lie between
    bool s_known;
    // What is integrated: over T or L, for one value of S.
    bool over_rate, coin;
    unsigned power;
    double from, to;
    Str text;
} Trial;

static uint32_t below(Trial *t, uint32_t n) {
    return (uint32_t)rng_below(&t->rng, n);
}

// --- the oracle -----------------------------------------------------------------------------

static double choose(double n, double k) {
    return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1));
}

static double poisson(double rate, double x) {
    return exp(x * log(rate) - rate - lgamma(x + 1));
}

static double child_mass(const Child *c, bool s, double p, double rate) {
    double x = c->value;
    switch (c->kind) {
    case COIN: return x ? p : 1 - p;
    case OTHER_COIN: return x ? 1 - p : p;
    case COUNT: return choose(6, x) * pow(p, x) * pow(1 - p, 6 - x);
    case GEOMETRIC: return p * pow(1 - p, x);
    case NEGATIVE: return choose(x + 2, x) * pow(p, 3) * pow(1 - p, x);
    case NOISY: return x ? 0.1 + 0.7 * p : 0.9 - 0.7 * p;
    case CHOSEN: return (x != 0) == s ? p : 1 - p;
    case POISSON: return poisson(2 * rate, x);
    case WAIT: return rate * exp(-rate * x);
    case SHAPED: return 9 * rate * rate * x * exp(-3 * rate * x);
    case CHOSEN_POISSON: return poisson(s ? rate : rate / 2, x);
    case KINDS: break;
    }
    return NAN;
}

static bool is_of_rate(ChildKind k) {
    return k >= POISSON;
}

static double density(double x, void *user) {
    const Trial *t = user;
    double p = t->over_rate
                   ? exp((t->shape - 1) * log(x) - t->rate * x + t->shape * log(t->rate) -
                         lgamma(t->shape))
                   : exp((t->a - 1) * log(x) + (t->b - 1) * log1p(-x) + lgamma(t->a + t->b) -
                         lgamma(t->a) - lgamma(t->b));
    for (unsigned i = 0; i < t->n; i++)
        if (t->children[i].known && is_of_rate(t->children[i].kind) == t->over_rate)
            p *= child_mass(&t->children[i], t->coin, x, x);
    return x > 0 ? p * pow(x, t->power) : 0;
}

static double integrate(Trial *t, bool over_rate, bool coin, unsigned power, double from,
                        double to) {
    static gsl_integration_workspace *room;
    double value = 0, error;
    if (!room) room = gsl_integration_workspace_alloc(2000);
    t->over_rate = over_rate;
    t->coin = coin;
    t->power = power;
    gsl_function f = {density, t};
    if (from >= to) return 0;
    if (isfinite(to)) gsl_integration_qags(&f, from, to, 0, 1e-12, 2000, room, &value, &error);
    else gsl_integration_qagiu(&f, from, 0, 1e-12, 2000, room, &value, &error);
    return value;
}

// The weight of all that is known times T^i L^j, T between from and to.
static double weight(Trial *t, unsigned i, unsigned j, double from, double to) {
    double sum = 0;
    for (int s = t->s_known ? 1 : 0; s < 2; s++)
        sum += (s ? t->s : 1 - t->s) * integrate(t, false, s, i, from, to) *
               integrate(t, true, s, j, 0, INFINITY);
    return sum;
}

// --- programs -------------------------------------------------------------------------------

static const char *const mechanisms[KINDS] = {
    [COIN] = ": bool ~ bernoulli(T)",
    [OTHER_COIN] = ": bool ~ 1 - T",
    [COUNT] = "~ binomial(6, T)",
    [GEOMETRIC] = "~ geometric(T)",
    [NEGATIVE] = "~ negative_binomial(successes: 3, p: T)",
    [NOISY] = ": bool ~ bernoulli(0.1 + 0.7*T)",
    [CHOSEN] = ": bool ~ if S then T else 1 - T",
    [POISSON] = "~ poisson(2*L)",
    [WAIT] = "~ exponential(rate: L)",
    [SHAPED] = "~ gamma(2, rate: 3*L)",
    [CHOSEN_POISSON] = "~ poisson(if S then L else L/2)",
};

static bool is_coin(ChildKind k) {
    return k == COIN || k == OTHER_COIN || k == NOISY || k == CHOSEN;
}

static void draw(Trial *t) {
    t->a = 1 + 0.5 * below(t, 5);
    t->b = 1 + 0.5 * below(t, 5);
    t->shape = 1 + 0.5 * below(t, 5);
    t->rate = 0.5 + below(t, 3);
    t->s = 0.1 + 0.2 * below(t, 5);
    t->n = 1 + below(t, MOST_CHILDREN);
    t->s_known = below(t, 4) == 0;
    for (unsigned i = 0; i < t->n; i++) {
        Child *c = &t->children[i];
        c->kind = (ChildKind)below(t, KINDS);
        // What has infinitely many values must be known, or left out.
        c->known = !is_coin(c->kind) || below(t, 3) != 0;
        c->value = is_coin(c->kind) ? below(t, 2) : below(t, 6);
        if (c->kind == WAIT || c->kind == SHAPED) c->value = 0.25 * (1 + below(t, 8));
    }
    t->low = below(t, 2) ? 0 : 0.25;
    t->high = below(t, 2) ? 1 : 0.625;
}

static void write_model(Trial *t) {
    str_printf(&t->text,
               "model m {\n  S : bool ~ %g\n  T ~ beta(%g, %g)\n  L ~ gamma(%g, rate: %g)\n", t->s,
               t->a, t->b, t->shape, t->rate);
    for (unsigned i = 0; i < t->n; i++)
        str_printf(&t->text, "  C%u %s\n", i, mechanisms[t->children[i].kind]);
    str_add(&t->text, "}\n");
}

static void add_conditions(Trial *t, Str *out) {
    str_add(out, "L > -1");
    if (t->s_known) str_add(out, ", S");
    if (t->low > 0) str_printf(out, ", T > %g", t->low);
    if (t->high < 1) str_printf(out, ", T^2 < %.17g", t->high * t->high);
    for (unsigned i = 0; i < t->n; i++) {
        const Child *c = &t->children[i];
        if (c->known && is_coin(c->kind)) str_printf(out, c->value ? ", C%u" : ", not C%u", i);
        else if (c->known) str_printf(out, ", C%u = %g", i, c->value);
    }
}

static void put(Trial *t, const char *open, const char *close, double want) {
    Str conditions = {0};
    add_conditions(t, &conditions);
    str_printf(&t->text, "assert abs(%s%s%s - (%.17g)) < %.3g\n", open, str_text(&conditions), close,
               want, 1e-9 * fmax(1, fabs(want)));
    str_free(&conditions);
}

static void put_quantile(Trial *t, double level) {
    Str conditions = {0};
    add_conditions(t, &conditions);
    str_printf(&t->text, "assert abs(Quantile[T, %.17g | %s] - 0.5) < 1e-8\n", level,
               str_text(&conditions));
    str_free(&conditions);
}

static bool has_density(const Trial *t) {
    for (unsigned i = 0; i < t->n; i++)
        if (t->children[i].kind == WAIT || t->children[i].kind == SHAPED) return true;
    return false;
}

static void write_questions(Trial *t) {
    double z = weight(t, 0, 0, t->low, t->high);
    double p = weight(t, 1, 0, t->low, t->high) / z, l = weight(t, 0, 1, t->low, t->high) / z;
    double pp = weight(t, 2, 0, t->low, t->high) / z, pl = weight(t, 1, 1, t->low, t->high) / z;
    double above = weight(t, 0, 0, fmax(t->low, 0.5), t->high) / z;
    if (!has_density(t)) put(t, "P(", ")", z);
    put(t, "E[T | ", "]", p);
    put(t, "E[L | ", "]", l);
    put(t, "Var[T | ", "]", pp - p * p);
    put(t, "Cov[T, L | ", "]", pl - p * l);
    put(t, "E[(1 - T)*L + T^2 | ", "]", l - pl + pp);
    put(t, "P(T >= 0.5 | ", ")", above);
    put(t, "E[if T >= 0.5 then 2 else 1 | ", "]", 1 + above);
    if (above > 1e-3 && above < 1 - 1e-3) put_quantile(t, 1 - above);
    for (unsigned i = 0; i < t->n; i++) {
        Child *c = &t->children[i];
        if (c->known) continue;
        char open[32];
        snprintf(open, sizeof open, "P(C%u | ", i);
        Str conditions = {0};
        add_conditions(t, &conditions);
        c->known = true;
        c->value = 1;
        double joint = weight(t, 0, 0, t->low, t->high);
        c->known = false;
        str_printf(&t->text, "assert abs(%s%s) - (%.17g)) < 1e-9\n", open, str_text(&conditions),
                   joint / z);
        str_free(&conditions);
    }
}

static void keep(void *user, const char *text, size_t len) {
    str_add_n(user, text, len);
}

static bool run(const char *text, Str *said) {
    const InterpOptions options = {.print = keep, .report = keep, .user = said};
    Interp *in = interp_new(&options);
    assert_non_null(in);
    int status = interp_run(in, "test.rung", NULL, text, strlen(text));
    interp_free(in);
    return status == EXIT_OK;
}

static void test_random(void **state) {
    (void)state;
    gsl_set_error_handler_off();
    for (uint64_t seed = 0; seed < seeds(40); seed++) {
        Trial t = {0};
        Str said = {0};
        rng_seed(&t.rng, seed, 0);
        draw(&t);
        write_model(&t);
        write_questions(&t);
        bool ok = run(str_text(&t.text), &said);
        if (!ok)
            printf("seed %llu\n%s\n%s\n", (unsigned long long)seed, str_text(&t.text),
                   str_text(&said));
        assert_true(ok);
        str_free(&t.text);
        str_free(&said);
    }
}

// Hundreds of exchangeable observations, by their counts in closed form.
static void test_many(void **state) {
    (void)state;
    Str text = {0}, said = {0};
    str_add(&text, "model m { T ~ beta(2, 2)\n  X[i] : bool ~ bernoulli(T) for i in 1..400\n"
                   "  Next : bool ~ bernoulli(T) }\n"
                   "assert abs(E[T | X[1..260] = true, X[261..400] = false] - 262/404) < 1e-12\n"
                   "assert abs(P(Next | X[1..260] = true, X[261..400] = false) - 262/404) < 1e-12\n");
    assert_true(run(str_text(&text), &said));
    str_free(&text);
    str_free(&said);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random), cmocka_unit_test(test_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
