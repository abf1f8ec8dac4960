// Trace: the steps of the algorithm ID, told as a derivation.
//
// A trace keeps the whole expression as it stands: the question at first, in which every step
// replaces one effect P(y | do(x)) by what it comes to. Without a derivation nothing is done.
#ifndef RUNG_SYMBOL_TRACE_H
#define RUNG_SYMBOL_TRACE_H

#include "runtime/base/derivation.h"
#include "runtime/base/str.h"
#include "runtime/graph/sets.h"
#include "runtime/symbol/expr.h"
#include "runtime/symbol/identify.h"

typedef struct Trace {
    Identification *id;
    Derivation *d;     // may be NULL
    const Expr *whole; // the expression so far
} Trace;

// In the functions below, `y`, `x` and `fixed` are the question of one call of ID: the effect
// on y of setting x, where `fixed` has been set before.
Status trace_begin(Trace *t, Identification *id, const Word *y, const Word *x, Derivation *d);

// Line 1: nothing is set any more, and the law gives `e`.
Status trace_seen(Trace *t, const Word *y, const Word *x, const Word *fixed, const Expr *e);

// Line 2: `rest` are no causes of y; of x, `still` remains.
Status trace_barren(Trace *t, const Word *y, const Word *x, const Word *still, const Word *rest,
                    const Word *fixed);

// Line 3: `idle` may as well be set, x growing to `more`.
Status trace_idle(Trace *t, const Word *y, const Word *x, const Word *more, const Word *idle,
                  const Word *fixed);

// Line 4: `vertices` less x falls into the districts `parts`; `sum` is summed over.
Status trace_districts(Trace *t, const Word *y, const Word *x, const Word *vertices,
                       const Word *fixed, const Word *sum, const Sets *parts);

// Line 5: the hedge is in t->id->hedge.
Status trace_hedge(Trace *t, const Word *y, const Word *x, const Word *fixed);

// Line 6: `s` is a district, whose law is known.
Status trace_known(Trace *t, const Word *y, const Word *x, const Word *fixed, const Word *s,
                   const Expr *e);

// Line 7: the question concerns the district `whole` only, whose law is `e`.
Status trace_within(Trace *t, const Word *y, const Word *x, const Word *fixed,
                    const Word *whole, const Expr *e);

// General identification: the effect falls into the laws of the districts `parts`; `all` are
// the vertices of the graph, `sum` is summed over.
Status trace_factors(Trace *t, const Word *y, const Word *x, const Word *all, const Word *sum,
                     const Sets *parts);

// The law of the district `part`, all `others` set, is known from a source, or from none.
Status trace_source(Trace *t, const Word *part, const Word *others, const Source *source,
                    const Expr *e);
Status trace_stuck(Trace *t, const Word *part, const Word *others);

// Appends a set as "{A, B}", or a bare name when it has one member.
void trace_set(const Identification *id, const Word *set, Str *out);

// Sets the result of the step added last to an expression.
Status trace_result(const Identification *id, Derivation *d, const Expr *e);

#endif
