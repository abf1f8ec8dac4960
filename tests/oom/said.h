// Said: what a run printed and reported, and whether that is what it should be.
#ifndef RUNG_TESTS_OOM_SAID_H
#define RUNG_TESTS_OOM_SAID_H

#include <stdbool.h>
#include <stddef.h>

typedef enum SaidKind {
    SAID_ANSWER, // printed: in one piece, or not at all
    SAID_REPORT, // an error, a warning, a note
    SAID_STATUS, // of a step: "0" when all went well
    SAID_STEP,   // a step begins: a line, or a command
    SAID_AFTER   // likewise, with enough memory again: it must go as ever
} SaidKind;

typedef struct SaidPiece {
    size_t at, len;
    SaidKind kind;
} SaidPiece;

// Its memory is not of the heap.
typedef struct Said {
    char *text;
    size_t len;
    SaidPiece *pieces;
    size_t count;
} Said;

Said said_new(void);
void said_clear(Said *s);
void said_add(Said *s, SaidKind kind, const char *text, size_t len);
void said_status(Said *s, int status);
void said_show(const Said *s);

// What is wrong with what was said when memory was exhausted at some point, or NULL, given what is
// said with enough of it. A step must say the same, up to a report that memory is exhausted; then
// only errors, and parts of the rest in their order, may come, and the status tells of it. A
// later step may fail in another way, as it may need what was not made.
const char *said_compare(const Said *whole, const Said *said);

#endif
