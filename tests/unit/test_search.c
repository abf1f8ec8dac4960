// Tests of the search through do-calculus: selection, missing values, transport, and agreement
// with the complete algorithm.
#include "tests/unit/oracle.h"

#include "runtime/symbol/expr_print.h"
#include "runtime/symbol/identify.h"
#include "runtime/symbol/search.h"

// Reads "Y, Z | do(X), W, S=1" as a term.
typedef struct Parsed {
    SearchTerm term;
    Word *head, *given, *dos;
    SearchFix fixed[4];
} Parsed;

static void parse(const Graph *g, const char *text, Parsed *out) {
    memset(out, 0, sizeof *out);
    out->head = graph_set(g);
    out->given = graph_set(g);
    out->dos = graph_set(g);
    Word *into = out->head;
    bool setting = false;
    for (const char *p = text; *p;) {
        size_t len = strcspn(p, " ,|()=");
        if (!strncmp(p, "do(", 3)) {
            setting = true;
            p += 3;
        } else if (!len) {
            if (*p == '|') into = out->given;
            if (*p == ')') setting = false;
            p++;
        } else {
            char name[32] = {0};
            memcpy(name, p, len);
            uint32_t v = graph_find(g, name);
            assert_int_not_equal(v, GRAPH_NONE);
            bits_add(setting ? out->dos : into, v);
            p += len;
            if (*p == '=') {
                out->fixed[out->term.nfixed++] = (SearchFix){v, (uint32_t)(p[1] - '0')};
                p += 2;
            }
        }
    }
    out->term.head = out->head;
    out->term.given = out->given;
    out->term.dos = out->dos;
    out->term.fixed = out->fixed;
}

static void parsed_free(Parsed *p) {
    mem_free(p->head);
    mem_free(p->given);
    mem_free(p->dos);
}

// The value of an expression in which variables from g->n on are fixed values of vertices; the
// free vertices are as in `values`.
static double eval(const World *w, const SearchAnswer *a, const Expr *e, uint32_t values) {
    double value = e->kind == EXPR_SUM ? 0 : 1;
    if (e->kind == EXPR_PROB) {
        uint32_t part[3] = {0};
        const Word *sets[] = {e->head, e->given, e->dos};
        for (size_t k = 0; k < 3; k++)
            SET_EACH(sets[k], a->pool.words, s) {
                uint32_t v = s < w->n ? (uint32_t)s : a->values[s - w->n].vertex;
                part[k] |= 1u << v;
                if (s >= w->n) values = (values & ~(1u << v)) | a->values[s - w->n].value << v;
            }
        return world_truth(w, part[0], part[2], part[1], values);
    }
    if (e->kind == EXPR_QUOTIENT)
        return eval(w, a, e->kids[0], values) / eval(w, a, e->kids[1], values);
    for (size_t i = 0; e->kind == EXPR_PRODUCT && i < e->count; i++)
        value *= eval(w, a, e->kids[i], values);
    for (uint32_t vars = e->kind == EXPR_SUM ? (uint32_t)*e->head : 0, s = vars; vars;
         s = (s - 1) & vars) {
        value += eval(w, a, e->kids[0], (values & ~vars) | s);
        if (!s) break;
    }
    return value;
}

// In a random model the estimand has the value of the target, for all values.
static void check_value(const Graph *g, const Parsed *target, const SearchAnswer *a) {
    Rng rng;
    World w;
    rng_seed(&rng, 1, 17);
    world_init(&w, g, &rng);
    for (uint32_t s = 0; s < 1u << g->n; s++) {
        uint32_t values = s;
        for (size_t i = 0; i < target->term.nfixed; i++) {
            SearchFix f = target->fixed[i];
            values = (values & ~(1u << f.vertex)) | f.value << f.vertex;
        }
        double truth = world_truth(&w, *target->head, *target->dos, *target->given, values);
        assert_true(fabs(eval(&w, a, a->estimand, values) - truth) < 1e-9);
    }
    world_free(&w);
}

// Sources are separated by semicolons. `expected`: the estimand (empty: not compared), or
// NULL when none is found.
static void assert_found(const char *text, const char *sources, const char *target,
                         const char *expected) {
    Graph *g = graph_of(text);
    Parsed parts[5];
    SearchTerm terms[4];
    size_t count = 0;
    char copy[200], *rest = copy;
    snprintf(copy, sizeof copy, "%s", sources);
    while (rest) {
        parse(g, strsep(&rest, ";"), &parts[count]);
        terms[count] = parts[count].term;
        count++;
    }
    parse(g, target, &parts[4]);
    SearchQuery q = {.target = parts[4].term, .sources = terms, .nsources = count};
    SearchAnswer a;
    Derivation d = {0};
    Faults faults = {0};
    assert_int_equal(search_run(g, &q, &d, NULL, &faults, &a), OK);
    if (a.found != (expected != NULL)) fail_msg("%s from %s in %s", target, sources, text);
    assert_true(a.complete);
    if (expected) {
        Str s = {0};
        const char *names[32];
        static char fixed[8][32];
        for (size_t v = 0; v < g->n; v++) names[v] = g->names[v];
        for (size_t i = 0; i < a.nvalues; i++) {
            snprintf(fixed[i], 32, "%s = %u", g->names[a.values[i].vertex],
                     (unsigned)a.values[i].value);
            names[g->n + i] = fixed[i];
        }
        expr_print(&a.pool, a.estimand, names, EXPR_TEXT, &s);
        if (*expected) assert_string_equal(str_text(&s), expected);
        str_free(&s);
        check_value(g, &parts[4], &a);
        assert_true(d.count > 0);
    }
    derivation_free(&d);
    search_free(&a);
    for (size_t i = 0; i < count; i++) parsed_free(&parts[i]);
    parsed_free(&parts[4]);
    graph_free(g);
}

