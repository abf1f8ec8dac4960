// Law: a distribution over numbers without variables, ready to be computed with.
//
// A distribution term whose parameters are numbers, whose choices are decided, and whose values
// are numbers (DIST, MAP, MIX, IF, CASE, TRUNCATE, EMPIRICAL) is brought into a normal form: a
// list of parts with weights, each a family cut to an interval, or a table of numbers. Mixtures
// of mixtures become one list; a truncated mixture is a mixture of truncated parts. False and
// true are 0 and 1.
#ifndef RUNG_MODEL_LAW_H
#define RUNG_MODEL_LAW_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/rng.h"
#include "runtime/base/status.h"
#include "runtime/model/dist.h"
#include "runtime/model/math.h"
#include "runtime/model/term.h"

// Distinct numbers in ascending order, each with its probability, and that of at most it.
typedef struct LawTable {
    struct LawTable *next;
    size_t count;
    double *values, *probs, *sums;
} LawTable;

typedef struct LawPart {
    double weight;            // above 0; those of a form sum to 1
    const DistFamily *family; // NULL: a table
    double params[MATH_MAX_ARITY];
    const LawTable *table;
    size_t first, count; // its rows of the table
    double low, high;    // the values it is cut to, both included
    double under;        // what lies at or below this is cut off: low, or low - 1 over the integers
    bool cut;            // narrower than the family
    double kept;         // the probability of the interval before it was cut
    uint32_t leaf;
} LawPart;

typedef struct LawForm {
    LawPart *items;
    size_t count, room;
    LawTable *tables; // owned
} LawForm;

// The normal form of a term. When it is none, *why says so as half a sentence ("it depends on
// variables") and *out is empty; else *why is NULL. NOMEM is possible. Linear in the distinct
// subterms times the parts.
Status law_init(const Term *dist, LawForm *out, const char **why);
void law_free(LawForm *l);

// Every value has a probability (or none, but no density); every value has a density alone.
bool law_is_discrete(const LawForm *l);
bool law_is_continuous(const LawForm *l);

// Here and below, x counts as the value of a discrete part that it is one with (num_same).
//
// The probability of x where it has one, else the density at x; its logarithm, right also where
// the mass underflows.
double law_mass(const LawForm *l, double x);
double law_log_mass(const LawForm *l, double x);

// The probability of x alone, and the density of the continuous parts.
double law_atom(const LawForm *l, double x);
double law_density(const LawForm *l, double x);

// P(X <= x) and P(X > x), each accurate where it is small; just inside the end of a truncation
// to 1e-16 of the probability that was cut off.
double law_cdf(const LawForm *l, double x);
double law_survival(const LawForm *l, double x);

// The smallest x whose cdf reaches p, or whose survival has fallen to q: of a mixture by
// bracketed root finding, right to 1e-12 (of p). The bounds at 0 and 1.
double law_quantile(const LawForm *l, double p);
double law_upper_quantile(const LawForm *l, double q);

// The ends of the support, possibly infinite.
void law_bounds(const LawForm *l, double *low, double *high);

// One draw, by inversion.
double law_draw(const LawForm *l, Rng *rng);

// Mean and variance: NaN where there is none, infinite where it diverges. Closed forms where
// there are, else sums and quadrature to 1e-10 relative (of the standard deviation, for the
// mean); a value that quadrature does not reach is NaN, and *reached false.
Status law_moments(const LawForm *l, double *mean, double *variance, bool *reached);

// --- one part ---

bool law_part_discrete(const LawPart *part);
double law_part_mass(const LawPart *part, double x);
double law_part_cdf(const LawPart *part, double x);
double law_part_survival(const LawPart *part, double x);

// The quantile of p in (0, 1), q = 1 - p; the smaller of them is exact.
double law_part_quantile(const LawPart *part, double p, double q);

#endif
