// Model index: a hash table keyed by interned names.
#include "runtime/model/model_index.h"

#include "runtime/base/mem.h"

static IndexEntry *find_slot(IndexEntry *slots, uint32_t room, Sym name) {
    uint32_t i = name->hash & (room - 1);
    while (slots[i].name && slots[i].name != name) i = (i + 1) & (room - 1);
    return &slots[i];
}

uint32_t model_index_find(const ModelIndex *index, Sym name) {
    if (!index->room) return UINT32_MAX;
    const IndexEntry *e = find_slot(index->slots, index->room, name);
    return e->name ? e->var : UINT32_MAX;
}

static Status grow(ModelIndex *index) {
    uint32_t room = index->room ? index->room * 2 : 16;
    IndexEntry *slots = MEM_NEW(IndexEntry, room);
    if (!slots) return NOMEM;
    for (uint32_t i = 0; i < index->room; i++)
        if (index->slots[i].name)
            *find_slot(slots, room, index->slots[i].name) = index->slots[i];
    mem_free(index->slots);
    index->slots = slots;
    index->room = room;
    return OK;
}

Status model_index_add(ModelIndex *index, Sym name, uint32_t var) {
    if (index->count * 2 >= index->room) TRY(grow(index));
    *find_slot(index->slots, index->room, name) = (IndexEntry){name, var};
    index->count++;
    return OK;
}

void model_index_free(ModelIndex *index) {
    mem_free(index->slots);
    *index = (ModelIndex){0};
}
