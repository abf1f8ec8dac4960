// Parser: statements.
#include "interp/parser_inner.h"

#include <string.h>

// separator = newline | ";" ;
// The last one before a `}` or the end of the text may be left out.
// A statement, an item or a row ends where its line ends, unless brackets are open, the line
// ends in an operator, a comma, `then`, `else`, `and`, `or` or `|`, or the next line begins
// with a binary operator or a clause word. A line with a `=>` always begins a row.

// --- parts ---

// pattern_parameter = name "->" name { "->" name } ;
static Node *pattern_parameter(Parser *p) {
    uint32_t start = p->at;
    size_t mark = p->stack.count;
    do {
        uint32_t at = p->at;
        if (!parser_name(p, "a name") || !parser_push(p, parser_name_node(p, at))) return NULL;
    } while (parser_take(p, TOKEN_ARROW));
    Node *arrow = parser_list(p, NODE_ARROW, parser_span(p, start), mark);
    return arrow ? parser_node(p, NODE_PARAM, arrow->span, 2, arrow, NULL) : NULL;
}

// parameter = pattern_parameter | name [ ":" expression ] ;
static Node *parameter(Parser *p) {
    uint32_t start = p->at;
    if (parser_peek(p, 1)->kind == TOKEN_ARROW) return pattern_parameter(p);
    const Token *name = parser_name(p, "a name for the parameter");
    if (!name) return NULL;
    Node *value = NULL;
    if (parser_take(p, TOKEN_COLON) && !(value = parser_expr(p))) return NULL;
    Node *node = parser_node(p, NODE_PARAM, parser_span(p, start), 2, NULL, value);
    if (!node) return NULL;
    node->sym = name->sym;
    node->name_span = parser_token_span(p, start);
    return node;
}

// parameters = "(" [ parameter { "," parameter } [ "," ] ] ")" ;
static Node *parameters(Parser *p) {
    uint32_t opener = p->at++;
    size_t mark = p->stack.count;
    Mode outer = p->mode;
    p->mode = (Mode){0};
    while (!parser_at(p, TOKEN_RPAREN)) {
        if (!parser_push(p, parameter(p))) return NULL;
        if (!parser_take(p, TOKEN_COMMA)) break;
    }
    if (!parser_close(p, TOKEN_RPAREN, opener, "`,` or ")) return NULL;
    p->mode = outer;
    return parser_list(p, NODE_GROUP, parser_span(p, opener), mark);
}

static Node *text_here(Parser *p) {
    if (!parser_at(p, TOKEN_STRING) || parser_line_ends(p)) return NULL;
    return parser_string_node(p, p->at++);
}

// The `=` of a definition; what people write instead is reported, and read as it.
static bool definition(Parser *p, const char *what) {
    if (parser_take(p, TOKEN_EQ)) return true;
    uint32_t start = p->at;
    if (parser_at_left_arrow(p)) {
        p->at += 2;
        parser_complain(p, DIAG_ASSIGNMENT_ARROW, parser_span(p, start),
                        "`%s` names its value with `=`, not `<-`", what);
        return true;
    }
    bool colon = parser_at(p, TOKEN_COLON);
    if (parser_take(p, TOKEN_EQEQ) || parser_take(p, TOKEN_TILDE) ||
        parser_take(p, TOKEN_COLON)) {
        parser_complain(p, DIAG_MISSING_EQUALS, parser_span(p, start),
                        "`%s` names its value with `=`", what);
        if (colon && parser_at_word(p, "return")) p->at++;
        return true;
    }
    if (parser_at(p, TOKEN_END)) return parser_unexpected(p, "`=`");
    Span span = parser_token_span(p, p->at);
    if (parser_line_ends(p)) span.start = span.end = p->tokens[p->at - 1].end;
    if (parser_fail(p, DIAG_MISSING_EQUALS, span, "`%s` needs `=` between name and value",
                    what) &&
        parser_at(p, TOKEN_LPAREN))
        diag_hint(p->diags, "a function is defined with `def`");
    return false;
}

// --- statements ---

