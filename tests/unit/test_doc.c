// Tests of literate pages: what they hold, and that no program breaks them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <glob.h>
#include <unistd.h>

#include "interp/doc.h"
#include "interp/module.h"
#include "runtime/base/rng.h"
#include "tests/unit/markup.h"

static void ignore(void *user, const char *text, size_t len) {
    (void)user;
    (void)text;
    (void)len;
}

// The page of a text, checked to be well-formed.
static char *page_of(const char *text, size_t len, int status) {
    const InterpOptions options = {.print = ignore, .report = ignore};
    Str out = {0};
    int got = doc_page("a/test.rung", NULL, text, len, &options, &out);
    bool fine = (status < 0 || got == status) && got != EXIT_INTERNAL &&
                markup_check(str_text(&out), out.len) && strlen(str_text(&out)) == out.len;
    if (!fine) printf("exit %d of the program:\n%.*s\n", got, (int)len, text);
    assert_true(fine);
    char *page = str_take(&out);
    assert_non_null(page);
    return page;
}

static char *page(const char *text, int status) {
    return page_of(text, strlen(text), status);
}

static void has(const char *text, const char *what) {
    if (!strstr(text, what)) printf("no %s in:\n%s", what, strstr(text, "<main>"));
    assert_non_null(strstr(text, what));
}

static void lacks(const char *text, const char *what) {
    const char *body = strstr(text, "<main>");
    if (strstr(body, what)) printf("there is %s in:\n%s", what, body);
    assert_null(strstr(body, what));
}

// Each row: a program, and what its page holds and lacks.
typedef struct Row {
    const char *program, *has, *lacks;
} Row;

#define MODEL "model m { X : bool ~ 0.25; Y : bool ~ if X then 0.9 else 0.5 }\n"

static const Row rows[] = {
    // titles
    {"", "<title>test.rung</title>", NULL},
    {"1 + 1\n# A word.", "<h1>test.rung</h1>", "<h1>A word"},
    {"# A title: and more\n1", "<h1>A title</h1>\n<p class=\"lede\">And more</p>", NULL},
    {"# A title (Somebody 2001).\n1", "<h1>A title <small>(Somebody 2001)</small></h1>", NULL},
    {"# What is `a: b`? That.\n1", "<h1>What is <code>a: b</code>?</h1>", NULL},
    {"# # A *real* heading\n1", "<title>A real heading</title>", "<h1>test"},
    {"1\n## Later", "<h1>test.rung</h1>", NULL},
    {"1\n## Later", "<title>Later</title>", NULL},
    {"# Only a title\n#\n1", "<h1>Only a title</h1>\n<div class=\"cell\">", NULL},
    {"#!/usr/bin/rung\n# A title\n1", "<h1>A title</h1>", NULL},
    {"#\n# A title\n#\n# text\n1", "<h1>A title</h1>\n<section>\n<p>text</p>", NULL},
    // prose
    {"# a\n#\n# # One\n## Two\n# --- Three ---\n# text", "<h1>One</h1>\n<h2>Two</h2>\n"
     "<h2>Three</h2>\n<p>text</p>", "---"},
    {"# a\n#\n# *b* <i>c</i> `d` A _||_ B | C", "<em>b</em> &lt;i&gt;c&lt;/i&gt; "
     "<code>d</code> A _||_ B | C", NULL},
    {"# a\n#\n# <script>x</script>\n#\n# ![i](http://x/y.png) [l](javascript:x) &#1;",
     "<a href=\"http://x/y.png\">i</a> <a href=\"\">l</a> \uFFFD", "<img"},
    {"# a\n#\n# <div onclick=\"x\">\n# text", "&lt;div", "<div"},
    {"model m {\n# inside\nX }", "<span class=\"c\"># inside</span>", "<p>inside"},
    // code and answers
    {"1 + 1  #=> 2", "</code></pre>\n<div class=\"answer\">\n<p class=\"value\">2</p>", "#="},
    {"1 + 1\n#=> 2\n2 + 1\n", "<p class=\"value\">3</p>", "#="},
    {"1 + 1  #=> 2   # why\n", "<span class=\"c\"># why</span></code>", "#="},
    {"test \"t\" {\n  1 + 1  #=> 2\n}", "#=&gt; 2", "class=\"value\""},
    {"1; 2; 3", "<p class=\"value\">1</p>\n<p class=\"value\">2</p>\n<p class=\"value\">3</p>",
     NULL},
    {"\"<b>&\"", "<p class=\"value\">&quot;&lt;b&gt;&amp;&quot;</p>", NULL},
    {MODEL "P(Y | X = ?)", "<th scope=\"col\">X</th>", NULL},
    {MODEL "P(X | Y = ?) using sampling(n: 500)", "<span class=\"se\">± ", " +- "},
    {MODEL "show P(X | Y = ?)", "<figure><svg class=\"chart\"", "<table>"},
    {MODEL "show P(X) using sampling(n: 500)", "(sampled: 500 draws, seed 1)", " +- "},
    {MODEL "explain P(Y | do(X = 1))", "<details><summary>How: ", NULL},
    {MODEL "marginals()", "<tr><th scope=\"row\">X</th><td>", NULL},
    {"data A { 1 => 2; _ => 1 }", "<td class=\"n\">2</td>", NULL},
    {"model m { X : 1..30000 ~ uniform(1..30000) }\nP(X)", "... and 29000 more rows", NULL},
    {"lua { print(\"<hello>\") }", "<pre class=\"value\">&lt;hello&gt;</pre>", NULL},
    {"show \"as it <is>\"", "value\">as it &lt;is&gt;</p>", NULL},
    // highlighting
    {"let a = \"s\"", "<span class=\"k\">let</span> a <span class=\"o\">=</span> "
     "<span class=\"s\">&quot;s&quot;</span>", NULL},
    {MODEL "Cov[X, Y]", "<span class=\"f\">Cov</span>[X, Y]", NULL},
    {MODEL "P(X) + 1", "<span class=\"f\">P</span>(X) <span class=\"o\">+</span> "
     "<span class=\"n\">1</span>", NULL},
};

