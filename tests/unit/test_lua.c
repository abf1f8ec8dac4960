// Tests of the bridge to Lua: memory that runs out, interruption, and limits of its own.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "interp/complete.h"
#include "interp/interp.h"
#include "runtime/base/mem.h"

typedef struct Heard {
    char printed[2000], reported[2000];
} Heard;

static void append(char *to, const char *text, size_t len) {
    size_t have = strlen(to);
    if (have + len >= 2000) len = 2000 - 1 - have;
    memcpy(to + have, text, len);
    to[have + len] = '\0';
}

static void hear_print(void *user, const char *text, size_t len) {
    append(((Heard *)user)->printed, text, len);
}

static void hear_report(void *user, const char *text, size_t len) {
    append(((Heard *)user)->reported, text, len);
}

static const char program[] =
    "lua {\n"
    "  rung.func{name = 'twice', params = {{'x', 'number'}, {'k', 'number', default = 2}},\n"
    "    doc = 'x, k times.', returns = 'number', call = function(x, k) return x * k end}\n"
    "  rung.func{name = 'same', params = {{'x'}}, call = function(x) return x end}\n"
    "  print(('a b'):gsub('%w+', string.upper))\n"
    "  rung.distribution{name = 'tent', params = {{'w', 'number'}}, support = {-1, 1},\n"
    "    log_density = function(x, w) return math.log(w - math.abs(x)) end,\n"
    "    sample = function(u, w) return u() - u() end}\n"
    "  rung.distribution{name = 'coin', discrete = true, support = {0, 1},\n"
    "    log_density = function(x) return -math.log(2) end}\n"
    "  rung.query{name = 'roots', returns = 'variables', call = function(m)\n"
    "    local t = {} for _, v in ipairs(m.vertices) do\n"
    "      if #m:parents(v) == 0 then t[#t + 1] = v end end return t end}\n"
    "}\n"
    "model m { A ~ bernoulli(0.3); B : 0..4 = twice(A) + 1 }\n"
    "same([1, {2, 3}, \"x\", P(B = ?)])\n"
    "same({1: [2, 3]})\n"
    "sd(tent(1))\n"
    "lua { rung.func{name = 'other', params = {{'t', 'level'}}, returns = 'level',\n"
    "  call = function(t) return t == 'a' and 'b' or 'a' end} }\n"
    "model d { X ~ tent(1); C ~ coin(); L : {a, b} ~ {a: 0.5, b: 0.5}; M : {a, b} = other(L) }\n"
    "P(M = a | L = b)\n"
    "P(C = 1)\n"
    "roots()\n"
    "lua {\n"
    "  print(rung.ask('P(B = 3) under m'), rung.mean(rung.normal(1, 2)), #rung.set{1, 2})\n"
    "  print(rung.model('n', 'X -> Y').edges[1].to, rung.map{{'a', 1}}, rung.ask('B', "
    "rung.ask('m')))\n"
    "}\n";

static int session(Heard *h, const char *text, InterpOptions options) {
    *h = (Heard){0};
    options.print = hear_print;
    options.report = hear_report;
    options.user = h;
    Interp *in = interp_new(&options);
    if (!in) return EXIT_INTERNAL;
    int status = interp_run(in, "test", NULL, text, strlen(text));
    interp_free(in);
    return status;
}

static void memory_runs_out(void **state) {
    (void)state;
    Heard h;
    mem_fail_after(-1, 0);
    int status = session(&h, program, (InterpOptions){0});
    if (status != EXIT_OK) fail_msg("%s", h.reported);
    long total = mem_count();
    long step = getenv("RUNG_SEEDS") ? 1 : 1 + total / 150;
    for (long n = 0; n < total; n += step) {
        mem_fail_after(n, 1);
        // Giving memory back may fail unheard, as Lua does at the end.
        if (session(&h, program, (InterpOptions){0}) == EXIT_OK && n + 10 < total)
            fail_msg("allocation %ld of %ld", n, total);
    }
    // Lua tries again after collecting garbage, so that a single failure may pass.
    for (long n = 0; n < total; n += step) {
        mem_fail_after(n, 0);
        session(&h, program, (InterpOptions){0});
    }
    mem_fail_after(-1, 0);
}

