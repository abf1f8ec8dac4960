// Str: a growable text buffer, always NUL-terminated, that remembers a failed allocation so that
// a caller can print many pieces and check once. The text of one that has failed makes those fail
// that it is added to, so that a text made of texts is checked once, too.
#ifndef RUNG_BASE_STR_H
#define RUNG_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct Ctl;

// A zeroed Str is an empty text.
typedef struct Str {
    char *text; // NULL while nothing was added; use str_text
    size_t len, room;
    bool failed; // an allocation failed: the text is incomplete
    const struct Ctl *ctl; // once it is cancelled, nothing can be added, as if an allocation had
                           // failed; NULL: never
} Str;

void str_add(Str *s, const char *text);
void str_add_n(Str *s, const char *text, size_t len);
void str_add_char(Str *s, char c);
void str_fill(Str *s, char c, size_t count);
void str_printf(Str *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void str_vprintf(Str *s, const char *format, va_list args);

// The text so far, never NULL; owned by the Str, valid until it is changed or freed.
const char *str_text(const Str *s);

// Hands the text to the caller, who frees it with mem_free; the Str is then empty. NULL when an
// allocation had failed.
char *str_take(Str *s);

// Whether nothing can be added any more: what makes a long text need not go on.
bool str_stopped(Str *s);

void str_clear(Str *s);
void str_free(Str *s);

#endif
