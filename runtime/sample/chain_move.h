// Chain move: one update of a block of chains, each of which leaves the target as it is.
#ifndef RUNG_SAMPLE_CHAIN_MOVE_H
#define RUNG_SAMPLE_CHAIN_MOVE_H

#include "runtime/sample/chain_target.h"

// A block of chains with what its moves need. Everything lives in an arena.
typedef struct ChainBlock {
    const ChainTarget *t;
    ChainLanes lanes;
    Stream stream, checks; // of the chains, and of chain_missing
    uint32_t missing;      // what that found, or MODEL_NONE
    uint64_t evaluations; // of factors, in lanes: what a sweep costs
    // Of slice sampling, one number per lane:
    double *origin, *low, *high, *at, *level, *value, *uniform;
    uint32_t *steps_left;
    uint8_t *open;
    // Of moves along a line, by continuous variable and lane:
    double *base, *direction;
    // Sums of the logarithm of the last interval, and their count, by kind of line: the free
    // variables, then the directions. What later widths are made of.
    double *log_width, *width_count;
} ChainBlock;

Status chain_block_open(const ChainTarget *t, size_t lanes, Arena *arena, ChainBlock *out);

// The continuous free variables, in order; returns how many.
uint32_t chain_continuous(const ChainTarget *t, uint32_t *out);

// States of many chains, frozen: differences between them are directions in which the target is
// wide (as in differential evolution, ter Braak 2006, but from a fixed population, so that each
// chain on its own stays a Markov chain of the target).
typedef struct ChainCrowd {
    uint32_t *vars; // continuous free variables
    uint32_t nvars;
    size_t members;
    double *states; // member by member
} ChainCrowd;

// Slice sampling of free variable i (Neal 2003, "Slice sampling", figures 3 and 5): continuous,
// or a whole number, taken as the floor of a continuous one.
void chain_slice_variable(ChainBlock *b, uint32_t i, double width);

// Slice sampling along the difference of two members.
void chain_slice_crowd(ChainBlock *b, const ChainCrowd *crowd, double width);

// Draws free variable i, of finitely many values, from its conditional law (Geman & Geman
// 1984).
void chain_gibbs(ChainBlock *b, uint32_t i);

// Above so many levels, a finite variable is sliced.
enum { CHAIN_MOST_LEVELS = 32 };

#endif
