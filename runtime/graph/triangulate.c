// Triangulate: greedy elimination orders with incremental scores.
#include "runtime/graph/triangulate.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "runtime/base/arena.h"
#include "runtime/base/mem.h"
#include "runtime/base/rng.h"
#include "runtime/base/vec.h"

typedef enum Heuristic {
    MIN_FILL,          // fewest edges added
    WEIGHTED_MIN_FILL, // least sum, over the edges added, of the product of their ends' levels
    MIN_WEIGHT,        // smallest table
    MIN_DEGREE,        // fewest neighbours
    HEURISTICS
} Heuristic;

enum { GONE = UINT32_MAX };

// A graph from which vertices are being eliminated.
typedef struct Shrinking {
    Arena arena;
    uint32_t n;
    const uint32_t *cards;
    uint32_t **adj;   // neighbours, those still there and some that are gone
    uint32_t *degree; // the number of those still there
    uint32_t *length; // the number of those listed
    uint32_t *room;
    bool *gone;
    double *weight; // of a vertex in the fill: 1, or its levels
    double *logs;   // log2 of its levels
    double *fill;   // sum over unlinked pairs of neighbours of the product of their weights
    double *around; // sum of the neighbours' weights
    double *size;   // log2 of the cells of the vertex with its neighbours
    uint32_t *mark, stamp;
    uint32_t *place; // position in the heap, GONE when not in it
    uint32_t *heap, heap_count;
    double *key, *tie; // by which the heap is ordered
    uint32_t *touched, touched_count;
    uint32_t *touched_mark, touched_stamp;
    double *noise; // factors on the scores, NULL when there is none
    Heuristic heuristic;
    double work; // elementary steps so far
} Shrinking;

// What a run has eliminated so far.
typedef struct Trace {
    struct {
        uint32_t *items;
        size_t count, room;
    } order, members;
    struct {
        size_t *items;
        size_t count, room;
    } start;
    double cells, largest;
    uint32_t width;
} Trace;

static void trace_free(Trace *t) {
    VEC_FREE(&t->order);
    VEC_FREE(&t->members);
    VEC_FREE(&t->start);
    *t = (Trace){0};
}

// --- the heap of candidates ---

static double score(const Shrinking *g, uint32_t v) {
    double s;
    if (g->fill[v] <= 0) return -1;
    switch (g->heuristic) {
    case MIN_WEIGHT:
        s = g->size[v];
        break;
    case MIN_DEGREE:
        s = g->degree[v];
        break;
    default:
        s = g->fill[v];
    }
    return g->noise ? s * g->noise[v] : s;
}

// By the keys as they were when each vertex was last put in its place.
static bool before(const Shrinking *g, uint32_t u, uint32_t v) {
    if (g->key[u] != g->key[v]) return g->key[u] < g->key[v];
    if (g->tie[u] != g->tie[v]) return g->tie[u] < g->tie[v];
    return u < v;
}

static void set_key(Shrinking *g, uint32_t v) {
    g->key[v] = score(g, v);
    g->tie[v] = g->size[v];
}

static void heap_put(Shrinking *g, uint32_t at, uint32_t v) {
    g->heap[at] = v;
    g->place[v] = at;
}

static void heap_up(Shrinking *g, uint32_t at, uint32_t v) {
    while (at > 0 && before(g, v, g->heap[(at - 1) / 2])) {
        heap_put(g, at, g->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    heap_put(g, at, v);
}

static void heap_down(Shrinking *g, uint32_t at, uint32_t v) {
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= g->heap_count) break;
        if (child + 1 < g->heap_count && before(g, g->heap[child + 1], g->heap[child])) child++;
        if (!before(g, g->heap[child], v)) break;
        heap_put(g, at, g->heap[child]);
        at = child;
    }
    heap_put(g, at, v);
}

static void heap_add(Shrinking *g, uint32_t v) {
    set_key(g, v);
    heap_up(g, g->heap_count++, v);
}

static uint32_t heap_pop(Shrinking *g) {
    uint32_t v = g->heap[0], last = g->heap[--g->heap_count];
    g->place[v] = GONE;
    if (g->heap_count) heap_down(g, 0, last);
    return v;
}

