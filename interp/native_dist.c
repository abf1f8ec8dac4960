// Native_dist: the constructors of distributions, and functions of distributions.
#include <math.h>
#include <string.h>

#include "interp/diag.h"
#include "interp/dist_value.h"
#include "interp/native.h"
#include "interp/native_math.h"
#include "interp/table.h"
#include "interp/vm.h"
#include "runtime/base/mem.h"
#include "runtime/model/dist.h"

// --- constructors ---------------------------------------------------------------------------

static bool unknown_among(const Value *args, size_t n, Value *out) {
    for (size_t i = 0; i < n; i++)
        if (args[i].tag == VALUE_UNKNOWN) return *out = args[i], true;
    return false;
}

// The argument of parameter i: positional when it may be, else by its label. The labels of a row
// are the parameters' names in order, so that label i is args[positional + i].
static Value argument(const DistFamily *f, const Value *args, size_t positional, uint32_t i) {
    Value labelled = args[positional + i];
    if (labelled.tag != VALUE_NOTHING) return labelled;
    return i < positional && !f->params[i].named ? args[i] : value_nothing();
}

static bool check_parameter(const DistFamily *f, const Value *args, size_t positional, uint32_t i,
                            Trouble *t) {
    const DistParam *p = &f->params[i];
    bool given_twice = i < positional && args[positional + i].tag != VALUE_NOTHING;
    if (given_twice) return trouble(t, DIAG_DIST, "%s is given twice", p->name);
    if (i < positional && p->named) {
        trouble(t, DIAG_DIST, "%s of %s must be given by name", p->name, f->name);
        return trouble_hint(t, "write %s: ... so that nobody takes it for something else", p->name);
    }
    if (argument(f, args, positional, i).tag == VALUE_NOTHING && !p->optional)
        return trouble(t, DIAG_DIST, "%s needs %s", f->name, p->name);
    return true;
}

// Constant parameters are checked at once, where the message can point at them.
static bool check_values(const DistFamily *f, Term *const *kids, Trouble *t) {
    double *params = MEM_NEW(double, f->nparams);
    if (!params) return trouble_memory(t);
    bool constant = true;
    for (uint32_t i = 0; i < f->nparams; i++) {
        constant = constant && kids[i]->op == TERM_NUMBER;
        params[i] = kids[i]->op == TERM_NUMBER ? kids[i]->number : 0;
    }
    const char *wrong = constant ? f->wrong(params) : NULL;
    mem_free(params);
    return wrong ? trouble(t, DIAG_DIST, "in %s, %s", f->name, wrong) : true;
}

static bool construct(const DistFamily *f, const Value *args, size_t n, uint32_t origin,
                      Value *out, Trouble *t) {
    size_t positional = n - f->nparams;
    if (unknown_among(args, n, out)) return true;
    Term **kids = MEM_NEW(Term *, f->nparams);
    bool ok = kids || trouble_memory(t);
    uint32_t done = 0;
    for (; ok && done < f->nparams; done += ok) {
        ok = check_parameter(f, args, positional, done, t);
        if (!ok) break;
        Value v = argument(f, args, positional, done);
        if (v.tag == VALUE_NOTHING) v = value_number(f->params[done].missing);
        ok = value_to_term(v, origin, &kids[done], t);
    }
    ok = ok && check_values(f, kids, t);
    if (ok) ok = value_term(term_dist(f, kids, done, origin), out) || trouble_memory(t);
    else while (kids && done-- > 0) term_drop(kids[done]);
    mem_free(kids);
    return ok;
}

// --- constructors from lists and maps -------------------------------------------------------

// Equal weights for the items of a set, list or range.
static bool uniform_over(Value items, uint32_t origin, Value *out, Trouble *t) {
    size_t n = 0, done = 0;
    value_count(items, &n);
    if (n == 0) return trouble(t, DIAG_DIST, "uniform over nothing");
    Term **kids = MEM_NEW(Term *, n * 2);
    bool ok = kids || trouble_memory(t);
    for (; ok && done < n; done += ok) {
        Value item;
        value_at(items, done, &item);
        ok = value_to_term(item, origin, &kids[2 * done], t);
        value_drop(item);
        if (ok) kids[2 * done + 1] = term_number(1 / (double)n, origin);
    }
    if (ok) ok = value_term(term_many(TERM_MAP, kids, (uint32_t)n * 2, origin), out) || trouble_memory(t);
    else for (size_t i = 0; kids && i < done * 2; i++) term_drop(kids[i]);
    mem_free(kids);
    return ok;
}

