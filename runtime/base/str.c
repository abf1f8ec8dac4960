// Str: a growable text buffer.
#include "runtime/base/str.h"

#include <stdio.h>
#include <string.h>

#include "runtime/base/ctl.h"
#include "runtime/base/mem.h"

// What a buffer that has failed reads as: no UTF-8. Every buffer has room for it.
static const char lost[] = "\xFFnomem\xFF";

static void fail(Str *s) {
    s->failed = true;
    if (s->text) memcpy(s->text, lost, sizeof lost);
}

bool str_stopped(Str *s) {
    if (!s->failed && ctl_cancelled(s->ctl)) fail(s);
    return s->failed;
}

static bool reserve(Str *s, size_t more) {
    if (str_stopped(s)) return false;
    size_t need = s->len + more + 1;
    if (need <= s->room) return true;
    size_t room = s->room < 32 ? 64 : s->room * 2;
    if (room < need) room = need;
    char *grown = mem_resize(s->text, room, 1);
    if (!grown) {
        fail(s);
        return false;
    }
    s->text = grown;
    s->room = room;
    return true;
}

// The text from `from` on is new.
static void check_lost(Str *s, size_t from) {
    const char *end = s->text + s->len, *at = memchr(s->text + from, lost[0], s->len - from);
    if (at && memmem(at, (size_t)(end - at), lost, sizeof lost - 1)) fail(s);
}

void str_add_n(Str *s, const char *text, size_t len) {
    size_t from = s->len;
    if (!reserve(s, len)) return;
    if (len) memcpy(s->text + s->len, text, len);
    s->len += len;
    s->text[s->len] = '\0';
    if (len > 1) check_lost(s, from);
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
    // The C library may need memory for long numbers.
    if (len < 0) fail(s);
    if (len > 0 && reserve(s, (size_t)len)) {
        size_t from = s->len;
        bool whole = vsnprintf(s->text + from, (size_t)len + 1, format, again) == len;
        if (whole) s->len += (size_t)len;
        if (whole) check_lost(s, from);
        else fail(s);
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
    if (s->text) return s->text;
    return s->failed ? lost : "";
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
