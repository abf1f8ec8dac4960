// Tests of the file formats of graphs: what they mean, what is refused, and round trips.
#include "tests/unit/graph_text.h"

#include <unistd.h>

#include "runtime/format/graph_file.h"

static GraphFile parsed(const GraphFormat *format, const char *text) {
    GraphFile file;
    Faults faults = {0};
    Status status = graph_file_parse(format, text, strlen(text), "t", NULL, &file, &faults);
    if (faults.count) print_error("%s: %s\n", text, faults.items[0].message);
    assert_int_equal(status, OK);
    fault_free(&faults);
    return file;
}

// The graph of the text is the one that `expected` tells in the notation of graph_text.h, the
// order of vertices aside.
static void reads(const GraphFormat *format, const char *text, const char *expected) {
    GraphFile file = parsed(format, text);
    Graph *want = graph_of(expected), *got = file.graph;
    char *shown = graph_print(got);
    bool same = got->n == want->n && got->directed == want->directed &&
                got->bidirected == want->bidirected;
    for (size_t v = 0; same && v < want->n; v++) {
        uint32_t w = graph_find(got, want->names[v]);
        same = w != GRAPH_NONE && bits_has(want->latent, v) == bits_has(got->latent, w) &&
               bits_has(want->selected, v) == bits_has(got->selected, w);
        GRAPH_EACH(want, children, v, c)
            same = same && graph_has_edge(got, w, graph_find(got, want->names[c]));
        GRAPH_EACH(want, spouses, v, s)
            same = same && graph_has_spouse(got, w, graph_find(got, want->names[s]));
    }
    if (!same) fail_msg("%s\nwas read as %s\nnot as %s", text, shown, expected);
    mem_free(shown);
    graph_free(want);
    graph_file_free(&file);
}

static void test_dagitty(void **state) {
    (void)state;
    const GraphFormat *f = &graph_file_dagitty;
    reads(f, "dag { X -> Y }", "X -> Y");
    reads(f, "X -> Y <- Z", "X -> Y <- Z");
    reads(f, "", "");
    reads(f, "dag{}", "");
    reads(f, "dag g {\nX -> {Y Z}; A <- B -> C\n\nX <-> Y\n}",
          "X -> Y; X -> Z; A <- B -> C; X <-> Y");
    reads(f, "DAG{ {A B} -> {C; D} }", "A -> C; A -> D; B -> C; B -> D");
    reads(f, "{A {B -> C}} -> D", "A -> D; B -> D; C -> D; B -> C");
    reads(f, "U[latent] S[selected]\nU->{X Y}->S", "latent U; selected S; U -> X -> S; U -> Y -> S");
    reads(f, "dag {\nbb=\"0,0,1,1\"\nX [exposure,pos=\"-1.5,2\"]\nX -> Y [pos=\"1,1\",beta=-0.3]\n}",
          "X -> Y");
    reads(f, "/* a -> b */ c // -> d\n# e\nf", "c; f");
    reads(f, "ANXA2.8 -> 2x", "ANXA2.8 -> 2x");
    reads(f, "X -> Y Y -> Z X -> Y", "X -> Y -> Z");
    reads(f, "X<->Y<->X", "X <-> Y");
    reads(f, "pdag { a -> b }", "a -> b");
    reads(f, "dag { dag -> graph; mag }", "dag -> graph; mag");
    reads(f, "\"a\" + \"b\" -> c", "ab -> c");
    GraphFile file = parsed(f, "dag fig { X[e] \"a \\\" b\"[o,adjusted] X[exposure] Z[a] W[s=1] }");
    assert_string_equal(file.name, "fig");
    assert_string_equal(file.graph->names[1], "a \" b");
    assert_int_equal(file.exposures.count, 1);
    assert_int_equal(file.outcomes.count, 1);
    assert_int_equal(file.outcomes.items[0], 1);
    assert_int_equal(file.adjusted.count, 2);
    assert_int_equal(file.adjusted.items[1], 2);
    graph_file_free(&file);
}

