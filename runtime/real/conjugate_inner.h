// Conjugate inner: the question as its parts share it. Internal to conjugate.
#ifndef RUNG_REAL_CONJUGATE_INNER_H
#define RUNG_REAL_CONJUGATE_INNER_H

#include "runtime/real/cells_cut.h"
#include "runtime/real/conjugate_likelihood.h"
#include "runtime/real/conjugate_states.h"
#include "runtime/real/real_scope.h"

typedef struct ConjugateRoot {
    uint32_t var;
    const Term *law; // a distribution of its family
    Fold prior;      // of `law`
    CellsNumbers cuts;
    double *low, *high, *inside; // between the cuts: the ends of each cell, and a value in it
    uint32_t ncells;
} ConjugateRoot;

// A variable to be gone through: one that has a table, or a mechanism.
typedef struct ConjugateStep {
    uint32_t var;
    bool fixed;            // its value is known
    LikelihoodValue value; // when fixed
    bool tabled;
    Fold fold;             // else
} ConjugateStep;

// An argument, a condition or a weight, written out.
typedef struct ConjugateTerm {
    const Term *term;
    Fold fold;
} ConjugateTerm;

// What is done with the arguments of a probability.
typedef enum ConjugateMode {
    CONJUGATE_PLAIN,
    CONJUGATE_JOINT, // whole numbers that they equate with variables are known, too
    CONJUGATE_REST,  // they only say which variables matter
} ConjugateMode;

typedef struct Conjugate {
    ConjugateMode mode;
    const RealCall *call;
    const RealQuestion *q;
    const Model *m;
    Arena arena;
    RealScope scope;
    ConjugateRoot *roots;
    RootKind *kinds;
    uint32_t nroots;
    uint32_t *root_of;  // by variable, or MODEL_NONE
    Term **written_out; // by variable: owned; a function of others, or a known number; or NULL
    uint32_t *levels;   // by variable, of finite ones: at the outcome at hand
    uint32_t *slot_of;  // by variable: its place in a state, or MODEL_NONE
    uint32_t *slots;    // the variables in a state
    uint32_t nslots;
    size_t *last;       // by slot: the last step that needs it; SIZE_MAX: the end
    VEC(ConjugateStep) steps;
    VEC(ConjugateTerm) args, events, weights;
    VEC(Term *) owned;
    States states;
    bool fits;          // false: the engine does not apply
} Conjugate;

// Says why the engine does not apply. Returns OK, or NOMEM.
Status conjugate_decline(Conjugate *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Whether an argument equates a variable of infinitely many whole numbers with a number.
bool conjugate_equates(const Conjugate *c);

// conjugate_read.c: sorts the question's variables and terms; may decline.
Status conjugate_read(Conjugate *c);

// conjugate_order.c: puts the steps in an order in which few variables are needed at a time.
Status conjugate_order(Conjugate *c);

// conjugate_run.c: fills `states`; may decline.
Status conjugate_run(Conjugate *c);

// The levels of a state, put where the folds read them.
void conjugate_load(Conjugate *c, size_t state);

// --- conjugate_moment.c ---------------------------------------------------------------------

typedef enum IntegrandKind {
    INTEGRAND_ONE,
    INTEGRAND_EVENTS,  // the product of all arguments
    INTEGRAND_PRODUCT, // (args[a] - shift[0]) * (args[b] - shift[1])
    INTEGRAND_MEAN,    // args[a]
} IntegrandKind;

typedef struct Integrand {
    IntegrandKind kind;
    uint32_t a, b;
    double shift[2];
    uint32_t root;        // cut off at `low` and `high`; MODEL_NONE: none is
    double low, high;
} Integrand;

// The weight of a state with everything that is known of it times the integral of the integrand,
// and that weight alone, both divided by exp(*log). Declines where the integrand is no
// polynomial.
Status conjugate_integrate(Conjugate *c, size_t state, const Integrand *g, double *log,
                           double *value, double *weight);

// The parameters of a root's posterior in a state, whose levels are loaded.
Status conjugate_posterior(Conjugate *c, size_t state, uint32_t root, double *params);

#endif
