// Ask real check: evidence against the mechanisms of what it is about.
//
// Engines drop what the question does not depend on, a contradiction among it included. What
// follows from the evidence by functions alone is worked out here, from causes to effects.
#include <math.h>

#include "runtime/base/bitset.h"
#include "runtime/infer/ask_real.h"
#include "runtime/model/kernel.h"
#include "runtime/model/model_fit.h"
#include "runtime/real/real_scope.h"
#include "runtime/sample/mechanism.h"

#define SLACK 1e-9 // rounding of a function, relative to the numbers that go into it

typedef union Lane {
    double number;
    uint32_t level;
} Lane;

typedef struct Check {
    const Model *m;
    Faults *faults;
    Arena arena;
    Word *given, *wanted, *sure; // by variable: known, an ancestor of one that is, has one value
    const RealEvidence **evidence; // by variable, of those given
    Lane *lanes;
    const void **values; // by variable: its lane
    double *work;
    size_t room;
} Check;

static Status open_check(Check *c) {
    const uint32_t n = c->m->nvars;
    c->given = ARENA_ARRAY(&c->arena, Word, bits_words(n));
    c->wanted = ARENA_ARRAY(&c->arena, Word, bits_words(n));
    c->sure = ARENA_ARRAY(&c->arena, Word, bits_words(n));
    c->evidence = ARENA_ARRAY(&c->arena, const RealEvidence *, n);
    c->lanes = ARENA_ARRAY(&c->arena, Lane, n);
    c->values = ARENA_ARRAY(&c->arena, const void *, n);
    if (!c->given || !c->wanted || !c->sure || !c->evidence || !c->lanes || !c->values)
        return NOMEM;
    for (uint32_t v = 0; v < n; v++) c->values[v] = &c->lanes[v];
    return OK;
}

static void give(Check *c, const RealEvidence *e) {
    if (e->var == MODEL_NONE) return;
    bits_add(c->given, e->var);
    bits_add(c->wanted, e->var);
    bits_add(c->sure, e->var);
    c->evidence[e->var] = e;
    if (e->kind == REAL_LEVEL) c->lanes[e->var].level = e->level;
    else c->lanes[e->var].number = e->value;
}

static bool causes_sure(const Check *c, const ModelVar *v) {
    for (uint32_t i = 0; i < v->nparents; i++)
        if (!bits_has(c->sure, v->parents[i])) return false;
    return true;
}

static Status make_work(Check *c, const Mechanism *k) {
    size_t need = mechanism_work(k, 1);
    if (need <= c->room && c->work) return OK;
    double *work = mem_resize(c->work, need + 1, sizeof *work);
    if (!work) return NOMEM;
    c->work = work;
    c->room = need;
    return OK;
}

// The value of a function; false where there is none.
static bool evaluate(Check *c, const Mechanism *k, Lane *out) {
    Stream none;
    stream_open(&none, 0, 0);
    return mechanism_draw(k, &none, 1, c->values, out, NULL, c->work) == 0;
}

static bool nearly(const Check *c, const Mechanism *k, double made, double given) {
    double size = fabs(made) + fabs(given);
    for (uint32_t i = 0; i < mechanism_nreads(k); i++) {
        uint32_t v = mechanism_read(k, i);
        if (real_infinite(c->m, v)) size = fmax(size, fabs(c->lanes[v].number));
    }
    return made == given || fabs(made - given) <= SLACK * size;
}

static Status report(const Check *c, uint32_t v) {
    const ModelVar *var = c->m->vars[v];
    const char *name = var->name->text;
    uint32_t origin = c->evidence[v]->written->origin;
    if (!var->nparents)
        return fault_add(c->faults, FAULT_ASK_IMPOSSIBLE, origin,
                         "this cannot happen: %s never has that value", name);
    return fault_add(c->faults, FAULT_ASK_IMPOSSIBLE, origin,
                     "this cannot happen: the causes of %s, as given, rule that value out", name);
}

// That the value given has a probability, or a density, given its causes.
static Status check_given(Check *c, uint32_t v, const Mechanism *k) {
    Lane made;
    if (mechanism_sure(k)) {
        if (!evaluate(c, k, &made)) return OK;
        bool same = real_infinite(c->m, v) ? nearly(c, k, made.number, c->lanes[v].number)
                                           : made.level == c->lanes[v].level;
        return same ? OK : report(c, v);
    }
    double sum = 0;
    unsigned how = mechanism_log_mass(k, 1, c->values, &c->lanes[v], &sum, c->work);
    return !(how & MECHANISM_WRONG) && sum == -INFINITY ? report(c, v) : OK;
}

