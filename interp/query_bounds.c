// Query_bounds: questions that are not determined by what is known.
#include "interp/query_bounds.h"

#include "interp/bounds_value.h"
#include "interp/vm.h"
#include "runtime/bounds/bounds_term.h"

static const char *head_name(AskHead head) {
    return head == ASK_P ? "P" : "E";
}

bool query_bounds_refuse(Vm *vm, Span span) {
    return vm_error(vm, DIAG_ASSUMPTION, span,
                    "in an assumption P(...) and E[...] are asked, conditioned on events and on "
                    "do(V = value)");
}

// The variable that an intervention leaves free, or NULL.
static Sym freed(const Question *q) {
    for (uint32_t i = 0; i < q->nconds; i++)
        for (uint32_t k = 0; q->conds[i].kind == COND_DO && k < q->conds[i].n; k++) {
            const Assign *a = &q->conds[i].items[k];
            if (a->kind == ASSIGN_FREE || (a->kind == ASSIGN_VALUE && !a->value))
                return a->target;
        }
    return NULL;
}

static bool refuse_free(Vm *vm, Sym name, Span span) {
    Faults faults = {0};
    Status st = fault_add(&faults, FAULT_ASK_FREE, source_place(vm_sources(vm), span),
                          "bounds are found for one value at a time, and %s is free",
                          name->text);
    if (st == FAULT)
        st = fault_hint(&faults, "ask for each, as in `[P(Y | do(%s = v)) for v in [0, 1]]`",
                        name->text);
    return st == FAULT ? vm_faults(vm, &faults, span) : vm_memory(vm);
}

static bool as_term(Vm *vm, const Question *q, Span span, bool assumed, Term **out) {
    Sym head = intern_z(vm_names(vm), head_name(q->head));
    if (bounds_term_fits(q))
        return (head && bounds_term_ask(q, head, out) == OK) || vm_memory(vm);
    if (assumed) return query_bounds_refuse(vm, span);
    Sym name = freed(q);
    if (name) return refuse_free(vm, name, span);
    return vm_error(vm, (DiagCode)FAULT_BOUNDS_FORM, span,
                    "bounds are found for P(...) and E[...], conditioned on events and on "
                    "do(V = value)");
}

bool query_bounds_fits(const Question *q) {
    return bounds_term_fits(q);
}

bool query_bounds_assumed(Vm *vm, const Question *q, Span span, Value *out) {
    Term *t = NULL;
    return as_term(vm, q, span, true, &t) && (value_term(t, out) || vm_memory(vm));
}

bool query_bounds(Vm *vm, const Question *q, const Model *source, Span span, bool *infinite,
                  Value *out) {
    const Context *context = vm_context(vm);
    BoundsObject known = {.model = context->model, .ctl = vm_ctl(vm),
                          .source = value_nothing()};
    Faults faults = {0};
    if (source) known.source = (Value){.tag = VALUE_MODEL, .model = (Model *)(uintptr_t)source};
    if (!as_term(vm, q, span, false, &known.objective)) return false;
    Status status = bounds_value_find(&known, vm_derivation(vm), out, &faults);
    term_drop(known.objective);
    if (status == OK) return vm_note_rung(vm, 3), true;
    if (infinite)
        *infinite = status == FAULT && (faults.items[0].code == FAULT_TERM_INFINITE ||
                                        faults.items[0].code == FAULT_BOUNDS_FORM);
    if (status == FAULT && !(infinite && *infinite)) return vm_faults(vm, &faults, span);
    fault_free(&faults);
    if (status == FAULT) return false;
    return status == CANCELLED ? vm_error(vm, DIAG_INTERRUPTED, span, "interrupted")
                               : vm_memory(vm);
}
