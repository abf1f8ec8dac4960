// Lsp: the server: what comes in, and who answers it.
#include "interp/lsp.h"

#include <string.h>
#include <unistd.h>

#include "interp/lsp_inner.h"

enum {
    PARSE_ERROR = -32700,
    INVALID_REQUEST = -32600,
    METHOD_NOT_FOUND = -32601,
    INTERNAL_ERROR = -32603,
    NOT_INITIALIZED = -32002,
    REQUEST_CANCELLED = -32800,
};

json_t *lsp_refuse(Lsp *lsp, int code, const char *why) {
    lsp->refusal = code;
    lsp->refused = why;
    return NULL;
}

// --- answers -------------------------------------------------------------------------------

static void send_error(Lsp *lsp, json_t *id, int code, const char *why) {
    json_t *message = json_pack("{s:s, s:O?, s:{s:i, s:s}}", "jsonrpc", "2.0", "id",
                                id ? id : json_null(), "error", "code", code, "message", why);
    if (!lsp_wire_send(&lsp->wire, message)) lsp_wire_exhausted(&lsp->wire, id);
}

static void send_result(Lsp *lsp, json_t *id, json_t *result) {
    if (!result && lsp->refusal) {
        send_error(lsp, id, lsp->refusal, lsp->refused);
        return;
    }
    json_t *message = NULL;
    if (result)
        message = json_pack("{s:s, s:O, s:O}", "jsonrpc", "2.0", "id", id, "result", result);
    json_decref(result);
    if (!lsp_wire_send(&lsp->wire, message)) lsp_wire_exhausted(&lsp->wire, id);
}

static void publish(Lsp *lsp) {
    for (size_t i = 0; !lsp->stopping && i < lsp->documents.count; i++) {
        LspDocument *d = lsp->documents.items[i];
        if (!d->dirty) continue;
        json_t *params = lsp_check(lsp, d), *message = NULL;
        if (params)
            message = json_pack("{s:s, s:s, s:o}", "jsonrpc", "2.0", "method",
                                "textDocument/publishDiagnostics", "params", params);
        // Without memory they stay to be told.
        d->dirty = !lsp_wire_send(&lsp->wire, message);
    }
}

// --- life ----------------------------------------------------------------------------------

static bool offers(const json_t *encodings, const char *name) {
    for (size_t i = 0; i < json_array_size(encodings); i++) {
        const char *each = json_string_value(json_array_get(encodings, i));
        if (each && strcmp(each, name) == 0) return true;
    }
    return false;
}

static json_t *member(const json_t *object, const char *first, const char *second,
                      const char *third) {
    return json_object_get(json_object_get(json_object_get(object, first), second), third);
}

static json_t *initialize(Lsp *lsp, const json_t *params) {
    if (lsp->started)
        return lsp_refuse(lsp, INVALID_REQUEST, "the server is initialized already");
    const json_t *asked = json_object_get(params, "capabilities");
    const json_t *encodings = json_object_get(json_object_get(asked, "general"),
                                              "positionEncodings");
    lsp->units = offers(encodings, "utf-8") ? LSP_UTF8 : LSP_UTF16;
    lsp->nested = json_is_true(member(asked, "textDocument", "documentSymbol",
                                      "hierarchicalDocumentSymbolSupport"));
    lsp->markdown = offers(member(asked, "textDocument", "hover", "contentFormat"), "markdown");
    lsp->started = true;
    return json_pack(
        "{s:{s:s, s:{s:b, s:i, s:b}, s:b, s:b, s:b, s:b, s:{s:[s,s,s], s:b}, s:{s:[s,s]}},"
        " s:{s:s, s:s}}",
        "capabilities", "positionEncoding", lsp->units == LSP_UTF8 ? "utf-8" : "utf-16",
        "textDocumentSync", "openClose", 1, "change", 2, "save", 1, "hoverProvider", 1,
        "definitionProvider", 1, "documentSymbolProvider", 1, "documentFormattingProvider", 1,
        "completionProvider", "triggerCharacters", "(", "=", ",", "resolveProvider", 1,
        "signatureHelpProvider", "triggerCharacters", "(", ",", "serverInfo", "name", "rung",
        "version", RUNG_VERSION);
}

static json_t *shut_down(Lsp *lsp, const json_t *params) {
    (void)params;
    lsp->stopping = true;
    return json_null();
}

static void leave(Lsp *lsp, const json_t *params) {
    (void)params;
    lsp->ended = true;
}

