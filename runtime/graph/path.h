// Path: one path of a graph, and why it is open or blocked.
#ifndef RUNG_GRAPH_PATH_H
#define RUNG_GRAPH_PATH_H

#include "runtime/graph/graph.h"

// An edge as it is met on the way.
typedef enum PathEdge {
    PATH_OUT,  // a -> b
    PATH_IN,   // a <- b
    PATH_BOTH, // a <-> b
} PathEdge;

// The vertices v[0] .. v[length], no vertex twice, and the edge from each to the next. A path
// of length 0 (vertices NULL) means that there is none.
typedef struct Path {
    uint32_t *vertices; // length + 1, owned
    PathEdge *edges;    // length, owned
    size_t length;
} Path;

// What an inner vertex of a path is to its neighbours on it.
typedef enum PathRole {
    PATH_CHAIN,    // -> v ->  or  <- v <-
    PATH_FORK,     // <- v ->  (a bidirected edge counts as an arrowhead)
    PATH_COLLIDER, // -> v <-
} PathRole;

// Whether an inner vertex lets the path through, given a set Z.
typedef struct PathJoint {
    PathRole role;
    bool open;
    // The vertex that decides: for a blocked chain or fork, the vertex itself (it is in Z); for
    // an opened collider, the vertex or its nearest descendant in Z; otherwise GRAPH_NONE.
    uint32_t by;
} PathJoint;

void path_free(Path *path);

// Copies a path; NOMEM leaves *copy empty.
Status path_copy(const Path *path, Path *copy);

PathRole path_role(const Path *path, size_t i); // 0 < i < length

// Judges the inner vertices of a path given `z` (selected vertices count as members of it):
// joints[i - 1] is about path->vertices[i], so `joints` has room for length - 1. Sets *open to
// whether all are open. O(length * (n + m)) when there are colliders.
Status path_judge(const Graph *g, const Path *path, const Word *z, PathJoint *joints,
                  bool *open);

#endif
