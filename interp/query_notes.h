// Query_notes: likely confusions about a question, said once (language design, section 6.2).
#ifndef RUNG_INTERP_QUERY_NOTES_H
#define RUNG_INTERP_QUERY_NOTES_H

#include "interp/source.h"
#include "runtime/infer/ask.h"

typedef struct Vm Vm;

// Notes a condition on a descendant of what the question's do sets. Linear in the edges.
void query_notes(Vm *vm, const Model *m, const Question *q, Span span);

#endif
