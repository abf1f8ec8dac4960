// Kernel code: the instructions of kernels, and the graph of values they are made from.
//
// Compilation has three steps: kernel_compile.c turns a term into a graph of distinct values
// (kernel_value.c shares equal ones and folds constants), kernel_order.c puts those that are
// needed into an order that keeps few of them alive at once and gives them registers, and
// kernel_run.c runs the result.
#ifndef RUNG_MODEL_KERNEL_CODE_H
#define RUNG_MODEL_KERNEL_CODE_H

#include "runtime/base/vec.h"
#include "runtime/model/kernel.h"
#include "runtime/model/math.h"
#include "runtime/model/math_block.h"

enum { KERNEL_BLOCK = 256 }; // lanes per dispatch: 2 KiB a register

typedef enum KernelOp {
    KERNEL_CONST,    // number
    KERNEL_POSITION, // the level of an input
    KERNEL_OFFSET,   // the level of an input + number
    KERNEL_TABLE,    // cells[level of an input]
    KERNEL_IS,       // whether the level of an input is `level`
    KERNEL_REAL,     // the value of an input
    KERNEL_GATHER,   // cells[a]; NaN where a is NaN
    KERNEL_SAME,     // a and b are exactly equal
    KERNEL_SELECT,   // a ? b : c
    KERNEL_CALL,     // function of a, b, c, d
    KERNEL_TERM,     // the operator `term` on a (and b)
} KernelOp;

#define KERNEL_NONE UINT32_MAX

// One value, or one instruction once it is in order; operands are values, or then registers.
typedef struct KernelCode {
    uint32_t op;    // KernelOp
    uint32_t term;  // TermOp of TERM
    uint32_t arg[4]; // operands; KERNEL_NONE when there are fewer
    uint32_t input;  // of POSITION, OFFSET, TABLE, IS, REAL
    uint32_t level;  // of IS
    uint32_t out;    // the register, once in order
    double number;   // of CONST and OFFSET
    const double *cells;          // of TABLE and GATHER
    const MathFunction *function; // of CALL
    MathBlock *block;             // its version for blocks, in a kernel over reals, or NULL
} KernelCode;

typedef VEC(KernelCode) KernelCodes;
typedef VEC(uint32_t) KernelNumbers;

struct Kernel {
    KernelCodes code;     // in order
    uint32_t registers;
    uint32_t result;      // the register of the value
    KernelNumbers inputs; // model variables
    VEC(bool) reals;      // by input: of infinitely many values
    bool real;            // inputs of infinitely many values are allowed
    ValueKind kind;
    VEC(double *) tables; // owned
    VEC(TermTable *) kept; // tables of LOOKUPs, one reference each
};

// The graph of values under construction: a value's operands precede it.
typedef struct KernelGraph {
    KernelCodes values;
    uint32_t *slots; // hash table of values; KERNEL_NONE is empty
    size_t room;
} KernelGraph;

// The number of a value equal to `code`, old or new, in *out; operators on constants are folded.
Status kernel_value(KernelGraph *g, const KernelCode *code, uint32_t *out);
Status kernel_value_number(KernelGraph *g, double number, uint32_t *out);
void kernel_value_free(KernelGraph *g);

// Fills k->code, registers and result for the value `root`.
Status kernel_order(Kernel *k, const KernelGraph *g, uint32_t root);

// Fills everything but the code: the graph, inputs, kind, tables; the value of the term in *root.
Status kernel_compile(Kernel *k, const Model *model, const Term *term, KernelGraph *g,
                      uint32_t *root, Faults *faults);

// The value of one instruction from the values of its operands, for operators that need no
// input: CONST, SAME, SELECT, CALL, TERM.
double kernel_run_one(const KernelCode *code, const double *args);

#endif
