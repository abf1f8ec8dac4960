// Dist: the domain that follows from a mechanism.
#include "runtime/model/dist.h"

#include <math.h>

#include "runtime/base/num.h"
#include "runtime/base/pairmap.h"
#include "runtime/base/vec.h"
#include "runtime/model/dist_family.h"
#include "runtime/model/dist_spine.h"
#include "runtime/model/math.h"
#include "runtime/model/scalar.h"
#include "runtime/model/term_order.h"

// What the leaves of a mechanism's spine say about its values.
typedef struct Gathered {
    Interner *names;
    VEC(Level) levels;   // the distinct keys of maps, in order of first mention
    Pairmap seen;        // their names
    bool truth;          // a bernoulli, a plain probability, or a key that is true or false
    bool words, numbers; // a key that is a word, a number
    bool whole;          // every number so far is a whole one
    bool range;          // low..high are possible, by a family
    int64_t low, high;
    bool kinds[DOMAIN_UNIT + 1]; // infinite domains of families
    bool unknown;                // a key that is not a constant
} Gathered;

static Status add_level(Gathered *g, Level level) {
    bool fresh = false;
    if (!level.name) return NOMEM;
    TRY(pairmap_add(&g->seen, level.name, NULL, 0, &fresh));
    if (!fresh) return OK;
    return VEC_PUSH(&g->levels, level) ? OK : NOMEM;
}

static Status add_number(Gathered *g, double number) {
    Str s = {0};
    num_add(&s, number);
    Sym name = s.failed ? NULL : intern(g->names, str_text(&s), s.len);
    str_free(&s);
    g->numbers = true;
    if (number != floor(number) || fabs(number) > 1e9) g->whole = false;
    return add_level(g, (Level){.name = name, .number = number, .numeric = true});
}

static Status gather_key(Gathered *g, const Term *key) {
    bool constant;
    double number;
    if (key->op == TERM_LEVEL) {
        g->words = true;
        return add_level(g, (Level){.name = key->sym});
    }
    if (key->op == TERM_NUMBER && key->is_bool) {
        g->truth = true;
        return OK;
    }
    TRY(scalar_constant(key, &constant, &number));
    if (constant) return add_number(g, number);
    g->unknown = true;
    return OK;
}

static void add_range(Gathered *g, int64_t low, int64_t high) {
    if (!g->range || low < g->low) g->low = low;
    if (!g->range || high > g->high) g->high = high;
    g->range = true;
}

static Status gather_point(Gathered *g, const Term *t) {
    bool constant;
    double number;
    if (t->kid[0]->op == TERM_LEVEL || t->kid[0]->is_bool) return gather_key(g, t->kid[0]);
    TRY(scalar_constant(t->kid[0], &constant, &number));
    if (constant) return add_number(g, number);
    g->unknown = true;
    return OK;
}

static DomainKind family_kind(const DistFamily *family, const double *params) {
    bool interval = family == &dist_continuous_uniform;
    return interval && params[0] >= 0 && params[1] <= 1 ? DOMAIN_UNIT : family->domain;
}

static Status gather_family(Gathered *g, const Term *t) {
    double params[MATH_MAX_ARITY] = {0};
    bool constant = true;
    int64_t low, high;
    if (t->family == &dist_discrete_point) return gather_point(g, t);
    if (t->family == &dist_discrete_bernoulli) {
        g->truth = true;
        return OK;
    }
    for (uint32_t i = 0; constant && i < t->n; i++)
        if (i < t->family->nparams && !(t->family == &dist_discrete_binomial && i > 0))
            TRY(scalar_constant(t->kid[i], &constant, &params[i]));
    bool finite = t->family->finite && constant && !t->family->wrong(params);
    if (finite) t->family->support(params, &low, &high);
    if (finite && (uint64_t)high - (uint64_t)low < UINT32_MAX - 1) {
        add_range(g, low, high);
    } else {
        g->kinds[constant ? family_kind(t->family, params) : t->family->domain] = true;
    }
    return OK;
}

