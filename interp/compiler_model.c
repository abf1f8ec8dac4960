// Compiler_model: model blocks to code, in two passes: first every variable and edge, then the
// mechanisms, so that a right side may mention any variable of the block.
#include "interp/compiler_inner.h"

#include <string.h>

#include "runtime/base/mem.h"

// The children of a VARIABLE node.
enum { NAMES, LABEL, DOMAIN, MECHANISM, FORS, OBSERVED_IF, UP_TO };

static const Node *kid(const Node *node, uint32_t i) {
    return i < node->n ? node->kid[i] : NULL;
}

// --- domains --------------------------------------------------------------------------------

static bool names_domain(Sym word) {
    static const char *const names[] = {"bool", "int", "real", "positive", "unit"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(word->text, names[i]) == 0) return true;
    return false;
}

// Levels are words as they stand; only a name bound in this scope means its value.
static void level(Compiler *c, const Node *node) {
    bool word = node->kind == NODE_NAME && scope_find(&c->scope, node->sym) == SCOPE_NONE;
    if (word) compiler_constant(c, value_level(node->sym), node->span);
    else compiler_value(c, node, false);
}

static void levels(Compiler *c, const Node *set) {
    for (uint32_t i = 0; i < set->n; i++) level(c, set->kid[i]);
    // A list, so that a level written twice is still seen.
    compiler_emit(c, CODE_LIST, set->n, 0, 0, set->span);
}

static void domain(Compiler *c, const Node *node) {
    if (!node) compiler_emit(c, CODE_NOTHING, 0, 0, 0, c->last);
    else if (node->kind == NODE_ORDERED) levels(c, node->kid[0]);
    else if (node->kind == NODE_SET) levels(c, node);
    else if (node->kind == NODE_NAME && names_domain(node->sym)) level(c, node);
    else compiler_value(c, node, false);
}

// --- names ----------------------------------------------------------------------------------

// The name that a NAME or INDEX node declares, and its indices.
static Sym base_name(const Node *node) {
    return node->kind == NODE_INDEX ? node->kid[0]->sym : node->sym;
}

static uint32_t index_values(Compiler *c, const Node *node) {
    uint32_t n = node->kind == NODE_INDEX ? node->n - 1 : 0;
    for (uint32_t i = 1; i <= n; i++) {
        if (node->kid[i]->kind == NODE_WILDCARD)
            compiler_constant(c, value_wildcard(), node->kid[i]->span);
        else compiler_value(c, node->kid[i], false);
    }
    return n;
}

static bool is_name(Compiler *c, const Node *node) {
    if (node->kind == NODE_NAME) return true;
    if (node->kind == NODE_INDEX && node->kid[0]->kind == NODE_NAME) return true;
    compiler_error(c, DIAG_MISPLACED, node->span, "the name of a variable must stand here");
    return false;
}

// Leaves the name of a variable, as a level, or a list of them.
static void variable_name(Compiler *c, const Node *node) {
    uint32_t slot = node->kind == NODE_NAME ? scope_find(&c->scope, node->sym) : SCOPE_NONE;
    if (slot != SCOPE_NONE) {
        compiler_emit(c, CODE_LOAD, slot, 0, 0, node->span);
    } else if (node->kind == NODE_NAME) {
        compiler_constant(c, value_level(node->sym), node->span);
    } else if (is_name(c, node)) {
        uint32_t n = index_values(c, node);
        compiler_emit(c, CODE_MEMBER, compiler_sym(c, base_name(node)), n, 0, node->span);
    }
}

// --- pass 1: variables and edges ------------------------------------------------------------

static char *copy_text(Compiler *c, const Node *string) {
    if (!string) return NULL;
    char *copy = mem_new(string->len + 1, 1);
    if (copy) memcpy(copy, string->text, string->len);
    else compiler_memory(c);
    return copy;
}

static void declare(Compiler *c, const Node *item, const Node *node) {
    const Node *dom = kid(item, DOMAIN);
    if (!is_name(c, node)) return;
    ItemShape shape = {.role = (NodeOp)item->op, .name = base_name(node),
                       .ordered = dom && dom->kind == NODE_ORDERED,
                       .general = kid(item, FORS) != NULL,
                       .mechanism = kid(item, MECHANISM) != NULL,
                       .label = copy_text(c, kid(item, LABEL)), .span = node->span};
    shape.nindices = index_values(c, node);
    compiler_emit(c, CODE_DECLARE, (uint32_t)c->chunk->items.count, 0, 0, node->span);
    if (VEC_PUSH(&c->chunk->items, shape)) return;
    mem_free(shape.label);
    compiler_memory(c);
}

static void variable(Compiler *c, void *user) {
    const Node *item = user, *names = item->kid[NAMES];
    domain(c, kid(item, DOMAIN));
    for (uint32_t i = 0; i < names->n; i++) declare(c, item, names->kid[i]);
    compiler_emit(c, CODE_POP, 0, 0, 0, item->span);
}

