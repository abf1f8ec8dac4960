// Vm_model: model blocks, item by item.
#include <string.h>

#include "interp/vm_inner.h"

static bool taint(Vm *vm) {
    Entry *e = vm_entry(vm);
    e->tainted = e->context.unknown = true;
    return true;
}

bool vm_BUILD(Vm *vm, Frame *f, const Instr *i) {
    (void)i;
    Value from = value_nothing();
    Entry e = {0};
    if (vm_top(f, 0)->tag != VALUE_NOTHING &&
        !vm_as_model(vm, *vm_top(f, 0), vm_span(vm, f), &from))
        return false;
    e.build = build_new(vm, from);
    e.context.unknown = e.tainted = from.tag == VALUE_UNKNOWN;
    value_drop(from);
    value_drop(vm_pop(f));
    if (!e.build) return false;
    if (VEC_PUSH(&vm->contexts, e)) return true;
    build_abandon(e.build);
    return vm_memory(vm);
}

static bool in_block(Vm *vm, Frame *f) {
    return vm_block(vm) || vm_internal(vm, f, "an item outside a block");
}

bool vm_ITEM(Vm *vm, Frame *f, const Instr *i) {
    if (!in_block(vm, f)) return false;
    vm_block(vm)->context.assuming = false;
    vm_block(vm)->recovery = (Recovery){.frame = f, .pc = i->a, .top = f->top, .open = vm->open,
                                        .open_unknown = vm->open_unknown,
                                        .expects = vm->expects.count,
                                        .collectors = vm->collectors.count, .names = i->b};
    return true;
}

// --- rows that override others ---------------------------------------------------------------

static uint8_t *row_of(Vm *vm, Entry *e, Sym name) {
    size_t old = e->rows.count;
    if (name->id >= old) {
        if (!VEC_RESERVE(&e->rows, (size_t)name->id + 1)) return vm_memory(vm), NULL;
        e->rows.count = e->rows.room;
        memset(e->rows.items + old, 0, e->rows.count - old);
    }
    return &e->rows.items[name->id];
}

// Notes how a variable is declared; *again says that a row of the other sort has declared it.
static bool note_row(Vm *vm, const ItemShape *shape, Sym name, bool *again) {
    uint8_t *row = row_of(vm, vm_block(vm), name);
    if (!row) return false;
    *again = shape->general ? (*row & ROW_SPECIAL) != 0 : (*row & ROW_GENERAL) != 0;
    *row |= shape->general ? ROW_GENERAL : ROW_SPECIAL;
    if (!shape->general && shape->mechanism) *row |= ROW_SPECIAL_MECHANISM;
    return true;
}

static bool declare(Vm *vm, const ItemShape *shape, const Value *indices, Value domain) {
    BuildVar var = {.role = shape->role, .name = shape->name, .indices = indices,
                    .nindices = shape->nindices, .domain = domain, .ordered = shape->ordered,
                    .label = shape->label, .span = shape->span};
    bool again = false;
    if (shape->nindices) {
        Sym name = build_member(vm, shape->name, indices, shape->nindices, shape->span);
        if (!name || !note_row(vm, shape, name, &again)) return false;
    }
    return again || build_declare(vm_block(vm)->build, &var);
}

// Items of a range all differ, and so do the members that they index. Of other values nothing is
// said: they are gone through one by one.
bool vm_ROOM(Vm *vm, Frame *f, const Instr *i) {
    double members = 1;
    size_t n;
    if (!in_block(vm, f)) return false;
    for (uint32_t k = 0; k < i->a; k++) {
        Value over = *vm_top(f, k);
        bool range = over.tag == VALUE_RANGE && value_count(over, &n);
        members *= range ? (double)n : 0;
    }
    if (!build_room(vm_block(vm)->build, members, vm_span(vm, f))) return false;
    for (uint32_t k = 0; k < i->a; k++) value_drop(vm_pop(f));
    return true;
}

bool vm_DECLARE(Vm *vm, Frame *f, const Instr *i) {
    const ItemShape *shape = &f->chunk->items.items[i->a];
    const Value *indices = f->stack + f->top - shape->nindices;
    if (!in_block(vm, f)) return false;
    if (vm_any_unknown(vm, indices - 1, shape->nindices + 1)) taint(vm);
    else if (!declare(vm, shape, indices, indices[-1])) return false;
    for (uint32_t k = 0; k < shape->nindices; k++) value_drop(vm_pop(f));
    return true;
}

