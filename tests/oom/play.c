// Play: one run of a scenario.
#include "tests/oom/play.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <jansson.h>

#include "interp/amount.h"
#include "interp/interp.h"
#include "tests/oom/heap.h"

int rung_main(int argc, char **argv); // main.c

#define TALK_MOST ((size_t)1 << 24)

// Asked after every run, outside of any lesson.
static const char leave[] = ":lesson off\n";
static const char after[] = "1 + 1\n"
                            "model after_ { A : bool ~ 0.25; B : bool ~ if A then 0.8 else 0.4 }\n"
                            "P(B | do(A = 1)) - P(B)\n"
                            "P(A | B) under after_\n";

static char folder[] = P_tmpdir "/rung-oom-XXXXXX";

// --- words ------------------------------------------------------------------------------------

enum { WORDS = 64 };

typedef struct Words {
    char *text; // the line, cut into words
    char *word[WORDS];
    int count;
} Words;

// The words of a line, with $TMP put in; 'a b' is one.
static Words words_of(const char *line, size_t len) {
    size_t most = len + 1 + (len / 4 + 1) * sizeof folder;
    Words w = {.text = calloc(2, most)};
    char *to = w.text;
    const char *end = line + len;
    w.word[w.count++] = "rung";
    while (line < end && w.count < WORDS - 1) {
        while (line < end && *line == ' ') line++;
        if (line == end) break;
        char stop = *line == '\'' ? *line++ : ' ';
        w.word[w.count++] = to;
        while (line < end && *line != stop) {
            if (end - line < 4 || strncmp(line, "$TMP", 4) != 0) *to++ = *line++;
            else to = stpcpy(to, folder), line += 4;
        }
        to++;
        line += line < end;
    }
    return w;
}

static Words options_of(const Scenario *s) {
    static const char mark[] = "# oom: ";
    size_t n = sizeof mark - 1;
    const char *line = s->text;
    bool some = s->len > n && memcmp(line, mark, n) == 0;
    return words_of(line + n, some ? strcspn(line, "\n") - n : 0);
}

// --- a program --------------------------------------------------------------------------------

static void print(void *user, const char *text, size_t len) {
    said_add(user, SAID_ANSWER, text, len);
}

static void report(void *user, const char *text, size_t len) {
    said_add(user, SAID_REPORT, text, len);
}

static InterpOptions interp_options_of(const Words *w, Said *said) {
    InterpOptions o = {.print = print, .report = report, .user = said,
                       .ctl = {.threads = 1}, .budget = {.draws = 200}};
    for (int i = 1; i < w->count; i++) {
        const char *word = w->word[i], *next = i + 1 < w->count ? w->word[i + 1] : "";
        if (strcmp(word, "--json") == 0) o.json = true;
        else if (strcmp(word, "--echo") == 0) o.echo = true;
        else if (strcmp(word, "--trust") == 0) o.trust = true;
        else if (strcmp(word, "--color") == 0) o.color = true;
        else if (strcmp(word, "--ascii") == 0) o.ascii = true;
        else if (strcmp(word, "--test") == 0) o.tests = true;
        else if (strcmp(word, "--threads") == 0) o.ctl.threads = (unsigned)atoi(next);
        else if (strcmp(word, "--memory") == 0) amount_bytes(next, &o.ctl.memory);
        else if (strcmp(word, "--dump") == 0) o.dump = next;
    }
    return o;
}

static int run_text(Interp *in, const Scenario *s) {
    return interp_run(in, s->path, s->path, s->text, s->len);
}

static long play_program(const Scenario *s, long n, bool all_after, Said *said) {
    static const char nothing[] = "rung: out of memory\n";
    Words w = options_of(s);
    InterpOptions options = interp_options_of(&w, said);
    said_add(said, SAID_STEP, "program", 7);
    heap_start(n, all_after);
    Interp *in = interp_new(&options);
    int status = in ? run_text(in, s) : EXIT_INTERNAL;
    long count = heap_stop();
    if (!in) said_add(said, SAID_REPORT, nothing, sizeof nothing - 1);
    said_status(said, status);
    if (in) {
        said_add(said, SAID_AFTER, "again", 5);
        said_status(said, run_text(in, s));
        said_add(said, SAID_AFTER, "question", 8);
        said_status(said, interp_run(in, "after", NULL, after, sizeof after - 1));
    }
    interp_free(in);
    free(w.text);
    return count;
}

// --- standard streams -------------------------------------------------------------------------

