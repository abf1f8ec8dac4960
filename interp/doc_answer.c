// Doc_answer: answers and diagnostics as HTML.
#include "interp/doc_answer.h"

#include <math.h>
#include <string.h>

#include "interp/html.h"
#include "interp/render_estimate.h"
#include "interp/svg_chart.h"
#include "interp/svg_graph.h"
#include "interp/table.h"

enum {
    MOST_ROWS = 1000,
    TALL_ROWS = 24, // from so many on a table is scrolled
};

// --- texts ----------------------------------------------------------------------------------

// The sign of an error as people write it; how it was sampled in small letters.
static void add_number(const char *text, Str *out) {
    const char *sign = strstr(text, " +- "), *how = strstr(text, " (sampled: ");
    const char *end = how ? how : text + strlen(text);
    if (sign && sign < end) {
        html_add_n(text, (size_t)(sign - text), out);
        str_add(out, " <span class=\"se\">± ");
        html_add_n(sign + 4, (size_t)(end - sign - 4), out);
        str_add(out, "</span>");
    } else {
        html_add_n(text, (size_t)(end - text), out);
    }
    if (!how) return;
    str_add(out, " <small>");
    html_add(how + 1, out);
    str_add(out, "</small>");
}

static void add_as_number(Str *text, Str *out) {
    out->failed |= text->failed;
    add_number(str_text(text), out);
    str_clear(text);
}

static void add_value(Value v, bool shown, const RenderStyle *style, Str *out) {
    Str text = {0};
    if (shown) render_show(v, style, &text);
    else render_value(v, style, &text);
    bool lines = strchr(str_text(&text), '\n') != NULL;
    str_add(out, lines ? "<pre class=\"value\">" : "<p class=\"value\">");
    if (v.tag == VALUE_ESTIMATE) add_number(str_text(&text), out);
    else html_add_n(str_text(&text), text.len, out);
    str_add(out, lines ? "</pre>\n" : "</p>\n");
    out->failed |= text.failed;
    str_free(&text);
}

void doc_answer_text(const char *text, size_t len, Str *out) {
    while (len && text[len - 1] == '\n') len--;
    str_add(out, "<pre class=\"value\">");
    html_add_n(text, len, out);
    str_add(out, "</pre>\n");
}

static void add_sampling(Value v, Str *out) {
    Str text = {0};
    if (!value_answer_of(v)->sampled) return;
    render_sampling(v, &text);
    str_add(out, "<p class=\"how\">");
    html_add(str_text(&text), out);
    str_add(out, "</p>\n");
    out->failed |= text.failed;
    str_free(&text);
}

// --- tables ---------------------------------------------------------------------------------

static void open_table(size_t rows, Str *out) {
    str_add(out, rows > TALL_ROWS ? "<div class=\"wide tall\"><table>\n"
                                  : "<div class=\"wide\"><table>\n");
}

static void close_table(size_t rows, size_t shown, Str *out) {
    str_add(out, "</table></div>\n");
    if (rows > shown)
        str_printf(out, "<p class=\"how\">... and %zu more rows</p>\n", rows - shown);
}

static void add_heading(const char *format, const char *name, Str *out) {
    Str text = {0};
    str_printf(&text, format, name);
    str_add(out, "<th scope=\"col\">");
    html_add(str_text(&text), out);
    str_add(out, "</th>");
    out->failed |= text.failed;
    str_free(&text);
}

static void add_cell(const char *class, Str *text, Str *out) {
    if (class) str_printf(out, "<td class=\"%s\">", class);
    else str_add(out, "<td>");
    add_as_number(text, out);
    str_add(out, "</td>");
}

static void add_row(const Answer *a, size_t row, const RenderStyle *style, Str *out) {
    Str text = {0};
    size_t below = a->ncells;
    str_add(out, "<tr>");
    for (uint32_t i = 0; i < a->naxes; i++) {
        below /= a->axes[i].count;
        render_axis_level(&a->axes[i], (uint32_t)(row / below % a->axes[i].count), &text);
        add_cell(NULL, &text, out);
    }
    if (a->se) render_estimate(a->cells[row], a->se[row], style, &text);
    else render_number(a->cells[row], style->digits, &text);
    add_cell(isnan(a->cells[row]) ? "n none" : "n", &text, out);
    str_add(out, "</tr>\n");
    str_free(&text);
}

