// Amount: amounts of memory and of time, as settings and options are given them.
#include "interp/amount.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct Unit {
    const char *name;
    double size;
} Unit;

static const Unit bytes[] = {{"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"B", 1}, {"", 1}};
static const Unit times[] = {{"h", 3600}, {"min", 60}, {"s", 1}, {"ms", 1e-3}, {"", 1}};

static bool read(const char *text, const Unit *units, size_t count, double *out) {
    char *end;
    double x = strtod(text, &end);
    if (end == text) return false;
    while (isspace((unsigned char)*end)) end++;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(end, units[i].name) != 0) continue;
        *out = x * units[i].size;
        return true;
    }
    return false;
}

bool amount_bytes(const char *text, size_t *out) {
    double x;
    if (!read(text, bytes, sizeof bytes / sizeof *bytes, &x)) return false;
    if (!(x >= 1 && x < 1e18)) return false;
    *out = (size_t)x;
    return true;
}

bool amount_seconds(const char *text, double *out) {
    double x;
    if (!read(text, times, sizeof times / sizeof *times, &x)) return false;
    if (!(x > 0 && x <= 1e9)) return false;
    *out = x;
    return true;
}

void amount_add_seconds(Str *s, double seconds) {
    size_t u = 0;
    while (u < 3 && seconds < times[u].size) u++;
    str_printf(s, "%.4g%s", seconds / times[u].size, times[u].name);
}
