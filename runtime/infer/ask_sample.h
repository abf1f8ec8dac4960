// Ask sample: joint draws from a model, as columns.
#ifndef RUNG_INFER_ASK_SAMPLE_H
#define RUNG_INFER_ASK_SAMPLE_H

#include "runtime/infer/ask.h"

// Joint draws: values[i * n + r] is variable vars[i] of `model` in row r, a level's position
// where the variable has finitely many values.
typedef struct SampleRows {
    Model *model; // after the interventions; owned
    uint32_t *vars;
    uint32_t nvars;
    size_t n;
    double *values;
} SampleRows;

void ask_sample_free(SampleRows *rows);

// Draws n rows of the variables of `m` that are neither latent nor noise, given the conditions of
// `q` (its head and args are ignored), in the order of their declaration. The same seed gives the
// same rows. Faults: those of ask, of sample_rows; conditions in other worlds; n rows that do not
// fit the memory limit. With `dry` only checks, and leaves *out empty.
Status ask_sample(const Model *m, const Question *q, size_t n, const AskMethod *method, bool dry,
                  const Ctl *ctl, SampleRows *out, Faults *faults);

#endif