// A long range needs no list of its numbers.
static bool uniform_range(const RangeObject *r, uint32_t origin, Value *out, Trouble *t) {
    Value args[4] = {value_number(r->low), value_number(r->high), value_nothing(),
                     value_nothing()};
    if (r->low > r->high) return trouble(t, DIAG_DIST, "uniform over nothing");
    return construct(dist_find("uniform_int"), args, 4, origin, out, t);
}

static bool call_uniform(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                         Trouble *t) {
    (void)vm;
    size_t count;
    if (unknown_among(args, n, out)) return true;
    if (n == 4) return construct(dist_find("uniform"), args, n, origin, out, t);
    if (n == 3 && args[0].tag == VALUE_RANGE)
        return uniform_range((const RangeObject *)args[0].object, origin, out, t);
    if (n == 3 && value_count(args[0], &count)) return uniform_over(args[0], origin, out, t);
    trouble(t, DIAG_DIST, "uniform takes two numbers, or one set, list or range");
    return trouble_hint(t, "uniform(0, 1), uniform(1..6), uniform({red, green})");
}

static bool call_categorical(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                             Trouble *t) {
    (void)vm, (void)n;
    if (args[0].tag == VALUE_UNKNOWN) return *out = args[0], true;
    if (args[0].tag != VALUE_MAP) {
        trouble(t, DIAG_DIST, "categorical takes a map, not %s", value_kind(args[0]));
        return trouble_hint(t, "categorical({low: 0.2, high: 0.8})");
    }
    Term *term;
    return value_to_term(args[0], origin, &term, t) &&
           (value_term(term, out) || trouble_memory(t));
}

static bool mixture_form(Value v, Trouble *t) {
    trouble(t, DIAG_DIST, "mix takes distributions with their weights, not %s", value_kind(v));
    return trouble_hint(t, "mix {binomial(9, 0.2): 0.3, binomial(9, 0.7): 0.7}");
}

// mix {d: weight, ...}: the map's own term when it is one of distributions.
static bool call_mix(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                     Trouble *t) {
    (void)vm, (void)n;
    Term *term;
    if (args[0].tag == VALUE_UNKNOWN) return *out = args[0], true;
    if (args[0].tag != VALUE_MAP) return mixture_form(args[0], t);
    if (!value_to_term(args[0], origin, &term, t)) return false;
    if (term->op == TERM_MIX) return value_term(term, out) || trouble_memory(t);
    term_drop(term);
    return mixture_form(args[0], t);
}

// Moves the value into *acc.
static bool step(NodeOp op, Value *acc, Value by, uint32_t origin, Trouble *t) {
    Value next;
    if (!value_binary(op, *acc, by, origin, &next, t)) return false;
    value_drop(*acc);
    *acc = next;
    return true;
}

// The probability that cause i fails: if cause then 1 - weight else 1.
static bool failing(Value cause, Value weight, uint32_t origin, Value *out, Trouble *t) {
    Value fails;
    Term *cond = NULL, *no = NULL;
    if (!value_binary(OP_SUB, value_number(1), weight, origin, &fails, t)) return false;
    bool ok = value_to_term(cause, origin, &cond, t) && value_to_term(fails, origin, &no, t);
    value_drop(fails);
    if (!ok) {
        term_drop(cond);
        term_drop(no);
        return false;
    }
    return value_term(term_if(cond, no, term_number(1, origin), origin), out) || trouble_memory(t);
}

// Pearl 1988, section 4.3.2: true unless every present cause, and the leak, fails independently.
static bool call_noisy_or(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                          Trouble *t) {
    (void)vm, (void)n;
    if (unknown_among(args, n, out)) return true;
    if (args[0].tag != VALUE_MAP) {
        trouble(t, DIAG_DIST, "noisy_or takes a map from causes to probabilities, not %s",
                value_kind(args[0]));
        return trouble_hint(t, "noisy_or({Flu: 0.8, Cold: 0.4}, leak: 0.01)");
    }
    const ListObject *map = value_items(args[0]);
    Value leak = args[1].tag == VALUE_NOTHING ? value_number(0) : args[1];
    Value fails, p;
    if (!value_binary(OP_SUB, value_number(1), leak, origin, &fails, t)) return false;
    bool ok = true;
    for (size_t i = 0; ok && i < map->count; i += 2) {
        Value each;
        ok = failing(map->items[i], map->items[i + 1], origin, &each, t);
        if (!ok) break;
        ok = step(OP_MUL, &fails, each, origin, t);
        value_drop(each);
    }
    ok = ok && value_binary(OP_SUB, value_number(1), fails, origin, &p, t);
    value_drop(fails);
    if (!ok) return false;
    Value labelled[2] = {p, value_nothing()};
    ok = construct(dist_find("bernoulli"), labelled, 2, origin, out, t);
    value_drop(p);
    return ok;
}

