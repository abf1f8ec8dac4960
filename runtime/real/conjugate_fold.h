// Conjugate fold: a term as a polynomial in the roots, given the levels of all finite variables.
// Internal to conjugate.
#ifndef RUNG_REAL_CONJUGATE_FOLD_H
#define RUNG_REAL_CONJUGATE_FOLD_H

#include "runtime/base/arena.h"
#include "runtime/model/kernel.h"
#include "runtime/model/term_order.h"

// c times the product of the roots' powers.
typedef struct FoldTerm {
    double c;
    uint32_t *powers; // one a root
} FoldTerm;

// What a subterm is: the number that it has at the point at hand, and, where it is one, the
// polynomial in the roots.
typedef struct FoldValue {
    double number;
    bool constant; // `number` is its value wherever the roots are
    bool polynomial;
    uint32_t n;
    FoldTerm *terms; // no two with the same powers; none of a constant
} FoldValue;

typedef struct Fold {
    const Model *m;
    const uint32_t *root_of; // by variable: its number among the roots, or MODEL_NONE
    uint32_t nroots;
    TermOrder order;
    Kernel **kernels;        // of the largest subterms over finite variables; else NULL
    const void ***inputs;    // of each kernel
    double **work;
    bool *real;              // by subterm: whether it mentions a root
    FoldValue *values;       // by subterm, after conjugate_fold_run; of numbers only
} Fold;

// Reads a term over finite variables and roots; its distributions are left alone, but the
// numbers in them are read. *ok is false when it mentions another variable or cannot be
// compiled. `levels` is where the levels of the variables will stand, by variable. To be closed
// in any case.
Status conjugate_fold_open(const Model *m, const Term *t, const uint32_t *root_of,
                           uint32_t nroots, const uint32_t *levels, Fold *out, bool *ok);
void conjugate_fold_close(Fold *f);

// Computes `values`: roots at `point` where only a number is wanted, comparisons as they are
// there. Polynomials live in `scratch`.
Status conjugate_fold_run(Fold *f, const double *point, Arena *scratch);

// The value of the whole, and of a part that is a number.
const FoldValue *conjugate_fold_value(const Fold *f);
const FoldValue *conjugate_fold_part(const Fold *f, const Term *part);

// Arithmetic on polynomials. Status NOMEM.
Status conjugate_fold_add(uint32_t nroots, const FoldValue *a, const FoldValue *b, double sign,
                          Arena *scratch, FoldValue *out);
Status conjugate_fold_times(uint32_t nroots, const FoldValue *a, const FoldValue *b,
                            Arena *scratch, FoldValue *out);
FoldValue conjugate_fold_number(double x);

#endif
