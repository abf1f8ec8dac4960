// Svg_chart: bar charts of answers, as SVG.
#include "interp/svg_chart.h"

#include <math.h>
#include <string.h>

#include "interp/html.h"
#include "interp/render_estimate.h"
#include "interp/table.h"
#include "runtime/base/unicode.h"
#include "runtime/base/mem.h"

const char svg_chart_css[] =
    ".chart{--bar:#3d74b8;--ink:#1d2733;--dim:#5c6a78;--line:#d9dee4;"
    "font:13px/1 system-ui,-apple-system,\"Segoe UI\",Roboto,\"DejaVu Sans\",sans-serif;"
    "font-variant-numeric:tabular-nums;overflow:visible}\n"
    "@media (prefers-color-scheme:dark){.chart{--bar:#6ea3e0;--ink:#dde3ea;--dim:#97a4b2;"
    "--line:#39424d}}\n"
    "@media print{.chart{--bar:#3d74b8;--ink:#000;--dim:#444;--line:#ccc}}\n"
    ".chart text{fill:var(--ink)}\n"
    ".chart .head{font-weight:600}\n"
    ".chart .tick,.chart .none{fill:var(--dim);font-size:12px}\n"
    ".chart .none{font-style:italic}\n"
    ".chart .bar{fill:var(--bar)}\n"
    ".chart line{stroke:var(--line)}\n"
    ".chart .zero{stroke:var(--dim)}\n"
    ".chart .error{stroke:var(--ink);stroke-width:1.5}\n";

static const char alone_css[] =
    "svg{background:#fff}@media (prefers-color-scheme:dark){svg{background:#14181d}}\n";

enum {
    MOST_BARS = 400,
    LABEL_COLUMNS = 14, // that a label beside its bar may take; wider ones stand above
    LABEL_MOST = 44,    // columns that a label may take at all
    HEAD_HEIGHT = 28,
    BESIDE_HEIGHT = 24,
    ABOVE_HEIGHT = 40,
    BAR_HEIGHT = 14,
    AXIS_HEIGHT = 22,
};

// The share of the width, in percent, that a column of text takes where there is little of it:
// on 340 pixels.
#define COLUMN_SHARE 2.3

// A bar, or a line of text above others.
typedef struct Row {
    char *label, *value;
    double x, reach; // reach: half of the 95% interval
    bool head;
} Row;

typedef struct Chart {
    VEC(Row) rows;
    const RenderStyle *style;
    size_t bars, left_out;
    bool sampled, above;
    double low, high, step; // of the axis
    double left, right;     // where it begins and ends, in percent of the width
    Str *out;
} Chart;

bool svg_chart_has(Value v) {
    bool marginals = v.tag == VALUE_ANSWER && value_answer_of(v)->kind == ANSWER_MARGINALS;
    return marginals || table_is(v);
}

// --- rows -----------------------------------------------------------------------------------

static void add_row(Chart *c, Str *label, Str *value, Row row) {
    row.label = str_take(label);
    row.value = str_take(value);
    if (row.label && row.value && VEC_PUSH(&c->rows, row)) return;
    mem_free(row.label);
    mem_free(row.value);
    c->out->failed = true;
}

static void add_head(Chart *c, Str *label) {
    Str none = {0};
    add_row(c, label, &none, (Row){.head = true});
}

// The sign of an error, as people write it.
static void add_error(double x, double se, const RenderStyle *style, Str *out) {
    Str text = {0};
    render_estimate(x, se, style, &text);
    const char *sign = strstr(str_text(&text), "+-");
    if (sign) {
        str_add_n(out, text.text, (size_t)(sign - text.text));
        str_printf(out, "±%s", sign + 2);
    } else {
        str_add(out, str_text(&text));
    }
    out->failed |= text.failed;
    str_free(&text);
}

// False: there are too many.
static bool add_bar(Chart *c, const Answer *a, size_t cell, Str *label) {
    Str value = {0};
    double x = a->cells[cell], se = a->se ? a->se[cell] : 0;
    if (c->bars == MOST_BARS) {
        c->left_out++;
        str_clear(label);
        return false;
    }
    c->bars++;
    if (se > 0 && isfinite(se)) add_error(x, se, c->style, &value);
    else render_number(x, c->style->digits, &value), se = 0;
    c->sampled |= se > 0;
    add_row(c, label, &value, (Row){.x = x, .reach = se * ESTIMATE_REACH});
    return true;
}

