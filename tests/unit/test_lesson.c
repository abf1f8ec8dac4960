// Tests of the lessons: each is played with its own answers, with answers found by hand, with
// wrong ones, with its hints, and skipped through.
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "interp/lesson.h"
#include "runtime/base/str.h"
#include "runtime/base/vec.h"

static char folder[] = P_tmpdir "/rung-lesson-XXXXXX";

// --- a session ------------------------------------------------------------------------------

typedef struct Class {
    Interp *in;
    Lesson *lesson;
    Str seen, errors;
} Class;

static void see(void *user, const char *text, size_t len) {
    Class *c = user;
    str_add_n(&c->seen, text, len);
}

static void hear(void *user, const char *text, size_t len) {
    Class *c = user;
    str_add_n(&c->errors, text, len);
}

static void class_open(Class *c) {
    *c = (Class){0};
    InterpOptions o = {.print = see, .report = hear, .user = c};
    c->in = interp_new(&o);
    assert_non_null(c->in);
}

static void class_close(Class *c) {
    lesson_end(c->lesson);
    interp_free(c->in);
    str_free(&c->seen);
    str_free(&c->errors);
}

static void begin(Class *c, const char *which, bool anew) {
    Str wrong = {0};
    str_clear(&c->seen);
    bool ok = lesson_begin(c->in, which, anew, &c->lesson, &wrong);
    if (!ok) fail_msg("%s: %s", which, str_text(&wrong));
    str_free(&wrong);
}

static void type(Class *c, const char *entry) {
    bool incomplete;
    str_clear(&c->seen);
    int status = interp_line(c->in, entry, strlen(entry), &incomplete);
    assert_false(incomplete);
    if (status == EXIT_OK && c->lesson) lesson_entry(c->lesson, entry, strlen(entry));
}

static bool seen(const Class *c, const char *text) {
    return strstr(str_text(&c->seen), text) != NULL;
}

static void expect(const Class *c, const char *what, const char *text) {
    if (!seen(c, text)) fail_msg("%s: no \"%s\" in: %s", what, text, str_text(&c->seen));
    if (strstr(str_text(&c->errors), "error")) fail_msg("%s: %s", what, str_text(&c->errors));
}

// --- the questions of a lesson, read off its text -------------------------------------------

typedef struct Asked {
    char *answer;
    size_t hints;
} Asked;

typedef VEC(Asked) AskedVec;

static AskedVec questions_of(const char *text) {
    AskedVec all = {0};
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n");
        Str line = {0};
        str_add_n(&line, p, n);
        const char *s = str_text(&line);
        if (strncmp(s, "# ? ", 4) == 0) assert_true(VEC_PUSH(&all, (Asked){0}));
        if (strncmp(s, "# ! ", 4) == 0) all.items[all.count - 1].hints++;
        if (strncmp(s, "# = ", 4) == 0 || strncmp(s, "# == ", 5) == 0) {
            char *answer = strdup(strchr(s, '=') + (s[3] == '=' ? 3 : 2));
            char *within = strstr(answer, " within ");
            if (within) *within = '\0';
            all.items[all.count - 1].answer = answer;
        }
        str_free(&line);
        p += n + (p[n] == '\n');
    }
    return all;
}

static void questions_free(AskedVec *all) {
    for (size_t i = 0; i < all->count; i++) free(all->items[i].answer);
    VEC_FREE(all);
}

static void expect_question(const Class *c, const char *name, size_t k, size_t n) {
    Str text = {0};
    if (k < n) str_printf(&text, "Question %zu of %zu.", k + 1, n);
    else str_add(&text, "That was the last question");
    expect(c, name, str_text(&text));
    str_free(&text);
}

// The name without its number.
static const char *name_of(size_t i) {
    return strchr(lesson_files[i].name, '-') + 1;
}

