// Vm_statement: what statements do to the session.
#include <string.h>

#include "interp/render.h"
#include "interp/vm_inner.h"

// --- definitions -----------------------------------------------------------------------------

static bool define(Vm *vm, Global g) {
    return globals_set(vm->library ? &vm->standard : &vm->globals, g) || vm_memory(vm);
}

bool vm_DEFINE(Vm *vm, Frame *f, const Instr *i) {
    Sym name = f->chunk->syms.items[i->a];
    return define(vm, (Global){.name = name, .kind = GLOBAL_LET, .value = vm_pop(f)});
}

// A model with parameters that all have defaults is made at once: that checks it, and gives its
// bare name a meaning.
static bool define_family(Vm *vm, Chunk *chunk, Global g, Span span) {
    g.kind = GLOBAL_FAMILY;
    CallShape none = {0};
    if (chunk->optional && (!vm_apply(vm, g.value, NULL, &none, span, &g.built) ||
                            !vm_use(vm, g.built, span))) {
        value_drop(g.value);
        value_drop(g.built);
        return false;
    }
    return define(vm, g);
}

bool vm_DEFINE_FUNCTION(Vm *vm, Frame *f, const Instr *i) {
    Chunk *chunk = f->chunk->chunks.items[i->b];
    Global g = {.name = f->chunk->syms.items[i->a], .kind = GLOBAL_FUNCTION};
    chunk->library = vm->library;
    if (chunk->question) {
        g.kind = GLOBAL_QUESTION;
        g.chunk = chunk_keep(chunk);
        return define(vm, g);
    }
    if (!value_function(g.name, chunk, NULL, &g.value)) return vm_memory(vm);
    return chunk->is_model ? define_family(vm, chunk, g, vm_span(vm, f)) : define(vm, g);
}

bool vm_DEFINE_MODEL(Vm *vm, Frame *f, const Instr *i) {
    Value model;
    if (!vm_as_model(vm, *vm_top(f, 0), vm_span(vm, f), &model)) return false;
    value_drop(vm_pop(f));
    Global g = {.name = f->chunk->syms.items[i->a], .kind = GLOBAL_MODEL, .value = model};
    return vm_use(vm, model, vm_span(vm, f)) ? define(vm, g) : (value_drop(model), false);
}

bool vm_CURRENT(Vm *vm, Frame *f, const Instr *i) {
    (void)i;
    Value model = vm_current(vm);
    if (model.tag != VALUE_NOTHING) return vm_push(f, model);
    vm_error(vm, DIAG_NO_MODEL, vm_span(vm, f), "there is no model to assume this of");
    diag_hint(vm->diags, "declare one first, or write `assume` into its block");
    return false;
}

bool vm_USE(Vm *vm, Frame *f, const Instr *i) {
    (void)i;
    if (!vm_use(vm, *vm_top(f, 0), vm_span(vm, f))) return false;
    value_drop(vm_pop(f));
    return true;
}

// --- output ----------------------------------------------------------------------------------

bool vm_PRINT(Vm *vm, Frame *f, const Instr *i) {
    (void)i;
    Value v = vm_pop(f);
    bool ok = true;
    if (v.tag == VALUE_QUERY) {
        ok = vm_error(vm, DIAG_QUERY_PLACE, vm_span(vm, f),
                      "? stands for every value of a variable, in a question");
        diag_hint(vm->diags, "as in P(V = ?); at the prompt :help tells what there is");
    } else {
        ok = vm->checking || vm->host.print(vm->host.user, v);
    }
    value_drop(v);
    return ok;
}

bool vm_SHOW(Vm *vm, Frame *f, const Instr *i) {
    (void)i;
    Value v = vm_pop(f);
    bool ok = vm->checking || vm->host.show(vm->host.user, v);
    value_drop(v);
    return ok;
}

bool vm_EXPLAIN(Vm *vm, Frame *f, const Instr *i) {
    (void)f, (void)i;
    derivation_free(&vm->steps);
    vm->derivation = &vm->steps;
    return true;
}

bool vm_EXPLAINED(Vm *vm, Frame *f, const Instr *i) {
    (void)i;
    Value v = vm_pop(f);
    vm->derivation = NULL;
    bool ok = vm->checking || vm->host.explained(vm->host.user, v, &vm->steps);
    value_drop(v);
    derivation_free(&vm->steps);
    return ok;
}

// --- assertions ------------------------------------------------------------------------------

static const char *message_of(const Frame *f, const Instr *i) {
    return i->a ? value_text(f->chunk->constants.items[i->a - 1])
                : "the assertion does not hold";
}

// With the fewest digits that tell both apart.
static void hint_sides(Vm *vm, Value left, Value right) {
    Str a = {0}, b = {0};
    for (int digits = 6; digits <= 17; digits += 11) {
        str_clear(&a);
        str_clear(&b);
        render_value(left, &(RenderStyle){.digits = digits}, &a);
        render_value(right, &(RenderStyle){.digits = digits}, &b);
        if (a.len != b.len || (a.len && memcmp(a.text, b.text, a.len) != 0)) break;
    }
    diag_hint(vm->diags, "the left side is %s, the right side %s", str_text(&a), str_text(&b));
    str_free(&a);
    str_free(&b);
}

// A check only makes sure that it is a truth value: whether it holds shows when it is run.
static bool claim(Vm *vm, Frame *f, const Instr *i, Value v) {
    if (vm_unknown(vm, v) || (vm->checking && vm_truth(v) == TRUTH_FALSE)) return true;
    if (v.tag == VALUE_UNDETERMINED)
        return vm_error(vm, DIAG_ASSERTION, vm_span(vm, f), "the assertion is %s", value_why(v));
    switch (vm_truth(v)) {
    case TRUTH_TRUE: return true;
    case TRUTH_FALSE:
        return vm_error(vm, DIAG_ASSERTION, vm_span(vm, f), "%s", message_of(f, i));
    case TRUTH_OPEN:
        vm_error(vm, DIAG_ASSERTION, vm_span(vm, f), "the assertion is undetermined");
        diag_hint(vm->diags, "it depends on variables: ask for a probability, P(...) = 1");
        return false;
    case TRUTH_NONE: break;
    }
    return vm_error(vm, DIAG_CONDITION, vm_span(vm, f),
                    "assert needs true or false; this is %s", value_kind(v));
}

bool vm_ASSERT(Vm *vm, Frame *f, const Instr *i) {
    if (!claim(vm, f, i, *vm_top(f, 0))) return false;
    value_drop(vm_pop(f));
    return true;
}

bool vm_ASSERT_SIDES(Vm *vm, Frame *f, const Instr *i) {
    Value v = *vm_top(f, 0);
    if (!claim(vm, f, i, v)) {
        if (vm_truth(v) == TRUTH_FALSE) hint_sides(vm, *vm_top(f, 2), *vm_top(f, 1));
        return false;
    }
    for (int k = 0; k < 3; k++) value_drop(vm_pop(f));
    return true;
}
