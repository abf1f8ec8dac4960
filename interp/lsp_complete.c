// Lsp_complete: words that may stand at a place; the parameters of the function being called.
#include <string.h>

#include "interp/complete.h"
#include "interp/complete_place.h"
#include "interp/interp_inner.h"
#include "interp/lexer.h"
#include "interp/lsp_inner.h"

// Kinds of items, as the protocol numbers them.
enum { ITEM_FUNCTION = 3, ITEM_FIELD = 5, ITEM_VARIABLE = 6, ITEM_MODULE = 9, ITEM_KEYWORD = 14,
       ITEM_VALUE = 12 };

typedef struct Items {
    const Lsp *lsp;
    const LspDocument *document;
    Interp *interp;
    size_t from;       // where the text begins that is looked at,
    size_t start;      // and in it the word being completed,
    size_t end;        // which ends at this byte of the document
    json_t *list, *seen;
} Items;

static int kind_of(const Items *c, const char *word) {
    char first = word[0];
    if (first == '"' || (first >= '0' && first <= '9')) return ITEM_VALUE;
    if (native_find(word)) return ITEM_FUNCTION;
    if (first != '`' && lexer_needs_quotes(word)) return ITEM_KEYWORD;
    Sym name = intern_z(c->interp->names, word);
    const Model *m = interp_model(c->interp);
    if (name && m && model_find(m, name) != MODEL_NONE) return ITEM_FIELD;
    const Global *g = name ? globals_find(&c->interp->vm->globals, name) : NULL;
    if (!g) return ITEM_VARIABLE;
    if (g->kind == GLOBAL_LET) return ITEM_VARIABLE;
    bool function = g->kind == GLOBAL_FUNCTION || g->kind == GLOBAL_QUESTION;
    return function ? ITEM_FUNCTION : ITEM_MODULE;
}

static void add_item(Items *c, const char *word, int kind) {
    if (json_object_get(c->seen, word)) return;
    json_object_set_new(c->seen, word, json_true());
    json_array_append_new(
        c->list, json_pack("{s:s, s:i, s:{s:o, s:s}}", "label", word, "kind", kind, "textEdit",
                           "range",
                           lsp_text_range(&c->document->text, c->lsp->units, c->from + c->start,
                                          c->end),
                           "newText", word));
}

static void offered(void *user, const char *word) {
    Items *c = user;
    add_item(c, word, kind_of(c, word));
}

// --- completion ----------------------------------------------------------------------------

// Where the text begins that tells what fits: the statement that goes on here, else the line.
static size_t beginning(const LspDocument *d, size_t offset) {
    const Node *program = d->tree.ast.program;
    const char *text = str_text(&d->text.text);
    size_t line = offset, at = lsp_tree_before(&d->tree, offset);
    while (line && text[line - 1] != '\n') line--;
    size_t first = at ? at - 1 : 0; // one that ends just here may go on
    for (size_t i = first; program && i < program->n && i <= at; i++) {
        Span span = program->kid[i]->span;
        if (span.start < line && span.end >= offset) return span.start;
    }
    return line;
}

static json_t *complete(Lsp *lsp, LspDocument *d, size_t offset) {
    Items c = {.lsp = lsp, .document = d, .end = offset, .from = beginning(d, offset),
               .list = json_array(), .seen = json_object()};
    const char *text = str_text(&d->text.text) + c.from;
    size_t len = offset - c.from + strcspn(text + offset - c.from, "\r\n");
    c.interp = lsp_session_at(lsp, d, c.from, false);
    bool command = text[strspn(text, " \t")] == ':';
    if (c.list && c.seen && c.interp && !command)
        complete_text(c.interp, text, len, offset - c.from, &c.start, offered, &c);
    json_decref(c.seen);
    return c.list;
}

json_t *lsp_complete(Lsp *lsp, const json_t *params) {
    size_t offset;
    LspDocument *d = lsp_document_of(lsp, params, &offset);
    return d ? complete(lsp, d, offset) : NULL;
}

// The item with its documentation.
json_t *lsp_resolve(Lsp *lsp, const json_t *params) {
    const char *label = json_string_value(json_object_get(params, "label"));
    if (!label) return lsp_refuse(lsp, LSP_INVALID_PARAMS, "there is no label");
    Str code = {0}, text = {0};
    json_t *item = json_copy((json_t *)params);
    if (item && lsp_hover_help(label, &code, &text))
        json_object_set_new(item, "documentation", lsp_hover_markup(lsp, &code, &text));
    str_free(&code);
    str_free(&text);
    return item;
}

// --- signatures ----------------------------------------------------------------------------

