// Tests of identification: estimands against truncated factorisation in random models, verdicts
// against published counts, hedges against their definition.
#include "tests/unit/oracle.h"

#include "runtime/graph/walk.h"
#include "runtime/symbol/expr_print.h"
#include "runtime/symbol/identify.h"
#include "runtime/symbol/simplify.h"

static void ask(const Graph *g, Word y, Word x, Word z, bool general, Identification *id) {
    Faults faults = {0};
    IdentifyQuery q = {.y = &y, .x = &x, .given = &z, .general = general};
    assert_int_equal(identify(g, &q, NULL, &faults, id), OK);
}

static char *print(const Identification *id, const Expr *e, ExprStyle style) {
    Str s = {0};
    expr_print(&id->pool, e, id->graph->names, style, &s);
    return str_take(&s);
}

// --- hedges ---

static bool connected(const Graph *g, const Word *set) {
    Word *district = graph_set(g);
    assert_int_equal(walk_district(g, bits_next(set, g->words, 0), set, district), OK);
    bool whole = bits_equal(district, set, g->words);
    mem_free(district);
    return whole;
}

static bool all_lead_to(const Graph *g, const Word *roots, const Word *set) {
    Word *above = graph_set(g);
    walk_ancestors(g, roots, set, above);
    bool all = bits_within(set, above, g->words);
    mem_free(above);
    return all;
}

// The definition of Shpitser & Pearl 2006a.
static bool is_hedge(const Identification *id) {
    const Graph *g = id->graph;
    const Hedge *h = &id->hedge;
    Word *rest = graph_set(g), *above = graph_set(g), *y = graph_set(g);
    bits_copy(y, id->y, g->words);
    bits_or(y, id->given, g->words);
    for (size_t i = 0; i < g->words; i++) rest[i] = ~id->x[i];
    walk_ancestors(g, y, rest, above); // causes of Y after do(X), X aside
    bool good = bits_within(h->inner, h->outer, g->words) &&
                bits_within(h->roots, h->inner, g->words) && !bits_empty(h->roots, g->words) &&
                connected(g, h->outer) && connected(g, h->inner) &&
                bits_meet(h->outer, id->x, g->words) && !bits_meet(h->inner, id->x, g->words) &&
                all_lead_to(g, h->roots, h->outer) && all_lead_to(g, h->roots, h->inner) &&
                bits_within(h->roots, above, g->words);
    mem_free(rest);
    mem_free(above);
    mem_free(y);
    return good;
}

// --- the oracle ---

// Compares an expression with the truth at every assignment, whatever its other free variables.
static bool agrees(const World *w, const Expr *e, Word y, Word x, Word z) {
    for (uint32_t s = 0; s < 1u << w->n; s++) {
        double value = world_eval(w, e, s), truth = world_truth(w, y, x, z, s);
        if (!(fabs(value - truth) < 1e-9)) return false;
    }
    return true;
}

static void complain(const Identification *id, const Expr *e, const char *what, uint64_t seed) {
    char *graph = graph_print(id->graph), *text = print(id, e, EXPR_TEXT);
    fail_msg("seed %llu: %s is wrong: P(%s | do(%s), %s) in %s: %s", (unsigned long long)seed,
             what, set_text(id->graph, id->y), set_text(id->graph, id->x), "..", graph, text);
}

static void check_one(uint64_t seed, const Graph *g, const World *w, Word y, Word x, Word z) {
    for (int general = 0; general < 2; general++) {
        Identification id;
        ask(g, y, x, z, general, &id);
        if (id.form == IDENTIFY_NONE) {
            assert_true(is_hedge(&id) || z);
        } else {
            if (!agrees(w, id.raw, y, x, z)) complain(&id, id.raw, "the raw estimand", seed);
            if (!agrees(w, id.estimand, y, x, z))
                complain(&id, id.estimand, "the estimand", seed);
        }
        identify_free(&id);
    }
}

