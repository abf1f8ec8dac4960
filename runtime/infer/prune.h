// Prune: what a question does not need.
#ifndef RUNG_INFER_PRUNE_H
#define RUNG_INFER_PRUNE_H

#include <stdbool.h>

#include "runtime/infer/net.h"

// Finds the barren variables: those of which nothing is known and nobody asks, whose
// conditional table is the only factor left that mentions them. Summing them out gives 1, so
// they and their tables may be dropped, which may make their parents barren in turn (Shachter
// 1986). Every factor with a child must sum to 1 over it. On entry needed[v] marks what is asked or known; on return barren[v] marks the dropped
// variables and dropped[f] their tables. Both are arrays of nvars and nfactors flags, false on
// entry. Linear in the size of the scopes. NOMEM when memory is exhausted.
Status prune_barren(const Net *net, const bool *needed, bool *barren, bool *dropped);

// Appends the step "pruned" that names the marked variables and says why; nothing when there
// are none or `d` is NULL. `why` follows the names and a colon.
Status prune_explain(const Net *net, const bool *marked, const char *why, Derivation *d);

#endif
