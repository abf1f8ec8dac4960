// Expr_print: expressions as text for people, as LaTeX, and as Rung source that can be asked
// again.
#ifndef RUNG_SYMBOL_EXPR_PRINT_H
#define RUNG_SYMBOL_EXPR_PRINT_H

#include "runtime/base/str.h"
#include "runtime/symbol/expr.h"

typedef enum ExprStyle {
    EXPR_TEXT,   // sum over Z of P(Y | X, Z) P(Z)
    EXPR_LATEX,  // \sum_{Z} P(Y \mid X, Z)\, P(Z)
    EXPR_SOURCE, // sum(P(Y | X, Z = z) * P(Z = z) for z in levels(Z))
} ExprStyle;

// Appends the expression. `names` has the name of each of the pool's variables. A summed
// variable whose name also has a meaning outside the sum gets a prime: X' (in source, an index
// of its own). When memory is exhausted, out->failed is set.
void expr_print(const ExprPool *pool, const Expr *e, const char *const *names, ExprStyle style,
                Str *out);

// Whether a word may not name the index of a sum.
typedef bool ExprReserved(const char *word);

// Appends the expression as source in which a variable that is not summed stands with what
// values[v] says of it, as " = 2" (NULL: alone); with `mean` a variable, and not at least the
// number of them, as the mean of that variable: sum(y * ... for y in levels(Y)). Names stand as
// given, in backquotes where source needs them. No index is a word of a name or value.
void expr_print_source(const ExprPool *pool, const Expr *e, const char *const *names,
                       const char *const *values, size_t mean, ExprReserved *reserved, Str *out);

// Appends one variable's name as it stands in LaTeX: X_{1}, \mathit{Smoking}.
void expr_print_name(const char *name, ExprStyle style, Str *out);

#endif
