// Conjugate read: what plays which part in the question.
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/num.h"
#include "runtime/model/dist.h"
#include "runtime/real/cells_term.h"
#include "runtime/real/conjugate_inner.h"

Status conjugate_decline(Conjugate *c, const char *format, ...) {
    if (c->fits && c->call->why) {
        va_list args;
        va_start(args, format);
        str_vprintf(c->call->why, format, args);
        va_end(args);
    }
    c->fits = false;
    return OK;
}

static const char *name_of(const Conjugate *c, uint32_t var) {
    return c->m->vars[var]->name->text;
}

static const RealEvidence *evidence_of(const Conjugate *c, uint32_t var) {
    uint32_t at = c->scope.evidence_of[var];
    return at == UINT32_MAX ? NULL : &c->scope.evidence.items[at];
}

static const Term *written_out(void *user, const Term *var) {
    const Conjugate *c = user;
    uint32_t v = model_find(c->m, var->sym);
    return v == MODEL_NONE ? NULL : c->written_out[v];
}

// A term in which functions of roots and known numbers are written out; owned by c.
static Status write_out(Conjugate *c, const Term *t, const Term **out) {
    Term *term;
    TRY(cells_term_expand(c->m, t, written_out, c, &term));
    *out = term;
    if (VEC_PUSH(&c->owned, term)) return OK;
    term_drop(term);
    return NOMEM;
}

// --- variables ------------------------------------------------------------------------------

static bool is_unit(const Term *t) {
    return strcmp(t->family->name, "uniform") == 0 && t->kid[0]->op == TERM_NUMBER &&
           t->kid[0]->number == 0 && t->kid[1]->op == TERM_NUMBER && t->kid[1]->number == 1;
}

static Status law_of(Conjugate *c, const char *family, Term *a, Term *b, const Term **out) {
    Term *kids[] = {a, b};
    Term *law = term_dist(dist_find(family), kids, 2, 0);
    *out = law;
    if (law && VEC_PUSH(&c->owned, law)) return OK;
    term_drop(law);
    return NOMEM;
}

// A beta or gamma law, or one that is such; NULL when it is none.
static Status read_law(Conjugate *c, const Term *t, RootKind *kind, const Term **law) {
    *law = NULL;
    if (t->op != TERM_DIST) return OK;
    const char *name = t->family->name;
    *kind = strcmp(name, "gamma") == 0 || strcmp(name, "exponential") == 0 ? ROOT_GAMMA : ROOT_BETA;
    if (strcmp(name, "beta") == 0 || strcmp(name, "gamma") == 0) *law = t;
    else if (is_unit(t)) return law_of(c, "beta", term_number(1, 0), term_number(1, 0), law);
    else if (*kind == ROOT_GAMMA)
        return law_of(c, "gamma", term_number(1, 0), term_keep(t->kid[0]), law);
    return OK;
}

static Status add_root(Conjugate *c, uint32_t v) {
    const Term *term;
    RootKind kind;
    ConjugateRoot root = {.var = v};
    TRY(write_out(c, c->m->vars[v]->term, &term));
    TRY(read_law(c, term, &kind, &root.law));
    // What only an argument is about adds up to 1.
    if (!root.law && c->mode == CONJUGATE_REST) return OK;
    if (!root.law)
        return conjugate_decline(c, "%s has neither a beta nor a gamma law", name_of(c, v));
    c->root_of[v] = c->nroots;
    c->kinds[c->nroots] = kind;
    c->roots[c->nroots++] = root;
    return OK;
}

// Its table is of use where all its causes have levels of their own.
static bool is_tabled(const Conjugate *c, const ModelVar *var) {
    for (uint32_t p = 0; p < var->nparents; p++)
        if (c->written_out[var->parents[p]]) return false;
    return var->cpt != NULL;
}

static Status add_step(Conjugate *c, uint32_t v) {
    const RealEvidence *e = evidence_of(c, v);
    ConjugateStep s = {.var = v, .fixed = e != NULL, .tabled = is_tabled(c, c->m->vars[v])};
    if (!s.tabled && !c->m->vars[v]->term)
        return conjugate_decline(c, "%s has no mechanism to read", name_of(c, v));
    if (e) s.value = (LikelihoodValue){c->m->vars[v]->domain, e->level, e->value};
    else s.value.domain = c->m->vars[v]->domain;
    if (!e) {
        c->slot_of[v] = c->nslots;
        c->slots[c->nslots++] = v;
    }
    return VEC_PUSH(&c->steps, s) ? OK : NOMEM;
}

