// Model gumbel: lowering, and the noise made explicit.
#include "runtime/model/model_gumbel.h"

#include "runtime/model/dist.h"
#include "runtime/model/model_noise.h"

void model_gumbel_lower(ModelBuilder *b, uint32_t v) {
    ModelVar *var = b->vars.items[v].var;
    var->written = var->term;
    var->term = term_keep(var->written->kid[0]);
    var->mech = MECH_KERNEL;
    var->gumbel = true;
}

// --- explicit noise -------------------------------------------------------------------------

typedef struct Race {
    ModelBuilder *b;
    uint32_t v, n;
    Term **weights, **noise; // by level; owned
    Faults *faults;
} Race;

static Status enter_level(Race *r, uint32_t level) {
    const ModelVar *var = r->b->vars.items[r->v].var;
    Term *one = term_number(1, var->mech_origin);
    Term *law = term_dist(dist_find("exponential"), &one, 1, var->mech_origin);
    if (!law) return NOMEM;
    Status st = model_noise_add(r->b, r->v, level + 1, law, NULL, &r->noise[level]);
    term_drop(law);
    if (st != OK) return st;
    var = r->b->vars.items[r->v].var;
    return dist_level_term(var->term, var->domain, level, &r->weights[level], r->faults);
}

// E[a]/p[a] <= E[c]/p[c] for all c, without dividing.
static Term *wins(const Race *r, uint32_t a) {
    Term *all = NULL;
    for (uint32_t c = 0; c < r->n; c++) {
        if (c == a) continue;
        Term *left = term_binary(TERM_MUL, term_keep(r->noise[a]), term_keep(r->weights[c]), 0);
        Term *right = term_binary(TERM_MUL, term_keep(r->noise[c]), term_keep(r->weights[a]), 0);
        Term *beats = term_binary(TERM_LE, left, right, 0);
        all = all ? term_binary(TERM_AND, all, beats, 0) : beats;
        if (!all) return NULL;
    }
    return all;
}

static Term *level_value(const Domain *d, uint32_t level) {
    if (d->kind == DOMAIN_BOOL) return term_bool(level == 1, 0);
    if (d->numeric) return term_number(domain_number(d, level), 0);
    return term_level(d->levels[level].name, 0);
}

static Term *winner(const Race *r, const Domain *d) {
    Term *value = level_value(d, r->n - 1);
    for (uint32_t a = r->n - 1; value && a-- > 0;)
        value = term_if(wins(r, a), level_value(d, a), value, 0);
    return value;
}

static Status run_race(Race *r) {
    for (uint32_t a = 0; a < r->n; a++) TRY(enter_level(r, a));
    ModelVar *var = r->b->vars.items[r->v].var;
    Term *value = winner(r, var->domain);
    if (!value) return NOMEM;
    var->inferred = false;
    Status st = model_mechanism(r->b, var->name, MECH_STRUCTURAL, value, false, var->mech_origin,
                                r->faults);
    term_drop(value);
    return st;
}

Status model_gumbel_expand(const Model *m, uint32_t v, Model **out, Faults *faults) {
    uint32_t n = m->vars[v]->domain->count;
    Race r = {.v = v, .n = n, .faults = faults, .b = model_builder(m->names, m),
              .weights = MEM_NEW(Term *, n), .noise = MEM_NEW(Term *, n)};
    Status st = r.b && r.weights && r.noise ? run_race(&r) : NOMEM;
    if (st == OK) st = model_finish(r.b, NULL, out, NULL, faults);
    for (uint32_t i = 0; i < n; i++) {
        if (r.weights) term_drop(r.weights[i]);
        if (r.noise) term_drop(r.noise[i]);
    }
    mem_free(r.weights);
    mem_free(r.noise);
    model_builder_free(r.b);
    return st;
}
