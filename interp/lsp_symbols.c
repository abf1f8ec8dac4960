// Lsp_symbols: the outline of a document.
#include <string.h>

#include "interp/lsp_inner.h"

// Kinds of symbols, as the protocol numbers them.
enum { KIND_MODULE = 2, KIND_NAMESPACE = 3, KIND_CLASS = 5, KIND_FIELD = 8, KIND_FUNCTION = 12,
       KIND_VARIABLE = 13 };

typedef struct Outline {
    const Lsp *lsp;
    const LspDocument *document;
    json_t *flat; // the list, where the client has no trees; else NULL
} Outline;

static json_t *range(const Outline *o, Span span) {
    return lsp_text_range(&o->document->text, o->lsp->units, span.start, span.end);
}

// Adds a symbol to its siblings; returns where its children go (borrowed), NULL: nowhere.
static json_t *add(const Outline *o, json_t *siblings, const char *parent, const char *name,
                   size_t len, int kind, Span whole, Span at) {
    json_t *symbol;
    if (!len) return NULL;
    if (o->flat) {
        symbol = json_pack("{s:s%, s:i, s:{s:s, s:o}, s:s*}", "name", name, len, "kind", kind,
                           "location", "uri", o->document->uri, "range", range(o, whole),
                           "containerName", parent);
        json_array_append_new(o->flat, symbol);
        return o->flat;
    }
    symbol = json_pack("{s:s%, s:i, s:o, s:o, s:[]}", "name", name, len, "kind", kind, "range",
                       range(o, whole), "selectionRange", range(o, at), "children");
    json_array_append_new(siblings, symbol);
    return json_object_get(symbol, "children");
}

// --- variables -----------------------------------------------------------------------------

typedef struct Block {
    const Outline *outline;
    const char *model;
    json_t *children;
    json_t *seen; // the names that are there
} Block;

// A name, or a member of a family, each once.
static void add_variable(const Block *b, const Node *variable, Span whole) {
    const char *text = lsp_tree_text(&b->outline->document->tree)->text + variable->span.start;
    size_t len = variable->span.end - variable->span.start;
    Str name = {0};
    str_add_n(&name, text, len);
    if (!json_object_get(b->seen, str_text(&name))) {
        json_object_set_new(b->seen, str_text(&name), json_true());
        add(b->outline, b->children, b->model, text, len, KIND_FIELD, whole, variable->span);
    }
    str_free(&name);
}

static void add_endpoint(const Block *b, const Node *n) {
    if (n->kind == NODE_NAME || n->kind == NODE_INDEX) add_variable(b, n, n->span);
    for (uint32_t i = 0; n->kind == NODE_SET && i < n->n; i++) add_endpoint(b, n->kid[i]);
}

// Those that are declared, then those that edges alone mention.
static void add_items(const Block *b, const Node *items) {
    for (uint32_t i = 0; i < items->n; i++) {
        const Node *item = items->kid[i];
        for (uint32_t k = 0; item->kind == NODE_VARIABLE && k < item->kid[0]->n; k++)
            add_variable(b, item->kid[0]->kid[k], item->span);
    }
    for (uint32_t i = 0; i < items->n; i++) {
        const Node *item = items->kid[i];
        for (uint32_t k = 0; item->kind == NODE_CHAIN && k < item->kid[0]->n; k += 2)
            add_endpoint(b, item->kid[0]->kid[k]);
    }
}

static void add_model(const Outline *o, json_t *siblings, const char *parent, const Node *n) {
    const Node *body = n->kid[2];
    Block b = {o, n->sym->text, NULL, json_object()};
    b.children = add(o, siblings, parent, n->sym->text, strlen(n->sym->text), KIND_CLASS,
                     n->span, n->name_span);
    if (body && body->kind == NODE_WITH) body = body->kid[1];
    if (b.children && b.seen && body && body->kind == NODE_BLOCK) add_items(&b, body);
    json_decref(b.seen);
}

// --- statements ----------------------------------------------------------------------------

static void add_statements(const Outline *o, json_t *siblings, const char *parent,
                           const Node *group);

static void add_named(const Outline *o, json_t *siblings, const char *parent, const Node *n,
                      int kind) {
    const char *name = n->sym ? n->sym->text : n->text;
    Span at = n->sym ? n->name_span : n->span;
    add(o, siblings, parent, name, strlen(name), kind, n->span, at);
}

static void add_statement(const Outline *o, json_t *siblings, const char *parent,
                          const Node *n) {
    json_t *inner;
    switch ((NodeKind)n->kind) {
    case NODE_MODEL: add_model(o, siblings, parent, n); break;
    case NODE_LET: add_named(o, siblings, parent, n, KIND_VARIABLE); break;
    case NODE_DEF: add_named(o, siblings, parent, n, KIND_FUNCTION); break;
    case NODE_IMPORT: add_named(o, siblings, parent, n, KIND_MODULE); break;
    case NODE_TEST:
        inner = add(o, siblings, parent, n->text, n->len, KIND_NAMESPACE, n->span, n->span);
        if (inner) add_statements(o, inner, n->text, n->kid[0]);
        break;
    default: break;
    }
}

static void add_statements(const Outline *o, json_t *siblings, const char *parent,
                           const Node *group) {
    for (uint32_t i = 0; group && i < group->n; i++)
        add_statement(o, siblings, parent, group->kid[i]);
}

json_t *lsp_symbols(Lsp *lsp, const json_t *params) {
    LspDocument *d = lsp_document_of(lsp, params, NULL);
    json_t *list = d ? json_array() : NULL;
    Outline o = {lsp, d, lsp->nested ? NULL : list};
    if (list) add_statements(&o, list, NULL, d->tree.ast.program);
    return list;
}
