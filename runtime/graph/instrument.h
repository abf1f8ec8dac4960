// Instrument: variables that move X and reach Y only through it.
//
// Z is a conditional instrument for the effect of X on Y given W when, in the back-door graph
// (the graph without the first edges of the causal paths from X to Y), W separates Z from Y but
// not Z from X, and W holds no forbidden vertex (Y, or an effect of a variable on a causal
// path); Pearl 2009, section 7.4; van der Zander, Textor & Liskiewicz 2015. In linear models
// the effect is then the ratio of the regressions of Y and of X on Z given W. All of X, Y, Z
// are single vertices. Selected vertices are conditioned on besides W, so that none may be
// forbidden.
#ifndef RUNG_GRAPH_INSTRUMENT_H
#define RUNG_GRAPH_INSTRUMENT_H

#include "runtime/base/ctl.h"
#include "runtime/graph/graph.h"
#include "runtime/graph/path.h"

typedef enum InstrumentVerdict {
    INSTRUMENT_VALID,
    INSTRUMENT_OVERLAP,    // `vertex` is in W and also X, Y or Z, or Z is X or Y
    INSTRUMENT_LATENT,     // `vertex` is latent
    INSTRUMENT_FORBIDDEN,  // `vertex`, of W or selected, is Y or an effect of a variable on a
                           // causal path
    INSTRUMENT_IRRELEVANT, // W separates Z from X
    INSTRUMENT_EXCLUDED,   // `path` leads from Z to Y other than through the effect of X
} InstrumentVerdict;

typedef struct InstrumentCheck {
    InstrumentVerdict verdict;
    uint32_t vertex;
    Path path; // freed by instrument_check_free; for INSTRUMENT_VALID an open path from Z to X
} InstrumentCheck;

// Judges Z given W (NULL: nothing). O(n + m).
Status instrument_check(const Graph *g, uint32_t x, uint32_t y, uint32_t z, const Word *w,
                        InstrumentCheck *check);
void instrument_check_free(InstrumentCheck *check);

// Looks for observed W, among the ancestors of Y and Z, given which Z is an instrument. When
// any vertex is an instrument given anything at all, then some vertex is found to be one by
// this function; but of a single Z it may say no although some W that opens a collider would
// do, which is NP-hard to find (van der Zander et al. 2015). W is a minimal separator of Z and
// Y. O(n + m).
Status instrument_find(const Graph *g, uint32_t x, uint32_t y, uint32_t z, bool *exists,
                       Word *w);

// The same for every Z, in ascending order: `visit` is shown those that are found to be instruments,
// and returns false when memory is exhausted. O(n (n + m)).
Status instrument_list(const Graph *g, uint32_t x, uint32_t y, const Ctl *ctl,
                       bool (*visit)(void *user, uint32_t z, const Word *w), void *user);

#endif
