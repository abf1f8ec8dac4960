// Case: one question of rung 1 or 2, put to every model that its interventions make. Internal
// to the planner.
#ifndef RUNG_INFER_ASK_CASE_H
#define RUNG_INFER_ASK_CASE_H

#include "runtime/infer/ask_scene.h"

// Answers `q`, which has no counterfactual variables, in `world` (NULL: the factual one), which
// is set after the question's own do. In a dry call only the first model is made, and checked.
Status ask_case(AskCall *call, const Model *m, const Question *q, const World *world,
                Answer *out);

#endif
