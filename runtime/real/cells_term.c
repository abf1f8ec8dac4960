// Cells term: rebuilding terms bottom up.
#include "runtime/real/cells_term.h"

#include "runtime/base/mem.h"

typedef struct Rebuild {
    const Model *m;
    TermOrder order;
    Term **made; // owned, by position in the order
    bool *real;  // whether the subterm, once made, mentions a variable of infinitely many values
} Rebuild;

static Status open_rebuild(Rebuild *r, const Term *t) {
    TRY(term_order(t, &r->order));
    r->made = MEM_NEW(Term *, r->order.count);
    r->real = MEM_NEW(bool, r->order.count);
    return r->made && r->real ? OK : NOMEM;
}

static void close_rebuild(Rebuild *r) {
    for (size_t i = 0; r->made && i < r->order.count; i++) term_drop(r->made[i]);
    mem_free(r->made);
    mem_free(r->real);
    term_order_free(&r->order);
}

// The term with the children as they were made; itself when none changed.
static Term *with_made(const TermOrder *order, Term *const *made, const Term *t) {
    bool changed = false;
    for (uint32_t k = 0; k < t->n; k++)
        changed |= made[term_order_find(order, t->kid[k])] != t->kid[k];
    if (!changed) return term_keep(t);
    Term **kids = MEM_NEW(Term *, t->n);
    if (!kids) return NULL;
    for (uint32_t k = 0; k < t->n; k++) kids[k] = made[term_order_find(order, t->kid[k])];
    Term *copy = term_with_kids(t, kids);
    mem_free(kids);
    return copy;
}

static bool is_true(const Term *t) {
    return t->op == TERM_NUMBER && t->is_bool && t->number == 1;
}

// Row by row; the last takes everything.
static Term *as_ifs(const Term *t) {
    Term *chain = term_keep(t->kid[t->n - 1]);
    for (uint32_t k = t->n - 2; k > t->nselect; k -= 2)
        chain = term_if(term_keep(t->kid[k - 2]), term_keep(t->kid[k - 1]), chain, t->origin);
    return chain;
}

static bool looks_at_real(const Rebuild *r, const Term *t) {
    for (uint32_t k = 0; k < t->nselect; k++)
        if (r->real[term_order_find(&r->order, t->kid[k])]) return true;
    return false;
}

typedef struct Search {
    const Model *m;
    bool found;
} Search;

static bool look(void *user, Sym name, const Term *at) {
    Search *s = user;
    (void)at;
    uint32_t v = model_find(s->m, name);
    s->found = v != MODEL_NONE && !domain_finite(s->m->vars[v]->domain);
    return !s->found;
}

static Status mentions_real(const Model *m, const Term *t, bool *out) {
    Search s = {m, false};
    bool whole = term_variables(t, false, look, &s);
    *out = s.found;
    return whole || s.found ? OK : NOMEM;
}

static Status expand_one(Rebuild *r, size_t i, const Term *(*of)(void *, const Term *),
                         void *user) {
    const Term *t = r->order.items[i];
    const Term *with = t->op == TERM_VAR && term_is_factual(t) ? of(user, t) : NULL;
    if (t->op == TERM_VAR) {
        r->made[i] = term_keep(with ? with : t);
        return mentions_real(r->m, r->made[i], &r->real[i]);
    }
    for (uint32_t k = 0; k < t->n; k++)
        r->real[i] |= r->real[term_order_find(&r->order, t->kid[k])];
    r->made[i] = with_made(&r->order, r->made, t);
    if (!r->made[i]) return NOMEM;
    const Term *made = r->made[i];
    if (t->op != TERM_CASE || !looks_at_real(r, t) || made->n < made->nselect + 2 ||
        !is_true(made->kid[made->n - 2]))
        return OK;
    Term *chain = as_ifs(made);
    term_drop(r->made[i]);
    r->made[i] = chain;
    return chain ? OK : NOMEM;
}

Status cells_term_expand(const Model *m, const Term *t,
                         const Term *(*of)(void *user, const Term *var), void *user, Term **out) {
    Rebuild r = {.m = m};
    Status st = open_rebuild(&r, t);
    for (size_t i = 0; st == OK && i < r.order.count; i++) st = expand_one(&r, i, of, user);
    *out = st == OK ? term_keep(r.made[r.order.count - 1]) : NULL;
    close_rebuild(&r);
    return st;
}

Status cells_term_swap(const Term *t, const TermOrder *order, const CellsSwap *swaps, size_t n,
                       Term **out) {
    Term **made = MEM_NEW(Term *, order->count);
    Status st = made ? OK : NOMEM;
    for (size_t i = 0; st == OK && i < n; i++)
        made[term_order_find(order, swaps[i].at)] = term_keep(swaps[i].with);
    for (size_t i = 0; st == OK && i < order->count; i++) {
        if (!made[i]) made[i] = with_made(order, made, order->items[i]);
        if (!made[i]) st = NOMEM;
    }
    *out = st == OK ? term_keep(made[term_order_find(order, t)]) : NULL;
    for (size_t i = 0; made && i < order->count; i++) term_drop(made[i]);
    mem_free(made);
    return st;
}
