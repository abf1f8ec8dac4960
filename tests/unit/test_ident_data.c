// Tests against collected answers of other programs: tests/data/ident (sources in SOURCES.md).
#include "tests/unit/oracle.h"

#include "runtime/graph/adjust.h"
#include "runtime/graph/instrument.h"
#include "runtime/symbol/identify.h"

// Splits a line at tabs; missing fields are empty.
static void split(char *line, char *fields[8]) {
    line[strcspn(line, "\n")] = 0;
    static char empty[] = "";
    for (int i = 0; i < 8; i++) fields[i] = line ? strsep(&line, "\t") : empty;
}

static FILE *open_data(const char *name) {
    FILE *f = fopen(name, "r");
    if (!f) fail_msg("cannot open %s", name);
    return f;
}

// --- identification: verdicts, and values on a random model ---

typedef struct Named {
    char name[80];
    Graph *g;
    World world;
    bool fits;
} Named;

static void compare_value(const Named *n, const Identification *id, Word y, Word x, Word z) {
    for (uint32_t s = 0; s < 1u << n->g->n; s += 5)
        if (fabs(world_eval(&n->world, id->estimand, s) - world_truth(&n->world, y, x, z, s)) >
            1e-9)
            fail_msg("%s: P(%s | do(%s), ..) has a wrong estimand", n->name, set_text(n->g, &y),
                     set_text(n->g, &x));
}

static void check_query(const Named *n, char *fields[8]) {
    Word *y = set_of(n->g, fields[2]), *x = set_of(n->g, fields[3]),
         *z = set_of(n->g, fields[4]);
    bool expected = !strcmp(fields[5], "yes");
    for (int general = 0; general < 2; general++) {
        IdentifyQuery q = {.y = y, .x = x, .given = z, .general = general};
        Identification id;
        Faults faults = {0};
        assert_int_equal(identify(n->g, &q, NULL, &faults, &id), OK);
        if ((id.form != IDENTIFY_NONE) != expected)
            fail_msg("%s: P(%s | do(%s), %s) should be %s", n->name, fields[2], fields[3],
                     fields[4], expected ? "identified" : "unidentified");
        if (expected && n->fits) compare_value(n, &id, *y, *x, *z);
        identify_free(&id);
    }
    mem_free(y);
    mem_free(x);
    mem_free(z);
}

static void test_identification_queries(void **state) {
    (void)state;
    static Named graphs[32];
    size_t count = 0, queries = 0;
    char line[4096], *fields[8];
    FILE *f = open_data("tests/data/ident/queries.tsv");
    while (fgets(line, sizeof line, f)) {
        split(line, fields);
        if (!strcmp(fields[0], "graph")) {
            Named *n = &graphs[count++];
            Rng rng;
            rng_seed(&rng, count, 9);
            snprintf(n->name, sizeof n->name, "%s", fields[1]);
            n->g = graph_of(fields[2]);
            n->fits = world_fits(n->g) && n->g->n <= 6 && n->g->bidirected <= 5;
            if (n->fits) world_init(&n->world, n->g, &rng);
        } else if (!strcmp(fields[0], "query")) {
            size_t i = 0;
            while (i < count && strcmp(graphs[i].name, fields[1])) i++;
            assert_true(i < count);
            check_query(&graphs[i], fields);
            queries++;
        }
    }
    fclose(f);
    assert_int_equal(queries, 517);
    for (size_t i = 0; i < count; i++) {
        if (graphs[i].fits) world_free(&graphs[i].world);
        graph_free(graphs[i].g);
    }
}

// --- adjustment ---

typedef struct Effect {
    Graph *g;
    Word *x, *y;
    Sets sets;
} Effect;

static void effect_free(Effect *e) {
    if (!e->g) return;
    mem_free(e->x);
    mem_free(e->y);
    sets_free(&e->sets);
    graph_free(e->g);
    *e = (Effect){0};
}

static void effect_read(Effect *e, char *fields[8]) {
    char text[8192];
    effect_free(e);
    snprintf(text, sizeof text, "%s%s%s", fields[2], *fields[5] ? "; latent " : "", fields[5]);
    e->g = graph_of(text);
    e->x = set_of(e->g, fields[3]);
    e->y = set_of(e->g, fields[4]);
    AdjustQuery q = {.x = e->x, .y = e->y};
    assert_int_equal(adjust_list(e->g, &q, 0, &e->sets), OK);
}

static void check_biased(const Effect *e, const Word *z) {
    AdjustCheck check;
    assert_int_equal(adjust_check(e->g, e->x, e->y, z, &check), OK);
    assert_int_not_equal(check.verdict, ADJUST_VALID);
    adjust_check_free(&check);
}

static void check_all(const Effect *e, const Sets *sets, char *list) {
    size_t count = 0;
    while (list && strcmp(list, "none")) {
        char *one = strsep(&list, ";");
        Word *z = set_of(e->g, one);
        if (!sets_has(sets, z)) fail_msg("{%s} is missing", one);
        mem_free(z);
        count++;
    }
    assert_int_equal(sets->count, count);
}

static void check_direct(const Effect *e, char *list) {
    AdjustQuery q = {.x = e->x, .y = e->y};
    Sets sets = {0};
    assert_int_equal(adjust_list_direct(e->g, &q, 0, &sets), OK);
    check_all(e, &sets, list);
    sets_free(&sets);
}

static void check_instruments(const Effect *e, const char *list) {
    Word *expected = set_of(e->g, list), *w = graph_set(e->g);
    uint32_t x = (uint32_t)bits_next(e->x, e->g->words, 0);
    uint32_t y = (uint32_t)bits_next(e->y, e->g->words, 0);
    for (uint32_t z = 0; z < e->g->n; z++) {
        bool exists;
        assert_int_equal(instrument_find(e->g, x, y, z, &exists, w), OK);
        if (exists != bits_has(expected, z)) fail_msg("instrument %s", e->g->names[z]);
    }
    mem_free(expected);
    mem_free(w);
}

static void test_adjustment_sets(void **state) {
    (void)state;
    Effect e = {0};
    char line[8192], *fields[8];
    FILE *f = open_data("tests/data/ident/adjustment.tsv");
    while (fgets(line, sizeof line, f)) {
        split(line, fields);
        if (!strcmp(fields[0], "graph")) effect_read(&e, fields);
        if (!strcmp(fields[0], "all")) check_all(&e, &e.sets, fields[1]);
        if (!strcmp(fields[0], "direct")) check_direct(&e, fields[1]);
        if (!strcmp(fields[0], "instruments")) check_instruments(&e, fields[1]);
        if (strcmp(fields[0], "minimal") && strcmp(fields[0], "biased")) continue;
        Word *z = set_of(e.g, fields[1]);
        if (*fields[0] == 'b')
            check_biased(&e, z);
        else if (!sets_has(&e.sets, z))
            fail_msg("{%s} is missing", fields[1]);
        mem_free(z);
    }
    fclose(f);
    effect_free(&e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identification_queries),
        cmocka_unit_test(test_adjustment_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