static Status gather_numbers(Gathered *g, const TermNumbers *numbers) {
    for (size_t i = 0; i < numbers->count; i++) {
        double x = numbers->items[i];
        if (x != floor(x)) g->kinds[DOMAIN_REAL] = true;
    }
    if (g->kinds[DOMAIN_REAL]) return OK;
    for (size_t i = 0; i < numbers->count; i++)
        if (i == 0 || numbers->items[i] != numbers->items[i - 1])
            TRY(add_number(g, numbers->items[i]));
    return OK;
}

// --- truncation ---

// The numbers of a finite domain that lie between the bounds.
static Status gather_between(Gathered *g, const Domain *d, double low, double high) {
    if (d->kind == DOMAIN_RANGE) {
        int64_t top = d->low + (int64_t)d->count - 1;
        add_range(g, low > (double)d->low ? (int64_t)ceil(num_whole(low)) : d->low,
                  high < (double)top ? (int64_t)floor(num_whole(high)) : top);
        return OK;
    }
    for (uint32_t i = 0; i < d->count; i++) {
        double x = domain_number(d, i);
        if (num_at_most(low, x) && num_at_most(x, high)) TRY(add_number(g, x));
    }
    return OK;
}

// Of the infinitely many of a family; the infinite ones over the integers begin at 0.
static void gather_infinite(Gathered *g, const Term *inside, DomainKind kind, double low,
                            double high) {
    bool counts = inside->op == TERM_DIST && inside->family != &dist_discrete_uniform;
    if (kind == DOMAIN_INT && counts && !(low > 0)) low = 0;
    if (kind == DOMAIN_INT) low = num_whole(low), high = num_whole(high);
    if (kind == DOMAIN_INT && high - low < 1e9 && ceil(low) <= floor(high)) {
        add_range(g, (int64_t)ceil(low), (int64_t)floor(high));
        return;
    }
    if (kind == DOMAIN_REAL && low >= 0) kind = DOMAIN_POSITIVE;
    if (kind == DOMAIN_POSITIVE && high <= 1) kind = DOMAIN_UNIT;
    g->kinds[kind] = true;
}

static Status gather_truncate(Gathered *g, const Term *t, const Domain *inside) {
    double low, high;
    bool low_known, high_known;
    TRY(scalar_constant(t->kid[1], &low_known, &low));
    TRY(scalar_constant(t->kid[2], &high_known, &high));
    if (!low_known || isnan(low)) low = -INFINITY;
    if (!high_known || isnan(high)) high = INFINITY;
    if (!inside || (domain_finite(inside) && !inside->numeric)) {
        g->unknown = true;
    } else if (domain_finite(inside)) {
        return gather_between(g, inside, low, high);
    } else {
        gather_infinite(g, t->kid[0], inside->kind, low, high);
    }
    return OK;
}

static Status gather(Gathered *g, const Term *t, const Domain *inside) {
    switch ((TermOp)t->op) {
    case TERM_IF:
    case TERM_CASE:
    case TERM_MIX:
        return OK;
    case TERM_DIST:
        return gather_family(g, t);
    case TERM_EMPIRICAL:
        return gather_numbers(g, t->numbers);
    case TERM_TRUNCATE:
        return gather_truncate(g, t, inside);
    case TERM_MAP:
        for (uint32_t i = 0; i + 1 < t->n; i += 2) TRY(gather_key(g, t->kid[i]));
        return OK;
    default:
        g->truth = true;
        return OK;
    }
}

// The widest of the infinite domains that occur.
static DomainKind infinite_kind(const Gathered *g) {
    const bool *k = g->kinds;
    bool whole = k[DOMAIN_INT] || g->range || g->numbers || g->truth;
    bool real = k[DOMAIN_REAL] || (whole && (k[DOMAIN_POSITIVE] || k[DOMAIN_UNIT]));
    if (real || (g->numbers && !g->whole)) return DOMAIN_REAL;
    if (k[DOMAIN_POSITIVE]) return DOMAIN_POSITIVE;
    return k[DOMAIN_UNIT] ? DOMAIN_UNIT : DOMAIN_INT;
}

