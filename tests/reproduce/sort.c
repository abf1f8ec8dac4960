// A sort that is not stable, put in place of the C library's with LD_PRELOAD: a program whose
// answers depend on the order of equal elements shows it.
#include <stdlib.h>
#include <string.h>

typedef int Compare(const void *, const void *, void *);

static void swap(char *a, char *b, size_t size) {
    for (size_t i = 0; i < size; i++) {
        char kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

// Sinks element `i` of the heap of `n`.
static void sink(char *base, size_t i, size_t n, size_t size, Compare *compare, void *context) {
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        char *below = base + child * size;
        if (child + 1 < n && compare(below, below + size, context) < 0) child++;
        if (compare(base + i * size, base + child * size, context) >= 0) return;
        swap(base + i * size, base + child * size, size);
    }
}

// Heapsort (Williams 1964).
void qsort_r(void *items, size_t n, size_t size, Compare *compare, void *context) {
    char *base = items;
    for (size_t i = n / 2; i-- > 0;) sink(base, i, n, size, compare, context);
    for (size_t left = n; left-- > 1;) {
        swap(base, base + left * size, size);
        sink(base, 0, left, size, compare, context);
    }
}

typedef struct {
    int (*compare)(const void *, const void *);
} Plain;

static int plainly(const void *a, const void *b, void *context) {
    return ((const Plain *)context)->compare(a, b);
}

void qsort(void *items, size_t n, size_t size, int (*compare)(const void *, const void *)) {
    qsort_r(items, n, size, plainly, &(Plain){compare});
}