static void add_table(Value v, const RenderStyle *style, Str *out) {
    const Answer *a = value_answer_of(v);
    size_t shown = a->ncells > MOST_ROWS ? MOST_ROWS : a->ncells;
    open_table(a->ncells, out);
    str_add(out, "<thead><tr>");
    for (uint32_t i = 0; i < a->naxes; i++)
        add_heading(a->axes[i].in_do ? "do(%s)" : "%s", a->axes[i].name->text, out);
    str_add(out, "<th scope=\"col\" class=\"n\">value</th></tr></thead>\n<tbody>\n");
    for (size_t row = 0; row < shown; row++) add_row(a, row, style, out);
    str_add(out, "</tbody>");
    close_table(a->ncells, shown, out);
    add_sampling(v, out);
}

// The distribution of one variable: its levels, and below them what each has.
static void add_marginal(const Answer *a, const AnswerAxis *axis, size_t at,
                         const RenderStyle *style, Str *out) {
    Str text = {0};
    str_add(out, "<tr><th scope=\"row\">");
    html_add(axis->name->text, out);
    str_add(out, "</th><td>");
    if (axis->law) {
        term_add_digits(axis->law, style->digits, &text);
        add_as_number(&text, out);
    }
    for (uint32_t j = 0; j < axis->count && j < MOST_ROWS; j++, at++) {
        str_add(out, j ? ", <span class=\"part\">" : "<span class=\"part\">");
        render_axis_level(axis, j, &text);
        html_add(str_text(&text), out);
        str_clear(&text);
        str_add(out, ": ");
        if (a->se && a->se[at] > 0) render_estimate(a->cells[at], a->se[at], style, &text);
        else render_number(a->cells[at], style->digits, &text);
        add_as_number(&text, out);
        str_add(out, "</span>");
    }
    if (axis->count > MOST_ROWS)
        str_printf(out, ", ... and %u more", axis->count - (uint32_t)MOST_ROWS);
    str_add(out, "</td></tr>\n");
    str_free(&text);
}

static void add_marginals(Value v, const RenderStyle *style, Str *out) {
    const Answer *a = value_answer_of(v);
    size_t at = 0;
    open_table(a->naxes, out);
    str_add(out, "<tbody>\n");
    for (uint32_t i = 0; i < a->naxes; i++) {
        add_marginal(a, &a->axes[i], at, style, out);
        at += a->axes[i].count;
    }
    str_add(out, "</tbody>");
    close_table(a->naxes, a->naxes, out);
    add_sampling(v, out);
}

static void add_data_cell(const FrameColumn *c, size_t row, const RenderStyle *style,
                          Str *out) {
    double x = c->values[row];
    Str text = {0};
    if (isnan(x)) str_add_char(&text, '_');
    else if (domain_finite(c->domain)) domain_add_level(c->domain, (uint32_t)x, &text);
    else render_number(x, style->digits, &text);
    add_cell(domain_finite(c->domain) ? NULL : "n", &text, out);
    str_free(&text);
}

static void add_data(const DataFrame *f, const RenderStyle *style, Str *out) {
    size_t shown = f->nrows > TALL_ROWS ? TALL_ROWS : f->nrows;
    Str text = {0};
    open_table(shown, out);
    str_add(out, "<thead><tr>");
    for (uint32_t i = 0; i < f->ncolumns; i++) add_heading("%s", f->columns[i].name->text, out);
    if (f->counts) add_heading("%s", "count", out);
    str_add(out, "</tr></thead>\n<tbody>\n");
    for (size_t row = 0; row < shown; row++) {
        str_add(out, "<tr>");
        for (uint32_t i = 0; i < f->ncolumns; i++)
            add_data_cell(&f->columns[i], row, style, out);
        if (f->counts) render_number(f->counts[row], style->digits, &text);
        if (f->counts) add_cell("n", &text, out);
        str_add(out, "</tr>\n");
    }
    str_add(out, "</tbody>");
    close_table(f->nrows, shown, out);
    str_free(&text);
}

