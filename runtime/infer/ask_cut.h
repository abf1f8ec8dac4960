// Ask cut: a question in which variables of infinitely many values matter only by the side of
// some numbers that they are on, as a question about finite variables (cells.h). Internal to the
// planner.
#ifndef RUNG_INFER_ASK_CUT_H
#define RUNG_INFER_ASK_CUT_H

#include "runtime/infer/ask_scene.h"
#include "runtime/real/cells.h"

typedef struct AskCut {
    Cells cells;
    Question q; // about cells.model
    Term **args;
    Cond *conds;
} AskCut;

// Rewrites `q`, all of whose interventions are done in `m`; cells.model is NULL when nothing can
// be. To be freed in any case.
Status ask_cut(AskCall *call, const Model *m, const Question *q, AskCut *out);
void ask_cut_free(AskCut *c);

#endif
