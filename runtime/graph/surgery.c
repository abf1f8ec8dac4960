// Surgery: cutting edges, subgraphs, latent projection.
#include "runtime/graph/surgery.h"

#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/base/str.h"

// A graph in the making: its edges, and room for its vertices' names and marks.
typedef struct Remake {
    VEC(GraphEdge) directed, bidirected;
    const char **names;
    uint32_t *by_name, *map;
    Word *latent, *selected;
    size_t n;
} Remake;

static void remake_free(Remake *r) {
    VEC_FREE(&r->directed);
    VEC_FREE(&r->bidirected);
    mem_free(r->names);
    mem_free(r->by_name);
    mem_free(r->map);
    mem_free(r->latent);
    mem_free(r->selected);
}

static Status add_directed(Remake *r, size_t from, size_t to) {
    GraphEdge e = {(uint32_t)from, (uint32_t)to, 0};
    return VEC_PUSH(&r->directed, e) ? OK : NOMEM;
}

static Status add_bidirected(Remake *r, size_t a, size_t b) {
    GraphEdge e = {(uint32_t)a, (uint32_t)b, 0};
    return VEC_PUSH(&r->bidirected, e) ? OK : NOMEM;
}

// --- the same vertices, fewer edges ---

static Status same_vertices(const Graph *g, const Remake *r, bool marks, Graph **out) {
    GraphParts parts = {
        .n = g->n,
        .names = g->names,
        .by_name = g->by_name,
        .latent = marks ? g->latent : NULL,
        .selected = marks ? g->selected : NULL,
        .directed = r->directed.items,
        .ndirected = r->directed.count,
        .bidirected = r->bidirected.items,
        .nbidirected = r->bidirected.count,
    };
    return graph_assemble(&parts, out);
}

static bool in(const Word *set, size_t v) {
    return set && bits_has(set, v);
}

static Status cut(const Graph *g, const Word *into, const Word *out_of, bool marks,
                  Graph **out) {
    Remake r = {0};
    Status status = OK;
    *out = NULL;
    for (size_t v = 0; v < g->n && status == OK; v++) {
        GRAPH_EACH(g, children, v, c)
            if (status == OK && !in(out_of, v) && !in(into, c)) status = add_directed(&r, v, c);
        GRAPH_EACH(g, spouses, v, s)
            if (status == OK && v < s && !in(into, v) && !in(into, s))
                status = add_bidirected(&r, v, s);
    }
    if (status == OK) status = same_vertices(g, &r, marks, out);
    remake_free(&r);
    return status;
}

Status surgery_cut(const Graph *g, const Word *into, const Word *out_of, Graph **out) {
    return cut(g, into, out_of, true, out);
}

Status surgery_unmarked(const Graph *g, const Word *into, const Word *out_of, Graph **out) {
    return cut(g, into, out_of, false, out);
}

Status surgery_sever(const Graph *g, const Word *from, const Word *to, Graph **out) {
    Remake r = {0};
    Status status = OK;
    *out = NULL;
    for (size_t v = 0; v < g->n && status == OK; v++) {
        GRAPH_EACH(g, children, v, c)
            if (status == OK && !(in(from, v) && in(to, c))) status = add_directed(&r, v, c);
        GRAPH_EACH(g, spouses, v, s)
            if (status == OK && v < s) status = add_bidirected(&r, v, s);
    }
    if (status == OK) status = same_vertices(g, &r, true, out);
    remake_free(&r);
    return status;
}

// --- fewer vertices ---

// Numbers the vertices of `keep` and takes over their names and marks.
static Status take_vertices(const Graph *g, const Word *keep, Remake *r) {
    r->n = bits_count(keep, g->words);
    r->names = MEM_NEW(const char *, r->n);
    r->by_name = MEM_NEW(uint32_t, r->n);
    r->map = MEM_NEW(uint32_t, g->n);
    r->latent = graph_set(g);
    r->selected = graph_set(g);
    if (!r->names || !r->by_name || !r->map || !r->latent || !r->selected) return NOMEM;
    uint32_t next = 0;
    for (size_t v = 0; v < g->n; v++) {
        r->map[v] = GRAPH_NONE;
        if (!bits_has(keep, v)) continue;
        if (bits_has(g->latent, v)) bits_add(r->latent, next);
        if (bits_has(g->selected, v)) bits_add(r->selected, next);
        r->names[next] = g->names[v];
        r->map[v] = next++;
    }
    next = 0;
    for (size_t i = 0; i < g->n; i++)
        if (bits_has(keep, g->by_name[i])) r->by_name[next++] = r->map[g->by_name[i]];
    return OK;
}

static Status fewer_vertices(const Remake *r, size_t old_n, Graph **out, uint32_t *map) {
    GraphParts parts = {
        .n = r->n,
        .names = r->names,
        .by_name = r->by_name,
        .latent = r->latent,
        .selected = r->selected,
        .directed = r->directed.items,
        .ndirected = r->directed.count,
        .bidirected = r->bidirected.items,
        .nbidirected = r->bidirected.count,
    };
    TRY(graph_assemble(&parts, out));
    if (map) memcpy(map, r->map, old_n * sizeof *map);
    return OK;
}

Status surgery_induced(const Graph *g, const Word *keep, Graph **out, uint32_t *map) {
    Remake r = {0};
    *out = NULL;
    Status status = take_vertices(g, keep, &r);
    for (size_t v = 0; v < g->n && status == OK; v++) {
        if (!bits_has(keep, v)) continue;
        GRAPH_EACH(g, children, v, c)
            if (status == OK && bits_has(keep, c))
                status = add_directed(&r, r.map[v], r.map[c]);
        GRAPH_EACH(g, spouses, v, s)
            if (status == OK && v < s && bits_has(keep, s))
                status = add_bidirected(&r, r.map[v], r.map[s]);
    }
    if (status == OK) status = fewer_vertices(&r, g->n, out, map);
    remake_free(&r);
    return status;
}

