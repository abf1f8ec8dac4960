// Minibucket table: tables of logarithms, and the few things done with them. Internal to
// minibucket.c.
#ifndef RUNG_INFER_MINIBUCKET_TABLE_H
#define RUNG_INFER_MINIBUCKET_TABLE_H

#include "runtime/infer/minibucket.h"

// A table over `vars` in the problem's order, the last fastest. What is 0 has the logarithm
// -INFINITY.
typedef struct MiniPiece {
    uint32_t nvars;
    const uint32_t *vars;
    double *values;
} MiniPiece;

// The logarithms of factor `i` of a problem, evidence sliced in; values owned.
Status minibucket_logs(const Problem *p, uint32_t i, MiniPiece *out);

// Adds factor * from to `to`, whose variables include those of `from` (a -INFINITY stays one).
Status minibucket_add(const uint32_t *cards, const MiniPiece *from, double factor,
                      const MiniPiece *to);

// ln of the sum of exp(from / w) over the variables that `to` lacks.
Status minibucket_marginal(const uint32_t *cards, const MiniPiece *from, double w,
                           const MiniPiece *to);

// Per row of `card` numbers: w ln of the sum of exp(psi / w); and the least number.
void minibucket_sum(const double *psi, size_t rows, uint32_t card, double w, double *out);
void minibucket_least(const double *psi, size_t rows, uint32_t card, double *out);

// Turns psi, which a bucket's tables hold, into what the bucket's variable is drawn by.
void minibucket_settle(uint32_t card, MiniBucket *bucket);

#endif