static void heap_settle(Shrinking *g, uint32_t v) {
    uint32_t at = g->place[v];
    if (at == GONE) return;
    set_key(g, v);
    if (at > 0 && before(g, v, g->heap[(at - 1) / 2]))
        heap_up(g, at, v);
    else
        heap_down(g, at, v);
}

// --- elimination ---

static void touch(Shrinking *g, uint32_t v) {
    if (g->touched_mark[v] == g->touched_stamp) return;
    g->touched_mark[v] = g->touched_stamp;
    g->touched[g->touched_count++] = v;
}

// Takes the gone out of the list of v, which then has degree[v] entries.
static void tidy(Shrinking *g, uint32_t v) {
    uint32_t *adj = g->adj[v], n = 0;
    if (g->length[v] == g->degree[v]) return;
    for (uint32_t i = 0; i < g->length[v]; i++)
        if (!g->gone[adj[i]]) adj[n++] = adj[i];
    g->work += g->length[v];
    g->length[v] = n;
}

static void mark_neighbours(Shrinking *g, uint32_t v) {
    tidy(g, v);
    uint32_t stamp = ++g->stamp;
    for (uint32_t i = 0; i < g->degree[v]; i++) g->mark[g->adj[v][i]] = stamp;
    g->work += g->degree[v];
}

static bool append(Shrinking *g, uint32_t v, uint32_t u) {
    tidy(g, v);
    if (g->length[v] == g->room[v]) {
        uint32_t room = g->room[v] * 2 + 4;
        uint32_t *grown = ARENA_ARRAY(&g->arena, uint32_t, room);
        if (!grown) return false;
        if (g->degree[v]) memcpy(grown, g->adj[v], g->degree[v] * sizeof *grown);
        g->adj[v] = grown;
        g->room[v] = room;
    }
    g->adj[v][g->length[v]++] = u;
    g->degree[v]++;
    g->around[v] += g->weight[u];
    g->size[v] += g->logs[u];
    return true;
}

// Links a and b; the neighbours of a are marked. The pair is no longer missing around their
// common neighbours, and each has a new neighbour that its others may not be linked to.
static bool link_pair(Shrinking *g, uint32_t a, uint32_t b) {
    double common = 0, pair = g->weight[a] * g->weight[b];
    tidy(g, b);
    const uint32_t *adj = g->adj[b];
    for (uint32_t i = 0; i < g->degree[b]; i++) {
        uint32_t x = adj[i];
        if (g->mark[x] != g->stamp) continue;
        common += g->weight[x];
        g->fill[x] -= pair;
        touch(g, x);
    }
    g->work += g->degree[b];
    g->fill[a] += g->weight[b] * (g->around[a] - common);
    g->fill[b] += g->weight[a] * (g->around[b] - common);
    g->mark[b] = g->stamp;
    return append(g, a, b) && append(g, b, a);
}

// The weight of the neighbours of u that are not neighbours of v, which are marked, nor v: each
// made a missing pair with v. When v's neighbours are all linked, u's others are the rest.
static double weight_apart(Shrinking *g, uint32_t u, uint32_t v) {
    if (g->fill[v] <= 0) return g->around[u] - g->weight[v] - (g->around[v] - g->weight[u]);
    double apart = 0;
    tidy(g, u);
    for (uint32_t i = 0; i < g->degree[u]; i++)
        if (g->mark[g->adj[u][i]] != g->stamp && g->adj[u][i] != v)
            apart += g->weight[g->adj[u][i]];
    g->work += g->degree[u];
    return apart;
}

// Takes v out of the neighbourhood of u, whose list is tidied when it is next used.
static void unlink(Shrinking *g, uint32_t u, uint32_t v, double apart) {
    g->degree[u]--;
    g->fill[u] -= g->weight[v] * apart;
    g->around[u] -= g->weight[v];
    g->size[u] -= g->logs[v];
    g->work++;
    touch(g, u);
}

