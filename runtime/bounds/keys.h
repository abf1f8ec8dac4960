// Keys: short lists of numbers filed under dense numbers of their own.
#ifndef RUNG_BOUNDS_KEYS_H
#define RUNG_BOUNDS_KEYS_H

#include <stdint.h>

#include "runtime/base/status.h"
#include "runtime/base/vec.h"

#define KEYS_NONE UINT32_MAX

// A zeroed Keys is empty. Key k is pool[start[k]] .. pool[start[k + 1] - 1].
typedef struct Keys {
    VEC(uint32_t) pool;
    VEC(size_t) start; // one more than there are keys, once there is a key
    uint32_t *slots;   // open addressing, KEYS_NONE where empty
    size_t room;
} Keys;

static inline uint32_t keys_count(const Keys *k) {
    return k->start.count ? (uint32_t)k->start.count - 1 : 0;
}

static inline const uint32_t *keys_items(const Keys *k, uint32_t key) {
    return k->pool.items + k->start.items[key];
}

static inline uint32_t keys_length(const Keys *k, uint32_t key) {
    return (uint32_t)(k->start.items[key + 1] - k->start.items[key]);
}

// The number of a list, or KEYS_NONE. Expected time linear in its length.
uint32_t keys_find(const Keys *k, const uint32_t *items, uint32_t n);

// The number of a list, filed when it is new. NOMEM.
Status keys_add(Keys *k, const uint32_t *items, uint32_t n, uint32_t *key);

// Forgets all keys and keeps the memory.
void keys_clear(Keys *k);
void keys_free(Keys *k);

#endif
