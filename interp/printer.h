// Printer: a syntax tree back to text, in the one house style: `rung fmt`.
#ifndef RUNG_INTERP_PRINTER_H
#define RUNG_INTERP_PRINTER_H

#include "interp/ast.h"

// Appends the program: comments put back where they stood, blank lines kept (at most one), ASCII
// spellings, `==` written `=`. Printing the parse of what was printed gives the same text, and
// the same tree.
void printer_program(const Ast *ast, const SourceText *source, Str *out);

// Appends one expression on one line; also used wherever a message quotes an expression.
void printer_expression(const Node *node, Str *out);

#endif
