// Compiler: expressions to code, and what all parts of the compiler share.
#include "interp/compiler_inner.h"

#include <stdarg.h>
#include <string.h>

#include "interp/verify.h"
#include "runtime/base/mem.h"
#include "runtime/base/str.h"

// --- emitting -------------------------------------------------------------------------------

void compiler_memory(Compiler *c) {
    if (!c->failed)
        diag_error(c->env->diags, DIAG_MEMORY, c->chunk->span, "memory is exhausted");
    c->failed = true;
}

void compiler_error(Compiler *c, DiagCode code, Span span, const char *format, ...) {
    Str s = {0};
    va_list args;
    va_start(args, format);
    str_vprintf(&s, format, args);
    va_end(args);
    diag_error(c->env->diags, code, span, "%s", str_text(&s));
    str_free(&s);
    c->failed = true;
}

static uint32_t place_of(Compiler *c, Span span) {
    if (!c->last_place || span.source != c->last.source || span.start != c->last.start ||
        span.end != c->last.end) {
        c->last = span;
        c->last_place = source_place(c->env->sources, span);
        if (!c->last_place && span.source) compiler_memory(c);
    }
    return c->last_place;
}

uint32_t compiler_emit(Compiler *c, Code op, uint32_t a, uint32_t b, uint32_t n, Span span) {
    uint32_t at = chunk_emit(c->chunk, op, a, b, n, place_of(c, span));
    if (at == UINT32_MAX) compiler_memory(c);
    return at;
}

uint32_t compiler_here(const Compiler *c) {
    return (uint32_t)c->chunk->code.count;
}

void compiler_retract(Compiler *c) {
    if (!c->chunk->code.count) return;
    c->chunk->code.count--;
    c->chunk->places.count--;
}

void compiler_land(Compiler *c, uint32_t at) {
    if (at < c->chunk->code.count) c->chunk->code.items[at].a = compiler_here(c);
}

uint32_t compiler_sym(Compiler *c, Sym name) {
    uint32_t at = chunk_sym(c->chunk, name);
    if (at != UINT32_MAX) return at;
    compiler_memory(c);
    return 0;
}

void compiler_constant(Compiler *c, Value taken, Span span) {
    uint32_t at = chunk_constant(c->chunk, taken);
    if (at == UINT32_MAX) compiler_memory(c);
    else compiler_emit(c, CODE_CONST, at, 0, 0, span);
}

static Sym intern_text(Compiler *c, const Node *node) {
    Sym text = intern(c->env->names, node->text, node->len);
    if (!text) compiler_memory(c);
    return text;
}

uint32_t compiler_text(Compiler *c, const Node *string) {
    Sym text = string ? intern_text(c, string) : NULL;
    if (!text) return 0;
    uint32_t at = chunk_constant(c->chunk, value_string(text));
    if (at == UINT32_MAX) compiler_memory(c);
    return at + 1;
}

void compiler_later(Compiler *c, DiagCode code, Span span) {
    compiler_emit(c, CODE_LATER, code, 0, 0, span);
}

Chunk *compiler_finish(Compiler *c) {
    Chunk *chunk = c->chunk;
    Str why = {0};
    chunk->slots = c->scope.slots;
    scope_free(&c->scope);
    bool good = c->failed || verify_chunk(chunk, &why);
    if (!good && !why.len) compiler_memory(c);
    else if (!good)
        compiler_error(c, DIAG_INTERNAL, chunk->span, "the compiler made bad code: %s",
                       str_text(&why));
    str_free(&why);
    if (!c->failed) return chunk;
    chunk_drop(chunk);
    return NULL;
}

// --- atoms and operators --------------------------------------------------------------------

void compiler_values(Compiler *c, const Node *const *nodes, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) compiler_value(c, nodes[i], false);
}

void compiler_expected_of(Compiler *c, uint32_t below, const Node *node) {
    compiler_emit(c, CODE_EXPECT, below, 0, 0, node->span);
    compiler_value(c, node, true);
    compiler_emit(c, CODE_UNEXPECT, 0, 0, 0, node->span);
}

