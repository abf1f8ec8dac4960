// Separation: reachability over the states (vertex, whether the last edge pointed at it).
//
// A vertex of an open path is an ancestor of one of its ends or of something given, so the
// search for one between two sets stays among those (Lauritzen et al. 1990).
#include "runtime/graph/separation.h"

#include "runtime/base/mem.h"

// State 2v: arrived at v by an edge's tail (v -> before); 2v + 1: by an arrowhead.
typedef struct Ball {
    const Graph *g;
    const Word *goal; // NULL: visit everything
    Word *given;      // Z and the selected vertices
    Word *opens;      // vertices that are in `given` or have a descendant there
    Word *within;     // with a goal: where open paths to it can be
    Word *seen;       // states visited
    uint32_t *queue;  // the states, in the order of visiting
    uint32_t *from;   // of each state visited, the one before it, itself when it is a start
    PathEdge *edge;   // how it was reached; both NULL when nobody asks for the path
    size_t count;
    uint32_t found; // the state that reached the goal, or GRAPH_NONE
} Ball;

// Adds the set and its ancestors to `marked`, which holds the ancestors of its members already.
// The cost depends on the number of vertices added only.
static void mark_above(Ball *b, const Word *set, Word *marked) {
    size_t depth = 0;
    SET_EACH(set, b->g->words, v) {
        if (bits_has(marked, v)) continue;
        bits_add(marked, v);
        b->queue[depth++] = (uint32_t)v;
    }
    while (depth) {
        uint32_t v = b->queue[--depth];
        GRAPH_EACH(b->g, parents, v, p) {
            if (bits_has(marked, p)) continue;
            bits_add(marked, p);
            b->queue[depth++] = (uint32_t)p;
        }
    }
}

static Status ball_init(Ball *b, const Graph *g, const Word *a, const Word *z, bool trace) {
    size_t words = g->words, states = 2 * g->n;
    b->g = g;
    b->found = GRAPH_NONE;
    // One block: the sets, which start empty, and the queue.
    size_t sets = 3 * words + bits_words(states);
    b->given = mem_resize(NULL, sets + states / 2 + 1, sizeof *b->given);
    if (!b->given) return NOMEM;
    bits_clear(b->given, sets);
    b->queue = (uint32_t *)(b->given + sets);
    b->opens = b->given + words;
    b->within = b->opens + words;
    b->seen = b->within + words;
    if (trace) {
        b->from = mem_resize(NULL, states + 1, sizeof *b->from);
        b->edge = mem_resize(NULL, states + 1, sizeof *b->edge);
        if (!b->from || !b->edge) return NOMEM;
    }
    bits_copy(b->given, g->selected, words);
    if (z) bits_or(b->given, z, words);
    mark_above(b, b->given, b->opens);
    if (b->goal) {
        bits_copy(b->within, b->opens, words);
        mark_above(b, a, b->within);
        mark_above(b, b->goal, b->within);
    } else {
        memset(b->within, 0xff, words * sizeof *b->within);
    }
    return OK;
}

static void ball_free(Ball *b) {
    mem_free(b->given);
    mem_free(b->from);
    mem_free(b->edge);
}

static void visit(Ball *b, size_t v, uint32_t from, PathEdge edge) {
    size_t state = 2 * v + (edge != PATH_IN);
    if (bits_has(b->seen, state)) return;
    bits_add(b->seen, state);
    if (b->from) {
        b->from[state] = from;
        b->edge[state] = edge;
    }
    b->queue[b->count++] = (uint32_t)state;
    if (b->goal && b->found == GRAPH_NONE && bits_has(b->goal, v) && !bits_has(b->given, v))
        b->found = (uint32_t)state;
}

// Passes through v towards its parents and spouses, or towards its children.
static void pass_up(Ball *b, size_t v, uint32_t state) {
    GRAPH_EACH(b->g, parents, v, p) visit(b, p, state, PATH_IN);
    GRAPH_EACH(b->g, spouses, v, s)
        if (bits_has(b->within, s)) visit(b, s, state, PATH_BOTH);
}

static void pass_down(Ball *b, size_t v, uint32_t state) {
    GRAPH_EACH(b->g, children, v, c)
        if (bits_has(b->within, c)) visit(b, c, state, PATH_OUT);
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

// Whether v may be an end of an open path: in the set, and not given.
static bool is_end(const Graph *g, const Word *set, const Word *z, size_t v) {
    return bits_has(set, v) && !bits_has(g->selected, v) && !(z && bits_has(z, v));
}

// Whether an edge joins A and B: nothing blocks it, and no search is needed.
static bool joined(const Graph *g, const Word *a, const Word *b, const Word *z) {
    bool found = false;
    SET_EACH(b, g->words, v) {
        if (!is_end(g, b, z, v)) continue;
        GRAPH_EACH(g, parents, v, p) found |= is_end(g, a, z, p);
        GRAPH_EACH(g, children, v, c) found |= is_end(g, a, z, c);
        GRAPH_EACH(g, spouses, v, s) found |= is_end(g, a, z, s);
        if (found) return true;
    }
    return false;
}

Status separation_test(const Graph *g, const Word *a, const Word *b, const Word *z,
                       bool *separated, Path *witness) {
    Ball ball = {.goal = b};
    if (witness) *witness = (Path){0};
    if (!witness && joined(g, a, b, z)) {
        *separated = false;
        return OK;
    }
    Status status = ball_init(&ball, g, a, z, witness != NULL);
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
    Status status = ball_init(&ball, g, a, z, false);
    if (status == OK) {
        ball_run(&ball, a);
        bits_clear(out, g->words);
        for (size_t i = 0; i < ball.count; i++) bits_add(out, ball.queue[i] / 2);
        bits_andnot(out, ball.given, g->words);
    }
    ball_free(&ball);
    return status;
}
