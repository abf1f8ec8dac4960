// Doc_code: program text as highlighted HTML.
#include "interp/doc_code.h"

#include <string.h>

#include "interp/html.h"
#include "runtime/base/mem.h"

// --- reading --------------------------------------------------------------------------------

static bool opens(const Token *t) {
    return t->kind == TOKEN_LPAREN || t->kind == TOKEN_LBRACKET || t->kind == TOKEN_LBRACE;
}

static bool closes(const Token *t) {
    return t->kind == TOKEN_RPAREN || t->kind == TOKEN_RBRACKET || t->kind == TOKEN_RBRACE;
}

static bool mark_outside(DocCode *code) {
    const Tokens *t = &code->tokens;
    size_t next = 0, depth = 0;
    code->outside = MEM_NEW(bool, t->ncomments + 1);
    for (size_t i = 0; code->outside && i < t->ncomments; i++) {
        for (; next < t->count && t->items[next].start < t->comments[i].span.start; next++) {
            depth += opens(&t->items[next]);
            depth -= closes(&t->items[next]) && depth > 0;
        }
        code->outside[i] = depth == 0;
    }
    return code->outside != NULL;
}

bool doc_code_read(const char *text, size_t len, DocCode *code) {
    *code = (DocCode){.text = text, .len = (uint32_t)len, .names = intern_new()};
    uint32_t source = source_add(&code->sources, "page", text, len);
    return code->names && source &&
           lexer_run(&code->sources, source, code->names, &code->arena, &code->diags,
                     &code->tokens) &&
           mark_outside(code);
}

void doc_code_free(DocCode *code) {
    mem_free(code->outside);
    lexer_free(&code->tokens);
    arena_free(&code->arena);
    diag_free(&code->diags);
    source_free(&code->sources);
    if (code->names) intern_free(code->names);
}

// The first comment that ends behind byte `at`, and the first such token.
static size_t comment_from(const DocCode *code, uint32_t at) {
    size_t low = 0, high = code->tokens.ncomments;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (code->tokens.comments[middle].span.end > at) high = middle;
        else low = middle + 1;
    }
    return low;
}

static size_t token_from(const DocCode *code, uint32_t at) {
    size_t low = 0, high = code->tokens.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (code->tokens.items[middle].end > at) high = middle;
        else low = middle + 1;
    }
    return low;
}

const Comment *doc_code_prose(const DocCode *code, uint32_t at) {
    size_t i = comment_from(code, at);
    const Comment *c = i < code->tokens.ncomments ? &code->tokens.comments[i] : NULL;
    bool here = c && c->span.start == at && (at == 0 || code->text[at - 1] == '\n');
    return here && code->outside[i] && !c->expect ? c : NULL;
}

// --- classes --------------------------------------------------------------------------------

static bool one_of(const char *name, const char *const *names) {
    while (*names && strcmp(*names, name) != 0) names++;
    return *names != NULL;
}

// Words that mean something at the beginning of a statement or an item only.
static bool begins_statement(const Tokens *t, size_t i) {
    static const char *const words[] = {
        "model",    "let",    "def",    "import", "use",    "test",  "assert",   "check",
        "explain",  "show",   "ladder", "factor", "assume", "remove", "latent",  "noise",
        "evaluate", "observed", "selected", "lua", NULL};
    const Token *after = &t->items[i + 1];
    uint8_t before = i ? t->items[i - 1].kind : TOKEN_SEMICOLON;
    bool first = (t->items[i].flags & TOKEN_NEWLINE) || before == TOKEN_SEMICOLON ||
                 before == TOKEN_LBRACE;
    bool goes_on = after->kind == TOKEN_NAME || after->kind == TOKEN_STRING || opens(after) ||
                   after->kind == TOKEN_LUA || after->kind == TOKEN_NUMBER ||
                   after->kind == TOKEN_NOT;
    return first && goes_on && (after->flags & (TOKEN_SPACE | TOKEN_NEWLINE)) &&
           one_of(t->items[i].sym->text, words);
}

// Words that mean something inside of a sentence.
static bool is_inner_word(const Tokens *t, size_t i) {
    static const char *const words[] = {"data",    "ordered", "argmax", "select",
                                        "against", "within",  "mix",    NULL};
    uint8_t after = t->items[i + 1].kind;
    return (after == TOKEN_NAME || after == TOKEN_LBRACE || after == TOKEN_NUMBER) &&
           one_of(t->items[i].sym->text, words);
}

