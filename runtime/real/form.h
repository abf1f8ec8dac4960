// Form: what a quantity is as a function of independent noises: a sum of products
//
//     coef * line * line * ... * exp(line) * [node in set] * ...
//
// where a line is c + a * node of a Gaussian (gaussian.h) and a set is a union of intervals. An
// affine quantity is one line, a polynomial a few products of lines, an event a sum of products
// of indicators. Forms live in an arena and are never changed once made.
#ifndef RUNG_REAL_FORM_H
#define RUNG_REAL_FORM_H

#include "runtime/model/term.h"
#include "runtime/real/gaussian.h"
#include "runtime/real/interval.h"

// c + a * node; a constant has node GAUSSIAN_NONE and a = 0.
typedef struct FormLine {
    double c, a;
    uint32_t node;
} FormLine;

// That a node lies in a set.
typedef struct FormRegion {
    uint32_t node;
    IntervalSet set;
} FormRegion;

typedef struct FormTerm {
    struct FormTerm *next;
    double coef;
    FormLine power; // exp(power) is a factor; 0 when there is none
    uint32_t nlines, nregions;
    const FormLine *lines;     // none of them constant
    const FormRegion *regions; // in order of their nodes, no node twice
} FormTerm;

typedef struct Form {
    FormTerm *first; // NULL: the number 0
    uint32_t count;
} Form;

// What forms are made with. A form of more than FORM_TERMS products, or with a product of more
// than FORM_LINES lines, is not made: the result is NULL and `wide` is set. NULL without `wide`
// means that memory is exhausted.
enum { FORM_TERMS = 4096, FORM_LINES = 10 };

typedef struct FormMaker {
    Arena *arena;
    Gaussian *g;
    bool wide;
} FormMaker;

const Form *form_line(FormMaker *m, FormLine line);
const Form *form_number(FormMaker *m, double value);

// a + k * b, a * b, exp(line), [node in set]. NULL operands make the result NULL.
const Form *form_add(FormMaker *m, const Form *a, double k, const Form *b);
const Form *form_mul(FormMaker *m, const Form *a, const Form *b);
const Form *form_exp(FormMaker *m, FormLine line);
const Form *form_region(FormMaker *m, FormRegion region);

// 1 - a of an event.
const Form *form_not(FormMaker *m, const Form *a);

// The event that `a` stands in the relation `op` (LT, LE, GT, GE, EQ, NE) to 0. *can is false,
// and the result NULL, when that is not an event about one node: `a` is to be a line, a quadratic
// of one node, or a number plus a multiple of an exponential.
const Form *form_compare(FormMaker *m, TermOp op, const Form *a, bool *can);

// Whether a form is a number; a line (or a number); coef * exp(power) and nothing more.
bool form_is_number(const Form *f, double *value);
bool form_is_line(const Form *f, FormLine *line);
bool form_is_power(const Form *f, double *coef, FormLine *power);

static inline FormLine form_constant(double c) {
    return (FormLine){c, 0, GAUSSIAN_NONE};
}

static inline bool form_line_constant(FormLine l) {
    return l.node == GAUSSIAN_NONE;
}

// a + k * b of lines. NOMEM.
Status form_line_add(Gaussian *g, FormLine a, double k, FormLine b, FormLine *out);

#endif
