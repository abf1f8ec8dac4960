// Scope: the names that are bound inside one function or statement, and their slots.
#ifndef RUNG_INTERP_SCOPE_H
#define RUNG_INTERP_SCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/sym.h"
#include "runtime/base/vec.h"

#define SCOPE_NONE UINT32_MAX

typedef struct Binding {
    Sym name;
    uint32_t slot;
} Binding;

// A zeroed Scope binds nothing. Slots are handed out once and not used again.
typedef struct Scope {
    VEC(Binding) bindings;
    uint32_t slots;
} Scope;

// A new slot, without a name.
uint32_t scope_slot(Scope *s);

// Lets a name mean a slot from here on; it hides an outer one. False: no memory.
bool scope_bind(Scope *s, Sym name, uint32_t slot);

// The slot of a name, innermost first, or SCOPE_NONE.
uint32_t scope_find(const Scope *s, Sym name);

// What was bound after the mark is forgotten.
size_t scope_mark(const Scope *s);
void scope_release(Scope *s, size_t mark);

void scope_free(Scope *s);

#endif
