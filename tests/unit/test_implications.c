// Tests of implied independences and of equivalence classes.
#include "tests/unit/graph_text.h"

#include "runtime/graph/equivalents.h"
#include "runtime/graph/implications.h"
#include "runtime/graph/separation.h"

// --- independences ---

static void print_all(const Graph *g, const Implications *list, Str *s) {
    for (size_t i = 0; i < list->count; i++) {
        const Implication *one = &list->items[i];
        str_printf(s, "%s%s _||_ %s", i ? "; " : "", g->names[one->vertex],
                   set_text(g, one->others));
        if (!bits_empty(one->given, g->words)) str_printf(s, " | %s", set_text(g, one->given));
    }
}

static void assert_implied(const char *text, bool basis, const char *expected) {
    Graph *g = graph_of(text);
    Implications list;
    Str got = {0};
    assert_int_equal(basis ? implications_basis(g, 0, NULL, &list)
                           : implications_pairs(g, 0, NULL, &list),
                     OK);
    print_all(g, &list, &got);
    assert_string_equal(str_text(&got), expected);
    str_free(&got);
    implications_free(&list);
    graph_free(g);
}

static void test_textbook(void **state) {
    (void)state;
    assert_implied("A -> B -> C -> D", true, "C _||_ A | B; D _||_ A B | C");
    assert_implied("A -> B -> C; A -> C", true, "");
    assert_implied("X -> Y; X <-> Z", false, "Y _||_ Z | X");
    // dagitty's mediator example.
    assert_implied("I -> Y; X -> I; X -> Y; Z -> I; Z -> X", false, "Y _||_ Z | I X");
    // A chain of confounders has no independence given the middle, only without it.
    assert_implied("A <-> B <-> C", false, "A _||_ C");
    assert_implied("A <-> B <-> C", true, "C _||_ A");
    // The latent is not mentioned.
    assert_implied("L -> A; L -> B; A -> C; latent L", false, "B _||_ C | A");
}

// The numbers of minimal implications that dagitty finds in its published examples.
static void test_counts(void **state) {
    (void)state;
    const struct {
        const char *text;
        size_t count;
    } cases[] = {
        {SHRIER_PLATT, 197},
        {"A -> PA; A -> S; A -> TT; A -> U; A -> WC; PA -> T2DM; PA -> WC; S -> T2DM;"
         "S -> TT; U -> T2DM; U -> TT; WC -> T2DM; WC -> TT; WC -> U",
         8},
        {"AFF -> ALN; AFF -> APA; AFF -> CDR; AIS -> AFF; AIS -> EGC; AIS -> SUS;"
         "ALN -> APA; ALN -> DET; ALN -> FTW; ALN -> PER; ALN -> SUS; CDR -> DET;"
         "EGC -> HOS; FTW -> DET; FTW -> EGC; PER -> DET; SAN -> AFF; SAN -> AIS;"
         "SAN -> ALN; SAN -> APA; SAN -> CDR; SUS -> EGC; SUS -> FTW; SUS -> HOS",
         91},
    };
    for (size_t i = 0; i < 3; i++) {
        Graph *g = graph_of(cases[i].text);
        Implications list;
        assert_int_equal(implications_pairs(g, 0, NULL, &list), OK);
        assert_int_equal(list.count, cases[i].count);
        assert_false(list.more);
        implications_free(&list);
        assert_int_equal(implications_pairs(g, 5, NULL, &list), OK);
        assert_int_equal(list.count, 5);
        assert_true(list.more);
        implications_free(&list);
        graph_free(g);
    }
}

// --- does the basis imply everything? The semi-graphoid axioms on explicit triples ---

// Statements over n <= 4 vertices as bits: fact[a][b] has bit z when a _||_ b | z holds, for
// disjoint non-empty sets a and b.
typedef struct Axioms {
    uint32_t fact[16][16];
} Axioms;

static bool holds(const Axioms *x, unsigned a, unsigned b, unsigned z) {
    return !a || !b || (x->fact[a][b] >> z & 1);
}

static bool learn(Axioms *x, unsigned a, unsigned b, unsigned z) {
    if (holds(x, a, b, z)) return false;
    x->fact[a][b] |= 1u << z;
    x->fact[b][a] |= 1u << z;
    return true;
}

// Decomposition, weak union and contraction, until nothing is new.
static void close_axioms(Axioms *x, unsigned all) {
    for (bool grown = true; grown;) {
        grown = false;
        for (unsigned a = 1; a <= all; a++)
            for (unsigned b = 1; b <= all; b++)
                for (unsigned z = 0; z <= all; z++) {
                    if ((a & b) || (a & z) || (b & z) || !holds(x, a, b, z)) continue;
                    for (unsigned part = (b - 1) & b; part; part = (part - 1) & b) {
                        grown |= learn(x, a, part, z);
                        grown |= learn(x, a, part, z | (b & ~part));
                    }
                    for (unsigned w = 1; w <= all; w++)
                        if (!(w & (a | b | z)) && holds(x, a, w, z | b))
                            grown |= learn(x, a, b | w, z);
                }
    }
}

