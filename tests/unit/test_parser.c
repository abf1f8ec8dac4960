// Tests of the parser: trees, diagnostics, recovery, and its safety on any input.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/base/mem.h"
#include "runtime/base/rng.h"
#include "tests/unit/text.h"

// --- trees ---

// The tree as "(KIND op name kid kid)", without spans.
static void add_tree(const Node *n, Str *out) {
    if (!n) {
        str_add(out, "-");
        return;
    }
    bool leaf = n->n == 0;
    if (n->kind == NODE_NAME)
        str_add(out, n->sym->text);
    else if (n->kind == NODE_NUMBER)
        str_add(out, n->text);
    else {
        str_printf(out, "%s%s", leaf ? "" : "(", ast_kind_name((NodeKind)n->kind));
        if (*ast_op_text((NodeOp)n->op)) str_printf(out, ":%s", ast_op_text((NodeOp)n->op));
        if (n->sym) str_printf(out, ":%s", n->sym->text);
        if (n->kind == NODE_STRING) str_printf(out, ":\"%s\"", n->text);
        if (n->kind == NODE_VARIABLE && n->flags & FLAG_EQUALS) str_add(out, ":=");
        if (n->kind == NODE_VARIABLE && n->flags & FLAG_TILDE) str_add(out, ":~");
        if (n->kind == NODE_ASSIGN && n->flags & FLAG_NOT) str_add(out, ":not");
        for (uint32_t i = 0; i < n->n; i++) {
            str_add(out, " ");
            add_tree(n->kid[i], out);
        }
        if (!leaf) str_add(out, ")");
    }
}

// The tree of the only statement of a text.
static void check(const char *text, const char *expected) {
    Text t = text_parse(text);
    if (t.diags.count) {
        text_show(&t);
        fail_msg("%s is not understood", text);
    }
    assert_true(t.ok);
    assert_int_equal(t.ast.program->n, 1);
    Str out = {0};
    add_tree(t.ast.program->kid[0], &out);
    assert_string_equal(str_text(&out), expected);
    str_free(&out);
    text_free(&t);
}

// The same for an expression statement.
static void tree(const char *text, const char *expected) {
    Str whole = {0};
    str_printf(&whole, "(EXPRESSION %s)", expected);
    check(text, str_text(&whole));
    str_free(&whole);
}

static void operators_bind_as_they_should(void **state) {
    (void)state;
    tree("a or b and not c = d", "(BINARY:or a (BINARY:and b (UNARY:not (BINARY:= c d))))");
    tree("a - b - c", "(BINARY:- (BINARY:- a b) c)");
    tree("a + b*c^d^e", "(BINARY:+ a (BINARY:* b (BINARY:^ c (BINARY:^ d e))))");
    tree("-a^2*b", "(BINARY:* (UNARY:- (BINARY:^ a 2)) b)");
    tree("2^-1", "(BINARY:^ 2 (UNARY:- 1))");
    tree("a mod b * c", "(BINARY:* (BINARY:mod a b) c)");
    tree("A union B - C intersect D", "(BINARY:- (BINARY:union A B) (BINARY:intersect C D))");
    tree("x in 1..n - 1", "(BINARY:in x (RANGE 1 (BINARY:- n 1)))");
    tree("x not in {a} and b", "(BINARY:and (BINARY:not in x (SET a)) b)");
    tree("x == 1", "(BINARY:= x 1)");
    tree("a ~= b within 0.1", "(APPROX a b 0.1)");
    tree("a ~= b", "(APPROX a b -)");
    tree("1 + if a then b else c + 2", "(BINARY:+ 1 (IF a b (BINARY:+ c 2)))");
    tree("x <-y", "(BINARY:< x (UNARY:- y))");
    tree("(a)", "(PAREN a)");
}

