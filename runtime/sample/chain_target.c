// Chain target: roles, order, factors, and what each free variable touches.
#include "runtime/sample/chain_target.h"

#include <math.h>
#include <stdlib.h>

#include "runtime/base/mem.h"
#include "runtime/sample/chain_gate.h"

// --- roles ----------------------------------------------------------------------------------

static Status open_mechanisms(const RealCall *call, ChainTarget *t) {
    const Model *m = t->q->model;
    t->mechs = ARENA_ARRAY(&t->arena, Mechanism *, m->nvars);
    t->roles = ARENA_ARRAY(&t->arena, ChainRole, m->nvars);
    t->solutions = ARENA_ARRAY(&t->arena, Kernel *, m->nvars);
    t->order = ARENA_ARRAY(&t->arena, uint32_t, m->nvars);
    t->free = ARENA_ARRAY(&t->arena, uint32_t, m->nvars);
    if (!t->mechs || !t->roles || !t->solutions || !t->order || !t->free) return NOMEM;
    for (uint32_t i = 0; i < t->scope.nvars; i++) {
        uint32_t v = t->scope.vars[i];
        TRY(mechanism_new(m, v, &t->mechs[v], call->faults));
        t->roles[v] = mechanism_sure(t->mechs[v]) ? CHAIN_SURE : CHAIN_FREE;
    }
    for (uint32_t v = 0; v < m->nvars; v++)
        if (t->scope.evidence_of[v] != UINT32_MAX) t->roles[v] = CHAIN_KNOWN;
    TRY(solve_evidence(m, &t->scope, call->faults, &t->solved));
    for (size_t i = 0; i < t->solved.count; i++) {
        const Solved *s = &t->solved.items[i];
        t->roles[s->var] = CHAIN_SOLVED;
        TRY(kernel_new_real(m, s->value, &t->solutions[s->var], call->faults));
    }
    return OK;
}

// Atoms and densities do not compare: a law that has both is moved by none of the moves.
static Status check_laws(const RealCall *call, const ChainTarget *t) {
    for (uint32_t i = 0; i < t->scope.nvars; i++) {
        uint32_t v = t->scope.vars[i];
        if (t->roles[v] == CHAIN_SURE || !mechanism_continuous(t->mechs[v])) continue;
        if (!mechanism_atomic(t->mechs[v])) continue;
        return fault_add(
            call->faults, FAULT_SAMPLE_MIXED, t->q->origin,
            "%s has values with a probability of their own beside a density, which "
            "Markov chains cannot weigh against each other",
            t->q->model->vars[v]->name->text);
    }
    return OK;
}

// --- factors --------------------------------------------------------------------------------

static Status add_factor(ChainTarget *t, ChainFactor f) {
    if (VEC_PUSH(&t->factors, f)) return OK;
    kernel_free(f.kernel);
    kernel_free(f.distance);
    return NOMEM;
}

static Status add_kernel(const RealCall *call, ChainTarget *t, const Term *term,
                         ChainFactorKind kind) {
    ChainFactor f = {.kind = kind, .var = MODEL_NONE};
    TRY(kernel_new_real(t->q->model, term, &f.kernel, call->faults));
    return add_factor(t, f);
}

// The distance's kernel; where it makes no sense, since levels are compared, that of 0 or 1.
static Status new_distance(const ChainTarget *t, const Term *event, Kernel **out,
                           bool *graded) {
    const Model *m = t->q->model;
    Faults faults = {0};
    Term *distance = NULL;
    TRY(chain_gate_distance(m, &t->scope, event, &distance, graded));
    Status st = kernel_new_real(m, distance, out, &faults);
    term_drop(distance);
    fault_free(&faults);
    if (st != FAULT) return st;
    *graded = false;
    distance = term_if(term_keep(event), term_number(0, 0), term_number(1, 0), 0);
    if (!distance) return NOMEM;
    st = kernel_new_real(m, distance, out, &faults);
    term_drop(distance);
    fault_free(&faults);
    return st;
}

static Status add_event(const RealCall *call, ChainTarget *t, const Term *event,
                        ChainGate gate) {
    ChainFactor f = {.kind = CHAIN_EVENT, .gate = gate, .var = MODEL_NONE};
    bool graded = false;
    TRY(kernel_new_real(t->q->model, event, &f.kernel, call->faults));
    Status st = new_distance(t, event, &f.distance, &graded);
    if (st != OK) {
        kernel_free(f.kernel);
        return st;
    }
    t->graded[gate] = t->graded[gate] || graded;
    return add_factor(t, f);
}

