// Dist: the probability of one level as a scalar term.
//
// The distribution's spine (IF, CASE and MIX down to families, maps and plain numbers) is
// rebuilt bottom up with each leaf replaced by the probability it gives to the level.
#include "runtime/model/dist.h"

#include <math.h>
#include <string.h>

#include "runtime/base/closest.h"
#include "runtime/base/num.h"
#include "runtime/base/vec.h"
#include "runtime/model/dist_family.h"
#include "runtime/model/dist_spine.h"
#include "runtime/model/law.h"
#include "runtime/model/math.h"
#include "runtime/model/scalar.h"
#include "runtime/model/term_order.h"

struct DistLevels {
    const Domain *domain;
    uint32_t level;
    bool cut; // inside a truncation, which takes care of what lies outside of the domain
    Faults *faults;
    TermOrder order;
    Term **made;  // by position in the order
    const Term ***filed; // likewise; of a map that was read, the weight of each level or NULL
};

typedef DistLevels Pushing;

static Status made(Term *t, Term **out) {
    *out = t;
    return t ? OK : NOMEM;
}

// --- faults ---

static Status say_domain(const Pushing *p, FaultCode code, uint32_t origin, const char *what,
                         const char *why) {
    Str s = {0};
    domain_add_values(p->domain, &s);
    Status status =
        s.failed ? NOMEM
                 : fault_add(p->faults, code, origin, "%s %s %s", what, why, str_text(&s));
    str_free(&s);
    return status;
}

// The level that a misspelt key may have meant, as a hint.
static Status hint_level(const Pushing *p, const char *wrong) {
    Closest c;
    closest_start(&c, wrong);
    bool named = p->domain->kind == DOMAIN_LEVELS || p->domain->kind == DOMAIN_ORDERED;
    for (uint32_t i = 0; named && i < p->domain->count; i++)
        if (p->domain->levels[i].name) closest_offer(&c, p->domain->levels[i].name->text);
    const char *best = closest_end(&c);
    return best ? fault_hint(p->faults, "did you mean %s?", best) : OK;
}

// The same about a term, whose text is left in `s`.
static Status say_term(const Pushing *p, FaultCode code, const Term *t, const char *why, Str *s) {
    term_add_brief(t, s);
    return s->failed ? NOMEM : say_domain(p, code, t->origin, str_text(s), why);
}

static Status fault_value(const Pushing *p, const Term *key) {
    Str s = {0};
    Status status = say_term(p, FAULT_DIST_VALUE, key, "is not among the values", &s);
    if (status == FAULT && hint_level(p, str_text(&s)) == NOMEM) status = NOMEM;
    str_free(&s);
    return status;
}

// --- plain numbers ---

static Status complement(const Term *p, uint32_t origin, Term **out) {
    bool constant;
    double value;
    TRY(scalar_constant(p, &constant, &value));
    if (constant) return made(term_number(1 - value, origin), out);
    return made(term_binary(TERM_SUB, term_number(1, origin), term_keep(p), origin), out);
}

// "lo is a value, and no distribution over {lo, hi}"
static Status fault_certain(const Pushing *p, const Term *t) {
    Str s = {0};
    Status status =
        say_term(p, FAULT_DIST_KIND, t, "is a value, and no distribution over", &s);
    if (status == FAULT &&
        fault_hint(p->faults, "what is certain is written {%s: 1}", str_text(&s)) == NOMEM)
        status = NOMEM;
    str_free(&s);
    return status;
}

static bool is_value(const Pushing *p, const Term *t) {
    if (t->op == TERM_LEVEL) return domain_find_name(p->domain, t->sym) != UINT32_MAX;
    return t->op == TERM_NUMBER && domain_find_number(p->domain, t->number) != UINT32_MAX;
}

