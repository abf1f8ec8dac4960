// Ast: what the kinds and operators are called, and the tree as text.
#include "interp/ast.h"

#include "runtime/base/num.h"

static const char *const kinds[] = {
#define NODE(id, what) [NODE_##id] = #id,
#include "interp/node.def"
#undef NODE
};

static const char *const ops[] = {
    [OP_NONE] = "",
    [OP_OR] = "or",
    [OP_AND] = "and",
    [OP_NOT] = "not",
    [OP_EQ] = "=",
    [OP_NE] = "!=",
    [OP_LT] = "<",
    [OP_LE] = "<=",
    [OP_GT] = ">",
    [OP_GE] = ">=",
    [OP_IN] = "in",
    [OP_NOT_IN] = "not in",
    [OP_UNION] = "union",
    [OP_INTERSECT] = "intersect",
    [OP_ADD] = "+",
    [OP_SUB] = "-",
    [OP_MUL] = "*",
    [OP_DIV] = "/",
    [OP_MOD] = "mod",
    [OP_POW] = "^",
    [OP_NEG] = "-",
    [LINK_RIGHT] = "->",
    [LINK_LEFT] = "<-",
    [LINK_BOTH] = "<->",
    [ROLE_PLAIN] = "",
    [ROLE_LATENT] = "latent",
    [ROLE_NOISE] = "noise",
    [ROLE_OBSERVED] = "observed",
    [ROLE_SELECTED] = "selected",
    [ASSIGN_SET] = "=",
    [ASSIGN_RANDOM] = "~",
    [ASSIGN_BARE] = "",
    [HEAD_P] = "P",
    [HEAD_E] = "E",
    [HEAD_VAR] = "Var",
    [HEAD_SD] = "Sd",
    [HEAD_COV] = "Cov",
    [HEAD_COR] = "Cor",
    [HEAD_QUANTILE] = "Quantile",
    [HEAD_H] = "H",
    [HEAD_I] = "I",
    [HEAD_LOGP] = "logP",
    [HEAD_MARGINALS] = "marginals",
    [HEAD_SAMPLE] = "sample",
    [HEAD_SLOPE] = "slope",
    [HEAD_CAUSES] = "causes",
    [HEAD_RESPONSIBILITY] = "responsibility",
    [HEAD_BLAME] = "blame",
    [HEAD_LADDER] = "ladder",
};

void ast_free(Ast *ast) {
    arena_free(&ast->arena);
    *ast = (Ast){0};
}

const char *ast_kind_name(NodeKind kind) {
    return kinds[kind];
}

const char *ast_op_text(NodeOp op) {
    return ops[op];
}

static void dump_flags(uint32_t flags, Str *out) {
    static const char *const names[] = {"percent", "quoted",  "=",       "~",
                                        "not",     "bracket", "newlines"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (flags >> i & 1u) str_printf(out, " [%s]", names[i]);
}

static void dump(const Node *node, size_t depth, Str *out) {
    str_fill(out, ' ', 2 * depth);
    if (!node) {
        str_add(out, "-\n");
        return;
    }
    str_add(out, ast_kind_name((NodeKind)node->kind));
    if (*ops[node->op]) str_printf(out, " %s", ops[node->op]);
    if (node->sym) str_printf(out, " `%s`", node->sym->text);
    if (node->kind == NODE_NUMBER || node->kind == NODE_BOOL) {
        str_add_char(out, ' ');
        num_add(out, node->num);
    } else if (node->text) {
        str_printf(out, " \"%s\"", node->text);
    }
    dump_flags(node->flags, out);
    str_printf(out, "  @%u-%u\n", node->span.start, node->span.end);
    for (uint32_t i = 0; i < node->n; i++) dump(node->kid[i], depth + 1, out);
}

void ast_dump(const Node *node, Str *out) {
    dump(node, 0, out);
}
