// Lsp_document: the texts that the client has open.
#include <string.h>

#include "interp/lsp_inner.h"

void lsp_document_free(LspDocument *d) {
    if (!d) return;
    mem_free(d->uri);
    mem_free(d->path);
    lsp_text_free(&d->text);
    if (d->parsed) lsp_tree_free(&d->tree);
    lsp_session_free(&d->session);
    mem_free(d);
}

LspDocument *lsp_document_find(Lsp *lsp, const char *uri) {
    for (size_t i = 0; uri && i < lsp->documents.count; i++)
        if (strcmp(lsp->documents.items[i]->uri, uri) == 0) return lsp->documents.items[i];
    return NULL;
}

static const char *uri_of(const json_t *params) {
    return json_string_value(json_object_get(json_object_get(params, "textDocument"), "uri"));
}

static bool position_of(const LspDocument *d, LspUnits units, const json_t *position,
                        size_t *offset) {
    const json_t *line = json_object_get(position, "line");
    const json_t *column = json_object_get(position, "character");
    if (!json_is_integer(line) || !json_is_integer(column)) return false;
    *offset = lsp_text_offset(&d->text, units, json_integer_value(line),
                              json_integer_value(column));
    return true;
}

LspDocument *lsp_document_of(Lsp *lsp, const json_t *params, size_t *offset) {
    LspDocument *d = lsp_document_find(lsp, uri_of(params));
    if (!d) return (void *)lsp_refuse(lsp, LSP_INVALID_PARAMS, "no such document is open");
    if (offset && !position_of(d, lsp->units, json_object_get(params, "position"), offset))
        return (void *)lsp_refuse(lsp, LSP_INVALID_PARAMS, "there is no position");
    return lsp_document_tree(d) ? d : NULL;
}

json_t *lsp_document_at(Lsp *lsp, const json_t *params,
                        json_t *(*answer)(Lsp *lsp, LspDocument *d, const LspPath *path,
                                          size_t offset)) {
    size_t offset;
    LspPath path = {0};
    LspDocument *d = lsp_document_of(lsp, params, &offset);
    json_t *said = d && lsp_tree_path(&d->tree, offset, &path) ? answer(lsp, d, &path, offset)
                                                               : NULL;
    VEC_FREE(&path);
    return said;
}

const char *lsp_document_name(const LspDocument *d) {
    return d->path ? d->path : d->uri;
}

bool lsp_document_tree(LspDocument *d) {
    if (!d->parsed)
        d->parsed = lsp_tree_parse(&d->tree, lsp_document_name(d), str_text(&d->text.text),
                                   d->text.text.len);
    return d->parsed;
}

// --- notifications -------------------------------------------------------------------------

static void touched(LspDocument *d) {
    d->dirty = true;
    if (d->parsed) lsp_tree_free(&d->tree);
    d->parsed = false;
}

static char *copy(const char *text) {
    Str s = {0};
    str_add(&s, text);
    return str_take(&s);
}

static LspDocument *new_document(Lsp *lsp, const char *uri) {
    LspDocument *d = MEM_NEW(LspDocument, 1);
    if (d && (d->uri = copy(uri)) && VEC_PUSH(&lsp->documents, d)) {
        d->path = lsp_text_path(uri);
        return d;
    }
    lsp_document_free(d);
    return NULL;
}

static void forget(Lsp *lsp, LspDocument *d) {
    size_t i = 0;
    while (lsp->documents.items[i] != d) i++;
    lsp->documents.items[i] = lsp->documents.items[--lsp->documents.count];
    lsp_document_free(d);
}

// A document whose text is not the client's any more is not open.
static void lose(Lsp *lsp, LspDocument *d) {
    if (d) forget(lsp, d);
    lsp_wire_exhausted(&lsp->wire, NULL);
}

void lsp_document_open(Lsp *lsp, const json_t *params) {
    const json_t *item = json_object_get(params, "textDocument");
    const json_t *text = json_object_get(item, "text");
    const char *uri = uri_of(params);
    if (!uri || !json_is_string(text)) return;
    LspDocument *d = lsp_document_find(lsp, uri);
    if (!d) d = new_document(lsp, uri);
    if (!d || !lsp_text_set(&d->text, json_string_value(text), json_string_length(text))) {
        lose(lsp, d);
        return;
    }
    d->version = json_integer_value(json_object_get(item, "version"));
    touched(d);
}

// One change: of a range, or of everything. False: no memory.
static bool change_once(Lsp *lsp, LspDocument *d, const json_t *change) {
    const json_t *text = json_object_get(change, "text");
    const json_t *range = json_object_get(change, "range");
    size_t start = 0, end = d->text.text.len;
    if (!json_is_string(text)) return true;
    const json_t *from = json_object_get(range, "start"), *to = json_object_get(range, "end");
    if (range && !position_of(d, lsp->units, from, &start)) return true;
    if (range && !position_of(d, lsp->units, to, &end)) return true;
    if (end < start) return true;
    touched(d);
    return lsp_text_replace(&d->text, start, end, json_string_value(text),
                            json_string_length(text));
}

void lsp_document_change(Lsp *lsp, const json_t *params) {
    LspDocument *d = lsp_document_find(lsp, uri_of(params));
    const json_t *changes = json_object_get(params, "contentChanges");
    const json_t *version =
        json_object_get(json_object_get(params, "textDocument"), "version");
    if (!d) return;
    for (size_t i = 0; i < json_array_size(changes); i++)
        if (!change_once(lsp, d, json_array_get(changes, i))) {
            lose(lsp, d);
            return;
        }
    if (json_is_integer(version)) d->version = json_integer_value(version);
}

void lsp_document_close(Lsp *lsp, const json_t *params) {
    LspDocument *d = lsp_document_find(lsp, uri_of(params));
    if (!d) return;
    lsp_wire_send(&lsp->wire,
                  json_pack("{s:s, s:s, s:{s:s, s:[]}}", "jsonrpc", "2.0", "method",
                            "textDocument/publishDiagnostics", "params", "uri", d->uri,
                            "diagnostics"));
    forget(lsp, d);
}

// Others may import what was saved.
void lsp_document_saved(Lsp *lsp, const json_t *params) {
    (void)params;
    for (size_t i = 0; i < lsp->documents.count; i++) {
        lsp_session_free(&lsp->documents.items[i]->session);
        lsp->documents.items[i]->dirty = true;
    }
}