// The end of a bracket's text: its closing bracket, or the end.
static const char *closing(const char *open) {
    int depth = 0;
    for (; *open; open++) {
        if (strchr("([{", *open)) depth++;
        if (strchr(")]}", *open) && --depth == 0) break;
    }
    return open;
}

// From "def lift(n, by: 2) = ..." the part "lift(n, by: 2)".
static bool add_form(const char *def, Str *out) {
    const char *name = strncmp(def, "def ", 4) == 0 ? def + 4 : def;
    const char *open = name + strcspn(name, "(=");
    if (*open != '(') return false;
    const char *end = closing(open);
    str_add_n(out, name, (size_t)(end - name) + (*end != '\0'));
    return true;
}

static bool defined_form(LspDocument *d, const char *name, Str *form, Str *text) {
    LspPath path = {0};
    LspFound found;
    bool known = d->tree.ast.program && VEC_PUSH(&path, d->tree.ast.program) &&
                 lsp_define_name(d, &path, name, &found);
    VEC_FREE(&path);
    if (!known) return false;
    const LspTree *tree = found.path ? &found.other : &d->tree;
    bool ok = found.node->kind == NODE_DEF &&
              add_form(lsp_tree_text(tree)->text + found.node->span.start, form);
    if (ok) lsp_tree_comment(tree, found.node, text);
    lsp_define_free(&found);
    return ok;
}

static bool form_of(LspDocument *d, const char *name, Str *form, Str *text) {
    Str code = {0};
    bool ok = defined_form(d, name, form, text) ||
              (lsp_hover_help(name, &code, text) && add_form(str_text(&code), form));
    str_free(&code);
    return ok;
}

// The parameters of "name(a, b: 2)", each as a label.
static json_t *parameters(const char *form) {
    json_t *list = json_array();
    const char *at = strchr(form, '(') + 1, *end = closing(at - 1);
    while (at < end) {
        const char *from = at + strspn(at, " ");
        int depth = 0;
        for (; at < end && (depth || *at != ','); at++)
            depth += (strchr("([{", *at) != NULL) - (strchr(")]}", *at) != NULL);
        if (at > from)
            json_array_append_new(list,
                                  json_pack("{s:s%}", "label", from, (size_t)(at - from)));
        at++;
    }
    return list;
}

// The commas between the bracket and the place, those in inner brackets aside.
static size_t argument_number(const Place *place) {
    size_t commas = 0;
    int depth = 0;
    for (size_t i = place->opener + 1; i < place->before.count; i++) {
        uint8_t kind = place->before.items[i].kind;
        depth += (kind == TOKEN_LPAREN || kind == TOKEN_LBRACKET || kind == TOKEN_LBRACE) -
                 (kind == TOKEN_RPAREN || kind == TOKEN_RBRACKET || kind == TOKEN_RBRACE);
        commas += depth == 0 && kind == TOKEN_COMMA;
    }
    return commas;
}

// The name before the innermost open bracket, or NULL.
static const char *called(const Place *place) {
    if (!place->opener || place->opener >= place->before.count) return NULL;
    const Token *open = &place->before.items[place->opener], *name = open - 1;
    bool call = open->kind == TOKEN_LPAREN && name->kind == TOKEN_NAME;
    return call ? name->sym->text : NULL;
}

static json_t *signature(Lsp *lsp, LspDocument *d, const Place *place) {
    Str form = {0}, text = {0}, none = {0};
    const char *name = called(place);
    json_t *found = json_null();
    bool known = name && form_of(d, name, &form, &text);
    if (form.failed || text.failed) {
        found = NULL;
    } else if (known) {
        json_t *all = parameters(str_text(&form));
        size_t n = json_array_size(all), at = argument_number(place);
        // Of several arguments the last parameter takes the rest.
        found = json_pack("{s:[{s:s, s:o, s:o}], s:i, s:I}", "signatures", "label",
                          str_text(&form), "documentation", lsp_hover_markup(lsp, &none, &text),
                          "parameters", all, "activeSignature", 0, "activeParameter",
                          (json_int_t)(at < n || !n ? at : n - 1));
    }
    str_free(&form);
    str_free(&text);
    return found;
}

json_t *lsp_signature(Lsp *lsp, const json_t *params) {
    size_t offset;
    LspDocument *d = lsp_document_of(lsp, params, &offset);
    if (!d) return NULL;
    Place place;
    size_t from = beginning(d, offset);
    const char *text = str_text(&d->text.text) + from;
    bool ok = complete_place(text, offset - from, offset - from, &place);
    json_t *found = ok ? signature(lsp, d, &place) : NULL;
    complete_place_free(&place);
    return found;
}
