// Parser: questions: P(events | conditions) and its relatives.
#include "interp/parser_inner.h"

#include <string.h>

static NodeOp word_op(const Token *t) {
    if (t->kind != TOKEN_NAME || t->flags & TOKEN_QUOTED) return OP_NONE;
    for (NodeOp op = HEAD_P; op <= HEAD_BLAME; op++)
        if (strcmp(t->sym->text, ast_op_text(op)) == 0) return op;
    return OP_NONE;
}

bool parser_head_word(const Token *t) {
    return word_op(t) != OP_NONE;
}

NodeOp parser_head_op(const Parser *p, uint32_t ahead) {
    const Token *next = parser_peek(p, ahead + 1);
    if (next->kind != TOKEN_LPAREN && next->kind != TOKEN_LBRACKET) return OP_NONE;
    return next->flags & TOKEN_SPACE ? OP_NONE : word_op(parser_peek(p, ahead));
}

// --- conditions ---

static bool begins_factor(const Parser *p) {
    const Token *next = parser_peek(p, 1);
    if (!parser_at_word(p, "factor")) return false;
    return parser_starts_operand(next) ||
           (next->kind == TOKEN_LPAREN && next->flags & TOKEN_SPACE);
}

// soft = variable "~" operators ;
static Node *soft(Parser *p, Node *variable) {
    if (variable->kind != NODE_NAME && variable->kind != NODE_INDEX)
        return parser_unexpected(p, "`,` or the end of the question");
    p->at++;
    Node *law = parser_expr_operators(p, BIND_OR);
    if (!law) return NULL;
    return parser_node(p, NODE_SOFT, span_join(variable->span, law->span), 2, variable, law);
}

// condition = do | soft | factor | expression ;
static Node *condition(Parser *p) {
    if (parser_at(p, TOKEN_DO)) return parser_bracket_do(p);
    if (begins_factor(p)) return parser_item_factor(p, true);
    Node *e = parser_expr(p);
    return e && parser_at(p, TOKEN_TILDE) ? soft(p, e) : e;
}

// --- what is asked ---

// event = name ":" expression | arrow ;
static Node *event(Parser *p, NodeOp head) {
    bool labelled = head == HEAD_H || head == HEAD_I;
    uint32_t start = p->at;
    if (!labelled || !parser_at(p, TOKEN_NAME) || parser_peek(p, 1)->kind != TOKEN_COLON) {
        if (parser_at(p, TOKEN_DO)) {
            if (parser_fail(p, DIAG_DO_PLACE, parser_token_span(p, p->at),
                            "`do` says under what condition something is asked"))
                diag_hint(p->diags, "write it after the bar: P(Y | do(X = 1))");
            return NULL;
        }
        return parser_expr_arrow(p);
    }
    p->at += 2;
    Node *value = parser_expr(p);
    Node *node = value ? parser_node(p, NODE_ARG, parser_span(p, start), 1, value) : NULL;
    if (!node) return NULL;
    node->sym = p->tokens[start].sym;
    node->name_span = parser_token_span(p, start);
    return node;
}

// events = event { "," event } ;
static Node *events(Parser *p, NodeOp head) {
    uint32_t start = p->at;
    size_t mark = p->stack.count;
    do {
        if (!parser_push(p, event(p, head))) return NULL;
    } while (parser_take(p, TOKEN_COMMA));
    return parser_list(p, NODE_GROUP, parser_span(p, start), mark);
}

// conditions = condition { "," condition } ;
static Node *conditions(Parser *p) {
    uint32_t start = p->at;
    size_t mark = p->stack.count;
    do {
        if (!parser_push(p, condition(p))) return NULL;
    } while (parser_take(p, TOKEN_COMMA));
    return parser_list(p, NODE_GROUP, parser_span(p, start), mark);
}

static bool at_closer(const Parser *p) {
    return parser_at(p, TOKEN_RPAREN) || parser_at(p, TOKEN_RBRACKET);
}

