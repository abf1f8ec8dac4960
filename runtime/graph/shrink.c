// Shrink: elimination of vertices with incremental scores.
#include "runtime/graph/shrink.h"

#include <math.h>
#include <string.h>

enum { GONE = UINT32_MAX };

void shrink_trace_free(ShrinkTrace *t) {
    VEC_FREE(&t->order);
    VEC_FREE(&t->members);
    VEC_FREE(&t->start);
    *t = (ShrinkTrace){0};
}

size_t shrink_trace_end(const ShrinkTrace *t, size_t i) {
    return i + 1 < t->order.count ? t->start.items[i + 1] : t->members.count;
}

// --- the heap of candidates ---

// Whether an almost simplicial vertex of two neighbours can go first; see shrink_reduce.
static bool in_series(const Shrink *g, uint32_t v) {
    double levels[2];
    if (g->degree[v] != 2 || g->cut[v]) return false;
    for (uint32_t i = 0, k = 0; i < g->length[v]; i++)
        if (!g->gone[g->adj[v][i]]) levels[k++] = g->cards[g->adj[v][i]];
    return fmin(levels[0], levels[1]) == g->least && fmax(levels[0], levels[1]) <= g->cards[v];
}

static double score(const Shrink *g, uint32_t v) {
    double s;
    if (g->by == SHRINK_VISITED) return -g->rank[v];
    if (g->by == SHRINK_SIZE) return g->size[v];
    if (g->fill[v] <= 0) return -1;
    if (g->cut && in_series(g, v)) return -0.5;
    switch (g->by) {
    case SHRINK_MIN_WEIGHT:
        s = g->size[v];
        break;
    case SHRINK_MAX_CARDINALITY:
        s = g->rank[v];
        break;
    default:
        s = g->fill[v];
    }
    return g->noise ? s * g->noise[v] : s;
}

// By the keys as they were when each vertex was last put in its place.
static bool before(const Shrink *g, uint32_t u, uint32_t v) {
    if (g->key[u] != g->key[v]) return g->key[u] < g->key[v];
    if (g->tie[u] != g->tie[v]) return g->tie[u] < g->tie[v];
    return u < v;
}

static void set_key(Shrink *g, uint32_t v) {
    g->key[v] = score(g, v);
    g->tie[v] = g->size[v];
}

static void heap_put(Shrink *g, uint32_t at, uint32_t v) {
    g->heap[at] = v;
    g->place[v] = at;
}

