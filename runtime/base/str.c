// Str: a growable text buffer.
#include "runtime/base/str.h"

#include <stdio.h>
#include <string.h>

#include "runtime/base/ctl.h"
#include "runtime/base/mem.h"

static bool reserve(Str *s, size_t more) {
    if (s->failed || ctl_cancelled(s->ctl)) return s->failed = true, false;
    size_t need = s->len + more + 1;
    if (need <= s->room) return true;
    size_t room = s->room < 32 ? 64 : s->room * 2;
    if (room < need) room = need;
    char *grown = mem_resize(s->text, room, 1);
    if (!grown) {
        s->failed = true;
        return false;
    }
    s->text = grown;
    s->room = room;
    return true;
}

void str_add_n(Str *s, const char *text, size_t len) {
    if (!reserve(s, len)) return;
    if (len) memcpy(s->text + s->len, text, len);
    s->len += len;
    s->text[s->len] = '\0';
}

void str_add(Str *s, const char *text) {
    str_add_n(s, text, strlen(text));
}

void str_add_char(Str *s, char c) {
    str_add_n(s, &c, 1);
}

void str_fill(Str *s, char c, size_t count) {
    if (!reserve(s, count)) return;
    memset(s->text + s->len, c, count);
    s->len += count;
    s->text[s->len] = '\0';
}

void str_vprintf(Str *s, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    if (len > 0 && reserve(s, (size_t)len)) {
        vsnprintf(s->text + s->len, (size_t)len + 1, format, again);
        s->len += (size_t)len;
    }
    va_end(again);
}

void str_printf(Str *s, const char *format, ...) {
    va_list args;
    va_start(args, format);
    str_vprintf(s, format, args);
    va_end(args);
}

const char *str_text(const Str *s) {
    return s->text ? s->text : "";
}

char *str_take(Str *s) {
    if (!s->text) str_add_n(s, "", 0);
    char *text = s->failed ? NULL : s->text;
    if (!text) mem_free(s->text);
    *s = (Str){0};
    return text;
}

void str_clear(Str *s) {
    s->len = 0;
    s->failed = false;
    if (s->text) s->text[0] = '\0';
}

void str_free(Str *s) {
    mem_free(s->text);
    *s = (Str){0};
}
