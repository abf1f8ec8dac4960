// Tests of the formatter: one style, nothing lost, the same meaning, and stable.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/base/mem.h"
#include "runtime/base/rng.h"
#include "tests/unit/text.h"

static unsigned seeds(unsigned usual) {
    const char *wish = getenv("RUNG_SEEDS");
    return wish ? (unsigned)strtoul(wish, NULL, 10) : usual;
}

// Formats `text`, which must parse, and checks the tree and the second formatting. The result
// is the formatted text.
static Str check_round(const char *text, size_t len, const char *what) {
    Text first = text_parse_n(text, len);
    Str once = {0}, twice = {0};
    if (first.diags.errors) {
        text_show(&first);
        fail_msg("%s does not parse:\n%.*s", what, (int)len, text);
    }
    text_print(&first, &once);
    Text second = text_parse_n(str_text(&once), once.len);
    if (second.diags.errors) {
        text_show(&second);
        fail_msg("%s, formatted, does not parse:\n%s", what, str_text(&once));
    }
    if (!text_same(first.ast.program, second.ast.program))
        fail_msg("%s, formatted, means something else:\n%.*s\n---\n%s", what, (int)len, text,
                 str_text(&once));
    text_print(&second, &twice);
    if (strcmp(str_text(&once), str_text(&twice)) != 0)
        fail_msg("%s is not stable:\n%s\n---\n%s", what, str_text(&once), str_text(&twice));
    assert_int_equal(first.ast.ncomments, second.ast.ncomments);
    for (size_t i = 0; i < first.ast.ncomments; i++)
        assert_string_equal(first.ast.comments[i].text, second.ast.comments[i].text);
    text_free(&first);
    text_free(&second);
    str_free(&twice);
    return once;
}

static void check(const char *text, const char *expected) {
    Str out = check_round(text, strlen(text), "a text");
    assert_string_equal(str_text(&out), expected);
    str_free(&out);
}

static void same(const char *text) {
    check(text, text);
}

static void the_programs_survive(void **state) {
    (void)state;
    for (size_t i = 0; i < TEXT_PROGRAMS; i++) {
        Str text = {0};
        text_program(i, &text);
        Str out = check_round(str_text(&text), text.len, text_programs[i]);
        str_free(&out);
        str_free(&text);
    }
}

static void spellings_become_ascii(void **state) {
    (void)state;
    check("P(Y==1)\n", "P(Y = 1)\n");
    check("model m{A\xE2\x86\x92"
          "B;B\xE2\x86\x94"
          "C}",
          "model m { A -> B; B <-> C }\n");
    check("A \xE2\xAB\xAB B|C", "A _||_ B | C\n");
    check("1 \xE2\x89\xA4 2 and 3\xE2\x89\xA5"
          "2 or x\xE2\x89\xA0y or x\xE2\x88\x88 {1}",
          "1 <= 2 and 3 >= 2 or x != y or x in {1}\n");
}

static void spaces_show_how_tightly_things_bind(void **state) {
    (void)state;
    check("2 * X + 3*( Y-1 ) / 4", "2*X + 3*(Y - 1)/4\n");
    check("X[ t - 1 ]+xs[ 2*i ]", "X[t-1] + xs[2*i]\n");
    check("1 .. n - 1", "1..n-1\n");
    check("P(A)*P(B)", "P(A) * P(B)\n");
    check("x^2^-1 mod 3", "x^2^-1 mod 3\n");
    check("- x - - y", "-x - -y\n");
    check("x<-y", "x < -y\n");
    check("P( A ,B|C ,do( X=1 ) )", "P(A, B | C, do(X = 1))\n");
    check("f( x,n :3 )", "f(x, n: 3)\n");
    check("{a :1,b: 2}", "{a: 1, b: 2}\n");
    check("not( a )and b", "not (a) and b\n");
}

