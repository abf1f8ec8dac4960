// Explain_cf: the steps by which a counterfactual was identified, or not.
#ifndef RUNG_SYMBOL_EXPLAIN_CF_H
#define RUNG_SYMBOL_EXPLAIN_CF_H

#include "runtime/symbol/ctf.h"
#include "runtime/symbol/identify_cf.h"

// Each adds steps to `d`, which may be NULL. `names` names the symbols (identify_cf_names).

// The variables that matter, in their worlds, and the factors of their joint law.
Status explain_cf_factors(CfIdentification *id, const Ctf *c, const char *const *names,
                          Derivation *d);

// Why there is no answer. `g` is the graph that was asked.
Status explain_cf_failure(const CfIdentification *id, const Graph *g, Derivation *d);

// The estimand as found and simplified.
Status explain_cf_answer(const CfIdentification *id, const char *const *names, bool quotient,
                         Derivation *d);

#endif
