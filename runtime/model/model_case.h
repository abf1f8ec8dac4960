// Model case: are the rows of a case complete, and does each have a use?
#ifndef RUNG_MODEL_MODEL_CASE_H
#define RUNG_MODEL_MODEL_CASE_H

#include "runtime/model/model.h"

// Checks every case inside a term over variables of `m`: a combination of levels that no row
// matches, and a row that can never match because the rows above it take everything, are faults
// that name it. `what` is where the case stands ("the mechanism of Y").
//
// Found by going through the combinations of the levels of the variables that are looked at;
// when there are more than CPT_CELLS, or a variable is not finite, the case is not checked. A
// row that is a pattern over variables costs only the combinations that it takes.
Status model_case_check(const Model *m, const Term *term, const char *what, const Ctl *ctl,
                        Faults *faults);

// Appends a combination: "Size = large, Treatment = B". `cell` counts the combinations, the
// last variable fastest.
void model_case_add(const Model *m, const uint32_t *vars, uint32_t nvars, size_t cell,
                    Str *out);

#endif
