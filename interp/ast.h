// Ast: the syntax tree that the parser makes, the printer prints and the compiler reads.
#ifndef RUNG_INTERP_AST_H
#define RUNG_INTERP_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "interp/source.h"
#include "runtime/base/arena.h"
#include "runtime/base/str.h"
#include "runtime/base/sym.h"

typedef enum NodeKind {
#define NODE(id, what) NODE_##id,
#include "interp/node.def"
#undef NODE
    NODE_COUNT
} NodeKind;

typedef enum NodeOp {
    OP_NONE,
    OP_OR, OP_AND, OP_NOT,
    OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE, OP_IN, OP_NOT_IN,
    OP_UNION, OP_INTERSECT,
    OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MOD, OP_POW, OP_NEG,
    LINK_RIGHT, LINK_LEFT, LINK_BOTH,
    ROLE_PLAIN, ROLE_LATENT, ROLE_NOISE, ROLE_OBSERVED, ROLE_SELECTED,
    ASSIGN_SET, ASSIGN_RANDOM, ASSIGN_BARE,
    HEAD_P, HEAD_E, HEAD_VAR, HEAD_SD, HEAD_COV, HEAD_COR, HEAD_QUANTILE, HEAD_H, HEAD_I,
    HEAD_LOGP, HEAD_MARGINALS, HEAD_SAMPLE, HEAD_SLOPE, HEAD_CAUSES, HEAD_RESPONSIBILITY,
    HEAD_BLAME,
    HEAD_LADDER, // of the statement `ladder Y, X`
} NodeOp;

enum {
    FLAG_PERCENT = 1,
    FLAG_QUOTED = 2,
    FLAG_EQUALS = 4,
    FLAG_TILDE = 8,
    FLAG_NOT = 16,
    FLAG_BRACKET = 32,
    FLAG_NEWLINES = 64, // a block, case, set, map or list that was written over several lines
};

// The meaning of kids and payload of each kind is its row in node.def.
typedef struct Node {
    uint16_t kind; // NodeKind
    uint16_t op;   // NodeOp
    uint32_t flags;
    Span span;
    Span name_span; // of the name that a declaration declares, else as span
    Sym sym;
    double num;
    const char *text; // NUL-terminated, of length `len`
    size_t len;
    uint32_t n;
    uint32_t height; // 1 for a leaf; the parser keeps it below a limit, so that recursion is safe
    struct Node **kid;
} Node;

// A comment of the source, in order; `expect` is the text after `#=>` (up to a second #), else
// NULL. The formatter puts comments back; the test runner reads expectations.
typedef struct Comment {
    Span span;
    const char *text;   // without the leading #, trailing space removed
    const char *expect; // trimmed; NULL in an ordinary comment
    bool own_line;      // nothing but white space before it on its line
} Comment;

// A parsed text. Everything lives in `arena`.
typedef struct Ast {
    uint32_t source;
    Node *program; // PROGRAM
    Comment *comments;
    size_t ncomments;
    Arena arena;
} Ast;

void ast_free(Ast *ast);

// "MODEL", "LET", ...
const char *ast_kind_name(NodeKind kind);

// How an operator, link, role or head is spelled: "and", "->", "latent", "Var"; "" for none.
const char *ast_op_text(NodeOp op);

// Appends the tree, one node a line, indented: --dump=ast.
void ast_dump(const Node *node, Str *out);

#endif
