// Diag: what is wrong with a program, where, and what to write instead.
#ifndef RUNG_INTERP_DIAG_H
#define RUNG_INTERP_DIAG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "interp/source.h"
#include "runtime/base/fault.h"
#include "runtime/base/str.h"

// One catalogue: the faults of the library first (so that DIAG_X == FAULT_X), then interp's own.
typedef enum DiagCode {
    DIAG_NONE = 0,
#define DIAG(id, code, title, page) DIAG_##id,
#include "runtime/base/fault.def"
#include "interp/diag.def"
#undef DIAG
    DIAG_COUNT
} DiagCode;

typedef enum DiagLevel { DIAG_ERROR, DIAG_NOTE } DiagLevel;

typedef struct Diag {
    DiagCode code;
    DiagLevel level;
    Span span;
    Span also;     // a second place that belongs to it ("declared here"), or no place
    char *message; // one sentence, owned
    char *hint;    // what to write instead, owned, or NULL
} Diag;

// A zeroed Diags is empty. `errors` counts the items of level DIAG_ERROR.
typedef struct Diags {
    Diag *items;
    size_t count, room;
    size_t errors;
    bool failed; // memory ran out while reporting
} Diags;

// Append an error or a note; the message is printf-style. diag_hint and diag_also complete the
// one added last.
void diag_error(Diags *d, DiagCode code, Span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void diag_error_v(Diags *d, DiagCode code, Span span, const char *format, va_list args);
void diag_note(Diags *d, DiagCode code, Span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void diag_hint(Diags *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
void diag_also(Diags *d, Span span);

// Moves the faults of the library into diagnostics: origins are places of `sources`; a fault
// without origin gets `fallback`. Empties `faults`.
void diag_take_faults(Diags *d, Faults *faults, const Sources *sources, Span fallback);

// Renders one: "file:line:col: error E0312: message", the source line with carets under the exact
// text, the second place, the hint. `color` adds ANSI colours.
void diag_render(const Diag *diag, const Sources *sources, bool color, Str *out);

// The same as one JSON object and a newline (language design, section 11).
void diag_render_json(const Diag *diag, const Sources *sources, Str *out);

const char *diag_code(DiagCode code); // "E0312"
const char *diag_title(DiagCode code);
const char *diag_page(DiagCode code); // what `rung --explain` prints
DiagCode diag_find(const char *code); // from "E0312" or "e312"; DIAG_NONE when there is none

// The closest of `n` names to a misspelt one (Damerau-Levenshtein distance, at most a third of
// its length, at least 1), or NULL: for "did you mean".
const char *diag_closest(const char *wrong, const char *const *names, size_t n);

// Forgets all but the first `keep`.
void diag_drop(Diags *d, size_t keep);

void diag_free(Diags *d);

#endif
