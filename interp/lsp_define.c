// Lsp_define: where names are defined.
#include <string.h>
#include <unistd.h>

#include "interp/lsp_inner.h"
#include "interp/module.h"

// What defines a name: the statement or item, and the node that has the name's place.
typedef struct Hit {
    const Node *node, *name;
} Hit;

static bool called(const Node *n, const char *name) {
    return n && n->sym && strcmp(n->sym->text, name) == 0;
}

static Span name_span(const Hit *h) {
    return h->name->kind == NODE_NAME ? h->name->span : h->name->name_span;
}

// --- names bound around a place ------------------------------------------------------------

static bool in_parameters(const Node *group, const char *name, Hit *hit) {
    for (uint32_t i = 0; group && i < group->n; i++) {
        const Node *p = group->kid[i], *arrow = p->sym ? NULL : p->kid[0];
        if (called(p, name)) return *hit = (Hit){p, p}, true;
        for (uint32_t k = 0; arrow && k < arrow->n; k++)
            if (called(arrow->kid[k], name)) return *hit = (Hit){p, arrow->kid[k]}, true;
    }
    return false;
}

static bool in_generators(const Node *n, const char *name, Hit *hit) {
    for (uint32_t i = 0; i < n->n; i++) {
        const Node *fors = n->kid[i];
        for (uint32_t k = 0; fors && fors->kind == NODE_FORS && k < fors->n; k++)
            if (called(fors->kid[k], name))
                return *hit = (Hit){fors->kid[k], fors->kid[k]}, true;
    }
    return false;
}

static bool bound(const LspPath *path, const char *name, Hit *hit) {
    for (size_t i = path->count; i--;) {
        const Node *n = path->items[i];
        bool takes = n->kind == NODE_DEF || n->kind == NODE_MODEL;
        if (takes && in_parameters(n->kid[0], name, hit)) return true;
        if (in_generators(n, name, hit)) return true;
    }
    return false;
}

// --- variables -----------------------------------------------------------------------------

// A name, or the base of an index.
static const Node *base(const Node *n) {
    return n->kind == NODE_INDEX ? n->kid[0] : n;
}

static bool in_endpoint(const Node *item, const Node *n, const char *name, Hit *hit) {
    for (uint32_t i = 0; n->kind == NODE_SET && i < n->n; i++)
        if (in_endpoint(item, n->kid[i], name, hit)) return true;
    if (!called(base(n), name)) return false;
    *hit = (Hit){item, base(n)};
    return true;
}

// The item that declares it, or the first edge that mentions it.
static bool in_block(const Node *block, const char *name, Hit *hit) {
    for (uint32_t i = 0; i < block->n; i++) {
        const Node *item = block->kid[i];
        for (uint32_t k = 0; item->kind == NODE_VARIABLE && k < item->kid[0]->n; k++)
            if (in_endpoint(item, item->kid[0]->kid[k], name, hit)) return true;
    }
    for (uint32_t i = 0; i < block->n; i++) {
        const Node *item = block->kid[i];
        for (uint32_t k = 0; item->kind == NODE_CHAIN && k < item->kid[0]->n; k += 2)
            if (in_endpoint(item, item->kid[0]->kid[k], name, hit)) return true;
    }
    return false;
}

// The last model of that name that begins before a place, or NULL.
static const Node *model_named(const Node *program, const char *name, uint32_t before) {
    const Node *found = NULL;
    for (uint32_t i = 0; i < program->n && program->kid[i]->span.start < before; i++)
        if (program->kid[i]->kind == NODE_MODEL && called(program->kid[i], name))
            found = program->kid[i];
    return found;
}

static bool in_expression(const Node *program, const Node *e, uint32_t before, const char *name,
                          Hit *hit);

static bool in_model(const Node *program, const Node *model, const char *name, Hit *hit) {
    const Node *body = model->kid[2];
    if (!body) return false;
    if (body->kind == NODE_BLOCK) return in_block(body, name, hit);
    return in_expression(program, body, model->span.start, name, hit);
}

