// Chunk: compiled code, what the VM runs.
#ifndef RUNG_INTERP_CHUNK_H
#define RUNG_INTERP_CHUNK_H

#include "interp/query.h"
#include "interp/value.h"
#include "runtime/base/vec.h"

typedef enum Code {
#define CODE(id, name, a, b, c, pops, pushes, jump, nest, effect) CODE_##id,
#include "interp/opcode.def"
#undef CODE
    CODE_COUNT
} Code;

// What an operand is.
typedef enum OperandKind {
    OPERAND_NONE,     // 0
    OPERAND_CONST,    // a constant's number
    OPERAND_SYM,      // a name's number
    OPERAND_SLOT,     // a local slot
    OPERAND_SLOTS,    // a number of slots, counted from the operand before
    OPERAND_COUNT,    // any number
    OPERAND_FLAG,     // 0 or 1
    OPERAND_JUMP,     // an instruction's number
    OPERAND_OPERATOR, // a NodeOp
    OPERAND_WORLD,    // assignments' number
    OPERAND_CALL,     // a call shape's number
    OPERAND_QUERY,    // a question shape's number
    OPERAND_SOURCES,  // described sources' number
    OPERAND_ITEM,     // a declared variable's number
    OPERAND_CHUNK,    // a function's number
    OPERAND_DIAG,     // a DiagCode
    OPERAND_NAME,     // 1 + a name's number, or 0
    OPERAND_TEXT,     // 1 + the number of a constant that is a string, or 0
} OperandKind;

// The dynamic scopes that instructions open and close. They nest properly within each kind.
typedef enum Nest {
    NEST_PLAIN,
    NEST_OPEN_EXPECT, NEST_IN_EXPECT, NEST_CLOSE_EXPECT,
    NEST_OPEN_COLLECT, NEST_IN_COLLECT, NEST_CLOSE_COLLECT,
    NEST_OPEN_CONTEXT, NEST_IN_CONTEXT, NEST_CLOSE_CONTEXT,
    NEST_OPEN_BUILD, NEST_IN_BUILD, NEST_CLOSE_BUILD,
} Nest;

typedef struct Instr {
    uint32_t op; // Code
    uint32_t a, b, c;
} Instr;

// One row of opcode.def. `pops`, `pushes` and `jump` may read the tables that the operands
// name, which must have been checked before.
typedef struct CodeRow {
    const char *name, *effect;
    OperandKind operand[3];
    Nest nest;
    uint32_t (*pops)(const Instr *i, const struct Chunk *k);
    uint32_t (*pushes)(const Instr *i, const struct Chunk *k);
    int (*jump)(const Instr *i, const struct Chunk *k);
} CodeRow;

const CodeRow *chunk_row(Code op);

// The assignments of one world or do.
typedef struct AssignGroup {
    AssignShape *items;
    uint32_t n;
    uint32_t nvalues; // on the stack
} AssignGroup;

// The arguments of one call: positional ones, then one per label.
typedef struct CallShape {
    uint32_t nargs, nlabels;
    Sym *labels; // of the last nlabels arguments
} CallShape;

// A variable that a model block declares. `general`: a row with `for`; a row for one index
// overrides it.
typedef struct ItemShape {
    NodeOp role;
    Sym name;
    uint32_t nindices;
    bool ordered, general, mechanism;
    char *label; // or NULL
    Span span;
} ItemShape;

// A parameter: its argument is in the slot of its number; the endpoints of a pattern X -> M ->
// Y are unpacked into slots of their own.
typedef struct Param {
    Sym name;       // NULL: a pattern
    uint32_t parts; // endpoints of a pattern
    bool optional;
    char *text;     // as written: "n: 9", "X -> Y"
} Param;

// Code with everything it names. Immutable once compiled, reference counted.
typedef struct Chunk {
    uint32_t refs;
    Sym name;       // of the function or model, NULL for a statement
    bool is_model;  // a model with parameters
    bool over_rows; // whose only parameter is `rows`, the numbers of the rows of the data
    bool question;  // a def without parameters
    bool optional;  // every parameter has a default
    bool library;   // of the standard library: the user's names mean nothing in it
    uint32_t slots; // local slots; the first are the parameters
    uint32_t depth; // of the stack at its deepest, set by verify_chunk
    Span span;
    VEC(Instr) code;
    VEC(uint32_t) places; // of each instruction: source_place numbers
    VEC(Value) constants;
    VEC(Sym) syms;
    VEC(QueryShape) queries;
    VEC(AssignGroup) worlds;
    VEC(SourceGroup) sources;
    VEC(CallShape) calls;
    VEC(ItemShape) items;
    VEC(struct Chunk *) chunks;
    VEC(Param) params;
} Chunk;

Chunk *chunk_new(void); // one reference; NULL: no memory
Chunk *chunk_keep(Chunk *chunk);
void chunk_drop(Chunk *chunk); // NULL allowed

// Appends an instruction and returns its number; UINT32_MAX when memory is exhausted.
uint32_t chunk_emit(Chunk *chunk, Code op, uint32_t a, uint32_t b, uint32_t c, uint32_t place);

// The number of a constant (taken; dropped when memory is exhausted), and of a name;
// UINT32_MAX: no memory.
uint32_t chunk_constant(Chunk *chunk, Value taken);
uint32_t chunk_sym(Chunk *chunk, Sym name);

// Appends the signature of a function: "ATE(X -> Y, treated: high(X))".
void chunk_signature(const Chunk *chunk, Str *out);

#endif
