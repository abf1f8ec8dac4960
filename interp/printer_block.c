// Printer: statements, items and rows, with their columns aligned.
#include "interp/printer_inner.h"

#include <string.h>

// --- columns ---

// The column before `~` or `=` of one item, and the widths that a run of items shares.
typedef struct Columns {
    size_t head, domain;
} Columns;

static void print_names(Printer *p, const Node *node) {
    bool one_line = p->one_line;
    p->one_line = true;
    if (node->op != ROLE_PLAIN) {
        printer_add(p, ast_op_text((NodeOp)node->op));
        printer_add(p, " ");
    }
    printer_commas(p, node->kid[0]);
    if (node->kid[1]) printer_add(p, " ");
    printer_expr(p, node->kid[1]);
    p->one_line = one_line;
}

// The columns that a part of a node takes on one line.
static size_t width_of(const Printer *p, const Node *node,
                       void (*print)(Printer *, const Node *)) {
    Printer scratch = {.one_line = true, .source = p->source};
    print(&scratch, node);
    size_t width = printer_width(str_text(&scratch.text), scratch.text.len);
    str_free(&scratch.text);
    return width;
}

static void pad(Printer *p, size_t from, size_t width) {
    size_t used = printer_width(str_text(&p->text) + from, p->text.len - from);
    if (used < width) str_fill(&p->text, ' ', width - used);
}

static void widen(size_t *width, size_t other) {
    if (other > *width) *width = other;
}

// A run of variables in a block, which share their columns: up to a blank line, or to an item
// of another kind or role.
typedef struct Run {
    const Node *block;
    uint32_t end; // the kid behind it
    Columns columns;
} Run;

static void find_run(const Printer *p, Run *run, uint32_t i) {
    const Node *block = run->block;
    run->columns = (Columns){0};
    for (run->end = i; run->end < block->n; run->end++) {
        const Node *v = block->kid[run->end];
        if (v->kind != NODE_VARIABLE || v->op != block->kid[i]->op) return;
        if (run->end > i && printer_blank(p, block->kid[run->end - 1]->span.end, v->span.start))
            return;
        if (v->kid[2] || v->kid[3]) widen(&run->columns.head, width_of(p, v, print_names));
        if (v->kid[2] && v->kid[3])
            widen(&run->columns.domain, width_of(p, v->kid[2], printer_expr));
    }
}

static void print_variable(Printer *p, const Node *node, Columns c) {
    size_t start = p->text.len;
    print_names(p, node);
    if (node->kid[2] || node->kid[3]) pad(p, start, c.head);
    if (node->kid[2]) {
        printer_add(p, " : ");
        start = p->text.len;
        bool one_line = p->one_line;
        p->one_line = true;
        printer_expr(p, node->kid[2]);
        p->one_line = one_line;
        if (node->kid[3]) pad(p, start, c.domain);
    }
    if (node->kid[3]) {
        printer_add(p, node->flags & FLAG_EQUALS ? " = " : " ~ ");
        printer_expr(p, node->kid[3]);
    }
    if (node->kid[5]) {
        printer_add(p, " if ");
        printer_expr(p, node->kid[5]);
    }
    if (node->kid[6]) {
        printer_add(p, " up to ");
        printer_expr(p, node->kid[6]);
    }
    printer_fors(p, node->kid[4]);
}

// --- lists of statements, items and rows ---

typedef void PrintKid(Printer *p, const Node *node, uint32_t i, void *user);

// A line that begins so would go on with the line before (a row with `=>` never does).
static bool would_join(const Node *node) {
    if (node->kind == NODE_ROW) node = node->kid[1] ? NULL : node->kid[0];
    while (node && node->n && node->kind != NODE_UNARY) {
        switch (node->kind) {
        case NODE_EXPRESSION:
        case NODE_GROUP:
        case NODE_BINARY:
        case NODE_RANGE:
        case NODE_APPROX:
        case NODE_SEPARATION:
        case NODE_WITH:
        case NODE_WHERE:
        case NODE_SELECT:
        case NODE_UNDER:
        case NODE_FROM:
        case NODE_USING:
            node = node->kid[0];
            break;
        default:
            return false;
        }
    }
    return node && node->kind == NODE_UNARY && node->op == OP_NEG;
}

