// Tests of runtime/graph/triangulate: every order is replayed on a plain adjacency matrix.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/mem.h"
#include "runtime/base/rng.h"
#include "runtime/graph/shrink.h"
#include "runtime/graph/triangulate.h"
#include "tests/unit/graph_text.h"

enum { MOST = 60 };

// A graph as a matrix, and as the lists that triangulate takes.
typedef struct Matrix {
    uint32_t n;
    bool edge[MOST][MOST];
    uint32_t cards[MOST];
    uint8_t stage[MOST];
    size_t start[MOST + 1];
    uint32_t adj[MOST * MOST];
} Matrix;

static TriangulateGraph lists_of(Matrix *m) {
    size_t count = 0;
    for (uint32_t v = 0; v < m->n; v++) {
        m->start[v] = count;
        for (uint32_t u = 0; u < m->n; u++)
            if (m->edge[v][u]) m->adj[count++] = u;
    }
    m->start[m->n] = count;
    return (TriangulateGraph){m->n, m->start, m->adj, m->cards, m->stage, NULL};
}

static void link_both(Matrix *m, uint32_t a, uint32_t b) {
    if (a == b) return;
    m->edge[a][b] = m->edge[b][a] = true;
}

static bool within(const bool *a, const bool *b, uint32_t n) {
    for (uint32_t v = 0; v < n; v++)
        if (a[v] && !b[v]) return false;
    return true;
}

// The cells of all maximal cliques that an order makes, by the definition.
static double replay(const Matrix *m, const uint32_t *order, uint32_t count, double *largest) {
    static bool edge[MOST][MOST], cliques[MOST][MOST];
    bool gone[MOST] = {false};
    memcpy(edge, m->edge, sizeof edge);
    memset(cliques, 0, sizeof cliques);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t v = order[i];
        for (uint32_t a = 0; a < m->n; a++) {
            if (!edge[v][a] || gone[a]) continue;
            cliques[i][a] = true;
            for (uint32_t b = 0; b < m->n; b++)
                if (edge[v][b] && !gone[b] && a != b) edge[a][b] = true;
        }
        cliques[i][v] = gone[v] = true;
    }
    double cells = 0;
    *largest = 0;
    for (uint32_t i = 0; i < count; i++) {
        double size = 1;
        bool maximal = true;
        for (uint32_t v = 0; v < m->n; v++)
            if (cliques[i][v]) size *= m->cards[v];
        for (uint32_t k = 0; k < i; k++)
            if (within(cliques[i], cliques[k], m->n)) maximal = false;
        if (maximal) cells += size;
        *largest = fmax(*largest, size);
    }
    return cells;
}

// Checks everything that a result promises.
static void check(Matrix *m, double effort, Triangulation *t) {
    TriangulateGraph g = lists_of(m);
    assert_int_equal(triangulate(&g, effort, t), OK);
    bool seen[MOST] = {false};
    unsigned stage = 0;
    uint32_t kept = 0, width = 0;
    double largest;
    for (uint32_t i = 0; i < t->count; i++) {
        uint32_t v = t->order[i];
        assert_false(seen[v]);
        seen[v] = true;
        assert_true(m->stage[v] >= stage && m->stage[v] < TRIANGULATE_KEEP);
        stage = m->stage[v];
        uint32_t degree = (uint32_t)(t->start[i + 1] - t->start[i]);
        for (size_t k = t->start[i]; k < t->start[i + 1]; k++)
            assert_false(seen[t->members[k]]);
        if (degree > width) width = degree;
    }
    for (uint32_t v = 0; v < m->n; v++) kept += m->stage[v] == TRIANGULATE_KEEP;
    assert_int_equal(t->count + kept, m->n);
    assert_int_equal(t->width, width);
    assert_true(t->cells == replay(m, t->order, t->count, &largest));
    assert_true(t->largest == largest);
}