static void later_item(Compiler *c, DiagCode code, Span span) {
    compiler_later(c, code, span);
    compiler_emit(c, CODE_POP, 0, 0, 0, span);
}

static bool ranges_over_rows(const Node *fors) {
    for (uint32_t i = 0; fors && i < fors->n; i++) {
        const Node *over = fors->kid[i]->kid[0];
        if (over->kind == NODE_NAME && strcmp(over->sym->text, "rows") == 0) return true;
    }
    return false;
}

// Whether a model has a family over the rows of the data.
static bool has_rows(const Node *block) {
    for (uint32_t i = 0; block->kind == NODE_BLOCK && i < block->n; i++) {
        const Node *item = block->kid[i];
        if (item->kind == NODE_VARIABLE && ranges_over_rows(kid(item, FORS))) return true;
        if (item->kind == NODE_CHAIN && ranges_over_rows(kid(item, 1))) return true;
    }
    return false;
}

// In a change of a model there are no rows to go through.
static bool lacks_rows(const Compiler *c, const Node *fors) {
    Sym rows = intern_z(c->env->names, "rows");
    return ranges_over_rows(fors) && rows && scope_find(&c->scope, rows) == SCOPE_NONE;
}

// An expression that asks nothing and calls nothing, in which no loop variable of `fors` stands.
static bool is_plain(const Node *node, const Node *fors) {
    if (node->kind == NODE_NUMBER) return true;
    bool leaf = node->kind == NODE_NAME;
    for (uint32_t i = 0; leaf && i < fors->n; i++)
        if (fors->kid[i]->sym == node->sym) return false;
    bool inner = node->kind == NODE_RANGE || node->kind == NODE_BINARY ||
                 node->kind == NODE_UNARY || node->kind == NODE_PAREN;
    for (uint32_t i = 0; inner && i < node->n; i++)
        if (!is_plain(node->kid[i], fors)) return false;
    return leaf || inner;
}

// Whether a loop variable is one of the indices of a name.
static bool indexes(const Node *name, Sym variable) {
    for (uint32_t i = 1; i < name->n; i++)
        if (name->kid[i]->kind == NODE_NAME && name->kid[i]->sym == variable) return true;
    return false;
}

// A family of more members than a model may have is refused before they are declared one by one:
// when each loop goes on its own through its values, and each of these is an index, there are as
// many members as values together.
static void room(Compiler *c, const Node *fors, const Node *name) {
    if (!fors || name->kind != NODE_INDEX) return;
    for (uint32_t i = 0; i < fors->n; i++) {
        const Node *g = fors->kid[i];
        if (!g->sym || !indexes(name, g->sym) || !is_plain(g->kid[0], fors)) return;
        for (uint32_t k = 0; k < i; k++)
            if (fors->kid[k]->sym == g->sym) return;
    }
    for (uint32_t i = 0; i < fors->n; i++) compiler_value(c, fors->kid[i]->kid[0], false);
    compiler_emit(c, CODE_ROOM, fors->n, 0, 0, name->span);
}

static void declare_item(Compiler *c, const Node *item) {
    if (lacks_rows(c, kid(item, FORS))) {
        later_item(c, DIAG_LATER_DATA, kid(item, FORS)->span);
        return;
    }
    if (kid(item, OBSERVED_IF)) later_item(c, DIAG_LATER_MISSING, kid(item, OBSERVED_IF)->span);
    if (kid(item, UP_TO)) later_item(c, DIAG_LATER_MISSING, kid(item, UP_TO)->span);
    const Node *names = item->kid[NAMES];
    for (uint32_t i = 0; i < names->n; i++) room(c, kid(item, FORS), names->kid[i]);
    compiler_fors(c, kid(item, FORS), variable, (void *)item);
}

static void endpoint(Compiler *c, const Node *node) {
    while (node->kind == NODE_PAREN) node = node->kid[0];
    if (node->kind != NODE_SET) {
        variable_name(c, node);
        return;
    }
    for (uint32_t i = 0; i < node->n; i++) variable_name(c, node->kid[i]);
    compiler_emit(c, CODE_LIST, node->n, 0, 0, node->span);
}

typedef struct Edges {
    const Node *links; // endpoint, LINK, endpoint ...
    bool removed;
} Edges;

static void edges(Compiler *c, void *user) {
    const Edges *e = user;
    for (uint32_t i = 0; i + 2 < e->links->n; i += 2) {
        const Node *from = e->links->kid[i], *to = e->links->kid[i + 2];
        endpoint(c, from);
        endpoint(c, to);
        compiler_emit(c, CODE_EDGE, e->links->kid[i + 1]->op, e->removed, 0,
                      span_join(from->span, to->span));
    }
}

static void chain(Compiler *c, const Node *node, bool removed) {
    Edges e = {.links = node->kid[0], .removed = removed};
    compiler_fors(c, kid(node, 1), edges, &e);
}

