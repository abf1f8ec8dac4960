// Vm_call: functions, their arguments, and what may be wrong with them.
#include <string.h>

#include "interp/vm_inner.h"
#include "runtime/base/closest.h"

// --- arguments of functions written in the language ------------------------------------------

static bool refuse(Vm *vm, const Chunk *k, Span span, const char *what, const char *which) {
    Str s = {0};
    chunk_signature(k, &s);
    vm_error(vm, DIAG_ARGUMENTS, span, "%s%s", what, which);
    diag_hint(vm->diags, "%s is declared as %s", k->name ? k->name->text : "it", str_text(&s));
    if (k->span.source) diag_also(vm->diags, k->span);
    str_free(&s);
    return false;
}

static uint32_t parameter_named(const Chunk *k, Sym label) {
    for (uint32_t p = 0; p < k->params.count; p++)
        if (k->params.items[p].name == label) return p;
    return UINT32_MAX;
}

// Puts the arguments in the places of their parameters (borrowed).
static bool place(Vm *vm, const Chunk *k, const Value *args, const CallShape *shape,
                  Value *slots, Span span) {
    uint32_t npos = shape->nargs - shape->nlabels, params = (uint32_t)k->params.count;
    if (npos > params) return refuse(vm, k, span, "too many arguments", "");
    for (uint32_t i = 0; i < npos; i++) slots[i] = args[i];
    for (uint32_t i = 0; i < shape->nlabels; i++) {
        uint32_t p = parameter_named(k, shape->labels[i]);
        const char *label = shape->labels[i]->text;
        if (p == UINT32_MAX) return refuse(vm, k, span, "there is no parameter ", label);
        if (slots[p].tag != VALUE_NOTHING)
            return refuse(vm, k, span, "given twice: the argument ", label);
        slots[p] = args[npos + i];
    }
    for (uint32_t p = 0; p < params; p++)
        if (slots[p].tag == VALUE_NOTHING && !k->params.items[p].optional)
            return refuse(vm, k, span, "an argument is missing: ", k->params.items[p].text);
    return true;
}

// A function that is active already, entered anew under a condition that is not decided yet,
// would never end.
static const Frame *endless(const Vm *vm, const Chunk *k) {
    for (const Frame *f = vm->frame; vm->open && f; f = f->caller)
        if (f->chunk == k) return vm->open > f->open ? f : NULL;
    return NULL;
}

static bool run(Vm *vm, const Chunk *k, const Value *slots, Span span, Value *out) {
    const Frame *f = endless(vm, k);
    if (f && vm->open_unknown > f->open_unknown) {
        *out = value_unknown();
        return true;
    }
    if (f)
        return vm_error(vm, DIAG_RECURSION, span,
                        "%s calls itself under a condition that depends on a variable",
                        k->name ? k->name->text : "this");
    size_t before = vm->diags->count;
    if (vm_run(vm, k, slots, (uint32_t)k->params.count, out)) return true;
    // An error in a function also names the place of the call.
    const Diag *last = vm->diags->count > before ? &vm->diags->items[vm->diags->count - 1] : NULL;
    bool same = last && last->span.source == span.source && last->span.start == span.start;
    if (last && !same && !last->also.source) diag_also(vm->diags, span);
    return false;
}

static bool apply_chunk(Vm *vm, const Chunk *k, const Value *args, const CallShape *shape,
                        Span span, Value *out) {
    Value *slots = MEM_NEW(Value, k->params.count);
    if (!slots) return vm_memory(vm);
    bool ok = place(vm, k, args, shape, slots, span) && run(vm, k, slots, span, out);
    mem_free(slots);
    return ok;
}

// --- arguments of built-ins ------------------------------------------------------------------

static bool refuse_native(Vm *vm, const Native *n, Span span, const char *what,
                          const char *which) {
    vm_error(vm, DIAG_ARGUMENTS, span, "%s%s", what, which);
    diag_hint(vm->diags, "%s(%s): %s", n->name, n->params, native_doc(n));
    return false;
}

// The number of a label in a list of labels separated by spaces, or UINT32_MAX; and how many.
static uint32_t label_number(const char *labels, const char *label, uint32_t *count) {
    uint32_t n = 0, found = UINT32_MAX;
    size_t len = label ? strlen(label) : 0;
    for (const char *p = labels ? labels : ""; *p;) {
        size_t w = strcspn(p, " ");
        if (label && w == len && strncmp(p, label, len) == 0) found = n;
        n += w > 0;
        p += w + (p[w] == ' ');
    }
    if (count) *count = n;
    return found;
}

static bool check_native(Vm *vm, const Native *n, uint32_t npos, Span span) {
    if (npos < n->least) return refuse_native(vm, n, span, "too few arguments for ", n->name);
    if (n->most != NATIVE_ANY && npos > n->most)
        return refuse_native(vm, n, span, "too many arguments for ", n->name);
    return true;
}

