// Scope: what of a model a question depends on, and its conditions in the few forms that the
// engines treat apart.
#ifndef RUNG_REAL_REAL_SCOPE_H
#define RUNG_REAL_REAL_SCOPE_H

#include "runtime/base/arena.h"
#include "runtime/base/bitset.h"
#include "runtime/base/vec.h"
#include "runtime/real/real.h"

typedef enum RealEvidenceKind {
    REAL_LEVEL,  // finite variable `var` has level `level`
    REAL_POINT,  // `term` equals `value`: `var`, a variable of infinitely many values (a whole
                 // number has a mass there, not a density), or, with var MODEL_NONE, a quantity
                 // that has a density
    REAL_EVENT,  // `term` holds: an inequality, or anything else
} RealEvidenceKind;

typedef struct RealEvidence {
    RealEvidenceKind kind;
    uint32_t var, level;
    double value;
    const Term *term; // borrowed: of EVENT the event, of POINT the quantity; else as written
    const Term *written; // the condition as the user wrote it, for messages
} RealEvidence;

// To be closed in any case. A parent of a variable in scope is in scope itself, or known. The
// weight of an outcome is the product of the mechanisms of the variables in scope (those that are
// known at their known values), of the other evidence, and of the question's weights.
typedef struct RealScope {
    Arena arena;
    VEC(Term *) owned;
    VEC(RealEvidence) evidence; // the conditions that matter, conjunctions taken apart
    VEC(RealEvidence) separated; // the others, and those that say the same again
    uint32_t *vars;  // the variables whose mechanisms the answer depends on, causes first
    uint32_t nvars;
    Word *in;        // by model variable: whether it is one of them
    Word *known;     // by model variable: LEVEL or POINT evidence of a variable alone,
    uint32_t *evidence_of; //   and its place in `evidence`, else UINT32_MAX
} RealScope;

// Finds what the question depends on: the variables that it mentions and their ancestors, less
// those that LEVEL and POINT evidence separates from what is asked (Bayes-ball, Shachter 1998;
// <-> is a latent common cause). Faults: a variable among them that has no mechanism, whose law
// matters (FAULT_ASK_OPEN); a model with factors (FAULT_ASK_REAL_FACTOR); one variable given two
// values (FAULT_ASK_IMPOSSIBLE). Linear in the size of the model.
Status real_scope_open(const RealQuestion *q, Faults *faults, RealScope *out);

// The same for the question whether what is given can happen at all: nothing is left out.
Status real_scope_open_given(const RealQuestion *q, Faults *faults, RealScope *out);
void real_scope_close(RealScope *s);

// Whether a variable has infinitely many values.
static inline bool real_infinite(const Model *m, uint32_t var) {
    return !domain_finite(m->vars[var]->domain);
}

#endif
