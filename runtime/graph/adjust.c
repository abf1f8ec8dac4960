// Adjust: the adjustment criterion, and the sets that meet it.
#include "runtime/graph/adjust.h"

#include "runtime/base/mem.h"
#include "runtime/graph/separation.h"
#include "runtime/graph/surgery.h"
#include "runtime/graph/walk.h"

// --- forbidden vertices and the back-door graph ---

// PCP(X, Y) of van der Zander et al. 2019, section 4: descendants of X in the graph without
// edges into X, that are ancestors of Y in the graph without edges out of X, less X.
Status adjust_causal(const Graph *g, const Word *x, const Word *y, Word *out) {
    Word *rest = graph_set(g), *below = graph_set(g);
    Status status = NOMEM;
    if (!rest || !below) goto done;
    for (size_t i = 0; i < g->words; i++) rest[i] = ~x[i];
    walk_descendants(g, x, rest, below); // within V - X: no path returns to X
    bits_copy(out, y, g->words);
    bits_andnot(out, x, g->words);
    for (size_t i = g->n; i-- > 0;) {
        size_t v = g->order[i];
        if (!bits_has(out, v)) continue;
        GRAPH_EACH(g, parents, v, p)
            if (!bits_has(x, p)) bits_add(out, p);
    }
    bits_and(out, below, g->words);
    bits_andnot(out, x, g->words);
    status = OK;
done:
    mem_free(rest);
    mem_free(below);
    return status;
}

Status adjust_forbidden(const Graph *g, const Word *x, const Word *y, Word *out) {
    Word *causal = graph_set(g);
    Status status = causal ? adjust_causal(g, x, y, causal) : NOMEM;
    if (status == OK) {
        walk_descendants(g, causal, NULL, out);
        bits_or(out, x, g->words);
        bits_or(out, y, g->words);
    }
    mem_free(causal);
    return status;
}

Status adjust_backdoor_graph(const Graph *g, const Word *x, const Word *y, Graph **out) {
    Word *causal = graph_set(g);
    *out = NULL;
    Status status = causal ? adjust_causal(g, x, y, causal) : NOMEM;
    if (status == OK) status = surgery_sever(g, x, causal, out);
    mem_free(causal);
    return status;
}

// --- is it an adjustment set? ---

// Finds a forbidden vertex of Z, and the vertex of the causal paths that makes it one.
static Status find_forbidden(const Graph *g, const Word *x, const Word *y, const Word *z,
                             AdjustCheck *check) {
    Word *causal = graph_set(g), *reach = graph_set(g);
    Status status = causal && reach ? adjust_causal(g, x, y, causal) : NOMEM;
    if (status == OK) {
        walk_descendants(g, causal, NULL, reach);
        check->vertex = graph_common(g, z, reach);
        if (check->vertex != GRAPH_NONE) {
            check->verdict = ADJUST_FORBIDDEN;
            bits_clear(reach, g->words);
            bits_add(reach, check->vertex);
            for (size_t i = g->n; i-- > 0;) { // upwards, to the nearest one in causal order
                size_t v = g->order[i];
                if (!bits_has(reach, v)) continue;
                if (bits_has(causal, v)) {
                    check->through = (uint32_t)v;
                    break;
                }
                GRAPH_EACH(g, parents, v, p) bits_add(reach, p);
            }
        }
    }
    mem_free(causal);
    mem_free(reach);
    return status;
}

static Status find_open(const Graph *g, const Word *x, const Word *y, const Word *z,
                        AdjustCheck *check) {
    Graph *backdoor = NULL;
    bool separated = false;
    Status status = adjust_backdoor_graph(g, x, y, &backdoor);
    if (status == OK) status = separation_test(backdoor, x, y, z, &separated, &check->open);
    if (status == OK && !separated) check->verdict = ADJUST_OPEN;
    graph_free(backdoor);
    return status;
}