static void test_dot(void **state) {
    (void)state;
    const GraphFormat *f = &graph_file_dot;
    reads(f, "digraph { X -> Y -> Z; }", "X -> Y -> Z");
    reads(f, "strict digraph \"a b\" { rankdir=LR; graph [x=1]; node [shape=box]; A; A -> {B C} }",
          "A -> B; A -> C");
    reads(f, "digraph g { a -> b [dir=both]; b -> c [style=dashed]; d -> c [dir=back] }",
          "a <-> b; b <-> c; c -> d");
    reads(f, "digraph { edge [dir=both]; a -> b; b -> c [dir=forward] }", "a <-> b; b -> c");
    reads(f, "digraph { { edge [dir=both] a -> b } b -> c }", "a <-> b; b -> c");
    reads(f, "digraph { subgraph cluster_1 { label=\"x\"; a -> b } -> subgraph { c d } }",
          "a -> b; a -> c; b -> c; a -> d; b -> d");
    reads(f, "digraph { U [style=\"filled,dashed\"]; U -> a; H [observed=\"no\"]; S [selected=true] }",
          "latent U H; selected S; U -> a");
    reads(f, "digraph { a:port:n -> b:s [label=<<b>x</b> ]>, color=\"red\"]; }", "a -> b");
    reads(f, "digraph { a -> b [dir=none, style=dashed] }", "a <-> b");
    reads(f, "digraph { node [style=dashed]; U; }", "latent U");
    reads(f, "DIGRAPH { \"node\" -> 1.5 }", "node -> 1.5");
}

static void test_lavaan(void **state) {
    (void)state;
    const GraphFormat *f = &graph_file_lavaan;
    reads(f, "Y ~ X + b*Z", "X -> Y; Z -> Y");
    reads(f, "# c\nM ~ a*X\nY ~ b*M + c*X ! d\nind := a*b\nY ~~ X; X ~~ X", "X -> M -> Y; X -> Y; X <-> Y");
    reads(f, "F =~ A + 1*B +\n  NA*C\nF ~ G", "latent F; F -> A; F -> B; F -> C; G -> F");
    reads(f, "Y1 + Y2 ~ c(a, b)*X + start(0.5)*Z", "X -> Y1; X -> Y2; Z -> Y1; Z -> Y2");
    reads(f, "Y ~ 1 + X\n  + Z\nY ~~ 0*Z\nX ~ 0*W", "X -> Y; Z -> Y; W");
    reads(f, "C <~ A + B\nA ~~ 0.5?B\na == b\nY | t1\nx + 1 > 0", "A -> C; B -> C; A <-> B");
    reads(f, "Y ~ X:Z + -0.5*\"l\"*W", "X -> Y; Z -> Y; W -> Y");
    reads(f, "Y~X", "X -> Y");
    reads(f, "Y ~ 1e3*X + 0.0e5*W + 0*1", "X -> Y; W");
}

typedef struct Faulty {
    const GraphFormat *format;
    const char *text;
    FaultCode code;
    const char *message;
} Faulty;

