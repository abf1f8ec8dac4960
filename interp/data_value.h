// Data_value: data sets that a program writes down, and what a model's families see of them.
#ifndef RUNG_INTERP_DATA_VALUE_H
#define RUNG_INTERP_DATA_VALUE_H

#include "interp/value.h"

// The data set of `data V, W { a, b => 9; ... }`: `names` are levels; `cells` has ncolumns values
// and a count for each row, NOTHING where a value is missing. A column of truth values is a bool,
// one of numbers is of whole numbers or real, any other has the levels that stand in it. False:
// trouble set.
bool data_value_make(Interner *names_in, const Value *names, uint32_t ncolumns, const Value *cells,
                     uint32_t nrows, Value *out, Trouble *t);

// The columns of a data set that `chosen` names (levels) or matches (patterns), in that order, each
// once. False: trouble set (no data set, a name or pattern without a column).
bool data_value_select(Value data, const Value *chosen, uint32_t n, Value *out, Trouble *t);

// The rows of a data set when each is taken as often as its count says; false when a count is
// not whole, or they are too many to be gone through one by one.
bool data_value_rows(const DataFrame *f, uint32_t *n);

// Whether the model has a variable V[i] for some row i of the data, V the name of the column. The
// sum of the counts is that of data_value_rows. False: no memory.
bool data_value_known(const DataFrame *f, uint32_t column, const Model *m, bool *known);

// Calls `add` with the event V[i] = value for every column V that the model knows, row i (from 1,
// rows repeated by their counts) and value that is not missing. False: trouble set (no variable
// V[i], a value outside its domain), or `add` was false.
bool data_value_observe(const DataFrame *f, const Model *m, uint32_t origin,
                        bool (*add)(void *user, Term *taken), void *user, Trouble *t);

// Calls `add` with the event V = value for every column V of the one row, unless the value is
// missing. False: trouble set (not one row, a column that is no variable of the model, a value
// outside its domain), or `add` was false.
bool data_value_row(const DataFrame *f, const Model *m, uint32_t origin,
                    bool (*add)(void *user, Term *taken), void *user, Trouble *t);

#endif
