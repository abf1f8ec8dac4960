// Tests of remedies for effects that are not identifiable.
#include "tests/unit/oracle.h"

#include "runtime/symbol/explain_remedies.h"
#include "runtime/symbol/remedies.h"

static void assert_sets(const Graph *g, const Sets *sets, const char *expected) {
    Str s = {0};
    for (size_t i = 0; i < sets->count; i++)
        str_printf(&s, "%s{%s}", i ? " " : "", set_text(g, sets_at(sets, i)));
    assert_string_equal(str_text(&s), expected);
    str_free(&s);
}

static void assert_remedies(const char *text, const char *xs, const char *given,
                            const char *experiments, const char *measurements) {
    Graph *g = graph_of(text);
    Word *x = set_of(g, xs), *y = set_of(g, "Y"), *z = set_of(g, given);
    IdentifyQuery q = {.y = y, .x = x, .given = z};
    Faults faults = {0};
    Remedies r;
    assert_int_equal(remedies_find(g, &q, (RemediesLimits){0}, NULL, &faults, &r), OK);
    assert_sets(r.graph, &r.experiments, experiments);
    assert_sets(r.graph, &r.measurements, measurements);
    remedies_free(&r);
    mem_free(x);
    mem_free(y);
    mem_free(z);
    graph_free(g);
}

static void test_remedies(void **state) {
    (void)state;
    // The bow: randomise X, or measure what confounds it.
    assert_remedies("X -> Y; X <-> Y", "X", "", "{X}", "{X<->Y}");
    assert_remedies("X -> Y; U -> X; U -> Y; latent U", "X", "", "{X}", "{U}");
    // z-identification: an experiment on Z serves as well (Bareinboim & Pearl 2012).
    assert_remedies("Z -> X -> Y; X <-> Z <-> Y", "X", "", "{Z} {X}", "{Z<->X} {Z<->Y}");
    // The instrument: randomising it does not identify the effect.
    assert_remedies("Z -> X -> Y; X <-> Y", "X", "", "{X}", "{X<->Y}");
    // A napkin with Z -> Y (cfid's tests): X and Y stay confounded whatever Z is set to.
    assert_remedies("W -> Z -> X -> Y; Z -> Y; Y <-> X <-> W", "X", "", "{X}", "{X<->Y}");
    // Shpitser & Pearl 2008, figure 1c: what confounds X and the mediator.
    assert_remedies("X -> Z -> Y; X -> Y; X <-> Z", "X", "", "{X}", "{X<->Z}");
    // Two confounders: one measurement is not enough.
    assert_remedies("X -> Y; A -> X; A -> Y; B -> X; B -> Y; latent A B", "X", "", "{X}",
                    "{A B}");
    // The question set is the trivial remedy even when it is large, and the last one.
    assert_remedies("A -> Y; B -> Y; C -> Y; A <-> Y; B <-> Y; C <-> Y", "A B C", "", "{A B C}",
                    "");
    // Nothing to remedy: the empty set is enough.
    assert_remedies("X -> Y; X <-> Z <-> Y", "X", "", "{}", "{}");
    // What does not cause Y is no candidate.
    assert_remedies("X -> Y -> D; X <-> Y; X -> E", "X", "", "{X}", "{X<->Y}");
}

// --- against all sets -----------------------------------------------------------------------

static bool identified(const Graph *g, Word y, Word x, Word z, const Source *s, size_t n) {
    Identification id;
    Faults faults = {0};
    IdentifyQuery q = {.y = &y, .x = &x, .given = &z, .sources = s, .nsources = n};
    assert_int_equal(identify(g, &q, NULL, &faults, &id), OK);
    bool yes = id.form != IDENTIFY_NONE;
    identify_free(&id);
    return yes;
}

// g with an observed vertex in place of each bidirected edge whose number is in `edges`.
static Graph *with_measured(const Graph *g, uint32_t edges) {
    GraphDraft d = {0};
    Faults faults = {0};
    Graph *out = NULL;
    uint32_t v, number = 0;
    for (size_t i = 0; i < g->n; i++) assert_int_equal(graph_vertex(&d, g->names[i], &v), OK);
    for (uint32_t a = 0; a < g->n; a++) {
        GRAPH_EACH(g, children, a, c) assert_int_equal(graph_edge(&d, a, (uint32_t)c, 0), OK);
        GRAPH_EACH(g, spouses, a, b) {
            char name[16];
            if (b < a) continue;
            snprintf(name, sizeof name, "cause%u", number);
            if (edges >> number++ & 1) {
                assert_int_equal(graph_vertex(&d, name, &v), OK);
                assert_int_equal(graph_edge(&d, v, a, 0), OK);
                assert_int_equal(graph_edge(&d, v, (uint32_t)b, 0), OK);
            } else {
                assert_int_equal(graph_confound(&d, a, (uint32_t)b, 0), OK);
            }
        }
    }
    assert_int_equal(graph_build(&d, &faults, &out), OK);
    return out;
}

