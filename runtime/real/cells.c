// Cells: which variables can be replaced, and the model in which they are.
#include "runtime/real/cells.h"

#include <math.h>
#include <stdlib.h>

#include "runtime/base/bitset.h"
#include "runtime/base/num.h"
#include "runtime/model/model_build.h"
#include "runtime/model/model_var.h"
#include "runtime/real/cells_cut.h"
#include "runtime/real/cells_law.h"
#include "runtime/real/cells_term.h"

#define MOST_CELLS 4096
#define MOST_TABLE ((size_t)1 << 22)

// A variable as far as this is concerned.
typedef struct CellsVar {
    bool relevant;
    bool candidate; // it may be replaced
    bool bad;       // but is used otherwise than in comparisons
    bool expanded;  // a function of at most one variable of infinitely many values: its uses are
                    // written out
    bool replaced;
    bool gone;      // its mechanism is forgotten
    uint32_t root;  // of expanded: that variable, or MODEL_NONE
    Term *term;     // its mechanism, written out; NULL without one
    CellsLaw law;
    CellsNumbers cuts;
    double *low, *high, *inside; // of each cell: low < X <= high, and a value in it
    uint32_t count;
    Domain *domain;
} CellsVar;

// A mechanism or a term of the question, written out.
typedef struct CellsTarget {
    uint32_t var; // MODEL_NONE: a term of the question
    const Term *before, *term;
    CellsTerm facts;
    size_t first, end; // its cuts
    bool changed;      // it mentions something that is replaced or written out
} CellsTarget;

typedef struct Rewriting {
    const Model *m;
    const Ctl *ctl;
    Arena arena;
    CellsVar *vars;
    VEC(CellsTarget) targets;
    VEC(CellsCut) cuts;
    VEC(Term *) owned;
    bool faint; // as in Cells
} Rewriting;

// --- what the question depends on -----------------------------------------------------------

static bool mark_name(void *user, Sym name, const Term *at) {
    Rewriting *r = user;
    (void)at;
    uint32_t var = model_find(r->m, name);
    if (var != MODEL_NONE) r->vars[var].relevant = true;
    return true;
}

static Status mark_relevant(Rewriting *r, const Term *const *terms, uint32_t nterms) {
    const Model *m = r->m;
    for (uint32_t i = 0; i < nterms; i++)
        if (!term_variables(terms[i], false, mark_name, r)) return NOMEM;
    for (uint32_t i = m->nvars; i-- > 0;) {
        const ModelVar *v = m->vars[m->order[i]];
        if (!r->vars[m->order[i]].relevant) continue;
        for (uint32_t p = 0; p < v->nparents; p++) r->vars[v->parents[p]].relevant = true;
    }
    return OK;
}

// What shares a cause by <-> keeps its mechanism.
static void mark_confounded(Rewriting *r) {
    for (uint32_t i = 0; i < r->m->nedges; i++) {
        const ModelEdge *e = &r->m->edges[i];
        if (e->both) r->vars[e->from].bad = r->vars[e->to].bad = true;
    }
}

// --- writing out ----------------------------------------------------------------------------

static const Term *written_out(void *user, const Term *var) {
    const Rewriting *r = user;
    uint32_t v = model_find(r->m, var->sym);
    return v != MODEL_NONE && r->vars[v].expanded ? r->vars[v].term : NULL;
}

static bool has_infinite_parent(const Model *m, const ModelVar *v) {
    for (uint32_t p = 0; p < v->nparents; p++)
        if (!domain_finite(m->vars[v->parents[p]]->domain)) return true;
    return false;
}

static Status classify(Rewriting *r, uint32_t v) {
    const ModelVar *var = r->m->vars[v];
    CellsVar *c = &r->vars[v];
    bool infinite = var->domain->kind != DOMAIN_SYMBOLIC && !domain_finite(var->domain);
    if (!c->relevant || !var->term || (!infinite && !has_infinite_parent(r->m, var))) return OK;
    TRY(cells_term_expand(r->m, var->term, written_out, r, &c->term));
    if (!infinite) return OK;
    CellsTerm facts;
    Status st = cells_term_open(r->m, c->term, &facts);
    if (st == OK) c->root = cells_term_which(&facts, c->term);
    cells_term_close(&facts);
    c->candidate = var->mech == MECH_KERNEL && term_is_dist(c->term) && c->root == MODEL_NONE;
    c->expanded = var->mech == MECH_STRUCTURAL && c->root != CELLS_MANY && !c->bad;
    return st;
}