// Wrong answers and all hints first; then the lesson's own answer.
static void play(Class *c, size_t lesson) {
    AskedVec all = questions_of(lesson_files[lesson].text);
    const char *name = name_of(lesson);
    assert_in_range(all.count, 3, 6);
    begin(c, name, true);
    for (size_t k = 0; k < all.count; k++) {
        expect_question(c, name, k, all.count);
        type(c, "123456789");
        expect(c, name, "No, that is not it.");
        type(c, "let nothing = 1");
        expect(c, name, "");
        assert_true(all.items[k].hints > 0);
        for (size_t h = 0; h <= all.items[k].hints; h++) {
            str_clear(&c->seen);
            lesson_hint(c->lesson);
            assert_int_equal(seen(c, "There is no further hint"), h == all.items[k].hints);
        }
        type(c, all.items[k].answer);
        expect(c, all.items[k].answer, "Right.");
    }
    expect_question(c, name, all.count, all.count);
    questions_free(&all);
}

static void plays_with_its_own_answers(void **state) {
    (void)state;
    Class c;
    class_open(&c);
    for (size_t i = 0; lesson_files[i].name; i++) play(&c, i);
    class_close(&c);
}

static void skips_and_goes_back(void **state) {
    (void)state;
    Class c;
    class_open(&c);
    for (size_t i = 0; lesson_files[i].name; i++) {
        AskedVec all = questions_of(lesson_files[i].text);
        begin(&c, name_of(i), true);
        for (size_t k = 0; k < all.count; k++) {
            expect_question(&c, name_of(i), k, all.count);
            str_clear(&c.seen);
            lesson_skip(c.lesson);
            expect(&c, name_of(i), "An answer is ");
        }
        for (size_t k = all.count; k-- > 0;) {
            str_clear(&c.seen);
            lesson_back(c.lesson);
            expect_question(&c, name_of(i), k, all.count);
        }
        questions_free(&all);
    }
    class_close(&c);
}

// --- answers found by hand ------------------------------------------------------------------

typedef struct Try {
    const char *entry, *reply; // NULL: right
} Try;

static void answer(const char *lesson, const Try *tries, size_t n) {
    Class c;
    class_open(&c);
    begin(&c, lesson, true);
    for (size_t i = 0; i < n; i++) {
        const Try *t = &tries[i];
        type(&c, t->entry);
        expect(&c, t->entry, t->reply ? t->reply : "Right.");
        if (t->reply) assert_false(seen(&c, "Right."));
    }
    assert_true(seen(&c, "That was the last question"));
    class_close(&c);
}

#define ANSWER(lesson, ...)                                                                    \
    do {                                                                                       \
        static const Try tries[] = {__VA_ARGS__};                                              \
        answer(lesson, tries, sizeof tries / sizeof *tries);                                   \
    } while (0)

// 273/350 = 0.78; 263/350 = 0.751; 0.51*0.931 + 0.49*0.730 = 0.833.
static void simpson(void **state) {
    (void)state;
    ANSWER("simpson",
           {"P(Size = small)", "0.51\n"},
           {"0.82", "No,"},
           {"273/350", NULL},
           {"B", "No,"},
           {"A", NULL},
           {"P(Size = large | Treatment = B)", "0.2286\n"},
           {"75%", NULL},
           {"0.8325", "The value is right."},
           {"P(Recovered | Treatment = A)", "asks something else"},
           {"P(Recovered | Treatment = A) + 0.052546217", "on another rung"},
           {"P(Recovered | do(Treatment = B)) + 0.053671217", "by chance"},
           {"0.0525458 + P(Recovered | do(Treatment = A)) - 0.0525458 # so", NULL},
           {"0.51*0.931 + 0.49*0.73", NULL});
}

static void separation(void **state) {
    (void)state;
    ANSWER("separation",
           {"Rain _||_ Slippery", "false\n"},
           {"false", "No,"},
           {"true", NULL},
           {"{}", "No,"},
           {"{Summer}", NULL},
           {"true", "No,"},
           {"false", NULL},
           {"Burglar _||_ Earthquake", "asks something else"},
           {"Burglar _||_ Earthquake | Alarm", "by chance"},
           {"explain Earthquake _||_ Burglar | Call", NULL},
           {"{}", "No,"},
           {"{Season, Slippery}", "No,"},
           {"{Season, Wet}", "No,"},
           {"{Season}", NULL},
           {"false", NULL});
}

