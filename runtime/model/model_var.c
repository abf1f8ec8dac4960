// Model var: the parts of one variable.
#include "runtime/model/model_var.h"

#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/model/cpt.h"

ModelVar *model_var_new(Sym name) {
    ModelVar *var = MEM_NEW(ModelVar, 1);
    if (var) var->name = name;
    return var;
}

char *model_var_text(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = MEM_NEW(char, size);
    if (copy) memcpy(copy, text, size);
    return copy;
}

Status model_var_parents(ModelVar *var, uint32_t nparents) {
    uint32_t *parents = MEM_NEW(uint32_t, nparents);
    if (!parents) return NOMEM;
    mem_free(var->parents);
    var->parents = parents;
    var->nparents = nparents;
    return OK;
}

static bool copy_arrays(ModelVar *to, const ModelVar *from) {
    if (from->label && !(to->label = model_var_text(from->label))) return false;
    if (from->indices) {
        to->indices = MEM_NEW(int64_t, from->nindices);
        if (!to->indices) return false;
        memcpy(to->indices, from->indices, from->nindices * sizeof *to->indices);
    }
    if (from->parents) {
        if (model_var_parents(to, from->nparents) != OK) return false;
        memcpy(to->parents, from->parents, from->nparents * sizeof *to->parents);
    }
    return true;
}

ModelVar *model_var_copy(const ModelVar *var) {
    ModelVar *copy = MEM_NEW(ModelVar, 1);
    if (!copy) return NULL;
    *copy = *var;
    copy->label = NULL;
    copy->indices = NULL;
    copy->parents = NULL;
    copy->domain = var->domain ? domain_keep(var->domain) : NULL;
    copy->term = var->term ? term_keep(var->term) : NULL;
    copy->written = var->written ? term_keep(var->written) : NULL;
    copy->observed_if = var->observed_if ? term_keep(var->observed_if) : NULL;
    copy->cpt = cpt_keep(var->cpt);
    copy->printed = cpt_keep(var->printed);
    if (copy_arrays(copy, var)) return copy;
    model_var_free(copy);
    return NULL;
}

void model_var_forget(ModelVar *var) {
    term_drop(var->term);
    term_drop(var->written);
    cpt_drop(var->cpt);
    cpt_drop(var->printed);
    mem_free(var->parents);
    var->term = NULL;
    var->written = NULL;
    var->cpt = NULL;
    var->printed = NULL;
    var->parents = NULL;
    var->nparents = 0;
    var->mech = MECH_NONE;
    var->gumbel = false;
    var->mech_origin = 0;
}

void model_var_free(ModelVar *var) {
    if (!var) return;
    model_var_forget(var);
    domain_drop(var->domain);
    term_drop(var->observed_if);
    mem_free(var->label);
    mem_free(var->indices);
    mem_free(var);
}
