// Globals: what names mean at top level: lets, models and defs.
#include "interp/globals.h"

#include <string.h>

#include "runtime/base/mem.h"

static void drop(Global *g) {
    value_drop(g->value);
    value_drop(g->built);
    chunk_drop(g->chunk);
}

static bool reserve(Globals *all, uint32_t id) {
    if (id < all->slotroom) return true;
    size_t room = (size_t)id * 2 + 64;
    uint32_t *slot = mem_resize(all->slot, room, sizeof *slot);
    if (!slot) return false;
    memset(slot + all->slotroom, 0, (room - all->slotroom) * sizeof *slot);
    all->slot = slot;
    all->slotroom = room;
    return true;
}

bool globals_set(Globals *all, Global g) {
    Global *old = globals_find(all, g.name);
    if (old) {
        Global before = *old;
        *old = g;
        drop(&before);
        return true;
    }
    if (!reserve(all, g.name->id) || !VEC_PUSH(&all->items, g)) {
        drop(&g);
        return false;
    }
    all->slot[g.name->id] = (uint32_t)all->items.count;
    return true;
}

Global *globals_find(const Globals *all, Sym name) {
    uint32_t at = name->id < all->slotroom ? all->slot[name->id] : 0;
    return at ? &all->items.items[at - 1] : NULL;
}

// The last definition moves into its place.
void globals_forget(Globals *all, Sym name) {
    Global *g = globals_find(all, name);
    if (!g) return;
    drop(g);
    size_t at = (size_t)(g - all->items.items), last = --all->items.count;
    all->slot[name->id] = 0;
    if (at == last) return;
    all->items.items[at] = all->items.items[last];
    all->slot[all->items.items[at].name->id] = (uint32_t)at + 1;
}

Global globals_keep(const Globals *all, Sym name) {
    const Global *g = globals_find(all, name);
    if (!g) return (Global){0};
    value_keep(g->value);
    value_keep(g->built);
    if (g->chunk) chunk_keep(g->chunk);
    return *g;
}

void globals_put_back(Globals *all, Sym name, Global before) {
    if (before.name) globals_set(all, before);
    else globals_forget(all, name);
}

bool globals_copy(const Globals *from, Globals *to) {
    *to = (Globals){0};
    for (size_t i = 0; i < from->items.count; i++) {
        Global g = from->items.items[i];
        value_keep(g.value);
        value_keep(g.built);
        if (g.chunk) chunk_keep(g.chunk);
        if (!globals_set(to, g)) {
            globals_free(to);
            return false;
        }
    }
    return true;
}

void globals_free(Globals *all) {
    for (size_t i = 0; i < all->items.count; i++) drop(&all->items.items[i]);
    VEC_FREE(&all->items);
    mem_free(all->slot);
    all->slot = NULL;
    all->slotroom = 0;
}
