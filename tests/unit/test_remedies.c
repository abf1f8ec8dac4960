// Tests of remedies for effects that are not identifiable.
#include "tests/unit/graph_text.h"

#include "runtime/symbol/remedies.h"

static void assert_sets(const Graph *g, const Sets *sets, const char *expected) {
    Str s = {0};
    for (size_t i = 0; i < sets->count; i++)
        str_printf(&s, "%s{%s}", i ? " " : "", set_text(g, sets_at(sets, i)));
    assert_string_equal(str_text(&s), expected);
    str_free(&s);
}

static void assert_remedies(const char *text, const char *experiments,
                            const char *measurements) {
    Graph *g = graph_of(text);
    Word *x = set_of(g, "X"), *y = set_of(g, "Y");
    IdentifyQuery q = {.y = y, .x = x};
    Faults faults = {0};
    Remedies r;
    assert_int_equal(remedies_find(g, &q, 0, NULL, &faults, &r), OK);
    assert_sets(r.graph, &r.experiments, experiments);
    assert_sets(r.graph, &r.measurements, measurements);
    remedies_free(&r);
    mem_free(x);
    mem_free(y);
    graph_free(g);
}

static void test_remedies(void **state) {
    (void)state;
    // The bow: randomise X, or measure what confounds it.
    assert_remedies("X -> Y; X <-> Y", "{X}", "{X<->Y}");
    assert_remedies("X -> Y; U -> X; U -> Y; latent U", "{X}", "{U}");
    // z-identification: an experiment on Z serves as well (Bareinboim & Pearl 2012).
    assert_remedies("Z -> X -> Y; X <-> Z <-> Y", "{Z} {X}", "{Z<->X} {Z<->Y}");
    // Two confounders: one measurement is not enough.
    assert_remedies("X -> Y; A -> X; A -> Y; B -> X; B -> Y; latent A B", "{X}", "{A B}");
}

static void test_memory_runs_out(void **state) {
    (void)state;
    Graph *g = graph_of("X -> Y; U -> X; U -> Y; X <-> Z; latent U");
    Word x = 1, y = 2;
    IdentifyQuery q = {.y = &y, .x = &x};
    Faults faults = {0};
    Remedies r;
    STARVE(remedies_find(g, &q, 0, NULL, &faults, &r), remedies_free(&r));
    graph_free(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_memory_runs_out),
                                       cmocka_unit_test(test_remedies)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