// Whether each of the 2^n sets is enough.
static void all_experiments(const Graph *g, Word y, Word x, Word z, bool *enough) {
    for (Word set = 0; set < 1u << g->n; set++) {
        Source sources[] = {{0}, {.dos = &set}};
        enough[set] = !(set & y) && identified(g, y, x, z, sources, 2);
    }
}

static void all_measurements(const Graph *g, Word y, Word x, Word z, bool *enough) {
    for (uint32_t set = 0; set < 1u << g->bidirected; set++) {
        Graph *other = with_measured(g, set);
        enough[set] = identified(other, y, x, z, NULL, 0);
        graph_free(other);
    }
}

// Exactly the sets are found that are enough, of size 2 at most, and contain no other.
static void check_found(uint64_t seed, const Sets *found, const bool *enough, size_t n,
                        size_t shift, Word always) {
    for (Word set = 0; set < 1u << n; set++) {
        Word wide = set << shift;
        bool minimal = enough[set];
        for (Word part = 0; part < set; part++)
            if ((part & set) == part && enough[part]) minimal = false;
        if (__builtin_popcountll(set) > 2 && wide != always) minimal = false;
        if (sets_has(found, &wide) != minimal)
            fail_msg("seed %llu: the set %llx", (unsigned long long)seed,
                     (unsigned long long)wide);
    }
}

static void check_values(uint64_t seed, const Graph *g, const IdentifyQuery *q,
                         const Remedies *r, const World *w) {
    for (size_t i = 0; i < r->experiments.count; i++) {
        Identification id;
        Faults faults = {0};
        const Word *set = sets_at(&r->experiments, i);
        assert_int_equal(remedies_identify(g, q, r, set, false, &faults, &id), OK);
        for (uint32_t s = 0; s < 1u << g->n; s++) {
            double truth = world_truth(w, *q->y, *q->x, *q->given, s);
            if (fabs(world_eval(w, id.estimand, s) - truth) > 1e-9)
                fail_msg("seed %llu: the estimand is wrong", (unsigned long long)seed);
        }
        identify_free(&id);
    }
}

static void test_all_sets(void **state) {
    (void)state;
    size_t remedied = 0;
    bool *enough = calloc(1 << 10, sizeof *enough);
    for (uint64_t seed = 0; seed < seeds(150); seed++) {
        Rng rng;
        Remedies r;
        Faults faults = {0};
        rng_seed(&rng, seed, 33);
        size_t n = 2 + rng_below(&rng, 4);
        Graph *g = graph_random(&rng, n, 0.5, 0.3);
        Word y = 1, x = 2 | (rng_below(&rng, 2) ? 4 : 0), z = rng_below(&rng, 3) ? 0 : 8;
        x &= (1u << n) - 1;
        z &= (1u << n) - 1;
        IdentifyQuery q = {.y = &y, .x = &x, .given = &z};
        if (g->bidirected <= 6) {
            assert_int_equal(remedies_find(g, &q, (RemediesLimits){0}, NULL, &faults, &r), OK);
            all_experiments(g, y, x, z, enough);
            remedied += !enough[0];
            check_found(seed, &r.experiments, enough, n, 0, x);
            all_measurements(g, y, x, z, enough);
            check_found(seed, &r.measurements, enough, g->bidirected, n, 0);
            World w;
            world_init(&w, g, &rng);
            check_values(seed, g, &q, &r, &w);
            world_free(&w);
            remedies_free(&r);
        }
        graph_free(g);
    }
    free(enough);
    assert_true(remedied > 15);
}

// --- limits, sources, words -----------------------------------------------------------------

