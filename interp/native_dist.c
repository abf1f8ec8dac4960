// Native_dist: the constructors of distributions.
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
#include "runtime/model/law.h"

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
    const char *wrong = constant ? dist_wrong(f, params) : NULL;
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

// --- truncated and empirical ---

// The term of a distribution value: of a table, its distribution.
static bool dist_term(const char *name, Value v, uint32_t origin, Term **out, Trouble *t) {
    if (table_is(v)) return table_distribution(v, origin, out, t);
    if (v.tag != VALUE_MAP && !(v.tag == VALUE_TERM && term_is_dist(v.term)))
        return dist_value_refuse(name, v, t);
    return value_to_term(v, origin, out, t);
}

// A bound by position or by name; infinite when left out.
static bool bound(const char *name, const Value *by_place, Value by_name, double missing,
                  uint32_t origin, Term **out, Trouble *t) {
    bool labelled = by_name.tag != VALUE_NOTHING;
    if (by_place && labelled) return trouble(t, DIAG_DIST, "%s is given twice", name);
    Value v = by_place ? *by_place : labelled ? by_name : value_number(missing);
    if (v.tag != VALUE_NUMBER && v.tag != VALUE_TERM)
        return trouble(t, DIAG_KIND, "%s must be a number, not %s", name, value_kind(v));
    return value_to_term(v, origin, out, t);
}

// What is wrong with a truncation whose parts are all known is said where it is written.
static bool check_law(const Term *term, Trouble *t) {
    LawForm law;
    const char *why;
    if (law_init(term, &law, &why) != OK) return trouble_memory(t);
    law_free(&law);
    if (!why || strcmp(why, "it depends on variables") == 0) return true;
    Str s = {0};
    term_add_brief(term, &s);
    if (s.failed) trouble_memory(t);
    else trouble(t, DIAG_DIST, "%s: %s", str_text(&s), why);
    str_free(&s);
    return false;
}

// truncate(d, low, high), or either bound by name. The last two arguments are the labels.
static bool call_truncate(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                          Trouble *t) {
    (void)vm;
    Term *kids[3] = {NULL, NULL, NULL};
    size_t places = n - 2;
    if (unknown_among(args, n, out)) return true;
    if (places == 1 && args[1].tag == VALUE_NOTHING && args[2].tag == VALUE_NOTHING) {
        trouble(t, DIAG_DIST, "truncate needs a lower or an upper bound");
        return trouble_hint(t, "truncate(normal(0, 1), 0, 5), truncate(normal(0, 1), low: 0)");
    }
    bool ok = dist_term("truncate", args[0], origin, &kids[0], t) &&
              bound("low", places > 1 ? &args[1] : NULL, args[n - 2], -INFINITY, origin, &kids[1],
                    t) &&
              bound("high", places > 2 ? &args[2] : NULL, args[n - 1], INFINITY, origin, &kids[2],
                    t);
    if (!ok) {
        for (int i = 0; i < 3; i++) term_drop(kids[i]);
        return false;
    }
    Term *term = term_truncate(kids[0], kids[1], kids[2], origin);
    if (!term) return trouble_memory(t);
    ok = check_law(term, t);
    if (!ok) term_drop(term);
    return ok && (value_term(term, out) || trouble_memory(t));
}

static bool empirical_form(Value v, Trouble *t) {
    trouble(t, DIAG_DIST, "empirical takes a list of numbers, not %s", value_kind(v));
    return trouble_hint(t, "empirical([1, 2, 2, 5])");
}

static bool call_empirical(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                           Trouble *t) {
    (void)vm, (void)n;
    size_t count = 0, done = 0;
    if (args[0].tag == VALUE_UNKNOWN) return *out = args[0], true;
    if (!value_count(args[0], &count)) return empirical_form(args[0], t);
    if (count == 0) return trouble(t, DIAG_DIST, "empirical of nothing");
    double *values = MEM_NEW(double, count);
    if (!values) return trouble_memory(t);
    for (bool ok = true; ok && done < count; done += ok) {
        Value item;
        value_at(args[0], done, &item);
        ok = item.tag == VALUE_NUMBER && isfinite(item.number);
        values[done] = ok ? item.number : 0;
        if (!ok) empirical_form(item, t);
        value_drop(item);
    }
    Term *term = done == count ? term_empirical(values, count, origin) : NULL;
    mem_free(values);
    if (done < count) return false;
    return value_term(term, out) || trouble_memory(t);
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
// Weights that depend on variables are summed where they are known.
static bool weights_fit(const Term *mix, Trouble *t) {
    double sum = 0;
    for (uint32_t i = 1; i < mix->n; i += 2) {
        if (mix->kid[i]->op != TERM_NUMBER) return true;
        sum += mix->kid[i]->number;
    }
    return fabs(sum - 1) <= 1e-9 ||
           trouble(t, DIAG_DIST, "the weights of this mix sum to %.10g, not to 1", sum);
}

static bool call_mix(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                     Trouble *t) {
    (void)vm, (void)n;
    Term *term;
    if (args[0].tag == VALUE_UNKNOWN) return *out = args[0], true;
    if (args[0].tag != VALUE_MAP) return mixture_form(args[0], t);
    if (!value_to_term(args[0], origin, &term, t)) return false;
    if (term->op == TERM_MIX && weights_fit(term, t))
        return value_term(term, out) || trouble_memory(t);
    bool unfit = term->op == TERM_MIX;
    term_drop(term);
    return !unfit && mixture_form(args[0], t);
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
    if (n == 2 && args[0].tag == VALUE_NOTHING)
        return trouble(t, DIAG_DIST, "logistic needs a number, or a location and a scale");
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
    {"empirical", "numbers", 1, 1, NULL, "distributions",
     "Each number of a list with the same probability.", call_empirical},
    {"gamma", "shape, rate: r", 1, 1, "shape rate", "distributions",
     "The gamma distribution; of one number alone, the gamma function.", call_gamma},
    {"logistic", "location, scale", 0, 2, "location scale", "distributions",
     "The logistic distribution; of one number alone, 1 / (1 + exp(-x)).", call_logistic},
    {"mix", "{d: weight, ...}", 1, 1, NULL, "distributions",
     "One of several distributions, each with its weight.", call_mix},
    {"noisy_or", "{cause: p, ...}, leak: 0", 1, 1, "leak", "distributions",
     "True unless every cause that is present, and the leak, fails independently.", call_noisy_or},
    {"truncate", "d, low, high", 1, 3, "low high", "distributions",
     "The distribution d given that the value lies from low to high, both included.",
     call_truncate},
    {"uniform", "low, high", 1, 2, "low high", "distributions",
     "Evenly over an interval, or over the items of a set, list or range.", call_uniform},
    {0},
};
