// Implications: the ordered local Markov property, and all minimal separations of pairs.
#include "runtime/graph/implications.h"

#include "runtime/base/mem.h"
#include "runtime/graph/separator.h"
#include "runtime/graph/sets.h"
#include "runtime/graph/surgery.h"
#include "runtime/graph/walk.h"

void implications_free(Implications *list) {
    for (size_t i = 0; i < list->count; i++) {
        mem_free(list->items[i].others);
        mem_free(list->items[i].given);
    }
    VEC_FREE(list);
    list->more = false;
}

// Appends a statement about vertices of g, unless it says nothing or the list is full.
static Status state(const Graph *g, size_t v, const Word *others, const Word *given,
                    size_t limit, Implications *out) {
    if (bits_empty(others, g->words)) return OK;
    if (limit && out->count == limit) {
        out->more = true;
        return OK;
    }
    Implication item = {.vertex = (uint32_t)v, .others = graph_set(g), .given = graph_set(g)};
    if (!item.others || !item.given || !VEC_PUSH(out, item)) {
        mem_free(item.others);
        mem_free(item.given);
        return NOMEM;
    }
    bits_copy(item.others, others, g->words);
    bits_copy(item.given, given, g->words);
    return OK;
}

// --- the basis ---

typedef struct Local {
    const Graph *g, *to; // the projected graph, and the one whose vertices are reported
    const uint32_t *back;
    Word *before; // v and the vertices before it
    Word *set, *work, *district, *blanket, *others, *given;
    Sets seen; // districts of v that were met
    size_t limit;
    bool cut; // there were too many districts to look for all
    const Ctl *ctl;
} Local;

static Status local_init(Local *l, const Graph *g, const Graph *to) {
    l->g = g;
    l->to = to;
    l->seen.words = g->words;
    l->before = graph_set(g);
    l->set = graph_set(g);
    l->work = graph_set(g);
    l->district = graph_set(g);
    l->blanket = graph_set(g);
    l->others = graph_set(to);
    l->given = graph_set(to);
    return l->before && l->set && l->work && l->district && l->blanket && l->others && l->given
               ? OK
               : NOMEM;
}

static void local_free(Local *l) {
    mem_free(l->before);
    mem_free(l->set);
    mem_free(l->work);
    mem_free(l->district);
    mem_free(l->blanket);
    mem_free(l->others);
    mem_free(l->given);
    sets_free(&l->seen);
}

// The largest ancestral set among those before v in which l->district is v's district: without
// the descendants of the spouses that are not in it. Into l->set.
static void largest_ancestral(Local *l) {
    const Graph *g = l->g;
    walk_spouses(g, l->district, l->blanket);
    bits_andnot(l->blanket, l->district, g->words);
    bits_and(l->blanket, l->before, g->words);
    walk_descendants(g, l->blanket, NULL, l->work);
    bits_copy(l->set, l->before, g->words);
    bits_andnot(l->set, l->work, g->words);
}

// v is independent of the rest of that ancestral set given the members and parents of its
// district.
static Status state_local(Local *l, size_t v, Implications *out) {
    const Graph *g = l->g;
    walk_parents(g, l->district, l->blanket);
    bits_or(l->blanket, l->district, g->words);
    bits_drop(l->blanket, v);
    bits_clear(l->others, l->to->words);
    bits_clear(l->given, l->to->words);
    SET_EACH(l->set, g->words, w)
        if (bits_has(l->blanket, w))
            bits_add(l->given, l->back[w]);
        else if (w != v)
            bits_add(l->others, l->back[w]);
    bits_andnot(l->others, l->to->selected, l->to->words);
    bits_andnot(l->given, l->to->selected, l->to->words);
    return state(l->to, l->back[v], l->others, l->given, l->limit, out);
}