static void statements_have_one_form(void **state) {
    (void)state;
    same("import \"net.bif\" as `my net`\n");
    same("use survey\n");
    same("def ATE(X -> Y, treated: high(X)) = E[Y | do(X = treated)]\n");
    same("def q = P(A | B)\n");
    same("model growth(n: 9) \"doc\" { X[i] ~ 0.5 for i in 1..n }\n");
    same("model m = other with do(X = 1)\n");
    same("assert a ~= b within 0.01, \"close\"\n");
    same("check m from d\n");
    same("check P(A) against m0 from d\n");
    same("evaluate(n: 500, seed: 1) ATE(X -> Y) under m using [ipw, aipw(k: 2)]\n");
    same("show m\n");
    same("ladder Y, X\n");
    check("ladder  `my Y` ,X+1   under  m", "ladder `my Y`, X + 1 under m\n");
    same("explain A, B _||_ C, D | E\n");
    same("assume Y[X = a] >= 0 for a in 0..1\n");
    same("test \"it\" { let x = 1; assert x = 1 }\n");
    same("(P(A) under m1) - (P(A) under m2)\n");
}

static void items_have_one_form(void **state) {
    (void)state;
    same("model m {\n"
         "  observed Income : bool ~ 0.4 if Told\n"
         "  observed T up to C\n"
         "  selected S\n"
         "  noise U, V ~ mvnormal([0, 0], [[1, 0.5], [0.5, 1]])\n"
         "  G : ordered {low, mid, high}\n"
         "  factor A, B { a, b => 9; _ => 1 }\n"
         "  factor exp(-x)\n"
         "  {A, B} -> C <- D\n"
         "  remove X -> Y\n"
         "  X[t-1] -> X[t] for t in 2..5 if t != 3\n"
         "}\n");
    same("model m {\n  A \"a label\" : bool ~ 0.5\n}\n");
}

static void questions_have_one_form(void **state) {
    (void)state;
    same("I(V; W | C)\n");
    same("H(V, base: e | W)\n");
    same("argmax P(A, B | C = 1)\n");
    same("marginals(A = 1, do(B = 2))\n");
    same("marginals()\n");
    same("P(Y | do(not X, X -> M = 1, Z ~ bernoulli(0.3)), factor exp(-Y), W ~ {true: 0.8})\n");
    same("P(Y[X = 1, M = M[X = 0]] = 1 | X[] = 0, Y[not X])\n");
    same("E[R | do(A = ?, B = ?(R1, R2))]\n");
    same("d where Age > 40 with { Old = Age > 60 }\n");
    same("d select A, re\"^x\\d+\"\n");
    same("let d = data A, B { a, _ => 2; b, 3 }\n");
    same("Y ~= 2\n");
    same("mix {normal(0, 1): 0.3, d2: 0.7}\n");
}

static void quotes_stay_where_they_are_needed(void **state) {
    (void)state;
    check("`P`(x) + `x` + `a b` + `if` + `mod` + P (y)",
          "`P`(x) + x + `a b` + `if` + `mod` + `P`(y)\n");
    check("model m { `H`[t] ~ 0.5 for t in 1..3; `E` -> F }",
          "model m { `H`[t] ~ 0.5 for t in 1..3; E -> F }\n");
    same("let s = \"a\\\"b\\\\c\\nd\"\n");
}

static void columns_are_aligned(void **state) {
    (void)state;
    check("model m {\n latent U : bool ~ 0.5\n A ~ 0.5\n Bcd : {x, y} ~ {x: 1}\n E : bool = "
          "A\n\n F = 1\n}",
          "model m {\n"
          "  latent U : bool ~ 0.5\n"
          "  A   ~ 0.5\n"
          "  Bcd : {x, y} ~ {x: 1}\n"
          "  E   : bool   = A\n"
          "\n"
          "  F = 1\n"
          "}\n");
    check("case A,B {\n true,false=>1\n false,_=>2\n _=>3 }", "case A, B {\n"
                                                              "  true,  false => 1\n"
                                                              "  false, _     => 2\n"
                                                              "  _            => 3\n"
                                                              "}\n");
}

static void comments_stay(void **state) {
    (void)state;
    check("#!shebang\n\n\n# a\nlet x = 1 # b\nlet long = 22 #=> c # d\n\n\n#  e\nP(x,# f\n y # "
          "g\n)# h\n#i",
          "#!shebang\n"
          "\n"
          "# a\n"
          "let x = 1      # b\n"
          "let long = 22  #=> c # d\n"
          "\n"
          "#  e\n"
          "P(x,  # f\n"
          "  y)  # g\n"
          "# h\n"
          "#i\n");
    check("model m { # open\n\n  # one\n  A -> B # two\n  # three\n\n} # end\n",
          "model m {  # open\n"
          "  # one\n"
          "  A -> B  # two\n"
          "  # three\n"
          "}  # end\n");
    check("model m {\n # only\n}", "model m {\n  # only\n}\n");
    check("# alone", "# alone\n");
    check("", "");
}

