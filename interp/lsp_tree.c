// Lsp_tree: parsed texts, and what stands at a place in them.
#include <string.h>

#include "interp/diag.h"
#include "interp/lsp_inner.h"
#include "interp/parser.h"

bool lsp_tree_parse(LspTree *t, const char *name, const char *text, size_t len) {
    Diags diags = {0};
    *t = (LspTree){.names = intern_new()};
    uint32_t source = source_add(&t->sources, name, text, len);
    bool ok = t->names && source &&
              parser_parse(&t->sources, source, t->names, &t->ast, &diags, NULL, NULL);
    t->errors = diags.errors;
    diag_free(&diags);
    if (!ok) lsp_tree_free(t);
    return ok;
}

void lsp_tree_free(LspTree *t) {
    ast_free(&t->ast);
    source_free(&t->sources);
    intern_free(t->names);
    *t = (LspTree){0};
}

const SourceText *lsp_tree_text(const LspTree *t) {
    return source_get(&t->sources, t->ast.source);
}

// --- the way down --------------------------------------------------------------------------

static bool covers(const Node *n, size_t offset, bool touching) {
    bool before = offset < n->span.end || (touching && offset == n->span.end);
    return n->span.start <= offset && before;
}

static bool descend(const Node *n, size_t offset, LspPath *path, bool *found);

static bool descend_kids(const Node *n, size_t offset, LspPath *path, bool *found) {
    for (int touching = 0; touching < 2; touching++)
        for (uint32_t i = 0; i < n->n; i++) {
            const Node *kid = n->kid[i];
            bool group = kid && (kid->kind == NODE_GROUP || kid->kind == NODE_FORS);
            if (!kid || (!group && !covers(kid, offset, touching))) continue;
            if (!descend(kid, offset, path, found)) return false;
            if (*found) return true;
        }
    return true;
}

// A group has no place of its own: it is on the way when one of its kids is.
static bool descend(const Node *n, size_t offset, LspPath *path, bool *found) {
    size_t mark = path->count;
    if (!VEC_PUSH(path, n) || !descend_kids(n, offset, path, found)) return false;
    *found |= n->kind != NODE_GROUP && n->kind != NODE_FORS;
    if (!*found) path->count = mark;
    return true;
}

size_t lsp_tree_before(const LspTree *t, size_t offset) {
    const Node *program = t->ast.program;
    size_t low = 0, high = program ? program->n : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (program->kid[middle]->span.end <= offset) low = middle + 1;
        else high = middle;
    }
    return low;
}

bool lsp_tree_path(const LspTree *t, size_t offset, LspPath *path) {
    const Node *program = t->ast.program;
    size_t at = lsp_tree_before(t, offset);
    bool found = false;
    path->count = 0;
    if (!program) return true;
    if (at < program->n && covers(program->kid[at], offset, false))
        return descend(program->kid[at], offset, path, &found);
    if (at && covers(program->kid[at - 1], offset, true))
        return descend(program->kid[at - 1], offset, path, &found);
    return true;
}

// --- what stands there ---------------------------------------------------------------------

static bool declares(const Node *n) {
    switch ((NodeKind)n->kind) {
    case NODE_MODEL: case NODE_LET: case NODE_DEF: case NODE_PARAM: case NODE_GENERATOR:
    case NODE_IMPORT: case NODE_ARG: case NODE_METHOD: return n->sym != NULL;
    default: return n->kind == NODE_NAME;
    }
}

const char *lsp_tree_name(const LspPath *path, size_t offset, Span *span) {
    const Node *n = path->count ? path->items[path->count - 1] : NULL;
    if (!n || !declares(n)) return NULL;
    *span = n->kind == NODE_NAME ? n->span : n->name_span;
    return offset >= span->start && offset <= span->end ? n->sym->text : NULL;
}

bool lsp_tree_quoted(const LspTree *t, const LspPath *path, size_t offset) {
    const Node *n = path->count ? path->items[path->count - 1] : NULL;
    bool text = n && (n->kind == NODE_STRING || n->kind == NODE_REGEX || n->kind == NODE_LUA);
    if (text && offset > n->span.start && offset < n->span.end) return true;
    size_t low = 0, high = t->ast.ncomments;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->ast.comments[middle].span.end < offset) low = middle + 1;
        else high = middle;
    }
    return low < t->ast.ncomments && t->ast.comments[low].span.start < offset;
}

// --- comments ------------------------------------------------------------------------------

// Whether nothing but one end of a line stands between two places.
static bool next_line(const char *text, uint32_t from, uint32_t to) {
    uint32_t ends = 0;
    for (uint32_t i = from; i < to; i++) {
        if (!strchr(" \t\r\n", text[i]) || !text[i]) return false;
        ends += text[i] == '\n';
    }
    return ends == 1;
}

void lsp_tree_comment(const LspTree *t, const Node *node, Str *out) {
    const char *text = lsp_tree_text(t)->text;
    const Comment *all = t->ast.comments;
    size_t last = 0, first;
    while (last < t->ast.ncomments && all[last].span.end <= node->span.start) last++;
    uint32_t below = node->span.start;
    for (first = last; first; below = all[--first].span.start) {
        const Comment *c = &all[first - 1];
        if (!c->own_line || c->expect || !next_line(text, c->span.end, below)) break;
    }
    for (; first < last; first++) {
        const char *line = all[first].text;
        str_printf(out, "%s\n", line + strspn(line, "# "));
    }
}
