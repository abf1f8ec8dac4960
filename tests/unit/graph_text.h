// Helpers of the graph tests: graphs from text, random graphs, seeds.
#ifndef RUNG_TESTS_GRAPH_TEXT_H
#define RUNG_TESTS_GRAPH_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/mem.h"
#include "runtime/base/rng.h"
#include "runtime/base/str.h"
#include "runtime/graph/graph.h"

static inline uint32_t text_vertex(GraphDraft *d, const char *name, size_t len) {
    for (size_t v = 0; v < d->names.count; v++)
        if (strlen(d->names.items[v]) == len && !strncmp(d->names.items[v], name, len))
            return (uint32_t)v;
    char copy[80] = {0};
    uint32_t v = 0;
    assert_true(len < sizeof copy);
    memcpy(copy, name, len);
    assert_int_equal(graph_vertex(d, copy, &v), OK);
    return v;
}

static inline void text_join(GraphDraft *d, uint32_t a, uint32_t b, char arrow) {
    Status s = arrow == '>'   ? graph_edge(d, a, b, 0)
               : arrow == '<' ? graph_edge(d, b, a, 0)
                              : graph_confound(d, a, b, 0);
    assert_int_equal(s, OK);
}

// Reads "A -> B <-> C; D; latent U V; selected S": chains of edges, names, and marks. Vertices
// are numbered as they first appear.
static inline void text_draft(GraphDraft *d, const char *text) {
    char arrow = 0, mark = 0;
    uint32_t last = GRAPH_NONE;
    for (const char *p = text; *p;) {
        if (*p == ' ' || *p == ',') {
            p++;
        } else if (*p == ';') {
            p++, arrow = 0, mark = 0, last = GRAPH_NONE;
        } else if (!strncmp(p, "<->", 3)) {
            p += 3, arrow = '=';
        } else if (!strncmp(p, "->", 2)) {
            p += 2, arrow = '>';
        } else if (!strncmp(p, "<-", 2)) {
            p += 2, arrow = '<';
        } else if (!strncmp(p, "latent ", 7) || !strncmp(p, "selected ", 9)) {
            mark = *p, p += *p == 'l' ? 7 : 9;
        } else {
            size_t len = strcspn(p, " ,;<-");
            uint32_t v = text_vertex(d, p, len);
            p += len;
            if (arrow) text_join(d, last, v, arrow);
            if (mark == 'l') assert_int_equal(graph_latent(d, v), OK);
            if (mark == 's') assert_int_equal(graph_select(d, v), OK);
            last = v, arrow = 0;
        }
    }
}

static inline Graph *graph_of(const char *text) {
    GraphDraft d = {0};
    Faults faults = {0};
    Graph *g = NULL;
    text_draft(&d, text);
    if (graph_build(&d, &faults, &g) != OK)
        fail_msg("%s: %s", text, faults.count ? faults.items[0].message : "no memory");
    return g;
}

// The set of the vertices named in a text, separated by blanks or commas.
static inline Word *set_of(const Graph *g, const char *text) {
    Word *set = graph_set(g);
    assert_non_null(set);
    while (*(text += strspn(text, " ,"))) {
        size_t len = strcspn(text, " ,");
        char name[80] = {0};
        assert_true(len < sizeof name);
        memcpy(name, text, len);
        uint32_t v = graph_find(g, name);
        if (v == GRAPH_NONE) fail_msg("no vertex %s", name);
        bits_add(set, v);
        text += len;
    }
    return set;
}

// "A B" in the order of the vertices; a static buffer, good until the call after next.
static inline const char *set_text(const Graph *g, const Word *set) {
    static char buffers[2][4096];
    static int which;
    char *out = buffers[which ^= 1];
    size_t at = 0;
    out[0] = 0;
    SET_EACH(set, g->words, v)
        at += (size_t)snprintf(out + at, sizeof buffers[0] - at, "%s%s", at ? " " : "",
                               g->names[v]);
    return out;
}