static bool eliminate(Shrinking *g, uint32_t v) {
    g->touched_count = 0;
    g->touched_stamp++;
    mark_neighbours(g, v);
    const uint32_t *adj = g->adj[v];
    uint32_t degree = g->degree[v];
    for (uint32_t i = 0; i < degree; i++) unlink(g, adj[i], v, weight_apart(g, adj[i], v));
    g->gone[v] = true;
    if (g->fill[v] > 0) {
        for (uint32_t i = 0; i + 1 < degree; i++) {
            mark_neighbours(g, adj[i]);
            for (uint32_t j = i + 1; j < degree; j++)
                if (g->mark[adj[j]] != g->stamp && !link_pair(g, adj[i], adj[j])) return false;
        }
    }
    for (uint32_t i = 0; i < g->touched_count; i++) heap_settle(g, g->touched[i]);
    return true;
}

static bool record(Shrinking *g, uint32_t v, Trace *t) {
    tidy(g, v);
    double cells = g->cards[v];
    if (!VEC_PUSH(&t->order, v) || !VEC_PUSH(&t->start, t->members.count)) return false;
    for (uint32_t i = 0; i < g->degree[v]; i++) {
        cells *= g->cards[g->adj[v][i]];
        if (!VEC_PUSH(&t->members, g->adj[v][i])) return false;
    }
    t->cells += cells;
    if (cells > t->largest) t->largest = cells;
    if (g->degree[v] > t->width) t->width = g->degree[v];
    return true;
}

// --- setting up ---

static bool allocate(Shrinking *g, uint32_t n) {
    Arena *a = &g->arena;
    g->n = n;
    g->adj = ARENA_ARRAY(a, uint32_t *, n);
    g->degree = ARENA_ARRAY(a, uint32_t, n);
    g->length = ARENA_ARRAY(a, uint32_t, n);
    g->room = ARENA_ARRAY(a, uint32_t, n);
    g->gone = ARENA_ARRAY(a, bool, n);
    g->weight = ARENA_ARRAY(a, double, n);
    g->logs = ARENA_ARRAY(a, double, n);
    g->fill = ARENA_ARRAY(a, double, n);
    g->around = ARENA_ARRAY(a, double, n);
    g->size = ARENA_ARRAY(a, double, n);
    g->mark = ARENA_ARRAY(a, uint32_t, n);
    g->place = ARENA_ARRAY(a, uint32_t, n);
    g->heap = ARENA_ARRAY(a, uint32_t, n);
    g->key = ARENA_ARRAY(a, double, n);
    g->tie = ARENA_ARRAY(a, double, n);
    g->touched = ARENA_ARRAY(a, uint32_t, n);
    g->touched_mark = ARENA_ARRAY(a, uint32_t, n);
    return g->adj && g->degree && g->length && g->room && g->gone && g->weight && g->logs &&
           g->fill && g->around && g->size && g->mark && g->place && g->heap && g->key &&
           g->tie && g->touched && g->touched_mark;
}

// The order by which each triangle is found once, from its lowest vertex.
static bool lower(const Shrinking *g, uint32_t u, uint32_t v) {
    return g->degree[u] != g->degree[v] ? g->degree[u] < g->degree[v] : u < v;
}

// Puts the higher neighbours of v first in its list and returns their number.
static uint32_t higher_first(const Shrinking *g, uint32_t v) {
    uint32_t *adj = g->adj[v], n = 0;
    for (uint32_t i = 0; i < g->degree[v]; i++) {
        if (!lower(g, v, adj[i])) continue;
        uint32_t u = adj[i];
        adj[i] = adj[n];
        adj[n++] = u;
    }
    return n;
}

// Takes the pairs of neighbours that are linked, that is, the triangles, off the fill. A vertex
// has at most sqrt(2 edges) higher neighbours, so that no hub makes this slow (Chiba &
// Nishizeki 1985).
static void subtract_triangles(Shrinking *g, uint32_t *higher) {
    for (uint32_t v = 0; v < g->n; v++) higher[v] = higher_first(g, v);
    for (uint32_t v = 0; v < g->n; v++) {
        uint32_t stamp = ++g->stamp;
        for (uint32_t i = 0; i < higher[v]; i++) g->mark[g->adj[v][i]] = stamp;
        for (uint32_t i = 0; i < higher[v]; i++) {
            uint32_t u = g->adj[v][i];
            for (uint32_t k = 0; k < higher[u]; k++) {
                uint32_t x = g->adj[u][k];
                if (g->mark[x] != stamp) continue;
                g->fill[v] -= g->weight[u] * g->weight[x];
                g->fill[u] -= g->weight[v] * g->weight[x];
                g->fill[x] -= g->weight[v] * g->weight[u];
            }
            g->work += higher[u];
        }
    }
}

