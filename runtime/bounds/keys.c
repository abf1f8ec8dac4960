// Lists of numbers in a hash table.
#include "runtime/bounds/keys.h"

#include <string.h>

// FNV-1a over the numbers, then mixed (Appleby's finalizer) so that low bits depend on all.
static size_t hash(const uint32_t *items, uint32_t n) {
    uint64_t h = 0xcbf29ce484222325u ^ n;
    for (uint32_t i = 0; i < n; i++) h = (h ^ items[i]) * 0x100000001b3u;
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccdu;
    return (size_t)(h ^ (h >> 33));
}

static bool same(const Keys *k, uint32_t key, const uint32_t *items, uint32_t n) {
    return keys_length(k, key) == n &&
           (n == 0 || memcmp(keys_items(k, key), items, n * sizeof *items) == 0);
}

// The slot of a list: where it is, or where it would go.
static size_t slot_of(const Keys *k, const uint32_t *items, uint32_t n) {
    size_t i = hash(items, n) & (k->room - 1);
    while (k->slots[i] != KEYS_NONE && !same(k, k->slots[i], items, n))
        i = (i + 1) & (k->room - 1);
    return i;
}

uint32_t keys_find(const Keys *k, const uint32_t *items, uint32_t n) {
    return k->room ? k->slots[slot_of(k, items, n)] : KEYS_NONE;
}

static Status widen(Keys *k) {
    size_t room = k->room ? 2 * k->room : 64;
    uint32_t *slots = MEM_NEW(uint32_t, room);
    if (!slots) return NOMEM;
    memset(slots, 0xff, room * sizeof *slots);
    mem_free(k->slots);
    k->slots = slots;
    k->room = room;
    for (uint32_t key = 0; key < keys_count(k); key++)
        slots[slot_of(k, keys_items(k, key), keys_length(k, key))] = key;
    return OK;
}

Status keys_add(Keys *k, const uint32_t *items, uint32_t n, uint32_t *key) {
    if (2 * (size_t)keys_count(k) >= k->room) TRY(widen(k));
    size_t slot = slot_of(k, items, n);
    *key = k->slots[slot];
    if (*key != KEYS_NONE) return OK;
    if (!VEC_RESERVE(&k->pool, k->pool.count + n + 1)) return NOMEM;
    if (!VEC_RESERVE(&k->start, k->start.count + 2)) return NOMEM;
    *key = keys_count(k);
    if (!k->start.count) k->start.items[k->start.count++] = 0;
    if (n) memcpy(k->pool.items + k->pool.count, items, n * sizeof *items);
    k->pool.count += n;
    k->start.items[k->start.count++] = k->pool.count;
    k->slots[slot] = *key;
    return OK;
}

void keys_clear(Keys *k) {
    k->pool.count = k->start.count = 0;
    if (k->room) memset(k->slots, 0xff, k->room * sizeof *k->slots);
}

void keys_free(Keys *k) {
    VEC_FREE(&k->pool);
    VEC_FREE(&k->start);
    mem_free(k->slots);
    *k = (Keys){0};
}