static void first_pass(Compiler *c, const Node *item) {
    if (item->kind == NODE_CHAIN) chain(c, item, false);
    else if (item->kind == NODE_VARIABLE) declare_item(c, item);
    else if (item->kind == NODE_ERROR) c->failed = true;
}

// --- pass 2: mechanisms ---------------------------------------------------------------------

static void mechanism_of(Compiler *c, const Node *item, uint32_t place) {
    const Node *node = item->kid[NAMES]->kid[place];
    bool general = kid(item, FORS) != NULL;
    const Node *mechanism = item->kid[MECHANISM];
    uint32_t skip = 0, end = 0;
    if (!is_name(c, node)) return;
    variable_name(c, node);
    if (general) skip = compiler_emit(c, CODE_SKIP_SPECIAL, 0, 0, 0, node->span);
    compiler_emit(c, CODE_EXPECT_NAMED, 0, 0, 0, node->span);
    compiler_value(c, mechanism, true);
    compiler_emit(c, CODE_UNEXPECT, 0, 0, 0, mechanism->span);
    compiler_emit(c, CODE_MECHANISM, (item->flags & FLAG_EQUALS) != 0, place, 0,
                  mechanism->span);
    if (!general) return;
    end = compiler_emit(c, CODE_JUMP, 0, 0, 0, node->span);
    compiler_land(c, skip);
    compiler_emit(c, CODE_POP, 0, 0, 0, node->span);
    compiler_land(c, end);
}

static void mechanism(Compiler *c, void *user) {
    const Node *item = user, *names = item->kid[NAMES];
    compiler_emit(c, CODE_BLOCK, names->n, 0, 0, names->span);
    for (uint32_t i = 0; i < names->n; i++) mechanism_of(c, item, i);
}

static void factor(Compiler *c, void *user) {
    const Node *item = user;
    compiler_value(c, item->kid[0], false);
    compiler_emit(c, CODE_FACTOR, 0, 0, 0, item->span);
}

static void assume(Compiler *c, void *user) {
    const Node *item = user;
    compiler_emit(c, CODE_ASSUMING, 0, 0, 0, item->span);
    compiler_value(c, item->kid[0], false);
    compiler_emit(c, CODE_ASSUME, 0, 0, 0, item->kid[0]->span);
}

static void second_pass(Compiler *c, const Node *item) {
    switch (item->kind) {
    case NODE_VARIABLE:
        if (kid(item, MECHANISM) && !lacks_rows(c, kid(item, FORS)))
            compiler_fors(c, kid(item, FORS), mechanism, (void *)item);
        break;
    case NODE_FACTOR: compiler_fors(c, kid(item, 1), factor, (void *)item); break;
    case NODE_REMOVE: chain(c, item->kid[0], true); break;
    case NODE_ASSUME: compiler_fors(c, kid(item, 1), assume, (void *)item); break;
    default: break;
    }
}

static void item(Compiler *c, const Node *node, bool first) {
    uint32_t at = compiler_emit(c, CODE_ITEM, 0, first, 0, node->span);
    if (first) first_pass(c, node);
    else second_pass(c, node);
    if (compiler_here(c) == at + 1) compiler_retract(c);
    else compiler_land(c, at);
}

void compiler_block(Compiler *c, const Node *block) {
    for (uint32_t i = 0; i < block->n; i++) item(c, block->kid[i], true);
    for (uint32_t i = 0; i < block->n; i++) item(c, block->kid[i], false);
}

void compiler_assume(Compiler *c, const Node *node) {
    compiler_emit(c, CODE_CURRENT, 0, 0, 0, node->span);
    compiler_emit(c, CODE_BUILD, 0, 0, 0, node->span);
    item(c, node, false);
    compiler_emit(c, CODE_BUILT, 0, 0, 0, node->span);
    compiler_emit(c, CODE_USE, 0, 0, 0, node->span);
}

// --- the statement --------------------------------------------------------------------------

static void model_value(Compiler *c, const Node *node) {
    const Node *body = node->kid[2];
    if (body->kind != NODE_BLOCK) {
        compiler_value(c, body, false);
        return;
    }
    compiler_emit(c, CODE_NOTHING, 0, 0, 0, node->name_span);
    compiler_emit(c, CODE_BUILD, 0, 0, 0, node->name_span);
    compiler_block(c, body);
    compiler_emit(c, CODE_BUILT, compiler_sym(c, node->sym) + 1, compiler_text(c, node->kid[1]),
                  0, node->name_span);
}

void compiler_model(Compiler *c, const Node *node) {
    if (node->kid[0]) {
        compiler_function(c, node, node->kid[0], model_value);
        return;
    }
    if (has_rows(node->kid[2])) {
        compiler_over_rows(c, node, model_value);
        return;
    }
    model_value(c, node);
    compiler_emit(c, CODE_DEFINE_MODEL, compiler_sym(c, node->sym), 0, 0, node->name_span);
}
