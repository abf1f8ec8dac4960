// Memory: the one door to the heap, so that a test can make any allocation fail.
#ifndef RUNG_BASE_MEM_H
#define RUNG_BASE_MEM_H

#include <stddef.h>

// Allocates `count * size` zeroed bytes. Returns NULL when memory is exhausted, when the product
// overflows, or when a failure was planned with mem_fail_after. A count of 0 returns a valid
// pointer. The caller frees the result with mem_free.
void *mem_new(size_t count, size_t size);

// Resizes `old` (NULL allowed) to `count * size` bytes; new bytes are not initialised. On failure
// returns NULL and leaves `old` as it was. A large new block gets huge pages where there are
// some.
void *mem_resize(void *old, size_t count, size_t size);

// Frees what mem_new or mem_resize returned. NULL is allowed.
void mem_free(void *block);

// Plans failures, for tests: allocation number `n` from now (0 is the next) fails, and with
// `all_after` every later one too. A negative `n` ends the plan.
void mem_fail_after(long n, int all_after);

// The number of allocations since the last mem_fail_after, for tests.
long mem_count(void);

#define MEM_NEW(type, count) ((type *)mem_new((count), sizeof(type)))

#endif
