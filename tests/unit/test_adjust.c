// Tests of adjustment: published sets, an enumeration of all subsets, and published counts.
#include "tests/unit/graph_text.h"

#include "runtime/graph/adjust.h"
#include "runtime/graph/roles.h"
#include "runtime/graph/separation.h"
#include "runtime/graph/surgery.h"
#include "runtime/graph/walk.h"

static void print_sets(const Graph *g, const Sets *sets, Str *s) {
    for (size_t i = 0; i < sets->count; i++)
        str_printf(s, "%s{%s}", i ? " " : "", set_text(g, sets_at(sets, i)));
}

typedef struct Case {
    Graph *g;
    Word *x, *y;
} Case;

static Case case_of(const char *text, const char *x, const char *y) {
    Case c = {.g = graph_of(text)};
    c.x = set_of(c.g, x);
    c.y = set_of(c.g, y);
    return c;
}

static void case_free(Case *c) {
    mem_free(c->x);
    mem_free(c->y);
    graph_free(c->g);
}

static size_t count_valid(const Case *c) {
    size_t valid = 0;
    Word *free = graph_set(c->g);
    graph_observed(c->g, free);
    bits_andnot(free, c->x, 1);
    bits_andnot(free, c->y, 1);
    for (Word z = 0;; z = (z - *free) & *free) { // all subsets of *free
        AdjustCheck check;
        assert_int_equal(adjust_check(c->g, c->x, c->y, &z, &check), OK);
        valid += check.verdict == ADJUST_VALID;
        adjust_check_free(&check);
        if (z == *free) break;
    }
    mem_free(free);
    return valid;
}

// `expected`: the minimal sets by size; `valid`: how many sets are valid (0: not counted).
static void assert_sets(const char *text, const char *x, const char *y, const char *expected,
                        size_t valid) {
    Case c = case_of(text, x, y);
    Sets sets = {0};
    Str got = {0};
    AdjustQuery q = {.x = c.x, .y = c.y};
    assert_int_equal(adjust_list(c.g, &q, 0, &sets), OK);
    print_sets(c.g, &sets, &got);
    assert_string_equal(str_text(&got), expected);
    str_free(&got);
    if (valid) assert_int_equal(count_valid(&c), valid);
    sets_free(&sets);
    case_free(&c);
}

// The sets of dagitty's examples and tests, of the Book of Why and of Pearl 2014, confirmed
// there by enumeration of all subsets.
static void test_published_sets(void **state) {
    (void)state;
    assert_sets("I -> Y; X -> I; X -> Y; Z -> I; Z -> X", "X", "Y", "{Z}", 1);
    assert_sets("A -> X; A -> B; B -> C; D -> B; D -> E; X -> E; E -> Y", "X", "Y", "{}", 13);
    assert_sets("A -> X; A -> B; B -> X; C -> B; C -> Y; X -> Y", "X", "Y", "{C} {A B}", 5);
    assert_sets("A -> X; A -> B; B -> X; C -> B; C -> Y; X -> Y; latent C", "X", "Y", "{A B}",
                1);
    assert_sets("X -> Y; L1 -> X; L1 -> Z; L2 -> Z; L2 -> Y; latent L1 L2", "X", "Y", "{}", 1);
    assert_sets("X -> Y; X -> Z; L -> Z; L -> Y; latent L", "X", "Y", "{}", 1);
    assert_sets("X -> Y; Z1 -> L; L -> Z2; Z3 -> Z2; L -> X; Z3 -> Y; latent L", "X", "Y", "{}",
                6);
    assert_sets("U1 -> X; U1 -> Z; U2 -> Z; U2 -> Y; X -> Y; Z -> X; latent U1 U2", "X", "Y",
                "", 0);
    assert_sets("E -> X; E -> R; X -> M; R -> M; M -> Y; latent E", "X", "Y", "{R}", 0);
    assert_sets("X -> B; D -> B; B -> Y; D -> Y; latent D", "X", "Y", "{}", 0);
    assert_sets("D <-> v5; E -> v1; E -> v6; v1 -> D; v2 -> D; v2 -> E; v3 -> E; v3 <-> v4;"
                "v4 -> v6; v5 -> v4; v6 -> v7; v7 -> D",
                "E", "D", "{v2 v3} {v5 v2 v4}", 5);
    assert_sets("U -> W1; U -> W2; V -> Z2; V -> Z1; W1 -> Z1; W1 -> X; W1 -> Y; W2 -> Y;"
                "W2 -> Z2; W2 -> X; X -> Y; Z1 -> X; Z2 -> Y; latent U",
                "X", "Y", "{W1 W2 V} {W1 W2 Z2} {W1 W2 Z1}", 7);
}

