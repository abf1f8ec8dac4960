// Parser: tokens, errors and nodes; what every parsing function stands on.
#include "interp/parser.h"

#include <stdarg.h>
#include <string.h>

#include "interp/parser_inner.h"

enum {
    DEEPEST = 1000, // nested parsing functions for expressions and blocks
    HIGHEST = 5000, // nodes from a leaf to the root
};

// --- tokens ---

const Token *parser_peek(const Parser *p, uint32_t ahead) {
    return ahead < p->count - p->at ? &p->tokens[p->at + ahead] : &p->tokens[p->count - 1];
}

bool parser_at(const Parser *p, TokenKind kind) {
    return p->tokens[p->at].kind == kind;
}

bool parser_is_word(const Token *t, const char *word) {
    return t->kind == TOKEN_NAME && !(t->flags & TOKEN_QUOTED) &&
           strcmp(t->sym->text, word) == 0;
}

bool parser_at_word(const Parser *p, const char *word) {
    return parser_is_word(&p->tokens[p->at], word);
}

bool parser_take(Parser *p, TokenKind kind) {
    if (!parser_at(p, kind)) return false;
    if (kind != TOKEN_END) p->at++;
    return true;
}

bool parser_expect(Parser *p, TokenKind kind) {
    if (parser_take(p, kind)) return true;
    parser_unexpected(p, lexer_kind_text(kind));
    return false;
}

bool parser_line_ends(const Parser *p) {
    const Token *t = &p->tokens[p->at];
    if (t->kind == TOKEN_END || t->kind == TOKEN_SEMICOLON || t->kind == TOKEN_RBRACE)
        return true;
    return p->mode.lines && t->flags & TOKEN_NEWLINE;
}

bool parser_row_follows(const Parser *p) {
    for (uint32_t i = p->at; i < p->count; i++) {
        const Token *t = &p->tokens[i];
        if (i > p->at && t->flags & TOKEN_NEWLINE) return false;
        if (t->kind == TOKEN_ROW) return true;
        if (t->kind == TOKEN_SEMICOLON || t->kind == TOKEN_RBRACE) return false;
        if (t->match) i = t->match;
    }
    return false;
}

bool parser_starts_operand(const Token *t) {
    switch (t->kind) {
    case TOKEN_NAME:
    case TOKEN_NUMBER:
    case TOKEN_STRING:
    case TOKEN_REGEX:
    case TOKEN_TRUE:
    case TOKEN_FALSE:
    case TOKEN_IF:
    case TOKEN_CASE:
    case TOKEN_LBRACE:
        return true;
    default:
        return false;
    }
}

bool parser_at_left_arrow(const Parser *p) {
    const Token *second = parser_peek(p, 1);
    return parser_at(p, TOKEN_LT) && second->kind == TOKEN_MINUS &&
           !(second->flags & TOKEN_SPACE);
}

Span parser_token_span(const Parser *p, uint32_t token) {
    return (Span){p->number, p->tokens[token].start, p->tokens[token].end};
}

Span parser_span(const Parser *p, uint32_t start) {
    uint32_t last = p->at > start ? p->at - 1 : start;
    return (Span){p->number, p->tokens[start].start, p->tokens[last].end};
}

static bool is_reserved(const Token *t) {
    return t->kind >= TOKEN_IF;
}

const Token *parser_name(Parser *p, const char *what) {
    const Token *t = parser_peek(p, 0);
    if (parser_take(p, TOKEN_NAME)) return t;
    if (!is_reserved(t)) return parser_unexpected(p, what);
    const char *word = lexer_kind_text((TokenKind)t->kind);
    if (parser_fail(p, DIAG_RESERVED_NAME, parser_token_span(p, p->at),
                    "%s is a reserved word, and %s is expected here", word, what))
        diag_hint(p->diags, "a name that is spelled like one stands in backquotes: %s", word);
    return NULL;
}

// --- errors ---

// The lexer has reported what is wrong with this statement: no second message for one slip.
static bool spoilt(const Parser *p) {
    for (uint32_t i = p->begun; i <= p->at; i++)
        if (p->tokens[i].flags & TOKEN_BAD) return true;
    return false;
}

