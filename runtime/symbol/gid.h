// Gid: general identification: an effect from several experiments and populations.
//
// After Lee, Correa & Bareinboim (2019): the effect falls apart into the laws of districts,
// each of which some source must give (source.h). It includes z-identification (Bareinboim &
// Pearl 2012) and transport across populations (Lee et al. 2020).
#ifndef RUNG_SYMBOL_GID_H
#define RUNG_SYMBOL_GID_H

#include "runtime/symbol/identify.h"

// P(y | do(x)) in the identification's graph from sources whose sets are of its vertices: *e
// receives the estimand, unsimplified, or NULL when there is none; then id->hedge.inner is the
// district that no source gives.
Status gid_run(Identification *id, const Source *sources, size_t count, const Word *y,
               const Word *x, Derivation *d, const Expr **e);

#endif
