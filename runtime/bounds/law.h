// Law: what the sources say, as probabilities of events of single districts.
//
// The law of a district given what its causes are set to is a product of conditional
// probabilities of the observed law (Tian & Pearl 2002, lemma 1). Each of its entries is the
// probability that the members would have these values, were their causes set so: an event.
#ifndef RUNG_BOUNDS_LAW_H
#define RUNG_BOUNDS_LAW_H

#include "runtime/bounds/pool.h"

typedef struct LawCall {
    const BoundsProblem *p;
    Frame *frame; // kernels of variables alone in their district are filled in
    Pool *pool;   // receives the facts about other districts
    const bool *relevant; // by variable: only what is said of these is looked at
    const Ctl *ctl;
    Faults *faults;
    bool partial;   // some source lacks variables, so that not all it says was used
    double too_large; // joint levels of a district and its causes that are too many; else 0
} LawCall;

// Reads every source. Faults: a source that lacks a variable which no other source has, or has
// other levels for it; a setting that is not a constant; those of `ask`.
Status law_read(LawCall *c);

#endif
