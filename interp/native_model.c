// Native_model: the variables and levels of the model in context, and models as values.
#include <string.h>

#include "interp/diag.h"
#include "interp/native.h"
#include "interp/table.h"
#include "interp/vm.h"
#include "runtime/base/mem.h"

// The domain of the variable that an argument names, in the model in context, or in the one that is
// being made when an assumption about it is read; NULL in check mode where it is not known.
static bool domain_of(Vm *vm, const char *name, Value v, const Domain **out, Trouble *t) {
    const Context *context = vm_context(vm);
    *out = NULL;
    if (v.tag == VALUE_UNKNOWN || context->unknown) return true;
    Sym sym = value_variable(v);
    if (!sym) return trouble(t, DIAG_KIND, "%s takes a variable, not %s", name, value_kind(v));
    if (context->assuming) {
        *out = vm_assumed_domain(vm, sym);
        if (*out) return true;
        trouble(t, DIAG_ASSUMPTION, "the values of %s are not known before its model is made",
                sym->text);
        return trouble_hint(t, "declare them, as in %s : bool, or write `assume` after the model",
                            sym->text);
    }
    const ModelVar *var = vm_variable(vm, sym);
    if (var) *out = var->domain;
    return var || trouble(t, DIAG_UNKNOWN_NAME, "%s is not a variable of the model in context",
                          sym->text);
}

static bool finite_of(Vm *vm, const char *name, Value v, const Domain **out, Trouble *t) {
    vm_asked(vm);
    if (!domain_of(vm, name, v, out, t)) return false;
    if (!*out || domain_finite(*out)) return true;
    const char *var = value_variable(v)->text;
    trouble(t, DIAG_KIND, "%s has no list of levels", var);
    if ((*out)->kind != DOMAIN_SYMBOLIC)
        return trouble_hint(t, "say which values are meant, as in ATE(%s -> Y, treated: 1, control: 0)",
                            var);
    return trouble_hint(t, "declare its values in the model, as in %s : bool", var);
}

static bool call_levels(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                        Trouble *t) {
    (void)n, (void)origin;
    const Domain *domain;
    if (!finite_of(vm, "levels", args[0], &domain, t)) return false;
    if (!domain) return *out = value_unknown(), true;
    Value *items;
    uint32_t done = 0;
    if (!trouble_items(t, domain->count, &items)) return false;
    bool ok = true;
    for (; ok && done < domain->count; done += ok)
        ok = trouble_time(t, done) &&
             (table_level_value(domain, done, &items[done]) || trouble_memory(t));
    ok = ok && (value_list(VALUE_LIST, items, done, out) || trouble_memory(t));
    while (items && done-- > 0) value_drop(items[done]);
    mem_free(items);
    return ok;
}

static bool end_level(Vm *vm, const char *name, bool last, Value arg, Value *out, Trouble *t) {
    const Domain *domain;
    if (!finite_of(vm, name, arg, &domain, t)) return false;
    if (!domain) return *out = value_unknown(), true;
    return table_level_value(domain, last ? domain->count - 1 : 0, out) || trouble_memory(t);
}

// The ends of what is known of a number.
static bool end_of(Value v, bool last, Value *out) {
    if (v.tag == VALUE_BOUNDS) {
        *out = value_number(last ? value_bounds_of(v)->high : value_bounds_of(v)->low);
        return true;
    }
    if (v.tag == VALUE_NUMBER) return *out = v, true;
    if (v.tag != VALUE_ESTIMATE) return false;
    const Answer *a = value_answer_of(v);
    *out = value_number(a->value + (last ? 1 : -1) * ESTIMATE_REACH * a->se[0]);
    return true;
}

static bool call_high(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                      Trouble *t) {
    (void)n, (void)origin;
    return end_of(args[0], true, out) || end_level(vm, "high", true, args[0], out, t);
}

static bool call_low(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out, Trouble *t) {
    (void)n, (void)origin;
    return end_of(args[0], false, out) || end_level(vm, "low", false, args[0], out, t);
}

