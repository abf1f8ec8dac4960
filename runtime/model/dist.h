// Dist: the families of distributions, one constant each; the language's closed list.
#ifndef RUNG_MODEL_DIST_H
#define RUNG_MODEL_DIST_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/model/term.h"

enum { DIST_MOST_PARAMS = 3 }; // of a family

typedef struct DistParam {
    const char *name;     // "rate"
    bool named;           // must be written with its name: gamma(2, rate: 3)
    bool optional;        // may be left out; `missing` stands in
    double missing;
} DistParam;

// A family. Parameters are in the order of `params`, always all present in a TERM_DIST.
typedef struct DistHost DistHost;

struct DistFamily {
    const char *name; // "binomial"
    const char *doc;  // one sentence
    const DistParam *params;
    uint32_t nparams;
    bool finite; // its support is finite once its parameters are known
    DomainKind domain; // of its values, as far as the family alone tells: BOOL (bernoulli), INT,
                       // REAL, POSITIVE or UNIT

    // Why the parameters (constants) are wrong, as half a sentence ("n must be a whole number, at
    // least 0"), or NULL.
    const char *(*wrong)(const double *params);

    // The support of a discrete family: integers *low..*high (*high INT64_MAX when unbounded;
    // empty for the point of a fraction). NULL for a continuous family.
    void (*support)(const double *params, int64_t *low, int64_t *high);

    // Probability (discrete) or density (continuous) at x; NaN when the parameters are wrong.
    // Probabilities are right to 1e-13 relative where they exceed 1e-100.
    double (*mass)(const double *params, double x);

    // Its logarithm, also where the mass itself underflows; -infinity where it is 0.
    double (*log_mass)(const double *params, double x);

    // P(X <= x) and P(X > x), each with its own relative accuracy where it is small, and the
    // smallest x whose cdf reaches p (within 1e-12 relative, over the integers), or whose survival
    // has fallen to q; the ends of the support at 0 and 1. NaN when the parameters are wrong or
    // p is no probability. Constant time except the quantiles of families without a closed form
    // (some ten evaluations), and incomplete beta functions (special.h).
    double (*cdf)(const double *params, double x);
    double (*survival)(const double *params, double x);
    double (*quantile)(const double *params, double p);
    double (*upper_quantile)(const double *params, double q);

    // The ends of the support, possibly infinite, for right parameters.
    void (*bounds)(const double *params, double *low, double *high);

    // NaN where there is none, infinity where it diverges.
    double (*mean)(const double *params);
    double (*variance)(const double *params);

    // Of a family from outside the library; NULL of those of the library.
    const DistHost *host;
};

// A continuous family from outside: its own functions, in place of those above, which are NULL.
// Several threads may call them at once. NaN where something went wrong.
struct DistHost {
    double (*log_mass)(const DistFamily *f, const double *params, double x);
    // One draw; `unit` gives numbers that are uniform on (0, 1).
    double (*draw)(const DistFamily *f, const double *params, double (*unit)(void *stream),
                   void *stream);
    void (*bounds)(const DistFamily *f, const double *params, double *low, double *high);
};

// The functions of a family, whichever it is. Of one from outside they follow from its density by
// quadrature and bisection (dist_host.c): to 1e-8, or NaN where the density does not integrate
// to 1 within 1e-6; each some thousand evaluations.
const char *dist_wrong(const DistFamily *f, const double *params);
double dist_mass(const DistFamily *f, const double *params, double x);
double dist_log_mass(const DistFamily *f, const double *params, double x);
double dist_cdf(const DistFamily *f, const double *params, double x);
double dist_survival(const DistFamily *f, const double *params, double x);
double dist_quantile(const DistFamily *f, const double *params, double p);
double dist_upper_quantile(const DistFamily *f, const double *params, double q);
void dist_bounds(const DistFamily *f, const double *params, double *low, double *high);
double dist_mean(const DistFamily *f, const double *params);
double dist_variance(const DistFamily *f, const double *params);

// What the density of a family from outside integrates to; NaN: it was NaN, or does not converge.
double dist_host_total(const DistFamily *f, const double *params);

// In alphabetical order, ended by NULL. `uniform` is over an interval, `uniform_int` over the
// whole numbers of a range. Those whose parameters are lists (categorical, uniform over a set, mix) are
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

// The same for one level after the other: what does not depend on the level is done once, so that
// a map takes constant time for each level after the first. The arguments are borrowed.
typedef struct DistLevels DistLevels;

DistLevels *dist_levels_open(const Term *dist, const Domain *domain); // NULL: no memory
Status dist_levels_term(DistLevels *l, uint32_t level, Term **out, Faults *faults);
void dist_levels_close(DistLevels *l); // NULL allowed


// The domain that follows from a mechanism when none is written: from the support of its
// families and the keys of its maps (bool for bernoulli, 0..10 for binomial(10, p), the keys of
// {a: .2, b: .8} in order). New reference in *out, or NULL in *out when none follows.
Status dist_infer_domain(const Term *dist, Interner *names, Domain **out, Faults *faults);

#endif
