// BifLex: the tokens of the Bayesian interchange format (bif.h).
#ifndef RUNG_FORMAT_BIFLEX_H
#define RUNG_FORMAT_BIFLEX_H

#include "runtime/format/scan.h"

typedef struct BifLex {
    Scan scan;
    const char *open_comment; // a comment that was found to have no end, or NULL
} BifLex;

// Whether a comment begins at the cursor; skips blanks and comments; these and the commas that
// the format ignores between tokens.
bool biflex_at_comment(const Scan *s);
void biflex_skip(BifLex *f);
void biflex_skip_commas(BifLex *f);

// Records that something else was expected at the cursor, or that a comment has no end.
#define BIFLEX_EXPECTED(f, ...)                                                                \
    ((f)->open_comment ? scan_fault(&(f)->scan, FAULT_BIF_SYNTAX, (f)->open_comment,           \
                                    "the comment that begins here has no end")                 \
                       : scan_expected(&(f)->scan, __VA_ARGS__))

// Skips and takes the character `c`; the fault says "expected 'c' WHERE".
Status biflex_need(BifLex *f, char c, const char *where);

// Skips and takes the keyword, when it is there.
bool biflex_take_word(BifLex *f, const char *word);

// A text between quotes, which is at the cursor; it ends on its line.
Status biflex_quoted(BifLex *f, Span *out);

// Skips and takes a name, quoted or not; `what` is what the fault says was expected.
Status biflex_name(BifLex *f, Span *out, const char *what);

// Whether an unquoted name ends before p.
bool biflex_ends_name(const Scan *s, const char *p);

// The end of a bracket that opens at p, as in "X(t)", or NULL when it does not close on its
// line within BIFLEX_BRACKET characters (so that a line of brackets is read in linear time).
#define BIFLEX_BRACKET 256
const char *biflex_bracket_end(const Scan *s, const char *p);

// The text without the blanks around it.
Span biflex_trim(const char *from, const char *to);

// Takes the text of a property, behind the keyword, up to its semicolon or the line that ends
// it.
Span biflex_property_text(BifLex *f);

#endif
