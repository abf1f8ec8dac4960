// Layout: layers, orders, places.
#include "runtime/graph/layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/mem.h"

enum { ORDER_SWEEPS = 24, SPREAD_SWEEPS = 12 };

void layout_free(Layout *l) {
    arena_free(&l->arena);
    *l = (Layout){0};
}

// --- layers ---------------------------------------------------------------------------------

// Longest paths from the top; then vertices without causes go down to just above their first
// effect.
static void find_layers(const Graph *g, uint32_t *layer) {
    for (size_t i = 0; i < g->n; i++) {
        uint32_t v = g->order[i];
        layer[v] = 0;
        GRAPH_EACH(g, parents, v, p)
            if (layer[p] + 1 > layer[v]) layer[v] = layer[p] + 1;
    }
    for (size_t v = 0; v < g->n; v++) {
        uint32_t least = UINT32_MAX;
        if (graph_degree(&g->parents, v)) continue;
        GRAPH_EACH(g, children, v, c)
            if (layer[c] < least) least = layer[c];
        if (least != UINT32_MAX) layer[v] = least - 1;
    }
}

// An edge between nodes that need not be on neighbouring layers.
typedef VEC(GraphEdge) EdgeVec;
typedef VEC(LayoutNode) NodeVec;

// What a layout is made from.
typedef struct Maker {
    const Graph *g;
    Layout *l;
    NodeVec nodes;
    EdgeVec edges; // of the graph, and of hidden nodes, in the order of `from`
    EdgeVec links;
} Maker;

static Status add_hidden(Maker *m, const uint32_t *layer, uint32_t a, uint32_t b) {
    uint32_t at = (uint32_t)m->nodes.count;
    uint32_t above = (layer[a] < layer[b] ? layer[a] : layer[b]) - 1;
    LayoutNode node = {.kind = LAYOUT_HIDDEN, .source = at, .layer = above};
    GraphEdge left = {at, a, 0}, right = {at, b, 0};
    return VEC_PUSH(&m->nodes, node) && VEC_PUSH(&m->edges, left) && VEC_PUSH(&m->edges, right)
               ? OK
               : NOMEM;
}

// The vertices and their edges; then the hidden nodes, which may need a layer above all others.
static Status add_nodes(Maker *m, uint32_t *layer, bool hidden) {
    const Graph *g = m->g;
    bool shift = false;
    for (size_t v = 0; hidden && v < g->n; v++)
        if (graph_degree(&g->spouses, v) && layer[v] == 0) shift = true;
    for (size_t v = 0; v < g->n; v++) {
        layer[v] += shift;
        LayoutNode node = {.kind = LAYOUT_VERTEX, .source = (uint32_t)v, .layer = layer[v]};
        if (!VEC_PUSH(&m->nodes, node)) return NOMEM;
        GRAPH_EACH(g, children, v, c) {
            GraphEdge edge = {(uint32_t)v, (uint32_t)c, 0};
            if (!VEC_PUSH(&m->edges, edge)) return NOMEM;
        }
    }
    for (size_t v = 0; hidden && v < g->n; v++)
        GRAPH_EACH(g, spouses, v, s)
            if (v < s) TRY(add_hidden(m, layer, (uint32_t)v, (uint32_t)s));
    return OK;
}

static uint32_t layer_of(const Maker *m, uint32_t node) {
    return m->nodes.items[node].layer;
}

static Status link_to(Maker *m, uint32_t from, uint32_t to) {
    GraphEdge link = {from, to, 0};
    return VEC_PUSH(&m->links, link) ? OK : NOMEM;
}

