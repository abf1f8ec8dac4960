// Model import: between NetFile and Model.
#include "runtime/model/model_import.h"

#include <string.h>

#include "runtime/model/name.h"

// --- from a file ---

typedef struct Importer {
    Interner *names;
    const NetFile *net;
    ModelBuilder *b;
    Sym *vars; // the name of each variable
    Sym *some; // room for the variables of one table
    Faults *faults;
} Importer;

static Status make_levels(const Importer *in, const NetVar *var, Level *levels) {
    for (uint32_t i = 0; i < var->nlevels; i++) {
        Level *l = &levels[i];
        l->name = intern_z(in->names, var->levels[i]);
        if (!l->name) return NOMEM;
        l->numeric = name_number(l->name, &l->number);
    }
    return OK;
}

static Status import_domain(const Importer *in, const NetVar *var, Domain **out) {
    Level *levels = MEM_NEW(Level, var->nlevels);
    Status status = levels ? make_levels(in, var, levels) : NOMEM;
    uint32_t twice = status == OK ? domain_repeated(levels, var->nlevels) : UINT32_MAX;
    // Levels that differ as texts may be equal as numbers ("1", "1.0"): then they stay names.
    for (uint32_t i = 0; status == OK && twice != UINT32_MAX && i < var->nlevels; i++)
        levels[i].numeric = false;
    if (status == OK) *out = domain_levels(DOMAIN_LEVELS, levels, var->nlevels);
    if (status == OK && !*out) status = NOMEM;
    mem_free(levels);
    return status;
}

static Status import_var(Importer *in, uint32_t v) {
    const NetVar *var = &in->net->vars[v];
    Domain *domain = NULL;
    in->vars[v] = intern_z(in->names, var->name);
    if (!in->vars[v]) return NOMEM;
    TRY(import_domain(in, var, &domain));
    VarSpec spec = {.name = in->vars[v], .domain = domain};
    Status status = model_declare(in->b, &spec, in->faults);
    domain_drop(domain);
    return status;
}

static const Sym *names_of(const Importer *in, const uint32_t *vars, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) in->some[i] = in->vars[vars[i]];
    return in->some;
}

static Status import_table(const Importer *in, uint32_t v) {
    const NetVar *var = &in->net->vars[v];
    if (!var->table) return OK;
    return model_table(in->b, in->vars[v], names_of(in, var->parents, var->nparents),
                       var->nparents, var->table, 0, in->faults);
}

static Status import_factor(const Importer *in, const NetPotential *f) {
    return model_factor_table(in->b, names_of(in, f->vars, f->nvars), f->nvars, f->values, 0,
                              in->faults);
}

static Status import_all(Importer *in, Sym name, const Ctl *ctl) {
    const NetFile *net = in->net;
    in->b = model_builder(in->names, NULL);
    in->vars = MEM_NEW(Sym, net->nvars);
    in->some = MEM_NEW(Sym, net->nvars);
    if (!in->b || !in->vars || !in->some) return NOMEM;
    TRY(model_builder_name(in->b, name, NULL));
    for (uint32_t v = 0; v < net->nvars && !ctl_cancelled(ctl); v++) TRY(import_var(in, v));
    for (uint32_t v = 0; v < net->nvars && !ctl_cancelled(ctl); v++) TRY(import_table(in, v));
    for (uint32_t i = 0; i < net->nfactors && !ctl_cancelled(ctl); i++)
        TRY(import_factor(in, &net->factors[i]));
    return ctl_cancelled(ctl) ? CANCELLED : OK;
}

Status model_import(Interner *names, const NetFile *net, Sym name, const Ctl *ctl, Model **out,
                    uint32_t *normalised, Faults *faults) {
    Importer in = {.names = names, .net = net, .faults = faults};
    Status status = import_all(&in, name, ctl);
    if (status == OK) status = model_finish(in.b, ctl, out, normalised, faults);
    model_builder_free(in.b);
    mem_free(in.vars);
    mem_free(in.some);
    return status;
}

// --- to a file ---

static const char *arena_copy(Arena *arena, const char *text) {
    return arena_text(arena, text, strlen(text));
}

static Status export_levels(NetFile *net, const Domain *d, NetVar *to) {
    const char **levels = ARENA_ARRAY(&net->arena, const char *, d->count);
    if (!levels) return NOMEM;
    for (uint32_t i = 0; i < d->count; i++) {
        Str s = {0};
        // A name that needs quotes in the language stands in the file as it is.
        if (d->kind == DOMAIN_LEVELS || d->kind == DOMAIN_ORDERED)
            str_add(&s, d->levels[i].name->text);
        else
            domain_add_level(d, i, &s);
        levels[i] = s.failed ? NULL : arena_copy(&net->arena, str_text(&s));
        str_free(&s);
        if (!levels[i]) return NOMEM;
    }
    to->levels = levels;
    to->nlevels = d->count;
    return OK;
}