static bool report(Parser *p, DiagCode code, Span span, const char *format, va_list args) {
    // What follows from the text's end is told once.
    if (p->failed || p->nomem || p->ended || spoilt(p)) return false;
    p->ended = parser_at(p, TOKEN_END);
    if (p->errors++ == 0) p->at_end = p->ended;
    Str s = {0};
    str_vprintf(&s, format, args);
    diag_error(p->diags, code, span, "%s", str_text(&s));
    str_free(&s);
    return true;
}

bool parser_fail(Parser *p, DiagCode code, Span span, const char *format, ...) {
    va_list args;
    va_start(args, format);
    bool first = report(p, code, span, format, args);
    va_end(args);
    p->failed = true;
    return first;
}

bool parser_complain(Parser *p, DiagCode code, Span span, const char *format, ...) {
    va_list args;
    va_start(args, format);
    bool first = report(p, code, span, format, args);
    va_end(args);
    return first;
}

static DiagCode code_of(const Token *t) {
    switch (t->kind) {
    case TOKEN_ARROW:
    case TOKEN_BOTH:
        return DIAG_ARROW_PLACE;
    case TOKEN_DO:
        return DIAG_DO_PLACE;
    case TOKEN_WILDCARD:
        return DIAG_WILDCARD_PLACE;
    default:
        return DIAG_SYNTAX;
    }
}

// After a first word that begins neither a statement nor an item: the one that was meant.
static void hint_first_word(Parser *p) {
    static const char *const heads[] = {"P",        "E", "Var", "Sd",   "Cov",       "Cor",
                                        "Quantile", "H", "I",   "logP", "marginals", "argmax"};
    static const char *const words[] = {
        "model", "let",  "def",      "import", "use",    "test",  "assert",   "check",  "explain",
        "show",  "evaluate", "assume", "latent", "noise", "observed", "selected", "factor"};
    const Token *first = &p->tokens[p->begun];
    static const char *const notations[][2] = {
        {"dag", "graph.dag"},     {"pdag", "graph.dag"},      {"graph", "graph.dot"},
        {"digraph", "graph.dot"}, {"network", "network.bif"}, {"net", "network.net"},
        {"variable", "network.bif"}, {"node", "network.net"}, {"potential", "network.net"}};
    static const char *const foreign[][2] = {
        {"var", "to name a value, write `let x = 3`"},
        {"const", "to name a value, write `let x = 3`"},
        {"int", "to name a value, write `let x = 3`"},
        {"double", "to name a value, write `let x = 3`"},
        {"lambda", "a function is defined by def f(x) = x + 1"},
        {"function", "a function is defined by def f(x) = x + 1"},
        {"return", "a function is what stands after its `=`: def f(x) = x + 1"},
        {"while", "there are no loops; ask for a list: [P(Y | do(X = x)) for x in 0..3]"},
        {"from", "there are no packages; import \"file.rung\" runs another program"}};
    bool packages = first->kind == TOKEN_FROM && p->at == p->begun;
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        bool same = packages ? strcmp(foreign[i][0], "from") == 0
                             : p->at == p->begun + 1 && parser_is_word(first, foreign[i][0]);
        if (same) diag_hint(p->diags, "%s", foreign[i][1]);
        if (same) return;
    }
    if (p->at != p->begun + 1 || first->kind != TOKEN_NAME || first->flags & TOKEN_QUOTED) return;
    for (size_t i = 0; i < sizeof notations / sizeof *notations; i++) {
        if (!parser_is_word(first, notations[i][0])) continue;
        diag_hint(p->diags,
                  "what is in another notation stands in a file of its own: import \"%s\"",
                  notations[i][1]);
        return;
    }
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        if (!parser_is_word(first, heads[i])) continue;
        diag_hint(p->diags, "a question has its parts in brackets: %s",
                  strcmp(heads[i], "argmax") == 0 ? "argmax P(Y | X = 1)" : "P(Y | X = 1)");
        return;
    }
    const char *meant = diag_closest(first->sym->text, words, sizeof words / sizeof *words);
    if (!meant) return;
    if (strcmp(meant, first->sym->text) != 0) diag_hint(p->diags, "did you mean `%s`?", meant);
    else if (strcmp(meant, "model") == 0)
        diag_hint(p->diags, "a model has a name: model weather { Rain : bool ~ 0.3 }");
    else if (strcmp(meant, "import") == 0)
        diag_hint(p->diags, "a path stands in quotes: import \"network.bif\"");
}

