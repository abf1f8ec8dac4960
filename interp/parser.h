// Parser: recursive descent for statements and items, a Pratt core for expressions.
#ifndef RUNG_INTERP_PARSER_H
#define RUNG_INTERP_PARSER_H

#include "interp/ast.h"
#include "interp/diag.h"

struct Ctl;

// Parses a whole text. Always fills `ast` (free it with ast_free) with what could be
// understood; what did not parse is a NODE_ERROR and was reported. Recovers at statement, item
// and row boundaries, so that several errors are reported in one run. `*incomplete` (may be
// NULL) is set when the only thing wrong is that the text ends too early (an open bracket,
// block or `if`, or a trailing operator; texts in quotes end on their line): the REPL then
// reads another line. False when memory ran out, or `ctl` (may be NULL) was cancelled.
bool parser_parse(const Sources *sources, uint32_t source, Interner *names, Ast *ast,
                  Diags *diags, const struct Ctl *ctl, bool *incomplete);

#endif
