// Instrument: conditional instruments, judged and found.
#include "runtime/graph/instrument.h"

#include "runtime/base/mem.h"
#include "runtime/graph/adjust.h"
#include "runtime/graph/separation.h"
#include "runtime/graph/separator.h"

// The back-door graph and the sets that every test needs.
typedef struct Scene {
    Graph *backdoor;
    Word *x, *y, *z, *forbidden;
} Scene;

static void scene_free(Scene *s) {
    graph_free(s->backdoor);
    mem_free(s->x);
    mem_free(s->y);
    mem_free(s->z);
    mem_free(s->forbidden);
}

static Status scene_init(Scene *s, const Graph *g, uint32_t x, uint32_t y) {
    s->x = graph_set(g);
    s->y = graph_set(g);
    s->z = graph_set(g);
    s->forbidden = graph_set(g);
    if (!s->x || !s->y || !s->z || !s->forbidden) return NOMEM;
    bits_add(s->x, x);
    bits_add(s->y, y);
    TRY(adjust_forbidden(g, s->x, s->y, s->forbidden));
    return adjust_backdoor_graph(g, s->x, s->y, &s->backdoor);
}

static void refuse(InstrumentCheck *check, InstrumentVerdict verdict, size_t vertex) {
    if (check->verdict != INSTRUMENT_VALID) return;
    check->verdict = verdict;
    check->vertex = (uint32_t)vertex;
}

static Status judge(const Graph *g, const Scene *s, const Word *w, InstrumentCheck *check) {
    bool separated = true;
    Path to_y = {0};
    SET_EACH(w, g->words, v) {
        if (bits_has(s->x, v) || bits_has(s->y, v) || bits_has(s->z, v))
            refuse(check, INSTRUMENT_OVERLAP, v);
        if (bits_has(g->latent, v)) refuse(check, INSTRUMENT_LATENT, v);
        if (bits_has(s->forbidden, v)) refuse(check, INSTRUMENT_FORBIDDEN, v);
    }
    SET_EACH(g->selected, g->words, v)
        if (bits_has(s->forbidden, v)) refuse(check, INSTRUMENT_FORBIDDEN, v);
    if (check->verdict != INSTRUMENT_VALID) return OK;
    TRY(separation_test(s->backdoor, s->z, s->x, w, &separated, &check->path));
    if (separated) check->verdict = INSTRUMENT_IRRELEVANT;
    TRY(separation_test(s->backdoor, s->z, s->y, w, &separated, &to_y));
    if (check->verdict == INSTRUMENT_VALID && !separated) {
        check->verdict = INSTRUMENT_EXCLUDED;
        path_free(&check->path);
        check->path = to_y;
        return OK;
    }
    path_free(&to_y);
    return OK;
}

Status instrument_check(const Graph *g, uint32_t x, uint32_t y, uint32_t z, const Word *w,
                        InstrumentCheck *check) {
    Scene s = {0};
    Word *none = graph_set(g);
    *check = (InstrumentCheck){.vertex = GRAPH_NONE};
    Status status = none ? scene_init(&s, g, x, y) : NOMEM;
    if (status == OK) {
        bits_add(s.z, z);
        if (z == x || z == y) refuse(check, INSTRUMENT_OVERLAP, z);
        if (bits_has(g->latent, z)) refuse(check, INSTRUMENT_LATENT, z);
        if (check->verdict == INSTRUMENT_VALID) status = judge(g, &s, w ? w : none, check);
    }
    if (status != OK) instrument_check_free(check);
    scene_free(&s);
    mem_free(none);
    return status;
}

void instrument_check_free(InstrumentCheck *check) {
    path_free(&check->path);
}

// Van der Zander et al. 2015: when any W among the ancestors serves, the separator nearest to Y
// does, since it leaves Z connected to whatever any other such separator leaves it connected
// to.
static Status find_nearest(const Graph *g, const Scene *s, bool *exists, Word *w) {
    bool separated = true;
    Word *may = graph_set(g);
    if (!may) return NOMEM;
    graph_observed(g, may);
    bits_andnot(may, s->forbidden, g->words);
    SeparatorQuery q = {.x = s->y, .y = s->z, .may = may};
    Status status = separator_nearest(s->backdoor, &q, exists, w);
    if (status == OK && *exists) {
        status = separation_test(s->backdoor, s->z, s->x, w, &separated, NULL);
        *exists = !separated;
    }
    mem_free(may);
    return status;
}

static bool may_be(const Graph *g, uint32_t x, uint32_t y, uint32_t z) {
    return z != x && z != y && !bits_has(g->latent, z) && !bits_has(g->selected, z);
}

Status instrument_find(const Graph *g, uint32_t x, uint32_t y, uint32_t z, bool *exists,
                       Word *w) {
    Scene s = {0};
    *exists = false;
    if (!may_be(g, x, y, z)) return OK;
    Status status = scene_init(&s, g, x, y);
    if (status == OK && !bits_meet(g->selected, s.forbidden, g->words)) {
        bits_add(s.z, z);
        status = find_nearest(g, &s, exists, w);
    }
    scene_free(&s);
    return status;
}

Status instrument_list(const Graph *g, uint32_t x, uint32_t y, const Ctl *ctl,
                       bool (*visit)(void *user, uint32_t z, const Word *w), void *user) {
    Scene s = {0};
    Word *w = graph_set(g);
    Status status = w ? scene_init(&s, g, x, y) : NOMEM;
    bool none = status == OK && bits_meet(g->selected, s.forbidden, g->words);
    for (uint32_t z = 0; status == OK && !none && z < g->n; z++) {
        bool exists = false;
        if (ctl_cancelled(ctl)) status = CANCELLED;
        if (status != OK || !may_be(g, x, y, z)) continue;
        bits_add(s.z, z);
        status = find_nearest(g, &s, &exists, w);
        bits_drop(s.z, z);
        if (status == OK && exists && !visit(user, z, w)) status = NOMEM;
    }
    scene_free(&s);
    mem_free(w);
    return status;
}