// The edges and choices of other languages.
static bool hint_foreign(Parser *p, const Token *t) {
    bool dashes = t->kind == TOKEN_MINUS && (t[1].kind == TOKEN_MINUS || t[1].kind == TOKEN_ARROW);
    if (p->at == 0 || t[-1].kind != TOKEN_NAME) return false;
    if (dashes || t->kind == TOKEN_ROW) diag_hint(p->diags, "an edge is written A -> B");
    else if (t->kind == TOKEN_QUERY && t[1].kind != TOKEN_END)
        diag_hint(p->diags, "a choice is written `if A then x else y`");
    else return false;
    return true;
}

// A name where only a clause or the rest of a choice can stand: the word that was meant.
static bool hint_clause(Parser *p, const Token *t) {
    static const char *const words[] = {"under", "from", "using", "with", "where", "then", "else"};
    bool later = t->kind == TOKEN_NAME && p->at > p->begun + 1 && !(t->flags & TOKEN_QUOTED);
    const char *meant =
        later ? diag_closest(t->sym->text, words, sizeof words / sizeof *words) : NULL;
    if (meant) diag_hint(p->diags, "did you mean `%s`?", meant);
    return meant != NULL;
}

static void hint_for(Parser *p, const Token *t) {
    if (parser_is_word(t, "given"))
        diag_hint(p->diags, "what is given stands behind a bar: P(Y | X = 1)");
    switch (t->kind) {
    case TOKEN_ARROW:
        diag_hint(p->diags,
                  "an edge stands in a model, an arrow alone as an argument: ATE(X -> Y)");
        break;
    case TOKEN_DO:
        diag_hint(p->diags, "`do(...)` stands after the bar of a question, or after `with`");
        break;
    case TOKEN_WILDCARD:
        if (t[1].kind == TOKEN_BAR && t[2].kind == TOKEN_WILDCARD)
            diag_hint(p->diags, "independence is written A _||_ B");
        else diag_hint(p->diags, "to ask for every value of a variable, write `?`");
        break;
    case TOKEN_TILDE:
        if (p->at > 2 && (parser_is_word(&t[-3], "lm") || parser_is_word(&t[-3], "glm")))
            diag_hint(p->diags, "a regression coefficient is asked as slope(X -> Y | Z)");
        break;
    case TOKEN_COMMA:
        if (t[1].kind == TOKEN_NAME && (t[2].kind == TOKEN_COLON || t[2].kind == TOKEN_TILDE))
            diag_hint(p->diags, "items stand on lines of their own, or with `;` between them");
        else if (p->at > 0 && t[-1].kind == TOKEN_NUMBER)
            diag_hint(p->diags, "digits are grouped by `_`, 1_000; a list stands in brackets");
        break;
    default:
        if (t->kind == TOKEN_NAME && p->at > p->begun + 1 &&
            (t[1].kind == TOKEN_COLON || t[1].kind == TOKEN_TILDE))
            diag_hint(p->diags, "items stand on lines of their own, or with `;` between them");
        else if (!hint_foreign(p, t) && !hint_clause(p, t)) hint_first_word(p);
        break;
    }
}

void *parser_unexpected(Parser *p, const char *expected) {
    const Token *t = parser_peek(p, 0);
    Span span = parser_token_span(p, p->at);
    if (t->kind == TOKEN_END) {
        if (p->at > 0) span.start = span.end = p->tokens[p->at - 1].end;
        parser_fail(p, DIAG_SYNTAX, span, "the text ends where %s is expected", expected);
    } else if (t->flags & TOKEN_NEWLINE && p->mode.lines && p->at > p->begun) {
        span.start = span.end = p->tokens[p->at - 1].end;
        parser_fail(p, DIAG_SYNTAX, span, "the line ends where %s is expected", expected);
    } else if (parser_fail(p, code_of(t), span, "expected %s, found `%.*s`", expected,
                           (int)(t->end - t->start), p->source->text + t->start)) {
        hint_for(p, t);
    }
    return NULL;
}

