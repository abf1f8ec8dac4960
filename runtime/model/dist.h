// Dist: the families of distributions, one constant each; the language's closed list.
#ifndef RUNG_MODEL_DIST_H
#define RUNG_MODEL_DIST_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/model/term.h"

typedef struct DistParam {
    const char *name;     // "rate"
    bool named;           // must be written with its name: gamma(2, rate: 3)
    bool optional;        // may be left out; `missing` stands in
    double missing;
} DistParam;

// A family. Parameters are in the order of `params`, always all present in a TERM_DIST.
struct DistFamily {
    const char *name; // "binomial"
    const char *doc;  // one sentence
    const DistParam *params;
    uint32_t nparams;
    bool finite; // its support is finite once its parameters are known

    // Why the parameters (constants) are wrong, as half a sentence ("n must be a whole number,
    // not 2.5"), or NULL.
    const char *(*wrong)(const double *params);

    // The support of a discrete family: integers *low..*high (*high INT64_MAX when unbounded).
    // NULL for a continuous family.
    void (*support)(const double *params, int64_t *low, int64_t *high);

    // Probability (discrete) or density (continuous) at x.
    double (*mass)(const double *params, double x);

    double (*mean)(const double *params);
    double (*variance)(const double *params);
};

// bernoulli binomial uniform_int ... (and, from a later issue, the continuous families); ended
// by NULL. The families whose parameters are lists (categorical, uniform over a set, mix) are
// terms MAP and MIX and are not in this list.
extern const DistFamily *const dist_list[];

const DistFamily *dist_find(const char *name);

// The probability that a distribution term gives to one value of a domain, as a scalar term over
// the same variables: the term is pushed through IF, CASE and MIX down to the families.
// `level` is a position in `domain`, which is finite. A bool domain accepts a plain number (the
// probability of true). New reference in *out; faults for a value outside the domain, a missing
// rest, an infinite family.
Status dist_level_term(const Term *dist, const Domain *domain, uint32_t level, Term **out,
                       Faults *faults);

// The domain that follows from a mechanism when none is written: from the support of its
// families and the keys of its maps (bool for bernoulli, 0..10 for binomial(10, p), the keys of
// {a: .2, b: .8} in order). New reference in *out, or NULL in *out when none follows.
Status dist_infer_domain(const Term *dist, Interner *names, Domain **out, Faults *faults);

#endif
