// Solve: which variable each piece of evidence determines.
//
// A depth-first search over the equations that are still open, nearest noise first; the first
// choice is nearly always good, since a noise term serves one mechanism.
#include <string.h>

#include "runtime/model/dist.h"
#include "runtime/model/term_order.h"
#include "runtime/sample/solve.h"

enum { MOST_TRIES = 20000 };

// `equation` has the value `target`.
typedef struct Equation {
    const Term *equation, *target; // borrowed
    const RealEvidence *evidence;
    uint32_t var; // whose mechanism it is, or MODEL_NONE
    Term *owned;  // the target, when it was made for it
} Equation;

typedef struct Search {
    const Model *m;
    const RealScope *scope;
    Faults *faults;
    SolvedList *out;
    VEC(Equation) open;
    uint32_t tries;
    bool failed;
    // Of the check of an order:
    uint8_t *state; // by variable: 1 on the way, 2 done
} Search;

// --- what is solved at all ---

static const ModelVar *var_of(const Search *s, uint32_t v) {
    return s->m->vars[v];
}

static bool is_real(const Search *s, uint32_t v) {
    DomainKind kind = var_of(s, v)->domain->kind;
    return kind == DOMAIN_REAL || kind == DOMAIN_POSITIVE || kind == DOMAIN_UNIT;
}

static bool has_density(const Term *t) {
    TermOrder order = {0};
    bool found = false;
    if (term_order(t, &order) != OK) found = true;
    for (size_t i = 0; i < order.count; i++)
        found = found || (order.items[i]->op == TERM_DIST && !order.items[i]->family->support);
    term_order_free(&order);
    return found;
}

// Whether a variable may be solved for: free, real, and with a density or itself a function.
static bool can_follow(const Search *s, uint32_t v) {
    if (!bits_has(s->scope->in, v) || bits_has(s->scope->known, v) || !is_real(s, v)) return false;
    if (solve_find(s->out, v) || !var_of(s, v)->term) return false;
    return var_of(s, v)->mech == MECH_STRUCTURAL || has_density(var_of(s, v)->term);
}

typedef struct Names {
    const Search *s;
    VEC(uint32_t) vars;
} Names;

static bool add_name(void *user, Sym name, const Term *at) {
    (void)at;
    Names *n = user;
    uint32_t v = model_find(n->s->m, name);
    return v == MODEL_NONE || VEC_PUSH(&n->vars, v);
}

// Anonymous noise, noise, variables with a law, functions.
static int rank_of(const Search *s, uint32_t v) {
    const ModelVar *x = var_of(s, v);
    if (x->mech == MECH_STRUCTURAL) return 3;
    return x->anonymous ? 0 : x->role == ROLE_VAR_NOISE ? 1 : 2;
}

// --- whether everything can be computed in some order ---

static bool visit(Search *s, uint32_t v);

static bool visit_term(Search *s, const Term *t) {
    Names n = {.s = s};
    bool good = true;
    if (!term_variables(t, false, add_name, &n)) s->failed = true;
    for (size_t i = 0; good && i < n.vars.count; i++) good = visit(s, n.vars.items[i]);
    VEC_FREE(&n.vars);
    return good;
}

static bool visit_parents(Search *s, uint32_t v) {
    const ModelVar *x = var_of(s, v);
    for (uint32_t i = 0; i < x->nparents; i++)
        if (!visit(s, x->parents[i])) return false;
    return true;
}

// What the value of a variable needs comes before it. Depth-first; cycles are met on the way.
static bool visit(Search *s, uint32_t v) {
    if (bits_has(s->scope->known, v) || !bits_has(s->scope->in, v)) return true;
    if (s->state[v]) return s->state[v] == 2;
    const Solved *solved = solve_find(s->out, v);
    s->state[v] = 1;
    bool good = solved ? visit_term(s, solved->value) : visit_parents(s, v);
    s->state[v] = 2;
    return good;
}

static bool has_order(Search *s) {
    memset(s->state, 0, s->m->nvars);
    for (uint32_t i = 0; i < s->scope->nvars; i++)
        if (!visit(s, s->scope->vars[i])) return false;
    return true;
}

// --- the search ---

static Status search(Search *s, size_t at, bool *found);

static Status push_mechanism(Search *s, uint32_t v, const RealEvidence *e) {
    Equation eq = {.equation = var_of(s, v)->term, .evidence = e, .var = v};
    eq.target = eq.owned = term_var(var_of(s, v)->name, NULL, 0);
    if (eq.owned && VEC_PUSH(&s->open, eq)) return OK;
    term_drop(eq.owned);
    return NOMEM;
}

static void pop_equation(Search *s) {
    term_drop(s->open.items[--s->open.count].owned);
}

static void pop_solved(SolvedList *list) {
    Solved *last = &list->items[--list->count];
    term_drop(last->value);
    term_drop(last->log_slope);
}

static Status try_var(Search *s, size_t at, uint32_t v, bool *found) {
    Equation eq = s->open.items[at];
    Solved made = {.var = v, .evidence = eq.evidence};
    TRY(solve_term(s->m, eq.equation, eq.target, var_of(s, v)->name, &made.value,
                   &made.log_slope));
    if (!made.value) return OK;
    if (!VEC_PUSH(s->out, made)) {
        term_drop(made.value);
        term_drop(made.log_slope);
        return NOMEM;
    }
    Status status = OK;
    bool function = var_of(s, v)->mech == MECH_STRUCTURAL, good = has_order(s);
    if (good && function) status = push_mechanism(s, v, eq.evidence);
    if (good && status == OK) {
        status = search(s, at + 1, found);
        if (function && !*found) pop_equation(s);
    }
    if (!*found) pop_solved(s->out);
    return s->failed ? NOMEM : status;
}

