// Verma: Tian & Pearl's recursion over districts.
#include "runtime/symbol/verma.h"

#include "runtime/base/mem.h"
#include "runtime/graph/sets.h"
#include "runtime/graph/walk.h"
#include "runtime/symbol/law.h"
#include "runtime/symbol/observed.h"
#include "runtime/symbol/simplify.h"

typedef struct Hunt {
    Vermas *out;
    const Graph *g;
    ExprPool *pool;
    Sets seen; // districts of the vertex at hand that were met
    size_t limit, looked;
    const Ctl *ctl;
} Hunt;

// What the law of v in `district` shows but may not depend on: all but the members, and parents
// of members.
static Status report(Hunt *h, size_t v, const Word *district, const Expr *factor) {
    const Expr *e = simplify(h->pool, h->g, factor);
    Word *allowed = expr_set(h->pool);
    if (!e || !allowed) return NOMEM;
    walk_parents(h->g, district, allowed);
    bits_or(allowed, district, h->pool->words);
    Word *idle = expr_minus(h->pool, e->free, allowed);
    if (!idle) return NOMEM;
    if (bits_empty(idle, h->pool->words)) return OK;
    if (h->limit && h->out->list.count == h->limit) {
        h->out->more = true;
        return OK;
    }
    Verma item = {.vertex = (uint32_t)v, .district = district, .idle = idle, .e = e};
    return VEC_PUSH(&h->out->list, item) ? OK : NOMEM;
}

// Whether the expressions take as much memory as they may.
static bool is_full(const Hunt *h) {
    return h->limit && h->pool->arena.bytes > ctl_memory(h->ctl) / 8;
}

static Status search(Hunt *h, size_t v, const Law *law);

// Leaves w and its effects out of the law, and looks at what v's district becomes.
static Status without(Hunt *h, size_t v, const Law *law, size_t w) {
    Word *below = expr_set(h->pool), *gone = expr_set(h->pool), *part = expr_set(h->pool);
    Law smaller;
    const Expr **factor;
    if (!below || !gone || !part) return NOMEM;
    bits_add(gone, w);
    walk_descendants(h->g, gone, law->vertices, below);
    if (bits_has(below, v)) return OK;
    Word *keep = expr_minus(h->pool, law->vertices, below);
    if (!keep) return NOMEM;
    TRY(walk_district(h->g, v, keep, part));
    if (sets_has(&h->seen, part)) return OK;
    if (is_full(h) || (h->limit && h->looked++ == 2 * h->limit)) {
        h->out->more = true;
        return OK;
    }
    TRY(sets_add(&h->seen, part));
    TRY(law_restrict(h->pool, h->g, law, keep, &smaller));
    TRY(report(h, v, part, smaller.factor[v]));
    TRY(law_factors(h->pool, h->g, &smaller, part, &factor));
    Law next = {.vertices = part, .fixed = law->fixed, .factor = factor};
    return search(h, v, &next);
}

static Status search(Hunt *h, size_t v, const Law *law) {
    if (ctl_cancelled(h->ctl)) return CANCELLED;
    SET_EACH(law->vertices, h->pool->words, w) {
        if (h->out->more) return OK;
        if (w != v) TRY(without(h, v, law, w));
    }
    return OK;
}

static Status search_all(Hunt *h) {
    Word *before = expr_set(h->pool), *none = expr_set(h->pool);
    if (!before || !none) return NOMEM;
    for (size_t i = 0; i < h->g->n && !h->out->more; i++) {
        const Expr **factor;
        if (ctl_cancelled(h->ctl)) return CANCELLED;
        size_t v = h->g->order[i];
        Word *district = expr_set(h->pool), *joint = NULL;
        bits_add(before, v);
        joint = expr_copy(h->pool, before);
        if (!district || !joint) return NOMEM;
        h->seen.count = 0;
        TRY(walk_district(h->g, v, joint, district));
        if (bits_count(district, h->pool->words) == 1) continue; // no smaller one
        TRY(sets_add(&h->seen, district));
        Law whole = {.vertices = joint, .fixed = none};
        TRY(law_factors(h->pool, h->g, &whole, district, &factor));
        Law law = {.vertices = district, .fixed = none, .factor = factor};
        TRY(search(h, v, &law));
        h->out->more |= is_full(h);
    }
    return OK;
}

Status verma_list(const Graph *g, size_t limit, const Ctl *ctl, Faults *faults, Vermas *out) {
    *out = (Vermas){0};
    SET_EACH(g->selected, g->words, v)
        return fault_add(faults, FAULT_GRAPH_QUESTION, 0,
                         "%s is selected: what such a graph implies is not worked out.",
                         g->names[v]);
    Status status = observed_init(g, &out->graph, &out->vertex, &out->pool, NULL);
    Hunt h = {.out = out, .g = out->graph, .pool = &out->pool, .limit = limit, .ctl = ctl};
    if (status == OK) {
        h.seen.words = out->graph->words;
        status = search_all(&h);
    }
    sets_free(&h.seen);
    if (status != OK) verma_free(out);
    return status;
}

void verma_free(Vermas *v) {
    graph_free(v->graph);
    mem_free(v->vertex);
    expr_pool_free(&v->pool);
    VEC_FREE(&v->list);
    *v = (Vermas){0};
}