// The sets are those of Pearl, Causality, 2nd ed., figure 3.4.
static void backdoor(void **state) {
    (void)state;
    ANSWER("backdoor",
           {"{}", "No,"},
           {"{Blood}", "No,"},
           {"{Age}", NULL},
           {"false", NULL},
           {"{U}", "No,"},
           {"{Z}", "No,"},
           {"{}", NULL},
           {"false", NULL},
           {"{X4}", "No,"},
           {"{X3, X5}", "No,"},
           {"{X4, X5}", NULL},
           {"{Age}", "No,"},
           {"{Diet, Age}", NULL});
}

// 0.05*0.90 + 0.95*0.85 = 0.8525; 0.05*(0.10 + 0.90)/2 + 0.95*(0.05 + 0.85)/2 = 0.4525.
static void frontdoor(void **state) {
    (void)state;
    ANSWER("frontdoor",
           {"0.8", "No,"},
           {"0.8525", NULL},
           {"{}", "No,"},
           {"{Smoking}", NULL},
           {"{Smoking}", "No,"},
           {"{Tar}", NULL},
           {"0.4525", "The value is right."},
           {"P(Cancer | Smoking = 1) under seen", "0.8525\nThat asks something else."},
           {"P(Cancer | do(Smoking)) under belief from seen", NULL},
           {"true", "No,"},
           {"false", NULL});
}

// 12048/12094 - 11514/11588 = 0.00258; 9675/12094 = 0.8; and one divided by the other.
static void instruments(void **state) {
    (void)state;
    ANSWER("instruments",
           {"Taken", "No,"},
           {"{Assigned}", NULL},
           {"0.005", "No,"},
           {"12048/12094 - 11514/11588", NULL},
           {"ATE(Assigned -> Lived) under vitamin from sumatra", "asks something else"},
           {"ATE(Taken -> Lived) under vitamin from sumatra", NULL},
           {"80%", NULL},
           {"0.0032", NULL});
}

// By hand: 0.4*0.3/(1 - 0.4*0.7) = 1/6; (80 - 30)/80; (80 - 30)/70.
static void counterfactuals(void **state) {
    (void)state;
    ANSWER("counterfactuals",
           {"0", "No,"},
           {"60%", NULL},
           {"P(not Dead | do(A = 0))", "asks something else"},
           {"1/6", "The value is right."},
           {"P(not Dead[A = 0] | Dead)", NULL},
           {"PNS(Drug -> Cured)", "asks something else"},
           {"P(not Cured[Drug = 0] | Drug = 1, Cured = 1)", NULL},
           {"0.3", "No,"},
           {"0.625", NULL},
           {"0.71", NULL});
}

// 0.2; 0.6*0.3 = 0.18; 0.54 - 0.24 = 0.3; 0.2 + 0.6*0.3 = 0.38.
static void mediation(void **state) {
    (void)state;
    ANSWER("mediation",
           {"0.24", "No,"},
           {"0.2", NULL},
           {"NDE(Hint -> Mention -> Answer)", "asks something else"},
           {"E[Answer[Hint = 0, Mention = Mention[Hint = 1]] - Answer[Hint = 0]]", NULL},
           {"0.18", "No,"},
           {"0.3", NULL},
           {"0.38", NULL},
           {"{Mention}", "No,"},
           {"{}", NULL});
}

// 0.2/(1 - 0.8*0.7) = 0.4545; 0.02*0.616/(0.02*0.616 + 0.98*0.04) = 0.239.
static void selection(void **state) {
    (void)state;
    ANSWER("selection",
           {"0.2", "No,"},
           {"0.2/0.44", NULL},
           {"0.2", NULL},
           {"P(Talent)", "on another rung"},
           {"P(Talent | do(Famous = 1))", NULL},
           {"Defect", "No,"},
           {"Light", NULL},
           {"0.02", "No,"},
           {"0.239", NULL},
           {"{Light}", "No,"},
           {"{}", NULL});
}

