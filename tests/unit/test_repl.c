// Tests of the conversation: the program typed at on a pseudo-terminal, and fed through a pipe.
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/base/str.h"
#include "tests/unit/program_run.h"

// The longest that an answer may take before a test fails, in milliseconds.
#define PATIENCE 10000

static long now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// --- a conversation on a terminal -----------------------------------------------------------

typedef struct Talk {
    int fd;
    pid_t pid;
    Str seen;    // all that was printed
    size_t mark; // what lies before it was looked at
} Talk;

static Talk talk_open_on(unsigned short columns, const char *locale) {
    Talk t = {0};
    struct winsize size = {.ws_row = 50, .ws_col = columns};
    t.pid = forkpty(&t.fd, NULL, NULL, &size);
    if (t.pid < 0) {
        print_message("no pseudo-terminal: %s\n", strerror(errno));
        skip();
    }
    if (t.pid == 0) {
        setenv("TERM", "dumb", 1);
        setenv("NO_COLOR", "1", 1);
        setenv("LC_ALL", locale, 1);
        setenv("INPUTRC", "/dev/null", 1);
        setenv("XDG_STATE_HOME", folder, 1);
        execl(program(), "rung", (char *)NULL);
        _exit(127);
    }
    return t;
}

static Talk talk_open(void) {
    return talk_open_on(4000, "C.UTF-8");
}

// Reads what comes within `wait` milliseconds; false at the end or when nothing came.
static bool talk_read(Talk *t, long wait) {
    struct pollfd p = {.fd = t->fd, .events = POLLIN};
    char part[4096];
    if (wait < 0 || poll(&p, 1, (int)wait) <= 0) return false;
    ssize_t n = read(t->fd, part, sizeof part);
    if (n <= 0) return false;
    for (ssize_t i = 0; i < n; i++)
        if (part[i] != '\r') str_add_char(&t->seen, part[i]);
    return true;
}

// Waits until `text` is printed after the mark, and moves the mark behind it.
static void talk_expect(Talk *t, const char *text) {
    long end = now_ms() + PATIENCE;
    for (;;) {
        const char *found = strstr(str_text(&t->seen) + t->mark, text);
        if (found) {
            t->mark = (size_t)(found - str_text(&t->seen)) + strlen(text);
            return;
        }
        if (!talk_read(t, end - now_ms())) break;
    }
    fail_msg("\"%s\" did not come; seen: %s", text, str_text(&t->seen) + t->mark);
}

static void talk_type(Talk *t, const char *keys) {
    assert_int_equal(write(t->fd, keys, strlen(keys)), strlen(keys));
}

// Waits for the prompt, types the keys and Return.
static void talk_say(Talk *t, const char *keys) {
    talk_expect(t, "rung> ");
    talk_type(t, keys);
    talk_type(t, "\n");
}

// An entry and a part of its answer, which must not be a part of the entry.
static void talk_ask(Talk *t, const char *keys, const char *answer) {
    talk_say(t, keys);
    talk_expect(t, "\n");
    talk_expect(t, answer);
}

