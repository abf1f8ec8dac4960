// Graph: building, and the few questions that need no walk.
#include "runtime/graph/graph.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/cycle.h"
#include "runtime/base/mem.h"
#include "runtime/base/str.h"

// --- the draft ---

Status graph_vertex(GraphDraft *d, const char *name, uint32_t *vertex) {
    const char *copy = arena_text(&d->arena, name, strlen(name));
    if (!copy || !VEC_PUSH(&d->names, copy)) return NOMEM;
    *vertex = (uint32_t)(d->names.count - 1);
    return OK;
}

Status graph_edge(GraphDraft *d, uint32_t from, uint32_t to, uint32_t origin) {
    GraphEdge edge = {from, to, origin};
    return VEC_PUSH(&d->directed, edge) ? OK : NOMEM;
}

Status graph_confound(GraphDraft *d, uint32_t a, uint32_t b, uint32_t origin) {
    GraphEdge edge = {a < b ? a : b, a < b ? b : a, origin};
    return VEC_PUSH(&d->bidirected, edge) ? OK : NOMEM;
}

Status graph_latent(GraphDraft *d, uint32_t vertex) {
    return VEC_PUSH(&d->latent, vertex) ? OK : NOMEM;
}

Status graph_select(GraphDraft *d, uint32_t vertex) {
    return VEC_PUSH(&d->selected, vertex) ? OK : NOMEM;
}

void graph_draft_free(GraphDraft *d) {
    VEC_FREE(&d->names);
    VEC_FREE(&d->directed);
    VEC_FREE(&d->bidirected);
    VEC_FREE(&d->latent);
    VEC_FREE(&d->selected);
    arena_free(&d->arena);
}

// --- adjacency ---

// Fills `links` with, for every edge, `to` among the neighbours of `from` (or the reverse, or
// both). Counting sort twice over would sort the rows; sorting each row is simpler and as fast.
// Edges taken from another graph come in order, and then so do the rows.
typedef enum Side { BY_FROM, BY_TO, BY_BOTH } Side;

