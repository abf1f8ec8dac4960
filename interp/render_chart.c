// Render_chart: bar charts of answers, in characters.
#include "interp/render_chart.h"

#include <math.h>

#include "interp/render_estimate.h"
#include "interp/table.h"

enum { BAR_MOST = 40, BAR_LEAST = 8 };

typedef struct Chart {
    const Answer *answer;
    const RenderStyle *style;
    size_t indent, label; // columns
    long bar, zero;       // columns, and how many of them are left of 0
    double low, range;    // the least of what all columns stand for, and how much that is
    size_t number;        // columns of the longest number
    Str scratch;
    Str *out;
} Chart;

bool render_chart_has(Value v) {
    return table_is(v) || v.tag == VALUE_BOUNDS ||
           (v.tag == VALUE_ANSWER && value_answer_of(v)->kind == ANSWER_MARGINALS);
}

// --- bars -----------------------------------------------------------------------------------

static void repeat(const char *sign, long n, Str *out) {
    for (long i = 0; i < n; i++) str_add(out, sign);
}

// To eighths of a column to the right, and whole columns to the left.
static void bar(const Chart *c, double x) {
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    double part = fabs(x) / c->range * (double)c->bar;
    const char *full = c->style->ascii ? "#" : "█";
    long columns = lround(part), n = lround(part * 8);
    if (x < 0) {
        columns = columns < c->zero ? columns : c->zero;
        repeat(" ", c->zero - columns, c->out);
        repeat(full, columns, c->out);
        return;
    }
    repeat(" ", c->zero, c->out);
    if (c->style->ascii) {
        repeat(full, columns, c->out);
        return;
    }
    repeat(full, n / 8, c->out);
    str_add(c->out, eighths[n % 8]);
}

static void number(const Chart *c, size_t cell, Str *out) {
    const Answer *a = c->answer;
    double se = a->se ? a->se[cell] : 0;
    if (isnan(a->cells[cell])) str_add(out, "undefined");
    else if (se > 0) render_estimate(a->cells[cell], se, c->style, out);
    else render_number(a->cells[cell], c->style->digits, out);
}

static void line(Chart *c, const char *label, size_t cell) {
    double x = c->answer->cells[cell];
    str_add_char(c->out, '\n');
    str_fill(c->out, ' ', c->indent);
    str_add(c->out, label);
    str_fill(c->out, ' ', c->label - render_width(label) + 2);
    if (!isnan(x)) bar(c, x);
    str_add_char(c->out, ' ');
    number(c, cell, c->out);
}

// --- how large ------------------------------------------------------------------------------

static const char *level(Chart *c, const AnswerAxis *axis, uint32_t i) {
    str_clear(&c->scratch);
    render_axis_level(axis, i, &c->scratch);
    c->out->failed |= c->scratch.failed;
    return str_text(&c->scratch);
}

static size_t label_width(Chart *c, const AnswerAxis *axis) {
    size_t most = 0;
    for (uint32_t i = 0; i < axis->count; i++) {
        size_t w = render_width(level(c, axis, i));
        if (w > most) most = w;
    }
    return most;
}

static size_t number_width(Chart *c) {
    size_t most = 0;
    for (size_t i = 0; i < c->answer->ncells && !str_stopped(c->out); i++) {
        str_clear(&c->scratch);
        number(c, i, &c->scratch);
        size_t w = render_width(str_text(&c->scratch));
        if (w > most) most = w;
    }
    return most;
}

// Numbers from 0 to 1 are shown on the whole of it, others as far as they reach.
static void survey(Chart *c) {
    double least = 0, most = 0;
    for (size_t i = 0; i < c->answer->ncells; i++) {
        double x = c->answer->cells[i];
        if (isfinite(x) && x < least) least = x;
        if (isfinite(x) && x > most) most = x;
    }
    if (least == 0 && most <= 1) most = 1;
    c->low = least;
    c->range = most - least;
    c->number = number_width(c);
}

// How long bars are beside labels of c->label.
static void measure(Chart *c) {
    long width = (long)(c->style->width ? c->style->width : 80);
    long room = width - (long)(c->indent + c->label + 2 + 1 + c->number);
    c->bar = room < BAR_LEAST ? BAR_LEAST : room > BAR_MOST ? BAR_MOST : room;
    c->zero = (long)ceil(-c->low / c->range * (double)c->bar);
}