// What the program sees as its standard input, and where what it writes goes.
typedef struct Streams {
    Said *said;
    const char *text, *end;   // still to be read
    const char *last;         // what is left to read then, with enough memory
    long count;               // of allocations before that
    FILE *in, *out, *err;     // those of this program
} Streams;

// A line at a time.
static ssize_t give_line(void *user, char *to, size_t room) {
    Streams *s = user;
    if (s->text == s->end && s->last) {
        s->count = heap_stop();
        s->text = s->last;
        s->end = s->text + strlen(s->text);
        s->last = NULL;
        said_add(s->said, SAID_AFTER, "", 0);
    } else if (s->text < s->end && s->count < 0) {
        said_add(s->said, SAID_STEP, s->text, strcspn(s->text, "\n"));
    }
    const char *newline = memchr(s->text, '\n', (size_t)(s->end - s->text));
    size_t len = (size_t)((newline ? newline + 1 : s->end) - s->text);
    if (len > room) len = room;
    memcpy(to, s->text, len);
    s->text += len;
    return (ssize_t)len;
}

static bool is_report(const char *text, size_t len) {
    static const char *const marks[] = {"error E", "\"kind\":\"error\"", "\"kind\":\"note\"",
                                        "\"kind\":\"warning\""};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (memmem(text, len, marks[i], strlen(marks[i]))) return true;
    return false;
}

static ssize_t take_out(void *user, const char *text, size_t len) {
    Streams *s = user;
    said_add(s->said, is_report(text, len) ? SAID_REPORT : SAID_ANSWER, text, len);
    return (ssize_t)len;
}

static ssize_t take_err(void *user, const char *text, size_t len) {
    Streams *s = user;
    said_add(s->said, SAID_REPORT, text, len);
    return (ssize_t)len;
}

static void streams_open(Streams *s) {
    static char room[1 << 16];
    s->in = stdin, s->out = stdout, s->err = stderr;
    stdin = fopencookie(s, "r", (cookie_io_functions_t){.read = give_line});
    stdout = fopencookie(s, "w", (cookie_io_functions_t){.write = take_out});
    stderr = fopencookie(s, "w", (cookie_io_functions_t){.write = take_err});
    if (!stdin || !stdout || !stderr) abort();
    setvbuf(stdin, room, _IOFBF, sizeof room);
    setvbuf(stdout, NULL, _IONBF, 0);
    setvbuf(stderr, NULL, _IONBF, 0);
}

static void streams_close(Streams *s) {
    fclose(stdin), fclose(stdout), fclose(stderr);
    stdin = s->in, stdout = s->out, stderr = s->err;
}

// --- a conversation ---------------------------------------------------------------------------

static long play_conversation(const Scenario *s, long n, bool all_after, Said *said) {
    Words w = options_of(s);
    char last[sizeof leave + sizeof after];
    stpcpy(stpcpy(last, leave), after);
    Streams streams = {.said = said, .text = s->text, .end = s->text + s->len, .last = last,
                       .count = -1};
    streams_open(&streams);
    said_add(said, SAID_STEP, "start", 5);
    heap_start(n, all_after);
    int status = rung_main(w.count, w.word);
    long count = heap_stop();
    streams_close(&streams);
    (void)status;
    free(w.text);
    return streams.count < 0 ? count : streams.count;
}

// --- command lines ----------------------------------------------------------------------------

static char *slurp(const char *path, size_t *len) {
    char *text = NULL;
    int c;
    FILE *from = fopen(path, "rb"), *to = from ? open_memstream(&text, len) : NULL;
    while (to && (c = getc(from)) != EOF) putc(c, to);
    if (to) fclose(to);
    if (from) fclose(from);
    return text;
}

// Tells of the files in $TMP that a command mentions.
static void look_at_files(const Words *w, Said *said) {
    for (int i = 1; i < w->count; i++) {
        bool file = strncmp(w->word[i], folder, strlen(folder)) == 0;
        size_t len;
        char *text = file ? slurp(w->word[i], &len) : NULL;
        if (text) said_add(said, SAID_ANSWER, text, len);
        free(text);
    }
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at) {
    (void)info, (void)kind;
    return at->level ? remove(path) : 0;
}