static Status check_domain(const Check *c, const RealEvidence *e) {
    if (e->kind != REAL_POINT || e->var == MODEL_NONE) return OK;
    const ModelVar *v = c->m->vars[e->var];
    if (model_fit_number(v->domain, e->value)) return OK;
    return fault_add(c->faults, FAULT_ASK_IMPOSSIBLE, e->written->origin,
                     "this cannot happen: %s never has that value", v->name->text);
}

// The value of a term about nothing but what is given; 1 of any other.
static Status truth(Check *c, const Kernel *k, double *out) {
    const uint32_t n = kernel_ninputs(k);
    *out = 1;
    for (uint32_t i = 0; i < n; i++)
        if (!bits_has(c->given, kernel_input(k, i))) return OK;
    const void **inputs = ARENA_ARRAY(&c->arena, const void *, n + 1);
    double *work = ARENA_ARRAY(&c->arena, double, kernel_work(k, 1) + 1);
    if (!inputs || !work) return NOMEM;
    for (uint32_t i = 0; i < n; i++) inputs[i] = &c->lanes[kernel_input(k, i)];
    kernel_run(k, 1, inputs, out, work);
    return OK;
}

static Status check_event(Check *c, const RealEvidence *e) {
    Kernel *k = NULL;
    double holds = 1;
    if (e->kind != REAL_EVENT) return OK;
    TRY(kernel_new_real(c->m, e->term, &k, c->faults));
    Status st = truth(c, k, &holds);
    kernel_free(k);
    if (st != OK || holds != 0) return st;
    return fault_add(c->faults, FAULT_ASK_IMPOSSIBLE, e->written->origin,
                     "this cannot happen: the values given rule it out");
}

static Status visit(Check *c, uint32_t v) {
    const ModelVar *var = c->m->vars[v];
    bool given = bits_has(c->given, v);
    if (var->mech == MECH_NONE || !causes_sure(c, var)) return OK;
    if (!given && var->mech != MECH_STRUCTURAL) return OK;
    Mechanism *k = NULL;
    Status st = mechanism_new(c->m, v, &k, c->faults);
    if (st == OK) st = make_work(c, k);
    if (st == OK && given) st = check_given(c, v, k);
    else if (st == OK && mechanism_sure(k) && evaluate(c, k, &c->lanes[v]))
        bits_add(c->sure, v);
    mechanism_free(k);
    return st;
}

static Status check_all(Check *c) {
    for (uint32_t i = c->m->nvars; i-- > 0;) {
        const ModelVar *v = c->m->vars[c->m->order[i]];
        if (!bits_has(c->wanted, c->m->order[i])) continue;
        for (uint32_t p = 0; p < v->nparents; p++) bits_add(c->wanted, v->parents[p]);
    }
    for (uint32_t i = 0; i < c->m->nvars; i++)
        if (bits_has(c->wanted, c->m->order[i])) TRY(visit(c, c->m->order[i]));
    return OK;
}

static Status check_conditions(Check *c, const RealEvidence *items, size_t n) {
    for (size_t i = 0; i < n; i++) {
        TRY(check_domain(c, &items[i]));
        TRY(check_event(c, &items[i]));
    }
    return OK;
}

static Status check_scope(Check *c, const RealScope *s) {
    TRY(open_check(c));
    for (size_t i = 0; i < s->evidence.count; i++) give(c, &s->evidence.items[i]);
    for (size_t i = 0; i < s->separated.count; i++) give(c, &s->separated.items[i]);
    TRY(check_conditions(c, s->evidence.items, s->evidence.count));
    TRY(check_conditions(c, s->separated.items, s->separated.count));
    return check_all(c);
}

Status ask_real_check(const RealQuestion *q, Faults *faults) {
    Check c = {.m = q->model, .faults = faults};
    RealScope scope;
    if (!q->ngiven) return OK;
    Status st = real_scope_open(q, faults, &scope);
    if (st == OK) st = check_scope(&c, &scope);
    real_scope_close(&scope);
    mem_free(c.work);
    arena_free(&c.arena);
    return st;
}
