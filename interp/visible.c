// Visible: what a terminal may be told.
#include "interp/visible.h"

#include <string.h>

#include "runtime/base/unicode.h"

// The bytes of a sequence with which Rung itself colours its prose (lesson_show), 0 when there is
// none.
static size_t color_length(const char *text, size_t len) {
    static const char *const own[] = {"\033[0m", "\033[1m", "\033[4m", "\033[36m"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        size_t n = strlen(own[i]);
        if (n <= len && memcmp(text, own[i], n) == 0) return n;
    }
    return 0;
}

// The bytes of the next character or sequence that does no harm; 0, and *bad the bytes of what
// does.
static size_t harmless_length(const char *text, size_t len, bool colors, size_t *bad) {
    uint32_t point;
    size_t n = unicode_decode(text, len, &point);
    *bad = n ? n : 1;
    if (n == 0) return 0;
    if (point == 0x1B) return colors ? color_length(text, len) : 0;
    bool control = (point < 0x20 && point != '\t' && point != '\n') ||
                   (point >= 0x7F && point < 0xA0);
    return control ? 0 : n;
}

size_t visible_cut(const char *text, size_t len, bool colors, const char **shown, size_t *n) {
    size_t good = 0, bad = 0, next = 0;
    while (good < len && (next = harmless_length(text + good, len - good, colors, &bad)))
        good += next;
    *shown = good ? text : "\xEF\xBF\xBD";
    *n = good ? good : strlen(*shown);
    return good ? good : bad;
}

void visible_add(Str *out, const char *text, size_t len) {
    while (len > 0) {
        const char *shown;
        size_t n, taken = visible_cut(text, len, false, &shown, &n);
        str_add_n(out, shown, n);
        text += taken;
        len -= taken;
    }
}
