// Program: from text to compiled statements.
#include <errno.h>
#include <string.h>

#include "interp/compiler.h"
#include "interp/disasm.h"
#include "interp/interp_inner.h"
#include "interp/lexer.h"
#include "interp/lua_bridge.h"
#include "interp/module.h"
#include "interp/module_network.h"
#include "interp/parser.h"

static bool no_memory(Interp *in) {
    return vm_memory(in->vm);
}

// --- life -----------------------------------------------------------------------------------

static void free_tasks(Task *tasks, size_t n) {
    for (size_t i = 0; i < n; i++) {
        free_tasks(tasks[i].inner, tasks[i].ninner);
        chunk_drop(tasks[i].chunk);
        lua_unit_free(tasks[i].lua);
        mem_free(tasks[i].path);
        value_drop(tasks[i].made.value);
        value_drop(tasks[i].made.built);
    }
    mem_free(tasks);
}

void program_free(Program *p) {
    if (!p) return;
    free_tasks(p->tasks, p->ntasks);
    ast_free(&p->ast);
    mem_free(p->path);
    mem_free(p);
}

// --- statements -----------------------------------------------------------------------------

static bool dumps(const Interp *in, const char *what) {
    return in->options.dump && strstr(in->options.dump, what);
}

static void dump(Interp *in, const Chunk *chunk) {
    if (!dumps(in, "code")) return;
    Str s = {0};
    disasm_chunk(chunk, &in->sources, &s);
    interp_print(&in->options, &s);
    str_free(&s);
}

static bool compile(Interp *in, Task *task) {
    const CompilerEnv env = {.names = in->names, .sources = &in->sources, .diags = &in->diags};
    task->chunk = compiler_statement(&env, task->node);
    if (task->chunk) dump(in, task->chunk);
    return task->chunk != NULL;
}

// Where a file of Lua begins: behind a byte order mark and a first line after #, as when Lua
// itself loads a file. The end of that line stays, and with it the numbers of the others.
static size_t lua_start(const char *text, size_t len) {
    size_t at = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    if (at == len || text[at] != '#') return at;
    const char *newline = memchr(text + at, '\n', len - at);
    return newline ? (size_t)(newline - text) : len;
}

// The text of a file of Lua stays with the sources.
static bool open_lua(Interp *in, Task *task, const char *path) {
    char *text;
    size_t len;
    if (!module_read(path, &in->options.ctl, &text, &len)) {
        diag_error(&in->diags, DIAG_IMPORT_FILE, task->node->span, "%s: %s", path,
                   strerror(errno));
        return false;
    }
    uint32_t source = source_add(&in->sources, path, text, len);
    mem_free(text);
    if (!source) return no_memory(in);
    const char *kept = source_get(&in->sources, source)->text;
    size_t start = lua_start(kept, len);
    task->lua = lua_unit_new(source, 1, kept + start, len - start);
    return task->lua || no_memory(in);
}

static bool block_of_lua(Interp *in, Task *task) {
    const Node *node = task->node;
    uint32_t line, column;
    source_line_column(source_get(&in->sources, node->span.source), node->span.start, &line,
                       &column);
    task->lua = lua_unit_new(node->span.source, line, node->text, node->len);
    return task->lua || no_memory(in);
}

static bool prepare_import(Interp *in, Program *p, Task *task) {
    const Node *node = task->node;
    if (vm_closed(in->vm)) {
        diag_error(&in->diags, DIAG_LUA_FILES, node->span, "Lua cannot have files imported");
        return false;
    }
    char *path = module_path(p->path, node->text);
    if (!path) return no_memory(in);
    if (!vm_may_read(in->vm, path)) {
        diag_error(&in->diags, DIAG_IMPORT_FILE, node->span,
                   "%s: a pipe or a device is not read here", path);
        mem_free(path);
        return false;
    }
    switch (module_kind(path)) {
    case MODULE_NETWORK:
        task->path = path;
        return true;
    case MODULE_LUA: open_lua(in, task, path); break;
    case MODULE_RUNG: task->file = program_open(in, path, node->span); break;
    }
    mem_free(path);
    return task->file || task->lua;
}

static bool prepare(Interp *in, Program *p, Node *const *nodes, uint32_t n, Task **tasks,
                    size_t *count) {
    bool good = true;
    *tasks = MEM_NEW(Task, n);
    if (!*tasks) return no_memory(in);
    *count = n;
    for (uint32_t i = 0; i < n; i++) {
        Task *task = &(*tasks)[i];
        const Node *node = task->node = nodes[i];
        if (ctl_cancelled(&in->options.ctl)) return no_memory(in);
        if (node->kind == NODE_TEST)
            good = prepare(in, p, node->kid[0]->kid, node->kid[0]->n, &task->inner,
                           &task->ninner) && good;
        else if (node->kind == NODE_LUA) good = block_of_lua(in, task) && good;
        else if (node->kind == NODE_IMPORT) good = prepare_import(in, p, task) && good;
        else good = compile(in, task) && good;
    }
    return good;
}

// --- expectations ---------------------------------------------------------------------------

// Goes through a text once, counting lines.
typedef struct Lines {
    const char *text;
    uint32_t at, line;
} Lines;

static uint32_t line_of(Lines *l, uint32_t offset) {
    for (; l->at < offset; l->at++) l->line += l->text[l->at] == '\n';
    return l->line;
}

typedef struct Matching {
    Ast *ast;
    Lines comments, statements;
    size_t next; // comment
} Matching;

// The next comment that expects something, on `line` or later.
static const Comment *comment_from(Matching *m, uint32_t line, uint32_t *at) {
    for (; m->next < m->ast->ncomments; m->next++) {
        const Comment *c = &m->ast->comments[m->next];
        if (!c->expect) continue;
        *at = line_of(&m->comments, c->span.start);
        if (*at >= line) return c;
    }
    return NULL;
}

