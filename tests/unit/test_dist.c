// Tests of runtime/model/dist*: masses against sums and integrals, levels of distribution
// terms, inferred domains.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/mem.h"
#include "runtime/model/dist.h"
#include "runtime/model/scalar.h"

static Interner *names;

static int begin(void **state) {
    (void)state;
    names = intern_new();
    return !names;
}

static int end(void **state) {
    (void)state;
    intern_free(names);
    return 0;
}

static bool near(double a, double b, double tolerance) {
    return fabs(a - b) <= tolerance * fmax(1, fabs(b));
}

// --- discrete families ---

typedef struct Sample {
    const char *family;
    double params[3];
    double low, high; // where (nearly) all of it is
} Sample;

static void check_discrete(const Sample *s) {
    const DistFamily *f = dist_find(s->family);
    double sum = 0, mean = 0, square = 0;
    assert_null(f->wrong(s->params));
    double centre = f->mean(s->params);
    for (double x = s->low; x <= s->high; x++) {
        double p = f->mass(s->params, x);
        assert_true(p >= 0 && p <= 1);
        sum += p;
        mean += p * x;
        square += p * (x - centre) * (x - centre);
    }
    if (!near(sum, 1, 1e-12) || !near(mean, centre, 1e-11) ||
        !near(square, f->variance(s->params), 1e-10))
        fail_msg("%s(%g, %g): sum %.17g, mean %.17g, variance %.17g", s->family, s->params[0],
                 s->params[1], sum, mean, square);
    assert_true(f->mass(s->params, s->low + 0.5) == 0);
    assert_true(f->mass(s->params, -1e9) == 0);
}

static void masses_sum_to_one(void **state) {
    (void)state;
    static const Sample samples[] = {
        {"bernoulli", {0.3}, 0, 1},
        {"binomial", {0, 0.3}, 0, 0},
        {"binomial", {10, 0.3}, 0, 10},
        {"binomial", {50, 0.999}, 0, 50},
        {"binomial", {51, 0.01}, 0, 51},
        {"binomial", {1000, 0.5}, 0, 1000},
        {"binomial", {20000, 1e-3}, 0, 20000},
        {"binomial", {7, 0}, 0, 7},
        {"binomial", {70, 1}, 0, 70},
        {"geometric", {0.2}, 0, 400},
        {"geometric", {1}, 0, 5},
        {"negative_binomial", {3, 0.4}, 0, 300},
        {"negative_binomial", {0.5, 0.3}, 0, 300},
        {"poisson", {0}, 0, 5},
        {"poisson", {4.5}, 0, 200},
        {"poisson", {900}, 0, 2000},
        {"uniform_int", {-3, 8}, -3, 8},
        {"point", {4}, 0, 9},
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) check_discrete(&samples[i]);
}

// The binomial probability by a recurrence in long double from one end, scaled by logarithms.
static double slow_binomial(double k, double n, double p) {
    long double log_p = 0;
    for (double i = 1; i <= k; i++) log_p += logl((n - k + i) / i);
    return (double)expl(log_p + k * logl((long double)p) + (n - k) * log1pl(-(long double)p));
}

static void binomial_is_exact(void **state) {
    (void)state;
    const DistFamily *f = dist_find("binomial");
    const double ns[] = {1, 5, 15, 16, 49, 50, 51, 64, 200, 1000};
    const double ps[] = {0.5, 0.1, 1e-3, 0.9, 0.999, 1. / 3};
    for (size_t i = 0; i < 10; i++)
        for (size_t j = 0; j < 6; j++)
            for (double k = 0; k <= ns[i]; k += ns[i] > 100 ? 7 : 1) {
                double got = f->mass((double[]){ns[i], ps[j]}, k);
                double want = slow_binomial(k, ns[i], ps[j]);
                if (want > 1e-100 && fabs(got / want - 1) > 1e-12)
                    fail_msg("binomial(%g, %g) at %g: %.17g, not %.17g", ns[i], ps[j], k, got,
                             want);
            }
    // By hand: C(10, 5) / 2^10.
    assert_true(f->mass((double[]){10, 0.5}, 5) == 252. / 1024);
}

