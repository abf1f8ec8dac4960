// Gaussian: linear combinations of independent noises, recorded as they are computed, and their
// joint law given linear equations between them.
//
// Each noise has mean 0 and variance 1. A node is a noise or a sum of two earlier nodes, so a
// model of n variables takes O(n) nodes and no table of n^2 covariances: what a quantity owes to
// each noise is found by one reverse sweep over the nodes (Griewank & Walther, "Evaluating
// Derivatives", 2008, chapter 3).
#ifndef RUNG_REAL_GAUSSIAN_H
#define RUNG_REAL_GAUSSIAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"
#include "runtime/base/vec.h"

#define GAUSSIAN_NONE UINT32_MAX

typedef struct GaussianNode {
    uint32_t kid[2]; // of a noise: GAUSSIAN_NONE and the number of the noise
    double coef[2];
} GaussianNode;

// What equations made of the law of the noises: the noises along `rows` orthonormal directions
// are known, those across stay as they were.
typedef struct Gaussian {
    VEC(GaussianNode) nodes;
    VEC(bool) normal;       // by noise: whether it is normal; others are known by two moments
    VEC(double) directions; // rows x noises
    VEC(double) along;      // by row: the known coordinate
    VEC(double) adjoint;    // of the sweep; zero between sweeps
    VEC(double) scratch;
    double log_density;     // of the equations that said something new
} Gaussian;

typedef enum GaussianSays {
    GAUSSIAN_NEW,        // the equation was conditioned on
    GAUSSIAN_KNOWN,      // it followed from the others
    GAUSSIAN_IMPOSSIBLE, // it contradicts the others
    GAUSSIAN_OTHER,      // it involves a noise that is not normal
} GaussianSays;

// Empties, keeping the memory. A zeroed Gaussian is empty.
void gaussian_clear(Gaussian *g);
void gaussian_free(Gaussian *g);

// A new noise; a * x + b * y of two nodes. NOMEM.
Status gaussian_noise(Gaussian *g, bool normal, uint32_t *node);
Status gaussian_sum(Gaussian *g, double a, uint32_t x, double b, uint32_t y, uint32_t *node);

static inline size_t gaussian_noises(const Gaussian *g) {
    return g->normal.count;
}

// Conditions on node = value, when all nodes are there; `terms` is how large the numbers were
// from which `value` was computed. What is left of a node after the equations before it counts as
// nothing below 1e-12 of its terms; a value that then differs by more than 1e-9 of the terms is
// impossible. The orthogonalisation is done twice, which keeps
// directions orthogonal to rounding (Giraud, Langou, Rozloznik & van den Eshof 2005).
// O(nodes + rows * noises).
Status gaussian_equation(Gaussian *g, uint32_t node, double value, double terms,
                         GaussianSays *says);

// The mean of a node given the equations; row[0..noises-1] receives what it owes to each noise,
// less the known directions, so that covariances are inner products of rows. *other: whether
// noises that are not normal are among them. Same time.
Status gaussian_row(Gaussian *g, uint32_t node, double *mean, double *row, bool *other);

#endif
