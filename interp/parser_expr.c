// Parser: expressions, by binding power (Pratt 1973), and the clauses around them.
#include "interp/parser_inner.h"

#include <string.h>

// --- operators ---

typedef struct Infix {
    NodeOp op;
    int bind;
    uint32_t tokens; // 0: no operator stands here
} Infix;

static const Infix by_token[TOKEN_COUNT] = {
    [TOKEN_OR] = {OP_OR, BIND_OR, 1},
    [TOKEN_AND] = {OP_AND, BIND_AND, 1},
    [TOKEN_EQ] = {OP_EQ, BIND_COMPARE, 1},
    [TOKEN_EQEQ] = {OP_EQ, BIND_COMPARE, 1},
    [TOKEN_NE] = {OP_NE, BIND_COMPARE, 1},
    [TOKEN_LT] = {OP_LT, BIND_COMPARE, 1},
    [TOKEN_LE] = {OP_LE, BIND_COMPARE, 1},
    [TOKEN_GT] = {OP_GT, BIND_COMPARE, 1},
    [TOKEN_GE] = {OP_GE, BIND_COMPARE, 1},
    [TOKEN_IN] = {OP_IN, BIND_COMPARE, 1},
    [TOKEN_APPROX] = {OP_NONE, BIND_COMPARE, 1},
    [TOKEN_SEPARATED] = {OP_NONE, BIND_COMPARE, 1},
    [TOKEN_RANGE] = {OP_NONE, BIND_RANGE, 1},
    [TOKEN_PLUS] = {OP_ADD, BIND_ADD, 1},
    [TOKEN_MINUS] = {OP_SUB, BIND_ADD, 1},
    [TOKEN_STAR] = {OP_MUL, BIND_MUL, 1},
    [TOKEN_SLASH] = {OP_DIV, BIND_MUL, 1},
    [TOKEN_CARET] = {OP_POW, BIND_POW, 1},
};

// Operators spelled as names, which stay usable as names.
static const struct {
    const char *word;
    Infix infix;
} by_word[] = {
    {"mod", {OP_MOD, BIND_MUL, 1}},
    {"intersect", {OP_INTERSECT, BIND_MUL, 1}},
    {"union", {OP_UNION, BIND_ADD, 1}},
};

// A contextual word goes on with the line before only when something follows that could not
// follow a name.
static bool word_goes_on(const Parser *p) {
    const Token *t = parser_peek(p, 0), *next = parser_peek(p, 1);
    if (!(t->flags & TOKEN_NEWLINE) || !p->mode.lines) return true;
    return next->kind != TOKEN_STRING && !(next->flags & TOKEN_NEWLINE) &&
           parser_starts_operand(next);
}

static Infix infix_here(const Parser *p) {
    const Token *t = parser_peek(p, 0);
    if (p->mode.rows && t->flags & TOKEN_NEWLINE && parser_row_follows(p)) return (Infix){0};
    if (t->kind == TOKEN_NOT && parser_peek(p, 1)->kind == TOKEN_IN)
        return (Infix){OP_NOT_IN, BIND_COMPARE, 2};
    if (t->kind != TOKEN_NAME || t->flags & TOKEN_QUOTED) return by_token[t->kind];
    for (size_t i = 0; i < sizeof by_word / sizeof *by_word; i++)
        if (strcmp(t->sym->text, by_word[i].word) == 0 && word_goes_on(p))
            return by_word[i].infix;
    return (Infix){0};
}

static Node *binary(Parser *p, NodeOp op, Node *left, Node *right) {
    if (!right) return NULL;
    Node *node =
        parser_node(p, NODE_BINARY, span_join(left->span, right->span), 2, left, right);
    if (node) node->op = (uint16_t)op;
    return node;
}

// range = sum [ ".." sum ] ;
static Node *range(Parser *p, Node *low) {
    Node *high = parser_expr_operators(p, BIND_ADD);
    return high ? parser_node(p, NODE_RANGE, span_join(low->span, high->span), 2, low, high)
                : NULL;
}

// approximation = range "~=" range [ "within" range ] ;
static Node *approximation(Parser *p, Node *left) {
    Node *right = parser_expr_operators(p, BIND_RANGE), *within = NULL;
    if (!right) return NULL;
    if (parser_at_word(p, "within") && word_goes_on(p)) {
        p->at++;
        if (!(within = parser_expr_operators(p, BIND_RANGE))) return NULL;
    }
    Span span = span_join(left->span, within ? within->span : right->span);
    return parser_node(p, NODE_APPROX, span, 3, left, right, within);
}

