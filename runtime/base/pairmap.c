// Pairmap: an open-addressing table with linear probing.
#include "runtime/base/pairmap.h"

#include "runtime/base/mem.h"

static size_t hash(const void *a, const void *b) {
    uint64_t h = (uint64_t)(uintptr_t)a * 0x9e3779b97f4a7c15u ^ (uint64_t)(uintptr_t)b;
    h *= 0xbf58476d1ce4e5b9u;
    return (size_t)(h ^ h >> 32);
}

// The slot of the pair, or the empty one where it belongs. `room` is a power of two.
static PairEntry *find(PairEntry *slots, size_t room, const void *a, const void *b) {
    size_t i = hash(a, b) & (room - 1);
    while (slots[i].a && !(slots[i].a == a && slots[i].b == b)) i = (i + 1) & (room - 1);
    return &slots[i];
}

uint32_t pairmap_get(const Pairmap *m, const void *a, const void *b) {
    if (!m->room) return UINT32_MAX;
    const PairEntry *e = find(m->slots, m->room, a, b);
    return e->a ? e->value : UINT32_MAX;
}

static Status grow(Pairmap *m) {
    size_t room = m->room ? m->room * 2 : 8;
    PairEntry *slots = MEM_NEW(PairEntry, room);
    if (!slots) return NOMEM;
    for (size_t i = 0; i < m->room; i++)
        if (m->slots[i].a) *find(slots, room, m->slots[i].a, m->slots[i].b) = m->slots[i];
    mem_free(m->slots);
    m->slots = slots;
    m->room = room;
    return OK;
}

Status pairmap_add(Pairmap *m, const void *a, const void *b, uint32_t value, bool *fresh) {
    if (m->count * 2 >= m->room) TRY(grow(m));
    PairEntry *e = find(m->slots, m->room, a, b);
    *fresh = !e->a;
    if (e->a) return OK;
    *e = (PairEntry){.a = a, .b = b, .value = value};
    m->count++;
    return OK;
}

void pairmap_set(Pairmap *m, const void *a, const void *b, uint32_t value) {
    find(m->slots, m->room, a, b)->value = value;
}

void pairmap_free(Pairmap *m) {
    mem_free(m->slots);
    *m = (Pairmap){0};
}
