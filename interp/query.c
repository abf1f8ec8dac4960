// Query: heads put to the library.
#include "interp/query.h"

#include "interp/data_value.h"
#include "interp/query_bounds.h"
#include "interp/query_cause.h"
#include "interp/query_cf.h"
#include "interp/query_identify.h"
#include "interp/query_ladder.h"
#include "interp/query_notes.h"
#include "interp/query_sample.h"
#include "interp/table.h"
#include "interp/vm.h"

// Everything one question needs while it is put; freed by pending_free.
typedef struct Pending {
    Vm *vm;
    const QueryShape *shape;
    VEC(Term *) args;
    uint32_t nfirst;
    VEC(Cond) conds;
    VEC(World *) worlds; // one per do, whose items the conditions borrow
    Value count;         // of sample: what stands before the bar (borrowed)
    bool unknown;        // a part is UNKNOWN
} Pending;

static void pending_free(Pending *p) {
    for (size_t i = 0; i < p->args.count; i++) term_drop(p->args.items[i]);
    for (size_t i = 0; i < p->conds.count; i++) {
        term_drop(p->conds.items[i].term);
        term_drop(p->conds.items[i].value);
    }
    for (size_t i = 0; i < p->worlds.count; i++) world_drop(p->worlds.items[i]);
    VEC_FREE(&p->args);
    VEC_FREE(&p->conds);
    VEC_FREE(&p->worlds);
}

// --- worlds ---------------------------------------------------------------------------------

typedef VEC(Assign) AssignVec;

static void drop_assigns(AssignVec *v) {
    for (size_t i = 0; i < v->count; i++) {
        term_drop(v->items[i].value);
        mem_free(v->items[i].inputs);
    }
    VEC_FREE(v);
}

static bool set_policy(Vm *vm, Assign *a, Value query, Span span) {
    const ListObject *inputs = value_items(query);
    a->kind = inputs->count ? ASSIGN_POLICY : ASSIGN_FREE;
    if (!inputs->count) return true;
    a->inputs = MEM_NEW(Sym, inputs->count);
    if (!a->inputs) return vm_memory(vm);
    for (size_t i = 0; i < inputs->count; i++) {
        Sym name = value_variable(inputs->items[i]);
        if (!name)
            return vm_error(vm, DIAG_QUERY_PLACE, span, "the inputs of ?(...) are variables, not %s",
                            value_kind(inputs->items[i]));
        a->inputs[a->ninputs++] = name;
    }
    return true;
}

// A value after `~`: tables are distributions there, elsewhere functions of their variables.
static bool to_term(Vm *vm, Value v, bool distribution, Span span, Term **out) {
    Trouble t = {0};
    uint32_t origin = source_place(vm_sources(vm), span);
    bool ok = distribution && table_is(v) ? table_distribution(v, origin, out, &t)
                                          : value_to_term(v, origin, out, &t);
    return ok || vm_trouble(vm, &t, span);
}

static bool set_bare(Vm *vm, Assign *a, const AssignShape *shape) {
    const ModelVar *var = vm_variable(vm, a->target);
    const Domain *d = var ? var->domain : NULL;
    bool is_bool = d && d->kind == DOMAIN_BOOL;
    if (shape->negated && d && !is_bool)
        return vm_error(vm, DIAG_KIND, shape->span, "not %s needs a bool; %s has other values",
                        a->target->text, a->target->text);
    if (!is_bool && !shape->negated) {
        a->kind = ASSIGN_FREE;
        return true;
    }
    a->kind = ASSIGN_VALUE;
    a->value = term_bool(!shape->negated, a->origin);
    return a->value || vm_memory(vm);
}

static bool set_value(Vm *vm, Assign *a, const AssignShape *shape, Value value) {
    if (shape->op == ASSIGN_BARE) return set_bare(vm, a, shape);
    if (value.tag == VALUE_QUERY) return set_policy(vm, a, value, shape->span);
    a->kind = shape->op == ASSIGN_RANDOM ? ASSIGN_DRAW : ASSIGN_VALUE;
    return to_term(vm, value, a->kind == ASSIGN_DRAW, shape->span, &a->value);
}

