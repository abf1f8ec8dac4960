// Kernel compile: what the compiler of kernels shares between its files.
#ifndef RUNG_MODEL_KERNEL_COMPILE_H
#define RUNG_MODEL_KERNEL_COMPILE_H

#include "runtime/base/pairmap.h"
#include "runtime/model/kernel_code.h"
#include "runtime/model/term_order.h"

// What a subterm has become.
typedef struct KernelMeaning {
    uint32_t value; // in the graph
    ValueKind kind;
    bool bad;       // a fault was reported in it
    uint32_t var;   // the model variable of finitely many values that it is, or MODEL_NONE
    Sym level;      // the level that it names, or NULL
} KernelMeaning;

typedef struct KernelCompiler {
    const Model *model;
    Kernel *kernel;
    KernelGraph *graph;
    Faults *faults;
    TermOrder order;
    KernelMeaning *meanings; // by position in the order
    Pairmap inputs;          // from a ModelVar to its number among the inputs
    KernelNumbers loads;     // the value of each input
} KernelCompiler;

// Adds an instruction with up to four operands (KERNEL_NONE for those it does not have).
Status kernel_compile_code(KernelCompiler *c, KernelCode code, const uint32_t *args, uint32_t n,
                           uint32_t *value);

// The meaning of a variable: an input is made at its first mention. kernel_input.c
Status kernel_compile_var(KernelCompiler *c, const Term *t, KernelMeaning *m);
// A cell of a table. kernel_input.c
Status kernel_compile_lookup(KernelCompiler *c, const Term *t, KernelMeaning *m);
// The number of the input that a meaning with a variable reads.
uint32_t kernel_compile_input(const KernelCompiler *c, uint32_t var);
// The position of the level of an input, as a value.
Status kernel_compile_position(KernelCompiler *c, uint32_t var, uint32_t *value);

// at * count + position, the next step of an index into a table. kernel_input.c
Status kernel_compile_step(KernelCompiler *c, uint32_t at, uint32_t count, uint32_t position,
                           uint32_t *value);

// A CASE as a table, when it is one; *done tells. kernel_case.c
Status kernel_compile_rows(KernelCompiler *c, const Term *t, KernelMeaning *m, bool *done);

// a = b and a < b; `t` is the comparison, for its operator and for messages. kernel_compare.c
Status kernel_compile_equal(KernelCompiler *c, const Term *t, KernelMeaning a, KernelMeaning b,
                            KernelMeaning *m);
Status kernel_compile_less(KernelCompiler *c, const Term *t, KernelMeaning a, KernelMeaning b,
                           KernelMeaning *m);

// What a level's name is as a number ("3", "true"), if it is one.
bool kernel_compile_level_number(Sym level, double *number);

// Whether a value is a known number.
bool kernel_compile_constant(const KernelCompiler *c, uint32_t value, double *number);

// Reports and returns FAULT: `t` in text stands before `message`.
Status kernel_compile_fault(KernelCompiler *c, FaultCode code, const Term *t, const char *message);

#endif
