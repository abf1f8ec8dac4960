// Closest: edit distance with early refusal by length.
#include "runtime/base/closest.h"

#include <stdbool.h>
#include <string.h>

#include "runtime/base/mem.h"

// Decodes leniently: stray bytes count as characters of their own.
static size_t decode(const char *text, uint32_t *out) {
    size_t n = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p; n++) {
        uint32_t c = *p++;
        while (c >= 0xC0 && (*p & 0xC0) == 0x80) c = c << 6 | (*p++ & 0x3F);
        out[n] = c;
    }
    return n;
}

static uint32_t fold(uint32_t c) {
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static bool same_but_case(const uint32_t *a, const uint32_t *b, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (fold(a[i]) != fold(b[i])) return false;
    return true;
}

static uint32_t least(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

// `rows` has room for three rows of m + 1.
static size_t distance(const uint32_t *a, size_t n, const uint32_t *b, size_t m,
                       uint32_t *rows) {
    uint32_t *before = rows, *last = rows + m + 1, *now = rows + 2 * (m + 1);
    for (size_t j = 0; j <= m; j++) last[j] = (uint32_t)j;
    for (size_t i = 1; i <= n; i++) {
        now[0] = (uint32_t)i;
        for (size_t j = 1; j <= m; j++) {
            uint32_t differ = a[i - 1] != b[j - 1];
            uint32_t d = least(last[j - 1] + differ, least(last[j], now[j - 1]) + 1);
            bool exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            now[j] = exchanged ? least(d, before[j - 2] + 1) : d;
        }
        uint32_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[m];
}

// Makes room for the misspelt name, a candidate of `len` bytes, and three rows.
static bool make_room(Closest *c, size_t len) {
    size_t need = strlen(c->wrong) + 1 + len + 3 * (len + 1);
    if (need <= c->room) return true;
    uint32_t *work = mem_resize(c->work, need, sizeof *work);
    if (!work) return false;
    c->work = work;
    c->room = need;
    c->wrong_len = decode(c->wrong, work);
    return true;
}

void closest_start(Closest *c, const char *wrong) {
    *c = (Closest){.wrong = wrong};
}

void closest_offer(Closest *c, const char *candidate) {
    size_t len = strlen(candidate);
    if (len > 4 * strlen(c->wrong) + 8 || !make_room(c, len)) return;
    uint32_t *b = c->work + strlen(c->wrong) + 1;
    size_t n = c->wrong_len, m = decode(candidate, b);
    size_t limit = n < 6 ? 1 : n / 3;
    size_t d;
    if (n == m && same_but_case(c->work, b, n))
        d = memcmp(c->work, b, n * sizeof *b) != 0;
    else if (n < 2 || n > m + limit || m > n + limit)
        return;
    else if ((d = distance(c->work, n, b, m, b + len)) >= (n > m ? n : m) && d)
        return;
    if (d > limit || (c->best && d >= c->distance)) return;
    c->best = candidate;
    c->distance = d;
}

const char *closest_end(Closest *c) {
    mem_free(c->work);
    c->work = NULL;
    c->room = 0;
    return c->best;
}

const char *closest_name(const char *wrong, const char *const *names, size_t n) {
    Closest c;
    closest_start(&c, wrong);
    for (size_t i = 0; i < n; i++) closest_offer(&c, names[i]);
    return closest_end(&c);
}
