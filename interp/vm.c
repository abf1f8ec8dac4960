// Vm: runs chunks.
#include "interp/vm_inner.h"

#include <stdarg.h>
#include <string.h>

#include "interp/module.h"

// Deep enough for any sensible recursion, and shallow enough for the C stack.
#define DEEPEST 1000

typedef bool (*Run)(Vm *vm, Frame *f, const Instr *i);

static const Run runs[] = {
#define CODE(id, name, a, b, c, pops, pushes, jump, nest, effect) vm_##id,
#include "interp/opcode.def"
#undef CODE
};

// --- life -----------------------------------------------------------------------------------

Vm *vm_new(Interner *names, Sources *sources, Diags *diags, const Ctl *ctl,
           const RealBudget *budget, const VmHost *host) {
    Vm *vm = MEM_NEW(Vm, 1);
    if (!vm) return NULL;
    vm->names = names;
    vm->sources = sources;
    vm->diags = diags;
    vm->ctl = ctl;
    vm->budget = budget;
    vm->host = *host;
    Entry base = {0};
    if (!VEC_PUSH(&vm->contexts, base)) {
        mem_free(vm);
        return NULL;
    }
    return vm;
}

void vm_free(Vm *vm) {
    if (!vm) return;
    while (vm->contexts.count) vm_leave(vm);
    for (size_t i = 0; i < vm->notes.count; i++) mem_free(vm->notes.items[i]);
    globals_free(&vm->globals);
    globals_free(&vm->standard);
    derivation_free(&vm->steps);
    VEC_FREE(&vm->contexts);
    VEC_FREE(&vm->expects);
    VEC_FREE(&vm->collectors);
    VEC_FREE(&vm->notes);
    mem_free(vm);
}

// --- what natives, questions and blocks may ask of it ----------------------------------------

Entry *vm_entry(Vm *vm) {
    return &vm->contexts.items[vm->contexts.count - 1];
}

Entry *vm_block(Vm *vm) {
    Entry *e = vm_entry(vm);
    return e->build ? e : NULL;
}

const Context *vm_context(const Vm *vm) {
    return &vm->contexts.items[vm->contexts.count - 1].context;
}

void vm_note_rung(Vm *vm, uint32_t rung) {
    if (rung > vm->rung) vm->rung = rung;
}

void vm_asked(Vm *vm) {
    for (size_t i = 0; i < vm->contexts.count; i++) vm->contexts.items[i].context.asked = true;
}

Interner *vm_names(const Vm *vm) {
    return vm->names;
}

Sources *vm_sources(const Vm *vm) {
    return vm->sources;
}

Diags *vm_diags(const Vm *vm) {
    return vm->diags;
}

const Ctl *vm_ctl(const Vm *vm) {
    return vm->ctl;
}

Derivation *vm_derivation(const Vm *vm) {
    return vm->derivation;
}

bool vm_closed(const Vm *vm) {
    return vm->closed;
}

bool vm_may_read(const Vm *vm, const char *path) {
    return !vm->plain || module_ends(path);
}

bool vm_checking(const Vm *vm) {
    return vm->checking;
}

// --- reporting ------------------------------------------------------------------------------

bool vm_error(Vm *vm, DiagCode code, Span span, const char *format, ...) {
    va_list args;
    va_start(args, format);
    diag_error_v(vm->diags, code, span, format, args);
    va_end(args);
    return false;
}

// Whoever is interrupted while memory is wanted gets none.
static bool interrupted(Vm *vm, Span span) {
    if (!ctl_cancelled(vm->ctl)) return false;
    diag_error(vm->diags, DIAG_INTERRUPTED, span, "interrupted");
    return true;
}

bool vm_trouble(Vm *vm, Trouble *t, Span span) {
    if (t->message) diag_error(vm->diags, (DiagCode)t->code, span, "%s", t->message);
    else vm_memory(vm);
    if (t->message && t->hint) diag_hint(vm->diags, "%s", t->hint);
    trouble_free(t);
    return false;
}

bool vm_faults(Vm *vm, Faults *faults, Span span) {
    diag_take_faults(vm->diags, faults, vm->sources, span);
    return false;
}

