// Html: text inside of HTML and SVG.
#include "interp/html.h"

#include <string.h>

#include "runtime/base/unicode.h"

static bool allowed(uint32_t point) {
    if (point < 0x20) return point == '\t' || point == '\n';
    if (point >= 0x7F && point < 0xA0) return false;
    return (point & 0xFFFE) != 0xFFFE && !(point >= 0xFDD0 && point <= 0xFDEF);
}

static const char *entity(char c) {
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    default: return NULL;
    }
}

static void add(const char *text, size_t len, bool escape, Str *out) {
    for (size_t i = 0, n; i < len; i += n) {
        uint32_t point;
        n = unicode_decode(text + i, len - i, &point);
        if (!n || !allowed(point)) {
            str_add(out, "\xEF\xBF\xBD");
            n += !n;
            continue;
        }
        const char *escaped = escape ? entity(text[i]) : NULL;
        if (escaped) str_add(out, escaped);
        else str_add_n(out, text + i, n);
    }
}

void html_add_n(const char *text, size_t len, Str *out) {
    add(text, len, true, out);
}

void html_add(const char *text, Str *out) {
    add(text, strlen(text), true, out);
}

void html_add_clean(const char *markup, size_t len, Str *out) {
    add(markup, len, false, out);
}
