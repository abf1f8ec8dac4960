// Cause: the search for sets of variables by size, and for what is held by size.
#include "runtime/cause/cause.h"

#include <math.h>

#include "runtime/cause/situation.h"

// More combinations of values than this are not tried in one context.
#define MOST_TRIALS 0x1p33

// The search in one context.
typedef struct Search {
    Situation *s;
    const uint32_t *actual; // the levels in the context
    const uint32_t *base;   // what is set all along (blame), or NULL
    uint32_t *pool;         // the variables that may be causes
    uint32_t npool;
    uint32_t *pick, npick;  // the set that is tried, indices into the pool
    uint32_t *eligible, neligible, *held, nheld;
    uint32_t *set, *levels; // work
    Causes *out;
} Search;

void causes_free(Causes *c) {
    if (c->arena) arena_free(c->arena);
    mem_free(c->arena);
    VEC_FREE(&c->items);
    *c = (Causes){0};
}

// --- subsets --------------------------------------------------------------------------------

// The first, and the next, subset of size k of 0..n-1, in lexicographic order.
static void first_subset(uint32_t *pick, uint32_t k) {
    for (uint32_t i = 0; i < k; i++) pick[i] = i;
}

static bool next_subset(uint32_t *pick, uint32_t k, uint32_t n) {
    for (uint32_t i = k; i-- > 0;) {
        if (pick[i] == n - k + i) continue;
        pick[i]++;
        for (uint32_t j = i + 1; j < k; j++) pick[j] = pick[j - 1] + 1;
        return true;
    }
    return false;
}

// --- one set --------------------------------------------------------------------------------

static bool picked(const Search *f, uint32_t var) {
    for (uint32_t i = 0; i < f->npick; i++)
        if (f->pool[f->pick[i]] == var) return true;
    return false;
}

// Holding a variable can only matter downstream of what is changed.
static void list_eligible(Search *f) {
    f->neligible = 0;
    for (uint32_t i = 0; i < f->s->n; i++) {
        bool below = false;
        for (uint32_t k = 0; k < f->npick; k++)
            below = below || bits_has(f->s->down[f->pool[f->pick[k]]], i);
        if (below && f->s->held[i] && !picked(f, i)) f->eligible[f->neligible++] = i;
    }
}

// A cause that was found and is part of the set that is tried.
static bool has_cause(const Search *f) {
    for (size_t c = 0; c < f->out->items.count; c++) {
        const Cause *cause = &f->out->items.items[c];
        uint32_t inside = 0;
        for (uint32_t i = 0; i < cause->n; i++) inside += picked(f, cause->vars[i]);
        if (inside == cause->n) return true;
    }
    return false;
}

// Other values for the variables picked, one after the other; the first when *begin.
static bool next_values(Search *f, bool *begin) {
    for (uint32_t i = f->npick; i-- > 0;) {
        uint32_t v = f->pool[f->pick[i]], actual = f->actual[v];
        uint32_t first = actual == 0 ? 1 : 0;
        if (*begin) {
            f->set[v] = first;
            continue;
        }
        uint32_t at = f->set[v] + 1;
        if (at == actual) at++;
        f->set[v] = at < f->s->cards[v] ? at : first;
        if (at < f->s->cards[v]) return true;
    }
    bool fresh = *begin;
    *begin = false;
    return fresh;
}

static void reset(Search *f) {
    for (uint32_t i = 0; i < f->s->n; i++) f->set[i] = f->base ? f->base[i] : SITUATION_FREE;
}

// AC2 with what is held: whether other values would have undone the event.
static bool undoes(Search *f) {
    bool begin = true;
    reset(f);
    for (uint32_t i = 0; i < f->nheld; i++) {
        uint32_t v = f->eligible[f->held[i]];
        f->set[v] = f->actual[v];
    }
    while (next_values(f, &begin)) {
        situation_run(f->s, f->actual, f->set, f->levels);
        if (!situation_event(f->s, f->levels)) return true;
    }
    return false;
}