// Each kid of `list` on a line of its own, up to the source offset `end`.
static void print_lines(Printer *p, const Node *list, PrintKid *print, void *user) {
    for (uint32_t i = 0; i < list->n; i++) {
        const Node *kid = list->kid[i];
        if (i && would_join(kid)) printer_add(p, ";");
        printer_line(p, kid->span.start, p->indent, true);
        p->fresh = false;
        print(p, kid, i, user);
        if (kid->span.end > p->last) p->last = kid->span.end;
    }
}

static uint32_t opener_of(const Printer *p, const Node *block) {
    uint32_t at = block->span.start;
    while (p->source && at < block->span.end && p->source->text[at] != '{') at++;
    return at;
}

// The kids in braces: one a line where the source has them so, else separated by `; `.
static void print_braced(Printer *p, const Node *list, bool newlines, PrintKid *print,
                         void *user) {
    uint32_t opener = opener_of(p, list), end = list->span.end ? list->span.end - 1 : 0;
    bool lines = newlines && p->source && !p->one_line;
    lines = lines && (list->n || printer_comments(p, opener, end));
    printer_add(p, lines || !list->n ? "{" : "{ ");
    if (lines) {
        p->indent += 2;
        p->fresh = true;
        p->last = opener;
        print_lines(p, list, print, user);
        p->indent -= 2;
        printer_line(p, end, p->indent + 2, false);
        p->last = list->span.end;
        p->fresh = false;
    } else {
        for (uint32_t i = 0; i < list->n; i++) {
            if (i) printer_add(p, "; ");
            print(p, list->kid[i], i, user);
        }
    }
    printer_add(p, lines || !list->n ? "}" : " }");
}

// --- items ---

// `user`: the Run, or NULL where columns are not aligned.
static void print_kid(Printer *p, const Node *node, uint32_t i, void *user) {
    Run *run = user;
    if (!run || node->kind != NODE_VARIABLE) {
        printer_item(p, node);
        return;
    }
    if (i >= run->end) find_run(p, run, i);
    print_variable(p, node, run->columns);
}

void printer_block(Printer *p, const Node *block) {
    bool newlines = block->flags & FLAG_NEWLINES;
    Run run = {.block = block};
    print_braced(p, block, newlines, print_kid, newlines && !p->one_line ? &run : NULL);
}

static void print_chain(Printer *p, const Node *node) {
    const Node *ends = node->kid[0];
    for (uint32_t i = 0; i < ends->n; i++) {
        if (i) printer_add(p, " ");
        if (ends->kid[i]->kind == NODE_LINK)
            printer_add(p, ast_op_text((NodeOp)ends->kid[i]->op));
        else
            printer_expr(p, ends->kid[i]);
    }
    printer_fors(p, node->kid[1]);
}

static void print_factor(Printer *p, const Node *node) {
    if (node->kid[0]->kind == NODE_CASE) {
        printer_rows(p, node->kid[0], "factor ");
    } else {
        printer_add(p, "factor ");
        printer_expr(p, node->kid[0]);
    }
    printer_fors(p, node->kid[1]);
}

// --- rows ---

// The shared widths of the patterns of a block of rows.
typedef struct Cells {
    size_t *width; // NULL: not aligned
    uint32_t count;
} Cells;

