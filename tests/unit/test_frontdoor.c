// Tests of front-door sets and of instruments, against enumeration of all subsets.
#include "tests/unit/graph_text.h"

#include "runtime/graph/adjust.h"
#include "runtime/graph/frontdoor.h"
#include "runtime/graph/instrument.h"
#include "runtime/graph/separation.h"
#include "runtime/graph/surgery.h"
#include "runtime/graph/walk.h"

// --- front-door sets ---

static FrontdoorVerdict verdict(const Graph *g, const FrontdoorQuery *q, Word z) {
    FrontdoorCheck check;
    assert_int_equal(frontdoor_check(g, q, &z, &check), OK);
    FrontdoorVerdict v = check.verdict;
    frontdoor_check_free(&check);
    return v;
}

static void assert_frontdoor(const char *text, const char *expected) {
    Graph *g = graph_of(text);
    Word *x = set_of(g, "X"), *y = set_of(g, "Y");
    FrontdoorQuery q = {.x = x, .y = y};
    Sets sets = {0};
    Str s = {0};
    assert_int_equal(frontdoor_list(g, &q, 0, NULL, &sets), OK);
    for (size_t i = 0; i < sets.count; i++)
        str_printf(&s, "%s{%s}", i ? " " : "", set_text(g, sets_at(&sets, i)));
    assert_string_equal(str_text(&s), expected);
    str_free(&s);
    sets_free(&sets);
    mem_free(x);
    mem_free(y);
    graph_free(g);
}

static void test_textbook_frontdoor(void **state) {
    (void)state;
    assert_frontdoor("X -> Z -> Y; X <-> Y", "{Z}");
    assert_frontdoor("X -> Y; X <-> Y", "");
    assert_frontdoor("X -> M1 -> Y; X -> M2 -> Y; X <-> Y", "{M1 M2}");
    assert_frontdoor("X -> M1 -> M2 -> Y; X <-> Y", "{M1} {M2}");
    assert_frontdoor("X -> M1 -> M2 -> Y; X <-> Y; X <-> M1", ""); // broken front-door
    assert_frontdoor("Y -> X", "{}");
    // Book of Why, game 2; pgmpy's two graphs without a front-door set.
    assert_frontdoor("A -> X; A -> B; B -> C; D -> B; D -> E; X -> E; E -> Y; latent A B D",
                     "{E}");
    assert_frontdoor("E -> X; E -> R; X -> M; R -> M; M -> Y; latent E", "");
    assert_frontdoor("X -> B; D -> B; B -> Y; D -> Y; latent D", "");
}

static void test_frontdoor_reasons(void **state) {
    (void)state;
    Graph *g = graph_of("X -> Z -> Y; X <-> Y; C -> Z; C -> Y; X -> D; X <-> E; E -> Y");
    Word x = 1, y = 4, c;
    FrontdoorQuery q = {.x = &x, .y = &y, .given = &c};
    Word z = (Word)1 << graph_find(g, "Z"), e = (Word)1 << graph_find(g, "E");
    c = 0;
    assert_int_equal(verdict(g, &q, 0), FRONTDOOR_BYPASSED);
    assert_int_equal(verdict(g, &q, z), FRONTDOOR_CONFOUNDED_Y);
    assert_int_equal(verdict(g, &q, z | e), FRONTDOOR_CONFOUNDED);
    assert_int_equal(verdict(g, &q, z | x), FRONTDOOR_OVERLAP);
    c = (Word)1 << graph_find(g, "C");
    assert_int_equal(verdict(g, &q, z), FRONTDOOR_VALID);
    c = (Word)1 << graph_find(g, "D");
    assert_int_equal(verdict(g, &q, z), FRONTDOOR_AFFECTED);
    graph_free(g);
    g = graph_of("X -> Z -> Y; X <-> Y; C -> X; C -> Z; C -> Y; D -> X");
    bool exists;
    Word given, found;
    x = 1, y = 4;
    assert_int_equal(frontdoor_conditional(g, &x, &y, &exists, &given, &found), OK);
    assert_true(exists);
    assert_set(g, &given, "C");
    assert_set(g, &found, "Z");
    graph_free(g);
}