static void random_matrix(Matrix *m, uint64_t seed, uint32_t most) {
    Rng rng;
    memset(m, 0, sizeof *m);
    rng_seed(&rng, seed, 9);
    m->n = (uint32_t)rng_below(&rng, most + 1);
    uint64_t edges = m->n ? rng_below(&rng, 3 * (uint64_t)m->n) : 0;
    for (uint64_t k = 0; k < edges; k++)
        link_both(m, (uint32_t)rng_below(&rng, m->n), (uint32_t)rng_below(&rng, m->n));
    bool stages = rng_below(&rng, 2);
    for (uint32_t v = 0; v < m->n; v++) {
        m->cards[v] = 2 + (uint32_t)rng_below(&rng, 3);
        static const uint8_t kinds[] = {0, 0, 0, 2, 5, TRIANGULATE_KEEP};
        if (stages) m->stage[v] = kinds[rng_below(&rng, 6)];
    }
}

static void random_orders_keep_their_promises(void **state) {
    (void)state;
    Matrix *m = malloc(sizeof *m);
    for (uint64_t seed = 1; seed <= 100; seed++) {
        Triangulation t, again;
        random_matrix(m, seed, MOST);
        check(m, seed % 3 ? 0.3 : 0, &t);
        check(m, seed % 3 ? 0.3 : 0, &again);
        assert_memory_equal(t.order, again.order, t.count * sizeof *t.order);
        triangulation_free(&t);
        triangulation_free(&again);
    }
    free(m);
}

// The best tree of cliques, by all bags that have the neighbours of a connected part and some
// of it, and then the parts that are left of that. `sum` asks for the least total, else for the
// least largest bag.
typedef struct Oracle {
    uint32_t n, adj[MOST], cards[MOST];
    bool sum;
    double known[1 << 12]; // by part, 0 when not known yet
} Oracle;

static uint32_t around(const Oracle *o, uint32_t part) {
    uint32_t all = 0;
    for (uint32_t v = 0; v < o->n; v++)
        if (part >> v & 1) all |= o->adj[v];
    return all & ~part;
}

static uint32_t reached(const Oracle *o, uint32_t from, uint32_t within) {
    uint32_t old;
    do {
        old = from;
        from |= around(o, from) & within;
    } while (from != old);
    return from;
}

static double best_tree(Oracle *o, uint32_t part);

static double best_parts(Oracle *o, uint32_t left, double cells) {
    while (left) {
        uint32_t part = reached(o, left & -left, left);
        double best = best_tree(o, part);
        cells = o->sum ? cells + best : fmax(cells, best);
        left &= ~part;
    }
    return cells;
}

static double best_tree(Oracle *o, uint32_t part) {
    if (o->known[part] > 0) return o->known[part];
    uint32_t outside = around(o, part);
    double best = (double)INFINITY;
    for (uint32_t in = part; in; in = (in - 1) & part) {
        double cells = 1;
        for (uint32_t v = 0; v < o->n; v++)
            if ((in | outside) >> v & 1) cells *= o->cards[v];
        if (cells < best) best = fmin(best, best_parts(o, part & ~in, cells));
    }
    return o->known[part] = best;
}

static double oracle_best(const Matrix *m, bool sum) {
    Oracle *o = calloc(1, sizeof *o);
    o->n = m->n;
    o->sum = sum;
    for (uint32_t v = 0; v < m->n; v++) {
        o->cards[v] = m->cards[v];
        for (uint32_t u = 0; u < m->n; u++) o->adj[v] |= (uint32_t)m->edge[v][u] << u;
    }
    double best = best_parts(o, (1u << m->n) - 1, 0);
    free(o);
    return best;
}

static double bound_of(Matrix *m) {
    TriangulateGraph g = lists_of(m);
    Shrink s;
    double bound;
    assert_true(shrink_start(&s, &g, SHRINK_MIN_FILL) && shrink_bound(&s, &bound));
    shrink_free(&s);
    return exp2(bound);
}