static Status add_target(Rewriting *r, uint32_t var, const Term *before, const Term *term) {
    CellsTarget t = {.var = var, .before = before, .term = term};
    return VEC_PUSH(&r->targets, t) ? OK : NOMEM;
}

static Status list_targets(Rewriting *r, const Term *const *terms, uint32_t nterms) {
    for (uint32_t i = 0; i < r->m->nvars; i++) {
        uint32_t v = r->m->order[i];
        const CellsVar *c = &r->vars[v];
        if (c->term && !c->expanded)
            TRY(add_target(r, v, r->m->vars[v]->term, c->term));
    }
    for (uint32_t i = 0; i < nterms; i++) {
        Term *term;
        TRY(cells_term_expand(r->m, terms[i], written_out, r, &term));
        if (!VEC_PUSH(&r->owned, term)) {
            term_drop(term);
            return NOMEM;
        }
        TRY(add_target(r, MODEL_NONE, terms[i], term));
    }
    return OK;
}

// --- uses -----------------------------------------------------------------------------------

typedef VEC(const Term *) Terms;

// What the part `t` of a target says about the variables; the parts still to be seen go on the
// stack.
static Status scan_part(Rewriting *r, CellsTarget *target, const Term *t, Terms *stack) {
    uint32_t which = cells_term_which(&target->facts, t);
    if (which == MODEL_NONE) return OK;
    if (t->op == TERM_VAR) {
        r->vars[which].bad = true;
        return OK;
    }
    bool ok = false;
    if (which != CELLS_MANY && r->vars[which].candidate) {
        CellsCut cut;
        TRY(cells_cut_open(r->m, &target->facts, t, r->ctl, &r->arena, &cut, &ok));
        if (ok) return VEC_PUSH(&r->cuts, cut) ? OK : NOMEM;
    }
    for (uint32_t k = t->n; k-- > 0;)
        if (!VEC_PUSH(stack, t->kid[k])) return NOMEM;
    return OK;
}

static Status scan(Rewriting *r, CellsTarget *target) {
    TRY(cells_term_open(r->m, target->term, &target->facts));
    size_t count = target->facts.order.count;
    Word *seen = MEM_NEW(Word, bits_words(count));
    Terms stack = {0};
    Status st = seen && VEC_PUSH(&stack, target->term) ? OK : NOMEM;
    target->first = r->cuts.count;
    while (st == OK && stack.count) {
        const Term *t = stack.items[--stack.count];
        uint32_t at = term_order_find(&target->facts.order, t);
        if (bits_has(seen, at)) continue;
        bits_add(seen, at);
        st = scan_part(r, target, t, &stack);
    }
    target->end = r->cuts.count;
    VEC_FREE(&stack);
    mem_free(seen);
    return st;
}

static Status scan_all(Rewriting *r) {
    for (size_t i = 0; i < r->targets.count; i++) TRY(scan(r, &r->targets.items[i]));
    for (size_t i = 0; i < r->cuts.count; i++) {
        const CellsCut *cut = &r->cuts.items[i];
        if (!r->vars[cut->var].bad) TRY(cells_cut_thresholds(cut, &r->vars[cut->var].cuts));
    }
    return OK;
}

// --- cells ----------------------------------------------------------------------------------

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Sorted thresholds within the support, each once. Of whole numbers the nearest to each: it gets a
// cell of its own, so that rounding cannot put it on the wrong side.
static void sift(CellsVar *c, bool whole) {
    size_t kept = 0;
    for (size_t i = 0; whole && i < c->cuts.count; i++) c->cuts.items[i] = rint(c->cuts.items[i]);
    if (c->cuts.count) qsort(c->cuts.items, c->cuts.count, sizeof *c->cuts.items, by_value);
    for (size_t i = 0; i < c->cuts.count; i++) {
        double x = c->cuts.items[i];
        if (x < c->law.low || x > c->law.high) continue;
        if (kept && num_same(c->cuts.items[kept - 1], x)) continue;
        c->cuts.items[kept++] = x;
    }
    c->cuts.count = kept;
}

