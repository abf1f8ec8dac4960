// Table: arithmetic on answers that are tables, pointwise and by variable name.
#ifndef RUNG_INTERP_TABLE_H
#define RUNG_INTERP_TABLE_H

#include "interp/value.h"

// True for an answer that is a table over free variables.
bool table_is(Value v);

// What is done to two cells, and its partial derivatives. `f` answers NaN where it is undefined.
typedef struct CellFunction {
    double (*f)(void *user, double x, double y);
    void (*slopes)(void *user, double x, double y, double out[2]); // NULL: a step, such as <
    void *user;
} CellFunction;

// f(a, b) cell by cell: each of a and b is a table, a number or an estimate, at least one of them
// no number. The result has the axes of a, then those of b that a lacks; axes of one name are one;
// without axes it is an estimate. NaN cells stay NaN. What was sampled carries its error along by
// the delta method: the batches of a function are the function's slopes times the batches of its
// arguments, one by one, which also gives the covariance of answers that share their draws; those
// of other seeds are independent, and the products of their batches are 0 on average. A step
// function gives no error. False: no memory, or axes of one name that differ (trouble set). Time
// and memory: the cells of the result.
bool table_combine(Value a, Value b, const CellFunction *f, Value *out, Trouble *t);

// A table or a sampled number: what table_combine is for.
bool table_or_estimate(Value v);

// Cell i of a table as a number or, when it was sampled, an estimate. False: no memory.
bool table_cell(Value table, size_t i, Value *out);

// The numbers of a table without their errors, or those errors (0 where nothing was sampled), as
// a table. False: no memory.
bool table_part(Value table, bool errors, Value *out);

// False, with the trouble set, for a table that was sampled: what it becomes a part of would not
// carry its errors.
bool table_check_exact(const Answer *a, Trouble *t);

// The table as a LOOKUP over variables named like its axes; and, when exactly one axis is an
// event, as a distribution of that variable given the others. New references. False, with the
// trouble set: no memory, a table over policies, or one that was sampled.
bool table_lookup(Value v, uint32_t origin, Term **out, Trouble *t);
bool table_distribution(Value v, uint32_t origin, Term **out, Trouble *t);

// The constant that stands for level i of a domain; NULL: no memory.
Term *table_level_term(const Domain *d, uint32_t i, uint32_t origin);
bool table_level_value(const Domain *d, uint32_t i, Value *out);

// Copies an axis (its domain kept, its labels copied). False: no memory.
bool table_copy_axis(const AnswerAxis *from, AnswerAxis *to);

#endif
