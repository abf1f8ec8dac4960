// Native_law: functions of distributions, finite or not.
//
// A distribution over numbers is brought into its normal form (runtime/model/law.h), a table or
// a map among them; one over words is a list of outcomes (dist_value.h).
#include <math.h>
#include <stdint.h>

#include "interp/diag.h"
#include "interp/dist_value.h"
#include "interp/native.h"
#include "interp/table.h"
#include "interp/vm.h"
#include "runtime/base/mem.h"
#include "runtime/model/law.h"
#include "runtime/model/law_measure.h"

static bool unknown_among(const Value *args, size_t n, Value *out) {
    for (size_t i = 0; i < n; i++)
        if (args[i].tag == VALUE_UNKNOWN) return *out = args[i], true;
    return false;
}

// --- reading --------------------------------------------------------------------------------

// A distribution, as its law where it has one.
typedef struct Input {
    bool is_law;
    LawForm law;
    FiniteDist d;
} Input;

static void input_free(Input *in) {
    law_free(&in->law);
    dist_value_free(&in->d);
}

static bool read_term(const Term *term, Input *in, Trouble *t) {
    const char *why;
    if (law_init(term, &in->law, &why) != OK) return trouble_memory(t);
    in->is_law = !why;
    return true;
}

// The law of a list of outcomes that are numbers.
static bool read_outcomes(Input *in, Trouble *t) {
    const FiniteDist *d = &in->d;
    for (size_t i = 0; i < d->n; i++)
        if (isnan(d->numbers[i])) return true;
    Term **kids = MEM_NEW(Term *, d->n * 2);
    if (!kids) return trouble_memory(t);
    for (size_t i = 0; i < d->n; i++) {
        kids[2 * i] = term_number(d->numbers[i], 0);
        kids[2 * i + 1] = term_number(d->probs[i], 0);
    }
    Term *map = term_many(TERM_MAP, kids, (uint32_t)d->n * 2, 0);
    mem_free(kids);
    bool ok = map ? read_term(map, in, t) : trouble_memory(t);
    term_drop(map);
    return ok;
}

static bool read_input(const char *name, Vm *vm, Value v, Input *in, Trouble *t) {
    *in = (Input){0};
    bool term = v.tag == VALUE_MAP || (v.tag == VALUE_TERM && term_is_dist(v.term));
    if (term) {
        Term *dist;
        if (!value_to_term(v, 0, &dist, t)) return false;
        bool ok = read_term(dist, in, t);
        term_drop(dist);
        if (!ok || in->is_law) return ok;
    }
    bool ok = dist_value_finite(name, vm_names(vm), v, &in->d, t) && read_outcomes(in, t);
    if (!ok) input_free(in);
    return ok;
}

// The same for what is defined over numbers alone.
static bool read_law(const char *name, Vm *vm, Value v, Input *in, Trouble *t) {
    if (!read_input(name, vm, v, in, t)) return false;
    if (in->is_law) return true;
    input_free(in);
    return trouble(t, DIAG_KIND, "%s needs outcomes that are numbers", name);
}

// A number, or why it is none.
static bool give(const char *name, Status status, double x, Value *out, Trouble *t) {
    if (status != OK) return trouble_memory(t);
    if (isnan(x))
        return trouble(t, DIAG_UNDEFINED_NUMBER,
                       "%s is not defined here, or does not come out to ten digits", name);
    *out = value_number(x);
    return true;
}

// --- moments --------------------------------------------------------------------------------

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

static bool moment(Vm *vm, const char *name, const Value *args, Value *out, Trouble *t,
                   double (*pick)(double mean, double variance)) {
    Input in;
    double mean = NAN, variance = NAN;
    bool reached = true;
    if (unknown_among(args, 1, out)) return true;
    if (!read_law(name, vm, args[0], &in, t)) return false;
    Status status = law_moments(&in.law, &mean, &variance, &reached);
    input_free(&in);
    double x = pick(mean, variance);
    if (status == OK && reached && isnan(x))
        return trouble(t, DIAG_UNDEFINED_NUMBER, "this distribution has no %s", name);
    return give(name, status, x, out, t);
}

static double pick_mean(double mean, double variance) {
    (void)variance;
    return mean;
}

static double pick_variance(double mean, double variance) {
    (void)mean;
    return variance;
}

static double pick_sd(double mean, double variance) {
    (void)mean;
    return sqrt(variance);
}

static bool call_mean(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                      Trouble *t) {
    if (unknown_among(args, n, out)) return true;
    if (n > 1 || is_list(args[0])) return list_mean(vm, args, n, origin, out, t);
    return moment(vm, "mean", args, out, t, pick_mean);
}

static bool call_sd(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                    Trouble *t) {
    (void)n, (void)origin;
    return moment(vm, "sd", args, out, t, pick_sd);
}

