// Heap: stands in for malloc and its kin, and for pthread_create, in a program that makes them
// fail: those of Rung, of the C library and of every other library alike.
#ifndef RUNG_TESTS_OOM_HEAP_H
#define RUNG_TESTS_OOM_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// From here on allocations are counted; number `n` (0 is the first) fails, and with `all_after`
// every later one; a negative `n`: none. heap_stop ends that, and returns how many there were.
void heap_start(long n, bool all_after);
long heap_stop(void);

// What the calling thread allocates until heap_theirs is the test's own: neither counted nor
// failed.
void heap_ours(void);
void heap_theirs(void);

// The blocks that are allocated and not freed.
long heap_live(void);

// While it is set, the place of allocation number i goes into places[i], for i below `room`: a
// number for the calls that led there, in which recursion counts once. NULL ends it.
void heap_watch(uint64_t *places, size_t room);

// Where the first allocation that failed was made: addresses, the innermost first.
size_t heap_failed(void *const **frames);

#endif