// Computes fill, weights and sizes from the lists, which are tidy.
static void set_scores(Shrinking *g, Heuristic heuristic) {
    g->heuristic = heuristic;
    bool weighted = heuristic == WEIGHTED_MIN_FILL;
    for (uint32_t v = 0; v < g->n; v++) g->weight[v] = weighted ? g->cards[v] : 1;
    for (uint32_t v = 0; v < g->n; v++) {
        double squares = 0;
        g->around[v] = 0;
        g->size[v] = g->logs[v];
        for (uint32_t i = 0; i < g->degree[v]; i++) {
            double weight = g->weight[g->adj[v][i]];
            g->around[v] += weight;
            squares += weight * weight;
            g->size[v] += g->logs[g->adj[v][i]];
        }
        g->fill[v] = (g->around[v] * g->around[v] - squares) / 2;
    }
    // The list of touched vertices is not in use yet.
    subtract_triangles(g, g->touched);
}

static bool copy_list(Shrinking *g, uint32_t v, const uint32_t *list, uint32_t count) {
    g->room[v] = count + count / 2 + 2;
    g->adj[v] = ARENA_ARRAY(&g->arena, uint32_t, g->room[v]);
    if (!g->adj[v]) return false;
    if (count) memcpy(g->adj[v], list, count * sizeof *list);
    g->degree[v] = g->length[v] = count;
    g->place[v] = GONE;
    return true;
}

static bool from_graph(Shrinking *g, const TriangulateGraph *graph) {
    if (!allocate(g, graph->n)) return false;
    g->cards = graph->cards;
    for (uint32_t v = 0; v < g->n; v++) {
        g->logs[v] = log2(graph->cards[v]);
        size_t from = graph->start[v];
        if (!copy_list(g, v, graph->adj + from, (uint32_t)(graph->start[v + 1] - from)))
            return false;
    }
    set_scores(g, MIN_FILL);
    return true;
}

// A copy of what is left of a graph, with vertices renumbered to 0, 1, ... and the old numbers
// in old[]. The cards are copied into the arena.
static bool from_rest(Shrinking *g, const Shrinking *rest, const uint32_t *old, uint32_t n,
                      const uint32_t *new_number) {
    uint32_t *cards;
    if (!allocate(g, n) || !(cards = ARENA_ARRAY(&g->arena, uint32_t, n))) return false;
    g->cards = cards;
    for (uint32_t v = 0; v < n; v++) {
        uint32_t w = old[v];
        cards[v] = rest->cards[w];
        g->logs[v] = rest->logs[w];
        if (!copy_list(g, v, rest->adj[w], rest->degree[w])) return false;
        for (uint32_t i = 0; i < g->degree[v]; i++) g->adj[v][i] = new_number[g->adj[v][i]];
    }
    return true;
}

// --- runs ---

static uint8_t stage_of(const uint8_t *stage, uint32_t v) {
    return stage ? stage[v] : 0;
}

// Eliminates everything, stage by stage. Stops early, with *better false, once the cells exceed
// `limit`.
static bool run(Shrinking *g, const uint8_t *stage, double limit, Trace *t, bool *better) {
    *better = false;
    for (unsigned s = 0; s < TRIANGULATE_KEEP; s++) {
        unsigned next = TRIANGULATE_KEEP;
        for (uint32_t v = 0; v < g->n; v++) {
            unsigned at = stage_of(stage, v);
            if (at == s)
                heap_add(g, v);
            else if (at > s && at < next)
                next = at;
        }
        while (g->heap_count) {
            uint32_t v = heap_pop(g);
            if (!record(g, v, t)) return false;
            if (t->cells > limit) return true;
            if (!eliminate(g, v)) return false;
        }
        s = next - 1;
    }
    *better = true;
    return true;
}

