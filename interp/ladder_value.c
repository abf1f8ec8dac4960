// Ladder value: seeing, doing and imagining side by side.
#include "interp/ladder_value.h"

#include <string.h>

#include "interp/render_estimate.h"
#include "runtime/base/mem.h"

static const char *const names[] = {"seeing", "doing", "imagining"};

static size_t key_count(const LadderObject *l) {
    return l->rows * l->nkeys;
}

void ladder_value_clear(LadderObject *l) {
    for (int c = 0; c < LADDER_COLUMNS; c++) {
        mem_free(l->questions[c]);
        mem_free(l->why[c]);
    }
    for (size_t i = 0; l->keys && i < key_count(l); i++) mem_free(l->keys[i]);
    for (size_t i = 0; l->cells && i < l->rows * LADDER_COLUMNS; i++) value_drop(l->cells[i]);
    mem_free(l->keys);
    mem_free(l->cells);
    mem_free(l->because);
}

bool ladder_value(uint32_t nkeys, size_t rows, Value *out) {
    LadderObject *l = MEM_NEW(LadderObject, 1);
    if (!l) return false;
    l->head = (Object){1, VALUE_LADDER};
    l->nkeys = nkeys;
    l->rows = rows;
    l->keys = MEM_NEW(char *, key_count(l) + 1);
    l->cells = MEM_NEW(Value, rows * LADDER_COLUMNS);
    if (l->keys && l->cells) {
        *out = (Value){.tag = VALUE_LADDER, .object = &l->head};
        return true;
    }
    ladder_value_clear(l);
    mem_free(l);
    return false;
}

bool ladder_value_equal(const LadderObject *a, const LadderObject *b) {
    if (a->nkeys != b->nkeys || a->rows != b->rows || a->x != b->x || a->y != b->y) return false;
    for (size_t i = 0; i < key_count(a); i++)
        if (strcmp(a->keys[i], b->keys[i]) != 0) return false;
    for (size_t i = 0; i < a->rows * LADDER_COLUMNS; i++)
        if (!value_equal(a->cells[i], b->cells[i])) return false;
    return true;
}

// --- text -----------------------------------------------------------------------------------

static void add_cell(Value v, const RenderStyle *style, Str *out) {
    if (v.tag == VALUE_NOTHING) {
        str_add_char(out, '-');
    } else if (v.tag == VALUE_ESTIMATE) {
        render_estimate(value_answer_of(v)->value, value_answer_of(v)->se[0], style, out);
    } else if (v.tag == VALUE_BOUNDS) {
        BoundsObject sharp = *value_bounds_of(v);
        sharp.loose = NULL;
        render_value((Value){.tag = VALUE_BOUNDS, .object = &sharp.head}, style, out);
    } else {
        render_value(v, style, out);
    }
}

static void pad(const Str *cell, size_t width, Str *out) {
    str_add_n(out, str_text(cell), cell->len);
    size_t w = render_width(str_text(cell));
    if (w < width) str_fill(out, ' ', width - w);
}

// The text of column c in a row, the keys before the answers; row `rows` is the header.
static void cell_text(const LadderObject *l, size_t row, uint32_t c, const RenderStyle *style,
                      Str *out) {
    bool header = row == l->rows, key = c < l->nkeys;
    str_clear(out);
    if (header && key) str_add(out, c ? l->y->text : l->x->text);
    else if (header) str_add(out, names[c - l->nkeys]);
    else if (key) str_add(out, l->keys[row * l->nkeys + c]);
    else add_cell(l->cells[row * LADDER_COLUMNS + c - l->nkeys], style, out);
}

static size_t column_width(const LadderObject *l, uint32_t c, const RenderStyle *style, Str *cell,
                           Str *out) {
    size_t most = 0;
    for (size_t row = 0; row <= l->rows; row++) {
        cell_text(l, row, c, style, cell);
        size_t w = render_width(str_text(cell));
        if (w > most) most = w;
        out->failed |= cell->failed;
    }
    return most;
}

static void add_table(const LadderObject *l, const RenderStyle *style, Str *out) {
    uint32_t columns = l->nkeys + LADDER_COLUMNS;
    size_t width[2 + LADDER_COLUMNS];
    Str cell = {0};
    for (uint32_t c = 0; c < columns; c++) width[c] = column_width(l, c, style, &cell, out);
    for (size_t i = 0; i <= l->rows; i++) {
        size_t row = i ? i - 1 : l->rows;
        str_add_char(out, '\n');
        for (uint32_t c = 0; c < columns; c++) {
            cell_text(l, row, c, style, &cell);
            if (c) str_add(out, "  ");
            pad(&cell, c + 1 < columns ? width[c] : 0, out);
        }
    }
    out->failed |= cell.failed;
    str_free(&cell);
}