static double between(double low, double high) {
    if (isfinite(low) && isfinite(high)) return low / 2 + high / 2;
    if (isfinite(low)) return low + fmax(1, fabs(low));
    return isfinite(high) ? high - fmax(1, fabs(high)) : 0;
}

static void add_interval(CellsVar *c, double low, double high) {
    if (!(low < high)) return;
    c->low[c->count] = low;
    c->high[c->count] = high;
    c->inside[c->count++] = between(low, high);
}

// Whole numbers low..high.
static void add_range(CellsVar *c, double low, double high) {
    if (!(low <= high)) return;
    c->low[c->count] = low - 1;
    c->high[c->count] = high;
    c->inside[c->count++] = isfinite(low) ? low : isfinite(high) ? high : 0;
}

static Status cut_up(Rewriting *r, uint32_t v) {
    CellsVar *c = &r->vars[v];
    bool whole = r->m->vars[v]->domain->kind == DOMAIN_INT;
    size_t room = 2 * c->cuts.count + 1;
    c->low = ARENA_ARRAY(&r->arena, double, room);
    c->high = ARENA_ARRAY(&r->arena, double, room);
    c->inside = ARENA_ARRAY(&r->arena, double, room);
    if (!c->low || !c->high || !c->inside) return NOMEM;
    double at = c->law.low;
    for (size_t i = 0; i < c->cuts.count; i++) {
        double x = c->cuts.items[i];
        if (whole) add_range(c, at, x - 1);
        else add_interval(c, at, x);
        if (whole) add_range(c, x, x);
        at = whole ? x + 1 : x;
    }
    if (whole) add_range(c, at, c->law.high);
    else add_interval(c, at, c->law.high);
    return OK;
}

static void add_cell(const CellsVar *c, uint32_t i, bool whole, Str *out) {
    double low = whole ? c->low[i] + 1 : c->low[i], high = c->high[i];
    if (c->count == 1) {
        str_add(out, "any");
    } else if (i == 0) {
        str_add(out, whole ? "up to " : "below ");
        num_add(out, high);
    } else if (i + 1 == c->count) {
        str_add(out, whole ? "from " : "above ");
        num_add(out, low);
    } else {
        num_add(out, low);
        if (low != high) str_add(out, " to "), num_add(out, high);
    }
}

static Status name_cells(Rewriting *r, uint32_t v) {
    CellsVar *c = &r->vars[v];
    bool whole = r->m->vars[v]->domain->kind == DOMAIN_INT;
    Level *levels = ARENA_ARRAY(&r->arena, Level, c->count);
    if (!levels) return NOMEM;
    for (uint32_t i = 0; i < c->count; i++) {
        Str s = {0};
        add_cell(c, i, whole, &s);
        levels[i].name = s.failed ? NULL : intern_z(r->m->names, str_text(&s));
        str_free(&s);
        if (!levels[i].name) return NOMEM;
    }
    c->domain = domain_levels(DOMAIN_LEVELS, levels, c->count);
    return c->domain ? OK : NOMEM;
}

// Whether the variable has a law that we can read and not too many cells; then it has them.
static Status make_cells(Rewriting *r, uint32_t v) {
    CellsVar *c = &r->vars[v];
    bool ok, whole = r->m->vars[v]->domain->kind == DOMAIN_INT;
    if (!c->candidate || c->bad) return OK;
    TRY(cells_law_open(r->m, c->term, whole, r->ctl, &r->arena, &c->law, &ok));
    if (!ok || !(c->law.low <= c->law.high)) return OK;
    sift(c, whole);
    TRY(cut_up(r, v));
    if (c->count == 0 || c->count > MOST_CELLS) return OK;
    if (c->law.combinations > MOST_TABLE / c->count) return OK;
    c->replaced = true;
    return name_cells(r, v);
}

