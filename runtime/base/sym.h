// Sym: interned names. Two names are equal exactly when their Syms are the same pointer.
#ifndef RUNG_BASE_SYM_H
#define RUNG_BASE_SYM_H

#include <stddef.h>
#include <stdint.h>

typedef struct SymRec {
    uint32_t len;  // bytes, without the NUL
    uint32_t hash; // another one in every Interner (runtime/base/hash.h)
    uint32_t id;   // 0, 1, 2, ... in order of interning
    char text[];   // UTF-8, NUL-terminated
} SymRec;

typedef const SymRec *Sym;

// The table of all names of one session.
typedef struct Interner Interner;

// NULL when memory is exhausted. Syms live until intern_free.
Interner *intern_new(void);
void intern_free(Interner *in);

// The Sym of a name; NULL when memory is exhausted. Expected constant time.
Sym intern(Interner *in, const char *text, size_t len);
Sym intern_z(Interner *in, const char *text);

// The number of names, and the name with a given id (id < count).
uint32_t intern_count(const Interner *in);
Sym intern_at(const Interner *in, uint32_t id);

#endif