static void brackets_are_told_apart(void **state) {
    (void)state;
    tree("X[3]", "(INDEX X 3)");
    tree("X[t - 1, _]", "(INDEX X (BINARY:- t 1) WILDCARD)");
    tree("V[2..5]", "(INDEX V (RANGE 2 5))");
    tree("Y[X]", "(INDEX Y X)");
    tree("Y[X = 1]", "(WORLD Y (ASSIGN:= X 1))");
    tree("Y[X = 1, Z]", "(WORLD Y (ASSIGN:= X 1) (ASSIGN Z -))");
    tree("Y[X ~ d]", "(WORLD Y (ASSIGN:~ X d))");
    tree("Y[X -> M = 1]", "(WORLD Y (ASSIGN:= (ARROW X M) 1))");
    tree("Y[not X]", "(WORLD Y (ASSIGN:not X -))");
    tree("M[]", "(WORLD M)");
    tree("Y[2][X[1] = 0]", "(WORLD (INDEX Y 2) (ASSIGN:= (INDEX X 1) 0))");
    tree("xs[a < b]", "(INDEX xs (BINARY:< a b))");
    tree("{}", "SET");
    tree("{A, B}", "(SET A B)");
    tree("{small: 0.51, 2: x}", "(MAP (PAIR small 0.51) (PAIR 2 x))");
    tree("[f(x, y) for x in xs for y in ys if x < y]",
         "(COMPREHENSION (CALL f (GROUP x y)) (FORS (GENERATOR:x xs) (GENERATOR:y ys) "
         "(GENERATOR (BINARY:< x y))))");
    tree("sum(e for x in xs)", "(CALL sum (GROUP (COMPREHENSION e (FORS (GENERATOR:x xs)))))");
    tree("f(x, n: 3, X -> M -> Y)", "(CALL f (GROUP x (ARG:n 3) (ARROW X M Y)))");
    tree("mix {d: 0.3}", "(CALL mix (GROUP (MAP (PAIR d 0.3))))");
}

static void heads_need_their_bracket(void **state) {
    (void)state;
    tree("P(A, B | C)", "(HEAD:P (GROUP A B) (GROUP C) -)");
    tree("E[Y]", "(HEAD:E (GROUP Y) - -)");
    tree("P", "P");
    tree("P (A)", "(CALL P (GROUP A))");
    tree("`P`(A)", "(CALL P (GROUP A))");
    tree("I(V; W | C)", "(HEAD:I (GROUP V) (GROUP C) (GROUP W))");
    tree("marginals(A = 1)", "(HEAD:marginals GROUP (GROUP (BINARY:= A 1)) -)");
    tree("argmax P(A | B)", "(ARGMAX (HEAD:P (GROUP A) (GROUP B) -))");
    tree("argmax(P(A))", "(CALL argmax (GROUP (HEAD:P (GROUP A) - -)))");
    tree("slope(X -> Y | W)", "(HEAD:slope (GROUP (ARROW X Y)) (GROUP W) -)");
    tree("sample(10 | A)", "(HEAD:sample (GROUP 10) (GROUP A) -)");
}

static void conditions_are_told_apart(void **state) {
    (void)state;
    tree("P(Y | do(X = 1, Z ~ d, A -> B = 2, not W, V))",
         "(HEAD:P (GROUP Y) (GROUP (DO (ASSIGN:= X 1) (ASSIGN:~ Z d) (ASSIGN:= (ARROW A B) 2) "
         "(ASSIGN:not W -) (ASSIGN V -))) -)");
    tree("P(Y | Z ~ {true: 0.8}, factor e)",
         "(HEAD:P (GROUP Y) (GROUP (SOFT Z (MAP (PAIR BOOL 0.8))) (FACTOR e -)) -)");
    tree("P(Y | factor A { 1 => 2 })",
         "(HEAD:P (GROUP Y) (GROUP (FACTOR (CASE (GROUP A) (GROUP (ROW (GROUP 1) 2))) -)) -)");
    tree("P(Y | factor A, B[1] { 1, 2 => 3 }, C)",
         "(HEAD:P (GROUP Y) (GROUP (FACTOR (CASE (GROUP A (INDEX B 1)) (GROUP (ROW (GROUP 1 2) "
         "3))) -) C) -)");
    tree("P(Y | factor A, B)", "(HEAD:P (GROUP Y) (GROUP (FACTOR A -) B) -)");
    tree("P(Y | factor = 1)", "(HEAD:P (GROUP Y) (GROUP (BINARY:= factor 1)) -)");
    tree("P(Y | X = ?, Z = ?(R1, R2))",
         "(HEAD:P (GROUP Y) (GROUP (BINARY:= X QUERY) (BINARY:= Z (QUERY R1 R2))) -)");
    tree("P(Y | do(X = if Z > 0 then 1 else 0))",
         "(HEAD:P (GROUP Y) (GROUP (DO (ASSIGN:= X (IF (BINARY:> Z 0) 1 0)))) -)");
}