static bool is_outer(const AnswerAxis *axis) {
    return axis->given || axis->in_do;
}

static size_t count_cells(const Answer *a, bool outer) {
    size_t n = 1;
    for (uint32_t i = 0; i < a->naxes; i++)
        if (is_outer(&a->axes[i]) == outer) n *= a->axes[i].count;
    return n;
}

// The part of a cell's number that the `at`-th combination of the outer or inner axes gives.
static size_t cell_part(const Answer *a, bool outer, size_t at) {
    size_t cell = 0, stride = 1;
    for (uint32_t i = a->naxes; i-- > 0; stride *= a->axes[i].count) {
        if (is_outer(&a->axes[i]) != outer) continue;
        cell += at % a->axes[i].count * stride;
        at /= a->axes[i].count;
    }
    return cell;
}

static uint32_t level_at(const Answer *a, uint32_t axis, size_t cell) {
    for (uint32_t i = a->naxes; --i > axis;) cell /= a->axes[i].count;
    return (uint32_t)(cell % a->axes[axis].count);
}

static void add_names(const Answer *a, bool outer, Str *out) {
    for (uint32_t i = 0, n = 0; i < a->naxes; i++) {
        if (is_outer(&a->axes[i]) != outer) continue;
        str_add(out, n++ ? ", " : "");
        str_printf(out, a->axes[i].in_do ? "do(%s)" : "%s", a->axes[i].name->text);
    }
}

static void add_levels(const Answer *a, bool outer, size_t cell, Str *out) {
    for (uint32_t i = 0, n = 0; i < a->naxes; i++) {
        if (is_outer(&a->axes[i]) != outer) continue;
        if (n++) str_add(out, ", ");
        render_axis_level(&a->axes[i], level_at(a, i, cell), out);
    }
}

// "Size | Z = 1, do(Treatment = A)"
static void head_of(const Answer *a, size_t cell, Str *out) {
    add_names(a, false, out);
    for (uint32_t i = 0, n = 0; i < a->naxes; i++) {
        if (!is_outer(&a->axes[i])) continue;
        str_printf(out, "%s%s%s = ", n++ ? ", " : " | ", a->axes[i].in_do ? "do(" : "",
                   a->axes[i].name->text);
        render_axis_level(&a->axes[i], level_at(a, i, cell), out);
        if (a->axes[i].in_do) str_add_char(out, ')');
    }
}

// The distributions one below the other, each under its conditions; or a bar for each
// condition.
static void add_table(Chart *c, const Answer *a) {
    size_t outer = count_cells(a, true), inner = count_cells(a, false);
    bool plain = outer == 1 || inner == 1;
    Str label = {0};
    if (plain) {
        add_names(a, outer > 1, &label);
        add_head(c, &label);
    }
    for (size_t i = 0; i < outer; i++) {
        size_t base = cell_part(a, true, i);
        if (!plain && c->bars < MOST_BARS) head_of(a, base, &label), add_head(c, &label);
        for (size_t j = 0; j < inner; j++) {
            size_t cell = base + cell_part(a, false, j);
            add_levels(a, inner == 1 && outer > 1, cell, &label);
            if (!add_bar(c, a, cell, &label)) {
                c->left_out = a->ncells - c->bars;
                str_free(&label);
                return;
            }
        }
    }
    str_free(&label);
}

static void add_law(Chart *c, const AnswerAxis *axis) {
    Str text = {0};
    str_printf(&text, "%s ~ ", axis->name->text);
    term_add_digits(axis->law, c->style->digits, &text);
    add_head(c, &text);
}

static void add_marginals(Chart *c, const Answer *a) {
    Str label = {0};
    size_t cell = 0;
    for (uint32_t i = 0; i < a->naxes; i++) {
        const AnswerAxis *axis = &a->axes[i];
        if (c->bars == MOST_BARS) c->left_out += axis->count;
        else if (axis->law) add_law(c, axis);
        else str_add(&label, axis->name->text), add_head(c, &label);
        for (uint32_t j = 0; c->bars < MOST_BARS && j < axis->count; j++) {
            render_axis_level(axis, j, &label);
            add_bar(c, a, cell + j, &label);
            if (c->bars == MOST_BARS) c->left_out = axis->count - j - 1;
        }
        cell += axis->count;
    }
    str_free(&label);
}

