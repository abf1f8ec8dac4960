// Query cause: the context of a question of actual causation, and its answer as a value.
#include "interp/query_cause.h"

#include "runtime/base/mem.h"
#include "runtime/cause/cause.h"
#include "runtime/infer/worlds_net.h"

typedef struct Pending {
    Vm *vm;
    const Question *q;
    Span span;
    Model *model; // after the question's do
    VEC(const Term *) given;
    VEC(Assign) items;
    Term *event; // all that is asked about
    Faults faults;
} Pending;

static bool report(Pending *p, Status st) {
    if (st == OK) return true;
    if (st == NOMEM) return fault_free(&p->faults), vm_memory(p->vm);
    if (st == CANCELLED) return vm_error(p->vm, DIAG_INTERRUPTED, p->span, "interrupted");
    return vm_faults(p->vm, &p->faults, p->span);
}

static bool add_condition(Pending *p, const Cond *c) {
    if (c->kind == COND_EVENT) return VEC_PUSH(&p->given, c->term) || vm_memory(p->vm);
    if (c->kind != COND_DO)
        return vm_error(p->vm, DIAG_HEAD_FORM, p->span,
                        "the conditions say what happened: events, or do(...)");
    for (uint32_t i = 0; i < c->n; i++)
        if (!VEC_PUSH(&p->items, c->items[i])) return vm_memory(p->vm);
    return true;
}

static bool operate(Pending *p) {
    World *done = NULL;
    const Model *m = vm_context(p->vm)->model;
    Status st = worlds_net_fill(m, p->items.items, (uint32_t)p->items.count, &p->faults, &done);
    if (st == OK && done->n) st = model_do(m, done->items, done->n, &p->model, &p->faults);
    else if (st == OK) p->model = model_keep(m);
    world_drop(done);
    return report(p, st);
}

// The events of causes(A, B | ...) all happened.
static bool join_events(Pending *p, uint32_t n) {
    p->event = term_keep(p->q->args[0]);
    for (uint32_t i = 1; i < n; i++)
        p->event = term_binary(TERM_AND, p->event, term_keep(p->q->args[i]), p->q->origin);
    return p->event || vm_memory(p->vm);
}

// --- answers --------------------------------------------------------------------------------

static Term *level_term(const Model *m, uint32_t var, uint32_t level) {
    const Domain *d = m->vars[var]->domain;
    Term *value;
    if (d->kind == DOMAIN_BOOL) value = term_bool(level == 1, 0);
    else if (d->kind == DOMAIN_RANGE) value = term_number(domain_number(d, level), 0);
    else value = term_level(d->levels[level].name, 0);
    return term_binary(TERM_EQ, term_var(m->vars[var]->name, NULL, 0), value, 0);
}

static bool one_set(Pending *p, const Cause *c, Value *out) {
    Value *items = MEM_NEW(Value, c->n);
    uint32_t made = 0;
    bool ok = items != NULL;
    for (; ok && made < c->n; made += ok) {
        Term *t = level_term(p->model, c->vars[made], c->levels[made]);
        ok = t && value_term(t, &items[made]);
    }
    ok = ok && value_list(VALUE_SET, items, made, out);
    while (items && made-- > 0) value_drop(items[made]);
    mem_free(items);
    return ok || vm_memory(p->vm);
}

static bool all_sets(Pending *p, const Causes *causes, Value *out) {
    size_t n = causes->items.count, made = 0;
    Value *sets = MEM_NEW(Value, n);
    bool ok = sets || vm_memory(p->vm);
    for (; ok && made < n; made += ok) ok = one_set(p, &causes->items.items[made], &sets[made]);
    if (ok) ok = value_list(VALUE_SETS, sets, made, out) || vm_memory(p->vm);
    while (sets && made-- > 0) value_drop(sets[made]);
    mem_free(sets);
    return ok;
}

static void add_levels(const Model *m, const uint32_t *vars, const uint32_t *levels, uint32_t n,
                       Str *out) {
    for (uint32_t i = 0; i < n; i++) {
        str_printf(out, "%s%s = ", i ? ", " : "", m->vars[vars[i]]->name->text);
        domain_add_level(m->vars[vars[i]]->domain, levels[i], out);
    }
}

// One step for each cause: what would have undone the event.
static bool tell(Pending *p, const Causes *causes) {
    Status st = OK;
    for (size_t i = 0; st == OK && vm_derivation(p->vm) && i < causes->items.count; i++) {
        const Cause *c = &causes->items.items[i];
        Str was = {0}, other = {0}, event = {0};
        add_levels(p->model, c->vars, c->levels, c->n, &was);
        add_levels(p->model, c->vars, c->other, c->n, &other);
        if (c->nheld) str_add(&other, " (and still ");
        add_levels(p->model, c->held, c->held_levels, c->nheld, &other);
        if (c->nheld) str_add_char(&other, ')');
        term_add(p->event, &event);
        st = derivation_add(vm_derivation(p->vm), "cause", "%s: had it been %s, %s would not have "
                            "happened", str_text(&was), str_text(&other), str_text(&event));
        str_free(&was);
        str_free(&other);
        str_free(&event);
    }
    return report(p, st);
}

static bool find_causes(Pending *p, const CauseQuestion *q, Value *out) {
    Causes causes;
    if (!report(p, cause_find(q, vm_ctl(p->vm), &causes, &p->faults))) return false;
    bool ok = tell(p, &causes) && all_sets(p, &causes, out);
    causes_free(&causes);
    return ok;
}

static bool find_degree(Pending *p, NodeOp head, const CauseQuestion *q, Value *out) {
    double degree;
    const Term *claim = p->q->args[1];
    Status st = head == HEAD_BLAME
                    ? cause_blame(q, claim, vm_ctl(p->vm), &degree, &p->faults)
                    : cause_responsibility(q, claim, vm_ctl(p->vm), &degree, &p->faults);
    if (!report(p, st)) return false;
    *out = value_number(degree);
    return true;
}

static bool answer(Pending *p, NodeOp head, Value *out) {
    for (uint32_t i = 0; i < p->q->nconds; i++)
        if (!add_condition(p, &p->q->conds[i])) return false;
    *out = value_unknown();
    if (vm_checking(p->vm)) return true;
    if (!operate(p) || !join_events(p, head == HEAD_CAUSES ? p->q->nargs : 1)) return false;
    CauseQuestion q = {.model = p->model,
                       .event = p->event,
                       .given = p->given.items,
                       .ngiven = (uint32_t)p->given.count,
                       .origin = p->q->origin};
    vm_note_rung(p->vm, 3);
    return head == HEAD_CAUSES ? find_causes(p, &q, out) : find_degree(p, head, &q, out);
}

bool query_cause(Vm *vm, NodeOp head, const Question *q, Span span, Value *out) {
    Pending p = {.vm = vm, .q = q, .span = span};
    bool ok = answer(&p, head, out);
    VEC_FREE(&p.given);
    VEC_FREE(&p.items);
    term_drop(p.event);
    model_drop(p.model);
    return ok;
}