// --- tables ---------------------------------------------------------------------------------

// The axis whose levels have a bar each: the last variable that is asked about.
static uint32_t row_axis(const Answer *a) {
    for (uint32_t i = a->naxes; i-- > 0;)
        if (!a->axes[i].in_do && !a->axes[i].given) return i;
    return a->naxes - 1;
}

static size_t stride(const Answer *a, uint32_t axis) {
    size_t n = 1;
    for (uint32_t i = axis + 1; i < a->naxes; i++) n *= a->axes[i].count;
    return n;
}

// The levels of all axes but `rows` in the cell.
static void heading(Chart *c, uint32_t rows, size_t cell) {
    const Answer *a = c->answer;
    const char *comma = "\n";
    for (uint32_t i = 0; i < a->naxes; i++) {
        const AnswerAxis *axis = &a->axes[i];
        if (i == rows) continue;
        const char *name = level(c, axis, (uint32_t)(cell / stride(a, i) % axis->count));
        str_printf(c->out, axis->in_do ? "%sdo(%s = %s)" : "%s%s = %s", comma, axis->name->text,
                   name);
        comma = ", ";
    }
}

static void table(Chart *c) {
    const Answer *a = c->answer;
    uint32_t rows = row_axis(a);
    const AnswerAxis *axis = &a->axes[rows];
    size_t step = stride(a, rows);
    c->indent = a->naxes > 1 ? 2 : 0;
    c->label = label_width(c, axis);
    measure(c);
    str_add(c->out, axis->name->text);
    for (size_t cell = 0; cell < a->ncells && !str_stopped(c->out); cell++) {
        if (cell / step % axis->count) continue;
        heading(c, rows, cell);
        for (uint32_t i = 0; i < axis->count; i++) line(c, level(c, axis, i), cell + i * step);
    }
}

// --- others ---------------------------------------------------------------------------------

static void marginals(Chart *c) {
    const Answer *a = c->answer;
    size_t at = 0;
    c->indent = 2;
    for (uint32_t i = 0; i < a->naxes && !str_stopped(c->out); i++) {
        const AnswerAxis *axis = &a->axes[i];
        str_printf(c->out, i ? "\n%s" : "%s", axis->name->text);
        if (axis->law) {
            str_add(c->out, "\n  ");
            render_value((Value){.tag = VALUE_TERM, .term = axis->law}, c->style, c->out);
        }
        c->label = label_width(c, axis);
        measure(c);
        for (uint32_t j = 0; j < axis->count; j++) line(c, level(c, axis, j), at++);
    }
}

static void span(Value v, const RenderStyle *style, Str *out) {
    const BoundsObject *b = value_bounds_of(v);
    double least = fmin(0, b->low), most = b->high <= 1 && b->low >= 0 ? 1 : fmax(0, b->high);
    double range = most - least;
    if (isfinite(range) && range > 0) {
        long from = lround((b->low - least) / range * BAR_MOST);
        long to = lround((b->high - least) / range * BAR_MOST);
        if (to == from) from < BAR_MOST ? to++ : from--;
        render_number(least, style->digits, out);
        str_add_char(out, ' ');
        repeat(style->ascii ? "." : "░", from, out);
        repeat(style->ascii ? "#" : "█", to - from, out);
        repeat(style->ascii ? "." : "░", BAR_MOST - to, out);
        str_add_char(out, ' ');
        render_number(most, style->digits, out);
        str_add(out, "\n");
    }
    render_value(v, style, out);
}

void render_chart(Value v, const RenderStyle *style, Str *out) {
    if (v.tag == VALUE_BOUNDS) {
        span(v, style, out);
        return;
    }
    Chart c = {.answer = value_answer_of(v), .style = style, .out = out};
    survey(&c);
    if (table_is(v)) table(&c);
    else marginals(&c);
    if (c.answer->sampled) {
        str_add_char(out, '\n');
        render_sampling(v, out);
    }
    str_free(&c.scratch);
}
