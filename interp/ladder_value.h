// Ladder value: seeing, doing and imagining side by side, the answer of `ladder Y, X`.
#ifndef RUNG_INTERP_LADDER_VALUE_H
#define RUNG_INTERP_LADDER_VALUE_H

#include "interp/render.h"
#include "interp/value.h"

enum { LADDER_SEEING, LADDER_DOING, LADDER_IMAGINING, LADDER_COLUMNS };

// Row r stands for the level keys[r * nkeys] of X and, when nkeys is 2, for keys[r * 2 + 1] of Y;
// its answers are cells[r * 3 ..]. Without keys there is one row, of what can be told without
// numbers. A question without an answer has the cell NOTHING, and says why. All is owned.
typedef struct LadderObject {
    Object head;
    Sym y, x;
    char *questions[LADDER_COLUMNS]; // "P(Y | X = x)"
    char *why[LADDER_COLUMNS];       // or NULL
    uint32_t nkeys;
    size_t rows;
    char **keys;
    Value *cells;
    char *because; // one sentence on why the columns differ; NULL: nothing can be said
} LadderObject;

static inline LadderObject *ladder_value_of(Value v) { return (LadderObject *)v.object; }

// A ladder with room for its rows, everything else empty. False: no memory.
bool ladder_value(uint32_t nkeys, size_t rows, Value *out);
void ladder_value_clear(LadderObject *l); // drops what it holds

bool ladder_value_equal(const LadderObject *a, const LadderObject *b);

void ladder_value_render(const LadderObject *l, const RenderStyle *style, Str *out);
void ladder_value_json(const LadderObject *l, Str *out);

#endif
