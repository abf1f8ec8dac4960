// Model_text: a model written out as a Rung program.
#ifndef RUNG_INTERP_MODEL_TEXT_H
#define RUNG_INTERP_MODEL_TEXT_H

#include "runtime/base/str.h"
#include "runtime/model/model.h"

// Appends a program that declares the model: domains, mechanisms as they were written, or their
// tables row by row with every digit, edges that no mechanism implies, bidirected edges, factors.
// Reading it gives an equal model (but for labels' places and comments).
void model_text_rung(const Model *m, Str *out);

#endif
