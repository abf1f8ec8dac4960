// Mechanism code: the inside of mechanisms.
#ifndef RUNG_SAMPLE_MECHANISM_CODE_H
#define RUNG_SAMPLE_MECHANISM_CODE_H

#include "runtime/base/vec.h"
#include "runtime/model/dist.h"
#include "runtime/model/kernel.h"
#include "runtime/sample/mechanism.h"

#define MECHANISM_NONE UINT32_MAX

// What probabilities may miss of 0, and their sum of 1.
#define MECHANISM_SLACK 1e-9

// A table of the levels of a variable in every row of its parents.
typedef struct MechanismTable {
    uint32_t count;    // levels
    uint32_t nparents;
    uint32_t *parents; // model variables
    uint32_t *sizes;   // their levels
    size_t rows;
    uint32_t *sure;    // the level of each row, when all are certain, else NULL
    double *edges;     // per row count - 1: the cdf, infinite from the last possible level on
    double *logs;      // per row count: log probabilities
} MechanismTable;

// A kernel, or the number that it always is.
typedef struct MechanismKernel {
    Kernel *kernel; // NULL when constant
    double constant;
} MechanismKernel;

typedef VEC(MechanismKernel) MechanismKernels;

typedef enum MechanismNodeKind {
    NODE_FAMILY, // kernels: the parameters
    NODE_TRUNCATED, // kernels: the parameters, then the ends
    NODE_EMPIRICAL, // each of the numbers of `term` equally likely
    NODE_CHOICE, // one kernel: the number of the part
    NODE_MIX,    // kernels: the weights of the parts
} MechanismNodeKind;

// A part of a law; parts come before what chooses between them.
typedef struct MechanismNode {
    MechanismNodeKind kind;
    const DistFamily *family;
    Term *term; // of EMPIRICAL, kept
    MechanismKernels kernels;
    VEC(uint32_t) parts; // nodes
} MechanismNode;

typedef enum MechanismKind {
    MECHANISM_TABLE, // finite, with finite causes
    MECHANISM_VALUE, // a function: one kernel
    MECHANISM_LEVELS, // finite: one kernel for the probability of each level
    MECHANISM_LAW,    // nodes, the last is the law itself
} MechanismKind;

struct Mechanism {
    MechanismKind kind;
    Domain *domain; // of the variable, kept
    MechanismTable table;
    MechanismKernels kernels; // of VALUE and LEVELS
    VEC(MechanismNode) nodes; // of LAW
    double *worth; // of a finite variable: by level, what a kernel or a draw shows of it
    VEC(uint32_t) reads;
};

// The doubles that `run` needs before the kernel's own work.
size_t mechanism_kernel_work(const MechanismKernel *k, size_t lanes);

// Fills out[0..lanes-1].
void mechanism_kernel_run(const MechanismKernel *k, size_t lanes, const void *const *values,
                          double *out, double *work);

// mechanism_truncated.c: draws and log masses of the two kinds of nodes that go lane by lane.
// `params` holds a block of lanes for each kernel.
void mechanism_truncated_draw(const MechanismNode *n, Stream *s, size_t lanes,
                              const double *params, double *out);
void mechanism_truncated_mass(const MechanismNode *n, size_t lanes, const double *params,
                              const double *given, double *out);
void mechanism_empirical_draw(const MechanismNode *n, Stream *s, size_t lanes, double *out);
void mechanism_empirical_mass(const MechanismNode *n, size_t lanes, const double *given,
                              double *out);

// mechanism_build.c: the nodes of a law.
Status mechanism_build_law(Mechanism *m, const Model *model, const Term *term, Faults *faults);
Status mechanism_build_kernel(const Model *model, const Term *term, MechanismKernels *list,
                              Faults *faults);

// Numbers that a kernel or a draw shows to levels; returns how many are no level, as mechanism_draw.
size_t mechanism_to_levels(const Mechanism *m, size_t lanes, const double *x, uint32_t *out,
                           uint8_t *missing);

// The row of every lane in a table.
void mechanism_rows(const MechanismTable *t, size_t lanes, const void *const *values,
                    uint32_t *rows);

#endif
