// Model_carry: which assumptions stay true of what an intervention makes of a model.
#ifndef RUNG_MODEL_MODEL_CARRY_H
#define RUNG_MODEL_MODEL_CARRY_H

#include "runtime/model/model.h"

// Whether a sentence about m says the same of m after do(items): it mentions a variable that the
// intervention changes only in worlds that set what the intervention sets, whatever that was.
// (Doubtful cases, as inside of worlds that mention natural values, count as changed.) *keeps is
// written. OK or NOMEM. O(n + m) for each item, then linear in the sentence.
Status model_carry(const Model *m, const Assign *items, uint32_t n, const Term *sentence,
                   bool *keeps);

#endif
