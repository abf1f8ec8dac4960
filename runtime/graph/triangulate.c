// Triangulate: elimination orders by several heuristics, the best made better.
#include "runtime/graph/triangulate.h"

#include <math.h>
#include <stdbool.h>

#include "runtime/base/mem.h"
#include "runtime/graph/retriangulate.h"
#include "runtime/graph/shrink.h"

// Steps: no question is worth more than about half a second of looking for an order, least of
// all one that will be refused.
static const double PATIENCE = 1e8;

// The steps after which changes to parts must have paid, as a share of those for whole runs,
// and how often they may.
static const double WINDOW = 0.5, WINDOWS = 20;

// The cells of the maximal cliques only. The clique of v lies within an earlier one exactly
// when some u with v first among its later neighbours had one neighbour more than v.
static Status weigh(const ShrinkTrace *t, const uint32_t *cards, uint32_t n, double *cells) {
    uint32_t count = (uint32_t)t->order.count;
    uint32_t *place = MEM_NEW(uint32_t, n);
    bool *inside = MEM_NEW(bool, (size_t)count + 1);
    Status status = NOMEM;
    if (!place || !inside) goto done;
    for (uint32_t v = 0; v < n; v++) place[v] = count;
    for (uint32_t i = 0; i < count; i++) place[t->order.items[i]] = i;
    *cells = 0;
    for (uint32_t i = 0; i < count; i++) {
        size_t from = t->start.items[i];
        size_t to = shrink_trace_end(t, i);
        double size = cards[t->order.items[i]];
        uint32_t first = count;
        for (size_t k = from; k < to; k++) {
            size *= cards[t->members.items[k]];
            if (place[t->members.items[k]] < first) first = place[t->members.items[k]];
        }
        if (!inside[i]) *cells += size;
        if (first == count) continue;
        if (to - from == shrink_trace_end(t, first) - t->start.items[first] + 1)
            inside[first] = true;
    }
    status = OK;
done:
    mem_free(place);
    mem_free(inside);
    return status;
}

// What is left after the reduction, the best order found for it, and what was spent.
typedef struct Search {
    TriangulateGraph kernel;
    uint32_t *old; // of a kernel vertex, its number in the graph
    bool staged;   // more than one stage is left
    ShrinkTrace best;
    double best_cells, bound, work;
    Rng rng;
} Search;

static void search_free(Search *s) {
    mem_free(s->old);
    mem_free((void *)s->kernel.start);
    mem_free((void *)s->kernel.adj);
    mem_free((void *)s->kernel.cards);
    mem_free((void *)s->kernel.stage);
    shrink_trace_free(&s->best);
}

// One run over the kernel. Steps over-count the cells of maximal cliques at most twofold, so
// that a run is given up when it has made twice the best.
static Status attempt(Search *s, ShrinkScore by, double noise) {
    Shrink g;
    ShrinkTrace t = {.cells = 0};
    Status status = NOMEM;
    bool finished;
    double cells;
    if (!shrink_start(&g, &s->kernel, by)) goto done;
    if (noise > 0 && !shrink_add_noise(&g, &s->rng, noise)) goto done;
    if (!shrink_run(&g, s->kernel.stage, 2 * s->best_cells, &t, &finished)) goto done;
    s->work += g.work + 20 * (double)g.n + 100;
    ctl_report(s->kernel.ctl, "planning", 0);
    status = OK;
    if (!finished) goto done;
    status = weigh(&t, s->kernel.cards, g.n, &cells);
    if (status != OK || cells >= s->best_cells) goto done;
    ShrinkTrace worse = s->best;
    s->best = t;
    t = worse;
    s->best_cells = cells;
done:
    shrink_trace_free(&t);
    shrink_free(&g);
    return status;
}

static Status find_bound(Search *s) {
    Shrink g;
    double log_cells;
    Status status = NOMEM;
    if (shrink_start(&g, &s->kernel, SHRINK_MIN_FILL) && shrink_bound(&g, &log_cells)) {
        s->bound = exp2(log_cells);
        s->work += g.work + 20 * (double)g.n + 100;
        status = OK;
    }
    shrink_free(&g);
    return status;
}

// The steps that may still be spent: no more than what they could save is worth.
static double left(const Search *s, double effort) {
    return fmin(effort * (s->best_cells - s->bound), PATIENCE) - s->work;
}