bool vm_memory(Vm *vm) {
    Span span = vm->frame ? vm_span(vm, vm->frame) : (Span){0};
    if (interrupted(vm, span)) return false;
    diag_error(vm->diags, DIAG_MEMORY, span, "memory is exhausted");
    return false;
}

static bool said(const Vm *vm, const char *text) {
    for (size_t i = 0; i < vm->notes.count; i++)
        if (strcmp(vm->notes.items[i], text) == 0) return true;
    return false;
}

void vm_note(Vm *vm, DiagCode code, Span span, const char *format, ...) {
    Str s = {0};
    va_list args;
    va_start(args, format);
    str_vprintf(&s, format, args);
    va_end(args);
    bool known = !s.failed && said(vm, str_text(&s));
    char *text = known ? NULL : str_take(&s);
    str_free(&s);
    if (known) return;
    if (text) diag_note(vm->diags, code, span, "%s", text);
    if (!text || vm->diags->failed || !VEC_PUSH(&vm->notes, text)) {
        mem_free(text);
        vm_memory(vm);
    }
}

Span vm_span(const Vm *vm, const Frame *f) {
    return source_span(vm->sources, vm_origin(f));
}

uint32_t vm_origin(const Frame *f) {
    return f->chunk->places.items[f->pc ? f->pc - 1 : 0];
}

bool vm_internal(Vm *vm, const Frame *f, const char *what) {
    return vm_error(vm, DIAG_INTERNAL, vm_span(vm, f), "%s", what);
}

bool vm_cancelled(Vm *vm, const Frame *f) {
    return interrupted(vm, vm_span(vm, f));
}

// --- the stack ------------------------------------------------------------------------------

bool vm_push(Frame *f, Value taken) {
    f->stack[f->top++] = taken;
    return true;
}

Value vm_pop(Frame *f) {
    return f->stack[--f->top];
}

bool vm_replace(Frame *f, uint32_t n, Value taken) {
    while (n--) value_drop(vm_pop(f));
    return vm_push(f, taken);
}

bool vm_unknown(const Vm *vm, Value v) {
    if (v.tag == VALUE_UNKNOWN) return true;
    // While running, lists are not searched: only what comes later leaves such a value behind.
    if (!vm->checking) return false;
    if (v.tag < VALUE_LIST || v.tag > VALUE_ARROW || v.tag == VALUE_RANGE) return false;
    return vm_any_unknown(vm, value_items(v)->items, value_items(v)->count);
}

bool vm_any_unknown(const Vm *vm, const Value *values, size_t n) {
    for (size_t i = 0; vm->checking && i < n; i++)
        if (vm_unknown(vm, values[i])) return true;
    return false;
}

Truth vm_truth(Value v) {
    switch (v.tag) {
    case VALUE_BOOL: return v.truth ? TRUTH_TRUE : TRUTH_FALSE;
    case VALUE_NUMBER:
        if (v.number == 0) return TRUTH_FALSE;
        return v.number == 1 ? TRUTH_TRUE : TRUTH_NONE;
    case VALUE_TERM: case VALUE_UNKNOWN: return TRUTH_OPEN;
    default: return TRUTH_NONE;
    }
}

void vm_opened(Vm *vm, Value condition, int by) {
    if (vm_truth(condition) != TRUTH_OPEN) return;
    vm->open += (uint32_t)by;
    if (condition.tag == VALUE_UNKNOWN) vm->open_unknown += (uint32_t)by;
}

// --- frames ---------------------------------------------------------------------------------

static bool begin(Vm *vm, Frame *f, const Chunk *chunk, const Value *args, uint32_t n) {
    *f = (Frame){.caller = vm->frame, .chunk = chunk, .contexts = vm->contexts.count,
                 .expects = vm->expects.count, .collectors = vm->collectors.count,
                 .open = vm->open, .open_unknown = vm->open_unknown};
    f->slots = MEM_NEW(Value, (size_t)chunk->slots + chunk->depth);
    if (!f->slots) return vm_memory(vm);
    f->stack = f->slots + chunk->slots;
    for (uint32_t i = 0; i < n; i++) f->slots[i] = value_keep(args[i]);
    vm->frame = f;
    vm->depth++;
    return true;
}

static void drop_collector(Collector *c) {
    for (size_t i = 0; i < c->items.count; i++) value_drop(c->items.items[i]);
    VEC_FREE(&c->items);
}

