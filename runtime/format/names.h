// Names: a hash table from (scope, text) to a number, for the variables and levels of a file.
#ifndef RUNG_FORMAT_NAMES_H
#define RUNG_FORMAT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/hash.h"
#include "runtime/format/scan.h"

#define NAMES_NONE UINT32_MAX

typedef struct NamesSlot {
    Span name;      // borrowed; text NULL in an empty slot
    uint32_t scope; // whose name it is
    uint32_t hash;
    uint32_t value;
} NamesSlot;

// A zeroed Names is empty.
typedef struct Names {
    NamesSlot *slots;
    size_t room, count; // room: a power of two, or 0
    HashKey key;        // drawn with the first slots
} Names;

// The number of a name, or NAMES_NONE. Expected constant time.
uint32_t names_find(const Names *names, uint32_t scope, Span name);

// Adds a name that is not there yet; `name` must outlive the table. False when memory is
// exhausted.
bool names_add(Names *names, uint32_t scope, Span name, uint32_t value);

void names_free(Names *names);

#endif
