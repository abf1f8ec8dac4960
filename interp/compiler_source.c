// Compiler_source: descriptions of what is known, `from {P(X, Y), P(Y | do(Z), Town = trial)}`.
//
// Names are kept as they are written: they mean variables of the model that is asked about, which
// may be named by a clause further inside.
#include "interp/compiler_inner.h"

#include "runtime/base/mem.h"

bool compiler_describes(const Node *sources) {
    for (uint32_t i = 0; i < sources->n; i++) {
        const Node *s = sources->kid[i];
        if (s->kind != NODE_HEAD || s->op != HEAD_P) return false;
    }
    return sources->n > 0;
}

static bool is_name(const Node *node) {
    return node && node->kind == NODE_NAME;
}

static bool all_names(const Node *group) {
    for (uint32_t i = 0; i < group->n; i++)
        if (!is_name(group->kid[i])) return false;
    return true;
}

static Sym level_of(Compiler *c, const Node *node) {
    if (is_name(node)) return node->sym;
    if (node->kind != NODE_STRING && node->kind != NODE_NUMBER) return NULL;
    Sym level = intern(c->env->names, node->text, node->len);
    if (!level) compiler_memory(c);
    return level;
}

// V = level.
static bool condition(Compiler *c, const Node *node, SourceShape *s) {
    bool equation = node->kind == NODE_BINARY && node->op == OP_EQ && is_name(node->kid[0]);
    Sym level = equation ? level_of(c, node->kid[1]) : NULL;
    if (!level) return false;
    s->conds[s->nconds++] = (SourceCond){node->kid[0]->sym, level};
    return true;
}

// do(X, Z): bare targets that are names.
static bool experiment(Compiler *c, const Node *node, SourceShape *s) {
    Sym *dos = mem_resize(s->dos, s->ndos + node->n, sizeof *dos);
    if (!dos) return compiler_memory(c), false;
    s->dos = dos;
    for (uint32_t i = 0; i < node->n; i++) {
        const Node *a = node->kid[i];
        bool bare = a->op == ASSIGN_BARE && !(a->flags & FLAG_NOT) && is_name(a->kid[0]);
        if (!bare) return false;
        s->dos[s->ndos++] = a->kid[0]->sym;
    }
    return true;
}

static bool describe(Compiler *c, const Node *head, SourceShape *s) {
    const Node *seen = head->kid[0], *conds = head->n > 1 ? head->kid[1] : NULL;
    s->span = head->span;
    if (!all_names(seen)) return false;
    s->seen = MEM_NEW(Sym, seen->n);
    s->conds = MEM_NEW(SourceCond, conds ? conds->n : 0);
    if (!s->seen || !s->conds) return compiler_memory(c), false;
    for (uint32_t i = 0; i < seen->n; i++) s->seen[s->nseen++] = seen->kid[i]->sym;
    for (uint32_t i = 0; conds && i < conds->n; i++) {
        const Node *each = conds->kid[i];
        bool ok = each->kind == NODE_DO ? experiment(c, each, s) : condition(c, each, s);
        if (!ok) return false;
    }
    return true;
}

// The number of the group in the chunk; false when a description has a form that is not treated.
static bool describe_all(Compiler *c, const Node *sources, uint32_t *at) {
    Chunk *chunk = c->chunk;
    SourceGroup g = {.items = MEM_NEW(SourceShape, sources->n)};
    *at = (uint32_t)chunk->sources.count;
    if (!g.items || !VEC_PUSH(&chunk->sources, g)) {
        mem_free(g.items);
        compiler_memory(c);
        return false;
    }
    SourceGroup *kept = &chunk->sources.items[*at];
    bool ok = true;
    while (ok && kept->n < sources->n) {
        const Node *head = sources->kid[kept->n];
        ok = describe(c, head, &kept->items[kept->n++]);
    }
    return ok;
}

void compiler_described(Compiler *c, const Node *node) {
    uint32_t at;
    if (!describe_all(c, node->kid[1], &at)) {
        if (!c->failed) compiler_later(c, DIAG_LATER_SOURCES, node->kid[1]->span);
        return;
    }
    compiler_emit(c, CODE_DESCRIBED, at, 0, 0, node->kid[1]->span);
    compiler_value(c, node->kid[0], false);
    compiler_emit(c, CODE_LEAVE, 1, 0, 0, node->span);
}
