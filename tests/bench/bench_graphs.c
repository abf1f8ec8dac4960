// Speed of the questions about graphs: identification, separation, adjustment. Prints a table
// of microseconds; exits with 1 when a count that is known does not come out, or nothing at
// all.
//
//     bench_graphs [CASES]
//
// CASES, if given, receives the same graphs and questions, one a line, for other programs:
// "graph NAME EDGES", and on the graph before it "id ROW ANSWER Y X", "sep ROW ANSWER X Y Z"
// and "adjust ROW ANSWER X Y", with tabs between the fields. An answer is 1 or 0, or how many
// minimal sets there are.
#include <time.h>

#include "tests/unit/graph_text.h"

#include "runtime/graph/adjust.h"
#include "runtime/graph/separation.h"
#include "runtime/graph/walk.h"
#include "runtime/symbol/identify.h"

typedef VEC(double) Times;

// One line of the table. The columns after the first hold what is not asked for when 0.
typedef struct Row {
    char name[48];
    size_t queries, yes;
    double asked, general, steps; // microseconds
    double bar;                   // what `asked` should stay below; 0: none
    char note[80];
} Row;

typedef struct Bench {
    FILE *cases; // NULL: nobody wants them
    bool failed;
} Bench;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(Times *t) {
    if (!t->count) return 0;
    qsort(t->items, t->count, sizeof *t->items, by_value);
    return t->items[t->count / 2];
}

static void add(Times *t, double value) {
    assert_true(VEC_PUSH(t, value));
}

static void print_head(void) {
    printf("%-44s%8s%8s%11s%11s%11s\n%-44s%8s%8s%11s%11s%11s\n", "", "", "", "us per", "by ID",
           "with", "", "queries", "yes", "query", "alone", "steps");
}

static void print_row(const Row *r) {
    printf("%-44s%8zu%8zu%11.2f", r->name, r->queries, r->yes, r->asked);
    if (r->general > 0)
        printf("%11.2f%11.2f", r->general, r->steps);
    else
        printf("%11s%11s", "", "");
    if (r->bar > 0)
        printf("  %s %.0f%s", r->asked < r->bar ? "below" : "NOT BELOW", r->bar,
               *r->note ? "; " : "");
    printf("%s%s\n", r->bar > 0 ? "" : "  ", r->note);
    fflush(stdout);
}

static void expect(Bench *b, const char *what, size_t got, size_t want) {
    if (got == want) return;
    printf("%s: %zu, but %zu is right\n", what, got, want);
    b->failed = true;
}

// --- cases for others ---

static void write_graph(Bench *b, const char *name, const Graph *g) {
    if (!b->cases) return;
    char *edges = graph_print(g);
    fprintf(b->cases, "graph\t%s\t%s\n", name, edges);
    mem_free(edges);
}

static void write_query(Bench *b, const char *kind, const Row *row, size_t answer,
                        const Graph *g, Word *const *sets, size_t count) {
    if (!b->cases) return;
    fprintf(b->cases, "%s\t%s\t%zu", kind, row->name, answer);
    for (size_t i = 0; i < count; i++) fprintf(b->cases, "\t%s", set_text(g, sets[i]));
    fprintf(b->cases, "\n");
}

// --- graphs ---

// A random ADMG on n vertices in a random causal order, with about `directed` and `both` edges
// of either kind for each vertex.
static Graph *random_graph(Rng *rng, size_t n, double directed, double both) {
    GraphDraft d = {0};
    Faults faults = {0};
    Graph *g = NULL;
    uint32_t v, *order = MEM_NEW(uint32_t, n);
    double pairs = (double)(n - 1) / 2;
    assert_non_null(order);
    for (size_t i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "V%zu", i);
        assert_int_equal(graph_vertex(&d, name, &v), OK);
        size_t j = rng_below(rng, i + 1);
        order[i] = order[j];
        order[j] = (uint32_t)i;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            if (rng_unit(rng) < directed / pairs)
                assert_int_equal(graph_edge(&d, order[i], order[j], 0), OK);
            if (rng_unit(rng) < both / pairs)
                assert_int_equal(graph_confound(&d, order[i], order[j], 0), OK);
        }
    assert_int_equal(graph_build(&d, &faults, &g), OK);
    mem_free(order);
    return g;
}