// The probability of true.
static Status level_of_number(const Pushing *p, const Term *t, Term **out) {
    bool plain = p->domain->kind == DOMAIN_BOOL;
    if (!plain && is_value(p, t)) return fault_certain(p, t);
    if (!plain)
        return say_domain(p, FAULT_DIST_KIND, t->origin,
                          "a plain number is the probability of a bool,", "but the values are");
    if (p->level == 1) return made(term_keep(t), out);
    return complement(t, t->origin, out);
}

// --- families ---

// The mass of a family as a function of x and its parameters.
#define MASS(id, text, count)                                                                  \
    static double id##_one(const double *a) {                                                  \
        return dist_discrete_##id.mass(a + 1, a[0]);                                           \
    }                                                                                          \
    static const MathFunction id##_mass = {text "_probability", "The probability of x.",       \
                                           1 + (count), id##_one, NULL};

MASS(binomial, "binomial", 2)
MASS(uniform, "uniform", 2)
MASS(poisson, "poisson", 1)
MASS(geometric, "geometric", 1)
MASS(negative_binomial, "negative_binomial", 2)

static const MathFunction *mass_function(const DistFamily *f) {
    if (f == &dist_discrete_binomial) return &binomial_mass;
    if (f == &dist_discrete_poisson) return &poisson_mass;
    if (f == &dist_discrete_geometric) return &geometric_mass;
    return f == &dist_discrete_uniform ? &uniform_mass : &negative_binomial_mass;
}

static Status say_params(const Pushing *p, const Term *t, const char *why) {
    Str s = {0};
    term_add_brief(t, &s);
    Status status = s.failed ? NOMEM
                             : fault_add(p->faults, FAULT_DIST_PARAMETER, t->origin, "%s: %s",
                                         str_text(&s), why);
    str_free(&s);
    return status;
}

// The parameters as numbers; *constant is false when one of them is not.
static Status read_params(const Term *t, double *params, bool *constant) {
    *constant = true;
    for (uint32_t i = 0; *constant && i < t->n; i++)
        TRY(scalar_constant(t->kid[i], constant, &params[i]));
    return OK;
}

// Whether every number of the support is a value of the domain; *missing is one that is not.
static bool covers(const Domain *d, int64_t low, int64_t high, int64_t *missing) {
    if (d->kind == DOMAIN_RANGE) {
        *missing = low < d->low ? low : high;
        return low >= d->low && high <= d->low + (int64_t)d->count - 1;
    }
    for (int64_t x = low; x <= high; x++) {
        *missing = x;
        if (domain_find_number(d, (double)x) == UINT32_MAX) return false;
    }
    return true;
}

static Status check_support(const Pushing *p, const Term *t, const double *params) {
    int64_t low, high, missing = 0;
    if (dist_wrong(t->family, params)) return say_params(p, t, dist_wrong(t->family, params));
    t->family->support(params, &low, &high);
    if (covers(p->domain, low, high, &missing)) return OK;
    Str s = {0};
    term_add_brief(t, &s);
    str_printf(&s, " can be %lld, which", (long long)missing);
    Status status = s.failed ? NOMEM
                             : say_domain(p, FAULT_DIST_VALUE, t->origin, str_text(&s),
                                          "is not among the values");
    str_free(&s);
    return status;
}

// The mass at x of a family whose parameters are not all known.
static Status mass_term(const Term *t, double x, Term **out) {
    uint32_t at = t->origin;
    if (t->family == &dist_discrete_point)
        return made(term_binary(TERM_EQ, term_keep(t->kid[0]), term_number(x, at), at), out);
    if (t->family == &dist_discrete_bernoulli) {
        if (x == 1) return made(term_keep(t->kid[0]), out);
        return x == 0 ? complement(t->kid[0], at, out) : made(term_number(0, at), out);
    }
    Term *args[] = {term_number(x, at), term_keep(t->kid[0]),
                    t->n > 1 ? term_keep(t->kid[1]) : NULL};
    return made(term_call(mass_function(t->family), args, 1 + t->n, at), out);
}

// `point` of a level, as in point(small).
static bool is_named_point(const Term *t) {
    return t->family == &dist_discrete_point && t->kid[0]->op == TERM_LEVEL;
}