void compiler_expected(Compiler *c, const Node *node) {
    compiler_expected_of(c, 0, node);
}

static void name(Compiler *c, const Node *node, bool expected) {
    uint32_t slot = scope_find(&c->scope, node->sym);
    if (slot != SCOPE_NONE) compiler_emit(c, CODE_LOAD, slot, 0, 0, node->span);
    else
        compiler_emit(c, expected ? CODE_NAME_LEVEL : CODE_NAME, compiler_sym(c, node->sym), 0,
                      0, node->span);
}

static void string(Compiler *c, const Node *node) {
    Sym text = intern_text(c, node);
    if (!text) return;
    bool regex = node->kind == NODE_REGEX;
    compiler_constant(c, regex ? value_regex(text) : value_string(text), node->span);
}

static void items(Compiler *c, const Node *node, Code op, bool expected) {
    for (uint32_t i = 0; i < node->n; i++) compiler_value(c, node->kid[i], expected);
    compiler_emit(c, op, node->n, 0, 0, node->span);
}

static void map(Compiler *c, const Node *node, bool expected) {
    for (uint32_t i = 0; i < node->n; i++) {
        compiler_value(c, node->kid[i]->kid[0], expected);
        compiler_value(c, node->kid[i]->kid[1], false);
    }
    compiler_emit(c, CODE_MAP, 2 * node->n, 0, 0, node->span);
}

static bool is_comparison(const Node *node) {
    return node->op >= OP_EQ && node->op <= OP_NOT_IN;
}

// A name that no slot holds, through parentheses.
static const Node *free_name(const Compiler *c, const Node *node) {
    while (node->kind == NODE_PAREN) node = node->kid[0];
    bool is = node->kind == NODE_NAME && scope_find(&c->scope, node->sym) == SCOPE_NONE;
    return is ? node : NULL;
}

// Both sides of a comparison: either may be a level of the variable on the other side.
static void sides(Compiler *c, const Node *left, const Node *right) {
    compiler_value(c, left, false);
    compiler_expected(c, right);
    const Node *word = free_name(c, left);
    if (word) compiler_emit(c, CODE_FACE, compiler_sym(c, word->sym), 0, 0, word->span);
}

static void logic(Compiler *c, const Node *node) {
    Code skip = node->op == OP_AND ? CODE_SKIP_FALSE : CODE_SKIP_TRUE;
    compiler_value(c, node->kid[0], false);
    uint32_t jump = compiler_emit(c, skip, 0, 0, 0, node->kid[0]->span);
    compiler_value(c, node->kid[1], false);
    compiler_emit(c, CODE_JOIN, node->op, 0, 0, node->span);
    compiler_land(c, jump);
}

static void binary(Compiler *c, const Node *node) {
    if (node->op == OP_AND || node->op == OP_OR) {
        logic(c, node);
        return;
    }
    if (is_comparison(node)) {
        sides(c, node->kid[0], node->kid[1]);
    } else {
        compiler_value(c, node->kid[0], false);
        compiler_value(c, node->kid[1], false);
    }
    compiler_emit(c, CODE_BINARY, node->op, 0, 0, node->span);
}

static void unary(Compiler *c, const Node *node) {
    compiler_value(c, node->kid[0], false);
    compiler_emit(c, CODE_UNARY, node->op, 0, 0, node->span);
}

static void range(Compiler *c, const Node *node) {
    compiler_value(c, node->kid[0], false);
    compiler_value(c, node->kid[1], false);
    compiler_emit(c, CODE_RANGE, 0, 0, 0, node->span);
}

static void approx(Compiler *c, const Node *node) {
    bool given = node->n > 2 && node->kid[2];
    compiler_value(c, node->kid[0], false);
    compiler_value(c, node->kid[1], false);
    if (given) compiler_value(c, node->kid[2], false);
    compiler_emit(c, CODE_APPROX, given, 0, 0, node->span);
}

// --- choice ---------------------------------------------------------------------------------

