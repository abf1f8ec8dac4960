// Bracket: which bracket closes which, as far as a program that may be broken shows it.
#ifndef RUNG_INTERP_BRACKET_H
#define RUNG_INTERP_BRACKET_H

#include "interp/lexer.h"

// Sets `match` of every opening bracket among the tokens of `text`: the index of the bracket
// that closes it, 0 when it was left open. Only recovery and messages use it: the parser itself
// pairs brackets by its grammar. False when memory ran out. Linear time.
bool bracket_match(Tokens *tokens, const char *text);

#endif
