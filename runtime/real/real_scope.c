// Scope: conditions taken apart, and the ball that finds what matters.
//
// Shachter, "Bayes-Ball: the rational pastime" (UAI 1998). Each <-> is a root of its own with two
// children; each condition that is more than the value of one variable, and each weight, is an
// observed child of the variables that it mentions.
#include "runtime/real/real_scope.h"

#include <math.h>

#include "runtime/base/num.h"
#include "runtime/model/kernel.h"

typedef struct Ball {
    const RealQuestion *q;
    RealScope *s;
    Faults *faults;
    uint32_t nvars, nnodes; // variables, then roots of <->, then conditions and weights
    uint32_t first_factor;
    size_t *parent_start, *child_start; // per node: where its lists begin
    uint32_t *parents, *children;
    Word *observed, *top, *bottom, *seen, *queued;
    uint32_t *queue; // 2 * node + 1 when it comes from a child
    size_t head, tail;
} Ball;

typedef struct Arc {
    uint32_t from, to;
} Arc;
typedef VEC(Arc) Arcs;

// --- conditions -----------------------------------------------------------------------------

// The value of a term without variables; NaN when it is none.
static Status constant_of(const Model *m, const Term *t, double *value) {
    *value = NAN;
    if (t->op == TERM_NUMBER) {
        *value = t->number;
        return OK;
    }
    if (t->op == TERM_VAR || t->op == TERM_LEVEL) return OK;
    Kernel *k = NULL;
    Faults faults = {0};
    Status st = kernel_new(m, t, &k, &faults);
    fault_free(&faults);
    if (st == NOMEM) return NOMEM;
    if (st == OK && kernel_ninputs(k) == 0) {
        double *work = MEM_NEW(double, kernel_work(k, 1));
        if (work) kernel_run(k, 1, NULL, value, work);
        else st = NOMEM;
        mem_free(work);
    }
    kernel_free(k);
    return st == NOMEM ? NOMEM : OK;
}

typedef struct Density {
    const Model *m;
    bool found;
} Density;

static bool look_for_density(void *user, Sym name, const Term *at) {
    (void)at;
    Density *d = user;
    uint32_t var = model_find(d->m, name);
    DomainKind kind = var == MODEL_NONE ? DOMAIN_BOOL : d->m->vars[var]->domain->kind;
    d->found = kind == DOMAIN_REAL || kind == DOMAIN_POSITIVE || kind == DOMAIN_UNIT;
    return !d->found;
}

// Whether a term mentions a variable of the real numbers.
static Status has_density(const Model *m, const Term *t, bool *out) {
    Density d = {m, false};
    bool whole = term_variables(t, false, look_for_density, &d);
    *out = d.found;
    return whole || d.found ? OK : NOMEM;
}

static Status add_evidence(Ball *b, RealEvidence e) {
    return VEC_PUSH(&b->s->evidence, e) ? OK : NOMEM;
}

static Status add_event(Ball *b, const Term *t) {
    return add_evidence(b, (RealEvidence){.kind = REAL_EVENT, .var = MODEL_NONE, .term = t,
                                          .written = t});
}

static Status add_level(Ball *b, uint32_t var, uint32_t level, const Term *written) {
    if (level == UINT32_MAX) return add_event(b, written);
    return add_evidence(b, (RealEvidence){.kind = REAL_LEVEL, .var = var, .level = level,
                                          .value = domain_number(b->q->model->vars[var]->domain,
                                                                 level),
                                          .term = written, .written = written});
}

// An equation of a variable with a level or number.
static Status add_equation(Ball *b, const Term *t, const Term *side, const Term *other,
                           bool *done) {
    const Model *m = b->q->model;
    uint32_t var = side->op == TERM_VAR ? model_find(m, side->sym) : MODEL_NONE;
    double value;
    *done = true;
    if (var != MODEL_NONE && other->op == TERM_LEVEL && domain_finite(m->vars[var]->domain))
        return add_level(b, var, domain_find_name(m->vars[var]->domain, other->sym), t);
    TRY(constant_of(m, other, &value));
    if (isnan(value)) return *done = false, OK;
    if (var != MODEL_NONE && domain_finite(m->vars[var]->domain))
        return add_level(b, var, domain_find_number(m->vars[var]->domain, value), t);
    bool dense = var != MODEL_NONE;
    if (!dense) TRY(has_density(m, side, &dense));
    if (!dense) return *done = false, OK;
    if (var != MODEL_NONE && m->vars[var]->domain->kind == DOMAIN_INT) value = num_whole(value);
    return add_evidence(b, (RealEvidence){.kind = REAL_POINT, .var = var, .value = value,
                                          .term = side, .written = t});
}

