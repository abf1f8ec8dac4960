// Pairmap: numbers filed under pairs of addresses, for visits of shared structure.
#ifndef RUNG_BASE_PAIRMAP_H
#define RUNG_BASE_PAIRMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"

typedef struct PairEntry {
    const void *a, *b;
    uint32_t value;
} PairEntry;

// A zeroed Pairmap is empty. `a` of a key is never NULL; `b` may be.
typedef struct Pairmap {
    PairEntry *slots; // open addressing; an `a` of NULL is empty
    size_t room, count;
} Pairmap;

// The value filed under the pair, or UINT32_MAX. Expected constant time.
uint32_t pairmap_get(const Pairmap *m, const void *a, const void *b);

// Files a value under the pair when there is none yet; *fresh tells which. NOMEM changes nothing.
Status pairmap_add(Pairmap *m, const void *a, const void *b, uint32_t value, bool *fresh);

// Changes the value filed under a pair that is there.
void pairmap_set(Pairmap *m, const void *a, const void *b, uint32_t value);

void pairmap_free(Pairmap *m);

#endif