static Status copy_numbers(Arena *arena, const uint32_t *from, uint32_t n,
                           const uint32_t **out) {
    uint32_t *copy = ARENA_ARRAY(arena, uint32_t, n);
    if (!copy) return NOMEM;
    if (n) memcpy(copy, from, n * sizeof *copy);
    *out = copy;
    return OK;
}

static Status copy_values(Arena *arena, const Cpt *from, const double **out, size_t *cells) {
    double *copy = ARENA_ARRAY(arena, double, from->size);
    if (!copy) return NOMEM;
    memcpy(copy, from->values, from->size * sizeof *copy);
    *out = copy;
    *cells = from->size;
    return OK;
}

static const Cpt *table_of(const ModelVar *var) {
    return var->printed ? var->printed : var->cpt;
}

static Status no_table(const ModelVar *var, Faults *faults) {
    Status status = fault_add(faults, FAULT_MODEL_EXPORT, var->mech_origin,
                              "%s has no table of probabilities to write", var->name->text);
    return status != FAULT
               ? status
               : fault_hint(faults, "network files hold variables with finitely many "
                                    "values, each with a mechanism");
}

static Status export_var(const Model *m, NetFile *net, const ModelVar *var, NetVar *to,
                         Faults *faults) {
    if (!domain_finite(var->domain) || (!var->cpt && !m->nfactors))
        return no_table(var, faults);
    to->name = arena_copy(&net->arena, var->name->text);
    if (!to->name) return NOMEM;
    TRY(export_levels(net, var->domain, to));
    if (net->markov) return OK;
    TRY(copy_numbers(&net->arena, var->parents, var->nparents, &to->parents));
    to->nparents = var->nparents;
    return copy_values(&net->arena, table_of(var), &to->table, &to->cells);
}

static Status export_potential(NetFile *net, const uint32_t *vars, uint32_t nvars,
                               const Cpt *table, NetPotential *to) {
    TRY(copy_numbers(&net->arena, vars, nvars, &to->vars));
    to->nvars = nvars;
    return copy_values(&net->arena, table, &to->values, &to->cells);
}

// The conditional table of a variable as a factor over its parents and itself.
static Status export_mechanism(const Model *m, NetFile *net, uint32_t v, NetPotential *to) {
    const ModelVar *var = m->vars[v];
    uint32_t *vars = ARENA_ARRAY(&net->arena, uint32_t, var->nparents + 1);
    if (!vars) return NOMEM;
    for (uint32_t i = 0; i < var->nparents; i++) vars[i] = var->parents[i];
    vars[var->nparents] = v;
    return export_potential(net, vars, var->nparents + 1, table_of(var), to);
}

static Status export_potentials(const Model *m, NetFile *net) {
    NetPotential *factors =
        ARENA_ARRAY(&net->arena, NetPotential, (size_t)m->nfactors + m->nvars);
    if (!factors) return NOMEM;
    net->factors = factors;
    for (uint32_t v = 0; v < m->nvars; v++)
        if (m->vars[v]->cpt) TRY(export_mechanism(m, net, v, &factors[net->nfactors++]));
    for (uint32_t i = 0; i < m->nfactors; i++)
        TRY(export_potential(net, m->factors[i].vars, m->factors[i].nvars, m->factors[i].table,
                             &factors[net->nfactors++]));
    return OK;
}

static Status export_all(const Model *m, NetFile *net, Faults *faults) {
    NetVar *vars = ARENA_ARRAY(&net->arena, NetVar, m->nvars);
    net->name = arena_copy(&net->arena, m->name ? m->name->text : "");
    if (!vars || !net->name) return NOMEM;
    net->vars = vars;
    net->nvars = m->nvars;
    net->markov = m->nfactors > 0;
    for (uint32_t v = 0; v < m->nvars; v++)
        TRY(export_var(m, net, m->vars[v], &vars[v], faults));
    return net->markov ? export_potentials(m, net) : OK;
}

Status model_export(const Model *m, NetFile *out, Faults *faults) {
    *out = (NetFile){0};
    Status status = export_all(m, out, faults);
    if (status != OK) netfile_free(out);
    return status;
}
