// Printer: expressions.
#include "interp/printer_inner.h"

#include <string.h>

#include "interp/lexer.h"
#include "runtime/model/name.h"

typedef void Print(Printer *p, const Node *node);

// --- names and texts ---

// Words with a meaning of their own in some places: backquotes around them are kept.
static bool is_contextual(const char *name) {
    static const char *const words[] = {
        "model",    "let",      "def",    "import",    "use",    "test",   "assert",
        "check",    "explain",  "show",   "ladder",   "evaluate",  "assume", "latent", "noise",
        "observed", "selected", "factor", "data",      "mod",    "union",  "intersect",
        "select",   "within",   "up",     "to",        "as",     "remove", "against",
        "ordered",  "mix",      "argmax", "gumbel_max"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], name) == 0) return true;
    return false;
}

static bool is_head(const char *name) {
    for (NodeOp op = HEAD_P; op <= HEAD_BLAME; op++)
        if (strcmp(ast_op_text(op), name) == 0) return true;
    return false;
}

void printer_name(Printer *p, Sym sym, bool quoted) {
    Str s = {0};
    if (quoted || lexer_needs_quotes(sym->text)) name_add_quoted(sym->text, &s);
    else str_add(&s, sym->text);
    printer_add(p, str_text(&s));
    str_free(&s);
}

void printer_string(Printer *p, const char *text, size_t len) {
    name_add_text(text, len, &p->text);
    p->open = true;
}

// --- lines that go on ---

// Whether the source breaks the line between two nodes.
static bool breaks_between(const Printer *p, const Node *a, const Node *b) {
    return p->source && !p->one_line && printer_broken(p, a->span.end, b->span.start);
}

// Begins a line, indented, for what goes on behind `a` with `b`.
static void go_on(Printer *p, const Node *a, const Node *b) {
    if (a->span.end > p->last) p->last = a->span.end;
    p->indent += 2;
    printer_line(p, b->span.start, p->indent, false);
    p->indent -= 2;
}

// A word or operator and what stands behind it, on the line of `a`, or on one of its own where
// the source has a line break.
static void print_behind(Printer *p, const Node *a, const char *word, const Node *b,
                         void (*print)(Printer *, const Node *)) {
    bool broken = breaks_between(p, a, b);
    if (broken)
        go_on(p, a, b);
    else
        printer_add(p, " ");
    printer_add(p, word);
    printer_add(p, " ");
    if (broken) p->indent += 2;
    print(p, b);
    if (broken) p->indent -= 2;
}

// --- lists of things ---

void printer_commas(Printer *p, const Node *group) {
    for (uint32_t i = 0; i < group->n; i++) {
        bool broken = i && breaks_between(p, group->kid[i - 1], group->kid[i]);
        if (i) printer_add(p, broken ? "," : ", ");
        if (broken) go_on(p, group->kid[i - 1], group->kid[i]);
        printer_expr(p, group->kid[i]);
    }
}

// The source offset just behind the bracket that opens a node's elements.
static uint32_t inside_of(const Printer *p, const Node *node) {
    uint32_t at = node->span.start;
    while (p->source && at < node->span.end && !strchr("([{", p->source->text[at])) at++;
    return at + 1;
}

// Whether the source has a line break before kid `i`; `at`: behind the opening bracket.
static bool breaks_before(const Printer *p, const Node *node, uint32_t i, uint32_t at) {
    return printer_broken(p, i ? node->kid[i - 1]->span.end : at, node->kid[i]->span.start);
}

// Breaks behind the opening bracket are kept together with one before the closing bracket.
void printer_elements(Printer *p, const Node *node, const char *open, const char *close) {
    bool lines = p->source && !p->one_line && node->flags & FLAG_NEWLINES && node->n;
    uint32_t at = inside_of(p, node), outer = p->indent, any = 0;
    bool block = lines && breaks_before(p, node, 0, at);
    for (uint32_t i = 1; lines && i < node->n; i++) any += breaks_before(p, node, i, at);
    printer_add(p, open);
    if (block || any) p->indent += 2;
    for (uint32_t i = 0; i < node->n; i++) {
        bool broken = lines && (i || block) && breaks_before(p, node, i, at);
        if (i) printer_add(p, broken ? "," : ", ");
        uint32_t before = i ? node->kid[i - 1]->span.end : at;
        if (broken && before > p->last) p->last = before;
        if (broken) printer_line(p, node->kid[i]->span.start, p->indent, false);
        printer_expr(p, node->kid[i]);
    }
    p->indent = outer;
    if (block && node->kid[node->n - 1]->span.end > p->last)
        p->last = node->kid[node->n - 1]->span.end;
    if (block) printer_line(p, node->span.end - 1, outer + 2, false);
    printer_add(p, close);
}