// --- continuous families ---

// Moments 0, 1, 2 about `centre` by tanh-sinh quadrature on (low, high).
static void integrate(const DistFamily *f, const Sample *s, double centre, double *moment) {
    const double half = (s->high - s->low) / 2, step = 1. / 256;
    for (double t = -3.5; t <= 3.5; t += step) {
        double u = M_PI / 2 * sinh(t), c = cosh(u);
        double gap = half * exp(-fabs(u)) / c; // distance to the nearer end
        double x = t < 0 ? s->low + gap : s->high - gap;
        double w = half * M_PI / 2 * cosh(t) / (c * c) * step;
        double p = f->mass(s->params, x) * w;
        moment[0] += p;
        moment[1] += p * x;
        moment[2] += p * (x - centre) * (x - centre);
    }
}

static void check_continuous(const Sample *s) {
    const DistFamily *f = dist_find(s->family);
    double moment[3] = {0};
    assert_null(f->wrong(s->params));
    assert_null(f->support);
    double mean = f->mean(s->params), variance = f->variance(s->params);
    integrate(f, s, isnan(mean) ? 0 : mean, moment);
    bool ok = near(moment[0], 1, 2e-6);
    if (isfinite(variance))
        ok = ok && near(moment[1], mean, 1e-5) && near(moment[2], variance, 1e-4);
    if (!ok)
        fail_msg("%s(%g, %g, %g): %.12g, mean %.12g for %.12g, variance %.12g for %.12g",
                 s->family, s->params[0], s->params[1], s->params[2], moment[0], moment[1],
                 mean, moment[2], variance);
}

static void densities_integrate_to_one(void **state) {
    (void)state;
    static const Sample samples[] = {
        {"normal", {1, 2}, -30, 30},
        {"logistic", {-1, 0.5}, -30, 30},
        {"gumbel", {2, 1.5}, -20, 80},
        {"laplace", {0, 2}, -90, 0},
        {"student_t", {9, 1, 2}, -79, 81},
        {"lognormal", {0.3, 0.5}, 0, 60},
        {"exponential", {0.7}, 0, 60},
        {"gamma", {2.5, 3}, 0, 30},
        {"gamma", {0.5, 2}, 0, 30},
        {"gamma", {1, 2}, 0, 30},
        {"beta", {2, 3}, 0, 1},
        {"beta", {1, 1}, 0, 1},
        {"beta", {0.7, 1.6}, 0, 1},
        {"weibull", {1.5, 2}, 0, 60},
        {"pareto", {9, 2}, 2, 90},
        {"uniform", {-1, 3}, -1, 3},
        {"triangular", {0, 4, 4}, 0, 4},
    };
    for (size_t i = 1; i < sizeof samples / sizeof *samples; i++)
        if (i != 3) check_continuous(&samples[i]);
    check_continuous(&samples[0]);
    // Symmetric with a kink: half of it on each side.
    const DistFamily *laplace = dist_find("laplace");
    double moment[3] = {0};
    integrate(laplace, &samples[3], 0, moment);
    assert_true(near(moment[0], 0.5, 1e-6) && near(moment[2] * 2, 8, 1e-4));
    // The Cauchy distribution by its arctangent: P(|X| < scale) is a half.
    Sample cauchy = {"cauchy", {3, 2}, 1, 5};
    double half[3] = {0};
    integrate(dist_find("cauchy"), &cauchy, 0, half);
    assert_true(near(half[0], 0.5, 1e-6));
    assert_true(isnan(dist_find("cauchy")->mean(cauchy.params)));
    // A triangle with its peak inside, by hand: height 2 / 4 there.
    assert_true(dist_find("triangular")->mass((double[]){0, 4, 1}, 1) == 0.5);
    assert_true(dist_find("triangular")->mass((double[]){0, 4, 1}, 2.5) == 0.25);
}

