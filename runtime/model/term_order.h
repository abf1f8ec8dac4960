// Term order: the distinct subterms of a term, children before parents, so that what is computed
// bottom up needs no recursion and visits shared subterms once.
#ifndef RUNG_MODEL_TERM_ORDER_H
#define RUNG_MODEL_TERM_ORDER_H

#include "runtime/base/pairmap.h"
#include "runtime/model/term.h"

typedef struct TermOrder {
    const Term **items; // the term itself is last; all borrowed
    size_t count, room;
    Pairmap index;
} TermOrder;

// Fills a zeroed TermOrder; children come in order of first mention. Worlds are not entered.
// NOMEM leaves it to be freed. Expected linear time.
Status term_order(const Term *t, TermOrder *out);

// The same for only those children for which `follow` is true.
Status term_order_some(const Term *t, bool (*follow)(const Term *parent, uint32_t child),
                       TermOrder *out);

// The position of a subterm (it must be one).
uint32_t term_order_find(const TermOrder *order, const Term *t);

void term_order_free(TermOrder *order);

#endif
