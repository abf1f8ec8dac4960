// Name: how names and levels are written in Rung text.
#include "runtime/model/name.h"

#include <math.h>
#include <string.h>

#include "runtime/base/num.h"
#include "runtime/base/unicode.h"

static const char *const reserved[] = {
    "if", "then", "else", "case", "for", "in", "and", "or", "not", "under", "from",
    "using", "with", "where", "do", "true", "false",
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// The length of the identifier that the text starts with, 0 when there is none.
static size_t identifier(const char *text, size_t len) {
    uint32_t point;
    size_t at = 0, n;
    while (at < len && (n = unicode_decode(text + at, len - at, &point)) > 0) {
        if (!(at ? unicode_continues_name(point) : unicode_starts_name(point))) break;
        at += n;
    }
    return at;
}

static bool is_reserved(const char *text, size_t len) {
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strlen(reserved[i]) == len && memcmp(reserved[i], text, len) == 0) return true;
    return false;
}

// Whether the text is indices in brackets, "[2,-1]".
static bool is_index(const char *text) {
    const char *p = text;
    if (*p != '[') return false;
    do {
        p++;
        if (*p == '-') p++;
        if (!is_digit(*p)) return false;
        while (is_digit(*p)) p++;
    } while (*p == ',');
    return p[0] == ']' && p[1] == 0;
}

static void add_quoted(const char *text, size_t len, char quote, Str *out) {
    str_add_char(out, quote);
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == quote || c == '\\')
            str_printf(out, "\\%c", c);
        else if (c == '\n')
            str_add(out, "\\n");
        else if (c == '\t')
            str_add(out, "\\t");
        else if (c == '\r')
            str_add(out, "\\r");
        else if ((unsigned char)c < 0x20 || c == 0x7F)
            str_printf(out, "\\u{%x}", (unsigned)(unsigned char)c);
        else
            str_add_char(out, c);
    }
    str_add_char(out, quote);
}

void name_add_quoted(const char *text, Str *out) {
    add_quoted(text, strlen(text), '`', out);
}

void name_add_text(const char *text, size_t len, Str *out) {
    add_quoted(text, len, '"', out);
}

void name_add(Sym name, Str *out) {
    size_t n = identifier(name->text, name->len);
    bool whole = n == name->len || is_index(name->text + n);
    bool plain = n > 0 && whole && !is_reserved(name->text, n);
    // A lone _ is a pattern, not a name.
    if (plain && !(n == 1 && name->text[0] == '_'))
        str_add_n(out, name->text, name->len);
    else
        add_quoted(name->text, name->len, '`', out);
}

void name_add_level(Sym name, Str *out) {
    size_t n = identifier(name->text, name->len);
    bool whole = n > 0 && n == name->len;
    bool plain = whole && !is_reserved(name->text, n) && strcmp(name->text, "_") != 0;
    if (plain)
        str_add_n(out, name->text, name->len);
    else
        add_quoted(name->text, name->len, '"', out);
}

bool name_number(Sym name, double *value) {
    bool minus = name->text[0] == '-';
    const char *text = name->text + minus;
    size_t len = name->len - minus, n = num_read(text, len, value);
    if (minus) *value = -*value;
    const char *point = memchr(text, '.', n);
    bool bare = point && (point + 1 == text + n || !is_digit(point[1]));
    return n > 0 && n == len && !bare && isfinite(*value);
}
