// Model index: the number of a variable from its name.
#ifndef RUNG_MODEL_MODEL_INDEX_H
#define RUNG_MODEL_MODEL_INDEX_H

#include <stdint.h>

#include "runtime/base/status.h"
#include "runtime/base/sym.h"

typedef struct IndexEntry {
    Sym name; // NULL: empty
    uint32_t var;
} IndexEntry;

// A zeroed ModelIndex is empty. Open addressing; names are never removed.
typedef struct ModelIndex {
    IndexEntry *slots;
    uint32_t room, count; // room: a power of two
} ModelIndex;

// The number filed under a name, or UINT32_MAX. Expected constant time.
uint32_t model_index_find(const ModelIndex *index, Sym name);

// Files a number under a name that is not there yet. NOMEM changes nothing.
Status model_index_add(ModelIndex *index, Sym name, uint32_t var);

void model_index_free(ModelIndex *index);

#endif