static void test_basis_implies_all(void **state) {
    (void)state;
    for (uint64_t code = 0; code < 4096; code += 1 + (code % 3)) {
        Graph *g = graph_census(4, code);
        Axioms x = {0};
        Implications list;
        assert_int_equal(implications_basis(g, 0, NULL, &list), OK);
        for (size_t i = 0; i < list.count; i++) {
            Word v = (Word)1 << list.items[i].vertex;
            bool separated;
            assert_int_equal(separation_test(g, &v, list.items[i].others, list.items[i].given,
                                             &separated, NULL),
                             OK);
            assert_true(separated);
            learn(&x, (unsigned)v, (unsigned)*list.items[i].others,
                  (unsigned)*list.items[i].given);
        }
        close_axioms(&x, 15);
        for (unsigned a = 0; a < 4; a++)
            for (unsigned b = a + 1; b < 4; b++)
                for (Word z = 0; z < 16; z++) {
                    Word wa = 1u << a, wb = 1u << b;
                    bool separated;
                    if (z & (wa | wb)) continue;
                    assert_int_equal(separation_test(g, &wa, &wb, &z, &separated, NULL), OK);
                    if (separated != holds(&x, 1u << a, 1u << b, (unsigned)z)) {
                        char *text = graph_print(g);
                        fail_msg("%s: %u and %u given %u: %d", text, a, b, (unsigned)z,
                                 separated);
                    }
                }
        implications_free(&list);
        graph_free(g);
    }
}

// --- equivalence ---

// Every labelled DAG on n vertices, as one of three states of each pair; NULL for a cycle.
static Graph *labelled_dag(size_t n, size_t code) {
    GraphDraft d = {0};
    Faults faults = {0};
    Graph *g = NULL;
    uint32_t v;
    for (size_t i = 0; i < n; i++) {
        char name[] = {(char)('A' + i), 0};
        assert_int_equal(graph_vertex(&d, name, &v), OK);
    }
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = i + 1; j < n; j++, code /= 3) {
            if (code % 3 == 1) assert_int_equal(graph_edge(&d, i, j, 0), OK);
            if (code % 3 == 2) assert_int_equal(graph_edge(&d, j, i, 0), OK);
        }
    if (graph_build(&d, &faults, &g) != OK) g = NULL;
    fault_free(&faults);
    return g;
}

// A key of the CPDAG on at most 4 vertices: two bits for each ordered pair.
static uint32_t class_key(const Graph *g) {
    Cpdag c;
    Faults faults = {0};
    uint32_t key = 0;
    assert_int_equal(equivalents_class(g, &faults, &c), OK);
    for (size_t v = 0; v < g->n; v++)
        for (size_t w = 0; w < g->n; w++) {
            key = key << 1 | equivalents_arrow(&c, v, w);
            if (v < w) key = key << 1 | equivalents_line(&c, v, w);
        }
    equivalents_free(&c);
    return key;
}

// Labelled DAGs 3, 25, 543; Markov equivalence classes 2, 11, 185. The members listed of each
// class are those DAGs that have its key.
static void test_classes(void **state) {
    (void)state;
    const size_t dags[] = {0, 0, 3, 25, 543}, classes[] = {0, 0, 2, 11, 185};
    const size_t codes[] = {0, 0, 3, 27, 729};
    for (size_t n = 2; n <= 4; n++) {
        uint32_t keys[543];
        size_t count = 0, distinct = 0;
        for (size_t code = 0; code < codes[n]; code++) {
            Graph *g = labelled_dag(n, code);
            if (g) keys[count++] = class_key(g);
            graph_free(g);
        }
        assert_int_equal(count, dags[n]);
        for (size_t i = 0; i < count; i++) {
            bool first = true;
            for (size_t j = 0; j < i; j++) first &= keys[j] != keys[i];
            distinct += first;
        }
        assert_int_equal(distinct, classes[n]);
        for (size_t code = 0; code < codes[n]; code += 7) {
            Graph *g = labelled_dag(n, code);
            if (!g) continue;
            size_t members = 0;
            bool more;
            GraphVec list;
            Faults faults = {0};
            for (size_t j = 0; j < count; j++) members += keys[j] == class_key(g);
            assert_int_equal(equivalents_list(g, 0, NULL, &faults, &list, &more), OK);
            assert_int_equal(list.count, members);
            for (size_t j = 0; j < list.count; j++) {
                assert_int_equal(class_key(list.items[j]), class_key(g));
                graph_free(list.items[j]);
            }
            VEC_FREE(&list);
            graph_free(g);
        }
    }
}

static void test_class_needs_a_dag(void **state) {
    (void)state;
    Graph *g = graph_of("A <-> B");
    Faults faults = {0};
    Cpdag c;
    assert_int_equal(equivalents_class(g, &faults, &c), FAULT);
    assert_int_equal(faults.items[0].code, FAULT_GRAPH_CLASS);
    fault_free(&faults);
    graph_free(g);
}

static void test_memory_runs_out(void **state) {
    (void)state;
    Graph *g = graph_of("A -> B -> C -> D; L -> B; L -> D; latent L");
    Graph *dag = graph_of("A -> B -> C; B -> D");
    Implications list;
    Cpdag class;
    GraphVec members;
    Faults faults = {0};
    bool more;
    STARVE(implications_basis(g, 0, NULL, &list), implications_free(&list));
    STARVE(implications_pairs(g, 0, NULL, &list), implications_free(&list));
    STARVE(equivalents_class(dag, &faults, &class), equivalents_free(&class));
    STARVE(equivalents_list(dag, 0, NULL, &faults, &members, &more), {
        for (size_t i = 0; i < members.count; i++) graph_free(members.items[i]);
        VEC_FREE(&members);
    });
    graph_free(g);
    graph_free(dag);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_runs_out), cmocka_unit_test(test_textbook),
        cmocka_unit_test(test_counts),          cmocka_unit_test(test_basis_implies_all),
        cmocka_unit_test(test_classes),         cmocka_unit_test(test_class_needs_a_dag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