// A comparison that is not defined in some cell, or has too large a table, spoils its variable.
static void check_cut(Rewriting *r, const CellsCut *cut) {
    CellsVar *c = &r->vars[cut->var];
    if (!c->replaced) return;
    if (cut->combinations > MOST_TABLE / c->count) c->replaced = false;
    for (uint32_t i = 0; c->replaced && i < c->count; i++)
        for (size_t k = 0; c->replaced && k < cut->combinations; k++)
            if (isnan(cells_cut_value(cut, c->inside[i], k))) c->replaced = false;
}

// --- the new terms --------------------------------------------------------------------------

static Status lookup_of(Rewriting *r, const CellsCut *cut, Term **out) {
    const CellsVar *c = &r->vars[cut->var];
    size_t size = c->count * cut->combinations;
    uint32_t naxes = cut->nfinite + 1;
    Domain **domains = MEM_NEW(Domain *, naxes);
    Term **axes = MEM_NEW(Term *, naxes);
    double *cells = MEM_NEW(double, size);
    *out = NULL;
    if (domains && axes && cells) {
        for (size_t i = 0; i < size; i++)
            cells[i] = cells_cut_value(cut, c->inside[i / cut->combinations],
                                       i % cut->combinations);
        for (uint32_t k = 0; k < naxes; k++) {
            const ModelVar *v = r->m->vars[k ? cut->finite[k - 1] : cut->var];
            domains[k] = k ? v->domain : c->domain;
            axes[k] = term_var(v->name, NULL, cut->at->origin);
        }
        TermTable *table = term_table_new(domains, naxes, cells);
        if (table) table->meaning = term_keep(cut->at);
        Term *lookup = term_lookup(table, axes, naxes, cut->at->origin);
        *out = term_binary(TERM_EQ, lookup, term_number(1, 0), cut->at->origin);
    }
    mem_free(domains);
    mem_free(axes);
    mem_free(cells);
    return *out ? OK : NOMEM;
}

// The target with its comparisons looked up. New reference.
static Status rewrite_target(Rewriting *r, CellsTarget *t, Term **out) {
    CellsSwap *swaps = MEM_NEW(CellsSwap, t->end - t->first);
    size_t n = 0;
    Status st = swaps ? OK : NOMEM;
    for (size_t i = t->first; st == OK && i < t->end; i++) {
        const CellsCut *cut = &r->cuts.items[i];
        if (!r->vars[cut->var].replaced) continue;
        swaps[n].at = cut->at;
        st = lookup_of(r, cut, &swaps[n].with);
        if (st == OK) n++;
    }
    if (st == OK) st = cells_term_swap(t->term, &t->facts.order, swaps, n, out);
    for (size_t i = 0; i < n; i++) term_drop(swaps[i].with);
    mem_free(swaps);
    return st;
}

// --- the new model --------------------------------------------------------------------------

static void forget(ModelBuilder *b, const ModelVar *var, Domain *symbolic) {
    DraftVar *d = model_build_find(b, var->name);
    model_var_forget(d->var);
    domain_drop(d->var->domain);
    d->var->domain = domain_keep(symbolic);
    d->given = d->changed = true;
}

static Status replace_var(Rewriting *r, ModelBuilder *b, uint32_t v, Faults *faults) {
    const ModelVar *var = r->m->vars[v];
    CellsVar *c = &r->vars[v];
    DraftVar *d = model_build_find(b, var->name);
    Sym *parents = MEM_NEW(Sym, c->law.nparents);
    double *values = MEM_NEW(double, c->law.combinations * c->count);
    Status st = parents && values ? OK : NOMEM;
    for (uint32_t p = 0; st == OK && p < c->law.nparents; p++)
        parents[p] = r->m->vars[c->law.parents[p]]->name;
    for (size_t i = 0; st == OK && i < c->law.combinations * c->count; i++) {
        double low = c->low[i % c->count], high = c->high[i % c->count];
        values[i] = cells_law_probability(&c->law, i / c->count, low, high);
        if (values[i] == 0 && cells_law_reaches(&c->law, i / c->count, low, high)) r->faint = true;
    }
    if (st == OK) {
        domain_drop(d->var->domain);
        d->var->domain = domain_keep(c->domain);
        d->changed = true;
        st = model_table(b, var->name, parents, c->law.nparents, values, var->mech_origin, faults);
    }
    mem_free(parents);
    mem_free(values);
    return st;
}