static int talk_end(Talk *t) {
    int status;
    while (talk_read(t, PATIENCE)) continue;
    assert_int_equal(waitpid(t->pid, &status, 0), t->pid);
    close(t->fd);
    str_free(&t->seen);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

// Ctrl-D at the prompt.
static int talk_close(Talk *t) {
    talk_expect(t, "rung> ");
    talk_type(t, "\004");
    return talk_end(t);
}

static const char model[] =
    "model clinic { Smoking : {never, often} ~ {never: 0.75, often: 0.25}; "
    "Cough : bool ~ if Smoking = often then 0.6 else 0.1 }";

static Talk talk_open_model(void) {
    Talk t = talk_open();
    talk_say(&t, model);
    return t;
}

static void answers(void **state) {
    (void)state;
    Talk t = talk_open();
    talk_expect(&t, "Rung ");
    talk_ask(&t, "40 + 2", "42\n");
    talk_ask(&t, "ans / 2", "21\n");
    talk_ask(&t, "", "");
    assert_int_equal(talk_close(&t), 0);
}

static void continues_entries(void **state) {
    (void)state;
    Talk t = talk_open();
    talk_say(&t, "model m {");
    talk_expect(&t, "  ... ");
    talk_type(&t, "A : bool ~ 0.25\n");
    talk_expect(&t, "  ... ");
    talk_type(&t, "}\n");
    talk_say(&t, "P(A) +");
    talk_expect(&t, "  ... ");
    talk_type(&t, "0.5\n");
    talk_expect(&t, "0.75\n");
    assert_int_equal(talk_close(&t), 0);
}

// Return on an empty line, where an entry is not complete, is answered.
static void tells_what_is_open(void **state) {
    (void)state;
    Talk t = talk_open();
    talk_say(&t, "model m {");
    talk_expect(&t, "  ... ");
    talk_type(&t, "\n\n");
    talk_expect(&t, "not complete");
    talk_expect(&t, "  ... ");
    talk_type(&t, "A : bool ~ 0.25 }\n");
    talk_ask(&t, "P(A)", "0.25\n");
    talk_ask(&t, "help", "colon: :help\n");
    talk_ask(&t, "exit", "colon: :quit\n");
    assert_int_equal(talk_close(&t), 0);
}

static void completes(void **state) {
    (void)state;
    Talk t = talk_open_model();
    talk_ask(&t, "P(Cou\t)", "0.225\n");
    talk_ask(&t, "P(Smoking = of\t)", "0.25\n");
    talk_ask(&t, "P(Smoking = of\t) under cl\t", "0.25\n");
    talk_ask(&t, "P(Cough | do(Smoking = ne\t))", "0.1\n");
    talk_ask(&t, ":ty\t 1/2", "number\n");
    talk_ask(&t, ":help margin\t", "marginals");
    talk_ask(&t, "margin\t()", "Smoking");
    assert_int_equal(talk_close(&t), 0);
}

static void completes_by_place(void **state) {
    (void)state;
    Talk t = talk_open_model();
    talk_ask(&t, "P(Cough | do(Sm\t = of\t))", "0.6\n");
    talk_ask(&t, "P(Cough) using enum\t", "0.225\n");
    talk_ask(&t, "P(Cough) using sampling(se\t 7, n: 4000)", "sampled");
    talk_ask(&t, "ATE(Smoking -> Cough, treate\t nev\t, control: nev\t)", "0\n");
    talk_ask(&t, ":set dig\t 3", "digits = 3");
    talk_ask(&t, ":help causal_p\t", "causal_paths(");
    talk_ask(&t, "model people { `lung cancer` : bool ~ 0.1; Age : {\"not old\", old} ~ {\"not old\": 0.5, old: 0.5} }", "");
    talk_ask(&t, "P(`lung c\t)", "0.1\n");
    talk_ask(&t, "P(lun\t)", "0.1\n");
    talk_ask(&t, "P(Age = \"no\t) + 1", "1.5\n");
    talk_ask(&t, "P(Cough | Smoking = ) under clinic\002\002\002\002\002\002\002\002\002\002\002\002\002\002of\t", "0.6\n");
    talk_ask(&t, "import \"tests/data/networks/asia.b\t", "");
    talk_ask(&t, "P(dysp = y\t)", "0.436\n");
    talk_ask(&t, ":model peop\t", "");
    talk_ask(&t, ":load tests/data/networks/asia.b\t", "");
    talk_ask(&t, "P(dysp = y\t)", "0.436\n");
    assert_int_equal(talk_close(&t), 0);
}

// What earlier lines of an entry declare is known in the later ones.
static void completes_across_lines(void **state) {
    (void)state;
    Talk t = talk_open();
    talk_say(&t, "model m {");
    talk_expect(&t, "  ... ");
    talk_type(&t, "Zebra : {zig, zag} ~ {zig: 0.5, zag: 0.5}\n");
    talk_expect(&t, "  ... ");
    talk_type(&t, "Y : bool ~ if Zeb\t = za\t then 0.25 else 0.75 }\n");
    talk_ask(&t, "P(Y | Zebra = zag)", "0.25\n");
    assert_int_equal(talk_close(&t), 0);
}

static void keeps_history(void **state) {
    (void)state;
    Talk t = talk_open();
    talk_ask(&t, "100 + 11", "111\n");
    assert_int_equal(talk_close(&t), 0);
    t = talk_open();
    talk_say(&t, "\020");
    talk_expect(&t, "\n111\n");
    assert_int_equal(talk_close(&t), 0);
}

static void drops_a_line(void **state) {
    (void)state;
    Talk t = talk_open();
    talk_expect(&t, "rung> ");
    talk_type(&t, "70 *");
    talk_expect(&t, "70 *");
    talk_type(&t, "\003");
    talk_ask(&t, "5", "\n5\n" + 1);
    talk_say(&t, "f(1,");
    talk_expect(&t, "  ... ");
    talk_type(&t, "\003");
    talk_ask(&t, "2 * 3", "6\n");
    assert_int_equal(talk_close(&t), 0);
}

// A chain of so many variables, summed out by enumeration, runs for minutes.
static void say_chain(Talk *t, int length) {
    Str text = {0};
    str_add(&text, "model chain { X1 : bool ~ 0.3");
    for (int i = 2; i <= length; i++)
        str_printf(&text, "; X%d : bool ~ if X%d then 0.7 else 0.2", i, i - 1);
    str_add(&text, " }");
    talk_say(t, str_text(&text));
    str_free(&text);
}

// Types Ctrl-C soon after a question that would take minutes; the next answer is right.
static void interrupt(Talk *t, const char *question) {
    talk_say(t, question);
    talk_expect(t, "\n");
    usleep(100000);
    talk_type(t, "\003");
    talk_expect(t, "E0307");
    talk_ask(t, "2 * 8", "16\n");
}

static void stops_a_computation(void **state) {
    (void)state;
    Talk t = talk_open();
    say_chain(&t, 26);
    interrupt(&t, "P(X26) using enumerate");
    interrupt(&t, "P(X2 | X26) using sampling(n: 1_000_000_000_000)");
    talk_say(&t, "model grid { V[1, j] : bool ~ 0.4 for j in 1..8; V[i, j] : bool ~ "
                 "if V[i-1, j] = V[i-1, if j = 1 then 8 else j - 1] then 0.8 else 0.3 "
                 "for i in 2..8 for j in 1..8 }");
    interrupt(&t, "P(V[1, 1] | V[8, 8]) using minibuckets(size: 2, n: 1_000_000_000_000)");
    interrupt(&t, "sum([x for x in 1..3000 for y in 1..3000 for z in 1..3000 if x = y])");
    assert_int_equal(talk_close(&t), 0);
}

// Whoever is impatient presses it several times.
static void takes_several_interrupts_for_one(void **state) {
    (void)state;
    Talk t = talk_open();
    for (int round = 0; round < 3; round++) {
        talk_say(&t, "size([x for x in 1..100000 for y in 1..100000 if x = 0])");
        talk_expect(&t, "\n");
        usleep(50000);
        for (int i = 0; i < 4; i++) talk_type(&t, "\003");
        talk_expect(&t, "E0307");
        talk_ask(&t, "2 * 8", "16\n");
        talk_expect(&t, "rung> ");
        for (int i = 0; i < 4; i++) talk_type(&t, "\003");
        talk_ask(&t, "3 * 9", "27\n");
    }
    assert_int_equal(talk_close(&t), 0);
}

// A question interrupted while it is planned, and asked again, is answered as in a new session.
static void plans_again(void **state) {
    (void)state;
    Str grid = {0}, first = {0};
    str_add(&grid, "model grid { V[1, j] : bool ~ 0.4 for j in 1..9; V[i, j] : bool ~ "
                   "if V[i-1, j] = V[i-1, if j = 1 then 9 else j - 1] then 0.8 else 0.3 "
                   "for i in 2..9 for j in 1..9 }");
    for (int round = 0; round < 3; round++) {
        Talk t = talk_open();
        talk_say(&t, ":set digits 17");
        talk_say(&t, str_text(&grid));
        if (round) {
            talk_say(&t, "P(V[1, 1] | V[9, 9])");
            talk_expect(&t, "\n");
            usleep((useconds_t)round * 2000);
            talk_type(&t, "\003");
            while (talk_read(&t, 300)) continue;
            talk_type(&t, "\n");
            t.mark = t.seen.len;
        }
        talk_say(&t, "0 + P(V[1, 1] | V[9, 9])");
        talk_expect(&t, "\n");
        size_t from = t.mark;
        talk_expect(&t, round ? str_text(&first) : "\n");
        if (!round) str_add_n(&first, str_text(&t.seen) + from, t.mark - from);
        assert_int_equal(talk_close(&t), 0);
    }
    str_free(&grid);
    str_free(&first);
}

// What was entered is remembered even when the session is killed.
static void remembers_what_was_killed(void **state) {
    (void)state;
    Talk t = talk_open();
    talk_ask(&t, "300 + 33", "333\n");
    talk_expect(&t, "rung> ");
    kill(t.pid, SIGKILL);
    assert_int_equal(waitpid(t.pid, NULL, 0), t.pid);
    close(t.fd);
    str_free(&t.seen);
    t = talk_open();
    talk_say(&t, "\020");
    talk_expect(&t, "\n333\n");
    assert_int_equal(talk_close(&t), 0);
}

static void knows_its_commands(void **state) {
    (void)state;
    Talk t = talk_open_model();
    talk_ask(&t, ":help", "Commands:");
    talk_ask(&t, ":help P", "P(");
    talk_ask(&t, ":help E0201", "E0201: ");
    talk_ask(&t, ":help RD", "Source: Rothman");
    talk_ask(&t, ":help napkin", "The Book of Why");
    talk_ask(&t, ":help decisions", "The value of information");
    talk_ask(&t, ":type P(Cough)", "number");
    talk_ask(&t, ":rung P(Cough)", "rung 1: seeing");
    talk_ask(&t, ":rung P(Cough | do(Smoking = often))", "rung 2: doing");
    talk_ask(&t, ":rung 1 + 1", "asks nothing");
    talk_ask(&t, ":explain P(Cough)", "0.225");
    talk_ask(&t, ":model", "clinic");
    talk_ask(&t, ":graph", "│ Cough │");
    talk_ask(&t, ":vars /^C/", "Cough : bool");
    talk_ask(&t, ":vars", "Smoking : {never, often}");
    talk_ask(&t, ":set digits 6", "digits = 6");
    talk_ask(&t, "1/3", "0.333333\n");
    talk_ask(&t, ":set memory 1GB", "memory = 1");
    talk_ask(&t, ":set budget", "budget = 1min");
    talk_ask(&t, ":set budget 500 ms", "budget = 500ms");
    talk_ask(&t, ":set budget 5400s", "budget = 1.5h");
    talk_ask(&t, ":set budget now", "the time one exact answer may take");
    talk_ask(&t, ":set budget 0s", "not 0s");
    talk_ask(&t, ":set digits 40", "1 to 17");
    talk_ask(&t, ":set threads", "threads = 0");
    talk_ask(&t, ":set threads 2", "threads = 2");
    talk_ask(&t, ":set threads -1", "threads is");
    talk_ask(&t, ":set threads 1025", "to 1024");
    talk_ask(&t, ":set colour on", "no setting");
    talk_ask(&t, ":disasm 1 + 2", "binary +");
    talk_ask(&t, ":time", "timing is on");
    talk_ask(&t, "3", "s)\n");
    talk_ask(&t, ":time of", "timing is on or off, not of");
    talk_ask(&t, ":time off", "timing is off");
    talk_ask(&t, ":mdel", "did you mean :model?");
    talk_ask(&t, ":h", ":help NAME tells about");
    talk_ask(&t, ":load tests/data/networks/asia.bif", "");
    talk_ask(&t, "P(dysp = yes)", "0.43597");
    talk_ask(&t, ":model clinic", "");
    talk_ask(&t, ":model", "Smoking");
    talk_say(&t, ":q");
    assert_int_equal(talk_end(&t), 0);
}

// Pictures keep to the width of the terminal, and to the characters that it has.
static void draws_what_fits(void **state) {
    (void)state;
    Talk t = talk_open_on(4000, "C.UTF-8");
    talk_say(&t, model);
    talk_ask(&t, "show P(Smoking)", "never  ██████████████████████████████ 0.75\n");
    assert_int_equal(talk_close(&t), 0);
    t = talk_open_on(4000, "C");
    talk_say(&t, model);
    talk_ask(&t, "show P(Smoking)", "never  ############################## 0.75\n");
    talk_ask(&t, ":graph", "| Cough |");
    talk_expect(&t, "+-------+");
    assert_int_equal(talk_close(&t), 0);
    // Lines typed are broken here, answers are not.
    t = talk_open_on(32, "C.UTF-8");
    talk_ask(&t, "model m {A:{x,y} ~ {x: 1}}", "");
    talk_ask(&t, "show P(A)", "x  ███████████████████████████ 1\n");
    assert_int_equal(talk_close(&t), 0);
}

static void in_folder(Str *path, const char *name) {
    str_clear(path);
    str_printf(path, "%s/%s", folder, name);
}

static void slurp(const char *path, Str *to);

// Charts and graphs go into files of SVG, on the user's own word.
static void draws_files(void **state) {
    (void)state;
    Str path = {0}, entry = {0}, svg = {0};
    Talk t = talk_open_model();
    in_folder(&path, "chart one.svg");
    str_printf(&entry, ":svg \"%s\" P(Smoking)", str_text(&path));
    talk_ask(&t, str_text(&entry), "written to ");
    slurp(str_text(&path), &svg);
    assert_non_null(strstr(str_text(&svg), "<svg "));
    assert_non_null(strstr(str_text(&svg), "often"));
    unlink(str_text(&path));
    talk_ask(&t, ":svg /nowhere/at/all.svg P(Smoking)", "No such file");
    talk_ask(&t, ":svg graph.png", "ends in .svg");
    talk_ask(&t, ":svg number.svg 1 + 1", "there is a picture of");
    talk_ask(&t, ":svg wrong.svg P(Smokin)", "did you mean");
    in_folder(&path, "graph.svg");
    str_clear(&entry);
    str_printf(&entry, ":svg %s", str_text(&path));
    talk_say(&t, str_text(&entry));
    talk_expect(&t, "\n");
    assert_int_equal(talk_close(&t), 0);
    unlink(str_text(&path));
    str_free(&path);
    str_free(&entry);
    str_free(&svg);
}

static void survives_errors(void **state) {
    (void)state;
    Talk t = talk_open_model();
    talk_ask(&t, "P(Cuogh)", "did you mean Cough?");
    talk_ask(&t, "P(Smoking = rarely)", "error");
    talk_ask(&t, "1 +* 2", "error");
    talk_ask(&t, "P(Cough | Smoking = often and Smoking = never)", "error");
    talk_ask(&t, "assert 1 = 2", "error");
    talk_ask(&t, ":type nothing_such", "error");
    talk_ask(&t, ":load /nowhere/at.all", "error");
    talk_ask(&t, ":vars /(/", "missing closing");
    talk_ask(&t, "P(Cough)", "0.225");
    assert_int_equal(talk_close(&t), 0);
}

// On a terminal a long computation shows that it goes on, and leaves nothing of it behind.
static void shows_progress(void **state) {
    (void)state;
    Talk t = talk_open();
    say_chain(&t, 26);
    talk_say(&t, "P(X26) using enumerate");
    talk_expect(&t, "computing");
    talk_type(&t, "\003");
    talk_expect(&t, "          ");
    talk_expect(&t, "E0307");
    assert_int_equal(talk_close(&t), 0);
}

// A student's way through the lesson on Simpson's paradox: looking around, a wrong answer, hints.
static void teaches(void **state) {
    (void)state;
    Talk t = talk_open();
    talk_ask(&t, ":lesson", "1 simpson");
    talk_ask(&t, ":hint", "no lesson going on");
    talk_ask(&t, ":lesson simpson", "Question 1 of 5.");
    talk_ask(&t, "P(Treatment = A)", "0.5\n");
    talk_ask(&t, "0.83", "No, that is not it.");
    talk_ask(&t, ":hint", "273 recovered");
    talk_ask(&t, "273/350", "0.78\nRight.\n");
    talk_expect(&t, "Question 2 of 5.");
    talk_ask(&t, "A", "Right.\n");
    talk_expect(&t, "Question 3 of 5.");
    talk_ask(&t, "P(Size = large | Treatment = A)", "0.7514\nRight.\n");
    assert_int_equal(talk_close(&t), 0);
    t = talk_open();
    talk_ask(&t, ":lesson", "3 of 5");
    talk_ask(&t, ":lesson simpson", "Question 4 of 5.");
    talk_ask(&t, "P(Recovered | Treatment = A)", "asks something else");
    talk_ask(&t, "P(Recovered |", "");
    talk_expect(&t, "  ... ");
    talk_type(&t, "do(Treatment = A))\n");
    talk_expect(&t, "0.8325\nRight.\n");
    talk_expect(&t, "Question 5 of 5.");
    talk_ask(&t, ":back", "Question 4 of 5.");
    talk_ask(&t, ":skip", "An answer is P(Recovered | do(Treatment = A)), which is 0.8325.");
    talk_ask(&t, "0.51*0.931 + 0.49*0.730", "Right.\n");
    talk_expect(&t, "the last question");
    talk_ask(&t, ":lesson", "done\n");
    talk_ask(&t, ":lesson off", "");
    talk_ask(&t, "P(Recovered)", "no model yet");
    assert_int_equal(talk_close(&t), 0);
}

// --- through a pipe -------------------------------------------------------------------------

static Run run_piped_n(const char *input, size_t len) {
    return run_with("", input, len);
}

static Run run_piped(const char *input) {
    return run_piped_n(input, strlen(input));
}

static void reads_pipes(void **state) {
    (void)state;
    check_run(run_piped(""), 0, "", "");
    check_run(run_piped("\n\n"), 0, "", "");
    check_run(run_piped("40 + 2"), 0, "42\n", "");
    check_run(run_piped("40 + 2\nans\n:set digits 2\n1/3\n"), 0,
              "42\n42\ndigits = 2   # significant digits shown, 1 to 17\n0.33\n", "");
    check_run(run_piped("let x = [1,\n 2]\nx\r\n:quit\n3\n"), 0, "[1, 2]\n", "");
    check_run(run_piped("1 +* 2\n7\n"), 65, "7\n", "error");
    check_run(run_piped("assert 1 = 2\n7\n"), 1, "7\n", "error");
    check_run(run_piped("model m {\n A : bool ~ 0.5\n"), 65, "", "error");
    check_run(run_piped(":nonsense\n7\n"), 1, "7\n", "no command");
}

static void teaches_through_pipes(void **state) {
    (void)state;
    static const char entries[] = ":lesson 1 anew\n0.78\nA\n0.75\n:skip\n0.83\n:lesson off\n";
    setenv("XDG_STATE_HOME", folder, 1);
    Run r = run_with("", entries, strlen(entries));
    assert_int_equal(r.status, 0);
    assert_string_equal(str_text(&r.err), "");
    assert_non_null(strstr(str_text(&r.out), "That was the last question of `simpson`."));
    str_free(&r.out);
    str_free(&r.err);
    r = run_with("--json", entries, strlen(entries));
    assert_int_equal(r.status, 0);
    for (const char *p = str_text(&r.out); *p; p = strchr(p, '\n') + 1) {
        assert_int_equal(strncmp(p, "{\"kind\":\"", 9), 0);
        assert_non_null(strchr(p, '\n'));
    }
    static const char right[] = "{\"kind\":\"lesson\",\"text\":\"Right.\\n\"}\n";
    assert_non_null(strstr(str_text(&r.out), right));
    str_free(&r.out);
    str_free(&r.err);
    check_run(run_piped(":hint\n"), 1, "", "no lesson going on");
    check_run(run_piped(":lesson nonsense\n"), 1, "", "there is no lesson nonsense");
    unsetenv("XDG_STATE_HOME");
}

// Every lesson from its beginning to its end, with the right answers and nothing else.
static void teaches_every_lesson(void **state) {
    (void)state;
    static const char entries[] =
        ":lesson 1 anew\n0.78\nA\n0.75\nP(Recovered | do(Treatment = A))\n0.8325\n"
        ":lesson 2 anew\ntrue\n{Summer}\nfalse\nBurglar _||_ Earthquake | Call\n"
        "{Season}\nfalse\n"
        ":lesson 3 anew\n{Age}\nfalse\n{}\nfalse\n{X4, X2}\n{Age, Diet}\n"
        ":lesson 4 anew\n0.8525\n{Smoking}\n{Tar}\n"
        "P(Cancer | do(Smoking = 1)) under belief from seen\nfalse\n"
        ":lesson 5 anew\nAssigned\n0.0026\nATE(Taken -> Lived) under vitamin from sumatra\n"
        "0.8\n0.0032\n"
        ":lesson 6 anew\n0.6\nP(not Dead[A = 0] | Dead = 1)\nPN(Drug -> Cured)\n5/8\n5/7\n"
        ":lesson 7 anew\n0.2\nNIE(Hint -> Mention -> Answer)\n0.3\n0.38\n{}\n"
        ":lesson 8 anew\n0.4545\n0.2\nP(Talent | do(Famous = 1))\nLight\n0.24\n{}\n"
        ":lesson 9 anew\n2/3\nfalse\nP(Prize = 2 | Picked = 1, do(Opened = 3))\n1/2\n0.99\n"
        ":lesson 10 anew\n2\n0.45\nse(level)\n1_000_000\nDose\n";
    setenv("XDG_STATE_HOME", folder, 1);
    Run r = run_with("", entries, strlen(entries));
    unsetenv("XDG_STATE_HOME");
    size_t ended = 0;
    for (const char *p = str_text(&r.out); (p = strstr(p, "That was the last question")); p++)
        ended++;
    assert_int_equal(ended, 10);
    assert_null(strstr(str_text(&r.out), "No, that"));
    assert_int_equal(r.status, 0);
    str_free(&r.out);
    str_free(&r.err);
}

// An exact answer and two sampled ones.
static void threads_change_no_answer(void **state) {
    (void)state;
    static const char text[] = "model m {\n X ~ normal(0, 1)\n Y ~ normal(X * X, 1)\n"
                               " B : bool ~ bernoulli(if Y < 0 then 0.3 else 0.6)\n}\n"
                               "E(Y | X > 0.5)\nE(X | Y = 1)\nP(B | X < 1)\n";
    Run one = run_with("--tolerance 0.005 --digits 17 --threads 1", text, strlen(text));
    assert_int_equal(one.status, 0);
    assert_string_equal(str_text(&one.err), "");
    assert_non_null(strstr(str_text(&one.out), "sampled"));
    static const char *const others[] = {"--threads=2", "--threads 3", ""};
    for (size_t i = 0; i < 3; i++) {
        Str options = {0};
        str_printf(&options, "--tolerance 0.005 --digits 17 %s", others[i]);
        Run other = run_with(str_text(&options), text, strlen(text));
        check_run(other, 0, str_text(&one.out), "");
        str_free(&options);
    }
    check_run(run_with("--threads two", "", 0), 2, "", "--threads takes a whole number");
    check_run(run_with("--threads 1025", "", 0), 2, "", "0 to 1024");
    check_run(run_with("--threads -1", "", 0), 2, "", "0 to 1024");
    str_free(&one.out);
    str_free(&one.err);
}

static void reads_odd_bytes(void **state) {
    (void)state;
    check_run(run_piped_n("1 + \0 2\n7\n", 10), 65, "7\n", "error");
    check_run(run_piped_n("\0\n7\n", 4), 65, "7\n", "error");
    check_run(run_piped_n(":type 1\0 2\n7\n", 13), 65, "7\n", "UTF-8");
    check_run(run_piped("\xff\xfe\n7\n"), 65, "7\n", "error");
}

static void reads_long_lines(void **state) {
    (void)state;
    Str text = {0};
    str_add(&text, "sum([1");
    for (int i = 1; i < 200000; i++) str_add(&text, ", 1");
    str_add(&text, "])\n");
    check_run(run_piped_n(str_text(&text), text.len), 0, "200000\n", "");
    str_free(&text);
}

// A block of many lines is not read again for each of them.
static void reads_long_blocks(void **state) {
    (void)state;
    Str text = {0};
    str_add(&text, "model m {\n");
    for (int i = 0; i < 20000; i++) str_printf(&text, "  X%d : bool ~ 0.5 # ( {\n", i);
    str_add(&text, "}\nP(X7)\n");
    check_run(run_piped_n(str_text(&text), text.len), 0, "0.5\n", "");
    str_free(&text);
}

// --- a folder for the history ---------------------------------------------------------------

static int drop_folder(void **state) {
    (void)state;
    Str path = {0};
    str_printf(&path, "%s/rung/history", folder);
    unlink(str_text(&path));
    str_clear(&path);
    str_printf(&path, "%s/rung/lessons", folder);
    unlink(str_text(&path));
    str_clear(&path);
    str_printf(&path, "%s/rung", folder);
    rmdir(str_text(&path));
    str_free(&path);
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(continues_entries),
        cmocka_unit_test(tells_what_is_open),
        cmocka_unit_test(completes),
        cmocka_unit_test(completes_by_place),
        cmocka_unit_test(completes_across_lines),
        cmocka_unit_test(keeps_history),
        cmocka_unit_test(drops_a_line),
        cmocka_unit_test(stops_a_computation),
        cmocka_unit_test(takes_several_interrupts_for_one),
        cmocka_unit_test(plans_again),
        cmocka_unit_test(remembers_what_was_killed),
        cmocka_unit_test(knows_its_commands),
        cmocka_unit_test(draws_what_fits),
        cmocka_unit_test(draws_files),
        cmocka_unit_test(survives_errors),
        cmocka_unit_test(shows_progress),
        cmocka_unit_test(teaches),
        cmocka_unit_test(teaches_through_pipes),
        cmocka_unit_test(teaches_every_lesson),
        cmocka_unit_test(reads_pipes),
        cmocka_unit_test(threads_change_no_answer),
        cmocka_unit_test(reads_odd_bytes),
        cmocka_unit_test(reads_long_lines),
        cmocka_unit_test(reads_long_blocks),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