static Sym variable_of(Vm *vm, Value v, Span span) {
    Sym name = value_variable(v);
    if (!name) {
        vm_error(vm, DIAG_DO_TARGET, span, "do sets a variable, not %s", value_kind(v));
        if (v.tag == VALUE_FAMILY)
            diag_hint(vm_diags(vm), "%s is a family: write %s[_] to set all its members",
                      v.sym->text, v.sym->text);
    }
    return name;
}

static bool add_one(Vm *vm, AssignVec *out, const AssignShape *shape, Value target, Value source,
                    Value value) {
    Assign a = {.origin = source_place(vm_sources(vm), shape->span)};
    a.target = variable_of(vm, target, shape->span);
    if (!a.target) return false;
    if (shape->edge && !(a.source = variable_of(vm, source, shape->span))) return false;
    bool ok = set_value(vm, &a, shape, value) && (VEC_PUSH(out, a) || vm_memory(vm));
    if (!ok) {
        term_drop(a.value);
        mem_free(a.inputs);
    }
    return ok;
}

static bool is_many(Value v) {
    return v.tag == VALUE_LIST || v.tag == VALUE_SET;
}

// do(X[_] = 1) sets each member; do(X[_] = [1, 2]) each to its own.
static bool add_each(Vm *vm, AssignVec *out, const AssignShape *shape, Value target, Value source,
                     Value value) {
    if (!is_many(target)) return add_one(vm, out, shape, target, source, value);
    const ListObject *targets = value_items(target);
    size_t n = 0;
    bool spread = value.tag == VALUE_LIST && value_count(value, &n);
    if (spread && n != targets->count)
        return vm_error(vm, DIAG_KIND, shape->span, "%zu variables are set to a list of %zu values",
                        targets->count, n);
    for (size_t i = 0; i < targets->count; i++) {
        Value v = spread ? value_items(value)->items[i] : value;
        if (!add_one(vm, out, shape, targets->items[i], source, v)) return false;
    }
    return true;
}

static bool set_twice(Vm *vm, const AssignVec *v, const AssignShape *shapes) {
    for (size_t i = 0; i < v->count; i++)
        for (size_t j = 0; j < i; j++)
            if (v->items[i].target == v->items[j].target && v->items[i].source == v->items[j].source)
                return !vm_error(vm, DIAG_SET_TWICE, shapes[0].span, "%s is set twice",
                                 v->items[i].target->text);
    return false;
}

bool query_world(Vm *vm, const AssignShape *assigns, uint32_t n, const Value *values,
                 World **out) {
    AssignVec items = {0};
    Value none = value_nothing();
    bool ok = true;
    for (uint32_t i = 0; ok && i < n; i++) {
        const AssignShape *shape = &assigns[i];
        Value target = *values++;
        Value source = none;
        if (shape->edge) {
            source = target;
            target = *values++;
        }
        Value value = shape->op == ASSIGN_BARE ? none : *values++;
        ok = add_each(vm, &items, shape, target, source, value);
    }
    ok = ok && !set_twice(vm, &items, assigns);
    if (!ok) {
        drop_assigns(&items);
        return false;
    }
    *out = world_new(items.items, (uint32_t)items.count);
    VEC_FREE(&items);
    return *out || vm_memory(vm);
}

static bool one_in_world(Vm *vm, Value base, World *world, Span span, Value *out) {
    if (base.tag != VALUE_TERM || base.term->op != TERM_VAR)
        return vm_error(vm, DIAG_WORLD_BASE, span,
                        "a world in brackets follows a variable, not %s", value_kind(base));
    if (base.term->world)
        return vm_error(vm, DIAG_WORLD_BASE, span, "%s is already in a world of its own",
                        base.term->sym->text);
    Term *term = term_var(base.term->sym, world_keep(world), source_place(vm_sources(vm), span));
    return value_term(term, out) || vm_memory(vm);
}