static Status record(Search *f) {
    Arena *a = f->out->arena;
    uint32_t *vars = ARENA_ARRAY(a, uint32_t, f->npick), *was = ARENA_ARRAY(a, uint32_t, f->npick),
             *other = ARENA_ARRAY(a, uint32_t, f->npick),
             *held = ARENA_ARRAY(a, uint32_t, f->nheld),
             *kept = ARENA_ARRAY(a, uint32_t, f->nheld);
    if (!vars || !was || !other || !held || !kept) return NOMEM;
    for (uint32_t i = 0; i < f->npick; i++) {
        vars[i] = f->pool[f->pick[i]];
        was[i] = f->actual[vars[i]];
        other[i] = f->set[vars[i]];
    }
    for (uint32_t i = 0; i < f->nheld; i++) {
        held[i] = f->eligible[f->held[i]];
        kept[i] = f->actual[held[i]];
    }
    Cause c = {f->npick, vars, was, other, f->nheld, held, kept};
    return VEC_PUSH(&f->out->items, c) ? OK : NOMEM;
}

// AC2 with as few variables held as can be.
static Status try_set(Search *f) {
    list_eligible(f);
    for (f->nheld = 0; f->nheld <= f->neligible; f->nheld++) {
        first_subset(f->held, f->nheld);
        do {
            if (ctl_cancelled(f->s->ctl)) return CANCELLED;
            if (undoes(f)) return record(f);
        } while (next_subset(f->held, f->nheld, f->neligible));
    }
    return OK;
}

// --- one context ----------------------------------------------------------------------------

// Only variables without causes among the candidates have nothing to be held for.
static Status check_size(const Search *f) {
    double trials = 1;
    for (uint32_t i = 0; i < f->npool; i++) {
        uint32_t v = f->pool[i];
        trials *= f->s->cards[v] + (f->s->function[v] ? 1.0 : 0.0);
    }
    if (trials <= MOST_TRIALS) return OK;
    Status st = fault_add(f->s->faults, FAULT_CAUSE_LARGE, f->s->q->origin,
                          "%u variables may have caused this, which makes some %.2g combinations",
                          f->npool, trials);
    if (st != FAULT) return st;
    return fault_hint(f->s->faults, "ask about an event closer to its causes");
}

static Status open_search(Search *f, Arena *a) {
    uint32_t n = f->s->n;
    f->pool = ARENA_ARRAY(a, uint32_t, n);
    f->pick = ARENA_ARRAY(a, uint32_t, n);
    f->eligible = ARENA_ARRAY(a, uint32_t, n);
    f->held = ARENA_ARRAY(a, uint32_t, n);
    f->set = ARENA_ARRAY(a, uint32_t, n);
    f->levels = ARENA_ARRAY(a, uint32_t, n);
    if (!f->pool || !f->pick || !f->eligible || !f->held || !f->set || !f->levels) return NOMEM;
    for (uint32_t i = 0; i < n; i++)
        if (f->s->candidate[i] && f->s->cards[i] > 1) f->pool[f->npool++] = i;
    return check_size(f);
}

// All causes in one context, the smallest sets first: what contains a cause is none (AC3).
static Status search(Situation *s, const uint32_t *actual, const uint32_t *base, Causes *out) {
    Arena arena = {0};
    Search f = {.s = s, .actual = actual, .base = base, .out = out};
    Status st = open_search(&f, &arena);
    for (f.npick = 1; st == OK && f.npick <= f.npool; f.npick++) {
        first_subset(f.pick, f.npick);
        do
            if (!has_cause(&f)) st = try_set(&f);
        while (st == OK && next_subset(f.pick, f.npick, f.npool));
    }
    arena_free(&arena);
    return st;
}

static Status new_causes(Causes *out) {
    *out = (Causes){.arena = MEM_NEW(Arena, 1)};
    return out->arena ? OK : NOMEM;
}