static Status level_of_named_point(const Pushing *p, const Term *t, Term **out) {
    uint32_t i = domain_find_name(p->domain, t->kid[0]->sym);
    if (i == UINT32_MAX) return fault_value(p, t->kid[0]);
    return made(term_number(i == p->level, t->origin), out);
}

static Status level_of_family(const Pushing *p, const Term *t, Term **out) {
    double params[MATH_MAX_ARITY];
    bool constant;
    if (is_named_point(t)) return level_of_named_point(p, t, out);
    if (!t->family->finite && !(p->cut && t->family->support))
        return say_domain(p, FAULT_DIST_INFINITE, t->origin, t->family->name,
                          "has infinitely many values, but the variable only");
    if (!p->domain->numeric)
        return say_domain(p, FAULT_DIST_KIND, t->origin, t->family->name,
                          "gives numbers, but the values are");
    TRY(read_params(t, params, &constant));
    double x = domain_number(p->domain, p->level);
    if (!constant) return mass_term(t, x, out);
    if (t->family == &dist_discrete_point) {
        if (domain_find_number(p->domain, params[0]) == UINT32_MAX)
            return fault_value(p, t->kid[0]);
        return made(term_number(num_same(x, params[0]), t->origin), out);
    }
    if (!p->cut) TRY(check_support(p, t, params));
    if (dist_wrong(t->family, params)) return say_params(p, t, dist_wrong(t->family, params));
    return made(term_number(dist_mass(t->family, params, x), t->origin), out);
}

// --- maps ---

static Status find_key(const Pushing *p, const Term *key, uint32_t *at) {
    bool constant;
    double number;
    *at = UINT32_MAX;
    if (key->op == TERM_LEVEL) {
        *at = domain_find_name(p->domain, key->sym);
    } else {
        TRY(scalar_constant(key, &constant, &number));
        if (constant) *at = domain_find_number(p->domain, number);
    }
    return *at == UINT32_MAX ? fault_value(p, key) : OK;
}

static Status fault_twice(const Pushing *p, const Term *key) {
    Str s = {0};
    term_add_brief(key, &s);
    Status status = s.failed
                        ? NOMEM
                        : fault_add(p->faults, FAULT_DIST_TWICE, key->origin,
                                    "%s has two probabilities in the same map", str_text(&s));
    str_free(&s);
    return status;
}

// The weight of each level that the map mentions, NULL for the others.
static Status file_weights(const Pushing *p, const Term *t, const Term **weights) {
    for (uint32_t i = 0; i + 1 < t->n; i += 2) {
        uint32_t at;
        TRY(find_key(p, t->kid[i], &at));
        if (weights[at]) return fault_twice(p, t->kid[i]);
        weights[at] = t->kid[i + 1];
    }
    return OK;
}

// The sum of the weights, as far as they are constants.
static Status sum_weights(const Term *t, bool *constant, double *sum) {
    double value = 0;
    *constant = true;
    *sum = 0;
    for (uint32_t i = 1; *constant && i < t->n; i += 2) {
        TRY(scalar_constant(t->kid[i], constant, &value));
        *sum += value;
    }
    return OK;
}

// 1 - the weights, and 0 when rounding takes that below; a real excess shows in the row's sum.
static Status rest_of(const Term *t, Term **out) {
    bool constant;
    double sum;
    TRY(sum_weights(t, &constant, &sum));
    if (constant) {
        double rest = 1 - sum;
        return made(term_number(fabs(rest) < 1e-15 ? 0 : rest, t->origin), out);
    }
    Term *rest = term_number(1, t->origin);
    for (uint32_t i = 1; i < t->n; i += 2)
        rest = term_binary(TERM_SUB, rest, term_keep(t->kid[i]), t->origin);
    Term *args[] = {term_number(0, t->origin), rest};
    return made(term_call(math_find("max"), args, 2, t->origin), out);
}