// Draws a vertex that has an effect, and one of its effects.
static bool draw_pair(Rng *rng, const Graph *g, Word *x, Word *y) {
    Word *below = graph_set(g);
    assert_non_null(below);
    bits_clear(x, g->words);
    bits_clear(y, g->words);
    size_t from = rng_below(rng, g->n);
    bits_add(x, from);
    walk_descendants(g, x, NULL, below);
    bits_drop(below, from);
    size_t count = bits_count(below, g->words);
    if (count) {
        size_t v = bits_next(below, g->words, 0);
        for (size_t skip = rng_below(rng, count); skip; skip--)
            v = bits_next(below, g->words, v + 1);
        bits_add(y, v);
    }
    mem_free(below);
    return count > 0;
}

// --- identification ---

static bool ask(const Graph *g, const IdentifyQuery *q, bool steps) {
    Faults faults = {0};
    Derivation d = {0};
    Identification id;
    assert_int_equal(identify(g, q, steps ? &d : NULL, &faults, &id), OK);
    bool yes = id.form != IDENTIFY_NONE;
    identify_free(&id);
    derivation_free(&d);
    return yes;
}

// The median of seven batches, each long enough for the clock.
static double time_ask(const Graph *g, const IdentifyQuery *q, bool steps) {
    Times times = {0};
    double start = now();
    ask(g, q, steps);
    double once = now() - start;
    size_t loops = once < 100 ? (size_t)(200 / (once + 1)) + 1 : 1;
    for (int batch = 0; batch < 7; batch++) {
        start = now();
        for (size_t i = 0; i < loops; i++) ask(g, q, steps);
        add(&times, (now() - start) / (double)loops);
    }
    double middle = median(&times);
    VEC_FREE(&times);
    return middle;
}

// The times of all questions of a row.
typedef struct Group {
    Times asked, general, steps;
    size_t yes;
} Group;

static void group_ask(Group *group, const Graph *g, const Word *y, const Word *x) {
    IdentifyQuery q = {.y = y, .x = x};
    group->yes += ask(g, &q, false);
    add(&group->asked, time_ask(g, &q, false));
    add(&group->steps, time_ask(g, &q, true));
    q.general = true;
    add(&group->general, time_ask(g, &q, false));
}

static void group_end(Group *group, Row *row) {
    row->queries = group->asked.count;
    row->yes = group->yes;
    row->asked = median(&group->asked);
    row->general = median(&group->general);
    row->steps = median(&group->steps);
    if (row->queries > 1)
        snprintf(row->note, sizeof row->note, "worst %.0f",
                 group->asked.items[row->queries - 1]);
    print_row(row);
    VEC_FREE(&group->asked);
    VEC_FREE(&group->general);
    VEC_FREE(&group->steps);
}

typedef struct Textbook {
    const char *name, *graph, *y, *x;
    bool yes;
} Textbook;

