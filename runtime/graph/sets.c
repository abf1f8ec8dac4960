// Sets: a growable list of vertex sets.
#include "runtime/graph/sets.h"

#include <stdlib.h>

#include "runtime/base/mem.h"

Status sets_add(Sets *sets, const Word *set) {
    if (sets->count == sets->room) {
        size_t room = sets->room ? 2 * sets->room : 8;
        Word *rows = mem_resize(sets->rows, room, (sets->words + !sets->words) * sizeof *rows);
        if (!rows) return NOMEM;
        sets->rows = rows;
        sets->room = room;
    }
    bits_copy(sets->rows + sets->count++ * sets->words, set, sets->words);
    return OK;
}

bool sets_has(const Sets *sets, const Word *set) {
    for (size_t i = 0; i < sets->count; i++)
        if (bits_equal(sets_at(sets, i), set, sets->words)) return true;
    return false;
}

static int compare_sets(const void *a, const void *b, void *context) {
    size_t words = *(const size_t *)context;
    const Word *x = a, *y = b;
    size_t nx = bits_count(x, words), ny = bits_count(y, words);
    if (nx != ny) return nx < ny ? -1 : 1;
    for (size_t i = 0; i < words; i++) {
        Word differ = x[i] ^ y[i];
        if (differ) return x[i] & (differ & -differ) ? -1 : 1;
    }
    return 0;
}

void sets_sort(Sets *sets) {
    if (sets->count > 1)
        qsort_r(sets->rows, sets->count, sets->words * sizeof *sets->rows, compare_sets,
                &sets->words);
}

void sets_free(Sets *sets) {
    mem_free(sets->rows);
    *sets = (Sets){.words = sets->words};
}