// Whether the value of a known variable is met by solving for another.
static bool is_met(const ChainTarget *t, uint32_t var) {
    for (size_t i = 0; i < t->solved.count; i++)
        if (t->solved.items[i].evidence->var == var) return true;
    return false;
}

// Functions give no factor, unless their value is evidence that is not met otherwise.
static bool has_mass(const ChainTarget *t, uint32_t var) {
    if (t->roles[var] == CHAIN_KNOWN) return !is_met(t, var);
    return !mechanism_sure(t->mechs[var]);
}

static Status open_factors(const RealCall *call, ChainTarget *t) {
    for (uint32_t i = 0; i < t->scope.nvars; i++) {
        uint32_t v = t->scope.vars[i];
        if (has_mass(t, v)) TRY(add_factor(t, (ChainFactor){.kind = CHAIN_MASS, .var = v}));
    }
    for (size_t i = 0; i < t->solved.count; i++)
        TRY(add_kernel(call, t, t->solved.items[i].log_slope, CHAIN_SLOPE));
    for (size_t i = 0; i < t->scope.evidence.count; i++) {
        const RealEvidence *e = &t->scope.evidence.items[i];
        if (e->kind == REAL_EVENT) TRY(add_event(call, t, e->term, CHAIN_GIVEN));
    }
    bool asked = t->q->head == REAL_P || t->q->head == REAL_LOGP;
    for (uint32_t i = 0; asked && i < t->q->nargs; i++)
        TRY(add_event(call, t, t->q->args[i], CHAIN_ASKED));
    for (uint32_t i = 0; i < t->q->nweights; i++)
        TRY(add_kernel(call, t, t->q->weights[i], CHAIN_WEIGHT));
    return OK;
}

// --- what depends on what -------------------------------------------------------------------

typedef struct Web {
    ChainTarget *t;
    uint32_t nnodes;   // variables, then factors
    size_t *start;     // by node: its readers begin
    uint32_t *readers; // nodes
    uint32_t *place;   // by variable: where in the order
    Word *seen;
    uint32_t *stack, *found;
} Web;

typedef void EachRead(Web *w, uint32_t reader, uint32_t var);

static void each_input(Web *w, uint32_t reader, const Kernel *k, EachRead *visit) {
    for (uint32_t i = 0; i < kernel_ninputs(k); i++) visit(w, reader, kernel_input(k, i));
}

static void each_read(Web *w, uint32_t reader, const Mechanism *m, EachRead *visit) {
    for (uint32_t i = 0; i < mechanism_nreads(m); i++) visit(w, reader, mechanism_read(m, i));
}

// Every pair of something that is computed and a variable that it is computed from.
static void each_arc(Web *w, EachRead *visit) {
    ChainTarget *t = w->t;
    const uint32_t nvars = t->q->model->nvars;
    for (uint32_t i = 0; i < t->norder; i++) {
        uint32_t v = t->order[i];
        if (t->roles[v] == CHAIN_SURE) each_read(w, v, t->mechs[v], visit);
        if (t->roles[v] == CHAIN_SOLVED) each_input(w, v, t->solutions[v], visit);
    }
    for (size_t i = 0; i < t->factors.count; i++) {
        const ChainFactor *f = &t->factors.items[i];
        uint32_t node = nvars + (uint32_t)i;
        if (f->kernel) each_input(w, node, f->kernel, visit);
        if (f->distance) each_input(w, node, f->distance, visit);
        if (f->kind != CHAIN_MASS) continue;
        visit(w, node, f->var);
        each_read(w, node, t->mechs[f->var], visit);
    }
}

static void count_arc(Web *w, uint32_t reader, uint32_t var) {
    (void)reader;
    w->start[var + 2]++;
}

static void file_arc(Web *w, uint32_t reader, uint32_t var) {
    w->readers[w->start[var + 1]++] = reader;
}

