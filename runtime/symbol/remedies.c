// Remedies: a search through small sets.
#include "runtime/symbol/remedies.h"

#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/graph/surgery.h"
#include "runtime/graph/walk.h"

#define LARGEST 2
#define CALLS 1000

typedef struct Try {
    const Graph *g, *expanded;
    IdentifyQuery q;     // in vertices of either
    Word *x, *y, *given; // its sets, as wide as `expanded` needs
    Word *causes;        // of Y and the conditions
    Word *set;           // the set at hand
    bool measure;        // its members are measured, else randomised
    RemediesLimits limit;
    size_t left; // calls
    bool *more;
    const Ctl *ctl;
    Faults *faults;
    Sets *found;
} Try;

// --- one set ---

// The expanded graph in which the members of the set are observed.
static Status measured(const Graph *expanded, const Word *set, Graph **out) {
    Word *latent = graph_set(expanded);
    Graph view = *expanded;
    if (!latent) return NOMEM;
    bits_copy(latent, expanded->latent, expanded->words);
    bits_andnot(latent, set, expanded->words);
    view.latent = latent;
    Status status = surgery_cut(&view, NULL, NULL, out);
    mem_free(latent);
    return status;
}

static Status with_measurement(const IdentifyQuery *q, const Graph *expanded, const Word *set,
                               Faults *faults, Identification *out) {
    Graph *g = NULL;
    Status status = measured(expanded, set, &g);
    if (status == OK) status = identify(g, q, NULL, faults, out);
    graph_free(g);
    return status;
}

static Status with_experiment(const IdentifyQuery *q, const Graph *g, const Word *set,
                              Faults *faults, Identification *out) {
    // Without described sources the joint is known.
    size_t known = q->nsources ? q->nsources : 1;
    Source *sources = MEM_NEW(Source, known + 1);
    if (!sources) return NOMEM;
    for (size_t i = 0; i < q->nsources; i++) sources[i] = q->sources[i];
    sources[known] = (Source){.dos = set};
    IdentifyQuery more = *q;
    more.sources = sources;
    more.nsources = known + 1;
    Status status = identify(g, &more, NULL, faults, out);
    mem_free(sources);
    return status;
}

static Status enough(Try *t, bool *yes) {
    Identification id;
    t->left--;
    TRY(t->measure ? with_measurement(&t->q, t->expanded, t->set, t->faults, &id)
                   : with_experiment(&t->q, t->g, t->set, t->faults, &id));
    *yes = id.form != IDENTIFY_NONE;
    identify_free(&id);
    return OK;
}

// --- all sets ---

static bool contains_found(const Try *t, const Word *set) {
    for (size_t i = 0; i < t->found->count; i++)
        if (bits_within(sets_at(t->found, i), set, t->expanded->words)) return true;
    return false;
}

static bool candidate(const Try *t, size_t v) {
    return bits_has(t->causes, v) && !bits_has(t->y, v) &&
           t->measure == bits_has(t->expanded->latent, v);
}

static Status try_set(Try *t) {
    bool yes = false;
    if (ctl_cancelled(t->ctl)) return CANCELLED;
    if (contains_found(t, t->set)) return OK;
    if (!t->left) {
        *t->more = true;
        return OK;
    }
    TRY(enough(t, &yes));
    return yes ? sets_add(t->found, t->set) : OK;
}

// Tries every set that adds `wanted` candidates from `from` on.
static Status extend(Try *t, size_t from, size_t wanted) {
    if (wanted == 0) return try_set(t);
    for (size_t v = from; v < t->expanded->n && !*t->more; v++) {
        if (!candidate(t, v)) continue;
        bits_add(t->set, v);
        Status status = extend(t, v + 1, wanted - 1);
        bits_drop(t->set, v);
        TRY(status);
    }
    return OK;
}

