// Scan: places and messages.
#include "runtime/format/scan.h"

#include <stdint.h>
#include <string.h>

#include "runtime/base/str.h"

void scan_place(const Scan *s, const char *at, size_t *line, size_t *column) {
    const char *line_start = s->start;
    *line = 1;
    for (const char *p = s->start; p < at; p++) {
        if (*p != '\n') continue;
        ++*line;
        line_start = p + 1;
    }
    *column = 1;
    for (const char *p = line_start; p < at; p++)
        if (((unsigned char)*p & 0xC0) != 0x80) ++*column;
}

static Status report(const Scan *s, FaultCode code, const char *at, Str *message) {
    size_t line, column;
    bool inside = (uintptr_t)at >= (uintptr_t)s->start && (uintptr_t)at <= (uintptr_t)s->end;
    scan_place(s, inside ? at : s->at, &line, &column);
    Status status = NOMEM;
    if (!message->failed)
        status = fault_add(s->faults, code, 0, "%s:%zu:%zu: %s", s->file, line, column,
                           str_text(message));
    str_free(message);
    return status;
}

Status scan_fault(const Scan *s, FaultCode code, const char *at, const char *format, ...) {
    Str message = {0};
    va_list args;
    va_start(args, format);
    str_vprintf(&message, format, args);
    va_end(args);
    return report(s, code, at, &message);
}

static bool in_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-' || c == '.' || c == '+' || ((unsigned char)c & 0x80);
}

// What stands at the cursor, in words.
static void add_found(Str *message, const Scan *s) {
    const char *p = s->at;
    if (p >= s->end) {
        str_add(message, "the end of the file");
        return;
    }
    if (*p == '\n' || *p == '\r') {
        str_add(message, "the end of the line");
        return;
    }
    while (p < s->end && p - s->at < 40 && in_word(*p)) p++;
    while (p < s->end && p > s->at && ((unsigned char)*p & 0xC0) == 0x80) p++;
    if (p == s->at) p++;
    if ((unsigned char)*s->at < ' ') {
        str_printf(message, "the character with code %d", *s->at);
        return;
    }
    str_add_char(message, '\'');
    str_add_n(message, s->at, (size_t)(p - s->at));
    str_add_char(message, '\'');
}

Status scan_expected(const Scan *s, const char *format, ...) {
    Str message = {0};
    str_add(&message, "expected ");
    va_list args;
    va_start(args, format);
    str_vprintf(&message, format, args);
    va_end(args);
    str_add(&message, ", found ");
    add_found(&message, s);
    return report(s, s->syntax, s->at, &message);
}

bool scan_is_word(const Scan *s, const char *word) {
    size_t n = strlen(word);
    if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0) return false;
    if ((size_t)(s->end - s->at) == n) return true;
    char c = s->at[n];
    return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '-');
}
