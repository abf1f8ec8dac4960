// Value_index: finding a value among many, by the equality of the language.
#ifndef RUNG_INTERP_VALUE_INDEX_H
#define RUNG_INTERP_VALUE_INDEX_H

#include "interp/value.h"
#include "runtime/base/hash.h"

// An index of values that stand one after the other in memory of the caller. A zeroed one has room
// for none.
typedef struct ValueIndex {
    uint32_t *slots; // open addressing: the place of a value, from 1, or 0
    size_t nslots;   // a power of two, or 0
    HashKey key;     // for words
} ValueIndex;

// An empty index with room for n values. False: no memory, or more than 2^31 values.
bool value_index_new(size_t n, ValueIndex *out);

// Files items[at]. At most as many are filed as there is room for.
void value_index_add(ValueIndex *x, const Value *items, size_t at);

// Whether a filed one of the items equals v. Expected constant time for numbers, truth values,
// levels, texts, variables and lists of such; other values are compared with all others of their kind.
bool value_index_holds(const ValueIndex *x, const Value *items, Value v);

void value_index_free(ValueIndex *x);

#endif