bool query_in_world(Vm *vm, Value base, World *world, Span span, Value *out) {
    bool ok = true;
    if (base.tag == VALUE_UNKNOWN) {
        *out = base;
    } else if (base.tag == VALUE_LIST) {
        const ListObject *list = value_items(base);
        Value *items = MEM_NEW(Value, list->count);
        size_t n = 0;
        ok = items || vm_memory(vm);
        for (; ok && n < list->count; n += ok)
            ok = one_in_world(vm, list->items[n], world, span, &items[n]);
        ok = ok && (value_list(VALUE_LIST, items, n, out) || vm_memory(vm));
        for (size_t i = 0; i < n; i++) value_drop(items[i]);
        mem_free(items);
    } else {
        ok = one_in_world(vm, base, world, span, out);
    }
    world_drop(world);
    return ok;
}

// --- the parts of a head --------------------------------------------------------------------

static uint32_t assign_values(const AssignShape *a) {
    return 1u + (a->edge ? 1u : 0u) + (a->op == ASSIGN_BARE ? 0u : 1u);
}

static uint32_t part_values(const QueryShape *shape, const Part *part) {
    if (part->kind == PART_SOFT) return 2;
    if (part->kind != PART_DO) return 1;
    uint32_t n = 0;
    for (uint32_t i = 0; i < part->nassigns; i++)
        n += assign_values(&shape->assigns[part->first_assign + i]);
    return n;
}

static bool refuse_word(Pending *p, Value v, Span span) {
    vm_error(p->vm, DIAG_EVENT, span, "%s alone is not an event", v.sym->text);
    diag_hint(vm_diags(p->vm), "say which variable has this value: V = %s", v.sym->text);
    return false;
}

static bool is_moment(NodeOp head) {
    return head == HEAD_E || head == HEAD_VAR || head == HEAD_SD || head == HEAD_COV ||
           head == HEAD_COR || head == HEAD_QUANTILE;
}

// A value as an event or quantity of the head.
static bool part_term(Pending *p, Value v, Span span, Term **out) {
    bool word = v.tag == VALUE_LEVEL || v.tag == VALUE_STRING;
    if (word && !is_moment(p->shape->head)) return refuse_word(p, v, span);
    return to_term(p->vm, v, false, span, out);
}

static bool take_arg(void *user, Term *taken) {
    Pending *p = user;
    if (VEC_PUSH(&p->args, taken)) return true;
    term_drop(taken);
    return vm_memory(p->vm);
}

static bool add_arg(Pending *p, Value v, Span span) {
    Term *term;
    return part_term(p, v, span, &term) && take_arg(p, term);
}

static bool add_cond(Pending *p, Cond cond) {
    if (VEC_PUSH(&p->conds, cond)) return true;
    term_drop(cond.term);
    term_drop(cond.value);
    return vm_memory(p->vm);
}

static bool add_event(Pending *p, CondKind kind, Value v, Span span) {
    Cond cond = {.kind = kind, .origin = source_place(vm_sources(p->vm), span)};
    return part_term(p, v, span, &cond.term) && add_cond(p, cond);
}

static bool take_cond(void *user, Term *taken) {
    return add_cond(user, (Cond){.kind = COND_EVENT, .term = taken, .origin = taken->origin});
}

// A row of data stands for the values of all its columns.
static bool each_cell(Pending *p, const DataFrame *f, Span span, bool (*take)(void *, Term *)) {
    const Context *context = vm_context(p->vm);
    Trouble t = {0};
    if (context->unknown) return p->unknown = true;
    if (!context->model) return query_bounds_refuse(p->vm, span);
    uint32_t origin = source_place(vm_sources(p->vm), span);
    if (data_value_row(f, context->model, origin, take, p, &t)) return true;
    return t.message ? vm_trouble(p->vm, &t, span) : vm_memory(p->vm);
}

// A list, from V[_] or V[_] = e, stands for all its items.
static bool each(Pending *p, Value v, Span span, bool (*add)(Pending *, Value, Span)) {
    if (v.tag == VALUE_DATA)
        return each_cell(p, v.data, span, add == add_arg ? take_arg : take_cond);
    if (v.tag != VALUE_LIST && v.tag != VALUE_SET) return add(p, v, span);
    const ListObject *list = value_items(v);
    for (size_t i = 0; i < list->count; i++)
        if (!add(p, list->items[i], span)) return false;
    return true;
}

