// Worlds gumbel: versions of a variable after gumbel_max in several worlds. Internal to the
// planner.
//
// Two versions that share their Gumbel noise have a joint law in closed form (gumbel.h), whatever
// their causes: the second gets the first as one more cause, and a table of its law given the
// first. So do more versions of two levels, and of more levels as long as no three have
// different distributions. Otherwise, and where a cause has infinitely many values, the noise
// itself enters the network.
#ifndef RUNG_INFER_WORLDS_GUMBEL_H
#define RUNG_INFER_WORLDS_GUMBEL_H

#include "runtime/infer/worlds_net.h"
#include "runtime/model/model_copies.h"

// A variable of the factual model whose noise must be made explicit, or MODEL_NONE, in *var.
Status worlds_gumbel_explicit(const WorldNet *net, uint32_t *var);

// Whether a node is a needed version of a variable after gumbel_max, and not the first.
bool worlds_gumbel_later(const WorldNet *net, uint32_t node);

// Gives the copy for such a node its causes, in `arena`, and its table, which is the caller's to
// drop.
Status worlds_gumbel_copy(const WorldNet *net, uint32_t node, Arena *arena, ModelCopy *copy);

#endif
