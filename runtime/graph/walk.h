// Walk: what follows from a graph by following its edges.
//
// Every function here is linear in vertices and edges. Where a set `within` is given, the walk
// stays in the subgraph that it induces (NULL: the whole graph); the argument set must lie in
// it. `out` must not be one of the argument sets.
#ifndef RUNG_GRAPH_WALK_H
#define RUNG_GRAPH_WALK_H

#include "runtime/graph/graph.h"
#include "runtime/graph/sets.h"

// The union of the parents (children, spouses) of the members, which may contain members.
void walk_parents(const Graph *g, const Word *of, Word *out);
void walk_children(const Graph *g, const Word *of, Word *out);
void walk_spouses(const Graph *g, const Word *of, Word *out);

// The members and everything with a directed path to them (from them).
void walk_ancestors(const Graph *g, const Word *of, const Word *within, Word *out);
void walk_descendants(const Graph *g, const Word *of, const Word *within, Word *out);

// The district of v: v and everything joined to it by bidirected edges. Also called its
// c-component (Tian & Pearl 2002).
Status walk_district(const Graph *g, size_t v, const Word *within, Word *out);

// All districts, in the order of their smallest members.
Status walk_districts(const Graph *g, const Word *within, Sets *out);

// The Markov blanket of v: the smallest set that separates v from all the rest. In a DAG its
// parents, children and children's other parents; in an ADMG the members and parents of every
// district that holds v or a child of v (Richardson 2003).
Status walk_blanket(const Graph *g, size_t v, Word *out);

#endif