// An answer of several lines, a table, is expected in as many comments below one another.
static bool take_expected(Matching *m, Task *task, const Comment *c, uint32_t line) {
    uint32_t at;
    const Comment *more;
    task->expect = c->expect;
    task->expect_span = c->span;
    m->next++;
    while ((more = comment_from(m, ++line, &at)) && more->own_line && at == line) {
        size_t first = strlen(task->expect), second = strlen(more->expect);
        char *text = arena_new(&m->ast->arena, first + second + 2);
        if (!text) return false;
        memcpy(text, task->expect, first);
        text[first] = '\n';
        memcpy(text + first + 1, more->expect, second + 1);
        task->expect = text;
        task->expect_span.end = more->span.end;
        m->next++;
    }
    return true;
}

static bool match_task(Matching *m, Task *task, const Task *after) {
    uint32_t last = task->node->span.end ? task->node->span.end - 1 : 0, at;
    uint32_t line = line_of(&m->statements, last);
    const Comment *c = comment_from(m, line, &at);
    // Of several statements on a line the last is meant.
    bool shared = after && line_of(&m->statements, after->node->span.start) == line;
    if (!c || shared || (at != line && !(c->own_line && at == line + 1))) return true;
    return take_expected(m, task, c, at);
}

static bool match_tasks(Matching *m, Task *tasks, size_t n) {
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        if (tasks[i].inner) ok = match_tasks(m, tasks[i].inner, tasks[i].ninner);
        else ok = match_task(m, &tasks[i], i + 1 < n ? &tasks[i + 1] : NULL);
    }
    return ok;
}

static bool match_expectations(Interp *in, Program *p) {
    const SourceText *source = source_get(&in->sources, p->ast.source);
    Lines lines = {.text = source->text, .line = 1};
    Matching m = {.ast = &p->ast, .comments = lines, .statements = lines};
    return match_tasks(&m, p->tasks, p->ntasks) || no_memory(in);
}

// --- programs -------------------------------------------------------------------------------

// The parser keeps its tokens to itself, so they are made once more.
static void dump_tokens(Interp *in, uint32_t source) {
    Arena arena = {0};
    Diags diags = {0};
    Tokens tokens = {0};
    Str s = {0};
    if (!dumps(in, "tokens")) return;
    if (lexer_run(&in->sources, source, in->names, &arena, &diags, &tokens))
        lexer_dump(&tokens, source_get(&in->sources, source), &s);
    interp_print(&in->options, &s);
    str_free(&s);
    lexer_free(&tokens);
    diag_free(&diags);
    arena_free(&arena);
}

static void dump_ast(Interp *in, const Program *p) {
    Str s = {0};
    if (!dumps(in, "ast")) return;
    ast_dump(p->ast.program, &s);
    interp_print(&in->options, &s);
    str_free(&s);
}

static bool parse(Interp *in, Program *p, uint32_t source, bool *incomplete) {
    size_t errors = in->diags.errors;
    dump_tokens(in, source);
    if (!parser_parse(&in->sources, source, in->names, &p->ast, &in->diags, &in->options.ctl,
                      incomplete))
        return no_memory(in);
    if (incomplete && *incomplete) return false;
    dump_ast(in, p);
    return in->diags.errors == errors;
}

static bool fill(Interp *in, Program *p, uint32_t source, bool *incomplete) {
    if (!parse(in, p, source, incomplete)) return false;
    const Node *all = p->ast.program;
    if (!prepare(in, p, all->kid, all->n, &p->tasks, &p->ntasks)) return false;
    return match_expectations(in, p);
}

static char *copy(const char *path) {
    Str s = {0};
    str_add(&s, path);
    char *text = str_take(&s);
    str_free(&s);
    return text;
}

Program *program_new(Interp *in, const char *name, const char *path, const char *text,
                     size_t len, bool *incomplete) {
    Program *p = MEM_NEW(Program, 1);
    uint32_t source = source_add(&in->sources, name, text, len);
    if (!p || !source || (path && !(p->path = copy(path)))) {
        program_free(p);
        no_memory(in);
        return NULL;
    }
    p->outer = in->opening;
    in->opening = p;
    bool good = fill(in, p, source, incomplete);
    in->opening = p->outer;
    if (good) return p;
    program_free(p);
    return NULL;
}

// --- imported files -------------------------------------------------------------------------

static Program *opened(const Interp *in, const char *path) {
    for (size_t i = 0; i < in->files.count; i++)
        if (strcmp(in->files.items[i]->path, path) == 0) return in->files.items[i];
    return NULL;
}

static bool is_opening(const Interp *in, const char *path) {
    for (const Program *p = in->opening; p; p = p->outer)
        if (p->path && strcmp(p->path, path) == 0) return true;
    return false;
}

Program *program_open(Interp *in, const char *path, Span span) {
    char *text;
    size_t len;
    Program *p = opened(in, path);
    if (p) return p;
    if (is_opening(in, path)) {
        diag_error(&in->diags, DIAG_IMPORT_CYCLE, span, "%s imports itself", path);
        return NULL;
    }
    if (!module_read(path, &in->options.ctl, &text, &len)) {
        diag_error(&in->diags, DIAG_IMPORT_FILE, span, "%s: %s", path, strerror(errno));
        return NULL;
    }
    p = program_new(in, path, path, text, len, NULL);
    mem_free(text);
    if (!p || VEC_PUSH(&in->files, p)) return p;
    program_free(p);
    no_memory(in);
    return NULL;
}
