// Complete place: what is wanted where the cursor stands.
#ifndef RUNG_INTERP_COMPLETE_PLACE_H
#define RUNG_INTERP_COMPLETE_PLACE_H

#include "interp/lexer.h"

typedef enum PlaceKind {
    PLACE_NOTHING,   // in a comment, a text, a number, a block of Lua
    PLACE_FILE,      // after `import "`
    PLACE_STATEMENT, // at the start of a statement
    PLACE_CODE,      // where any expression may stand
    PLACE_LEVEL,     // a value of `name`
    PLACE_SET,       // a variable to set, in do( and Y[; `name` is the Y of a world, or NULL
    PLACE_EDGE,      // the effect of an edge that a do sets: do(name ->
    PLACE_ARROW,     // the next variable of X -> M ->
    PLACE_ARGUMENT,  // an argument of the function `name`
    PLACE_VALUE,     // the value of an argument given by name, of the function `name`
    PLACE_MODEL,     // after `under` and `use`
    PLACE_SOURCE,    // after `from`
    PLACE_METHOD,    // after `using`
    PLACE_OPTION,    // an option of the method `name`
    PLACE_DOMAIN,    // after `V :` in a model
} PlaceKind;

// A text up to the word at the cursor. Names live in an interner of its own: compare their texts.
typedef struct Place {
    PlaceKind kind;
    size_t start;      // where the word begins, in bytes; a quote belongs to it
    const Token *name; // see above
    const Token *under; // the model that `under`, before or after the cursor, names; or NULL
    Tokens before, after;
    uint32_t opener;   // the index in `before` of the innermost open bracket; before.count: none
    const char *text;  // borrowed
    Interner *names;
    Arena arena;
    Sources sources;
} Place;

// Looks at a text with the cursor at byte `cursor`. False: no memory. Free the place in any case.
// Linear time.
bool complete_place(const char *text, size_t len, size_t cursor, Place *out);
void complete_place_free(Place *p);

// The braces after `V :` where a model of the text itself declares V: the token that opens them,
// or NULL. `*is_bool` when it is declared a bool.
const Token *complete_place_levels(const Place *p, const char *name, bool *is_bool);

#endif