bool parser_close(Parser *p, TokenKind kind, uint32_t opener, const char *more) {
    if (parser_take(p, kind)) return true;
    const Token *t = parser_peek(p, 0);
    bool open = p->tokens[opener].match == 0 || parser_statement_opens(p);
    bool closer =
        t->kind == TOKEN_RPAREN || t->kind == TOKEN_RBRACKET || t->kind == TOKEN_RBRACE;
    if (open && (t->kind == TOKEN_END || closer || t->flags & TOKEN_NEWLINE ||
                 t->kind == TOKEN_SEMICOLON)) {
        Span here = parser_token_span(p, p->at);
        if (!closer || t->flags & TOKEN_NEWLINE)
            here.start = here.end = p->tokens[p->at - 1].end;
        if (parser_fail(p, DIAG_UNCLOSED, here, "%s is missing here", lexer_kind_text(kind)))
            diag_also(p->diags, parser_token_span(p, opener));
        return false;
    }
    Str expected = {0};
    str_printf(&expected, "%s%s", more, lexer_kind_text(kind));
    parser_unexpected(p, str_text(&expected));
    str_free(&expected);
    return false;
}

// A token that goes on with the line before.
static bool continues(const Token *t) {
    switch (t->kind) {
    case TOKEN_RPAREN:
    case TOKEN_RBRACKET:
    case TOKEN_COMMA:
    case TOKEN_BAR:
    case TOKEN_THEN:
    case TOKEN_ELSE:
    case TOKEN_AND:
    case TOKEN_OR:
    case TOKEN_IN:
    case TOKEN_UNDER:
    case TOKEN_FROM:
    case TOKEN_USING:
    case TOKEN_WITH:
    case TOKEN_WHERE:
        return true;
    default:
        return t->kind >= TOKEN_COLON && t->kind <= TOKEN_SEPARATED &&
               t->kind != TOKEN_WILDCARD && t->kind != TOKEN_QUERY;
    }
}

Node *parser_recover(Parser *p, uint32_t begun, size_t stack) {
    // A statement that clearly begins here is a statement, whatever brackets are open.
    uint32_t i = p->at > begun && parser_statement_opens(p) ? p->at : begun;
    for (; p->tokens[i].kind != TOKEN_END; i++) {
        const Token *t = &p->tokens[i];
        if (i >= p->at && i > begun) {
            if (t->kind == TOKEN_RBRACE || t->kind == TOKEN_SEMICOLON) break;
            if (t->flags & TOKEN_NEWLINE && !continues(t)) break;
        }
        if (t->match) i = t->match;
    }
    p->at = i;
    p->failed = false;
    p->stack.count = stack;
    return parser_node(p, NODE_ERROR, parser_span(p, begun), 0);
}

bool parser_enter(Parser *p) {
    if (p->depth < DEEPEST) {
        p->depth++;
        return true;
    }
    parser_fail(p, DIAG_NESTING, parser_token_span(p, p->at),
                "the program is nested too deeply here");
    return false;
}

void parser_leave(Parser *p) {
    p->depth--;
}

// --- nodes ---

static Node *new_node(Parser *p, NodeKind kind, Span span, uint32_t n) {
    Node *node = ARENA_NEW(p->arena, Node);
    Node **kids = n ? ARENA_ARRAY(p->arena, Node *, n) : NULL;
    if (!node || (n && !kids)) {
        p->nomem = true;
        return NULL;
    }
    node->kind = (uint16_t)kind;
    node->span = node->name_span = span;
    node->n = n;
    node->height = 1;
    node->kid = kids;
    return node;
}

static Node *check_height(Parser *p, Node *node) {
    for (uint32_t i = 0; i < node->n; i++)
        if (node->kid[i] && node->kid[i]->height >= node->height)
            node->height = node->kid[i]->height + 1;
    if (node->height < HIGHEST) return node;
    parser_fail(p, DIAG_NESTING, node->span, "this expression has too many parts");
    return NULL;
}

Node *parser_node(Parser *p, NodeKind kind, Span span, uint32_t n, ...) {
    Node *node = new_node(p, kind, span, n);
    if (!node) return NULL;
    va_list args;
    va_start(args, n);
    for (uint32_t i = 0; i < n; i++) node->kid[i] = va_arg(args, Node *);
    va_end(args);
    return check_height(p, node);
}

