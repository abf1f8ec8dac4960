// Arena: a chain of chunks that grow, bumped from the front.
#include "runtime/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "runtime/base/ctl.h"
#include "runtime/base/mem.h"

// With its head the first chunk is of a size that the heap hands out fastest.
#define ARENA_FIRST_CHUNK ((size_t)1024 - sizeof(ArenaChunk))
#define ARENA_LARGEST_CHUNK ((size_t)1 << 20)

struct ArenaChunk {
    ArenaChunk *next;
    size_t used, size;
    alignas(max_align_t) char data[];
};

static ArenaChunk *add_chunk(Arena *arena, size_t need) {
    size_t size = arena->chunks ? arena->chunks->size * 2 : ARENA_FIRST_CHUNK;
    if (size > ARENA_LARGEST_CHUNK) size = ARENA_LARGEST_CHUNK;
    if (size < need) size = need;
    ArenaChunk *chunk = mem_resize(NULL, 1, sizeof *chunk + size);
    if (!chunk) return NULL;
    *chunk = (ArenaChunk){.next = arena->chunks, .size = size};
    arena->chunks = chunk;
    arena->bytes += sizeof *chunk + size;
    return chunk;
}

void *arena_new(Arena *arena, size_t size) {
    const size_t align = alignof(max_align_t);
    if (size > SIZE_MAX / 2 || ctl_cancelled(arena->ctl)) return NULL;
    size = (size + align - 1) & ~(align - 1);
    ArenaChunk *chunk = arena->chunks;
    if (!chunk || chunk->size - chunk->used < size) chunk = add_chunk(arena, size);
    if (!chunk) return NULL;
    void *block = chunk->data + chunk->used;
    chunk->used += size;
    return memset(block, 0, size);
}

void *arena_array(Arena *arena, size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size) return NULL;
    return arena_new(arena, count * size);
}

char *arena_text(Arena *arena, const char *text, size_t len) {
    char *copy = arena_new(arena, len + 1);
    if (copy && len) memcpy(copy, text, len);
    return copy;
}

void arena_free(Arena *arena) {
    while (arena->chunks) {
        ArenaChunk *chunk = arena->chunks;
        arena->chunks = chunk->next;
        mem_free(chunk);
    }
    arena->bytes = 0;
}