static void test_sets_of_treatments(void **state) {
    (void)state;
    // van der Zander, Liskiewicz & Textor 2014, figure 2.
    assert_sets("X1 -> Y1; X1 -> Z1 -> Z2 -> X2; Y2 -> Z2", "X1 X2", "Y1 Y2", "{Z1 Z2}", 1);
    // Perkovic et al. 2018, example 9.
    assert_sets("X1 -> Y; V1 -> X1; V2 -> X1; V3 -> V2; V3 -> Y; X2 -> V1; X2 -> Y", "X1 X2",
                "Y", "{V2} {V3}", 6);
}

// Shrier & Platt 2008 and Schipf et al. 2010, as published with dagitty.
static void test_dagitty_examples(void **state) {
    (void)state;
    assert_sets(SHRIER_PLATT, "WarmUp", "Injury",
                "{Coach Fitness} {Coach PreGameProp} {Fitness TeamMotiv} {Fitness Genetics} "
                "{TeamMotiv PreGameProp} {ConnTissue NeuroFatigue} {NeuroFatigue TissueWeak}",
                696);
    assert_sets("A -> PA; A -> S; A -> TT; A -> U; A -> WC; PA -> T2DM; PA -> WC; S -> T2DM;"
                "S -> TT; U -> T2DM; U -> TT; WC -> T2DM; WC -> TT; WC -> U",
                "TT", "T2DM", "{A S U WC} {PA S U WC}", 0);
    assert_sets("AFF -> ALN; AFF -> APA; AFF -> CDR; AIS -> AFF; AIS -> EGC; AIS -> SUS;"
                "ALN -> APA; ALN -> DET; ALN -> FTW; ALN -> PER; ALN -> SUS; CDR -> DET;"
                "EGC -> HOS; FTW -> DET; FTW -> EGC; PER -> DET; SAN -> AFF; SAN -> AIS;"
                "SAN -> ALN; SAN -> APA; SAN -> CDR; SUS -> EGC; SUS -> FTW; SUS -> HOS",
                "SUS", "EGC", "{ALN AIS}", 0);
}

typedef struct Optimal {
    const char *text, *must, *costs; // costs in the order of the vertices, or NULL
    const char *best, *minimal, *cheapest;
    bool known;
} Optimal;

static void assert_optimal(const Optimal *o) {
    Case c = case_of(o->text, "X", "Y");
    Word *must = set_of(c.g, o->must), *z = graph_set(c.g);
    double cost[16] = {0};
    const char *p = o->costs;
    for (size_t v = 0; p && v < c.g->n; v++) cost[v] = strtod(p, (char **)&p);
    AdjustQuery q = {.x = c.x, .y = c.y, .must = must};
    bool exists = false, best = false;
    assert_int_equal(adjust_optimal(c.g, &q, &exists, &best, z), OK);
    assert_true(exists);
    assert_int_equal(best, o->known);
    if (best) assert_set(c.g, z, o->best);
    assert_int_equal(adjust_optimal_minimal(c.g, &q, &exists, z), OK);
    assert_true(exists);
    assert_set(c.g, z, o->minimal);
    assert_int_equal(adjust_cheapest(c.g, &q, o->costs ? cost : NULL, &exists, z), OK);
    assert_true(exists);
    assert_set(c.g, z, o->cheapest);
    mem_free(must);
    mem_free(z);
    case_free(&c);
}

