// Moment: the expectation of a form (form.h) when its noises are what a Gaussian says of them.
#ifndef RUNG_REAL_MOMENT_H
#define RUNG_REAL_MOMENT_H

#include "runtime/real/form.h"

// value * exp(log): densities and tails may be far below what a double holds.
typedef struct Moment {
    double value, log;
} Moment;

static inline Moment moment_number(double x) {
    return (Moment){x, 0};
}

double moment_value(Moment m);
Moment moment_add(Moment a, Moment b);
Moment moment_mul(Moment a, Moment b);

// What each node used so far owes to the noises, given the equations of a Gaussian that stays as
// it is.
typedef struct Moments {
    Gaussian *g;
    Arena *arena;
    VEC(uint32_t) index; // by node: 1 + its row, or 0
    VEC(double) rows;
    VEC(double) means;
    VEC(bool) other; // noises that are not normal are among them
} Moments;

// Starts (zeroed before), or starts again with the memory at hand.
void moments_start(Moments *m, Gaussian *g, Arena *arena);
void moments_free(Moments *m);

// The mean and variance of a line, and whether it is normal. NOMEM.
Status moments_line(Moments *m, FormLine line, double *mean, double *variance, bool *normal);

// E of a form. Products of lines by the theorem of Isserlis (1918); an exponential by shifting
// the means by the covariances with it; one region by the normal distribution and Gauss-Legendre
// quadrature over its density; two dependent ones by adaptive quadrature over one of them, to
// 1e-12. *why, when not NULL afterwards, says that the answer is not exact ("depends on three
// events ..."), and *out is nothing. Two moments of noises that are not normal are enough for
// products of two lines.
Status moments_of(Moments *m, const Form *f, Moment *out, const char **why);

#endif