// Long steps: comparing long texts that differ at their ends.
static void long_steps(void **state) {
    (void)state;
    Heard h;
    InterpOptions options = {.lua_steps = 100000};
    const char text[] =
        "lua { local a = ('x'):rep(1000) .. 'a' while a .. 'b' ~= a do a = a .. 'x' end }";
    assert_int_not_equal(session(&h, text, options), EXIT_OK);
    assert_non_null(strstr(h.reported, "E0802"));
}

static void interrupted(void **state) {
    (void)state;
    Heard h;
    volatile sig_atomic_t cancel = 1;
    InterpOptions options = {.ctl.cancel = &cancel, .trust = true};
    assert_int_not_equal(session(&h, "lua { while true do end }", options), EXIT_OK);
    assert_non_null(strstr(h.reported, "interrupted"));
}

static void trusted(void **state) {
    (void)state;
    Heard h;
    const char text[] =
        "lua { print(type(io.open), type(os.execute), type(debug), type(require)) }";
    assert_int_equal(session(&h, text, (InterpOptions){.trust = true}), EXIT_OK);
    assert_string_equal(h.printed, "function\tfunction\ttable\tfunction\n");
}

static void see(void *user, const char *word) {
    append(user, word, strlen(word));
    append(user, " ", 1);
}

static void see_command(void *user, const char *name, const char *doc) {
    see(user, name);
    see(user, doc);
}

// What Lua registers is known to the conversation.
static void conversation(void **state) {
    (void)state;
    Heard h = {0};
    InterpOptions options = {.print = hear_print, .report = hear_report, .user = &h};
    Interp *in = interp_new(&options);
    const char text[] =
        "lua {\n"
        "  rung.command{name = 'greet', doc = 'Greets.', call = function(who)\n"
        "    if who == '' then error('nobody', 0) end return 'hello ' .. who end}\n"
        "  rung.func{name = 'greeting', params = {{'who', 'string', default = 'you'}}, doc = "
        "'A text.',\n"
        "    call = function(who) return who end}\n"
        "}\n";
    bool incomplete, found;
    Str out = {0};
    assert_int_equal(interp_line(in, "lua { print('}'", 15, &incomplete), EXIT_OK);
    assert_true(incomplete);
    assert_int_equal(interp_line(in, text, strlen(text), &incomplete), EXIT_OK);
    assert_true(interp_command(in, "greet", "world", &found, &out));
    assert_string_equal(str_text(&out), "hello world");
    assert_false(interp_command(in, "greet", "", &found, &out));
    assert_true(found);
    assert_non_null(strstr(h.reported, "nobody"));
    assert_false(interp_command(in, "nothing", "", &found, &out));
    assert_false(found);
    str_clear(&out);
    assert_true(interp_help(in, "greeting", &out));
    assert_string_equal(str_text(&out), "greeting(who: \"you\")\nA text.\n");
    assert_false(interp_help(in, "sum", &out));
    str_free(&out);
    char words[2000] = "";
    size_t start;
    interp_commands(in, see_command, words);
    assert_string_equal(words, "greet Greets. ");
    words[0] = '\0';
    complete_text(in, "1 + greet", 9, 9, &start, see, words);
    assert_string_equal(words, "greeting ");
    words[0] = '\0';
    complete_text(in, ":gr", 3, 3, &start, see, words);
    assert_string_equal(words, "graph greet ");
    interp_free(in);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_runs_out), cmocka_unit_test(long_steps),
        cmocka_unit_test(interrupted),     cmocka_unit_test(trusted),
        cmocka_unit_test(conversation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
