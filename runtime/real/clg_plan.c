// Clg: what is to be done for a question, before any configuration is run.
#include <math.h>
#include <string.h>

#include "runtime/model/cpt.h"
#include "runtime/model/name.h"
#include "runtime/real/clg.h"

static bool is_finite(const Clg *c, uint32_t var) {
    return domain_finite(c->model->vars[var]->domain);
}

static bool is_known(const Clg *c, uint32_t var) {
    return bits_has(c->scope.known, var);
}

static uint32_t known_level(const Clg *c, uint32_t var) {
    return c->scope.evidence.items[c->scope.evidence_of[var]].level;
}

// --- switches --------------------------------------------------------------------------------

static Status add_switch(Clg *c, uint32_t var) {
    uint32_t at = c->place[var];
    if (at == MODEL_NONE || c->vars[at].role == CLG_SWITCH || c->vars[at].role == CLG_KNOWN ||
        c->vars[at].role == CLG_REAL)
        return OK;
    c->vars[at].role = CLG_SWITCH;
    return VEC_PUSH(&c->switches, var) ? OK : NOMEM;
}

typedef struct Mentions {
    Clg *c;
    bool failed;
} Mentions;

static bool mention(void *user, Sym name, const Term *at) {
    Mentions *m = user;
    uint32_t var = model_find(m->c->model, name);
    (void)at;
    if (var != MODEL_NONE && add_switch(m->c, var) != OK) m->failed = true;
    return !m->failed;
}

// Every finite variable of a term becomes a switch.
static Status switch_all(Clg *c, const Term *t) {
    Mentions m = {c, false};
    return term_variables(t, false, mention, &m) && !m.failed ? OK : NOMEM;
}

// A finite variable without a table has its mechanism run.
static bool has_table(const Clg *c, uint32_t var) {
    return c->model->vars[var]->cpt;
}

static Status find_switches(Clg *c) {
    const RealQuestion *q = c->q;
    for (uint32_t i = 0; i < c->scope.nvars; i++) {
        const ModelVar *v = c->model->vars[c->scope.vars[i]];
        bool run = !is_finite(c, c->scope.vars[i]) || !v->cpt;
        if (run && v->term) TRY(switch_all(c, v->term));
        if (run) TRY(add_switch(c, c->scope.vars[i]));
    }
    for (uint32_t i = 0; i < q->nargs; i++) TRY(switch_all(c, q->args[i]));
    for (uint32_t i = 0; i < q->nweights; i++) TRY(switch_all(c, q->weights[i]));
    for (size_t i = 0; i < c->scope.evidence.count; i++)
        if (c->scope.evidence.items[i].var == MODEL_NONE)
            TRY(switch_all(c, c->scope.evidence.items[i].term));
    return OK;
}

static Status find_roles(Clg *c) {
    const Model *m = c->model;
    c->vars = ARENA_ARRAY(&c->plan, ClgVar, c->scope.nvars);
    c->place = ARENA_ARRAY(&c->plan, uint32_t, m->nvars);
    if (!c->vars || !c->place) return NOMEM;
    memset(c->place, 0xff, m->nvars * sizeof *c->place);
    for (uint32_t i = 0; i < c->scope.nvars; i++) {
        uint32_t var = c->scope.vars[i];
        c->vars[i].var = var;
        c->vars[i].role = !is_finite(c, var) ? CLG_REAL : is_known(c, var) ? CLG_KNOWN : CLG_SUMMED;
        c->place[var] = i;
    }
    return find_switches(c);
}

// --- code ------------------------------------------------------------------------------------

static Status keep_term(Clg *c, Term *t) {
    if (!t) return NOMEM;
    if (VEC_PUSH(&c->owned, t)) return OK;
    term_drop(t);
    return NOMEM;
}

// The probability of each level of a finite variable, as terms.
static Status code_levels(Clg *c, ClgVar *v) {
    const ModelVar *mv = c->model->vars[v->var];
    v->code = ARENA_ARRAY(&c->plan, AffineCode, mv->domain->count);
    if (!v->code) return NOMEM;
    for (uint32_t l = 0; l < mv->domain->count; l++) {
        Term *t = NULL;
        Status status = dist_level_term(mv->term, mv->domain, l, &t, &c->faults);
        if (status == FAULT)
            return clg_refuse_why(c, "a distribution is not over its variable's values");
        TRY(status);
        TRY(keep_term(c, t));
        TRY(affine_code(c->model, t, &c->plan, &v->code[l]));
    }
    return OK;
}

static Status code_var(Clg *c, ClgVar *v) {
    const ModelVar *mv = c->model->vars[v->var];
    if (v->role == CLG_SUMMED || !mv->term) return OK;
    bool finite = is_finite(c, v->var);
    if (finite && has_table(c, v->var)) return OK;
    v->coded = true;
    if (finite && mv->mech == MECH_KERNEL) return code_levels(c, v);
    v->code = ARENA_NEW(&c->plan, AffineCode);
    return v->code ? affine_code(c->model, mv->term, &c->plan, v->code) : NOMEM;
}

static Status code_terms(Clg *c, const Term *const *terms, uint32_t n, AffineCode **out) {
    *out = ARENA_ARRAY(&c->plan, AffineCode, n);
    if (!*out) return NOMEM;
    for (uint32_t i = 0; i < n; i++) TRY(affine_code(c->model, terms[i], &c->plan, &(*out)[i]));
    return OK;
}