static const Textbook textbook[] = {
    {"back-door", "Z -> X -> Y; Z -> Y", "Y", "X", true},
    {"front-door", "X -> Z -> Y; X <-> Y", "Y", "X", true},
    {"napkin", "W -> R -> X -> Y; W <-> X; W <-> Y", "Y", "X", true},
    {"bow", "X -> Y; X <-> Y", "Y", "X", false},
    {"confounded mediator", "X -> Z -> Y; X <-> Z", "Y", "X", false},
    {"instrument", "Z -> X -> Y; X <-> Y", "Y", "X", false},
    {"Verma", "V1 -> V2 -> V3 -> V4; V2 <-> V4", "V4", "V2", true},
    {"Verma on five vertices", "V1 -> V2 -> V3 -> V4 -> V5; V1 <-> V5; V1 <-> V3; V2 <-> V4",
     "V5", "V1", true},
    {"Shpitser & Pearl, figure 3a",
     "X -> Y1; W1 -> X; W2 -> Y2; W1 <-> W2; W1 <-> Y1; W1 <-> Y2; X <-> W2", "Y1 Y2", "X",
     true},
    {"Tikka & Karvanen, figure 7",
     "X -> Z1 -> Y; Z2 -> X; Z2 -> Z1; Z2 -> Z3; Z3 -> Y; X <-> Y; X <-> Z2; X <-> Z3; Y <-> "
     "Z2",
     "Y Z1 Z2 Z3", "X", true},
    {"Tikka & Karvanen, figure 8",
     "X1 -> Y1; X1 -> Y2; W -> Y1; W -> Y2; Z -> Y1; Z -> X2 -> Y2; Z -> Y2; X1 <-> Y1; Z <-> "
     "W;"
     "Z <-> X2",
     "Y2", "X2", true},
    {"Tikka & Karvanen, fusion",
     "Z1 -> Z2 -> X; Z1 -> Z3 -> X; X -> W0 -> Y; Z4 -> Z3; Z4 -> Z5 -> Y; X -> W1 -> W2 -> Y;"
     "Z3 -> Y; Z1 <-> X; Z2 <-> Z3; Z3 <-> Z5; Z4 <-> Y",
     "Y", "X", true},
};

static void bench_textbook(Bench *b) {
    for (size_t i = 0; i < sizeof textbook / sizeof *textbook; i++) {
        const Textbook *t = &textbook[i];
        Row row = {.bar = 20};
        Group group = {0};
        Graph *g = graph_of(t->graph);
        Word *y = set_of(g, t->y), *x = set_of(g, t->x);
        snprintf(row.name, sizeof row.name, "ID: %s", t->name);
        write_graph(b, t->name, g);
        group_ask(&group, g, y, x);
        write_query(b, "id", &row, group.yes, g, (Word *[]){y, x}, 2);
        group_end(&group, &row);
        expect(b, row.name, row.yes, t->yes);
        mem_free(y);
        mem_free(x);
        graph_free(g);
    }
}

// Sparse graphs of one size: 2 directed and 1 bidirected edge for each vertex.
static void bench_random(Bench *b, size_t n) {
    Group group[2] = {0};
    Row row[2] = {0};
    snprintf(row[0].name, sizeof row->name, "ID: random ADMG, %zu vertices, no", n);
    snprintf(row[1].name, sizeof row->name, "ID: random ADMG, %zu vertices, yes", n);
    for (uint64_t seed = 0; seed < 40; seed++) {
        Rng rng;
        rng_seed(&rng, seed, n);
        Graph *g = random_graph(&rng, n, 2, 1);
        Word *x = graph_set(g), *y = graph_set(g);
        assert_true(x && y);
        write_graph(b, "random", g);
        for (int query = 0; query < 3; query++) {
            if (!draw_pair(&rng, g, x, y)) continue;
            IdentifyQuery q = {.y = y, .x = x};
            bool yes = ask(g, &q, false);
            write_query(b, "id", &row[yes], yes, g, (Word *[]){y, x}, 2);
            group_ask(&group[yes], g, y, x);
        }
        mem_free(x);
        mem_free(y);
        graph_free(g);
    }
    group_end(&group[1], &row[1]);
    group_end(&group[0], &row[0]);
}

// All ADMGs on n vertices in a fixed causal order, and all ordered pairs. The right count is
// known from programs that share nothing with this one.
static void bench_census(Bench *b, size_t n, size_t right) {
    Row row = {.bar = 1e6};
    Times times = {0};
    for (int repeat = 0; repeat < 3; repeat++) {
        row.queries = row.yes = 0;
        double start = now();
        for (uint64_t code = 0; code < 1ull << (n * (n - 1)); code++) {
            Graph *g = graph_census(n, code);
            for (size_t i = 0; i < n * n; i++) {
                Word x = 1ull << i / n, y = 1ull << i % n;
                IdentifyQuery q = {.y = &y, .x = &x, .general = true};
                if (x == y) continue;
                row.queries++;
                row.yes += ask(g, &q, false);
            }
            graph_free(g);
        }
        add(&times, now() - start);
    }
    row.asked = median(&times);
    snprintf(row.name, sizeof row.name, "ID: census of %zu vertices (whole)", n);
    snprintf(row.note, sizeof row.note, "%.2f each", row.asked / (double)row.queries);
    print_row(&row);
    expect(b, row.name, row.yes, right);
    VEC_FREE(&times);
}

