// Sort: sorting that can be interrupted.
#ifndef RUNG_BASE_SORT_H
#define RUNG_BASE_SORT_H

#include <stddef.h>

#include "runtime/base/ctl.h"
#include "runtime/base/status.h"

// Sorts `n` items of `size` bytes each as qsort does; equal ones keep their order. `ctl` (may be
// NULL) is looked at every few milliseconds. NOMEM, CANCELLED: the items are still there, in some
// order. O(n log n).
Status sort_items(void *items, size_t n, size_t size, int (*compare)(const void *, const void *),
                  const Ctl *ctl);

#endif