static void clauses_bind_loosest(void **state) {
    (void)state;
    tree("a - b under m from d using x(n: 1)", "(USING (FROM (UNDER (BINARY:- a b) m) (GROUP "
                                               "d)) (GROUP (METHOD:x (GROUP (ARG:n 1)))))");
    tree("q using [a, b]", "(USING q (GROUP (METHOD:a -) (METHOD:b -)))");
    tree("q from {P(A), d where x}", "(FROM q (GROUP (HEAD:P (GROUP A) - -) (WHERE d x)))");
    tree("q under m with do(X = 1)", "(UNDER q (WITH m (DO (ASSIGN:= X 1))))");
    tree("q under m with { A -> B }",
         "(UNDER q (WITH m (BLOCK (CHAIN (GROUP A LINK:-> B) -))))");
    tree("d where a > 4 with { B = a } select x, y",
         "(SELECT (WITH (WHERE d (BINARY:> a 4)) (BLOCK (VARIABLE:= (GROUP B) - - a - - -))) "
         "(GROUP x y))");
    tree("f(d select x, k: 2)", "(CALL f (GROUP (SELECT d (GROUP x)) (ARG:k 2)))");
    tree("(P(A) under m) - 1", "(BINARY:- (PAREN (UNDER (HEAD:P (GROUP A) - -) m)) 1)");
}

static void independences_take_lists(void **state) {
    (void)state;
    tree("A _||_ B", "(SEPARATION (GROUP A) (GROUP B) -)");
    tree("A, B _||_ C, {D, E} | F, G",
         "(SEPARATION (GROUP A B) (GROUP C (SET D E)) (GROUP F G))");
    tree("[A _||_ B | C, D]", "(LIST (SEPARATION (GROUP A) (GROUP B) (GROUP C)) D)");
    tree("not (A _||_ B, C) under m",
         "(UNDER (UNARY:not (PAREN (SEPARATION (GROUP A) (GROUP B C) -))) m)");
    check("assert A, B _||_ C | D, \"why\"",
          "(ASSERT (SEPARATION (GROUP A B) (GROUP C) (GROUP D)) STRING:\"why\")");
}

static void statements_have_their_parts(void **state) {
    (void)state;
    check("model m(n: 9) \"doc\" { }", "(MODEL:m (GROUP (PARAM:n - 9)) STRING:\"doc\" BLOCK)");
    check("model m = a with do(X)", "(MODEL:m - - (WITH a (DO (ASSIGN X -))))");
    check("let x = 1", "(LET:x 1)");
    check("def f(X -> M -> Y, n: 2, k) = n",
          "(DEF:f (GROUP (PARAM (ARROW X M Y) -) (PARAM:n - 2) (PARAM:k - -)) n)");
    check("def q = P(A)", "(DEF:q - (HEAD:P (GROUP A) - -))");
    check("import \"a.bif\" as b", "IMPORT:b");
    check("use m", "(USE m)");
    check("test \"it\" { let x = 1; x }", "(TEST (GROUP (LET:x 1) (EXPRESSION x)))");
    check("check m from d", "(CHECK (FROM m (GROUP d)) -)");
    check("check q against m0 from d", "(CHECK q (FROM m0 (GROUP d)))");
    check("evaluate(n: 5) q under m", "(EVALUATE (GROUP (ARG:n 5)) (UNDER q m))");
    check("evaluate q", "(EVALUATE - q)");
    check("assume a >= b for i in 0..1",
          "(ASSUME (BINARY:>= a b) (FORS (GENERATOR:i (RANGE 0 1))))");
    check("let d = data A, B { a, _ => 2; b, 3 }",
          "(LET:d (DATA (GROUP A B) (GROUP (ROW (GROUP a WILDCARD) 2) (ROW (GROUP b 3) -))))");
}

