// Compiler: statements of the syntax tree to chunks.
#ifndef RUNG_INTERP_COMPILER_H
#define RUNG_INTERP_COMPILER_H

#include "interp/ast.h"
#include "interp/chunk.h"
#include "interp/diag.h"

// What a compilation needs from its session; all borrowed.
typedef struct CompilerEnv {
    Interner *names;
    Sources *sources;
    Diags *diags;
} CompilerEnv;

// Compiles one statement other than `test` and `import` (whose parts are run one by one, see
// interp.c) to a verified chunk without parameters that leaves NOTHING. NULL: reported.
Chunk *compiler_statement(const CompilerEnv *env, const Node *statement);

// Compiles one expression to a chunk that returns its value. NULL: reported.
Chunk *compiler_expression(const CompilerEnv *env, const Node *expression);

#endif
