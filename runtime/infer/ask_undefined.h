// Undefined: why an answer is no number. Internal to the planner.
#ifndef RUNG_INFER_ASK_UNDEFINED_H
#define RUNG_INFER_ASK_UNDEFINED_H

#include "runtime/infer/ask_scene.h"

// Explains an answer that came out as NaN, or a moment that came out as infinite, and makes it
// UNDEFINED; `out->why` says what has no value, and where, as far as that is found: "1/C has no
// value where C = 0". An expression is to blame only where it is read with a probability above 0,
// which is asked as the question was; the innermost such is named. What is infinite for certain,
// as log(X) where X is 0, leaves the moment infinite.
Status ask_undefined(const AskCall *call, const Model *m, const Question *q, Answer *out);

// Answers a question that was checked; where `call->inner`, without a reason why there is no
// number. (ask.c)
Status ask_run(AskCall *call, const Model *m, const Question *q, Answer *out);

// The first operation in a finite term, innermost first, that has no value for some values of
// the variables of the scene's model, whatever the branch it stands in: "1/C has no value where
// C = 0" is appended to `out`. When there is none, the first whose value is beyond all numbers:
// "exp(1000*C) is too large for a number"; nothing when there is none of these either.
Status ask_undefined_part(AskScene *s, const Term *t, Str *out);

#endif