// X = Y between two quantities of which one has a density: their difference is 0.
static Status add_difference(Ball *b, const Term *t, bool *done) {
    TRY(has_density(b->q->model, t, done));
    if (!*done) return OK;
    Term *d = term_binary(TERM_SUB, term_keep(t->kid[0]), term_keep(t->kid[1]), t->origin);
    if (!d || !VEC_PUSH(&b->s->owned, d)) {
        term_drop(d);
        return NOMEM;
    }
    return add_evidence(b, (RealEvidence){.kind = REAL_POINT, .var = MODEL_NONE, .term = d,
                                          .written = t});
}

static bool is_bool_variable(const Model *m, const Term *t, uint32_t *var) {
    if (t->op != TERM_VAR) return false;
    *var = model_find(m, t->sym);
    return *var != MODEL_NONE && m->vars[*var]->domain->kind == DOMAIN_BOOL;
}

static Status add_condition(Ball *b, const Term *t) {
    uint32_t var;
    bool done = false;
    if (is_bool_variable(b->q->model, t, &var)) return add_level(b, var, 1, t);
    if (t->op == TERM_NOT && is_bool_variable(b->q->model, t->kid[0], &var))
        return add_level(b, var, 0, t);
    if (t->op == TERM_EQ) {
        TRY(add_equation(b, t, t->kid[0], t->kid[1], &done));
        if (!done) TRY(add_equation(b, t, t->kid[1], t->kid[0], &done));
        if (!done) TRY(add_difference(b, t, &done));
    }
    return done ? OK : add_event(b, t);
}

// The parts of a conjunction, from left to right.
static Status add_conjunction(Ball *b, const Term *t) {
    VEC(const Term *) stack = {0};
    Status st = VEC_PUSH(&stack, t) ? OK : NOMEM;
    while (st == OK && stack.count) {
        const Term *top = stack.items[--stack.count];
        if (top->op != TERM_AND) st = add_condition(b, top);
        else if (!VEC_PUSH(&stack, top->kid[1]) || !VEC_PUSH(&stack, top->kid[0])) st = NOMEM;
    }
    VEC_FREE(&stack);
    return st;
}

// --- the graph ------------------------------------------------------------------------------

typedef struct Mention {
    Ball *b;
    Arcs *arcs;
    uint32_t node;
    bool failed;
} Mention;

static bool mention(void *user, Sym name, const Term *at) {
    (void)at;
    Mention *m = user;
    uint32_t var = model_find(m->b->q->model, name);
    if (var != MODEL_NONE && !VEC_PUSH(m->arcs, ((Arc){var, m->node}))) m->failed = true;
    return !m->failed;
}

static Status add_mentions(Ball *b, Arcs *arcs, const Term *t, uint32_t node) {
    Mention m = {b, arcs, node, false};
    return term_variables(t, false, mention, &m) && !m.failed ? OK : NOMEM;
}

static bool is_alone(const RealEvidence *e) {
    return e->var != MODEL_NONE;
}

// The number of nodes, and the arcs between them.
static Status list_arcs(Ball *b, Arcs *arcs) {
    const Model *m = b->q->model;
    bool ok = true;
    b->nnodes = m->nvars;
    for (uint32_t v = 0; v < m->nvars; v++)
        for (uint32_t p = 0; ok && m->vars[v]->mech != MECH_NONE && p < m->vars[v]->nparents; p++)
            ok = VEC_PUSH(arcs, ((Arc){m->vars[v]->parents[p], v}));
    for (uint32_t e = 0; ok && e < m->nedges; e++) {
        const ModelEdge *edge = &m->edges[e];
        if (edge->both) {
            ok = VEC_PUSH(arcs, ((Arc){b->nnodes, edge->from})) &&
                 VEC_PUSH(arcs, ((Arc){b->nnodes, edge->to}));
            b->nnodes++;
        } else if (m->vars[edge->to]->mech == MECH_NONE) {
            ok = VEC_PUSH(arcs, ((Arc){edge->from, edge->to}));
        }
    }
    b->first_factor = b->nnodes;
    for (size_t i = 0; ok && i < b->s->evidence.count; i++) {
        const RealEvidence *e = &b->s->evidence.items[i];
        if (!is_alone(e)) TRY(add_mentions(b, arcs, e->term, b->nnodes));
        b->nnodes++;
    }
    for (uint32_t i = 0; ok && i < b->q->nweights; i++)
        TRY(add_mentions(b, arcs, b->q->weights[i], b->nnodes++));
    return ok ? OK : NOMEM;
}

