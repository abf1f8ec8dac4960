// Real: a question that depends on variables with infinitely many values, as its engines see it.
//
// Before a question comes here, surgery has been done, the variables of other worlds have become
// variables of the model (worlds.h), and every free variable of finitely many levels has been
// held at a level: what is left is of rung 1, and has one number, or one distribution, as its
// answer. Exact engines are tried in the order of real_engines; what none of them can answer is
// sampled, unless the method forbids it.
#ifndef RUNG_REAL_REAL_H
#define RUNG_REAL_REAL_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/ctl.h"
#include "runtime/base/derivation.h"
#include "runtime/base/fault.h"
#include "runtime/base/str.h"
#include "runtime/model/model.h"
#include "runtime/model/term.h"

typedef enum RealHead {
    REAL_P,        // the probability that all args hold
    REAL_LOGP,     // its natural logarithm
    REAL_E,        // of args[0]
    REAL_VAR,      // of args[0]
    REAL_SD,       // of args[0]
    REAL_COV,      // of args[0] and args[1]
    REAL_COR,      // of args[0] and args[1]
    REAL_QUANTILE, // of args[0] at `level`: the smallest value whose cdf reaches it
    REAL_SLOPE,    // of args[1], the first cause, in the best linear predictor of args[0] from
                   // args[1..]: Cov(y, x . w) / Var(x . w) with the others partialled out
    REAL_LAW,      // the distribution of args[0], a variable of infinitely many values
} RealHead;

// All borrowed. Terms are over variables of `model`, in the factual world; those of P and of
// `given` are events, `weights` non-negative numbers that multiply the weight of each outcome.
// An equation in `given` between something that has a density and a number is conditioned on by
// density (the limit of ever narrower intervals around it, in the measure of that quantity).
typedef struct RealQuestion {
    const Model *model;
    RealHead head;
    const Term *const *args;
    uint32_t nargs;
    double level;
    const Term *const *given;
    uint32_t ngiven;
    const Term *const *weights;
    uint32_t nweights;
    uint32_t origin;
} RealQuestion;

// How much is to be sampled. A zeroed one asks for the defaults.
typedef struct RealBudget {
    uint64_t draws;   // exactly so many; 0: until the standard error is below the tolerance
    uint64_t seed;    // of the random streams
    double tolerance; // of the standard error, relative to the spread of what is averaged (for a
                      // probability: absolute); 0: 1e-3
    unsigned threads; // 0: as many as the Ctl allows. The answer does not depend on it
} RealBudget;

// Batches into which the draws of a sampled answer fall. Answers from one seed share their
// draws, batch by batch, so that a function of them has its error from that of the batches.
#define REAL_BATCHES 128

typedef struct RealAnswer {
    double value;       // NaN: undefined
    Term *law;          // of LAW: a distribution without variables; owned
    const char *method; // "exact", "likelihood weighting", "slice sampling", ...
    // Of a sampled answer, else zero:
    bool sampled;
    double se;       // standard error of `value`
    bool alike;      // what is averaged had one value in all draws: rarer values, if there are
                     // any, were not met, and `se` does not count them
    double ess;      // effective number of draws
    uint64_t draws;  // made
    uint64_t seed;
    double *influence; // REAL_BATCHES numbers with mean 0, owned: by how much each batch, were it
                       // alone, would move the answer; se = sqrt(sum of squares / (B * (B-1)))
} RealAnswer;

void real_answer_free(RealAnswer *a);

// What an engine is given besides the question.
typedef struct RealCall {
    const RealBudget *budget;
    const Ctl *ctl;
    Derivation *d; // NULL when nobody listens
    Faults *faults;
    Str *why;      // an engine that does not apply appends one clause that says why ("Y is not
                   // linear in X"); may be NULL
} RealCall;

// One way to answer. An engine that cannot answer the question exactly leaves *applies false and
// returns OK: nothing is wrong, the next one is tried. Evidence of probability or density zero is
// a fault FAULT_ASK_IMPOSSIBLE. An engine that applies records its steps into call->d.
typedef struct RealEngine {
    const char *name; // "gaussian"
    const char *doc;
    Status (*answer)(const RealCall *call, const RealQuestion *q, bool *applies,
                     RealAnswer *out);
} RealEngine;

// The exact engines in the order in which they are tried, ended by NULL.
extern const RealEngine *const real_engines[];

// The law of one variable alone, of any family (root.c).
extern const RealEngine real_engine_root;

// Conditional linear Gaussian models (clg.h).
extern const RealEngine real_engine_gaussian;

// Beta and gamma laws of unknown numbers (conjugate.h).
extern const RealEngine real_engine_conjugate;

#endif
