// Model link: from names to a graph that agrees with the mechanisms.
#ifndef RUNG_MODEL_MODEL_LINK_H
#define RUNG_MODEL_MODEL_LINK_H

#include "runtime/model/model_build.h"

// Finds the parents of each new mechanism and the variables of each factor, drops anonymous
// noise that nobody reads any more, settles the edges (removals done, duplicates refused, those
// that follow from mechanisms added), and checks what can be checked on the graph: unknown
// names, edges and mechanisms that disagree, roles, <-> between two mechanisms. Variables whose
// mechanism was reported are marked bad. O(n + m log m).
Status model_link(ModelBuilder *b, Faults *faults);

// A topological order of the variables, by number where the graph allows, in a new array; a
// fault that lists a cycle when there is one. O(n + m) (Kahn 1962).
Status model_link_order(const ModelBuilder *b, uint32_t **order, Faults *faults);

#endif
