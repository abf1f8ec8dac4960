// Scan: a cursor over the text of a file, and faults that name the place.
#ifndef RUNG_FORMAT_SCAN_H
#define RUNG_FORMAT_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/fault.h"
#include "runtime/base/status.h"

// All borrowed. The text need not end with a NUL. Lines are counted only when a fault is
// reported.
typedef struct Scan {
    const char *start, *at, *end;
    const char *file; // how messages call the file
    FaultCode syntax; // the code of a malformed file of this format
    Faults *faults;
} Scan;

// A stretch of the text.
typedef struct Span {
    const char *text;
    size_t len;
} Span;

// A Span as arguments of "%.*s".
#define SPAN_ARGS(span) (int)((span).len < 200 ? (span).len : 200), (span).text

// The line and column (both from 1; a column is a character, not a byte) of a place in the
// text.
void scan_place(const Scan *s, const char *at, size_t *line, size_t *column);

// Records a fault at a place: "FILE:LINE:COLUMN: " and the printf-style message. Returns FAULT
// (NOMEM when memory is exhausted). A place that is not in the text stands for the cursor.
// Linear in the text before the place.
Status scan_fault(const Scan *s, FaultCode code, const char *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// Records that something else was expected here: "expected WHAT, found 'word'".
Status scan_expected(const Scan *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Whether the text at the cursor begins with `word` and no letter, digit, '_' or '-' follows.
bool scan_is_word(const Scan *s, const char *word);

// Takes the character `c` when it is at the cursor.
static inline bool scan_take(Scan *s, char c) {
    if (s->at == s->end || *s->at != c) return false;
    s->at++;
    return true;
}

// The character at the cursor, or 0 at the end.
static inline char scan_peek(const Scan *s) {
    return s->at < s->end ? *s->at : '\0';
}

static inline bool scan_is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

#endif