static Status code_all(Clg *c) {
    for (uint32_t i = 0; i < c->scope.nvars && c->applies; i++) TRY(code_var(c, &c->vars[i]));
    TRY(code_terms(c, c->q->args, c->q->nargs, &c->args));
    TRY(code_terms(c, c->q->weights, c->q->nweights, &c->weights));
    c->evidence = ARENA_ARRAY(&c->plan, AffineCode, c->scope.evidence.count);
    if (!c->evidence) return NOMEM;
    for (size_t i = 0; i < c->scope.evidence.count; i++)
        if (c->scope.evidence.items[i].var == MODEL_NONE)
            TRY(affine_code(c->model, c->scope.evidence.items[i].term, &c->plan, &c->evidence[i]));
    return OK;
}

// --- the table of weights --------------------------------------------------------------------

// The cell of a variable's table at known levels, and at `levels` of its free variables.
static double cell(const Clg *c, const ModelVar *v, uint32_t var, const uint32_t *at) {
    size_t row = 0;
    for (uint32_t i = 0; i <= v->nparents; i++) {
        uint32_t x = i < v->nparents ? v->parents[i] : var;
        uint32_t level = is_known(c, x) ? known_level(c, x) : at[x];
        row = row * c->model->vars[x]->domain->count + level;
    }
    return v->cpt->values[row];
}

static Status table_of(Clg *c, uint32_t var, ClgTables *ts, uint32_t *at, bool *fits) {
    const ModelVar *v = c->model->vars[var];
    uint32_t *free = ARENA_ARRAY(&c->plan, uint32_t, (size_t)v->nparents + 1), n = 0;
    ClgTable t;
    if (!free) return NOMEM;
    for (uint32_t i = 0; i <= v->nparents; i++) {
        uint32_t x = i < v->nparents ? v->parents[i] : var;
        if (!is_known(c, x)) free[n++] = x, at[x] = 0;
    }
    TRY(clg_table_new(c->model, free, n, &t, fits));
    if (!*fits) return OK;
    for (size_t i = 0; i < t.size; i++) {
        t.cells[i] = cell(c, v, var, at);
        for (uint32_t k = n; k-- > 0;) {
            if (++at[free[k]] < c->model->vars[free[k]]->domain->count) break;
            at[free[k]] = 0;
        }
    }
    if (VEC_PUSH(&ts->items, t)) return OK;
    clg_table_free(&t);
    return NOMEM;
}

static Status make_tables(Clg *c, ClgTables *ts, bool *fits) {
    uint32_t *at = ARENA_ARRAY(&c->plan, uint32_t, c->model->nvars);
    *fits = true;
    if (!at) return NOMEM;
    for (uint32_t i = 0; i < c->scope.nvars && *fits; i++) {
        uint32_t var = c->scope.vars[i];
        if (is_finite(c, var) && has_table(c, var) && c->vars[i].role != CLG_SPREAD)
            TRY(table_of(c, var, ts, at, fits));
    }
    if (!*fits) return OK;
    return clg_tables_sum(c->model, ts, c->switches.items, (uint32_t)c->switches.count,
                          c->call->ctl, &c->table, fits);
}

static Status weigh(Clg *c) {
    ClgTables ts = {0};
    bool fits = true;
    Status status = make_tables(c, &ts, &fits);
    clg_tables_free(&ts);
    TRY(status);
    return fits ? OK : clg_refuse_why(c, "its discrete variables have too many combinations");
}

Status clg_open(const RealCall *call, const RealQuestion *q, ClgMode mode, Clg *clg) {
    *clg = (Clg){.call = call, .q = q, .model = q->model, .applies = true};
    clg->affine.model = q->model;
    clg->affine.make = (FormMaker){.arena = &clg->scratch, .g = &clg->gaussian};
    TRY(mode == CLG_GIVEN ? real_scope_open_given(q, call->faults, &clg->scope)
                          : real_scope_open(q, call->faults, &clg->scope));
    TRY(find_roles(clg));
    TRY(code_all(clg));
    if (mode == CLG_MOMENTS && clg->applies) TRY(clg_spread(clg));
    if (clg->applies) TRY(weigh(clg));
    clg->levels = ARENA_ARRAY(&clg->plan, uint32_t, clg->switches.count);
    clg->forms = ARENA_ARRAY(&clg->plan, const Form *, q->nargs);
    clg->affine.vars = ARENA_ARRAY(&clg->plan, AffineValue, q->model->nvars);
    return clg->levels && clg->forms && clg->affine.vars ? OK : NOMEM;
}

void clg_close(Clg *clg) {
    real_scope_close(&clg->scope);
    for (size_t i = 0; i < clg->owned.count; i++) term_drop(clg->owned.items[i]);
    VEC_FREE(&clg->owned);
    VEC_FREE(&clg->switches);
    VEC_FREE(&clg->equations);
    clg_table_free(&clg->table);
    fault_free(&clg->faults);
    gaussian_free(&clg->gaussian);
    affine_free(&clg->affine);
    moments_free(&clg->moments);
    arena_free(&clg->plan);
    arena_free(&clg->scratch);
}

// --- refusals --------------------------------------------------------------------------------

Status clg_refuse_why(Clg *clg, const char *why) {
    if (clg->applies && clg->call->why) str_add(clg->call->why, why);
    clg->applies = false;
    return OK;
}

Status clg_refuse(Clg *clg, const AffineValue *bad) {
    Str *why = clg->call->why;
    if (clg->applies && why) {
        if (bad->at) term_add_brief(bad->at, why);
        else str_add(why, "the question");
        str_printf(why, " %s", bad->what ? bad->what : "is not a quantity");
    }
    clg->applies = false;
    return why && why->failed ? NOMEM : OK;
}
