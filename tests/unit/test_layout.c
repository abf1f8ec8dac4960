// Tests of layered layouts: links go down one layer, nodes keep apart, nothing is lost.
#include "tests/unit/graph_text.h"

#include <math.h>

#include "runtime/graph/layout.h"

static void check_nodes(const Layout *l) {
    size_t seen = 0;
    for (size_t layer = 0; layer < l->layers; layer++)
        for (uint32_t i = l->layer_first[layer]; i < l->layer_first[layer + 1]; i++, seen++) {
            assert_int_equal(l->nodes[l->order[i]].layer, layer);
            assert_int_equal(l->nodes[l->order[i]].place, i - l->layer_first[layer]);
        }
    assert_int_equal(seen, l->count);
    for (size_t node = 0; node < l->count; node++)
        GRAPH_EACH(l, down, node, below)
            assert_int_equal(l->nodes[below].layer, l->nodes[node].layer + 1);
}

// Whether `to` is reached from `from` through bends alone.
static bool leads(const Layout *l, size_t from, size_t to) {
    GRAPH_EACH(l, down, from, below) {
        if (below == to) return true;
        if (l->nodes[below].kind == LAYOUT_BEND && leads(l, below, to)) return true;
    }
    return false;
}

static void check_edges(const Graph *g, const Layout *l, bool hidden) {
    size_t nhidden = 0;
    for (size_t v = 0; v < g->n; v++)
        for (size_t w = 0; w < g->n; w++)
            assert_int_equal(leads(l, v, w), graph_has_edge(g, v, w));
    for (size_t node = g->n; node < l->count; node++) {
        if (l->nodes[node].kind != LAYOUT_HIDDEN) continue;
        size_t ends[2] = {0}, n = 0;
        for (size_t v = 0; v < g->n; v++)
            if (leads(l, node, v)) ends[n++ % 2] = v;
        assert_int_equal(n, 2);
        assert_true(graph_has_spouse(g, ends[0], ends[1]));
        nhidden++;
    }
    assert_int_equal(nhidden, hidden ? g->bidirected : 0);
}

static void check_places(const Layout *l, double limit) {
    double *width = MEM_NEW(double, l->count), *x = MEM_NEW(double, l->count);
    assert_non_null(width);
    assert_non_null(x);
    for (size_t i = 0; i < l->count; i++) width[i] = 3 + (double)(i % 4);
    assert_int_equal(layout_spread(l, width, 2, limit, x), OK);
    for (size_t layer = 0; layer < l->layers; layer++)
        for (uint32_t i = l->layer_first[layer]; i < l->layer_first[layer + 1]; i++) {
            uint32_t node = l->order[i];
            if (isfinite(limit)) assert_true(x[node] - width[node] / 2 > -1e-9);
            if (isfinite(limit)) assert_true(x[node] + width[node] / 2 < limit + 1e-9);
            if (i == l->layer_first[layer]) continue;
            uint32_t left = l->order[i - 1];
            assert_true(x[node] - x[left] > (width[node] + width[left]) / 2 + 2 - 1e-9);
        }
    mem_free(width);
    mem_free(x);
}

static void check(const Graph *g) {
    for (int hidden = 0; hidden < 2; hidden++) {
        Layout l;
        assert_int_equal(layout_make(g, hidden, NULL, &l), OK);
        check_nodes(&l);
        check_edges(g, &l, hidden);
        check_places(&l, INFINITY);
        check_places(&l, (double)l.count * 8 + 10);
        layout_free(&l);
    }
}

static void test_census(void **state) {
    (void)state;
    for (uint64_t code = 0; code < 64; code++) {
        Graph *g = graph_census(3, code);
        check(g);
        graph_free(g);
    }
}

static void test_random(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(40); seed++) {
        Rng rng;
        rng_seed(&rng, seed, 0);
        Graph *g = graph_random(&rng, 1 + rng_below(&rng, 20), 0.2, 0.1);
        check(g);
        graph_free(g);
    }
}

// A cause without causes stands just above its first effect.
static void test_layers(void **state) {
    (void)state;
    Graph *g = graph_of("A -> B -> C -> D; E -> D; F; A -> D");
    Layout l;
    assert_int_equal(layout_make(g, false, NULL, &l), OK);
    assert_int_equal(l.layers, 4);
    assert_int_equal(l.nodes[graph_find(g, "E")].layer, 2);
    assert_int_equal(l.nodes[graph_find(g, "F")].layer, 0);
    assert_int_equal(l.count, g->n + 2);
    layout_free(&l);
    graph_free(g);
}

static size_t brute_crossings(const Layout *l) {
    size_t found = 0;
    for (size_t a = 0; a < l->count; a++)
        for (size_t b = 0; b < l->count; b++) {
            if (l->nodes[a].layer != l->nodes[b].layer) continue;
            if (l->nodes[a].place >= l->nodes[b].place) continue;
            GRAPH_EACH(l, down, a, c)
                GRAPH_EACH(l, down, b, d)
                    found += l->nodes[c].place > l->nodes[d].place;
        }
    return found;
}

// A tree, and two chains that are declared crosswise, are drawn without crossings.
static void test_crossings(void **state) {
    (void)state;
    static const char *const plane[] = {"A -> C; A -> D; B -> E; B -> F; D -> G; C -> H",
                                        "A; B; X; Y; A -> Y; B -> X; P; Q; Y -> P; X -> Q"};
    size_t found;
    for (size_t i = 0; i < 2; i++) {
        Graph *g = graph_of(plane[i]);
        Layout l;
        assert_int_equal(layout_make(g, true, NULL, &l), OK);
        assert_int_equal(layout_crossings(&l, &found), OK);
        assert_int_equal(found, 0);
        layout_free(&l);
        graph_free(g);
    }
    for (uint64_t seed = 1; seed <= 20; seed++) {
        Rng rng;
        rng_seed(&rng, seed, 1);
        Graph *g = graph_random(&rng, 12, 0.4, 0.2);
        Layout l;
        assert_int_equal(layout_make(g, true, NULL, &l), OK);
        assert_int_equal(layout_crossings(&l, &found), OK);
        assert_int_equal(found, brute_crossings(&l));
        layout_free(&l);
        graph_free(g);
    }
}

static void test_memory(void **state) {
    (void)state;
    Graph *g = graph_of("A -> B -> C; A -> C; A <-> C");
    Status status = NOMEM;
    for (long n = 0; status != OK; n++) {
        Layout l;
        mem_fail_after(n, 1);
        status = layout_make(g, true, NULL, &l);
        mem_fail_after(-1, 0);
        if (status == OK) layout_free(&l);
    }
    graph_free(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_census), cmocka_unit_test(test_random),
        cmocka_unit_test(test_layers), cmocka_unit_test(test_crossings),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
