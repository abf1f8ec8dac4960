// Query_remedies: what would make an effect identified that is not, for answers and `explain`.
#ifndef RUNG_INTERP_QUERY_REMEDIES_H
#define RUNG_INTERP_QUERY_REMEDIES_H

#include "runtime/base/derivation.h"
#include "runtime/symbol/remedies.h"

// For the question `q` about `g`, which `id` found not identified: *json receives the remedies
// as a JSON array (owned by the caller), and `d` (may be NULL) the steps about the hedge and
// the remedies. Looks through sets of at most two variables and only a few hundred of them.
Status query_remedies(const Graph *g, const IdentifyQuery *q, const Identification *id,
                      const Ctl *ctl, Derivation *d, Faults *faults, char **json);

#endif