static void line_breaks_of_lists_are_kept(void **state) {
    (void)state;
    check("let x = [1, 2, # two\n 3,\n\n 4]", "let x = [1, 2,  # two\n  3,\n  4]\n");
    check("f(\na, b,\nc: {\nx: 1,\n# note\ny: 2\n}\n)",
          "f(\n  a, b,\n  c: {\n    x: 1,\n    # note\n    y: 2\n  }\n)\n");
    check("P(A) from {P(B),\nP(C)}", "P(A) from {P(B),\n  P(C)}\n");
}

static void long_expressions_keep_their_lines(void **state) {
    (void)state;
    check("P(A)-\nP(B)\n -P(C)", "P(A)\n  - P(B)\n  - P(C)\n");
    check("let x = if a\nthen b else\nif c then d # why\nelse e",
          "let x = if a\n  then b\n  else if c then d  # why\n  else e\n");
    check("P(A,\nB |\ndo(C), D)\nunder m\nwith do(X)",
          "P(A,\n  B\n  | do(C), D)\n  under m\n    with do(X)\n");
    check("a mod\nb", "a mod b\n");
    check("let x = a +\ncase b {\n1 => 2 }", "let x = a\n  + case b {\n    1 => 2\n  }\n");
}

static void lines_that_would_join_are_parted(void **state) {
    (void)state;
    check("a; -b", "a;\n-b\n");
    check("let d = data A {\n1; -1\n-2 }", "let d = data A {\n  1;\n  -1 - 2\n}\n");
    check("case x {\n < 0 => 1\n -1 => 2\n 1..2 => -3\n}",
          "case x {\n  < 0  => 1\n  -1   => 2\n  1..2 => -3\n}\n");
}

static void an_expression_is_one_line(void **state) {
    (void)state;
    Text t = text_parse("f([1,\n2], m with {\n A -> B # c\n C : bool ~ case D {\n 1 => 2 } })");
    Str out = {0};
    printer_expression(t.ast.program->kid[0]->kid[0], &out);
    assert_string_equal(str_text(&out),
                        "f([1, 2], m with { A -> B; C : bool ~ case D { 1 => 2 } })");
    str_free(&out);
    text_free(&t);
}

// --- random programs ---

typedef struct Maker {
    Rng rng;
    Str out;
} Maker;

static uint64_t pick(Maker *m, uint64_t n) {
    return rng_below(&m->rng, n);
}

static void space(Maker *m) {
    static const char *const kinds[] = {"", " ", "", " ", "  ", " "};
    str_add(&m->out, kinds[pick(m, 6)]);
}

// White space inside brackets, where lines do not matter.
static void gap(Maker *m) {
    static const char *const kinds[] = {"",       " ",  "",       "",
                                        " # c\n", "\n", "\n\n  ", "\n# own\n "};
    str_add(&m->out, kinds[pick(m, 8)]);
}

static void make_expr(Maker *m, int depth);

static void make_name(Maker *m) {
    static const char *const names[] = {"X",    "Y", "`a b`", "Age",
                                        "`if`", "P", "mod",   "\xC3\xA9t\xC3\xA9"};
    str_add(&m->out, names[pick(m, 8)]);
    space(m);
}

static void make_variable(Maker *m) {
    static const char *const names[] = {"X", "Y", "`a b`", "Z[1]", "W[t-1]", "`H`[_]"};
    str_add(&m->out, names[pick(m, 6)]);
    str_add(&m->out, " ");
}

static void make_list(Maker *m, int depth, void (*one)(Maker *, int)) {
    gap(m);
    for (uint64_t n = pick(m, 3) + 1; n > 0; n--) {
        one(m, depth);
        gap(m);
        if (n > 1) str_add(&m->out, ",");
        gap(m);
    }
}

