// Frame: the model asked about, made ready for bounds: latent causes without a law are gone,
// and what they left behind are districts, within which responses go together in unknown ways.
//
// A latent variable that has causes is first made exogenous: its causes become causes of its
// effects (Evans 2016), which changes nothing for what is observed.
#ifndef RUNG_BOUNDS_FRAME_H
#define RUNG_BOUNDS_FRAME_H

#include "runtime/base/arena.h"
#include "runtime/base/vec.h"
#include "runtime/bounds/bounds.h"

typedef struct FrameVar {
    bool gone;         // a latent cause that was replaced by its district
    bool latent;       // never measured
    bool open;         // no mechanism is known: its response to its causes is free
    uint32_t card;     // its levels; 0: none are known, or infinitely many
    uint32_t *parents; // of those that are not gone: observed, or latent with a mechanism
    uint32_t nparents;
    uint32_t district; // the smallest variable of its district
    bool single;       // alone there
    size_t rows;       // joint levels of the parents; 0 when too many or not known
    // P(level | row), level fastest, NaN where not known: from its mechanism, else (of a
    // variable alone in its district) from the sources. NULL when nothing is known.
    double *kernel;
    bool certain; // by its mechanism it is a function of its causes
} FrameVar;

// Variables that share one latent cause, ascending.
typedef struct FrameClique {
    uint32_t *vars;
    uint32_t n;
} FrameClique;

typedef struct Frame {
    Model *model;   // the same variables; where the law is open, a stand-in mechanism
    FrameVar *vars; // by variable of `model`
    VEC(FrameClique) cliques;
    bool weakened;  // a latent variable's known mechanism could not be used
    Arena arena;
} Frame;

// Makes the frame of a problem. To be freed whatever the result. Faults: a model with factors
// or selected variables.
Status frame_open(const BoundsProblem *p, Faults *faults, Frame *out);
void frame_free(Frame *f);

// Whether some single latent cause (or none, for one variable) is shared by all of them.
bool frame_covered(const Frame *f, const uint32_t *vars, uint32_t n);

#endif