static Node *member(Parser *p, bool given) {
    if (given && parser_at(p, TOKEN_DO)) return parser_bracket_do(p);
    return parser_expr_operators(p, BIND_RANGE);
}

// One side of an independence, or what is given: a list of variables or sets where commas may
// stand; among what is given, do(...) too.
static Node *side(Parser *p, Node *first, bool given) {
    size_t mark = p->stack.count;
    uint32_t start = p->at;
    if (!first && !(first = member(p, given))) return NULL;
    Span span = span_join(first->span, parser_span(p, start));
    if (!parser_push(p, first)) return NULL;
    while (p->mode.commas && parser_at(p, TOKEN_COMMA) &&
           parser_peek(p, 1)->kind != TOKEN_STRING) {
        p->at++;
        Node *next = member(p, given);
        if (!parser_push(p, next)) return NULL;
        span = span_join(span, next->span);
    }
    return parser_list(p, NODE_GROUP, span, mark);
}

// independence = side "_||_" side [ "|" given { "," given } ] ;
// side = range { "," range } ;
// given = do | range ;
static Node *independence(Parser *p, Node *left) {
    if (left->kind != NODE_GROUP) {
        size_t mark = p->stack.count;
        if (!parser_push(p, left)) return NULL;
        if (!(left = parser_list(p, NODE_GROUP, left->span, mark))) return NULL;
    }
    Node *right = side(p, NULL, false), *given = NULL;
    if (!right) return NULL;
    if (parser_take(p, TOKEN_BAR) && !(given = side(p, NULL, true))) return NULL;
    Span span = span_join(left->span, given ? given->span : right->span);
    return parser_node(p, NODE_SEPARATION, span, 3, left, right, given);
}

static bool is_comparison(const Node *node) {
    return node->kind == NODE_APPROX || node->kind == NODE_SEPARATION ||
           (node->kind == NODE_BINARY && node->op >= OP_EQ && node->op <= OP_NOT_IN);
}

static void *chained(Parser *p) {
    if (parser_fail(p, DIAG_CHAINED_COMPARISON, parser_token_span(p, p->at),
                    "comparisons do not chain"))
        diag_hint(p->diags, "say both: `a < b and b < c`; or use parentheses");
    return NULL;
}

static Node *combine(Parser *p, Infix infix, Node *left, TokenKind token) {
    if (infix.bind == BIND_COMPARE && is_comparison(left)) return chained(p);
    p->at += infix.tokens;
    if (token == TOKEN_RANGE) return range(p, left);
    if (token == TOKEN_APPROX) return approximation(p, left);
    if (token == TOKEN_SEPARATED) return independence(p, left);
    // `^` groups to the right, all others to the left.
    int bind = infix.op == OP_POW ? BIND_NEG : infix.bind + 1;
    return binary(p, infix.op, left, parser_expr_operators(p, bind));
}

// disjunction = conjunction { "or" conjunction } ;
// conjunction = negation { "and" negation } ;
// negation = "not" negation | comparison ;
// comparison = range [ compare range ] | approximation | independence ;
// compare = "=" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not" "in" ;
// sum = product { ( "+" | "-" | "union" ) product } ;
// product = signed { ( "*" | "/" | "mod" | "intersect" ) signed } ;
// signed = "-" signed | power ;
// power = operand [ "^" signed ] ;
Node *parser_expr_continue(Parser *p, Node *left, int bind) {
    while (left) {
        Infix infix = infix_here(p);
        if (infix.tokens == 0 || infix.bind < bind) return left;
        left = combine(p, infix, left, (TokenKind)parser_peek(p, 0)->kind);
        // A second `..` or comparison behind one would have nothing to hold on to.
        if (left && left->kind == NODE_RANGE && parser_at(p, TOKEN_RANGE))
            return parser_unexpected(p, "the end of the range");
    }
    return NULL;
}

// --- prefixes ---

static void *missing_branch(Parser *p, uint32_t start, DiagCode code, const char *word) {
    Span here = parser_token_span(p, p->at);
    if (parser_line_ends(p) || parser_at(p, TOKEN_END))
        here.start = here.end = p->tokens[p->at - 1].end;
    if (parser_fail(p, code, here, "this `if` has no `%s`", word)) {
        diag_also(p->diags, parser_token_span(p, start));
        diag_hint(p->diags, "write `if condition then value else value`");
    }
    return NULL;
}

