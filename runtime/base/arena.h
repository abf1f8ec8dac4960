// Arena: memory for everything that is born in one compilation or one question and dies with it.
#ifndef RUNG_BASE_ARENA_H
#define RUNG_BASE_ARENA_H

#include <stddef.h>

typedef struct ArenaChunk ArenaChunk;
struct Ctl;

// A bump allocator. A zeroed Arena is empty and ready for use.
typedef struct Arena {
    ArenaChunk *chunks; // newest first
    size_t bytes;       // taken from the heap
    const struct Ctl *ctl; // once it is cancelled, nothing is given any more; NULL: never
} Arena;

// Returns `size` zeroed bytes aligned for any object, or NULL when memory is exhausted
// or arena->ctl is cancelled. The block lives until arena_free. Amortised constant time.
void *arena_new(Arena *arena, size_t size);

// Returns room for `count` zeroed objects of `size` bytes; NULL on overflow or exhaustion.
void *arena_array(Arena *arena, size_t count, size_t size);

// Copies `len` bytes and ends them with a NUL. NULL on exhaustion.
char *arena_text(Arena *arena, const char *text, size_t len);

// Frees every block at once; the arena is then empty and may be used again. Its ctl stays.
void arena_free(Arena *arena);

#define ARENA_NEW(arena, type) ((type *)arena_new((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_array((arena), (count), sizeof(type)))

#endif