static void test_random_models(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < seeds(150); seed++) {
        Rng rng;
        World w;
        rng_seed(&rng, seed, 7);
        size_t n = 3 + rng_below(&rng, 4);
        Graph *g = graph_random(&rng, n, 0.3 + 0.3 * rng_unit(&rng), 0.35 * rng_unit(&rng));
        if (world_fits(g)) {
            Word y = 1, x = 2, z = 0;
            for (size_t v = 2; v < n; v++) {
                uint64_t roll = rng_below(&rng, 8);
                if (roll == 0) y |= 1ull << v;
                if (roll == 1) x |= 1ull << v;
                if (roll == 2) z |= 1ull << v;
            }
            world_init(&w, g, &rng);
            check_one(seed, g, &w, y, x, z);
            world_free(&w);
        }
        graph_free(g);
    }
}

// --- published verdicts and estimands ---

typedef struct Fact {
    const char *text, *y, *x, *given;
    const char *estimand; // NULL: not identifiable; "": identifiable, form not compared
} Fact;

static void assert_fact(const Fact *f) {
    Graph *g = graph_of(f->text);
    Word *y = set_of(g, f->y), *x = set_of(g, f->x), *z = set_of(g, f->given ? f->given : "");
    Identification id;
    ask(g, *y, *x, *z, false, &id);
    if (!f->estimand && id.form != IDENTIFY_NONE) fail_msg("identified: %s", f->text);
    if (f->estimand && id.form == IDENTIFY_NONE) fail_msg("not identified: %s", f->text);
    if (id.form == IDENTIFY_NONE) {
        assert_true(is_hedge(&id));
    } else {
        Rng rng;
        World w;
        rng_seed(&rng, 1, 8);
        char *text = print(&id, id.estimand, EXPR_TEXT);
        if (*f->estimand) assert_string_equal(text, f->estimand);
        if (world_fits(g)) {
            world_init(&w, g, &rng);
            check_one(1, g, &w, *y, *x, *z);
            world_free(&w);
        }
        mem_free(text);
    }
    identify_free(&id);
    mem_free(y);
    mem_free(x);
    mem_free(z);
    graph_free(g);
}