// --- who answers ---------------------------------------------------------------------------

static const struct {
    const char *method;
    json_t *(*answer)(Lsp *lsp, const json_t *params);
} requests[] = {
    {"initialize", initialize},
    {"shutdown", shut_down},
    {"textDocument/hover", lsp_hover},
    {"textDocument/completion", lsp_complete},
    {"completionItem/resolve", lsp_resolve},
    {"textDocument/signatureHelp", lsp_signature},
    {"textDocument/definition", lsp_define},
    {"textDocument/documentSymbol", lsp_symbols},
    {"textDocument/formatting", lsp_format},
};

static const struct {
    const char *method;
    void (*take)(Lsp *lsp, const json_t *params);
} notifications[] = {
    {"exit", leave},
    {"textDocument/didOpen", lsp_document_open},
    {"textDocument/didChange", lsp_document_change},
    {"textDocument/didClose", lsp_document_close},
    {"textDocument/didSave", lsp_document_saved},
};

static void answer(Lsp *lsp, json_t *id, const char *method, const json_t *params) {
    size_t i = 0, n = sizeof requests / sizeof *requests;
    while (i < n && strcmp(requests[i].method, method) != 0) i++;
    lsp->refusal = 0;
    if (!lsp->started && i != 0) {
        send_error(lsp, id, NOT_INITIALIZED, "the first request is initialize");
    } else if (lsp->stopping) {
        send_error(lsp, id, INVALID_REQUEST, "the server is shutting down");
    } else if (i == n) {
        send_error(lsp, id, METHOD_NOT_FOUND, "there is no such method");
    } else if (lsp_wire_more(&lsp->wire) && lsp_wire_cancelled(&lsp->wire, id)) {
        send_error(lsp, id, REQUEST_CANCELLED, "cancelled");
    } else {
        send_result(lsp, id, requests[i].answer(lsp, params));
    }
}

// Others say nothing of documents.
static void take(Lsp *lsp, const char *method, const json_t *params) {
    for (size_t i = 0; i < sizeof notifications / sizeof *notifications; i++) {
        if (strcmp(notifications[i].method, method) != 0) continue;
        if (i == 0 || (lsp->started && !lsp->stopping)) notifications[i].take(lsp, params);
    }
}

static void handle(Lsp *lsp, json_t *message) {
    json_t *id = json_object_get(message, "id");
    const char *method = json_string_value(json_object_get(message, "method"));
    const json_t *params = json_object_get(message, "params");
    bool named = json_is_string(id) || json_is_integer(id);
    if (!message) {
        send_error(lsp, NULL, PARSE_ERROR, "this is no message");
    } else if (method && named) {
        publish(lsp);
        answer(lsp, id, method, params);
    } else if (method && !id) {
        take(lsp, method, params);
    } else if (!json_object_get(message, "result") && !json_object_get(message, "error")) {
        send_error(lsp, named ? id : NULL, INVALID_REQUEST, "this is no request");
    }
}

// Documents are checked when nothing more has come, or when something is asked.
static void serve(Lsp *lsp) {
    json_t *message;
    while (!lsp->ended && lsp_wire_next(&lsp->wire, &message)) {
        handle(lsp, message);
        json_decref(message);
        if (!lsp->ended && !lsp_wire_more(&lsp->wire)) publish(lsp);
    }
}

// Jansson's reader writes beyond its blocks when it cannot have another: then it is better to end,
// and be started again by the editor.
static void *allocate(size_t size) {
    static const char why[] = "rung: out of memory\n";
    void *block = mem_new(size, 1);
    if (block) return block;
    ssize_t told = write(STDERR_FILENO, why, sizeof why - 1);
    _exit(told < 0 ? EXIT_IO : EXIT_INTERNAL);
}

int lsp_run(const InterpOptions *options) {
    Lsp lsp = {.options = options};
    lsp.wire.in = STDIN_FILENO;
    lsp.wire.out = STDOUT_FILENO;
    lsp.wire.interrupted = options->ctl.cancel;
    json_set_alloc_funcs(allocate, mem_free);
    serve(&lsp);
    if (lsp.wire.input.failed) interp_exhausted(options);
    for (size_t i = 0; i < lsp.documents.count; i++) lsp_document_free(lsp.documents.items[i]);
    VEC_FREE(&lsp.documents);
    lsp_wire_free(&lsp.wire);
    return lsp.stopping ? EXIT_OK : EXIT_FAILED;
}
