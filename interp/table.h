// Table: arithmetic on answers that are tables, pointwise and by variable name.
#ifndef RUNG_INTERP_TABLE_H
#define RUNG_INTERP_TABLE_H

#include "interp/value.h"

// True for an answer that is a table over free variables.
bool table_is(Value v);

// f(a, b) cell by cell: each of a and b is a table or a number, at least one a table. The result
// has the axes of a, then those of b that a lacks; axes of one name are one. `f` answers NaN where
// a cell is undefined, and NaN cells stay NaN. False: no memory, or axes of one name that differ
// (trouble set). Time and memory: the cells of the result.
bool table_combine(Value a, Value b, double (*f)(void *user, double x, double y), void *user,
                   Value *out, Trouble *t);

// f cell by cell.
bool table_map(Value a, double (*f)(void *user, double x), void *user, Value *out, Trouble *t);

// The table as a LOOKUP over variables named like its axes; and, when exactly one axis is an
// event, as a distribution of that variable given the others. New references.
bool table_lookup(Value v, uint32_t origin, Term **out, Trouble *t);
bool table_distribution(Value v, uint32_t origin, Term **out, Trouble *t);

// The constant that stands for level i of a domain; NULL: no memory.
Term *table_level_term(const Domain *d, uint32_t i, uint32_t origin);
bool table_level_value(const Domain *d, uint32_t i, Value *out);

// Copies an axis (its domain kept, its labels copied). False: no memory.
bool table_copy_axis(const AnswerAxis *from, AnswerAxis *to);

#endif