void printer_fors(Printer *p, const Node *fors) {
    for (uint32_t i = 0; fors && i < fors->n; i++) {
        const Node *g = fors->kid[i];
        printer_add(p, g->sym ? " for " : " if ");
        if (g->sym) printer_name(p, g->sym, false);
        if (g->sym) printer_add(p, " in ");
        printer_expr(p, g->kid[0]);
    }
}

// --- atoms ---

static void print_number(Printer *p, const Node *node) {
    printer_add(p, node->text);
}

static void print_string(Printer *p, const Node *node) {
    printer_string(p, node->text, node->len);
}

static void print_regex(Printer *p, const Node *node) {
    printer_add(p, "re\"");
    printer_add(p, node->text);
    printer_add(p, "\"");
}

static void print_bool(Printer *p, const Node *node) {
    printer_add(p, node->num != 0 ? "true" : "false");
}

static void print_name(Printer *p, const Node *node) {
    bool quoted = node->flags & FLAG_QUOTED && is_contextual(node->sym->text);
    printer_name(p, node->sym, quoted);
}

static void print_wildcard(Printer *p, const Node *node) {
    (void)node;
    printer_add(p, "_");
}

static void print_query(Printer *p, const Node *node) {
    printer_add(p, node->n ? "?(" : "?");
    printer_commas(p, node);
    if (node->n) printer_add(p, ")");
}

static void print_list(Printer *p, const Node *node) {
    printer_elements(p, node, "[", "]");
}

static void print_braces(Printer *p, const Node *node) {
    printer_elements(p, node, "{", "}");
}

static void print_pair(Printer *p, const Node *node) {
    printer_expr(p, node->kid[0]);
    printer_add(p, ": ");
    printer_expr(p, node->kid[1]);
}

static void print_ordered(Printer *p, const Node *node) {
    printer_add(p, "ordered ");
    printer_expr(p, node->kid[0]);
}

// --- operators ---

static bool is_product(const Node *node) {
    return node->kind == NODE_BINARY && (node->op == OP_MUL || node->op == OP_DIV);
}

// Whether a factor reads well without spaces around its `*`.
static bool is_tight(const Node *node) {
    switch (node->kind) {
    case NODE_NUMBER:
    case NODE_NAME:
    case NODE_BOOL:
    case NODE_INDEX:
    case NODE_PAREN:
        return true;
    case NODE_CALL:
        return !(node->kid[1]->flags & FLAG_BRACKET);
    case NODE_BINARY:
        if (is_product(node)) return is_tight(node->kid[0]) && is_tight(node->kid[1]);
        return node->op == OP_POW;
    default:
        return false;
    }
}

static bool is_atom(const Node *node) {
    return node->kind == NODE_NAME || node->kind == NODE_NUMBER;
}

// `t-1` inside brackets and ranges, where `t - 1` would fall apart.
static void print_close(Printer *p, const Node *node) {
    bool sum = node->kind == NODE_BINARY && (node->op == OP_ADD || node->op == OP_SUB);
    if (!sum || !is_atom(node->kid[0]) || !is_atom(node->kid[1])) {
        printer_expr(p, node);
        return;
    }
    printer_expr(p, node->kid[0]);
    printer_add(p, ast_op_text((NodeOp)node->op));
    printer_expr(p, node->kid[1]);
}

static void print_range(Printer *p, const Node *node) {
    print_close(p, node->kid[0]);
    printer_add(p, "..");
    print_close(p, node->kid[1]);
}

static void print_unary(Printer *p, const Node *node) {
    printer_add(p, node->op == OP_NOT ? "not " : "-");
    printer_expr(p, node->kid[0]);
}

// A line that begins with such an operator would not always go on.
static bool is_name_op(const Node *node) {
    return node->op == OP_MOD || node->op == OP_UNION || node->op == OP_INTERSECT;
}

static void print_binary(Printer *p, const Node *node) {
    bool tight = node->op == OP_POW || (is_product(node) && is_tight(node));
    const char *op = ast_op_text((NodeOp)node->op);
    printer_expr(p, node->kid[0]);
    if (!tight && !is_name_op(node)) {
        print_behind(p, node->kid[0], op, node->kid[1], printer_expr);
        return;
    }
    if (!tight) printer_add(p, " ");
    printer_add(p, op);
    if (!tight) printer_add(p, " ");
    printer_expr(p, node->kid[1]);
}