static void test_limits(void **state) {
    (void)state;
    Graph *g = graph_of("A -> B -> C -> X -> Y; A -> Y; B -> Y; C -> Y; X <-> Y; X <-> A");
    Word *x = set_of(g, "X"), *y = set_of(g, "Y");
    IdentifyQuery q = {.y = y, .x = x};
    Faults faults = {0};
    Remedies r;
    RemediesLimits few = {.calls = 2};
    assert_int_equal(remedies_find(g, &q, few, NULL, &faults, &r), OK);
    assert_true(r.more);
    assert_sets(r.graph, &r.experiments, "{X}"); // beyond the limit, but trivial
    remedies_free(&r);
    sig_atomic_t stop = 1;
    Ctl ctl = {.cancel = &stop};
    assert_int_equal(remedies_find(g, &q, few, &ctl, &faults, &r), CANCELLED);
    mem_free(x);
    mem_free(y);
    graph_free(g);
    // With all small sets tried and too few vertices for larger ones, there is no more.
    g = graph_of("X -> Y; X <-> Y");
    x = set_of(g, "X"), y = set_of(g, "Y");
    q = (IdentifyQuery){.y = y, .x = x};
    assert_int_equal(remedies_find(g, &q, (RemediesLimits){0}, NULL, &faults, &r), OK);
    assert_false(r.more);
    remedies_free(&r);
    mem_free(x);
    mem_free(y);
    graph_free(g);
}

// Told what is known, a remedy is what must be known besides.
static void test_described(void **state) {
    (void)state;
    Graph *g = graph_of("Age -> Y; X -> Y");
    Word *x = set_of(g, "X"), *y = set_of(g, "Y"), *age = set_of(g, "Age");
    Source trial = {.dos = x, .differs = age, .law = "trial"};
    IdentifyQuery q = {.y = y, .x = x, .sources = &trial, .nsources = 1};
    Faults faults = {0};
    Remedies r;
    assert_int_equal(remedies_find(g, &q, (RemediesLimits){0}, NULL, &faults, &r), OK);
    assert_sets(r.graph, &r.experiments, "{}");
    assert_int_equal(r.measurements.count, 0);
    Str s = {0};
    explain_remedies_text(&r, sets_at(&r.experiments, 0), false, &s);
    assert_string_equal(str_text(&s),
                        "observing all variables together, in the population asked about");
    str_free(&s);
    remedies_free(&r);
    mem_free(x);
    mem_free(y);
    mem_free(age);
    graph_free(g);
}

static void test_words(void **state) {
    (void)state;
    Graph *g = graph_of("L -> X; L -> Y; X -> Y; X <-> W -> Y; W <-> Y; U; U1; latent L");
    Word *x = set_of(g, "X"), *y = set_of(g, "Y");
    IdentifyQuery q = {.y = y, .x = x};
    Faults faults = {0};
    Derivation d = {0};
    Remedies r;
    assert_int_equal(remedies_find(g, &q, (RemediesLimits){0}, NULL, &faults, &r), OK);
    assert_int_equal(explain_remedies(g, &q, &r, &d, &faults), OK);
    assert_int_equal(d.count, 3);
    // The names U and U1 are taken.
    assert_string_equal(d.items[0].text,
                        "Measuring L and the common cause U2 of X and W would identify it.");
    assert_string_equal(d.items[0].result,
                        "P(Y | do(X)) = sum over L, U2 of P(Y | X, U2, L) P(L, U2)");
    assert_string_equal(d.items[2].text, "An experiment on X would identify it.");
    assert_null(d.items[2].result);
    derivation_free(&d);
    remedies_free(&r);
    mem_free(x);
    mem_free(y);
    graph_free(g);
}

static Status tell_all(const Graph *g, const IdentifyQuery *q, const Remedies *r) {
    Derivation d = {0};
    Identification id;
    Faults faults = {0};
    Status status = identify(g, q, NULL, &faults, &id);
    if (status != OK) return status;
    status = explain_remedies_hedge(&id, &d);
    if (status == OK) status = explain_remedies(g, q, r, &d, &faults);
    identify_free(&id);
    derivation_free(&d);
    return status;
}

static void test_memory_runs_out(void **state) {
    (void)state;
    Graph *g = graph_of("X -> Y; U -> X; U -> Y; X <-> Z; latent U");
    Word x = 1, y = 2;
    IdentifyQuery q = {.y = &y, .x = &x};
    RemediesLimits limits = {0};
    Faults faults = {0};
    Remedies r;
    STARVE(remedies_find(g, &q, limits, NULL, &faults, &r), (void)0);
    STARVE(tell_all(g, &q, &r), (void)0);
    remedies_free(&r);
    graph_free(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_remedies), cmocka_unit_test(test_all_sets),
        cmocka_unit_test(test_limits),   cmocka_unit_test(test_described),
        cmocka_unit_test(test_words),    cmocka_unit_test(test_memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
