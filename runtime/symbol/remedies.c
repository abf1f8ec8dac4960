// Remedies: a search through small sets.
#include "runtime/symbol/remedies.h"

#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/graph/surgery.h"

typedef struct Try {
    const Graph *g;      // expanded
    Word *y, *x, *given; // the question, as sets of g
    Word *set;           // the set at hand
    bool measure;        // its members are measured, else randomised
    size_t largest;
    const Ctl *ctl;
    Faults *faults;
    Sets *found;
} Try;

// The expanded graph in which the members of the set are observed.
static Status measured(const Try *t, Graph **out) {
    Word *latent = graph_set(t->g);
    Graph view = *t->g;
    if (!latent) return NOMEM;
    bits_copy(latent, t->g->latent, t->g->words);
    bits_andnot(latent, t->set, t->g->words);
    view.latent = latent;
    Status status = surgery_cut(&view, NULL, NULL, out);
    mem_free(latent);
    return status;
}

static Status enough(const Try *t, bool *yes) {
    IdentifyQuery q = {.y = t->y, .x = t->x, .given = t->given};
    Source sources[] = {{0}, {.dos = t->set}};
    Identification id;
    Graph *other = NULL;
    if (t->measure) TRY(measured(t, &other));
    if (!t->measure) {
        q.sources = sources;
        q.nsources = 2;
    }
    Status status = identify(other ? other : t->g, &q, NULL, t->faults, &id);
    if (status == OK) {
        *yes = id.form != IDENTIFY_NONE;
        identify_free(&id);
    }
    graph_free(other);
    return status;
}

static bool contains_found(const Try *t) {
    for (size_t i = 0; i < t->found->count; i++)
        if (bits_within(sets_at(t->found, i), t->set, t->g->words)) return true;
    return false;
}

// Tries every set that adds `more` candidates from `from` on.
static Status extend(Try *t, size_t from, size_t more) {
    if (ctl_cancelled(t->ctl)) return CANCELLED;
    if (more == 0) {
        bool yes = false;
        if (contains_found(t)) return OK;
        TRY(enough(t, &yes));
        return yes ? sets_add(t->found, t->set) : OK;
    }
    for (size_t v = from; v < t->g->n; v++) {
        bool candidate = t->measure == bits_has(t->g->latent, v) && !bits_has(t->y, v);
        if (!candidate) continue;
        bits_add(t->set, v);
        TRY(extend(t, v + 1, more - 1));
        bits_drop(t->set, v);
    }
    return OK;
}

static Status try_all(Try *t, Sets *found, bool measure) {
    t->found = found;
    t->measure = measure;
    found->words = t->g->words;
    for (size_t size = 1; size <= t->largest; size++) TRY(extend(t, 0, size));
    return OK;
}

static Word *widen(const Graph *g, const Graph *to, const Word *set) {
    Word *out = graph_set(to);
    if (out && set) memcpy(out, set, g->words * sizeof *set);
    return out;
}

Status remedies_find(const Graph *g, const IdentifyQuery *q, size_t largest, const Ctl *ctl,
                     Faults *faults, Remedies *out) {
    *out = (Remedies){0};
    TRY(surgery_expand(g, &out->graph));
    Try t = {.g = out->graph, .largest = largest ? largest : 2, .ctl = ctl};
    t.faults = faults;
    t.y = widen(g, t.g, q->y);
    t.x = widen(g, t.g, q->x);
    t.given = widen(g, t.g, q->given);
    t.set = graph_set(t.g);
    Status status = t.y && t.x && t.given && t.set ? OK : NOMEM;
    if (status == OK) status = try_all(&t, &out->experiments, false);
    if (status == OK) status = try_all(&t, &out->measurements, true);
    mem_free(t.y);
    mem_free(t.x);
    mem_free(t.given);
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
