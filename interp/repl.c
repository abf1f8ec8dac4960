// Repl: the conversation at a terminal, or with a pipe.
#include "interp/repl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "interp/command.h"
#include "interp/complete.h"
#include "runtime/base/mem.h"
#include "runtime/base/str.h"

#define HISTORY_KEPT 10000

// --- history --------------------------------------------------------------------------------

static bool make_folders(const char *path) {
    Str part = {0};
    bool ok = true;
    for (const char *p = path; ok && *p; p++) {
        if (*p == '/' && p != path)
            ok = mkdir(str_text(&part), 0700) == 0 || errno == EEXIST;
        str_add_char(&part, *p);
    }
    ok = ok && (mkdir(str_text(&part), 0700) == 0 || errno == EEXIST);
    str_free(&part);
    return ok;
}

// The history file, or an empty Str when there is no home for it.
static Str history_path(void) {
    Str path = {0};
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state && *state) str_printf(&path, "%s/rung", state);
    else if (home && *home) str_printf(&path, "%s/.local/state/rung", home);
    else return path;
    if (make_folders(str_text(&path))) str_add(&path, "/history");
    else str_clear(&path);
    return path;
}

// --- reading lines --------------------------------------------------------------------------

typedef struct Input {
    bool terminal;
    bool interrupted; // Ctrl-C at the prompt: what was typed is dropped
    char *line;       // of getline
    size_t room;
} Input;

// Readline has no argument for its hooks; the cancel flag of the session is what they look at.
static const volatile sig_atomic_t *cancel_flag;

static int on_signal(void) {
    if (cancel_flag && *cancel_flag) rl_done = 1;
    return 0;
}

// The next line without its newline, to be freed with free; NULL at the end of input.
static char *read_line(Input *in, const char *prompt) {
    if (in->terminal) {
        char *line = readline(prompt);
        in->interrupted = cancel_flag && *cancel_flag;
        return line;
    }
    ssize_t n = getline(&in->line, &in->room, stdin);
    if (n < 0) return NULL;
    if (n && in->line[n - 1] == '\n') in->line[n - 1] = '\0';
    return strdup(in->line);
}

// --- entries --------------------------------------------------------------------------------

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void print_time(double seconds) {
    if (seconds < 1e-3) printf("(%.0f us)\n", seconds * 1e6);
    else if (seconds < 1) printf("(%.2f ms)\n", seconds * 1e3);
    else printf("(%.2f s)\n", seconds);
}

// Runs what has been typed so far; true when it was complete and is done with.
static bool run_entry(Session *s, const Str *entry) {
    bool incomplete = false;
    double start = now();
    int status = interp_line(s->interp, str_text(entry), entry->len, &incomplete);
    if (incomplete) return false;
    if (s->time) print_time(now() - start);
    if (status > s->status) s->status = status;
    return true;
}

static bool blank(const char *text) {
    return text[strspn(text, " \t\r\n")] == '\0';
}

static void remember(const Input *in, const Str *entry) {
    if (in->terminal && !blank(str_text(entry))) add_history(str_text(entry));
}

static void reset_cancel(Interp *interp) {
    volatile sig_atomic_t *flag = (volatile sig_atomic_t *)interp_options(interp)->ctl.cancel;
    if (flag) *flag = 0;
}

// One line: part of an entry, a command, or nothing. True when the entry so far is done with.
static bool take_line(Session *s, Input *in, Str *entry, const char *line) {
    if (in->interrupted) {
        putchar('\n');
        return true;
    }
    if (entry->len == 0 && line[strspn(line, " \t")] == ':') {
        str_add(entry, line);
        remember(in, entry);
        command_run(s, line + strspn(line, " \t"));
        return true;
    }
    if (entry->len) str_add_char(entry, '\n');
    str_add(entry, line);
    if (blank(str_text(entry))) return true;
    if (!run_entry(s, entry)) return false;
    remember(in, entry);
    return true;
}

// At the end of input an unfinished entry is run as it is, so that what is missing is reported.
static void finish(Session *s, Str *entry) {
    if (blank(str_text(entry))) return;
    int status = interp_run(s->interp, "<stdin>", NULL, str_text(entry), entry->len);
    if (status > s->status) s->status = status;
}

static void converse(Session *s, Input *in) {
    Str entry = {0};
    while (!s->quit) {
        reset_cancel(s->interp);
        char *line = read_line(in, entry.len ? "  ... " : "rung> ");
        if (!line) break;
        bool done = take_line(s, in, &entry, line);
        free(line);
        fflush(stdout);
        if (done) str_clear(&entry);
    }
    finish(s, &entry);
    str_free(&entry);
}

static void start_terminal(Interp *interp, const Str *history) {
    cancel_flag = interp_options(interp)->ctl.cancel;
    rl_readline_name = "rung";
    rl_signal_event_hook = on_signal;
    complete_install(interp);
    if (history->len) read_history(str_text(history));
    printf("Rung " RUNG_VERSION ": seeing, doing, imagining.   :help tells more, :quit ends.\n");
}

static void end_terminal(const Str *history) {
    if (history->len) {
        stifle_history(HISTORY_KEPT);
        write_history(str_text(history));
    }
    clear_history();
    putchar('\n');
}

int repl_run(Interp *interp) {
    Session session = {.interp = interp};
    Input in = {.terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)};
    Str history = {0};
    if (in.terminal) {
        history = history_path();
        start_terminal(interp, &history);
    }
    converse(&session, &in);
    if (in.terminal) end_terminal(&history);
    str_free(&history);
    free(in.line);
    return in.terminal ? EXIT_OK : session.status;
}
