// Model values: from values to domains.
#include "runtime/model/model_values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/num.h"
#include "runtime/base/pairmap.h"
#include "runtime/base/vec.h"
#include "runtime/model/math.h"
#include "runtime/model/term_order.h"

typedef VEC(Level) LevelVec;

static Status take_domain(Domain *d, Domain **out) {
    *out = d;
    return d ? OK : NOMEM;
}

// --- numbers ---

static int compare_numbers(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Leaves the distinct numbers, ascending; returns how many.
static size_t distinct(double *values, size_t n) {
    size_t defined = 0, count = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i])) values[defined++] = values[i];
    if (defined) qsort(values, defined, sizeof *values, compare_numbers);
    for (size_t i = 0; i < defined; i++)
        if (!count || !num_same(values[count - 1], values[i])) values[count++] = values[i];
    return count;
}

static bool is_range(const double *values, size_t n) {
    if (values[0] != floor(values[0]) || fabs(values[0]) > 1e15) return false;
    for (size_t i = 1; i < n; i++)
        if (values[i] != values[0] + (double)i) return false;
    return true;
}

static Status number_level(const Model *m, double value, Level *out) {
    Str s = {0};
    num_add(&s, value == 0 ? 0 : value);
    Sym name = s.failed ? NULL : intern(m->names, str_text(&s), s.len);
    str_free(&s);
    *out = (Level){.name = name, .number = value, .numeric = true};
    return name ? OK : NOMEM;
}

static Status number_levels(const Model *m, const double *values, size_t n, Domain **out) {
    Level *levels = MEM_NEW(Level, n);
    Status status = levels ? OK : NOMEM;
    for (size_t i = 0; status == OK && i < n; i++)
        status = number_level(m, values[i], &levels[i]);
    if (status == OK)
        status = take_domain(domain_levels(DOMAIN_LEVELS, levels, (uint32_t)n), out);
    mem_free(levels);
    return status;
}

static Status number_domain(const Model *m, const double *values, size_t n, Domain **out) {
    double *sorted = MEM_NEW(double, n);
    if (!sorted) return NOMEM;
    memcpy(sorted, values, n * sizeof *values);
    size_t count = distinct(sorted, n);
    Status status = OK;
    if (count && is_range(sorted, count))
        status = take_domain(domain_range((int64_t)sorted[0], (int64_t)sorted[count - 1]), out);
    else if (count)
        status = number_levels(m, sorted, count, out);
    mem_free(sorted);
    return status;
}

// --- named levels ---

static bool push_domain(LevelVec *levels, const Domain *d) {
    if (d->kind != DOMAIN_LEVELS && d->kind != DOMAIN_ORDERED) return true;
    for (uint32_t i = 0; i < d->count; i++)
        if (!VEC_PUSH(levels, d->levels[i])) return false;
    return true;
}

// What the value of a term can be, in the order of the text: what its branches are.
typedef struct Candidates {
    const Model *m;
    LevelVec levels; // with repetitions
    VEC(const Term *) waiting;
    bool numbers, truths; // it can be a number, or a truth value
} Candidates;

static bool is_truth(const Candidates *c, const Term *t) {
    switch ((TermOp)t->op) {
    case TERM_NOT:
    case TERM_EQ:
    case TERM_NE:
    case TERM_LT:
    case TERM_LE:
    case TERM_GT:
    case TERM_GE:
    case TERM_AND:
    case TERM_OR:
        return true;
    case TERM_NUMBER:
        return t->is_bool;
    case TERM_VAR: {
        uint32_t v = model_find(c->m, t->sym);
        return v != MODEL_NONE && c->m->vars[v]->domain->kind == DOMAIN_BOOL;
    }
    default:
        return false;
    }
}