static Status add_function(Conjugate *c, uint32_t v) {
    const RealEvidence *e = evidence_of(c, v);
    if (e && e->kind == REAL_POINT)
        return conjugate_decline(c, "the value of %s, a function of others, is known",
                                 name_of(c, v));
    return cells_term_expand(c->m, c->m->vars[v]->term, written_out, c, &c->written_out[v]);
}

static Status sort_var(Conjugate *c, uint32_t v) {
    const ModelVar *var = c->m->vars[v];
    if (is_tabled(c, var)) return add_step(c, v);
    if (!var->term) return conjugate_decline(c, "%s has no mechanism to read", name_of(c, v));
    if (var->mech == MECH_STRUCTURAL) return add_function(c, v);
    if (domain_finite(var->domain) || evidence_of(c, v)) return add_step(c, v);
    return add_root(c, v);
}

// The variable of infinitely many whole numbers that a part of an argument gives a value.
static uint32_t given_number(const Conjugate *c, const Term *t, double *value) {
    if (t->op != TERM_EQ) return MODEL_NONE;
    const Term *side = t->kid[t->kid[0]->op == TERM_VAR ? 0 : 1];
    const Term *other = t->kid[t->kid[0]->op == TERM_VAR ? 1 : 0];
    uint32_t v = side->op == TERM_VAR ? model_find(c->m, side->sym) : MODEL_NONE;
    if (v == MODEL_NONE || other->op != TERM_NUMBER) return MODEL_NONE;
    *value = other->number;
    return c->m->vars[v]->domain->kind == DOMAIN_INT ? v : MODEL_NONE;
}

static Status assume_part(Conjugate *c, const Term *t) {
    double value;
    uint32_t v = given_number(c, t, &value);
    if (v == MODEL_NONE || evidence_of(c, v)) return OK;
    const RealEvidence e = {REAL_POINT, v, 0, value, t, t};
    c->scope.evidence_of[v] = (uint32_t)c->scope.evidence.count;
    return VEC_PUSH(&c->scope.evidence, e) ? OK : NOMEM;
}

bool conjugate_equates(const Conjugate *c) {
    double value;
    for (uint32_t i = 0; i < c->q->nargs; i++)
        for (const Term *t = c->q->args[i];; t = t->kid[0]) {
            const Term *part = t->op == TERM_AND ? t->kid[1] : t;
            if (given_number(c, part, &value) != MODEL_NONE) return true;
            if (t->op != TERM_AND) break;
        }
    return false;
}

static Status assume_args(Conjugate *c) {
    for (uint32_t i = 0; i < c->q->nargs; i++)
        for (const Term *t = c->q->args[i];; t = t->kid[0]) {
            TRY(assume_part(c, t->op == TERM_AND ? t->kid[1] : t));
            if (t->op != TERM_AND) break;
        }
    return OK;
}

// What is known stands for its value from the start.
static Status set_known(Conjugate *c) {
    for (size_t i = 0; i < c->scope.evidence.count; i++) {
        const RealEvidence *e = &c->scope.evidence.items[i];
        if (e->kind == REAL_EVENT) continue;
        if (e->var == MODEL_NONE)
            return conjugate_decline(c, "a condition is a point of a quantity");
        if (e->kind == REAL_LEVEL) c->levels[e->var] = e->level;
        else if (!(c->written_out[e->var] = term_number(e->value, 0))) return NOMEM;
    }
    return OK;
}

static Status sort_vars(Conjugate *c) {
    if (c->mode == CONJUGATE_JOINT) TRY(assume_args(c));
    TRY(set_known(c));
    for (uint32_t i = 0; c->fits && i < c->scope.nvars; i++) {
        uint32_t v = c->scope.vars[i];
        // The mechanism of a known value is looked at, not written out.
        bool known = evidence_of(c, v) && real_infinite(c->m, v);
        if (known && c->m->vars[v]->mech == MECH_STRUCTURAL) {
            TRY(conjugate_decline(c, "the value of %s, a function of others, is known",
                                  name_of(c, v)));
        } else {
            TRY(sort_var(c, v));
        }
    }
    return OK;
}

// --- mechanisms -----------------------------------------------------------------------------

static Status open_fold(Conjugate *c, const Term *t, Fold *out, bool *ok) {
    return conjugate_fold_open(c->m, t, c->root_of, c->nroots, c->levels, out, ok);
}

