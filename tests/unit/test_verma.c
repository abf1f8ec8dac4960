// Tests of Verma constraints: they hold in random models, and say what no independence says.
#include "tests/unit/oracle.h"

#include "runtime/symbol/expr_print.h"
#include "runtime/symbol/verma.h"

static void assert_constraints(const char *text, const char *expected) {
    Graph *g = graph_of(text);
    Vermas all;
    Faults faults = {0};
    Str s = {0};
    assert_int_equal(verma_list(g, 0, NULL, &faults, &all), OK);
    for (size_t i = 0; i < all.list.count; i++) {
        str_add(&s, i ? "; " : "");
        expr_print(&all.pool, all.list.items[i].e, all.graph->names, EXPR_TEXT, &s);
        str_printf(&s, " # %s", set_text(all.graph, all.list.items[i].idle));
    }
    assert_string_equal(str_text(&s), expected);
    str_free(&s);
    verma_free(&all);
    graph_free(g);
}

static void test_textbook(void **state) {
    (void)state;
    // Verma & Pearl 1990, with the latent variable as an edge and as a vertex.
    const char *verma = "sum over V2 of P(V4 | V3, V2, V1) P(V2 | V1) # V1";
    assert_constraints("V1 -> V2 -> V3 -> V4; V2 <-> V4", verma);
    assert_constraints("V1 -> V2 -> V3 -> V4; U -> V2; U -> V4; latent U", verma);
    // DAGs have independences only, and so does an instrument (its inequalities are no
    // equalities).
    assert_constraints("A -> B -> C; A -> D -> C", "");
    assert_constraints("Z -> X -> Y; X <-> Y", "");
    assert_constraints("A <-> B <-> C <-> D", "");
}

// What selection hides cannot be tested.
static void test_refuses_selection(void **state) {
    (void)state;
    Graph *g = graph_of("V1 -> V2 -> V3 -> V4 -> S; V2 <-> V4; selected S");
    Vermas all;
    Faults faults = {0};
    assert_int_equal(verma_list(g, 0, NULL, &faults, &all), FAULT);
    assert_int_equal(faults.items[0].code, FAULT_GRAPH_QUESTION);
    assert_non_null(strstr(faults.items[0].message, "S is selected"));
    fault_free(&faults);
    graph_free(g);
}

static void test_hold_in_random_models(void **state) {
    (void)state;
    size_t found = 0;
    for (uint64_t seed = 0; seed < seeds(60); seed++) {
        Rng rng;
        World w;
        Vermas all;
        Faults faults = {0};
        rng_seed(&rng, seed, 12);
        Graph *g = graph_random(&rng, 4 + rng_below(&rng, 3), 0.5, 0.3);
        if (world_fits(g)) {
            world_init(&w, g, &rng);
            assert_int_equal(verma_list(g, 0, NULL, &faults, &all), OK);
            found += all.list.count;
            for (size_t i = 0; i < all.list.count; i++) {
                const Verma *v = &all.list.items[i];
                uint32_t idle = (uint32_t)*v->idle;
                for (uint32_t s = 0; s < 1u << w.n; s++)
                    if (fabs(world_eval(&w, v->e, s) - world_eval(&w, v->e, s & ~idle)) > 1e-9)
                        fail_msg("seed %llu: constraint %zu", (unsigned long long)seed, i);
            }
            verma_free(&all);
            world_free(&w);
        }
        graph_free(g);
    }
    assert_true(found > 0);
}

static void test_memory_runs_out(void **state) {
    (void)state;
    Graph *g = graph_of("V1 -> V2 -> V3 -> V4; V2 <-> V4");
    Vermas all;
    Faults faults = {0};
    STARVE(verma_list(g, 0, NULL, &faults, &all), verma_free(&all));
    graph_free(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_runs_out),
        cmocka_unit_test(test_textbook),
        cmocka_unit_test(test_refuses_selection),
        cmocka_unit_test(test_hold_in_random_models),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
