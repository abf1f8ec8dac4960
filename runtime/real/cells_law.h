// Cells law: the distribution of a variable for every combination of its finite causes.
// Internal to cells.
#ifndef RUNG_REAL_CELLS_LAW_H
#define RUNG_REAL_CELLS_LAW_H

#include "runtime/base/arena.h"
#include "runtime/base/ctl.h"
#include "runtime/model/model.h"
#include "runtime/model/term_order.h"

typedef struct CellsLaw {
    TermOrder spine;   // IF, CASE and MIX down to families
    uint32_t *parents; // finite variables; combinations in mixed radix, last fastest
    uint32_t nparents;
    size_t combinations;
    double ***numbers; // per node and child that is a number: its value per combination
    double *values;    // per node, for the combination at hand
    double low, high;  // the ends of the support over all combinations
} CellsLaw;

// Reads a distribution over finite variables. *ok is false when it is built of anything but
// families, all over the whole numbers when `whole`, else all continuous. The spine must be
// closed; arrays live in `arena`.
Status cells_law_open(const Model *m, const Term *dist, bool whole, const Ctl *ctl, Arena *arena,
                      CellsLaw *out, bool *ok);
void cells_law_close(CellsLaw *law);

// The probability of low < X <= high; NaN when a parameter is wrong.
double cells_law_probability(CellsLaw *law, size_t combination, double low, double high);

// Whether low < X <= high is possible, however improbable it is.
bool cells_law_reaches(CellsLaw *law, size_t combination, double low, double high);

#endif