static void empty_folder(void) {
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void run_command(const char *line, size_t len, Said *said) {
    heap_ours();
    Words w = words_of(line, len);
    said_add(said, SAID_STEP, line, len);
    heap_theirs();
    int status = rung_main(w.count, w.word);
    heap_ours();
    look_at_files(&w, said);
    said_status(said, status);
    free(w.text);
    heap_theirs();
}

static long play_commands(const Scenario *s, long n, bool all_after, Said *said) {
    Streams streams = {.said = said};
    streams_open(&streams);
    heap_start(n, all_after);
    const char *line = s->text, *end = line + s->len;
    while (line < end) {
        size_t len = strcspn(line, "\n");
        if (len && *line != '#') run_command(line, len, said);
        line += len + 1;
    }
    long count = heap_stop();
    streams_close(&streams);
    return count;
}

// --- the language server ----------------------------------------------------------------------

// The server ends when jansson gets no memory, so it always does.
static void *give(size_t size) {
    heap_ours();
    void *block = malloc(size);
    heap_theirs();
    return block;
}

void __real_json_set_alloc_funcs(json_malloc_t give_block, json_free_t take_block);
void __wrap_json_set_alloc_funcs(json_malloc_t give_block, json_free_t take_block);

void __wrap_json_set_alloc_funcs(json_malloc_t give_block, json_free_t take_block) {
    (void)give_block;
    __real_json_set_alloc_funcs(give, take_block);
}

static int file_of(const char *name) {
    int fd = memfd_create(name, 0);
    if (fd < 0) abort();
    return fd;
}

static void write_message(int fd, const char *line, size_t len) {
    dprintf(fd, "Content-Length: %zu\r\n\r\n", len);
    if (write(fd, line, len) != (ssize_t)len) abort();
}

static void write_messages(int fd, const Scenario *s) {
    const char *line = s->text, *end = line + s->len;
    while (line < end) {
        size_t len = strcspn(line, "\n");
        if (len > 2 && strncmp(line, "> ", 2) == 0) write_message(fd, line + 2, len - 2);
        line += len + 1;
    }
    lseek(fd, 0, SEEK_SET);
}

static void take_messages(int fd, Said *said) {
    size_t len = (size_t)lseek(fd, 0, SEEK_END), length;
    char *text = calloc(1, len + 1), *at = text;
    if (!text || pread(fd, text, len, 0) != (ssize_t)len) abort();
    while (at < text + len && sscanf(at, "Content-Length: %zu", &length) == 1) {
        at = strstr(at, "\r\n\r\n") + 4;
        bool error = memmem(at, length, "\"error\":{", 9);
        bool told = memmem(at, length, "\"method\"", 8); // not a reply
        const char *end = memmem(at, length, ",\"result\"", 9);
        if (error) said_add(said, SAID_REPORT, at, length);
        else if (!told) said_add(said, SAID_ANSWER, at, end ? (size_t)(end - at) : length);
        at += length;
    }
    free(text);
}

static long play_talk(const Scenario *s, long n, bool all_after, Said *said) {
    char *argv[] = {"rung", "lsp", NULL};
    int in = file_of("in"), out = file_of("out");
    int old_in = dup(STDIN_FILENO), old_out = dup(STDOUT_FILENO);
    Streams streams = {.said = said};
    write_messages(in, s);
    streams_open(&streams);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    said_add(said, SAID_STEP, "talk", 4);
    heap_start(n, all_after);
    int status = rung_main(2, argv);
    long count = heap_stop();
    dup2(old_in, STDIN_FILENO);
    dup2(old_out, STDOUT_FILENO);
    streams_close(&streams);
    take_messages(out, said);
    (void)status;
    close(in), close(out), close(old_in), close(old_out);
    return count;
}

// --- all of them ------------------------------------------------------------------------------

static bool ends(const char *path, const char *ending) {
    size_t n = strlen(path), m = strlen(ending);
    return n > m && strcmp(path + n - m, ending) == 0;
}

long play_run(const Scenario *s, long n, bool all_after, Said *said) {
    said_clear(said);
    empty_folder();
    if (ends(s->path, ".repl")) return play_conversation(s, n, all_after, said);
    if (ends(s->path, ".cmd")) return play_commands(s, n, all_after, said);
    if (ends(s->path, ".talk")) return play_talk(s, n, all_after, said);
    return play_program(s, n, all_after, said);
}

bool play_read(const char *path, Scenario *s) {
    *s = (Scenario){.path = path};
    s->text = slurp(path, &s->len);
    return s->text != NULL;
}

bool play_open(void) {
    int nothing = open("/dev/null", O_RDWR);
    if (nothing < 0 || !mkdtemp(folder)) return false;
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    if (isatty(STDERR_FILENO)) dup2(nothing, STDERR_FILENO);
    close(nothing);
    setenv("XDG_STATE_HOME", folder, 1);
    return true;
}

void play_close(void) {
    empty_folder();
    rmdir(folder);
}