static void print_approx(Printer *p, const Node *node) {
    printer_expr(p, node->kid[0]);
    printer_add(p, " ~= ");
    printer_expr(p, node->kid[1]);
    if (!node->kid[2]) return;
    printer_add(p, " within ");
    printer_expr(p, node->kid[2]);
}

static void print_if(Printer *p, const Node *node) {
    printer_add(p, "if ");
    printer_expr(p, node->kid[0]);
    print_behind(p, node->kid[0], "then", node->kid[1], printer_expr);
    // A chain of `else if` is not indented further.
    bool chain = node->kid[2]->kind == NODE_IF && breaks_between(p, node->kid[1], node->kid[2]);
    if (!chain) {
        print_behind(p, node->kid[1], "else", node->kid[2], printer_expr);
        return;
    }
    go_on(p, node->kid[1], node->kid[2]);
    printer_add(p, "else ");
    printer_expr(p, node->kid[2]);
}

static void print_paren(Printer *p, const Node *node) {
    printer_add(p, "(");
    printer_expr(p, node->kid[0]);
    printer_add(p, ")");
}

static void print_arrow(Printer *p, const Node *node) {
    for (uint32_t i = 0; i < node->n; i++) {
        if (i) printer_add(p, " -> ");
        printer_expr(p, node->kid[i]);
    }
}

static void print_separation(Printer *p, const Node *node) {
    printer_commas(p, node->kid[0]);
    printer_add(p, " _||_ ");
    printer_commas(p, node->kid[1]);
    if (!node->kid[2]) return;
    printer_add(p, " | ");
    printer_commas(p, node->kid[2]);
}

// --- cases ---

static void print_case(Printer *p, const Node *node) {
    printer_rows(p, node, node->kind == NODE_DATA ? "data " : "case ");
}

static void print_compare_pattern(Printer *p, const Node *node) {
    printer_add(p, ast_op_text((NodeOp)node->op));
    printer_add(p, " ");
    printer_expr(p, node->kid[0]);
}

// --- brackets ---

// What stands directly before a bracket: the name of a question is quoted there.
static void print_base(Printer *p, const Node *node) {
    if (node->kind == NODE_NAME && is_head(node->sym->text))
        printer_name(p, node->sym, true);
    else
        printer_expr(p, node);
}

static void print_call(Printer *p, const Node *node) {
    if (node->kid[1]->flags & FLAG_BRACKET) {
        printer_expr(p, node->kid[0]);
        printer_add(p, " ");
        printer_commas(p, node->kid[1]);
        return;
    }
    print_base(p, node->kid[0]);
    printer_elements(p, node->kid[1], "(", ")");
}

static void print_arg(Printer *p, const Node *node) {
    printer_name(p, node->sym, false);
    printer_add(p, ": ");
    printer_expr(p, node->kid[0]);
}

static void print_index(Printer *p, const Node *node) {
    print_base(p, node->kid[0]);
    printer_add(p, "[");
    for (uint32_t i = 1; i < node->n; i++) {
        if (i > 1) printer_add(p, ", ");
        if (node->kind == NODE_INDEX)
            print_close(p, node->kid[i]);
        else
            printer_expr(p, node->kid[i]);
    }
    printer_add(p, "]");
}

static void print_assign(Printer *p, const Node *node) {
    if (node->flags & FLAG_NOT) printer_add(p, "not ");
    printer_expr(p, node->kid[0]);
    if (!node->kid[1]) return;
    printer_add(p, node->op == ASSIGN_RANDOM ? " ~ " : " = ");
    printer_expr(p, node->kid[1]);
}

static void print_do(Printer *p, const Node *node) {
    printer_add(p, "do(");
    printer_commas(p, node);
    printer_add(p, ")");
}

static void print_soft(Printer *p, const Node *node) {
    printer_expr(p, node->kid[0]);
    printer_add(p, " ~ ");
    printer_expr(p, node->kid[1]);
}

static void print_comprehension(Printer *p, const Node *node) {
    if (node->flags & FLAG_BRACKET) printer_add(p, "[");
    printer_expr(p, node->kid[0]);
    printer_fors(p, node->kid[1]);
    if (node->flags & FLAG_BRACKET) printer_add(p, "]");
}

// --- questions ---

