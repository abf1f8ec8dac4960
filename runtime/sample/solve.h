// Solve: equations turned around, so that evidence on a function is met instead of waited for.
//
// Where Y = f(X, U) is observed to be y, the noise U is not drawn but solved for: U = g(y, X),
// and the density of the evidence is that of U at g(y, X), times |dU/dy| (change of variables).
#ifndef RUNG_SAMPLE_SOLVE_H
#define RUNG_SAMPLE_SOLVE_H

#include "runtime/real/real_scope.h"

// Finds the value of variable `name` for which `equation` = `target`, as a term over what both
// mention, and the logarithm of the absolute derivative of that value by the target. In *value
// NULL when the variable is not there or the equation is not turned around: it is where every
// step from the whole down to the variable is + - * / - ^ or an invertible function with only one
// side depending on it, a choice by what does not depend on it, or where the whole is linear in
// it. The value is NaN where there is no solution. New references. Linear time, times the
// number of steps.
Status solve_term(const Model *m, const Term *equation, const Term *target, Sym name,
                  Term **value, Term **log_slope);

// A variable that evidence determines, given others.
typedef struct Solved {
    uint32_t var;
    Term *value, *log_slope; // owned
    const RealEvidence *evidence; // from which it follows
} Solved;

typedef struct SolvedList {
    Solved *items;
    size_t count, room;
} SolvedList;

// Finds a variable to solve for in each POINT evidence on a quantity or on a function of
// continuous variables, all different and so that each can be computed after what its value
// mentions. A solved variable that is itself a function passes the equation on: its mechanism is
// solved for another. What is left of POINT evidence (that on a kernel variable, or on a function
// of whole numbers) is weighed. Faults: an equation that cannot be turned around
// (FAULT_SAMPLE_SOLVE). *out is zeroed before and freed in any case.
Status solve_evidence(const Model *m, const RealScope *scope, Faults *faults, SolvedList *out);
void solve_free(SolvedList *list);

// The solution for a variable, or NULL.
const Solved *solve_find(const SolvedList *list, uint32_t var);

#endif
