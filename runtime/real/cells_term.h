// Cells term: terms written out and rewritten. Internal to cells.
#ifndef RUNG_REAL_CELLS_TERM_H
#define RUNG_REAL_CELLS_TERM_H

#include "runtime/model/model.h"
#include "runtime/model/term_order.h"

// A copy of `t` in which each factual variable for which `of` gives a term (borrowed; else NULL)
// is that term, and a CASE that looks at a variable of infinitely many values, and whose last
// row takes everything, is a chain of IFs. New reference in *out, also when nothing changes.
Status cells_term_expand(const Model *m, const Term *t,
                         const Term *(*of)(void *user, const Term *var), void *user, Term **out);

typedef struct CellsSwap {
    const Term *at;
    Term *with;
} CellsSwap;

// A copy of `t` with subterms replaced; `order` is that of `t`. New reference in *out.
Status cells_term_swap(const Term *t, const TermOrder *order, const CellsSwap *swaps, size_t n,
                       Term **out);

#endif