// Eliminates the simplicial vertices of the first stage, whose order cannot matter.
static bool reduce(Shrinking *g, const uint8_t *stage, Trace *t) {
    unsigned first = TRIANGULATE_KEEP;
    for (uint32_t v = 0; v < g->n; v++)
        if (stage_of(stage, v) < first) first = stage_of(stage, v);
    for (uint32_t v = 0; v < g->n; v++)
        if (stage_of(stage, v) == first && first < TRIANGULATE_KEEP) heap_add(g, v);
    while (g->heap_count && g->fill[g->heap[0]] <= 0) {
        uint32_t v = heap_pop(g);
        if (!record(g, v, t) || !eliminate(g, v)) return false;
    }
    for (uint32_t v = 0; v < g->n; v++)
        if (!g->gone[v]) tidy(g, v);
    return true;
}

// The cells of the maximal cliques only. The clique of v lies within an earlier one exactly
// when some u with v first among its later neighbours had one neighbour more than v.
static Status weigh(const Trace *t, const uint32_t *cards, uint32_t n, double *cells) {
    uint32_t count = (uint32_t)t->order.count;
    uint32_t *place = MEM_NEW(uint32_t, n);
    bool *inside = MEM_NEW(bool, (size_t)count + 1);
    Status status = NOMEM;
    if (!place || !inside) goto done;
    for (uint32_t v = 0; v < n; v++) place[v] = count;
    for (uint32_t i = 0; i < count; i++) place[t->order.items[i]] = i;
    *cells = 0;
    for (uint32_t i = 0; i < count; i++) {
        size_t from = t->start.items[i];
        size_t to = i + 1 < count ? t->start.items[i + 1] : t->members.count;
        double size = cards[t->order.items[i]];
        uint32_t first = count;
        for (size_t k = from; k < to; k++) {
            size *= cards[t->members.items[k]];
            if (place[t->members.items[k]] < first) first = place[t->members.items[k]];
        }
        if (!inside[i]) *cells += size;
        if (first == count) continue;
        size_t end = first + 1 < count ? t->start.items[first + 1] : t->members.count;
        if (to - from == end - t->start.items[first] + 1) inside[first] = true;
    }
    status = OK;
done:
    mem_free(place);
    mem_free(inside);
    return status;
}

// What is left after the reduction, the best order found for it, and what was spent.
typedef struct Search {
    const Shrinking *rest;
    const uint8_t *stage; // by kernel vertex
    uint32_t n;           // of the kernel
    uint32_t *old, *renumbered;
    Trace best;
    double best_cells, work;
    Rng rng;
} Search;

static bool add_noise(Shrinking *g, Rng *rng, double amount) {
    g->noise = ARENA_ARRAY(&g->arena, double, g->n);
    if (!g->noise) return false;
    for (uint32_t v = 0; v < g->n; v++) g->noise[v] = 1 + amount * rng_unit(rng);
    return true;
}

// One run over the kernel. Steps over-count the cells of maximal cliques at most twofold, so
// that a run is given up when it has made twice the best.
static Status attempt(Search *s, Heuristic heuristic, double noise) {
    Shrinking g = {.stamp = 0};
    Trace t = {.cells = 0};
    Status status = NOMEM;
    bool finished;
    double cells;
    if (!from_rest(&g, s->rest, s->old, s->n, s->renumbered)) goto done;
    if (noise > 0 && !add_noise(&g, &s->rng, noise)) goto done;
    set_scores(&g, heuristic);
    if (!run(&g, s->stage, 2 * s->best_cells, &t, &finished)) goto done;
    s->work += g.work + 20 * (double)g.n + 100;
    status = OK;
    if (!finished) goto done;
    status = weigh(&t, g.cards, g.n, &cells);
    if (status != OK || cells >= s->best_cells) goto done;
    Trace worse = s->best;
    s->best = t;
    t = worse;
    s->best_cells = cells;
done:
    trace_free(&t);
    arena_free(&g.arena);
    return status;
}

// No question is worth more than about half a second of looking for an order, least of all one
// that will be refused.
static const double PATIENCE = 1e8;