// The lists of one end of the arcs by the other.
static Status group(Ball *b, const Arcs *arcs, bool by_to, size_t **start, uint32_t **items) {
    *start = ARENA_ARRAY(&b->s->arena, size_t, (size_t)b->nnodes + 2);
    *items = ARENA_ARRAY(&b->s->arena, uint32_t, arcs->count);
    if (!*start || !*items) return NOMEM;
    for (size_t i = 0; i < arcs->count; i++)
        (*start)[(by_to ? arcs->items[i].to : arcs->items[i].from) + 2]++;
    for (uint32_t k = 1; k < b->nnodes; k++) (*start)[k + 1] += (*start)[k];
    for (size_t i = 0; i < arcs->count; i++) {
        Arc a = arcs->items[i];
        (*items)[(*start)[(by_to ? a.to : a.from) + 1]++] = by_to ? a.from : a.to;
    }
    return OK;
}

static Status build(Ball *b) {
    Arcs arcs = {0};
    Status st = list_arcs(b, &arcs);
    if (st == OK) st = group(b, &arcs, true, &b->parent_start, &b->parents);
    if (st == OK) st = group(b, &arcs, false, &b->child_start, &b->children);
    VEC_FREE(&arcs);
    return st;
}

// --- the ball -------------------------------------------------------------------------------

static void send(Ball *b, uint32_t node, bool from_child) {
    size_t key = 2 * (size_t)node + from_child;
    if (bits_has(b->queued, key)) return;
    bits_add(b->queued, key);
    b->queue[b->tail++] = (uint32_t)key;
}

static void send_up(Ball *b, uint32_t node) {
    if (bits_has(b->top, node)) return;
    bits_add(b->top, node);
    for (size_t i = b->parent_start[node]; i < b->parent_start[node + 1]; i++)
        send(b, b->parents[i], true);
}

static void send_down(Ball *b, uint32_t node) {
    if (bits_has(b->bottom, node)) return;
    bits_add(b->bottom, node);
    for (size_t i = b->child_start[node]; i < b->child_start[node + 1]; i++)
        send(b, b->children[i], false);
}

static void arrive(Ball *b, uint32_t node, bool from_child) {
    bool observed = bits_has(b->observed, node);
    bits_add(b->seen, node);
    if (observed != from_child) send_up(b, node);
    if (!observed) send_down(b, node);
}

static bool start_at(void *user, Sym name, const Term *at) {
    (void)at;
    Ball *b = user;
    uint32_t var = model_find(b->q->model, name);
    if (var != MODEL_NONE) send(b, var, true);
    return true;
}

static Status throw_ball(Ball *b) {
    for (uint32_t i = 0; i < b->q->nargs; i++)
        if (!term_variables(b->q->args[i], false, start_at, b)) return NOMEM;
    // Every weight is multiplied in, whether it matters or cancels.
    for (uint32_t i = 0; i < b->q->nweights; i++)
        if (!term_variables(b->q->weights[i], false, start_at, b)) return NOMEM;
    while (b->head < b->tail) {
        uint32_t key = b->queue[b->head++];
        arrive(b, key / 2, key & 1);
    }
    return OK;
}

// Marks a node and all its ancestors, observed ones too.
static void climb(Ball *b, uint32_t node) {
    b->head = b->tail = 0;
    send(b, node, true);
    while (b->head < b->tail) {
        uint32_t at = b->queue[b->head++] / 2;
        bits_add(b->seen, at);
        send_up(b, at);
    }
}

// Everything that is given matters.
static void climb_from_given(Ball *b) {
    for (size_t i = 0; i < b->s->evidence.count; i++) {
        const RealEvidence *e = &b->s->evidence.items[i];
        climb(b, is_alone(e) ? e->var : b->first_factor + (uint32_t)i);
    }
}

static Status prepare(Ball *b) {
    Arena *a = &b->s->arena;
    size_t words = bits_words(b->nnodes);
    b->observed = ARENA_ARRAY(a, Word, words);
    b->top = ARENA_ARRAY(a, Word, words);
    b->bottom = ARENA_ARRAY(a, Word, words);
    b->seen = ARENA_ARRAY(a, Word, words);
    b->queued = ARENA_ARRAY(a, Word, bits_words(2 * (size_t)b->nnodes));
    b->queue = ARENA_ARRAY(a, uint32_t, 2 * (size_t)b->nnodes);
    bool ok = b->observed && b->top && b->bottom && b->seen && b->queued && b->queue;
    if (!ok) return NOMEM;
    for (uint32_t i = b->first_factor; i < b->nnodes; i++) bits_add(b->observed, i);
    for (size_t i = 0; i < b->s->evidence.count; i++)
        if (is_alone(&b->s->evidence.items[i]))
            bits_add(b->observed, b->s->evidence.items[i].var);
    return OK;
}