static void item(const char *text, const char *expected) {
    Str whole = {0}, program = {0};
    str_printf(&program, "model m { %s }", text);
    str_printf(&whole, "(MODEL:m - - (BLOCK %s))", expected);
    check(str_text(&program), str_text(&whole));
    str_free(&program);
    str_free(&whole);
}

static void items_have_their_parts(void **state) {
    (void)state;
    item("A -> {B, C} <- D <-> E",
         "(CHAIN (GROUP A LINK:-> (SET B C) LINK:<- D LINK:<-> E) -)");
    item("X[t-1] -> X[t] for t in 2..5", "(CHAIN (GROUP (INDEX X (BINARY:- t 1)) LINK:-> "
                                         "(INDEX X t)) (FORS (GENERATOR:t (RANGE 2 "
                                         "5))))");
    item("A, B : bool", "(VARIABLE (GROUP A B) - bool - - - -)");
    item("latent U \"u\" : {1, 2} ~ d",
         "(VARIABLE:latent:~ (GROUP U) STRING:\"u\" (SET 1 2) d - - -)");
    item("G : ordered {a, b} = x", "(VARIABLE:= (GROUP G) - (ORDERED (SET a b)) x - - -)");
    item("N : 0..10", "(VARIABLE (GROUP N) - (RANGE 0 10) - - - -)");
    item("observed I if T : bool ~ 0.5", "(VARIABLE:observed:~ (GROUP I) - bool 0.5 - T -)");
    item("observed I : bool ~ 0.5 if T", "(VARIABLE:observed:~ (GROUP I) - bool 0.5 - T -)");
    item("observed T up to C", "(VARIABLE:observed (GROUP T) - - - - - C)");
    item("selected S", "(VARIABLE:selected (GROUP S) - - - - - -)");
    item("factor A, B { a, b => 9; _ => 1 }",
         "(FACTOR (CASE (GROUP A B) (GROUP (ROW (GROUP a b) 9) (ROW (GROUP WILDCARD) 1))) -)");
    item("factor exp(x)", "(FACTOR (CALL exp (GROUP x)) -)");
    item("remove A -> B", "(REMOVE (CHAIN (GROUP A LINK:-> B) -))");
    item("remove -> B; let, data",
         "(CHAIN (GROUP remove LINK:-> B) -) (VARIABLE (GROUP let data) - - - - - -)");
    item("X ~ case V, W { a, < 2 => 1; {b, c}, 1..2 => 0; _ => -1 }",
         "(VARIABLE:~ (GROUP X) - - (CASE (GROUP V W) (GROUP (ROW (GROUP a (COMPARE_PATTERN:< "
         "2)) 1) "
         "(ROW (GROUP (SET b c) (RANGE 1 2)) 0) (ROW (GROUP WILDCARD) (UNARY:- 1)))) - - -)");
}

static void layout_is_free(void **state) {
    (void)state;
    check("model m {\n    A ~ case B, C {\n      a,\n      b => 1\n}\n}",
          "(MODEL:m - - (BLOCK (VARIABLE:~ (GROUP A) - - (CASE (GROUP B C) (GROUP (ROW (GROUP "
          "a b) 1))) - - -)))");
}

static void lines_end_statements(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint32_t statements;
    } rows[] = {
        {"a\nb", 2},
        {"a; b", 2},
        {"a +\nb", 1},
        {"a\n+ b", 1},
        {"a\nand b", 1},
        {"if a\nthen b\nelse c", 1},
        {"f(a,\nb)", 1},
        {"f\n(a)", 2},
        {"x\n[1]", 2},
        {"q\nunder m", 1},
        {"q\nwith do(X)", 1},
        {"a\n_||_ b\n| c", 1},
        {"a\nmod\nb", 3},
        {"a\nmod b", 1},
        {"d\nselect A", 1},
        {"P(A |\n B)", 1},
        {"let x =\n 1", 1},
        {"\n\n;;a;\n", 1},
        {"a, b\n_||_ c", 1},
        {"assert a,\n\"m\"", 1},
        {"[a\n for a in b]", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Text t = text_parse(rows[i].text);
        if (t.diags.count || t.ast.program->n != rows[i].statements) {
            text_show(&t);
            fail_msg("%s: %u statements", rows[i].text, t.ast.program->n);
        }
        text_free(&t);
    }
    tree("case x {\n < 0 => 1\n -1 => 2\n 1 => a\n + b\n}",
         "(CASE (GROUP x) (GROUP (ROW (GROUP (COMPARE_PATTERN:< 0)) 1) (ROW (GROUP (UNARY:- "
         "1)) 2) "
         "(ROW (GROUP 1) (BINARY:+ a b))))");
}