// Of `m`, `m with { ... }` and `m(3)`, where m begins before a place.
static bool in_expression(const Node *program, const Node *e, uint32_t before, const char *name,
                          Hit *hit) {
    for (;; e = e->kid[0]) {
        bool changed = e->kind == NODE_WITH && e->kid[1] && e->kid[1]->kind == NODE_BLOCK;
        if (changed && in_block(e->kid[1], name, hit)) return true;
        if (e->kind == NODE_NAME) break;
        if (e->kind != NODE_WITH && e->kind != NODE_PAREN && e->kind != NODE_CALL) return false;
    }
    const Node *model = model_named(program, e->sym->text, before);
    return model && in_model(program, model, name, hit);
}

// The model in force at a place: an expression of it, or its declaration.
static const Node *in_force(const Node *group, uint32_t before, const Node *outer) {
    for (uint32_t i = 0; group && i < group->n && group->kid[i]->span.start < before; i++) {
        const Node *n = group->kid[i];
        if (n->kind == NODE_MODEL) outer = n;
        else if (n->kind == NODE_USE) outer = n->kid[0];
    }
    return outer;
}

static bool variable(const Node *program, const LspPath *path, const char *name, Hit *hit) {
    uint32_t at = path->items[path->count - 1]->span.start;
    const Node *group = path->items[0]->kind == NODE_TEST ? path->items[0]->kid[0] : NULL;
    for (size_t i = path->count; i--;) {
        const Node *n = path->items[i];
        if (n->kind == NODE_BLOCK && in_block(n, name, hit)) return true;
        const Node *model = n->kind == NODE_UNDER  ? n->kid[1]
                            : n->kind == NODE_WITH ? n->kid[0]
                                                   : NULL;
        if (model && in_expression(program, model, at, name, hit)) return true;
    }
    const Node *model = in_force(group, at, in_force(program, at, NULL));
    if (!model) return false;
    return model->kind == NODE_MODEL ? in_model(program, model, name, hit)
                                     : in_expression(program, model, at, name, hit);
}

// A variable of any model of the text, the last first.
static bool any_variable(const Node *program, const char *name, Hit *hit) {
    for (uint32_t i = program->n; i--;) {
        const Node *n = program->kid[i];
        if (n->kind == NODE_MODEL && in_model(program, n, name, hit)) return true;
    }
    return false;
}

// --- statements ----------------------------------------------------------------------------

// The last one before a place that defines a name, else the first after it.
static bool statement(const Node *group, const char *name, uint32_t before, Hit *hit) {
    bool found = false;
    for (uint32_t i = 0; group && i < group->n; i++) {
        const Node *n = group->kid[i];
        bool defines = n->kind == NODE_MODEL || n->kind == NODE_LET || n->kind == NODE_DEF ||
                       n->kind == NODE_IMPORT;
        if (found && n->span.start >= before) break;
        if (!defines || !called(n, name)) continue;
        *hit = (Hit){n, n};
        found = true;
    }
    return found;
}

static bool here(const LspDocument *d, const LspPath *path, const char *name, Hit *hit) {
    const Node *program = d->tree.ast.program, *outer = path->items[0];
    uint32_t at = path->items[path->count - 1]->span.start;
    if (bound(path, name, hit) || variable(program, path, name, hit)) return true;
    if (outer->kind == NODE_TEST && statement(outer->kid[0], name, at, hit)) return true;
    return statement(program, name, at, hit);
}

// --- imported files ------------------------------------------------------------------------

// Files on the way from the document, so that none is opened within itself.
typedef struct Way {
    const struct Way *outer;
    const char *path;
} Way;

static bool in_imports(const Node *program, const Way *way, const char *name, LspFound *found);

