// Simplify: a canonical form of estimands, without needless sums and quotients.
//
// Sums over a variable that stands before the bar are carried out, factors that do not depend
// on the summed variables leave the sum, P(a | b, c) P(b | c) becomes P(a, b | c), quotients
// cancel, and conditions that the graph makes irrelevant are dropped (after Tikka & Karvanen
// 2017). The value of the expression stays the same in every law of the graph.
#ifndef RUNG_SYMBOL_SIMPLIFY_H
#define RUNG_SYMBOL_SIMPLIFY_H

#include "runtime/graph/graph.h"
#include "runtime/symbol/expr.h"

// Returns the simplified expression, NULL when memory is exhausted. `g`, whose vertices are the
// pool's variables, tells which independences hold, after an intervention where a probability
// has one, and in every population that a probability may name; NULL: none are used.
const Expr *simplify(ExprPool *pool, const Graph *g, const Expr *e);

#endif