// Figures of Smucler, Sapienza & Rotnitzky 2021 and of Smucler & Rotnitzky 2022, with the
// answers in DoWhy's tests of efficient adjustment.
static void test_optimal_sets(void **state) {
    (void)state;
#define SR22_FIG2                                                                              \
    "L -> X -> M -> Y; K -> X; B -> K; B -> R -> Y; Q -> K; Q -> T -> Y; U -> Y; U -> F; "     \
    "latent U"
    const Optimal cases[] = {
        {"X -> Y; T -> W1; T -> Y; W1 -> X; W2 -> W1; W2 -> Y; W3 -> W1; W3 -> Y; W4 -> Y", "T",
         NULL, "T W2 W3 W4", "T W2 W3", "T W1", true},
        {"X -> M -> Y; T -> X; T -> F; F -> X; U -> F; U -> Y; latent U", "T", NULL, "F T",
         "F T", "F T", true},
        {"T -> X -> Y; U -> Y; U -> F; latent U", "T", NULL, "", "T", "T", false},
        {"X -> Y; Z1 -> X; Z1 -> Z2; U -> Z2; U -> Y; latent U", "", NULL, "", "", "", false},
        {"X -> Y; B -> X; Q -> X; B -> T; Q -> R; T -> Y; R -> Y", "", "1 1 1 1 2 2", "R T",
         "R T", "B Q", true},
        // In the order L X M Y K B R Q T U F.
        {SR22_FIG2, "L", "1 1 1 1 4 2 1 1 1 1 1", "", "L R T", "L R T", false},
        {SR22_FIG2, "L", "1 1 1 1 4 1 2 1 1 1 1", "", "L R T", "B L T", false},
        {"K -> X -> Y; W1 -> K; W2 -> K; W3 -> K; W1 -> W4 -> W7 -> Y; W2 -> W5 -> W8 -> Y;"
         "W3 -> W6 -> W9 -> Y; O -> Y",
         "", "11 1 1 2 1 1 1 1 2 1 1 2 1", "O W7 W8 W9", "W7 W8 W9", "W6 W7 W8", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) assert_optimal(&cases[i]);
}

static void test_reasons(void **state) {
    (void)state;
    Case c = case_of("X -> M -> Y; M -> D; Z -> X; Z -> Y; Z -> C <- Y", "X", "Y");
    AdjustCheck check;
    struct {
        const char *z;
        AdjustVerdict verdict;
        const char *vertex, *through;
        size_t length;
    } cases[] = {
        {"Z", ADJUST_VALID, NULL, NULL, 0},     {"", ADJUST_OPEN, NULL, NULL, 2},
        {"D", ADJUST_FORBIDDEN, "D", "M", 0},   {"M Z", ADJUST_FORBIDDEN, "M", "M", 0},
        {"C Z", ADJUST_FORBIDDEN, "C", "Y", 0}, {"X", ADJUST_OVERLAP, "X", NULL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Word *z = set_of(c.g, cases[i].z);
        assert_int_equal(adjust_check(c.g, c.x, c.y, z, &check), OK);
        assert_int_equal(check.verdict, cases[i].verdict);
        if (cases[i].vertex) assert_string_equal(c.g->names[check.vertex], cases[i].vertex);
        if (cases[i].through) assert_string_equal(c.g->names[check.through], cases[i].through);
        assert_int_equal(check.open.length, cases[i].length);
        adjust_check_free(&check);
        mem_free(z);
    }
    case_free(&c);
}

static void test_roles(void **state) {
    (void)state;
    Case c = case_of("X -> M -> Y; X -> Y; C -> X; C -> Y; P -> C; I -> X; X -> K <- Y; K -> L;"
                     "Y -> D; U <-> X",
                     "X", "Y");
    Word *out = graph_set(c.g);
    assert_int_equal(roles_mediators(c.g, c.x, c.y, out), OK);
    assert_set(c.g, out, "M");
    assert_int_equal(roles_confounders(c.g, c.x, c.y, out), OK);
    assert_set(c.g, out, "C P");
    assert_int_equal(roles_colliders(c.g, c.x, c.y, out), OK);
    assert_set(c.g, out, "K L");
    mem_free(out);
    case_free(&c);
}

// Every planned failure of memory is reported and leaks nothing.
static void test_memory_runs_out(void **state) {
    (void)state;
    Case c = case_of(SHRIER_PLATT, "WarmUp", "Injury");
    AdjustQuery q = {.x = c.x, .y = c.y};
    Word *z = graph_set(c.g);
    for (long n = 0; n < 2000; n += 1 + n / 16) {
        Sets sets = {0};
        bool exists;
        AdjustCheck check;
        mem_fail_after(n, 0);
        Status list = adjust_list(c.g, &q, 0, &sets);
        mem_fail_after(n, 0);
        Status cheapest = adjust_cheapest(c.g, &q, NULL, &exists, z);
        mem_fail_after(n, 0);
        Status judged = adjust_check(c.g, c.x, c.y, z, &check);
        mem_fail_after(-1, 0);
        assert_true(list == OK || list == NOMEM);
        assert_true(cheapest == OK || cheapest == NOMEM);
        if (judged == OK) adjust_check_free(&check);
        if (n == 0) assert_true(list == NOMEM && cheapest == NOMEM && judged == NOMEM);
        sets_free(&sets);
    }
    mem_free(z);
    case_free(&c);
}

// --- an oracle for the criterion that knows nothing of back-door graphs ---

// Shpitser, VanderWeele & Robins 2010: no forbidden vertex, and every proper path from X to Y
// that is not causal is blocked. Paths are walked edge by edge.
typedef struct Walk {
    const Graph *g;
    Word x, y, z, opens, taken;
} Walk;

static bool open_noncausal(Walk *w, size_t v, int head, bool causal);

static bool walk_edge(Walk *w, size_t v, size_t to, int head, bool leaves_head,
                      bool arrives_head, bool causal) {
    Word bit = (Word)1 << to;
    if ((w->taken | w->x) & bit) return false;
    if (head >= 0) {
        bool collider = head && leaves_head;
        if (collider ? !bits_has(&w->opens, v) : bits_has(&w->z, v)) return false;
    }
    causal = causal && !leaves_head && arrives_head;
    if ((w->y & bit) && !causal) return true;
    return open_noncausal(w, to, arrives_head, causal);
}

static bool open_noncausal(Walk *w, size_t v, int head, bool causal) {
    bool found = false;
    w->taken |= (Word)1 << v;
    for (size_t to = 0; to < w->g->n && !found; to++) {
        if (graph_has_edge(w->g, v, to)) found = walk_edge(w, v, to, head, false, true, causal);
        if (!found && graph_has_edge(w->g, to, v))
            found = walk_edge(w, v, to, head, true, false, causal);
        if (!found && graph_has_spouse(w->g, v, to))
            found = walk_edge(w, v, to, head, true, true, causal);
    }
    w->taken &= ~((Word)1 << v);
    return found;
}

// Marks vertices of proper causal paths from v; true when v leads to Y.
static bool mark_causal(const Graph *g, size_t v, Word x, Word y, Word *causal) {
    bool leads = y >> v & 1;
    GRAPH_EACH(g, children, v, c)
        if (!(x >> c & 1) && mark_causal(g, c, x, y, causal)) {
            *causal |= (Word)1 << c;
            leads = true;
        }
    return leads;
}

static bool oracle_valid(const Graph *g, Word x, Word y, Word z) {
    Word causal = 0, forbidden;
    Walk w = {.g = g, .x = x, .y = y, .z = z};
    for (size_t v = 0; v < g->n; v++)
        if (x >> v & 1) mark_causal(g, v, x, y, &causal);
    walk_descendants(g, &causal, NULL, &forbidden);
    walk_ancestors(g, &z, NULL, &w.opens);
    if (z & forbidden) return false;
    for (size_t v = 0; v < g->n; v++)
        if ((x >> v & 1) && open_noncausal(&w, v, -1, true)) return false;
    return true;
}

static bool valid(const Graph *g, Word x, Word y, Word z) {
    AdjustCheck check;
    assert_int_equal(adjust_check(g, &x, &y, &z, &check), OK);
    bool answer = check.verdict == ADJUST_VALID;
    adjust_check_free(&check);
    return answer;
}

static void test_against_all_subsets(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < seeds(1000); seed++) {
        Rng rng;
        rng_seed(&rng, seed, 3);
        size_t n = 3 + rng_below(&rng, 5);
        Graph *g = graph_random(&rng, n, 0.2 + 0.3 * rng_unit(&rng), 0.25 * rng_unit(&rng));
        Word all = ((Word)1 << n) - 1, x = 1, y = 2, minimal[256], smallest = n + 1;
        size_t count = 0;
        if (rng_below(&rng, 3) == 0 && n > 3) x |= 4;
        if (rng_below(&rng, 4) == 0 && n > 4) y |= 8;
        for (Word z = 0; z <= all; z++) { // subsets come before supersets
            if (z & (x | y)) continue;
            bool expected = oracle_valid(g, x, y, z);
            if (valid(g, x, y, z) != expected)
                fail_msg("seed %llu: %llx is%s valid", (unsigned long long)seed,
                         (unsigned long long)z, expected ? "" : " not");
            bool contains = false;
            for (size_t i = 0; i < count; i++) contains |= (minimal[i] & ~z) == 0;
            if (expected && !contains) minimal[count++] = z;
        }
        Sets sets = {0};
        AdjustQuery q = {.x = &x, .y = &y};
        assert_int_equal(adjust_list(g, &q, 0, &sets), OK);
        if (sets.count != count) fail_msg("seed %llu: count", (unsigned long long)seed);
        for (size_t i = 0; i < count; i++) {
            assert_true(sets_has(&sets, &minimal[i]));
            Word size = (Word)__builtin_popcountll(minimal[i]);
            if (size < smallest) smallest = size;
        }
        bool exists, best;
        Word z;
        assert_int_equal(adjust_cheapest(g, &q, NULL, &exists, &z), OK);
        assert_int_equal(exists, count > 0);
        if (exists) {
            assert_int_equal(__builtin_popcountll(z), smallest);
            assert_true(oracle_valid(g, x, y, z));
            assert_int_equal(adjust_optimal_minimal(g, &q, &exists, &z), OK);
            assert_true(exists && sets_has(&sets, &z));
            assert_int_equal(adjust_optimal(g, &q, &exists, &best, &z), OK);
            assert_true(exists && oracle_valid(g, x, y, z));
        }
        sets_free(&sets);
        graph_free(g);
    }
}

// In DAGs the O-set is the parents of the causal vertices, less the forbidden (Henckel et al.).
static void test_o_set_in_dags(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < seeds(500); seed++) {
        Rng rng;
        rng_seed(&rng, seed, 4);
        Graph *g = graph_random(&rng, 3 + rng_below(&rng, 7), 0.4, 0);
        Word x = 1, y = 2, causal, forbidden, expected, z;
        AdjustQuery q = {.x = &x, .y = &y};
        bool exists, best;
        assert_int_equal(adjust_causal(g, &x, &y, &causal), OK);
        assert_int_equal(adjust_forbidden(g, &x, &y, &forbidden), OK);
        walk_parents(g, &causal, &expected);
        expected &= ~forbidden;
        assert_int_equal(adjust_optimal(g, &q, &exists, &best, &z), OK);
        if (causal) {
            assert_true(exists && best);
            if (z != expected) fail_msg("seed %llu", (unsigned long long)seed);
        }
        graph_free(g);
    }
}