// --- all contexts ---------------------------------------------------------------------------

typedef struct Finder {
    Situation s;
    Causes *out;
    bool found;    // a context
    bool happened; // the event, in the first
} Finder;

static bool same_causes(const Causes *a, const Causes *b) {
    if (a->items.count != b->items.count) return false;
    for (size_t i = 0; i < a->items.count; i++) {
        const Cause *x = &a->items.items[i], *y = &b->items.items[i];
        if (x->n != y->n) return false;
        for (uint32_t k = 0; k < x->n; k++)
            if (x->vars[k] != y->vars[k] || x->levels[k] != y->levels[k]) return false;
    }
    return true;
}

static Status report_open(const Finder *f) {
    Status st = fault_add(f->s.faults, FAULT_CAUSE_OPEN, f->s.q->origin,
                          "the conditions do not settle the context: what caused this differs "
                          "between the contexts that they allow");
    if (st != FAULT) return st;
    return fault_hint(f->s.faults, "say more about what happened, or ask blame(...), which weighs "
                      "the contexts by their probability");
}

static Status find_in(void *user, const uint32_t *levels, double p) {
    (void)p;
    Finder *f = user;
    Causes here;
    bool happened = situation_event(&f->s, levels);
    TRY(new_causes(&here));
    Status st = happened ? search(&f->s, levels, NULL, &here) : OK;
    if (st == OK && f->found && (happened != f->happened || !same_causes(&here, f->out)))
        st = report_open(f);
    if (st == OK && !f->found) {
        *f->out = here;
        here = (Causes){0};
    }
    f->found = true;
    f->happened = happened;
    causes_free(&here);
    return st;
}

static Status report_not(const Situation *s) {
    Str text = {0};
    term_add(s->q->event, &text);
    Status st = fault_add(s->faults, FAULT_CAUSE_NOT, s->q->event->origin,
                          "%s did not happen in this context, so that nothing caused it",
                          str_text(&text));
    str_free(&text);
    return st;
}

// From the situation's numbers to the model's.
static void to_model(const Situation *s, Causes *c) {
    for (size_t i = 0; i < c->items.count; i++) {
        Cause *cause = &c->items.items[i];
        uint32_t *vars = (uint32_t *)(uintptr_t)cause->vars;
        uint32_t *held = (uint32_t *)(uintptr_t)cause->held;
        for (uint32_t k = 0; k < cause->n; k++) vars[k] = s->vars[vars[k]];
        for (uint32_t k = 0; k < cause->nheld; k++) held[k] = s->vars[held[k]];
    }
}

Status cause_find(const CauseQuestion *q, const Ctl *ctl, Causes *out, Faults *faults) {
    Finder f = {.out = out};
    *out = (Causes){0};
    Status st = situation_open(q, NULL, ctl, faults, &f.s);
    if (st == OK) st = situation_each(&f.s, NULL, find_in, &f);
    if (st == OK && !f.happened) st = report_not(&f.s);
    if (st == OK) to_model(&f.s, out);
    situation_close(&f.s);
    if (st != OK) causes_free(out);
    return st;
}

// --- degrees --------------------------------------------------------------------------------

typedef struct Degree {
    Situation s;
    uint32_t *claim;  // per situation variable: the level that is claimed, or SITUATION_FREE
    uint32_t *base;   // the same, for blame; else NULL
    double sum, total;
    double first;     // the degree in the first context
    bool found;
} Degree;

static Status report_claim(const Degree *d, const Term *t) {
    return fault_add(d->s.faults, FAULT_CAUSE_CLAIM, t->origin ? t->origin : d->s.q->origin,
                     "what is held responsible is a value of a variable, as in `X = 1`, or several "
                     "of them joined by `and`");
}