static void test_not_identifiable(void **state) {
    (void)state;
    const Fact facts[] = {
        // Shpitser & Pearl 2008, figures 1a, 1c, 1e, 1g, and 1b.
        {"X -> Y; X <-> Y", "Y", "X", NULL, NULL},
        {"X -> Z -> Y; X -> Y; X <-> Z", "Y", "X", NULL, NULL},
        {"Z -> X -> Y; X <-> Z <-> Y", "Y", "X", NULL, NULL},
        {"X -> Z1 -> Y; Z2 -> Y; X <-> Z2 <-> Z1", "Y", "X", NULL, NULL},
        {"X -> Z -> Y; X <-> Z", "Y", "X", NULL, NULL},
        // The instrument, cfid's napkin variant, Bareinboim & Pearl 2012 (z-ID, graph 3).
        {"Z -> X -> Y; X <-> Y", "Y", "X", NULL, NULL},
        {"W -> Z -> X -> Y; Z -> Y <-> X <-> W", "Y", "X", NULL, NULL},
        {"Z -> Y; X -> Y; X <-> Z <-> Y", "Y", "X", NULL, NULL},
        // Ananke's tests, Tikka & Karvanen 2017 figure 8, a broken front door, aGrUM's hedge.
        {"A -> B -> C -> Y; A -> D -> Y; B -> D; A <-> C; B <-> Y; B <-> D", "Y", "A B", NULL,
         NULL},
        {"X1 -> Y1; X1 -> Y2; W -> Y1; W -> Y2; Z -> Y1; Z -> X2 -> Y2; Z -> Y2; X1 <-> Y1;"
         "Z <-> W; Z <-> X2",
         "Y1 Y2", "X1 X2", NULL, NULL},
        {"X -> M1 -> M2 -> Y; X <-> Y; X <-> M1", "Y", "X", NULL, NULL},
        {"X -> Y; X <-> Y; X <-> U; Y <-> U", "Y", "X", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) assert_fact(&facts[i]);
}

static void test_identifiable(void **state) {
    (void)state;
    const Fact facts[] = {
        // Shpitser & Pearl 2008, figures 2b, 2d, 2f, 3a; front-door; napkin.
        {"X -> Y; X -> Z -> Y; Y <-> Z", "Y", "X", NULL, "P(Y | X)"},
        {"Z -> X -> Y; Z -> Y; X <-> Z", "Y", "X", NULL, "sum over Z of P(Y | X, Z) P(Z)"},
        {"X -> Y; X -> Z1 -> Y; Z1 -> Z2 -> Y; X <-> Z2; Y <-> Z1", "Y", "X", NULL, ""},
        {"X -> Y1; W1 -> X; W2 -> Y2; W1 <-> W2; W1 <-> Y1; W1 <-> Y2; X <-> W2", "Y1 Y2", "X",
         NULL, ""},
        {"X -> Z -> Y; X <-> Y", "Y", "X", NULL,
         "sum over Z of P(Z | X) * sum over X' of P(Y | Z, X') P(X')"},
        {"W -> R -> X -> Y; W <-> X; W <-> Y", "Y", "X", NULL, ""},
        {"B -> M -> A -> Y; B <-> A; B <-> Y", "Y", "A", NULL, ""},
        // Tian's Verma graphs.
        {"V1 -> V2 -> V3 -> V4; V2 <-> V4", "V4", "V2", NULL, ""},
        {"V1 -> V2 -> V3 -> V4 -> V5; V1 <-> V3; V2 <-> V4; V3 <-> V5", "V5", "V1", NULL, ""},
        {"V1 -> V2 -> V3 -> V4 -> V5; V1 <-> V5; V1 <-> V3; V2 <-> V4", "V5", "V1", NULL, ""},
        {"V1 -> V2 -> V3 -> V4 -> V5; V1 <-> V5; V1 <-> V3; V2 <-> V4; V3 <-> V5", "V5", "V1",
         NULL, ""},
        {"V1 -> V2 -> V3 -> V4 -> V5 -> V6; V0 <-> V1; V0 <-> V6; V1 <-> V5; V1 <-> V3;"
         "V2 <-> V4",
         "V6", "V1", NULL, ""},
        // Tikka & Karvanen 2017, figures 8 and 7; fusion example; Pearl 2009 page 125.
        {"X1 -> Y1; X1 -> Y2; W -> Y1; W -> Y2; Z -> Y1; Z -> X2 -> Y2; Z -> Y2; X1 <-> Y1;"
         "Z <-> W; Z <-> X2",
         "Y2", "X2", NULL, ""},
        {"X -> Z1 -> Y; Z2 -> X; Z2 -> Z1; Z2 -> Z3; Z3 -> Y; X <-> Y; X <-> Z2; X <-> Z3;"
         "Y <-> Z2",
         "Y Z1 Z2 Z3", "X", NULL, ""},
        {"Z1 -> Z2 -> X; Z1 -> Z3 -> X; X -> W0 -> Y; Z4 -> Z3; Z4 -> Z5 -> Y; X -> W1 -> W2 "
         "-> Y;"
         "Z3 -> Y; Z1 <-> X; Z2 <-> Z3; Z3 <-> Z5; Z4 <-> Y",
         "Y", "X", NULL, ""},
        {"Z1 -> X1 -> X2 -> Y; Z2 -> Y; Z1 <-> Z2; Z1 <-> X2; Z2 <-> X2", "Y", "X1 X2", NULL,
         ""},
        {"X -> M1 -> Y; X -> M2 -> Y; X <-> Y", "Y", "X", NULL, ""},
        {"X -> Y; X <-> Z <-> Y", "Y", "X", NULL, "P(Y | X)"},
        // Bhattacharya et al., "p-fixable".
        {"C1 -> T; C1 -> L; C2 -> T; C2 -> M; C2 -> L; C2 -> Y; T -> M -> L -> Y; Z1 <-> C1;"
         "Z2 <-> C2; T <-> L",
         "Y", "T", NULL, ""},
        // No effect, and conditional effects (cfid's tests).
        {"Y -> X; X <-> Y", "Y", "X", NULL, "P(Y)"},
        {"X -> Z -> Y; X <-> Z", "Y", "X", "Z", "P(Y | Z)"},
        {"A -> X; A -> Z; A -> B; X -> Z -> Y; B -> Y; X <-> A; A <-> Y; Y <-> X; X <-> B", "Y",
         "X", "A", ""},
        {"A -> X; A -> Z; A -> B; X -> Z -> Y; B -> Y; X <-> A; A <-> Y; Y <-> X; X <-> B", "Y",
         "X", "A B Z", ""},
    };
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) assert_fact(&facts[i]);
}