static bool compares_roots(const Fold *f) {
    for (size_t i = 0; i < f->order.count; i++) {
        TermOp op = (TermOp)f->order.items[i]->op;
        if (f->real[i] && op >= TERM_EQ && op <= TERM_GE) return true;
    }
    return false;
}

static Status open_steps(Conjugate *c) {
    for (size_t i = 0; c->fits && i < c->steps.count; i++) {
        ConjugateStep *s = &c->steps.items[i];
        const Term *term;
        bool ok;
        if (s->tabled) continue;
        TRY(write_out(c, c->m->vars[s->var]->term, &term));
        TRY(open_fold(c, term, &s->fold, &ok));
        if (!ok || compares_roots(&s->fold))
            TRY(conjugate_decline(c, "the mechanism of %s is not conjugate", name_of(c, s->var)));
    }
    for (uint32_t r = 0; c->fits && r < c->nroots; r++) {
        ConjugateRoot *root = &c->roots[r];
        bool ok;
        TRY(open_fold(c, root->law, &root->prior, &ok));
        if (!ok || root->prior.real[root->prior.order.count - 1])
            TRY(conjugate_decline(c, "the law of %s depends on other unknown numbers",
                                  name_of(c, root->var)));
    }
    return OK;
}

// --- arguments and conditions ---------------------------------------------------------------

typedef VEC(ConjugateTerm) Terms;

// Notes where the comparisons of a term cut the ranges of roots.
static Status note_cuts(Conjugate *c, const ConjugateTerm *t) {
    CellsTerm facts;
    Status st = cells_term_open(c->m, t->term, &facts);
    for (size_t i = 0; st == OK && c->fits && i < facts.order.count; i++) {
        const Term *sub = facts.order.items[i];
        if (sub->op < TERM_EQ || sub->op > TERM_GE || facts.which[i] == MODEL_NONE) continue;
        CellsCut cut;
        bool ok = facts.which[i] != CELLS_MANY;
        if (ok) st = cells_cut_open(c->m, &facts, sub, c->call->ctl, &c->arena, &cut, &ok);
        if (st == OK && !ok) st = conjugate_decline(c, "a comparison cannot be solved for a root");
        else if (st == OK)
            st = cells_cut_thresholds(&cut, &c->roots[c->root_of[facts.which[i]]].cuts);
    }
    cells_term_close(&facts);
    return st;
}

static Status add_term(Conjugate *c, const Term *t, void *list) {
    Terms *to = list;
    ConjugateTerm item = {0};
    bool ok;
    if (!c->fits) return OK;
    TRY(write_out(c, t, &item.term));
    Status st = open_fold(c, item.term, &item.fold, &ok);
    if (st != OK || !ok) conjugate_fold_close(&item.fold);
    TRY(st);
    if (!ok) return conjugate_decline(c, "a quantity is not one of roots and finite variables");
    if (!VEC_PUSH(to, item)) {
        conjugate_fold_close(&item.fold);
        return NOMEM;
    }
    return note_cuts(c, &item);
}

// That a function of roots has a level.
static Status add_level(Conjugate *c, const RealEvidence *e) {
    const ModelVar *var = c->m->vars[e->var];
    Term *t = term_var(var->name, NULL, 0);
    if (!var->domain->numeric) {
        term_drop(t);
        return conjugate_decline(c, "%s has named levels", name_of(c, e->var));
    }
    if (var->domain->kind != DOMAIN_BOOL)
        t = term_binary(TERM_EQ, t, term_number(e->value, 0), 0);
    else if (e->level == 0)
        t = term_unary(TERM_NOT, t, 0);
    Status st = t ? add_term(c, t, &c->events) : NOMEM;
    term_drop(t);
    return st;
}

static Status read_terms(Conjugate *c) {
    uint32_t nargs = c->mode == CONJUGATE_REST ? 0 : c->q->nargs;
    for (uint32_t i = 0; i < nargs; i++) TRY(add_term(c, c->q->args[i], &c->args));
    for (uint32_t i = 0; i < c->q->nweights; i++) TRY(add_term(c, c->q->weights[i], &c->weights));
    for (size_t i = 0; i < c->scope.evidence.count; i++) {
        const RealEvidence *e = &c->scope.evidence.items[i];
        if (e->kind == REAL_EVENT) TRY(add_term(c, e->term, &c->events));
        else if (e->kind == REAL_LEVEL && c->written_out[e->var]) TRY(add_level(c, e));
    }
    return OK;
}

