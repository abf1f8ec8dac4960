// Draw: random numbers of every family, by blocks.
//
// All functions fill out[0..n-1] with independent draws and advance the stream by an amount
// that depends on its numbers, the parameters and n: the same calls in the same order give the
// same numbers on every machine (but for the last digit where libm differs). They allocate
// nothing and cannot fail.
#ifndef RUNG_SAMPLE_DRAW_H
#define RUNG_SAMPLE_DRAW_H

#include "runtime/model/dist.h"
#include "runtime/sample/stream.h"

enum { DRAW_MOST_PARAMS = 3 }; // of any family

// Uniform on (0, 1), neither end included; about 0.5 ns each.
void draw_uniforms(Stream *s, size_t n, double *out);

// Standard normal (ziggurat of 256 layers: Marsaglia & Tsang 2000, with separate bits for layer
// and place, Doornik 2005); about 2 ns each.
void draw_normals(Stream *s, size_t n, double *out);

// Exponential with mean 1 (ziggurat of 256 layers).
void draw_exponentials(Stream *s, size_t n, double *out);

// Draws of a family. Parameter i of lane l is params[i][l * strides[i]]: a stride of 0 for one
// that is the same in all lanes, 1 for one number per lane. A lane whose parameters are wrong
// (f->wrong) gives NaN. `out` must not overlap the parameters. Discrete values are whole
// numbers as doubles, a bool 0 or 1.
void draw_family(const DistFamily *f, Stream *s, const double *const *params,
                 const size_t *strides, size_t n, double *out);

// One draw.
double draw_one(const DistFamily *f, Stream *s, const double *params);

#endif
