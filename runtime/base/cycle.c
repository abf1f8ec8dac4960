// Cycle: names in a row, without the middle of a long one.
#include "runtime/base/cycle.h"

void cycle_add(Str *out, size_t i, size_t n, const char *name) {
    enum { LONGEST = 20, FIRST = 8, LAST = 4 };
    if (n <= LONGEST || i < FIRST || i >= n - LAST) str_printf(out, "%s -> ", name);
    else if (i == FIRST) str_printf(out, "... (%zu more) ... -> ", n - FIRST - LAST);
}
