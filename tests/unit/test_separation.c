// Tests of separation, against a search through all paths and against published counts.
#include "tests/unit/graph_text.h"

#include "runtime/graph/separation.h"
#include "runtime/graph/surgery.h"
#include "runtime/graph/walk.h"

// --- the oracle: every path, edge by edge, by the definition ---

typedef struct Oracle {
    const Graph *g;
    const Word *z, *opens;
    uint64_t on_path;
} Oracle;

// Whether an open path leads on from v to `goal`; `head`: the path so far points at v.
static bool open_path(Oracle *o, size_t v, size_t goal, int head);

static bool step(Oracle *o, size_t v, size_t w, size_t goal, int head, int leaves_by_head,
                 int arrives_by_head) {
    if (o->on_path >> w & 1) return false;
    if (head >= 0) {
        bool collider = head && leaves_by_head;
        if (collider ? !bits_has(o->opens, v) : bits_has(o->z, v)) return false;
    }
    return w == goal || open_path(o, w, goal, arrives_by_head);
}

static bool open_path(Oracle *o, size_t v, size_t goal, int head) {
    bool found = false;
    o->on_path |= 1ull << v;
    for (size_t w = 0; w < o->g->n && !found; w++) {
        if (graph_has_edge(o->g, v, w)) found = step(o, v, w, goal, head, 0, 1);
        if (!found && graph_has_edge(o->g, w, v)) found = step(o, v, w, goal, head, 1, 0);
        if (!found && graph_has_spouse(o->g, v, w)) found = step(o, v, w, goal, head, 1, 1);
    }
    o->on_path &= ~(1ull << v);
    return found;
}

static bool oracle_separated(const Graph *g, const Word *a, const Word *b, const Word *z) {
    Word *opens = graph_set(g);
    walk_ancestors(g, z, NULL, opens);
    Oracle o = {.g = g, .z = z, .opens = opens};
    bool separated = true;
    SET_EACH(a, g->words, v)
        SET_EACH(b, g->words, w)
            if (!bits_has(z, v) && !bits_has(z, w) && (v == w || open_path(&o, v, w, -1)))
                separated = false;
    mem_free(opens);
    return separated;
}

static bool separated(const Graph *g, const Word *a, const Word *b, const Word *z) {
    bool answer = false, again = false;
    Path path = {0};
    assert_int_equal(separation_test(g, a, b, z, &answer, &path), OK);
    assert_int_equal(separation_test(g, a, b, z, &again, NULL), OK); // another way is taken
    assert_int_equal(again, answer);
    if (!answer && path.length) {
        PathJoint *joints = calloc(path.length, sizeof *joints);
        bool open = false;
        assert_true(bits_has(a, path.vertices[0]));
        assert_true(bits_has(b, path.vertices[path.length]));
        assert_int_equal(path_judge(g, &path, z, joints, &open), OK);
        assert_true(open);
        for (size_t i = 0; i <= path.length; i++)
            for (size_t j = 0; j < i; j++)
                assert_int_not_equal(path.vertices[i], path.vertices[j]);
        free(joints);
    }
    path_free(&path);
    return answer;
}

static void random_sets(Rng *rng, size_t n, Word *a, Word *b, Word *z) {
    *a = *b = *z = 0;
    for (size_t v = 0; v < n; v++) {
        uint64_t roll = rng_below(rng, 8);
        if (roll == 0) bits_add(a, v);
        if (roll == 1) bits_add(b, v);
        if (roll >= 5) bits_add(z, v);
    }
}

static void test_random_graphs(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < seeds(4000); seed++) {
        Rng rng;
        rng_seed(&rng, seed, 1);
        size_t n = 2 + rng_below(&rng, 7);
        Graph *g = graph_random(&rng, n, 0.1 + 0.4 * rng_unit(&rng), 0.3 * rng_unit(&rng));
        Word a, b, z, reach;
        random_sets(&rng, n, &a, &b, &z);
        bool expected = oracle_separated(g, &a, &b, &z);
        if (separated(g, &a, &b, &z) != expected)
            fail_msg("seed %llu: expected %d", (unsigned long long)seed, expected);
        assert_int_equal(separation_reach(g, &a, &z, &reach), OK);
        assert_int_equal(!(reach & b & ~z), expected);
        graph_free(g);
    }
}

