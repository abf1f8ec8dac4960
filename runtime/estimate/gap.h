// Gap: what a law would have to have seen, for an estimand to have a value on it.
#ifndef RUNG_ESTIMATE_GAP_H
#define RUNG_ESTIMATE_GAP_H

#include "runtime/estimate/expr_eval.h"

#define GAP_ANY UINT32_MAX

// Where the expression is undefined on the law, with the pool's variables at `level` (GAP_ANY:
// whichever; the array is written to): appends a smallest event that it conditions on there and
// that the law gives probability 0, as "X = 1 is never seen there together with Z = 0". Nothing
// where the expression is defined. Faults as of expr_eval; costs its time once more for each level
// of nesting.
Status gap_describe(const EvalLaw *law, ExprPool *pool, const Expr *e, uint32_t *level, Str *out);

#endif