static void test_faults(void **state) {
    (void)state;
    const GraphFormat *d = &graph_file_dagitty, *g = &graph_file_dot, *l = &graph_file_lavaan;
    const Faulty faulty[] = {
        {d, "dag {\n  X -> }", FAULT_DAGITTY_SYNTAX,
         "t:2:8: expected a variable or a group after the arrow, found '}'"},
        {d, "X -> Y ->", FAULT_DAGITTY_SYNTAX,
         "t:1:10: expected a variable or a group after the arrow, found the end of the file"},
        {d, "-> Y", FAULT_DAGITTY_SYNTAX,
         "t:1:1: expected a variable or a group before this arrow, found '-'"},
        {d, "X -> -> Y", FAULT_DAGITTY_SYNTAX, NULL},
        {d, "dag { X", FAULT_DAGITTY_SYNTAX, "t:1:8: a '}' is missing at the end"},
        {d, "{X", FAULT_DAGITTY_SYNTAX, "t:1:3: a '}' is missing at the end"},
        {d, "X }", FAULT_DAGITTY_SYNTAX, "t:1:3: this '}' closes nothing"},
        {d, "dag { X } Y", FAULT_DAGITTY_SYNTAX,
         "t:1:11: expected nothing after the closing brace, found 'Y'"},
        {d, "X [latent", FAULT_DAGITTY_SYNTAX, "t:1:10: expected a name, found the end of the file"},
        {d, "[latent]", FAULT_DAGITTY_SYNTAX, "t:1:1: expected a variable or an edge before '[', found '['"},
        {d, "{A B} [latent]", FAULT_DAGITTY_SYNTAX, NULL},
        {d, "\"\" -> a", FAULT_DAGITTY_SYNTAX, "t:1:1: this name is empty"},
        {d, "a -> \"b", FAULT_DAGITTY_SYNTAX, "t:1:6: this quotation mark is not closed"},
        {d, "a /* b", FAULT_DAGITTY_SYNTAX, "t:1:3: this comment does not end"},
        {d, "a % b", FAULT_DAGITTY_SYNTAX, "t:1:3: expected a name, found '%'"},
        {d, "a -- b", FAULT_GRAPH_MARK, "t:1:3: -- is an edge of a class of graphs, not of one causal graph"},
        {d, "pag { a @-> b }", FAULT_GRAPH_MARK, "t:1:1: a pag stands for a class of graphs, not for one causal graph"},
        {d, "a @-@ b", FAULT_GRAPH_MARK, NULL},
        {d, "mag { a -> b }", FAULT_GRAPH_MARK, NULL},
        {d, "pdag { a -- b }", FAULT_GRAPH_MARK, NULL},
        {d, "a -> a", FAULT_GRAPH_FILE_CYCLE, "t:1:3: an edge joins 'a' to itself"},
        {d, "a -> b\nb -> c\nc -> a", FAULT_GRAPH_FILE_CYCLE, NULL},
        {d, "a -> b [latent]", FAULT_GRAPH_FILE_ROLE, "t:1:9: 'latent' stands after an edge and says nothing of a variable"},
        {g, "graph { a -- b }", FAULT_GRAPH_MARK, "t:1:1: an undirected graph is not causal: digraph is needed"},
        {g, "digraph { a -- b }", FAULT_GRAPH_MARK, "t:1:13: -- is an edge without a direction: it is not causal"},
        {g, "digraph { a -> b [dir=none] }", FAULT_GRAPH_MARK, "t:1:13: an edge without a direction is not causal"},
        {g, "a -> b", FAULT_DOT_SYNTAX, "t:1:1: expected 'digraph', found 'a'"},
        {g, "digraph { node; }", FAULT_DOT_SYNTAX, "t:1:17: expected '[' with attributes, found '}'"},
        {g, "digraph { a [x=<<b>] }", FAULT_DOT_SYNTAX, "t:1:16: this '<' is not closed"},
        {g, "digraph { subgraph x y }", FAULT_DOT_SYNTAX, "t:1:22: expected '{' after subgraph, found 'y'"},
        {g, "digraph { a -> b -> a }", FAULT_GRAPH_FILE_CYCLE, "t:1:18: the edges make a cycle: a -> b -> a"},
        {l, "Y ~ X Z", FAULT_LAVAAN_SYNTAX, "t:1:7: expected '+' or the end of the line, found 'Z'"},
        {l, "Y ~", FAULT_LAVAAN_SYNTAX, "t:1:4: expected a variable, found the end of the file"},
        {l, "Y X", FAULT_LAVAAN_SYNTAX, "t:1:4: expected an operator such as ~ on this line, found the end of the file"},
        {l, "Y ~ lag(X)", FAULT_LAVAAN_SYNTAX, "t:1:5: expected a variable, found 'lag'"},
        {l, "Y ~ c(a*X", FAULT_LAVAAN_SYNTAX, "t:1:6: this '(' is not closed"},
        {l, "Y ~ Y", FAULT_GRAPH_FILE_CYCLE, "t:1:5: an edge joins 'Y' to itself"},
        {l, "Y ~ X\nX ~ Y", FAULT_GRAPH_FILE_CYCLE, "t:2:5: the edges make a cycle: Y -> X -> Y"},
        {l, "2 ~ X", FAULT_LAVAAN_SYNTAX, "t:1:1: expected a variable, found '2'"},
    };
    for (size_t i = 0; i < sizeof faulty / sizeof *faulty; i++) {
        GraphFile file;
        Faults faults = {0};
        const Faulty *f = &faulty[i];
        assert_int_equal(graph_file_parse(f->format, f->text, strlen(f->text), "t", NULL, &file, &faults),
                         FAULT);
        assert_int_equal(faults.count, 1);
        assert_null(file.graph);
        if (f->message) assert_string_equal(faults.items[0].message, f->message);
        assert_string_equal(fault_code(faults.items[0].code), fault_code(f->code));
        fault_free(&faults);
    }
}

