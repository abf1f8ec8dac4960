// Sample plan: from a question to steps in an order in which they can be done.
#include "runtime/sample/sample_plan.h"

enum { LONG = 1000 }; // variables, down which one does not recurse

typedef struct Planner {
    SamplePlan *p;
    const Model *m;
    Faults *faults;
    Word *have; // variables whose lanes are filled so far
} Planner;

// --- kernels ---

static Status kernel_of(const Planner *x, const Term *t, Kernel **out) {
    return kernel_new_real(x->m, t, out, x->faults);
}

static Status push_step(Planner *x, SampleStep step) {
    if (VEC_PUSH(&x->p->steps, step)) return OK;
    kernel_free(step.kernel);
    kernel_free(step.slope);
    return NOMEM;
}

static Status mechanism_of(Planner *x, uint32_t var) {
    Mechanism **m = &x->p->mechanisms[var];
    return *m ? OK : mechanism_new(x->m, var, m, x->faults);
}

static Status hold(Planner *x, uint32_t var) {
    bits_add(x->have, var);
    return VEC_PUSH(&x->p->held, var) ? OK : NOMEM;
}

// --- values ---

static Status add_value(Planner *x, uint32_t var);

static Status add_reads(Planner *x, const Kernel *k) {
    for (uint32_t i = 0; i < kernel_ninputs(k); i++) TRY(add_value(x, kernel_input(k, i)));
    return OK;
}

static Status add_mechanism_reads(Planner *x, const Mechanism *m) {
    for (uint32_t i = 0; i < mechanism_nreads(m); i++) TRY(add_value(x, mechanism_read(m, i)));
    return OK;
}

static Status add_solved(Planner *x, const Solved *s) {
    SampleStep step = {.kind = SAMPLE_SOLVE, .var = s->var, .written = s->evidence->written};
    TRY(kernel_of(x, s->value, &step.kernel));
    Status status = kernel_of(x, s->log_slope, &step.slope);
    if (status == OK) status = add_reads(x, step.kernel);
    if (status == OK) status = add_reads(x, step.slope);
    if (status == OK) return push_step(x, step);
    kernel_free(step.kernel);
    kernel_free(step.slope);
    return status;
}

// The steps that give a variable its value, unless it has one.
static Status add_value(Planner *x, uint32_t var) {
    if (bits_has(x->have, var)) return OK;
    const Solved *s = solve_find(&x->p->solved, var);
    if (s) {
        TRY(add_solved(x, s));
    } else {
        TRY(mechanism_of(x, var));
        const Mechanism *m = x->p->mechanisms[var];
        TRY(add_mechanism_reads(x, m));
        TRY(push_step(x, (SampleStep){.kind = SAMPLE_DRAW, .var = var, .mechanism = m}));
    }
    return hold(x, var);
}

// --- weights ---

static Status add_mass(Planner *x, uint32_t var) {
    TRY(mechanism_of(x, var));
    const Mechanism *m = x->p->mechanisms[var];
    TRY(add_mechanism_reads(x, m));
    return push_step(x, (SampleStep){.kind = SAMPLE_WEIGH, .var = var, .mechanism = m});
}

// Whether the mechanism of this variable was turned around: then it holds by construction.
static bool turned(const Planner *x, uint32_t var) {
    const Model *m = x->m;
    if (m->vars[var]->mech != MECH_STRUCTURAL) return false;
    for (size_t i = 0; i < x->p->solved.count; i++) {
        const RealEvidence *e = x->p->solved.items[i].evidence;
        if (e->var == var || solve_find(&x->p->solved, var)) return true;
    }
    return false;
}

static Status add_test(Planner *x, SampleStepKind kind, const Term *t) {
    SampleStep step = {.kind = kind, .var = MODEL_NONE, .written = t};
    TRY(kernel_of(x, t, &step.kernel));
    Status status = add_reads(x, step.kernel);
    if (status == OK) return push_step(x, step);
    kernel_free(step.kernel);
    return status;
}

static bool is_solved_for(const Planner *x, const RealEvidence *e) {
    for (size_t i = 0; i < x->p->solved.count; i++)
        if (x->p->solved.items[i].evidence == e) return true;
    return false;
}

