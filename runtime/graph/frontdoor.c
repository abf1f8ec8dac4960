// Frontdoor: front-door sets, judged and found.
#include "runtime/graph/frontdoor.h"

#include "runtime/base/mem.h"
#include "runtime/graph/separation.h"
#include "runtime/graph/surgery.h"
#include "runtime/graph/walk.h"

// --- judging ---

static bool spot(const Graph *g, const Word *a, const Word *b, FrontdoorVerdict verdict,
                 FrontdoorCheck *check) {
    if (check->verdict != FRONTDOOR_VALID) return true;
    check->vertex = graph_common(g, a, b);
    if (check->vertex != GRAPH_NONE) check->verdict = verdict;
    return check->vertex != GRAPH_NONE;
}

// Condition 1: a separation in the graph that keeps directed edges only; conditioning on Z
// blocks exactly the directed paths through it when nothing points at Z and X.
static Status check_paths(const Graph *g, const FrontdoorQuery *q, const Word *z, Word *work,
                          FrontdoorCheck *check) {
    Graph *cut = NULL;
    bool separated = true;
    bits_copy(work, q->x, g->words);
    bits_or(work, z, g->words);
    Status status = surgery_unmarked(g, work, NULL, &cut);
    if (status == OK) status = separation_test(cut, q->x, q->y, z, &separated, &check->path);
    if (status == OK && !separated) check->verdict = FRONTDOOR_BYPASSED;
    graph_free(cut);
    return status;
}

// Conditions 2 and 3: no path from `from` to `to` is open, given `given`, once the edges out of
// `from` are gone.
static Status check_backdoor(const Graph *g, const Word *from, const Word *to,
                             const Word *given, FrontdoorVerdict verdict,
                             FrontdoorCheck *check) {
    Graph *cut = NULL;
    bool separated = true;
    if (check->verdict != FRONTDOOR_VALID) return OK;
    Status status = surgery_cut(g, NULL, from, &cut);
    if (status == OK) status = separation_test(cut, from, to, given, &separated, &check->path);
    if (status == OK && !separated) check->verdict = verdict;
    graph_free(cut);
    return status;
}

static Status check_into(const Graph *g, const FrontdoorQuery *q, const Word *z, const Word *w,
                         Word *work, FrontdoorCheck *check) {
    if (spot(g, z, q->x, FRONTDOOR_OVERLAP, check) ||
        spot(g, z, q->y, FRONTDOOR_OVERLAP, check) || spot(g, z, w, FRONTDOOR_OVERLAP, check) ||
        spot(g, w, q->x, FRONTDOOR_OVERLAP, check) ||
        spot(g, w, q->y, FRONTDOOR_OVERLAP, check) ||
        spot(g, z, g->latent, FRONTDOOR_LATENT, check) ||
        spot(g, w, g->latent, FRONTDOOR_LATENT, check))
        return OK;
    Word *below = graph_set(g);
    if (!below) return NOMEM;
    bits_copy(work, q->x, g->words);
    bits_or(work, z, g->words);
    walk_descendants(g, work, NULL, below);
    bool affected = spot(g, w, below, FRONTDOOR_AFFECTED, check);
    mem_free(below);
    if (affected) return OK;
    TRY(check_paths(g, q, z, work, check));
    TRY(check_backdoor(g, q->x, z, w, FRONTDOOR_CONFOUNDED, check));
    bits_copy(work, q->x, g->words);
    bits_or(work, w, g->words);
    return check_backdoor(g, z, q->y, work, FRONTDOOR_CONFOUNDED_Y, check);
}

Status frontdoor_check(const Graph *g, const FrontdoorQuery *q, const Word *z,
                       FrontdoorCheck *check) {
    Word *none = graph_set(g), *work = graph_set(g);
    *check = (FrontdoorCheck){.vertex = GRAPH_NONE};
    Status status = NOMEM;
    if (none && work) status = check_into(g, q, z, q->given ? q->given : none, work, check);
    if (status != OK) frontdoor_check_free(check);
    mem_free(none);
    mem_free(work);
    return status;
}

void frontdoor_check_free(FrontdoorCheck *check) {
    path_free(&check->path);
}

// --- the largest set ---

// Whether a directed path leads from X to Y around Z.
static bool bypassed(const Graph *g, const Word *x, const Word *y, const Word *z, Word *out) {
    bits_copy(out, x, g->words);
    for (size_t i = 0; i < g->n; i++) {
        size_t v = g->order[i];
        if (!bits_has(out, v) || bits_has(z, v)) continue;
        GRAPH_EACH(g, children, v, c) bits_add(out, c);
    }
    return bits_meet(out, y, g->words);
}