static bool look_at(Candidates *c, const Term *t) {
    if (t->op == TERM_IF)
        return VEC_PUSH(&c->waiting, t->kid[2]) && VEC_PUSH(&c->waiting, t->kid[1]);
    if (t->op == TERM_CASE) {
        for (uint32_t i = t->n; i > t->nselect; i -= 2)
            if (!VEC_PUSH(&c->waiting, t->kid[i - 1])) return false;
        return true;
    }
    uint32_t v = t->op == TERM_VAR ? model_find(c->m, t->sym) : MODEL_NONE;
    const Domain *d = v != MODEL_NONE ? c->m->vars[v]->domain : NULL;
    if (t->op == TERM_LEVEL) return VEC_PUSH(&c->levels, ((Level){.name = t->sym}));
    if (d && !d->numeric && domain_finite(d)) return push_domain(&c->levels, d);
    if (is_truth(c, t))
        c->truths = true;
    else
        c->numbers = true;
    return true;
}

static bool find_candidates(Candidates *c, const Term *term) {
    bool fine = VEC_PUSH(&c->waiting, term);
    while (fine && c->waiting.count) fine = look_at(c, c->waiting.items[--c->waiting.count]);
    VEC_FREE(&c->waiting);
    return fine;
}

// Keeps the first mention of each level, in the order of the candidates: of those among
// `reached` (NULL: of all).
static Status keep_first(LevelVec *levels, const Pairmap *reached) {
    Pairmap seen = {0};
    size_t kept = 0;
    Status status = OK;
    for (size_t i = 0; status == OK && i < levels->count; i++) {
        Level l = levels->items[i];
        bool fresh = false;
        if (reached && pairmap_get(reached, l.name, NULL) == UINT32_MAX) continue;
        status = pairmap_add(&seen, l.name, NULL, 0, &fresh);
        if (fresh) levels->items[kept++] = l;
    }
    levels->count = kept;
    pairmap_free(&seen);
    return status;
}

// The names among a kernel's values.
static Status find_reached(const Model *m, const double *values, size_t n, Pairmap *reached) {
    bool fresh;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i]) && (i == 0 || values[i] != values[i - 1]))
            TRY(pairmap_add(reached, intern_at(m->names, (uint32_t)values[i]), NULL, 0,
                            &fresh));
    return OK;
}

static Status take_levels(const LevelVec *levels, Domain **out) {
    return take_domain(domain_levels(DOMAIN_LEVELS, levels->items, (uint32_t)levels->count),
                       out);
}

static Status level_domain(const Model *m, const Term *term, const double *values, size_t n,
                           Domain **out) {
    Candidates c = {.m = m};
    Pairmap reached = {0};
    Status status = find_candidates(&c, term) ? OK : NOMEM;
    if (status == OK) status = find_reached(m, values, n, &reached);
    if (status == OK) status = keep_first(&c.levels, &reached);
    if (status == OK && c.levels.count) status = take_levels(&c.levels, out);
    VEC_FREE(&c.levels);
    pairmap_free(&reached);
    return status;
}

Status model_values_domain(const Model *m, const Term *term, ValueKind kind,
                           const double *values, size_t n, Domain **out) {
    *out = NULL;
    if (kind == VALUE_BOOL_KIND) return take_domain(domain_new(DOMAIN_BOOL), out);
    TRY(kind == VALUE_LEVEL_KIND ? level_domain(m, term, values, n, out)
                                 : number_domain(m, values, n, out));
    uint32_t v = term->op == TERM_VAR ? model_find(m, term->sym) : MODEL_NONE;
    if (v == MODEL_NONE || !*out || (*out)->count != m->vars[v]->domain->count) return OK;
    domain_drop(*out);
    *out = domain_keep(m->vars[v]->domain);
    return OK;
}

// --- whole numbers ---

static bool is_whole_domain(const Domain *d) {
    if (!domain_finite(d)) return d->kind == DOMAIN_INT;
    if (!d->numeric) return false;
    for (uint32_t i = 0; d->kind == DOMAIN_LEVELS && i < d->count; i++)
        if (domain_number(d, i) != floor(domain_number(d, i))) return false;
    return true;
}

