// Paths: depth-first enumeration that never enters a dead end.
#include "runtime/graph/paths.h"

#include <stdlib.h>

#include "runtime/base/mem.h"

typedef struct Trail {
    const Graph *g;
    uint32_t to;
    PathKind kind;
    Word *taken; // on the path, or to be avoided
    Word *seen;
    uint32_t *stack, *cursor; // cursor[i]: the next neighbour of vertices[i] to try
    Path path;                // grows and shrinks in place
} Trail;

static Status trail_init(Trail *t, const Graph *g, const Word *avoid) {
    t->g = g;
    t->taken = graph_set(g);
    t->seen = graph_set(g);
    t->stack = MEM_NEW(uint32_t, g->n);
    t->cursor = MEM_NEW(uint32_t, g->n);
    t->path.vertices = MEM_NEW(uint32_t, g->n);
    t->path.edges = MEM_NEW(PathEdge, g->n);
    if (!t->taken || !t->seen || !t->stack || !t->cursor || !t->path.vertices || !t->path.edges)
        return NOMEM;
    if (avoid) bits_copy(t->taken, avoid, g->words);
    return OK;
}

static void trail_free(Trail *t) {
    mem_free(t->taken);
    mem_free(t->seen);
    mem_free(t->stack);
    mem_free(t->cursor);
    path_free(&t->path);
}

// Neighbour number `i` of v among children, parents and spouses, in that order; false when v
// has no more that the kind of path allows.
static bool neighbour(const Trail *t, size_t v, size_t i, uint32_t *w, PathEdge *edge) {
    const GraphLinks *links[] = {&t->g->children, &t->g->parents, &t->g->spouses};
    const PathEdge edges[] = {PATH_OUT, PATH_IN, PATH_BOTH};
    for (size_t k = 0; k < (t->kind == PATHS_CAUSAL ? 1 : 3); k++) {
        size_t degree = graph_degree(links[k], v);
        if (i < degree) {
            *w = links[k]->items[links[k]->first[v] + i];
            *edge = edges[k];
            return true;
        }
        i -= degree;
    }
    return false;
}

// Whether the goal can still be reached from v without the vertices that are taken.
static bool leads_on(Trail *t, uint32_t v) {
    size_t depth = 0;
    bits_copy(t->seen, t->taken, t->g->words);
    bits_add(t->seen, v);
    t->stack[depth++] = v;
    while (depth) {
        uint32_t at = t->stack[--depth], w;
        PathEdge edge;
        if (at == t->to) return true;
        for (size_t i = 0; neighbour(t, at, i, &w, &edge); i++) {
            if (bits_has(t->seen, w)) continue;
            bits_add(t->seen, w);
            t->stack[depth++] = w;
        }
    }
    return false;
}

// Whether the way on from the last vertex of the path is its only one: since the goal can be
// reached from there, it can be reached by it.
static bool only_way(const Trail *t) {
    const Path *p = &t->path;
    uint32_t w, ways = 0;
    PathEdge edge;
    if (p->length == 0) return false; // whether it can has not been looked at
    for (size_t i = 0; ways < 2 && neighbour(t, p->vertices[p->length], i, &w, &edge); i++)
        ways += !bits_has(t->taken, w);
    return ways == 1;
}

// Lengthens the path by the next edge that leads on; false when there is none.
static bool advance(Trail *t) {
    Path *p = &t->path;
    uint32_t v = p->vertices[p->length], w;
    PathEdge edge;
    while (neighbour(t, v, t->cursor[p->length], &w, &edge)) {
        t->cursor[p->length]++;
        if (bits_has(t->taken, w)) continue;
        if (p->length == 0 && t->kind == PATHS_BACKDOOR && edge == PATH_OUT) continue;
        if (!only_way(t) && !leads_on(t, w)) continue;
        p->edges[p->length++] = edge;
        p->vertices[p->length] = w;
        t->cursor[p->length] = 0;
        bits_add(t->taken, w);
        return true;
    }
    return false;
}

static void retreat(Trail *t) {
    bits_drop(t->taken, t->path.vertices[t->path.length--]);
}

static Status keep(const Trail *t, Paths *out) {
    Path copy;
    TRY(path_copy(&t->path, &copy));
    if (VEC_PUSH(out, copy)) return OK;
    path_free(&copy);
    return NOMEM;
}

static Status enumerate(Trail *t, size_t limit, const Ctl *ctl, Paths *out) {
    for (;;) {
        if (ctl_cancelled(ctl)) return CANCELLED;
        if (advance(t)) {
            if (t->path.vertices[t->path.length] != t->to) continue;
            if (limit && out->count == limit) {
                out->more = true;
                return OK;
            }
            TRY(keep(t, out));
        } else if (t->path.length == 0) {
            return OK;
        }
        retreat(t);
    }
}

static int compare_paths(const void *a, const void *b) {
    const Path *x = a, *y = b;
    if (x->length != y->length) return x->length < y->length ? -1 : 1;
    for (size_t i = 0; i <= x->length; i++)
        if (x->vertices[i] != y->vertices[i]) return x->vertices[i] < y->vertices[i] ? -1 : 1;
    for (size_t i = 0; i < x->length; i++)
        if (x->edges[i] != y->edges[i]) return x->edges[i] < y->edges[i] ? -1 : 1;
    return 0;
}

Status paths_list(const Graph *g, uint32_t from, uint32_t to, PathKind kind, const Word *avoid,
                  size_t limit, const Ctl *ctl, Paths *out) {
    Trail t = {.to = to, .kind = kind};
    Status status = trail_init(&t, g, avoid);
    *out = (Paths){0};
    if (status == OK && from != to) {
        t.path.vertices[0] = from;
        bits_add(t.taken, from);
        status = enumerate(&t, limit, ctl, out);
    }
    if (out->count > 1) qsort(out->items, out->count, sizeof *out->items, compare_paths);
    if (status != OK) paths_free(out);
    trail_free(&t);
    return status;
}

double paths_count_causal(const Graph *g, uint32_t from, uint32_t to, Status *status) {
    double *count = MEM_NEW(double, g->n), total = 0;
    *status = count ? OK : NOMEM;
    if (!count) return 0;
    count[from] = 1;
    for (size_t i = 0; i < g->n; i++) {
        size_t v = g->order[i];
        GRAPH_EACH(g, children, v, c) count[c] += count[v];
    }
    if (from != to) total = count[to];
    mem_free(count);
    return total;
}

void paths_free(Paths *paths) {
    for (size_t i = 0; i < paths->count; i++) path_free(&paths->items[i]);
    VEC_FREE(paths);
    paths->more = false;
}
