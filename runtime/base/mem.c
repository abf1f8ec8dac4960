// Memory: the one door to the heap.
#include "runtime/base/mem.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

// Up to this size the heap has blocks at hand that it keeps from calloc.
enum { SMALL = 1024 };

// From the second size on a block gets pages of the first where there are such.
enum { HUGE_PAGE = 2 << 20, LARGE = 4 << 20 };

// The failure plan is the one process-wide state of the library: it exists for tests. Threads
// may read it; of two that allocate at once one may go uncounted, since to count both would
// cost everybody more than it is worth.
static long plan_at = -1;
static bool plan_all = false;
static atomic_long plan_seen = 0;

static bool must_fail(void) {
    long k = atomic_load_explicit(&plan_seen, memory_order_relaxed);
    atomic_store_explicit(&plan_seen, k + 1, memory_order_relaxed);
    if (plan_at < 0) return false;
    return k == plan_at || (plan_all && k > plan_at);
}

static bool product(size_t count, size_t size, size_t *bytes) {
    if (size != 0 && count > SIZE_MAX / size) return false;
    *bytes = count * size;
    if (*bytes == 0) *bytes = 1;
    return true;
}

void *mem_new(size_t count, size_t size) {
    size_t bytes;
    if (!product(count, size, &bytes) || must_fail()) return NULL;
    if (bytes > SMALL) return calloc(1, bytes);
    void *block = malloc(bytes);
    return block ? memset(block, 0, bytes) : NULL;
}

// Asks for huge pages: page by page, the system takes about as long to hand out a large block
// as a pass over it does.
static void advise(void *block, size_t bytes) {
#ifdef MADV_HUGEPAGE
    uintptr_t from = ((uintptr_t)block + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    uintptr_t to = ((uintptr_t)block + bytes) / HUGE_PAGE * HUGE_PAGE;
    if (from < to) madvise((void *)from, to - from, MADV_HUGEPAGE);
#else
    (void)block;
    (void)bytes;
#endif
}

void *mem_resize(void *old, size_t count, size_t size) {
    size_t bytes;
    if (!product(count, size, &bytes) || must_fail()) return NULL;
    void *block = realloc(old, bytes);
    if (block && !old && bytes >= LARGE) advise(block, bytes);
    return block;
}

void mem_free(void *block) {
    free(block);
}

void mem_fail_after(long n, int all_after) {
    plan_at = n;
    plan_all = all_after != 0;
    plan_seen = 0;
}

long mem_count(void) {
    return plan_seen;
}
