// Model table: the domains and tables that follow from finite mechanisms.
#ifndef RUNG_MODEL_MODEL_TABLE_H
#define RUNG_MODEL_MODEL_TABLE_H

#include "runtime/model/model_build.h"

// A model in the making: `m` holds the variables of `b`, under the same numbers.
typedef struct Tabler {
    ModelBuilder *b;
    Model *m;
    const Ctl *ctl;
    uint32_t *normalised; // counts the rows that were scaled to sum to 1; may be NULL
    Faults *faults;
} Tabler;

// Finds the domain of variable v where none was written, and its table when it and its parents
// are finite and the table has at most CPT_CELLS cells; the parents have been settled before.
// A variable whose mechanism and parents' domains are as they were keeps its table.
//
// Faults: values and probabilities that cannot be, rows that do not sum to 1, cases with gaps.
// Each marks the variable bad; one of each kind is reported per variable, the first. A variable
// with a parent whose domain could not be found is marked bad without a fault of its own.
// Rows that miss 1 by at most 1e-3 are scaled.
Status model_table_settle(Tabler *t, uint32_t v);

// Checks a factor, and computes its table when it has none.
Status model_table_factor(Tabler *t, ModelFactor *factor);

#endif