static bool add_observed(Pending *p, Value v, Span span) {
    return add_event(p, COND_EVENT, v, span);
}

static bool add_do(Pending *p, const Part *part, const Value *values) {
    World *world;
    const AssignShape *assigns = p->shape->assigns + part->first_assign;
    if (!query_world(p->vm, assigns, part->nassigns, values, &world)) return false;
    if (!VEC_PUSH(&p->worlds, world)) {
        world_drop(world);
        return vm_memory(p->vm);
    }
    Cond cond = {.kind = COND_DO, .items = world->items, .n = world->n,
                 .origin = source_place(vm_sources(p->vm), part->span)};
    return add_cond(p, cond);
}

static bool add_soft(Pending *p, const Part *part, const Value *values) {
    Cond cond = {.kind = COND_SOFT, .origin = source_place(vm_sources(p->vm), part->span)};
    return to_term(p->vm, values[0], false, part->span, &cond.term) &&
           (to_term(p->vm, values[1], true, part->span, &cond.value) ||
            (term_drop(cond.term), false)) &&
           add_cond(p, cond);
}

// slope(X -> Y), blame(X = 1 -> Y = 1): the effect, then the cause.
static bool add_arrow(Pending *p, Value v, Span span) {
    const ListObject *ends = v.tag == VALUE_ARROW ? value_items(v) : NULL;
    bool slope = p->shape->head == HEAD_SLOPE;
    if (!ends || ends->count != 2)
        return vm_error(p->vm, DIAG_HEAD_FORM, span, "this is asked as %s(%s)",
                        ast_op_text(p->shape->head),
                        slope ? "X -> Y | W, conditions" : "X = 1 -> Y = 1 | what happened");
    return add_arg(p, ends->items[1], span) && add_arg(p, ends->items[0], span);
}

// A bare variable after the bar of slope is one that the linear predictor reads, too.
static bool add_slope_part(Pending *p, const Part *part, Value v) {
    if (part->kind == PART_ARG) return add_arrow(p, v, part->span);
    if (value_variable(v) || v.tag == VALUE_LIST) return each(p, v, part->span, add_arg);
    return each(p, v, part->span, add_observed);
}

static bool asks_events(const Pending *p) {
    return !p->shape->argmax && (p->shape->head == HEAD_P || p->shape->head == HEAD_LOGP);
}

// No events at all, such as those of a row where everything is missing, happen together.
static bool add_certain(Pending *p, Span span) {
    Term *truth = term_bool(true, source_place(vm_sources(p->vm), span));
    return truth ? take_arg(p, truth) : vm_memory(p->vm);
}

static bool add_part(Pending *p, const Part *part, const Value *values) {
    bool slope = p->shape->head == HEAD_SLOPE;
    if (p->shape->head == HEAD_SAMPLE && part->kind == PART_ARG) {
        if (p->count.tag != VALUE_NOTHING)
            return vm_error(p->vm, DIAG_HEAD_FORM, part->span,
                            "this is asked as sample(n | conditions)");
        p->count = *values;
        return true;
    }
    if (slope && (part->kind == PART_ARG || part->kind == PART_EVENT))
        return add_slope_part(p, part, *values);
    bool degree = p->shape->head == HEAD_RESPONSIBILITY || p->shape->head == HEAD_BLAME;
    if (degree && part->kind == PART_ARG) return add_arrow(p, *values, part->span);
    switch (part->kind) {
    case PART_ARG:
        if (!each(p, *values, part->span, add_arg)) return false;
        if (p->args.count == p->nfirst && asks_events(p) && !add_certain(p, part->span))
            return false;
        p->nfirst = (uint32_t)p->args.count;
        return true;
    case PART_SECOND: return each(p, *values, part->span, add_arg);
    case PART_EVENT: return each(p, *values, part->span, add_observed);
    case PART_DO: return add_do(p, part, values);
    case PART_SOFT: return add_soft(p, part, values);
    case PART_FACTOR: return add_event(p, COND_FACTOR, *values, part->span);
    }
    return false;
}