static bool call_variance(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                          Trouble *t) {
    (void)n, (void)origin;
    return moment(vm, "variance", args, out, t, pick_variance);
}

// --- curves ---------------------------------------------------------------------------------

static bool at_number(Vm *vm, const char *name, const Value *args, Value *out, Trouble *t,
                      double (*f)(const LawForm *l, double x)) {
    Input in;
    if (unknown_among(args, 2, out)) return true;
    if (args[1].tag != VALUE_NUMBER)
        return trouble(t, DIAG_KIND, "%s takes a distribution and a number", name);
    if (!read_law(name, vm, args[0], &in, t)) return false;
    double x = f(&in.law, args[1].number);
    input_free(&in);
    return give(name, OK, x, out, t);
}

static bool call_cdf(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                     Trouble *t) {
    (void)n, (void)origin;
    return at_number(vm, "cdf", args, out, t, law_cdf);
}

static bool call_quantile(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                          Trouble *t) {
    (void)n, (void)origin;
    if (args[1].tag == VALUE_NUMBER && !(args[1].number >= 0 && args[1].number <= 1))
        return trouble(t, DIAG_KIND, "a quantile is asked at a probability, from 0 to 1");
    return at_number(vm, "quantile", args, out, t, law_quantile);
}

static bool call_outcomes(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                          Trouble *t) {
    (void)n, (void)origin;
    FiniteDist d;
    if (unknown_among(args, 1, out)) return true;
    if (!dist_value_finite("outcomes", vm_names(vm), args[0], &d, t)) return false;
    bool ok = value_list(VALUE_LIST, d.outcomes, d.n, out) || trouble_memory(t);
    dist_value_free(&d);
    return ok;
}

// The probability that `q` gives to outcome i of `p`.
static double prob_of(const FiniteDist *q, Value outcome) {
    for (size_t i = 0; i < q->n; i++)
        if (value_equal(q->outcomes[i], outcome)) return q->probs[i];
    return 0;
}

static bool call_pdf(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                     Trouble *t) {
    (void)n, (void)origin;
    Input in;
    if (unknown_among(args, 2, out)) return true;
    ValueTag tag = args[1].tag;
    if (tag != VALUE_NUMBER && tag != VALUE_BOOL && tag != VALUE_LEVEL && tag != VALUE_STRING) {
        trouble(t, DIAG_KIND, "the outcome is a value of the variable, not %s",
                value_kind(args[1]));
        return trouble_hint(t, "a level that has another meaning stands in quotes: "
                               "pdf(P(V), \"low\")");
    }
    if (!read_input("pdf", vm, args[0], &in, t)) return false;
    bool number = in.is_law && in.d.n == 0 && (tag == VALUE_NUMBER || tag == VALUE_BOOL);
    double x = tag == VALUE_BOOL ? args[1].truth : args[1].number;
    *out = value_number(number ? law_mass(&in.law, x) : prob_of(&in.d, args[1]));
    input_free(&in);
    return true;
}

// --- information ----------------------------------------------------------------------------

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
    Input in;
    Status status = OK;
    double scale = 0, sum = 0;
    if (unknown_among(args, 1, out)) return true;
    if (!log_base(args[1], &scale, t)) return false;
    if (!read_input("entropy", vm, args[0], &in, t)) return false;
    if (in.is_law) status = law_entropy(&in.law, &sum);
    for (size_t i = 0; i < in.d.n && !in.is_law; i++)
        if (in.d.probs[i] > 0) sum -= in.d.probs[i] * log(in.d.probs[i]);
    input_free(&in);
    return give("entropy", status, sum * scale, out, t);
}

typedef struct Pair {
    Input p, q;
} Pair;

// Both as laws, or both as outcomes.
static bool pair_init(const char *name, Vm *vm, const Value *args, Pair *d, Trouble *t) {
    Interner *names = vm_names(vm);
    if (!read_input(name, vm, args[0], &d->p, t)) return false;
    bool ok = read_input(name, vm, args[1], &d->q, t);
    if (!ok) d->q = (Input){0};
    if (ok && d->p.is_law != d->q.is_law) {
        if (d->p.d.n == 0) ok = dist_value_finite(name, names, args[0], &d->p.d, t);
        if (ok && d->q.d.n == 0) ok = dist_value_finite(name, names, args[1], &d->q.d, t);
        d->p.is_law = d->q.is_law = false;
    }
    if (ok) return true;
    input_free(&d->p);
    input_free(&d->q);
    return false;
}

static void pair_free(Pair *d) {
    input_free(&d->p);
    input_free(&d->q);
}

static double kl_of_words(const FiniteDist *p, const FiniteDist *q) {
    double sum = 0;
    for (size_t i = 0; i < p->n; i++)
        if (p->probs[i] > 0) sum += p->probs[i] * log(p->probs[i] / prob_of(q, p->outcomes[i]));
    return sum;
}

