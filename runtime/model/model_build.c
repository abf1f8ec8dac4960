// Model build: recording what is declared.
#include "runtime/model/model_build.h"

#include <string.h>

#include "runtime/base/closest.h"
#include "runtime/model/cpt.h"
#include "runtime/model/model_var.h"

// --- names ---

static uint32_t find(const ModelBuilder *b, Sym name) {
    return model_index_find(&b->index, name);
}

DraftVar *model_build_find(const ModelBuilder *b, Sym name) {
    uint32_t v = find(b, name);
    return v == MODEL_NONE ? NULL : &b->vars.items[v];
}

Status model_build_add(ModelBuilder *b, ModelVar *var, uint32_t *number) {
    *number = (uint32_t)b->vars.count;
    DraftVar draft = {.var = var};
    if (VEC_PUSH(&b->vars, draft)) {
        if (model_index_add(&b->index, var->name, *number) == OK) return OK;
        b->vars.count--;
    }
    model_var_free(var);
    return NOMEM;
}

// The number of a name, which is added when it is new.
static Status mention(ModelBuilder *b, Sym name, uint32_t *number) {
    *number = find(b, name);
    if (*number != MODEL_NONE) return OK;
    ModelVar *var = model_var_new(name);
    return var ? model_build_add(b, var, number) : NOMEM;
}

static Status refuse(ModelBuilder *b, Status status) {
    if (status == FAULT) b->failed = true;
    return status;
}

Status model_build_unknown(const ModelBuilder *b, Sym name, const char *what, uint32_t origin,
                           Faults *faults) {
    Closest c;
    closest_start(&c, name->text);
    for (size_t i = 0; i < b->vars.count; i++)
        if (!b->vars.items[i].var->anonymous)
            closest_offer(&c, b->vars.items[i].var->name->text);
    const char *best = closest_end(&c);
    Status status =
        fault_add(faults, FAULT_MODEL_UNKNOWN, origin,
                  "%s mentions %s, which is not a variable of the model", what, name->text);
    if (status != FAULT) return status;
    return best ? fault_hint(faults, "did you mean %s?", best) : FAULT;
}

Sym model_build_fresh(const ModelBuilder *b, const char *base) {
    Sym name = intern_z(b->names, base);
    size_t len = strlen(base);
    bool closed = len && base[len - 1] == ')';
    for (unsigned i = 2; name && find(b, name) != MODEL_NONE; i++) {
        Str s = {0};
        str_add_n(&s, base, len - closed);
        str_printf(&s, " %u%s", i, closed ? ")" : "");
        name = s.failed ? NULL : intern(b->names, str_text(&s), s.len);
        str_free(&s);
    }
    return name;
}

// --- beginning ---

static Status copy_factor(ModelBuilder *b, const ModelFactor *from) {
    ModelFactor f = *from;
    f.vars = MEM_NEW(uint32_t, from->nvars);
    if (!f.vars) return NOMEM;
    if (!VEC_PUSH(&b->factors, f)) {
        mem_free(f.vars);
        return NOMEM;
    }
    memcpy(f.vars, from->vars, from->nvars * sizeof *f.vars);
    if (f.term) term_keep(f.term);
    cpt_keep(f.table);
    return OK;
}

static Status inherit(ModelBuilder *b, const Model *m) {
    b->name = m->name;
    if (m->doc && !(b->doc = model_var_text(m->doc))) return NOMEM;
    for (uint32_t i = 0; i < m->nvars; i++) {
        uint32_t v;
        ModelVar *var = model_var_copy(m->vars[i]);
        if (!var) return NOMEM;
        TRY(model_build_add(b, var, &v));
        b->vars.items[v].declared = b->vars.items[v].inherited = true;
    }
    for (uint32_t i = 0; i < m->nedges; i++) {
        DraftEdge e = {.edge = m->edges[i], .inherited = true};
        if (!VEC_PUSH(&b->edges, e)) return NOMEM;
    }
    for (uint32_t i = 0; i < m->nfactors; i++) TRY(copy_factor(b, &m->factors[i]));
    for (uint32_t i = 0; i < m->nassumes; i++) TRY(model_assume(b, m->assumes[i], NULL));
    return OK;
}

ModelBuilder *model_builder(Interner *names, const Model *from) {
    ModelBuilder *b = MEM_NEW(ModelBuilder, 1);
    if (!b) return NULL;
    b->names = names;
    b->memo = from ? model_memo_keep(from->memo) : model_memo_new();
    if (b->memo && (!from || inherit(b, from) == OK)) return b;
    model_builder_free(b);
    return NULL;
}