// The restarts: twice the heuristic that came out best, then once the next best.
static Status search(Search *s, double effort) {
    ShrinkScore by[] = {SHRINK_MIN_FILL, SHRINK_WEIGHTED_MIN_FILL, SHRINK_MIN_WEIGHT};
    s->best_cells = (double)INFINITY;
    TRY(attempt(s, by[0], 0));
    double each = s->work;
    for (unsigned k = 1; k < 3 && left(s, 3 * effort) >= each; k++) {
        double before = s->best_cells;
        TRY(attempt(s, by[k], 0));
        if (s->best_cells >= before) continue;
        ShrinkScore best = by[k];
        for (unsigned i = k; i > 0; i--) by[i] = by[i - 1];
        by[0] = best;
    }
    if (left(s, effort) >= 4 * each) {
        TRY(attempt(s, SHRINK_MAX_CARDINALITY, 0));
        TRY(find_bound(s));
    }
    for (unsigned k = 0; k < 1000 && left(s, effort) >= each; k++)
        TRY(attempt(s, by[k % 3 == 2], 0.05 + 0.2 * (k / 3 % 8)));
    double window = WINDOW * effort * (s->best_cells - s->bound);
    if (s->staged || window < each / 10 || isinf(s->best_cells)) return OK;
    return retriangulate(&s->kernel, &s->rng, window, fmin(WINDOWS * window, PATIENCE),
                         &s->best);
}

static bool copy_order(const ShrinkTrace *head, const Search *s, Triangulation *out) {
    const ShrinkTrace *best = &s->best;
    size_t count = head->order.count + best->order.count;
    size_t cut = head->members.count, total = cut + best->members.count;
    out->order = MEM_NEW(uint32_t, count);
    out->start = MEM_NEW(size_t, count + 1);
    out->members = MEM_NEW(uint32_t, total);
    if (!out->order || !out->start || !out->members) return false;
    out->count = (uint32_t)count;
    size_t k = 0;
    for (size_t i = 0; i < head->order.count; i++, k++) {
        out->order[k] = head->order.items[i];
        out->start[k] = head->start.items[i];
    }
    for (size_t i = 0; i < best->order.count; i++, k++) {
        out->order[k] = s->old[best->order.items[i]];
        out->start[k] = cut + best->start.items[i];
    }
    out->start[count] = total;
    for (size_t i = 0; i < cut; i++) out->members[i] = head->members.items[i];
    for (size_t i = cut; i < total; i++) out->members[i] = s->old[best->members.items[i - cut]];
    out->largest = fmax(head->largest, best->largest);
    out->width = head->width > best->width ? head->width : best->width;
    return true;
}

// Numbers the vertices of the kernel and copies its graph.
static Status lay_out_kernel(Search *s, const Shrink *rest, const TriangulateGraph *graph) {
    uint32_t n = 0, *number = MEM_NEW(uint32_t, graph->n);
    size_t edges = 0;
    for (uint32_t v = 0; number && v < graph->n; v++) {
        if (rest->gone[v]) continue;
        number[v] = n++;
        edges += rest->degree[v];
    }
    size_t *start = MEM_NEW(size_t, (size_t)n + 1), at = 0;
    uint32_t *adj = MEM_NEW(uint32_t, edges), *cards = MEM_NEW(uint32_t, n);
    uint8_t *stage = MEM_NEW(uint8_t, n);
    s->old = MEM_NEW(uint32_t, n);
    s->kernel = (TriangulateGraph){n, start, adj, cards, stage, graph->ctl};
    Status status = number && start && adj && cards && stage && s->old ? OK : NOMEM;
    unsigned first = TRIANGULATE_KEEP;
    for (uint32_t v = 0, k = 0; status == OK && v < graph->n; v++) {
        if (rest->gone[v]) continue;
        s->old[k] = v;
        start[k] = at;
        cards[k] = graph->cards[v];
        stage[k] = graph->stage ? graph->stage[v] : 0;
        if (first == TRIANGULATE_KEEP) first = stage[k];
        if (stage[k] != TRIANGULATE_KEEP && stage[k] != first) s->staged = true;
        for (uint32_t i = 0; i < rest->degree[v]; i++) adj[at++] = number[rest->adj[v][i]];
        start[++k] = at;
    }
    mem_free(number);
    return status;
}

Status triangulate(const TriangulateGraph *graph, double effort, Triangulation *out) {
    Shrink whole;
    ShrinkTrace head = {.cells = 0};
    Search s = {.work = 0};
    Status status = NOMEM;
    *out = (Triangulation){0};
    if (!shrink_start(&whole, graph, SHRINK_MIN_FILL)) goto done;
    if (!shrink_reduce(&whole, graph->stage, &head)) goto done;
    rng_seed(&s.rng, 0x7269, 3);
    if ((status = lay_out_kernel(&s, &whole, graph)) != OK) goto done;
    if ((status = search(&s, effort)) != OK) goto done;
    if (!copy_order(&head, &s, out)) {
        status = NOMEM;
        goto done;
    }
    // The reduction's own cliques are weighed with the rest.
    ShrinkTrace all = {.order = {out->order, out->count, 0},
                       .members = {out->members, out->start[out->count], 0},
                       .start = {out->start, out->count, 0}};
    status = weigh(&all, graph->cards, graph->n, &out->cells);
done:
    shrink_trace_free(&head);
    search_free(&s);
    shrink_free(&whole);
    if (status == NOMEM && ctl_cancelled(graph->ctl)) status = CANCELLED;
    if (status != OK) triangulation_free(out);
    return status;
}

void triangulation_free(Triangulation *t) {
    mem_free(t->order);
    mem_free(t->start);
    mem_free(t->members);
    *t = (Triangulation){0};
}