static void add_questions(const LadderObject *l, const RenderStyle *style, Str *out) {
    for (int c = 0; c < LADDER_COLUMNS; c++) {
        str_printf(out, "%s%-9s  %s", c ? "\n" : "", names[c], l->questions[c]);
        if (l->nkeys || l->cells[c].tag == VALUE_NOTHING) continue;
        str_add(out, "\n           ");
        add_cell(l->cells[c], style, out);
    }
}

// What a cell has no room for: how a column was sampled, why its bounds are not sharp.
static void add_remark(const LadderObject *l, int c, Str *out) {
    for (size_t row = 0; row < l->rows; row++) {
        Value v = l->cells[row * LADDER_COLUMNS + (size_t)c];
        const char *loose = v.tag == VALUE_BOUNDS ? value_bounds_of(v)->loose : NULL;
        if (loose) str_printf(out, "\n%s: not sharp: %s", names[c], loose);
        if (v.tag == VALUE_ESTIMATE) {
            str_printf(out, "\n%s: ", names[c]);
            render_sampling(v, out);
        }
        if (loose || v.tag == VALUE_ESTIMATE) return;
    }
}

// A sentence, its lines broken at spaces.
static void add_sentence(const char *text, size_t width, Str *out) {
    size_t column = 0;
    while (*text) {
        size_t n = strcspn(text, " ");
        Str word = {0};
        str_add_n(&word, text, n);
        size_t w = render_width(str_text(&word));
        bool breaks = column && column + 1 + w > width;
        str_add(out, breaks ? "\n" : column ? " " : "");
        str_add_n(out, text, n);
        out->failed |= word.failed;
        str_free(&word);
        column = breaks || !column ? w : column + 1 + w;
        text += n + strspn(text + n, " ");
    }
}

void ladder_value_render(const LadderObject *l, const RenderStyle *style, Str *out) {
    add_questions(l, style, out);
    if (l->nkeys) {
        str_add_char(out, '\n');
        add_table(l, style, out);
    }
    for (int c = 0; c < LADDER_COLUMNS; c++) {
        if (l->why[c]) str_printf(out, "\n%s: %s", names[c], l->why[c]);
        add_remark(l, c, out);
    }
    if (!l->because) return;
    str_add(out, "\n\n");
    add_sentence(l->because, style->width ? style->width : 80, out);
}

// --- JSON -----------------------------------------------------------------------------------

static void json_field(const char *name, const char *text, Str *out) {
    str_printf(out, "\"%s\":", name);
    if (text) render_json_string(text, strlen(text), out);
    else str_add(out, "null");
}

static void json_row(const LadderObject *l, size_t row, Str *out) {
    str_add_char(out, '{');
    for (uint32_t k = 0; k < l->nkeys; k++) {
        json_field(k ? "y" : "x", l->keys[row * l->nkeys + k], out);
        str_add_char(out, ',');
    }
    for (int c = 0; c < LADDER_COLUMNS; c++) {
        Value v = l->cells[row * LADDER_COLUMNS + (size_t)c];
        str_printf(out, "%s\"%s\":", c ? "," : "", names[c]);
        if (v.tag == VALUE_NOTHING) str_add(out, "null");
        else render_json(v, out);
    }
    str_add_char(out, '}');
}

void ladder_value_json(const LadderObject *l, Str *out) {
    str_add(out, "{\"kind\":\"ladder\",");
    json_field("effect", l->y->text, out);
    str_add_char(out, ',');
    json_field("cause", l->x->text, out);
    str_add(out, ",\"columns\":[");
    for (int c = 0; c < LADDER_COLUMNS; c++) {
        str_add(out, c ? ",{" : "{");
        json_field("name", names[c], out);
        str_add_char(out, ',');
        json_field("question", l->questions[c], out);
        str_add_char(out, ',');
        json_field("why", l->why[c], out);
        str_add_char(out, '}');
    }
    str_add(out, "],\"rows\":[");
    for (size_t row = 0; row < l->rows; row++) {
        if (row) str_add_char(out, ',');
        json_row(l, row, out);
    }
    str_add(out, "],");
    json_field("because", l->because, out);
    str_add_char(out, '}');
}