// model = "model" name [ parameters ] [ string ] ( "{" items "}" | "=" sentence ) ;
static Node *model(Parser *p) {
    uint32_t start = p->at++, named = p->at;
    const Token *name = parser_name(p, "a name for the model");
    if (!name) return NULL;
    Node *params = NULL, *body;
    if (parser_at(p, TOKEN_LPAREN) && !(params = parameters(p))) return NULL;
    Node *doc = text_here(p);
    if (parser_at(p, TOKEN_LBRACE))
        body = parser_item_block(p);
    else if (parser_take(p, TOKEN_EQ))
        body = parser_expr_full(p);
    else
        return parser_unexpected(p, "`{` or `=`");
    if (!body) return NULL;
    Node *node = parser_node(p, NODE_MODEL, parser_span(p, start), 3, params, doc, body);
    if (!node) return NULL;
    node->sym = name->sym;
    node->name_span = parser_token_span(p, named);
    return node;
}

// A value or a function that is called as a question is leaves the question what it was.
static void note_head(Parser *p, uint32_t named, bool function) {
    const Token *name = &p->tokens[named];
    if (name->flags & TOKEN_QUOTED || !parser_head_word(name)) return;
    const char *word = name->sym->text;
    diag_note(p->diags, DIAG_HIDES, parser_token_span(p, named),
              function ? "%s(...) stays the question; the function is called as `%s`(...)"
                       : "%s(...) and %s[...] stay the question; the value is %s alone",
              word, word, word);
}

// let = "let" name "=" sentence ;
static Node *let(Parser *p) {
    uint32_t start = p->at++, named = p->at;
    const Token *name = parser_name(p, "a name for the value");
    if (!name || !definition(p, "let")) return NULL;
    Node *value = parser_expr_full(p);
    Node *node = value ? parser_node(p, NODE_LET, parser_span(p, start), 1, value) : NULL;
    if (!node) return NULL;
    note_head(p, named, false);
    node->sym = name->sym;
    node->name_span = parser_token_span(p, named);
    return node;
}

// def = "def" name [ parameters ] "=" sentence ;
static Node *def(Parser *p) {
    uint32_t start = p->at++, named = p->at;
    const Token *name = parser_name(p, "a name for the function");
    if (!name) return NULL;
    Node *params = NULL;
    if (parser_at(p, TOKEN_LPAREN) && !(params = parameters(p))) return NULL;
    if (!definition(p, "def")) return NULL;
    Node *value = parser_expr_full(p);
    Node *node =
        value ? parser_node(p, NODE_DEF, parser_span(p, start), 2, params, value) : NULL;
    if (!node) return NULL;
    note_head(p, named, true);
    node->sym = name->sym;
    node->name_span = parser_token_span(p, named);
    return node;
}

// import = "import" string [ "as" name ] ;
static Node *import(Parser *p) {
    uint32_t start = p->at++, path = p->at;
    if (!parser_take(p, TOKEN_STRING))
        return parser_unexpected(p, "the path of a file in quotes");
    const Token *name = NULL;
    uint32_t named = path;
    if (parser_at_word(p, "as") && !parser_line_ends(p)) {
        named = ++p->at;
        if (!(name = parser_name(p, "a name for what is imported"))) return NULL;
    }
    Node *node = parser_node(p, NODE_IMPORT, parser_span(p, start), 0);
    if (!node) return NULL;
    node->text = p->tokens[path].text;
    node->len = p->tokens[path].len;
    node->sym = name ? name->sym : NULL;
    node->name_span = parser_token_span(p, named);
    return node;
}

// test = "test" string "{" { statement separator } "}" ;
static Node *test(Parser *p) {
    uint32_t start = p->at++, name = p->at;
    if (!parser_take(p, TOKEN_STRING))
        return parser_unexpected(p, "the name of the test in quotes");
    uint32_t opener = p->at;
    if (!parser_expect(p, TOKEN_LBRACE)) return NULL;
    Node *body = parser_statement_list(p, NODE_GROUP, opener);
    Node *node = body ? parser_node(p, NODE_TEST, parser_span(p, start), 1, body) : NULL;
    if (!node) return NULL;
    node->text = p->tokens[name].text;
    node->len = p->tokens[name].len;
    node->name_span = parser_token_span(p, name);
    return node;
}

// assert = "assert" sentence [ "," string ] ;
static Node *assertion(Parser *p) {
    uint32_t start = p->at++;
    Node *value = parser_expr_full(p), *message = NULL;
    if (!value) return NULL;
    if (parser_take(p, TOKEN_COMMA)) {
        if (!parser_at(p, TOKEN_STRING)) return parser_unexpected(p, "a message in quotes");
        message = parser_string_node(p, p->at++);
        if (!message) return NULL;
    }
    return parser_node(p, NODE_ASSERT, parser_span(p, start), 2, value, message);
}

