// Lsp_check: what is wrong with a document.
#include <string.h>

#include "interp/interp_inner.h"
#include "interp/lsp_inner.h"
#include "interp/module.h"

// The seconds that a check may take, and the most diagnostics that an editor is troubled with.
#define CHECK_SECONDS 5.0
#define DIAGNOSTICS_MOST 500

typedef struct Checked {
    Lsp *lsp;
    LspDocument *document;
    Interp *interp;
    uint32_t source; // of the document in the session
} Checked;

// --- places --------------------------------------------------------------------------------

static bool imports(const LspDocument *d, const Node *n, const char *name) {
    if (n->kind != NODE_IMPORT) return false;
    char *path = module_path(d->path, n->text);
    bool same = path && strcmp(path, name) == 0;
    mem_free(path);
    return same;
}

// Where the document brings in what is wrong in another text: the statement that names that
// file, or the first that imports anything.
static Span place_here(const Checked *c, const SourceText *other) {
    const Node *program = lsp_document_tree(c->document) ? c->document->tree.ast.program : NULL;
    Span found = {0};
    for (uint32_t i = 0; program && i < program->n; i++) {
        const Node *n = program->kid[i];
        if (imports(c->document, n, other->name)) return n->span;
        if (n->kind == NODE_IMPORT && !found.source) found = n->span;
    }
    return found;
}

static json_t *range_in(const Checked *c, const LspText *text, Span span) {
    size_t end = span.end < text->text.len ? span.end : text->text.len;
    return lsp_text_range(text, c->lsp->units, span.start < end ? span.start : end, end);
}

// A place as {uri, range}; NULL when it is in no file.
static json_t *location(const Checked *c, Span span) {
    const SourceText *s = source_get(&c->interp->sources, span.source);
    LspText text = {0};
    if (!s) return NULL;
    if (span.source == c->source)
        return json_pack("{s:s, s:o}", "uri", c->document->uri, "range",
                         range_in(c, &c->document->text, span));
    if (s->name[0] == '<' || !lsp_text_set(&text, s->text, s->len)) return NULL;
    char *uri = lsp_text_uri(s->name);
    json_t *found = uri ? json_pack("{s:s, s:o}", "uri", uri, "range", range_in(c, &text, span))
                        : NULL;
    mem_free(uri);
    lsp_text_free(&text);
    return found;
}

static void add_related(const Checked *c, json_t *diagnostic, Span span, const char *message) {
    json_t *place = location(c, span);
    if (!place) return;
    json_object_set_new(diagnostic, "relatedInformation",
                        json_pack("[{s:o, s:s}]", "location", place, "message", message));
}

// --- diagnostics ---------------------------------------------------------------------------

enum { SEVERITY_ERROR = 1, SEVERITY_WARNING = 2, SEVERITY_INFORMATION = 3 };

static json_t *diagnostic(const Checked *c, const Diag *d) {
    const SourceText *source = source_get(&c->interp->sources, d->span.source);
    bool here = !source || d->span.source == c->source;
    Str s = {0};
    str_add(&s, d->message ? d->message : diag_title(d->code));
    if (d->hint) str_printf(&s, "\nhint: %s", d->hint);
    Span span = here ? d->span : place_here(c, source);
    json_t *made = json_pack("{s:o, s:i, s:s, s:s, s:s}", "range",
                             range_in(c, &c->document->text, span), "severity",
                             d->level == DIAG_ERROR ? SEVERITY_ERROR : SEVERITY_INFORMATION,
                             "code", diag_code(d->code), "source", "rung", "message",
                             str_text(&s));
    str_free(&s);
    if (made && !here) add_related(c, made, d->span, "it stands here");
    else if (made && d->also.source) add_related(c, made, d->also, "this belongs to it");
    return made;
}

static json_t *remark(const Checked *c, const char *text) {
    return json_pack("{s:o, s:i, s:s, s:s}", "range",
                     lsp_text_range(&c->document->text, c->lsp->units, 0, 0), "severity",
                     SEVERITY_WARNING, "source", "rung", "message", text);
}

static json_t *diagnostics(const Checked *c) {
    const Diags *all = &c->interp->diags;
    json_t *list = json_array();
    for (size_t i = 0; list && i < all->count && i < DIAGNOSTICS_MOST; i++)
        if (!c->lsp->cancel || all->items[i].code != DIAG_INTERRUPTED)
            json_array_append_new(list, diagnostic(c, &all->items[i]));
    if (all->count > DIAGNOSTICS_MOST)
        json_array_append_new(list, remark(c, "there are more errors than are shown"));
    if (c->lsp->cancel)
        json_array_append_new(list, remark(c, "the check takes long, and was not ended"));
    return list;
}

static void run(const Checked *c) {
    LspDocument *d = c->document;
    Program *p = program_new(c->interp, lsp_document_name(d), d->path, str_text(&d->text.text),
                             d->text.text.len, NULL);
    if (p) program_check(c->interp, p);
    program_free(p);
}

json_t *lsp_check(Lsp *lsp, LspDocument *d) {
    InterpOptions options = lsp_session_options(lsp);
    options.check = true;
    Checked c = {.lsp = lsp, .document = d, .interp = interp_new(&options)};
    if (!c.interp) return NULL;
    LspWatch watch;
    c.source = (uint32_t)c.interp->sources.count + 1;
    lsp_watch_start(&watch, lsp, CHECK_SECONDS);
    run(&c);
    lsp_watch_end(&watch);
    json_t *found = diagnostics(&c);
    interp_free(c.interp);
    if (!found) return NULL;
    return json_pack("{s:s, s:I, s:o}", "uri", d->uri, "version", d->version, "diagnostics",
                     found);
}
