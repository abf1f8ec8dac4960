// Vm_context: models in context, clauses, questions and worlds.
#include <math.h>
#include <string.h>

#include "interp/data_value.h"
#include "interp/method.h"
#include "interp/vm_inner.h"

// --- contexts -------------------------------------------------------------------------------

bool vm_as_model(Vm *vm, Value v, Span span, Value *out) {
    const FunctionObject *fn = (const FunctionObject *)v.object;
    if (v.tag == VALUE_MODEL || vm_unknown(vm, v)) {
        *out = value_keep(v);
        return true;
    }
    if (v.tag == VALUE_FUNCTION && fn->chunk && fn->chunk->is_model) {
        Str s = {0};
        chunk_signature(fn->chunk, &s);
        vm_error(vm, DIAG_NOT_CURRENT, span, "%s needs arguments", fn->name->text);
        diag_hint(vm->diags, "it is declared as %s", str_text(&s));
        str_free(&s);
        return false;
    }
    return vm_error(vm, DIAG_NOT_MODEL, span, "this is %s, not a model", value_kind(v));
}

static void set_model(Entry *e, Value model) {
    e->context.observed = false;
    value_drop(e->model);
    e->model = value_keep(model);
    e->context.model = model.tag == VALUE_MODEL ? model.model : NULL;
    e->context.unknown = model.tag == VALUE_UNKNOWN;
}

// A copy of the innermost context, to be changed.
static bool push_context(Vm *vm) {
    const Entry *old = vm_entry(vm);
    Entry e = {.context = old->context, .model = value_keep(old->model)};
    e.context.asked = false;
    value_keep(e.context.sources);
    value_keep(e.context.data);
    if (VEC_PUSH(&vm->contexts, e)) return true;
    value_drop(e.model);
    value_drop(e.context.sources);
    value_drop(e.context.data);
    return vm_memory(vm);
}

bool vm_enter(Vm *vm, Value model) {
    if (!push_context(vm)) return false;
    set_model(vm_entry(vm), model);
    return true;
}

void vm_leave(Vm *vm) {
    Entry e = vm->contexts.items[--vm->contexts.count];
    if (vm->contexts.count) {
        Entry *outer = vm_entry(vm);
        outer->context.asked = outer->context.asked || e.context.asked;
        outer->skipped = outer->skipped || e.skipped;
    }
    build_abandon(e.build);
    value_drop(e.model);
    value_drop(e.context.sources);
    value_drop(e.context.data);
    VEC_FREE(&e.rows);
}

bool vm_use(Vm *vm, Value v, Span span) {
    Value model;
    if (!vm_as_model(vm, v, span, &model)) return false;
    set_model(&vm->contexts.items[0], model);
    value_drop(model);
    return true;
}

Value vm_current(const Vm *vm) {
    return value_keep(vm->contexts.items[0].model);
}

void vm_set_current(Vm *vm, Value model) {
    set_model(&vm->contexts.items[0], model);
}

static const ModelVar *variable_of(const Model *m, Sym name) {
    uint32_t at = m ? model_find(m, name) : MODEL_NONE;
    return at == MODEL_NONE ? NULL : m->vars[at];
}

const ModelVar *vm_variable(const Vm *vm, Sym name) {
    const Context *context = vm_context(vm);
    const ModelVar *v = variable_of(context->model, name);
    bool valued = v && v->domain->kind != DOMAIN_SYMBOLIC;
    if (valued || context->sources.tag != VALUE_LIST) return v;
    const ModelVar *source = variable_of(value_items(context->sources)->items[0].model, name);
    return source ? source : v;
}

const Domain *vm_assumed_domain(const Vm *vm, Sym name) {
    const Entry *e = &vm->contexts.items[vm->contexts.count - 1];
    return e->build ? build_domain(e->build, name) : NULL;
}

// --- rows -----------------------------------------------------------------------------------

