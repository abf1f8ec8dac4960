// Sample block: running the steps of a plan.
//
// Likelihood weighting (Fung & Chang 1989; Shachter & Peot 1989): evidence is held at its value
// and weighed; what is not evidence is drawn given its causes.
#include <math.h>
#include <string.h>

#include "runtime/base/lanes.h"
#include "runtime/model/math_block.h"
#include "runtime/sample/sample_plan.h"

// --- room ---

static size_t most(size_t a, size_t b) {
    return a > b ? a : b;
}

static size_t kernel_room(const Kernel *k) {
    return k ? kernel_ninputs(k) + kernel_work(k, SAMPLE_BLOCK) : 0;
}

static size_t work_room(const SamplePlan *p) {
    size_t room = 1;
    for (size_t i = 0; i < p->steps.count; i++) {
        const SampleStep *s = &p->steps.items[i];
        if (s->mechanism) room = most(room, mechanism_work(s->mechanism, SAMPLE_BLOCK));
        room = most(room, most(kernel_room(s->kernel), kernel_room(s->slope)));
    }
    for (size_t i = 0; i < p->args.count; i++) room = most(room, kernel_room(p->args.items[i]));
    return room;
}

static void hold_evidence(const SamplePlan *p, SampleLanes *l) {
    for (size_t i = 0; i < p->scope.evidence.count; i++) {
        const RealEvidence *e = &p->scope.evidence.items[i];
        for (size_t j = 0; e->var != MODEL_NONE && j < SAMPLE_BLOCK; j++) {
            if (e->kind == REAL_LEVEL)
                ((uint32_t *)l->own[e->var])[j] = e->level;
            else
                ((double *)l->own[e->var])[j] = e->value;
        }
    }
}

static Status open_lanes(const SamplePlan *p, SampleLanes *l) {
    const Model *m = p->q->model;
    l->nargs = (uint32_t)p->args.count;
    l->nvalues = m->nvars;
    l->own = MEM_NEW(void *, m->nvars);
    l->values = MEM_NEW(const void *, m->nvars);
    l->args = MEM_NEW(double *, l->nargs);
    l->how = MEM_NEW(unsigned, p->steps.count);
    l->log_weight = MEM_NEW(double, SAMPLE_BLOCK);
    l->one = MEM_NEW(double, SAMPLE_BLOCK);
    l->missing = MEM_NEW(uint8_t, SAMPLE_BLOCK);
    l->work = MEM_NEW(double, work_room(p));
    if (!l->own || !l->values || !l->args || !l->how || !l->log_weight || !l->one ||
        !l->missing || !l->work)
        return NOMEM;
    for (size_t i = 0; i < p->held.count; i++) {
        uint32_t v = p->held.items[i];
        bool finite = domain_finite(m->vars[v]->domain);
        l->own[v] = mem_new(SAMPLE_BLOCK, finite ? sizeof(uint32_t) : sizeof(double));
        l->values[v] = l->own[v];
        if (!l->own[v]) return NOMEM;
    }
    for (uint32_t i = 0; i < l->nargs; i++)
        if (!(l->args[i] = MEM_NEW(double, SAMPLE_BLOCK))) return NOMEM;
    hold_evidence(p, l);
    return OK;
}

Status sample_lanes_room(const SamplePlan *p, unsigned threads, const RealCall *call) {
    double bytes = (double)p->held.count * SAMPLE_BLOCK * sizeof(double) * threads;
    if (bytes <= (double)ctl_memory(call->ctl)) return OK;
    Status st = fault_add(call->faults, FAULT_ASK_TOO_LARGE, p->q->origin,
                          "sampling %zu variables by blocks takes %.3g GB", p->held.count,
                          bytes / 1e9);
    if (st != FAULT) return st;
    return fault_hint(call->faults, "ask about fewer variables, or allow more memory, :set memory");
}

Status sample_lanes_open(const SamplePlan *p, SampleLanes *out) {
    Status status = open_lanes(p, out);
    if (status != OK) sample_lanes_close(out);
    return status;
}

void sample_lanes_close(SampleLanes *l) {
    for (size_t v = 0; l->own && v < l->nvalues; v++) mem_free(l->own[v]);
    for (uint32_t i = 0; l->args && i < l->nargs; i++) mem_free(l->args[i]);
    mem_free(l->own);
    mem_free(l->values);
    mem_free(l->args);
    mem_free(l->how);
    mem_free(l->log_weight);
    mem_free(l->one);
    mem_free(l->missing);
    mem_free(l->work);
    *l = (SampleLanes){0};
}

// --- steps ---

static void run_kernel(const Kernel *k, SampleLanes *l, size_t n, double *out) {
    const void **inputs = (const void **)(void *)l->work;
    uint32_t count = kernel_ninputs(k);
    for (uint32_t i = 0; i < count; i++) inputs[i] = l->values[kernel_input(k, i)];
    kernel_run(k, n, inputs, out, l->work + count);
}