// --- round trips ----------------------------------------------------------------------------

// Writes, reads, and finds the same graph.
static void round_trip(const GraphFormat *format, const GraphFile *file) {
    Str text = {0};
    Faults faults = {0};
    assert_int_equal(format->write(file, &text, &faults), OK);
    char *expected = graph_print(file->graph);
    Str want = {0};
    str_add(&want, expected);
    SET_EACH(file->graph->latent, file->graph->words, v)
        str_printf(&want, "; latent %s", file->graph->names[v]);
    SET_EACH(file->graph->selected, file->graph->words, v)
        str_printf(&want, "; selected %s", file->graph->names[v]);
    reads(format, str_text(&text), str_text(&want));
    mem_free(expected);
    str_free(&want);
    str_free(&text);
}

// All ADMGs on three vertices (trap 4 of published exporters: they lose edges among them).
static void test_census(void **state) {
    (void)state;
    for (size_t i = 0; graph_file_list[i]; i++)
        for (uint64_t code = 0; code < 64; code++) {
            GraphFile file = {.graph = graph_census(3, code)};
            if (graph_file_list[i]->read) round_trip(graph_file_list[i], &file);
            graph_file_free(&file);
        }
}

static void test_random(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(30); seed++) {
        Rng rng;
        rng_seed(&rng, seed, 0);
        GraphFile file = {.graph = graph_random(&rng, 1 + rng_below(&rng, 12), 0.3, 0.15)};
        for (size_t i = 0; graph_file_list[i]; i++)
            if (graph_file_list[i]->read) round_trip(graph_file_list[i], &file);
        graph_file_free(&file);
    }
}

static void test_marks(void **state) {
    (void)state;
    GraphFile file = {.graph = graph_of("latent U V; U -> X -> Y <- V; X <-> Y; U -> V")};
    for (size_t i = 0; graph_file_list[i]; i++)
        if (graph_file_list[i]->read) round_trip(graph_file_list[i], &file);
    graph_file_free(&file);
    file.graph = graph_of("latent U; selected S; X -> S; U");
    round_trip(&graph_file_dagitty, &file);
    round_trip(&graph_file_dot, &file);
    graph_file_free(&file);
}

static void test_roles_round_trip(void **state) {
    (void)state;
    const char *text = "dag {\n  X [exposure]\n  Y [outcome]\n  \"Z 1\" [latent,adjusted]\n"
                       "  X -> Y\n  \"Z 1\" -> X\n}\n";
    GraphFile file = parsed(&graph_file_dagitty, text);
    Str out = {0};
    Faults faults = {0};
    assert_int_equal(graph_file_dagitty.write(&file, &out, &faults), OK);
    assert_string_equal(str_text(&out), text);
    str_free(&out);
    graph_file_free(&file);
}