static Node *with_expression(Parser *p, NodeKind kind) {
    uint32_t start = p->at++;
    Node *value = parser_expr_full(p);
    return value ? parser_node(p, kind, parser_span(p, start), 1, value) : NULL;
}

// use = "use" sentence ;
static Node *use(Parser *p) {
    return with_expression(p, NODE_USE);
}

// explain = "explain" sentence ;
static Node *explain(Parser *p) {
    return with_expression(p, NODE_EXPLAIN);
}

// show = "show" sentence ;
static Node *show(Parser *p) {
    return with_expression(p, NODE_SHOW);
}

// ladder = "ladder" operators "," operators { clause } ;
static Node *ladder(Parser *p) {
    uint32_t start = p->at++;
    size_t mark = p->stack.count;
    bool bracket = parser_at(p, TOKEN_LPAREN);
    bool ok = !bracket && parser_push(p, parser_expr_operators(p, BIND_OR));
    if (bracket || (ok && !parser_at(p, TOKEN_COMMA) && !parser_line_ends(p))) {
        if (parser_fail(p, DIAG_SYNTAX, parser_token_span(p, p->at),
                        bracket ? "`ladder` has no brackets" : "`ladder` is about two variables"))
            diag_hint(p->diags, "it is asked as ladder Y, X: how Y depends on X");
        return NULL;
    }
    ok = ok && parser_expect(p, TOKEN_COMMA) && parser_push(p, parser_expr_operators(p, BIND_OR));
    Node *pair = ok ? parser_list(p, NODE_GROUP, parser_span(p, start), mark) : NULL;
    Node *head =
        pair ? parser_node(p, NODE_HEAD, parser_span(p, start), 3, pair, NULL, NULL) : NULL;
    if (!head) return NULL;
    head->op = HEAD_LADDER;
    Node *value = parser_expr_clauses(p, head);
    return value ? parser_node(p, NODE_EXPRESSION, parser_span(p, start), 1, value) : NULL;
}

// check = "check" sentence [ "against" expression ] ;
static Node *check(Parser *p) {
    uint32_t start = p->at++;
    Node *value = parser_expr_full(p), *against = NULL;
    if (!value) return NULL;
    if (parser_at_word(p, "against") &&
        (!parser_line_ends(p) || parser_starts_operand(parser_peek(p, 1)))) {
        p->at++;
        if (!(against = parser_expr(p))) return NULL;
    }
    return parser_node(p, NODE_CHECK, parser_span(p, start), 2, value, against);
}

// evaluate = "evaluate" [ arguments ] expression ;
static Node *evaluate(Parser *p) {
    uint32_t start = p->at++;
    Node *options = NULL;
    if (parser_at(p, TOKEN_LPAREN) && !(options = parser_bracket_arguments(p))) return NULL;
    for (uint32_t i = 0; options && i < options->n; i++) {
        if (options->kid[i]->kind == NODE_ARG) continue;
        if (parser_fail(p, DIAG_SYNTAX, options->kid[i]->span,
                        "an option of `evaluate` has a name"))
            diag_hint(p->diags, "for instance: evaluate(n: 500, repeats: 1000, seed: 1)");
        return NULL;
    }
    Node *value = parser_expr(p);
    return value ? parser_node(p, NODE_EVALUATE, parser_span(p, start), 2, options, value)
                 : NULL;
}

// --- telling statements from items ---

static const struct {
    const char *word;
    Node *(*parse)(Parser *p);
} openers[] = {
    {"model", model},      {"let", let},           {"def", def},
    {"import", import},    {"use", use},           {"test", test},
    {"assert", assertion}, {"check", check},       {"explain", explain},
    {"show", show},        {"evaluate", evaluate}, {"assume", parser_item_assume},
    {"ladder", ladder},
};

static int find_opener(const Token *t) {
    if (t->kind != TOKEN_NAME || t->flags & TOKEN_QUOTED) return -1;
    for (int i = 0; i < (int)(sizeof openers / sizeof *openers); i++)
        if (strcmp(t->sym->text, openers[i].word) == 0) return i;
    return -1;
}

