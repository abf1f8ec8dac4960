// Conjugate run: the joint levels of the finite variables, one variable after the other.
#include <math.h>
#include <string.h>

#include "runtime/real/conjugate_inner.h"

// Outcomes that are kept apart at any time.
#define MOST_STATES ((size_t)1 << 18)

void conjugate_load(Conjugate *c, size_t state) {
    for (uint32_t i = 0; i < c->nslots; i++)
        c->levels[c->slots[i]] = c->states.levels[state * c->nslots + i];
}

typedef struct Run {
    Conjugate *c;
    States next;
    uint32_t *levels; // of the state being made
    double *exponents;
    double *point;    // where roots are of no matter
    Arena scratch;
} Run;

// A state of the next table: that at hand, with a value for the step's variable.
static Status add_state(Run *r, size_t step, size_t from, uint32_t level, const Monomial *m) {
    Conjugate *c = r->c;
    const ConjugateStep *s = &c->steps.items[step];
    for (uint32_t i = 0; i < c->nslots; i++) {
        uint32_t now = c->slots[i] == s->var ? level : c->states.levels[from * c->nslots + i];
        r->levels[i] = c->last[i] <= step ? 0 : now;
    }
    for (uint32_t i = 0; i < 2 * c->nroots; i++)
        r->exponents[i] = c->states.exponents[from * 2 * c->nroots + i] + (m->e ? m->e[i] : 0);
    return conjugate_states_add(&r->next, r->levels, r->exponents, c->states.logs[from] + m->log);
}

static double table_value(const Conjugate *c, uint32_t v, uint32_t level) {
    const ModelVar *var = c->m->vars[v];
    size_t at = 0;
    for (uint32_t p = 0; p < var->nparents; p++)
        at = at * c->m->vars[var->parents[p]]->domain->count + c->levels[var->parents[p]];
    return var->cpt->values[at * var->domain->count + level];
}

static Status add_tabled(Run *r, size_t step, size_t from, uint32_t level) {
    Monomial m = {.log = log(table_value(r->c, r->c->steps.items[step].var, level))};
    return m.log == -INFINITY ? OK : add_state(r, step, from, level, &m);
}

static Status add_folded(Run *r, size_t step, size_t from, LikelihoodValue value) {
    Conjugate *c = r->c;
    const ConjugateStep *s = &c->steps.items[step];
    Monomials list = {0};
    bool ok = true;
    Status st = conjugate_likelihood(&s->fold, c->kinds, value, &r->scratch, &list, &ok);
    if (st == OK && !ok)
        st = conjugate_decline(c, "the mechanism of %s is not conjugate",
                               c->m->vars[s->var]->name->text);
    for (size_t i = 0; st == OK && ok && i < list.count; i++)
        st = add_state(r, step, from, value.level, &list.items[i]);
    VEC_FREE(&list);
    return st;
}

static Status extend(Run *r, size_t step, size_t from) {
    Conjugate *c = r->c;
    ConjugateStep *s = &c->steps.items[step];
    conjugate_load(c, from);
    if (!s->tabled) TRY(conjugate_fold_run(&s->fold, r->point, &r->scratch));
    uint32_t count = s->fixed ? 1 : s->value.domain->count;
    for (uint32_t k = 0; c->fits && k < count; k++) {
        LikelihoodValue value = s->value;
        if (!s->fixed) value.level = k;
        TRY(s->tabled ? add_tabled(r, step, from, value.level)
                      : add_folded(r, step, from, value));
    }
    return OK;
}

static Status take_step(Run *r, size_t step) {
    Conjugate *c = r->c;
    conjugate_states_clear(&r->next);
    for (size_t i = 0; c->fits && i < c->states.count; i++) {
        if (ctl_cancelled(c->call->ctl)) return CANCELLED;
        TRY(extend(r, step, i));
        arena_free(&r->scratch);
        if (r->next.count > MOST_STATES)
            TRY(conjugate_decline(c, "there are more than %zu joint outcomes", MOST_STATES));
    }
    States swap = c->states;
    c->states = r->next;
    r->next = swap;
    return OK;
}

static Status run(Run *r) {
    Conjugate *c = r->c;
    r->levels = ARENA_ARRAY(&c->arena, uint32_t, c->nslots);
    r->exponents = ARENA_ARRAY(&c->arena, double, 2 * (size_t)c->nroots);
    r->point = ARENA_ARRAY(&c->arena, double, c->nroots);
    if (!r->levels || !r->exponents || !r->point) return NOMEM;
    for (uint32_t i = 0; i < c->nroots; i++) r->point[i] = 0.5;
    TRY(conjugate_states_add(&c->states, r->levels, r->exponents, 0));
    for (size_t i = 0; c->fits && i < c->steps.count; i++) TRY(take_step(r, i));
    return OK;
}

Status conjugate_run(Conjugate *c) {
    Run r = {.c = c};
    conjugate_states_open(&c->states, c->nslots, 2 * c->nroots);
    conjugate_states_open(&r.next, c->nslots, 2 * c->nroots);
    Status st = run(&r);
    conjugate_states_free(&r.next);
    arena_free(&r.scratch);
    return st;
}