static void test_strange_names(void **state) {
    (void)state;
    static const char *const names[] = {"a b", "node", "a\"b", "\\", "x\ny", "1", "-1", "é", "a\\b"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        GraphDraft draft = {0};
        Faults faults = {0};
        GraphFile file = {0};
        uint32_t v;
        assert_int_equal(graph_vertex(&draft, names[i], &v), OK);
        assert_int_equal(graph_build(&draft, &faults, &file.graph), OK);
        for (size_t k = 0; graph_file_list[k]; k++) {
            Str out = {0};
            Status status = graph_file_list[k]->write(&file, &out, &faults);
            if (graph_file_list[k]->read && status == OK) {
                GraphFile again = parsed(graph_file_list[k], str_text(&out));
                assert_int_equal(again.graph->n, 1);
                assert_string_equal(again.graph->names[0], names[i]);
                graph_file_free(&again);
            } else if (status != OK) {
                assert_int_equal(faults.items[0].code, FAULT_FILE_EXPRESS);
                assert_int_equal(out.len, 0);
            }
            str_free(&out);
            fault_free(&faults);
            faults = (Faults){0};
        }
        graph_file_free(&file);
    }
}

static void test_express(void **state) {
    (void)state;
    static const char *const graphs[] = {"latent U; X -> U", "selected S; X -> S"};
    for (size_t i = 0; i < 2; i++) {
        GraphFile file = {.graph = graph_of(graphs[i])};
        Faults faults = {0};
        Str out = {0};
        assert_int_equal(graph_file_lavaan.write(&file, &out, &faults), FAULT);
        assert_int_equal(faults.items[0].code, FAULT_FILE_EXPRESS);
        fault_free(&faults);
        graph_file_free(&file);
    }
}

// Groups of n and m variables have n*m edges between them.
static void test_edges_are_bounded(void **state) {
    (void)state;
    const char text[] = "dag { {A B C} -> {D E F} }";
    for (size_t room = 8; room <= 9; room++) {
        Ctl ctl = {.memory = room * 80};
        GraphFile file;
        Faults faults = {0};
        Status status = graph_file_parse(&graph_file_dagitty, text, sizeof text - 1, "t", &ctl,
                                         &file, &faults);
        assert_int_equal(status, room < 9 ? FAULT : OK);
        if (room < 9) assert_int_equal(faults.items[0].code, FAULT_GRAPH_FILE_LARGE);
        graph_file_free(&file);
        fault_free(&faults);
    }
    sig_atomic_t cancel = 1;
    Ctl ctl = {.cancel = &cancel};
    GraphFile file;
    Faults faults = {0};
    assert_int_equal(graph_file_parse(&graph_file_dagitty, text, sizeof text - 1, "t", &ctl, &file,
                                      &faults), CANCELLED);
    assert_null(file.graph);
}

// --- harm -----------------------------------------------------------------------------------

// Reads from a block of exactly the size, so that a sanitizer sees any step beyond.
static Status read_exactly(const GraphFormat *format, const char *text, size_t len) {
    char *copy = malloc(len ? len : 1);
    memcpy(copy, text, len);
    GraphFile file;
    Faults faults = {0};
    Status status = graph_file_parse(format, copy, len, "t", NULL, &file, &faults);
    assert_true((status == OK) == (file.graph != NULL));
    assert_true(status == FAULT ? faults.count == 1 : faults.count == 0);
    graph_file_free(&file);
    fault_free(&faults);
    free(copy);
    return status;
}

