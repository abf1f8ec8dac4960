// Cells: variables with infinitely many values of which only finitely many thresholds matter.
//
// A variable that mechanisms and questions only compare with numbers (U < 0.2 + 0.6*X, X finite)
// does nothing but choose between the intervals that those numbers cut its range into. It is
// replaced by a finite variable of the same name that says in which interval, its cell, the
// value falls, and each comparison by a table; all else then follows exactly by the methods for
// finite variables, counterfactuals included, since the cell is the same in all worlds.
#ifndef RUNG_REAL_CELLS_H
#define RUNG_REAL_CELLS_H

#include "runtime/base/ctl.h"
#include "runtime/base/derivation.h"
#include "runtime/model/model.h"

// A question brought down to cells.
typedef struct Cells {
    Model *model; // owned; NULL: no variable could be replaced
    Term **terms; // the question's terms about that model, owned
    uint32_t nterms;
    bool faint; // a cell that is possible has a probability too small for a number, 0 in its table
} Cells;

// Replaces the variables of `m` that can be: those that the terms depend on, have a distribution
// given finite variables alone (a family, or `if`, `case` and `mix` over families), belong to no
// <->, and are mentioned in comparisons only: against terms over finite variables, directly
// or through functions that can be inverted (a + b*U, log(U), abs(U), U^2, floor(U) ...), also by
// way of a variable Y = 2*U + X. Variables that have nothing to do with the terms may
// lose their mechanisms in the new model. The terms stand in the factual world and are borrowed.
// Steps go into `d`. NOMEM or CANCELLED; whatever happens, `out` can be freed.
Status cells_rewrite(const Model *m, const Term *const *terms, uint32_t nterms, const Ctl *ctl,
                     Derivation *d, Cells *out);
void cells_free(Cells *c);

#endif