// Where a mean or a variance begins to exist, and to be finite (Johnson, Kotz & Balakrishnan,
// Continuous Univariate Distributions, chapters 20 and 28).
static void heavy_tails_have_few_moments(void **state) {
    (void)state;
    static const struct {
        const char *family;
        double params[3], mean, variance;
    } cases[] = {
        {"pareto", {0.5, 3}, INFINITY, NAN}, {"pareto", {1, 3}, INFINITY, NAN},
        {"pareto", {1.5, 3}, 9, INFINITY},   {"pareto", {2, 3}, 6, INFINITY},
        {"pareto", {2.5, 3}, 5, 20},         {"pareto", {3, 2}, 3, 3},
        {"student_t", {0.5, 3, 2}, NAN, NAN}, {"student_t", {1, 3, 2}, NAN, NAN},
        {"student_t", {1.5, 3, 2}, 3, INFINITY}, {"student_t", {2, 3, 2}, 3, INFINITY},
        {"student_t", {2.5, 3, 2}, 3, 20},   {"student_t", {4, 3, 1}, 3, 2},
        {"cauchy", {3, 2}, NAN, NAN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const DistFamily *f = dist_find(cases[i].family);
        double mean = f->mean(cases[i].params), variance = f->variance(cases[i].params);
        const double want[] = {cases[i].mean, cases[i].variance}, got[] = {mean, variance};
        for (int k = 0; k < 2; k++)
            if (!(isfinite(want[k]) ? near(got[k], want[k], 1e-14)
                                    : got[k] == want[k] || (isnan(got[k]) && isnan(want[k]))))
                fail_msg("%s(%g): %g, not %g", cases[i].family, cases[i].params[0], got[k],
                         want[k]);
    }
}

static void wrong_parameters_are_told(void **state) {
    (void)state;
    assert_string_equal(dist_find("binomial")->wrong((double[]){2.5, 0.1}),
                        "n must be a whole number, at least 0");
    for (size_t i = 0; dist_list[i]; i++) {
        assert_ptr_equal(dist_find(dist_list[i]->name), dist_list[i]);
        assert_non_null(dist_list[i]->wrong((double[]){NAN, NAN, NAN}));
        assert_true(isnan(dist_list[i]->mass((double[]){NAN, NAN, NAN}, 0)));
        if (i) assert_true(strcmp(dist_list[i - 1]->name, dist_list[i]->name) < 0);
    }
    assert_null(dist_find("nonesuch"));
}

// --- terms ---

static Term *num(double x) {
    return term_number(x, 0);
}

static Term *var(const char *name) {
    return term_var(intern_z(names, name), NULL, 0);
}

static Term *level(const char *name) {
    return term_level(intern_z(names, name), 0);
}

static Term *family(const char *name, Term *a, Term *b) {
    return term_dist(dist_find(name), (Term *[]){a, b}, b ? 2 : 1, 0);
}

static Domain *abc(void) {
    Level v[] = {{.name = intern_z(names, "a")},
                 {.name = intern_z(names, "b")},
                 {.name = intern_z(names, "c")}};
    return domain_levels(DOMAIN_LEVELS, v, 3);
}

// The text of the term for one level; drops nothing.
static void gives(const Term *dist, const Domain *d, uint32_t at, const char *want) {
    Faults faults = {0};
    Term *t = NULL;
    Str s = {0};
    if (dist_level_term(dist, d, at, &t, &faults) != OK)
        fail_msg("%s", faults.items[0].message);
    term_add(t, &s);
    assert_string_equal(str_text(&s), want);
    str_free(&s);
    term_drop(t);
    fault_free(&faults);
}

static void pushes_through_choices(void **state) {
    (void)state;
    Domain *d = abc(), *truth = domain_new(DOMAIN_BOOL);
    Term *map[] = {level("a"), var("p"), level("c"), num(0.5)};
    Term *other[] = {level("b"), num(1)};
    Term *m = term_many(TERM_MAP, map, 4, 0), *o = term_many(TERM_MAP, other, 2, 0);
    Term *choice = term_if(var("Z"), term_keep(m), term_keep(o), 0);
    gives(choice, d, 0, "if Z then p else 0");
    gives(choice, d, 1, "if Z then max(0, 1 - p - 0.5) else 1");
    gives(choice, d, 2, "if Z then 0.5 else 0");
    Term *parts[] = {m, num(0.25), o, num(0.75)};
    Term *mix = term_many(TERM_MIX, parts, 4, 0);
    gives(mix, d, 2, "0.25*0.5 + 0.75*0");
    Term *rows[] = {var("Z"), var("Z"), num(0.75), term_bool(true, 0),
                    family("bernoulli", var("q"), NULL)};
    Term *c = term_case(rows, 1, 5, 0);
    gives(c, truth, 1, "case Z { true => 0.75; _ => q }");
    gives(c, truth, 0, "case Z { true => 0.25; _ => 1 - q }");
    term_drop(choice);
    term_drop(mix);
    term_drop(c);
    domain_drop(d);
    domain_drop(truth);
}

static void takes_the_rest(void **state) {
    (void)state;
    Domain *d = abc();
    Term *two_thirds[] = {level("a"), term_binary(TERM_DIV, num(1), num(3), 0), level("b"),
                          term_binary(TERM_DIV, num(1), num(3), 0)};
    Term *t = term_many(TERM_MAP, two_thirds, 4, 0);
    gives(t, d, 2, "0.33333333333333337");
    term_drop(t);
    Term *whole[] = {level("a"), num(0.7), level("b"), num(0.3)};
    t = term_many(TERM_MAP, whole, 4, 0);
    gives(t, d, 2, "0");
    term_drop(t);
    domain_drop(d);
}

static void computes_families(void **state) {
    (void)state;
    Domain *d = domain_range(0, 4), *wide = domain_range(-1, 9);
    Term *t = family("binomial", num(4), num(0.5));
    gives(t, d, 2, "0.375");
    gives(t, wide, 0, "0");
    term_drop(t);
    t = family("binomial", num(4), var("p"));
    gives(t, d, 2, "binomial_probability(2, 4, p)");
    term_drop(t);
    t = family("uniform_int", num(1), num(4));
    gives(t, d, 0, "0");
    gives(t, d, 1, "0.25");
    term_drop(t);
    t = family("point", var("X"), NULL);
    gives(t, d, 3, "X = 3");
    term_drop(t);
    domain_drop(d);
    domain_drop(wide);
}

static void computes_points(void **state) {
    (void)state;
    Domain *d = abc(), *truth = domain_new(DOMAIN_BOOL);
    Term *t = family("point", level("b"), NULL);
    gives(t, d, 1, "1");
    gives(t, d, 2, "0");
    term_drop(t);
    t = family("point", num(1), NULL);
    gives(t, truth, 1, "1");
    gives(t, truth, 0, "0");
    term_drop(t);
    t = family("bernoulli", num(0.25), NULL);
    gives(t, truth, 1, "0.25");
    gives(t, truth, 0, "0.75");
    term_drop(t);
    domain_drop(d);
    domain_drop(truth);
}

static void refuses(Term *dist, Domain *d, FaultCode code, const char *want) {
    Faults faults = {0};
    Term *t = NULL;
    assert_int_equal(dist_level_term(dist, d, 0, &t, &faults), FAULT);
    assert_null(t);
    assert_string_equal(faults.items[0].message, want);
    assert_int_equal(faults.items[0].code, code);
    fault_free(&faults);
    term_drop(dist);
    domain_drop(d);
}

static void names_what_is_wrong(void **state) {
    (void)state;
    Term *huge[] = {level("a"), num(0.7), level("huge"), num(0.3)};
    refuses(term_many(TERM_MAP, huge, 4, 0), abc(), FAULT_DIST_VALUE,
            "huge is not among the values {a, b, c}");
    Term *some[] = {level("b"), num(0.7)};
    refuses(term_many(TERM_MAP, some, 2, 0), abc(), FAULT_DIST_REST,
            "the probabilities sum to 0.7, and more than one value is left out: a, c");
    Term *same[] = {level("b"), num(0.7), level("b"), num(0.3)};
    refuses(term_many(TERM_MAP, same, 4, 0), abc(), FAULT_DIST_TWICE,
            "b has two probabilities in the same map");
    refuses(num(0.5), abc(), FAULT_DIST_KIND,
            "a plain number is the probability of a bool, but the values are {a, b, c}");
    refuses(family("poisson", num(3), NULL), domain_range(0, 3), FAULT_DIST_INFINITE,
            "poisson has infinitely many values, but the variable only 0..3");
    refuses(family("binomial", num(5), num(0.5)), domain_range(0, 3), FAULT_DIST_VALUE,
            "binomial(5, 0.5) can be 5, which is not among the values 0..3");
    refuses(family("binomial", num(2.5), num(0.5)), domain_range(0, 3), FAULT_DIST_PARAMETER,
            "binomial(2.5, 0.5): n must be a whole number, at least 0");
    refuses(family("point", num(7), NULL), domain_range(0, 3), FAULT_DIST_VALUE,
            "7 is not among the values 0..3");
    refuses(family("point", level("z"), NULL), abc(), FAULT_DIST_VALUE,
            "z is not among the values {a, b, c}");
    Level v[] = {{.name = intern_z(names, "0"), .number = 0, .numeric = true},
                 {.name = intern_z(names, "2"), .number = 2, .numeric = true}};
    refuses(family("uniform_int", num(0), num(2)), domain_levels(DOMAIN_LEVELS, v, 2),
            FAULT_DIST_VALUE,
            "uniform_int(0, 2) can be 1, which is not among the values {0, 2}");
    refuses(family("bernoulli", num(0.5), NULL), abc(), FAULT_DIST_KIND,
            "bernoulli gives numbers, but the values are {a, b, c}");
}

static Term *cut(Term *t, double low, double high) {
    return term_truncate(t, num(low), num(high), 0);
}

static Term *counted(void) {
    return term_empirical((double[]){2, 0, 2, 5}, 4, 0);
}

// The value of a term over `m` alone, at a number.
static double at_number(const Term *t, double m) {
    Term *with = num(m), *whole = term_replace(t, intern_z(names, "m"), with);
    bool constant;
    double value;
    assert_int_equal(scalar_constant(whole, &constant, &value), OK);
    assert_true(constant);
    term_drop(with);
    term_drop(whole);
    return value;
}

static void tabulates_truncations(void **state) {
    (void)state;
    Domain *d = domain_range(0, 5), *wide = domain_range(-1, 6);
    Term *t = counted();
    gives(t, d, 2, "0.5");
    gives(t, wide, 0, "0");
    term_drop(t);
    t = cut(counted(), 1, 9);
    gives(t, d, 5, "0.3333333333333333");
    term_drop(t);
    // Poisson masses of 1 to 5 over their sum, the parameter known and not.
    Term *known = cut(family("poisson", num(2), NULL), 1, 5);
    Term *open = cut(family("poisson", var("m"), NULL), 1, 5);
    double sum = 2 + 2 + 4. / 3 + 2. / 3 + 4. / 15, mass = 1;
    for (uint32_t i = 1; i < wide->count; mass *= 2. / i++) {
        Term *a, *b;
        Faults faults = {0};
        double want = i > 1 && i < 7 ? mass / sum : 0;
        assert_int_equal(dist_level_term(known, wide, i, &a, &faults), OK);
        assert_int_equal(dist_level_term(open, wide, i, &b, &faults), OK);
        assert_true(near(a->number, want, 1e-14) && near(at_number(b, 2), want, 1e-14));
        term_drop(a);
        term_drop(b);
    }
    term_drop(known);
    term_drop(open);
    domain_drop(d);
    domain_drop(wide);
    refuses(counted(), domain_range(0, 4), FAULT_DIST_VALUE, "5 is not among the values 0..4");
    refuses(cut(family("poisson", num(2), NULL), 1, 5), domain_range(0, 4), FAULT_DIST_VALUE,
            "5 is not among the values 0..4");
    refuses(cut(family("poisson", var("m"), NULL), 1, 5), domain_range(0, 4), FAULT_DIST_VALUE,
            "5 is not among the values 0..4");
    refuses(cut(family("poisson", num(2), NULL), 1, INFINITY), domain_range(0, 4),
            FAULT_DIST_INFINITE,
            "the truncated distribution has infinitely many values, but the variable only 0..4");
    refuses(cut(family("poisson", var("m"), NULL), 1, INFINITY), domain_range(0, 4),
            FAULT_DIST_INFINITE,
            "the truncated distribution has infinitely many values, but the variable only 0..4");
    refuses(cut(family("normal", num(0), num(1)), 1, 5), domain_range(0, 4), FAULT_DIST_INFINITE,
            "the truncated distribution has infinitely many values, but the variable only 0..4");
    refuses(cut(family("normal", num(0), num(1)), 5, 1), domain_range(0, 4),
            FAULT_DIST_PARAMETER,
            "truncate(normal(0, 1), 5, 1): its bounds leave nothing between them");
    refuses(cut(cut(family("poisson", var("m"), NULL), 1, 5), 1, 4), domain_range(0, 5),
            FAULT_DIST_KIND,
            "a truncated part of a truncated distribution must not depend on variables");
    refuses(counted(), abc(), FAULT_DIST_KIND,
            "empirical gives numbers, but the values are {a, b, c}");
    refuses(cut(counted(), 0, 2), abc(), FAULT_DIST_KIND,
            "truncate gives numbers, but the values are {a, b, c}");
}

// --- domains ---

static void infers(Term *dist, const char *want) {
    Faults faults = {0};
    Domain *d = NULL;
    Str s = {0};
    assert_int_equal(dist_infer_domain(dist, names, &d, &faults), OK);
    if (d) domain_add(d, &s);
    assert_string_equal(str_text(&s), want);
    str_free(&s);
    domain_drop(d);
    term_drop(dist);
    fault_free(&faults);
}

static Term *map(Term *a, Term *b) {
    return term_many(TERM_MAP, (Term *[]){a, num(0.2), b, num(0.8)}, 4, 0);
}

static Term *either(Term *a, Term *b) {
    return term_if(var("Z"), a, b, 0);
}

static void domains_follow(void **state) {
    (void)state;
    infers(num(0.5), "bool");
    infers(family("bernoulli", var("p"), NULL), "bool");
    infers(either(num(0.5), family("bernoulli", var("p"), NULL)), "bool");
    infers(family("binomial", num(10), var("p")), "0..10");
    infers(family("binomial", var("n"), var("p")), "int");
    infers(either(family("binomial", num(10), var("p")), family("point", num(12), NULL)),
           "0..12");
    infers(family("poisson", var("m"), NULL), "int");
    infers(family("normal", var("m"), num(1)), "real");
    infers(family("uniform", num(0), num(1)), "unit");
    infers(family("uniform", num(0), num(2)), "real");
    infers(family("beta", num(2), num(2)), "unit");
    infers(either(family("beta", num(2), num(2)), family("exponential", num(1), NULL)),
           "positive");
    infers(either(family("beta", num(2), num(2)), family("normal", num(1), num(1))), "real");
    infers(map(level("b"), level("a")), "{b, a}");
    infers(either(map(level("b"), level("a")), map(level("c"), level("b"))), "{b, a, c}");
    infers(map(num(0.2), num(0.8)), "{0.2, 0.8}");
    infers(map(term_bool(true, 0), term_bool(false, 0)), "bool");
    infers(either(map(num(3), num(1)), num(0.3)), "{3, 1, 0}");
    infers(either(map(level("a"), level("b")), num(0.3)), "");
    infers(map(var("X"), num(1)), "");
    infers(family("point", var("X"), NULL), "");
    infers(map(num(0.3), term_binary(TERM_ADD, num(0.1), num(0.2), 0)), "{0.3}");
    infers(either(family("uniform_int", num(-2e9), num(0)), family("point", num(4e9), NULL)),
           "");
    infers(either(family("uniform_int", num(-2), num(0)), num(0.5)), "-2..1");
    infers(counted(), "{0, 2, 5}");
    infers(term_empirical((double[]){2, 0.5}, 2, 0), "real");
    infers(cut(counted(), 1, 9), "{2, 5}");
    infers(cut(family("poisson", var("m"), NULL), 1, 5), "1..5");
    infers(cut(family("poisson", var("m"), NULL), -INFINITY, 5.5), "0..5");
    infers(cut(family("poisson", var("m"), NULL), 3, INFINITY), "int");
    infers(cut(family("binomial", num(10), var("p")), 3, INFINITY), "3..10");
    infers(cut(family("normal", var("m"), num(1)), 0, INFINITY), "positive");
    infers(cut(family("normal", var("m"), num(1)), 0, 1), "unit");
    infers(cut(family("normal", var("m"), num(1)), -1, 1), "real");
    infers(cut(map(level("b"), level("a")), -1, 1), "");
    infers(cut(either(cut(family("poisson", num(2), NULL), 0, 8), counted()), 1, 6), "1..6");
}

// --- exhaustion ---

static Status level_and_domain(const Term *dist, const Domain *d) {
    Faults faults = {0};
    Term *t = NULL;
    Domain *inferred = NULL;
    Status status = dist_level_term(dist, d, 1, &t, &faults);
    if (status == OK) status = dist_infer_domain(dist, names, &inferred, &faults);
    term_drop(t);
    domain_drop(inferred);
    fault_free(&faults);
    return status;
}

static void survives_exhaustion(void **state) {
    (void)state;
    Domain *d = domain_range(0, 4);
    Term *m = either(map(num(0), num(3)), family("binomial", num(4), var("p")));
    Term *parts[] = {m, num(0.25), family("uniform_int", num(1), var("h")), num(0.25),
                     cut(family("poisson", var("m"), NULL), 0, 4), num(0.25),
                     cut(family("poisson", num(2), NULL), 0, 4), num(0.25)};
    Term *good = term_many(TERM_MIX, parts, 8, 0), *bad = map(num(9), num(3));
    assert_int_equal(level_and_domain(good, d), OK);
    Status status = NOMEM, refused = NOMEM;
    for (long n = 0; status == NOMEM || refused == NOMEM; n++) {
        mem_fail_after(n, 0);
        status = level_and_domain(good, d);
        mem_fail_after(n, 0);
        refused = level_and_domain(bad, d);
        mem_fail_after(-1, 0);
    }
    assert_int_equal(status, OK);
    assert_int_equal(refused, FAULT);
    term_drop(good);
    term_drop(bad);
    domain_drop(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masses_sum_to_one),
        cmocka_unit_test(binomial_is_exact),
        cmocka_unit_test(densities_integrate_to_one),
        cmocka_unit_test(heavy_tails_have_few_moments),
        cmocka_unit_test(wrong_parameters_are_told),
        cmocka_unit_test(pushes_through_choices),
        cmocka_unit_test(takes_the_rest),
        cmocka_unit_test(computes_families),
        cmocka_unit_test(computes_points),
        cmocka_unit_test(names_what_is_wrong),
        cmocka_unit_test(tabulates_truncations),
        cmocka_unit_test(domains_follow),
        cmocka_unit_test(survives_exhaustion),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
