// Ctf: a conjunction of counterfactual events as a product of factors, one for each district.
//
// After Correa, Lee & Bareinboim (2021): the events and their counterfactual ancestors (section
// 2) have the joint probability of the events "W would be w, had its parents these values",
// which falls apart into one factor for each district of the vertices that occur. A factor is
// consistent when no vertex stands in it with two values; only then is it the law of a
// district.
//
// Values are symbols: numbers into a table. Two symbols of one vertex are different values,
// unless one of them is summed over.
#ifndef RUNG_SYMBOL_CTF_H
#define RUNG_SYMBOL_CTF_H

#include "runtime/base/arena.h"
#include "runtime/graph/graph.h"

typedef struct CtfSymbol {
    uint32_t vertex, value; // the caller's value; GRAPH_NONE when the symbol was made here
    bool summed;
    uint32_t same; // the symbol it turned out to equal, itself at first
} CtfSymbol;

// "vertex would have the value had it been that ..": world[p] is the symbol to which p is set,
// or GRAPH_NONE.
typedef struct CtfVariable {
    uint32_t vertex, value;
    const uint32_t *world;
    uint32_t *causes; // of each parent that is not set, the number of the variable that it is
    uint32_t same;    // the variable it turned out to equal, its own number at first
} CtfVariable;

// Every member of `district` has the value in `assign`, where their parents have theirs
// (GRAPH_NONE for all other vertices).
typedef struct CtfFactor {
    Word *district;
    uint32_t *assign;
    uint32_t clash; // a vertex with two values, or GRAPH_NONE
} CtfFactor;

// The symbols, shared by several conjunctions.
typedef struct CtfTable {
    const Graph *g; // without latent vertices
    Arena *arena;
    VEC(CtfSymbol) symbols;
    VEC(CtfVariable) made; // variables for whose values symbols were made
} CtfTable;

typedef struct Ctf {
    CtfTable *table;
    VEC(CtfVariable) variables;
    VEC(CtfFactor) factors;
    bool impossible; // two different values for one variable: the probability is 0
} Ctf;

// The symbol of a value of a vertex, made when there is none.
Status ctf_symbol(CtfTable *t, uint32_t vertex, uint32_t value, uint32_t *symbol);

// Forgets the equalities found so far, before another conjunction is looked at. Factors made
// before keep theirs.
void ctf_forget(CtfTable *t);

// The symbol that stands for it after all equalities.
uint32_t ctf_same(const CtfTable *t, uint32_t symbol);

// A new world in which nothing is set: n times GRAPH_NONE. NULL when memory is exhausted.
uint32_t *ctf_world(CtfTable *t);

// Adds the event that `vertex` has the value `symbol` in `world` (which is kept). Where the
// world itself sets the vertex, the event is either certain or impossible.
Status ctf_event(Ctf *c, uint32_t vertex, const uint32_t *world, uint32_t symbol);

// Adds the counterfactual ancestors, merges variables that must be equal, and makes the
// factors.
Status ctf_factorise(Ctf *c);

void ctf_free(Ctf *c);
void ctf_table_free(CtfTable *t);

#endif