static void choice(Compiler *c, const Node *node, bool expected) {
    compiler_value(c, node->kid[0], false);
    uint32_t branch = compiler_emit(c, CODE_BRANCH, 0, 0, 0, node->kid[0]->span);
    compiler_value(c, node->kid[1], expected);
    uint32_t then = compiler_emit(c, CODE_THEN, 0, 0, 0, node->span);
    compiler_land(c, branch);
    compiler_value(c, node->kid[2], expected);
    compiler_land(c, then);
    compiler_emit(c, CODE_MERGE, 0, 0, 0, node->span);
}

static void compare_to(Compiler *c, uint32_t slot, NodeOp op, const Node *value, Span span) {
    compiler_emit(c, CODE_LOAD, slot, 0, 0, span);
    compiler_expected(c, value);
    compiler_emit(c, CODE_BINARY, op, 0, 0, span);
}

// One pattern against the selector in a slot: leaves its condition.
static void pattern(Compiler *c, uint32_t slot, const Node *node) {
    if (node->kind == NODE_COMPARE_PATTERN) {
        compare_to(c, slot, (NodeOp)node->op, node->kid[0], node->span);
    } else if (node->kind == NODE_RANGE) {
        compare_to(c, slot, OP_GE, node->kid[0], node->span);
        compare_to(c, slot, OP_LE, node->kid[1], node->span);
        compiler_emit(c, CODE_BINARY, OP_AND, 0, 0, node->span);
    } else {
        compare_to(c, slot, node->kind == NODE_SET ? OP_IN : OP_EQ, node, node->span);
    }
}

// The condition of a row: its patterns, from left to right, joined by `and`.
static void row_condition(Compiler *c, const Node *patterns, uint32_t first, Span span) {
    VEC(uint32_t) jumps = {0};
    bool any = false;
    for (uint32_t i = 0; i < patterns->n; i++) {
        const Node *p = patterns->kid[i];
        if (p->kind == NODE_WILDCARD) continue;
        if (any) {
            uint32_t jump = compiler_emit(c, CODE_SKIP_FALSE, 0, 0, 0, p->span);
            if (!VEC_PUSH(&jumps, jump)) compiler_memory(c);
        }
        pattern(c, first + i, p);
        if (any) compiler_emit(c, CODE_JOIN, OP_AND, 0, 0, p->span);
        any = true;
    }
    if (!any) compiler_constant(c, value_bool(true), span);
    // A jump taken early lands behind the whole condition, with false on top.
    for (size_t i = 0; i < jumps.count; i++) compiler_land(c, jumps.items[i]);
    VEC_FREE(&jumps);
}

static bool takes_all(const Node *row) {
    const Node *patterns = row->kid[0];
    for (uint32_t i = 0; i < patterns->n; i++)
        if (patterns->kid[i]->kind != NODE_WILDCARD) return false;
    return true;
}

// Rows below one of wildcards alone. The model's own check sees rows that more than one above
// take together; these do not even reach it.
static bool row_reached(Compiler *c, const Node *rows, uint32_t at) {
    if (at == 0 || rows->kid[at - 1]->kind != NODE_ROW || !takes_all(rows->kid[at - 1])) return true;
    compiler_error(c, DIAG_MODEL_DEAD_ROW, rows->kid[at]->kid[0]->span,
                   "this row can never match");
    diag_also(c->env->diags, rows->kid[at - 1]->kid[0]->span);
    diag_hint(c->env->diags, "the row above takes everything: move it to the end");
    return false;
}

static uint32_t count_rows(const Node *rows) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < rows->n; i++) n += rows->kid[i]->kind == NODE_ROW;
    return n;
}

