// Frame: a data set: rows of observations in columns, each row with a count.
//
// Immutable and reference counted once filled. A column of a finite domain holds positions of
// levels, any other column numbers; a missing value is NaN.
#ifndef RUNG_DATA_FRAME_H
#define RUNG_DATA_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/str.h"
#include "runtime/base/sym.h"
#include "runtime/model/domain.h"

typedef struct FrameColumn {
    Sym name;
    Domain *domain; // owned reference
    double *values; // one a row
} FrameColumn;

typedef struct DataFrame {
    uint32_t refs;
    uint32_t ncolumns;
    size_t nrows;
    FrameColumn *columns;
    double *counts; // how often each row was seen; NULL: every row once
} DataFrame;

// A data set to be filled by its maker: columns without name or domain, values and counts all
// zero. NULL: no memory. The caller stores names and kept domains.
DataFrame *frame_new(size_t nrows, uint32_t ncolumns, bool counted);
DataFrame *frame_keep(const DataFrame *f);
void frame_drop(DataFrame *f); // NULL allowed

// One row as a data set of its own, with its count. NULL: no memory.
DataFrame *frame_row(const DataFrame *f, size_t row);

// The number of the column of that name, or UINT32_MAX.
uint32_t frame_find(const DataFrame *f, Sym name);

// How often row i was seen, and the sum over all rows.
double frame_count(const DataFrame *f, size_t row);
double frame_size(const DataFrame *f);

// Appends a value of a column as Rung text: its level, the number with 17 digits at most, or `_`
// where it is missing.
void frame_add_value(const FrameColumn *column, size_t row, Str *out);

// The same columns in the same order, the same rows.
bool frame_equal(const DataFrame *a, const DataFrame *b);

#endif
