// Str: a growable text buffer.
#include "runtime/base/str.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/ctl.h"
#include "runtime/base/mem.h"

// What a buffer that has failed reads as: no UTF-8, and its own address, so that neither input nor
// a copy can be taken for it. Every buffer has room for it.
enum { MARK = 23 };

static void write_mark(const char *at, char out[MARK + 1]) {
    memcpy(out, "\xFFnomem", 6);
    for (unsigned i = 0; i < 16; i++)
        out[6 + i] = "0123456789abcdef"[((uint64_t)(uintptr_t)at >> (60 - 4 * i)) & 15];
    out[MARK - 1] = '\xFF';
    out[MARK] = '\0';
}

// What one that has failed without a buffer reads as, known by its address alone.
static const char lost[] = "(memory is exhausted)";

static bool is_lost(const char *text, size_t len) {
    char mark[MARK + 1];
    if (text == lost) return true;
    if (len < MARK || text[0] != '\xFF') return false;
    write_mark(text, mark);
    return memcmp(text, mark, MARK) == 0;
}

static void fail(Str *s) {
    s->failed = true;
    if (!s->text) return;
    write_mark(s->text, s->text);
    if (s->len < MARK) s->len = MARK;
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

void str_add_n(Str *s, const char *text, size_t len) {
    if (!reserve(s, len)) return;
    if (is_lost(text, len)) {
        fail(s);
        return;
    }
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

// Takes the arguments of one conversion, whose letter `at` is; whether it is a lost text.
static bool take_lost(const char *at, char length, int precision, va_list *args) {
    if (*at == 's') {
        const char *text = va_arg(*args, const char *);
        size_t most = precision < 0 ? MARK : (size_t)precision;
        return text && (text == lost || is_lost(text, strnlen(text, most)));
    }
    if (strchr("eEfFgGaA", *at)) (void)va_arg(*args, double);
    else if (*at == 'p') (void)va_arg(*args, void *);
    else if (length == 'q') (void)va_arg(*args, long long);
    else if (length == 'l') (void)va_arg(*args, long);
    else if (length == 'z') (void)va_arg(*args, size_t);
    else if (*at != '%') (void)va_arg(*args, int);
    return false;
}

// Whether one of the texts that a format is given is lost. The formats are those of C, without
// %n, long double, wide characters and numbered arguments.
static bool gives_lost(const char *format, va_list *args) {
    bool found = false;
    for (const char *at = strchr(format, '%'); at && !found; at = strchr(at + 1, '%')) {
        int precision = -1;
        char length = 0;
        for (at++; *at && strchr("-+ #0123456789.*hlzjt", *at); at++) {
            if (*at == '.') precision = 0;
            else if (*at == '*' && precision == 0) precision = va_arg(*args, int);
            else if (*at == '*') (void)va_arg(*args, int);
            else if (precision >= 0 && *at >= '0' && *at <= '9')
                precision = precision * 10 + (*at - '0');
            else if (strchr("lzjt", *at)) length = length ? 'q' : *at == 'l' ? 'l' : 'z';
        }
        if (!*at) break;
        found = take_lost(at, length, precision, args);
    }
    return found;
}

void str_vprintf(Str *s, const char *format, va_list args) {
    va_list again, looked;
    va_copy(again, args);
    va_copy(looked, args);
    int len = vsnprintf(NULL, 0, format, args);
    // The C library may need memory for long numbers.
    if (len < 0 || gives_lost(format, &looked)) fail(s);
    if (len > 0 && reserve(s, (size_t)len)) {
        if (vsnprintf(s->text + s->len, (size_t)len + 1, format, again) == len)
            s->len += (size_t)len;
        else fail(s);
    }
    va_end(looked);
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