static bool add_parts(Pending *p, const Value *values) {
    const QueryShape *shape = p->shape;
    for (uint32_t i = 0; i < shape->nvalues; i++)
        if (values[i].tag == VALUE_UNKNOWN) p->unknown = true;
    for (uint32_t i = 0; !p->unknown && i < shape->nparts; i++) {
        if (!add_part(p, &shape->parts[i], values)) return false;
        values += part_values(shape, &shape->parts[i]);
    }
    return true;
}

// --- asking ---------------------------------------------------------------------------------

static bool head_of(const QueryShape *shape, AskHead *out) {
    static const struct {
        NodeOp head;
        AskHead ask;
    } heads[] = {
        {HEAD_P, ASK_P},     {HEAD_LOGP, ASK_LOGP}, {HEAD_E, ASK_E},
        {HEAD_VAR, ASK_VAR}, {HEAD_SD, ASK_SD},     {HEAD_COV, ASK_COV},
        {HEAD_COR, ASK_COR}, {HEAD_H, ASK_H},       {HEAD_QUANTILE, ASK_QUANTILE},
        {HEAD_I, ASK_I},     {HEAD_MARGINALS, ASK_MARGINALS},
        {HEAD_SLOPE, ASK_SLOPE},
    };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        if (heads[i].head != shape->head) continue;
        *out = shape->argmax ? ASK_ARGMAX : heads[i].ask;
        return true;
    }
    return false;
}

// How many arguments each head takes; the message shows its form.
static bool check_arity(Pending *p, AskHead head) {
    static const struct {
        size_t least, most;
        const char *form;
    } forms[] = {
        [ASK_P] = {1, SIZE_MAX, "P(events | conditions)"},
        [ASK_LOGP] = {0, SIZE_MAX, "logP(events | conditions)"},
        [ASK_E] = {1, 1, "E[quantity | conditions]"},
        [ASK_VAR] = {1, 1, "Var[quantity | conditions]"},
        [ASK_SD] = {1, 1, "Sd[quantity | conditions]"},
        [ASK_COV] = {2, 2, "Cov[quantity, quantity | conditions]"},
        [ASK_COR] = {2, 2, "Cor[quantity, quantity | conditions]"},
        [ASK_QUANTILE] = {2, 2, "Quantile[quantity, probability | conditions]"},
        [ASK_H] = {1, SIZE_MAX, "H(variables | conditions)"},
        [ASK_I] = {2, SIZE_MAX, "I(variables; variables | conditions)"},
        [ASK_ARGMAX] = {1, SIZE_MAX, "argmax P(variables | conditions)"},
        [ASK_MARGINALS] = {0, 0, "marginals(conditions)"},
        [ASK_SLOPE] = {2, SIZE_MAX, "slope(X -> Y | W, conditions)"},
    };
    size_t n = p->args.count;
    bool ok = n >= forms[head].least && n <= forms[head].most;
    if (head == ASK_I && (p->nfirst == 0 || p->nfirst == n)) ok = false;
    return ok || vm_error(p->vm, DIAG_HEAD_FORM, p->shape->span, "this is asked as %s",
                          forms[head].form);
}

// argmax goes through the levels of variables; an event has none.
static bool check_argmax(Pending *p) {
    for (size_t i = 0; i < p->args.count; i++) {
        const Term *t = p->args.items[i];
        if (t->op == TERM_VAR || t->op == TERM_FREE) continue;
        Str s = {0};
        term_add(t, &s);
        vm_error(p->vm, DIAG_HEAD_FORM, p->shape->span, "argmax P looks for the levels of "
                 "variables; %s is an event", str_text(&s));
        diag_hint(vm_diags(p->vm), "what is known stands after the bar: argmax P(V | X = 1)");
        str_free(&s);
        return false;
    }
    return true;
}

static bool find_variable(void *user, Sym name, const Term *at) {
    (void)at;
    *(Sym *)user = name;
    return false;
}

// The probability of a quantile is a number.
static bool check_quantile(Pending *p) {
    Sym name = NULL;
    if (!term_variables(p->args.items[1], true, find_variable, &name) && !name)
        return vm_memory(p->vm);
    return !name || vm_error(p->vm, DIAG_HEAD_FORM, p->shape->span,
                             "this is asked as Quantile[quantity, probability | conditions], and %s "
                             "is no number", name->text);
}