static void test_frontdoor_against_all_subsets(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < seeds(1000); seed++) {
        Rng rng;
        rng_seed(&rng, seed, 5);
        size_t n = 3 + rng_below(&rng, 4);
        Graph *g = graph_random(&rng, n, 0.3 + 0.3 * rng_unit(&rng), 0.3 * rng_unit(&rng));
        Word x = 1, y = 2, z, all = ((Word)1 << n) - 1, unite = 0, minimal[64];
        size_t count = 0;
        bool any = false, exists;
        FrontdoorQuery q = {.x = &x, .y = &y};
        for (z = 0; z <= all; z++) {
            if ((z & (x | y)) || verdict(g, &q, z) != FRONTDOOR_VALID) continue;
            bool contains = false;
            for (size_t i = 0; i < count; i++) contains |= (minimal[i] & ~z) == 0;
            if (!contains) minimal[count++] = z;
            any = true;
            unite |= z;
        }
        assert_int_equal(frontdoor_largest(g, &q, &exists, &z), OK);
        if (exists != any || (any && z != unite))
            fail_msg("seed %llu", (unsigned long long)seed);
        assert_int_equal(frontdoor_minimal(g, &q, &exists, &z), OK);
        bool listed = false;
        for (size_t i = 0; i < count; i++) listed |= minimal[i] == z;
        assert_int_equal(listed, any);
        Sets sets = {0};
        assert_int_equal(frontdoor_list(g, &q, 0, NULL, &sets), OK);
        assert_int_equal(sets.count, count);
        for (size_t i = 0; i < count; i++) assert_true(sets_has(&sets, &minimal[i]));
        sets_free(&sets);
        graph_free(g);
    }
}

// All ADMGs on three vertices: a front-door set (the empty one allowed) exists for 282 of 384
// ordered pairs.
static void test_frontdoor_census(void **state) {
    (void)state;
    size_t exist = 0;
    for (uint64_t code = 0; code < 64; code++) {
        Graph *g = graph_census(3, code);
        for (size_t a = 0; a < 3; a++)
            for (size_t b = 0; b < 3; b++) {
                Word x = (Word)1 << a, y = (Word)1 << b, z;
                FrontdoorQuery q = {.x = &x, .y = &y};
                bool found = false;
                if (a != b) assert_int_equal(frontdoor_largest(g, &q, &found, &z), OK);
                exist += found;
            }
        graph_free(g);
    }
    assert_int_equal(exist, 282);
}

// --- instruments ---

// "Z; Z | W": the instruments of X -> Y, each with its covariates.
static void assert_instruments(const char *text, const char *from, const char *to,
                               const char *expected) {
    Graph *g = graph_of(text);
    Word *w = graph_set(g);
    Str s = {0};
    for (uint32_t z = 0; z < g->n; z++) {
        bool exists;
        assert_int_equal(
            instrument_find(g, graph_find(g, from), graph_find(g, to), z, &exists, w), OK);
        if (!exists) continue;
        str_printf(&s, "%s%s", s.len ? "; " : "", g->names[z]);
        if (!bits_empty(w, g->words)) str_printf(&s, " | %s", set_text(g, w));
    }
    assert_string_equal(str_text(&s), expected);
    str_free(&s);
    mem_free(w);
    graph_free(g);
}