static void monty(void **state) {
    (void)state;
    ANSWER("monty",
           {"0.5", "No,"},
           {"2/3", NULL},
           {"true", "No,"},
           {"false", NULL},
           {"P(Prize = 2 | Picked = 1, Opened = 3)", "asks something else"},
           {"P(Prize = 2 | do(Picked = 1, Opened = 3))", NULL},
           {"2/3", "No,"},
           {"1/2", NULL},
           {"0.5", "No,"},
           {"99%", NULL});
}

static void reading_answers(void **state) {
    (void)state;
    ANSWER("answers",
           {"1", "No,"},
           {"2", NULL},
           {"0.55", "No,"},
           {"0.48", NULL},
           {"0.1", "No,"},
           {"se(level)", NULL},
           {"100_000", "No,"},
           {"1_000_000", NULL},
           {"Level", "No,"},
           {"Dose", NULL});
}

// --- around the lessons ---------------------------------------------------------------------

static void leaves_definitions_alone(void **state) {
    (void)state;
    Class c;
    class_open(&c);
    type(&c, "model mine { X : bool ~ 0.25 }");
    type(&c, "let kidney = 7");
    begin(&c, "simpson", true);
    type(&c, "kidney");
    assert_true(seen(&c, "model kidney"));
    type(&c, "let own = 8");
    type(&c, "P(X) under mine");
    expect(&c, "mine", "0.25\n");
    lesson_end(c.lesson);
    c.lesson = NULL;
    type(&c, "[kidney, own, P(X)]");
    expect(&c, "kept", "[7, 8, 0.25]");
    begin(&c, "simpson", true);
    type(&c, "use mine");
    lesson_end(c.lesson);
    c.lesson = NULL;
    type(&c, "P(X)");
    expect(&c, "kept", "0.25\n");
    class_close(&c);
}

// The learner's own current model does not change what is asked.
static void goes_on_from_another_model(void **state) {
    (void)state;
    Class c;
    class_open(&c);
    begin(&c, "simpson", true);
    type(&c, "model other { Recovered : bool ~ 0.9; Treatment : {A, B} ~ {A: 0.5} }");
    type(&c, "P(Recovered | Treatment = A)");
    assert_false(seen(&c, "Right."));
    type(&c, "0.78");
    expect(&c, "0.78", "Question 2");
    type(&c, "P(Recovered)");
    expect(&c, "the lesson's model is current again", "0.8029\n");
    class_close(&c);
}

static void keeps_progress(void **state) {
    (void)state;
    Class c;
    Str list = {0};
    class_open(&c);
    begin(&c, "1", true);
    lesson_skip(c.lesson);
    lesson_skip(c.lesson);
    class_close(&c);
    class_open(&c);
    begin(&c, "simp", false);
    expect(&c, "resumed", "Question 3 of 5.");
    assert_false(seen(&c, "Question 1"));
    type(&c, "P(Size = large | Treatment = A)");
    expect(&c, "resumed", "Right.");
    lesson_list(&list);
    assert_non_null(strstr(str_text(&list), " 3 of 5\n"));
    lesson_skip(c.lesson);
    lesson_skip(c.lesson);
    str_clear(&list);
    lesson_list(&list);
    assert_non_null(strstr(str_text(&list), " done\n"));
    begin(&c, "simpson", false);
    expect(&c, "finished", "Question 1 of 5.");
    str_free(&list);
    class_close(&c);
}

static void does_without_a_file(void **state) {
    (void)state;
    Class c;
    class_open(&c);
    setenv("XDG_STATE_HOME", "/dev/null/nowhere", 1);
    begin(&c, "simpson", false);
    lesson_skip(c.lesson);
    expect(&c, "no file", "Question 2 of 5.");
    begin(&c, "simpson", false);
    expect(&c, "no file", "Question 1 of 5.");
    setenv("HOME", "/dev/null", 1); // for want of another: what is not absolute counts for nothing
    setenv("XDG_STATE_HOME", "nowhere", 1);
    begin(&c, "simpson", false);
    assert_int_not_equal(access("nowhere", F_OK), 0);
    setenv("XDG_STATE_HOME", folder, 1);
    class_close(&c);
}