// --- the axis -------------------------------------------------------------------------------

// 1, 2, 2.5 or 5 times a power of ten, a quarter of the range or more.
static double round_step(double least) {
    double unit = pow(10, floor(log10(least)));
    double part = least / unit;
    return unit * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 2.5 ? 2.5 : part <= 5 ? 5 : 10);
}

static void set_range(Chart *c) {
    double low = 0, high = 0;
    for (size_t i = 0; i < c->rows.count; i++) {
        const Row *r = &c->rows.items[i];
        if (r->head || !isfinite(r->x)) continue;
        low = fmin(low, r->x - r->reach);
        high = fmax(high, r->x + r->reach);
    }
    if (!(high > low) || high / 4 - low / 4 < 1e-300) high = 1, low = 0;
    c->step = round_step(high / 4 - low / 4);
    c->low = floor(low / c->step + 1e-9) * c->step;
    c->high = ceil(high / c->step - 1e-9) * c->step;
    if (!isfinite(c->high - c->low)) c->low = low, c->high = high; // near the largest number
}

static void set_columns(Chart *c) {
    size_t label = 0, value = 0;
    for (size_t i = 0; i < c->rows.count; i++) {
        if (c->rows.items[i].head) continue;
        size_t l = render_width(c->rows.items[i].label);
        size_t v = render_width(c->rows.items[i].value);
        if (l > label) label = l;
        if (v > value) value = v;
    }
    c->above = label > LABEL_COLUMNS;
    c->left = c->above ? 0 : fmax((double)label, 3) * COLUMN_SHARE + 2;
    c->right = c->above ? 98 : 98 - fmin((double)value, 20) * COLUMN_SHARE;
}

static double place(const Chart *c, double x) {
    double part = (x / 2 - c->low / 2) / (c->high / 2 - c->low / 2);
    return c->left + fmax(0, fmin(1, part)) * (c->right - c->left);
}

// --- drawing --------------------------------------------------------------------------------

// A label, cut when it is long; the whole of it is then told when the mouse rests on it.
static void add_label(const char *text, Str *out) {
    size_t len = strlen(text), columns = 0, at = 0;
    if (render_width(text) <= LABEL_MOST) {
        html_add(text, out);
        return;
    }
    while (at < len && columns + 1 < LABEL_MOST) {
        uint32_t point;
        size_t n = unicode_decode(text + at, len - at, &point);
        columns += n ? (size_t)unicode_width(point) : 1;
        at += n ? n : 1;
    }
    str_add(out, "<title>");
    html_add(text, out);
    str_add(out, "</title>");
    html_add_n(text, at, out);
    str_add(out, "…");
}

static void add_text(const char *class, const char *anchor, double x, size_t y,
                     const char *text, Str *out) {
    str_printf(out, "<text class=\"%s\" text-anchor=\"%s\" x=\"%.2f%%\" y=\"%zu\">", class,
               anchor, x, y);
    add_label(text, out);
    str_add(out, "</text>\n");
}

static void add_line(const char *class, double x1, double x2, size_t y1, size_t y2, Str *out) {
    str_printf(out, "<line class=\"%s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%zu\" y2=\"%zu\"/>\n",
               class, x1, x2, y1, y2);
}

// The numbers below, or the lines that go up from them.
static void draw_axis(const Chart *c, bool lines, size_t top, size_t bottom) {
    Str text = {0};
    long n = lround((c->high - c->low) / c->step);
    for (long i = 0; i <= n && n < 20; i++) {
        double x = c->low + (double)i * c->step;
        if (fabs(x) < c->step / 2) x = 0;
        double at = place(c, x);
        str_clear(&text);
        render_number(x, 6, &text);
        bool first = c->above && i == 0, last = c->above && i == n;
        const char *anchor = first ? "start" : last ? "end" : "middle";
        if (lines) add_line(x == 0 ? "zero" : "grid", at, at, top, bottom, c->out);
        else add_text("tick", anchor, at, bottom + 14, str_text(&text), c->out);
    }
    str_free(&text);
}

