// Parser: the items of a model, in `model NAME { ... }` and `m with { ... }`.
#include "interp/parser_inner.h"

// --- endpoints ---

static bool begins_variable(const Parser *p) {
    const Token *t = parser_peek(p, 0);
    return t->kind == TOKEN_NAME;
}

// variable = name { "[" index { "," index } "]" } ;
Node *parser_item_variable(Parser *p, const char *what) {
    uint32_t start = p->at;
    const Token *name = parser_name(p, what);
    if (!name) return NULL;
    Node *node = parser_name_node(p, start);
    const Token *next = parser_peek(p, 0);
    if (node && next->kind == TOKEN_LBRACKET && !(next->flags & TOKEN_SPACE) &&
        parser_head_word(name)) {
        if (parser_fail(p, DIAG_HEAD_NAME, parser_token_span(p, start),
                        "`%s[` begins a question", name->sym->text))
            diag_hint(p->diags, "the variable stands in backquotes here: `%s`[",
                      name->sym->text);
        return NULL;
    }
    while (node && parser_at(p, TOKEN_LBRACKET) && !parser_line_ends(p))
        node = parser_bracket_index(p, node, true);
    return node;
}

// endpoint = variable | "{" variable { "," variable } [ "," ] "}" ;
static Node *endpoint(Parser *p) {
    if (!parser_at(p, TOKEN_LBRACE)) return parser_item_variable(p, "a variable");
    uint32_t opener = p->at++, flags = 0;
    size_t mark = p->stack.count;
    Mode mode = p->mode;
    p->mode = (Mode){0};
    do {
        flags |= parser_peek(p, 0)->flags & TOKEN_NEWLINE;
        if (parser_at(p, TOKEN_RBRACE)) break;
        if (!parser_push(p, parser_item_variable(p, "a variable"))) return NULL;
    } while (parser_take(p, TOKEN_COMMA));
    flags |= parser_peek(p, 0)->flags & TOKEN_NEWLINE;
    if (!parser_close(p, TOKEN_RBRACE, opener, "`,` or ")) return NULL;
    p->mode = mode;
    Node *set = parser_list(p, NODE_SET, parser_span(p, opener), mark);
    if (set && flags) set->flags |= FLAG_NEWLINES;
    return set;
}

// --- edges ---

static NodeOp link_here(const Parser *p) {
    if (parser_at(p, TOKEN_ARROW)) return LINK_RIGHT;
    if (parser_at(p, TOKEN_BOTH)) return LINK_BOTH;
    return parser_at_left_arrow(p) ? LINK_LEFT : OP_NONE;
}

// link = "->" | "<-" | "<->" ;
static Node *link(Parser *p) {
    uint32_t start = p->at;
    NodeOp op = link_here(p);
    p->at += op == LINK_LEFT ? 2 : 1;
    Node *node = parser_node(p, NODE_LINK, parser_span(p, start), 0);
    if (node) node->op = (uint16_t)op;
    return node;
}

// What stands behind an arrow but is no variable.
static void *no_endpoint(Parser *p, uint32_t arrow) {
    const Token *t = parser_peek(p, 0);
    bool value = t->kind == TOKEN_NUMBER || t->kind == TOKEN_STRING || t->kind == TOKEN_TRUE ||
                 t->kind == TOKEN_FALSE;
    if (!value || p->tokens[arrow].kind != TOKEN_LT)
        return parser_unexpected(p, "a variable after the arrow");
    if (parser_fail(p, DIAG_ASSIGNMENT_ARROW, parser_span(p, arrow),
                    "`<-` draws an edge, and an edge joins variables"))
        diag_hint(p->diags, "a mechanism is written with `=` or `~`");
    return NULL;
}

static void *edge_list(Parser *p, uint32_t start) {
    if (parser_fail(p, DIAG_EDGE_LIST, parser_span(p, start),
                    "several variables at one end of an edge stand in braces"))
        diag_hint(p->diags, "for instance: {A, B} -> C");
    return NULL;
}