static bool place_labels(Vm *vm, const Native *n, const Value *args, const CallShape *shape,
                         Value *labelled, Span span) {
    for (uint32_t i = 0; i < shape->nlabels; i++) {
        const char *label = shape->labels[i]->text;
        uint32_t at = label_number(n->labels, label, NULL);
        if (at == UINT32_MAX)
            return refuse_native(vm, n, span, "there is no argument called ", label);
        if (labelled[at].tag != VALUE_NOTHING)
            return refuse_native(vm, n, span, "given twice: the argument ", label);
        labelled[at] = args[i];
    }
    return true;
}

// Lua cannot have a built-in go through more items than it may take steps.
static bool afford(Vm *vm, const Value *args, uint32_t count) {
    uint64_t items = 0;
    size_t n;
    for (uint32_t i = 0; i < count; i++)
        if (value_count(args[i], &n)) items += n;
    return vm->step(vm->host.user, 10 * items);
}

static bool call_native(Vm *vm, const Native *n, const Value *args, uint32_t count, Span span,
                        Value *out) {
    Trouble t = {.ctl = vm->ctl};
    bool about_model = strcmp(n->topic, "models") == 0 || strcmp(n->topic, "graphs") == 0;
    if (about_model) vm_asked(vm);
    if (vm_any_unknown(vm, args, count) || (about_model && vm_context(vm)->unknown)) {
        *out = value_unknown();
        return true;
    }
    size_t errors = vm->diags->errors;
    if (vm->step && !afford(vm, args, count)) return false;
    uint32_t origin = source_place(vm->sources, span);
    if (n->call ? n->call(vm, args, count, origin, out, &t)
                : vm->host.call(n, args, count, origin, out, &t))
        return true;
    bool reported = !t.message && vm->diags->errors > errors;
    return reported ? (trouble_free(&t), false) : vm_trouble(vm, &t, span);
}

static bool apply_native(Vm *vm, const Native *n, const Value *args, const CallShape *shape,
                         Span span, Value *out) {
    uint32_t npos = shape->nargs - shape->nlabels, nlabels = 0;
    label_number(n->labels, NULL, &nlabels);
    if (!check_native(vm, n, npos, span)) return false;
    Value *all = MEM_NEW(Value, (size_t)npos + nlabels);
    if (!all) return vm_memory(vm);
    for (uint32_t i = 0; i < npos; i++) all[i] = args[i];
    bool ok = place_labels(vm, n, args + npos, shape, all + npos, span) &&
              call_native(vm, n, all, npos + nlabels, span, out);
    mem_free(all);
    return ok;
}

// --- calls -----------------------------------------------------------------------------------

bool vm_apply(Vm *vm, Value function, const Value *args, const CallShape *shape, Span span,
              Value *out) {
    if (vm_unknown(vm, function)) {
        *out = value_unknown();
        return true;
    }
    if (function.tag != VALUE_FUNCTION)
        return vm_error(vm, DIAG_NOT_FUNCTION, span, "%s cannot be called",
                        value_kind(function));
    const FunctionObject *fn = (const FunctionObject *)function.object;
    if (fn->native) return apply_native(vm, fn->native, args, shape, span, out);
    return apply_chunk(vm, fn->chunk, args, shape, span, out);
}

bool vm_CALL(Vm *vm, Frame *f, const Instr *i) {
    const CallShape *shape = &f->chunk->calls.items[i->a];
    Value out;
    const Value *args = f->stack + f->top - shape->nargs;
    if (!vm_apply(vm, args[-1], args, shape, vm_span(vm, f), &out)) return false;
    return vm_replace(f, shape->nargs + 1, out);
}

bool vm_GIVEN(Vm *vm, Frame *f, const Instr *i) {
    (void)vm;
    if (f->slots[i->b].tag != VALUE_NOTHING) f->pc = i->a;
    return true;
}

bool vm_UNPACK(Vm *vm, Frame *f, const Instr *i) {
    Value arrow = f->slots[i->a];
    if (vm_unknown(vm, arrow) && arrow.tag == VALUE_UNKNOWN) {
        for (uint32_t k = 0; k < i->c; k++) f->slots[i->b + k] = value_unknown();
        return true;
    }
    Span span = f->caller ? vm_span(vm, f->caller) : vm_span(vm, f);
    size_t n = arrow.tag == VALUE_ARROW ? value_items(arrow)->count : 0;
    if (n != i->c) {
        const Param *p = &f->chunk->params.items[i->a];
        if (n) vm_error(vm, DIAG_PATTERN, span, "%s takes %s; this arrow has %zu ends",
                        f->chunk->name ? f->chunk->name->text : "it", p->text, n);
        else vm_error(vm, DIAG_PATTERN, span, "%s takes %s, not %s",
                      f->chunk->name ? f->chunk->name->text : "it", p->text, value_kind(arrow));
        if (!n && f->chunk->name)
            diag_hint(vm->diags, "an arrow from cause to effect: %s(%s)", f->chunk->name->text,
                      p->text);
        return false;
    }
    for (uint32_t k = 0; k < i->c; k++) {
        value_drop(f->slots[i->b + k]);
        f->slots[i->b + k] = value_keep(value_items(arrow)->items[k]);
    }
    return true;
}

bool vm_RETURN(Vm *vm, Frame *f, const Instr *i) {
    (void)vm, (void)i;
    f->done = true;
    return true;
}
