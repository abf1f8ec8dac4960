// Draw family: what the samplers of families share.
#ifndef RUNG_SAMPLE_DRAW_FAMILY_H
#define RUNG_SAMPLE_DRAW_FAMILY_H

#include <math.h>
#include <stdbool.h>

#include "runtime/sample/stream.h"

// Words that a sampler takes at a time.
#define DRAW_BLOCK 256

static inline bool draw_positive(double x) {
    return x > 0 && x < INFINITY;
}

static inline bool draw_finite(double x) {
    return fabs(x) < INFINITY;
}

// Fills at most DRAW_BLOCK lanes; parameter i of lane l is p[i][l].
typedef void DrawFill(Stream *s, const double *const *p, size_t n, double *out);

// draw_continuous.c
DrawFill draw_beta, draw_cauchy, draw_exponential, draw_gamma, draw_gumbel, draw_laplace,
    draw_logistic, draw_lognormal, draw_normal, draw_pareto, draw_student_t, draw_triangular,
    draw_uniform, draw_weibull;

// draw_discrete.c
DrawFill draw_bernoulli, draw_binomial, draw_geometric, draw_negative_binomial, draw_point,
    draw_poisson, draw_uniform_int;

// One standard exponential, one standard normal, one gamma of rate 1.
double draw_one_exponential(Stream *s);
double draw_one_normal(Stream *s);
double draw_one_gamma(Stream *s, double shape);
// The logarithm of one gamma of rate 1, finite even where the gamma is below every double.
double draw_one_log_gamma(Stream *s, double shape);
// One Poisson number; the mean is not negative, and one beyond doubles is its own draw.
double draw_one_poisson(Stream *s, double mean);

#endif