static bool same_line(const Token *t) {
    return !(t->flags & TOKEN_NEWLINE);
}

bool parser_statement_opens(const Parser *p) {
    const Token *t = parser_peek(p, 0), *next = parser_peek(p, 1);
    if (same_line(t) || !same_line(next) || find_opener(t) < 0) return false;
    return next->kind == TOKEN_NAME || next->kind == TOKEN_STRING;
}

bool parser_statement_begins(const Parser *p) {
    const Token *t = parser_peek(p, 0), *next = parser_peek(p, 1);
    if (t->kind != TOKEN_NAME || !same_line(next)) return false;
    if (find_opener(t) >= 0 && !parser_is_word(t, "assume"))
        return next->kind == TOKEN_NAME || next->kind == TOKEN_STRING ||
               next->kind == TOKEN_LPAREN;
    if (next->kind == TOKEN_LPAREN) return true;
    if (!parser_head_word(t) || next->kind != TOKEN_LBRACKET || next->flags & TOKEN_SPACE)
        return false;
    const Token *after = next->match ? &p->tokens[next->match + 1] : next;
    switch (after->kind) {
    case TOKEN_COLON:
    case TOKEN_TILDE:
    case TOKEN_EQ:
    case TOKEN_COMMA:
    case TOKEN_ARROW:
    case TOKEN_BOTH:
    case TOKEN_LT:
        return false;
    default:
        return true;
    }
}

// An opening word that is followed by what follows a name was meant as one.
static bool meant_as_name(const Parser *p) {
    const Token *next = parser_peek(p, 1);
    switch (next->kind) {
    case TOKEN_EQ:
    case TOKEN_EQEQ:
    case TOKEN_ARROW:
    case TOKEN_BOTH:
    case TOKEN_TILDE:
    case TOKEN_COLON:
    case TOKEN_PLUS:
    case TOKEN_STAR:
    case TOKEN_SLASH:
    case TOKEN_SEPARATED:
        return true;
    default:
        return false;
    }
}

static bool item_begins(const Parser *p) {
    static const char *const words[] = {"latent", "noise", "observed", "selected", "factor"};
    const Token *next = parser_peek(p, 1);
    if (next->kind != TOKEN_NAME || !same_line(next)) return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (parser_at_word(p, words[i])) return true;
    return false;
}

static void *item_outside(Parser *p, uint32_t token) {
    const Token *t = &p->tokens[token];
    if (parser_fail(p, DIAG_ITEM_OUTSIDE, parser_token_span(p, token),
                    "`%.*s` belongs to an item of a model, and no model is open here",
                    (int)(t->end - t->start), p->source->text + t->start))
        diag_hint(p->diags, "write `model NAME { ... }` around it");
    return NULL;
}

static void note_assignment(Parser *p) {
    if (!parser_at(p, TOKEN_NAME)) return;
    p->at++;
    bool arrow = parser_at_left_arrow(p) && parser_peek(p, 2)->flags & TOKEN_SPACE;
    Span span = {p->number, parser_peek(p, 0)->start, parser_peek(p, 1)->end};
    p->at--;
    if (!arrow) return;
    diag_note(p->diags, DIAG_ASSIGNMENT_ARROW, span,
              "`<-` in an expression is `<` and a minus sign");
    diag_hint(p->diags, "to name a value, write `let %s = ...`", parser_peek(p, 0)->sym->text);
}

static void *loop(Parser *p) {
    if (parser_fail(p, DIAG_SYNTAX, parser_token_span(p, p->at), "there are no loops in Rung"))
        diag_hint(p->diags, "ask for a list: [P(Y | do(X = x)) for x in 0..3]");
    return NULL;
}

// The rest of the text belongs to a block that is not closed.
static Node *open_lua(Parser *p) {
    Span span = parser_token_span(p, p->at++);
    span.end = span.start + 3;
    if (parser_fail(p, DIAG_UNCLOSED, span, "this block of Lua is never closed"))
        diag_hint(p->diags, "end it with `}`; braces in texts and comments do not count");
    return NULL;
}

static Node *lua(Parser *p) {
    const Token *block = parser_peek(p, 0);
    if (block->open) return open_lua(p);
    Node *node = parser_node(p, NODE_LUA, parser_token_span(p, p->at++), 0);
    if (!node) return NULL;
    node->text = block->text;
    node->len = block->len;
    return node;
}