static bool keeps_whole(const MathFunction *f) {
    static const char *const names[] = {"abs", "max", "min"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(f->name, names[i]) == 0) return true;
    return false;
}

static bool makes_whole(const MathFunction *f) {
    static const char *const names[] = {"ceil", "floor", "round", "sign"};
    for (size_t i = 0; f->arity == 1 && i < sizeof names / sizeof *names; i++)
        if (strcmp(f->name, names[i]) == 0) return true;
    return false;
}

// Whether a term is a whole number, given which of its children are.
static bool is_whole(const Model *m, const Term *t, const TermOrder *order, const bool *whole) {
    uint32_t v;
    uint32_t first = t->op == TERM_IF ? 1 : t->op == TERM_CASE ? t->nselect + 1 : 0;
    uint32_t by = t->op == TERM_CASE ? 2 : 1;
    switch ((TermOp)t->op) {
    case TERM_NUMBER:
        return t->number == floor(t->number);
    case TERM_VAR:
        v = model_find(m, t->sym);
        return v != MODEL_NONE && is_whole_domain(m->vars[v]->domain);
    case TERM_CALL:
        if (makes_whole(t->function)) return true;
        if (!keeps_whole(t->function)) return false;
        break;
    case TERM_NEG:
    case TERM_ADD:
    case TERM_SUB:
    case TERM_MUL:
    case TERM_MOD:
    case TERM_IF:
    case TERM_CASE:
        break;
    default:
        return t->op >= TERM_EQ && t->op <= TERM_OR;
    }
    for (uint32_t i = first; i < t->n; i += by)
        if (!whole[term_order_find(order, t->kid[i])]) return false;
    return true;
}

static Status find_whole(const Model *m, const Term *t, bool *out) {
    TermOrder order = {0};
    Status st = term_order(t, &order);
    bool *whole = st == OK ? MEM_NEW(bool, order.count) : NULL;
    if (st == OK && !whole) st = NOMEM;
    for (size_t i = 0; st == OK && i < order.count; i++)
        whole[i] = is_whole(m, order.items[i], &order, whole);
    *out = st == OK && whole[order.count - 1];
    mem_free(whole);
    term_order_free(&order);
    return st;
}

static Status guess_number(const Model *m, const Term *term, Domain **out) {
    uint32_t v = term->op == TERM_VAR ? model_find(m, term->sym) : MODEL_NONE;
    if (v != MODEL_NONE && m->vars[v]->domain->kind != DOMAIN_SYMBOLIC)
        return take_domain(domain_keep(m->vars[v]->domain), out);
    bool whole;
    TRY(find_whole(m, term, &whole));
    return take_domain(domain_new(whole ? DOMAIN_INT : DOMAIN_REAL), out);
}

Status model_values_guess(const Model *m, const Term *term, Domain **out) {
    Candidates c = {.m = m};
    Status status = find_candidates(&c, term) ? OK : NOMEM;
    if (status == OK) status = keep_first(&c.levels, NULL);
    if (status == OK && c.levels.count && !c.numbers && !c.truths)
        status = take_levels(&c.levels, out);
    else if (status == OK && c.truths && !c.numbers)
        status = take_domain(domain_new(DOMAIN_BOOL), out);
    else if (status == OK)
        status = guess_number(m, term, out);
    VEC_FREE(&c.levels);
    return status;
}

// --- single values ---

uint32_t model_values_level(const Model *m, const Domain *d, ValueKind kind, double value) {
    if (kind == VALUE_LEVEL_KIND)
        return domain_find_name(d, intern_at(m->names, (uint32_t)value));
    return domain_find_number(d, value);
}

void model_values_add(const Model *m, ValueKind kind, double value, Str *out) {
    if (kind == VALUE_LEVEL_KIND)
        str_add(out, intern_at(m->names, (uint32_t)value)->text);
    else if (kind == VALUE_BOOL_KIND)
        str_add(out, value != 0 ? "true" : "false");
    else
        num_add_digits(out, value, 10);
}