// Conditions (c) and (d) of the criterion under selection. The tests must not condition on the
// selected vertices themselves, so they run on a graph without the marks.
static Status find_selected(const Graph *g, const Word *x, const Word *y, AdjustCheck *check) {
    Graph *done = NULL, *plain = NULL;
    Word *above = graph_set(g);
    bool separated = true;
    Status status = above ? surgery_unmarked(g, x, NULL, &done) : NOMEM;
    if (status == OK)
        status = separation_test(done, g->selected, y, x, &separated, &check->open);
    if (status == OK && separated) {
        walk_ancestors(g, g->selected, NULL, above);
        bits_and(above, x, g->words);
        status = surgery_unmarked(g, NULL, x, &plain);
        if (status == OK)
            status = separation_test(plain, above, y, NULL, &separated, &check->open);
    }
    if (status == OK && !separated) check->verdict = ADJUST_SELECTED;
    graph_free(done);
    graph_free(plain);
    mem_free(above);
    return status;
}

static Status check_into(const Graph *g, const Word *x, const Word *y, const Word *z,
                         AdjustCheck *check) {
    check->vertex = graph_common(g, z, x);
    if (check->vertex == GRAPH_NONE) check->vertex = graph_common(g, z, y);
    if (check->vertex == GRAPH_NONE) check->vertex = graph_common(g, x, y);
    if (check->vertex != GRAPH_NONE) {
        check->verdict = ADJUST_OVERLAP;
        return OK;
    }
    check->vertex = graph_common(g, z, g->latent);
    if (check->vertex != GRAPH_NONE) {
        check->verdict = ADJUST_LATENT;
        return OK;
    }
    TRY(find_forbidden(g, x, y, z, check));
    if (check->verdict == ADJUST_VALID) TRY(find_open(g, x, y, z, check));
    if (check->verdict == ADJUST_VALID && !bits_empty(g->selected, g->words))
        TRY(find_selected(g, x, y, check));
    return OK;
}

Status adjust_check(const Graph *g, const Word *x, const Word *y, const Word *z,
                    AdjustCheck *check) {
    *check = (AdjustCheck){.vertex = GRAPH_NONE, .through = GRAPH_NONE};
    Status status = check_into(g, x, y, z, check);
    if (status != OK) adjust_check_free(check);
    return status;
}

void adjust_check_free(AdjustCheck *check) {
    path_free(&check->open);
}

// --- finding sets ---

// The query in terms of separators of the back-door graph.
typedef struct Task {
    Graph *backdoor;
    Word *may, *forbidden;
    bool none; // no set can exist, whatever is chosen
} Task;

static void task_free(Task *t) {
    graph_free(t->backdoor);
    mem_free(t->may);
    mem_free(t->forbidden);
}

static Status task_init(Task *t, const Graph *g, const AdjustQuery *q) {
    AdjustCheck selection = {.verdict = ADJUST_VALID};
    t->may = graph_set(g);
    t->forbidden = graph_set(g);
    if (!t->may || !t->forbidden) return NOMEM;
    TRY(adjust_forbidden(g, q->x, q->y, t->forbidden));
    if (q->may)
        bits_copy(t->may, q->may, g->words);
    else
        graph_observed(g, t->may);
    bits_andnot(t->may, t->forbidden, g->words);
    bits_andnot(t->may, g->latent, g->words);
    t->none = bits_meet(q->x, q->y, g->words) ||
              (q->must && bits_meet(q->must, t->forbidden, g->words)) ||
              (q->must && bits_meet(q->must, g->latent, g->words));
    if (!t->none && !bits_empty(g->selected, g->words)) {
        TRY(find_selected(g, q->x, q->y, &selection));
        t->none = selection.verdict != ADJUST_VALID;
        path_free(&selection.open);
    }
    return adjust_backdoor_graph(g, q->x, q->y, &t->backdoor);
}

static SeparatorQuery task_query(const Task *t, const AdjustQuery *q) {
    return (SeparatorQuery){.x = q->x, .y = q->y, .must = q->must, .may = t->may};
}

Status adjust_begin(AdjustSets *sets, const Graph *g, const AdjustQuery *q) {
    Task t = {0};
    Status status = task_init(&t, g, q);
    if (status == OK) {
        SeparatorQuery query = task_query(&t, q);
        sets->none = t.none;
        status = separator_begin(&sets->separators, t.backdoor, &query);
    }
    task_free(&t);
    return status;
}

Status adjust_next(AdjustSets *sets, bool *found, Word *out) {
    *found = false;
    return sets->none ? OK : separator_next(&sets->separators, found, out);
}

void adjust_end(AdjustSets *sets) {
    separator_end(&sets->separators);
}

