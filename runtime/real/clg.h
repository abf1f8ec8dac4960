// Clg: a question about a conditional linear Gaussian model, as a sum over configurations of
// its discrete variables (Lauritzen & Jensen 2001; Koller & Friedman 2009, section 14.2).
//
// In one configuration of the discrete variables that the continuous ones depend on, every
// continuous variable is a form in independent noises (form.h). Observed variables are numbers,
// and what their mechanisms say is an equation between noises; events are indicators. Each
// configuration is run with the weight of its discrete variables and the density of its
// equations.
#ifndef RUNG_REAL_CLG_H
#define RUNG_REAL_CLG_H

#include "runtime/real/affine.h"
#include "runtime/real/clg_table.h"
#include "runtime/real/moment.h"
#include "runtime/real/real_scope.h"

// What a run does with a variable of the scope.
typedef enum ClgRole {
    CLG_OUTSIDE, // nothing
    CLG_KNOWN,   // finite, and observed
    CLG_SWITCH,  // finite: its level is part of the configuration
    CLG_SUMMED,  // finite: summed out beforehand
    CLG_SPREAD,  // finite, but its mean and variance are enough: a noise that is not normal
    CLG_REAL,    // of infinitely many values
} ClgRole;

// The mechanism of a variable in scope, ready to be run.
typedef struct ClgVar {
    uint32_t var;
    ClgRole role;
    bool coded;          // `code` is its term; of a switch with a kernel: one for each level
    AffineCode *code;
    double mean, sd;     // of SPREAD
} ClgVar;

// quantity = value.
typedef struct ClgEquation {
    FormLine line;
    double value;
} ClgEquation;

typedef struct Clg {
    const RealCall *call;
    const RealQuestion *q;
    const Model *model;
    RealScope scope;
    Arena plan;    // what lasts as long as the question
    Arena scratch; // what lasts as long as a configuration
    Faults faults; // of terms made on the way
    VEC(Term *) owned;
    ClgVar *vars;  // those of the scope, in its order
    uint32_t *place; // by model variable: its place in `vars`, or MODEL_NONE
    AffineCode *args, *evidence, *weights; // evidence: of what is not the value of a variable
    VEC(uint32_t) switches;
    ClgTable table; // weight of each combination of their levels
    Gaussian gaussian;
    Affine affine;
    Moments moments;
    VEC(ClgEquation) equations;
    // The configuration at hand:
    uint32_t *levels;    // of the switches
    Moment weight;       // the discrete part, and the densities of what is observed
    uint32_t densities;  // factors of the weight that are densities
    const Form *event;   // all that is given as an event, and weights; NULL: nothing
    const Form **forms;  // the args
    bool possible;
    bool applies;
} Clg;

// How a question is taken.
typedef enum ClgMode {
    CLG_PLAIN,
    CLG_MOMENTS, // independent discrete causes that enter linearly are summarised by two moments
    CLG_GIVEN,   // only whether what is given can happen
} ClgMode;

// Finds the roles and the table of weights, and makes the terms ready. clg->applies is
// false when the engine cannot answer (told to call->why). To be closed in any case.
Status clg_open(const RealCall *call, const RealQuestion *q, ClgMode mode, Clg *clg);
void clg_close(Clg *clg);

// Summarises what can be (for clg_open); the rest stay switches.
Status clg_spread(Clg *clg);

// Runs every configuration of positive weight; `visit` finds it in *clg. Stops when the engine
// turns out not to apply.
Status clg_each(Clg *clg, Status (*visit)(Clg *clg, void *user), void *user);

// The engine does not apply, because of a term, or for another reason.
Status clg_refuse(Clg *clg, const AffineValue *bad);
Status clg_refuse_why(Clg *clg, const char *why);

// Means of `n` forms, which `forms` makes for each configuration, given the event and the
// equations: means[i] of the i-th; *ratio, when not NULL, is the first as a scaled number.
// Faults: evidence that cannot happen.
typedef Status (*ClgForms)(Clg *clg, void *user, const Form **out);
Status clg_means(Clg *clg, uint32_t n, ClgForms forms, void *user, double *means, Moment *ratio);

// Quantile and law (clg_law.c).
Status clg_quantile(Clg *clg, RealAnswer *out);
Status clg_law(Clg *clg, RealAnswer *out);

// Covariances of the args, packed (i * (i + 1) / 2 + j for j <= i), when these are jointly normal
// given the conditions: all are linear in normal noises, in the one configuration of the discrete
// variables that there is. Else *applies is false. Faults: evidence that cannot happen.
Status clg_normal(const RealCall *call, const RealQuestion *q, bool *applies, double *out);

// Records the steps of an answer that was found.
Status clg_explain(Clg *clg, Derivation *d);

#endif
