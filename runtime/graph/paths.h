// Paths: all simple paths between two vertices, one after another.
#ifndef RUNG_GRAPH_PATHS_H
#define RUNG_GRAPH_PATHS_H

#include "runtime/base/ctl.h"
#include "runtime/graph/path.h"

typedef enum PathKind {
    PATHS_ALL,
    PATHS_CAUSAL,   // directed from start to goal
    PATHS_BACKDOOR, // beginning with an arrowhead at the start
} PathKind;

// A zeroed Paths is empty.
typedef struct Paths {
    Path *items;
    size_t count, room;
    bool more; // there are paths beyond the limit
} Paths;

// Lists the simple paths of a kind from `from` to `to` that visit no vertex of `avoid` (NULL:
// the empty set; treatments other than `from`, for the proper paths of a set). Stops after
// `limit` of them (0: no limit) and then sets `more`. Shorter paths come first, then in the
// order of their vertices; with `more`, those listed are some of the paths, not the shortest.
// Two paths over the same vertices differ when one uses an edge -> and the other <->. O(n (n +
// m)) for each path. A start that is its own goal has no path. CANCELLED when `ctl` (may be
// NULL) says so.
Status paths_list(const Graph *g, uint32_t from, uint32_t to, PathKind kind, const Word *avoid,
                  size_t limit, const Ctl *ctl, Paths *out);

// The number of causal paths, exact below 2^53. O(n + m).
double paths_count_causal(const Graph *g, uint32_t from, uint32_t to, Status *status);

void paths_free(Paths *paths);

#endif
