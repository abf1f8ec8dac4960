// Model copies: variables added with mechanisms that are there already.
#include "runtime/model/model_copies.h"

#include "runtime/model/cpt.h"
#include "runtime/model/model_build.h"
#include "runtime/model/model_var.h"

static void forget_place(ModelVar *var) {
    mem_free(var->label);
    mem_free(var->indices);
    term_drop(var->observed_if);
    term_drop(var->written);
    var->written = NULL;
    var->label = NULL;
    var->indices = NULL;
    var->observed_if = NULL;
    var->family = NULL;
    var->nindices = 0;
    var->anonymous = var->gumbel = false;
}

static Status add_copy(ModelBuilder *b, const ModelCopy *copy) {
    ModelVar *var = model_var_copy(copy->home->vars[copy->of]);
    if (!var) return NOMEM;
    forget_place(var);
    var->name = copy->name;
    var->role = ROLE_VAR_LATENT;
    uint32_t number;
    TRY(model_build_add(b, var, &number));
    b->vars.items[number].declared = b->vars.items[number].inherited = true;
    return OK;
}

static Status link_table(ModelBuilder *b, const ModelCopy *copy) {
    ModelVar *var = model_build_find(b, copy->name)->var;
    uint32_t origin = var->mech_origin;
    model_var_forget(var);
    TRY(model_var_parents(var, copy->ncauses));
    for (uint32_t i = 0; i < copy->ncauses; i++)
        var->parents[i] = model_index_find(&b->index, copy->causes[i]);
    var->cpt = cpt_keep(copy->table);
    var->mech = MECH_KERNEL;
    var->mech_origin = origin;
    return OK;
}

// Lets the copy's mechanism read its own causes.
static Status link_copy(ModelBuilder *b, const ModelCopy *copy) {
    ModelVar *var = model_build_find(b, copy->name)->var;
    const ModelVar *of = copy->home->vars[copy->of];
    for (uint32_t i = 0; i < of->nparents; i++) {
        var->parents[i] = model_index_find(&b->index, copy->causes[i]);
        Sym read = copy->home->vars[of->parents[i]]->name;
        if (!var->term || read == copy->causes[i]) continue;
        Term *cause = term_var(copy->causes[i], NULL, of->mech_origin);
        Term *with = cause ? term_replace(var->term, read, cause) : NULL;
        term_drop(cause);
        if (!with) return NOMEM;
        term_drop(var->term);
        var->term = with;
    }
    return OK;
}

Status model_with_copies(const Model *m, const ModelCopy *copies, uint32_t n, Model **out,
                         Faults *faults) {
    ModelBuilder *b = model_builder(m->names, m);
    Status st = b ? OK : NOMEM;
    for (uint32_t i = 0; st == OK && i < n; i++) st = add_copy(b, &copies[i]);
    for (uint32_t i = 0; st == OK && i < n; i++) 
        st = copies[i].table ? link_table(b, &copies[i]) : link_copy(b, &copies[i]);
    if (st == OK) st = model_finish(b, NULL, out, NULL, faults);
    model_builder_free(b);
    return st;
}