static void case_rows(Compiler *c, const Node *rows, uint32_t first, bool expected) {
    VEC(uint32_t) ends = {0};
    uint32_t n = 0, total = count_rows(rows);
    for (uint32_t i = 0; i < rows->n; i++) {
        const Node *row = rows->kid[i];
        if (row->kind != NODE_ROW || !row_reached(c, rows, i)) continue;
        row_condition(c, row->kid[0], first, row->span);
        uint32_t next = compiler_emit(c, CODE_CASE_TEST, 0, 0, 0, row->kid[0]->span);
        compiler_value(c, row->kid[1], expected);
        uint32_t end = compiler_emit(c, CODE_CASE_TAKEN, 0, 2 * (total - ++n), 0, row->span);
        if (!VEC_PUSH(&ends, end)) compiler_memory(c);
        compiler_land(c, next);
    }
    for (size_t i = 0; i < ends.count; i++) compiler_land(c, ends.items[i]);
    VEC_FREE(&ends);
}

static void cases(Compiler *c, const Node *node, bool expected) {
    const Node *selectors = node->kid[0], *rows = node->kid[1];
    uint32_t first = c->scope.slots;
    for (uint32_t i = 0; i < selectors->n; i++) scope_slot(&c->scope);
    for (uint32_t i = 0; i < selectors->n; i++) {
        compiler_value(c, selectors->kid[i], false);
        compiler_emit(c, CODE_STORE, first + i, 0, 0, selectors->kid[i]->span);
    }
    case_rows(c, rows, first, expected);
    compiler_emit(c, CODE_CASE_MERGE, first, selectors->n, count_rows(rows), node->span);
}

// --- data -----------------------------------------------------------------------------------

// Words stand for themselves, save names bound here.
static void data_cell(Compiler *c, const Node *node) {
    bool word = node->kind == NODE_NAME && scope_find(&c->scope, node->sym) == SCOPE_NONE;
    if (node->kind == NODE_WILDCARD) compiler_emit(c, CODE_NOTHING, 0, 0, 0, node->span);
    else if (word) compiler_constant(c, value_level(node->sym), node->span);
    else compiler_value(c, node, false);
}

// A wildcard alone is a row of missing values.
static void data_row(Compiler *c, const Node *row, uint32_t ncolumns) {
    const Node *cells = row->kid[0], *count = row->n > 1 ? row->kid[1] : NULL;
    for (uint32_t i = 0; i < ncolumns; i++) data_cell(c, cells->kid[cells->n == 1 ? 0 : i]);
    if (count) compiler_value(c, count, false);
    else compiler_constant(c, value_number(1), row->span);
}

static void data(Compiler *c, const Node *node) {
    const Node *columns = node->kid[0], *rows = node->kid[1];
    uint32_t n = 0;
    for (uint32_t i = 0; i < columns->n; i++) {
        const Node *name = columns->kid[i];
        if (name->kind != NODE_NAME) {
            compiler_error(c, DIAG_MISPLACED, name->span, "the name of a column must stand here");
            return;
        }
        compiler_constant(c, value_level(name->sym), name->span);
    }
    for (uint32_t i = 0; i < rows->n; i++) {
        const Node *row = rows->kid[i];
        if (row->kind != NODE_ROW) continue;
        data_row(c, row, columns->n);
        n++;
    }
    compiler_emit(c, CODE_DATA, columns->n, n, 0, node->span);
}

static void selection(Compiler *c, const Node *node) {
    const Node *chosen = node->kid[1];
    compiler_value(c, node->kid[0], false);
    for (uint32_t i = 0; i < chosen->n; i++) {
        const Node *column = chosen->kid[i];
        if (column->kind == NODE_NAME) compiler_constant(c, value_level(column->sym), column->span);
        else compiler_value(c, column, false);
    }
    compiler_emit(c, CODE_SELECT, chosen->n, 0, 0, node->span);
}

// --- comprehensions -------------------------------------------------------------------------

typedef struct Loop {
    const Node *fors;
    void (*body)(Compiler *c, void *user);
    void *user;
    uint32_t again; // the NEXT of the innermost loop
} Loop;

static void append(Compiler *c, void *user) {
    const Node *element = user;
    compiler_value(c, element, false);
    compiler_emit(c, CODE_APPEND, 0, 0, 0, element->span);
}

static void loops(Compiler *c, Loop *loop, uint32_t i);

