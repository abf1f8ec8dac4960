// Policies: all functions from what is seen to what is done.
#include <math.h>

#include "runtime/infer/ask_axis.h"
#include "runtime/infer/ask_scene.h"

double ask_policy_count(const Model *m, const Domain *target, const uint32_t *inputs,
                        uint32_t ninputs) {
    return pow(target->count, ask_cells(m, inputs, ninputs));
}

typedef struct Writer {
    const Model *m;
    const Domain *target;
    const uint32_t *inputs;
    uint32_t ninputs;
    uint64_t digits; // still to be read, the last combination first
} Writer;

static Term *next_level(Writer *w) {
    uint32_t level = (uint32_t)(w->digits % w->target->count);
    w->digits /= w->target->count;
    return ask_axis_level(w->target, level);
}

static Term *test_level(const ModelVar *v, uint32_t level) {
    Term *var = term_var(v->name, NULL, 0);
    if (v->domain->kind == DOMAIN_BOOL) return var;
    return term_binary(TERM_EQ, var, ask_axis_level(v->domain, level), 0);
}

// The choice between the levels of inputs[i] and what follows: `if I = l then ... else ...`. It
// is written from the last level to the first, which is also the order of the digits; a bool is
// tested for true, its last level.
static Term *write_choice(Writer *w, uint32_t i) {
    if (i == w->ninputs) return next_level(w);
    const ModelVar *v = w->m->vars[w->inputs[i]];
    bool is_bool = v->domain->kind == DOMAIN_BOOL;
    Term *rest = write_choice(w, i + 1);
    for (uint32_t level = v->domain->count - 1; rest && level-- > 0;) {
        Term *here = write_choice(w, i + 1);
        if (here && term_equal(here, rest)) {
            term_drop(here);
        } else if (is_bool) {
            rest = term_if(test_level(v, 1), rest, here, 0);
        } else {
            rest = term_if(test_level(v, level), here, rest, 0);
        }
    }
    return rest;
}

Term *ask_policy_term(const Model *m, const Domain *target, const uint32_t *inputs,
                      uint32_t ninputs, uint64_t k) {
    Writer w = {m, target, inputs, ninputs, k};
    return write_choice(&w, 0);
}
