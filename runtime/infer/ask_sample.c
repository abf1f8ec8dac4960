// Ask sample: surgery, and the draws.
#include "runtime/infer/ask_sample.h"

#include "runtime/infer/ask_real.h"
#include "runtime/infer/worlds_net.h"
#include "runtime/sample/sample.h"

void ask_sample_free(SampleRows *rows) {
    model_drop(rows->model);
    mem_free(rows->vars);
    mem_free(rows->values);
    *rows = (SampleRows){0};
}

static bool in_world(void *user, Sym name, const Term *at) {
    (void)name;
    *(bool *)user = at->world && at->world->n;
    return !*(bool *)user;
}

static Status check_conditions(const Question *q, Faults *faults) {
    for (uint32_t i = 0; i < q->nconds; i++) {
        const Term *t = q->conds[i].term;
        bool elsewhere = false;
        if (!t || term_variables(t, true, in_world, &elsewhere)) continue;
        if (!elsewhere) return NOMEM;
        return fault_add(faults, FAULT_ASK_COUNTERFACTUAL, q->conds[i].origin,
                         "sample draws from one world: a condition on another has no place here");
    }
    return OK;
}

// m after the question's do.
static Status operate(const Model *m, const Question *q, Faults *faults, Model **out) {
    Arena arena = {0};
    uint32_t n = 0;
    for (uint32_t i = 0; i < q->nconds; i++)
        if (q->conds[i].kind == COND_DO) n += q->conds[i].n;
    Assign *items = ARENA_ARRAY(&arena, Assign, n);
    World *done = NULL;
    Status st = items ? OK : NOMEM;
    for (uint32_t i = 0, at = 0; st == OK && i < q->nconds; i++)
        for (uint32_t j = 0; q->conds[i].kind == COND_DO && j < q->conds[i].n; j++)
            items[at++] = q->conds[i].items[j];
    if (st == OK) st = worlds_net_fill(m, items, n, faults, &done);
    if (st == OK) st = model_do(m, done->items, done->n, out, faults);
    world_drop(done);
    arena_free(&arena);
    return st;
}

// Latent variables and noise are not seen, nor is what surgery has added.
static Status list_vars(const Model *m, SampleRows *out) {
    out->vars = MEM_NEW(uint32_t, m->nvars);
    if (!out->vars) return NOMEM;
    for (uint32_t v = 0; v < m->nvars; v++) {
        VarRole role = m->vars[v]->role;
        if (role == ROLE_VAR_LATENT || role == ROLE_VAR_NOISE) continue;
        out->vars[out->nvars++] = model_find(out->model, m->vars[v]->name);
    }
    return OK;
}

static Status check_room(const SampleRows *s, size_t n, const Ctl *ctl, const Question *q,
                         Faults *faults) {
    double bytes = (double)n * s->nvars * sizeof(double);
    if (bytes <= (double)ctl_memory(ctl)) return OK;
    return fault_add(faults, FAULT_ASK_TOO_LARGE, q->origin,
                     "%zu rows of %u variables take %.3g GB", n, s->nvars, bytes / 1e9);
}

// Whether the conditions can happen: the draws do not weigh those that say nothing of what is not
// given.
static Status check_possible(const RealCall *call, const RealQuestion *q, const SampleRows *s) {
    Term **vars = MEM_NEW(Term *, s->nvars);
    RealQuestion asked = *q;
    Status st = vars ? OK : NOMEM;
    for (uint32_t i = 0; st == OK && i < s->nvars; i++)
        if (!(vars[i] = term_var(s->model->vars[s->vars[i]]->name, NULL, q->origin))) st = NOMEM;
    asked.args = (const Term *const *)vars;
    asked.nargs = s->nvars;
    if (st == OK) st = ask_real_check(&asked, call->faults);
    if (st == OK) st = ask_real_separated(call, &asked);
    for (uint32_t i = 0; vars && i < s->nvars; i++) term_drop(vars[i]);
    mem_free(vars);
    return st;
}

static Status draw(const Question *q, const AskMethod *method, const Ctl *ctl, SampleRows *s,
                   Faults *faults) {
    Arena arena = {0};
    Str why = {0};
    RealQuestion rq = {.model = s->model, .head = REAL_P, .origin = q->origin};
    RealCall call = {.budget = &method->budget, .ctl = ctl, .faults = faults, .why = &why};
    double **columns = ARENA_ARRAY(&arena, double *, s->nvars);
    s->values = MEM_NEW(double, s->n * s->nvars);
    Status st = columns && s->values ? ask_real_conditions(q, &arena, faults, &rq) : NOMEM;
    for (uint32_t i = 0; st == OK && i < s->nvars; i++) columns[i] = s->values + i * s->n;
    if (st == OK) st = check_possible(&call, &rq, s);
    if (st == OK) st = sample_rows(&call, &rq, s->vars, s->nvars, s->n, columns);
    str_free(&why);
    arena_free(&arena);
    return st;
}

Status ask_sample(const Model *m, const Question *q, size_t n, const AskMethod *method, bool dry,
                  const Ctl *ctl, SampleRows *out, Faults *faults) {
    *out = (SampleRows){.n = n};
    Status st = check_conditions(q, faults);
    if (st == OK) st = operate(m, q, faults, &out->model);
    if (st == OK) st = list_vars(m, out);
    if (st == OK) st = check_room(out, n, ctl, q, faults);
    if (st == OK && !dry) st = draw(q, method, ctl, out, faults);
    if (st != OK || dry) ask_sample_free(out);
    return st;
}