static void draw_error(const Chart *c, const Row *r, size_t middle) {
    double from = place(c, r->x - r->reach), to = place(c, r->x + r->reach);
    add_line("error", from, to, middle, middle, c->out);
    add_line("error", from, from, middle - 4, middle + 4, c->out);
    add_line("error", to, to, middle - 4, middle + 4, c->out);
}

static void draw_bar(const Chart *c, const Row *r, size_t top) {
    size_t at = c->above ? top + 22 : top + 5;
    if (c->above) add_text("label", "start", 0, top + 16, r->label, c->out);
    else add_text("label", "end", c->left - 2, at + 11, r->label, c->out);
    if (isfinite(r->x)) {
        double zero = place(c, 0), end = place(c, r->x);
        str_printf(c->out,
                   "<rect class=\"bar\" x=\"%.2f%%\" y=\"%zu\" width=\"%.2f%%\" height=\"%d\" "
                   "rx=\"2\"/>\n", fmin(zero, end), at, fabs(end - zero), BAR_HEIGHT);
        if (r->reach > 0) draw_error(c, r, at + BAR_HEIGHT / 2);
    }
    add_text(isnan(r->x) ? "none" : "value", "end", 100, c->above ? top + 16 : at + 11,
             r->value, c->out);
}

static size_t row_height(const Chart *c, size_t i) {
    if (c->rows.items[i].head) return i ? HEAD_HEIGHT + 8 : HEAD_HEIGHT;
    return c->above ? ABOVE_HEIGHT : BESIDE_HEIGHT;
}

// Behind each group of bars that stand together; or behind each, when its label is above it.
static void draw_grid(const Chart *c) {
    size_t at = 0, top = 0;
    for (size_t i = 0; i < c->rows.count; i++) {
        bool last = i + 1 == c->rows.count || c->rows.items[i + 1].head;
        bool first = i == 0 || c->rows.items[i - 1].head;
        if (first || c->above) top = c->above ? at + 19 : at;
        at += row_height(c, i);
        if (!c->rows.items[i].head && (last || c->above)) draw_axis(c, true, top, at);
    }
}

static void draw_rows(const Chart *c) {
    size_t at = 0;
    for (size_t i = 0; i < c->rows.count; i++) {
        const Row *r = &c->rows.items[i];
        size_t height = row_height(c, i);
        if (r->head) add_text("head", "start", 0, at + height - 9, r->label, c->out);
        else draw_bar(c, r, at);
        at += height;
    }
    if (c->bars) draw_axis(c, false, 0, at);
}

static void draw_notes(const Chart *c, size_t at) {
    Str text = {0};
    if (c->sampled) str_add(&text, "whiskers: 95% intervals");
    if (c->left_out) str_printf(&text, "%s%zu more bars", c->sampled ? "; " : "", c->left_out);
    if (text.len) add_text("tick", "start", 0, at, str_text(&text), c->out);
    str_free(&text);
}

static void draw(Chart *c, bool alone) {
    size_t bottom = 0;
    for (size_t i = 0; i < c->rows.count; i++) bottom += row_height(c, i);
    bool notes = c->sampled || c->left_out;
    size_t height = bottom + (c->bars ? AXIS_HEIGHT : 4) + (notes ? 20 : 0);
    str_printf(c->out, "<svg %sclass=\"chart\" width=\"%s\" height=\"%zu\" role=\"img\" "
               "aria-label=\"bar chart, %zu bars\">\n",
               alone ? "xmlns=\"http://www.w3.org/2000/svg\" " : "", alone ? "640" : "100%",
               height, c->bars);
    if (alone) str_printf(c->out, "<style>%s%s</style>\n", svg_chart_css, alone_css);
    draw_grid(c);
    draw_rows(c);
    if (notes) draw_notes(c, height - 6);
    str_add(c->out, "</svg>\n");
}

void svg_chart_add(Value v, const RenderStyle *style, bool alone, Str *out) {
    Chart c = {.style = style, .out = out};
    const Answer *a = value_answer_of(v);
    if (a->kind == ANSWER_TABLE) add_table(&c, a);
    else add_marginals(&c, a);
    set_range(&c);
    set_columns(&c);
    draw(&c, alone);
    for (size_t i = 0; i < c.rows.count; i++) {
        mem_free(c.rows.items[i].label);
        mem_free(c.rows.items[i].value);
    }
    VEC_FREE(&c.rows);
}
