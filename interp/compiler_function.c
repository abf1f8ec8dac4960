// Compiler_function: parameters, functions and statements to code.
#include "interp/compiler_inner.h"

#include "interp/printer.h"
#include "runtime/base/mem.h"

// --- parameters -----------------------------------------------------------------------------

static bool repeated(Compiler *c, const Node *node, Sym name) {
    if (scope_find(&c->scope, name) == SCOPE_NONE) return false;
    compiler_error(c, DIAG_PARAMETERS, node->span, "the parameter %s is there twice",
                   name->text);
    return true;
}

static void bind(Compiler *c, const Node *node, Sym name, uint32_t slot) {
    if (!repeated(c, node, name) && !scope_bind(&c->scope, name, slot)) compiler_memory(c);
}

static void unpack(Compiler *c, const Node *arrow, uint32_t number) {
    uint32_t first = c->scope.slots;
    for (uint32_t i = 0; i < arrow->n; i++) scope_slot(&c->scope);
    compiler_emit(c, CODE_UNPACK, number, first, arrow->n, arrow->span);
    for (uint32_t i = 0; i < arrow->n; i++) {
        const Node *end = arrow->kid[i];
        if (end->kind == NODE_NAME) bind(c, end, end->sym, first + i);
        else
            compiler_error(c, DIAG_PARAMETERS, end->span, "a pattern is made of names: X -> Y");
    }
}

// The default may read the parameters before.
static void parameter(Compiler *c, const Node *param, uint32_t number) {
    const Node *value = param->n > 1 ? param->kid[1] : NULL;
    if (value) {
        uint32_t given = compiler_emit(c, CODE_GIVEN, 0, number, 0, param->span);
        compiler_value(c, value, false);
        compiler_emit(c, CODE_STORE, number, 0, 0, param->span);
        compiler_land(c, given);
    }
    if (param->sym) bind(c, param, param->sym, number);
    else unpack(c, param->kid[0], number);
}

static void describe(Compiler *c, const Node *param) {
    Str text = {0};
    const Node *value = param->n > 1 ? param->kid[1] : NULL;
    if (param->sym) str_add(&text, param->sym->text);
    else printer_expression(param->kid[0], &text);
    if (value) {
        str_add(&text, ": ");
        printer_expression(value, &text);
    }
    Param p = {.name = param->sym, .parts = param->sym ? 0 : param->kid[0]->n,
               .optional = value != NULL, .text = str_take(&text)};
    if (p.text && VEC_PUSH(&c->chunk->params, p)) return;
    mem_free(p.text);
    compiler_memory(c);
}

static void parameters(Compiler *c, const Node *params) {
    bool optional = false;
    c->chunk->optional = true;
    for (uint32_t i = 0; i < params->n; i++) scope_slot(&c->scope);
    for (uint32_t i = 0; i < params->n; i++) {
        const Node *param = params->kid[i];
        bool has = param->n > 1 && param->kid[1];
        if (optional && !has)
            compiler_error(c, DIAG_PARAMETERS, param->span,
                           "a parameter without a default cannot follow one with a default");
        optional = has;
        if (!has) c->chunk->optional = false;
        describe(c, param);
        parameter(c, param, i);
    }
}

// --- functions ------------------------------------------------------------------------------

static bool begin(Compiler *c, const CompilerEnv *env, const Node *node) {
    *c = (Compiler){.env = env, .chunk = chunk_new()};
    if (!c->chunk) {
        diag_error(env->diags, DIAG_MEMORY, node->span, "memory is exhausted");
        return false;
    }
    c->chunk->span = node->span;
    return true;
}

// The chunk of the function; NULL: reported.
static Chunk *function_end(Compiler *inner, const Node *node,
                           void (*body)(Compiler *c, const Node *declaration)) {
    body(inner, node);
    compiler_emit(inner, CODE_RETURN, 0, 0, 0, node->span);
    return compiler_finish(inner);
}

static void define(Compiler *c, const Node *node, Chunk *chunk) {
    if (!chunk) {
        c->failed = true;
        return;
    }
    uint32_t number = (uint32_t)c->chunk->chunks.count;
    if (VEC_PUSH(&c->chunk->chunks, chunk)) {
        compiler_emit(c, CODE_DEFINE_FUNCTION, compiler_sym(c, node->sym), number, 0,
                      node->name_span);
        return;
    }
    chunk_drop(chunk);
    compiler_memory(c);
}

static bool begin_function(Compiler *c, Compiler *inner, const Node *node) {
    if (!begin(inner, c->env, node)) {
        c->failed = true;
        return false;
    }
    inner->chunk->name = node->sym;
    inner->chunk->is_model = node->kind == NODE_MODEL;
    return true;
}

void compiler_function(Compiler *c, const Node *node, const Node *params,
                       void (*body)(Compiler *c, const Node *declaration)) {
    Compiler inner;
    if (!begin_function(c, &inner, node)) return;
    inner.chunk->question = !params;
    if (params) parameters(&inner, params);
    define(c, node, function_end(&inner, node, body));
}