static void make_assign(Maker *m, int depth) {
    static const char *const kinds[] = {"not X", "X = ", "X[1] ~ ", "X -> M = ", "{A, B} = "};
    uint64_t k = pick(m, 5);
    str_add(&m->out, kinds[k]);
    if (k) make_expr(m, depth - 1);
}

static void make_condition(Maker *m, int depth) {
    switch (pick(m, 5)) {
    case 0:
        str_add(&m->out, "do(");
        make_list(m, depth - 1, make_assign);
        str_add(&m->out, ")");
        break;
    case 1:
        make_variable(m);
        str_add(&m->out, "~ ");
        make_expr(m, depth - 1);
        break;
    case 2:
        str_add(&m->out, "factor exp(");
        make_expr(m, depth - 1);
        str_add(&m->out, ")");
        break;
    default:
        make_expr(m, depth - 1);
    }
}

static void make_head(Maker *m, int depth) {
    static const char *const heads[] = {"P", "E", "Var", "Cov", "logP", "H"};
    bool square = pick(m, 2);
    str_add(&m->out, heads[pick(m, 6)]);
    str_add(&m->out, square ? "[" : "(");
    make_list(m, depth - 1, make_expr);
    if (pick(m, 2)) {
        str_add(&m->out, "|");
        make_list(m, depth - 1, make_condition);
    }
    str_add(&m->out, square ? "]" : ")");
}

static void make_operator(Maker *m, int depth) {
    static const char *const ops[] = {" or ", " and ", "+",       "-",    "*",     "/",
                                      "^",    " mod ", " union ", " +\n", "\n  * "};
    str_add(&m->out, "(");
    make_expr(m, depth - 1);
    uint64_t compare = pick(m, 4);
    if (compare == 0)
        str_add(&m->out, " <= ");
    else
        str_add(&m->out, ops[pick(m, 11)]);
    make_expr(m, 0);
    if (compare > 1) str_add(&m->out, ops[pick(m, 11)]);
    if (compare > 1) make_expr(m, 0);
    str_add(&m->out, ")");
}

static void make_case(Maker *m, int depth) {
    str_add(&m->out, "case X, Y {");
    for (uint64_t n = pick(m, 3) + 1; n > 0; n--) {
        static const char *const rows[] = {"a, b =>", "_ => ", "-1, {x, y} =>",
                                           "< 3, 1..2 => "};
        str_add(&m->out, pick(m, 3) ? "\n" : "\n\n # row\n");
        str_add(&m->out, rows[pick(m, 4)]);
        make_expr(m, depth - 1);
        if (pick(m, 4) == 0) str_add(&m->out, " ;");
    }
    str_add(&m->out, "}");
}

static void make_compound(Maker *m, int depth) {
    switch (pick(m, 9)) {
    case 0:
        make_head(m, depth);
        break;
    case 1:
        make_operator(m, depth);
        break;
    case 2:
        make_case(m, depth);
        break;
    case 3:
        str_add(&m->out, "[");
        make_list(m, depth - 1, make_expr);
        str_add(&m->out, "]");
        break;
    case 4:
        str_add(&m->out, "{");
        make_list(m, depth - 1, make_expr);
        str_add(&m->out, "}");
        break;
    case 5:
        str_add(&m->out, "(if ");
        make_expr(m, depth - 1);
        str_add(&m->out, "\nthen ");
        make_expr(m, depth - 1);
        str_add(&m->out, " else\n ");
        make_expr(m, depth - 1);
        str_add(&m->out, ")");
        break;
    case 6:
        str_add(&m->out, "[");
        make_expr(m, depth - 1);
        str_add(&m->out, " for i in 1 .. 3 if i>1]");
        break;
    case 7:
        str_add(&m->out, "Y[");
        make_list(m, depth - 1, make_assign);
        str_add(&m->out, "]");
        break;
    default:
        str_add(&m->out, "f (");
        make_list(m, depth - 1, make_expr);
        str_add(&m->out, pick(m, 2) ? ", k: X->Y->Z)" : ")");
    }
}