// The candidates that satisfy condition 2, into `z`: each does or does not on its own account.
static Status meet_condition2(const Graph *g, const FrontdoorQuery *q, const Word *w, Word *z,
                              Word *work) {
    Graph *cut = NULL;
    Status status = surgery_cut(g, NULL, q->x, &cut);
    if (status == OK) status = separation_reach(cut, q->x, w, work);
    if (status == OK) bits_andnot(z, work, g->words);
    graph_free(cut);
    return status;
}

// Drops from Z what violates condition 3. A vertex that violates it with Z violates it with
// every smaller set, where fewer edges are cut; so what is dropped is in no front-door set, and
// what remains in the end is the largest.
static Status meet_condition3(const Graph *g, const FrontdoorQuery *q, const Word *xw, Word *z,
                              Word *work) {
    for (bool dropped = true; dropped;) {
        Graph *cut = NULL;
        Status status = surgery_cut(g, NULL, z, &cut);
        if (status == OK) status = separation_reach(cut, q->y, xw, work);
        graph_free(cut);
        TRY(status);
        dropped = bits_meet(z, work, g->words);
        bits_andnot(z, work, g->words);
    }
    return OK;
}

typedef struct Search {
    const Graph *g;
    const FrontdoorQuery *q;
    Word *given, *xw, *may; // W; X and W; the candidates
    Word *work;
} Search;

static void search_free(Search *s) {
    mem_free(s->given);
    mem_free(s->xw);
    mem_free(s->may);
    mem_free(s->work);
}

static Status search_init(Search *s, const Graph *g, const FrontdoorQuery *q) {
    *s = (Search){.g = g, .q = q};
    s->given = graph_set(g);
    s->xw = graph_set(g);
    s->may = graph_set(g);
    s->work = graph_set(g);
    if (!s->given || !s->xw || !s->may || !s->work) return NOMEM;
    if (q->given) bits_copy(s->given, q->given, g->words);
    bits_copy(s->xw, q->x, g->words);
    bits_or(s->xw, s->given, g->words);
    graph_observed(g, s->may);
    if (q->may) bits_and(s->may, q->may, g->words);
    bits_andnot(s->may, s->xw, g->words);
    bits_andnot(s->may, q->y, g->words);
    walk_ancestors(g, s->given, NULL, s->work); // W may hold no effect of Z
    bits_andnot(s->may, s->work, g->words);
    return meet_condition2(g, q, s->given, s->may, s->work);
}

// The largest front-door set within `within`, into `out`.
static Status largest(Search *s, const Word *within, bool *exists, Word *out) {
    bits_copy(out, within, s->g->words);
    bits_and(out, s->may, s->g->words);
    TRY(meet_condition3(s->g, s->q, s->xw, out, s->work));
    *exists = !bypassed(s->g, s->q->x, s->q->y, out, s->work);
    return OK;
}

// Whether W holds an effect of X: then no set will do.
static bool affected(Search *s) {
    walk_descendants(s->g, s->q->x, NULL, s->work);
    return bits_meet(s->given, s->work, s->g->words) ||
           bits_meet(s->q->x, s->q->y, s->g->words);
}

Status frontdoor_largest(const Graph *g, const FrontdoorQuery *q, bool *exists, Word *out) {
    Search s;
    *exists = false;
    Status status = search_init(&s, g, q);
    if (status == OK && !affected(&s)) status = largest(&s, s.may, exists, out);
    search_free(&s);
    return status;
}

// Drops what can be spared of the members of a set from `low` to `high`, one after the other in
// effect: what cannot be spared now cannot be spared from a smaller set either, so that a stretch
// that can be spared at once is, and else its halves are tried. O(k log n) trials to keep k members.
static Status shrink(Search *s, Word *z, size_t low, size_t high, Word *work) {
    size_t words = s->g->words, first = bits_next(z, words, low);
    Word *trial = work, *found = work + words;
    bool exists;
    if (first >= high) return OK;
    bits_copy(trial, z, words);
    for (size_t v = first; v < high; v = bits_next(trial, words, v + 1)) bits_drop(trial, v);
    TRY(largest(s, trial, &exists, found));
    if (exists) bits_copy(z, found, words);
    if (exists || high - low == 1) return OK;
    size_t middle = low + (high - low) / 2;
    TRY(shrink(s, z, low, middle, work));
    return shrink(s, z, middle, high, work);
}

Status frontdoor_minimal(const Graph *g, const FrontdoorQuery *q, bool *exists, Word *out) {
    Search s;
    Word *work = MEM_NEW(Word, 2 * g->words);
    *exists = false;
    Status status = search_init(&s, g, q);
    if (!work) status = NOMEM;
    if (status == OK && !affected(&s)) status = largest(&s, s.may, exists, out);
    if (status == OK && *exists) status = shrink(&s, out, 0, g->n, work);
    mem_free(work);
    search_free(&s);
    return status;
}