static Status fault_rest(const Pushing *p, const Term *t, const Term *const *weights,
                         double sum) {
    Str s = {0};
    bool first = true;
    for (uint32_t i = 0; i < p->domain->count; i++) {
        if (weights[i]) continue;
        if (!first) str_add(&s, ", ");
        first = false;
        domain_add_level(p->domain, i, &s);
    }
    Status status = s.failed
                        ? NOMEM
                        : fault_add(p->faults, FAULT_DIST_REST, t->origin,
                                    "the probabilities sum to %.10g, and more than one value "
                                    "is left out: %s",
                                    sum, str_text(&s));
    str_free(&s);
    return status;
}

// Reads the map on the first occasion; levels may be left out when the rest is theirs.
static Status read_map(const Pushing *p, const Term *t, uint32_t left, const Term **weights) {
    bool constant = false;
    double sum = 0;
    TRY(file_weights(p, t, weights));
    if (left > 1) TRY(sum_weights(t, &constant, &sum));
    bool misses = left > 1 && constant && fabs(sum - 1) > 1e-3;
    return misses ? fault_rest(p, t, weights, sum) : OK;
}

static Status level_of_map(const Pushing *p, const Term *t, Term **out) {
    const Term ***filed = &p->filed[term_order_find(&p->order, t)];
    uint32_t left = p->domain->count - t->n / 2; // levels left out, once keys are known distinct
    if (!*filed) {
        const Term **weights = MEM_NEW(const Term *, p->domain->count);
        Status status = weights ? read_map(p, t, left, weights) : NOMEM;
        if (status != OK) {
            mem_free(weights);
            return status;
        }
        *filed = weights;
    }
    const Term *weight = (*filed)[p->level];
    if (weight) return made(term_keep(weight), out);
    return left == 1 ? rest_of(t, out) : made(term_number(0, t->origin), out);
}

// --- empirical distributions ---

// How many of the numbers are below x, those that agree with it counted in when `with` is set.
static size_t count_below(const TermNumbers *numbers, double x, bool with) {
    size_t low = 0, high = numbers->count;
    while (low < high) {
        size_t at = low + (high - low) / 2;
        double y = numbers->items[at];
        if (num_same(y, x) ? with : y < x) low = at + 1;
        else high = at;
    }
    return low;
}

static Status fault_number(const Pushing *p, uint32_t origin, double x) {
    Str s = {0};
    num_add(&s, x);
    Status status = s.failed ? NOMEM
                             : say_domain(p, FAULT_DIST_VALUE, origin, str_text(&s),
                                          "is not among the values");
    str_free(&s);
    return status;
}

// Whether every number is a value is looked at once, with the first level.
static Status level_of_empirical(const Pushing *p, const Term *t, Term **out) {
    const TermNumbers *numbers = t->numbers;
    if (!p->domain->numeric)
        return say_domain(p, FAULT_DIST_KIND, t->origin, "empirical",
                          "gives numbers, but the values are");
    for (size_t i = 0; i < numbers->count && p->level == 0 && !p->cut; i++)
        if (domain_find_number(p->domain, numbers->items[i]) == UINT32_MAX)
            return fault_number(p, t->origin, numbers->items[i]);
    double x = domain_number(p->domain, p->level);
    size_t here = count_below(numbers, x, true) - count_below(numbers, x, false);
    return made(term_number((double)here / (double)numbers->count, t->origin), out);
}

// --- truncation ---

static Status push_level(const Term *dist, const Domain *domain, uint32_t level, bool cut,
                         Term **out, Faults *faults);

