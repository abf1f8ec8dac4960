// Id: the algorithm ID of Shpitser & Pearl (2006a), which identify.h puts to use.
#ifndef RUNG_SYMBOL_ID_H
#define RUNG_SYMBOL_ID_H

#include "runtime/symbol/identify.h"

// P(y | do(x)) in the identification's graph: *e receives the estimand, unsimplified, or NULL
// when there is none; then id->hedge is set. Each call of the algorithm becomes a step of `d`.
Status id_run(Identification *id, const Word *y, const Word *x, Derivation *d, const Expr **e);

#endif
