// Parser: rows of patterns, as in `case`, `factor` and `data`.
#include "interp/parser_inner.h"

// --- patterns ---

static NodeOp compare_op(const Parser *p) {
    switch (parser_peek(p, 0)->kind) {
    case TOKEN_LT:
        return OP_LT;
    case TOKEN_LE:
        return OP_LE;
    case TOKEN_GT:
        return OP_GT;
    case TOKEN_GE:
        return OP_GE;
    default:
        return OP_NONE;
    }
}

static Node *wildcard(Parser *p) {
    uint32_t at = p->at++;
    return parser_node(p, NODE_WILDCARD, parser_token_span(p, at), 0);
}

// pattern = "_" | ( "<" | "<=" | ">" | ">=" ) sum | range ;
static Node *pattern(Parser *p) {
    uint32_t start = p->at;
    if (parser_at(p, TOKEN_WILDCARD)) return wildcard(p);
    NodeOp op = compare_op(p);
    if (op == OP_NONE) return parser_expr_operators(p, BIND_RANGE);
    p->at++;
    Node *limit = parser_expr_operators(p, BIND_ADD);
    if (!limit) return NULL;
    Node *node = parser_node(p, NODE_COMPARE_PATTERN, parser_span(p, start), 1, limit);
    if (node) node->op = (uint16_t)op;
    return node;
}

// cell = "_" | range ;
static Node *cell(Parser *p) {
    return parser_at(p, TOKEN_WILDCARD) ? wildcard(p) : parser_expr_operators(p, BIND_RANGE);
}

static void check_width(Parser *p, const Node *patterns, uint32_t columns) {
    if (patterns->n == columns) return;
    if (patterns->n == 1 && patterns->kid[0]->kind == NODE_WILDCARD) return;
    parser_complain(p, DIAG_ROW_PATTERNS, patterns->span,
                    "this row has %u pattern%s, and %u %s expected", patterns->n,
                    patterns->n == 1 ? "" : "s", columns, columns == 1 ? "is" : "are");
}

// --- rows ---

// Consumes the `=>`, or what was written in its place.
static bool arrow(Parser *p) {
    if (parser_take(p, TOKEN_ROW)) return true;
    uint32_t at = p->at;
    bool other = parser_take(p, TOKEN_ARROW) || parser_take(p, TOKEN_COLON) ||
                 parser_take(p, TOKEN_EQ) || parser_take(p, TOKEN_TILDE);
    if (other) {
        parser_complain(p, DIAG_ROW_ARROW, parser_token_span(p, at),
                        "a row has `=>` between its patterns and its value");
        return true;
    }
    if (parser_at(p, TOKEN_END)) return parser_unexpected(p, "`=>`");
    Span span = parser_token_span(p, p->at);
    if (parser_line_ends(p)) span.start = span.end = p->tokens[p->at - 1].end;
    parser_fail(p, DIAG_ROW_ARROW, span,
                "expected `=>` and a value after the patterns of a row");
    return false;
}

// row = pattern { "," pattern } "=>" expression ;
// data_row = cell { "," cell } [ "=>" expression ] ;
static Node *row(Parser *p, uint32_t columns, bool data) {
    uint32_t start = p->at;
    size_t mark = p->stack.count;
    do {
        if (!parser_push(p, data ? cell(p) : pattern(p))) return NULL;
    } while (parser_take(p, TOKEN_COMMA));
    Node *patterns = parser_list(p, NODE_GROUP, parser_span(p, start), mark), *value = NULL;
    if (!patterns) return NULL;
    check_width(p, patterns, columns);
    if (!data || !parser_line_ends(p)) {
        if (!arrow(p) || !(value = parser_expr(p))) return NULL;
    }
    return parser_node(p, NODE_ROW, parser_span(p, start), 2, patterns, value);
}

static Node *row_or_error(Parser *p, uint32_t columns, bool data) {
    uint32_t begun = p->begun = p->at;
    size_t mark = p->stack.count;
    Mode mode = p->mode;
    uint32_t depth = p->depth;
    Node *node = row(p, columns, data);
    if (node && !parser_line_ends(p)) node = parser_unexpected(p, "the end of the row");
    p->mode = mode;
    p->depth = depth;
    if (node || p->nomem) return node;
    return parser_recover(p, begun, mark);
}

// A block that lacks its end is over at the first line that is no row.
static bool ran_out(const Parser *p, uint32_t opener, bool data) {
    if (parser_at(p, TOKEN_END)) return true;
    if (p->tokens[opener].match || !(parser_peek(p, 0)->flags & TOKEN_NEWLINE)) return false;
    return data ? parser_statement_begins(p) : !parser_row_follows(p);
}

// rows = { row separator } ;
static Node *rows(Parser *p, uint32_t opener, uint32_t columns, bool data, uint32_t *flags) {
    size_t mark = p->stack.count;
    for (;;) {
        while (parser_take(p, TOKEN_SEMICOLON)) continue;
        if (parser_peek(p, 0)->flags & TOKEN_NEWLINE) *flags = FLAG_NEWLINES;
        if (parser_at(p, TOKEN_RBRACE) || ran_out(p, opener, data)) break;
        if (!parser_push(p, row_or_error(p, columns, data))) return NULL;
    }
    p->begun = opener;
    if (!parser_close(p, TOKEN_RBRACE, opener, "")) return NULL;
    return parser_list(p, NODE_GROUP, parser_span(p, opener), mark);
}

Node *parser_row_block(Parser *p, uint32_t columns, bool data, uint32_t *flags) {
    uint32_t opener = p->at, outer = p->begun;
    if (!parser_expect(p, TOKEN_LBRACE) || !parser_enter(p)) return NULL;
    Mode mode = p->mode;
    p->mode = (Mode){.lines = true, .rows = true};
    Node *block = rows(p, opener, columns, data, flags);
    p->mode = mode;
    p->begun = outer;
    parser_leave(p);
    return block;
}

// --- what has rows ---

// selectors = operators { "," operators } ;
Node *parser_row_selectors(Parser *p, Node *first) {
    uint32_t start = p->at;
    size_t mark = p->stack.count;
    bool selecting = p->mode.selecting;
    p->mode.selecting = true;
    if (first && !parser_push(p, first)) return NULL;
    if (!first || parser_take(p, TOKEN_COMMA)) {
        do {
            if (!parser_push(p, parser_expr_operators(p, BIND_OR))) return NULL;
        } while (parser_take(p, TOKEN_COMMA));
    }
    p->mode.selecting = selecting;
    Span span = parser_span(p, start);
    if (first) span = span_join(first->span, span);
    return parser_list(p, NODE_GROUP, span, mark);
}

static Node *with_rows(Parser *p, NodeKind kind) {
    uint32_t start = p->at++, flags = 0;
    Node *selectors = parser_row_selectors(p, NULL);
    if (!selectors) return NULL;
    Node *block = parser_row_block(p, selectors->n, kind == NODE_DATA, &flags);
    if (!block) return NULL;
    Node *node = parser_node(p, kind, parser_span(p, start), 2, selectors, block);
    if (node) node->flags |= flags;
    return node;
}

// case = "case" selectors "{" rows "}" ;
Node *parser_row_case(Parser *p) {
    return with_rows(p, NODE_CASE);
}

// data = "data" selectors "{" { data_row separator } "}" ;
Node *parser_row_data(Parser *p) {
    return with_rows(p, NODE_DATA);
}
