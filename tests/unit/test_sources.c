// Tests of general identification: several experiments and populations.
#include "tests/unit/oracle.h"

#include "runtime/symbol/expr_print.h"
#include "runtime/symbol/identify.h"

static bool ask(const Graph *g, Word y, Word x, Word z, const Source *sources, size_t count,
                Identification *id) {
    Faults faults = {0};
    IdentifyQuery q = {
        .y = &y, .x = &x, .given = &z, .general = true, .sources = sources, .nsources = count};
    assert_int_equal(identify(g, &q, NULL, &faults, id), OK);
    return id->form != IDENTIFY_NONE;
}

// Experiments are given as "A X; A Y": one source for each set.
static void assert_identified(const char *text, const char *y, const char *x, const char *given,
                              const char *experiments, const char *expected) {
    Graph *g = graph_of(text);
    Word *wy = set_of(g, y), *wx = set_of(g, x), *wz = set_of(g, given), *dos[4];
    Source sources[4] = {{0}};
    size_t count = 0;
    char copy[80], *rest = copy;
    Identification id;
    snprintf(copy, sizeof copy, "%s", experiments);
    while (rest) {
        dos[count] = set_of(g, strsep(&rest, ";"));
        sources[count].dos = dos[count];
        count++;
    }
    bool found = ask(g, *wy, *wx, *wz, sources, count, &id);
    if (found != (expected != NULL)) fail_msg("%s given do: %s", text, experiments);
    if (expected && *expected) {
        Str s = {0};
        expr_print(&id.pool, id.estimand, id.graph->names, EXPR_TEXT, &s);
        assert_string_equal(str_text(&s), expected);
        str_free(&s);
    }
    identify_free(&id);
    for (size_t i = 0; i < count; i++) mem_free(dos[i]);
    mem_free(wy);
    mem_free(wx);
    mem_free(wz);
    graph_free(g);
}

static void test_published(void **state) {
    (void)state;
    // Ananke's tests of gID (Lee, Correa & Bareinboim 2019, figure 1, and variants).
    assert_identified("A -> X -> W -> Y; X <-> W; W <-> Y", "Y", "A", "", "A X; A Y", NULL);
    assert_identified("A -> X -> Y; X <-> Y", "Y", "A", "", "A X; A Y", NULL);
    assert_identified("A -> X -> Y; X <-> Y", "Y", "X", "", "A Y", NULL);
    assert_identified("A -> W -> Y; A <-> W; W <-> Y", "Y", "A", "", "A; A Y", "P(Y | do(A))");
    // Bareinboim & Pearl 2012: the experiment on Z makes the effect of X known.
    assert_identified("Z -> X -> Y; X <-> Z; Z <-> Y", "Y", "X", "", "", NULL);
    assert_identified("Z -> X -> Y; X <-> Z; Z <-> Y", "Y", "X", "", "; Z", "P(Y | do(Z), X)");
    // The experiment itself.
    assert_identified("X -> Y; X <-> Y", "Y", "X", "", "X", "P(Y | do(X))");
}

// Z differs in the trial's population: reweight its experiment (Pearl & Bareinboim 2014).
static void test_transport(void **state) {
    (void)state;
    Graph *g = graph_of("Z -> Y; X -> Y; Z -> X; X <-> Y");
    Word *x = set_of(g, "X"), *y = set_of(g, "Y"), *z = set_of(g, "Z");
    Source sources[] = {{0}, {.dos = x, .differs = z, .law = "trial"}};
    Identification id;
    Str s = {0};
    assert_true(ask(g, *y, *x, 0, sources, 2, &id));
    expr_print(&id.pool, id.estimand, id.graph->names, EXPR_TEXT, &s);
    assert_string_equal(str_text(&s), "sum over Z of P[trial](Y | do(X), Z) P(Z)");
    str_free(&s);
    identify_free(&id);
    // Nothing helps when Y's own mechanism differs.
    sources[1].differs = y;
    assert_false(ask(g, *y, *x, 0, sources, 2, &id));
    identify_free(&id);
    mem_free(x);
    mem_free(y);
    mem_free(z);
    graph_free(g);
}

// With the observed joint as the only source the verdict is that of ID; n = 3, all queries.
static void test_joint_alone_is_id(void **state) {
    (void)state;
    for (uint64_t code = 0; code < 64; code++) {
        Graph *g = graph_census(3, code);
        Source joint = {0};
        for (Word x = 1; x < 8; x++)
            for (Word y = 1; y < 8; y++) {
                Identification one, two;
                if (x & y) continue;
                bool plain = ask(g, y, x, 0, NULL, 0, &one);
                assert_int_equal(ask(g, y, x, 0, &joint, 1, &two), plain);
                identify_free(&one);
                identify_free(&two);
            }
        graph_free(g);
    }
}

static void check_values(uint64_t seed, const World *w, const Identification *id, Word y,
                         Word x, Word z) {
    for (uint32_t s = 0; s < 1u << w->n; s++) {
        double truth = world_truth(w, y, x, z, s);
        if (fabs(world_eval(w, id->raw, s) - truth) > 1e-9)
            fail_msg("seed %llu: the raw estimand is wrong", (unsigned long long)seed);
        if (fabs(world_eval(w, id->estimand, s) - truth) > 1e-9)
            fail_msg("seed %llu: the estimand is wrong", (unsigned long long)seed);
    }
}

// Random experiments, one of them in another population, against models of both.
static void test_random_models(void **state) {
    (void)state;
    size_t found = 0;
    for (uint64_t seed = 0; seed < seeds(200); seed++) {
        Rng rng;
        World w, other;
        rng_seed(&rng, seed, 13);
        size_t n = 3 + rng_below(&rng, 3);
        Graph *g = graph_random(&rng, n, 0.5, 0.4);
        Word y = 1, x = 2, all = (1u << n) - 1, z = rng_below(&rng, 3) ? 0 : 4;
        Word dos[3], seen[3], differs = rng_below(&rng, 8) & all;
        Source sources[3] = {{0}};
        for (size_t i = 0; i < 3; i++) {
            dos[i] = rng_below(&rng, 1u << n) & rng_below(&rng, 1u << n);
            seen[i] = all & ~(rng_below(&rng, 1u << n) & rng_below(&rng, 1u << n));
            sources[i] = (Source){.dos = &dos[i], .seen = i ? NULL : &seen[i]};
        }
        sources[2].differs = &differs;
        sources[2].law = "elsewhere";
        if (world_fits(g)) {
            Identification id;
            world_init(&w, g, &rng);
            world_vary(&other, &w, differs, &rng);
            w.other = &other;
            if (ask(g, y, x, z, sources, 3, &id)) {
                check_values(seed, &w, &id, y, x, z);
                found++;
            }
            identify_free(&id);
            world_free(&w);
            world_free(&other);
        }
        graph_free(g);
    }
    assert_true(found > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published),
        cmocka_unit_test(test_transport),
        cmocka_unit_test(test_joint_alone_is_id),
        cmocka_unit_test(test_random_models),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
