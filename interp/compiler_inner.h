// Compiler_inner: what the files of the compiler share.
#ifndef RUNG_INTERP_COMPILER_INNER_H
#define RUNG_INTERP_COMPILER_INNER_H

#include "interp/compiler.h"
#include "interp/scope.h"

// The compilation of one chunk.
typedef struct Compiler {
    const CompilerEnv *env;
    Chunk *chunk;
    Scope scope;
    Span last;           // the span that `place` stands for
    uint32_t last_place;
    bool failed;         // something was reported
} Compiler;

// Emits an instruction for a node and returns its number.
uint32_t compiler_emit(Compiler *c, Code op, uint32_t a, uint32_t b, uint32_t n, Span span);
// Lets the jump `at` lead to the next instruction.
void compiler_land(Compiler *c, uint32_t at);
uint32_t compiler_here(const Compiler *c);
void compiler_retract(Compiler *c); // takes the last instruction back; nothing leads to it

uint32_t compiler_sym(Compiler *c, Sym name);
void compiler_constant(Compiler *c, Value taken, Span span); // emits CONST
uint32_t compiler_text(Compiler *c, const Node *string);     // a TEXT operand; NULL gives 0
void compiler_later(Compiler *c, DiagCode code, Span span);  // emits LATER, leaves one value
void compiler_memory(Compiler *c);
void compiler_error(Compiler *c, DiagCode code, Span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// The value of an expression. `expected`: it stands where a value of the variable expected last
// is wanted, so that names in it may be levels.
void compiler_value(Compiler *c, const Node *node, bool expected);
void compiler_expected(Compiler *c, const Node *node); // EXPECT, the value, UNEXPECT
// The same, of the variable that is `below` values below the top.
void compiler_expected_of(Compiler *c, uint32_t below, const Node *node);
void compiler_values(Compiler *c, const Node *const *nodes, uint32_t n);

// Loops: runs `body` for every combination of a FORS (NULL: once).
void compiler_fors(Compiler *c, const Node *fors, void (*body)(Compiler *c, void *user),
                   void *user);

// compiler_query.c
void compiler_head(Compiler *c, const Node *head, bool argmax);
void compiler_separation(Compiler *c, const Node *node);
void compiler_world(Compiler *c, const Node *node);
// The values of assignments, then CODE_DO or CODE_WORLD with their shapes.
void compiler_assigns(Compiler *c, Node *const *nodes, uint32_t n, Code op, Span span);
void compiler_clause(Compiler *c, const Node *node); // UNDER, FROM, USING

// compiler_source.c: whether sources are descriptions P(...), and the clause with such ones.
bool compiler_describes(const Node *sources);
void compiler_described(Compiler *c, const Node *node);

// compiler_model.c
void compiler_block(Compiler *c, const Node *block); // the items, between BUILD and BUILT
void compiler_assume(Compiler *c, const Node *assume); // a statement
void compiler_model(Compiler *c, const Node *model); // a statement

// compiler_function.c: the function of a def or of a model with parameters, as the operand of
// DEFINE_FUNCTION; `body` is emitted after the parameters.
void compiler_function(Compiler *c, const Node *declaration, const Node *params,
                       void (*body)(Compiler *c, const Node *declaration));
// The same for a model with families over rows: its parameter is `rows`, by default empty.
void compiler_over_rows(Compiler *c, const Node *declaration,
                        void (*body)(Compiler *c, const Node *declaration));

// Takes the chunk of a finished compilation: verified, with its slots counted. NULL: reported.
Chunk *compiler_finish(Compiler *c);

#endif