// chain = endpoint link endpoint { link endpoint } [ generators ] ;
static Node *chain(Parser *p, uint32_t start, Node *first) {
    size_t mark = p->stack.count;
    if (!parser_push(p, first)) return NULL;
    while (link_here(p) != OP_NONE) {
        uint32_t arrow = p->at;
        if (!parser_push(p, link(p))) return NULL;
        if (!begins_variable(p) && !parser_at(p, TOKEN_LBRACE)) return no_endpoint(p, arrow);
        if (!parser_push(p, endpoint(p))) return NULL;
    }
    Node *ends = parser_list(p, NODE_GROUP, parser_span(p, start), mark);
    if (!ends) return NULL;
    if (parser_at(p, TOKEN_COMMA)) return edge_list(p, start);
    Node *fors = parser_item_fors(p);
    if (p->failed || p->nomem) return NULL;
    return parser_node(p, NODE_CHAIN, parser_span(p, start), 2, ends, fors);
}

// removal = "remove" chain ;
static Node *removal(Parser *p) {
    uint32_t start = p->at++, first = p->at;
    Node *from = endpoint(p);
    if (!from) return NULL;
    if (link_here(p) == OP_NONE) return parser_unexpected(p, "the arrow of the edge to remove");
    Node *edges = chain(p, first, from);
    return edges ? parser_node(p, NODE_REMOVE, parser_span(p, start), 1, edges) : NULL;
}

// --- variables ---

// domain = "ordered" braces | range ;
static Node *domain(Parser *p) {
    uint32_t start = p->at;
    if (!parser_at_word(p, "ordered") || parser_peek(p, 1)->kind != TOKEN_LBRACE)
        return parser_expr_operators(p, BIND_RANGE);
    p->at++;
    Node *levels = parser_bracket_braces(p);
    return levels ? parser_node(p, NODE_ORDERED, parser_span(p, start), 1, levels) : NULL;
}

// The parts of a variable after its names.
typedef struct Parts {
    Node *label, *domain, *mechanism, *when, *limit;
    uint32_t flags;
} Parts;

// observation = { "if" operators | "up" "to" range } ;
static bool observation(Parser *p, Parts *parts) {
    while (!parser_line_ends(p)) {
        if (!parts->when && parser_take(p, TOKEN_IF)) {
            if (!(parts->when = parser_expr_operators(p, BIND_OR))) return false;
        } else if (!parts->limit && parser_at_word(p, "up") &&
                   parser_is_word(parser_peek(p, 1), "to")) {
            p->at += 2;
            if (!(parts->limit = parser_expr_operators(p, BIND_RANGE))) return false;
        } else {
            break;
        }
    }
    return true;
}

// mechanism = ( "~" | "=" ) expression ;
static bool mechanism(Parser *p, Parts *parts) {
    uint32_t start = p->at;
    if (parser_take(p, TOKEN_TILDE)) {
        parts->flags = FLAG_TILDE;
    } else if (parser_take(p, TOKEN_EQ)) {
        parts->flags = FLAG_EQUALS;
    } else if (parser_take(p, TOKEN_EQEQ)) {
        parts->flags = FLAG_EQUALS;
        parser_complain(p, DIAG_SYNTAX, parser_span(p, start),
                        "a mechanism is written with `=`");
    } else {
        return true;
    }
    p->mode.commas = false;
    return (parts->mechanism = parser_expr(p)) != NULL;
}

static bool parts_of_variable(Parser *p, Parts *parts) {
    if (parser_at(p, TOKEN_STRING) && !parser_line_ends(p)) {
        parts->label = parser_string_node(p, p->at++);
        if (!parts->label) return false;
    }
    if (!observation(p, parts)) return false;
    if (parser_take(p, TOKEN_COLON) && !(parts->domain = domain(p))) return false;
    return mechanism(p, parts) && observation(p, parts);
}

// declaration = [ role ] variable { "," variable } [ string ] observation [ ":" domain ]
//   [ mechanism ] observation [ generators ] ;
static Node *declaration(Parser *p, uint32_t start, NodeOp role, size_t mark) {
    while (parser_take(p, TOKEN_COMMA))
        if (!parser_push(p, parser_item_variable(p, "a variable"))) return NULL;
    bool several = p->stack.count - mark > 1;
    Node *names = parser_list(p, NODE_GROUP, parser_span(p, start), mark);
    if (!names) return NULL;
    if (link_here(p) != OP_NONE && several) return edge_list(p, start);
    Parts parts = {0};
    if (!parts_of_variable(p, &parts)) return NULL;
    Node *fors = parser_item_fors(p);
    if (p->failed || p->nomem) return NULL;
    Node *node = parser_node(p, NODE_VARIABLE, parser_span(p, start), 7, names, parts.label,
                             parts.domain, parts.mechanism, fors, parts.when, parts.limit);
    if (!node) return NULL;
    node->op = (uint16_t)role;
    node->flags = parts.flags;
    node->name_span = span_join(names->kid[0]->span, names->kid[names->n - 1]->span);
    return node;
}

