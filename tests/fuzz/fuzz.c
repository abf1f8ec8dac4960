// Fuzz: the table of targets, and the entry points of libFuzzer. RUNG_FUZZ names the target.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "tests/fuzz/fuzz.h"

static const FuzzTarget targets[] = {
    {"parse", fuzz_parse, FUZZ_TEXT},     {"check", fuzz_check, FUZZ_TEXT},
    {"program", fuzz_program, FUZZ_TEXT}, {"json", fuzz_json, FUZZ_TEXT},
    {"lines", fuzz_lines, FUZZ_TEXT},     {"written", fuzz_written, FUZZ_TEXT},
    {"code", fuzz_code, FUZZ_EDITS},      {"doc", fuzz_doc, FUZZ_TEXT},
    {"regex", fuzz_regex, FUZZ_TEXT},     {"lua", fuzz_lua, FUZZ_TEXT},
    {"pattern", fuzz_pattern, FUZZ_TEXT}, {"lsp", fuzz_lsp, FUZZ_EDITS},
    {"wire", fuzz_wire, FUZZ_TEXT},       {"bif", fuzz_bif, FUZZ_TEXT},
    {"uai", fuzz_uai, FUZZ_TEXT},         {"hugin", fuzz_hugin, FUZZ_TEXT},
    {"xmlbif", fuzz_xmlbif, FUZZ_TEXT},   {"evidence", fuzz_evidence, FUZZ_TEXT},
    {"gz", fuzz_gz, FUZZ_BYTES},          {"dagitty", fuzz_dagitty, FUZZ_TEXT},
    {"dot", fuzz_dot, FUZZ_TEXT},         {"lavaan", fuzz_lavaan, FUZZ_TEXT},
};

const FuzzTarget *fuzz_find(const char *name) {
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        if (name && strcmp(targets[i].name, name) == 0) return &targets[i];
    return NULL;
}

void fuzz_promise(int kept, const char *promise) {
    if (kept) return;
    fprintf(stderr, "broken promise: %s\n", promise);
    abort();
}

// Set when an input has had its processor time: what takes long is interrupted, and what cannot
// be interrupted is a finding (the fuzzer's time-out).
volatile sig_atomic_t fuzz_late;

static void on_alarm(int signal) {
    (void)signal;
    fuzz_late = 1;
}

void fuzz_alarm(int ms) {
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    struct itimerval timer = {.it_value = {ms / 1000, ms % 1000 * 1000}};
    fuzz_late = 0;
    sigaction(SIGVTALRM, &action, NULL);
    setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

void fuzz_same(const Str *a, const Str *b, const char *promise) {
    bool same = a->len == b->len && memcmp(str_text(a), str_text(b), a->len) == 0;
    if (!same) fprintf(stderr, "--- one\n%s\n--- other\n%s\n", str_text(a), str_text(b));
    fuzz_promise(same, promise);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const FuzzTarget *target = fuzz_find(getenv("RUNG_FUZZ"));
    fuzz_promise(target != NULL, "RUNG_FUZZ names a target");
    target->run(data, size);
    return 0;
}