// A variable whose mechanism can no longer be read: what it mentions was replaced, or goes too.
static bool must_go(const Rewriting *r, uint32_t v) {
    const CellsVar *c = &r->vars[v];
    const ModelVar *var = r->m->vars[v];
    if (c->expanded && (c->root == MODEL_NONE || r->vars[c->root].replaced)) return true;
    if (c->relevant && !c->expanded) return false;
    for (uint32_t p = 0; p < var->nparents; p++)
        if (r->vars[var->parents[p]].gone || r->vars[var->parents[p]].replaced) return true;
    return false;
}

static void mark_gone(Rewriting *r) {
    for (uint32_t i = 0; i < r->m->nvars; i++) {
        uint32_t v = r->m->order[i];
        r->vars[v].gone = !r->vars[v].replaced && must_go(r, v);
    }
}

static bool is_changed(const Rewriting *r, const CellsTarget *t) {
    for (size_t i = t->first; i < t->end; i++)
        if (r->vars[r->cuts.items[i].var].replaced) return true;
    return false;
}

typedef struct Mention {
    const Rewriting *r;
    bool found;
} Mention;

static bool mentions_gone(void *user, Sym name, const Term *at) {
    Mention *m = user;
    (void)at;
    uint32_t v = model_find(m->r->m, name);
    m->found = v != MODEL_NONE && m->r->vars[v].expanded && m->r->vars[v].gone;
    return !m->found;
}

static Status settle_targets(Rewriting *r, bool *any) {
    for (size_t i = 0; i < r->targets.count; i++) {
        CellsTarget *t = &r->targets.items[i];
        Mention m = {.r = r};
        t->changed = is_changed(r, t);
        *any |= t->changed;
        if (!t->changed && !term_variables(t->before, false, mentions_gone, &m) && !m.found)
            return NOMEM;
        t->changed |= m.found;
    }
    return OK;
}

static Status fill_builder(Rewriting *r, ModelBuilder *b, Domain *symbolic, Faults *faults) {
    for (uint32_t i = 0; i < r->m->nvars; i++) {
        uint32_t v = r->m->order[i];
        // Noise stays when the mechanism in which it was written goes.
        if (r->vars[v].relevant && r->m->vars[v]->anonymous)
            model_build_find(b, r->m->vars[v]->name)->var->anonymous = false;
        if (r->vars[v].replaced) TRY(replace_var(r, b, v, faults));
        else if (r->vars[v].gone) forget(b, r->m->vars[v], symbolic);
    }
    for (size_t i = 0; i < r->targets.count; i++) {
        CellsTarget *t = &r->targets.items[i];
        if (!t->changed || t->var == MODEL_NONE || r->vars[t->var].replaced) continue;
        const ModelVar *var = r->m->vars[t->var];
        Term *term;
        TRY(rewrite_target(r, t, &term));
        Status st = model_mechanism(b, var->name, var->mech, term, false, var->mech_origin, faults);
        term_drop(term);
        TRY(st);
    }
    return OK;
}

static Status build(Rewriting *r, Model **out) {
    Faults faults = {0};
    ModelBuilder *b = model_builder(r->m->names, r->m);
    Domain *symbolic = domain_new(DOMAIN_SYMBOLIC);
    Status st = b && symbolic ? fill_builder(r, b, symbolic, &faults) : NOMEM;
    if (st == OK) st = model_finish(b, r->ctl, out, NULL, &faults);
    model_builder_free(b);
    domain_drop(symbolic);
    fault_free(&faults);
    return st;
}

static Status rewrite_terms(Rewriting *r, uint32_t nterms, Cells *out) {
    out->terms = MEM_NEW(Term *, nterms);
    if (!out->terms) return NOMEM;
    for (uint32_t i = 0; i < nterms; i++) {
        CellsTarget *t = &r->targets.items[r->targets.count - nterms + i];
        if (t->changed) TRY(rewrite_target(r, t, &out->terms[i]));
        else out->terms[i] = term_keep(t->before);
        out->nterms++;
    }
    return OK;
}

// --- all of it ------------------------------------------------------------------------------