// role = "latent" | "noise" | "observed" | "selected" ;
static NodeOp role_here(const Parser *p) {
    for (NodeOp role = ROLE_LATENT; role <= ROLE_SELECTED; role++)
        if (parser_at_word(p, ast_op_text(role))) return role;
    return OP_NONE;
}

static Node *role_item(Parser *p, NodeOp role) {
    uint32_t start = p->at++;
    size_t mark = p->stack.count;
    if (parser_line_ends(p) || !begins_variable(p)) {
        const char *word = ast_op_text(role);
        if (parser_fail(p, DIAG_RESERVED_NAME, parser_token_span(p, start),
                        "`%s` opens an item here, and a variable should follow", word))
            diag_hint(p->diags, "a variable of that name stands in backquotes: `%s`", word);
        return NULL;
    }
    if (!parser_push(p, parser_item_variable(p, "a variable"))) return NULL;
    return declaration(p, start, role, mark);
}

// --- factors and assumptions ---

// Among conditions a comma goes on with the factor only when names lead to its rows.
static bool rows_follow(const Parser *p) {
    for (uint32_t i = p->at; p->tokens[i].kind == TOKEN_COMMA;) {
        if (p->tokens[++i].kind != TOKEN_NAME) return false;
        for (i++; p->tokens[i].kind == TOKEN_LBRACKET && p->tokens[i].match;)
            i = p->tokens[i].match + 1;
        if (p->tokens[i].kind == TOKEN_LBRACE) return true;
    }
    return false;
}

// factor = "factor" ( operators | selectors "{" rows "}" ) [ generators ] ;
Node *parser_item_factor(Parser *p, bool condition) {
    uint32_t start = p->at++, first = p->at, flags = 0;
    bool selecting = p->mode.selecting;
    p->mode.selecting = true;
    Node *body = parser_expr_operators(p, BIND_OR);
    p->mode.selecting = selecting;
    if (!body) return NULL;
    bool same_line = !(p->mode.lines && parser_peek(p, 0)->flags & TOKEN_NEWLINE);
    bool rows = (parser_at(p, TOKEN_LBRACE) && same_line) ||
                (parser_at(p, TOKEN_COMMA) && (!condition || rows_follow(p)));
    if (rows) {
        Node *selectors = parser_row_selectors(p, body);
        if (!selectors) return NULL;
        Node *block = parser_row_block(p, selectors->n, false, &flags);
        if (!block) return NULL;
        body = parser_node(p, NODE_CASE, parser_span(p, first), 2, selectors, block);
        if (!body) return NULL;
        body->flags |= flags;
    }
    Node *fors = condition ? NULL : parser_item_fors(p);
    if (p->failed || p->nomem) return NULL;
    return parser_node(p, NODE_FACTOR, parser_span(p, start), 2, body, fors);
}

// assume = "assume" sentence [ generators ] ;
Node *parser_item_assume(Parser *p) {
    uint32_t start = p->at++;
    p->mode.commas = true;
    Node *value = parser_expr_full(p);
    if (!value) return NULL;
    Node *fors = parser_item_fors(p);
    if (p->failed || p->nomem) return NULL;
    return parser_node(p, NODE_ASSUME, parser_span(p, start), 2, value, fors);
}

// --- generators ---

// generator = "for" name "in" operators | "if" operators ;
static Node *generator(Parser *p) {
    uint32_t start = p->at, named = p->at;
    const Token *name = NULL;
    if (parser_take(p, TOKEN_FOR)) {
        named = p->at;
        if (!(name = parser_name(p, "a name after `for`"))) return NULL;
        if (!parser_expect(p, TOKEN_IN)) return NULL;
    } else {
        p->at++;
    }
    Node *over = parser_expr_operators(p, BIND_OR);
    Node *node = over ? parser_node(p, NODE_GENERATOR, parser_span(p, start), 1, over) : NULL;
    if (!node) return NULL;
    node->sym = name ? name->sym : NULL;
    node->name_span = parser_token_span(p, named);
    return node;
}