// question = sentence ;
static Node *question(Parser *p) {
    uint32_t start = p->at;
    if (item_begins(p)) return item_outside(p, start);
    if (parser_at(p, TOKEN_FOR)) return loop(p);
    note_assignment(p);
    Node *value = parser_expr_full(p);
    if (!value) return NULL;
    if (!parser_line_ends(p) || parser_at(p, TOKEN_TILDE)) {
        TokenKind next = (TokenKind)parser_peek(p, 0)->kind;
        bool link = next == TOKEN_ARROW || next == TOKEN_BOTH;
        if (link || next == TOKEN_TILDE || next == TOKEN_COLON) return item_outside(p, p->at);
    }
    return parser_node(p, NODE_EXPRESSION, parser_span(p, start), 1, value);
}

// statement = model | let | def | import | lua_block | use | test | assert | check | explain
//   | show | ladder | evaluate | assume | question ;
static Node *statement(Parser *p) {
    if (parser_at(p, TOKEN_LUA)) return lua(p);
    int opener = find_opener(parser_peek(p, 0));
    if (opener < 0) return question(p);
    if (meant_as_name(p)) {
        const char *word = openers[opener].word;
        if (parser_fail(p, DIAG_RESERVED_NAME, parser_token_span(p, p->at),
                        "`%s` opens a statement here, and is no name", word))
            diag_hint(p->diags,
                      strcmp(word, "model") == 0 && parser_peek(p, 1)->kind == TOKEN_EQ
                          ? "a model has a name: model weather { Rain : bool ~ 0.3 }"
                          : "a name that is spelled like it stands in backquotes: `%s`",
                      word);
        return NULL;
    }
    return openers[opener].parse(p);
}

// --- lists of statements ---

static void *trailing(Parser *p) {
    const Token *t = parser_peek(p, 0);
    if (t->kind == TOKEN_RPAREN || t->kind == TOKEN_RBRACKET)
        return parser_fail(p, DIAG_UNOPENED, parser_token_span(p, p->at), "%s closes nothing",
                           lexer_kind_text((TokenKind)t->kind)),
               NULL;
    return parser_unexpected(p, "the end of the statement");
}

// One statement, or an ERROR after recovery; NULL only when memory ran out.
static Node *statement_or_error(Parser *p) {
    uint32_t begun = p->begun = p->at;
    size_t mark = p->stack.count;
    Mode mode = p->mode;
    uint32_t depth = p->depth;
    Node *node = NULL;
    if (parser_enter(p)) node = statement(p);
    if (node && !parser_line_ends(p)) node = trailing(p);
    p->mode = mode;
    p->depth = depth;
    if (node || p->nomem) return node;
    return parser_recover(p, begun, mark);
}

// Reports a closing bracket that is not ours, and steps over it.
static void stray_closer(Parser *p) {
    p->begun = p->at;
    parser_complain(p, DIAG_UNOPENED, parser_token_span(p, p->at), "%s closes nothing",
                    lexer_kind_text((TokenKind)parser_peek(p, 0)->kind));
    p->at++;
}

// program = { statement separator } ;
Node *parser_statement_list(Parser *p, NodeKind kind, uint32_t opener) {
    size_t mark = p->stack.count;
    uint32_t start = opener ? opener : 0, flags = 0, outer = p->begun;
    Mode mode = p->mode;
    p->mode = (Mode){.lines = true, .commas = true};
    for (;;) {
        while (parser_take(p, TOKEN_SEMICOLON)) continue;
        if (parser_peek(p, 0)->flags & TOKEN_NEWLINE) flags = FLAG_NEWLINES;
        TokenKind next = (TokenKind)parser_peek(p, 0)->kind;
        if (next == TOKEN_END || (opener && next == TOKEN_RBRACE)) break;
        if (next == TOKEN_RBRACE || next == TOKEN_RPAREN || next == TOKEN_RBRACKET)
            stray_closer(p);
        else if (!parser_push(p, statement_or_error(p)))
            return NULL;
    }
    p->begun = outer;
    if (opener && !parser_close(p, TOKEN_RBRACE, opener, "")) return NULL;
    p->mode = mode;
    Node *list = parser_list(p, kind, parser_span(p, start), mark);
    if (list && opener) list->flags |= flags;
    return list;
}