// "A -> B; A <-> B": the edges in ascending order, then vertices without edges.
static inline char *graph_print(const Graph *g) {
    Str s = {0};
    for (size_t v = 0; v < g->n; v++)
        GRAPH_EACH(g, children, v, c)
            str_printf(&s, "%s%s -> %s", s.len ? "; " : "", g->names[v], g->names[c]);
    for (size_t v = 0; v < g->n; v++)
        GRAPH_EACH(g, spouses, v, w)
            if (v < w)
                str_printf(&s, "%s%s <-> %s", s.len ? "; " : "", g->names[v], g->names[w]);
    for (size_t v = 0; v < g->n; v++)
        if (!graph_degree(&g->parents, v) && !graph_degree(&g->children, v) &&
            !graph_degree(&g->spouses, v))
            str_printf(&s, "%s%s", s.len ? "; " : "", g->names[v]);
    return str_take(&s);
}

static inline void assert_set(const Graph *g, const Word *set, const char *expected) {
    Word *want = set_of(g, expected);
    if (!bits_equal(set, want, g->words))
        fail_msg("got {%s}, expected {%s}", set_text(g, set), set_text(g, want));
    mem_free(want);
}

// A random ADMG on n vertices in a random causal order: each pair has a directed edge with
// probability `directed` and a bidirected one with probability `both`.
static inline Graph *graph_random(Rng *rng, size_t n, double directed, double both) {
    GraphDraft d = {0};
    Faults faults = {0};
    Graph *g = NULL;
    uint32_t v, order[64];
    assert_true(n <= 64);
    for (size_t i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "V%zu", i);
        assert_int_equal(graph_vertex(&d, name, &v), OK);
        size_t j = rng_below(rng, i + 1);
        order[i] = order[j];
        order[j] = (uint32_t)i;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            if (rng_unit(rng) < directed)
                assert_int_equal(graph_edge(&d, order[i], order[j], 0), OK);
            if (rng_unit(rng) < both)
                assert_int_equal(graph_confound(&d, order[i], order[j], 0), OK);
        }
    assert_int_equal(graph_build(&d, &faults, &g), OK);
    return g;
}

// Graph number `code` of the census of all ADMGs on V1..Vn with edges from smaller to larger:
// two bits for each pair, in the order 12, 13, .., 23, ..
static inline Graph *graph_census(size_t n, uint64_t code) {
    GraphDraft d = {0};
    Faults faults = {0};
    Graph *g = NULL;
    uint32_t v;
    for (size_t i = 0; i < n; i++) {
        char name[] = {'V', (char)('1' + i), 0};
        assert_int_equal(graph_vertex(&d, name, &v), OK);
    }
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = i + 1; j < n; j++, code >>= 2) {
            if (code & 1) assert_int_equal(graph_edge(&d, i, j, 0), OK);
            if (code & 2) assert_int_equal(graph_confound(&d, i, j, 0), OK);
        }
    assert_int_equal(graph_build(&d, &faults, &g), OK);
    return g;
}

// Shrier & Platt 2008, figure 3: warming up and injuries.
#define SHRIER_PLATT                                                                           \
    "Coach -> Fitness; Coach -> TeamMotiv; ConnTissue -> NeuroFatigue; "                       \
    "ConnTissue -> TissueWeak; ContactSport -> IntraGameProp; ContactSport -> PrevInjury; "    \
    "Fitness -> NeuroFatigue; Fitness -> PreGameProp; Genetics -> ConnTissue; "                \
    "Genetics -> Fitness; Genetics -> NeuroFatigue; IntraGameProp -> Injury; "                 \
    "NeuroFatigue -> Injury; NeuroFatigue -> IntraGameProp; PreGameProp -> WarmUp; "           \
    "TeamMotiv -> PrevInjury; TeamMotiv -> WarmUp; TissueWeak -> Injury; "                     \
    "WarmUp -> IntraGameProp"

// Runs a call that returns a Status with every planned failure of memory until it succeeds:
// each time the status must be NOMEM, and `tidy` frees whatever the call left.
#define STARVE(call, tidy)                                                                     \
    for (long starve_ = 0;; starve_ += 1 + starve_ / 16) {                                     \
        mem_fail_after(starve_, 0);                                                            \
        Status starved_ = (call);                                                              \
        mem_fail_after(-1, 0);                                                                 \
        tidy;                                                                                  \
        if (starved_ == OK) break;                                                             \
        assert_int_equal(starved_, NOMEM);                                                     \
    }

// The number of random cases to try: RUNG_SEEDS, or else the default.
static inline uint64_t seeds(uint64_t fallback) {
    const char *text = getenv("RUNG_SEEDS");
    return text && *text ? strtoull(text, NULL, 10) : fallback;
}

#endif