static void harm(const GraphFormat *format, const char *text) {
    static const char bytes[] = "{}[]()<>-@~=:+*?\"\\/#!;, \n0aX.|\x80";
    size_t len = strlen(text);
    char *changed = malloc(len + 1);
    assert_int_equal(read_exactly(format, text, len), OK);
    for (size_t i = 0; i < len; i++) {
        read_exactly(format, text, i);
        memcpy(changed, text, len + 1);
        for (const char *c = bytes; *c; c++) {
            changed[i] = *c;
            read_exactly(format, changed, len);
        }
        memmove(changed + i, text + i + 1, len - i);
        read_exactly(format, changed, len - 1);
    }
    free(changed);
    Status status = NOMEM;
    for (long n = 0; status != OK; n++) {
        mem_fail_after(n, 1);
        status = read_exactly(format, text, len);
        mem_fail_after(-1, 0);
        assert_true(status == OK || status == NOMEM);
    }
}

static void test_harm(void **state) {
    (void)state;
    harm(&graph_file_dagitty, "dag g { bb=\"0,1\" X[exposure,pos=\"1,2\"] /*c*/ \"U \\\" v\"[latent]\n"
                              "X -> {Y {Z -> W}} [beta=1] # c\n A <- B <-> C; S[selected] }");
    harm(&graph_file_dot, "strict digraph \"g\" { rankdir=LR; edge [dir=both] subgraph c { a:n -> b }\n"
                          "U [style=\"filled,dashed\" label=<<b>>]; U -> {c d} [dir=back] // e\n}");
    harm(&graph_file_lavaan, "# c\nF =~ A + 1*B +\n c(1,\"x\")*C\nY1 + Y2 ~ -0.5*X:Z ; A ~~ 0*B\n"
                             "d := a*b\n F ~ 1\n");
}

static void test_deep(void **state) {
    (void)state;
    Str text = {0};
    str_fill(&text, '{', 200000);
    str_add(&text, "X");
    str_fill(&text, '}', 200000);
    GraphFile file = parsed(&graph_file_dagitty, str_text(&text));
    assert_int_equal(file.graph->n, 1);
    graph_file_free(&file);
    str_free(&text);
}

static void test_paths(void **state) {
    (void)state;
    char folder[] = P_tmpdir "/rung-graph-XXXXXX", path[100];
    static const char *const names[] = {"g.dag", "g.DAGITTY.gz", "g.dot", "g.gv", "g.lavaan"};
    GraphFile file = {.graph = graph_of("X -> Y; X <-> Y")};
    Faults faults = {0};
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        GraphFile again;
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        assert_int_equal(graph_file_write(path, &file, &faults), OK);
        assert_int_equal(graph_file_read(path, NULL, &again, &faults), OK);
        assert_int_equal(again.graph->bidirected, 1);
        graph_file_free(&again);
        unlink(path);
    }
    rmdir(folder);
    graph_file_free(&file);
    assert_int_equal(graph_file_read("x.bif", NULL, &file, &faults), FAULT);
    assert_int_equal(graph_file_read("none.dag", NULL, &file, &faults), FAULT);
    assert_int_equal(faults.items[0].code, FAULT_FILE_FORMAT);
    assert_int_equal(faults.items[1].code, FAULT_FILE_MISSING);
    assert_ptr_equal(graph_file_find("dot"), &graph_file_dot);
    assert_null(graph_file_find("xyz"));
    fault_free(&faults);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges_are_bounded),
        cmocka_unit_test(test_dagitty),          cmocka_unit_test(test_dot),
        cmocka_unit_test(test_lavaan),           cmocka_unit_test(test_faults),
        cmocka_unit_test(test_census),           cmocka_unit_test(test_random),
        cmocka_unit_test(test_marks),            cmocka_unit_test(test_roles_round_trip),
        cmocka_unit_test(test_strange_names),    cmocka_unit_test(test_express),
        cmocka_unit_test(test_harm),             cmocka_unit_test(test_deep),
        cmocka_unit_test(test_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
