// Model edges: a model's edges in one order and another, by counting.
#include "runtime/model/model_edges.h"

#include <string.h>

// Sorts by one end, keeping the order of equals; `start` has room for a number per variable.
static void sort_by(const ModelBuilder *b, const DraftEdge *from, DraftEdge *to, size_t n,
                    size_t *start, bool by_from) {
    memset(start, 0, (b->vars.count + 1) * sizeof *start);
    for (size_t i = 0; i < n; i++)
        start[(by_from ? from[i].edge.from : from[i].edge.to) + 1]++;
    for (size_t v = 0; v < b->vars.count; v++) start[v + 1] += start[v];
    for (size_t i = 0; i < n; i++)
        to[start[by_from ? from[i].edge.from : from[i].edge.to]++] = from[i];
}

Status model_edges_by_ends(ModelBuilder *b) {
    size_t n = b->edges.count, at = 0;
    DraftEdge *items = b->edges.items, *other = MEM_NEW(DraftEdge, n);
    size_t *start = MEM_NEW(size_t, b->vars.count + 1);
    Status status = other && start ? OK : NOMEM;
    if (status == OK) {
        for (size_t i = 0; i < n; i++)
            if (!items[i].edge.both) other[at++] = items[i];
        for (size_t i = 0; i < n; i++)
            if (items[i].edge.both) other[at++] = items[i];
        sort_by(b, other, items, n, start, true);
        sort_by(b, items, other, n, start, false);
        for (size_t i = 0; i < n; i++) items[i] = other[i];
    }
    mem_free(other);
    mem_free(start);
    return status;
}

Status model_edges_as_written(ModelBuilder *b, size_t written, size_t all) {
    DraftEdge *edges = MEM_NEW(DraftEdge, written);
    size_t *place = MEM_NEW(size_t, all), at = 0;
    Status status = edges && place ? OK : NOMEM;
    for (size_t i = 0; status == OK && i < written; i++) {
        edges[i] = b->edges.items[i];
        place[edges[i].seq] = i + 1;
    }
    for (size_t seq = 0; status == OK && seq < all; seq++)
        if (place[seq]) b->edges.items[at++] = edges[place[seq] - 1];
    mem_free(edges);
    mem_free(place);
    return status;
}
