// Tests of adjustment under selection, against models evaluated by enumeration.
#include "tests/unit/oracle.h"

#include "runtime/graph/adjust.h"

// The sum over z of P(y | x, z, S = 1) P(z | S = 1), where the bits of `values` say which y and
// x.
static double adjusted(const World *w, Word y, Word x, Word z, uint32_t selected,
                       uint32_t values) {
    double total = 0;
    uint32_t on = (uint32_t)z, s = on;
    for (;; s = (s - 1) & on) {
        uint32_t at = (values & ~on) | s | selected;
        double here = law_of(w->joint, w->n, selected | (uint32_t)(x | z), at);
        total += law_of(w->joint, w->n, selected | (uint32_t)(x | y | z), at) / here *
                 law_of(w->joint, w->n, selected | on, at) /
                 law_of(w->joint, w->n, selected, at);
        if (!s) return total;
    }
}

// Whether the formula gives the effect at every value of y and x.
static bool formula_holds(const World *w, Word y, Word x, Word z, uint32_t selected) {
    for (uint32_t s = 0; s < 1u << w->n; s++)
        if (fabs(adjusted(w, y, x, z, selected, s) - world_truth(w, y, x, 0, s)) > 1e-9)
            return false;
    return true;
}

static Graph *with_selection(const Graph *g, uint32_t selected) {
    GraphDraft d = {0};
    Faults faults = {0};
    Graph *out = NULL;
    uint32_t v;
    for (size_t i = 0; i < g->n; i++) assert_int_equal(graph_vertex(&d, g->names[i], &v), OK);
    for (uint32_t i = 0; i < g->n; i++) {
        GRAPH_EACH(g, children, i, c) assert_int_equal(graph_edge(&d, i, (uint32_t)c, 0), OK);
        GRAPH_EACH(g, spouses, i, s)
            if (i < s) assert_int_equal(graph_confound(&d, i, (uint32_t)s, 0), OK);
    }
    assert_int_equal(graph_select(&d, selected), OK);
    assert_int_equal(graph_build(&d, &faults, &out), OK);
    return out;
}

// The criterion says yes exactly where the formula holds in a random model.
static void test_criterion_is_exact(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < seeds(300); seed++) {
        Rng rng;
        World w;
        rng_seed(&rng, seed, 10);
        size_t n = 3 + rng_below(&rng, 3);
        Graph *plain = graph_random(&rng, n, 0.5, 0.15), *g = with_selection(plain, 2);
        world_init(&w, g, &rng);
        for (Word z = 0; z < 1u << n; z++) {
            Word y = 1, x = 2;
            AdjustCheck check;
            if (z & 7) continue;
            assert_int_equal(adjust_check(g, &x, &y, &z, &check), OK);
            bool expected = formula_holds(&w, y, x, z, 4);
            if (expected != (check.verdict == ADJUST_VALID)) {
                char *text = graph_print(g);
                fail_msg("seed %llu: {%s} should be %d: %s", (unsigned long long)seed,
                         set_text(g, &z), expected, text);
            }
            adjust_check_free(&check);
        }
        world_free(&w);
        graph_free(g);
        graph_free(plain);
    }
}

// The sets found are the minimal ones that the criterion accepts, and name no selected vertex.
static void test_sets_are_found(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < seeds(500); seed++) {
        Rng rng;
        rng_seed(&rng, seed, 11);
        size_t n = 4 + rng_below(&rng, 3), count = 0;
        Graph *plain = graph_random(&rng, n, 0.4, 0.1), *g = with_selection(plain, 2);
        Word y = 1, x = 2, minimal[64];
        for (Word z = 0; z < 1u << n; z++) {
            AdjustCheck check;
            bool contains = false;
            for (size_t i = 0; i < count; i++) contains |= (minimal[i] & ~z) == 0;
            if ((z & 7) || contains) continue;
            assert_int_equal(adjust_check(g, &x, &y, &z, &check), OK);
            if (check.verdict == ADJUST_VALID) minimal[count++] = z;
            adjust_check_free(&check);
        }
        AdjustQuery q = {.x = &x, .y = &y};
        Sets sets = {0};
        assert_int_equal(adjust_list(g, &q, 0, &sets), OK);
        if (sets.count != count) fail_msg("seed %llu", (unsigned long long)seed);
        for (size_t i = 0; i < count; i++) assert_true(sets_has(&sets, &minimal[i]));
        sets_free(&sets);
        graph_free(g);
        graph_free(plain);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_criterion_is_exact),
        cmocka_unit_test(test_sets_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