// --- latent projection ---

// The search from one vertex through hidden ones. `up` are hidden vertices reached against the
// arrows so far, `down` those reached with an arrowhead; a path may turn from up to down once.
typedef struct Search {
    const Graph *g;
    const Word *hidden;
    Word *up, *down, *effects, *confounded;
    uint32_t *stack; // 2 * vertex + (1 when reached downwards); room for 2n
    size_t depth;
} Search;

static void go_up(Search *s, size_t v) {
    if (!bits_has(s->hidden, v) || bits_has(s->up, v)) return;
    bits_add(s->up, v);
    s->stack[s->depth++] = (uint32_t)(2 * v);
}

static void go_down(Search *s, size_t v, Word *found) {
    if (!bits_has(s->hidden, v)) {
        bits_add(found, v);
    } else if (!bits_has(s->down, v)) {
        bits_add(s->down, v);
        s->stack[s->depth++] = (uint32_t)(2 * v + 1);
    }
}

static void run_search(Search *s, Word *found) {
    while (s->depth) {
        size_t state = s->stack[--s->depth], v = state / 2;
        GRAPH_EACH(s->g, children, v, c) go_down(s, c, found);
        if (state % 2) continue;
        GRAPH_EACH(s->g, parents, v, p) go_up(s, p);
        GRAPH_EACH(s->g, spouses, v, w) go_down(s, w, found);
    }
}

// Finds the vertices that v causes through hidden ones, then those it is confounded with.
static void search_from(Search *s, size_t v) {
    size_t words = s->g->words;
    bits_clear(s->down, words);
    bits_clear(s->effects, words);
    GRAPH_EACH(s->g, children, v, c) go_down(s, c, s->effects);
    run_search(s, s->effects);
    bits_clear(s->down, words);
    bits_clear(s->up, words);
    bits_clear(s->confounded, words);
    GRAPH_EACH(s->g, parents, v, p) go_up(s, p);
    GRAPH_EACH(s->g, spouses, v, w) go_down(s, w, s->confounded);
    run_search(s, s->confounded);
}

static Status project_edges(Search *s, Remake *r) {
    size_t words = s->g->words;
    for (size_t v = 0; v < s->g->n; v++) {
        if (bits_has(s->hidden, v)) continue;
        search_from(s, v);
        SET_EACH(s->effects, words, c) TRY(add_directed(r, r->map[v], r->map[c]));
        SET_EACH(s->confounded, words, w)
            if (v < w) TRY(add_bidirected(r, r->map[v], r->map[w]));
    }
    return OK;
}

Status surgery_project(const Graph *g, const Word *hidden, Graph **out, uint32_t *map) {
    Remake r = {0};
    Search s = {.g = g, .hidden = hidden};
    Status status = NOMEM;
    Word *keep = graph_set(g);
    *out = NULL;
    s.up = graph_set(g);
    s.down = graph_set(g);
    s.effects = graph_set(g);
    s.confounded = graph_set(g);
    s.stack = MEM_NEW(uint32_t, 2 * g->n);
    if (!keep || !s.up || !s.down || !s.effects || !s.confounded || !s.stack) goto done;
    for (size_t v = 0; v < g->n; v++)
        if (!bits_has(hidden, v)) bits_add(keep, v);
    if (bits_empty(hidden, g->words)) {
        status = surgery_induced(g, keep, out, map);
        goto done;
    }
    status = take_vertices(g, keep, &r);
    if (status == OK) status = project_edges(&s, &r);
    if (status == OK) status = fewer_vertices(&r, g->n, out, map);
done:
    remake_free(&r);
    mem_free(keep);
    mem_free(s.up);
    mem_free(s.down);
    mem_free(s.effects);
    mem_free(s.confounded);
    mem_free(s.stack);
    return status;
}

// --- bidirected edges as latent vertices ---

static Status expand_into(const Graph *g, GraphDraft *d, Str *name) {
    uint32_t id;
    for (size_t v = 0; v < g->n; v++) {
        TRY(graph_vertex(d, g->names[v], &id));
        if (bits_has(g->latent, v)) TRY(graph_latent(d, id));
        if (bits_has(g->selected, v)) TRY(graph_select(d, id));
    }
    for (size_t v = 0; v < g->n; v++) {
        GRAPH_EACH(g, children, v, c) TRY(graph_edge(d, (uint32_t)v, (uint32_t)c, 0));
        GRAPH_EACH(g, spouses, v, s) {
            if (v > s) continue;
            str_clear(name);
            str_printf(name, "%s<->%s", g->names[v], g->names[s]);
            if (name->failed) return NOMEM;
            TRY(graph_vertex(d, str_text(name), &id));
            TRY(graph_latent(d, id));
            TRY(graph_edge(d, id, (uint32_t)v, 0));
            TRY(graph_edge(d, id, (uint32_t)s, 0));
        }
    }
    return OK;
}

Status surgery_expand(const Graph *g, Graph **out) {
    GraphDraft d = {0};
    Str name = {0};
    Faults faults = {0};
    *out = NULL;
    Status status = expand_into(g, &d, &name);
    if (status == OK) status = graph_build(&d, &faults, out);
    graph_draft_free(&d);
    fault_free(&faults);
    str_free(&name);
    return status;
}