// Closes the scopes opened since there were so many.
static void unwind(Vm *vm, size_t contexts, size_t expects, size_t collectors) {
    while (vm->contexts.count > contexts) vm_leave(vm);
    while (vm->expects.count > expects)
        domain_drop(vm->expects.items[--vm->expects.count].domain);
    while (vm->collectors.count > collectors)
        drop_collector(&vm->collectors.items[--vm->collectors.count]);
}

static void end(Vm *vm, Frame *f) {
    for (uint32_t i = 0; i < f->chunk->slots; i++) value_drop(f->slots[i]);
    while (f->top) value_drop(vm_pop(f));
    unwind(vm, f->contexts, f->expects, f->collectors);
    vm->open = f->open;
    vm->open_unknown = f->open_unknown;
    mem_free(f->slots);
    vm->frame = f->caller;
    vm->depth--;
}

// A check goes on with the next item of the innermost block of this frame.
static bool recover(Vm *vm, Frame *f) {
    size_t at = vm->contexts.count;
    while (at > f->contexts && vm->contexts.items[at - 1].recovery.frame != f) at--;
    if (!vm->checking || at <= f->contexts || ctl_cancelled(vm->ctl)) return false;
    Recovery r = vm->contexts.items[at - 1].recovery;
    while (f->top > r.top) value_drop(vm_pop(f));
    unwind(vm, at, r.expects, r.collectors);
    vm->open = r.open;
    vm->open_unknown = r.open_unknown;
    Entry *e = vm_entry(vm);
    e->tainted = true;
    e->context.unknown = e->context.unknown || r.names;
    f->pc = r.pc;
    return true;
}

static bool depends_on_values(DiagCode code) {
    return code == DIAG_UNDEFINED_NUMBER || code == DIAG_INDEX || code == DIAG_NO_ROW;
}

// While checking, a branch under an UNKNOWN condition may never be taken: 1/0 in it is no
// error. The result of the instruction is UNKNOWN then.
static bool forgive(Vm *vm, Frame *f, const Instr *i, size_t before) {
    bool computes = i->op == CODE_UNARY || i->op == CODE_BINARY || i->op == CODE_JOIN ||
                    i->op == CODE_INDEX || i->op == CODE_CALL || i->op == CODE_CASE_MERGE;
    bool told = vm->diags->count > before;
    if (!vm->checking || !vm->open_unknown || !computes || !told) return false;
    for (size_t k = before; k < vm->diags->count; k++)
        if (!depends_on_values(vm->diags->items[k].code)) return false;
    diag_drop(vm->diags, before);
    return vm_replace(f, chunk_row((Code)i->op)->pops(i, f->chunk), value_unknown());
}

// A function of Lua failed in the midst of a computation, which then went on without a value: what
// it came to is not said, but why.
static bool raised(Vm *vm, const Frame *f, size_t before) {
    if (vm->diags->count > before) diag_drop(vm->diags, before);
    return vm->host.raised(vm->host.user, vm_span(vm, f));
}

static bool loop(Vm *vm, Frame *f) {
    const Instr *code = f->chunk->code.items;
    while (!f->done) {
        const Instr *i = &code[f->pc++];
        size_t before = vm->diags->count;
        if (vm->host.trace) vm->host.trace(vm->host.user, f->chunk, f->pc - 1);
        bool ran = (!vm->step || vm->step(vm->host.user, 1)) && runs[i->op](vm, f, i);
        if (vm->raised && *vm->raised) ran = raised(vm, f, before);
        if (!ran && !forgive(vm, f, i, before) && !recover(vm, f))
            return false;
    }
    return true;
}

bool vm_run(Vm *vm, const Chunk *chunk, const Value *args, uint32_t n, Value *out) {
    Frame f;
    if (vm->depth >= DEEPEST) {
        vm_error(vm, DIAG_RECURSION, chunk->span, "%s calls itself more than %d times deep",
                 chunk->name ? chunk->name->text : "this", DEEPEST);
        return false;
    }
    if (!begin(vm, &f, chunk, args, n)) return false;
    bool ok = !vm_cancelled(vm, &f) && loop(vm, &f);
    if (ok) *out = vm_pop(&f);
    end(vm, &f);
    return ok;
}
