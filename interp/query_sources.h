// Query_sources: described sources, P(Y, Z | do(X), Town = trial), as the library sees them.
//
// A population is a condition on a variable without causes, such as Town. Its effects are the
// variables whose mechanisms differ between the populations (Bareinboim & Pearl 2014: selection
// nodes). The variable itself takes no part in the identification.
#ifndef RUNG_INTERP_QUERY_SOURCES_H
#define RUNG_INTERP_QUERY_SOURCES_H

#include "interp/query.h"
#include "runtime/estimate/identified.h"
#include "runtime/symbol/identify.h"

typedef struct QuerySources {
    Source *items; // sets and names owned
    size_t n;
} QuerySources;

void query_sources_free(QuerySources *s);

// The level that the question gives a variable, as V = level among its conditions; NULL: none.
Sym query_sources_level(const Question *q, Sym var);

// Fills *out from the descriptions. `graph` and the sets are those of `m`; *small receives the graph
// without the population variables, whose names are borrowed from `graph`, and the sets are
// replaced by those of *small. Faults: an unknown variable, a condition that names
// no population (a variable with causes, or one that the question does not set to a level).
Status query_sources_find(const SourceGroup *described, const Model *m, const Question *q,
                          const Graph *graph, Graph **small, IdentifiedSets *sets,
                          QuerySources *out, Faults *faults);

#endif
