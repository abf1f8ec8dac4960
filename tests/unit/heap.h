// Counts the bytes that are allocated, in tests that are linked with --wrap for mem_new,
// mem_resize and mem_free (see the Makefile): each block has its size before it.
#ifndef RUNG_TESTS_HEAP_H
#define RUNG_TESTS_HEAP_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

void *__real_mem_new(size_t count, size_t size);
void *__real_mem_resize(void *old, size_t count, size_t size);
void __real_mem_free(void *block);
void *__wrap_mem_new(size_t count, size_t size);
void *__wrap_mem_resize(void *old, size_t count, size_t size);
void __wrap_mem_free(void *block);

enum { HEAP_HEAD = 64 }; // keeps the alignment

static atomic_size_t heap_live, heap_peak;

static void heap_add(size_t bytes) {
    size_t live = atomic_fetch_add(&heap_live, bytes) + bytes, peak = heap_peak;
    while (live > peak && !atomic_compare_exchange_weak(&heap_peak, &peak, live)) continue;
}

static void *heap_block(char *made, size_t bytes) {
    if (!made) return NULL;
    *(size_t *)made = bytes;
    heap_add(bytes);
    return made + HEAP_HEAD;
}

void *__wrap_mem_new(size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2) return NULL;
    return heap_block(__real_mem_new(1, bytes + HEAP_HEAD), bytes);
}

void *__wrap_mem_resize(void *old, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2) return NULL;
    size_t before = old ? *(size_t *)((char *)old - HEAP_HEAD) : 0;
    char *made = __real_mem_resize(old ? (char *)old - HEAP_HEAD : NULL, 1, bytes + HEAP_HEAD);
    if (made) heap_live -= before;
    return heap_block(made, bytes);
}

void __wrap_mem_free(void *block) {
    if (!block) return;
    heap_live -= *(size_t *)((char *)block - HEAP_HEAD);
    __real_mem_free((char *)block - HEAP_HEAD);
}

#endif