// --- all minimal sets ---

// Whether `z` is a front-door set: the largest one within itself.
static Status is_minimal(Search *s, const Word *z, Word *trial, Word *found, bool *minimal) {
    bool exists;
    bits_copy(trial, z, s->g->words);
    *minimal = true;
    SET_EACH(z, s->g->words, v) {
        bits_drop(trial, v);
        TRY(largest(s, trial, &exists, found));
        if (exists) {
            *minimal = false;
            return OK;
        }
        bits_add(trial, v);
    }
    return OK;
}

// Frames of the search are pairs (in, within): sets that hold `in` and lie within `within`.
static Status list_frames(Search *s, Sets *frames, Word *work, size_t limit, const Ctl *ctl,
                          Sets *out) {
    size_t words = s->g->words;
    Word *in = work, *within = work + words, *best = work + 2 * words;
    Word *trial = work + 3 * words, *found = work + 4 * words;
    while (frames->count && (!limit || out->count < limit)) {
        bool exists, minimal;
        if (ctl_cancelled(ctl)) return CANCELLED;
        bits_copy(within, sets_at(frames, --frames->count), words);
        bits_copy(in, sets_at(frames, --frames->count), words);
        TRY(largest(s, within, &exists, best));
        if (!exists || !bits_within(in, best, words)) continue;
        TRY(largest(s, in, &exists, found));
        if (exists && bits_equal(in, found, words)) {
            TRY(is_minimal(s, in, trial, found, &minimal));
            if (minimal) TRY(sets_add(out, in));
            continue;
        }
        if (exists) continue; // a smaller set than any that holds `in` will do
        bits_copy(trial, best, words);
        bits_andnot(trial, in, words);
        size_t v = bits_next(trial, words, 0);
        if (v == words * 64) continue;
        bits_add(in, v);
        TRY(sets_add(frames, in));
        TRY(sets_add(frames, best));
        bits_drop(in, v);
        bits_drop(best, v);
        TRY(sets_add(frames, in));
        TRY(sets_add(frames, best));
    }
    return OK;
}

Status frontdoor_list(const Graph *g, const FrontdoorQuery *q, size_t limit, const Ctl *ctl,
                      Sets *out) {
    Search s;
    Sets frames = {.words = g->words};
    Word *work = MEM_NEW(Word, 5 * g->words);
    out->words = g->words;
    Status status = search_init(&s, g, q);
    if (!work) status = NOMEM;
    if (status == OK && !affected(&s)) {
        status = sets_add(&frames, work); // the empty set
        if (status == OK) status = sets_add(&frames, s.may);
        if (status == OK) status = list_frames(&s, &frames, work, limit, ctl, out);
    }
    sets_sort(out);
    sets_free(&frames);
    mem_free(work);
    search_free(&s);
    return status;
}

// --- covariates ---

static Status reduce_given(const Graph *g, FrontdoorQuery *q, Word *given, Word *out) {
    Word *all = graph_set(g);
    Status status = all ? OK : NOMEM;
    bool exists;
    if (all) bits_copy(all, given, g->words);
    for (size_t v = 0; v < g->n && status == OK; v++) {
        if (!bits_has(all, v)) continue;
        bits_drop(given, v);
        status = frontdoor_largest(g, q, &exists, out);
        if (status == OK && !exists) bits_add(given, v);
    }
    mem_free(all);
    return status;
}

Status frontdoor_conditional(const Graph *g, const Word *x, const Word *y, bool *exists,
                             Word *given, Word *out) {
    FrontdoorQuery q = {.x = x, .y = y, .given = given};
    Word *below = graph_set(g);
    bits_clear(given, g->words);
    Status status = below ? frontdoor_minimal(g, &q, exists, out) : NOMEM;
    if (status == OK && !*exists) {
        bits_copy(out, x, g->words);
        bits_or(out, y, g->words);
        walk_ancestors(g, out, NULL, given);
        walk_descendants(g, x, NULL, below);
        graph_observed(g, out);
        bits_and(given, out, g->words);
        bits_andnot(given, below, g->words);
        bits_andnot(given, y, g->words);
        status = frontdoor_largest(g, &q, exists, out);
        if (status == OK && *exists) status = reduce_given(g, &q, given, out);
        if (status == OK && *exists) status = frontdoor_minimal(g, &q, exists, out);
        if (!*exists) bits_clear(given, g->words);
    }
    mem_free(below);
    return status;
}
