// Sym: an open-addressing table of names.
#include "runtime/base/sym.h"

#include <string.h>

#include "runtime/base/hash.h"
#include "runtime/base/mem.h"

struct Interner {
    SymRec **slots; // room, a power of two; NULL is empty
    SymRec **byid;  // count
    uint32_t room, count, idroom;
    HashKey key;
};

Interner *intern_new(void) {
    Interner *in = MEM_NEW(Interner, 1);
    if (in) in->key = hash_key();
    return in;
}

void intern_free(Interner *in) {
    if (!in) return;
    for (uint32_t i = 0; i < in->count; i++) mem_free(in->byid[i]);
    mem_free(in->byid);
    mem_free(in->slots);
    mem_free(in);
}

static SymRec **find_slot(SymRec **slots, uint32_t room, const char *text, size_t len,
                          uint32_t hash) {
    uint32_t i = hash & (room - 1);
    while (slots[i] && !(slots[i]->hash == hash && slots[i]->len == len &&
                         memcmp(slots[i]->text, text, len) == 0))
        i = (i + 1) & (room - 1);
    return &slots[i];
}

static int grow(Interner *in) {
    uint32_t room = in->room ? in->room * 2 : 256;
    SymRec **slots = MEM_NEW(SymRec *, room);
    if (!slots) return 0;
    for (uint32_t i = 0; i < in->count; i++) {
        SymRec *r = in->byid[i];
        *find_slot(slots, room, r->text, r->len, r->hash) = r;
    }
    mem_free(in->slots);
    in->slots = slots;
    in->room = room;
    return 1;
}

static int grow_ids(Interner *in) {
    if (in->count < in->idroom) return 1;
    uint32_t room = in->idroom ? in->idroom * 2 : 128;
    SymRec **byid = mem_resize(in->byid, room, sizeof *byid);
    if (!byid) return 0;
    in->byid = byid;
    in->idroom = room;
    return 1;
}

Sym intern(Interner *in, const char *text, size_t len) {
    if (in->count * 2 >= in->room && !grow(in)) return NULL;
    uint32_t hash = (uint32_t)hash_text(in->key, text, len);
    SymRec **slot = find_slot(in->slots, in->room, text, len, hash);
    if (*slot) return *slot;
    if (len > UINT32_MAX - 1 || !grow_ids(in)) return NULL;
    SymRec *r = mem_new(1, sizeof *r + len + 1);
    if (!r) return NULL;
    r->len = (uint32_t)len;
    r->hash = hash;
    r->id = in->count;
    memcpy(r->text, text, len);
    *slot = in->byid[in->count++] = r;
    return r;
}

Sym intern_z(Interner *in, const char *text) {
    return intern(in, text, strlen(text));
}

uint32_t intern_count(const Interner *in) {
    return in->count;
}

Sym intern_at(const Interner *in, uint32_t id) {
    return in->byid[id];
}