static void *asks_nothing(Parser *p, uint32_t start) {
    const char *name = ast_op_text(word_op(&p->tokens[start]));
    if (parser_fail(p, DIAG_EMPTY_QUESTION, parser_token_span(p, start),
                    "this `%s` does not say what it asks for", name))
        diag_hint(p->diags, "write it before the bar: %s(Y | X = 1)", name);
    return NULL;
}

// The three groups of a head.
typedef struct Groups {
    Node *asked, *given, *second;
} Groups;

static bool groups(Parser *p, NodeOp op, uint32_t start, Groups *g) {
    bool nothing = parser_at(p, TOKEN_BAR) || at_closer(p);
    if (op == HEAD_MARGINALS || (op == HEAD_LOGP && nothing)) {
        g->asked = parser_list(p, NODE_GROUP, parser_token_span(p, start), p->stack.count);
        if (!g->asked) return false;
        bool bar = parser_take(p, TOKEN_BAR);
        if (at_closer(p) && !bar) return true;
        return (g->given = conditions(p)) != NULL;
    }
    if (nothing) return asks_nothing(p, start);
    if (!(g->asked = events(p, op))) return false;
    if (op == HEAD_I && parser_take(p, TOKEN_SEMICOLON) && !(g->second = events(p, op)))
        return false;
    return !parser_take(p, TOKEN_BAR) || (g->given = conditions(p)) != NULL;
}

static bool close_head(Parser *p, uint32_t opener) {
    if (parser_at(p, TOKEN_BAR)) {
        if (parser_fail(p, DIAG_SECOND_BAR, parser_token_span(p, p->at),
                        "a question has one bar"))
            diag_hint(p->diags, "separate conditions by commas: P(Y | do(X = 1), Z = 2)");
        return false;
    }
    bool round = p->tokens[opener].kind == TOKEN_LPAREN;
    return parser_close(p, round ? TOKEN_RPAREN : TOKEN_RBRACKET, opener, "`,` or ");
}

// head = name ( "(" asked ")" | "[" asked "]" ) ;
// asked = events [ ";" events ] [ "|" conditions ] | [ "|" ] [ conditions ] ;
Node *parser_head(Parser *p) {
    uint32_t start = p->at, opener = start + 1;
    NodeOp op = parser_head_op(p, 0);
    Mode mode = p->mode;
    p->at += 2;
    p->mode = (Mode){0};
    Groups g = {0};
    if (!groups(p, op, start, &g) || !close_head(p, opener)) return NULL;
    p->mode = mode;
    Node *node =
        parser_node(p, NODE_HEAD, parser_span(p, start), 3, g.asked, g.given, g.second);
    if (!node) return NULL;
    node->op = (uint16_t)op;
    node->name_span = parser_token_span(p, start);
    if (p->tokens[opener].kind == TOKEN_LBRACKET) node->flags |= FLAG_BRACKET;
    return node;
}

// argmax = "argmax" head ;
Node *parser_head_argmax(Parser *p) {
    uint32_t start = p->at++;
    Node *head = parser_head(p);
    return head ? parser_node(p, NODE_ARGMAX, parser_span(p, start), 1, head) : NULL;
}

// query = "?" [ "(" variable { "," variable } ")" ] ;
Node *parser_head_query(Parser *p) {
    uint32_t start = p->at++, opener = p->at;
    size_t mark = p->stack.count;
    const Token *next = parser_peek(p, 0);
    if (next->kind == TOKEN_LPAREN && !(next->flags & TOKEN_SPACE)) {
        p->at++;
        do {
            if (!parser_push(p, parser_item_variable(p, "a variable"))) return NULL;
        } while (parser_take(p, TOKEN_COMMA));
        if (!parser_close(p, TOKEN_RPAREN, opener, "`,` or ")) return NULL;
    }
    return parser_list(p, NODE_QUERY, parser_span(p, start), mark);
}
