// Expr_eval: the bridge from symbols to numbers: an estimand evaluated on the law of a model.
#ifndef RUNG_ESTIMATE_EXPR_EVAL_H
#define RUNG_ESTIMATE_EXPR_EVAL_H

#include "runtime/base/ctl.h"
#include "runtime/base/fault.h"
#include "runtime/model/model.h"
#include "runtime/symbol/expr.h"

// A function of finite variables: `vars` are numbers of the model, the last fastest; NaN where the
// law does not determine it (a condition of probability zero). Owned; free with eval_table_free.
typedef struct EvalTable {
    uint32_t n;
    uint32_t *vars;
    double *values;
    size_t size;
} EvalTable;

void eval_table_free(EvalTable *t);

// Where an estimand is evaluated. `model_var` maps the pool's variables to those of the model,
// which is complete over them and whose latent variables are summed out.
typedef struct EvalLaw {
    const Model *model;
    const uint32_t *model_var;
    const Ctl *ctl;
    Faults *faults;
} EvalLaw;

// The value of an expression without interventions, as a table over its free variables. Each
// P(a | b) is asked of the model; sums, products and quotients are pointwise. In a product zero
// wins over what is undefined. FAULT when a table would not fit the memory limit, or with the
// faults of `ask`. Time and memory: the cells of the tables of all subexpressions.
Status expr_eval(const EvalLaw *law, const ExprPool *pool, const Expr *e, EvalTable *out);

// Sets the cells of `t` to zero where `support` is zero; the variables of `support` join those of
// `t`.
Status expr_eval_within(const EvalLaw *law, const EvalTable *support, EvalTable *t);

#endif