static bool check_form(Pending *p, AskHead head) {
    return check_arity(p, head) && (head != ASK_ARGMAX || check_argmax(p)) &&
           (head != ASK_QUANTILE || check_quantile(p));
}

static bool in_context(Pending *p) {
    const Context *context = vm_context(p->vm);
    Span span = p->shape->span;
    if (context->model || context->unknown || context->assuming) return true;
    vm_error(p->vm, DIAG_NO_MODEL, span, "there is no model to ask");
    diag_hint(vm_diags(p->vm), "declare one first: model NAME { ... }, or import a network");
    return false;
}

static bool report(Pending *p, Status status, Faults *faults) {
    if (status == OK) return true;
    if (status == NOMEM) {
        fault_free(faults);
        return vm_memory(p->vm);
    }
    if (status == CANCELLED)
        return vm_error(p->vm, DIAG_INTERRUPTED, p->shape->span, "interrupted");
    return vm_faults(p->vm, faults, p->shape->span);
}

// The model after `from`, or NULL.
static const Model *source_of(const Context *context) {
    bool given = context->sources.tag == VALUE_LIST && value_items(context->sources)->count == 1;
    return given ? value_items(context->sources)->items[0].model : NULL;
}

// `using bounds` asks for them; a question across worlds to a graph and a law has no other answer.
static bool wants_bounds(Pending *p, const Model *source, bool worlds) {
    const Context *context = vm_context(p->vm);
    if (context->described) return false;
    return context->how.bounds || (source && worlds);
}

// A question of rung 3 that kernels do not determine.
static bool undetermined(Status status, const Faults *faults) {
    return status == FAULT && faults->count == 1 &&
           faults->items[0].code == FAULT_ASK_COUNTERFACTUAL;
}

static bool bounds_instead(Pending *p, const Question *q, Faults *faults, Value *out) {
    Span span = p->shape->span;
    const Fault *why = &faults->items[0];
    if (!query_bounds_fits(q)) return report(p, FAULT, faults);
    bool infinite = false, ok = query_bounds(p->vm, q, NULL, span, &infinite, out);
    if (infinite) return report(p, FAULT, faults);
    if (ok && out->tag == VALUE_BOUNDS)
        vm_note(p->vm, DIAG_NOT_SETTLED, span, "%s: the answer is a range; %s", why->message,
                why->hint ? why->hint : "");
    fault_free(faults);
    return ok;
}

static bool put(Pending *p, AskHead head, Value *out) {
    const Context *context = vm_context(p->vm);
    Question q = {.head = head,
                  .args = p->args.items,
                  .nargs = (uint32_t)p->args.count,
                  .nfirst = p->nfirst,
                  .conds = p->conds.items,
                  .nconds = (uint32_t)p->conds.count,
                  .origin = source_place(vm_sources(p->vm), p->shape->span)};
    Faults faults = {0};
    if (context->assuming) return query_bounds_assumed(p->vm, &q, p->shape->span, out);
    const Model *source = source_of(context);
    bool graph = query_is_graph(context->model), worlds = false; // those of a graph matter
    if (graph && query_cf_asks(&q, &worlds) != OK) return vm_memory(p->vm);
    if (wants_bounds(p, source, worlds)) {
        *out = value_unknown();
        return vm_checking(p->vm) ||
               query_bounds(p->vm, &q, source, p->shape->span, NULL, out);
    }
    if (worlds && !source)
        return query_cf_identify(p->vm, &q, p->shape->span, out);
    if (source || context->described || graph)
        return query_identify(p->vm, &q, source, p->shape->span, out);
    if (vm_checking(p->vm)) {
        *out = value_unknown();
        Status status = ask_check(context->model, &q, &faults);
        if (undetermined(status, &faults)) return fault_free(&faults), true;
        return report(p, status, &faults);
    }
    query_notes(p->vm, context->model, &q, p->shape->span);
    Answer answer = {0};
    AskMethod how = vm_method(p->vm);
    Status status = ask_by(context->model, &q, &how, vm_ctl(p->vm),
                           vm_derivation(p->vm), &answer, &faults);
    if (undetermined(status, &faults)) return bounds_instead(p, &q, &faults, out);
    if (!report(p, status, &faults)) return false;
    vm_note_rung(p->vm, answer.rung);
    if (value_answer(&answer, out)) return true;
    answer_free(&answer);
    return vm_memory(p->vm);
}

