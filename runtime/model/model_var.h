// Model var: one variable of a model, made, copied and freed.
#ifndef RUNG_MODEL_MODEL_VAR_H
#define RUNG_MODEL_MODEL_VAR_H

#include "runtime/model/model.h"

// A plain variable without a mechanism; its domain is NULL. NULL: no memory.
ModelVar *model_var_new(Sym name);

// A copy that shares the domain, the terms and the table. NULL: no memory.
ModelVar *model_var_copy(const ModelVar *var);

// Forgets the mechanism: kind, term, table, parents.
void model_var_forget(ModelVar *var);

// Makes room for the parents of a mechanism, to be filled in. NOMEM changes nothing.
Status model_var_parents(ModelVar *var, uint32_t nparents);

void model_var_free(ModelVar *var); // NULL allowed

// A copy of a text, freed with mem_free; NULL: no memory.
char *model_var_text(const char *text);

#endif
