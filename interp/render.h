// Render: values and answers as people and programs read them.
#ifndef RUNG_INTERP_RENDER_H
#define RUNG_INTERP_RENDER_H

#include "interp/value.h"
#include "runtime/base/derivation.h"

// Significant digits that are shown when nobody wishes otherwise.
#define RENDER_DIGITS 4

typedef struct RenderStyle {
    int digits;    // significant digits of numbers (4 unless set); 17 in JSON
    bool color;
    bool ascii;    // pictures of ASCII characters alone
    uint32_t width; // of the terminal, in columns; 0: 80
} RenderStyle;

// Appends a number for people: `digits` significant digits, but never fewer than its whole part
// needs, and as many more as it takes not to show a number that is not whole as one (0.99999).
void render_number(double x, int digits, Str *out);

// Columns that a UTF-8 text takes on a terminal.
size_t render_width(const char *text);

// Appends the name of an axis's level i (or its policy).
void render_axis_level(const AnswerAxis *axis, uint32_t i, Str *out);

// Appends the value as the REPL prints it, without a final newline: numbers by render_number,
// tables with a header and one row per combination, distributions with their levels.
void render_value(Value v, const RenderStyle *style, Str *out);

// Appends the value as one JSON object (language design, section 11), without a newline.
void render_json(Value v, Str *out);

// Appends a string as a JSON string literal, quotes included. A byte that is not UTF-8 becomes U+FFFD.
void render_json_string(const char *text, size_t len, Str *out);

// Appends the numbered steps of a derivation.
void render_derivation(const Derivation *d, const RenderStyle *style, Str *out);

// Appends a model's name and its graph, drawn, or as a list when it is too wide for the terminal.
void render_graph(const Model *m, const RenderStyle *style, Str *out);

// Appends the picture of a value: `show` (a bar chart of a distribution or table, a model's
// graph and mechanisms, else the value).
void render_show(Value v, const RenderStyle *style, Str *out);

#endif