static bool may_go_on(const Search *s, double next, double effort) {
    return s->work + next <= fmin(effort * s->best_cells, PATIENCE);
}

static Status search(Search *s, double effort) {
    static const Heuristic first[] = {WEIGHTED_MIN_FILL, MIN_WEIGHT};
    static const Heuristic again[] = {MIN_FILL, WEIGHTED_MIN_FILL, MIN_FILL, MIN_WEIGHT};
    s->best_cells = (double)INFINITY;
    TRY(attempt(s, MIN_FILL, 0));
    double each = s->work;
    for (unsigned k = 0; k < 2 && may_go_on(s, each, 3 * effort); k++)
        TRY(attempt(s, first[k], 0));
    for (unsigned k = 0; k < 1000 && may_go_on(s, each, effort); k++)
        TRY(attempt(s, again[k % 4], 0.05 + 0.1 * (k / 4 % 8)));
    return OK;
}

static bool copy_order(const Trace *head, const Search *s, Triangulation *out) {
    const Trace *best = &s->best;
    size_t count = head->order.count + best->order.count;
    size_t cut = head->members.count, total = cut + best->members.count;
    out->order = MEM_NEW(uint32_t, count);
    out->start = MEM_NEW(size_t, count + 1);
    out->members = MEM_NEW(uint32_t, total);
    if (!out->order || !out->start || !out->members) return false;
    out->count = (uint32_t)count;
    size_t k = 0;
    for (size_t i = 0; i < head->order.count; i++, k++) {
        out->order[k] = head->order.items[i];
        out->start[k] = head->start.items[i];
    }
    for (size_t i = 0; i < best->order.count; i++, k++) {
        out->order[k] = s->old[best->order.items[i]];
        out->start[k] = cut + best->start.items[i];
    }
    out->start[count] = total;
    for (size_t i = 0; i < cut; i++) out->members[i] = head->members.items[i];
    for (size_t i = cut; i < total; i++) out->members[i] = s->old[best->members.items[i - cut]];
    out->largest = fmax(head->largest, best->largest);
    out->width = head->width > best->width ? head->width : best->width;
    return true;
}

// Numbers the vertices of the kernel and notes their stages.
static Status lay_out_kernel(Search *s, const uint8_t *stage, uint32_t n) {
    s->old = MEM_NEW(uint32_t, n);
    s->renumbered = MEM_NEW(uint32_t, n);
    uint8_t *stages = MEM_NEW(uint8_t, n);
    s->stage = stages;
    if (!s->old || !s->renumbered || !stages) return NOMEM;
    for (uint32_t v = 0; v < n; v++) {
        if (s->rest->gone[v]) continue;
        s->renumbered[v] = s->n;
        stages[s->n] = stage_of(stage, v);
        s->old[s->n++] = v;
    }
    return OK;
}

Status triangulate(const TriangulateGraph *graph, double effort, Triangulation *out) {
    Shrinking whole = {.stamp = 0};
    Trace head = {.cells = 0};
    Search s = {.rest = &whole};
    Status status = NOMEM;
    *out = (Triangulation){0};
    if (!from_graph(&whole, graph) || !reduce(&whole, graph->stage, &head)) goto done;
    rng_seed(&s.rng, 0x7269, 0);
    if ((status = lay_out_kernel(&s, graph->stage, graph->n)) != OK) goto done;
    if ((status = search(&s, effort)) != OK) goto done;
    if (!copy_order(&head, &s, out)) {
        status = NOMEM;
        goto done;
    }
    // The reduction's own cliques are weighed with the rest.
    Trace all = {.order = {out->order, out->count, 0},
                 .members = {out->members, out->start[out->count], 0},
                 .start = {out->start, out->count, 0}};
    status = weigh(&all, graph->cards, graph->n, &out->cells);
done:
    trace_free(&head);
    trace_free(&s.best);
    mem_free(s.old);
    mem_free(s.renumbered);
    mem_free((void *)s.stage);
    arena_free(&whole.arena);
    if (status != OK) triangulation_free(out);
    return status;
}

void triangulation_free(Triangulation *t) {
    mem_free(t->order);
    mem_free(t->start);
    mem_free(t->members);
    *t = (Triangulation){0};
}
