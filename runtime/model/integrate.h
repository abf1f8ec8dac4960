// Integrate: one-dimensional integrals by GSL's adaptive quadrature.
#ifndef RUNG_MODEL_INTEGRATE_H
#define RUNG_MODEL_INTEGRATE_H

#include <stddef.h>

// The integral of f over (knots[0], knots[n-1]), piece by piece between neighbouring knots
// (equal neighbours are skipped), which stand where f has kinks, jumps or its mass; the outer
// two may be infinite. QAGS and its variants for infinite ranges (Piessens et al. 1983), so
// that f may have integrable singularities at the outer knots; where a piece spans powers of
// ten beside a finite outer knot, in the logarithm of the distance from it, and beyond the last
// finite knot in that of the distance from the middle one. *error estimates the absolute error;
// *value is NaN when f was or the integral does not converge.
void integrate_pieces(double (*f)(double x, void *user), void *user, const double *knots,
                      size_t n, double *value, double *error);

#endif
