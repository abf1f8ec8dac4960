// Sort: blocks by insertion, then merges of neighbours, from one array into another and back.
#include "runtime/base/sort.h"

#include <string.h>

#include "runtime/base/mem.h"

enum { BLOCK = 8 };

// Items that are merged between two looks at the cancel flag.
enum { LOOK = 1 << 14 };

typedef struct Sort {
    size_t n, size;
    int (*compare)(const void *, const void *);
    const Ctl *ctl;
    size_t looked; // items since the last look
} Sort;

static bool stopped(Sort *s, size_t items) {
    s->looked += items;
    if (s->looked < LOOK) return false;
    s->looked = 0;
    return ctl_cancelled(s->ctl);
}

// Sorts items from..to-1; `spare` has room for one.
static void sort_block(const Sort *s, char *items, size_t from, size_t to, char *spare) {
    for (size_t i = from + 1; i < to; i++) {
        size_t k = i;
        memcpy(spare, items + i * s->size, s->size);
        while (k > from && s->compare(items + (k - 1) * s->size, spare) > 0) k--;
        memmove(items + (k + 1) * s->size, items + k * s->size, (i - k) * s->size);
        memcpy(items + k * s->size, spare, s->size);
    }
}

// Merges low..middle-1 with middle..high-1; false when it was interrupted.
static bool merge(Sort *s, const char *from, char *to, size_t low, size_t middle, size_t high) {
    size_t i = low, j = middle;
    for (size_t k = low; k < high; k++) {
        if (stopped(s, 1)) return false;
        bool left = j == high || (i < middle && s->compare(from + i * s->size,
                                                           from + j * s->size) <= 0);
        size_t next = left ? i++ : j++;
        memcpy(to + k * s->size, from + next * s->size, s->size);
    }
    return true;
}

static bool pass(Sort *s, const char *from, char *to, size_t run) {
    for (size_t low = 0; low < s->n; low += 2 * run) {
        size_t middle = s->n - low < run ? s->n : low + run;
        size_t high = s->n - middle < run ? s->n : middle + run;
        if (!merge(s, from, to, low, middle, high)) return false;
    }
    return true;
}

Status sort_items(void *items, size_t n, size_t size, int (*compare)(const void *, const void *),
                  const Ctl *ctl) {
    Sort s = {n, size, compare, ctl, 0};
    char *other = mem_resize(NULL, n + 1, size), *from = items, *to = other;
    if (!other) return NOMEM;
    bool ok = true;
    for (size_t at = 0; ok && at < n; at += BLOCK) {
        sort_block(&s, from, at, n - at < BLOCK ? n : at + BLOCK, other);
        ok = !stopped(&s, BLOCK);
    }
    for (size_t run = BLOCK; ok && run < n; run *= 2) {
        ok = pass(&s, from, to, run);
        if (!ok) break;
        char *swap = from;
        from = to;
        to = swap;
    }
    // An interrupted pass has left what it merges from as it was.
    if (from != items && n) memcpy(items, from, n * size);
    mem_free(other);
    return ok ? OK : CANCELLED;
}