// choice = "if" operators "then" operators "else" operators ;
static Node *choice(Parser *p) {
    uint32_t start = p->at++;
    Node *condition = parser_expr_operators(p, BIND_OR);
    if (!condition) return NULL;
    if (!parser_take(p, TOKEN_THEN)) return missing_branch(p, start, DIAG_MISSING_THEN, "then");
    Node *yes = parser_expr_operators(p, BIND_OR);
    if (!yes) return NULL;
    if (!parser_take(p, TOKEN_ELSE)) return missing_branch(p, start, DIAG_MISSING_ELSE, "else");
    Node *no = parser_expr_operators(p, BIND_OR);
    return no ? parser_node(p, NODE_IF, parser_span(p, start), 3, condition, yes, no) : NULL;
}

static Node *unary(Parser *p, NodeOp op, int bind) {
    uint32_t start = p->at++;
    Node *operand = parser_expr_operators(p, bind);
    if (!operand) return NULL;
    Node *node = parser_node(p, NODE_UNARY, parser_span(p, start), 1, operand);
    if (node) node->op = (uint16_t)op;
    return node;
}

static Node *number(Parser *p) {
    uint32_t at = p->at++;
    const Token *t = &p->tokens[at];
    Node *node = parser_node(p, NODE_NUMBER, parser_token_span(p, at), 0);
    if (!node) return NULL;
    node->num = t->num;
    node->len = t->end - t->start;
    node->text = arena_text(p->arena, p->source->text + t->start, node->len);
    if (!node->text) p->nomem = true;
    if (t->flags & TOKEN_PERCENT) node->flags |= FLAG_PERCENT;
    return node->text ? node : NULL;
}

static Node *truth(Parser *p) {
    uint32_t at = p->at++;
    Node *node = parser_node(p, NODE_BOOL, parser_token_span(p, at), 0);
    if (node) node->num = p->tokens[at].kind == TOKEN_TRUE;
    return node;
}

// mixture = ( "mix" | "gumbel_max" ) braces ;
static Node *mixture(Parser *p) {
    uint32_t start = p->at++;
    Node *callee = parser_name_node(p, start);
    size_t mark = p->stack.count;
    if (!callee || !parser_push(p, parser_bracket_braces(p))) return NULL;
    Node *args = parser_list(p, NODE_GROUP, parser_span(p, start + 1), mark);
    if (args) args->flags |= FLAG_BRACKET;
    return args ? parser_node(p, NODE_CALL, parser_span(p, start), 2, callee, args) : NULL;
}

static Node *named(Parser *p) {
    const Token *next = parser_peek(p, 1);
    bool same_line = !(next->flags & TOKEN_NEWLINE);
    bool argmax = parser_at_word(p, "argmax"), data = parser_at_word(p, "data");
    if (parser_head_op(p, 0) != OP_NONE) return parser_head(p);
    if (argmax && parser_head_op(p, 1) != OP_NONE) return parser_head_argmax(p);
    if (data && next->kind == TOKEN_NAME && same_line) return parser_row_data(p);
    bool mix = parser_at_word(p, "mix") || parser_at_word(p, "gumbel_max");
    if (mix && next->kind == TOKEN_LBRACE && same_line && !p->mode.selecting) return mixture(p);
    return parser_name_node(p, p->at++);
}

// primary = number | string | regex | "true" | "false" | name | head | argmax | query | mixture
//   | case | data | paren | list | braces ;
static Node *primary(Parser *p) {
    switch (parser_peek(p, 0)->kind) {
    case TOKEN_NUMBER:
        return number(p);
    case TOKEN_STRING:
    case TOKEN_REGEX:
        return parser_string_node(p, p->at++);
    case TOKEN_TRUE:
    case TOKEN_FALSE:
        return truth(p);
    case TOKEN_NAME:
        return parser_statement_opens(p) ? parser_unexpected(p, "a value") : named(p);
    case TOKEN_QUERY:
        return parser_head_query(p);
    case TOKEN_LPAREN:
        return parser_bracket_paren(p);
    case TOKEN_LBRACKET:
        return parser_bracket_list(p);
    case TOKEN_LBRACE:
        return parser_bracket_braces(p);
    default:
        return parser_unexpected(p, "a value");
    }
}

// --- postfixes ---

// column = name | regex ;
static Node *column(Parser *p) {
    if (parser_at(p, TOKEN_REGEX)) return parser_string_node(p, p->at++);
    if (!parser_at(p, TOKEN_NAME)) return parser_unexpected(p, "a column");
    return parser_name_node(p, p->at++);
}

static bool column_follows(const Parser *p) {
    const Token *next = parser_peek(p, 1);
    if (next->kind == TOKEN_REGEX) return true;
    return next->kind == TOKEN_NAME && parser_peek(p, 2)->kind != TOKEN_COLON;
}