// Measures the rows; NULL when they stand on one line (or memory ran out).
static Cells measure(const Printer *p, const Node *node, bool lines) {
    Cells c = {.count = node->kid[0]->n};
    if (lines) c.width = MEM_NEW(size_t, c.count);
    for (uint32_t i = 0; c.width && i < node->kid[1]->n; i++) {
        const Node *row = node->kid[1]->kid[i];
        for (uint32_t k = 0; row->kind == NODE_ROW && k < row->kid[0]->n; k++)
            if (row->kid[0]->n == c.count)
                widen(&c.width[k], width_of(p, row->kid[0]->kid[k], printer_expr));
    }
    return c;
}

static size_t total_width(const Cells *c) {
    size_t total = 0;
    for (uint32_t k = 0; k < c->count; k++) total += c->width[k] + (k ? 2 : 0);
    return total;
}

static void print_patterns(Printer *p, const Node *row, const Cells *c) {
    const Node *patterns = row->kid[0];
    size_t begin = p->text.len;
    for (uint32_t k = 0; k < patterns->n; k++) {
        size_t start = p->text.len;
        printer_expr(p, patterns->kid[k]);
        if (k + 1 == patterns->n) break;
        printer_add(p, ", ");
        if (c->width && patterns->n == c->count) pad(p, start, c->width[k] + 2);
    }
    if (c->width && row->kid[1]) pad(p, begin, total_width(c));
}

static void print_row(Printer *p, const Node *node, uint32_t i, void *user) {
    (void)i;
    if (node->kind != NODE_ROW) {
        printer_item(p, node);
        return;
    }
    bool one_line = p->one_line;
    p->one_line = true;
    print_patterns(p, node, user);
    p->one_line = one_line;
    if (!node->kid[1]) return;
    printer_add(p, " => ");
    printer_expr(p, node->kid[1]);
}

void printer_rows(Printer *p, const Node *node, const char *word) {
    printer_add(p, word);
    printer_commas(p, node->kid[0]);
    printer_add(p, " ");
    bool newlines = node->flags & FLAG_NEWLINES;
    Cells cells = measure(p, node, newlines && p->source && !p->one_line);
    print_braced(p, node->kid[1], newlines, print_row, &cells);
    mem_free(cells.width);
}

// --- statements ---

static void print_params(Printer *p, const Node *params) {
    if (!params) return;
    printer_add(p, "(");
    for (uint32_t i = 0; i < params->n; i++) {
        const Node *param = params->kid[i];
        if (i) printer_add(p, ", ");
        if (param->sym)
            printer_name(p, param->sym, false);
        else
            printer_expr(p, param->kid[0]);
        if (!param->kid[1]) continue;
        printer_add(p, ": ");
        printer_expr(p, param->kid[1]);
    }
    printer_add(p, ")");
}

static void print_model(Printer *p, const Node *node) {
    printer_add(p, "model ");
    printer_name(p, node->sym, false);
    print_params(p, node->kid[0]);
    printer_add(p, " ");
    if (node->kid[1]) printer_expr(p, node->kid[1]);
    if (node->kid[1]) printer_add(p, " ");
    if (node->kid[2]->kind == NODE_BLOCK) {
        printer_block(p, node->kid[2]);
    } else {
        printer_add(p, "= ");
        printer_expr(p, node->kid[2]);
    }
}

// Whether the source begins a line with an expression, or with its brackets.
static bool begins_line(const Printer *p, const Node *value) {
    if (!p->source || p->one_line) return false;
    uint32_t at = value->span.start;
    while (at && strchr(" \t\r\n(", p->source->text[at - 1])) at--;
    return printer_broken(p, at, value->span.start);
}

// A sign and an expression, which stays on a line of its own.
static void print_value(Printer *p, const char *sign, const Node *value) {
    printer_add(p, sign);
    if (!begins_line(p, value)) {
        printer_add(p, " ");
        printer_expr(p, value);
        return;
    }
    p->indent += 2;
    printer_line(p, value->span.start, p->indent, false);
    printer_expr(p, value);
    p->indent -= 2;
}

