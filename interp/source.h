// Source: program text, and places in it.
#ifndef RUNG_INTERP_SOURCE_H
#define RUNG_INTERP_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// One text: a file, a line typed, an -e argument. `text` is NUL-terminated and may hold any bytes.
typedef struct SourceText {
    char *name; // as shown in messages: "kidney.rung", "<stdin>", "<repl:3>"
    char *text;
    size_t len;
    struct SourceMark *marks; // line and column every few hundred bytes
} SourceText;

// A stretch of text: bytes [start, end) of source number `source`. Source numbers start at 1; a
// zeroed Span is "no place".
typedef struct Span {
    uint32_t source;
    uint32_t start, end;
} Span;

// All texts of a session; owned, never moved, freed together, so that a message can quote any
// place at any time.
typedef struct Sources {
    SourceText **items;
    size_t count, room;
    Span *places; // distinct spans that source_place gave a number
    size_t nplaces, placeroom;
    uint32_t *slots; // open addressing by span: a place, or 0
    size_t nslots;   // a power of two, or 0
} Sources;

// Copies a text into the session. Returns its number (from 1), or 0 when memory is exhausted.
uint32_t source_add(Sources *all, const char *name, const char *text, size_t len);

// Takes back the text that was added last, to which nothing refers.
void source_take_back(Sources *all);

const SourceText *source_get(const Sources *all, uint32_t number);

// The smallest span that covers both; either may be "no place".
Span span_join(Span a, Span b);

// A number (from 1) that stands for a span, the same for the same span, to be attached as the
// `origin` of a runtime term or fault; 0 for "no place" or when memory is exhausted. Expected
// constant time. And the way back (0 gives "no place").
uint32_t source_place(Sources *all, Span span);
Span source_span(const Sources *all, uint32_t place);

// Line and column (both from 1; columns count UTF-8 code points) of a byte offset. Constant time.
void source_line_column(const SourceText *s, uint32_t offset, uint32_t *line, uint32_t *column);

void source_free(Sources *all);

#endif