static bool says(const char *text, const char *a, const char *b, const char *z) {
    Graph *g = graph_of(text);
    Word *sa = set_of(g, a), *sb = set_of(g, b), *sz = set_of(g, z);
    bool answer = separated(g, sa, sb, sz);
    mem_free(sa);
    mem_free(sb);
    mem_free(sz);
    graph_free(g);
    return answer;
}

static void test_textbook(void **state) {
    (void)state;
    assert_false(says("X -> Z -> Y", "X", "Y", ""));
    assert_true(says("X -> Z -> Y", "X", "Y", "Z"));
    assert_true(says("X -> C <- Y; C -> D", "X", "Y", ""));
    assert_false(says("X -> C <- Y; C -> D", "X", "Y", "D"));
    assert_true(says("X <-> Z <-> Y", "X", "Y", ""));
    assert_false(says("X <-> Z <-> Y", "X", "Y", "Z"));
    // A selected vertex is conditioned on by design (Berkson's bias).
    assert_false(says("X -> S <- Y; selected S", "X", "Y", ""));
    // What is known separates; what is asked about itself does not.
    assert_true(says("X -> Y", "X", "Y", "X"));
    assert_false(says("X -> Y", "X", "X", ""));
}

// After do(X) the confounding of X and Y is gone, and nothing else.
static void test_after_surgery(void **state) {
    (void)state;
    Graph *g = graph_of("Z -> X; Z -> Y; X -> W"), *cut = NULL;
    Word *x = set_of(g, "X"), *y = set_of(g, "Y"), *none = set_of(g, "");
    assert_false(separated(g, x, y, none));
    assert_int_equal(surgery_cut(g, x, NULL, &cut), OK);
    assert_true(separated(cut, x, y, none));
    mem_free(x);
    mem_free(y);
    mem_free(none);
    graph_free(cut);
    graph_free(g);
}

// The census of separations: over all graphs on n ordered vertices, unordered pairs and every
// set of the others, how often separation holds.
static size_t census(size_t n, bool bidirected) {
    size_t holds = 0, pairs = n * (n - 1) / 2;
    for (uint64_t code = 0; code < 1ull << 2 * pairs; code++) {
        if (!bidirected && (code & 0xaaaaaaaaaaaaaaaa)) continue;
        Graph *g = graph_census(n, code);
        for (size_t a = 0; a < n; a++)
            for (size_t b = a + 1; b < n; b++)
                for (Word z = 0; z < 1u << n; z++) {
                    Word sa = 1ull << a, sb = 1ull << b;
                    bool answer = false;
                    if (z & (sa | sb)) continue;
                    assert_int_equal(separation_test(g, &sa, &sb, &z, &answer, NULL), OK);
                    holds += answer;
                }
        graph_free(g);
    }
    return holds;
}

static void test_census(void **state) {
    (void)state;
    assert_int_equal(census(3, false), 21);
    assert_int_equal(census(4, false), 571);
    assert_int_equal(census(3, true), 63);
    assert_int_equal(census(4, true), 9532);
}

static void test_memory_runs_out(void **state) {
    (void)state;
    Graph *g = graph_of("A -> B -> C; A <-> D; D -> C");
    Word a = 1, c = 4, z = 2, out;
    bool separated;
    Path path = {0};
    STARVE(separation_test(g, &a, &c, &z, &separated, &path), path_free(&path));
    STARVE(separation_reach(g, &a, &z, &out), (void)0);
    graph_free(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_runs_out), cmocka_unit_test(test_textbook),
        cmocka_unit_test(test_after_surgery),   cmocka_unit_test(test_random_graphs),
        cmocka_unit_test(test_census),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