// Smaller ancestral sets give v smaller districts: leave out one member and its descendants.
static Status push_smaller(Local *l, size_t v) {
    const Graph *g = l->g;
    Word *part = graph_set(g), *one = graph_set(g);
    Status status = part && one ? OK : NOMEM;
    for (size_t w = 0; status == OK && w < g->n; w++) {
        if (w == v || !bits_has(l->district, w)) continue;
        bits_clear(one, g->words);
        bits_add(one, w);
        walk_descendants(g, one, NULL, l->work);
        if (bits_has(l->work, v)) continue;
        bits_copy(one, l->set, g->words);
        bits_andnot(one, l->work, g->words);
        status = walk_district(g, v, one, part);
        if (status != OK || sets_has(&l->seen, part)) continue;
        status = sets_add(&l->seen, part);
    }
    mem_free(part);
    mem_free(one);
    return status;
}

// The districts are looked at in the order in which they were met: the largest first, which say
// most, when there are too many for all.
static Status basis_of(Local *l, size_t v, Implications *out) {
    size_t most = l->limit ? 10 * l->limit / l->g->n + 64 : SIZE_MAX;
    l->seen.count = 0;
    bits_add(l->before, v);
    TRY(walk_district(l->g, v, l->before, l->district));
    TRY(sets_add(&l->seen, l->district));
    for (size_t at = 0; at < l->seen.count && !out->more; at++) {
        if (ctl_cancelled(l->ctl)) return CANCELLED;
        bits_copy(l->district, sets_at(&l->seen, at), l->g->words);
        largest_ancestral(l);
        TRY(state_local(l, v, out));
        if (at < most)
            TRY(push_smaller(l, v));
        else
            l->cut = true;
    }
    return OK;
}

Status implications_basis(const Graph *g, size_t limit, const Ctl *ctl, Implications *out) {
    Local l = {.limit = limit, .ctl = ctl};
    Graph *seen = NULL;
    uint32_t *map = MEM_NEW(uint32_t, 2 * g->n);
    *out = (Implications){0};
    Status status = map ? surgery_project(g, g->latent, &seen, map) : NOMEM;
    if (status == OK) {
        for (size_t v = 0; v < g->n; v++)
            if (map[v] != GRAPH_NONE) map[g->n + map[v]] = (uint32_t)v;
        l.back = map + g->n;
        status = local_init(&l, seen, g);
    }
    for (size_t i = 0; status == OK && i < seen->n; i++)
        status = basis_of(&l, seen->order[i], out);
    out->more = out->more || l.cut;
    if (status != OK) implications_free(out);
    local_free(&l);
    graph_free(seen);
    mem_free(map);
    return status;
}

// --- pairs ---

static Status state_pair(const Graph *g, size_t a, size_t b, Word *sets, size_t limit,
                         const Ctl *ctl, Implications *out) {
    Word *x = sets, *y = sets + g->words, *z = sets + 2 * g->words;
    Separators s = {0};
    bool found = true;
    bits_clear(sets, 2 * g->words);
    bits_add(x, a);
    bits_add(y, b);
    SeparatorQuery q = {.x = x, .y = y};
    Status status = separator_begin(&s, g, &q);
    while (status == OK && found && !out->more) {
        if (ctl_cancelled(ctl)) status = CANCELLED;
        if (status == OK) status = separator_next(&s, &found, z);
        if (status != OK || !found) break;
        status = state(g, a, y, z, limit, out);
    }
    separator_end(&s);
    return status;
}

Status implications_pairs(const Graph *g, size_t limit, const Ctl *ctl, Implications *out) {
    Word *sets = MEM_NEW(Word, 3 * g->words), *seen = graph_set(g);
    *out = (Implications){0};
    Status status = sets && seen ? OK : NOMEM;
    if (status == OK) graph_observed(g, seen);
    for (size_t a = 0; a < g->n && status == OK; a++)
        for (size_t b = a + 1; b < g->n && status == OK && !out->more; b++) {
            if (!bits_has(seen, a) || !bits_has(seen, b)) continue;
            if (graph_has_edge(g, a, b) || graph_has_edge(g, b, a) || graph_has_spouse(g, a, b))
                continue;
            status = state_pair(g, a, b, sets, limit, ctl, out);
        }
    if (status != OK) implications_free(out);
    mem_free(sets);
    mem_free(seen);
    return status;
}