static void make_expr(Maker *m, int depth) {
    static const char *const atoms[] = {"1", "0.50",     ".5",          "30%", "1_000", "true",
                                        "?", "\"a\\n\"", "re\"^x\\d\"", "-3",  "1e-3"};
    if (depth > 0 && pick(m, 4))
        make_compound(m, depth);
    else if (pick(m, 2))
        make_name(m);
    else
        str_add(&m->out, atoms[pick(m, 11)]);
}

static void make_item(Maker *m) {
    switch (pick(m, 5)) {
    case 0:
        str_add(&m->out, "A -> {B,C} <- D <-> E");
        break;
    case 1:
        str_add(&m->out, "latent U,V \"both\" : ordered {a,b}");
        break;
    case 2:
        str_add(&m->out, "X[t] : bool ~ ");
        make_expr(m, 2);
        str_add(&m->out, "\n for t in 1..3");
        break;
    case 3:
        str_add(&m->out, "Long_name = ");
        make_expr(m, 2);
        break;
    default:
        str_add(&m->out, "assume ");
        make_expr(m, 2);
    }
    static const char *const ends[] = {"\n", ";", " # note\n", "\n\n\n", "\n # own =>\n"};
    str_add(&m->out, ends[pick(m, 5)]);
}

static void make_block(Maker *m) {
    str_add(&m->out, "{");
    if (pick(m, 2)) gap(m);
    for (uint64_t n = pick(m, 5); n > 0; n--) make_item(m);
    str_add(&m->out, "}");
}

static void make_statement(Maker *m) {
    static const char *const starts[] = {"", "let x=", "explain ",
                                         "def f(X->Y, n:2) = ", "assert "};
    if (pick(m, 3) == 0) {
        str_add(&m->out, pick(m, 2) ? "model m \"doc\" " : "m with ");
        make_block(m);
    } else {
        str_add(&m->out, starts[pick(m, 5)]);
        make_expr(m, 3);
        if (pick(m, 4) == 0) str_add(&m->out, "\n under m with do(X = 1) using [a, b(n: 2)]");
    }
    static const char *const ends[] = {"\n", ";", " #=> 1 # 2\n", "\n\n\n", "\n # own\n"};
    str_add(&m->out, ends[pick(m, 5)]);
}

static void random_programs_survive(void **state) {
    (void)state;
    for (unsigned seed = 0; seed < seeds(300); seed++) {
        Maker m = {0};
        char what[32];
        snprintf(what, sizeof what, "seed %u", seed);
        rng_seed(&m.rng, seed, 1);
        for (uint64_t n = pick(&m, 4) + 1; n > 0; n--) make_statement(&m);
        Text t = text_parse(str_text(&m.out));
        // Some random texts are no programs, by chance: a comparison chain, `X ~ d` in a sum.
        if (!t.diags.errors) {
            Str out = check_round(str_text(&m.out), m.out.len, what);
            str_free(&out);
        }
        text_free(&t);
        str_free(&m.out);
    }
}

static void running_out_of_memory_is_survived(void **state) {
    (void)state;
    Text t = text_parse("model m {\n A : bool ~ case B {\n 1 => 2 # c\n } }\nf([1,\n2])");
    for (long k = 0;; k++) {
        Str out = {0};
        mem_fail_after(k, 1);
        text_print(&t, &out);
        long used = mem_count();
        mem_fail_after(-1, 0);
        bool failed = out.failed;
        str_free(&out);
        if (used <= k) {
            assert_false(failed);
            break;
        }
    }
    text_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_programs_survive),
        cmocka_unit_test(spellings_become_ascii),
        cmocka_unit_test(spaces_show_how_tightly_things_bind),
        cmocka_unit_test(statements_have_one_form),
        cmocka_unit_test(items_have_one_form),
        cmocka_unit_test(questions_have_one_form),
        cmocka_unit_test(quotes_stay_where_they_are_needed),
        cmocka_unit_test(columns_are_aligned),
        cmocka_unit_test(comments_stay),
        cmocka_unit_test(line_breaks_of_lists_are_kept),
        cmocka_unit_test(long_expressions_keep_their_lines),
        cmocka_unit_test(lines_that_would_join_are_parted),
        cmocka_unit_test(an_expression_is_one_line),
        cmocka_unit_test(random_programs_survive),
        cmocka_unit_test(running_out_of_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