// DAGs on four ordered vertices: pairs with an adjustment set, minimal sets, valid sets.
static void test_census(void **state) {
    (void)state;
    size_t exist = 0, minimal = 0, all = 0;
    for (uint64_t code = 0; code < 1 << 12; code++) {
        if (code & 0xaaa) continue;
        Graph *g = graph_census(4, code);
        for (size_t a = 0; a < 4; a++)
            for (size_t b = 0; b < 4; b++) {
                if (a == b) continue;
                Word x = (Word)1 << a, y = (Word)1 << b;
                Sets sets = {0};
                AdjustQuery q = {.x = &x, .y = &y};
                assert_int_equal(adjust_list(g, &q, 0, &sets), OK);
                exist += sets.count > 0;
                minimal += sets.count;
                for (Word z = 0; z < 16; z++)
                    if (!(z & (x | y))) all += valid(g, x, y, z);
                sets_free(&sets);
            }
        graph_free(g);
    }
    assert_int_equal(exist, 576);
    assert_int_equal(minimal, 586);
    assert_int_equal(all, 1646);
}

static void test_census_with_latents(void **state) {
    (void)state;
    size_t exist = 0;
    for (uint64_t code = 0; code < 64; code++) {
        Graph *g = graph_census(3, code);
        for (size_t a = 0; a < 3; a++)
            for (size_t b = 0; b < 3; b++) {
                Word x = (Word)1 << a, y = (Word)1 << b, z;
                AdjustQuery q = {.x = &x, .y = &y};
                bool found = false;
                if (a != b) assert_int_equal(adjust_optimal_minimal(g, &q, &found, &z), OK);
                exist += found;
            }
        graph_free(g);
    }
    assert_int_equal(exist, 126);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_sets),
        cmocka_unit_test(test_sets_of_treatments),
        cmocka_unit_test(test_dagitty_examples),
        cmocka_unit_test(test_optimal_sets),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_memory_runs_out),
        cmocka_unit_test(test_against_all_subsets),
        cmocka_unit_test(test_o_set_in_dags),
        cmocka_unit_test(test_census),
        cmocka_unit_test(test_census_with_latents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
