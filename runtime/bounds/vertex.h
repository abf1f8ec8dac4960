// Vertex: a law of response types, exhibited.
#ifndef RUNG_BOUNDS_VERTEX_H
#define RUNG_BOUNDS_VERTEX_H

#include "runtime/bounds/solver.h"

// Writes down the types of positive weight; `law` is by class, block by block.
Status vertex_make(const Solver *s, const double *law, BoundsVertex *out);

#endif
