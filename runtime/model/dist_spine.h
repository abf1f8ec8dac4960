// Dist spine: the part of a mechanism through which it decides between distributions.
#ifndef RUNG_MODEL_DIST_SPINE_H
#define RUNG_MODEL_DIST_SPINE_H

#include "runtime/model/term.h"

// Whether child i of a term that stands for a distribution stands for one too: the branches of
// IF and CASE and the parts of a MIX. For term_order_some.
static inline bool dist_spine(const Term *t, uint32_t i) {
    if (t->op == TERM_IF) return i > 0;
    if (t->op == TERM_MIX) return i % 2 == 0;
    return t->op == TERM_CASE && i > t->nselect && (i - t->nselect) % 2 == 1;
}

// The same, and what is truncated.
static inline bool dist_spine_whole(const Term *t, uint32_t i) {
    return (t->op == TERM_TRUNCATE && i == 0) || dist_spine(t, i);
}

#endif