void model_builder_free(ModelBuilder *b) {
    if (!b) return;
    for (size_t i = 0; i < b->vars.count; i++) model_var_free(b->vars.items[i].var);
    for (size_t i = 0; i < b->factors.count; i++) {
        term_drop(b->factors.items[i].term);
        cpt_drop(b->factors.items[i].table);
        mem_free(b->factors.items[i].vars);
    }
    model_build_unassume(b);
    VEC_FREE(&b->assumes);
    VEC_FREE(&b->vars);
    VEC_FREE(&b->edges);
    VEC_FREE(&b->removed);
    VEC_FREE(&b->factors);
    model_index_free(&b->index);
    model_memo_drop(b->memo);
    mem_free(b->doc);
    mem_free(b);
}

Status model_builder_name(ModelBuilder *b, Sym name, const char *doc) {
    char *copy = doc ? model_var_text(doc) : NULL;
    if (doc && !copy) return NOMEM;
    mem_free(b->doc);
    b->doc = copy;
    b->name = name;
    return OK;
}

// --- variables ---

static Status set_label(ModelVar *var, const char *label) {
    if (!label) return OK;
    char *copy = model_var_text(label);
    if (!copy) return NOMEM;
    mem_free(var->label);
    var->label = copy;
    return OK;
}

static Status set_indices(ModelVar *var, const VarSpec *spec) {
    if (!spec->family) return OK;
    int64_t *copy = MEM_NEW(int64_t, spec->nindices);
    if (!copy) return NOMEM;
    if (spec->nindices) memcpy(copy, spec->indices, spec->nindices * sizeof *copy);
    mem_free(var->indices);
    var->indices = copy;
    var->nindices = spec->nindices;
    var->family = spec->family;
    return OK;
}

static void set_domain(DraftVar *d, Domain *domain) {
    if (!domain) return;
    if (d->inherited && !domain_equal(d->var->domain, domain)) d->changed = true;
    domain_keep(domain);
    domain_drop(d->var->domain);
    d->var->domain = domain;
    d->var->inferred = false;
}

static void set_observed_if(ModelVar *var, const Term *cond) {
    if (!cond) return;
    term_drop(var->observed_if);
    var->observed_if = term_keep(cond);
}

Status model_declare(ModelBuilder *b, const VarSpec *spec, Faults *faults) {
    uint32_t v;
    TRY(mention(b, spec->name, &v));
    DraftVar *d = &b->vars.items[v];
    if (d->declared && !d->inherited) {
        Status status = fault_add(faults, FAULT_MODEL_TWICE, spec->origin,
                                  "%s is declared twice", spec->name->text);
        if (status == FAULT) fault_also(faults, d->var->origin);
        if (status == FAULT)
            status = fault_hint(faults, "one item has both domain and mechanism: %s : bool ~ 0.5",
                                spec->name->text);
        return refuse(b, status);
    }
    TRY(set_label(d->var, spec->label));
    TRY(set_indices(d->var, spec));
    set_domain(d, spec->domain);
    set_observed_if(d->var, spec->observed_if);
    if (!d->inherited || spec->role != ROLE_VAR_PLAIN) d->var->role = spec->role;
    if (!d->inherited) d->var->origin = spec->origin;
    d->declared = true;
    return OK;
}

// --- mechanisms ---

static Status given_twice(ModelBuilder *b, const DraftVar *d, uint32_t origin, Faults *faults) {
    Status status = fault_add(faults, FAULT_MODEL_MECHANISMS, origin,
                              "%s is given two mechanisms", d->var->name->text);
    if (status != FAULT) return status;
    fault_also(faults, d->var->mech_origin);
    return refuse(b, fault_hint(faults, "keep one of them"));
}

// The draft whose mechanism is to be replaced, without its old one.
static Status open_draft(ModelBuilder *b, Sym name, bool override, uint32_t origin,
                         DraftVar **out, Faults *faults) {
    uint32_t v;
    TRY(mention(b, name, &v));
    DraftVar *d = &b->vars.items[v];
    if (d->given && !override) return given_twice(b, d, origin, faults);
    d->given = true;
    model_var_forget(d->var);
    d->var->mech_origin = origin;
    if (!d->var->origin) d->var->origin = origin;
    *out = d;
    return OK;
}

Status model_mechanism(ModelBuilder *b, Sym name, MechKind kind, const Term *term,
                       bool override, uint32_t origin, Faults *faults) {
    DraftVar *d;
    TRY(open_draft(b, name, override, origin, &d, faults));
    d->var->mech = kind;
    d->var->term = term_keep(term);
    return OK;
}

