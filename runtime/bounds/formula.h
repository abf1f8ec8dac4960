// Formula: an objective or a comparison of an assumption as a function of its questions.
#ifndef RUNG_BOUNDS_FORMULA_H
#define RUNG_BOUNDS_FORMULA_H

#include "runtime/base/arena.h"
#include "runtime/bounds/bounds.h"

#define FORMULA_NONE UINT32_MAX

// One distinct subterm; those inside of questions are left out.
typedef struct FormulaStep {
    const Term *term;
    const uint32_t *kids; // earlier steps
    uint32_t ask;         // of a question: its number, else FORMULA_NONE
    bool treated;         // only operators and functions of numbers, over questions and numbers
    bool constant;        // treated, without a question, and finite
    bool linear;          // a sum of questions with constant factors
    double value;         // of a constant; else written by formula_value
} FormulaStep;

// The last step is the term itself. Equal questions are one.
typedef struct Formula {
    FormulaStep *steps;
    uint32_t nsteps;
    const Term **asks;
    uint32_t nasks;
} Formula;

// Everything comes to lie in the arena, the term is borrowed. OK or NOMEM. Linear time, but for
// comparing the questions with each other.
Status formula_open(const Term *t, Arena *arena, Formula *out);

static inline const FormulaStep *formula_root(const Formula *f) {
    return &f->steps[f->nsteps - 1];
}

// The value of a child of the root, when the questions have these; NaN where it has none.
double formula_kid(const Formula *f, uint32_t kid, const double *values);

// A linear combination of two linear steps (the second may be FORMULA_NONE): plus - factor * minus.
// out[i] is the coefficient of question i.
Status formula_sum(const Formula *f, uint32_t plus, uint32_t minus, double factor, Arena *arena,
                   double *constant, double **out);

#endif
