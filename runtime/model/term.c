// Term: construction and destruction of expressions, worlds and tables.
#include "runtime/model/term.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/mem.h"

// --- construction ---

static Term *allocate(TermOp op, uint32_t n, uint32_t origin) {
    Term *t = mem_new(1, sizeof *t + n * sizeof *t->kid);
    if (!t) return NULL;
    t->refs = 1;
    t->op = (uint16_t)op;
    t->origin = origin;
    t->n = n;
    return t;
}

static void drop_all(Term *const *kids, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) term_drop(kids[i]);
}

static bool any_null(Term *const *kids, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (!kids[i]) return true;
    return false;
}

static bool is_dist(const Term *t) {
    if (t->op == TERM_DIST || t->op == TERM_MAP || t->op == TERM_MIX) return true;
    if (t->op == TERM_TRUNCATE || t->op == TERM_EMPIRICAL) return true;
    if (t->op == TERM_JOINT || t->op == TERM_PART) return true;
    if (t->op == TERM_IF) return t->kid[1]->is_dist || t->kid[2]->is_dist;
    for (uint32_t i = t->nselect + 1; t->op == TERM_CASE && i < t->n; i += 2)
        if (t->kid[i]->is_dist) return true;
    return false;
}

static bool asks(const Term *t) {
    for (uint32_t i = 0; i < t->n; i++)
        if (t->kid[i]->asks) return true;
    return t->op == TERM_ASK;
}

static bool compares(const Term *t) {
    for (uint32_t i = 0; i < t->n; i++)
        if (t->kid[i]->compares) return true;
    return (t->op >= TERM_EQ && t->op <= TERM_GE) || t->op == TERM_CASE || t->op == TERM_LOOKUP;
}

static Term *take(TermOp op, Term *const *kids, uint32_t n, uint32_t nselect, uint32_t origin) {
    Term *t = any_null(kids, n) ? NULL : allocate(op, n, origin);
    if (!t) {
        drop_all(kids, n);
        return NULL;
    }
    if (n) memcpy(t->kid, kids, n * sizeof *kids);
    t->nselect = nselect;
    t->is_dist = is_dist(t);
    t->asks = asks(t);
    t->compares = compares(t);
    return t;
}

Term *term_number(double value, uint32_t origin) {
    Term *t = allocate(TERM_NUMBER, 0, origin);
    if (t) t->number = value;
    return t;
}

Term *term_bool(bool value, uint32_t origin) {
    Term *t = term_number(value, origin);
    if (t) t->is_bool = true;
    return t;
}

Term *term_level(Sym name, uint32_t origin) {
    Term *t = name ? allocate(TERM_LEVEL, 0, origin) : NULL;
    if (t) t->sym = name;
    return t;
}

Term *term_var(Sym name, World *world, uint32_t origin) {
    Term *t = name ? allocate(TERM_VAR, 0, origin) : NULL;
    if (!t) {
        world_drop(world);
        return NULL;
    }
    t->sym = name;
    t->world = world;
    return t;
}

Term *term_unary(TermOp op, Term *a, uint32_t origin) {
    return take(op, &a, 1, 0, origin);
}

Term *term_binary(TermOp op, Term *a, Term *b, uint32_t origin) {
    return take(op, (Term *[]){a, b}, 2, 0, origin);
}

Term *term_if(Term *cond, Term *yes, Term *no, uint32_t origin) {
    return take(TERM_IF, (Term *[]){cond, yes, no}, 3, 0, origin);
}

Term *term_many(TermOp op, Term *const *kids, uint32_t n, uint32_t origin) {
    return take(op, kids, n, 0, origin);
}

Term *term_case(Term *const *kids, uint32_t nselect, uint32_t n, uint32_t origin) {
    return take(TERM_CASE, kids, n, nselect, origin);
}

Term *term_call(const MathFunction *function, Term *const *kids, uint32_t n, uint32_t origin) {
    Term *t = take(TERM_CALL, kids, n, 0, origin);
    if (t) t->function = function;
    return t;
}

Term *term_dist(const DistFamily *family, Term *const *kids, uint32_t n, uint32_t origin) {
    Term *t = take(TERM_DIST, kids, n, 0, origin);
    if (t) t->family = family;
    return t;
}

Term *term_lookup(TermTable *table, Term *const *vars, uint32_t n, uint32_t origin) {
    Term *t = take(TERM_LOOKUP, vars, table ? n : 0, 0, origin);
    if (!table) drop_all(vars, n);
    if (!t || !table) {
        term_table_drop(table);
        term_drop(t);
        return NULL;
    }
    t->table = table;
    return t;
}

