// Cells cut: one comparison of a variable with finitely many numbers. Internal to cells.
#ifndef RUNG_REAL_CELLS_CUT_H
#define RUNG_REAL_CELLS_CUT_H

#include "runtime/base/arena.h"
#include "runtime/base/vec.h"
#include "runtime/model/model.h"
#include "runtime/model/term_order.h"

typedef VEC(double) CellsNumbers;

// A term with, for each subterm, the variable of infinitely many values that it mentions:
// MODEL_NONE when it mentions none, CELLS_MANY when several.
#define CELLS_MANY (UINT32_MAX - 1)
typedef struct CellsTerm {
    TermOrder order;
    uint32_t *which;
} CellsTerm;

Status cells_term_open(const Model *m, const Term *t, CellsTerm *out);
void cells_term_close(CellsTerm *t);
uint32_t cells_term_which(const CellsTerm *t, const Term *sub);

// One step on the way from the comparison down to the variable.
typedef struct CellsStep {
    const Term *term;
    uint32_t kid;      // the child that leads to the variable
    double **siblings; // the values of the other children, one per combination
} CellsStep;

// The comparison `at` of `var`, for every combination of the levels of the finite variables that it
// mentions (mixed radix, last fastest).
typedef struct CellsCut {
    const Term *at;
    uint32_t var;
    uint32_t *finite;
    uint32_t nfinite;
    size_t combinations;
    CellsStep *steps; // from the comparison itself
    uint32_t nsteps;
} CellsCut;

// Reads a comparison, whose only variable of infinitely many values is `which(at)`. *ok is false
// when it is none that can be inverted, or has too many combinations. Arrays live in `arena`.
Status cells_cut_open(const Model *m, const CellsTerm *t, const Term *at, const Ctl *ctl,
                      Arena *arena, CellsCut *out, bool *ok);

// Appends the values of the variable at which the comparison may change, for all combinations.
Status cells_cut_thresholds(const CellsCut *c, CellsNumbers *out);

// The comparison at a value of the variable: 0, 1, or NaN where it is not defined.
double cells_cut_value(const CellsCut *c, double x, size_t combination);

#endif