static void filter(Compiler *c, Loop *loop, uint32_t i) {
    const Node *condition = loop->fors->kid[i]->kid[0];
    compiler_value(c, condition, false);
    compiler_emit(c, CODE_FILTER, loop->again, 0, 0, condition->span);
    loops(c, loop, i + 1);
}

static void generator(Compiler *c, Loop *loop, uint32_t i) {
    const Node *g = loop->fors->kid[i];
    uint32_t again = loop->again, slot = scope_slot(&c->scope);
    size_t mark = scope_mark(&c->scope);
    compiler_value(c, g->kid[0], false);
    compiler_emit(c, CODE_ITERATE, 0, 0, 0, g->kid[0]->span);
    if (!scope_bind(&c->scope, g->sym, slot)) compiler_memory(c);
    loop->again = compiler_emit(c, CODE_NEXT, 0, slot, loop->body != append, g->span);
    uint32_t next = loop->again;
    loops(c, loop, i + 1);
    compiler_emit(c, CODE_JUMP, next, 0, 0, g->span);
    compiler_land(c, next);
    scope_release(&c->scope, mark);
    loop->again = again;
}

static void loops(Compiler *c, Loop *loop, uint32_t i) {
    if (!loop->fors || i >= loop->fors->n) loop->body(c, loop->user);
    else if (loop->fors->kid[i]->sym) generator(c, loop, i);
    else filter(c, loop, i);
}

void compiler_fors(Compiler *c, const Node *fors, void (*body)(Compiler *c, void *user),
                   void *user) {
    if (fors && fors->n && !fors->kid[0]->sym) {
        compiler_error(c, DIAG_MISPLACED, fors->span, "a filter stands after a for");
        return;
    }
    Loop loop = {.fors = fors, .body = body, .user = user};
    loops(c, &loop, 0);
}

static void comprehension(Compiler *c, const Node *node) {
    compiler_emit(c, CODE_COLLECT, 0, 0, 0, node->span);
    compiler_fors(c, node->kid[1], append, node->kid[0]);
    compiler_emit(c, CODE_COLLECTED, 0, 0, 0, node->span);
}

// --- calls ----------------------------------------------------------------------------------

static void callee(Compiler *c, const Node *node) {
    const Node *word = free_name(c, node);
    if (word)
        compiler_emit(c, CODE_NAME_FUNCTION, compiler_sym(c, word->sym), 0, 0, word->span);
    else compiler_value(c, node, false);
}

// The levels of a map or set among the arguments (uniform({a, b})) are those expected outside, and
// so is the argument of point(a).
static void argument(Compiler *c, const Node *node, bool expected) {
    compiler_value(c, node, expected && (node->kind == NODE_MAP || node->kind == NODE_SET));
}

static bool is_point(const Compiler *c, const Node *function) {
    const Node *word = free_name(c, function);
    return word && strcmp(word->sym->text, "point") == 0;
}

static void call(Compiler *c, const Node *node, bool expected) {
    const Node *args = node->kid[1];
    CallShape shape = {.labels = MEM_NEW(Sym, args->n)};
    if (!shape.labels) {
        compiler_memory(c);
        return;
    }
    callee(c, node->kid[0]);
    for (uint32_t i = 0; i < args->n; i++) {
        if (args->kid[i]->kind == NODE_ARG) continue;
        if (is_point(c, node->kid[0])) compiler_value(c, args->kid[i], expected);
        else argument(c, args->kid[i], expected);
        shape.nargs++;
    }
    for (uint32_t i = 0; i < args->n; i++) {
        if (args->kid[i]->kind != NODE_ARG) continue;
        argument(c, args->kid[i]->kid[0], expected);
        shape.labels[shape.nlabels++] = args->kid[i]->sym;
        shape.nargs++;
    }
    compiler_emit(c, CODE_CALL, (uint32_t)c->chunk->calls.count, 0, 0, node->span);
    if (VEC_PUSH(&c->chunk->calls, shape)) return;
    mem_free(shape.labels);
    compiler_memory(c);
}

