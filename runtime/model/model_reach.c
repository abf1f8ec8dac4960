// Model reach: a walk up the causes with a stack of its own.
#include "runtime/model/model_reach.h"

Status model_reach_open(const Model *m, ModelReach *out) {
    *out = (ModelReach){.m = m, .seen = MEM_NEW(Word, bits_words(m->nvars))};
    return out->seen ? OK : NOMEM;
}

void model_reach_close(ModelReach *r) {
    VEC_FREE(&r->stack);
    mem_free(r->seen);
}

void model_reach_var(ModelReach *r, uint32_t var) {
    if (var == MODEL_NONE || bits_has(r->seen, var)) return;
    bits_add(r->seen, var);
    if (!VEC_PUSH(&r->stack, var)) r->failed = true;
}

static bool reach_name(void *user, Sym name, const Term *at) {
    (void)at;
    ModelReach *r = user;
    model_reach_var(r, model_find(r->m, name));
    return !r->failed;
}

Status model_reach_term(ModelReach *r, const Term *t) {
    return term_variables(t, false, reach_name, r) && !r->failed ? OK : NOMEM;
}

bool model_reach_next(ModelReach *r, uint32_t *var) {
    if (r->failed || !r->stack.count) return false;
    *var = r->stack.items[--r->stack.count];
    const ModelVar *v = r->m->vars[*var];
    for (uint32_t p = 0; p < v->nparents; p++) model_reach_var(r, v->parents[p]);
    return !r->failed;
}
