// Observed: projection, numbering and ranks.
#include "runtime/symbol/observed.h"

#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/graph/surgery.h"

Status observed_init(const Graph *g, Graph **graph, uint32_t **vertex, ExprPool *pool,
                     uint32_t *map) {
    uint32_t *to = MEM_NEW(uint32_t, g->n);
    Status status = to ? surgery_project(g, g->latent, graph, to) : NOMEM;
    if (status == OK) {
        size_t n = (*graph)->n;
        uint32_t *back = *vertex = MEM_NEW(uint32_t, 2 * n);
        status = back ? expr_pool_init(pool, n, back + n) : NOMEM;
        for (size_t v = 0; status == OK && v < g->n; v++)
            if (to[v] != GRAPH_NONE) back[to[v]] = (uint32_t)v;
        for (uint32_t i = 0; status == OK && i < n; i++) back[n + (*graph)->order[i]] = i;
        if (status == OK && map) memcpy(map, to, g->n * sizeof *map);
    }
    mem_free(to);
    return status;
}

Status observed_all(const Graph *g, Faults *faults) {
    SET_EACH(g->selected, g->words, v) {
        Status status = fault_add(faults, FAULT_GRAPH_QUESTION, 0,
                                  "%s is selected: say what is known of the whole population.",
                                  g->names[v]);
        return status == FAULT
                   ? fault_hint(faults, "list the laws that are known, of cases with %s = 1 and of "
                                        "all: ... from {P(... | %s = 1), P(...)}",
                                g->names[v], g->names[v])
                   : status;
    }
    return OK;
}

Word *observed_set(ExprPool *pool, const Graph *g, const uint32_t *map, const Word *set) {
    Word *out = expr_set(pool);
    if (!out || !set) return out;
    SET_EACH(set, g->words, v)
        if (map[v] != GRAPH_NONE) bits_add(out, map[v]);
    return out;
}