static bool call_se(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out, Trouble *t) {
    (void)vm, (void)n, (void)origin;
    double x;
    if (args[0].tag == VALUE_UNKNOWN) return *out = args[0], true;
    if (table_is(args[0])) return table_part(args[0], true, out) || trouble_memory(t);
    if (!value_as_number(args[0], &x))
        return trouble(t, DIAG_KIND, "se takes a number or a table, not %s", value_kind(args[0]));
    *out = value_number(args[0].tag == VALUE_ESTIMATE ? value_answer_of(args[0])->se[0] : 0);
    return true;
}

static bool call_value(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                       Trouble *t) {
    (void)vm, (void)n;
    double x;
    if (args[0].tag == VALUE_UNKNOWN) return *out = args[0], true;
    if (table_is(args[0])) return table_part(args[0], false, out) || trouble_memory(t);
    if (value_drawn(args[0])) {
        const TermNumbers *drawn = args[0].term->numbers;
        return value_term(term_empirical(drawn->items, drawn->count, origin), out) ||
               trouble_memory(t);
    }
    if (args[0].tag == VALUE_TERM && term_is_dist(args[0].term))
        return *out = value_keep(args[0]), true;
    if (!value_as_number(args[0], &x))
        return trouble(t, DIAG_KIND, "value takes a number or a table, not %s",
                       value_kind(args[0]));
    *out = value_number(x);
    return true;
}

static bool call_variables(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                           Trouble *t) {
    (void)args, (void)n, (void)origin;
    const Context *context = vm_context(vm);
    vm_asked(vm);
    if (context->unknown) return *out = value_unknown(), true;
    if (!context->model)
        return trouble(t, DIAG_NO_MODEL, context->assuming ? "the model is not made yet"
                                                           : "there is no model to ask");
    Value *items = MEM_NEW(Value, context->model->nvars);
    size_t count = 0;
    bool ok = items != NULL;
    for (uint32_t i = 0; ok && i < context->model->nvars; i++) {
        const ModelVar *v = context->model->vars[i];
        if (v->anonymous) continue;
        ok = value_term(term_var(v->name, NULL, 0), &items[count]);
        count += ok;
    }
    ok = (ok && value_list(VALUE_SET, items, count, out)) || trouble_memory(t);
    for (size_t i = 0; i < count; i++) value_drop(items[i]);
    mem_free(items);
    return ok;
}

static bool call_graph(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                       Trouble *t) {
    (void)vm, (void)n, (void)origin;
    Model *graph = NULL;
    if (args[0].tag == VALUE_UNKNOWN) return *out = args[0], true;
    if (args[0].tag != VALUE_MODEL)
        return trouble(t, DIAG_KIND, "graph takes a model, not %s", value_kind(args[0]));
    return (model_graph(args[0].model, &graph) == OK && value_model(graph, out)) ||
           trouble_memory(t);
}

const Native native_model[] = {
    {"graph", "m", 1, 1, NULL, "models", "The model with its mechanisms forgotten.", call_graph},
    {"high", "V", 1, 1, NULL, "models",
     "The last level of a variable; of a sampled number, the upper end of its 95% interval; "
     "of bounds, the upper.", call_high},
    {"levels", "V", 1, 1, NULL, "models", "The levels of a variable, in order.", call_levels},
    {"low", "V", 1, 1, NULL, "models",
     "The first level of a variable; of a sampled number, the lower end of its 95% interval; "
     "of bounds, the lower.", call_low},
    {"variables", "", 0, 0, NULL, "models", "The variables of the model in context.",
     call_variables},
    {"se", "x", 1, 1, NULL, "answers", "The standard error of a sampled number, or of each of a table; 0 of others.",
     call_se},
    {"value", "x", 1, 1, NULL, "answers",
     "The number alone, without the error of a sampled one; likewise a table, or a distribution.",
     call_value},
    {0},
};
