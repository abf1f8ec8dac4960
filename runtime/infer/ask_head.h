// Heads: what P, E, H, argmax ... compute from a scene. Internal to the planner.
//
// Heads of numbers write one number per combination of the scene's event axes and free
// conditions (s->free, then s->given, last fastest) to `out`; rows of probability zero are NaN.
// When the conditions as a whole have weight zero they set s->impossible.
#ifndef RUNG_INFER_ASK_HEAD_H
#define RUNG_INFER_ASK_HEAD_H

#include "runtime/infer/ask_scene.h"

// The number of combinations of the free conditions; and the conclusion from their weights,
// that the conditions are impossible when none has any, and that rows are faint when one has
// next to none.
#define ASK_FAINT 0x1p-160 // of the greatest weight; what is lost to underflow is less yet
size_t ask_rows(const AskScene *s);
void ask_note_rows(AskScene *s, const double *total, size_t rows);

// P and logP.
Status ask_p(AskScene *s, double *out);

// E Var Sd Cov Cor. Sums are split: a mean needs no joint, a covariance only pairs.
Status ask_moment(AskScene *s, double *out);

// E of a term: its sums are split, and the means of many variables taken in one pass.
Status ask_mean(AskScene *s, const Term *t, double *out);
// Adds coef * E[t], not split.
Status ask_mean_add(AskScene *s, const Term *t, double coef, double *out);

// Cov of quantities i and j.
Status ask_covariance(AskScene *s, size_t i, size_t j, double *out);

// slope: the coefficient of quantity 1 in the best linear predictor of quantity 0 from all the
// others; NaN where those are collinear.
Status ask_slope(AskScene *s, double *out);

// Quantile: the smallest value whose cumulative probability reaches q (within 1e-12).
Status ask_quantile(AskScene *s, double *out);

// H and I, in bits.
Status ask_info(AskScene *s, double *out);
// Of weights p over (z, v, w), w fastest, which are normalised in place: I(v; w | z), or
// H(v | z) when not `mutual`; NaN when all are 0. `room` is for nv + nw numbers.
double ask_info_bits(double *p, size_t nz, size_t nv, size_t nw, double *room, bool mutual);

// argmax and marginals write the answer themselves. `original` is the model before surgery,
// whose variables marginals lists; those named in `set` (nset) were set and are left out.
Status ask_argmax(AskScene *s, Answer *out);
Status ask_marginals(AskScene *s, const Model *original, const Sym *set, uint32_t nset,
                     Answer *out);

// Reports the smallest impossible part of the conditions (a deletion filter over them); returns
// FAULT.
Status ask_impossible(AskScene *s);

// --- ask_linear.c ---------------------------------------------------------------------------

// A term as constant + sum of coefficient * atom. Terms are borrowed.
typedef struct AskPiece {
    double coef;
    const Term *atom;
} AskPiece;
typedef struct AskLinear {
    VEC(AskPiece) pieces;
    double constant;
} AskLinear;

Status ask_linear_split(const Term *t, AskLinear *out);
void ask_linear_free(AskLinear *l);

#endif
