// Tests of graphs: building, walks, surgery.
#include "tests/unit/graph_text.h"

#include "runtime/graph/surgery.h"
#include "runtime/graph/walk.h"

static void test_builds_both_directions(void **state) {
    (void)state;
    Graph *g = graph_of("Z -> X -> Y; Z -> Y; X <-> Y; U; latent U; selected Z");
    assert_int_equal(g->n, 4);
    assert_int_equal(g->directed, 3);
    assert_int_equal(g->bidirected, 1);
    uint32_t x = graph_find(g, "X"), y = graph_find(g, "Y"), z = graph_find(g, "Z");
    assert_int_equal(graph_find(g, "W"), GRAPH_NONE);
    assert_true(graph_has_edge(g, x, y));
    assert_false(graph_has_edge(g, y, x));
    assert_true(graph_has_spouse(g, x, y) && graph_has_spouse(g, y, x));
    assert_false(graph_has_spouse(g, x, z));
    Word *out = graph_set(g);
    graph_observed(g, out);
    assert_set(g, out, "X Y");
    mem_free(out);
    graph_free(g);
}

static Status build_faults(const char *text, Faults *faults) {
    GraphDraft d = {0};
    Graph *g = NULL;
    text_draft(&d, text);
    Status status = graph_build(&d, faults, &g);
    assert_null(g);
    return status;
}

static void test_reports_what_is_wrong(void **state) {
    (void)state;
    Faults faults = {0};
    assert_int_equal(build_faults("A -> B; B -> A", &faults), FAULT);
    assert_int_equal(faults.count, 1);
    assert_int_equal(faults.items[0].code, FAULT_GRAPH_CYCLE);
    fault_free(&faults);
    assert_int_equal(build_faults("A -> B; A -> B; C <-> D; D <-> C; E -> E; F <-> F", &faults),
                     FAULT);
    assert_int_equal(faults.count, 4);
    fault_free(&faults);
    GraphDraft d = {0};
    Graph *g = NULL;
    uint32_t v;
    assert_int_equal(graph_vertex(&d, "A", &v), OK);
    assert_int_equal(graph_vertex(&d, "A", &v), OK);
    assert_int_equal(graph_build(&d, &faults, &g), FAULT);
    assert_int_equal(faults.items[0].code, FAULT_GRAPH_TWICE);
    fault_free(&faults);
}

static void test_finds_a_cycle(void **state) {
    (void)state;
    GraphDraft d = {0};
    VertexVec cycle = {0};
    text_draft(&d, "S -> A -> B -> C -> A; C -> T -> Q");
    assert_int_equal(graph_cycle(&d, &cycle), OK);
    assert_int_equal(cycle.count, 3);
    for (size_t i = 0; i < 3; i++) {
        bool edge = false;
        for (size_t e = 0; e < d.directed.count; e++)
            edge |= d.directed.items[e].from == cycle.items[i] &&
                    d.directed.items[e].to == cycle.items[(i + 1) % 3];
        assert_true(edge);
    }
    graph_draft_free(&d);
    text_draft(&d, "A -> B -> C; A -> C");
    assert_int_equal(graph_cycle(&d, &cycle), OK);
    assert_int_equal(cycle.count, 0);
    graph_draft_free(&d);
    VEC_FREE(&cycle);
}

static void test_empty_graph(void **state) {
    (void)state;
    Graph *g = graph_of("");
    Sets districts = {0};
    assert_int_equal(walk_districts(g, NULL, &districts), OK);
    assert_int_equal(districts.count, 0);
    sets_free(&districts);
    graph_free(g);
}

static void test_walks(void **state) {
    (void)state;
    Graph *g = graph_of("A -> B -> C -> D; E -> C; B <-> D; D <-> F; E <-> A");
    Word *of = set_of(g, "C"), *out = graph_set(g), *within = set_of(g, "B C D E");
    walk_ancestors(g, of, NULL, out);
    assert_set(g, out, "A B C E");
    walk_ancestors(g, of, within, out);
    assert_set(g, out, "B C E");
    walk_descendants(g, of, NULL, out);
    assert_set(g, out, "C D");
    walk_parents(g, of, out);
    assert_set(g, out, "B E");
    Sets districts = {0};
    assert_int_equal(walk_districts(g, NULL, &districts), OK);
    assert_int_equal(districts.count, 3);
    assert_set(g, sets_at(&districts, 0), "A E");
    assert_set(g, sets_at(&districts, 1), "B D F");
    sets_free(&districts);
    assert_int_equal(walk_district(g, graph_find(g, "B"), within, out), OK);
    assert_set(g, out, "B D");
    mem_free(of);
    mem_free(out);
    mem_free(within);
    graph_free(g);
}

