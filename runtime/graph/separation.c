// Separation: reachability over the states (vertex, whether the last edge pointed at it).
#include "runtime/graph/separation.h"

#include "runtime/base/mem.h"
#include "runtime/graph/walk.h"

// State 2v: arrived at v by an edge's tail (v -> before); 2v + 1: by an arrowhead.
typedef struct Ball {
    const Graph *g;
    const Word *goal;       // NULL: visit everything
    Word *given;            // Z and the selected vertices
    Word *opens;            // vertices that are in `given` or have a descendant there
    uint32_t *queue, *from; // from[state]: the state before it, its own when it is a start,
                            // GRAPH_NONE when not visited
    PathEdge *edge;         // how state was reached
    size_t count;
    uint32_t found; // the state that reached the goal, or GRAPH_NONE
} Ball;

static Status ball_init(Ball *b, const Graph *g, const Word *z) {
    b->g = g;
    b->given = graph_set(g);
    b->opens = graph_set(g);
    b->queue = MEM_NEW(uint32_t, 2 * g->n);
    b->from = MEM_NEW(uint32_t, 2 * g->n);
    b->edge = MEM_NEW(PathEdge, 2 * g->n);
    b->found = GRAPH_NONE;
    if (!b->given || !b->opens || !b->queue || !b->from || !b->edge) return NOMEM;
    bits_copy(b->given, g->selected, g->words);
    if (z) bits_or(b->given, z, g->words);
    for (size_t i = 0; i < g->words; i++) {
        if (!b->given[i]) continue;
        walk_ancestors(g, b->given, NULL, b->opens);
        break;
    }
    for (size_t s = 0; s < 2 * g->n; s++) b->from[s] = GRAPH_NONE;
    return OK;
}

static void ball_free(Ball *b) {
    mem_free(b->given);
    mem_free(b->opens);
    mem_free(b->queue);
    mem_free(b->from);
    mem_free(b->edge);
}

static void visit(Ball *b, size_t v, uint32_t from, PathEdge edge) {
    size_t state = 2 * v + (edge != PATH_IN);
    if (b->from[state] != GRAPH_NONE) return;
    b->from[state] = from;
    b->edge[state] = edge;
    b->queue[b->count++] = (uint32_t)state;
    if (b->goal && b->found == GRAPH_NONE && bits_has(b->goal, v) && !bits_has(b->given, v))
        b->found = (uint32_t)state;
}

// Passes through v towards its parents and spouses, or towards its children.
static void pass_up(Ball *b, size_t v, uint32_t state) {
    GRAPH_EACH(b->g, parents, v, p) visit(b, p, state, PATH_IN);
    GRAPH_EACH(b->g, spouses, v, s) visit(b, s, state, PATH_BOTH);
}

static void pass_down(Ball *b, size_t v, uint32_t state) {
    GRAPH_EACH(b->g, children, v, c) visit(b, c, state, PATH_OUT);
}

// A start is a state of arrival by a tail that is not conditioned on: it may leave any way.
static void ball_run(Ball *b, const Word *a) {
    SET_EACH(a, b->g->words, v) {
        if (bits_has(b->given, v)) continue;
        visit(b, v, (uint32_t)(2 * v), PATH_IN);
    }
    for (size_t i = 0; i < b->count && b->found == GRAPH_NONE; i++) {
        uint32_t state = b->queue[i];
        size_t v = state / 2;
        bool head = state % 2;
        if (!bits_has(b->given, v)) pass_down(b, v, state);
        if (head ? bits_has(b->opens, v) : !bits_has(b->given, v)) pass_up(b, v, state);
    }
}

static Status trace(const Ball *b, Path *path) {
    size_t length = 0;
    for (uint32_t s = b->found; b->from[s] != s; s = b->from[s]) length++;
    *path = (Path){
        .vertices = MEM_NEW(uint32_t, length + 1),
        .edges = MEM_NEW(PathEdge, length),
        .length = length,
    };
    if (!path->vertices || !path->edges) {
        path_free(path);
        return NOMEM;
    }
    uint32_t s = b->found;
    for (size_t i = length; i > 0; i--, s = b->from[s]) {
        path->vertices[i] = s / 2;
        path->edges[i - 1] = b->edge[s];
    }
    path->vertices[0] = s / 2;
    return OK;
}

Status separation_test(const Graph *g, const Word *a, const Word *b, const Word *z,
                       bool *separated, Path *witness) {
    Ball ball = {.goal = b};
    if (witness) *witness = (Path){0};
    Status status = ball_init(&ball, g, z);
    if (status == OK) {
        ball_run(&ball, a);
        *separated = ball.found == GRAPH_NONE;
        if (!*separated && witness) status = trace(&ball, witness);
    }
    ball_free(&ball);
    return status;
}

Status separation_reach(const Graph *g, const Word *a, const Word *z, Word *out) {
    Ball ball = {0};
    Status status = ball_init(&ball, g, z);
    if (status == OK) {
        ball_run(&ball, a);
        bits_clear(out, g->words);
        for (size_t i = 0; i < ball.count; i++) bits_add(out, ball.queue[i] / 2);
        bits_andnot(out, ball.given, g->words);
    }
    ball_free(&ball);
    return status;
}