static Status collect(const Graph *g, AdjustSets *sets, size_t limit, Sets *out) {
    bool found = true;
    Word *z = graph_set(g);
    Status status = z ? OK : NOMEM;
    out->words = g->words;
    while (status == OK && found && (!limit || out->count < limit)) {
        status = adjust_next(sets, &found, z);
        if (status == OK && found) status = sets_add(out, z);
    }
    sets_sort(out);
    mem_free(z);
    return status;
}

Status adjust_list(const Graph *g, const AdjustQuery *q, size_t limit, Sets *out) {
    AdjustSets sets = {0};
    Status status = adjust_begin(&sets, g, q);
    if (status == OK) status = collect(g, &sets, limit, out);
    adjust_end(&sets);
    return status;
}

// The query for the direct effect, as separators of the graph without the edges X -> Y.
static Status direct_task(Task *t, const Graph *g, const AdjustQuery *q) {
    t->may = graph_set(g);
    t->forbidden = graph_set(g);
    if (!t->may || !t->forbidden) return NOMEM;
    walk_descendants(g, q->y, NULL, t->forbidden);
    graph_observed(g, t->may);
    if (q->may) bits_and(t->may, q->may, g->words);
    bits_andnot(t->may, t->forbidden, g->words);
    t->none = q->must && bits_meet(q->must, t->forbidden, g->words);
    return surgery_sever(g, q->x, q->y, &t->backdoor);
}

Status adjust_list_direct(const Graph *g, const AdjustQuery *q, size_t limit, Sets *out) {
    Task t = {0};
    AdjustSets sets = {0};
    Status status = direct_task(&t, g, q);
    if (status == OK) {
        SeparatorQuery query = task_query(&t, q);
        sets.none = t.none;
        status = separator_begin(&sets.separators, t.backdoor, &query);
    }
    if (status == OK) status = collect(g, &sets, limit, out);
    adjust_end(&sets);
    task_free(&t);
    return status;
}

Status adjust_cheapest(const Graph *g, const AdjustQuery *q, const double *cost, bool *exists,
                       Word *out) {
    Task t = {0};
    *exists = false;
    Status status = task_init(&t, g, q);
    if (status == OK && !t.none) {
        SeparatorQuery query = task_query(&t, q);
        status = separator_cheapest(t.backdoor, &query, cost, exists, out);
    }
    task_free(&t);
    return status;
}

Status adjust_optimal_minimal(const Graph *g, const AdjustQuery *q, bool *exists, Word *out) {
    Task t = {0};
    *exists = false;
    Status status = task_init(&t, g, q);
    if (status == OK && !t.none) {
        SeparatorQuery query = {.x = q->y, .y = q->x, .must = q->must, .may = t.may};
        status = separator_nearest(t.backdoor, &query, exists, out);
    }
    task_free(&t);
    return status;
}

// X is a cause of Y, and every observed vertex that may be used is above X or Y, or nothing is
// hidden.
static Status is_best(const Graph *g, const AdjustQuery *q, const Task *t, bool *best) {
    Word *ends = graph_set(g), *above = graph_set(g), *seen = graph_set(g);
    Status status = ends && above && seen ? adjust_causal(g, q->x, q->y, seen) : NOMEM;
    if (status == OK && bits_within(q->y, seen, g->words)) {
        bits_copy(ends, q->x, g->words);
        bits_or(ends, q->y, g->words);
        if (q->must) bits_or(ends, q->must, g->words);
        walk_ancestors(g, ends, NULL, above);
        bits_copy(seen, t->may, g->words);
        bits_or(seen, t->forbidden, g->words);
        size_t n = bits_count(seen, g->words);
        *best = (n == g->n && !g->bidirected) || bits_within(t->may, above, g->words);
    }
    mem_free(ends);
    mem_free(above);
    mem_free(seen);
    return status;
}

Status adjust_optimal(const Graph *g, const AdjustQuery *q, bool *exists, bool *best,
                      Word *out) {
    Task t = {0};
    *exists = *best = false;
    Status status = task_init(&t, g, q);
    if (status == OK && !t.none) {
        SeparatorQuery query = {.x = q->y, .y = q->x, .must = q->must, .may = t.may};
        status = separator_boundary(t.backdoor, &query, exists, out);
    }
    if (status == OK && *exists) status = is_best(g, q, &t, best);
    task_free(&t);
    return status;
}