// Markov blankets of Pearl (1988) figure 2.9.
static void test_blankets(void **state) {
    (void)state;
    Graph *g =
        graph_of("W -> Y; X -> W; Z1 -> X; Z1 -> Z3; Z2 -> Y; Z2 -> Z3; Z3 -> X; Z3 -> Y");
    Word *out = graph_set(g);
    assert_int_equal(walk_blanket(g, graph_find(g, "Z1"), out), OK);
    assert_set(g, out, "X Z2 Z3");
    assert_int_equal(walk_blanket(g, graph_find(g, "Y"), out), OK);
    assert_set(g, out, "W Z2 Z3");
    mem_free(out);
    graph_free(g);
}

static void assert_graph(Graph *g, const char *expected) {
    char *text = graph_print(g);
    assert_string_equal(text, expected);
    mem_free(text);
    graph_free(g);
}

static void test_surgery(void **state) {
    (void)state;
    Graph *g = graph_of("Z -> X -> Y; X <-> Y; Z <-> Y"), *cut = NULL;
    Word *x = set_of(g, "X"), *y = set_of(g, "Y"), *zy = set_of(g, "Z Y");
    assert_int_equal(surgery_cut(g, x, NULL, &cut), OK);
    assert_graph(cut, "X -> Y; Z <-> Y");
    assert_int_equal(surgery_cut(g, NULL, x, &cut), OK);
    assert_graph(cut, "Z -> X; Z <-> Y; X <-> Y");
    assert_int_equal(surgery_sever(g, x, y, &cut), OK);
    assert_graph(cut, "Z -> X; Z <-> Y; X <-> Y");
    uint32_t map[3];
    assert_int_equal(surgery_induced(g, zy, &cut, map), OK);
    assert_int_equal(map[1], GRAPH_NONE);
    assert_int_equal(map[2], 1);
    assert_int_equal(graph_find(cut, "Y"), 1);
    assert_graph(cut, "Z <-> Y");
    assert_int_equal(surgery_expand(g, &cut), OK);
    assert_int_equal(cut->n, 5);
    assert_int_equal(cut->bidirected, 0);
    graph_free(cut);
    mem_free(x);
    mem_free(y);
    mem_free(zy);
    graph_free(g);
}

static void assert_projection(const char *text, const char *expected) {
    Graph *g = graph_of(text), *projected = NULL;
    assert_int_equal(surgery_project(g, g->latent, &projected, NULL), OK);
    assert_graph(projected, expected);
    graph_free(g);
}

// The cases of dagitty's tests of latent projection, as ADMGs.
static void test_projection(void **state) {
    (void)state;
    assert_projection("X -> Y; L -> X; L -> Y; latent L", "X -> Y; X <-> Y");
    assert_projection("X -> V1; Z; V1 -> Z; V1 -> V2 -> Y; latent V1",
                      "X -> Z; X -> V2; V2 -> Y; Z <-> V2");
    assert_projection("A -> L -> B; L -> C; latent L", "A -> B; A -> C; B <-> C");
    assert_projection("A -> L <- B; L -> K; latent L K", "A; B");
    assert_projection("A <-> L -> B; latent L", "A <-> B");
    assert_projection("A <-> L <-> B; latent L", "A; B");
    assert_projection("L1 -> L2 -> A; L1 -> B; L2 <-> C; latent L1 L2", "A <-> B; A <-> C");
}

// Surgery on every planned failure of memory leaks nothing and reports it.
static void test_memory_runs_out(void **state) {
    (void)state;
    Graph *g = graph_of("A -> L -> B; L -> C; latent L");
    for (long n = 0;; n++) {
        Graph *projected = NULL;
        mem_fail_after(n, 0);
        Status status = surgery_project(g, g->latent, &projected, NULL);
        mem_fail_after(-1, 0);
        graph_free(projected);
        if (status == OK) break;
        assert_int_equal(status, NOMEM);
        assert_null(projected);
    }
    graph_free(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_builds_both_directions),
        cmocka_unit_test(test_reports_what_is_wrong),
        cmocka_unit_test(test_finds_a_cycle),
        cmocka_unit_test(test_empty_graph),
        cmocka_unit_test(test_walks),
        cmocka_unit_test(test_blankets),
        cmocka_unit_test(test_surgery),
        cmocka_unit_test(test_projection),
        cmocka_unit_test(test_memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