// The edges of one node: a chain of bends as far down as it is needed, and links off it.
static Status add_links(Maker *m, const GraphEdge *edges, size_t count) {
    uint32_t source = edges[0].from, top = layer_of(m, source), last = top;
    uint32_t bends = (uint32_t)m->nodes.count; // the bend on layer top + 1, and so on
    for (size_t i = 0; i < count; i++)
        if (layer_of(m, edges[i].to) > last) last = layer_of(m, edges[i].to);
    for (uint32_t layer = top + 1; layer < last; layer++) {
        uint32_t at = (uint32_t)m->nodes.count;
        LayoutNode bend = {.kind = LAYOUT_BEND, .source = source, .layer = layer};
        if (!VEC_PUSH(&m->nodes, bend)) return NOMEM;
        TRY(link_to(m, layer == top + 1 ? source : at - 1, at));
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t layer = layer_of(m, edges[i].to);
        TRY(link_to(m, layer == top + 1 ? source : bends + (layer - top - 2), edges[i].to));
    }
    return OK;
}

static Status add_all_links(Maker *m) {
    for (size_t i = 0, next; i < m->edges.count; i = next) {
        for (next = i; next < m->edges.count; next++)
            if (m->edges.items[next].from != m->edges.items[i].from) break;
        TRY(add_links(m, m->edges.items + i, next - i));
    }
    return OK;
}

// --- into arrays ----------------------------------------------------------------------------

static Status fill_links(Arena *arena, const Maker *m, bool down, GraphLinks *out) {
    uint32_t *first = ARENA_ARRAY(arena, uint32_t, m->nodes.count + 2);
    uint32_t *items = ARENA_ARRAY(arena, uint32_t, m->links.count + 1);
    if (!first || !items) return NOMEM;
    uint32_t *next = first + 1; // next[v + 1] counts v, then next[v] is where v's row grows
    for (size_t i = 0; i < m->links.count; i++)
        next[(down ? m->links.items[i].from : m->links.items[i].to) + 1]++;
    for (size_t v = 0; v < m->nodes.count; v++) next[v + 1] += next[v];
    for (size_t i = 0; i < m->links.count; i++) {
        GraphEdge e = m->links.items[i];
        items[next[down ? e.from : e.to]++] = down ? e.to : e.from;
    }
    *out = (GraphLinks){first, items};
    return OK;
}

static Status fill_layers(Layout *l) {
    for (size_t i = 0; i < l->count; i++)
        if (l->nodes[i].layer + 1 > l->layers) l->layers = l->nodes[i].layer + 1;
    l->layer_first = ARENA_ARRAY(&l->arena, uint32_t, l->layers + 2);
    l->order = ARENA_ARRAY(&l->arena, uint32_t, l->count + 1);
    if (!l->layer_first || !l->order) return NOMEM;
    uint32_t *next = l->layer_first + 1;
    for (size_t i = 0; i < l->count; i++) next[l->nodes[i].layer + 1]++;
    for (size_t i = 0; i < l->layers; i++) next[i + 1] += next[i];
    for (size_t i = 0; i < l->count; i++) {
        LayoutNode *node = &l->nodes[i];
        node->place = next[node->layer] - l->layer_first[node->layer];
        l->order[next[node->layer]++] = (uint32_t)i;
    }
    return OK;
}

static Status fill(Maker *m) {
    Layout *l = m->l;
    l->count = m->nodes.count;
    l->nodes = ARENA_ARRAY(&l->arena, LayoutNode, l->count + 1);
    if (!l->nodes) return NOMEM;
    if (l->count) memcpy(l->nodes, m->nodes.items, l->count * sizeof *l->nodes);
    TRY(fill_links(&l->arena, m, true, &l->down));
    TRY(fill_links(&l->arena, m, false, &l->up));
    return fill_layers(l);
}

// --- the order in each layer ----------------------------------------------------------------

static size_t layer_size(const Layout *l, size_t layer) {
    return l->layer_first[layer + 1] - l->layer_first[layer];
}

