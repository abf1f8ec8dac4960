// Affine: what a term is when discrete variables have known levels and continuous ones are forms
// in independent noises (form.h): an abstract interpreter.
#ifndef RUNG_REAL_AFFINE_H
#define RUNG_REAL_AFFINE_H

#include "runtime/model/dist.h"
#include "runtime/model/model.h"
#include "runtime/real/form.h"

typedef enum AffineKind {
    AFFINE_BAD,   // no form; `what` says why and `at` is the term that is to blame
    AFFINE_LINE,  // a number or an affine quantity: `line`
    AFFINE_FORM,  // anything else that `form` can hold
    AFFINE_LEVEL, // level `level` of finite variable `var`
    AFFINE_NAME,  // a level by name
    AFFINE_DIST,  // a distribution of `family` with parameters `params`
} AffineKind;

typedef struct AffineValue {
    AffineKind kind;
    bool truth; // an event
    FormLine line;
    const Form *form;
    uint32_t var, level;
    Sym name;
    const DistFamily *family;
    const struct AffineValue *params;
    const Term *at;
    const char *what; // "is not linear", "has a condition ..."
} AffineValue;

// A term made ready to be run again and again: its distinct subterms, children first.
typedef struct AffineCode {
    uint32_t count;
    const Term **items;
    uint32_t *vars;  // the model variable of a VAR, else MODEL_NONE
    uint32_t *kids;  // positions of the children, item after item
} AffineCode;

// One mixture met on the way: which of its parts is taken in this run.
typedef struct AffineChoice {
    uint32_t parts, part;
} AffineChoice;

// Where terms are run.
typedef struct Affine {
    const Model *model;
    FormMaker make;
    AffineValue *vars; // of each model variable
    VEC(AffineValue) values;
    VEC(AffineChoice) choices; // a run takes them in order, and adds part 0 of a new one
    size_t choice;             // the next one
    double log_weight;         // of the parts taken
} Affine;

// Everything lives in `arena`, the terms are borrowed. Linear time. NOMEM.
Status affine_code(const Model *m, const Term *t, Arena *arena, AffineCode *out);

// The value of a term; what has no form is AFFINE_BAD, and spoils only what needs it. NOMEM.
Status affine_run(Affine *a, const AffineCode *code, AffineValue *out);

void affine_free(Affine *a);

AffineValue affine_number(double x);
AffineValue affine_line(FormLine line);

// A form as a value, as simple as it can be; one that is NULL is BAD (too wide) or NOMEM.
Status affine_form(const Affine *a, const Form *f, const Term *at, AffineValue *out);

// A value as a number; as a line; as a form. False, or NULL in *out, when it is none.
bool affine_is_number(const Affine *a, const AffineValue *v, double *x);
bool affine_is_line(const Affine *a, const AffineValue *v, FormLine *line);
Status affine_as_form(Affine *a, const AffineValue *v, const Form **out);

// The event x `op` y; sums, products and powers; functions of numbers; IF and CASE. `at` is the
// term that is being run, `args` the values of its children.
Status affine_compare(Affine *a, const Term *at, TermOp op, const AffineValue *x,
                      const AffineValue *y, AffineValue *out);
Status affine_arithmetic(Affine *a, const Term *at, TermOp op, const AffineValue *x,
                         const AffineValue *y, AffineValue *out);
Status affine_call(Affine *a, const Term *at, const AffineValue *args, AffineValue *out);
Status affine_cases(Affine *a, const Term *at, const AffineValue *args, AffineValue *out);

AffineValue affine_bad(const Term *at, const char *what);

#endif