static bool any_infinite(const Gathered *g) {
    return g->kinds[DOMAIN_INT] || g->kinds[DOMAIN_REAL] || g->kinds[DOMAIN_POSITIVE] ||
           g->kinds[DOMAIN_UNIT];
}

static Status made(Domain *d, Domain **out) {
    *out = d;
    return d ? OK : NOMEM;
}

// A range and single numbers together: the range that holds all, when they are whole.
static Status join_range(Gathered *g, Domain **out) {
    if (g->numbers && !g->whole) return OK;
    for (size_t i = 0; i < g->levels.count; i++)
        add_range(g, (int64_t)g->levels.items[i].number, (int64_t)g->levels.items[i].number);
    if (g->truth) add_range(g, 0, 1);
    if ((uint64_t)g->high - (uint64_t)g->low >= UINT32_MAX - 1)
        return made(domain_new(DOMAIN_INT), out);
    return made(domain_range(g->low, g->high), out);
}

// Mixtures of kinds (words and numbers of a family, say) leave *out NULL: nothing follows.
static Status conclude(Gathered *g, Domain **out) {
    bool number_like = g->truth || g->range || any_infinite(g);
    if (g->unknown || (g->words && number_like)) return OK;
    if (any_infinite(g)) return made(domain_new(infinite_kind(g)), out);
    if (g->range) return join_range(g, out);
    if (g->levels.count == 0) return g->truth ? made(domain_new(DOMAIN_BOOL), out) : OK;
    if (g->truth) TRY(add_number(g, 0));
    if (g->truth) TRY(add_number(g, 1));
    uint32_t count = (uint32_t)g->levels.count;
    return made(domain_levels(DOMAIN_LEVELS, g->levels.items, count), out);
}

// Drops numbers that agree with an earlier one to 1e-12.
static void drop_repeated(Gathered *g) {
    for (;;) {
        uint32_t i = domain_repeated(g->levels.items, (uint32_t)g->levels.count);
        if (i == UINT32_MAX) return;
        for (size_t k = i; k + 1 < g->levels.count; k++)
            g->levels.items[k] = g->levels.items[k + 1];
        g->levels.count--;
    }
}

// What follows from the spine of `dist`, given what follows from the insides of its
// truncations: insides[i] belongs to item i of `all`.
static Status infer(const Term *dist, Interner *names, const TermOrder *all,
                    Domain *const *insides, Domain **out) {
    Gathered g = {.names = names, .whole = true};
    TermOrder order = {0};
    *out = NULL;
    Status status = term_order_some(dist, dist_spine, &order);
    for (size_t i = 0; status == OK && i < order.count; i++)
        status = gather(&g, order.items[i], insides[term_order_find(all, order.items[i])]);
    if (status == OK) drop_repeated(&g);
    if (status == OK) status = conclude(&g, out);
    VEC_FREE(&g.levels);
    pairmap_free(&g.seen);
    term_order_free(&order);
    return status;
}

Status dist_infer_domain(const Term *dist, Interner *names, Domain **out, Faults *faults) {
    TermOrder all = {0};
    (void)faults;
    *out = NULL;
    Status status = term_order_some(dist, dist_spine_whole, &all);
    Domain **insides = MEM_NEW(Domain *, all.count);
    if (!insides) status = NOMEM;
    for (size_t i = 0; status == OK && i < all.count; i++)
        if (all.items[i]->op == TERM_TRUNCATE)
            status = infer(all.items[i]->kid[0], names, &all, insides, &insides[i]);
    if (status == OK) status = infer(dist, names, &all, insides, out);
    for (size_t i = 0; insides && i < all.count; i++) domain_drop(insides[i]);
    mem_free(insides);
    term_order_free(&all);
    return status;
}