// --- functions of distributions -------------------------------------------------------------

static bool numeric(const char *name, const FiniteDist *d, Trouble *t) {
    for (size_t i = 0; i < d->n; i++)
        if (isnan(d->numbers[i]))
            return trouble(t, DIAG_KIND, "%s needs outcomes that are numbers", name);
    return true;
}

static double mean_of(const FiniteDist *d) {
    double sum = 0;
    for (size_t i = 0; i < d->n; i++) sum += d->probs[i] * d->numbers[i];
    return sum;
}

static double variance_of(const FiniteDist *d) {
    double mean = mean_of(d), sum = 0;
    for (size_t i = 0; i < d->n; i++) sum += d->probs[i] * (d->numbers[i] - mean) * (d->numbers[i] - mean);
    return sum;
}

static bool is_list(Value v) {
    return v.tag == VALUE_LIST || v.tag == VALUE_RANGE || v.tag == VALUE_SET;
}

// The mean of the items of a list, as sum / size; of several numbers likewise.
static bool list_mean(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                      Trouble *t) {
    size_t count = n;
    Value total;
    if (n == 1) value_count(args[0], &count);
    if (count == 0) return trouble(t, DIAG_UNDEFINED_NUMBER, "mean of nothing");
    if (!native_find("sum")->call(vm, args, n, origin, &total, t)) return false;
    bool ok = value_binary(OP_DIV, total, value_number((double)count), origin, out, t);
    value_drop(total);
    return ok;
}

static bool call_mean(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out, Trouble *t) {
    if (unknown_among(args, n, out)) return true;
    if (n > 1 || is_list(args[0])) return list_mean(vm, args, n, origin, out, t);
    FiniteDist d;
    if (!dist_value_finite("mean", vm_names(vm), args[0], &d, t)) return false;
    bool ok = numeric("mean", &d, t);
    if (ok) *out = value_number(mean_of(&d));
    dist_value_free(&d);
    return ok;
}

static bool spread(Vm *vm, const char *name, bool root, const Value *args, Value *out, Trouble *t) {
    FiniteDist d;
    if (unknown_among(args, 1, out)) return true;
    if (!dist_value_finite(name, vm_names(vm), args[0], &d, t)) return false;
    bool ok = numeric(name, &d, t);
    if (ok) *out = value_number(root ? sqrt(variance_of(&d)) : variance_of(&d));
    dist_value_free(&d);
    return ok;
}

static bool call_sd(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out, Trouble *t) {
    (void)n, (void)origin;
    return spread(vm, "sd", true, args, out, t);
}

static bool call_variance(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                          Trouble *t) {
    (void)n, (void)origin;
    return spread(vm, "variance", false, args, out, t);
}

// In bits unless `base` says else.
static bool log_base(Value base, double *scale, Trouble *t) {
    double b = base.tag == VALUE_NOTHING ? 2 : base.tag == VALUE_NUMBER ? base.number : NAN;
    if (!(b > 0) || b == 1) return trouble(t, DIAG_KIND, "base must be a number above 0, and not 1");
    *scale = 1 / log(b);
    return true;
}

static bool call_entropy(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                         Trouble *t) {
    (void)n, (void)origin;
    FiniteDist d;
    double scale = 0, sum = 0;
    if (unknown_among(args, 1, out)) return true;
    if (!log_base(args[1], &scale, t) || !dist_value_finite("entropy", vm_names(vm), args[0], &d, t))
        return false;
    for (size_t i = 0; i < d.n; i++)
        if (d.probs[i] > 0) sum -= d.probs[i] * log(d.probs[i]);
    *out = value_number(sum * scale);
    dist_value_free(&d);
    return true;
}

// The probability that `q` gives to outcome i of `p`.
static double prob_of(const FiniteDist *q, Value outcome) {
    for (size_t i = 0; i < q->n; i++)
        if (value_equal(q->outcomes[i], outcome)) return q->probs[i];
    return 0;
}

typedef struct Pair {
    FiniteDist p, q;
} Pair;

static bool pair_init(const char *name, Vm *vm, const Value *args, Pair *d, Trouble *t) {
    if (!dist_value_finite(name, vm_names(vm), args[0], &d->p, t)) return false;
    if (dist_value_finite(name, vm_names(vm), args[1], &d->q, t)) return true;
    dist_value_free(&d->p);
    return false;
}

