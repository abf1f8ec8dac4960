// Doc_answer: answers and diagnostics as HTML.
#ifndef RUNG_INTERP_DOC_ANSWER_H
#define RUNG_INTERP_DOC_ANSWER_H

#include "interp/interp.h"
#include "interp/render.h"

// Appends an answer: a table as a table (of its first 1000 rows), what is shown as a chart or a
// drawn graph, a derivation folded below its answer, anything else as it is printed.
void doc_answer_add(const InterpAnswer *a, const RenderStyle *style, Str *out);

// Appends what was printed by other means.
void doc_answer_text(const char *text, size_t len, Str *out);

// Appends a diagnostic as it is reported.
void doc_answer_diagnostic(const Diag *d, const Sources *all, Str *out);

#endif
