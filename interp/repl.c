// Repl: the conversation at a terminal, or with a pipe.
#include "interp/repl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "interp/command.h"
#include "interp/complete_tab.h"
#include "interp/lesson.h"
#include "interp/progress.h"
#include "interp/state.h"
#include "runtime/base/mem.h"
#include "runtime/base/str.h"

#define HISTORY_KEPT 10000

// The most that an entry from a pipe may hold, in bytes: there may be no end to it.
#define LARGEST ((size_t)256 << 20)

// --- reading lines --------------------------------------------------------------------------

typedef struct Input {
    bool terminal;
    bool exhausted;   // no memory for a line: it, and what comes behind it, is not read
    bool interrupted; // Ctrl-C at the prompt: what was typed is dropped
    bool endless;     // an entry from the pipe was given up
    char *line;       // the last line, without its newline; it may hold any bytes
    size_t len;
    Str piped;        // holds the line of a pipe
    Str history; // the file that is kept between sessions; empty: none
} Input;

// Readline has no argument for its hooks; the cancel flag of the session is what they look at.
static const volatile sig_atomic_t *cancel_flag;

// Readline's own way of reading a key goes on after Ctrl-C.
static int read_key(FILE *from) {
    unsigned char key;
    while (!*cancel_flag) {
        ssize_t n = read(fileno(from), &key, 1);
        if (n == 1) return key;
        if (n == 0 || errno != EINTR) return EOF;
        rl_check_signals();
    }
    rl_replace_line("", 0);
    return EOF;
}

static bool read_piped(Input *in) {
    int c;
    str_clear(&in->piped);
    while ((c = getc_unlocked(stdin)) != EOF && c != '\n' && in->piped.len <= LARGEST)
        str_add_char(&in->piped, (char)c);
    in->endless = in->piped.len > LARGEST;
    in->exhausted = in->piped.failed;
    in->line = (char *)(uintptr_t)str_text(&in->piped);
    in->len = in->piped.len;
    return !in->endless && !in->exhausted && (c != EOF || in->len);
}

// Reads the next line into in->line; false at the end of input, or when nothing more can be
// read.
static bool read_line(Input *in, const char *prompt) {
    if (in->terminal) {
        free(in->line);
        in->line = readline(prompt);
        in->interrupted = *cancel_flag;
        in->len = in->line ? strlen(in->line) : 0;
        return in->line || in->interrupted;
    }
    return read_piped(in);
}

// --- entries --------------------------------------------------------------------------------

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void print_time(double seconds) {
    if (seconds < 1e-3)
        printf("(%.0f us)\n", seconds * 1e6);
    else if (seconds < 1)
        printf("(%.2f ms)\n", seconds * 1e3);
    else
        printf("(%.2f s)\n", seconds);
}

// What has been typed of an entry.
typedef struct Entry {
    Str text;
    long open; // brackets not closed yet
} Entry;

// Runs what has been typed so far; true when it was complete and is done with.
static bool run_entry(Session *s, const Str *entry) {
    bool incomplete = false;
    double start = now();
    progress_start();
    int status = interp_line(s->interp, str_text(entry), entry->len, &incomplete);
    progress_stop();
    if (incomplete) return false;
    if (s->time) print_time(now() - start);
    if (s->lesson && status == EXIT_OK) lesson_entry(s->lesson, str_text(entry), entry->len);
    if (status > s->status) s->status = status;
    return true;
}

static bool blank(const char *text, size_t len) {
    return strspn(text, " \t\r\n") == len;
}

// Kept at once, so that a session that ends badly is remembered too.
static void remember(const Input *in, const Str *entry) {
    if (!in->terminal || blank(str_text(entry), entry->len)) return;
    add_history(str_text(entry));
    if (in->history.len) append_history(1, str_text(&in->history));
}

static void reset_cancel(Interp *interp) {
    volatile sig_atomic_t *flag = (volatile sig_atomic_t *)interp_options(interp)->ctl.cancel;
    if (flag) *flag = 0;
}

// The brackets that a line leaves open, beyond those in strings and comments.
static long brackets(const char *line, size_t len) {
    long open = 0;
    char quote = '\0';
    for (size_t i = 0; i < len; i++) {
        char c = line[i];
        if (quote && c == '\\')
            i++;
        else if (quote)
            quote = c == quote ? '\0' : quote;
        else if (c == '"' || c == '`')
            quote = c;
        else if (c == '#')
            break;
        else if (c && strchr("([{", c))
            open++;
        else if (c && strchr(")]}", c))
            open--;
    }
    return open;
}

// Whether an entry is a block of Lua, whose brackets are not those of Rung.
static bool begins_lua(const char *text) {
    text += strspn(text, " \t\n");
    if (strncmp(text, "lua", 3) != 0) return false;
    return text[3 + strspn(text + 3, " \t")] == '{';
}

