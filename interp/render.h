// Render: values and answers as people and programs read them.
#ifndef RUNG_INTERP_RENDER_H
#define RUNG_INTERP_RENDER_H

#include "interp/value.h"
#include "runtime/base/derivation.h"

typedef struct RenderStyle {
    int digits;    // significant digits of numbers (4 unless set); 17 in JSON
    bool color;
    uint32_t width; // of the terminal, in columns; 0: 80
} RenderStyle;

// Appends the value as the REPL prints it, without a final newline: numbers with `digits`
// significant digits, tables aligned with a header, distributions with their levels.
void render_value(Value v, const RenderStyle *style, Str *out);

// Appends the value as one JSON object (language design, section 11), without a newline.
void render_json(Value v, Str *out);

// Appends a string as a JSON string literal, quotes included.
void render_json_string(const char *text, size_t len, Str *out);

// Appends the numbered steps of a derivation.
void render_derivation(const Derivation *d, const RenderStyle *style, Str *out);

// Appends the picture of a value: `show` (a bar chart of a distribution or table, a model's
// graph and mechanisms, else the value).
void render_show(Value v, const RenderStyle *style, Str *out);

#endif
