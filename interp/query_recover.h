// Query_recover: described sources of which some show selected rows only, P(Age, Income | Told
// = 1).
//
// A condition on a variable with causes is a selection, not a population: recover.h looks for a
// way from such laws to the question.
#ifndef RUNG_INTERP_QUERY_RECOVER_H
#define RUNG_INTERP_QUERY_RECOVER_H

#include "interp/query.h"
#include "runtime/estimate/identified.h"

// Whether a source is restricted on a variable of the model that has causes.
bool query_recover_wanted(const SourceGroup *described, const Model *m, const Graph *g);

// Looks for the answer. *out (freed with identify_free) receives it, with what was asked, as
// identification gives it, and *exhausted whether all that the rules give was tried. Faults: an
// unknown variable, one restricted to different values, too many variables.
Status query_recover(const SourceGroup *described, const Model *m, const Question *q,
                     const Graph *g, const IdentifiedSets *sets, const Ctl *ctl, Derivation *d,
                     Faults *faults, Identification *out, bool *exhausted);

#endif