// Every number that the truncated distribution can be, as far as it is known, must be a value:
// the whole numbers between constant bounds, of which those below 0 belong to no infinite
// family.
static Status check_cut(const Pushing *p, const Term *t) {
    bool low_known, high_known;
    double low, high;
    int64_t missing;
    TRY(scalar_constant(t->kid[1], &low_known, &low));
    TRY(scalar_constant(t->kid[2], &high_known, &high));
    bool infinite = t->kid[0]->op == TERM_DIST && !t->kid[0]->family->finite;
    if (!infinite) return OK;
    if (!t->kid[0]->family->support || !high_known || !(high < 1e9))
        return say_domain(p, FAULT_DIST_INFINITE, t->origin, "the truncated distribution",
                          "has infinitely many values, but the variable only");
    if (!low_known || !(low > 0)) low = 0;
    low = ceil(num_whole(low));
    high = floor(num_whole(high));
    if (covers(p->domain, (int64_t)low, (int64_t)high, &missing)) return OK;
    return fault_number(p, t->origin, (double)missing);
}

// x op bound, or true when the bound is infinite.
static Term *bounded(TermOp op, double x, const Term *bound, uint32_t at) {
    if (bound->op == TERM_NUMBER && isinf(bound->number)) return term_bool(true, at);
    return term_binary(op, term_number(x, at), term_keep(bound), at);
}

// The mass of level i if it lies between the bounds, else 0.
static Status mass_between(const Pushing *p, const Term *t, uint32_t i, Term **out) {
    Term *mass;
    uint32_t at = t->origin;
    double x = domain_number(p->domain, i);
    TRY(push_level(t->kid[0], p->domain, i, true, &mass, p->faults));
    Term *inside = term_binary(TERM_AND, bounded(TERM_GE, x, t->kid[1], at),
                               bounded(TERM_LE, x, t->kid[2], at), at);
    return made(term_if(inside, mass, term_number(0, at), at), out);
}

// The share of this level in the mass of all levels between the bounds.
static Status level_of_open_truncate(const Pushing *p, const Term *t, Term **out) {
    Term *sum = NULL, *part = NULL;
    if (p->cut)
        return fault_add(p->faults, FAULT_DIST_KIND, t->origin,
                         "a truncated part of a truncated distribution must not depend on "
                         "variables");
    TRY(check_cut(p, t));
    for (uint32_t i = 0; i < p->domain->count; i++) {
        Status status = mass_between(p, t, i, &part);
        if (status != OK) {
            term_drop(sum);
            return status;
        }
        sum = i ? term_binary(TERM_ADD, sum, part, t->origin) : part;
    }
    Status status = mass_between(p, t, p->level, &part);
    if (status != OK) {
        term_drop(sum);
        return status;
    }
    return made(term_binary(TERM_DIV, part, sum, t->origin), out);
}

// Every value of a part must be a value of the domain.
static Status check_part(const Pushing *p, const Term *t, const LawPart *part) {
    int64_t missing = 0;
    for (size_t i = part->first; !part->family && i < part->first + part->count; i++)
        if (domain_find_number(p->domain, part->table->values[i]) == UINT32_MAX)
            return fault_number(p, t->origin, part->table->values[i]);
    if (!part->family) return OK;
    if (!part->family->support || part->high - part->low > 1e9)
        return say_domain(p, FAULT_DIST_INFINITE, t->origin, "the truncated distribution",
                          "has infinitely many values, but the variable only");
    if (covers(p->domain, (int64_t)part->low, (int64_t)part->high, &missing)) return OK;
    return fault_number(p, t->origin, (double)missing);
}

static Status level_of_law(const Pushing *p, const Term *t, const LawForm *law, Term **out) {
    for (size_t i = 0; i < law->count && !p->cut; i++) TRY(check_part(p, t, &law->items[i]));
    double x = domain_number(p->domain, p->level);
    return made(term_number(law_mass(law, x), t->origin), out);
}

static Status level_of_truncate(const Pushing *p, const Term *t, Term **out) {
    LawForm law;
    const char *why;
    if (!p->domain->numeric)
        return say_domain(p, FAULT_DIST_KIND, t->origin, "truncate",
                          "gives numbers, but the values are");
    TRY(law_init(t, &law, &why));
    if (why && strcmp(why, "it depends on variables") != 0) return say_params(p, t, why);
    Status status = why ? level_of_open_truncate(p, t, out) : level_of_law(p, t, &law, out);
    law_free(&law);
    return status;
}

