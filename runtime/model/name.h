// Name: how names and levels are written in Rung text.
#ifndef RUNG_MODEL_NAME_H
#define RUNG_MODEL_NAME_H

#include <stdbool.h>

#include "runtime/base/str.h"
#include "runtime/base/sym.h"

// Appends a variable's name: plain when it is an identifier or a member of a family ("X[2,1]"),
// else in backquotes. Reserved words need backquotes.
void name_add(Sym name, Str *out);

// Appends a name in backquotes, with the escapes that it needs there.
void name_add_quoted(const char *text, Str *out);

// Appends a text in double quotes, with the escapes that it needs there.
void name_add_text(const char *text, size_t len, Str *out);

// Appends a level's name: plain when it is an identifier, else as a string.
void name_add_level(Sym name, Str *out);

// Reads a whole number, decimal or negated number that takes up all of the name's text. What is
// too large for a number is a name, and so is what Rung text writes otherwise ("1.").
bool name_number(Sym name, double *value);

#endif
