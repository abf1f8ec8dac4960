// Mixture: the marginals of many variables put together from those of cases, each by its
// weight.
#ifndef RUNG_INFER_MIXTURE_H
#define RUNG_INFER_MIXTURE_H

#include <stdint.h>

#include "runtime/base/status.h"

// To be started with its first three members set and all else zero.
typedef struct Mixture {
    uint32_t nvars;
    const uint32_t *cards;
    double *const *out; // of each variable, NULL where nobody asks: sums over cases of the
                        // marginals, each times its weight over e^most
    double most;        // ln of the greatest weight so far
    double total;       // of the weights, over e^most
    double *cells;      // of the marginals of a case, and where those of each variable begin
    double **at;
} Mixture;

// Where the marginals of the next case go, by variable. That of the first is `out`, so that a
// single case is its own mixture, bit for bit. NOMEM when memory is exhausted.
Status mixture_place(Mixture *m, double *const **place);

// Adds the case that was placed, unless its weight is zero.
void mixture_add(Mixture *m, double log_weight);

// Leaves the marginals of the mixture in `out` and returns ln of the weight of all cases, or
// -INFINITY when it is zero; `out` is then not touched.
double mixture_finish(Mixture *m);

void mixture_free(Mixture *m);

// What mixture_place allocates.
double mixture_bytes(const Mixture *m);

#endif
