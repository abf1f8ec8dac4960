// Shrink: the vertices without which a graph falls apart (Hopcroft & Tarjan 1973).
#include "runtime/graph/shrink.h"

typedef struct Search {
    const Shrink *g;
    bool *cut;
    uint32_t *number; // in the order of the search from 1 on, 0: not reached yet
    uint32_t *low;    // the least number that is reached from below by one more edge
    uint32_t *next;   // in the list of neighbours
    uint32_t *path, depth;
    uint32_t count;
} Search;

static void enter(Search *s, uint32_t v) {
    s->number[v] = s->low[v] = ++s->count;
    s->path[s->depth++] = v;
}

// Goes back from v to the vertex above it, which is cut off unless v reaches over it. A root is
// when it has a second vertex below it.
static void leave(Search *s, uint32_t v) {
    if (--s->depth == 0) return;
    uint32_t above = s->path[s->depth - 1], root = s->path[0];
    if (s->low[v] < s->low[above]) s->low[above] = s->low[v];
    bool second = s->number[v] > s->number[root] + 1;
    if (s->low[v] >= s->number[above] && (above != root || second)) s->cut[above] = true;
}

static void search(Search *s, uint32_t root) {
    enter(s, root);
    while (s->depth) {
        uint32_t v = s->path[s->depth - 1];
        if (s->next[v] == s->g->degree[v]) {
            leave(s, v);
            continue;
        }
        uint32_t u = s->g->adj[v][s->next[v]++];
        if (!s->number[u])
            enter(s, u);
        else if (s->number[u] < s->low[v])
            s->low[v] = s->number[u];
    }
}

bool shrink_find_cuts(Shrink *g) {
    Arena a = {0};
    Search s = {.g = g,
                .cut = ARENA_ARRAY(&g->arena, bool, g->n),
                .number = ARENA_ARRAY(&a, uint32_t, g->n),
                .low = ARENA_ARRAY(&a, uint32_t, g->n),
                .next = ARENA_ARRAY(&a, uint32_t, g->n),
                .path = ARENA_ARRAY(&a, uint32_t, g->n)};
    bool ok = s.cut && s.number && s.low && s.next && s.path;
    for (uint32_t v = 0; ok && v < g->n; v++)
        if (!g->gone[v] && !s.number[v]) search(&s, v);
    arena_free(&a);
    if (ok) g->cut = s.cut;
    return ok;
}
