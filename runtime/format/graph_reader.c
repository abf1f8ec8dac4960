// Graph reader: vertices by name, and edges with their places.
#include "runtime/format/graph_reader.h"

#include "runtime/base/mem.h"

void graph_reader_free(GraphReader *r) {
    names_free(&r->names);
    graph_draft_free(&r->draft);
    VEC_FREE(&r->exposures);
    VEC_FREE(&r->outcomes);
    VEC_FREE(&r->adjusted);
}

Status graph_reader_vertex(GraphReader *r, Span name, uint32_t *vertex, bool *fresh) {
    *vertex = names_find(&r->names, 0, name);
    if (fresh) *fresh = *vertex == NAMES_NONE;
    if (*vertex != NAMES_NONE) return OK;
    const char *copy = arena_text(&r->draft.arena, name.text, name.len);
    if (!copy) return NOMEM;
    TRY(graph_vertex(&r->draft, copy, vertex));
    return names_add(&r->names, 0, (Span){copy, name.len}, *vertex) ? OK : NOMEM;
}

enum { EDGE = 80 }; // bytes that an edge takes in a model, about

Status graph_reader_edge(GraphReader *r, uint32_t from, uint32_t to, bool both, const char *at) {
    size_t most = ctl_memory(r->ctl) / EDGE;
    if (r->draft.directed.count + r->draft.bidirected.count >= most)
        return scan_fault(&r->s, FAULT_GRAPH_FILE_LARGE, at,
                          "a graph of more than %zu edges takes more than the memory allowed", most);
    if (ctl_cancelled(r->ctl)) return CANCELLED;
    if (from == to)
        return scan_fault(&r->s, FAULT_GRAPH_FILE_CYCLE, at, "an edge joins '%s' to itself",
                          r->draft.names.items[from]);
    uint32_t origin = (uint32_t)(at - r->s.start) + 1;
    return both ? graph_confound(&r->draft, from, to, origin)
                : graph_edge(&r->draft, from, to, origin);
}