// --- the spine ---

static Term *made_of(const Pushing *p, const Term *t) {
    return p->made[term_order_find(&p->order, t)];
}

static Status level_of_mix(const Pushing *p, const Term *t, Term **out) {
    Term *sum = NULL;
    for (uint32_t i = 0; i + 1 < t->n; i += 2) {
        Term *part = term_binary(TERM_MUL, term_keep(t->kid[i + 1]),
                                 term_keep(made_of(p, t->kid[i])), t->origin);
        sum = i ? term_binary(TERM_ADD, sum, part, t->origin) : part;
    }
    return made(sum ? sum : term_number(0, t->origin), out);
}

// IF and CASE with the results replaced.
static Status level_of_branches(const Pushing *p, const Term *t, Term **out) {
    Term **kids = MEM_NEW(Term *, t->n);
    if (!kids) return NOMEM;
    for (uint32_t i = 0; i < t->n; i++)
        kids[i] = dist_spine(t, i) ? made_of(p, t->kid[i]) : t->kid[i];
    Status status = made(term_with_kids(t, kids), out);
    mem_free(kids);
    return status;
}

static Status level_of(const Pushing *p, const Term *t, Term **out) {
    switch ((TermOp)t->op) {
    case TERM_IF:
    case TERM_CASE:
        return level_of_branches(p, t, out);
    case TERM_MIX:
        return level_of_mix(p, t, out);
    case TERM_MAP:
        return level_of_map(p, t, out);
    case TERM_DIST:
        return level_of_family(p, t, out);
    case TERM_TRUNCATE:
        return level_of_truncate(p, t, out);
    case TERM_EMPIRICAL:
        return level_of_empirical(p, t, out);
    default:
        return level_of_number(p, t, out);
    }
}

// The term is the last of its order.
static Status push_down(Pushing *p) {
    Status status = OK;
    size_t done = 0;
    while (status == OK && done < p->order.count) {
        status = level_of(p, p->order.items[done], &p->made[done]);
        done += status == OK;
    }
    if (status == OK) term_keep(p->made[done - 1]);
    for (size_t i = 0; i < done; i++) term_drop(p->made[i]);
    return status;
}

static Status open_levels(Pushing *p, const Term *dist) {
    TRY(term_order_some(dist, dist_spine, &p->order));
    p->made = MEM_NEW(Term *, p->order.count);
    p->filed = MEM_NEW(const Term **, p->order.count);
    return p->made && p->filed ? OK : NOMEM;
}

static void close_levels(Pushing *p) {
    for (size_t i = 0; p->filed && i < p->order.count; i++) mem_free(p->filed[i]);
    mem_free(p->filed);
    mem_free(p->made);
    term_order_free(&p->order);
}

static Status push_level(const Term *dist, const Domain *domain, uint32_t level, bool cut,
                         Term **out, Faults *faults) {
    Pushing p = {.domain = domain, .cut = cut};
    Status status = open_levels(&p, dist);
    *out = NULL;
    if (status == OK) status = dist_levels_term(&p, level, out, faults);
    close_levels(&p);
    return status;
}

DistLevels *dist_levels_open(const Term *dist, const Domain *domain) {
    DistLevels *l = MEM_NEW(DistLevels, 1);
    if (!l) return NULL;
    l->domain = domain;
    if (open_levels(l, dist) == OK) return l;
    dist_levels_close(l);
    return NULL;
}

Status dist_levels_term(DistLevels *l, uint32_t level, Term **out, Faults *faults) {
    l->level = level;
    l->faults = faults;
    Status status = push_down(l);
    *out = status == OK ? l->made[l->order.count - 1] : NULL;
    return status;
}

void dist_levels_close(DistLevels *l) {
    if (!l) return;
    close_levels(l);
    mem_free(l);
}

Status dist_level_term(const Term *dist, const Domain *domain, uint32_t level, Term **out,
                       Faults *faults) {
    return push_level(dist, domain, level, false, out, faults);
}
