// Identify_cf: counterfactual probabilities in terms of what is known.
//
// P(Y[X = x] = y, ... | Z[W = w] = z, ...) for events in any number of worlds, from
// observation, experiments, or both, after Correa, Lee & Bareinboim (2021): complete when every
// source shows all variables. It includes ID* and IDC* of Shpitser & Pearl (2007), where all
// experiments are known. Like those it takes no heed of how many values a variable has, so that
// "not identifiable" may be untrue of binary variables.
#ifndef RUNG_SYMBOL_IDENTIFY_CF_H
#define RUNG_SYMBOL_IDENTIFY_CF_H

#include "runtime/base/derivation.h"
#include "runtime/base/str.h"
#include "runtime/graph/graph.h"
#include "runtime/symbol/expr.h"
#include "runtime/symbol/source.h"

// A value of a vertex is a number of the caller's choice. Two numbers are two different values
// of the vertex, or two values that are both meant to be any (as the x and x' of a formula).
typedef struct CfSetting {
    uint32_t vertex, value;
} CfSetting;

// "vertex would have the value, had the settings been made"; nworld is 0 in the actual world.
typedef struct CfEvent {
    uint32_t vertex, value;
    const CfSetting *world;
    size_t nworld;
} CfEvent;

typedef void CfValueText(void *user, uint32_t vertex, uint32_t value, Str *out);

typedef struct CfQuery {
    const CfEvent *events, *given;
    size_t nevents, ngiven;
    // Values over which the probability of the events is to be summed. With them a nested
    // counterfactual is unrolled: Y[X = 1, M = M[X = 0]] = y is the sum over m of
    // M[X = 0] = m, Y[X = 1, M = m] = y.
    const CfSetting *sums;
    size_t nsums;
    const Source *sources; // NULL: the observed joint
    size_t nsources;
    bool experiments; // besides, every experiment is known
    // Appends how a value is written in names and derivations; NULL: as a small letter with
    // primes.
    CfValueText *value_text;
    void *user; // its first argument
} CfQuery;

typedef enum CfVerdict {
    CF_IDENTIFIED,
    CF_ZERO,      // the events contradict each other: the probability is 0
    CF_UNDEFINED, // what is given contradicts itself
    CF_CLASH,     // not identifiable: in one district a variable would need two values
    CF_UNKNOWN,   // not identifiable: no source gives the law of a district
} CfVerdict;

// What a variable of the estimand stands for: a value of a vertex of the given graph that the
// query names, or (value GRAPH_NONE) a summed or free one of its own.
typedef struct CfSymbol {
    uint32_t vertex, value;
    bool summed;
} CfSymbol;

// It owns everything; free it with identify_cf_free.
typedef struct CfIdentification {
    CfVerdict verdict;
    ExprPool pool; // over the symbols
    const CfSymbol *symbols;
    const Expr *estimand, *raw; // simplified, and as found; NULL unless identified
    // For CF_CLASH, the vertex (of the given graph) that has two values, and for both failures
    // the district in question, a set of its vertices.
    uint32_t clash;
    Word *district;
    uint32_t *rank;          // of the pool
    CfValueText *value_text; // the query's
    void *user;
} CfIdentification;

// Answers the question; FAULT when it names a latent vertex or g has selected vertices. `d` may
// be NULL.
Status identify_cf(const Graph *g, const CfQuery *q, Derivation *d, Faults *faults,
                   CfIdentification *out);
void identify_cf_free(CfIdentification *id);

// A name for every symbol, for expr_print: "X = 1" for named values, or without a value_text "X
// = x", "X = x'" in the order of the caller's numbers; "M", "M'" for the others. One block,
// freed with mem_free; NULL when memory is exhausted.
const char **identify_cf_names(const Graph *g, const CfIdentification *id);

#endif