static void ignores_odd_files(void **state) {
    (void)state;
    static const char *const texts[] = {"", "\n\n", "x", "3 5", "9 5 simpson\n",
                                        "3 7 simpson\n",
                                        "-1 5 simpson\n", "99999999999999999999 5 simpson\n"};
    Class c;
    Str path = {0};
    class_open(&c);
    str_printf(&path, "%s/rung/lessons", folder);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        FILE *f = fopen(str_text(&path), "w");
        assert_non_null(f);
        fputs(texts[i], f);
        fclose(f);
        begin(&c, "simpson", false);
        expect(&c, texts[i], "Question 1 of 5.");
    }
    str_free(&path);
    class_close(&c);
}

// One lesson after another leaves the session as it was before both.
static void puts_back_after_two(void **state) {
    (void)state;
    Class c;
    class_open(&c);
    type(&c, "let cure = 5");
    begin(&c, "counterfactuals", true);
    begin(&c, "answers", true);
    lesson_end(c.lesson);
    c.lesson = NULL;
    type(&c, "cure");
    expect(&c, "cure", "5\n");
    type(&c, "weather");
    assert_non_null(strstr(str_text(&c.errors), "E0201"));
    class_close(&c);
}

// --- lessons from files ---------------------------------------------------------------------

static Str write_lesson(const char *text) {
    Str path = {0};
    str_printf(&path, "%s/own.rung", folder);
    FILE *f = fopen(str_text(&path), "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    return path;
}

static bool begin_text(Class *c, const char *text, Str *wrong) {
    Str path = write_lesson(text);
    str_clear(&c->seen);
    bool ok = lesson_begin(c->in, str_text(&path), true, &c->lesson, wrong);
    unlink(str_text(&path));
    str_free(&path);
    return ok;
}

static void reads_files(void **state) {
    (void)state;
    Class c;
    Str wrong = {0};
    class_open(&c);
    static const char text[] =
        "# Some prose\n# goes on.\n#\n# - an item\n\n"
        "model m { A : bool ~ 0.3 } # with a remark\n"
        "P(A) #=> 0.3\n# ? Sum\n#   or not?\n# = 2 + 2 within 1\n# ! one\n#   more\n# ! two\n"
        "# ? Which set?\n# = {A}\n# : size(it) = 1\n# The end.\n";
    if (!begin_text(&c, text, &wrong)) fail_msg("%s", str_text(&wrong));
    expect(&c, "prose", "Some prose goes on.\n\n  - an item\n");
    expect(&c, "code", "  model m { A : bool ~ 0.3 } # with a remark\n");
    expect(&c, "answer", "  P(A)\n    0.3\n");
    expect(&c, "question", "Question 1 of 2. Sum or not?\n");
    lesson_hint(c.lesson);
    expect(&c, "hint", "one more\n");
    type(&c, "5.1");
    expect(&c, "tolerance", "No,");
    type(&c, "2 * 3");
    assert_string_equal(str_text(&c.seen), "6\n");
    type(&c, "4.9");
    expect(&c, "tolerance", "Right.");
    type(&c, "7");
    expect(&c, "set", "No,");
    type(&c, "{A}");
    expect(&c, "set", "The end.");
    class_close(&c);
    str_free(&wrong);
}

static void refuses_files(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"1 + 1\n", "it asks no question"},
        {"# ? What?\n", ":1: a question needs its answer"},
        {"# ? What?\n1\n# = 1\n", ":1: a question needs its answer"},
        {"\n# = 1\n", ":2: this belongs under a question"},
        {"# ? What?\n# = 1\n# = 2\n", "one answer"},
        {"# ? What?\n# = 1\n# text\n# ! hint\n", ":4: this belongs under"},
    };
    Class c;
    class_open(&c);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Str wrong = {0};
        assert_false(begin_text(&c, rows[i][0], &wrong));
        if (!strstr(str_text(&wrong), rows[i][1])) fail_msg("%zu: %s", i, str_text(&wrong));
        str_free(&wrong);
    }
    Str wrong = {0};
    assert_false(begin_text(&c, "# ? What?\n# = 1\n1 +* 2\n", &wrong));
    assert_int_equal(wrong.len, 0);
    assert_true(c.errors.len > 0);
    assert_false(lesson_begin(c.in, "/nowhere/at.rung", false, &c.lesson, &wrong));
    str_clear(&wrong);
    begin(&c, "monty", true);
    assert_false(lesson_begin(c.in, "simpsn", false, &c.lesson, &wrong));
    assert_non_null(strstr(str_text(&wrong), "did you mean simpson?"));
    str_clear(&c.errors);
    type(&c, "2/3");
    expect(&c, "the lesson goes on", "Right.");
    str_free(&wrong);
    class_close(&c);
}