Term *term_truncate(Term *dist, Term *low, Term *high, uint32_t origin) {
    return take(TERM_TRUNCATE, (Term *[]){dist, low, high}, 3, 0, origin);
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static Term *of_numbers(const double *values, size_t n, bool drawn, uint32_t origin) {
    TermNumbers *own = mem_new(1, sizeof *own + n * sizeof *values);
    Term *t = own ? allocate(TERM_EMPIRICAL, 0, origin) : NULL;
    if (!t) {
        mem_free(own);
        return NULL;
    }
    own->refs = 1;
    own->drawn = drawn;
    own->count = n;
    memcpy(own->items, values, n * sizeof *values);
    qsort(own->items, n, sizeof *values, by_size);
    t->numbers = own;
    t->is_dist = true;
    return t;
}

Term *term_empirical(const double *values, size_t n, uint32_t origin) {
    return of_numbers(values, n, false, origin);
}

Term *term_drawn(const double *values, size_t n, uint32_t origin) {
    return of_numbers(values, n, true, origin);
}

Term *term_ask(Sym head, Term *const *kids, uint32_t nargs, uint32_t n, World *set,
               uint32_t origin) {
    Term *t = take(TERM_ASK, kids, n, nargs, origin);
    if (!t) {
        world_drop(set);
        return NULL;
    }
    t->sym = head;
    t->world = set;
    return t;
}

Term *term_with_kids(const Term *t, Term *const *kids) {
    Term *copy = allocate((TermOp)t->op, t->n, t->origin);
    if (!copy) return NULL;
    copy->is_bool = t->is_bool;
    copy->nselect = t->nselect;
    copy->table = t->table; // the widest member: any other is copied too
    if (t->op == TERM_NUMBER) copy->number = t->number;
    if (t->op == TERM_LOOKUP) term_table_keep(t->table);
    if (t->op == TERM_EMPIRICAL) t->numbers->refs++;
    copy->world = t->world ? world_keep(t->world) : NULL;
    for (uint32_t i = 0; i < t->n; i++) copy->kid[i] = term_keep(kids[i]);
    copy->is_dist = is_dist(copy);
    copy->asks = asks(copy);
    copy->compares = compares(copy);
    return copy;
}

Term *term_keep(const Term *t) {
    Term *kept = (Term *)(uintptr_t)t;
    kept->refs++;
    return kept;
}

bool term_asks(const Term *t) {
    return t->asks;
}

bool term_is_dist(const Term *t) {
    return t->is_dist;
}

// --- destruction ---

// Gives one reference back; a term that nobody holds any more joins the list of the dead, which
// is threaded through the dead themselves, so that dropping needs neither stack nor memory.
static void release(Term *t, Term **dead) {
    if (!t || --t->refs > 0) return;
    if (t->op == TERM_LOOKUP) term_table_drop(t->table);
    if (t->op == TERM_EMPIRICAL && --t->numbers->refs == 0) mem_free(t->numbers);
    t->next_dead = *dead;
    *dead = t;
}

static void release_world(World *w, Term **dead) {
    if (!w || --w->refs > 0) return;
    for (uint32_t i = 0; i < w->n; i++) {
        release(w->items[i].value, dead);
        mem_free(w->items[i].inputs);
    }
    mem_free(w);
}

static void bury(Term *dead) {
    while (dead) {
        Term *t = dead;
        dead = t->next_dead;
        release_world(t->world, &dead);
        for (uint32_t i = 0; i < t->n; i++) release(t->kid[i], &dead);
        mem_free(t);
    }
}

void term_drop(Term *t) {
    Term *dead = NULL;
    release(t, &dead);
    bury(dead);
}

void world_drop(World *w) {
    Term *dead = NULL;
    release_world(w, &dead);
    bury(dead);
}

// --- worlds ---

static bool needs_value(const Assign *a) {
    return a->kind == ASSIGN_VALUE || a->kind == ASSIGN_DRAW;
}

World *world_new(const Assign *items, uint32_t n) {
    bool whole = true;
    for (uint32_t i = 0; i < n; i++) {
        if (needs_value(&items[i]) && !items[i].value) whole = false;
        if (items[i].ninputs && !items[i].inputs) whole = false;
    }
    World *w = whole ? mem_new(1, sizeof *w + n * sizeof *w->items) : NULL;
    for (uint32_t i = 0; !w && i < n; i++) {
        term_drop(items[i].value);
        mem_free(items[i].inputs);
    }
    if (!w) return NULL;
    w->refs = 1;
    w->n = n;
    if (n) memcpy(w->items, items, n * sizeof *items);
    return w;
}

World *world_keep(const World *w) {
    World *kept = (World *)(uintptr_t)w;
    kept->refs++;
    return kept;
}

// --- tables ---

static bool fill_table(TermTable *t, Domain *const *domains, uint32_t naxes, const double *cells) {
    size_t size = 1;
    for (uint32_t i = 0; i < naxes; i++) {
        if (domains[i]->count && size > SIZE_MAX / domains[i]->count) return false;
        size *= domains[i]->count;
    }
    t->domains = MEM_NEW(Domain *, naxes);
    t->cells = MEM_NEW(double, size);
    if (!t->domains || !t->cells) return false;
    for (; t->naxes < naxes; t->naxes++) t->domains[t->naxes] = domain_keep(domains[t->naxes]);
    if (size) memcpy(t->cells, cells, size * sizeof *cells);
    return true;
}

TermTable *term_table_new(Domain *const *domains, uint32_t naxes, const double *cells) {
    TermTable *t = MEM_NEW(TermTable, 1);
    if (!t) return NULL;
    t->refs = 1;
    if (fill_table(t, domains, naxes, cells)) return t;
    term_table_drop(t);
    return NULL;
}

TermTable *term_table_keep(const TermTable *t) {
    TermTable *kept = (TermTable *)(uintptr_t)t;
    kept->refs++;
    return kept;
}

void term_table_drop(TermTable *t) {
    if (!t || --t->refs > 0) return;
    for (uint32_t i = 0; i < t->naxes; i++) domain_drop(t->domains[i]);
    term_drop(t->meaning);
    mem_free(t->domains);
    mem_free(t->cells);
    mem_free(t);
}
