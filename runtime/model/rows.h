// Rows: the rows of a CASE read back as patterns over its selectors, for printing and messages.
#ifndef RUNG_MODEL_ROWS_H
#define RUNG_MODEL_ROWS_H

#include "runtime/base/vec.h"
#include "runtime/model/term.h"

typedef enum RowKind {
    ROW_ANY,     // _
    ROW_TRUE,    // a bare boolean selector
    ROW_FALSE,   // its negation
    ROW_VALUES,  // a, or {a, b}
    ROW_COMPARE, // < x, by `op`
    ROW_RANGE,   // lo..hi: two values
} RowKind;

typedef struct RowPattern {
    RowKind kind;
    TermOp op;           // of COMPARE
    size_t first, count; // its values
} RowPattern;

typedef struct Rows {
    RowPattern *patterns; // nrows * nselect, row by row
    VEC(const Term *) values; // borrowed from the CASE
    uint32_t nrows, nselect;
} Rows;

// Reads the rows of a CASE into a zeroed Rows. *patterns tells whether every condition is a
// conjunction of at most one pattern per selector; if not, the Rows hold nothing of use. NOMEM
// leaves them to be freed.
Status rows_read(const Term *t, Rows *out, bool *patterns);

// True when row r accepts everything.
bool rows_matches_all(const Rows *rows, uint32_t r);

void rows_free(Rows *rows);

#endif