static void test_missing(void **state) {
    (void)state;
    // Who answers depends on what is seen; on the answer itself (Mohan & Pearl 2021).
    assert_found("Age -> Income; Age -> Told", "Age, Told; Age, Income | Told=1", "Income",
                 "sum over Age of P(Income | Told = 1, Age) P(Age)");
    assert_found("Age -> Income; Age -> Told; Income -> Told",
                 "Age, Told; Age, Income | Told=1", "Income", NULL);
    // Missing completely at random, at random, and self-masked.
    assert_found("X; M", "M; X | M=1", "X", "P(X | M = 1)");
    assert_found("X -> Y; Y -> M", "Y, M; X, Y | M=1", "X, Y", "");
    assert_found("X -> M", "M; X | M=1", "X", NULL);
}

static void test_selection(void **state) {
    (void)state;
    // Bareinboim & Tian 2015.
    assert_found("X -> Z1 -> Z2 -> S; X -> Y; Y <-> Z2", "X, Y, Z1, Z2 | S=1; Z1, Z2",
                 "Y | do(X)", "");
    // A case-control study: not without the share of cases.
    assert_found("X -> Y -> S", "X, Y | S=1", "Y | do(X)", NULL);
    assert_found("X -> Y -> S", "X, Y | S=1; Y", "Y | do(X)", "");
}

static void test_transport(void **state) {
    (void)state;
    assert_found("Town -> Age -> Cured; Drug -> Cured",
                 "Cured, Age | do(Drug), Town=0; Age | Town=1", "Cured | do(Drug), Town=1",
                 "sum over Age of P(Cured | do(Drug), Age, Town = 0) P(Age | Town = 1)");
    // Bareinboim & Pearl: the outcome's own mechanism differs.
    assert_found("Z -> X -> Y; X <-> Y; T -> Y", "X, Y, Z; Y, Z | do(X), T=1", "Y | do(X)",
                 NULL);
}

// From the joint alone the search finds what ID finds, on all ADMGs of three vertices, and its
// estimands are right in a random model.
static void test_agrees_with_id(void **state) {
    (void)state;
    for (uint64_t code = 0; code < 64; code++) {
        Graph *g = graph_census(3, code);
        Rng rng;
        World w;
        rng_seed(&rng, code, 16);
        world_init(&w, g, &rng);
        for (Word x = 1; x < 8; x++)
            for (Word y = 1; y < 8; y++) {
                Word all = 7;
                if (x & y) continue;
                SearchTerm joint = {.head = &all};
                SearchQuery q = {.target = {.head = &y, .dos = &x}, .sources = &joint};
                IdentifyQuery iq = {.y = &y, .x = &x};
                Identification id;
                SearchAnswer a;
                Faults faults = {0};
                q.nsources = 1;
                assert_int_equal(search_run(g, &q, NULL, NULL, &faults, &a), OK);
                assert_int_equal(identify(g, &iq, NULL, &faults, &id), OK);
                assert_int_equal(a.found, id.form != IDENTIFY_NONE);
                for (uint32_t s = 0; s < 8 && a.found; s++)
                    assert_true(fabs(world_eval(&w, a.estimand, s) -
                                     world_truth(&w, y, x, 0, s)) < 1e-9);
                search_free(&a);
                identify_free(&id);
            }
        world_free(&w);
        graph_free(g);
    }
}

// Every planned failure of memory is reported and leaks nothing; a limit stops the search.
static void test_limits(void **state) {
    (void)state;
    Graph *g = graph_of("X -> Z -> Y; X <-> Y");
    Word all = 7, x = 1, y = 4;
    SearchTerm joint = {.head = &all};
    SearchQuery q = {.target = {.head = &y, .dos = &x}, .sources = &joint, .nsources = 1};
    SearchAnswer a;
    Faults faults = {0};
    for (long n = 0;; n = n + 1 + n / 32) {
        Derivation d = {0};
        mem_fail_after(n, 0);
        Status status = search_run(g, &q, &d, NULL, &faults, &a);
        mem_fail_after(-1, 0);
        derivation_free(&d);
        if (status == OK) {
            search_free(&a);
            break;
        }
        assert_int_equal(status, NOMEM);
    }
    q.limit = 5;
    assert_int_equal(search_run(g, &q, NULL, NULL, &faults, &a), OK);
    assert_false(a.found || a.complete);
    search_free(&a);
    q.target.head = NULL;
    assert_int_equal(search_run(g, &q, NULL, NULL, &faults, &a), FAULT);
    fault_free(&faults);
    graph_free(g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_selection),
        cmocka_unit_test(test_transport),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_agrees_with_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