static Status add_evidence(Planner *x, const RealEvidence *e) {
    if (e->kind == REAL_EVENT) return add_test(x, SAMPLE_EVENT, e->term);
    if (e->var == MODEL_NONE)
        return is_solved_for(x, e) ? OK : add_test(x, SAMPLE_EVENT, e->written);
    bool matters = bits_has(x->p->scope.in, e->var) && !turned(x, e->var);
    return matters ? add_mass(x, e->var) : OK;
}

static Status add_weights(Planner *x) {
    const RealScope *s = &x->p->scope;
    for (size_t i = 0; i < s->evidence.count; i++) TRY(add_evidence(x, &s->evidence.items[i]));
    for (size_t i = 0; i < x->p->solved.count; i++) {
        uint32_t var = x->p->solved.items[i].var;
        if (x->m->vars[var]->mech != MECH_STRUCTURAL) TRY(add_mass(x, var));
    }
    for (uint32_t i = 0; i < x->p->q->nweights; i++)
        TRY(add_test(x, SAMPLE_FACTOR, x->p->q->weights[i]));
    for (size_t i = 0; i < x->p->steps.count; i++)
        if (x->p->steps.items[i].kind != SAMPLE_DRAW) x->p->weighted = true;
    return OK;
}

// --- the whole ---

static Status add_args(Planner *x, uint32_t nargs) {
    for (uint32_t i = 0; i < nargs; i++) {
        Kernel *k = NULL;
        TRY(kernel_of(x, x->p->q->args[i], &k));
        if (!VEC_PUSH(&x->p->args, k)) {
            kernel_free(k);
            return NOMEM;
        }
        if (kernel_kind(k) == VALUE_LEVEL_KIND)
            return fault_add(x->faults, FAULT_ASK_QUANTITY, x->p->q->args[i]->origin,
                             "a named value is not a number");
        TRY(add_reads(x, k));
    }
    return OK;
}

// Long chains of causes, from their beginning, so that the recursion does not go down them.
static Status add_in_order(Planner *x) {
    const RealScope *s = &x->p->scope;
    for (uint32_t i = 0; i < s->nvars; i++) {
        const uint32_t var = s->vars[i];
        const ModelVar *v = x->m->vars[var];
        bool ready = true;
        for (uint32_t p = 0; ready && p < v->nparents; p++)
            ready = bits_has(x->have, v->parents[p]);
        if (ready && !solve_find(&x->p->solved, var)) TRY(add_value(x, var));
    }
    return OK;
}

static Status plan(Planner *x, uint32_t nargs) {
    SamplePlan *p = x->p;
    p->mechanisms = MEM_NEW(Mechanism *, x->m->nvars);
    x->have = MEM_NEW(Word, bits_words(x->m->nvars));
    if (!p->mechanisms || !x->have) return NOMEM;
    TRY(p->q->nargs ? real_scope_open(p->q, x->faults, &p->scope)
                    : real_scope_open_given(p->q, x->faults, &p->scope));
    TRY(solve_evidence(x->m, &p->scope, x->faults, &p->solved));
    for (size_t i = 0; i < p->scope.evidence.count; i++) {
        uint32_t var = p->scope.evidence.items[i].var;
        if (var != MODEL_NONE && !bits_has(x->have, var)) TRY(hold(x, var));
    }
    if (p->scope.nvars > LONG) TRY(add_in_order(x));
    for (uint32_t i = 0; i < p->scope.nvars; i++) TRY(add_value(x, p->scope.vars[i]));
    TRY(add_args(x, nargs));
    return add_weights(x);
}

Status sample_plan_open(const RealQuestion *q, uint32_t nargs, Faults *faults, SamplePlan *out) {
    out->q = q;
    Planner x = {.p = out, .m = q->model, .faults = faults};
    Status status = plan(&x, nargs);
    mem_free(x.have);
    return status;
}

void sample_plan_close(SamplePlan *p) {
    for (size_t i = 0; i < p->steps.count; i++) {
        kernel_free(p->steps.items[i].kernel);
        kernel_free(p->steps.items[i].slope);
    }
    for (uint32_t v = 0; p->mechanisms && v < p->q->model->nvars; v++)
        mechanism_free(p->mechanisms[v]);
    for (size_t i = 0; i < p->args.count; i++) kernel_free(p->args.items[i]);
    mem_free(p->mechanisms);
    VEC_FREE(&p->steps);
    VEC_FREE(&p->held);
    VEC_FREE(&p->args);
    solve_free(&p->solved);
    real_scope_close(&p->scope);
    *p = (SamplePlan){0};
}