// --- published counts ---

static bool identified(const Graph *g, Word y, Word x, Word z) {
    Identification id;
    ask(g, y, x, z, true, &id);
    bool yes = id.form != IDENTIFY_NONE;
    identify_free(&id);
    return yes;
}

// Of all ADMGs on n vertices and ordered pairs, the identifiable P(Vj | do(Vi)); per forward
// pair; and the graphs in which all are.
static void census(size_t n, size_t total, const size_t *forward, size_t all_pairs) {
    size_t yes = 0, all = 0, pair[16] = {0};
    for (uint64_t code = 0; code < 1ull << (n * (n - 1)); code++) {
        Graph *g = graph_census(n, code);
        size_t here = 0;
        for (size_t i = 0, at = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++, at++) {
                bool found = identified(g, 1ull << j, 1ull << i, 0);
                pair[at] += found;
                here += found;
                here += identified(g, 1ull << i, 1ull << j, 0);
            }
        yes += here;
        all += here == n * (n - 1);
        graph_free(g);
    }
    assert_int_equal(yes, total);
    assert_int_equal(all, all_pairs);
    for (size_t i = 0; i < n * (n - 1) / 2; i++) assert_int_equal(pair[i], forward[i]);
}

static void test_census(void **state) {
    (void)state;
    const size_t two[] = {3}, three[] = {48, 40, 45};
    const size_t four[] = {3072, 2560, 1986, 2880, 2310, 2665};
    census(2, 7, two, 3);
    census(3, 325, three, 27);
    census(4, 40049, four, 711);
}

// Twenty-one million questions: in the long suite.
static void test_census_of_five(void **state) {
    (void)state;
    const size_t five[] = {786432, 655360, 508416, 366376, 737280,
                           591360, 440018, 682240, 529126, 629777};
    if (seeds(0) < 10000) skip();
    census(5, 16412145, five, 52782);
}

// On three vertices: all disjoint sets, joint outcomes, joint treatments, and conditional
// effects.
static void test_census_of_sets(void **state) {
    (void)state;
    size_t sets = 0, outcomes = 0, treatments = 0, conditional = 0;
    for (uint64_t code = 0; code < 64; code++) {
        Graph *g = graph_census(3, code);
        for (Word x = 1; x < 8; x++)
            for (Word y = 1; y < 8; y++) {
                if (x & y) continue;
                bool found = identified(g, y, x, 0);
                int ny = __builtin_popcountll(y), nx = __builtin_popcountll(x);
                sets += found;
                outcomes += found && ny == 2;
                treatments += found && nx == 2;
                if (ny == 1 && nx == 1) conditional += identified(g, y, x, 7 & ~(x | y));
            }
        graph_free(g);
    }
    assert_int_equal(sets, 612);
    assert_int_equal(outcomes, 140);
    assert_int_equal(treatments, 147);
    assert_int_equal(conditional, 292);
}

// --- verdicts, without any graph theory ---

#define MAX_PARAMETERS 64

// Pointers to all parameters of a model.
static size_t parameters(World *w, double *list[MAX_PARAMETERS]) {
    size_t count = 0;
    for (size_t l = 0; l < w->latents; l++) list[count++] = &w->coin[l];
    for (size_t v = 0; v < w->n; v++) {
        size_t inputs = graph_degree(&w->g->parents, v) + graph_degree(&w->g->spouses, v);
        for (size_t i = 0; i < 1ull << inputs; i++) list[count++] = &w->row[v][i];
    }
    assert_true(count <= MAX_PARAMETERS);
    return count;
}

static void model_law(const World *w, Word x, Word y, uint32_t values, double out[8]) {
    double law[8];
    world_law(w, (uint32_t)x, values, law);
    for (uint32_t s = 0; s < 8; s++) out[s] = x ? law_of(law, 3, (uint32_t)y, s) : law[s];
}