// A lane that cannot be stays so, whatever else has no value in it.
static void add_log(SampleLanes *l, size_t n, const double *x) {
    double *w = l->log_weight;
    for (size_t i = 0; i < n; i++)
        w[i] = w[i] == -INFINITY || x[i] == -INFINITY ? -INFINITY : w[i] + x[i];
}

// That there is no number shows in what is computed from it; that there is no level does not.
static void run_draw(const SampleStep *s, SampleLanes *l, Stream *stream, size_t n,
                     bool finite) {
    size_t wrong = mechanism_draw(s->mechanism, stream, n, l->values, l->own[s->var], l->missing,
                                  l->work);
    if (wrong && finite) l->missed = s;
}

// Where the slope is infinite and there is no solution, the function is flat in the variable:
// any value of it, or none, meets the evidence.
static void run_solve(const SampleStep *s, SampleLanes *l, size_t n, unsigned *how) {
    double *value = l->own[s->var];
    run_kernel(s->kernel, l, n, value);
    run_kernel(s->slope, l, n, l->one);
    for (size_t i = 0; i < n; i++) {
        if (value[i] != value[i] && l->one[i] == INFINITY) *how |= MECHANISM_MASS;
        if (!(fabs(value[i]) < INFINITY)) l->one[i] = -INFINITY;
    }
    *how |= MECHANISM_DENSITY;
    add_log(l, n, l->one);
}

static void run_weigh(const SampleStep *s, SampleLanes *l, size_t n, unsigned *how) {
    memset(l->one, 0, n * sizeof *l->one);
    *how |= mechanism_log_mass(s->mechanism, n, l->values, l->values[s->var], l->one, l->work);
    add_log(l, n, l->one);
}

static void run_event(const SampleStep *s, SampleLanes *l, size_t n) {
    run_kernel(s->kernel, l, n, l->one);
    for (size_t i = 0; i < n; i++)
        l->one[i] = l->one[i] != l->one[i] ? NAN : l->one[i] != 0 ? 0 : -INFINITY;
    add_log(l, n, l->one);
}

// A weight below 0 has no logarithm, and is no weight.
static void run_factor(const SampleStep *s, SampleLanes *l, size_t n) {
    run_kernel(s->kernel, l, n, l->one);
    math_block_log(n, l->one, l->one);
    add_log(l, n, l->one);
}

static void run_step(const SamplePlan *p, SampleLanes *l, size_t at, Stream *stream, size_t n) {
    const SampleStep *s = &p->steps.items[at];
    switch (s->kind) {
    case SAMPLE_DRAW:
        run_draw(s, l, stream, n, domain_finite(p->q->model->vars[s->var]->domain));
        break;
    case SAMPLE_SOLVE:
        run_solve(s, l, n, &l->how[at]);
        break;
    case SAMPLE_WEIGH:
        run_weigh(s, l, n, &l->how[at]);
        break;
    case SAMPLE_EVENT:
        run_event(s, l, n);
        break;
    default:
        run_factor(s, l, n);
    }
}

static void note_wrong(SampleLanes *l, const SampleStep *s) {
    if (!l->wrong || s < l->wrong) l->wrong = s;
}

static void weigh_again(const SampleStep *s, SampleLanes *l, size_t n) {
    unsigned how = 0;
    if (s->kind == SAMPLE_WEIGH)
        run_weigh(s, l, n, &how);
    else if (s->kind == SAMPLE_EVENT)
        run_event(s, l, n);
    else if (s->kind == SAMPLE_FACTOR)
        run_factor(s, l, n);
}

// A lane whose weight is NaN: the first step that made it so.
static void find_step(const SamplePlan *p, SampleLanes *l, size_t n, size_t lane) {
    for (size_t k = 0; k < p->steps.count; k++) {
        const SampleStep *s = &p->steps.items[k];
        if (s->kind == SAMPLE_DRAW || s->kind == SAMPLE_SOLVE) continue;
        weigh_again(s, l, n);
        if (l->one[lane] == l->one[lane]) continue;
        note_wrong(l, s);
        return;
    }
}

// Lanes that count and have no weight, or lack the value of a finite variable.
static void find_wrong(const SamplePlan *p, SampleLanes *l, size_t n) {
    size_t bad = n;
    for (size_t i = 0; i < n; i++) {
        if (l->log_weight[i] == -INFINITY) continue;
        if (l->missed && l->missing[i]) note_wrong(l, l->missed);
        if (l->log_weight[i] != l->log_weight[i]) bad = i;
    }
    if (bad < n) find_step(p, l, n, bad);
}

void sample_block(const SamplePlan *p, SampleLanes *l, uint64_t seed, uint64_t block, size_t n) {
    Stream stream;
    stream_open(&stream, seed, block);
    memset(l->log_weight, 0, n * sizeof *l->log_weight);
    if (l->missed) memset(l->missing, 0, n);
    for (size_t i = 0; i < p->steps.count; i++) run_step(p, l, i, &stream, n);
    for (uint32_t i = 0; i < l->nargs; i++) run_kernel(p->args.items[i], l, n, l->args[i]);
    find_wrong(p, l, n);
}