static bool call_kl(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                    Trouble *t) {
    (void)n, (void)origin;
    Pair d;
    Status status = OK;
    double scale = 0, sum;
    if (unknown_among(args, 2, out)) return true;
    if (!log_base(args[2], &scale, t) || !pair_init("kl", vm, args, &d, t)) return false;
    if (d.p.is_law) status = law_kl(&d.p.law, &d.q.law, &sum);
    else sum = kl_of_words(&d.p.d, &d.q.d);
    pair_free(&d);
    return give("kl", status, sum * scale, out, t);
}

static double tv_of_words(const FiniteDist *p, const FiniteDist *q) {
    double sum = 0;
    for (size_t i = 0; i < p->n; i++) sum += fabs(p->probs[i] - prob_of(q, p->outcomes[i]));
    for (size_t i = 0; i < q->n; i++)
        if (prob_of(p, q->outcomes[i]) == 0) sum += q->probs[i];
    return sum / 2;
}

static bool call_tv(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                    Trouble *t) {
    (void)n, (void)origin;
    Pair d;
    Status status = OK;
    double sum;
    if (unknown_among(args, 2, out)) return true;
    if (!pair_init("tv", vm, args, &d, t)) return false;
    if (d.p.is_law) status = law_tv(&d.p.law, &d.q.law, &sum);
    else sum = tv_of_words(&d.p.d, &d.q.d);
    pair_free(&d);
    return give("tv", status, sum, out, t);
}

static bool call_wasserstein(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                             Trouble *t) {
    (void)n, (void)origin;
    Pair d;
    double distance;
    if (unknown_among(args, 3, out)) return true;
    Value by = args[2].tag == VALUE_NOTHING ? value_number(1) : args[2];
    if (by.tag != VALUE_NUMBER || !(by.number >= 1 && isfinite(by.number)))
        return trouble(t, DIAG_KIND, "order must be a number, at least 1");
    if (!pair_init("wasserstein", vm, args, &d, t)) return false;
    bool numbers = d.p.is_law;
    Status status =
        numbers ? law_wasserstein(&d.p.law, &d.q.law, by.number, &distance) : OK;
    pair_free(&d);
    if (!numbers) return trouble(t, DIAG_KIND, "wasserstein needs outcomes that are numbers");
    return give("wasserstein", status, distance, out, t);
}

static bool call_cvar(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                      Trouble *t) {
    (void)n, (void)origin;
    Input in;
    double x;
    if (unknown_among(args, 2, out)) return true;
    if (args[1].tag != VALUE_NUMBER || !(args[1].number >= 0 && args[1].number < 1))
        return trouble(t, DIAG_KIND, "cvar is asked at a probability, from 0 to below 1");
    if (!read_law("cvar", vm, args[0], &in, t)) return false;
    Status status = law_cvar(&in.law, args[1].number, &x);
    input_free(&in);
    return give("cvar", status, x, out, t);
}

const Native native_law[] = {
    {"cdf", "d, x", 2, 2, NULL, "distributions", "The probability of at most x.", call_cdf},
    {"cvar", "d, p", 2, 2, NULL, "distributions",
     "The mean of the largest values, those beyond the quantile of p.", call_cvar},
    {"entropy", "d, base: 2", 1, 1, "base", "distributions",
     "The entropy of a distribution (of one with a density, the differential entropy), in bits "
     "unless base says else.",
     call_entropy},
    {"kl", "p, q, base: 2", 2, 2, "base", "distributions",
     "The Kullback-Leibler divergence of p from q, in bits unless base says else.", call_kl},
    {"mean", "d", 1, NATIVE_ANY, NULL, "distributions",
     "The mean of a distribution, of a list, or of several numbers.", call_mean},
    {"outcomes", "d", 1, 1, NULL, "distributions",
     "The values of a distribution over finitely many, in order.", call_outcomes},
    {"pdf", "d, x", 2, 2, NULL, "distributions",
     "The probability of the outcome x, or the density there.", call_pdf},
    {"quantile", "d, p", 2, 2, NULL, "distributions",
     "The smallest outcome that is reached with probability p.", call_quantile},
    {"sd", "d", 1, 1, NULL, "distributions", "The standard deviation.", call_sd},
    {"tv", "p, q", 2, 2, NULL, "distributions",
     "The total variation distance: half the sum, or integral, of the absolute differences.",
     call_tv},
    {"variance", "d", 1, 1, NULL, "distributions", "The variance.", call_variance},
    {"wasserstein", "p, q, order: 1", 2, 2, "order", "distributions",
     "How far, on average, probability has to be moved to make q of p.", call_wasserstein},
    {0},
};
