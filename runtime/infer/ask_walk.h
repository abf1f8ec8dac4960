// Walk: counts through the joint values of some variables and keeps the positions in several
// tables over parts of them. Internal to the planner.
#ifndef RUNG_INFER_ASK_WALK_H
#define RUNG_INFER_ASK_WALK_H

#include "runtime/infer/ask_scene.h"

// Last variable fastest. `index[t]` is the position in tracked table t.
typedef struct AskWalk {
    uint32_t nvars, ntables;
    uint32_t *vars, *cards, *level;
    size_t *index;
    size_t *strides; // of table t: strides[t * nvars ...]
} AskWalk;

// A walk over the distinct variables of several lists, in order of first mention, that tracks
// one table per list (its last variable fastest). Arrays live in the scene's arena.
typedef struct AskList {
    const uint32_t *vars;
    uint32_t nvars;
} AskList;
Status ask_walk_new(AskScene *s, const AskList *lists, uint32_t nlists, AskWalk *out);

// Back to the first combination; on to the next one (false after the last, and then it stands
// at the first again).
void ask_walk_reset(AskWalk *w);
bool ask_walk_next(AskWalk *w);

#endif
