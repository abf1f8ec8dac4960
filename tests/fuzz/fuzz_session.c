// Fuzz_session: programs in a session whose time and memory are bounded.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interp/command.h"
#include "interp/interp_inner.h"
#include "interp/lesson.h"
#include "interp/model_text.h"
#include "runtime/base/str.h"
#include "runtime/model/model_import.h"
#include "tests/fuzz/fuzz.h"

static void promise_text(void *user, const char *text, size_t len) {
    (void)user;
    fuzz_promise(len && text[len - 1] == '\n', "what is printed ends in a newline");
    fuzz_promise(strlen(text) == len, "what is printed is text");
}

void fuzz_report(void *user, const char *text, size_t len) {
    promise_text(NULL, text, len);
    const Interp *in = user;
    if (in->broken) fwrite(text, 1, len, stderr);
    fuzz_promise(!in->broken, "there are no internal errors");
}

InterpOptions fuzz_options(void) {
    return (InterpOptions){.print = promise_text, .report = fuzz_report,
                           .lua_steps = 100000, .lua_memory = 8 << 20,
                           .ctl = {.cancel = &fuzz_late, .memory = 64 << 20, .threads = 1,
                                   .budget = 0.05},
                           .budget = {.draws = 500}};
}

Interp *fuzz_begin(const InterpOptions *options) {
    Interp *in = interp_new(options);
    fuzz_promise(in != NULL, "there is memory");
    interp_options(in)->user = in;
    fuzz_alarm(150);
    return in;
}

static void end(Interp *in) {
    fuzz_alarm(0);
    interp_free(in);
}

static void run(bool check, const uint8_t *data, size_t size) {
    InterpOptions options = fuzz_options();
    options.check = check;
    options.tests = true;
    Interp *in = fuzz_begin(&options);
    int status = interp_run(in, "f", NULL, (const char *)data, size);
    fuzz_promise(status != EXIT_INTERNAL, "there are no internal errors");
    end(in);
}

void fuzz_check(const uint8_t *data, size_t size) { run(true, data, size); }
void fuzz_program(const uint8_t *data, size_t size) { run(false, data, size); }

// --- conversations ---------------------------------------------------------------------------

// Commands that write files or read them are left out.
static bool about_files(const char *line) {
    return strncmp(line, ":sv", 3) == 0 || strncmp(line, ":lo", 3) == 0 ||
           (strncmp(line, ":l", 2) == 0 && strpbrk(line, "./"));
}

static void enter(Session *s, Str *entry) {
    bool incomplete = false;
    const char *text = str_text(entry);
    if (*text == ':' && strlen(text) == entry->len) {
        if (!about_files(text)) command_run(s, text);
    } else {
        interp_line(s->interp, text, entry->len, &incomplete);
    }
    if (!incomplete) str_clear(entry);
}

// As at the prompt: a line that is only the beginning of something waits for the next.
void fuzz_lines(const uint8_t *data, size_t size) {
    InterpOptions options = fuzz_options();
    Session s = {.interp = fuzz_begin(&options)};
    Str entry = {0};
    setenv("XDG_STATE_HOME", "/dev/null/none", 1); // where lessons would keep how far one got
    for (size_t i = 0; i < size && !s.quit; i++) {
        bool ends = data[i] == '\n' || i + 1 == size;
        if (data[i] != '\n' || entry.len) str_add_char(&entry, (char)data[i]);
        if (ends && entry.len) enter(&s, &entry);
    }
    // Whatever happened, the session goes on.
    fuzz_alarm(0);
    bool incomplete;
    fuzz_late = 0;
    int status = interp_line(s.interp, "1 + 1", 5, &incomplete);
    fuzz_promise(status == EXIT_OK && !incomplete, "the session goes on");
    lesson_end(s.lesson);
    str_free(&entry);
    interp_free(s.interp);
}

// --- models as programs ----------------------------------------------------------------------

static void complain(void *user, const char *text, size_t len) {
    (void)user;
    fwrite(text, 1, len, stderr);
}

static bool same_numbers(const double *a, const double *b, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (fabs(a[i] - b[i]) > 1e-8 * fmax(1, fabs(a[i]))) return false;
    return true;
}

// A level that reads as a number is that number in a program: 05 is 5.
static bool same_level(const char *a, const char *b) {
    char *a_end, *b_end;
    if (strcmp(a, b) == 0) return true;
    double x = strtod(a, &a_end), y = strtod(b, &b_end);
    return *a && *b && !*a_end && !*b_end && x == y;
}

static bool same_variable(const NetVar *a, const NetVar *b) {
    bool same = strcmp(a->name, b->name) == 0 && a->nlevels == b->nlevels &&
                a->nparents == b->nparents && a->cells == b->cells;
    for (uint32_t i = 0; same && i < a->nlevels; i++)
        same = same_level(a->levels[i], b->levels[i]);
    for (uint32_t i = 0; same && i < a->nparents; i++) same = a->parents[i] == b->parents[i];
    return same && (!a->table || same_numbers(a->table, b->table, a->cells));
}

// Rows that miss 1 by their digits are normalised when a program is read.
static bool same_network(NetFile *a, NetFile *b) {
    netfile_normalise(a);
    netfile_normalise(b);
    bool same = a->nvars == b->nvars && a->nfactors == b->nfactors;
    for (uint32_t i = 0; same && i < a->nvars; i++)
        same = same_variable(&a->vars[i], &b->vars[i]);
    for (uint32_t i = 0; same && i < a->nfactors; i++)
        same = a->factors[i].cells == b->factors[i].cells &&
               same_numbers(a->factors[i].values, b->factors[i].values, a->factors[i].cells);
    return same;
}

static uint32_t declared(const Model *m) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->nvars; i++) n += !m->vars[i]->anonymous;
    return n;
}

// Where one can be written as a network, the other can, and is the same.
static void promise_model(const Model *one, const Model *other) {
    NetFile a = {0}, b = {0};
    Faults faults = {0};
    fuzz_promise(declared(one) == declared(other), "it has all variables");
    bool tables = model_export(one, &a, &faults) == OK;
    bool same = tables == (model_export(other, &b, &faults) == OK);
    if (tables && same) same = same_network(&a, &b);
    fuzz_promise(same, "it has the same tables");
    fault_free(&faults);
    netfile_free(&a);
    netfile_free(&b);
}

void fuzz_program_of(const Model *m) {
    InterpOptions options = fuzz_options();
    Str text = {0};
    model_text_rung(m, &text);
    options.report = complain;
    Interp *in = fuzz_begin(&options);
    int status = interp_run(in, "f", NULL, str_text(&text), text.len);
    if (!fuzz_late) {
        if (status != EXIT_OK) fprintf(stderr, "%s", str_text(&text));
        fuzz_promise(status == EXIT_OK && interp_model(in), "a model that was written is read");
        promise_model(m, interp_model(in));
    }
    str_free(&text);
    end(in);
}

// Functions of Lua are not written along.
void fuzz_written(const uint8_t *data, size_t size) {
    InterpOptions options = fuzz_options();
    Interp *in = fuzz_begin(&options);
    interp_run(in, "f", NULL, (const char *)data, size);
    if (interp_model(in) && !in->lua && !fuzz_late) fuzz_program_of(interp_model(in));
    end(in);
}
