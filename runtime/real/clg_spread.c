// Clg: independent discrete causes that enter linearly.
//
// Means, variances and covariances of linear quantities need no more of an independent cause than
// its own mean and variance. Twenty coins that are added up are then twenty noises, instead of a
// million configurations.
#include <math.h>

#include "runtime/real/clg.h"

// Of the subterms of a term: whether they mention variables, and whether what is asked is not
// linear in them.
typedef struct Reading {
    const AffineCode *code;
    bool *mentions, *bent;
} Reading;

// Whether a term is linear in child k when it is all of the term that varies with it.
static bool keeps_linear(const Reading *r, uint32_t item, const uint32_t *kids, uint32_t k) {
    const Term *t = r->code->items[item];
    switch (t->op) {
    case TERM_NEG:
    case TERM_ADD:
    case TERM_SUB:
        return true;
    case TERM_MUL:
        return !r->mentions[kids[1 - k]];
    case TERM_DIV:
        return k == 0 && !r->mentions[kids[1]];
    case TERM_DIST:
        return k == 0 && t->family == dist_find("normal");
    default:
        return false;
    }
}

static void read_item(Reading *r, uint32_t i, const uint32_t *kids) {
    for (uint32_t k = 0; k < r->code->items[i]->n; k++)
        if (r->bent[i] || !keeps_linear(r, i, kids, k)) r->bent[kids[k]] = true;
}

// Finite variables in which the term is not linear stay switches.
static Status read_code(Clg *c, const AffineCode *code, bool bent, Word *stay) {
    Reading r = {code, ARENA_ARRAY(&c->plan, bool, code->count),
                 ARENA_ARRAY(&c->plan, bool, code->count)};
    size_t at = 0;
    if (!r.mentions || !r.bent) return NOMEM;
    for (uint32_t i = 0; i < code->count; i++) {
        r.mentions[i] = code->items[i]->op == TERM_VAR;
        for (uint32_t k = 0; k < code->items[i]->n; k++)
            r.mentions[i] = r.mentions[i] || r.mentions[code->kids[at + k]];
        at += code->items[i]->n;
    }
    r.bent[code->count - 1] = bent;
    for (uint32_t i = code->count; i-- > 0;) {
        at -= code->items[i]->n;
        read_item(&r, i, code->kids + at);
        if (code->vars[i] != MODEL_NONE && r.bent[i]) bits_add(stay, code->vars[i]);
    }
    return OK;
}

// Of the conditions only those that are values of variables may depend on such a cause, by way of
// its linear effects.
static Status read_all(Clg *c, Word *stay) {
    for (uint32_t i = 0; i < c->scope.nvars; i++) {
        const ClgVar *v = &c->vars[i];
        const ModelVar *mv = c->model->vars[v->var];
        bool finite = domain_finite(mv->domain), kernel = finite && mv->mech == MECH_KERNEL;
        for (uint32_t p = 0; finite && p < mv->nparents; p++) bits_add(stay, mv->parents[p]);
        if (v->coded && !kernel) TRY(read_code(c, v->code, finite, stay));
    }
    for (uint32_t i = 0; i < c->q->nargs; i++) TRY(read_code(c, &c->args[i], false, stay));
    for (uint32_t i = 0; i < c->q->nweights; i++) TRY(read_code(c, &c->weights[i], true, stay));
    for (size_t i = 0; i < c->scope.evidence.count; i++)
        if (c->scope.evidence.items[i].var == MODEL_NONE)
            TRY(read_code(c, &c->evidence[i], true, stay));
    return OK;
}

static void spread(Clg *c, ClgVar *v) {
    const ModelVar *mv = c->model->vars[v->var];
    double squares = 0;
    for (uint32_t l = 0; l < mv->domain->count; l++)
        v->mean += mv->cpt->values[l] * domain_number(mv->domain, l);
    for (uint32_t l = 0; l < mv->domain->count; l++) {
        double off = domain_number(mv->domain, l) - v->mean;
        squares += mv->cpt->values[l] * off * off;
    }
    v->sd = sqrt(squares);
    v->role = CLG_SPREAD;
}

Status clg_spread(Clg *c) {
    Word *stay = ARENA_ARRAY(&c->plan, Word, bits_words(c->model->nvars));
    size_t kept = 0;
    if (!stay) return NOMEM;
    TRY(read_all(c, stay));
    for (size_t i = 0; i < c->switches.count; i++) {
        uint32_t var = c->switches.items[i];
        const ModelVar *mv = c->model->vars[var];
        bool can = mv->cpt && !mv->nparents && mv->domain->numeric && !bits_has(stay, var);
        if (can) spread(c, &c->vars[c->place[var]]);
        else c->switches.items[kept++] = var;
    }
    c->switches.count = kept;
    return OK;
}