static void pair_free(Pair *d) {
    dist_value_free(&d->p);
    dist_value_free(&d->q);
}

static bool call_kl(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out, Trouble *t) {
    (void)n, (void)origin;
    Pair d;
    double scale = 0, sum = 0;
    if (unknown_among(args, 2, out)) return true;
    if (!log_base(args[2], &scale, t) || !pair_init("kl", vm, args, &d, t)) return false;
    for (size_t i = 0; i < d.p.n; i++)
        if (d.p.probs[i] > 0) sum += d.p.probs[i] * log(d.p.probs[i] / prob_of(&d.q, d.p.outcomes[i]));
    *out = value_number(sum * scale);
    pair_free(&d);
    return true;
}

static bool call_tv(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out, Trouble *t) {
    (void)n, (void)origin;
    Pair d;
    double sum = 0;
    if (unknown_among(args, 2, out)) return true;
    if (!pair_init("tv", vm, args, &d, t)) return false;
    for (size_t i = 0; i < d.p.n; i++) sum += fabs(d.p.probs[i] - prob_of(&d.q, d.p.outcomes[i]));
    for (size_t i = 0; i < d.q.n; i++)
        if (prob_of(&d.p, d.q.outcomes[i]) == 0) sum += d.q.probs[i];
    *out = value_number(sum / 2);
    pair_free(&d);
    return true;
}

// P(outcome <= x), and the smallest outcome whose cdf reaches p.
static double cdf_at(const FiniteDist *d, double x) {
    double sum = 0;
    for (size_t i = 0; i < d->n; i++)
        if (d->numbers[i] <= x) sum += d->probs[i];
    return sum;
}

static double quantile_at(const FiniteDist *d, double p) {
    double best = NAN;
    for (size_t i = 0; i < d->n; i++) {
        bool reaches = cdf_at(d, d->numbers[i]) >= p - 1e-12;
        if (reaches && (isnan(best) || d->numbers[i] < best)) best = d->numbers[i];
    }
    return best;
}

static bool at_number(Vm *vm, const char *name, const Value *args, Value *out, Trouble *t,
                      double (*f)(const FiniteDist *d, double x)) {
    FiniteDist d;
    if (unknown_among(args, 2, out)) return true;
    if (args[1].tag != VALUE_NUMBER)
        return trouble(t, DIAG_KIND, "%s takes a distribution and a number", name);
    if (!dist_value_finite(name, vm_names(vm), args[0], &d, t)) return false;
    bool ok = numeric(name, &d, t);
    if (ok) *out = value_number(f(&d, args[1].number));
    dist_value_free(&d);
    return ok;
}

static bool call_cdf(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out, Trouble *t) {
    (void)n, (void)origin;
    return at_number(vm, "cdf", args, out, t, cdf_at);
}

static bool call_quantile(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                          Trouble *t) {
    (void)n, (void)origin;
    if (args[1].tag == VALUE_NUMBER && !(args[1].number >= 0 && args[1].number <= 1))
        return trouble(t, DIAG_KIND, "a quantile is asked at a probability, from 0 to 1");
    return at_number(vm, "quantile", args, out, t, quantile_at);
}

static bool call_pdf(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out, Trouble *t) {
    (void)n, (void)origin;
    FiniteDist d;
    if (unknown_among(args, 2, out)) return true;
    ValueTag tag = args[1].tag;
    if (tag != VALUE_NUMBER && tag != VALUE_BOOL && tag != VALUE_LEVEL && tag != VALUE_STRING) {
        trouble(t, DIAG_KIND, "the outcome is a value of the variable, not %s",
                value_kind(args[1]));
        return trouble_hint(t, "a level that has another meaning stands in quotes: "
                               "pdf(P(V), \"low\")");
    }
    if (!dist_value_finite("pdf", vm_names(vm), args[0], &d, t)) return false;
    *out = value_number(prob_of(&d, args[1]));
    dist_value_free(&d);
    return true;
}

