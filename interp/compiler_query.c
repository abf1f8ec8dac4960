// Compiler_query: heads, worlds, independences and clauses to code.
#include "interp/compiler_inner.h"
#include "runtime/base/mem.h"

typedef VEC(AssignShape) AssignVec;

// --- assignments ----------------------------------------------------------------------------

// The values of one assignment; returns how many there are.
static uint32_t assign(Compiler *c, const Node *node, AssignVec *shapes) {
    const Node *target = node->kid[0];
    const Node *value = node->n > 1 ? node->kid[1] : NULL;
    AssignShape shape = {.op = node->op, .edge = target->kind == NODE_ARROW,
                         .negated = (node->flags & FLAG_NOT) != 0, .span = node->span};
    if (shape.edge && target->n != 2)
        compiler_error(c, DIAG_MISPLACED, target->span, "an edge has two ends: do(X -> M = 1)");
    if (shape.edge) compiler_values(c, (const Node *const *)target->kid, target->n);
    else compiler_value(c, target, false);
    // do(X -> M = a): a is a value of X.
    if (value) compiler_expected_of(c, shape.edge && target->n == 2, value);
    if (!VEC_PUSH(shapes, shape)) compiler_memory(c);
    return 1 + (shape.edge ? 1u : 0u) + (value ? 1u : 0u);
}

void compiler_assigns(Compiler *c, Node *const *nodes, uint32_t n, Code op, Span span) {
    AssignVec shapes = {0};
    AssignGroup group = {.n = n};
    for (uint32_t i = 0; i < n; i++) group.nvalues += assign(c, nodes[i], &shapes);
    group.items = shapes.items;
    compiler_emit(c, op, (uint32_t)c->chunk->worlds.count, 0, 0, span);
    if (VEC_PUSH(&c->chunk->worlds, group)) return;
    mem_free(group.items);
    compiler_memory(c);
}

void compiler_world(Compiler *c, const Node *node) {
    compiler_value(c, node->kid[0], false);
    compiler_assigns(c, node->kid + 1, node->n - 1, CODE_WORLD, node->span);
}

// --- heads ----------------------------------------------------------------------------------

typedef struct Head {
    NodeOp op;
    VEC(Part) parts;
    AssignVec assigns;
    uint32_t nvalues;
} Head;

static void do_part(Compiler *c, Head *h, const Node *node, Part *part) {
    part->kind = PART_DO;
    part->first_assign = (uint32_t)h->assigns.count;
    part->nassigns = node->n;
    for (uint32_t i = 0; i < node->n; i++) h->nvalues += assign(c, node->kid[i], &h->assigns);
}

static void soft_part(Compiler *c, Head *h, const Node *node, Part *part) {
    part->kind = PART_SOFT;
    compiler_value(c, node->kid[0], false);
    compiler_expected(c, node->kid[1]);
    h->nvalues += 2;
}

static bool is_condition(const Node *node) {
    return node->kind == NODE_DO || node->kind == NODE_SOFT || node->kind == NODE_FACTOR;
}

static void part(Compiler *c, Head *h, const Node *node, PartKind kind) {
    Part p = {.kind = kind, .span = node->span};
    if (is_condition(node) && kind != PART_EVENT) {
        compiler_error(c, DIAG_MISPLACED, node->span, "this is a condition: it stands after |");
        return;
    }
    if (node->kind == NODE_DO) {
        do_part(c, h, node, &p);
    } else if (node->kind == NODE_SOFT) {
        soft_part(c, h, node, &p);
    } else {
        if (node->kind == NODE_FACTOR) p.kind = PART_FACTOR;
        compiler_value(c, node->kind == NODE_FACTOR ? node->kid[0] : node, false);
        h->nvalues++;
    }
    if (!VEC_PUSH(&h->parts, p)) compiler_memory(c);
}

static void parts(Compiler *c, Head *h, const Node *group, PartKind kind) {
    for (uint32_t i = 0; group && i < group->n; i++) part(c, h, group->kid[i], kind);
}

void compiler_head(Compiler *c, const Node *node, bool argmax) {
    Head h = {.op = (NodeOp)node->op};
    // marginals(conditions) has nothing before the bar.
    parts(c, &h, node->kid[0], node->op == HEAD_MARGINALS ? PART_EVENT : PART_ARG);
    parts(c, &h, node->n > 2 ? node->kid[2] : NULL, PART_SECOND);
    parts(c, &h, node->n > 1 ? node->kid[1] : NULL, PART_EVENT);
    QueryShape shape = {.head = (NodeOp)node->op, .argmax = argmax, .parts = h.parts.items,
                        .nparts = (uint32_t)h.parts.count, .assigns = h.assigns.items,
                        .nassigns = (uint32_t)h.assigns.count, .nvalues = h.nvalues,
                        .span = node->span};
    compiler_emit(c, CODE_ASK, (uint32_t)c->chunk->queries.count, 0, 0, node->span);
    if (VEC_PUSH(&c->chunk->queries, shape)) return;
    mem_free(shape.parts);
    mem_free(shape.assigns);
    compiler_memory(c);
}