// --- the example programs ---

static void the_programs_parse(void **state) {
    (void)state;
    for (size_t i = 0; i < TEXT_PROGRAMS; i++) {
        Str text = {0};
        text_program(i, &text);
        Text t = text_parse_n(str_text(&text), text.len);
        if (t.diags.count) {
            text_show(&t);
            fail_msg("%s is not understood", text_programs[i]);
        }
        assert_true(t.ok && !t.incomplete);
        text_free(&t);
        str_free(&text);
    }
}

// --- diagnostics ---

// Checks the code and the marked text of the only diagnostic of a text.
static void wrong(const char *text, DiagCode code, const char *marked) {
    Text t = text_parse(text);
    if (t.diags.count != 1 || t.diags.items[0].code != code) {
        text_show(&t);
        fail_msg("%s: %zu diagnostics", text, t.diags.count);
    }
    const Diag *d = &t.diags.items[0];
    if (strlen(marked) != d->span.end - d->span.start ||
        strncmp(text + d->span.start, marked, strlen(marked)) != 0) {
        text_show(&t);
        fail_msg("%s: the wrong text is marked", text);
    }
    text_free(&t);
}

static void every_mistake_has_its_code(void **state) {
    (void)state;
    wrong("P(A B)", DIAG_SYNTAX, "B");
    wrong("let x = 3 4", DIAG_SYNTAX, "4");
    wrong("P(A | B = 1", DIAG_UNCLOSED, "");
    wrong("f(x]", DIAG_UNCLOSED, "]");
    wrong("P(A))", DIAG_UNOPENED, ")");
    wrong("model m { A -> B } }", DIAG_UNOPENED, "}");
    wrong("let if = 3", DIAG_RESERVED_NAME, "if");
    wrong("model m { from -> to }", DIAG_RESERVED_NAME, "from");
    wrong("show = 3", DIAG_RESERVED_NAME, "show");
    wrong("model m { noise -> X }", DIAG_RESERVED_NAME, "noise");
    wrong("if a then b", DIAG_MISSING_ELSE, "");
    wrong("(if a then b)", DIAG_MISSING_ELSE, ")");
    wrong("if a 2 else b", DIAG_MISSING_THEN, "2");
    wrong("P(1 < X < 3)", DIAG_CHAINED_COMPARISON, "<");
    wrong("a = b = c", DIAG_CHAINED_COMPARISON, "=");
    wrong("case X { a: 1 }", DIAG_ROW_ARROW, ":");
    wrong("case X { a }", DIAG_ROW_ARROW, "");
    wrong("case X, Y { a => 1 }", DIAG_ROW_PATTERNS, "a");
    wrong("let x 3", DIAG_MISSING_EQUALS, "3");
    wrong("let f(x) = 3", DIAG_MISSING_EQUALS, "(");
    wrong("let x ~ 3", DIAG_MISSING_EQUALS, "~");
    wrong("let x <- 3", DIAG_ASSIGNMENT_ARROW, "<-");
    wrong("x <- 3", DIAG_ASSIGNMENT_ARROW, "<-");
    wrong("model m { x <- 3 }", DIAG_ASSIGNMENT_ARROW, "<-");
    wrong("X ~ normal(0, 1)", DIAG_ITEM_OUTSIDE, "~");
    wrong("A -> B", DIAG_ITEM_OUTSIDE, "->");
    wrong("latent U : bool", DIAG_ITEM_OUTSIDE, "latent");
    wrong("model m { A -> B; P(A) }", DIAG_STATEMENT_INSIDE, "P");
    wrong("model m { A; E[A | B] }", DIAG_STATEMENT_INSIDE, "E");
    wrong("model m { A; let x = 3 }", DIAG_STATEMENT_INSIDE, "let");
    wrong("P(Y | X | Z)", DIAG_SECOND_BAR, "|");
    wrong("P(do(X = 1))", DIAG_DO_PLACE, "do");
    wrong("P(Y | do X = 1)", DIAG_DO_PLACE, "do");
    wrong("f(do(X))", DIAG_DO_PLACE, "do");
    wrong("P(A) under m - P(B)", DIAG_CLAUSE_OPERATOR, "-");
    wrong("{a: 1, b}", DIAG_MIXED_BRACES, "b");
    wrong("{a, b: 1}", DIAG_MIXED_BRACES, "b");
    wrong("Y[2, X = 1]", DIAG_WORLD_ELEMENT, "2");
    wrong("Y[2 = 1]", DIAG_WORLD_ELEMENT, "2");
    wrong("P(Y | do(X + 1 = 2))", DIAG_WORLD_ELEMENT, "X + 1");
    wrong("model m { H[t] ~ 0.5 for t in 1..3 }", DIAG_HEAD_NAME, "H");
    wrong("a && b", DIAG_FOREIGN_OPERATOR, "&&");
    wrong("P(Y | X = _)", DIAG_WILDCARD_PLACE, "_");
    wrong("let a = X -> Y", DIAG_ARROW_PLACE, "->");
    wrong("P(| X)", DIAG_EMPTY_QUESTION, "P");
    wrong("P()", DIAG_EMPTY_QUESTION, "P");
    wrong("model m { A, B -> C }", DIAG_EDGE_LIST, "A, B");
    wrong("model m { A -> B, C }", DIAG_EDGE_LIST, "A -> B");
    wrong("P (A | B)", DIAG_SYNTAX, "|");
    wrong("evaluate(5) q", DIAG_SYNTAX, "5");
    wrong("import net", DIAG_SYNTAX, "net");
    wrong("model m A -> B", DIAG_SYNTAX, "A");
    wrong("1..2..3", DIAG_SYNTAX, "..");
    wrong("a, b", DIAG_SYNTAX, "");
    wrong("let x = @", DIAG_STRAY_CHARACTER, "@");
    wrong("let x = \"a", DIAG_UNCLOSED_TEXT, "\"a");
}

