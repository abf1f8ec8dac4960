// Tests of paths: enumeration, and why each is open or blocked.
#include "tests/unit/graph_text.h"

#include "runtime/graph/paths.h"
#include "runtime/graph/separation.h"

static char *path_text(const Graph *g, const Path *p) {
    static const char *const arrows[] = {" -> ", " <- ", " <-> "};
    Str s = {0};
    for (size_t i = 0; i <= p->length; i++)
        str_printf(&s, "%s%s", i ? arrows[p->edges[i - 1]] : "", g->names[p->vertices[i]]);
    return str_take(&s);
}

static void assert_paths(const char *text, const char *from, const char *to, PathKind kind,
                         const char *expected) {
    Graph *g = graph_of(text);
    Paths paths;
    Str all = {0};
    assert_int_equal(
        paths_list(g, graph_find(g, from), graph_find(g, to), kind, NULL, 0, NULL, &paths), OK);
    for (size_t i = 0; i < paths.count; i++) {
        char *one = path_text(g, &paths.items[i]);
        str_printf(&all, "%s%s", i ? "; " : "", one);
        mem_free(one);
    }
    assert_string_equal(str_text(&all), expected);
    str_free(&all);
    paths_free(&paths);
    graph_free(g);
}

static void test_kinds(void **state) {
    (void)state;
    const char *g = "Z -> X -> Y; Z -> Y; X <-> Y; X -> M -> Y";
    assert_paths(g, "X", "Y", PATHS_ALL, "X -> Y; X <-> Y; X <- Z -> Y; X -> M -> Y");
    assert_paths(g, "X", "Y", PATHS_CAUSAL, "X -> Y; X -> M -> Y");
    assert_paths(g, "X", "Y", PATHS_BACKDOOR, "X <-> Y; X <- Z -> Y");
    assert_paths("A -> B; C", "A", "C", PATHS_ALL, "");
    assert_paths("A -> B", "A", "A", PATHS_ALL, "");
}

static void test_limit(void **state) {
    (void)state;
    Graph *g = graph_of("A -> B -> D; A -> C -> D; B -> C");
    Paths paths;
    assert_int_equal(paths_list(g, 0, 2, PATHS_ALL, NULL, 2, NULL, &paths), OK);
    assert_int_equal(paths.count, 2);
    assert_true(paths.more);
    paths_free(&paths);
    assert_int_equal(paths_list(g, 0, 2, PATHS_ALL, NULL, 4, NULL, &paths), OK);
    assert_int_equal(paths.count, 4);
    assert_false(paths.more);
    paths_free(&paths);
    graph_free(g);
}

static void test_joints(void **state) {
    (void)state;
    Graph *g = graph_of("X <- F -> C <- G -> Y; C -> D -> E; X -> F2; Y <- F");
    Word *z = set_of(g, "E G");
    Paths paths;
    PathJoint joints[3];
    bool open;
    assert_int_equal(
        paths_list(g, graph_find(g, "X"), graph_find(g, "Y"), PATHS_ALL, NULL, 0, NULL, &paths),
        OK);
    assert_int_equal(paths.count, 2);
    assert_int_equal(path_judge(g, &paths.items[0], z, joints, &open), OK);
    assert_true(open); // X <- F -> Y
    assert_int_equal(joints[0].role, PATH_FORK);
    assert_int_equal(path_judge(g, &paths.items[1], z, joints, &open), OK);
    assert_false(open); // X <- F -> C <- G -> Y
    assert_true(joints[0].open && joints[0].role == PATH_FORK);
    assert_true(joints[1].open && joints[1].role == PATH_COLLIDER);
    assert_int_equal(joints[1].by, graph_find(g, "E"));
    assert_true(!joints[2].open && joints[2].role == PATH_FORK);
    assert_int_equal(joints[2].by, graph_find(g, "G"));
    paths_free(&paths);
    mem_free(z);
    graph_free(g);
}

// Shrier & Platt 2008: 41 paths from WarmUp to Injury, as dagitty counts them.
static void test_shrier_platt(void **state) {
    (void)state;
    Graph *g = graph_of(SHRIER_PLATT);
    Paths paths;
    assert_int_equal(paths_list(g, graph_find(g, "WarmUp"), graph_find(g, "Injury"), PATHS_ALL,
                                NULL, 0, NULL, &paths),
                     OK);
    assert_int_equal(paths.count, 41);
    paths_free(&paths);
    graph_free(g);
}

// Some listed path is open exactly when two vertices are not separated, and the separation's
// witness is as short as the shortest open one.
static void test_paths_agree_with_separation(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < seeds(1500); seed++) {
        Rng rng;
        rng_seed(&rng, seed, 2);
        size_t n = 3 + rng_below(&rng, 4);
        Graph *g = graph_random(&rng, n, 0.5 * rng_unit(&rng), 0.4 * rng_unit(&rng));
        Word a = 1, b = 2, z = rng_below(&rng, 1u << n) & ~3ull;
        size_t shortest = SIZE_MAX;
        bool separated, open;
        Paths paths;
        Path witness;
        PathJoint joints[8];
        assert_int_equal(paths_list(g, 0, 1, PATHS_ALL, NULL, 0, NULL, &paths), OK);
        for (size_t i = paths.count; i-- > 0;) {
            assert_int_equal(path_judge(g, &paths.items[i], &z, joints, &open), OK);
            if (open) shortest = paths.items[i].length;
        }
        assert_int_equal(separation_test(g, &a, &b, &z, &separated, &witness), OK);
        if (separated != (shortest == SIZE_MAX) || (!separated && witness.length != shortest))
            fail_msg("seed %llu", (unsigned long long)seed);
        path_free(&witness);
        paths_free(&paths);
        graph_free(g);
    }
}

// 2^20 causal paths are counted, not listed.
static void test_counts_causal(void **state) {
    (void)state;
    Str s = {0};
    for (int i = 0; i < 20; i++)
        str_printf(&s, "N%d -> A%d -> N%d; N%d -> B%d -> N%d;", i, i, i + 1, i, i, i + 1);
    Graph *g = graph_of(str_text(&s));
    Status status;
    double n = paths_count_causal(g, graph_find(g, "N0"), graph_find(g, "N20"), &status);
    assert_int_equal(status, OK);
    assert_true(n == 1048576.0);
    str_free(&s);
    graph_free(g);
}

static void test_memory_runs_out(void **state) {
    (void)state;
    Graph *g = graph_of("A -> B -> D; A -> C -> D; B -> C; A <-> D");
    Paths paths;
    PathJoint joints[4];
    bool open;
    Word z = 1;
    STARVE(paths_list(g, 0, 2, PATHS_ALL, NULL, 0, NULL, &paths), paths_free(&paths));
    assert_int_equal(paths_list(g, 0, 2, PATHS_ALL, NULL, 0, NULL, &paths), OK);
    STARVE(path_judge(g, &paths.items[paths.count - 1], &z, joints, &open), (void)0);
    paths_free(&paths);
    graph_free(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_runs_out),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_joints),
        cmocka_unit_test(test_shrier_platt),
        cmocka_unit_test(test_paths_agree_with_separation),
        cmocka_unit_test(test_counts_causal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
