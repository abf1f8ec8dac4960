// Globals: what names mean at top level: lets, models and defs.
#ifndef RUNG_INTERP_GLOBALS_H
#define RUNG_INTERP_GLOBALS_H

#include "interp/chunk.h"
#include "interp/value.h"

typedef enum GlobalKind {
    GLOBAL_LET,      // value
    GLOBAL_MODEL,    // value: a MODEL, or UNKNOWN in check mode
    GLOBAL_FUNCTION, // value: a FUNCTION
    GLOBAL_QUESTION, // chunk: a def without parameters, run when it is mentioned
    GLOBAL_FAMILY, // a model with parameters: value the FUNCTION, built the model made with the
                   // defaults, NOTHING when some parameter has none
} GlobalKind;

typedef struct Global {
    Sym name;
    GlobalKind kind;
    Value value, built;
    Chunk *chunk;
} Global;

// A zeroed Globals is empty.
typedef struct Globals {
    VEC(Global) items;
    uint32_t *slot; // by Sym id: index + 1, 0 for none
    size_t slotroom;
} Globals;

// Defines a name, or defines it anew. Takes the references inside `g`, also on failure.
bool globals_set(Globals *all, Global g); // false: no memory

// The definition of a name, or NULL. Constant time.
Global *globals_find(const Globals *all, Sym name);

// A copy that keeps every value. False: no memory, and *to is empty.
bool globals_copy(const Globals *from, Globals *to);

// Forgets a name, when it has a definition.
void globals_forget(Globals *all, Sym name);

// What a name means, with references of its own, to be put back later; zeroed when nothing.
// Putting back takes the references.
Global globals_keep(const Globals *all, Sym name);
void globals_put_back(Globals *all, Sym name, Global before);

void globals_free(Globals *all);

#endif