// selection = "select" column { "," column } ;
static Node *selection(Parser *p, Node *left) {
    uint32_t start = ++p->at;
    size_t mark = p->stack.count;
    if (!parser_push(p, column(p))) return NULL;
    while (parser_at(p, TOKEN_COMMA) && column_follows(p)) {
        p->at++;
        if (!parser_push(p, column(p))) return NULL;
    }
    Node *columns = parser_list(p, NODE_GROUP, parser_span(p, start), mark);
    if (!columns) return NULL;
    return parser_node(p, NODE_SELECT, span_join(left->span, columns->span), 2, left, columns);
}

static Node *surgery(Parser *p, Node *left) {
    p->at++;
    Node *what;
    if (parser_at(p, TOKEN_DO))
        what = parser_bracket_do(p);
    else if (parser_at(p, TOKEN_LBRACE))
        what = parser_item_block(p);
    else
        return parser_unexpected(p, "`{ ... }` or `do(...)` after `with`");
    if (!what) return NULL;
    return parser_node(p, NODE_WITH, span_join(left->span, what->span), 2, left, what);
}

static Node *restriction(Parser *p, Node *left) {
    p->at++;
    bool plain = p->mode.plain;
    p->mode.plain = true;
    Node *what = parser_expr_operators(p, BIND_OR);
    p->mode.plain = plain;
    if (!what) return NULL;
    return parser_node(p, NODE_WHERE, span_join(left->span, what->span), 2, left, what);
}

static Node *call(Parser *p, Node *callee) {
    Node *args = parser_bracket_arguments(p);
    if (!args) return NULL;
    return parser_node(p, NODE_CALL, span_join(callee->span, args->span), 2, callee, args);
}

static bool callable(const Node *node) {
    return node->kind == NODE_NAME || node->kind == NODE_CALL || node->kind == NODE_INDEX ||
           node->kind == NODE_PAREN;
}

static bool indexable(const Node *node) {
    return callable(node) || node->kind == NODE_WORLD || node->kind == NODE_LIST ||
           node->kind == NODE_COMPREHENSION || node->kind == NODE_HEAD;
}

// postfix = primary { arguments | world | "with" ( "{" items "}" | do ) | "where" operators
//   | selection } ;
static Node *postfix(Parser *p, Node *e) {
    while (e) {
        const Token *t = parser_peek(p, 0);
        bool same_line = !(t->flags & TOKEN_NEWLINE);
        if (t->kind == TOKEN_LPAREN && same_line && callable(e))
            e = call(p, e);
        else if (t->kind == TOKEN_LBRACKET && same_line && indexable(e))
            e = parser_bracket_index(p, e, false);
        else if (p->mode.plain)
            return e;
        else if (t->kind == TOKEN_WITH)
            e = surgery(p, e);
        else if (t->kind == TOKEN_WHERE)
            e = restriction(p, e);
        else if (parser_at_word(p, "select") && column_follows(p) && word_goes_on(p))
            e = selection(p, e);
        else
            return e;
    }
    return NULL;
}

// operand = "not" negation | choice | postfix ;
static Node *operand(Parser *p) {
    switch (parser_peek(p, 0)->kind) {
    case TOKEN_NOT:
        return unary(p, OP_NOT, BIND_NOT);
    case TOKEN_MINUS:
        return unary(p, OP_NEG, BIND_NEG);
    case TOKEN_IF:
        return choice(p);
    case TOKEN_CASE:
        return postfix(p, parser_row_case(p));
    default:
        return postfix(p, primary(p));
    }
}

// operators = disjunction ;
Node *parser_expr_operators(Parser *p, int bind) {
    if (!parser_enter(p)) return NULL;
    Node *e = parser_expr_continue(p, operand(p), bind);
    parser_leave(p);
    return e;
}

// --- clauses ---

// method = name [ arguments ] ;
static Node *method(Parser *p) {
    uint32_t start = p->at;
    const Token *name = parser_name(p, "the name of a method");
    if (!name) return NULL;
    Node *args = NULL;
    if (parser_at(p, TOKEN_LPAREN) && !(parser_peek(p, 0)->flags & TOKEN_NEWLINE) &&
        !(args = parser_bracket_arguments(p)))
        return NULL;
    Node *node = parser_node(p, NODE_METHOD, parser_span(p, start), 1, args);
    if (!node) return NULL;
    node->sym = name->sym;
    node->name_span = parser_token_span(p, start);
    return node;
}

// A description of what is known, or data, or a model.
static Node *source(Parser *p) {
    return parser_expr_operators(p, BIND_OR);
}