// --- pictures -------------------------------------------------------------------------------

static void add_caption(const Model *m, Str *out) {
    str_add(out, "<figcaption>model ");
    html_add(m->name ? m->name->text : "(unnamed)", out);
    if (m->doc) str_add(out, ": "), html_add(m->doc, out);
    str_add(out, "</figcaption>");
}

// What stands in place of the picture, or below it: as `show` prints it, in 80 columns or as a
// list.
static void add_listing(Value v, uint32_t width, const RenderStyle *style, Str *out) {
    RenderStyle narrow = *style;
    Str text = {0};
    narrow.width = width;
    render_show(v, &narrow, &text);
    doc_answer_text(str_text(&text), text.len, out);
    out->failed |= text.failed;
    str_free(&text);
}

static void add_model(Value v, const RenderStyle *style, Str *out) {
    Str picture = {0};
    if (svg_graph_add(v.model, &picture)) {
        str_add(out, "<figure>");
        str_add(out, str_text(&picture));
        add_caption(v.model, out);
        str_add(out, "</figure>\n<details><summary>Its variables</summary>\n");
        add_listing(v, 1, style, out);
        str_add(out, "</details>\n");
    } else {
        add_listing(v, 80, style, out);
    }
    out->failed |= picture.failed;
    str_free(&picture);
}

static void add_chart(Value v, const RenderStyle *style, Str *out) {
    str_add(out, "<figure>");
    svg_chart_add(v, style, false, out);
    str_add(out, "</figure>\n");
    add_sampling(v, out);
}

// --- answers --------------------------------------------------------------------------------

static void add_derivation(const Derivation *d, Str *out) {
    if (!d->count) return;
    str_printf(out, "<details><summary>How: %zu step%s</summary>\n<ol>\n", d->count,
               d->count == 1 ? "" : "s");
    for (size_t i = 0; i < d->count; i++) {
        const Step *step = &d->items[i];
        str_add(out, "<li><b>");
        html_add(step->rule, out);
        str_add(out, "</b>: ");
        html_add(step->text, out);
        if (step->result) {
            str_add(out, "<pre>");
            html_add(step->result, out);
            str_add(out, "</pre>");
        }
        str_add(out, "</li>\n");
    }
    str_add(out, "</ol>\n</details>\n");
}

static bool is_marginals(Value v) {
    return v.tag == VALUE_ANSWER && value_answer_of(v)->kind == ANSWER_MARGINALS;
}

void doc_answer_add(const InterpAnswer *a, const RenderStyle *style, Str *out) {
    Value v = a->value;
    if (a->shown && v.tag == VALUE_MODEL) add_model(v, style, out);
    else if (a->shown && svg_chart_has(v)) add_chart(v, style, out);
    else if (table_is(v)) add_table(v, style, out);
    else if (is_marginals(v)) add_marginals(v, style, out);
    else if (v.tag == VALUE_DATA) add_data(v.data, style, out);
    else if (v.tag != VALUE_NOTHING) add_value(v, a->shown, style, out);
    if (a->explained) add_derivation(a->explained, out);
}

// The first line says what is wrong.
void doc_answer_diagnostic(const Diag *d, const Sources *all, Str *out) {
    Str text = {0};
    diag_render(d, all, false, &text);
    size_t line = strcspn(str_text(&text), "\n"), len = text.len;
    while (len > line && text.text[len - 1] == '\n') len--;
    str_printf(out, "<pre class=\"%s\"><b>", d->level == DIAG_ERROR ? "error" : "note");
    html_add_n(str_text(&text), line, out);
    str_add(out, "</b>");
    html_add_n(str_text(&text) + line, len - line, out);
    str_add(out, "</pre>\n");
    out->failed |= text.failed;
    str_free(&text);
}