// The model with families over rows that the model in context is, as it stands without data or
// with a member for each row of an outer clause; NULL when it is none.
static const Global *over_rows(const Vm *vm, const Context *context) {
    const Model *m = context->model;
    const Global *g = m && m->name ? globals_find(&vm->globals, m->name) : NULL;
    bool made = g && g->kind == GLOBAL_FAMILY && g->built.tag == VALUE_MODEL;
    if (!made || (g->built.model != m && !context->observed)) return NULL;
    return ((const FunctionObject *)g->value.object)->chunk->over_rows ? g : NULL;
}

// Where data and a model with families over rows meet, the model gets a member for each row.
static bool unroll(Vm *vm, Span span) {
    Entry *e = vm_entry(vm);
    const Context *context = &e->context;
    const Global *g = over_rows(vm, context);
    CallShape one = {.nargs = 1};
    Value rows, model, function;
    uint32_t n;
    if (context->data.tag != VALUE_DATA || !g) return true;
    if (!data_value_rows(context->data.data, &n))
        return vm_error(vm, DIAG_DATA_COUNTS, span,
                        "the counts of these data are not whole numbers, or too many in all");
    if (!value_range(1, n, &rows)) return vm_memory(vm);
    function = value_keep(g->value);
    bool ok = vm_apply(vm, function, &rows, &one, span, &model);
    value_drop(function);
    value_drop(rows);
    if (!ok) return false;
    e = vm_entry(vm);
    set_model(e, model);
    e->context.observed = model.tag == VALUE_MODEL;
    value_drop(model);
    return true;
}

// --- clauses --------------------------------------------------------------------------------

bool vm_UNDER(Vm *vm, Frame *f, const Instr *i) {
    (void)i;
    Value model;
    if (!vm_as_model(vm, *vm_top(f, 0), vm_span(vm, f), &model)) return false;
    bool ok = vm_enter(vm, model) && unroll(vm, vm_span(vm, f));
    value_drop(model);
    value_drop(vm_pop(f));
    return ok;
}

bool vm_ENTER(Vm *vm, Frame *f, const Instr *i) {
    (void)i;
    Value model;
    if (!vm_as_model(vm, *vm_top(f, 0), vm_span(vm, f), &model)) return false;
    bool ok = vm_enter(vm, model);
    value_drop(model);
    return ok;
}

static bool from_data(Vm *vm, Frame *f) {
    if (!push_context(vm)) return false;
    Entry *e = vm_entry(vm);
    value_drop(e->context.sources);
    value_drop(e->context.data);
    e->context.sources = value_nothing();
    e->context.described = NULL;
    e->context.data = vm_pop(f);
    return unroll(vm, vm_span(vm, f));
}

bool vm_FROM(Vm *vm, Frame *f, const Instr *i) {
    (void)i;
    if (vm_top(f, 0)->tag == VALUE_DATA) return from_data(vm, f);
    Value model, list = value_nothing();
    if (!vm_as_model(vm, *vm_top(f, 0), vm_span(vm, f), &model)) return false;
    bool unknown = model.tag == VALUE_UNKNOWN;
    bool ok = unknown || value_list(VALUE_LIST, &model, 1, &list) || vm_memory(vm);
    value_drop(model);
    value_drop(vm_pop(f));
    if (!ok || !push_context(vm)) {
        value_drop(list);
        return false;
    }
    Entry *e = vm_entry(vm);
    value_drop(e->context.sources);
    e->context.sources = list;
    e->context.described = NULL;
    value_drop(e->context.data);
    e->context.data = value_nothing();
    e->context.unknown = e->context.unknown || unknown;
    return true;
}

bool vm_DESCRIBED(Vm *vm, Frame *f, const Instr *i) {
    if (!push_context(vm)) return false;
    Entry *e = vm_entry(vm);
    value_drop(e->context.sources);
    e->context.sources = value_nothing();
    e->context.described = &f->chunk->sources.items[i->a];
    return true;
}

AskMethod vm_method(const Vm *vm) {
    AskMethod how = vm_context(vm)->how;
    if (!how.budget.draws) how.budget.draws = vm->budget->draws;
    if (!how.budget.seed) how.budget.seed = vm->budget->seed ? vm->budget->seed : 1;
    if (how.budget.tolerance == 0) how.budget.tolerance = vm->budget->tolerance;
    if (!how.budget.threads) how.budget.threads = vm->budget->threads;
    return how;
}