// Random graphs against the best: the bound is below it, the reduction alone keeps it within
// reach, no order is better than it, and with much effort few are worse.
static void nothing_beats_the_best(void **state) {
    (void)state;
    Matrix *m = malloc(sizeof *m);
    uint64_t count = seeds(60);
    double logs[2] = {0}, most[2] = {1, 1}, bounds = 0;
    for (uint64_t seed = 1; seed <= count; seed++) {
        random_matrix(m, seed + 1000, count > 100 ? 12 : 10);
        memset(m->stage, 0, sizeof m->stage);
        if (m->n == 0) continue;
        double best = oracle_best(m, true), largest = oracle_best(m, false);
        double bound = bound_of(m);
        if (bound > largest * (1 + 1e-9)) fail_msg("seed %lu: bound", (unsigned long)seed);
        bounds += log(largest / bound);
        for (int much = 0; much < 2; much++) {
            Triangulation t;
            check(m, much ? 20 : 0, &t);
            if (t.cells < best || t.largest < largest)
                fail_msg("seed %lu: better than the best", (unsigned long)seed);
            logs[much] += log(t.cells / best);
            most[much] = fmax(most[much], t.cells / best);
            triangulation_free(&t);
        }
    }
    double n = (double)count;
    if (count > 100)
        printf("to the best: min-fill %.4f, at most %.3f; searched %.4f, %.3f; bound 1/%.3f\n",
               exp(logs[0] / n), most[0], exp(logs[1] / n), most[1], exp(bounds / n));
    assert_true(exp(logs[1] / n) < 1.01 && most[1] < 2);
    free(m);
}

// A vertex that alone joins two rings is no such.
static void what_joins_two_rings_is_not_in_series(void **state) {
    (void)state;
    Matrix *m = calloc(1, sizeof *m);
    m->n = 9;
    for (uint32_t v = 0; v < 9; v++) m->cards[v] = 3;
    for (uint32_t v = 0; v < 4; v++) {
        link_both(m, 1 + v, 1 + (v + 1) % 4);
        link_both(m, 5 + v, 5 + (v + 1) % 4);
    }
    link_both(m, 0, 1);
    link_both(m, 0, 5);
    Triangulation t;
    check(m, 20, &t);
    assert_true(t.cells == 4 * 27 + 2 * 9);
    assert_true(oracle_best(m, true) == t.cells);
    triangulation_free(&t);
    free(m);
}

// All orders of a few vertices, by recursion.
static void try_all(const Matrix *m, uint32_t *order, uint32_t at, double *best) {
    double largest;
    if (at == m->n) {
        double cells = replay(m, order, m->n, &largest);
        if (cells < *best) *best = cells;
        return;
    }
    for (uint32_t i = at; i < m->n; i++) {
        uint32_t v = order[i];
        order[i] = order[at];
        order[at] = v;
        try_all(m, order, at + 1, best);
        order[at] = order[i];
        order[i] = v;
    }
}

// The vertices that go first leave as good an order as there is.
static void the_reduction_costs_nothing(void **state) {
    (void)state;
    Matrix *m = malloc(sizeof *m);
    for (uint64_t seed = 1, count = seeds(60); seed <= count; seed++) {
        random_matrix(m, seed + 5000, 10);
        memset(m->stage, 0, sizeof m->stage);
        if (m->n == 0) continue;
        TriangulateGraph g = lists_of(m);
        Shrink s;
        ShrinkTrace t = {.cells = 0};
        assert_true(shrink_start(&s, &g, SHRINK_MIN_FILL) && shrink_reduce(&s, NULL, &t));
        double best = oracle_best(m, true);
        uint32_t order[MOST], n = (uint32_t)t.order.count, left = 0;
        for (uint32_t i = 0; i < n; i++) order[i] = t.order.items[i];
        for (uint32_t v = 0; v < m->n; v++)
            if (!s.gone[v]) order[n + left++] = v;
        if (left <= 6) {
            double found = (double)INFINITY;
            try_all(m, order, n, &found);
            if (found != best)
                fail_msg("seed %lu: %g for %g", (unsigned long)seed, found, best);
        }
        shrink_trace_free(&t);
        shrink_free(&s);
    }
    free(m);
}