// What is wrong with a lesson's own answer is said when it is needed, and can be passed.
static void tells_of_broken_answers(void **state) {
    (void)state;
    Class c;
    Str wrong = {0};
    class_open(&c);
    assert_true(begin_text(&c, "# ? q\n# = 1 +* 2\n", &wrong));
    type(&c, "3");
    assert_string_equal(str_text(&c.seen), "3\n");
    assert_non_null(strstr(str_text(&c.errors), "E0101"));
    lesson_skip(c.lesson);
    assert_true(seen(&c, "That was the last question"));
    str_free(&wrong);
    class_close(&c);
}

// Whatever allocation fails, nothing is lost, and the session goes on.
static void does_without_memory(void **state) {
    (void)state;
    static const char text[] = "# Some *prose*.\n\nlet x = 1\n\nx\n# ? Sum\n# = 2 + 2\n# ! a\n"
                               "# : it = 5\n# ? More\n# = {1, 2}\n# The end.\n";
    bool done = false;
    Str path = write_lesson(text);
    for (long n = 0; !done; n++) {
        Class c;
        Str wrong = {0};
        class_open(&c);
        mem_fail_after(n, 0);
        if (lesson_begin(c.in, str_text(&path), true, &c.lesson, &wrong)) {
            bool incomplete;
            if (interp_line(c.in, "4", 1, &incomplete) == EXIT_OK && !incomplete)
                lesson_entry(c.lesson, "4", 1);
            lesson_hint(c.lesson);
            lesson_skip(c.lesson);
            lesson_back(c.lesson);
            done = seen(&c, "Question 2 of 2.") && !c.errors.len && n > 1000;
        }
        mem_fail_after(-1, 0);
        str_clear(&c.errors);
        type(&c, "6*7");
        expect(&c, "goes on", "42\n");
        str_free(&wrong);
        class_close(&c);
    }
    unlink(str_text(&path));
    str_free(&path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plays_with_its_own_answers),
        cmocka_unit_test(skips_and_goes_back),
        cmocka_unit_test(simpson),
        cmocka_unit_test(separation),
        cmocka_unit_test(backdoor),
        cmocka_unit_test(frontdoor),
        cmocka_unit_test(instruments),
        cmocka_unit_test(counterfactuals),
        cmocka_unit_test(mediation),
        cmocka_unit_test(selection),
        cmocka_unit_test(monty),
        cmocka_unit_test(reading_answers),
        cmocka_unit_test(leaves_definitions_alone),
        cmocka_unit_test(goes_on_from_another_model),
        cmocka_unit_test(keeps_progress),
        cmocka_unit_test(does_without_a_file),
        cmocka_unit_test(ignores_odd_files),
        cmocka_unit_test(tells_of_broken_answers),
        cmocka_unit_test(puts_back_after_two),
        cmocka_unit_test(reads_files),
        cmocka_unit_test(does_without_memory),
        cmocka_unit_test(refuses_files),
    };
    if (!mkdtemp(folder)) return 1;
    setenv("XDG_STATE_HOME", folder, 1);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    Str path = {0};
    str_printf(&path, "%s/rung/lessons", folder);
    unlink(str_text(&path));
    str_clear(&path);
    str_printf(&path, "%s/rung", folder);
    rmdir(str_text(&path));
    rmdir(folder);
    str_free(&path);
    return failed;
}
