// Parser: what stands in brackets: parentheses, lists, sets, maps, arguments, indices, worlds
// and interventions.
#include "interp/parser_inner.h"

// Inside ( ) [ ] sets and maps, newlines are white space.
static const Mode inside = {0};

static uint32_t newline_here(const Parser *p) {
    return parser_peek(p, 0)->flags & TOKEN_NEWLINE ? FLAG_NEWLINES : 0;
}

static Node *flagged(Node *node, uint32_t flags) {
    if (node) node->flags |= flags;
    return node;
}

// --- parentheses and lists ---

// paren = "(" sentence ")" ;
Node *parser_bracket_paren(Parser *p) {
    uint32_t opener = p->at++;
    Mode mode = p->mode;
    p->mode = inside;
    p->mode.commas = true;
    Node *e = parser_expr_full(p);
    if (!e || !parser_close(p, TOKEN_RPAREN, opener, "")) return NULL;
    p->mode = mode;
    return parser_node(p, NODE_PAREN, parser_span(p, opener), 1, e);
}

// comprehension = expression generators ;
static Node *comprehension(Parser *p, uint32_t start, Node *element) {
    Node *fors = parser_item_fors(p);
    if (!fors) return NULL;
    return parser_node(p, NODE_COMPREHENSION, parser_span(p, start), 2, element, fors);
}

// list = "[" [ expression { "," expression } [ "," ] ] "]" | "[" comprehension "]" ;
Node *parser_bracket_list(Parser *p) {
    uint32_t opener = p->at++, flags = 0;
    size_t mark = p->stack.count;
    Mode mode = p->mode;
    p->mode = inside;
    for (;;) {
        flags |= newline_here(p);
        if (parser_at(p, TOKEN_RBRACKET)) break;
        Node *e = parser_expr(p);
        if (!e) return NULL;
        if (parser_at(p, TOKEN_FOR) && p->stack.count == mark) {
            e = comprehension(p, opener, e);
            if (!e || !parser_close(p, TOKEN_RBRACKET, opener, "")) return NULL;
            p->mode = mode;
            e->span = parser_span(p, opener);
            return flagged(e, FLAG_BRACKET);
        }
        if (!parser_push(p, e)) return NULL;
        if (!parser_take(p, TOKEN_COMMA)) break;
    }
    flags |= newline_here(p);
    if (!parser_close(p, TOKEN_RBRACKET, opener, "`,` or ")) return NULL;
    p->mode = mode;
    return flagged(parser_list(p, NODE_LIST, parser_span(p, opener), mark), flags);
}

// --- sets and maps ---

// pair = operators ":" expression ;
static Node *pair(Parser *p, Node *key) {
    p->at++;
    Node *value = parser_expr(p);
    if (!value) return NULL;
    return parser_node(p, NODE_PAIR, span_join(key->span, value->span), 2, key, value);
}

// An element of a set or map, whichever `first` shows it to be.
static Node *element(Parser *p, bool first, bool *map) {
    Node *e = parser_expr_operators(p, BIND_OR);
    if (!e) return NULL;
    bool colon = parser_at(p, TOKEN_COLON);
    if (first) *map = colon;
    if (colon == *map) return colon ? pair(p, e) : e;
    bool ends = parser_at(p, TOKEN_COMMA) || parser_at(p, TOKEN_RBRACE);
    if (!colon && !ends) return e; // something else is wrong, and the caller says what
    if (parser_fail(p, DIAG_MIXED_BRACES, e->span,
                    "braces hold either a set or a map, not both"))
        diag_hint(p->diags, "a map has `key: value` throughout: {small: 0.51, large: 0.49}");
    return NULL;
}

// braces = "{" [ operators { "," operators } [ "," ] ] "}" | "{" pair { "," pair } [ "," ] "}"
// ;
Node *parser_bracket_braces(Parser *p) {
    uint32_t opener = p->at++, flags = 0;
    size_t mark = p->stack.count;
    Mode mode = p->mode;
    p->mode = inside;
    bool map = false;
    for (;;) {
        flags |= newline_here(p);
        if (parser_at(p, TOKEN_RBRACE)) break;
        if (!parser_push(p, element(p, p->stack.count == mark, &map))) return NULL;
        if (!parser_take(p, TOKEN_COMMA)) break;
    }
    flags |= newline_here(p);
    if (!parser_close(p, TOKEN_RBRACE, opener, "`,` or ")) return NULL;
    p->mode = mode;
    NodeKind kind = map ? NODE_MAP : NODE_SET;
    return flagged(parser_list(p, kind, parser_span(p, opener), mark), flags);
}

