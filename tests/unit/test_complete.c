// What Tab offers, place by place.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "interp/complete.h"

static const char program[] =
    "model clinic {\n"
    "  Smoking : {never, often, \"now and then\"} ~ {never: 0.5, often: 0.25, \"now and then\": 0.25}\n"
    "  Tar : bool ~ if Smoking = never then 0.1 else 0.6\n"
    "  `lung cancer` : bool ~ if Tar then 0.3 else 0.1\n"
    "  Sticks : 0..3 ~ {0: 0.25, 1: 0.25, 2: 0.25, 3: 0.25}\n"
    "}\n"
    "model weather { Rain : bool ~ 0.2; Ground : {wet, dry} ~ if Rain then {wet: 1} else {dry: 1} }\n"
    "let dosed = clinic with do(Tar = true)\n"
    "let three = 3\n"
    "let trial = data A { 1 }\n"
    "def effect(X -> Y, by, strength: 1) = strength\n"
    "use clinic\n";

static Interp *session(void) {
    InterpOptions o = {0};
    Interp *in = interp_new(&o);
    assert_non_null(in);
    assert_int_equal(interp_run(in, "t", NULL, program, strlen(program)), EXIT_OK);
    return in;
}

static void collect(void *user, const char *word) {
    Str *s = user;
    str_printf(s, " %s ", word);
}

// All words offered at the \f, or at the end, each between two spaces.
static Str offered(Interp *in, const char *marked, size_t *start) {
    Str text = {0}, found = {0};
    const char *cursor = strchr(marked, '\f');
    size_t at = cursor ? (size_t)(cursor - marked) : strlen(marked);
    str_add_n(&text, marked, at);
    str_add(&text, cursor ? cursor + 1 : "");
    complete_text(in, str_text(&text), text.len, at, start, collect, &found);
    str_free(&text);
    return found;
}

static void check_exactly(Interp *in, const char *marked, const char *words) {
    size_t start;
    Str found = offered(in, marked, &start);
    assert_string_equal(str_text(&found), words);
    str_free(&found);
}

static void check_word(Interp *in, const char *marked, const char *word, bool wanted) {
    size_t start;
    Str found = offered(in, marked, &start), spaced = {0};
    str_printf(&spaced, " %s ", word);
    bool there = strstr(str_text(&found), str_text(&spaced)) != NULL;
    if (there != wanted)
        fail_msg("%s: %s %s among:%s", marked, word, there ? "is" : "is not", str_text(&found));
    str_free(&found);
    str_free(&spaced);
}

static void levels(void **state) {
    (void)state;
    Interp *in = session();
    check_exactly(in, "P(Smoking = ", " never  often  \"now and then\" ");
    check_exactly(in, "P(Smoking = o", " often ");
    check_exactly(in, "P(Smoking=", " never  often  \"now and then\" ");
    check_exactly(in, "P(Smoking != of", " often ");
    check_exactly(in, "P(Smoking = now", " \"now and then\" ");
    check_exactly(in, "P(Smoking = \"no", " \"now and then\" ");
    check_exactly(in, "P(Tar | do(Smoking = ", " never  often  \"now and then\" ");
    check_exactly(in, "P(`lung cancer`[Tar = ", " false  true ");
    check_exactly(in, "P(Tar[Smoking = never] = t", " true ");
    check_exactly(in, "P(`lung cancer` = f", " false ");
    check_exactly(in, "P(Sticks = ", " 0  1  2  3 ");
    check_exactly(in, "P(Smoking in {never, o", " often ");
    check_exactly(in, "P(Smoking in {", " never  often  \"now and then\" ");
    check_word(in, "P(three = ", "three", true);
    interp_free(in);
}

static void treatments(void **state) {
    (void)state;
    Interp *in = session();
    check_exactly(in, "P(Tar | do(", " Smoking  Tar  `lung cancer`  Sticks ");
    check_exactly(in, "P(Tar | do(Smoking = never, ", " Tar  `lung cancer`  Sticks ");
    check_exactly(in, "P(Tar | do(S", " Smoking  Sticks ");
    check_exactly(in, "clinic with do(T", " Tar ");
    check_exactly(in, "P(Tar[S", " Smoking  Sticks ");
    check_exactly(in, "P(Tar | do(lun", " `lung cancer` ");
    check_exactly(in, "P(Tar | do(`lun", " `lung cancer` ");
    check_exactly(in, "P(Tar | do(`lung ", " `lung cancer` ");
    check_exactly(in, "P(Tar | do(Smoking -> ", " Tar ");
    check_word(in, "E[S", "Smoking", true);
    check_word(in, "E[S", "Sd", true);
    interp_free(in);
}

static void ladders(void **state) {
    (void)state;
    Interp *in = session();
    check_exactly(in, "lad", " ladder ");
    check_exactly(in, "ladder T", " Tar ");
    check_exactly(in, "ladder Tar, ", " Smoking  `lung cancer`  Sticks ");
    check_exactly(in, "ladder Tar, Smoking under cl", " clinic ");
    interp_free(in);
}

static void clauses(void **state) {
    (void)state;
    Interp *in = session();
    check_exactly(in, "P(Tar) under c", " clinic  chain  collider  conditional_iv ");
    check_exactly(in, "P(Tar) under d", " dosed ");
    check_exactly(in, "use w", " weather ");
    check_exactly(in, "P(Tar) from tri", " trial ");
    check_exactly(in, "P(Tar) from cli", " clinic ");
    check_exactly(in, "P(Tar) using e", " eliminate  enumerate  exact ");
    check_exactly(in, "P(Tar) using sampling(s", " seed: ");
    check_exactly(in, "P(Tar) using sampling(n: 10, s", " seed: ");
    check_exactly(in, "P(Tar) using [sam", " sampling ");
    check_exactly(in, "P(Tar) using [exact, sam", " sampling ");
    interp_free(in);
}

