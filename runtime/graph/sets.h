// Sets: a growable list of vertex sets, each a bitset row of the same width.
#ifndef RUNG_GRAPH_SETS_H
#define RUNG_GRAPH_SETS_H

#include <stddef.h>

#include "runtime/base/bitset.h"
#include "runtime/base/status.h"

// `words` must be set before the first sets_add; otherwise zeroed, it is an empty list.
typedef struct Sets {
    Word *rows;
    size_t words, count, room;
} Sets;

// Appends a copy of `set`. Amortised O(words).
Status sets_add(Sets *sets, const Word *set);

static inline const Word *sets_at(const Sets *sets, size_t i) {
    return sets->rows + i * sets->words;
}

// Whether an equal set is in the list. O(count * words).
bool sets_has(const Sets *sets, const Word *set);

// Sorts by size, then by the smallest member in which two sets differ.
void sets_sort(Sets *sets);

void sets_free(Sets *sets);

#endif