// Vertex 5 is linked with five that are linked, and with 6: almost simplicial. To eliminate it
// first keeps the largest clique, and nearly doubles the cells.
static void almost_simplicial_vertices_may_cost_cells(void **state) {
    (void)state;
    Matrix *m = calloc(1, sizeof *m);
    m->n = 8;
    for (uint32_t v = 0; v < 8; v++) m->cards[v] = 2;
    for (uint32_t v = 0; v < 5; v++) {
        for (uint32_t u = 0; u < v; u++) link_both(m, u, v);
        link_both(m, v, 5);
        link_both(m, v, 7);
    }
    link_both(m, 5, 6);
    link_both(m, 6, 7);
    double largest, best = oracle_best(m, true);
    assert_true(best == 128 + 8);
    assert_true(replay(m, (uint32_t[]){5, 6, 7, 0, 1, 2, 3, 4}, 8, &largest) == 256);
    assert_true(largest == oracle_best(m, false));
    Triangulation t;
    check(m, 0.02, &t);
    assert_true(t.cells == best);
    triangulation_free(&t);
    free(m);
}

// No heuristic is always best, but with restarts small graphs come out nearly so.
static void small_graphs_come_out_near_the_best(void **state) {
    (void)state;
    Matrix *m = malloc(sizeof *m);
    unsigned exact = 0, all = 0;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        Triangulation t;
        uint32_t order[MOST];
        random_matrix(m, seed, 6);
        memset(m->stage, 0, sizeof m->stage);
        for (uint32_t v = 0; v < m->n; v++) order[v] = v;
        double best = (double)INFINITY;
        try_all(m, order, 0, &best);
        check(m, 20, &t);
        assert_true(t.cells >= best && t.cells <= 1.5 * best);
        exact += t.cells == best;
        all++;
        triangulation_free(&t);
    }
    assert_true(exact >= all - 1);
    free(m);
}

static void known_widths(void **state) {
    (void)state;
    Matrix *m = calloc(1, sizeof *m);
    Triangulation t;
    m->n = 50;
    for (uint32_t v = 0; v < 50; v++) m->cards[v] = 2;
    for (uint32_t v = 1; v < 50; v++) link_both(m, v, (v - 1) / 2);
    check(m, 0, &t); // a tree
    assert_int_equal(t.width, 1);
    assert_true(t.cells == 49 * 4);
    triangulation_free(&t);
    memset(m->edge, 0, sizeof m->edge);
    for (uint32_t v = 0; v < 50; v++) link_both(m, v, (v + 1) % 50);
    check(m, 0, &t); // a cycle
    assert_int_equal(t.width, 2);
    assert_true(t.cells == 48 * 8);
    triangulation_free(&t);
    memset(m->edge, 0, sizeof m->edge);
    m->n = 49;
    for (uint32_t v = 0; v < 49; v++) {
        if (v % 7) link_both(m, v, v - 1);
        if (v >= 7) link_both(m, v, v - 7);
    }
    check(m, 0.5, &t); // a seven by seven grid: its treewidth is 7, fewest cells may need 8
    assert_in_range(t.width, 7, 8);
    triangulation_free(&t);
    free(m);
}

static void nothing_is_an_order_too(void **state) {
    (void)state;
    Matrix *m = calloc(1, sizeof *m);
    Triangulation t;
    check(m, 1, &t);
    assert_int_equal(t.count, 0);
    triangulation_free(&t);
    free(m);
}

static void any_failed_allocation_is_survived(void **state) {
    (void)state;
    Matrix *m = malloc(sizeof *m);
    random_matrix(m, 12, 12);
    Status status = NOMEM;
    for (long n = 0; status != OK; n++) {
        Triangulation t;
        TriangulateGraph g = lists_of(m);
        mem_fail_after(n, (int)(n & 1));
        status = triangulate(&g, 0.3, &t);
        mem_fail_after(-1, 0);
        assert_true(status == OK || status == NOMEM);
        triangulation_free(&t);
        assert_true(n < 100000);
    }
    free(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_orders_keep_their_promises),
        cmocka_unit_test(small_graphs_come_out_near_the_best),
        cmocka_unit_test(nothing_beats_the_best),
        cmocka_unit_test(the_reduction_costs_nothing),
        cmocka_unit_test(almost_simplicial_vertices_may_cost_cells),
        cmocka_unit_test(what_joins_two_rings_is_not_in_series),
        cmocka_unit_test(known_widths),
        cmocka_unit_test(nothing_is_an_order_too),
        cmocka_unit_test(any_failed_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
