// Ask: a question put to a model with mechanisms, and its answer.
#ifndef RUNG_INFER_ASK_H
#define RUNG_INFER_ASK_H

#include "runtime/base/ctl.h"
#include "runtime/base/derivation.h"
#include "runtime/base/fault.h"
#include "runtime/infer/net.h"
#include "runtime/model/model.h"
#include "runtime/real/real.h"

typedef enum AskHead {
    ASK_P, ASK_LOGP, ASK_E, ASK_VAR, ASK_SD, ASK_COV, ASK_COR, ASK_QUANTILE, ASK_H, ASK_I,
    ASK_ARGMAX, ASK_MARGINALS, ASK_SLOPE,
} AskHead;

typedef enum CondKind {
    COND_EVENT,  // `term` is an event that was observed; or a bare variable, or FREE: one row
                 // per level (a bare bool is the event that it is true)
    COND_DO,     // `items[0..n-1]` are set
    COND_SOFT,   // the posterior of variable `term` (a VAR) becomes the distribution `value`
                 // (Jeffrey's rule)
    COND_FACTOR, // every world's weight is multiplied by `term`
} CondKind;

typedef struct Cond {
    CondKind kind;
    Term *term, *value;
    Assign *items;
    uint32_t n;
    uint32_t origin;
} Cond;

// A question. Terms and arrays are borrowed.
//   P, LOGP, ARGMAX: args are events; a bare variable of a domain other than bool, and FREE, are
//     free (one row per level). ARGMAX: the variables to assign. LOGP without args: ln of the
//     weight of the conditions, that of all worlds together when there are none; soft evidence
//     moves weight and adds none.
//   E, VAR, SD: one quantity. COV, COR: two. QUANTILE: a quantity and a probability.
//   H: variables or quantities. I: the first `nfirst` against the rest. MARGINALS: none.
//   SLOPE: the effect, the cause, and what else the linear predictor reads.
typedef struct Question {
    AskHead head;
    Term *const *args;
    uint32_t nargs, nfirst;
    const Cond *conds;
    uint32_t nconds;
    uint32_t origin;
} Question;

// The dimensions of an answer stand as the question is written: the free events, then conditions
// and interventions in the order of the text, then what a world leaves free. In do, an assignment
// of kind VALUE without a value is a bare variable: a bool is set to true, any other is free.
//
// One dimension of an answer: a free variable, or the policies for one.
typedef struct AnswerAxis {
    Sym name;         // the variable
    Domain *domain;   // its levels (a policy's own variable's domain)
    bool in_do, given; // freed in do(...), freed in a condition; else an event
    uint32_t count;
    char **labels;    // of policies ("if R1 then b else a"), else NULL
    Term *law;        // of MARGINALS: the distribution of a variable of infinitely many values,
                      // which has no cells (count 0); owned
} AnswerAxis;

typedef enum AnswerKind {
    ANSWER_NUMBER,
    ANSWER_TABLE,      // cells over the axes
    ANSWER_MARGINALS,  // one distribution per variable
    ANSWER_ASSIGNMENT, // argmax: a level per variable
    ANSWER_LAW,        // the distribution of a variable of infinitely many values
    ANSWER_UNDEFINED,  // evidence of probability zero, in a cell of a table (NaN), or here
} AnswerKind;

typedef struct Answer {
    AnswerKind kind;
    double value;            // NUMBER
    char *why;               // UNDEFINED: the reason, or NULL where none was found
    Term *law;               // LAW: a distribution without variables
    const char *method;      // "exact", "likelihood weighting", ...
    uint32_t rung;           // 1, 2 or 3
    AnswerAxis *axes;        // TABLE; MARGINALS and ASSIGNMENT: one per variable
    uint32_t naxes;
    double *cells;           // TABLE: last axis fastest; NaN is undefined. MARGINALS: the
    size_t ncells;           //   distributions one after the other
    uint32_t *levels;        // ASSIGNMENT
    double log_value;        // ASSIGNMENT: ln of its probability given the conditions
    // Of a sampled NUMBER, TABLE or LAW, else zero and NULL.
    bool sampled;
    bool unmet;              // a rare part that would weigh much may have been missed: the bound
                             // on what a draw can weigh does not exclude it
    bool alike;              // of a cell (RealAnswer.alike)
    double ess;              // the least effective number of draws of a cell
    uint64_t draws, seed;    // the most draws of a cell
    double *se;              // per cell, or one number: its standard error
    double *influence;       // REAL_BATCHES numbers for each of them (RealAnswer.influence)
} Answer;

void answer_free(Answer *a);

// Answers by surgery, pruning and an exact engine (`engine` NULL: the planner's choice). Faults:
// unknown names, impossible evidence (the smallest impossible part is named), a variable without
// mechanism that the question depends on, tables too large (with the predicted size), a question
// of rung 3 that the model's knowledge does not determine (worlds_net_check). Steps go into `d`
// when it is not NULL. A counterfactual term of one world, or a linear combination of such under
// E, is answered at rung 2; others by a network of parallel worlds (worlds.h).
Status ask(const Model *m, const Question *q, const Engine *engine, const Ctl *ctl, Derivation *d,
           Answer *out, Faults *faults);

// How a question is to be answered.
typedef struct AskMethod {
    const Engine *engine; // for what is finite; NULL: the planner's choice
    bool exact;           // fail rather than sample
    bool sample;          // sample, also where an exact answer is at hand
    bool bounds;          // for the callers of ask: bounds instead of an answer
    bool minibuckets;     // what is finite: by draws from mini-buckets
    uint32_t size;        //   of at most so many variables; 0: as many as the memory allows
    RealBudget budget;
} AskMethod;

// The same by a method (NULL: the planner's choice). What depends on variables of infinitely
// many values is answered by the engines of real.h, or sampled.
Status ask_by(const Model *m, const Question *q, const AskMethod *method, const Ctl *ctl,
              Derivation *d, Answer *out, Faults *faults);

// The checks of `ask` alone, without computing: names, levels, kinds, rung.
Status ask_check(const Model *m, const Question *q, Faults *faults);

#endif