static Status claim_level(Degree *d, const Term *t, const Term *var, uint32_t level) {
    uint32_t v = model_find(d->s.q->model, var->sym);
    if (v == MODEL_NONE || level == UINT32_MAX) return report_claim(d, t);
    d->claim[d->s.local[v]] = level;
    return OK;
}

static Status read_claim(Degree *d, const Term *t) {
    if (t->op == TERM_AND) {
        TRY(read_claim(d, t->kid[0]));
        return read_claim(d, t->kid[1]);
    }
    const Term *var = t->op == TERM_NOT || t->op == TERM_EQ ? t->kid[0] : t;
    bool here = var->op == TERM_VAR && term_is_factual(var);
    uint32_t v = here ? model_find(d->s.q->model, var->sym) : MODEL_NONE;
    if (v == MODEL_NONE) return report_claim(d, t);
    const Domain *domain = d->s.q->model->vars[v]->domain;
    if (t->op != TERM_EQ)
        return domain->kind == DOMAIN_BOOL ? claim_level(d, t, var, t->op != TERM_NOT)
                                           : report_claim(d, t);
    const Term *value = t->kid[1];
    if (value->op == TERM_LEVEL)
        return claim_level(d, t, var, domain_find_name(domain, value->sym));
    return value->op == TERM_NUMBER
               ? claim_level(d, t, var, domain_find_number(domain, value->number))
               : report_claim(d, t);
}

static bool is_part(const Degree *d, const Cause *c) {
    for (uint32_t i = 0; i < d->s.n; i++) {
        if (d->claim[i] == SITUATION_FREE) continue;
        bool in = false;
        for (uint32_t k = 0; k < c->n; k++) in = in || c->vars[k] == i;
        if (!in) return false;
    }
    return true;
}

static Status degree_in(Degree *d, const uint32_t *levels, double *out) {
    Causes causes;
    *out = 0;
    for (uint32_t i = 0; i < d->s.n; i++)
        if (d->claim[i] != SITUATION_FREE && levels[i] != d->claim[i]) return OK;
    if (!situation_event(&d->s, levels)) return OK;
    TRY(new_causes(&causes));
    Status st = search(&d->s, levels, d->base, &causes);
    for (size_t i = 0; st == OK && i < causes.items.count; i++) {
        const Cause *c = &causes.items.items[i];
        if (is_part(d, c)) *out = fmax(*out, 1.0 / (c->n + c->nheld));
    }
    causes_free(&causes);
    return st;
}

static Status add_context(void *user, const uint32_t *levels, double p) {
    Degree *d = user;
    double degree;
    TRY(degree_in(d, levels, &degree));
    d->sum += p * degree;
    d->total += p;
    if (d->found && !d->base && degree != d->first)
        return report_open(&(Finder){.s = d->s});
    d->first = degree;
    d->found = true;
    return OK;
}

static Status find_degree(const CauseQuestion *q, const Term *claim, bool blame, const Ctl *ctl,
                          double *out, Faults *faults) {
    Degree d = {0};
    Status st = situation_open(q, claim, ctl, faults, &d.s);
    if (st == OK) {
        d.claim = ARENA_ARRAY(&d.s.arena, uint32_t, d.s.n);
        if (!d.claim) st = NOMEM;
    }
    for (uint32_t i = 0; st == OK && i < d.s.n; i++) d.claim[i] = SITUATION_FREE;
    if (st == OK) st = read_claim(&d, claim);
    if (blame) d.base = d.claim;
    if (st == OK) st = situation_each(&d.s, d.base, add_context, &d);
    *out = d.sum / d.total;
    situation_close(&d.s);
    return st;
}

Status cause_responsibility(const CauseQuestion *q, const Term *claim, const Ctl *ctl,
                            double *out, Faults *faults) {
    return find_degree(q, claim, false, ctl, out, faults);
}

Status cause_blame(const CauseQuestion *q, const Term *claim, const Ctl *ctl, double *out,
                   Faults *faults) {
    return find_degree(q, claim, true, ctl, out, faults);
}
