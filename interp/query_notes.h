// Query_notes: likely confusions about a question, said once (language design, section 6.2).
#ifndef RUNG_INTERP_QUERY_NOTES_H
#define RUNG_INTERP_QUERY_NOTES_H

#include "interp/source.h"
#include "runtime/infer/ask.h"

typedef struct Vm Vm;

// Notes a condition on a descendant of what the question's do sets. Linear in the edges.
void query_notes(Vm *vm, const Model *m, const Question *q, Span span);

// Notes that E[...] is the expectation where the model has a variable E, whose worlds are written
// `E`[...]; so for the other heads. `span` begins at the head.
void query_note_head(Vm *vm, const Model *m, Span span);

#endif