// The model in context is the one after `under`, wherever that is typed.
static void models(void **state) {
    (void)state;
    Interp *in = session();
    check_exactly(in, "P(Ground = \f) under weather", " wet  dry ");
    check_exactly(in, "P(Ground | do(\f = 1)) under weather", " Rain  Ground ");
    check_exactly(in, "P(Ra\f) under weather", " Rain ");
    check_word(in, "P(Ra\f)", "Rain", false);
    check_word(in, "P(Gr\f)\nP(Rain) under weather", "Ground", false);
    check_word(in, "[P(Gr\f), P(Tar)] under weather", "Ground", true);
    interp_free(in);
}

static void calls(void **state) {
    (void)state;
    Interp *in = session();
    check_exactly(in, "ATE(Smoking -> Tar, treate", " treated: ");
    check_exactly(in, "ATE(Smoking -> Tar, treated: ",
                  " never  often  \"now and then\"  false  true ");
    check_exactly(in, "ATE(Smoking -> ", " Tar  `lung cancer`  Sticks ");
    check_exactly(in, "NDE(Smoking -> Tar -> ", " `lung cancer`  Sticks ");
    check_word(in, "effect(Smoking -> Tar, ", "strength:", true);
    check_word(in, "effect(Smoking -> Tar, ", "by:", true);
    check_word(in, "effect(Smoking -> Tar, ", "three", true);
    check_word(in, "backdoor_paths(Smoking -> Tar, ", "three", true);
    interp_free(in);
}

static void code(void **state) {
    (void)state;
    Interp *in = session();
    check_word(in, "", "model", true);
    check_word(in, "", "Tar", true);
    check_word(in, "1 + mod", "model", false);
    check_exactly(in, "P(Ta", " Tar ");
    check_exactly(in, "P(\"Ta", "");
    check_exactly(in, "P(Tar) # Ta", "");
    check_exactly(in, "1", "");
    check_exactly(in, "lua { Ta", "");
    check_exactly(in, "model m {\n  Zebra : bool ~ 0.3\n  Y : bool ~ if Ze", " Zebra ");
    check_exactly(in, "model m {\n  Z : {zig, zag} ~ {zig: 1}\n  Y : bool ~ if Z = ",
                  " zig  zag ");
    check_exactly(in, "model m {\n  Z : bo", " bool ");
    check_word(in, "model m {\n  lat", "latent", true);
    size_t start;
    Str found = offered(in, "P(Tar | do(`lu", &start);
    assert_int_equal(start, strlen("P(Tar | do("));
    str_free(&found);
    interp_free(in);
}

static void commands(void **state) {
    (void)state;
    Interp *in = session();
    check_exactly(in, ":mo", " model ");
    check_exactly(in, ":model d", " dosed ");
    check_exactly(in, ":help backdoor_p", " backdoor_paths ");
    check_exactly(in, ":help _||", " _||_ ");
    check_exactly(in, ":help mod", " model  mode  model ");
    check_exactly(in, ":set dig", " digits ");
    check_exactly(in, ":set color ", " on  off ");
    check_exactly(in, ":set color of", " off ");
    check_exactly(in, ":lesson mo", " monty ");
    check_exactly(in, ":time o", " on  off ");
    check_exactly(in, ":type P(Smoking = of", " often ");
    check_exactly(in, ":vars S", "");
    check_exactly(in, ":svg T", "");
    check_exactly(in, ":svg chart.svg P(Ta", " Tar ");
    check_word(in, ":type \f  P(Ta", "three", true);
    interp_free(in);
}

static bool wants(const char *text) {
    return complete_wants_file(text, strlen(text), strlen(text));
}

static void files(void **state) {
    (void)state;
    assert_true(wants("import \"exa"));
    assert_true(wants(":load exa"));
    assert_false(wants("let x = \"exa"));
    assert_false(wants("import exa"));
    assert_false(wants("P(X) # import \"exa"));
    Interp *in = session();
    check_exactly(in, "import \"exa", "");
    interp_free(in);
}

// Whatever is typed, at every place of it.
static void survives(void **state) {
    (void)state;
    static const char *const texts[] = {
        "))]} , , ( { [ -> -> = != in { using using under from do do( ( [ , \" ` \\ # lua { \n } )",
        ":set : = : help", ":type   P(X)", ":svg   a.svg   P(X", ":svg", "-> = , ) ]", "X[ [ ] ] = ", "\xff\xfe P(\xc3", "] = ", "-> ", "using (",
        "with { A -> ", "a: b: c: (d: ", "P(X = `", "use use under under",
    };
    Interp *in = session();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        for (size_t at = 0; at <= strlen(texts[i]); at++) {
            size_t start;
            Str found = {0};
            complete_text(in, texts[i], strlen(texts[i]), at, &start, collect, &found);
            complete_wants_file(texts[i], strlen(texts[i]), at);
            assert_true(start <= at);
            str_free(&found);
        }
    }
    interp_free(in);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels),  cmocka_unit_test(treatments), cmocka_unit_test(clauses),
        cmocka_unit_test(ladders),
        cmocka_unit_test(models),  cmocka_unit_test(calls),      cmocka_unit_test(code),
        cmocka_unit_test(commands), cmocka_unit_test(files),     cmocka_unit_test(survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