static void list(Compiler *c, const Node *group, Span span) {
    uint32_t n = group ? group->n : 0;
    if (group) compiler_values(c, (const Node *const *)group->kid, n);
    compiler_emit(c, CODE_LIST, n, 0, 0, span);
}

// What is given but for do(...), and the variables that do(...) sets, as two lists.
static void given_lists(Compiler *c, const Node *given, Span span) {
    uint32_t seen = 0, set = 0;
    for (uint32_t i = 0; given && i < given->n; i++) {
        if (given->kid[i]->kind == NODE_DO) continue;
        compiler_value(c, given->kid[i], false);
        seen++;
    }
    compiler_emit(c, CODE_LIST, seen, 0, 0, span);
    for (uint32_t i = 0; given && i < given->n; i++) {
        const Node *act = given->kid[i];
        for (uint32_t k = 0; act->kind == NODE_DO && k < act->n; k++, set++)
            compiler_value(c, act->kid[k]->kid[0], false);
    }
    compiler_emit(c, CODE_LIST, set, 0, 0, span);
}

void compiler_separation(Compiler *c, const Node *node) {
    list(c, node->kid[0], node->span);
    list(c, node->kid[1], node->span);
    given_lists(c, node->n > 2 ? node->kid[2] : NULL, node->span);
    compiler_emit(c, CODE_SEPARATE, 0, 0, 0, node->span);
}

// --- clauses --------------------------------------------------------------------------------

// The options of a method, which all have names, onto the stack.
static bool options(Compiler *c, const Node *method, uint32_t *number) {
    const Node *args = method->n ? method->kid[0] : NULL;
    uint32_t n = args ? args->n : 0;
    CallShape shape = {.labels = MEM_NEW(Sym, n)};
    *number = (uint32_t)c->chunk->calls.count;
    for (uint32_t i = 0; shape.labels && i < n; i++) {
        const Node *arg = args->kid[i];
        if (arg->kind != NODE_ARG) {
            compiler_error(c, DIAG_METHOD_OPTION, arg->span, "the options of %s have names, as in "
                           "sampling(n: 1000)", method->sym->text);
            mem_free(shape.labels);
            return false;
        }
        compiler_value(c, arg->kid[0], false);
        shape.labels[shape.nlabels++] = arg->sym;
        shape.nargs++;
    }
    if (shape.labels && VEC_PUSH(&c->chunk->calls, shape)) return true;
    mem_free(shape.labels);
    compiler_memory(c);
    return false;
}

static void using(Compiler *c, const Node *node) {
    const Node *methods = node->kid[1];
    const Node *method = methods->n == 1 ? methods->kid[0] : NULL;
    uint32_t shape;
    if (!method) {
        compiler_later(c, DIAG_LATER_METHODS, methods->span);
        return;
    }
    if (!options(c, method, &shape)) return;
    compiler_emit(c, CODE_USING, compiler_sym(c, method->sym), shape, 0, method->span);
    compiler_value(c, node->kid[0], false);
    compiler_emit(c, CODE_LEAVE, 1, 0, 0, node->span);
}

// One source that is not a description of a distribution: a model, or data.
static bool one_model(const Node *sources) {
    if (sources->n != 1) return false;
    NodeKind kind = (NodeKind)sources->kid[0]->kind;
    return kind == NODE_NAME || kind == NODE_CALL || kind == NODE_WITH || kind == NODE_PAREN ||
           kind == NODE_DATA;
}

static void from(Compiler *c, const Node *node) {
    const Node *sources = node->kid[1];
    if (compiler_describes(sources)) {
        compiler_described(c, node);
        return;
    }
    if (!one_model(sources)) {
        if (!c->failed) compiler_later(c, DIAG_LATER_SOURCES, sources->span);
        return;
    }
    compiler_value(c, sources->kid[0], false);
    compiler_emit(c, CODE_FROM, 0, 0, 0, sources->span);
    compiler_value(c, node->kid[0], false);
    compiler_emit(c, CODE_LEAVE, 1, 0, 0, node->span);
}

void compiler_clause(Compiler *c, const Node *node) {
    if (node->kind == NODE_FROM) {
        from(c, node);
    } else if (node->kind == NODE_USING) {
        using(c, node);
    } else {
        compiler_value(c, node->kid[1], false);
        compiler_emit(c, CODE_UNDER, 0, 0, 0, node->kid[1]->span);
        compiler_value(c, node->kid[0], false);
        compiler_emit(c, CODE_LEAVE, 1, 0, 0, node->span);
    }
}