static int compare_vertices(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static bool is_ascending(const uint32_t *items, size_t count) {
    for (size_t i = 1; i < count; i++)
        if (items[i - 1] > items[i]) return false;
    return true;
}

static void sort_row(uint32_t *items, size_t count) {
    if (!is_ascending(items, count)) qsort(items, count, sizeof *items, compare_vertices);
}

static Status links_fill(GraphLinks *links, Arena *arena, size_t n, const GraphEdge *edges,
                         size_t count, Side side) {
    uint32_t *first = ARENA_ARRAY(arena, uint32_t, n + 2);
    uint32_t *items = ARENA_ARRAY(arena, uint32_t, (side == BY_BOTH ? 2 * count : count) + 1);
    if (!first || !items) return NOMEM;
    uint32_t *next = first + 1; // next[v + 1] counts v, then next[v] is where v's row grows
    for (size_t i = 0; i < count; i++) {
        if (side != BY_TO) next[edges[i].from + 1]++;
        if (side != BY_FROM) next[edges[i].to + 1]++;
    }
    for (size_t v = 0; v < n; v++) next[v + 1] += next[v];
    for (size_t i = 0; i < count; i++) {
        if (side != BY_TO) items[next[edges[i].from]++] = edges[i].to;
        if (side != BY_FROM) items[next[edges[i].to]++] = edges[i].from;
    }
    for (size_t v = 0; v < n; v++) sort_row(items + first[v], first[v + 1] - first[v]);
    *links = (GraphLinks){first, items};
    return OK;
}

// Kahn 1962. Writes the vertices in causal order, ties by number; returns how many there are
// before a cycle stops it. `degree` has room for n.
static size_t causal_order(const Graph *g, uint32_t *order, uint32_t *degree) {
    size_t count = 0;
    for (size_t v = 0; v < g->n; v++) {
        degree[v] = (uint32_t)graph_degree(&g->parents, v);
        if (!degree[v]) order[count++] = (uint32_t)v;
    }
    for (size_t i = 0; i < count; i++)
        GRAPH_EACH(g, children, order[i], c)
            if (!--degree[c]) order[count++] = (uint32_t)c;
    return count;
}

// --- names ---

static int compare_names(const void *a, const void *b, void *names) {
    const char *const *table = names;
    return strcmp(table[*(const uint32_t *)a], table[*(const uint32_t *)b]);
}

// The order of the names, as it is known or else found by sorting.
static uint32_t *order_names(Arena *arena, const uint32_t *known, const char **names,
                             size_t n) {
    uint32_t *by_name = ARENA_ARRAY(arena, uint32_t, n + 1);
    if (!by_name) return NULL;
    if (known) {
        memcpy(by_name, known, n * sizeof *by_name);
        return by_name;
    }
    for (size_t v = 0; v < n; v++) by_name[v] = (uint32_t)v;
    qsort_r(by_name, n, sizeof *by_name, compare_names, names);
    return by_name;
}

uint32_t graph_find(const Graph *g, const char *name) {
    size_t low = 0, high = g->n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = strcmp(g->names[g->by_name[mid]], name);
        if (order == 0) return g->by_name[mid];
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return GRAPH_NONE;
}

// --- assembling ---

static const Word *copy_marks(Arena *arena, const Word *marks, size_t words) {
    Word *copy = ARENA_ARRAY(arena, Word, words + 1);
    if (copy && marks) bits_copy(copy, marks, words);
    return copy;
}

static Status assemble_into(Graph *g, const GraphParts *p) {
    Arena *arena = &g->arena;
    g->n = p->n;
    g->words = bits_words(p->n);
    g->directed = p->ndirected;
    g->bidirected = p->nbidirected;
    const char **names = ARENA_ARRAY(arena, const char *, p->n + 1);
    uint32_t *order = ARENA_ARRAY(arena, uint32_t, 2 * p->n + 1);
    if (!names || !order) return NOMEM;
    if (p->n) memcpy(names, p->names, p->n * sizeof *names);
    g->names = names;
    g->by_name = order_names(arena, p->by_name, names, p->n);
    g->latent = copy_marks(arena, p->latent, g->words);
    g->selected = copy_marks(arena, p->selected, g->words);
    if (!g->by_name || !g->latent || !g->selected) return NOMEM;
    TRY(links_fill(&g->parents, arena, g->n, p->directed, p->ndirected, BY_TO));
    TRY(links_fill(&g->children, arena, g->n, p->directed, p->ndirected, BY_FROM));
    TRY(links_fill(&g->spouses, arena, g->n, p->bidirected, p->nbidirected, BY_BOTH));
    causal_order(g, order, order + p->n);
    g->order = order;
    return OK;
}

Status graph_assemble(const GraphParts *parts, Graph **graph) {
    *graph = NULL;
    Graph *g = MEM_NEW(Graph, 1);
    if (!g) return NOMEM;
    Status status = assemble_into(g, parts);
    if (status != OK) {
        graph_free(g);
        return status;
    }
    *graph = g;
    return OK;
}

void graph_free(Graph *g) {
    if (!g) return;
    arena_free(&g->arena);
    mem_free(g);
}

// --- checking a draft ---

static Status check_names(const GraphDraft *d, const Graph *g, Faults *faults) {
    Status status = OK;
    for (size_t i = 1; i < g->n && status != NOMEM; i++) {
        const char *name = d->names.items[g->by_name[i]];
        if (strcmp(d->names.items[g->by_name[i - 1]], name) == 0)
            status = fault_add(faults, FAULT_GRAPH_TWICE, 0,
                               "The variable %s is declared twice.", name);
    }
    return status;
}

static int compare_edges(const void *a, const void *b) {
    const GraphEdge *x = a, *y = b;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    if (x->to != y->to) return x->to < y->to ? -1 : 1;
    return (x->origin > y->origin) - (x->origin < y->origin);
}

// Sorts the edges, then looks at neighbours in that order.
static Status check_edges(const GraphDraft *d, GraphEdge *edges, size_t count,
                          const char *arrow, Faults *faults) {
    Status status = OK;
    if (count) qsort(edges, count, sizeof *edges, compare_edges);
    for (size_t i = 0; i < count && status != NOMEM; i++) {
        GraphEdge e = edges[i];
        const char *from = d->names.items[e.from], *to = d->names.items[e.to];
        if (e.from == e.to) {
            status =
                fault_add(faults, FAULT_GRAPH_LOOP, e.origin,
                          "The edge %s %s %s joins a variable to itself.", from, arrow, to);
        } else if (i && edges[i - 1].from == e.from && edges[i - 1].to == e.to) {
            status = fault_add(faults, FAULT_GRAPH_TWICE, e.origin,
                               "The edge %s %s %s is given twice.", from, arrow, to);
            if (status == FAULT) fault_also(faults, edges[i - 1].origin);
        }
    }
    return status;
}

// A parent of v that Kahn's algorithm could not place.
static size_t stuck_parent(const Graph *g, const uint32_t *degree, size_t v) {
    size_t found = v;
    GRAPH_EACH(g, parents, v, p)
        if (degree[p]) found = p;
    return found;
}

// Each vertex that could not be placed has such a parent: following them must come round.
static Status trace_cycle(const Graph *g, const uint32_t *degree, VertexVec *cycle) {
    size_t v = 0;
    while (v < g->n && !degree[v]) v++;
    for (size_t i = 0; i < g->n; i++) v = stuck_parent(g, degree, v); // now on the cycle
    for (size_t w = stuck_parent(g, degree, v);; w = stuck_parent(g, degree, w)) {
        if (!VEC_PUSH(cycle, (uint32_t)w)) return NOMEM;
        if (w == v) break;
    }
    for (size_t i = 0, j = cycle->count; i + 1 < j; i++) {
        uint32_t swap = cycle->items[i];
        cycle->items[i] = cycle->items[--j];
        cycle->items[j] = swap;
    }
    return OK;
}

static GraphParts draft_parts(const GraphDraft *d) {
    return (GraphParts){
        .n = d->names.count,
        .names = d->names.items,
        .directed = d->directed.items,
        .ndirected = d->directed.count,
        .bidirected = d->bidirected.items,
        .nbidirected = d->bidirected.count,
    };
}

static Status find_cycle(const Graph *g, VertexVec *cycle) {
    uint32_t *work = MEM_NEW(uint32_t, 2 * g->n);
    if (!work) return NOMEM;
    Status status = OK;
    if (causal_order(g, work, work + g->n) < g->n) status = trace_cycle(g, work + g->n, cycle);
    mem_free(work);
    return status;
}

Status graph_cycle(const GraphDraft *d, VertexVec *cycle) {
    GraphParts parts = draft_parts(d);
    Graph *g = NULL;
    cycle->count = 0;
    TRY(graph_assemble(&parts, &g));
    Status status = find_cycle(g, cycle);
    graph_free(g);
    return status;
}

static uint32_t edge_origin(const GraphDraft *d, uint32_t from, uint32_t to) {
    for (size_t i = 0; i < d->directed.count; i++)
        if (d->directed.items[i].from == from && d->directed.items[i].to == to)
            return d->directed.items[i].origin;
    return 0;
}

static Status check_cycle(const GraphDraft *d, const Graph *g, Faults *faults) {
    VertexVec cycle = {0};
    Str text = {0};
    Status status = find_cycle(g, &cycle);
    if (status == OK && cycle.count) {
        for (size_t i = 0; i < cycle.count; i++)
            cycle_add(&text, i, cycle.count, g->names[cycle.items[i]]);
        str_add(&text, g->names[cycle.items[0]]);
        uint32_t second = cycle.items[cycle.count > 1];
        uint32_t origin = edge_origin(d, cycle.items[0], second);
        status = text.failed ? NOMEM
                             : fault_add(faults, FAULT_GRAPH_CYCLE, origin,
                                         "The graph has a cycle: %s.", str_text(&text));
    }
    str_free(&text);
    VEC_FREE(&cycle);
    return status;
}

static Status check_draft(GraphDraft *d, const Graph *g, Faults *faults) {
    Status names = check_names(d, g, faults);
    if (names == NOMEM) return NOMEM;
    Status directed = check_edges(d, d->directed.items, d->directed.count, "->", faults);
    if (directed == NOMEM) return NOMEM;
    Status both = check_edges(d, d->bidirected.items, d->bidirected.count, "<->", faults);
    if (names != OK || directed != OK || both != OK) return both == NOMEM ? NOMEM : FAULT;
    return check_cycle(d, g, faults);
}

// The set of the marked vertices, in the graph's own arena.
static Status set_marks(Graph *g, const Word **marks, const VertexVec *list) {
    Word *set = ARENA_ARRAY(&g->arena, Word, g->words + 1);
    if (!set) return NOMEM;
    for (size_t i = 0; i < list->count; i++) bits_add(set, list->items[i]);
    *marks = set;
    return OK;
}

static Status own_names(Graph *g) {
    const char **names = ARENA_ARRAY(&g->arena, const char *, g->n + 1);
    if (!names) return NOMEM;
    for (size_t v = 0; v < g->n; v++) {
        names[v] = arena_text(&g->arena, g->names[v], strlen(g->names[v]));
        if (!names[v]) return NOMEM;
    }
    g->names = names;
    return OK;
}

Status graph_build(GraphDraft *d, Faults *faults, Graph **graph) {
    GraphParts parts = draft_parts(d);
    Status status = graph_assemble(&parts, graph);
    if (status == OK) status = check_draft(d, *graph, faults);
    if (status == OK) status = own_names(*graph);
    if (status == OK) status = set_marks(*graph, &(*graph)->latent, &d->latent);
    if (status == OK) status = set_marks(*graph, &(*graph)->selected, &d->selected);
    if (status != OK) {
        graph_free(*graph);
        *graph = NULL;
    }
    graph_draft_free(d);
    return status;
}

// --- asking ---

static bool links_has(const GraphLinks *links, size_t v, size_t w) {
    size_t low = links->first[v], high = links->first[v + 1];
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (links->items[mid] == w) return true;
        if (links->items[mid] < w)
            low = mid + 1;
        else
            high = mid;
    }
    return false;
}

bool graph_has_edge(const Graph *g, size_t a, size_t b) {
    return links_has(&g->children, a, b);
}

bool graph_has_spouse(const Graph *g, size_t a, size_t b) {
    return links_has(&g->spouses, a, b);
}

Word *graph_set(const Graph *g) {
    return MEM_NEW(Word, g->words);
}

uint32_t graph_common(const Graph *g, const Word *a, const Word *b) {
    for (size_t i = 0; i < g->words; i++)
        if (a[i] & b[i]) return (uint32_t)(i * 64 + (size_t)__builtin_ctzll(a[i] & b[i]));
    return GRAPH_NONE;
}

void graph_observed(const Graph *g, Word *out) {
    for (size_t i = 0; i < g->words; i++) out[i] = ~(g->latent[i] | g->selected[i]);
    if (g->n % 64) out[g->words - 1] &= ((Word)1 << (g->n % 64)) - 1;
}
