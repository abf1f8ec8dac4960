// Solve: which variable each piece of evidence determines.
//
// A depth-first search over the equations that are still open, nearest noise first; the first
// choice is nearly always good, since a noise term serves one mechanism.
#include <string.h>

#include "runtime/model/dist.h"
#include "runtime/model/term_order.h"
#include "runtime/sample/solve.h"

enum { MOST_UNDONE = 20000 };

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
    size_t *solved_at; // by variable: 1 + its place in `out`, or 0
    uint32_t undone;   // choices
    bool failed;
    uint8_t *state;    // by variable: whether a walk has come by
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
    if (s->solved_at[v] || !var_of(s, v)->term) return false;
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

// Puts what the value of a variable needs, and is not known, on the stack.
static bool push_needs(Search *s, uint32_t v, Names *stack) {
    const ModelVar *x = var_of(s, v);
    if (s->solved_at[v])
        return term_variables(s->out->items[s->solved_at[v] - 1].value, false, add_name, stack);
    for (uint32_t i = 0; i < x->nparents; i++)
        if (!VEC_PUSH(&stack->vars, x->parents[i])) return false;
    return true;
}

// Whether a variable needs itself, now that it is solved for: no other one has new needs.
static bool needs_itself(Search *s, uint32_t v) {
    Names stack = {.s = s};
    bool found = false;
    memset(s->state, 0, s->m->nvars);
    if (!push_needs(s, v, &stack)) s->failed = true;
    while (!found && !s->failed && stack.vars.count) {
        uint32_t at = stack.vars.items[--stack.vars.count];
        found = at == v;
        if (s->state[at] || bits_has(s->scope->known, at) || !bits_has(s->scope->in, at)) continue;
        s->state[at] = 1;
        if (!push_needs(s, at, &stack)) s->failed = true;
    }
    VEC_FREE(&stack.vars);
    return found;
}

// --- the search ---

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

// What has been tried for one equation: the variables of it, rank by rank.
typedef struct Choice {
    Names names;
    int rank;
    size_t next;
    bool made, function; // one is chosen; and its mechanism is an equation since
} Choice;
typedef VEC(Choice) Trail;

static void undo(Search *s, Choice *c) {
    if (c->function) pop_equation(s);
    s->solved_at[s->out->items[s->out->count - 1].var] = 0;
    pop_solved(s->out);
    c->made = c->function = false;
    s->undone++;
}

static Status try_var(Search *s, size_t at, uint32_t v, Choice *c) {
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
    s->solved_at[v] = s->out->count;
    c->made = true;
    if (needs_itself(s, v)) return undo(s, c), s->failed ? NOMEM : OK;
    if (s->failed) return NOMEM;
    if (var_of(s, v)->mech != MECH_STRUCTURAL) return OK;
    TRY(push_mechanism(s, v, eq.evidence));
    c->function = true;
    return OK;
}

// The next variable that the equation can be solved for; c->made says whether there is one.
static Status choose(Search *s, size_t at, Choice *c) {
    if (c->made) undo(s, c);
    for (; c->rank < 4 && s->undone < MOST_UNDONE; c->rank++, c->next = 0) {
        while (c->next < c->names.vars.count) {
            uint32_t v = c->names.vars.items[c->next++];
            if (rank_of(s, v) != c->rank || !can_follow(s, v)) continue;
            TRY(try_var(s, at, v, c));
            if (c->made) return OK;
        }
    }
    return OK;
}

static Status push_choice(Search *s, Trail *trail) {
    Choice c = {.names = {.s = s}};
    const Term *t = s->open.items[trail->count].equation;
    if (term_variables(t, false, add_name, &c.names) && VEC_PUSH(trail, c)) return OK;
    VEC_FREE(&c.names.vars);
    return NOMEM;
}

static void pop_choice(Trail *trail) {
    Choice *last = &trail->items[--trail->count];
    VEC_FREE(&last->names.vars);
}

// The equations in turn, back to the one before where nothing is left to choose.
static Status search(Search *s, bool *found) {
    Trail trail = {0};
    *found = s->open.count == 0;
    Status status = *found ? OK : push_choice(s, &trail);
    while (status == OK && !*found && trail.count) {
        status = choose(s, trail.count - 1, &trail.items[trail.count - 1]);
        if (status != OK) break;
        if (!trail.items[trail.count - 1].made) pop_choice(&trail);
        else if (trail.count == s->open.count) *found = true;
        else status = push_choice(s, &trail);
    }
    while (trail.count) pop_choice(&trail);
    VEC_FREE(&trail);
    return status;
}

// --- which evidence ---

// Whether something continuous, not known, lies behind one of the variables.
static bool look_behind(Search *s, Names *stack) {
    memset(s->state, 0, s->m->nvars);
    while (stack->vars.count && !s->failed) {
        uint32_t v = stack->vars.items[--stack->vars.count];
        const ModelVar *x = var_of(s, v);
        if (bits_has(s->scope->known, v) || !bits_has(s->scope->in, v) || s->state[v]) continue;
        s->state[v] = 1;
        if (x->mech == MECH_STRUCTURAL && !push_needs(s, v, stack)) s->failed = true;
        if (x->mech != MECH_STRUCTURAL && x->term && has_density(x->term)) return true;
    }
    return false;
}

static bool is_continuous(Search *s, const RealEvidence *e) {
    Names stack = {.s = s};
    if (e->var != MODEL_NONE) {
        if (!is_real(s, e->var) || var_of(s, e->var)->mech != MECH_STRUCTURAL) return false;
        if (!push_needs(s, e->var, &stack)) s->failed = true;
    } else if (!term_variables(e->term, false, add_name, &stack)) {
        s->failed = true;
    }
    bool found = look_behind(s, &stack);
    VEC_FREE(&stack.vars);
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
                                    "%s cannot be solved for a continuous variable behind it",
                                    str_text(&text));
    str_free(&text);
    if (status != FAULT) return status;
    return fault_hint(s->faults, "add a measurement error, or condition on an interval around "
                                 "the value; on inequalities where it has a probability, as "
                                 "X <= 0 for max(X, 0) = 0");
}

Status solve_evidence(const Model *m, const RealScope *scope, Faults *faults, SolvedList *out) {
    Search s = {.m = m, .scope = scope, .faults = faults, .out = out};
    bool found = false;
    s.state = MEM_NEW(uint8_t, m->nvars);
    s.solved_at = MEM_NEW(size_t, m->nvars);
    Status status = s.state && s.solved_at ? open_equations(&s) : NOMEM;
    if (status == OK) status = search(&s, &found);
    if (status == OK && !found) status = fault_stuck(&s);
    while (s.open.count) pop_equation(&s);
    VEC_FREE(&s.open);
    mem_free(s.state);
    mem_free(s.solved_at);
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