static void heap_up(Shrink *g, uint32_t at, uint32_t v) {
    while (at > 0 && before(g, v, g->heap[(at - 1) / 2])) {
        heap_put(g, at, g->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    heap_put(g, at, v);
}

static void heap_down(Shrink *g, uint32_t at, uint32_t v) {
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

static void heap_add(Shrink *g, uint32_t v) {
    set_key(g, v);
    heap_up(g, g->heap_count++, v);
}

static uint32_t heap_pop(Shrink *g) {
    uint32_t v = g->heap[0], last = g->heap[--g->heap_count];
    g->place[v] = GONE;
    if (g->heap_count) heap_down(g, 0, last);
    return v;
}

static void heap_settle(Shrink *g, uint32_t v) {
    uint32_t at = g->place[v];
    if (at == GONE) return;
    set_key(g, v);
    if (at > 0 && before(g, v, g->heap[(at - 1) / 2]))
        heap_up(g, at, v);
    else
        heap_down(g, at, v);
}

// --- elimination ---

static void touch(Shrink *g, uint32_t v) {
    if (g->touched_mark[v] == g->touched_stamp) return;
    g->touched_mark[v] = g->touched_stamp;
    g->touched[g->touched_count++] = v;
}

// Takes the gone out of the list of v, which then has degree[v] entries.
static void tidy(Shrink *g, uint32_t v) {
    uint32_t *adj = g->adj[v], n = 0;
    if (g->length[v] == g->degree[v]) return;
    for (uint32_t i = 0; i < g->length[v]; i++)
        if (!g->gone[adj[i]]) adj[n++] = adj[i];
    g->work += g->length[v];
    g->length[v] = n;
}

static void mark_neighbours(Shrink *g, uint32_t v) {
    tidy(g, v);
    uint32_t stamp = ++g->stamp;
    for (uint32_t i = 0; i < g->degree[v]; i++) g->mark[g->adj[v][i]] = stamp;
    g->work += g->degree[v];
}

static bool append(Shrink *g, uint32_t v, uint32_t u) {
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
static bool link_pair(Shrink *g, uint32_t a, uint32_t b) {
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
static double weight_apart(Shrink *g, uint32_t u, uint32_t v) {
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
static void detach(Shrink *g, uint32_t u, uint32_t v, double apart) {
    g->degree[u]--;
    g->fill[u] -= g->weight[v] * apart;
    g->around[u] -= g->weight[v];
    g->size[u] -= g->logs[v];
    g->work++;
    touch(g, u);
}

static bool eliminate(Shrink *g, uint32_t v) {
    if (ctl_cancelled(g->ctl)) return false;
    g->touched_count = 0;
    g->touched_stamp++;
    mark_neighbours(g, v);
    const uint32_t *adj = g->adj[v];
    uint32_t degree = g->degree[v];
    for (uint32_t i = 0; i < degree; i++) detach(g, adj[i], v, weight_apart(g, adj[i], v));
    g->gone[v] = true;
    if (g->fill[v] > 0) {
        for (uint32_t i = 0; i + 1 < degree; i++) {
            if (ctl_cancelled(g->ctl)) return false;
            mark_neighbours(g, adj[i]);
            for (uint32_t j = i + 1; j < degree; j++)
                if (g->mark[adj[j]] != g->stamp && !link_pair(g, adj[i], adj[j])) return false;
        }
    }
    for (uint32_t i = 0; i < g->touched_count; i++) heap_settle(g, g->touched[i]);
    return true;
}

static bool record(Shrink *g, uint32_t v, ShrinkTrace *t) {
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

static bool allocate(Shrink *g, uint32_t n) {
    Arena *a = &g->arena;
    g->n = n;
    g->adj = ARENA_ARRAY(a, uint32_t *, n);
    g->degree = ARENA_ARRAY(a, uint32_t, n);
    g->length = ARENA_ARRAY(a, uint32_t, n);
    g->room = ARENA_ARRAY(a, uint32_t, n);
    g->gone = ARENA_ARRAY(a, bool, n);
    g->weight = ARENA_ARRAY(a, double, n);
    g->cards = ARENA_ARRAY(a, double, n);
    g->logs = ARENA_ARRAY(a, double, n);
    g->rank = ARENA_ARRAY(a, double, n);
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
    return g->adj && g->degree && g->length && g->room && g->gone && g->weight && g->cards &&
           g->logs && g->rank && g->fill && g->around && g->size && g->mark && g->place &&
           g->heap && g->key && g->tie && g->touched && g->touched_mark;
}

// The order by which each triangle is found once, from its lowest vertex.
static bool lower(const Shrink *g, uint32_t u, uint32_t v) {
    return g->degree[u] != g->degree[v] ? g->degree[u] < g->degree[v] : u < v;
}

// Puts the higher neighbours of v first in its list and returns their number.
static uint32_t higher_first(const Shrink *g, uint32_t v) {
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
static void subtract_triangles(Shrink *g, uint32_t *higher) {
    for (uint32_t v = 0; v < g->n; v++) higher[v] = higher_first(g, v);
    for (uint32_t v = 0; v < g->n && !ctl_cancelled(g->ctl); v++) {
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
static void set_scores(Shrink *g) {
    bool weighted = g->by == SHRINK_WEIGHTED_MIN_FILL;
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

// Ranks the vertices by maximum cardinality search: each time the one with most neighbours
// visited is visited next. What is visited last goes first.
static void rank_by_visits(Shrink *g) {
    g->by = SHRINK_VISITED;
    for (uint32_t v = 0; v < g->n; v++) heap_add(g, v);
    for (uint32_t left = g->n; left > 0; left--) {
        uint32_t v = heap_pop(g);
        g->rank[v] = left;
        for (uint32_t i = 0; i < g->degree[v]; i++) {
            uint32_t u = g->adj[v][i];
            if (g->place[u] == GONE) continue;
            g->rank[u]++;
            heap_settle(g, u);
        }
        g->work += g->degree[v] + 1;
    }
    g->by = SHRINK_MAX_CARDINALITY;
}

static bool copy_list(Shrink *g, uint32_t v, const uint32_t *list, uint32_t count) {
    g->room[v] = count + count / 2 + 2;
    g->adj[v] = ARENA_ARRAY(&g->arena, uint32_t, g->room[v]);
    if (!g->adj[v]) return false;
    if (count) memcpy(g->adj[v], list, count * sizeof *list);
    g->degree[v] = g->length[v] = count;
    g->place[v] = GONE;
    return true;
}

bool shrink_start(Shrink *g, const TriangulateGraph *graph, ShrinkScore by) {
    *g = (Shrink){.by = by, .ctl = graph->ctl};
    if (!allocate(g, graph->n)) return false;
    for (uint32_t v = 0; v < g->n; v++) {
        g->cards[v] = graph->cards[v];
        g->logs[v] = log2(g->cards[v]);
        size_t from = graph->start[v];
        if (!copy_list(g, v, graph->adj + from, (uint32_t)(graph->start[v + 1] - from)))
            return false;
    }
    set_scores(g);
    if (by == SHRINK_MAX_CARDINALITY) rank_by_visits(g);
    return true;
}

void shrink_free(Shrink *g) {
    arena_free(&g->arena);
    *g = (Shrink){.n = 0};
}

bool shrink_add_noise(Shrink *g, Rng *rng, double amount) {
    g->noise = ARENA_ARRAY(&g->arena, double, g->n);
    if (!g->noise) return false;
    for (uint32_t v = 0; v < g->n; v++) g->noise[v] = 1 + amount * rng_unit(rng);
    return true;
}

// --- runs ---

static uint8_t stage_of(const uint8_t *stage, uint32_t v) {
    return stage ? stage[v] : 0;
}

bool shrink_run(Shrink *g, const uint8_t *stage, double limit, ShrinkTrace *t, bool *finished) {
    *finished = false;
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
    *finished = true;
    return true;
}

bool shrink_follow(Shrink *g, const uint32_t *order, size_t count, ShrinkTrace *t) {
    for (size_t i = 0; i < count; i++)
        if (!record(g, order[i], t) || !eliminate(g, order[i])) return false;
    return true;
}

static bool eliminate_certain(Shrink *g, ShrinkTrace *t) {
    while (g->heap_count && g->key[g->heap[0]] < 0) {
        uint32_t v = heap_pop(g);
        if (!record(g, v, t) || !eliminate(g, v)) return false;
    }
    for (uint32_t v = 0; v < g->n; v++)
        if (!g->gone[v]) tidy(g, v);
    return true;
}

// Gets ready for vertices in series. False when memory is exhausted.
static bool look_for_series(Shrink *g, const uint8_t *stage, unsigned first) {
    g->least = (double)INFINITY;
    for (uint32_t v = 0; v < g->n; v++) {
        if (g->gone[v]) continue;
        g->least = fmin(g->least, g->cards[v]);
        if (stage_of(stage, v) != first && stage_of(stage, v) != TRIANGULATE_KEEP) return true;
    }
    if (g->least < 2 || !g->heap_count) return true;
    if (!shrink_find_cuts(g)) return false;
    for (uint32_t v = 0; v < g->n; v++) heap_settle(g, v);
    return true;
}

bool shrink_reduce(Shrink *g, const uint8_t *stage, ShrinkTrace *t) {
    unsigned first = TRIANGULATE_KEEP;
    for (uint32_t v = 0; v < g->n; v++)
        if (stage_of(stage, v) < first) first = stage_of(stage, v);
    for (uint32_t v = 0; v < g->n; v++)
        if (stage_of(stage, v) == first && first < TRIANGULATE_KEEP) heap_add(g, v);
    return eliminate_certain(g, t) && look_for_series(g, stage, first) &&
           eliminate_certain(g, t);
}

// --- a lower bound ---

// The neighbour of v that shares fewest neighbours with it. O(sum of their degrees).
static uint32_t least_common(Shrink *g, uint32_t v) {
    mark_neighbours(g, v);
    uint32_t least = UINT32_MAX, best = g->adj[v][0];
    for (uint32_t i = 0; i < g->degree[v]; i++) {
        uint32_t u = g->adj[v][i], common = 0;
        tidy(g, u);
        for (uint32_t k = 0; k < g->degree[u]; k++) common += g->mark[g->adj[u][k]] == g->stamp;
        g->work += g->degree[u];
        if (common >= least) continue;
        least = common;
        best = u;
    }
    return best;
}

static void lessen(Shrink *g, uint32_t u, double logs) {
    double less = logs - g->logs[u];
    if (less >= 0) return;
    g->logs[u] = logs;
    g->size[u] += less;
    for (uint32_t i = 0; i < g->degree[u]; i++) {
        g->size[g->adj[u][i]] += less;
        touch(g, g->adj[u][i]);
    }
}

// Makes v and its neighbour u one vertex, u.
static bool contract(Shrink *g, uint32_t v, uint32_t u) {
    if (ctl_cancelled(g->ctl)) return false;
    g->touched_count = 0;
    g->touched_stamp++;
    for (uint32_t i = 0; i < g->degree[v]; i++) detach(g, g->adj[v][i], v, 0);
    g->gone[v] = true;
    mark_neighbours(g, u);
    for (uint32_t i = 0; i < g->degree[v]; i++) {
        uint32_t x = g->adj[v][i];
        if (x != u && g->mark[x] != g->stamp && !link_pair(g, u, x)) return false;
    }
    lessen(g, u, g->logs[v]);
    touch(g, u);
    for (uint32_t i = 0; i < g->touched_count; i++) heap_settle(g, g->touched[i]);
    return true;
}

bool shrink_bound(Shrink *g, double *bound) {
    *bound = 0;
    g->by = SHRINK_SIZE;
    for (uint32_t v = 0; v < g->n; v++)
        if (!g->gone[v]) heap_add(g, v);
    while (g->heap_count) {
        uint32_t v = heap_pop(g);
        *bound = fmax(*bound, g->size[v]);
        if (g->degree[v] && !contract(g, v, least_common(g, v))) return false;
    }
    return true;
}