static bool unknown_method(Vm *vm, Sym name, Span span) {
    Str s = {0};
    for (const Method *m = method_table; m->name; m++)
        str_printf(&s, "%s%s", s.len ? ", " : "", m->name);
    vm_error(vm, DIAG_UNKNOWN_METHOD, span, "there is no method %s", name->text);
    diag_hint(vm->diags, "the methods are: %s", str_text(&s));
    str_free(&s);
    return false;
}

// The number of an option, or none of that name.
static bool find_option(Vm *vm, Frame *f, const Method *method, Sym label, size_t *option) {
    Str s = {0};
    for (size_t i = 0; method->options && method->options[i].name; i++) {
        *option = i;
        if (strcmp(method->options[i].name, label->text) == 0) return str_free(&s), true;
        str_printf(&s, "%s%s", i ? ", " : "", method->options[i].name);
    }
    vm_error(vm, DIAG_METHOD_OPTION, vm_span(vm, f), "%s has no option %s", method->name,
             label->text);
    if (s.len) diag_hint(vm->diags, "its options are: %s", str_text(&s));
    str_free(&s);
    return false;
}

static bool set_method(Vm *vm, Frame *f, const Method *method, const CallShape *shape,
                       AskMethod *how) {
    size_t count = 0, at = 0;
    while (method->options && method->options[count].name) count++;
    double *given = MEM_NEW(double, count);
    bool ok = given || vm_memory(vm);
    for (size_t i = 0; ok && i < count; i++) given[i] = NAN;
    for (uint32_t k = 0; ok && k < shape->nlabels; k++) {
        Value v = *vm_top(f, shape->nargs - 1 - k);
        ok = find_option(vm, f, method, shape->labels[k], &at);
        double least = ok ? method->options[at].least : 0;
        bool whole = v.tag == VALUE_NUMBER && v.number >= least && v.number <= 0x1p53 &&
                     v.number == floor(v.number);
        if (ok && !whole && v.tag != VALUE_UNKNOWN)
            ok = vm_error(vm, DIAG_METHOD_OPTION, vm_span(vm, f),
                          "%s of %s is a whole number from %g to 2^53", shape->labels[k]->text,
                          method->name, least);
        if (ok && v.tag == VALUE_NUMBER) given[at] = v.number;
    }
    if (ok) method->set(how, given);
    mem_free(given);
    return ok;
}

bool vm_USING(Vm *vm, Frame *f, const Instr *i) {
    Sym name = f->chunk->syms.items[i->a];
    const CallShape *shape = &f->chunk->calls.items[i->b];
    const Method *method = method_find(name->text);
    AskMethod how = {.budget = vm_context(vm)->how.budget};
    if (!method) return unknown_method(vm, name, vm_span(vm, f));
    if (!set_method(vm, f, method, shape, &how)) return false;
    for (uint32_t k = 0; k < shape->nargs; k++) value_drop(vm_pop(f));
    if (!push_context(vm)) return false;
    vm_entry(vm)->context.how = how;
    return true;
}

bool vm_LEAVE(Vm *vm, Frame *f, const Instr *i) {
    const Entry *e = vm_entry(vm);
    if (e->build) return vm_internal(vm, f, "a block is left as a clause");
    bool idle = i->a && !e->context.asked && !e->skipped && !e->context.unknown;
    if (idle && !vm_unknown(vm, *vm_top(f, 0)))
        return vm_error(vm, DIAG_IDLE_CLAUSE, vm_span(vm, f),
                        "this clause stands around an expression that asks nothing");
    vm_leave(vm);
    return true;
}

bool vm_LATER(Vm *vm, Frame *f, const Instr *i) {
    vm_asked(vm);
    if (vm->checking) {
        Entry *block = vm_block(vm);
        if (block) block->tainted = block->context.unknown = true;
        return vm_push(f, value_unknown());
    }
    const char *title = diag_title((DiagCode)i->a);
    const char *when = strstr(title, "later version") ? "" : " come in a later version";
    vm_error(vm, (DiagCode)i->a, vm_span(vm, f), "%s%s", title, when);
    if (i->a == DIAG_LATER_SOURCES)
        diag_hint(vm_diags(vm), "a source is a model, from world, or a list of laws that name variables "
                                "alone before the bar: from {P(X, Z), P(Y | do(Z), S = 1)}");
    return false;
}