// --- cells ----------------------------------------------------------------------------------

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void add_cell(ConjugateRoot *r, double low, double high) {
    r->low[r->ncells] = low;
    r->high[r->ncells] = high;
    r->inside[r->ncells++] = isfinite(high) ? low + (high - low) / 2 : low + fmax(1, low);
}

static Status cut_root(Conjugate *c, uint32_t root) {
    ConjugateRoot *r = &c->roots[root];
    size_t n = r->cuts.count;
    double end = c->kinds[root] == ROOT_BETA ? 1 : INFINITY, at = 0;
    r->low = ARENA_ARRAY(&c->arena, double, n + 1);
    r->high = ARENA_ARRAY(&c->arena, double, n + 1);
    r->inside = ARENA_ARRAY(&c->arena, double, n + 1);
    if (!r->low || !r->high || !r->inside) return NOMEM;
    if (n) qsort(r->cuts.items, n, sizeof *r->cuts.items, by_value);
    for (size_t i = 0; i < n; i++) {
        double x = r->cuts.items[i];
        if (x <= at || x >= end || num_same(x, at)) continue;
        add_cell(r, at, x);
        at = x;
    }
    add_cell(r, at, end);
    return OK;
}

// --- what is needed how long ----------------------------------------------------------------

typedef struct Use {
    Conjugate *c;
    size_t step;
} Use;

static bool use_name(void *user, Sym name, const Term *at) {
    Use *u = user;
    (void)at;
    uint32_t v = model_find(u->c->m, name);
    uint32_t slot = v == MODEL_NONE ? MODEL_NONE : u->c->slot_of[v];
    if (slot != MODEL_NONE) u->c->last[slot] = u->step;
    return true;
}

static Status use_term(Conjugate *c, const Term *t, size_t step) {
    Use u = {c, step};
    return term_variables(t, false, use_name, &u) ? OK : NOMEM;
}

static Status find_last_uses(Conjugate *c) {
    for (size_t i = 0; i < c->steps.count; i++) {
        const ConjugateStep *s = &c->steps.items[i];
        const ModelVar *var = c->m->vars[s->var];
        if (c->slot_of[s->var] != MODEL_NONE) c->last[c->slot_of[s->var]] = i;
        if (!s->tabled) TRY(use_term(c, s->fold.order.items[s->fold.order.count - 1], i));
        for (uint32_t p = 0; s->tabled && p < var->nparents; p++)
            if (c->slot_of[var->parents[p]] != MODEL_NONE) c->last[c->slot_of[var->parents[p]]] = i;
    }
    for (uint32_t r = 0; r < c->nroots; r++) TRY(use_term(c, c->roots[r].law, SIZE_MAX));
    for (size_t i = 0; i < c->args.count; i++)
        TRY(use_term(c, c->args.items[i].term, SIZE_MAX));
    for (size_t i = 0; i < c->events.count; i++)
        TRY(use_term(c, c->events.items[i].term, SIZE_MAX));
    for (size_t i = 0; i < c->weights.count; i++)
        TRY(use_term(c, c->weights.items[i].term, SIZE_MAX));
    return OK;
}

static Status make_room(Conjugate *c) {
    uint32_t n = c->m->nvars;
    c->roots = ARENA_ARRAY(&c->arena, ConjugateRoot, n);
    c->kinds = ARENA_ARRAY(&c->arena, RootKind, n);
    c->root_of = ARENA_ARRAY(&c->arena, uint32_t, n);
    c->written_out = ARENA_ARRAY(&c->arena, Term *, n);
    c->levels = ARENA_ARRAY(&c->arena, uint32_t, n);
    c->slot_of = ARENA_ARRAY(&c->arena, uint32_t, n);
    c->slots = ARENA_ARRAY(&c->arena, uint32_t, n);
    c->last = ARENA_ARRAY(&c->arena, size_t, n);
    if (!c->roots || !c->kinds || !c->root_of || !c->written_out || !c->levels || !c->slot_of ||
        !c->slots || !c->last)
        return NOMEM;
    for (uint32_t v = 0; v < n; v++) c->root_of[v] = c->slot_of[v] = MODEL_NONE;
    return OK;
}

Status conjugate_read(Conjugate *c) {
    TRY(make_room(c));
    TRY(sort_vars(c));
    if (c->fits) TRY(open_steps(c));
    if (c->fits) TRY(read_terms(c));
    for (uint32_t r = 0; c->fits && r < c->nroots; r++) TRY(cut_root(c, r));
    if (c->fits) TRY(conjugate_order(c));
    return c->fits ? find_last_uses(c) : OK;
}