// Checks the lines of the diagnostics of a text.
static void wrong_lines(const char *text, size_t n, const uint32_t *lines) {
    Text t = text_parse(text);
    bool good = t.diags.count == n;
    for (size_t i = 0; good && i < n; i++) {
        uint32_t line, column;
        source_line_column(source_get(&t.sources, 1), t.diags.items[i].span.start, &line,
                           &column);
        good = line == lines[i];
    }
    if (!good) text_show(&t);
    assert_true(good);
    text_free(&t);
}

#define WRONG_LINES(text, ...)                                                                 \
    wrong_lines(text, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t),                    \
                (uint32_t[]){__VA_ARGS__})

static void several_mistakes_are_reported_without_cascades(void **state) {
    (void)state;
    WRONG_LINES("let x 3\nP(A | )\nlet y = 4\n1 < 2 < 3\n", 1, 2, 4);
    WRONG_LINES(
        "model m {\n A ~\n B ~ 0.5 0.6\n C -> D\n E ~ case D {\n  a 3\n  b => 4\n }\n}\nP(", 3,
        6, 10);
    WRONG_LINES("model m {\n A ~ f(0.3\n B ~ 0.2\n}\nP(A)", 2);
    WRONG_LINES("model m {\n A ~ case B {\n  a => 1\n  b => 2\n C ~ 0.3\n}\nP(A)\nlet y 3", 4,
                8);
    WRONG_LINES("model m {\n A -> B\n\nP(A | B)\nlet x = 3\nlet y 3", 2, 6);
    WRONG_LINES("P(A | B = 1\nlet x = 3\nlet y 4", 1, 3);
    WRONG_LINES("P(A | B = (1\nlet x = 3\nP(A))\nlet y 4", 1, 3, 4);
    WRONG_LINES("f(a b\n, c)\nlet y 4", 1, 3);
    WRONG_LINES("test \"t\" {\n let x 1\n P(A\n}\nlet z 2", 2, 3, 5);
    WRONG_LINES("let x = \"abc)\nlet y 4", 1, 2);
}