static bool is_cause(NodeOp head) {
    return head == HEAD_CAUSES || head == HEAD_RESPONSIBILITY || head == HEAD_BLAME;
}

// What is no question to a model's law: a data set, a cause.
static bool put_other(Pending *p, Value *out) {
    Span span = p->shape->span;
    Question q = {.args = p->args.items,
                  .nargs = (uint32_t)p->args.count,
                  .conds = p->conds.items,
                  .nconds = (uint32_t)p->conds.count,
                  .origin = source_place(vm_sources(p->vm), span)};
    if (is_cause(p->shape->head)) return query_cause(p->vm, p->shape->head, &q, span, out);
    return query_sample(p->vm, &q, p->count, span, out);
}

static bool note_columns(const Pending *p, const DataFrame *f, const Model *m) {
    for (uint32_t i = 0; i < f->ncolumns && frame_size(f) > 0; i++) {
        bool known;
        if (!data_value_known(f, i, m, &known)) return vm_memory(p->vm);
        if (!known)
            vm_note(p->vm, DIAG_DATA_COLUMN, p->shape->span,
                    "the model has no family %s over rows; that column is not looked at",
                    f->columns[i].name->text);
    }
    return true;
}

// The rows of the data are observed where the model has families over them.
static bool add_rows(Pending *p) {
    const Context *context = vm_context(p->vm);
    Span span = p->shape->span;
    Trouble t = {0};
    if (context->data.tag != VALUE_DATA || context->unknown || p->unknown) return true;
    if (!context->observed)
        return vm_error(p->vm, DIAG_LATER_DATA, span, "%s", diag_title(DIAG_LATER_DATA));
    if (!note_columns(p, context->data.data, context->model)) return false;
    if (data_value_observe(context->data.data, context->model,
                           source_place(vm_sources(p->vm), span), take_cond, p, &t))
        return true;
    return t.message ? vm_trouble(p->vm, &t, span) : vm_memory(p->vm);
}

// What a question in an assumption may be: about the model that is being made, and a number.
static bool fits_assumption(const Pending *p, bool other) {
    const Context *context = vm_context(p->vm);
    if (!context->assuming || context->unknown) return true;
    if (other) return query_bounds_refuse(p->vm, p->shape->span);
    bool elsewhere = context->model || context->sources.tag != VALUE_NOTHING ||
                     context->data.tag != VALUE_NOTHING;
    return !elsewhere || vm_error(p->vm, DIAG_ASSUMPTION, p->shape->span,
                                  "what is assumed is assumed of the model itself: `under` and "
                                  "`from` have no place here");
}

bool query_ask(Vm *vm, const QueryShape *shape, const Value *values, Value *out) {
    Pending p = {.vm = vm, .shape = shape};
    AskHead head = ASK_P;
    vm_asked(vm);
    if (shape->head == HEAD_LADDER) return in_context(&p) && query_ladder(vm, values, shape->span, out);
    bool other = shape->head == HEAD_SAMPLE || is_cause(shape->head);
    if (!other && !head_of(shape, &head))
        return vm_error(vm, DIAG_INTERNAL, shape->span, "a head without a question");
    bool ok = in_context(&p) && fits_assumption(&p, other);
    if (ok && vm_context(vm)->model) query_note_head(vm, vm_context(vm)->model, shape->span);
    ok = ok && add_parts(&p, values) && add_rows(&p);
    if (ok && other && !p.unknown && !vm_context(vm)->unknown) ok = put_other(&p, out);
    else if (ok && (p.unknown || vm_context(vm)->unknown)) *out = value_unknown();
    else ok = ok && check_form(&p, head) &&
              put(&p, head, out);
    pending_free(&p);
    return ok;
}
