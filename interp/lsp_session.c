// Lsp_session: what a program has defined up to a place in it.
#include <string.h>

#include "interp/interp_inner.h"
#include "interp/lsp_inner.h"

// The seconds that one definition may take, and all of them; what takes longer is known by its
// kind alone, as in a check. And the memory of a question.
#define STATEMENT_SECONDS 0.3
#define SESSION_SECONDS 1.0
#define QUESTION_MEMORY ((size_t)256 << 20)

// The steps that Lua may take for a statement, unless the command line says how many.
#define LUA_STEPS 10000000

InterpOptions lsp_session_options(Lsp *lsp) {
    InterpOptions o = *lsp->options;
    o.json = o.color = o.echo = o.tests = false;
    o.quiet = o.plain = true;
    o.trust = false;
    o.dump = NULL;
    o.print = o.report = NULL;
    if (!o.lua_steps) o.lua_steps = LUA_STEPS;
    o.ctl.cancel = &lsp->cancel;
    o.ctl.progress = NULL;
    o.ctl.memory = QUESTION_MEMORY;
    o.ctl.budget = STATEMENT_SECONDS;
    return o;
}

void lsp_session_free(LspSession *s) {
    interp_free(s->interp);
    str_free(&s->done);
    *s = (LspSession){0};
}

static bool defines(const Node *n) {
    switch ((NodeKind)n->kind) {
    case NODE_MODEL: case NODE_LET: case NODE_DEF: case NODE_IMPORT: case NODE_USE:
    case NODE_ASSUME: case NODE_LUA: return true;
    default: return false;
    }
}

static void forget(Interp *in) {
    diag_free(&in->diags);
    in->diags = (Diags){0};
}

// Runs a definition; where that fails, or takes too long, what it defines is known as in a
// check.
static void run(Lsp *lsp, LspSession *s, Program *p) {
    LspWatch watch;
    double left = SESSION_SECONDS - s->spent;
    lsp_watch_start(&watch, lsp, left < STATEMENT_SECONDS ? left : STATEMENT_SECONDS);
    bool ran = left > 0 && program_run(s->interp, p);
    s->spent += lsp_watch_end(&watch);
    forget(s->interp);
    if (ran) return;
    lsp_watch_start(&watch, lsp, STATEMENT_SECONDS);
    program_learn(s->interp, p);
    lsp_watch_end(&watch);
    forget(s->interp);
}

static void tell(Lsp *lsp, LspDocument *d, const Node *n) {
    LspSession *s = &d->session;
    if (!defines(n)) return;
    Program *p = program_new(s->interp, lsp_document_name(d), d->path,
                             str_text(&d->text.text) + n->span.start,
                             n->span.end - n->span.start, NULL);
    forget(s->interp);
    if (p) run(lsp, s, p);
    program_free(p);
}

// Whether it holds nothing but what stands before statement `count`.
static bool fits(const LspDocument *d, size_t count) {
    const LspSession *s = &d->session;
    const Node *program = d->tree.ast.program;
    if (!s->interp || s->spoiled || s->count > count) return false;
    if (s->count == 0) return true;
    return program->kid[s->count - 1]->span.end == s->done.len &&
           memcmp(str_text(&s->done), str_text(&d->text.text), s->done.len) == 0;
}

static bool begin(Lsp *lsp, LspSession *s) {
    InterpOptions options = lsp_session_options(lsp);
    lsp_session_free(s);
    s->interp = interp_new(&options);
    return s->interp != NULL;
}

// Of a test what stands before the place in it.
static void tell_inner(Lsp *lsp, LspDocument *d, const Node *test, size_t offset) {
    const Node *inner = test->kid[0];
    d->session.spoiled = true;
    for (uint32_t i = 0; i < inner->n && inner->kid[i]->span.end <= offset; i++)
        tell(lsp, d, inner->kid[i]);
}

Interp *lsp_session_at(Lsp *lsp, LspDocument *d, size_t offset, bool with) {
    LspSession *s = &d->session;
    const Node *program = d->tree.ast.program;
    size_t at = lsp_tree_before(&d->tree, offset), count = at;
    bool inside = program && at < program->n && program->kid[at]->span.start <= offset;
    if (with && inside && defines(program->kid[at])) count++;
    if (!fits(d, count) && !begin(lsp, s)) return NULL;
    for (; s->count < count; s->count++) tell(lsp, d, program->kid[s->count]);
    str_clear(&s->done);
    if (count) str_add_n(&s->done, str_text(&d->text.text), program->kid[count - 1]->span.end);
    if (s->done.failed) s->spoiled = true;
    if (inside && program->kid[at]->kind == NODE_TEST)
        tell_inner(lsp, d, program->kid[at], offset);
    return s->interp;
}
