// Tests of recovery from selection and from missing values.
#include "tests/unit/oracle.h"

#include "runtime/symbol/expr_print.h"
#include "runtime/symbol/recover.h"

// Sources are "A B | do | S; ..": what is seen, set and selected, blank-separated.
static void assert_recovered(const char *graph, const char *y, const char *x,
                             const char *sources, const char *expected) {
    Graph *g = graph_of(graph);
    Word *wy = set_of(g, y), *wx = set_of(g, x), *sets[12];
    RecoverSource list[4];
    char copy[200], *rest = copy;
    size_t n = 0, k = 0;
    snprintf(copy, sizeof copy, "%s", sources);
    while (rest) {
        char *one = strsep(&rest, ";");
        for (int i = 0; i < 3; i++) sets[k++] = set_of(g, strsep(&one, "|"));
        bool selected = !bits_empty(sets[k - 1], g->words);
        list[n++] =
            (RecoverSource){sets[k - 3], sets[k - 2], sets[k - 1], selected ? "kept" : NULL};
    }
    RecoverQuery q = {.y = wy, .x = wx, .sources = list, .nsources = n};
    Faults faults = {0};
    Recovery r;
    Str s = {0};
    assert_int_equal(recover(g, &q, NULL, NULL, &faults, &r), OK);
    if (r.estimand) expr_print(&r.pool, r.estimand, r.graph->names, EXPR_TEXT, &s);
    assert_string_equal(str_text(&s), expected);
    assert_int_equal(r.exhausted, !*expected);
    str_free(&s);
    recover_free(&r);
    for (size_t i = 0; i < k; i++) mem_free(sets[i]);
    mem_free(wy);
    mem_free(wx);
    graph_free(g);
}

static void test_published(void **state) {
    (void)state;
    // Mohan & Pearl: missing at random, and not.
    const char *both = "A R | |; A I | | R";
    assert_recovered("A -> I; A -> R", "I", "", both, "sum over A of P[kept](I | A) P(A)");
    assert_recovered("A -> I; A -> R; I -> R", "I", "", both, "");
    // Missing completely at random; a value that hides itself.
    assert_recovered("X; R", "X", "", "X | | R", "P[kept](X)");
    assert_recovered("X -> R", "X", "", "R | |; X | | R", "");
    // Case-control: X -> Y -> S; the effect is not in the selected part, but with P(Y) it is.
    assert_recovered("X -> Y -> S", "Y", "X", "X Y | | S", "");
    assert_recovered("X -> Y -> S", "Y", "X", "X Y | | S; Y | |",
                     "(P(Y) P[kept](X | Y)) / (sum over Y' of P(Y') P[kept](X | Y'))");
    // Without a selection it is identification: the back door.
    assert_recovered("Z -> X -> Y; Z -> Y", "Y", "X", "X Y Z | |",
                     "sum over Z of P(Y | X, Z) P(Z)");
}

// A model's law among the rows in which the members of `at` are 1.
static void select_rows(World *part, const World *w, uint32_t at) {
    *part = *w;
    part->joint = calloc(1ull << w->n, sizeof(double));
    double p = law_of(w->joint, w->n, at, at);
    for (uint32_t s = 0; s < 1u << w->n; s++)
        part->joint[s] = (s & at) == at ? w->joint[s] / p : 0;
}

// The effect among those given z, and `at` where its members are 1.
static void check_values(uint64_t seed, const World *w, const Expr *e, Word y, Word x, Word z,
                         Word at) {
    z |= at;
    for (uint32_t s = 0; s < 1u << w->n; s++)
        if ((s & at) == at && fabs(world_eval(w, e, s) - world_truth(w, y, x, z, s)) > 1e-9)
            fail_msg("seed %llu: the estimand is wrong", (unsigned long long)seed);
}

static void test_random_models(void **state) {
    (void)state;
    size_t found = 0;
    for (uint64_t seed = 0; seed < seeds(150); seed++) {
        Rng rng;
        World w, part;
        Recovery r;
        Faults faults = {0};
        rng_seed(&rng, seed, 41);
        size_t n = 3 + rng_below(&rng, 2);
        Graph *g = graph_random(&rng, n, 0.4, 0.2);
        Word all = (1u << n) - 1, y = 1, at = 4, none = 0;
        Word x = rng_below(&rng, 2) ? 2 : 0, z = n > 3 && rng_below(&rng, 2) ? 8 : 0;
        Word seen = all & ~at, other = rng_below(&rng, 1u << n);
        Word dos = rng_below(&rng, 2) ? x : 0;
        other &= ~y | (rng_below(&rng, 4) ? none : y);
        RecoverSource sources[] = {{&seen, NULL, &at, "kept"}, {&other, &dos, NULL, NULL}};
        RecoverQuery q = {.y = &y, .x = &x, .given = &z, .sources = sources, .nsources = 2};
        if (!rng_below(&rng, 4)) q.at = &at;
        if (world_fits(g)) {
            world_init(&w, g, &rng);
            select_rows(&part, &w, (uint32_t)at);
            w.other = &part;
            assert_int_equal(recover(g, &q, NULL, NULL, &faults, &r), OK);
            if (r.estimand) check_values(seed, &w, r.estimand, y, x, z, q.at ? at : 0);
            found += r.estimand != NULL;
            recover_free(&r);
            free(part.joint);
            world_free(&w);
        }
        graph_free(g);
    }
    assert_true(found > 30 && found < seeds(150));
}

static void test_limits(void **state) {
    (void)state;
    Graph *g = graph_of("A -> I; A -> R; I -> R");
    Word a = 1, i = 2, r = 4, ar = 5, ai = 3, none = 0;
    RecoverSource sources[] = {{&ar, &none, &none, NULL}, {&ai, &none, &r, "R = 1"}};
    RecoverQuery q = {.y = &i, .sources = sources, .nsources = 2, .limit = 3};
    Faults faults = {0};
    Derivation d = {0};
    Recovery out;
    assert_int_equal(recover(g, &q, NULL, &d, &faults, &out), OK);
    assert_null(out.estimand);
    assert_false(out.exhausted);
    assert_int_equal(d.count, 1);
    recover_free(&out);
    derivation_free(&d);
    sig_atomic_t stop = 1;
    Ctl ctl = {.cancel = &stop};
    assert_int_equal(recover(g, &q, &ctl, NULL, &faults, &out), CANCELLED);
    q.limit = 0;
    q.y = &a;
    STARVE(recover(g, &q, NULL, NULL, &faults, &out), recover_free(&out));
    graph_free(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published),
        cmocka_unit_test(test_random_models),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