// generators = "for" name "in" operators { generator } ;
Node *parser_item_fors(Parser *p) {
    if (!parser_at(p, TOKEN_FOR)) return NULL;
    uint32_t start = p->at;
    size_t mark = p->stack.count;
    uint32_t depth = p->depth; // loops are nested in each other
    while (parser_at(p, TOKEN_FOR) || (parser_at(p, TOKEN_IF) && !parser_line_ends(p)))
        if (!parser_enter(p) || !parser_push(p, generator(p))) return NULL;
    p->depth = depth;
    return parser_list(p, NODE_FORS, parser_span(p, start), mark);
}

// --- items ---

static void *statement_inside(Parser *p) {
    const Token *t = parser_peek(p, 0);
    if (parser_fail(p, DIAG_STATEMENT_INSIDE, parser_token_span(p, p->at),
                    "`%s` begins a statement, and statements stand outside a model",
                    t->sym->text))
        diag_hint(p->diags, "when the model is complete, close it with `}` above");
    return NULL;
}

static Node *variable_or_chain(Parser *p) {
    uint32_t start = p->at;
    bool set = parser_at(p, TOKEN_LBRACE);
    if (!set && !begins_variable(p)) {
        if (parser_peek(p, 0)->kind >= TOKEN_IF) return (void *)parser_name(p, "a variable");
        return parser_unexpected(p, "a variable, an edge or another item");
    }
    size_t mark = p->stack.count;
    Node *first = endpoint(p);
    if (!first) return NULL;
    if (link_here(p) != OP_NONE) return chain(p, start, first);
    if (set) return parser_unexpected(p, "an arrow after the set of variables");
    if (!parser_push(p, first)) return NULL;
    return declaration(p, start, ROLE_PLAIN, mark);
}

static bool removal_here(const Parser *p) {
    const Token *next = parser_peek(p, 1);
    return parser_at_word(p, "remove") && !(next->flags & TOKEN_NEWLINE) &&
           (next->kind == TOKEN_NAME || next->kind == TOKEN_LBRACE);
}

// item = declaration | chain | removal | factor | assume ;
static Node *item(Parser *p) {
    NodeOp role = role_here(p);
    if (role != OP_NONE) return role_item(p, role);
    if (parser_at_word(p, "factor")) return parser_item_factor(p, false);
    if (parser_at_word(p, "assume")) return parser_item_assume(p);
    if (removal_here(p)) return removal(p);
    if (parser_statement_begins(p)) return statement_inside(p);
    return variable_or_chain(p);
}

static Node *item_or_error(Parser *p) {
    uint32_t begun = p->begun = p->at;
    size_t mark = p->stack.count;
    Mode mode = p->mode;
    uint32_t depth = p->depth;
    Node *node = item(p);
    if (node && !parser_line_ends(p)) node = parser_unexpected(p, "the end of the item");
    p->mode = mode;
    p->depth = depth;
    if (node || p->nomem) return node;
    return parser_recover(p, begun, mark);
}

// A block that lacks its end is over where something begins that can be no item.
static bool ran_out(const Parser *p, uint32_t opener) {
    if (parser_at(p, TOKEN_END)) return true;
    return p->tokens[opener].match == 0 && p->at > opener + 1 &&
           parser_peek(p, 0)->flags & TOKEN_NEWLINE && parser_statement_begins(p);
}

// items = { item separator } ;
static Node *items(Parser *p, uint32_t opener) {
    size_t mark = p->stack.count;
    uint32_t flags = 0;
    for (;;) {
        while (parser_take(p, TOKEN_SEMICOLON)) continue;
        if (parser_peek(p, 0)->flags & TOKEN_NEWLINE) flags = FLAG_NEWLINES;
        if (parser_at(p, TOKEN_RBRACE) || ran_out(p, opener)) break;
        if (!parser_push(p, item_or_error(p))) return NULL;
    }
    p->begun = opener;
    if (!parser_close(p, TOKEN_RBRACE, opener, "")) return NULL;
    Node *block = parser_list(p, NODE_BLOCK, parser_span(p, opener), mark);
    if (block) block->flags |= flags;
    return block;
}

Node *parser_item_block(Parser *p) {
    uint32_t opener = p->at, outer = p->begun;
    if (!parser_enter(p)) return NULL;
    p->at++;
    Mode mode = p->mode;
    p->mode = (Mode){.lines = true};
    Node *block = items(p, opener);
    p->mode = mode;
    p->begun = outer;
    parser_leave(p);
    return block;
}