static void contents(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = page(rows[i].program, EXIT_OK);
        has(text, rows[i].has);
        if (rows[i].lacks) lacks(text, rows[i].lacks);
        mem_free(text);
    }
}

// What is wrong stands below its line; what did not run keeps what it expected.
static void mistakes(void **state) {
    (void)state;
    char *text = page("1\nassert 1 = 2\n3  #=> 3", EXIT_FAILED);
    has(text, "2</span></code></pre>\n<div class=\"answer\">\n"
              "<pre class=\"error\"><b>a/test.rung");
    has(text, "<p class=\"value\">1</p>");
    has(text, "#=&gt; 3");
    lacks(text, "<p class=\"value\">3</p>");
    mem_free(text);
    text = page("1  #=> 1\nnobody\n3", EXIT_COMPILE);
    has(text, "nobody</code></pre>\n<div class=\"answer\">\n<pre class=\"error\">");
    has(text, "#=&gt; 1");
    mem_free(text);
    text = page("1\nmodel m {\n  X ->\n}\n3", EXIT_COMPILE);
    has(text, "<pre class=\"error\">");
    mem_free(text);
    text = page("import \"no/such/file\"", EXIT_COMPILE);
    has(text, "<pre class=\"error\">");
    mem_free(text);
    const char note[] = "model m { X : bool ~ 0.25; Y : bool ~ if X then 0.9 else 0.5 }\n"
                        "P(Y[X = 1] | X = 0, Y = 1)\n1";
    text = page(note, EXIT_OK);
    has(text, "<pre class=\"note\">");
    const char *answer = strstr(text, "<p class=\"value\">1</p>");
    assert_true(strstr(text, "<pre class=\"note\">") < answer);
    mem_free(text);
}

// As on a machine without Graphviz: the drawing in characters.
static void without_graphviz(void **state) {
    (void)state;
    char *path = getenv("PATH"), kept[4096];
    snprintf(kept, sizeof kept, "%s", path ? path : "");
    setenv("PATH", "/nonexistent", 1);
    char *text = page("model `<m>` { X -> Y }\nshow `<m>`", EXIT_OK);
    has(text, "┌───┐");
    has(text, "model &lt;m&gt;");
    lacks(text, "<svg");
    mem_free(text);
    setenv("PATH", kept, 1);
    text = page("model `<m>` { `<a>` -> `b & \"c\"`; `<a>` <-> D }\nshow `<m>`", EXIT_OK);
    has(text, "b &amp; &quot;c&quot;");
    mem_free(text);
}