// The derivatives of a law by every parameter. It is affine in each, so differences are exact.
static void derivatives(World *w, Word x, Word y, uint32_t values,
                        double out[8][MAX_PARAMETERS]) {
    double *list[MAX_PARAMETERS], up[8], down[8];
    size_t count = parameters(w, list);
    for (size_t k = 0; k < count; k++) {
        double keep = *list[k];
        *list[k] = keep + 0.01;
        model_law(w, x, y, values, up);
        *list[k] = keep - 0.01;
        model_law(w, x, y, values, down);
        *list[k] = keep;
        for (size_t s = 0; s < 8; s++) out[s][k] = (up[s] - down[s]) / 0.02;
    }
}

// Removes from `row` its part within the span of an orthonormal basis; the length that is left.
static double reduce_row(double basis[8][MAX_PARAMETERS], size_t rank, size_t n, double *row) {
    double length = 0;
    for (int twice = 0; twice < 2; twice++)
        for (size_t b = 0; b < rank; b++) {
            double dot = 0;
            for (size_t k = 0; k < n; k++) dot += basis[b][k] * row[k];
            for (size_t k = 0; k < n; k++) row[k] -= dot * basis[b][k];
        }
    for (size_t k = 0; k < n; k++) length += row[k] * row[k];
    return sqrt(length);
}

// Whether some change of the parameters of a random model moves the effect and, to first order,
// nothing that is observed: then models nearby agree on all data and differ in the effect.
static bool effect_moves(World *w, Word y, Word x) {
    double seen[8][MAX_PARAMETERS], effect[8][MAX_PARAMETERS], *list[MAX_PARAMETERS];
    size_t n = parameters(w, list), rank = 0;
    derivatives(w, 0, 0, 0, seen);
    for (size_t s = 0; s < 8; s++) {
        double length = reduce_row(seen, rank, n, seen[s]);
        if (length < 1e-9) continue;
        for (size_t k = 0; k < n; k++) seen[rank][k] = seen[s][k] / length;
        rank++;
    }
    for (uint32_t values = 0; values < 8; values++) {
        if (values & ~x) continue;
        derivatives(w, x, y, values, effect);
        for (size_t s = 0; s < 8; s++)
            if (reduce_row(seen, rank, n, effect[s]) > 1e-7) return true;
    }
    return false;
}

// All ADMGs on three vertices and all disjoint sets: identifiable exactly when it does not
// move.
static void test_verdicts_against_models(void **state) {
    (void)state;
    for (uint64_t code = 0; code < 64; code++) {
        Graph *g = graph_census(3, code);
        World w;
        Rng rng;
        rng_seed(&rng, code, 18);
        world_init(&w, g, &rng);
        for (Word x = 1; x < 8; x++)
            for (Word y = 1; y < 8; y++) {
                if (x & y) continue;
                if (identified(g, y, x, 0) == effect_moves(&w, y, x))
                    fail_msg("graph %llu: P(%llx | do(%llx))", (unsigned long long)code,
                             (unsigned long long)y, (unsigned long long)x);
            }
        world_free(&w);
        graph_free(g);
    }
}

static void test_styles(void **state) {
    (void)state;
    Graph *g = graph_of("Smoking -> Tar1 -> Cancer; Smoking <-> Cancer");
    Identification id;
    ask(g, 4, 1, 0, false, &id);
    assert_int_equal(id.form, IDENTIFY_FRONTDOOR);
    char *latex = print(&id, id.estimand, EXPR_LATEX);
    char *source = print(&id, id.estimand, EXPR_SOURCE);
    assert_string_equal(latex, "\\sum_{\\mathit{Tar}_{1}} P(\\mathit{Tar}_{1} \\mid "
                               "\\mathit{Smoking})\\, \\sum_{\\mathit{Smoking}'} "
                               "P(\\mathit{Cancer} \\mid \\mathit{Tar}_{1}, \\mathit{Smoking}')"
                               "\\, P(\\mathit{Smoking}')");
    assert_string_equal(source,
                        "sum(P(Tar1 = tar1 | Smoking) * sum(P(Cancer | Tar1 = tar1, "
                        "Smoking = smoking_2) * P(Smoking = smoking_2) for smoking_2 in "
                        "levels(Smoking)) for tar1 in levels(Tar1))");
    mem_free(latex);
    mem_free(source);
    identify_free(&id);
    graph_free(g);
}