static Status open_web(Web *w, Arena *arena) {
    const uint32_t nvars = w->t->q->model->nvars;
    w->nnodes = nvars + (uint32_t)w->t->factors.count;
    w->start = ARENA_ARRAY(arena, size_t, (size_t)nvars + 2);
    w->place = ARENA_ARRAY(arena, uint32_t, nvars);
    w->seen = ARENA_ARRAY(arena, Word, bits_words(w->nnodes));
    w->stack = ARENA_ARRAY(arena, uint32_t, w->nnodes);
    w->found = ARENA_ARRAY(arena, uint32_t, w->nnodes);
    if (!w->start || !w->place || !w->seen || !w->stack || !w->found) return NOMEM;
    for (uint32_t i = 0; i < w->t->norder; i++) w->place[w->t->order[i]] = i;
    each_arc(w, count_arc);
    for (uint32_t v = 0; v < nvars; v++) w->start[v + 1] += w->start[v];
    w->start[nvars + 1] += w->start[nvars];
    w->readers = ARENA_ARRAY(arena, uint32_t, w->start[nvars + 1]);
    if (!w->readers) return NOMEM;
    each_arc(w, file_arc);
    return OK;
}

static int by_number(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

// Everything computed from the variables on the stack, directly or not.
static uint32_t spread(Web *w, uint32_t height) {
    const uint32_t nvars = w->t->q->model->nvars;
    uint32_t found = 0;
    while (height) {
        uint32_t v = w->stack[--height];
        for (size_t i = w->start[v]; i < w->start[v + 1]; i++) {
            uint32_t node = w->readers[i];
            if (bits_has(w->seen, node)) continue;
            bits_add(w->seen, node);
            w->found[found++] = node;
            if (node < nvars) w->stack[height++] = node;
        }
    }
    for (uint32_t i = 0; i < found; i++) bits_drop(w->seen, w->found[i]);
    return found;
}

// Sorts what was found into steps, in order, and factors.
static Status make_part(Web *w, uint32_t found, ChainPart *out) {
    ChainTarget *t = w->t;
    const uint32_t nvars = t->q->model->nvars;
    uint32_t *steps = ARENA_ARRAY(&t->arena, uint32_t, found);
    uint32_t *factors = ARENA_ARRAY(&t->arena, uint32_t, found);
    if (!steps || !factors) return NOMEM;
    *out = (ChainPart){.steps = steps, .factors = factors};
    for (uint32_t i = 0; i < found; i++) {
        uint32_t node = w->found[i];
        if (node >= nvars)
            factors[out->nfactors++] = node - nvars;
        else
            steps[out->nsteps++] = w->place[node];
    }
    qsort(steps, out->nsteps, sizeof *steps, by_number);
    qsort(factors, out->nfactors, sizeof *factors, by_number);
    for (uint32_t i = 0; i < out->nsteps; i++) steps[i] = t->order[steps[i]];
    return OK;
}

static bool is_computed(const ChainTarget *t, uint32_t var) {
    return t->roles[var] == CHAIN_SURE || t->roles[var] == CHAIN_SOLVED;
}

static Status open_all(ChainTarget *t) {
    uint32_t *steps = ARENA_ARRAY(&t->arena, uint32_t, t->norder);
    uint32_t *factors = ARENA_ARRAY(&t->arena, uint32_t, t->factors.count);
    if (!steps || !factors) return NOMEM;
    t->all =
        (ChainPart){.steps = steps, .factors = factors, .nfactors = (uint32_t)t->factors.count};
    for (uint32_t i = 0; i < t->norder; i++)
        if (is_computed(t, t->order[i])) steps[t->all.nsteps++] = t->order[i];
    for (uint32_t i = 0; i < t->all.nfactors; i++) factors[i] = i;
    uint32_t *drawn = ARENA_ARRAY(&t->arena, uint32_t, t->factors.count);
    if (!drawn) return NOMEM;
    t->drawn = (ChainPart){.factors = drawn};
    for (uint32_t i = 0; i < t->all.nfactors; i++) {
        const ChainFactor *f = &t->factors.items[i];
        if (f->kind == CHAIN_MASS && t->roles[f->var] == CHAIN_FREE)
            drawn[t->drawn.nfactors++] = i;
    }
    return OK;
}

static Status open_parts(ChainTarget *t) {
    Arena arena = {0};
    Web w = {.t = t};
    Status st = open_web(&w, &arena);
    t->parts = ARENA_ARRAY(&t->arena, ChainPart, t->nfree);
    if (!t->parts) st = NOMEM;
    for (uint32_t i = 0; st == OK && i < t->nfree; i++) {
        w.stack[0] = t->free[i];
        st = make_part(&w, spread(&w, 1), &t->parts[i]);
    }
    arena_free(&arena);
    return st == OK ? open_all(t) : st;
}

// --- order ----------------------------------------------------------------------------------

// What a variable's value, or its draw, needs.
static uint32_t need_count(const ChainTarget *t, uint32_t var) {
    if (t->roles[var] == CHAIN_KNOWN || t->roles[var] == CHAIN_OUT) return 0;
    if (t->roles[var] == CHAIN_SOLVED) return kernel_ninputs(t->solutions[var]);
    return mechanism_nreads(t->mechs[var]);
}

static uint32_t need(const ChainTarget *t, uint32_t var, uint32_t i) {
    if (t->roles[var] == CHAIN_SOLVED) return kernel_input(t->solutions[var], i);
    return mechanism_read(t->mechs[var], i);
}

// Depth first from every variable; `next` is by variable the need to look at next.
static void visit_from(ChainTarget *t, uint32_t var, uint32_t *stack, uint32_t *next,
                       Word *seen) {
    size_t height = 0;
    if (bits_has(seen, var)) return;
    bits_add(seen, var);
    stack[height++] = var;
    while (height) {
        uint32_t v = stack[height - 1];
        if (next[v] < need_count(t, v)) {
            uint32_t w = need(t, v, next[v]++);
            if (bits_has(seen, w) || t->roles[w] == CHAIN_OUT) continue;
            bits_add(seen, w);
            stack[height++] = w;
            continue;
        }
        height--;
        if (t->mechs[v]) t->order[t->norder++] = v;
        if (t->roles[v] == CHAIN_FREE) t->free[t->nfree++] = v;
    }
}

static Status open_order(ChainTarget *t) {
    const uint32_t nvars = t->q->model->nvars;
    Arena arena = {0};
    uint32_t *stack = ARENA_ARRAY(&arena, uint32_t, nvars);
    uint32_t *next = ARENA_ARRAY(&arena, uint32_t, nvars);
    Word *seen = ARENA_ARRAY(&arena, Word, bits_words(nvars));
    bool ok = stack && next && seen;
    for (uint32_t i = 0; ok && i < t->scope.nvars; i++)
        visit_from(t, t->scope.vars[i], stack, next, seen);
    arena_free(&arena);
    return ok ? OK : NOMEM;
}

// --- opening and closing --------------------------------------------------------------------

static Status open_arguments(const RealCall *call, ChainTarget *t) {
    const RealQuestion *q = t->q;
    t->law = q->head == REAL_LAW ? model_find(q->model, q->args[0]->sym) : MODEL_NONE;
    if (t->law != MODEL_NONE) return OK;
    t->args = ARENA_ARRAY(&t->arena, Kernel *, q->nargs);
    if (!t->args) return NOMEM;
    for (uint32_t i = 0; i < q->nargs; i++)
        TRY(kernel_new_real(q->model, q->args[i], &t->args[i], call->faults));
    return OK;
}

Status chain_target_open(const RealCall *call, const RealQuestion *q, ChainTarget *out) {
    out->q = q;
    TRY(real_scope_open(q, call->faults, &out->scope));
    TRY(open_mechanisms(call, out));
    TRY(check_laws(call, out));
    TRY(open_factors(call, out));
    TRY(open_order(out));
    TRY(open_parts(out));
    return open_arguments(call, out);
}

void chain_target_close(ChainTarget *t) {
    for (uint32_t v = 0; t->mechs && v < t->q->model->nvars; v++) mechanism_free(t->mechs[v]);
    for (uint32_t v = 0; t->solutions && v < t->q->model->nvars; v++) kernel_free(t->solutions[v]);
    solve_free(&t->solved);
    for (uint32_t i = 0; t->args && i < t->q->nargs; i++) kernel_free(t->args[i]);
    for (size_t i = 0; i < t->factors.count; i++) {
        kernel_free(t->factors.items[i].kernel);
        kernel_free(t->factors.items[i].distance);
    }
    VEC_FREE(&t->factors);
    arena_free(&t->arena);
    real_scope_close(&t->scope);
}