// The cells of a table over variables that are declared with finite domains.
static Status table_cells(ModelBuilder *b, Sym child, const Sym *vars, uint32_t n,
                          uint32_t origin, size_t *cells, Faults *faults) {
    for (uint32_t i = 0; i < n; i++) {
        const DraftVar *d = model_build_find(b, vars[i]);
        const Domain *domain = d ? d->var->domain : NULL;
        if (!domain || !domain_finite(domain))
            return refuse(b, fault_add(faults, FAULT_MODEL_TABLE, origin,
                                       "the table of %s is over %s, which has no finite domain",
                                       child->text, vars[i]->text));
        if (__builtin_mul_overflow(*cells, (size_t)domain->count, cells)) *cells = SIZE_MAX;
    }
    if (*cells <= CPT_CELLS) return OK;
    return refuse(b,
                  fault_add(faults, FAULT_MODEL_TABLE, origin,
                            "the table of %s has more than %zu cells", child->text, CPT_CELLS));
}

Status model_table(ModelBuilder *b, Sym name, const Sym *parents, uint32_t nparents,
                   const double *values, uint32_t origin, Faults *faults) {
    size_t cells = 1;
    TRY(table_cells(b, name, &name, 1, origin, &cells, faults));
    TRY(table_cells(b, name, parents, nparents, origin, &cells, faults));
    DraftVar *d;
    TRY(open_draft(b, name, false, origin, &d, faults));
    d->var->cpt = cpt_copy(values, cells);
    if (!d->var->cpt) return NOMEM;
    TRY(model_var_parents(d->var, nparents));
    for (uint32_t i = 0; i < nparents; i++) d->var->parents[i] = find(b, parents[i]);
    d->var->mech = MECH_KERNEL;
    return OK;
}

// --- edges ---

static Status record_edge(ModelBuilder *b, Sym from, Sym to, bool both, uint32_t origin,
                          ModelEdge *out) {
    *out = (ModelEdge){.both = both, .origin = origin};
    TRY(mention(b, from, &out->from));
    TRY(mention(b, to, &out->to));
    if (both && out->from > out->to) {
        uint32_t swap = out->from;
        out->from = out->to;
        out->to = swap;
    }
    return OK;
}

Status model_edge(ModelBuilder *b, Sym from, Sym to, bool both, uint32_t origin,
                  Faults *faults) {
    (void)faults;
    DraftEdge e = {.inherited = false};
    TRY(record_edge(b, from, to, both, origin, &e.edge));
    for (int i = 0; i < 2; i++) {
        DraftVar *d = &b->vars.items[i ? e.edge.to : e.edge.from];
        if (!d->var->origin) d->var->origin = origin;
    }
    return VEC_PUSH(&b->edges, e) ? OK : NOMEM;
}

Status model_unedge(ModelBuilder *b, Sym from, Sym to, bool both, uint32_t origin,
                    Faults *faults) {
    Sym ends[] = {from, to};
    for (int i = 0; i < 2; i++)
        if (find(b, ends[i]) == MODEL_NONE)
            return refuse(b, model_build_unknown(b, ends[i], "remove", origin, faults));
    ModelEdge e;
    TRY(record_edge(b, from, to, both, origin, &e));
    return VEC_PUSH(&b->removed, e) ? OK : NOMEM;
}

// --- factors ---

Status model_factor(ModelBuilder *b, const Term *weight, uint32_t origin, Faults *faults) {
    (void)faults;
    ModelFactor f = {.term = term_keep(weight), .origin = origin};
    if (VEC_PUSH(&b->factors, f)) return OK;
    term_drop(f.term);
    return NOMEM;
}

Status model_factor_table(ModelBuilder *b, const Sym *vars, uint32_t nvars,
                          const double *values, uint32_t origin, Faults *faults) {
    size_t cells = 1;
    if (nvars) TRY(table_cells(b, vars[0], vars, nvars, origin, &cells, faults));
    ModelFactor f = {.vars = MEM_NEW(uint32_t, nvars), .nvars = nvars, .origin = origin};
    if (!f.vars) return NOMEM;
    for (uint32_t i = 0; i < nvars; i++) f.vars[i] = find(b, vars[i]);
    f.table = cpt_copy(values, cells);
    if (f.table && VEC_PUSH(&b->factors, f)) return OK;
    mem_free(f.vars);
    cpt_drop(f.table);
    return NOMEM;
}

// --- assumptions ---

Status model_assume(ModelBuilder *b, const Term *sentence, Faults *faults) {
    (void)faults;
    Term *kept = term_keep(sentence);
    if (VEC_PUSH(&b->assumes, kept)) return OK;
    term_drop(kept);
    return NOMEM;
}

void model_build_unassume(ModelBuilder *b) {
    for (size_t i = 0; i < b->assumes.count; i++) term_drop(b->assumes.items[i]);
    b->assumes.count = 0;
}
