// System: the linear program of all laws over response types that agree with what is known.
//
// Everything is homogeneous: column 0 is the total mass t, and each group of blocks has a
// column for every class of types (for several blocks: every combination), which sum to t. A
// probability is a linear form; a conditional one is a quotient of two, and its range is found
// by setting the lower form, not t, to 1 (Charnes & Cooper 1962).
//
// Blocks whose events are multiplied with each other are independent, which is not linear. They
// share a group with a joint law of which only this is demanded: whatever the classes of the
// others, each block's own facts hold (Sherali & Adams 1990). That is a relaxation.
#ifndef RUNG_BOUNDS_SYSTEM_H
#define RUNG_BOUNDS_SYSTEM_H

#include "runtime/bounds/blocks.h"
#include "runtime/bounds/program.h"

typedef struct SystemGroup {
    uint32_t *blocks;
    uint32_t n;
    size_t first, count; // its columns
} SystemGroup;

typedef struct System {
    const Blocks *blocks;
    VEC(SystemGroup) groups;
    uint32_t *group; // by block
    Program program;
    double *row, *x; // scratch of a vector and a solution
    Arena arena;
    double too_large; // the columns, when they are too many; else 0
} System;

// Makes the program. Blocks of events that are multiplied in one of the polynomials share a
// group. `spent` is kept for the program (program.h).
Status system_open(const Blocks *b, const Poly *const *polys, size_t n, double *spent,
                   System *out);
void system_free(System *s);

// The linear form of a polynomial, one coefficient for each column.
void system_form(const System *s, const Poly *p, double *form);

// Demands form >= 0, or = 0.
Status system_demand(System *s, ProgramSense sense, const Poly *p);

typedef struct SystemRange {
    ProgramVerdict verdict; // INFEASIBLE: no law agrees, or the lower form is always 0
    double low, high;
    double *low_at, *high_at; // solutions, or NULL where they are not wanted
} SystemRange;

// The range of `upper` / `lower` (NULL: 1). FAULT beyond the budget, as program_solve.
Status system_range(System *s, const Poly *upper, const Poly *lower, const Ctl *ctl,
                    SystemRange *range);

#endif
