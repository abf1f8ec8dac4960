// Bounds: the range of what a question can come to, over all models that agree with what is
// known.
//
// A finite model is a law over response types: how each variable would respond to every setting
// of its causes, jointly within each district. What is known is linear in that law, and so is
// the probability of a counterfactual event; the range is found by linear programming (Balke &
// Pearl 1994; Sachs et al. 2022; Duarte et al. 2023), a conditional probability by a
// linear-fractional program (Charnes & Cooper 1962).
#ifndef RUNG_BOUNDS_BOUNDS_H
#define RUNG_BOUNDS_BOUNDS_H

#include "runtime/base/arena.h"
#include "runtime/base/ctl.h"
#include "runtime/base/derivation.h"
#include "runtime/infer/ask.h"
#include "runtime/model/model.h"

#define BOUNDS_NONE UINT32_MAX

// What was measured: the joint law of the variables of `law` that are in the graph and not
// latent there (others are summed out), after the settings in `set` had been made in the model
// asked about: none for an observational law, else constants (`X = 1`). Levels are matched by
// number or name, see domain_translate.
typedef struct BoundsSource {
    const Model *law;
    const Assign *set;
    uint32_t nset;
} BoundsSource;

// constant + the sum of coef * q over the parts. Questions have the head P or E, and conditions
// that are events or do(...); their terms may be of any world, nested ones included. A bare
// bool is the event that it is true; no variable may be free (FAULT_ASK_FREE).
typedef struct BoundsPart {
    double coef;
    const Question *q;
} BoundsPart;

typedef struct BoundsSum {
    double constant;
    const BoundsPart *parts;
    uint32_t nparts;
} BoundsSum;

typedef enum BoundsAssumeKind {
    BOUNDS_UNIT,     // `event` holds of every unit (has probability 1), such as
                     // Cured[Drug = 1] >= Cured[Drug = 0]
    BOUNDS_AT_LEAST, // `sum` >= 0
    BOUNDS_EQUAL,    // `sum` = 0
    BOUNDS_MARGIN,   // margin(values of `questions`) >= 0, where the function is affine, or
                     // all questions but one are identified and the set where it holds is an
                     // interval of that one: |logit(P(.)) - logit(P(.))| <= c is c - |.| >= 0
} BoundsAssumeKind;

typedef struct BoundsAssume {
    BoundsAssumeKind kind;
    const Term *event;         // UNIT
    BoundsSum sum;             // AT_LEAST, EQUAL
    const Question *questions; // MARGIN: as those of a sum
    uint32_t nquestions;
    // NaN where the function is not defined: there the assumption does not hold. It is called
    // with arguments between the bounds of the questions.
    double (*margin)(void *user, const double *values);
    void *user;
    uint32_t origin; // for messages
} BoundsAssume;

// Everything is borrowed. In `model`, each variable with a mechanism has that law given its
// causes (a structural one: is that function); the law of the others is what the sources say,
// or unknown. Domains that `model` leaves open are those of the sources. Latent variables
// without a mechanism, and <->, are unmeasured common causes of any kind.
typedef struct BoundsProblem {
    const Model *model;
    const BoundsSource *sources;
    uint32_t nsources;
    BoundsSum objective;
    const BoundsAssume *assumes;
    uint32_t nassumes;
    bool vertices; // also exhibit the laws that attain the bounds
} BoundsProblem;

typedef enum BoundsKind {
    BOUNDS_FOUND,
    BOUNDS_UNDEFINED, // a condition of the objective has probability zero in every model
    BOUNDS_REFUTED,   // no model agrees with what is known and assumed
    BOUNDS_TOO_LARGE, // more response types, or joint values, than can be listed
} BoundsKind;

// A response: what variable `var` is when its causes have the given levels. `causes` are the
// observed variables (or latent ones with a mechanism) that are its parents, or parents of
// latent causes of it.
typedef struct BoundsCell {
    uint32_t var;
    uint32_t ncauses;
    const uint32_t *causes, *levels;
} BoundsCell;

// A joint law of some responses: type t has levels[t * ncells + c] in cell c, and weight[t].
// Different blocks are independent of each other; so is every response that is in none.
typedef struct BoundsBlock {
    uint32_t ncells;
    BoundsCell *cells;
    size_t ntypes;
    uint32_t *levels;
    double *weight;
} BoundsBlock;

typedef struct BoundsVertex {
    BoundsBlock *blocks;
    uint32_t nblocks;
    Arena arena; // of all arrays
} BoundsVertex;

// Owned by the caller: bounds_free.
typedef struct BoundsAnswer {
    BoundsKind kind;
    double low, high; // FOUND, to about 1e-9; exactly equal when the question is identified
    bool low_sharp, high_sharp; // some model that agrees with everything attains it (or comes
                                // as near to it as one likes, where conditions may vanish)
    const char *why;  // why one is not sharp, a clause in static storage; else NULL
    uint32_t culprit; // REFUTED: the first assumption that contradicts what is before it;
                      // BOUNDS_NONE: the sources contradict the graph or each other
    double size;      // response types of the largest joint law; TOO_LARGE: would be needed
    BoundsVertex low_at, high_at; // when asked for and sharp, else empty
} BoundsAnswer;

// Finds the bounds. Faults: those of the terms; a form of question or condition that is not
// treated (FAULT_BOUNDS_FORM); a source that does not fit the graph (FAULT_IDENTIFY_SOURCE); an
// assumption that is not of the kinds above (FAULT_BOUNDS_ASSUME); a model with factors; a
// variable without finite domain that matters; linear programs that take longer, nominally, than
// the budget (FAULT_BOUNDS_SIZE). Steps go into `d` when it is not NULL. Time:
// that of linear programs with a column for each response type that can be told apart.
Status bounds_solve(const BoundsProblem *p, const Ctl *ctl, Derivation *d, BoundsAnswer *out,
                    Faults *faults);
void bounds_free(BoundsAnswer *answer);

#endif
