// Scope: the names that are bound inside one function or statement, and their slots.
#include "interp/scope.h"
#include "runtime/base/mem.h"

uint32_t scope_slot(Scope *s) {
    return s->slots++;
}

bool scope_bind(Scope *s, Sym name, uint32_t slot) {
    Binding b = {.name = name, .slot = slot};
    return VEC_PUSH(&s->bindings, b);
}

uint32_t scope_find(const Scope *s, Sym name) {
    for (size_t i = s->bindings.count; i > 0; i--)
        if (s->bindings.items[i - 1].name == name) return s->bindings.items[i - 1].slot;
    return SCOPE_NONE;
}

size_t scope_mark(const Scope *s) {
    return s->bindings.count;
}

void scope_release(Scope *s, size_t mark) {
    s->bindings.count = mark;
}

void scope_free(Scope *s) {
    VEC_FREE(&s->bindings);
    s->slots = 0;
}