static void print_head(Printer *p, const Node *node) {
    if (node->op == HEAD_LADDER) {
        printer_add(p, "ladder ");
        printer_commas(p, node->kid[0]);
        return;
    }
    bool square = node->flags & FLAG_BRACKET;
    printer_add(p, ast_op_text((NodeOp)node->op));
    printer_add(p, square ? "[" : "(");
    printer_commas(p, node->kid[0]);
    if (node->kid[2]) {
        printer_add(p, "; ");
        printer_commas(p, node->kid[2]);
    }
    if (node->kid[1] && node->kid[0]->n)
        print_behind(p, node->kid[2] ? node->kid[2] : node->kid[0], "|", node->kid[1],
                     printer_commas);
    else if (node->kid[1]) {
        if (node->op != HEAD_MARGINALS) printer_add(p, "| ");
        printer_commas(p, node->kid[1]);
    }
    printer_add(p, square ? "]" : ")");
}

static void print_argmax(Printer *p, const Node *node) {
    printer_add(p, "argmax ");
    printer_expr(p, node->kid[0]);
}

// --- clauses ---

static void print_with(Printer *p, const Node *node) {
    printer_expr(p, node->kid[0]);
    print_behind(p, node->kid[0], "with", node->kid[1], printer_expr);
}

static void print_two(Printer *p, const Node *node) {
    printer_expr(p, node->kid[0]);
    print_behind(p, node->kid[0], node->kind == NODE_WHERE ? "where" : "under", node->kid[1],
                 printer_expr);
}

static void print_select(Printer *p, const Node *node) {
    printer_expr(p, node->kid[0]);
    printer_add(p, " select ");
    printer_commas(p, node->kid[1]);
}

static void print_sources(Printer *p, const Node *group) {
    if (group->flags & FLAG_BRACKET)
        printer_elements(p, group, "{", "}");
    else
        printer_commas(p, group);
}

static void print_methods(Printer *p, const Node *group) {
    if (group->flags & FLAG_BRACKET)
        printer_elements(p, group, "[", "]");
    else
        printer_commas(p, group);
}

static void print_clause(Printer *p, const Node *node) {
    bool from = node->kind == NODE_FROM;
    printer_expr(p, node->kid[0]);
    print_behind(p, node->kid[0], from ? "from" : "using", node->kid[1],
                 from ? print_sources : print_methods);
}

static void print_method(Printer *p, const Node *node) {
    printer_name(p, node->sym, false);
    if (node->kid[0]) printer_elements(p, node->kid[0], "(", ")");
}

static Print *const printers[NODE_COUNT] = {
    [NODE_GROUP] = printer_commas,
    [NODE_ORDERED] = print_ordered,
    [NODE_NUMBER] = print_number,
    [NODE_STRING] = print_string,
    [NODE_REGEX] = print_regex,
    [NODE_BOOL] = print_bool,
    [NODE_NAME] = print_name,
    [NODE_WILDCARD] = print_wildcard,
    [NODE_QUERY] = print_query,
    [NODE_LIST] = print_list,
    [NODE_SET] = print_braces,
    [NODE_MAP] = print_braces,
    [NODE_PAIR] = print_pair,
    [NODE_RANGE] = print_range,
    [NODE_UNARY] = print_unary,
    [NODE_BINARY] = print_binary,
    [NODE_APPROX] = print_approx,
    [NODE_IF] = print_if,
    [NODE_CASE] = print_case,
    [NODE_DATA] = print_case,
    [NODE_COMPARE_PATTERN] = print_compare_pattern,
    [NODE_ARROW] = print_arrow,
    [NODE_CALL] = print_call,
    [NODE_ARG] = print_arg,
    [NODE_INDEX] = print_index,
    [NODE_WORLD] = print_index,
    [NODE_HEAD] = print_head,
    [NODE_ARGMAX] = print_argmax,
    [NODE_DO] = print_do,
    [NODE_ASSIGN] = print_assign,
    [NODE_SOFT] = print_soft,
    [NODE_COMPREHENSION] = print_comprehension,
    [NODE_SEPARATION] = print_separation,
    [NODE_METHOD] = print_method,
    [NODE_WITH] = print_with,
    [NODE_WHERE] = print_two,
    [NODE_SELECT] = print_select,
    [NODE_UNDER] = print_two,
    [NODE_FROM] = print_clause,
    [NODE_USING] = print_clause,
    [NODE_PAREN] = print_paren,
};

void printer_expr(Printer *p, const Node *node) {
    if (!node) return;
    if (printers[node->kind])
        printers[node->kind](p, node);
    else
        printer_item(p, node);
}

void printer_expression(const Node *node, Str *out) {
    Printer p = {.one_line = true};
    printer_expr(&p, node);
    printer_finish(&p, out);
}