static void very_many_mistakes_are_summed_up(void **state) {
    (void)state;
    Str text = {0};
    for (int i = 0; i < 1000; i++) str_add(&text, "let x 3 @\n");
    Text t = text_parse(str_text(&text));
    assert_int_equal(t.diags.count, 51);
    assert_true(t.diags.errors >= 1000);
    assert_int_equal(t.diags.items[50].level, DIAG_NOTE);
    text_free(&t);
    str_free(&text);
}

static void beginnings_are_recognised(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool incomplete;
    } rows[] = {
        {"model m {", true},
        {"model m {\n A -> B", true},
        {"P(A |", true},
        {"let x =", true},
        {"let x", true},
        {"a +", true},
        {"f([1, {2", true},
        {"case X {\n a => 1", true},
        {"if a then", true},
        {"a and", true},
        {"test \"x\" {\n a", true},
        {"model m { A ~ 0.3 +", true},
        {"P(A))", false},
        {"a", false},
        {"", false},
        {"let x 3\nP(", false},
        {"\"abc", false},
        {"if a then b", true},
        {"P(A | @", false},
        {"# just", false},
        {"model m { A -> B }", false},
        {"P(A)\nP(", true},
        {"explain", true},
        {"model", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Text t = text_parse(rows[i].text);
        if (t.incomplete != rows[i].incomplete) fail_msg("%s: %d", rows[i].text, t.incomplete);
        text_free(&t);
    }
}

// --- safety ---

static char *repeated(const char *before, const char *text, size_t n, const char *after) {
    Str s = {0};
    str_add(&s, before);
    for (size_t i = 0; i < n; i++) str_add(&s, text);
    str_add(&s, after);
    return str_take(&s);
}