// The cases of dagitty's tests, and Schipf et al. 2010 and Acid & de Campos 1996 of its
// examples.
static void test_published_instruments(void **state) {
    (void)state;
    assert_instruments("Z -> X -> Y; X <-> Y", "X", "Y", "Z");
    assert_instruments("W -> Z -> X -> Y; W -> U -> X; U -> Y; latent U", "X", "Y", "Z | W");
    assert_instruments("Y <- W -> I -> X -> Y; X <-> Y", "X", "Y", "I | W");
    assert_instruments("Y <- W -> I -> X -> Y; X <-> Y; I -> Y", "X", "Y", "");
    assert_instruments("A -> PA; A -> S; A -> TT; A -> U; A -> WC; PA -> T2DM; PA -> WC;"
                       "S -> T2DM; S -> TT; U -> T2DM; U -> TT; WC -> T2DM; WC -> TT; WC -> U",
                       "TT", "T2DM", "A | PA S U WC");
    assert_instruments("x1 -> x3; x1 -> x4; x10 -> x12; x10 -> x15; x11 -> x12; x12 -> x13;"
                       "x14 -> x16; x15 -> x17; x15 -> x18; x16 -> x17; x2 -> x3; x3 -> x5;"
                       "x3 -> x6; x4 -> x5; x5 -> x11; x5 -> x7; x6 -> x14; x6 -> x7; x7 -> x9;"
                       "x8 -> x14; x8 -> x15; x9 -> x10",
                       "x3", "x15", "x1 | x4; x2");
}

static bool is_instrument(const Graph *g, uint32_t z, Word w) {
    InstrumentCheck check;
    assert_int_equal(instrument_check(g, 0, 1, z, &w, &check), OK);
    bool valid = check.verdict == INSTRUMENT_VALID;
    instrument_check_free(&check);
    return valid;
}

// What is found is an instrument, and some is found whenever there is any with any covariates.
static void test_instruments_against_all_subsets(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < seeds(1500); seed++) {
        Rng rng;
        rng_seed(&rng, seed, 6);
        uint32_t n = 3 + (uint32_t)rng_below(&rng, 4);
        Graph *g = graph_random(&rng, n, 0.2 + 0.3 * rng_unit(&rng), 0.3 * rng_unit(&rng));
        bool expected = false, any = false, exists;
        for (uint32_t z = 2; z < n && graph_has_edge(g, 0, 1); z++) {
            Word w;
            for (w = 0; w < (Word)1 << n; w++) expected |= is_instrument(g, z, w);
            assert_int_equal(instrument_find(g, 0, 1, z, &exists, &w), OK);
            if (exists) assert_true(is_instrument(g, z, w));
            any |= exists;
        }
        if (any != expected)
            fail_msg("seed %llu: expected %d", (unsigned long long)seed, expected);
        graph_free(g);
    }
}

static void test_memory_runs_out(void **state) {
    (void)state;
    Graph *g = graph_of("X -> Z -> Y; X <-> Y; C -> Z; C -> Y; I -> X");
    Word x = 1, y = 4, given, z;
    FrontdoorQuery q = {.x = &x, .y = &y};
    Sets sets = {0};
    bool exists;
    FrontdoorCheck check = {0};
    InstrumentCheck instrument = {0};
    z = 2;
    STARVE(frontdoor_list(g, &q, 0, NULL, &sets), sets_free(&sets));
    STARVE(frontdoor_check(g, &q, &z, &check), frontdoor_check_free(&check));
    STARVE(frontdoor_conditional(g, &x, &y, &exists, &given, &z), (void)0);
    STARVE(instrument_find(g, 0, 2, 4, &exists, &z), (void)0);
    STARVE(instrument_check(g, 0, 2, 4, NULL, &instrument), instrument_check_free(&instrument));
    graph_free(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_runs_out),
        cmocka_unit_test(test_textbook_frontdoor),
        cmocka_unit_test(test_frontdoor_reasons),
        cmocka_unit_test(test_frontdoor_against_all_subsets),
        cmocka_unit_test(test_frontdoor_census),
        cmocka_unit_test(test_published_instruments),
        cmocka_unit_test(test_instruments_against_all_subsets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
