// Program: linear programs over non-negative columns. The one place that knows GLPK.
#ifndef RUNG_BOUNDS_PROGRAM_H
#define RUNG_BOUNDS_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/ctl.h"
#include "runtime/base/status.h"
#include "runtime/base/vec.h"

typedef enum ProgramSense { PROGRAM_EQUAL, PROGRAM_AT_LEAST } ProgramSense;

typedef struct ProgramEntry {
    int row, column; // from 1
    double value;
} ProgramEntry;

typedef struct ProgramRow {
    ProgramSense sense;
    double rhs;
} ProgramRow;

// A zeroed Program has no columns. Freed with program_close.
typedef struct Program {
    size_t ncolumns;
    VEC(ProgramRow) rows;
    VEC(ProgramEntry) entries;
    double *spent; // nominal seconds of all solving so far, the same on every machine
} Program;

// Appends the constraint row . x >= rhs, or = rhs; `row` has one coefficient for each column,
// of which zeros are not stored. NOMEM.
Status program_row(Program *p, ProgramSense sense, const double *row, double rhs);

// Takes back rows until `count` are left.
void program_cut(Program *p, size_t count);

typedef enum ProgramVerdict {
    PROGRAM_OPTIMAL,
    PROGRAM_INFEASIBLE,
    PROGRAM_UNBOUNDED,
    PROGRAM_FAILED, // the numbers are too ill-conditioned to decide
} ProgramVerdict;

// The least (or greatest) value of objective . x over x >= 0 within the rows, by the simplex
// method, to about 1e-10 of the size of the numbers. x (ncolumns) receives a vertex that
// attains it. NOMEM or CANCELLED; FAULT, and no fault is added, when p->spent, which it adds to,
// exceeds the budget.
Status program_solve(const Program *p, const double *objective, bool greatest, const Ctl *ctl,
                     ProgramVerdict *verdict, double *value, double *x);

void program_close(Program *p);

#endif