// --- separation ---

// X, Y and five vertices to condition on, all different.
static void draw_question(Rng *rng, const Graph *g, Word *set[3]) {
    Word *used = graph_set(g);
    assert_non_null(used);
    for (int i = 0; i < 3; i++) bits_clear(set[i], g->words);
    for (int drawn = 0; drawn < 7;) {
        size_t v = rng_below(rng, g->n);
        if (bits_has(used, v)) continue;
        bits_add(used, v);
        bits_add(set[drawn < 2 ? drawn : 2], v);
        drawn++;
    }
    mem_free(used);
}

static size_t count_separated(const Graph *g, Word *set[][3], size_t count) {
    size_t yes = 0;
    for (size_t i = 0; i < count; i++) {
        bool separated;
        assert_int_equal(separation_test(g, set[i][0], set[i][1], set[i][2], &separated, NULL),
                         OK);
        yes += separated;
    }
    return yes;
}

// Times blocks of questions, so short that other programs seldom come between.
static void bench_separation(Bench *b, size_t n) {
    enum { QUERIES = 10000, BLOCK = 500, WRITTEN = 500 };
    Row row = {.queries = QUERIES, .bar = 10};
    Times times = {0};
    Rng rng;
    rng_seed(&rng, 1, n);
    Graph *g = random_graph(&rng, n, 2, 0);
    Word *set[QUERIES][3];
    snprintf(row.name, sizeof row.name, "separation: DAG, %zu vertices", n);
    snprintf(row.note, sizeof row.note, "%zu edges", g->directed);
    write_graph(b, "random", g);
    for (size_t i = 0; i < QUERIES; i++) {
        for (int s = 0; s < 3; s++) assert_non_null(set[i][s] = graph_set(g));
        draw_question(&rng, g, set[i]);
        if (i < WRITTEN)
            write_query(b, "sep", &row, count_separated(g, set + i, 1), g, set[i], 3);
    }
    double total = 0;
    for (size_t i = 0; i < QUERIES; i += BLOCK) {
        size_t yes = 0;
        times.count = 0;
        for (int repeat = 0; repeat < 7; repeat++) {
            double start = now();
            yes = count_separated(g, set + i, BLOCK);
            add(&times, now() - start);
        }
        total += median(&times);
        row.yes += yes;
    }
    row.asked = total / QUERIES;
    print_row(&row);
    for (size_t i = 0; i < QUERIES; i++)
        for (int s = 0; s < 3; s++) mem_free(set[i][s]);
    VEC_FREE(&times);
    graph_free(g);
}

// --- adjustment ---

enum { MOST_SETS = 1000 };

// Lists the minimal sets, at most MOST_SETS, and the time until each of them.
static size_t list_sets(const Graph *g, const Word *x, const Word *y, Times *waits) {
    AdjustSets sets = {0};
    AdjustQuery q = {.x = x, .y = y};
    Word *z = graph_set(g);
    bool found = true;
    size_t count = 0;
    assert_non_null(z);
    double start = now();
    assert_int_equal(adjust_begin(&sets, g, &q), OK);
    while (found && count < MOST_SETS) {
        assert_int_equal(adjust_next(&sets, &found, z), OK);
        double end = now();
        add(waits, end - start);
        start = end;
        count += found;
    }
    adjust_end(&sets);
    mem_free(z);
    return count;
}