// --- questions ------------------------------------------------------------------------------

bool vm_ASK(Vm *vm, Frame *f, const Instr *i) {
    const QueryShape *shape = &f->chunk->queries.items[i->a];
    const Value *values = f->stack + f->top - shape->nvalues;
    Value out = value_unknown();
    if (vm_any_unknown(vm, values, shape->nvalues)) vm_asked(vm);
    else if (!query_ask(vm, shape, values, &out)) return false;
    return vm_replace(f, shape->nvalues, out);
}

bool vm_SEPARATE(Vm *vm, Frame *f, const Instr *i) {
    (void)i;
    Value out = value_unknown(), *v = vm_top(f, 3);
    vm_asked(vm);
    if (!vm_any_unknown(vm, v, 4) && !vm_context(vm)->unknown &&
        !query_separation(vm, v, vm_span(vm, f), &out))
        return false;
    return vm_replace(f, 4, out);
}

static bool make_world(Vm *vm, Frame *f, const AssignGroup *g, World **out) {
    return query_world(vm, g->items, g->n, f->stack + f->top - g->nvalues, out);
}

bool vm_WORLD(Vm *vm, Frame *f, const Instr *i) {
    const AssignGroup *g = &f->chunk->worlds.items[i->a];
    Value *base = f->stack + f->top - g->nvalues - 1, out = value_unknown();
    World *world;
    if (!vm_any_unknown(vm, base, g->nvalues + 1) &&
        (!make_world(vm, f, g, &world) ||
         !query_in_world(vm, *base, world, vm_span(vm, f), &out)))
        return false;
    return vm_replace(f, g->nvalues + 1, out);
}

bool vm_DO(Vm *vm, Frame *f, const Instr *i) {
    const AssignGroup *g = &f->chunk->worlds.items[i->a];
    Value out = value_unknown();
    World *world;
    bool unknown = vm_any_unknown(vm, f->stack + f->top - g->nvalues, g->nvalues);
    if (!unknown && !make_world(vm, f, g, &world)) return false;
    if (!unknown && !value_do(world, &out)) return vm_memory(vm);
    return vm_replace(f, g->nvalues, out);
}

// The sentences that stay are in the same order.
static void note_assumptions(Vm *vm, const Model *before, const Model *after, Span span) {
    for (uint32_t i = 0, k = 0; i < before->nassumes; i++) {
        if (k < after->nassumes && after->assumes[k] == before->assumes[i]) {
            k++;
            continue;
        }
        Str s = {0};
        term_add_brief(before->assumes[i], &s);
        vm_note(vm, DIAG_ASSUMED_BEFORE, span,
                "%s is assumed of the model before the intervention, and not after it",
                str_text(&s));
        str_free(&s);
    }
}

bool vm_WITH_DO(Vm *vm, Frame *f, const Instr *i) {
    (void)i;
    Value model = *vm_top(f, 1), change = *vm_top(f, 0), out;
    if (vm_unknown(vm, model) || vm_unknown(vm, change))
        return vm_replace(f, 2, value_unknown());
    if (model.tag != VALUE_MODEL || change.tag != VALUE_DO)
        return vm_internal(vm, f, "with without a model and a do");
    const World *world = ((const DoObject *)change.object)->world;
    Faults faults = {0};
    Model *changed;
    Status status = model_do(model.model, world->items, world->n, &changed, &faults);
    if (status == NOMEM) return fault_free(&faults), vm_memory(vm);
    if (status != OK) return vm_faults(vm, &faults, vm_span(vm, f));
    note_assumptions(vm, model.model, changed, vm_span(vm, f));
    if (!value_model(changed, &out)) return vm_memory(vm);
    return vm_replace(f, 2, out);
}