static int compare_places(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

// The inversions among the places that the links of one layer lead to, counted from the right in
// a tree of partial sums (Fenwick 1994).
static size_t layer_crossings(const Layout *l, size_t layer, uint32_t *tree, uint32_t *places) {
    size_t below = layer_size(l, layer + 1), found = 0;
    memset(tree, 0, (below + 1) * sizeof *tree);
    for (size_t i = l->layer_first[layer + 1]; i-- > l->layer_first[layer];) {
        uint32_t node = l->order[i];
        size_t n = 0;
        GRAPH_EACH(l, down, node, to) places[n++] = l->nodes[to].place;
        qsort(places, n, sizeof *places, compare_places);
        for (size_t k = 0; k < n; k++)
            for (uint32_t at = places[k]; at; at &= at - 1) found += tree[at];
        for (size_t k = 0; k < n; k++)
            for (size_t at = places[k] + 1; at <= below; at += at & -at) tree[at]++;
    }
    return found;
}

Status layout_crossings(const Layout *l, size_t *crossings) {
    uint32_t *work = MEM_NEW(uint32_t, 2 * l->count + 2);
    *crossings = 0;
    if (!work) return NOMEM;
    for (size_t i = 0; i + 1 < l->layers; i++)
        *crossings += layer_crossings(l, i, work, work + l->count + 1);
    mem_free(work);
    return OK;
}

typedef struct Keyed {
    double key;
    uint32_t place, node;
} Keyed;

static int compare_keys(const void *a, const void *b) {
    const Keyed *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

// The mean place of the neighbours on one side; the node's own place when it has none.
static double barycentre(const Layout *l, const GraphLinks *side, uint32_t node) {
    double sum = 0;
    uint32_t first = side->first[node], end = side->first[node + 1];
    for (uint32_t i = first; i < end; i++) sum += l->nodes[side->items[i]].place;
    return first == end ? l->nodes[node].place : sum / (end - first);
}

static void sort_layer(Layout *l, size_t layer, const GraphLinks *side, Keyed *work) {
    uint32_t *order = l->order + l->layer_first[layer];
    size_t n = layer_size(l, layer);
    for (size_t i = 0; i < n; i++)
        work[i] = (Keyed){barycentre(l, side, order[i]), (uint32_t)i, order[i]};
    qsort(work, n, sizeof *work, compare_keys);
    for (size_t i = 0; i < n; i++) {
        order[i] = work[i].node;
        l->nodes[order[i]].place = (uint32_t)i;
    }
}

static void sweep(Layout *l, bool down, Keyed *work) {
    for (size_t i = 1; i < l->layers; i++)
        sort_layer(l, down ? i : l->layers - 1 - i, down ? &l->up : &l->down, work);
}

static void set_order(Layout *l, const uint32_t *order) {
    memcpy(l->order, order, l->count * sizeof *order);
    for (size_t layer = 0; layer < l->layers; layer++)
        for (uint32_t i = l->layer_first[layer]; i < l->layer_first[layer + 1]; i++)
            l->nodes[l->order[i]].place = i - l->layer_first[layer];
}

static Status improve_order(Layout *l, Keyed *work, uint32_t *best) {
    size_t least, found;
    TRY(layout_crossings(l, &least));
    memcpy(best, l->order, l->count * sizeof *best);
    for (int i = 0; i < ORDER_SWEEPS && least; i++) {
        if (ctl_cancelled(l->arena.ctl)) return NOMEM;
        sweep(l, i % 2 == 0, work);
        TRY(layout_crossings(l, &found));
        if (found >= least) continue;
        least = found;
        memcpy(best, l->order, l->count * sizeof *best);
    }
    set_order(l, best);
    return OK;
}

static Status find_order(Layout *l) {
    Keyed *work = MEM_NEW(Keyed, l->count);
    uint32_t *best = MEM_NEW(uint32_t, l->count);
    Status status = work && best ? OK : NOMEM;
    if (status == OK && l->count) status = improve_order(l, work, best);
    mem_free(work);
    mem_free(best);
    return status;
}

Status layout_make(const Graph *g, bool hidden, const Ctl *ctl, Layout *out) {
    *out = (Layout){.arena.ctl = ctl};
    Maker m = {.g = g, .l = out};
    uint32_t *layer = MEM_NEW(uint32_t, g->n);
    Status status = layer ? OK : NOMEM;
    if (status == OK) find_layers(g, layer);
    if (status == OK) status = add_nodes(&m, layer, hidden);
    if (status == OK) status = add_all_links(&m);
    if (status == OK) status = fill(&m);
    if (status == OK) status = find_order(out);
    if (status != OK) layout_free(out);
    mem_free(layer);
    VEC_FREE(&m.nodes);
    VEC_FREE(&m.edges);
    VEC_FREE(&m.links);
    return status;
}

// --- places ---------------------------------------------------------------------------------

// Neighbours that have merged: their common value, and how many they are.
typedef struct Pool {
    double sum;
    size_t count;
} Pool;

typedef struct Spread {
    const Layout *l;
    const double *width;
    double gap, limit, *x;
    Pool *pools;
} Spread;

// The distance of the centres of a node and the one before it in its layer.
static double distance(const Spread *s, const uint32_t *order, size_t i) {
    return (s->width[order[i - 1]] + s->width[order[i]]) / 2 + s->gap;
}

static double wished(const Spread *s, const GraphLinks *side, uint32_t node) {
    double sum = 0;
    uint32_t first = side->first[node], end = side->first[node + 1];
    for (uint32_t i = first; i < end; i++) sum += s->x[side->items[i]];
    return first == end ? s->x[node] : sum / (end - first);
}

// The places nearest to those wished, in least squares, that keep order and distances: with the
// distances taken off, a monotone regression.
static void place_layer(Spread *s, size_t layer, const GraphLinks *side) {
    const uint32_t *order = s->l->order + s->l->layer_first[layer];
    size_t n = layer_size(s->l, layer), npools = 0;
    double offset = 0;
    for (size_t i = 0; i < n; i++) {
        if (i) offset += distance(s, order, i);
        Pool pool = {wished(s, side, order[i]) - offset, 1};
        while (npools && s->pools[npools - 1].sum / (double)s->pools[npools - 1].count >=
                             pool.sum / (double)pool.count) {
            npools--;
            pool.sum += s->pools[npools].sum;
            pool.count += s->pools[npools].count;
        }
        s->pools[npools++] = pool;
    }
    double low = s->width[order[0]] / 2, high = s->limit - offset - s->width[order[n - 1]] / 2;
    offset = 0;
    for (size_t k = 0, i = 0; k < npools; k++) {
        double at = s->pools[k].sum / (double)s->pools[k].count;
        if (isfinite(s->limit)) at = fmax(low, fmin(high, at));
        for (size_t end = i + s->pools[k].count; i < end; i++) {
            if (i) offset += distance(s, order, i);
            s->x[order[i]] = at + offset;
        }
    }
}

static void pack_layers(Spread *s) {
    for (size_t layer = 0; layer < s->l->layers; layer++) {
        const uint32_t *order = s->l->order + s->l->layer_first[layer];
        size_t n = layer_size(s->l, layer);
        double at = 0;
        for (size_t i = 0; i < n; i++) s->x[order[i]] = at += i ? distance(s, order, i) : 0;
        for (size_t i = 0; i < n; i++)
            s->x[order[i]] += (isfinite(s->limit) ? s->limit : 0) / 2 - at / 2;
    }
}

Status layout_spread(const Layout *l, const double *width, double gap, double limit, double *x) {
    Spread s = {l, width, gap, limit, x, MEM_NEW(Pool, l->count)};
    if (!s.pools) return NOMEM;
    pack_layers(&s);
    for (int k = 0; k < SPREAD_SWEEPS && !ctl_cancelled(l->arena.ctl); k++)
        for (size_t i = 0; i < l->layers; i++)
            place_layer(&s, k % 2 ? l->layers - 1 - i : i, k % 2 ? &l->down : &l->up);
    mem_free(s.pools);
    return ctl_cancelled(l->arena.ctl) ? NOMEM : OK;
}