bool vm_MEMBER(Vm *vm, Frame *f, const Instr *i) {
    const Value *indices = f->stack + f->top - i->b;
    Value out = value_unknown();
    if (!in_block(vm, f)) return false;
    if (vm_any_unknown(vm, indices, i->b)) taint(vm);
    else if (!vm_members(vm, f->chunk->syms.items[i->a], indices, i->b, true, vm_span(vm, f),
                         &out))
        return false;
    return vm_replace(f, i->b, out);
}

bool vm_SKIP_SPECIAL(Vm *vm, Frame *f, const Instr *i) {
    Value name = *vm_top(f, 0);
    if (!in_block(vm, f)) return false;
    if (name.tag != VALUE_LEVEL) return true;
    uint8_t *row = row_of(vm, vm_block(vm), name.sym);
    if (!row) return false;
    if (*row & ROW_SPECIAL_MECHANISM) f->pc = i->a;
    return true;
}

// --- items -----------------------------------------------------------------------------------

bool vm_EDGE(Vm *vm, Frame *f, const Instr *i) {
    Value from = *vm_top(f, 1), to = *vm_top(f, 0);
    if (!in_block(vm, f)) return false;
    if (vm_unknown(vm, from) || vm_unknown(vm, to)) taint(vm);
    else if (!build_edge(vm_block(vm)->build, from, to, (NodeOp)i->a, i->b, vm_span(vm, f)))
        return false;
    value_drop(vm_pop(f));
    value_drop(vm_pop(f));
    return true;
}

bool vm_BLOCK(Vm *vm, Frame *f, const Instr *i) {
    (void)f;
    if (!in_block(vm, f)) return false;
    build_block(vm_block(vm)->build, i->a);
    return true;
}

bool vm_MECHANISM(Vm *vm, Frame *f, const Instr *i) {
    Value name = *vm_top(f, 1), value = *vm_top(f, 0);
    if (!in_block(vm, f)) return false;
    if (vm_unknown(vm, name) || vm_unknown(vm, value)) taint(vm);
    else if (name.tag != VALUE_LEVEL)
        return vm_error(vm, DIAG_MISPLACED, vm_span(vm, f),
                        "a mechanism belongs to one variable");
    else if (!build_mechanism(vm_block(vm)->build, name.sym, i->a, value, i->b, vm_span(vm, f)))
        return false;
    value_drop(vm_pop(f));
    value_drop(vm_pop(f));
    return true;
}

bool vm_FACTOR(Vm *vm, Frame *f, const Instr *i) {
    (void)i;
    if (!in_block(vm, f)) return false;
    if (vm_unknown(vm, *vm_top(f, 0))) taint(vm);
    else if (!build_factor(vm_block(vm)->build, *vm_top(f, 0), vm_span(vm, f))) return false;
    value_drop(vm_pop(f));
    return true;
}

bool vm_ASSUMING(Vm *vm, Frame *f, const Instr *i) {
    (void)i;
    if (!in_block(vm, f)) return false;
    vm_block(vm)->context.assuming = true;
    return true;
}

bool vm_ASSUME(Vm *vm, Frame *f, const Instr *i) {
    (void)i;
    if (!in_block(vm, f)) return false;
    vm_block(vm)->context.assuming = false;
    if (vm_unknown(vm, *vm_top(f, 0))) taint(vm);
    else if (!build_assume(vm_block(vm)->build, *vm_top(f, 0), vm_span(vm, f))) return false;
    value_drop(vm_pop(f));
    return true;
}

bool vm_BUILT(Vm *vm, Frame *f, const Instr *i) {
    Entry *e = vm_block(vm);
    if (!in_block(vm, f)) return false;
    Sym name = i->a ? f->chunk->syms.items[i->a - 1] : NULL;
    const char *doc = i->b ? value_text(f->chunk->constants.items[i->b - 1]) : NULL;
    Build *build = e->build;
    bool tainted = e->tainted;
    e->recovery.frame = NULL;
    Value out = value_unknown();
    if (!tainted) {
        e->build = NULL; // spent by build_end
        if (!build_end(build, name, doc, &out)) return false;
    }
    vm_leave(vm);
    return vm_push(f, out);
}