static Status try_all(Try *t, Sets *found, bool measure, bool *more) {
    bool beyond = false;
    t->found = found;
    t->measure = measure;
    t->left = t->limit.calls;
    t->more = &beyond;
    found->words = t->expanded->words;
    for (size_t size = 0; size <= t->limit.largest && !beyond; size++) TRY(extend(t, 0, size));
    // Without calls, this tells whether a larger set has no remedy within it.
    t->left = 0;
    TRY(extend(t, 0, t->limit.largest + 1));
    *more |= beyond;
    return OK;
}

// The experiment on X, when it is too large to have been found; then those on X to the end.
static Status trivial_last(Try *t, Sets *found) {
    size_t words = t->expanded->words;
    Sets ordered = {.words = words};
    bool yes = false;
    Status status = OK;
    if (!bits_empty(t->x, words) && !contains_found(t, t->x)) {
        bits_copy(t->set, t->x, words);
        t->left = 1;
        status = enough(t, &yes);
        if (status == OK && yes) status = sets_add(found, t->x);
    }
    for (int last = 0; last < 2; last++)
        for (size_t i = 0; status == OK && i < found->count; i++)
            if (bits_meet(sets_at(found, i), t->x, words) == (last == 1))
                status = sets_add(&ordered, sets_at(found, i));
    sets_free(found);
    *found = ordered;
    return status;
}

// --- the question ---

static Word *widen(const Graph *g, const Graph *to, const Word *set) {
    Word *out = graph_set(to);
    if (out && set) memcpy(out, set, g->words * sizeof *set);
    return out;
}

static Status prepare(Try *t, const IdentifyQuery *q) {
    t->x = widen(t->g, t->expanded, q->x);
    t->y = widen(t->g, t->expanded, q->y);
    t->given = widen(t->g, t->expanded, q->given);
    t->causes = graph_set(t->expanded);
    t->set = graph_set(t->expanded);
    if (!t->x || !t->y || !t->given || !t->causes || !t->set) return NOMEM;
    bits_copy(t->set, t->y, t->expanded->words);
    bits_or(t->set, t->given, t->expanded->words);
    walk_ancestors(t->expanded, t->set, NULL, t->causes);
    bits_clear(t->set, t->expanded->words);
    // Whether it is identified is all that matters, and the special forms are of no help there.
    t->q = (IdentifyQuery){t->y, t->x, t->given, true, q->sources, q->nsources};
    return OK;
}

Status remedies_find(const Graph *g, const IdentifyQuery *q, RemediesLimits limits,
                     const Ctl *ctl, Faults *faults, Remedies *out) {
    *out = (Remedies){0};
    TRY(surgery_expand(g, &out->graph));
    out->named = g->n;
    if (!limits.largest) limits.largest = LARGEST;
    if (!limits.calls) limits.calls = CALLS;
    Try t = {.g = g, .expanded = out->graph, .limit = limits, .ctl = ctl, .faults = faults};
    out->measurements.words = out->graph->words;
    Status status = prepare(&t, q);
    if (status == OK && !q->nsources)
        status = try_all(&t, &out->measurements, true, &out->more);
    if (status == OK) status = try_all(&t, &out->experiments, false, &out->more);
    if (status == OK) status = trivial_last(&t, &out->experiments);
    mem_free(t.x);
    mem_free(t.y);
    mem_free(t.given);
    mem_free(t.causes);
    mem_free(t.set);
    if (status != OK) remedies_free(out);
    return status;
}

void remedies_free(Remedies *r) {
    sets_free(&r->experiments);
    sets_free(&r->measurements);
    graph_free(r->graph);
    *r = (Remedies){0};
}

Status remedies_identify(const Graph *g, const IdentifyQuery *q, const Remedies *r,
                         const Word *set, bool measure, Faults *faults, Identification *out) {
    Try t = {.g = g, .expanded = r->graph};
    Status status = prepare(&t, q);
    t.q.general = q->general;
    if (status == OK)
        status = measure ? with_measurement(&t.q, r->graph, set, faults, out)
                         : with_experiment(&t.q, g, set, faults, out);
    mem_free(t.x);
    mem_free(t.y);
    mem_free(t.given);
    mem_free(t.causes);
    mem_free(t.set);
    return status;
}
