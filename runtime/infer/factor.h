// Factor: dense tables over discrete variables, and the one operation that all elimination is
// made of: multiply some and sum (or maximise) out.
//
// Within one problem the variables have a fixed order, and every factor lists its variables in
// it, so that any two tables run through their common variables alike.
#ifndef RUNG_INFER_FACTOR_H
#define RUNG_INFER_FACTOR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/crew.h"

// A non-negative function: the true entry i is values[i] * 2^exponent, or, in a wide factor,
// values[i] * 2^(exponent + exps[i]). Wide factors never underflow; they are for the rare
// questions where plain ones would. The last variable changes fastest.
typedef struct Factor {
    uint32_t nvars;
    uint32_t *vars;
    size_t size;
    double *values;
    int32_t *exps; // NULL: plain
    int64_t exponent;
    int low;       // every positive value is at least 2^low (plain factors, once normalised)
    size_t filled; // values that are not 0 (known once normalised; else 0)
    int noise;     // what underflow took from any value is below 2^noise; FACTOR_EXACT: nothing
} Factor;

#define FACTOR_EXACT INT_MIN

// What is done with the variables that an output lacks.
typedef enum FactorMode {
    FACTOR_SUM,
    FACTOR_MAX, // values are logarithms: products are sums, and the greatest is kept
} FactorMode;

// Memory that is used again from one call to the next. A zeroed one is empty. With a worker,
// whose memory is then used instead, others of its crew take part in passes over large cliques;
// results do not depend on that.
typedef struct FactorScratch {
    void *block;
    size_t room;
    CrewWorker *worker; // borrowed
} FactorScratch;

void factor_scratch_free(FactorScratch *scratch);

// Gives `f` a table for its variables, not initialised; NOMEM when it does not fit.
Status factor_allocate(Factor *f, const uint32_t *cards, bool wide);

// Frees the table (not the list of variables, which is borrowed).
void factor_free(Factor *f);

// Multiplies the `nin` inputs over the clique `vars` (which includes all their variables) and
// sums, or maximises, the product into each of the `nout` outputs, whose tables are
// overwritten; their exponent becomes the sum of the inputs'. The product itself is never
// stored: it is made and consumed block by block within the first-level cache. With `inputs`
// wide all must be, and outputs too; FACTOR_MAX takes plain ones. Time: cells of the clique
// times (nin + nout).
typedef struct FactorJob {
    const uint32_t *cards; // of every variable of the problem
    const uint32_t *vars;  // the clique, in the problem's order
    uint32_t nvars;
    const Factor *const *in;
    size_t nin;
    Factor *const *out;
    size_t nout;
    FactorMode mode;
    bool wide;
} FactorJob;

Status factor_combine(const FactorJob *job, FactorScratch *scratch, const Ctl *ctl);

// The most bytes that factor_combine takes for a while, beside its tables; found by going
// through its steps without a table, of which only the sizes are looked at. Each further worker
// of a crew may take as much again. NOMEM when memory is exhausted.
Status factor_room(const FactorJob *job, double *bytes);

// What is taken beside the tables counts from here on, in bytes: less is nothing to any limit.
#define FACTOR_FREE (128 << 10)

// A bound on that for any job with so many tables, that takes no time: `cells` are those of all
// its tables.
double factor_room_most(size_t tables, double cells);

// Scales by a power of two, which rounds nothing, so that the greatest value is in [2^-17, 1),
// sets `low`, and scales `noise` with it. A factor of zeros only gets exponent 0.
void factor_normalise(Factor *f);

// above / below, entry by entry over the same variables, 0 / 0 being 0; into `above`.
void factor_divide(Factor *above, const Factor *below);

// What underflow may take from a value that sums `cells` products of the inputs, in the same
// measure. The inputs are normalised, so that no other value makes an error larger.
int factor_noise(const Factor *const *in, size_t nin, double cells);

// True when a product of the inputs might have a positive entry too small for a double.
bool factor_may_underflow(const Factor *const *in, size_t nin);

#endif
