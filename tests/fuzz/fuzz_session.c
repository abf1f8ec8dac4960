// Fuzz_session: programs in a session whose time and memory are bounded.
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "interp/interp_inner.h"
#include "runtime/base/str.h"
#include "tests/fuzz/fuzz.h"

// --- JSON ------------------------------------------------------------------------------------

typedef struct Json {
    const char *at, *end;
} Json;

static bool json_value(Json *j, int depth);

static bool json_take(Json *j, const char *word) {
    size_t n = strlen(word);
    if ((size_t)(j->end - j->at) < n || memcmp(j->at, word, n) != 0) return false;
    j->at += n;
    return true;
}

static bool json_escape(Json *j) {
    if (j->at == j->end) return false;
    char c = *j->at++;
    if (c != 'u') return c && strchr("\"\\/bfnrt", c);
    for (int i = 0; i < 4; i++)
        if (j->at == j->end || !isxdigit((unsigned char)*j->at++)) return false;
    return true;
}

static bool json_string(Json *j) {
    if (!json_take(j, "\"")) return false;
    while (j->at < j->end && *j->at != '"') {
        unsigned char c = (unsigned char)*j->at++;
        if (c < 0x20 || (c == '\\' && !json_escape(j))) return false;
    }
    return json_take(j, "\"");
}

static bool json_digits(Json *j) {
    const char *from = j->at;
    while (j->at < j->end && isdigit((unsigned char)*j->at)) j->at++;
    return j->at > from;
}

static bool json_number(Json *j) {
    json_take(j, "-");
    if (!json_take(j, "0") && !json_digits(j)) return false;
    if (json_take(j, ".") && !json_digits(j)) return false;
    if (!json_take(j, "e") && !json_take(j, "E")) return true;
    if (!json_take(j, "+")) json_take(j, "-");
    return json_digits(j);
}

// The rest of a list or an object.
static bool json_items(Json *j, const char *close, bool keys, int depth) {
    if (json_take(j, close)) return true;
    do {
        if (keys && !(json_string(j) && json_take(j, ":"))) return false;
        if (!json_value(j, depth + 1)) return false;
    } while (json_take(j, ","));
    return json_take(j, close);
}

static bool json_value(Json *j, int depth) {
    if (depth > 10000) return true;
    if (json_take(j, "{")) return json_items(j, "}", true, depth);
    if (json_take(j, "[")) return json_items(j, "]", false, depth);
    if (json_take(j, "true") || json_take(j, "false") || json_take(j, "null")) return true;
    return j->at < j->end && *j->at == '"' ? json_string(j) : json_number(j);
}

static void promise_json(void *user, const char *text, size_t len) {
    Json j = {text, text + len};
    (void)user;
    bool good = json_value(&j, 0) && json_take(&j, "\n") && j.at == j.end;
    if (!good) fwrite(text, 1, len, stderr);
    fuzz_promise(good, "what is printed is JSON, a value a line");
}

// --- sessions --------------------------------------------------------------------------------

static void promise_text(void *user, const char *text, size_t len) {
    (void)user;
    fuzz_promise(len && text[len - 1] == '\n', "what is printed ends in a newline");
    fuzz_promise(strlen(text) == len, "what is printed is text");
}

static void promise_report(void *user, const char *text, size_t len) {
    promise_text(NULL, text, len);
    const Interp *in = user;
    if (in->broken) fwrite(text, 1, len, stderr);
    fuzz_promise(!in->broken, "there are no internal errors");
}

static void promise_report_json(void *user, const char *text, size_t len) {
    promise_report(user, text, len);
    promise_json(user, text, len);
}

static Interp *begin(bool check, bool json) {
    InterpOptions options = {.check = check, .json = json, .tests = !json,
                             .print = json ? promise_json : promise_text,
                             .report = json ? promise_report_json : promise_report,
                             .lua_steps = 100000, .lua_memory = 8 << 20,
                             .ctl = {.cancel = &fuzz_late, .memory = 64 << 20, .threads = 1,
                                     .budget = 0.2},
                             .budget = {.draws = 2000}};
    Interp *in = interp_new(&options);
    fuzz_promise(in != NULL, "there is memory");
    interp_options(in)->user = in;
    fuzz_alarm(500);
    return in;
}

static void run(bool check, bool json, const uint8_t *data, size_t size) {
    Interp *in = begin(check, json);
    int status = interp_run(in, "f", NULL, (const char *)data, size);
    fuzz_promise(status != EXIT_INTERNAL, "there are no internal errors");
    fuzz_alarm(0);
    interp_free(in);
}

void fuzz_check(const uint8_t *data, size_t size) { run(true, false, data, size); }
void fuzz_program(const uint8_t *data, size_t size) { run(false, false, data, size); }
void fuzz_json(const uint8_t *data, size_t size) { run(false, true, data, size); }

// As at the prompt: a line that is only the beginning of something waits for the next.
void fuzz_lines(const uint8_t *data, size_t size) {
    Interp *in = begin(false, false);
    Str entry = {0};
    for (size_t i = 0; i < size; i++) {
        bool incomplete;
        str_add_char(&entry, (char)data[i]);
        if (data[i] != '\n' && i + 1 < size) continue;
        interp_line(in, str_text(&entry), entry.len, &incomplete);
        if (!incomplete) str_clear(&entry);
    }
    // Whatever happened, the session goes on.
    fuzz_alarm(0);
    bool incomplete;
    int status = interp_line(in, "1 + 1", 5, &incomplete);
    fuzz_promise(status == EXIT_OK && !incomplete, "the session goes on");
    str_free(&entry);
    interp_free(in);
}