static void hostile(void **state) {
    (void)state;
    static const char *const texts[] = {
        "# </title></style></script>&<!-- ]]> \n\"</title></style><script>\"",
        "model `</figure>` { `</svg>` : {`<b>`, `&`, `\"`} ~ {`<b>`: 0.1, `&`: 0.2} }\n"
        "show P(`</svg>`)\nP(`</svg>`)\nmarginals()\nshow `</figure>`\n"
        "explain P(`</svg>` = `&`)",
        "# \x01\x02\xFF\xC0\x80\xED\xA0\x80\xEF\xBF\xBE `\x7F`\n\"\xFF\x01\"",
        "# a\r\n#\r\n# b\r\n1 + 1\r\n",
        "# [a](\"onclick=\"x) <a href='x' onclick=\"y\"> ![\"](\"\")\n# \n# ```\n# <b>\n",
        "lua { error(\"</pre><script>\") }",
        "lua { print(\"\\0\\1\\255</pre>\") }",
        "assert 1 = 2, \"</pre><b>\"", "`</pre>`", "\"unclosed </pre>", "lua { unclosed </pre>",
        "#", "##", "#!", "# #", "# ---", "#\n#\n#", "# - - -\n# a\n# ===\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) mem_free(page(texts[i], -1));
    static const char zeros[] = "# a\0b\n1 + 1\n\"a\0b\"\n";
    mem_free(page_of(zeros, sizeof zeros - 1, -1));
}

// Pieces of programs and of markup in any order.
static void random_texts(void **state) {
    (void)state;
    static const char *const pieces[] = {
        "# ", "\n", "1 + 1", "#=> 2", "model m { X : bool ~ 0.5 }\n", "P(X)", "show ", "`",
        "\"",
        "{", "}", "<b>", "</pre>", "&amp;", "# --- a ---\n", "*", "_", "[x](y)", "\xFF", "\x01",
        "lua {", "test \"t\" {\n", ";", "(", ")", "explain ", "#", "\n\n", "    ", "```", "> ",
    };
    const char *seeds = getenv("RUNG_SEEDS");
    for (uint64_t seed = 1; seed <= (seeds ? strtoull(seeds, NULL, 10) : 200); seed++) {
        Rng rng;
        rng_seed(&rng, seed, 0);
        Str text = {0};
        for (size_t n = rng_below(&rng, 30); n > 0; n--)
            str_add(&text, pieces[rng_below(&rng, sizeof pieces / sizeof *pieces)]);
        mem_free(page_of(str_text(&text), text.len, -1));
        str_free(&text);
    }
}

// Every example makes a page, and has a title of its own.
static void examples(void **state) {
    (void)state;
    glob_t found;
    assert_int_equal(glob("examples/*.rung", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const InterpOptions options = {.print = ignore, .report = ignore};
        char *text;
        size_t len;
        Str out = {0};
        assert_true(module_read(found.gl_pathv[i], NULL, &text, &len));
        int status = doc_page(found.gl_pathv[i], found.gl_pathv[i], text, len, &options, &out);
        bool fine = status == EXIT_OK && markup_check(str_text(&out), out.len) &&
                    strstr(str_text(&out), "<title>") &&
                    !strstr(str_text(&out), ".rung</title>");
        if (!fine) printf("%s: exit %d\n", found.gl_pathv[i], status);
        assert_true(fine);
        str_free(&out);
        mem_free(text);
    }
    globfree(&found);
}

// A page in a file, and what cannot be read or written.
static void files(void **state) {
    (void)state;
    const InterpOptions options = {.print = ignore, .report = ignore};
    char path[] = P_tmpdir "/rung-doc-XXXXXX", *text;
    size_t len;
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(doc_file("examples/simpson.rung", path, &options), EXIT_OK);
    assert_true(module_read(path, NULL, &text, &len));
    has(text, "<title>Simpson's paradox</title>");
    mem_free(text);
    unlink(path);
    assert_int_equal(doc_file("examples/simpson.rung", "/no/such/page", &options), EXIT_IO);
    assert_int_equal(doc_file("no/such/program", path, &options), EXIT_IO);
}

// Each allocation fails in turn, those of cmark excepted: no crash, and no page that seems
// whole.
static void memory_runs_out(void **state) {
    (void)state;
    static const char text[] = "# A title\n#\n# text\n" MODEL
                               "P(X)\nshow P(X | Y = ?)\nP(Y, X = ?)  #=> 1\nmarginals()\n"
                               "explain P(Y)\nlua { print(1) }\nE[X] using sampling(n: 500)\n";
    const InterpOptions options = {.print = ignore, .report = ignore};
    long total = 0;
    for (long n = -1; n < total; n += 1 + total / 150) {
        Str out = {0};
        mem_fail_after(n, n >= 0);
        int status = doc_page("t", NULL, text, strlen(text), &options, &out);
        if (n < 0) total = mem_count();
        if (n < 0) assert_int_equal(status, EXIT_OK);
        else if (status == EXIT_OK) fail_msg("allocation %ld of %ld", n, total);
        str_free(&out);
        if (n < 0) n = 0;
    }
    mem_fail_after(-1, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contents),         cmocka_unit_test(mistakes),
        cmocka_unit_test(without_graphviz), cmocka_unit_test(hostile),
        cmocka_unit_test(random_texts),     cmocka_unit_test(examples),
        cmocka_unit_test(files),            cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
