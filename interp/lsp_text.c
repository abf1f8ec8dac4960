// Lsp_text: texts, and places in them as editors count them.
#include <stdio.h>
#include <string.h>

#include "interp/lsp_inner.h"
#include "runtime/base/unicode.h"

// --- texts ---------------------------------------------------------------------------------

static bool find_lines(const Str *text, LspText *out) {
    const char *s = str_text(text);
    out->lines.count = 0;
    if (!VEC_PUSH(&out->lines, 0)) return false;
    for (size_t i = 0; i < text->len; i++) {
        bool ends = s[i] == '\n' || (s[i] == '\r' && s[i + 1] != '\n');
        if (ends && !VEC_PUSH(&out->lines, i + 1)) return false;
    }
    return true;
}

static bool take(LspText *t, Str *text) {
    LspText new = {.text = *text};
    if (text->failed || !find_lines(text, &new)) {
        lsp_text_free(&new);
        return false;
    }
    lsp_text_free(t);
    *t = new;
    return true;
}

bool lsp_text_set(LspText *t, const char *text, size_t len) {
    Str s = {0};
    str_add_n(&s, text, len);
    return take(t, &s);
}

bool lsp_text_replace(LspText *t, size_t start, size_t end, const char *by, size_t len) {
    Str s = {0};
    str_add_n(&s, str_text(&t->text), start);
    str_add_n(&s, by, len);
    str_add_n(&s, str_text(&t->text) + end, t->text.len - end);
    return take(t, &s);
}

void lsp_text_free(LspText *t) {
    str_free(&t->text);
    VEC_FREE(&t->lines);
}

// --- places --------------------------------------------------------------------------------

// The bytes of the character at `at`, and how many columns it is.
static size_t character(const LspText *t, LspUnits units, size_t at, size_t *columns) {
    uint32_t point;
    size_t bytes = unicode_decode(str_text(&t->text) + at, t->text.len - at, &point);
    if (!bytes) bytes = 1;
    *columns = units == LSP_UTF8 ? bytes : units == LSP_UTF16 && point > 0xFFFF ? 2 : 1;
    return bytes;
}

// Where the line's characters end, its ending aside.
static size_t line_end(const LspText *t, size_t line) {
    const char *s = str_text(&t->text);
    if (line + 1 >= t->lines.count) return t->text.len;
    size_t end = t->lines.items[line + 1] - 1;
    return end > t->lines.items[line] && s[end] == '\n' && s[end - 1] == '\r' ? end - 1 : end;
}

size_t lsp_text_offset(const LspText *t, LspUnits units, json_int_t line, json_int_t column) {
    if (line < 0 || column < 0) return 0;
    if ((size_t)line >= t->lines.count) return t->text.len;
    size_t at = t->lines.items[line], end = line_end(t, (size_t)line), left = (size_t)column;
    while (at < end && left) {
        size_t columns, bytes = character(t, units, at, &columns);
        if (columns > left) break;
        left -= columns;
        at += bytes;
    }
    return at < end ? at : end;
}

static size_t line_of(const LspText *t, size_t offset) {
    size_t low = 0, high = t->lines.count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (t->lines.items[middle] <= offset) low = middle;
        else high = middle;
    }
    return low;
}

json_t *lsp_text_position(const LspText *t, LspUnits units, size_t offset) {
    size_t line = line_of(t, offset), column = 0, columns;
    size_t end = line_end(t, line) < offset ? line_end(t, line) : offset;
    for (size_t at = t->lines.items[line]; at < end;) {
        at += character(t, units, at, &columns);
        if (at <= end) column += columns;
    }
    return json_pack("{s:I, s:I}", "line", (json_int_t)line, "character", (json_int_t)column);
}

json_t *lsp_text_range(const LspText *t, LspUnits units, size_t start, size_t end) {
    return json_pack("{s:o, s:o}", "start", lsp_text_position(t, units, start), "end",
                     lsp_text_position(t, units, end > start ? end : start));
}

// --- files ---------------------------------------------------------------------------------

static int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

char *lsp_text_path(const char *uri) {
    if (strncmp(uri, "file://", 7) != 0) return NULL;
    const char *at = strchr(uri + 7, '/');
    Str s = {0};
    for (; at && *at; at++) {
        int high = *at == '%' ? hex(at[1]) : -1, low = high >= 0 ? hex(at[2]) : -1;
        if (low >= 0) at += 2;
        str_add_char(&s, low >= 0 ? (char)(16 * high + low) : *at);
    }
    bool fits = s.len && !memchr(s.text, '\0', s.len);
    char *path = fits ? str_take(&s) : NULL;
    str_free(&s);
    return path;
}

char *lsp_text_uri(const char *path) {
    static const char plain[] = "/-_.~0123456789"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    Str s = {0};
    str_add(&s, "file://");
    for (const char *at = path; *at; at++) {
        if (strchr(plain, *at)) str_add_char(&s, *at);
        else str_printf(&s, "%%%02X", (unsigned char)*at);
    }
    char *uri = str_take(&s);
    str_free(&s);
    return uri;
}
