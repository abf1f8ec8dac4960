// Markup: is a text well-formed HTML as far as a reader of XML can tell?
#ifndef RUNG_TESTS_MARKUP_H
#define RUNG_TESTS_MARKUP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/unicode.h"
#include "runtime/base/vec.h"

typedef struct MarkupName {
    const char *text;
    size_t len;
} MarkupName;

static bool markup_is(MarkupName a, const char *b) {
    return a.len == strlen(b) && memcmp(a.text, b, a.len) == 0;
}

static bool markup_void(MarkupName name) {
    static const char *const names[] = {"br", "hr", "img", "input", "link", "meta", "col"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (markup_is(name, names[i])) return true;
    return false;
}

static bool markup_fail(const char *why, const char *at) {
    printf("markup: %s at: %.60s\n", why, at);
    return false;
}

// The end of a name, 0 when there is none.
static size_t markup_name(const char *p) {
    size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return n ? n + strspn(p + n, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789-:_") : 0;
}

static bool markup_entity(const char *p) {
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
    if (strncmp(p, "&#", 2) == 0) {
        size_t n = strspn(p + 2, "0123456789");
        return n && p[2 + n] == ';';
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(p, known[i], strlen(known[i])) == 0) return true;
    return false;
}

// The attributes of a tag up to its ">"; NULL: malformed. What would run or fetch something is
// refused, and ids, of which a page must not hold one twice.
static const char *markup_attributes(const char *p) {
    for (;;) {
        size_t space = strspn(p, " \n");
        p += space;
        if (*p == '>' || (*p == '/' && p[1] == '>')) return p;
        size_t n = markup_name(p);
        if (!n || !space) return NULL;
        const char *name = p;
        p += n;
        if (*p != '=') continue;
        if (p[1] != '"') return NULL;
        const char *value = p + 2;
        p = strchr(value, '"');
        if (!p || memchr(value, '<', (size_t)(p - value))) return NULL;
        for (const char *c = value; c < p; c++)
            if (*c == '&' && !markup_entity(c)) return NULL;
        bool barred = strncmp(name, "on", 2) == 0 || strncmp(name, "src", 3) == 0 ||
                      strncmp(name, "id", 2) == 0;
        if (barred || strncmp(value, "javascript:", 11) == 0) return NULL;
        p++;
    }
}

// Whether tags are balanced, attributes quoted, and everything else escaped; no scripts; UTF-8
// without control characters. Says what is wrong.
static bool markup_check(const char *text, size_t len) {
    VEC(MarkupName) open = {0};
    bool ok = true;
    for (size_t i = 0, n; ok && i < len; i += n) {
        uint32_t point;
        n = unicode_decode(text + i, len - i, &point);
        if (!n || point == 0x7F || (point < 0x20 && point != '\n' && point != '\t'))
            ok = markup_fail("a byte that may not stand there", text + i);
        n += !n;
    }
    const char *p = text;
    if (strncmp(p, "<!DOCTYPE html>", 15) == 0) p += 15;
    while (ok && *p) {
        if (*p == '&' && !markup_entity(p)) ok = markup_fail("a bare &", p);
        if (*p == '>') ok = markup_fail("a bare >", p);
        if (*p != '<') {
            p++;
            continue;
        }
        bool closes = p[1] == '/';
        MarkupName name = {p + 1 + closes, markup_name(p + 1 + closes)};
        const char *end = name.len ? markup_attributes(name.text + name.len) : NULL;
        if (!end) ok = markup_fail("not a tag", p);
        else if (markup_is(name, "script")) ok = markup_fail("a script", p);
        else if (closes && (!open.count || open.items[open.count - 1].len != name.len ||
                            memcmp(open.items[open.count - 1].text, name.text, name.len) != 0))
            ok = markup_fail("closes what is not open", p);
        else if (closes) open.count--;
        else if (*end != '/' && !markup_void(name)) ok = VEC_PUSH(&open, name);
        if (!ok) break;
        p = end + 1 + (*end == '/');
        bool style = !closes && markup_is(name, "style");
        if (style) p = strstr(p, "</style>") ? strstr(p, "</style>") : "";
    }
    if (ok && open.count) ok = markup_fail("not closed", open.items[open.count - 1].text);
    VEC_FREE(&open);
    return ok;
}

#endif
