// Worlds tell: the steps of a counterfactual answer, in words. Internal to the planner.
#ifndef RUNG_INFER_WORLDS_TELL_H
#define RUNG_INFER_WORLDS_TELL_H

#include "runtime/base/derivation.h"
#include "runtime/infer/ask.h"
#include "runtime/infer/worlds_net.h"

// What the question's own do did to the model. A NULL derivation is allowed in both.
Status worlds_tell_do(const World *done, Derivation *d);

// Which worlds there are, what they share and what they have of their own; and abduction,
// action, prediction. `q` is the question as rewritten to the network.
Status worlds_tell(const WorldNet *net, const Question *q, Derivation *d);

#endif
