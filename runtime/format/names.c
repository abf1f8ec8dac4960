// Names: open addressing with linear probing, at most three quarters full.
#include "runtime/format/names.h"

#include <string.h>

#include "runtime/base/mem.h"

// Scopes, which nobody chooses, differ in the low bits that pick the slot.
static uint32_t hash_name(HashKey key, uint32_t scope, Span name) {
    return (uint32_t)hash_text(key, name.text, name.len) ^ scope * 2654435761u;
}

static NamesSlot *find_slot(NamesSlot *slots, size_t room, uint32_t scope, Span name,
                            uint32_t hash) {
    for (size_t i = hash & (room - 1);; i = (i + 1) & (room - 1)) {
        NamesSlot *slot = &slots[i];
        if (!slot->name.text) return slot;
        if (slot->hash == hash && slot->scope == scope && slot->name.len == name.len &&
            memcmp(slot->name.text, name.text, name.len) == 0)
            return slot;
    }
}

uint32_t names_find(const Names *names, uint32_t scope, Span name) {
    if (names->room == 0) return NAMES_NONE;
    uint32_t hash = hash_name(names->key, scope, name);
    const NamesSlot *slot = find_slot(names->slots, names->room, scope, name, hash);
    return slot->name.text ? slot->value : NAMES_NONE;
}

static bool grow(Names *names) {
    size_t room = names->room ? names->room * 2 : 64;
    NamesSlot *slots = MEM_NEW(NamesSlot, room);
    if (!slots) return false;
    for (size_t i = 0; i < names->room; i++) {
        const NamesSlot *old = &names->slots[i];
        if (old->name.text) *find_slot(slots, room, old->scope, old->name, old->hash) = *old;
    }
    if (!names->room) names->key = hash_key();
    mem_free(names->slots);
    names->slots = slots;
    names->room = room;
    return true;
}

bool names_add(Names *names, uint32_t scope, Span name, uint32_t value) {
    if ((names->count + 1) * 4 > names->room * 3 && !grow(names)) return false;
    uint32_t hash = hash_name(names->key, scope, name);
    NamesSlot *slot = find_slot(names->slots, names->room, scope, name, hash);
    *slot = (NamesSlot){.name = name, .scope = scope, .hash = hash, .value = value};
    names->count++;
    return true;
}

void names_free(Names *names) {
    mem_free(names->slots);
    *names = (Names){0};
}