// One part, or several between brackets.
static Node *parts(Parser *p, TokenKind open, TokenKind close, Node *(*part)(Parser *p)) {
    uint32_t start = p->at;
    size_t mark = p->stack.count;
    if (!parser_at(p, open)) {
        Node *only = part == method ? method(p) : postfix(p, primary(p));
        if (!parser_push(p, only)) return NULL;
        return parser_list(p, NODE_GROUP, parser_span(p, start), mark);
    }
    p->at++;
    Mode mode = p->mode;
    p->mode = (Mode){0};
    uint32_t newlines = 0;
    do {
        newlines |= parser_peek(p, 0)->flags & TOKEN_NEWLINE;
        if (parser_at(p, close)) break;
        if (!parser_push(p, part(p))) return NULL;
    } while (parser_take(p, TOKEN_COMMA));
    if (!parser_close(p, close, start, "`,` or ")) return NULL;
    p->mode = mode;
    Node *list = parser_list(p, NODE_GROUP, parser_span(p, start), mark);
    if (list) list->flags |= FLAG_BRACKET | (newlines ? FLAG_NEWLINES : 0u);
    return list;
}

static Node *clause(Parser *p, Node *e, TokenKind word) {
    p->at++;
    Node *what;
    NodeKind kind = word == TOKEN_UNDER  ? NODE_UNDER
                    : word == TOKEN_FROM ? NODE_FROM
                                         : NODE_USING;
    if (word == TOKEN_UNDER)
        what = postfix(p, primary(p));
    else if (word == TOKEN_FROM)
        what = parts(p, TOKEN_LBRACE, TOKEN_RBRACE, source);
    else
        what = parts(p, TOKEN_LBRACKET, TOKEN_RBRACKET, method);
    return what ? parser_node(p, kind, span_join(e->span, what->span), 2, e, what) : NULL;
}

static void *operator_after(Parser *p, Node *e) {
    if (parser_fail(p, DIAG_CLAUSE_OPERATOR, parser_token_span(p, p->at),
                    "a clause reaches everything before it, and no operator may follow it"))
        diag_also(p->diags, e->kid[1]->span);
    diag_hint(p->diags, "put parentheses around each question with its clauses");
    return NULL;
}

// clause = "under" postfix | "from" ( postfix | "{" operators { "," operators } [ "," ] "}" )
//   | "using" ( method | "[" method { "," method } [ "," ] "]" ) ;
Node *parser_expr_clauses(Parser *p, Node *e) {
    bool any = false;
    while (e) {
        TokenKind word = (TokenKind)parser_peek(p, 0)->kind;
        if (word == TOKEN_UNDER || word == TOKEN_FROM || word == TOKEN_USING) {
            e = clause(p, e, word);
            any = true;
        } else if (any && infix_here(p).tokens && word != TOKEN_NAME) {
            return operator_after(p, e);
        } else {
            return e;
        }
    }
    return NULL;
}

// expression = operators { clause } ;
Node *parser_expr(Parser *p) {
    return parser_expr_clauses(p, parser_expr_operators(p, BIND_OR));
}

// arrow = operators { "->" operators } { clause } ;
Node *parser_expr_arrow(Parser *p) {
    uint32_t start = p->at;
    size_t mark = p->stack.count;
    Node *e = parser_expr_operators(p, BIND_OR);
    if (!e || !parser_at(p, TOKEN_ARROW)) return parser_expr_clauses(p, e);
    if (!parser_push(p, e)) return NULL;
    while (parser_take(p, TOKEN_ARROW))
        if (!parser_push(p, parser_expr_operators(p, BIND_OR))) return NULL;
    return parser_expr_clauses(p, parser_list(p, NODE_ARROW, parser_span(p, start), mark));
}

// Whether a comma list that begins here is the left side of an independence.
static bool list_before_independence(const Parser *p, const Node *first) {
    if (!p->mode.commas || !parser_at(p, TOKEN_COMMA)) return false;
    if (first->kind != NODE_NAME && first->kind != NODE_INDEX && first->kind != NODE_SET &&
        first->kind != NODE_WORLD)
        return false;
    return parser_peek(p, 1)->kind != TOKEN_STRING;
}

// sentence = [ side "," ] operators { clause } ;
Node *parser_expr_full(Parser *p) {
    Node *e = parser_expr_operators(p, BIND_OR);
    if (e && list_before_independence(p, e)) {
        e = side(p, e, false);
        if (!e) return NULL;
        if (!parser_at(p, TOKEN_SEPARATED)) return parser_unexpected(p, "`_||_` after a list");
        p->at++;
        e = parser_expr_continue(p, independence(p, e), BIND_OR);
    }
    return parser_expr_clauses(p, e);
}