// --- arguments ---

// argument = name ":" arrow | arrow | arrow generators ;
static Node *argument(Parser *p) {
    uint32_t start = p->at;
    if (!parser_at(p, TOKEN_NAME) || parser_peek(p, 1)->kind != TOKEN_COLON) {
        Node *e = parser_expr_arrow(p);
        return e && parser_at(p, TOKEN_FOR) ? comprehension(p, start, e) : e;
    }
    p->at += 2;
    Node *value = parser_expr_arrow(p);
    Node *node = value ? parser_node(p, NODE_ARG, parser_span(p, start), 1, value) : NULL;
    if (!node) return NULL;
    node->sym = p->tokens[start].sym;
    node->name_span = parser_token_span(p, start);
    return node;
}

// `P (A | B)`: with a space before its bracket, P is an ordinary name; `prob(A | B)`: so is prob.
static void hint_at_head(Parser *p, uint32_t opener) {
    const Token *before = &p->tokens[opener - 1];
    if (!parser_at(p, TOKEN_BAR) || !p->failed || !p->diags->count) return;
    if (parser_head_word(before))
        diag_hint(p->diags, "a question has no space before its bracket: `%s(`",
                  before->sym->text);
    else if (before->kind == TOKEN_NAME)
        diag_hint(p->diags, "a bar stands in a question: P(Y | X = 1), E[Y | X = 1]");
}

// arguments = "(" [ argument { "," argument } [ "," ] ] ")" ;
Node *parser_bracket_arguments(Parser *p) {
    uint32_t opener = p->at++, flags = 0;
    size_t mark = p->stack.count;
    Mode mode = p->mode;
    p->mode = inside;
    for (;;) {
        flags |= newline_here(p);
        if (parser_at(p, TOKEN_RPAREN)) break;
        if (!parser_push(p, argument(p))) return NULL;
        if (!parser_take(p, TOKEN_COMMA)) break;
    }
    flags |= newline_here(p);
    if (!parser_close(p, TOKEN_RPAREN, opener, "`,` or ")) {
        hint_at_head(p, opener);
        return NULL;
    }
    p->mode = mode;
    return flagged(parser_list(p, NODE_GROUP, parser_span(p, opener), mark), flags);
}

// --- interventions ---

static bool is_target(const Node *node) {
    return node->kind == NODE_NAME || node->kind == NODE_INDEX || node->kind == NODE_SET;
}

static Node *assign(Parser *p, NodeOp op, Span span, Node *target, Node *value) {
    Node *node = parser_node(p, NODE_ASSIGN, span, 2, target, value);
    if (node) node->op = (uint16_t)op;
    return node;
}

static void *no_target(Parser *p, const Node *node) {
    if (parser_fail(p, DIAG_WORLD_ELEMENT, node->span, "an intervention sets a variable"))
        diag_hint(p->diags,
                  "for instance: do(X = 1), Y[X = 1], do({A, B} = 1), do(X -> M = 1)");
    return NULL;
}

// Behind the target of an intervention: `-> M`, `=`, `~` or nothing.
static Node *assignment(Parser *p, Node *target) {
    if (!is_target(target)) return no_target(p, target);
    Span span = target->span;
    if (parser_take(p, TOKEN_ARROW)) {
        Node *end = parser_expr_operators(p, BIND_RANGE);
        if (!end) return NULL;
        if (!is_target(end)) return no_target(p, end);
        target = parser_node(p, NODE_ARROW, span_join(span, end->span), 2, target, end);
        if (!target) return NULL;
        span = target->span;
    }
    NodeOp op = ASSIGN_BARE;
    if (parser_take(p, TOKEN_EQ) || parser_take(p, TOKEN_EQEQ))
        op = ASSIGN_SET;
    else if (parser_take(p, TOKEN_TILDE))
        op = ASSIGN_RANDOM;
    if (op == ASSIGN_BARE) return assign(p, op, span, target, NULL);
    Node *value = parser_expr_operators(p, BIND_OR);
    return value ? assign(p, op, span_join(span, value->span), target, value) : NULL;
}