// Whether the entry may go on in the lines to come: nobody waits at a pipe for the mistakes in half
// a block, and to parse it again for each line would take quadratic time.
static bool goes_on(const Input *in, Entry *e) {
    e->open += brackets(in->line, in->len);
    if (begins_lua(str_text(&e->text))) return !memchr(in->line, '}', in->len);
    return e->open > 0;
}

// One line: part of an entry, a command, or nothing. True when the entry so far is done with.
static bool take_line(Session *s, const Input *in, Entry *e) {
    Str *text = &e->text;
    if (in->interrupted) {
        putchar('\n');
        return true;
    }
    bool command = text->len == 0 && in->line[strspn(in->line, " \t")] == ':';
    // Who presses Return again and again does not know what is missing.
    bool again = text->len && str_text(text)[text->len - 1] == '\n';
    if (in->terminal && again && blank(in->line, in->len))
        puts("  (the entry is not complete: close its brackets, or drop it with Ctrl-C)");
    if (text->len) str_add_char(text, '\n');
    str_add_n(text, in->line, in->len);
    if (text->failed) {
        interp_exhausted(interp_options(s->interp));
        s->status = EXIT_INTERNAL;
        return true;
    }
    if (command && strlen(in->line) == in->len) {
        remember(in, text);
        progress_start();
        command_run(s, in->line + strspn(in->line, " \t"));
        progress_stop();
        return true;
    }
    if (blank(str_text(text), text->len)) return true;
    if (!in->terminal && goes_on(in, e)) return false;
    if (!run_entry(s, text)) return false;
    remember(in, text);
    return true;
}

// At the end of input an unfinished entry is run as it is, so that what is missing is reported.
static void finish(Session *s, const Str *entry) {
    if (blank(str_text(entry), entry->len)) return;
    int status = interp_run(s->interp, "<stdin>", NULL, str_text(entry), entry->len);
    if (status > s->status) s->status = status;
}

static bool interrupted(Session *s) {
    return ctl_cancelled(&interp_options(s->interp)->ctl);
}

// The window may have another width by now.
static void measure(Interp *interp) {
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) interp_options(interp)->width = size.ws_col;
}

static void converse(Session *s, Input *in) {
    Entry entry = {0};
    if (in->terminal) complete_tab_install(s->interp, &entry.text);
    while (!s->quit) {
        reset_cancel(s->interp);
        if (!read_line(in, entry.text.len ? "  ... " : "rung> ")) break;
        if (in->terminal) measure(s->interp);
        bool done = take_line(s, in, &entry);
        in->endless = !in->terminal && !done && entry.text.len > LARGEST;
        if (in->endless) break;
        fflush(stdout);
        if (!in->terminal && interrupted(s)) break;
        if (!done) continue;
        str_clear(&entry.text);
        entry.open = 0;
    }
    if (!in->endless && !interrupted(s)) finish(s, &entry.text);
    str_free(&entry.text);
    if (in->terminal) free(in->line);
    str_free(&in->piped);
    if (in->exhausted) {
        interp_exhausted(interp_options(s->interp));
        s->status = EXIT_INTERNAL;
    } else if (in->endless) {
        fputs("rung: standard input: an entry is larger than 256 MiB\n", stderr);
        s->status = EXIT_IO;
    } else if (!in->terminal && ferror(stdin)) {
        fprintf(stderr, "rung: standard input: %s\n", strerror(errno));
        s->status = EXIT_IO;
    }
}

static void start_terminal(Interp *interp, const Str *history) {
    cancel_flag = interp_options(interp)->ctl.cancel;
    rl_readline_name = "rung";
    rl_getc_function = read_key;
    // An entry of several lines comes back as one.
    history_comment_char = '#';
    history_write_timestamps = 1;
    if (history->len && read_history(str_text(history)) == ENOENT)
        write_history(str_text(history));
    printf("Rung " RUNG_VERSION
           ": seeing, doing, imagining.   :lesson teaches, :help tells more, :quit ends.\n");
}

static void end_terminal(const Str *history) {
    if (history->len) history_truncate_file(str_text(history), HISTORY_KEPT);
    clear_history();
    putchar('\n');
}

int repl_run(Interp *interp) {
    Session session = {.interp = interp};
    Input in = {.terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)};
    if (in.terminal) {
        in.history = state_path("history");
        start_terminal(interp, &in.history);
    }
    converse(&session, &in);
    lesson_end(session.lesson);
    if (in.terminal) {
        end_terminal(&in.history);
        reset_cancel(interp);
    }
    str_free(&in.history);
    return in.terminal ? EXIT_OK : session.status;
}