// Families by name: their parameters, those that may stand without their name, and where the
// rest of the row comes from (dist.h). tests/unit/test_native.c holds the rows against the list.
#define FAMILIES                                                                               \
    FAMILY(bernoulli, "p", 1, "p")                                                             \
    FAMILY(beta, "a, b", 2, "a b")                                                             \
    FAMILY(binomial, "n, p", 2, "n p")                                                         \
    FAMILY(cauchy, "location, scale", 2, "location scale")                                     \
    FAMILY(exponential, "rate: r", 0, "rate")                                                  \
    FAMILY(geometric, "p", 1, "p")                                                             \
    FAMILY(gumbel, "location, scale", 2, "location scale")                                     \
    FAMILY(laplace, "location, scale", 2, "location scale")                                    \
    FAMILY(lognormal, "meanlog, sdlog", 2, "meanlog sdlog")                                    \
    FAMILY(negative_binomial, "successes: k, p: p", 0, "successes p")                          \
    FAMILY(normal, "mean, sd", 2, "mean sd")                                                   \
    FAMILY(pareto, "shape: a, scale: s", 0, "shape scale")                                     \
    FAMILY(point, "value", 1, "value")                                                         \
    FAMILY(poisson, "mean", 1, "mean")                                                         \
    FAMILY(student_t, "df, location, scale", 3, "df location scale")                           \
    FAMILY(triangular, "low, high, mode: m", 2, "low high mode")                               \
    FAMILY(uniform_int, "low, high", 2, "low high")                                            \
    FAMILY(weibull, "shape: k, scale: s", 0, "shape scale")

#define FAMILY(name, params, most, labels)                                                     \
    static bool call_##name(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,  \
                            Trouble *t) {                                                      \
        (void)vm;                                                                              \
        return construct(dist_find(#name), args, n, origin, out, t);                           \
    }
FAMILIES
#undef FAMILY

// gamma and logistic of one number are functions of it, of two parameters distributions.
static bool call_gamma(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                       Trouble *t) {
    (void)vm;
    bool function = n == 3 && args[1].tag == VALUE_NOTHING && args[2].tag == VALUE_NOTHING;
    if (function) return native_math_apply(math_find("gamma"), args, origin, out, t);
    return construct(dist_find("gamma"), args, n, origin, out, t);
}

static bool call_logistic(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                          Trouble *t) {
    (void)vm;
    bool function = n == 3 && args[1].tag == VALUE_NOTHING && args[2].tag == VALUE_NOTHING;
    if (function) return native_math_apply(math_find("logistic"), args, origin, out, t);
    return construct(dist_find("logistic"), args, n, origin, out, t);
}

const char *native_doc(const Native *row) {
    return row->doc ? row->doc : dist_find(row->name)->doc;
}

const Native native_dist[] = {
#define FAMILY(name, params, most, labels)                                                     \
    {#name, params, 0, most, labels, "distributions", NULL, call_##name},
    FAMILIES
#undef FAMILY
    {"categorical", "{level: p, ...}", 1, 1, NULL, "distributions",
     "One of the levels, each with its probability; one that is left out takes the rest.",
     call_categorical},
    {"cdf", "d, x", 2, 2, NULL, "distributions", "The probability of at most x.", call_cdf},
    {"entropy", "d, base: 2", 1, 1, "base", "distributions",
     "The entropy of a distribution, in bits unless base says else.", call_entropy},
    {"gamma", "shape, rate: r", 1, 1, "shape rate", "distributions",
     "The gamma distribution; of one number alone, the gamma function.", call_gamma},
    {"kl", "p, q, base: 2", 2, 2, "base", "distributions",
     "The Kullback-Leibler divergence of p from q, in bits unless base says else.", call_kl},
    {"logistic", "location, scale", 1, 2, "location scale", "distributions",
     "The logistic distribution; of one number alone, 1 / (1 + exp(-x)).", call_logistic},
    {"mean", "d", 1, NATIVE_ANY, NULL, "distributions",
     "The mean of a distribution, of a list, or of several numbers.", call_mean},
    {"mix", "{d: weight, ...}", 1, 1, NULL, "distributions",
     "One of several distributions, each with its weight.", call_mix},
    {"noisy_or", "{cause: p, ...}, leak: 0", 1, 1, "leak", "distributions",
     "True unless every cause that is present, and the leak, fails independently.", call_noisy_or},
    {"pdf", "d, x", 2, 2, NULL, "distributions", "The probability of the outcome x.", call_pdf},
    {"quantile", "d, p", 2, 2, NULL, "distributions",
     "The smallest outcome that is reached with probability p.", call_quantile},
    {"sd", "d", 1, 1, NULL, "distributions", "The standard deviation.", call_sd},
    {"tv", "p, q", 2, 2, NULL, "distributions",
     "The total variation distance: half the sum of the absolute differences.", call_tv},
    {"uniform", "low, high", 1, 2, "low high", "distributions",
     "Evenly over an interval, or over the items of a set, list or range.", call_uniform},
    {"variance", "d", 1, 1, NULL, "distributions", "The variance.", call_variance},
    {0},
};