static const char *class_of_name(const Tokens *t, size_t i) {
    static const char *const heads[] = {"E", "Var", "Sd", "Cov", "Cor", "Quantile", NULL};
    const Token *name = &t->items[i], *after = &t->items[i + 1];
    if (name->flags & TOKEN_QUOTED || i + 1 >= t->count) return NULL;
    if (begins_statement(t, i) || is_inner_word(t, i)) return "k";
    bool touches = !(after->flags & (TOKEN_SPACE | TOKEN_NEWLINE));
    bool head = after->kind == TOKEN_LBRACKET && one_of(name->sym->text, heads);
    return touches && (after->kind == TOKEN_LPAREN || head) ? "f" : NULL;
}

static const char *class_of(const Tokens *t, size_t i) {
    switch (t->items[i].kind) {
    case TOKEN_NAME: return class_of_name(t, i);
    case TOKEN_NUMBER: return "n";
    case TOKEN_STRING: case TOKEN_REGEX: return "s";
    case TOKEN_LUA: return "lua";
    case TOKEN_LPAREN: case TOKEN_RPAREN: case TOKEN_LBRACKET: case TOKEN_RBRACKET:
    case TOKEN_LBRACE: case TOKEN_RBRACE: case TOKEN_COMMA: case TOKEN_SEMICOLON: return NULL;
    default: return t->items[i].kind < TOKEN_IF ? "o" : "k";
    }
}

// --- writing --------------------------------------------------------------------------------

static void add_marked(const char *class, const char *text, size_t len, Str *out) {
    if (class) str_printf(out, "<span class=\"%s\">", class);
    html_add_n(text, len, out);
    if (class) str_add(out, "</span>");
}

static void trim(Str *out, size_t from) {
    while (out->len > from && strchr(" \t", out->text[out->len - 1]))
        out->text[--out->len] = '\0';
}

// What is left of a comment `#=> text # more`: the second part. Returns where it begins, its
// end when there is none.
static uint32_t after_expected(const DocCode *code, const Comment *c) {
    uint32_t at = c->span.start + 3;
    while (at < c->span.end && code->text[at] != '#') at++;
    return at < c->span.end ? at : c->span.end;
}

typedef struct Pen {
    const DocCode *code;
    uint32_t at, to, answered;
    size_t start; // of this text within `out`
    Str *out;
} Pen;

static void add_plain(Pen *p, uint32_t to) {
    if (to > p->at) html_add_n(p->code->text + p->at, to - p->at, p->out);
    if (to > p->at) p->at = to;
}

static void add_comment(Pen *p, size_t i) {
    const Comment *c = &p->code->tokens.comments[i];
    uint32_t end = c->span.end < p->to ? c->span.end : p->to, from = c->span.start;
    add_plain(p, from);
    if (c->expect && p->code->outside[i] && from < p->answered) {
        p->at = after_expected(p->code, c);
        if (p->at == end) trim(p->out, p->start);
        bool empty = c->own_line && p->at == end && p->at < p->to;
        if (empty && p->code->text[p->at] == '\n') p->at++;
    }
    if (end > p->at) add_marked("c", p->code->text + p->at, end - p->at, p->out);
    if (end > p->at) p->at = end;
}

static void add_token(Pen *p, size_t i) {
    const Token *t = &p->code->tokens.items[i];
    add_plain(p, t->start < p->to ? t->start : p->to);
    uint32_t end = t->end < p->to ? t->end : p->to;
    if (end <= p->at) return;
    add_marked(class_of(&p->code->tokens, i), p->code->text + p->at, end - p->at, p->out);
    p->at = end;
}

void doc_code_add(const DocCode *code, uint32_t from, uint32_t to, uint32_t answered,
                  Str *out) {
    Pen p = {.code = code, .at = from, .to = to, .answered = answered, .start = out->len,
             .out = out};
    const Tokens *all = &code->tokens;
    size_t token = token_from(code, from), comment = comment_from(code, from);
    for (;;) {
        const Token *t = token < all->count && all->items[token].start < to ? &all->items[token]
                                                                           : NULL;
        const Comment *c = comment < all->ncomments && all->comments[comment].span.start < to
                               ? &all->comments[comment] : NULL;
        if (!t && !c) break;
        if (c && (!t || c->span.start < t->start)) add_comment(&p, comment++);
        else add_token(&p, token++);
    }
    add_plain(&p, to);
}