static void print_definition(Printer *p, const Node *node) {
    printer_add(p, node->kind == NODE_LET ? "let " : "def ");
    printer_name(p, node->sym, false);
    if (node->kind == NODE_DEF) print_params(p, node->kid[0]);
    print_value(p, " =", node->kid[node->n - 1]);
}

static void print_import(Printer *p, const Node *node) {
    printer_add(p, "import ");
    printer_string(p, node->text, node->len);
    if (!node->sym) return;
    printer_add(p, " as ");
    printer_name(p, node->sym, false);
}

// A block of Lua stands as it was written.
static void print_lua(Printer *p, const Node *node) {
    printer_add(p, "lua {");
    str_add_n(&p->text, node->text, node->len);
    str_add_char(&p->text, '}');
}

static void print_test(Printer *p, const Node *node) {
    printer_add(p, "test ");
    printer_string(p, node->text, node->len);
    printer_add(p, " ");
    printer_block(p, node->kid[0]);
}

static void print_assert(Printer *p, const Node *node) {
    printer_add(p, "assert ");
    printer_expr(p, node->kid[0]);
    if (node->kid[1]) printer_add(p, ", ");
    printer_expr(p, node->kid[1]);
}

static void print_check(Printer *p, const Node *node) {
    printer_add(p, "check ");
    printer_expr(p, node->kid[0]);
    if (node->kid[1]) printer_add(p, " against ");
    printer_expr(p, node->kid[1]);
}

static void print_evaluate(Printer *p, const Node *node) {
    printer_add(p, "evaluate");
    if (node->kid[0]) printer_elements(p, node->kid[0], "(", ")");
    printer_add(p, " ");
    printer_expr(p, node->kid[1]);
}

static void print_error(Printer *p, const Node *node) {
    if (!p->source) return;
    str_add_n(&p->text, p->source->text + node->span.start, node->span.end - node->span.start);
    p->open = true;
}

// A word and an expression.
static void print_worded(Printer *p, const Node *node) {
    static const char *const words[NODE_COUNT] = {
        [NODE_USE] = "use ",       [NODE_EXPLAIN] = "explain ", [NODE_SHOW] = "show ",
        [NODE_REMOVE] = "remove ", [NODE_ASSUME] = "assume ",
    };
    printer_add(p, words[node->kind]);
    printer_expr(p, node->kid[0]);
    if (node->kind == NODE_ASSUME) printer_fors(p, node->kid[1]);
}

static void print_expression(Printer *p, const Node *node) {
    printer_expr(p, node->kid[0]);
}

static void print_lone_variable(Printer *p, const Node *node) {
    print_variable(p, node, (Columns){0});
}

static void (*const printers[NODE_COUNT])(Printer *p, const Node *node) = {
    [NODE_MODEL] = print_model,       [NODE_LET] = print_definition,
    [NODE_DEF] = print_definition,    [NODE_IMPORT] = print_import,
    [NODE_LUA] = print_lua,
    [NODE_USE] = print_worded,        [NODE_ASSERT] = print_assert,
    [NODE_TEST] = print_test,         [NODE_EXPLAIN] = print_worded,
    [NODE_SHOW] = print_worded,       [NODE_CHECK] = print_check,
    [NODE_EVALUATE] = print_evaluate, [NODE_EXPRESSION] = print_expression,
    [NODE_ERROR] = print_error,       [NODE_BLOCK] = printer_block,
    [NODE_CHAIN] = print_chain,       [NODE_VARIABLE] = print_lone_variable,
    [NODE_FACTOR] = print_factor,     [NODE_ASSUME] = print_worded,
    [NODE_REMOVE] = print_worded,     [NODE_FORS] = printer_fors,
};

void printer_item(Printer *p, const Node *node) {
    if (printers[node->kind]) printers[node->kind](p, node);
}

void printer_statements(Printer *p, const Node *program) {
    print_lines(p, program, print_kid, NULL);
}
