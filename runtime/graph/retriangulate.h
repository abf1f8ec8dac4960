// Retriangulate: a triangulation made better part by part.
//
// The cliques of a triangulation form a tree. Some that hang together, from a large one on, are
// taken out, and what they cover is triangulated anew by noisy greedy elimination; where the
// part meets the rest of the tree its vertices stay linked, so that the rest stays as it is.
// The new part is kept when its tables are smaller. That costs what the part costs, however
// large the graph is (large neighbourhood search, Shaw 1998, over junction trees).
#ifndef RUNG_GRAPH_RETRIANGULATE_H
#define RUNG_GRAPH_RETRIANGULATE_H

#include "runtime/base/rng.h"
#include "runtime/graph/shrink.h"

// Changes the trace, which is a whole run over `graph`, into one of fewer cells where it finds
// one. The graph's vertices are all of one stage but those of TRIANGULATE_KEEP. It takes at
// most so many elementary steps, and stops when a window of them took longer than sweeping the
// cells that it saved. NOMEM
// when memory is exhausted or the graph's ctl is cancelled, and then the trace is still that of a
// run.
Status retriangulate(const TriangulateGraph *graph, Rng *rng, double window, double steps,
                     ShrinkTrace *trace);

#endif