static Status try_rank(Search *s, size_t at, const Names *n, int rank, bool *found) {
    for (size_t i = 0; i < n->vars.count && !*found && s->tries < MOST_TRIES; i++) {
        uint32_t v = n->vars.items[i];
        if (rank_of(s, v) != rank || !can_follow(s, v)) continue;
        s->tries++;
        TRY(try_var(s, at, v, found));
    }
    return OK;
}

static Status search(Search *s, size_t at, bool *found) {
    if (at == s->open.count) {
        *found = true;
        return OK;
    }
    Names n = {.s = s};
    Status status = term_variables(s->open.items[at].equation, false, add_name, &n) ? OK : NOMEM;
    for (int rank = 0; status == OK && !*found && rank < 4; rank++)
        status = try_rank(s, at, &n, rank, found);
    VEC_FREE(&n.vars);
    return status;
}

// --- which evidence ---

// Whether something continuous, not known, lies behind a variable or a term.
static bool look_behind(Search *s, uint32_t v) {
    bool found = false;
    if (bits_has(s->scope->known, v) || !bits_has(s->scope->in, v) || s->state[v]) return false;
    s->state[v] = 1;
    const ModelVar *x = var_of(s, v);
    if (x->mech != MECH_STRUCTURAL) return x->term && has_density(x->term);
    for (uint32_t i = 0; !found && i < x->nparents; i++) found = look_behind(s, x->parents[i]);
    return found;
}

static bool is_continuous(Search *s, const RealEvidence *e) {
    memset(s->state, 0, s->m->nvars);
    if (e->var != MODEL_NONE) {
        const ModelVar *x = var_of(s, e->var);
        if (!is_real(s, e->var) || x->mech != MECH_STRUCTURAL) return false;
        for (uint32_t i = 0; i < x->nparents; i++)
            if (look_behind(s, x->parents[i])) return true;
        return false;
    }
    Names n = {.s = s};
    bool found = false;
    if (!term_variables(e->term, false, add_name, &n)) s->failed = true;
    for (size_t i = 0; !found && i < n.vars.count; i++) found = look_behind(s, n.vars.items[i]);
    VEC_FREE(&n.vars);
    return found;
}

static Status push_quantity(Search *s, const RealEvidence *e) {
    Equation eq = {.equation = e->term, .evidence = e, .var = MODEL_NONE};
    eq.target = eq.owned = term_number(e->value, 0);
    if (eq.owned && VEC_PUSH(&s->open, eq)) return OK;
    term_drop(eq.owned);
    return NOMEM;
}

static Status open_equations(Search *s) {
    for (size_t i = 0; i < s->scope->evidence.count; i++) {
        const RealEvidence *e = &s->scope->evidence.items[i];
        if (e->kind != REAL_POINT) continue;
        if (e->var != MODEL_NONE && !bits_has(s->scope->in, e->var)) continue;
        if (!is_continuous(s, e)) continue;
        TRY(e->var == MODEL_NONE ? push_quantity(s, e) : push_mechanism(s, e->var, e));
    }
    return s->failed ? NOMEM : OK;
}

// Whether some variable in an equation can be solved for, were it alone.
static Status solvable(const Search *s, const Equation *eq, bool *yes) {
    Names n = {.s = s};
    Status status = term_variables(eq->equation, false, add_name, &n) ? OK : NOMEM;
    *yes = false;
    for (size_t i = 0; status == OK && !*yes && i < n.vars.count; i++) {
        Term *value = NULL, *slope = NULL;
        if (!can_follow(s, n.vars.items[i])) continue;
        status = solve_term(s->m, eq->equation, eq->target, var_of(s, n.vars.items[i])->name,
                            &value, &slope);
        *yes = value != NULL;
        term_drop(value);
        term_drop(slope);
    }
    VEC_FREE(&n.vars);
    return status;
}

// Names the first equation that cannot be solved even by itself; else the first.
static Status fault_stuck(Search *s) {
    const RealEvidence *e = s->open.items[0].evidence;
    bool yes = true;
    for (size_t i = 0; i < s->open.count && yes; i++) {
        TRY(solvable(s, &s->open.items[i], &yes));
        if (!yes) e = s->open.items[i].evidence;
    }
    Str text = {0};
    term_add_brief(e->written, &text);
    Status status = text.failed
                        ? NOMEM
                        : fault_add(s->faults, FAULT_SAMPLE_SOLVE, e->written->origin,
                                    "%s has probability 0, and cannot be solved for a continuous "
                                    "variable behind it",
                                    str_text(&text));
    str_free(&text);
    if (status != FAULT) return status;
    return fault_hint(s->faults, "add a measurement error, or condition on an interval around "
                                 "the value");
}

Status solve_evidence(const Model *m, const RealScope *scope, Faults *faults, SolvedList *out) {
    Search s = {.m = m, .scope = scope, .faults = faults, .out = out};
    bool found = false;
    s.state = MEM_NEW(uint8_t, m->nvars);
    Status status = s.state ? open_equations(&s) : NOMEM;
    if (status == OK) status = search(&s, 0, &found);
    if (status == OK && !found) status = fault_stuck(&s);
    while (s.open.count) pop_equation(&s);
    VEC_FREE(&s.open);
    mem_free(s.state);
    return status;
}

void solve_free(SolvedList *list) {
    while (list->count) pop_solved(list);
    VEC_FREE(list);
}

const Solved *solve_find(const SolvedList *list, uint32_t var) {
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].var == var) return &list->items[i];
    return NULL;
}