static Status describe(const Rewriting *r, Derivation *d) {
    for (uint32_t v = 0; d && v < r->m->nvars; v++) {
        const CellsVar *c = &r->vars[v];
        if (!c->replaced) continue;
        Str s = {0};
        for (size_t i = 0; i < c->cuts.count && i < 5; i++) {
            if (i) str_add(&s, ", ");
            num_add_digits(&s, c->cuts.items[i], 6);
        }
        if (c->cuts.count > 5) str_printf(&s, " and %zu more", c->cuts.count - 5);
        Status st = s.failed ? NOMEM
                    : c->cuts.count == 0
                        ? derivation_add(d, "cells", "the value of %s does not matter",
                                         r->m->vars[v]->name->text)
                        : derivation_add(d, "cells",
                                         "%s matters only by which side of %s it is on: %u "
                                         "cells, whose probabilities are known",
                                         r->m->vars[v]->name->text, str_text(&s), c->count);
        str_free(&s);
        TRY(st);
    }
    return OK;
}

static Status rewrite(Rewriting *r, const Term *const *terms, uint32_t nterms, Derivation *d,
                      Cells *out) {
    bool any = false;
    TRY(mark_relevant(r, terms, nterms));
    mark_confounded(r);
    for (uint32_t i = 0; i < r->m->nvars; i++) TRY(classify(r, r->m->order[i]));
    TRY(list_targets(r, terms, nterms));
    TRY(scan_all(r));
    for (uint32_t v = 0; v < r->m->nvars; v++) TRY(make_cells(r, v));
    for (size_t i = 0; i < r->cuts.count; i++) check_cut(r, &r->cuts.items[i]);
    mark_gone(r);
    TRY(settle_targets(r, &any));
    if (!any) return OK;
    Status st = build(r, &out->model);
    if (st == FAULT) return OK; // what cannot be rewritten is left to others
    if (st == OK) st = rewrite_terms(r, nterms, out);
    out->faint = r->faint;
    return st == OK ? describe(r, d) : st;
}

static void close_rewriting(Rewriting *r) {
    for (uint32_t v = 0; r->vars && v < r->m->nvars; v++) {
        CellsVar *c = &r->vars[v];
        term_drop(c->term);
        domain_drop(c->domain);
        cells_law_close(&c->law);
        VEC_FREE(&c->cuts);
    }
    for (size_t i = 0; i < r->targets.count; i++) cells_term_close(&r->targets.items[i].facts);
    for (size_t i = 0; i < r->owned.count; i++) term_drop(r->owned.items[i]);
    VEC_FREE(&r->targets);
    VEC_FREE(&r->cuts);
    VEC_FREE(&r->owned);
    mem_free(r->vars);
    arena_free(&r->arena);
}

static bool all_finite(const Model *m) {
    for (uint32_t v = 0; v < m->nvars; v++) {
        const Domain *d = m->vars[v]->domain;
        if (d->kind != DOMAIN_SYMBOLIC && !domain_finite(d)) return false;
    }
    return true;
}

// Without a comparison anywhere there are no thresholds.
static bool none_compares(const Model *m, const Term *const *terms, uint32_t nterms) {
    for (uint32_t i = 0; i < nterms; i++)
        if (terms[i]->compares) return false;
    for (uint32_t v = 0; v < m->nvars; v++)
        if (m->vars[v]->term && m->vars[v]->term->compares) return false;
    return true;
}

Status cells_rewrite(const Model *m, const Term *const *terms, uint32_t nterms, const Ctl *ctl,
                     Derivation *d, Cells *out) {
    *out = (Cells){0};
    if (m->nfactors || all_finite(m) || none_compares(m, terms, nterms)) return OK;
    Rewriting r = {.m = m, .ctl = ctl, .vars = MEM_NEW(CellsVar, m->nvars)};
    Status st = r.vars ? rewrite(&r, terms, nterms, d, out) : NOMEM;
    close_rewriting(&r);
    if (st != OK) cells_free(out);
    return st;
}

void cells_free(Cells *c) {
    model_drop(c->model);
    for (uint32_t i = 0; i < c->nterms; i++) term_drop(c->terms[i]);
    mem_free(c->terms);
    *c = (Cells){0};
}
