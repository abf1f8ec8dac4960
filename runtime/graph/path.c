// Path: one path of a graph, and why it is open or blocked.
#include "runtime/graph/path.h"

#include <string.h>

#include "runtime/base/mem.h"

void path_free(Path *path) {
    mem_free(path->vertices);
    mem_free(path->edges);
    *path = (Path){0};
}

Status path_copy(const Path *path, Path *copy) {
    *copy = (Path){
        .vertices = MEM_NEW(uint32_t, path->length + 1),
        .edges = MEM_NEW(PathEdge, path->length),
        .length = path->length,
    };
    if (!copy->vertices || !copy->edges) {
        path_free(copy);
        return NOMEM;
    }
    memcpy(copy->vertices, path->vertices, (path->length + 1) * sizeof *path->vertices);
    if (path->length) memcpy(copy->edges, path->edges, path->length * sizeof *path->edges);
    return OK;
}

PathRole path_role(const Path *path, size_t i) {
    bool head_before = path->edges[i - 1] != PATH_IN, head_after = path->edges[i] != PATH_OUT;
    if (head_before && head_after) return PATH_COLLIDER;
    return head_before || head_after ? PATH_CHAIN : PATH_FORK;
}

// The member of z that is nearest below v (v itself included), or GRAPH_NONE. Breadth first;
// `queue` has room for n, `seen` is a set.
static uint32_t nearest_below(const Graph *g, size_t v, const Word *z, uint32_t *queue,
                              Word *seen) {
    size_t count = 0;
    bits_clear(seen, g->words);
    bits_add(seen, v);
    queue[count++] = (uint32_t)v;
    for (size_t i = 0; i < count; i++) {
        if (bits_has(z, queue[i])) return queue[i];
        GRAPH_EACH(g, children, queue[i], c) {
            if (bits_has(seen, c)) continue;
            bits_add(seen, c);
            queue[count++] = (uint32_t)c;
        }
    }
    return GRAPH_NONE;
}

Status path_judge(const Graph *g, const Path *path, const Word *z, PathJoint *joints,
                  bool *open) {
    uint32_t *queue = MEM_NEW(uint32_t, g->n);
    Word *seen = graph_set(g), *given = graph_set(g);
    Status status = NOMEM;
    if (!queue || !seen || !given) goto done;
    bits_copy(given, z, g->words);
    bits_or(given, g->selected, g->words);
    *open = true;
    for (size_t i = 1; i < path->length; i++) {
        uint32_t v = path->vertices[i];
        PathJoint joint = {.role = path_role(path, i), .by = GRAPH_NONE};
        if (joint.role == PATH_COLLIDER) {
            joint.by = nearest_below(g, v, given, queue, seen);
            joint.open = joint.by != GRAPH_NONE;
        } else {
            joint.open = !bits_has(given, v);
            if (!joint.open) joint.by = v;
        }
        *open = *open && joint.open;
        joints[i - 1] = joint;
    }
    status = OK;
done:
    mem_free(queue);
    mem_free(seen);
    mem_free(given);
    return status;
}