bool parser_push(Parser *p, Node *kid) {
    if (!kid) return false;
    if (VEC_PUSH(&p->stack, kid)) return true;
    p->nomem = true;
    return false;
}

Node *parser_list(Parser *p, NodeKind kind, Span span, size_t mark) {
    size_t n = p->stack.count - mark;
    Node *node = new_node(p, kind, span, (uint32_t)n);
    if (!node) return NULL;
    if (n) memcpy(node->kid, p->stack.items + mark, n * sizeof *node->kid);
    p->stack.count = mark;
    return check_height(p, node);
}

Node *parser_name_node(Parser *p, uint32_t token) {
    const Token *t = &p->tokens[token];
    Node *node = parser_node(p, NODE_NAME, parser_token_span(p, token), 0);
    if (!node) return NULL;
    node->sym = t->sym;
    if (t->flags & TOKEN_QUOTED) node->flags |= FLAG_QUOTED;
    return node;
}

Node *parser_string_node(Parser *p, uint32_t token) {
    const Token *t = &p->tokens[token];
    NodeKind kind = t->kind == TOKEN_REGEX ? NODE_REGEX : NODE_STRING;
    Node *node = parser_node(p, kind, parser_token_span(p, token), 0);
    if (!node) return NULL;
    node->text = t->text;
    node->len = t->len;
    return node;
}

// --- the whole ---

// Merges the diagnostics of the lexer, [from, middle), with those of the parser, so that they
// come in the order of the text. Without memory they stay as they are.
static void merge(Diags *d, size_t from, size_t middle) {
    size_t n = d->count - from, a = from, b = middle;
    Diag *merged = n ? MEM_NEW(Diag, n) : NULL;
    if (!merged) return;
    for (size_t i = 0; i < n; i++) {
        bool first =
            b == d->count || (a < middle && d->items[a].span.start <= d->items[b].span.start);
        merged[i] = first ? d->items[a++] : d->items[b++];
    }
    memcpy(d->items + from, merged, n * sizeof *merged);
    mem_free(merged);
}

// Of very many diagnostics the first are enough.
static void shorten(Diags *d, size_t from, Span end) {
    enum { SHOWN = 50 };
    if (d->count - from <= SHOWN) return;
    size_t more = d->count - from - SHOWN;
    for (size_t i = from + SHOWN; i < d->count; i++) {
        mem_free(d->items[i].message);
        mem_free(d->items[i].hint);
    }
    d->count = from + SHOWN;
    diag_note(d, DIAG_SYNTAX, end, "%zu more mistakes up to here are not shown", more);
}

bool parser_parse(const Sources *sources, uint32_t source, Interner *names, Ast *ast,
                  Diags *diags, const struct Ctl *ctl, bool *incomplete) {
    *ast = (Ast){.source = source, .arena.ctl = ctl};
    if (incomplete) *incomplete = false;
    size_t errors = diags->errors, before = diags->count;
    Tokens tokens;
    bool lexed = lexer_run(sources, source, names, &ast->arena, diags, &tokens);
    Parser p = {.source = source_get(sources, source),
                .number = source,
                .tokens = tokens.items,
                .count = (uint32_t)tokens.count,
                .mode = {.lines = true, .commas = true},
                .nomem = !lexed,
                .errors = diags->errors - errors,
                .arena = &ast->arena,
                .names = names,
                .diags = diags};
    size_t middle = diags->count;
    if (lexed) {
        ast->program = parser_statement_list(&p, NODE_PROGRAM, 0);
        ast->ncomments = tokens.ncomments;
        ast->comments = ARENA_ARRAY(&ast->arena, Comment, tokens.ncomments);
        if (!ast->comments)
            p.nomem = true;
        else if (tokens.ncomments)
            memcpy(ast->comments, tokens.comments, tokens.ncomments * sizeof(Comment));
    }
    if (incomplete) *incomplete = p.at_end;
    merge(diags, before, middle);
    shorten(diags, before, (Span){source, (uint32_t)p.source->len, (uint32_t)p.source->len});
    VEC_FREE(&p.stack);
    lexer_free(&tokens);
    return !p.nomem && !diags->failed;
}