static void indexed(Compiler *c, const Node *node) {
    compiler_value(c, node->kid[0], false);
    for (uint32_t i = 1; i < node->n; i++) {
        if (node->kid[i]->kind == NODE_WILDCARD)
            compiler_constant(c, value_wildcard(), node->kid[i]->span);
        else compiler_value(c, node->kid[i], false);
    }
    compiler_emit(c, CODE_INDEX, node->n - 1, 0, 0, node->span);
}

static void with(Compiler *c, const Node *node) {
    const Node *change = node->kid[1];
    compiler_value(c, node->kid[0], false);
    if (change->kind == NODE_DO) {
        compiler_emit(c, CODE_ENTER, 0, 0, 0, node->kid[0]->span);
        compiler_assigns(c, change->kid, change->n, CODE_DO, change->span);
        compiler_emit(c, CODE_LEAVE, 0, 0, 0, node->span);
        compiler_emit(c, CODE_WITH_DO, 0, 0, 0, node->span);
        return;
    }
    compiler_emit(c, CODE_BUILD, 0, 0, 0, node->kid[0]->span);
    compiler_block(c, change);
    compiler_emit(c, CODE_BUILT, 0, 0, 0, node->span);
}

static void misplaced(Compiler *c, const Node *node) {
    const char *what = "this cannot stand in an expression";
    if (node->kind == NODE_WILDCARD) what = "_ stands in patterns and as an index only";
    if (node->kind == NODE_DO)
        what = "do(...) stands after the bar of a question, or after with";
    if (node->kind == NODE_SOFT)
        what = "V ~ d stands among the conditions of a question, or in do";
    if (node->kind == NODE_FACTOR)
        what = "factor stands in a model, or among the conditions of a question";
    if (node->kind == NODE_ERROR) c->failed = true;
    else compiler_error(c, DIAG_MISPLACED, node->span, "%s", what);
}

static void compound(Compiler *c, const Node *node, bool expected) {
    switch (node->kind) {
    case NODE_PAREN: compiler_value(c, node->kid[0], expected); break;
    case NODE_UNARY: unary(c, node); break;
    case NODE_BINARY: binary(c, node); break;
    case NODE_APPROX: approx(c, node); break;
    case NODE_IF: choice(c, node, expected); break;
    case NODE_CASE: cases(c, node, expected); break;
    case NODE_CALL: call(c, node, expected); break;
    case NODE_INDEX: indexed(c, node); break;
    case NODE_WORLD: compiler_world(c, node); break;
    case NODE_COMPREHENSION: comprehension(c, node); break;
    case NODE_HEAD: compiler_head(c, node, false); break;
    case NODE_ARGMAX: compiler_head(c, node->kid[0], true); break;
    case NODE_SEPARATION: compiler_separation(c, node); break;
    case NODE_WITH: with(c, node); break;
    case NODE_UNDER: case NODE_FROM: case NODE_USING: compiler_clause(c, node); break;
    case NODE_DATA: data(c, node); break;
    case NODE_SELECT: selection(c, node); break;
    case NODE_WHERE: compiler_later(c, DIAG_LATER_DATA, node->span); break;
    default: misplaced(c, node); break;
    }
}

void compiler_value(Compiler *c, const Node *node, bool expected) {
    switch (node->kind) {
    case NODE_NUMBER: compiler_constant(c, value_number(node->num), node->span); break;
    case NODE_BOOL: compiler_constant(c, value_bool(node->num != 0), node->span); break;
    case NODE_STRING: case NODE_REGEX: string(c, node); break;
    case NODE_NAME: name(c, node, expected); break;
    case NODE_QUERY: items(c, node, CODE_FREE, false); break;
    case NODE_LIST: items(c, node, CODE_LIST, expected); break;
    case NODE_SET: items(c, node, CODE_SET, expected); break;
    case NODE_ARROW: items(c, node, CODE_ARROW, false); break;
    case NODE_MAP: map(c, node, expected); break;
    case NODE_RANGE: range(c, node); break;
    default: compound(c, node, expected); break;
    }
}