static void depth_is_limited(void **state) {
    (void)state;
    static const struct {
        const char *before, *text, *after;
    } rows[] = {
        {"", "(", ""},
        {"", "[", ""},
        {"", "{", ""},
        {"", "-", ""},
        {"", "not ", ""},
        {"", "f(", ""},
        {"", "x[", ""},
        {"", "if ", ""},
        {"", "P(", ""},
        {"", "2^", "2"},
        {"", "a+", "a"},
        {"x", "[1]", ""},
        {"a", " under m", ""},
        {"", "if a then b else ", "c"},
        {"", "test \"t\" {", ""},
        {"", "case x { a => ", ""},
        {"", "m with { A ~ ", ""},
        {"", "{1: ", ""},
        {"a", " with do(X)", ""},
        {"f", "(1)", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = repeated(rows[i].before, rows[i].text, 20000, rows[i].after);
        Text t = text_parse(text);
        assert_true(t.ok);
        assert_true(t.diags.errors >= 1);
        bool found = false;
        for (size_t k = 0; k < t.diags.count; k++)
            found |= t.diags.items[k].code == DIAG_NESTING;
        if (!found) fail_msg("no limit on %s", rows[i].text);
        text_free(&t);
        mem_free(text);
    }
    char *text = repeated("let x = ", "(", 300, "1");
    char *whole = repeated(text, ")", 300, "");
    Text t = text_parse(whole);
    assert_int_equal(t.diags.count, 0);
    text_free(&t);
    mem_free(text);
    mem_free(whole);
}

static void long_programs_take_linear_time(void **state) {
    (void)state;
    static const char *const lines[] = {"P(A | B = 1) - 0.5  # c\n",
                                        "let x 3\n",
                                        "}\n",
                                        "(\n",
                                        "model m { A -> B\n",
                                        "case x {\n",
                                        ") ",
                                        "[",
                                        "\"\n"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char *text = repeated("", lines[i], 20000, "");
        Text t = text_parse(text);
        assert_true(t.ok);
        text_free(&t);
        mem_free(text);
    }
}

static unsigned seeds(unsigned usual) {
    const char *wish = getenv("RUNG_SEEDS");
    return wish ? (unsigned)strtoul(wish, NULL, 10) : usual;
}

static void mutate(Rng *rng, Str *text) {
    static const char *const pieces[] = {
        "(",   ")", "{", "}",    "[",     "]",     "\n",        ",",    "|",   "->",
        "if ", "=", "~", "_",    "\"",    "`",     "for ",      "do(",  "=>",  "-",
        "<",   "#", ";", "\xFF", "with ", "case ", "model m {", "let ", "_||_"};
    size_t at = (size_t)rng_below(rng, text->len + 1);
    switch (rng_below(rng, 4)) {
    case 0: // a byte changes
        if (at < text->len) text->text[at] = (char)rng_below(rng, 256);
        break;
    case 1: { // some bytes go
        size_t n = (size_t)rng_below(rng, 8);
        if (n > text->len - at) n = text->len - at;
        memmove(text->text + at, text->text + at + n, text->len - at - n);
        text->len -= n;
        break;
    }
    case 2: // the rest goes
        if (rng_below(rng, 4) == 0) text->len = at;
        break;
    default: { // a piece comes in
        Str s = {0};
        str_add_n(&s, text->text, at);
        str_add(&s, pieces[rng_below(rng, sizeof pieces / sizeof *pieces)]);
        str_add_n(&s, text->text + at, text->len - at);
        str_free(text);
        *text = s;
    }
    }
}

// Whatever is done to a program: it parses or is told why not, and what parses can be
// formatted.
static void broken_programs_are_survived(void **state) {
    (void)state;
    for (unsigned seed = 0; seed < seeds(400); seed++) {
        Rng rng;
        rng_seed(&rng, seed, 2);
        Str text = {0};
        text_program(seed % TEXT_PROGRAMS, &text);
        for (uint64_t n = rng_below(&rng, 5) + 1; n > 0; n--) mutate(&rng, &text);
        Text t = text_parse_n(text.text, text.len);
        Str once = {0}, twice = {0};
        for (size_t i = 0; i < t.diags.count; i++)
            diag_render(&t.diags.items[i], &t.sources, true, &once);
        str_clear(&once);
        text_print(&t, &once);
        assert_true(t.ok);
        if (t.diags.errors == 0) {
            Text again = text_parse_n(str_text(&once), once.len);
            text_print(&again, &twice);
            if (again.diags.errors || !text_same(t.ast.program, again.ast.program) ||
                strcmp(str_text(&once), str_text(&twice)) != 0)
                fail_msg("seed %u: formatting changes the program", seed);
            text_free(&again);
        }
        text_free(&t);
        str_free(&once);
        str_free(&twice);
        str_free(&text);
    }
}

static void running_out_of_memory_is_survived(void **state) {
    (void)state;
    static const char text[] =
        "model m { A : bool ~ case B { \"x\\n\" => 1_0; _ => `a b` } } # c\n"
        "let 3 P(A | B @ && [1, 2])\nE[Y[X = 1] | do(X)] under m";
    for (int all = 0; all < 2; all++) {
        for (long k = 0;; k++) {
            Text t = {.names = intern_new()};
            t.source = source_add(&t.sources, "test.rung", text, sizeof text - 1);
            mem_fail_after(k, all);
            t.ok = parser_parse(&t.sources, t.source, t.names, &t.ast, &t.diags, NULL, &t.incomplete);
            long used = mem_count();
            mem_fail_after(-1, 0);
            bool done = used <= k;
            assert_true(!done || t.ok);
            text_free(&t);
            if (done) break;
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators_bind_as_they_should),
        cmocka_unit_test(brackets_are_told_apart),
        cmocka_unit_test(heads_need_their_bracket),
        cmocka_unit_test(conditions_are_told_apart),
        cmocka_unit_test(clauses_bind_loosest),
        cmocka_unit_test(independences_take_lists),
        cmocka_unit_test(statements_have_their_parts),
        cmocka_unit_test(items_have_their_parts),
        cmocka_unit_test(layout_is_free),
        cmocka_unit_test(lines_end_statements),
        cmocka_unit_test(the_programs_parse),
        cmocka_unit_test(every_mistake_has_its_code),
        cmocka_unit_test(several_mistakes_are_reported_without_cascades),
        cmocka_unit_test(very_many_mistakes_are_summed_up),
        cmocka_unit_test(beginnings_are_recognised),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(long_programs_take_linear_time),
        cmocka_unit_test(broken_programs_are_survived),
        cmocka_unit_test(running_out_of_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