static bool open_file(const char *path, LspTree *tree) {
    char *text;
    size_t len;
    if (module_kind(path) != MODULE_RUNG || !module_ends(path)) return false;
    if (!module_read(path, NULL, &text, &len)) return false;
    bool ok = lsp_tree_parse(tree, path, text, len);
    mem_free(text);
    return ok;
}

static bool in_file(char *path, const Way *outer, const char *name, LspFound *found) {
    Way way = {outer, path};
    LspTree tree;
    Hit hit;
    for (const Way *w = outer; w; w = w->outer)
        if (w->path && strcmp(w->path, path) == 0) return false;
    if (!open_file(path, &tree)) return false;
    const Node *program = tree.ast.program;
    bool there = program && (statement(program, name, UINT32_MAX, &hit) ||
                             any_variable(program, name, &hit));
    if (there) {
        *found = (LspFound){hit.node, name_span(&hit), path, tree};
        return true;
    }
    bool deeper = program && in_imports(program, &way, name, found);
    lsp_tree_free(&tree);
    if (deeper) mem_free(path);
    return deeper;
}

static bool in_imports(const Node *program, const Way *way, const char *name, LspFound *found) {
    for (uint32_t i = program->n; i--;) {
        if (program->kid[i]->kind != NODE_IMPORT) continue;
        char *path = module_path(way->path, program->kid[i]->text);
        if (path && in_file(path, way, name, found)) return true;
        mem_free(path);
    }
    return false;
}

// --- requests ------------------------------------------------------------------------------

bool lsp_define_name(LspDocument *d, const LspPath *path, const char *name, LspFound *found) {
    const Node *program = d->tree.ast.program;
    Way way = {NULL, d->path};
    Hit hit;
    *found = (LspFound){0};
    if (!here(d, path, name, &hit)) {
        if (in_imports(program, &way, name, found)) return true;
        if (!any_variable(program, name, &hit)) return false;
    }
    *found = (LspFound){.node = hit.node, .span = name_span(&hit)};
    return true;
}

void lsp_define_free(LspFound *found) {
    mem_free(found->path);
    lsp_tree_free(&found->other);
}

static json_t *place_in_file(const Lsp *lsp, const char *path, const SourceText *source,
                             Span span) {
    LspText text = {0};
    char *uri = lsp_text_uri(path);
    bool ok = uri && lsp_text_set(&text, source ? source->text : "", source ? source->len : 0);
    json_t *place = ok ? json_pack("{s:s, s:o}", "uri", uri, "range",
                                   lsp_text_range(&text, lsp->units, span.start, span.end))
                       : NULL;
    mem_free(uri);
    lsp_text_free(&text);
    return place;
}

// The file that an import names.
static json_t *imported(const Lsp *lsp, const LspDocument *d, const Node *import) {
    Span start = {0};
    char *path = module_path(d->path, import->text);
    bool there = path && access(path, R_OK) == 0;
    json_t *place = there ? place_in_file(lsp, path, NULL, start) : json_null();
    mem_free(path);
    return place;
}

static json_t *define(Lsp *lsp, LspDocument *d, const LspPath *path, size_t offset) {
    Span span;
    LspFound found;
    const char *name = lsp_tree_name(path, offset, &span);
    const Node *last = path->count ? path->items[path->count - 1] : NULL;
    if (!name && last && last->kind == NODE_IMPORT) return imported(lsp, d, last);
    if (!name || !lsp_define_name(d, path, name, &found)) return json_null();
    json_t *place =
        found.path ? place_in_file(lsp, found.path, lsp_tree_text(&found.other), found.span)
                   : json_pack("{s:s, s:o}", "uri", d->uri, "range",
                               lsp_text_range(&d->text, lsp->units, found.span.start,
                                              found.span.end));
    lsp_define_free(&found);
    return place;
}

json_t *lsp_define(Lsp *lsp, const json_t *params) {
    return lsp_document_at(lsp, params, define);
}
