// Vec: typed growable arrays.
//
//     typedef VEC(double) DoubleVec;
//     DoubleVec v = {0};
//     if (!VEC_PUSH(&v, 1.5)) return NOMEM;     // v.items[0] is 1.5, v.count is 1
//     VEC_FREE(&v);
#ifndef RUNG_BASE_VEC_H
#define RUNG_BASE_VEC_H

#include <stdbool.h>
#include <stddef.h>

#define VEC(type)                                                                              \
    struct {                                                                                   \
        type *items;                                                                           \
        size_t count, room;                                                                    \
    }

// Makes room for at least `need` items of `size` bytes behind `items`; false when memory is
// exhausted, and then nothing has changed. Used through the macros below.
bool vec_reserve(void **items, size_t *room, size_t need, size_t size);

// Each is false (and changes nothing) when memory is exhausted. Growth is geometric.
#define VEC_RESERVE(v, need)                                                                   \
    vec_reserve((void **)&(v)->items, &(v)->room, (need), sizeof *(v)->items)
#define VEC_PUSH(v, item)                                                                      \
    (VEC_RESERVE((v), (v)->count + 1) && ((v)->items[(v)->count++] = (item), true))
#define VEC_FREE(v)                                                                            \
    (mem_free((v)->items), (v)->items = NULL, (v)->count = 0, (v)->room = 0, (void)0)

#include "runtime/base/mem.h"

#endif