// Lists the sets five times and takes the median of each wait: adds them to `total`, and keeps
// the longest.
static size_t time_sets(const Graph *g, const Word *x, const Word *y, double *total,
                        double *longest) {
    Times waits[5] = {0}, same = {0};
    size_t count = 0;
    for (int repeat = 0; repeat < 5; repeat++) count = list_sets(g, x, y, &waits[repeat]);
    for (size_t i = 0; i < waits[0].count; i++) {
        same.count = 0;
        for (int repeat = 0; repeat < 5; repeat++) add(&same, waits[repeat].items[i]);
        double wait = median(&same);
        *total += wait;
        if (wait > *longest) *longest = wait;
    }
    for (int repeat = 0; repeat < 5; repeat++) VEC_FREE(&waits[repeat]);
    VEC_FREE(&same);
    return count;
}

static void adjust_row(Row *row, double total, double longest) {
    row->asked = total / (double)(row->yes ? row->yes : row->queries);
    row->bar = 1000;
    snprintf(row->note, sizeof row->note, "for each set; longest wait %.0f", longest);
    print_row(row);
}

// How many sets a line "all<TAB>set; set; .." or "all<TAB>none" lists.
static size_t count_sets(const char *line) {
    size_t sets = strcmp(line, "all\tnone") != 0;
    for (; *line; line++) sets += sets && *line == ';';
    return sets;
}

// The published graphs whose minimal sets are all known.
static void bench_published(Bench *b) {
    char line[8192], graph[8192] = "";
    FILE *f = fopen("tests/data/ident/adjustment.tsv", "r");
    if (!f) {
        printf("tests/data/ident/adjustment.tsv cannot be read\n");
        b->failed = true;
        return;
    }
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        if (!strncmp(line, "graph\t", 6)) memcpy(graph, line, sizeof line);
        if (strncmp(line, "all\t", 4) != 0 || !strstr(graph, "dagitty:")) continue;
        char *at = strstr(graph, "dagitty:") + 8, *field[4];
        for (int i = 0; i < 4; i++) field[i] = strsep(&at, "\t");
        Row row = {.queries = 1};
        double total = 0, longest = 0;
        Graph *g = graph_of(field[1]);
        Word *x = set_of(g, field[2]), *y = set_of(g, field[3]);
        snprintf(row.name, sizeof row.name, "adjustment: %.32s", field[0]);
        write_graph(b, field[0], g);
        row.yes = time_sets(g, x, y, &total, &longest);
        write_query(b, "adjust", &row, row.yes, g, (Word *[]){x, y}, 2);
        adjust_row(&row, total, longest);
        expect(b, row.name, row.yes, count_sets(line));
        mem_free(x);
        mem_free(y);
        graph_free(g);
    }
    fclose(f);
}

static void bench_adjustment(Bench *b, size_t n) {
    Row row = {0};
    double total = 0, longest = 0;
    snprintf(row.name, sizeof row.name, "adjustment: random DAG, %zu vertices", n);
    for (uint64_t seed = 0; seed < 30; seed++) {
        Rng rng;
        rng_seed(&rng, seed, 1000 + n);
        Graph *g = random_graph(&rng, n, 2, 0);
        Word *x = graph_set(g), *y = graph_set(g);
        assert_true(x && y);
        if (draw_pair(&rng, g, x, y)) {
            write_graph(b, "random", g);
            size_t count = time_sets(g, x, y, &total, &longest);
            write_query(b, "adjust", &row, count, g, (Word *[]){x, y}, 2);
            row.queries++;
            row.yes += count;
        }
        mem_free(x);
        mem_free(y);
        graph_free(g);
    }
    adjust_row(&row, total, longest);
}

int main(int argc, char **argv) {
    Bench b = {0};
    if (argc > 1 && !(b.cases = fopen(argv[1], "w"))) {
        perror(argv[1]);
        return 1;
    }
    print_head();
    bench_textbook(&b);
    bench_census(&b, 3, 325);
    bench_census(&b, 4, 40049);
    for (size_t i = 0; i < 4; i++) bench_random(&b, (const size_t[]){10, 20, 50, 100}[i]);
    for (size_t i = 0; i < 3; i++) bench_separation(&b, (const size_t[]){30, 100, 1000}[i]);
    bench_published(&b);
    for (size_t i = 0; i < 3; i++) bench_adjustment(&b, (const size_t[]){25, 50, 100}[i]);
    if (b.cases) fclose(b.cases);
    return b.failed;
}