// --- the result -----------------------------------------------------------------------------

static Status report_open(const Ball *b, uint32_t var) {
    const ModelVar *v = b->q->model->vars[var];
    uint32_t asked = b->q->origin;
    Status st = fault_add(b->faults, FAULT_ASK_OPEN, asked ? asked : v->origin,
                          "%s has no mechanism, and the answer depends on its distribution",
                          v->name->text);
    if (st != FAULT) return st;
    if (asked) fault_also(b->faults, v->origin);
    return fault_hint(b->faults, "give %s a mechanism, or set it with do(%s = ...)",
                      v->name->text, v->name->text);
}

static Status list_vars(Ball *b) {
    const Model *m = b->q->model;
    RealScope *s = b->s;
    s->vars = ARENA_ARRAY(&s->arena, uint32_t, m->nvars);
    if (!s->vars) return NOMEM;
    for (uint32_t i = 0; i < m->nvars; i++) {
        uint32_t v = m->order[i];
        if (!bits_has(b->top, v)) continue;
        if (m->vars[v]->mech == MECH_NONE) return report_open(b, v);
        s->vars[s->nvars++] = v;
    }
    s->in = b->top;
    s->known = b->observed;
    return OK;
}

static bool same_value(const RealEvidence *a, const RealEvidence *b) {
    return a->kind == REAL_LEVEL ? a->level == b->level : num_same(a->value, b->value);
}

static Status report_contradiction(const Ball *b, const RealEvidence *e) {
    return fault_add(b->faults, FAULT_ASK_IMPOSSIBLE, e->written->origin,
                     "these conditions give %s two different values",
                     b->q->model->vars[e->var]->name->text);
}

// Conditions that the question does not depend on go, and those that say the same twice.
static Status drop_separated(Ball *b) {
    RealScope *s = b->s;
    size_t kept = 0;
    s->evidence_of = ARENA_ARRAY(&s->arena, uint32_t, b->nvars);
    if (!s->evidence_of) return NOMEM;
    for (uint32_t v = 0; v < b->nvars; v++) s->evidence_of[v] = UINT32_MAX;
    for (size_t i = 0; i < s->evidence.count; i++) {
        RealEvidence e = s->evidence.items[i];
        uint32_t *at = is_alone(&e) ? &s->evidence_of[e.var] : NULL;
        if (at && *at != UINT32_MAX && !same_value(&s->evidence.items[*at], &e))
            return report_contradiction(b, &e);
        if ((at && *at != UINT32_MAX) ||
            !bits_has(b->seen, at ? e.var : b->first_factor + (uint32_t)i)) {
            if (!VEC_PUSH(&s->separated, e)) return NOMEM;
            continue;
        }
        if (at) *at = (uint32_t)kept;
        s->evidence.items[kept++] = e;
    }
    s->evidence.count = kept;
    return OK;
}

static Status open_scope(const RealQuestion *q, bool given, Faults *faults, RealScope *out) {
    *out = (RealScope){0};
    Ball b = {.q = q, .s = out, .faults = faults, .nvars = q->model->nvars};
    if (q->model->nfactors)
        return fault_add(faults, FAULT_ASK_REAL_FACTOR, q->model->factors[0].origin,
                         "in a model with factors this question is answered exactly, and about "
                         "variables of finitely many values only");
    for (uint32_t i = 0; i < q->ngiven; i++) TRY(add_conjunction(&b, q->given[i]));
    TRY(build(&b));
    TRY(prepare(&b));
    if (given) climb_from_given(&b);
    else TRY(throw_ball(&b));
    TRY(drop_separated(&b));
    return list_vars(&b);
}

Status real_scope_open(const RealQuestion *q, Faults *faults, RealScope *out) {
    return open_scope(q, false, faults, out);
}

Status real_scope_open_given(const RealQuestion *q, Faults *faults, RealScope *out) {
    return open_scope(q, true, faults, out);
}

void real_scope_close(RealScope *s) {
    for (size_t i = 0; i < s->owned.count; i++) term_drop(s->owned.items[i]);
    VEC_FREE(&s->owned);
    VEC_FREE(&s->evidence);
    VEC_FREE(&s->separated);
    arena_free(&s->arena);
}