static Node *negated(Parser *p) {
    uint32_t start = p->at++;
    Node *target = parser_expr_operators(p, BIND_RANGE);
    if (!target) return NULL;
    if (!is_target(target)) return no_target(p, target);
    return flagged(assign(p, ASSIGN_BARE, parser_span(p, start), target, NULL), FLAG_NOT);
}

// intervention = "not" target | target [ "->" target ] [ ( "=" | "~" ) operators ] ;
// target = variable | braces ;
static Node *intervention(Parser *p) {
    if (parser_at(p, TOKEN_NOT)) return negated(p);
    Node *target = parser_expr_operators(p, BIND_RANGE);
    return target ? assignment(p, target) : NULL;
}

// do = "do" "(" intervention { "," intervention } ")" ;
Node *parser_bracket_do(Parser *p) {
    uint32_t start = p->at++, opener = p->at;
    size_t mark = p->stack.count;
    if (!parser_at(p, TOKEN_LPAREN)) {
        if (parser_fail(p, DIAG_DO_PLACE, parser_token_span(p, start),
                        "the interventions of `do` stand in parentheses"))
            diag_hint(p->diags, "for instance: do(X = 1)");
        return NULL;
    }
    p->at++;
    Mode mode = p->mode;
    p->mode = inside;
    do {
        if (!parser_push(p, intervention(p))) return NULL;
    } while (parser_take(p, TOKEN_COMMA));
    if (!parser_close(p, TOKEN_RPAREN, opener, "`,` or ")) return NULL;
    p->mode = mode;
    return parser_list(p, NODE_DO, parser_span(p, start), mark);
}

// --- indices and worlds ---

// index = "_" | operators ;
static Node *index_element(Parser *p) {
    if (parser_at(p, TOKEN_WILDCARD)) {
        uint32_t at = p->at++;
        return parser_node(p, NODE_WILDCARD, parser_token_span(p, at), 0);
    }
    return parser_expr_operators(p, BIND_OR);
}

// An element of brackets after a name, before it is known what the brackets are.
static Node *world_element(Parser *p) {
    if (parser_at(p, TOKEN_NOT)) return negated(p);
    if (parser_at(p, TOKEN_WILDCARD)) return index_element(p);
    Node *e = parser_expr_operators(p, BIND_RANGE);
    if (!e) return NULL;
    if (parser_at(p, TOKEN_EQ) || parser_at(p, TOKEN_EQEQ) || parser_at(p, TOKEN_TILDE) ||
        parser_at(p, TOKEN_ARROW))
        return assignment(p, e);
    return parser_expr_continue(p, e, BIND_OR);
}

// A bare element among interventions is one, too.
static bool make_interventions(Parser *p, size_t mark) {
    for (size_t i = mark; i < p->stack.count; i++) {
        Node *e = p->stack.items[i];
        if (e->kind == NODE_ASSIGN) continue;
        if (!is_target(e)) {
            if (parser_fail(p, DIAG_WORLD_ELEMENT, e->span,
                            "an index stands among interventions"))
                diag_hint(p->diags, "index and world are two brackets: Y[2][X = 1]");
            return false;
        }
        if (!(p->stack.items[i] = assign(p, ASSIGN_BARE, e->span, e, NULL))) return false;
    }
    return true;
}

// world = "[" [ intervention { "," intervention } ] "]" | "[" index { "," index } "]" ;
Node *parser_bracket_index(Parser *p, Node *base, bool index_only) {
    uint32_t opener = p->at++;
    size_t mark = p->stack.count;
    Mode mode = p->mode;
    p->mode = inside;
    if (!parser_push(p, base)) return NULL;
    bool world = parser_at(p, TOKEN_RBRACKET) && !index_only;
    if (!world) {
        do {
            Node *e = index_only ? index_element(p) : world_element(p);
            if (!parser_push(p, e)) return NULL;
            world = world || e->kind == NODE_ASSIGN;
        } while (parser_take(p, TOKEN_COMMA));
    }
    if (!parser_close(p, TOKEN_RBRACKET, opener, "`,` or ")) return NULL;
    if (world && !make_interventions(p, mark + 1)) return NULL;
    p->mode = mode;
    Span span = span_join(base->span, parser_span(p, opener));
    return parser_list(p, world ? NODE_WORLD : NODE_INDEX, span, mark);
}