static void test_refuses_questions(void **state) {
    (void)state;
    Graph *g = graph_of("X -> Y; U -> X; U -> Y; latent U");
    Word y = 2, x = 1, u = 4, none = 0;
    Identification id;
    Faults faults = {0};
    IdentifyQuery q = {.y = &y, .x = &y};
    assert_int_equal(identify(g, &q, NULL, &faults, &id), FAULT);
    q = (IdentifyQuery){.y = &y, .x = &x, .given = &u};
    assert_int_equal(identify(g, &q, NULL, &faults, &id), FAULT);
    q = (IdentifyQuery){.y = &none, .x = &x};
    assert_int_equal(identify(g, &q, NULL, &faults, &id), FAULT);
    assert_int_equal(faults.count, 3);
    assert_non_null(strstr(faults.items[0].message, "Y has two places"));
    assert_non_null(strstr(faults.items[1].message, "U is latent"));
    assert_non_null(strstr(faults.items[2].message, "asks about no variable"));
    graph_free(g);
    g = graph_of("X -> Y -> S; selected S");
    q = (IdentifyQuery){.y = &y, .x = &x};
    assert_int_equal(identify(g, &q, NULL, &faults, &id), FAULT);
    assert_non_null(strstr(faults.items[3].message, "S is selected"));
    fault_free(&faults);
    graph_free(g);
}

// Every planned failure of memory is reported and leaks nothing.
static void test_memory_runs_out(void **state) {
    (void)state;
    Graph *g = graph_of("W -> R -> X -> Y; W <-> X; W <-> Y; L -> X; latent L");
    Word *x = set_of(g, "X"), *y = set_of(g, "Y");
    IdentifyQuery q = {.y = y, .x = x};
    for (long n = 0;; n++) {
        Identification id;
        Derivation d = {0};
        Faults faults = {0};
        mem_fail_after(n, 0);
        Status status = identify(g, &q, &d, &faults, &id);
        mem_fail_after(-1, 0);
        derivation_free(&d);
        if (status == OK) {
            identify_free(&id);
            break;
        }
        assert_int_equal(status, NOMEM);
    }
    mem_free(x);
    mem_free(y);
    graph_free(g);
}

// The steps of a derivation end with the estimand, and name the lines of the algorithm.
static void test_derivations(void **state) {
    (void)state;
    Graph *g = graph_of("W -> R -> X -> Y; W <-> X; W <-> Y");
    Word *x = set_of(g, "X"), *y = set_of(g, "Y");
    IdentifyQuery q = {.y = y, .x = x};
    Identification id;
    Derivation d = {0};
    Faults faults = {0};
    assert_int_equal(identify(g, &q, &d, &faults, &id), OK);
    const char *rules[] = {"question",     "line 3 of ID", "line 7 of ID",
                           "line 2 of ID", "line 6 of ID", "simplification"};
    assert_int_equal(d.count, 6);
    for (size_t i = 0; i < d.count; i++) assert_string_equal(d.items[i].rule, rules[i]);
    char *text = print(&id, id.estimand, EXPR_TEXT);
    assert_string_equal(d.items[5].result, text);
    assert_string_equal(text, "(sum over W of P(X, Y | R, W) P(W)) / "
                              "(sum over W of P(X | R, W) P(W))");
    mem_free(text);
    derivation_free(&d);
    identify_free(&id);
    mem_free(x);
    mem_free(y);
    graph_free(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_not_identifiable), cmocka_unit_test(test_identifiable),
        cmocka_unit_test(test_styles),           cmocka_unit_test(test_refuses_questions),
        cmocka_unit_test(test_derivations),      cmocka_unit_test(test_memory_runs_out),
        cmocka_unit_test(test_random_models),    cmocka_unit_test(test_census),
        cmocka_unit_test(test_census_of_five),
        cmocka_unit_test(test_census_of_sets),   cmocka_unit_test(test_verdicts_against_models),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
