// Roles: mediators, confounders, colliders.
#include "runtime/graph/roles.h"

#include "runtime/base/mem.h"
#include "runtime/graph/adjust.h"
#include "runtime/graph/walk.h"

Status roles_mediators(const Graph *g, const Word *x, const Word *y, Word *out) {
    TRY(adjust_causal(g, x, y, out));
    bits_andnot(out, y, g->words);
    return OK;
}

typedef void Walk(const Graph *g, const Word *of, const Word *within, Word *out);

// What a walk from X that avoids Y and one from Y that avoids X both reach.
static Status common(const Graph *g, const Word *x, const Word *y, Walk *walk, Word *out) {
    Word *within = graph_set(g), *other = graph_set(g);
    Status status = within && other ? OK : NOMEM;
    if (status == OK) {
        for (size_t i = 0; i < g->words; i++) within[i] = ~y[i];
        walk(g, x, within, out);
        for (size_t i = 0; i < g->words; i++) within[i] = ~x[i];
        walk(g, y, within, other);
        bits_and(out, other, g->words);
        bits_andnot(out, x, g->words);
        bits_andnot(out, y, g->words);
    }
    mem_free(within);
    mem_free(other);
    return status;
}

Status roles_confounders(const Graph *g, const Word *x, const Word *y, Word *out) {
    return common(g, x, y, walk_ancestors, out);
}

Status roles_colliders(const Graph *g, const Word *x, const Word *y, Word *out) {
    return common(g, x, y, walk_descendants, out);
}