void compiler_over_rows(Compiler *c, const Node *node,
                        void (*body)(Compiler *c, const Node *declaration)) {
    Compiler inner;
    if (!begin_function(c, &inner, node)) return;
    Sym name = intern_z(c->env->names, "rows");
    Str text = {0};
    str_add(&text, "rows: []");
    Param rows = {.name = name, .optional = true, .text = str_take(&text)};
    inner.chunk->optional = inner.chunk->over_rows = true;
    scope_slot(&inner.scope);
    uint32_t given = compiler_emit(&inner, CODE_GIVEN, 0, 0, 0, node->name_span);
    compiler_emit(&inner, CODE_LIST, 0, 0, 0, node->name_span);
    compiler_emit(&inner, CODE_STORE, 0, 0, 0, node->name_span);
    compiler_land(&inner, given);
    bool ok = name && rows.text && scope_bind(&inner.scope, name, 0);
    if (!ok || !VEC_PUSH(&inner.chunk->params, rows)) {
        mem_free(rows.text);
        compiler_memory(&inner);
    }
    define(c, node, function_end(&inner, node, body));
}

// --- statements -----------------------------------------------------------------------------

static void def_body(Compiler *c, const Node *def) {
    compiler_value(c, def->kid[1], false);
}

static bool compares(const Node *node) {
    return node->kind == NODE_APPROX ||
           (node->kind == NODE_BINARY && node->op >= OP_EQ && node->op <= OP_GE);
}

// A comparison keeps both sides, so that a failure can show them.
static void assert_sides(Compiler *c, const Node *node, uint32_t message) {
    compiler_value(c, node->kid[0], false);
    compiler_expected(c, node->kid[1]);
    const Node *left = node->kid[0];
    if (left->kind == NODE_NAME && scope_find(&c->scope, left->sym) == SCOPE_NONE)
        compiler_emit(c, CODE_FACE, compiler_sym(c, left->sym), 0, 0, left->span);
    compiler_emit(c, CODE_COPY2, 0, 0, 0, node->span);
    if (node->kind == NODE_APPROX) {
        bool given = node->n > 2 && node->kid[2];
        if (given) compiler_value(c, node->kid[2], false);
        compiler_emit(c, CODE_APPROX, given, 0, 0, node->span);
    } else {
        compiler_emit(c, CODE_BINARY, node->op, 0, 0, node->span);
    }
    compiler_emit(c, CODE_ASSERT_SIDES, message, 0, 0, node->span);
}

static void assertion(Compiler *c, const Node *statement) {
    const Node *claim = statement->kid[0];
    uint32_t message = compiler_text(c, statement->n > 1 ? statement->kid[1] : NULL);
    while (claim->kind == NODE_PAREN) claim = claim->kid[0];
    if (compares(claim)) {
        assert_sides(c, claim, message);
        return;
    }
    compiler_value(c, claim, false);
    compiler_emit(c, CODE_ASSERT, message, 0, 0, claim->span);
}

static void explain(Compiler *c, const Node *statement) {
    compiler_emit(c, CODE_EXPLAIN, 0, 0, 0, statement->span);
    compiler_value(c, statement->kid[0], false);
    compiler_emit(c, CODE_EXPLAINED, 0, 0, 0, statement->span);
}

static void value_then(Compiler *c, const Node *statement, Code op, uint32_t operand) {
    compiler_value(c, statement->kid[0], false);
    compiler_emit(c, op, operand, 0, 0, statement->kid[0]->span);
}

static void later(Compiler *c, DiagCode code, Span span) {
    compiler_later(c, code, span);
    compiler_emit(c, CODE_POP, 0, 0, 0, span);
}

static void statement(Compiler *c, const Node *s) {
    switch (s->kind) {
    case NODE_MODEL: compiler_model(c, s); break;
    case NODE_LET: value_then(c, s, CODE_DEFINE, compiler_sym(c, s->sym)); break;
    case NODE_DEF: compiler_function(c, s, s->kid[0], def_body); break;
    case NODE_USE: value_then(c, s, CODE_USE, 0); break;
    case NODE_ASSERT: assertion(c, s); break;
    case NODE_EXPLAIN: explain(c, s); break;
    case NODE_SHOW: value_then(c, s, CODE_SHOW, 0); break;
    case NODE_EXPRESSION: value_then(c, s, CODE_PRINT, 0); break;
    case NODE_ASSUME: compiler_assume(c, s); break;
    case NODE_CHECK: case NODE_EVALUATE: later(c, DIAG_LATER_EVALUATE, s->span); break;
    default:
        if (s->kind != NODE_ERROR)
            compiler_error(c, DIAG_MISPLACED, s->span, "this cannot stand here as a statement");
        c->failed = true;
        break;
    }
}

Chunk *compiler_statement(const CompilerEnv *env, const Node *node) {
    Compiler c;
    if (!begin(&c, env, node)) return NULL;
    statement(&c, node);
    compiler_emit(&c, CODE_NOTHING, 0, 0, 0, node->span);
    compiler_emit(&c, CODE_RETURN, 0, 0, 0, node->span);
    return compiler_finish(&c);
}

Chunk *compiler_expression(const CompilerEnv *env, const Node *expression) {
    Compiler c;
    if (!begin(&c, env, expression)) return NULL;
    compiler_value(&c, expression, false);
    compiler_emit(&c, CODE_RETURN, 0, 0, 0, expression->span);
    return compiler_finish(&c);
}
