// Fuzz_lsp: an editor's requests about a text; arbitrary bytes from an editor.
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "interp/lsp_inner.h"
#include "tests/fuzz/fuzz.h"

// --- the server ------------------------------------------------------------------------------

// Every frame of the output is exact and holds a message; how many answer a request.
static size_t promise_frames(const char *text, size_t len) {
    size_t answers = 0;
    while (len) {
        size_t length = 0;
        const char *end = memmem(text, len, "\r\n\r\n", 4);
        fuzz_promise(end && sscanf(text, "Content-Length: %zu\r\n", &length) == 1 &&
                         length <= len - (size_t)(end + 4 - text),
                     "a message stands in a frame");
        json_t *message = json_loadb(end + 4, length, JSON_ALLOW_NUL, NULL);
        const char *version = json_string_value(json_object_get(message, "jsonrpc"));
        fuzz_promise(version && strcmp(version, "2.0") == 0, "what is sent is JSON-RPC");
        answers += json_object_get(message, "id") != NULL;
        json_decref(message);
        len -= (size_t)(end + 4 - text) + length;
        text = end + 4 + length;
    }
    return answers;
}

static size_t serve(const Str *input) {
    static int in, out;
    if (!in) in = memfd_create("in", 0), out = memfd_create("out", 0);
    InterpOptions options = fuzz_options();
    options.report = options.print; // input may hold the mark of a lost text (str.c)
    int keep_in = dup(STDIN_FILENO), keep_out = dup(STDOUT_FILENO);
    fuzz_promise(ftruncate(in, 0) == 0 && ftruncate(out, 0) == 0, "there is memory");
    fuzz_promise(pwrite(in, str_text(input), input->len, 0) == (ssize_t)input->len,
                 "there is memory");
    lseek(in, 0, SEEK_SET);
    lseek(out, 0, SEEK_SET);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    fuzz_alarm(500);
    lsp_run(&options);
    fuzz_alarm(0);
    dup2(keep_in, STDIN_FILENO);
    dup2(keep_out, STDOUT_FILENO);
    close(keep_in);
    close(keep_out);
    off_t len = lseek(out, 0, SEEK_END);
    Str said = {0};
    char block[4096];
    for (off_t at = 0; at < len;) {
        ssize_t n = pread(out, block, sizeof block, at);
        fuzz_promise(n > 0, "what was written can be read");
        str_add_n(&said, block, (size_t)n);
        at += n;
    }
    size_t answers = promise_frames(str_text(&said), said.len);
    str_free(&said);
    return answers;
}

void fuzz_wire(const uint8_t *data, size_t size) {
    Str input = {0};
    str_add_n(&input, (const char *)data, size);
    serve(&input);
    str_free(&input);
}

// --- requests --------------------------------------------------------------------------------

static void send(Str *input, json_t *message) {
    char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;
    fuzz_promise(text != NULL, "there is memory");
    if (text) str_printf(input, "Content-Length: %zu\r\n\r\n%s", strlen(text), text);
    mem_free(text);
    json_decref(message);
}

static void notify(Str *input, const char *method, json_t *params) {
    send(input,
         json_pack("{s:s,s:s,s:o}", "jsonrpc", "2.0", "method", method, "params", params));
}

static void request(Str *input, size_t id, const char *method, json_t *params) {
    send(input, json_pack("{s:s,s:I,s:s,s:o}", "jsonrpc", "2.0", "id", (json_int_t)id, "method",
                          method, "params", params));
}

static const char uri[] = "file:///nowhere/f.rung";

// A request about a place, or a change there. Five bytes: what, line, column, and for a change
// the lines and columns it goes on and what it puts there.

static size_t step(Str *input, size_t id, const uint8_t *at) {
    static const char *const methods[] = {
        "textDocument/hover",          "textDocument/completion", "textDocument/signatureHelp",
        "textDocument/documentSymbol", "textDocument/definition", "textDocument/formatting"};
    static const char *const texts[] = {"", "(", "\n", "P(", " | do(", "}", "\xf0\x9f\x98\x80",
                                        "x"};
    enum { METHODS = sizeof methods / sizeof *methods };
    json_int_t line = at[1] % 32, column = at[2] % 64;
    if (at[0] % (METHODS + 2) < METHODS) {
        request(input, id, methods[at[0] % (METHODS + 2)],
                json_pack("{s:{s:s},s:{s:I,s:I}}", "textDocument", "uri", uri, "position",
                          "line", line, "character", column));
        return 1;
    }
    notify(input, "textDocument/didChange",
           json_pack("{s:{s:s,s:I},s:[{s:{s:{s:I,s:I},s:{s:I,s:I}},s:s}]}", "textDocument",
                     "uri", uri, "version", (json_int_t)id + 2, "contentChanges", "range",
                     "start", "line", line, "character", column, "end", "line",
                     line + at[3] % 4, "character", column + at[3] / 4, "text",
                     texts[at[4] % 8]));
    return 0;
}

// A program, a NUL byte, and steps.
void fuzz_lsp(const uint8_t *data, size_t size) {
    const uint8_t *nul = memchr(data, 0, size);
    size_t len = nul ? (size_t)(nul - data) : size, wanted = 1;
    size_t steps = nul ? (size - len - 1) / FUZZ_EDIT : 0;
    json_t *text = json_stringn((const char *)data, len);
    Str input = {0};
    if (!text) return; // not UTF-8
    request(&input, 0, "initialize", json_pack("{s:{}}", "capabilities"));
    notify(&input, "textDocument/didOpen",
           json_pack("{s:{s:s,s:s,s:i,s:o}}", "textDocument", "uri", uri, "languageId", "rung",
                     "version", 1, "text", text));
    for (size_t i = 0; i < steps && i < 12; i++)
        wanted += step(&input, i + 1, nul + 1 + i * FUZZ_EDIT);
    fuzz_promise(serve(&input) == wanted, "every request is answered once");
    str_free(&input);
}
