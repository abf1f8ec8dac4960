// Render: values as text.
#include "interp/render.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interp/ladder_value.h"
#include "interp/native.h"
#include "interp/render_estimate.h"
#include "interp/table.h"
#include "runtime/base/unicode.h"
#include "runtime/base/mem.h"
#include "runtime/base/num.h"
#include "runtime/model/name.h"

// --- numbers --------------------------------------------------------------------------------

static int whole_digits(double x) {
    double a = fabs(x);
    return a < 1 ? 1 : (int)floor(log10(a)) + 1;
}

static bool looks_whole(double x, int digits) {
    char text[64];
    snprintf(text, sizeof text, "%.*e", digits - 1, x);
    double shown = strtod(text, NULL);
    return shown == floor(shown);
}

void render_number(double x, int digits, Str *out) {
    if (!isfinite(x)) {
        str_add(out, isnan(x) ? "undefined" : x > 0 ? "inf" : "-inf");
        return;
    }
    if (x == floor(x) && fabs(x) < 1e15) {
        num_add(out, x == 0 ? 0 : x);
        return;
    }
    int need = digits;
    if (fabs(x) < 1e15 && whole_digits(x) > need) need = whole_digits(x);
    bool near_whole = num_same(x, round(x));
    while (need < 17 && fabs(x) < 1e15 && fabs(x) > 0.5 && !near_whole && looks_whole(x, need))
        need++;
    num_add_digits(out, x, need);
}

void render_axis_level(const AnswerAxis *axis, uint32_t i, Str *out) {
    if (axis->labels) str_add(out, axis->labels[i]);
    else domain_add_level(axis->domain, i, out);
}

size_t render_width(const char *text) {
    size_t width = 0, len = strlen(text);
    while (len) {
        uint32_t point;
        size_t step = unicode_decode(text, len, &point);
        if (step == 0) step = 1;
        width += (size_t)unicode_width(point);
        text += step;
        len -= step;
    }
    return width;
}

// --- tables ---------------------------------------------------------------------------------

// A grid of texts with `columns` columns, printed with two spaces between them; the last column
// is numbers and is aligned on the left like the others, as decimals line up in it.
typedef struct Grid {
    VEC(char *) cells;
    size_t columns;
    bool failed;
} Grid;

static void grid_add(Grid *g, Str *cell) {
    char *text = str_take(cell);
    if (text && VEC_PUSH(&g->cells, text)) return;
    mem_free(text);
    g->failed = true;
}

static void grid_print(const Grid *g, Str *out) {
    size_t *widths = MEM_NEW(size_t, g->columns);
    for (size_t i = 0; widths && i < g->cells.count && !str_stopped(out); i++) {
        size_t w = render_width(g->cells.items[i]);
        if (w > widths[i % g->columns]) widths[i % g->columns] = w;
    }
    if (!widths || g->failed || out->failed) {
        out->failed = true;
        mem_free(widths);
        return;
    }
    for (size_t i = 0; i < g->cells.count; i++) {
        size_t column = i % g->columns;
        if (column == 0 && i) str_add_char(out, '\n');
        str_add(out, g->cells.items[i]);
        size_t w = render_width(g->cells.items[i]);
        if (column + 1 < g->columns) str_fill(out, ' ', widths[column] - w + 2);
    }
    mem_free(widths);
}

static void grid_free(Grid *g) {
    for (size_t i = 0; i < g->cells.count; i++) mem_free(g->cells.items[i]);
    VEC_FREE(&g->cells);
}

static const char *axis_mark(const AnswerAxis *axis, Str *s) {
    str_printf(s, axis->in_do ? "do(%s)" : "%s", axis->name->text);
    return str_text(s);
}

static void table_text(const Answer *a, const RenderStyle *style, Str *out) {
    Grid g = {.columns = a->naxes + 1};
    Str cell = {.ctl = out->ctl};
    for (uint32_t i = 0; i < a->naxes; i++) {
        axis_mark(&a->axes[i], &cell);
        grid_add(&g, &cell);
    }
    str_add(&cell, "value");
    grid_add(&g, &cell);
    for (size_t row = 0; row < a->ncells && !str_stopped(out); row++) {
        size_t below = a->ncells;
        for (uint32_t i = 0; i < a->naxes; i++) {
            below /= a->axes[i].count;
            render_axis_level(&a->axes[i], (uint32_t)(row / below % a->axes[i].count), &cell);
            grid_add(&g, &cell);
        }
        if (a->se) render_estimate(a->cells[row], a->se[row], style, &cell);
        else render_number(a->cells[row], style->digits, &cell);
        grid_add(&g, &cell);
    }
    grid_print(&g, out);
    grid_free(&g);
    str_free(&cell);
}

// Values of a sample that are shown one by one.
#define SAMPLE_VALUES 20

static double middle(const TermNumbers *sorted, double p) {
    return sorted->items[(size_t)(p * (double)(sorted->count - 1))];
}

// A sample too long to be read: its quantiles.
static void sample_text(const TermNumbers *sorted, const RenderStyle *style, Str *out) {
    static const double at[] = {0.025, 0.25, 0.5, 0.75, 0.975};
    str_printf(out, "a sample of %zu values; quantiles", sorted->count);
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        str_printf(out, "%s %g%%: ", i ? "," : "", at[i] * 100);
        render_number(middle(sorted, at[i]), style->digits, out);
    }
}

// A distribution is an answer, whose numbers are rounded like others; an expression is not.
static void term_text(const Term *t, const RenderStyle *style, Str *out) {
    if (t->op == TERM_EMPIRICAL && t->numbers->count > SAMPLE_VALUES)
        sample_text(t->numbers, style, out);
    else if (term_is_dist(t)) term_add_digits(t, style->digits, out);
    else term_add(t, out);
}

static void marginals_text(const Answer *a, const RenderStyle *style, Str *out) {
    Grid g = {.columns = 2};
    Str cell = {.ctl = out->ctl};
    size_t at = 0;
    for (uint32_t i = 0; i < a->naxes && !str_stopped(out); i++) {
        str_add(&cell, a->axes[i].name->text);
        grid_add(&g, &cell);
        if (a->axes[i].law) term_text(a->axes[i].law, style, &cell);
        for (uint32_t j = 0; j < a->axes[i].count; j++) {
            if (j) str_add(&cell, ", ");
            render_axis_level(&a->axes[i], j, &cell);
            str_add(&cell, ": ");
            if (a->se && a->se[at] > 0) render_estimate(a->cells[at], a->se[at], style, &cell);
            else render_number(a->cells[at], style->digits, &cell);
            at++;
        }
        grid_add(&g, &cell);
    }
    grid_print(&g, out);
    grid_free(&g);
    str_free(&cell);
}

static void assignment_text(const Answer *a, const RenderStyle *style, Str *out) {
    for (uint32_t i = 0; i < a->naxes; i++) {
        str_printf(out, i ? ", %s = " : "%s = ", a->axes[i].name->text);
        render_axis_level(&a->axes[i], a->levels[i], out);
    }
    double p = exp(a->log_value);
    if (isnan(p)) return;
    str_add(out, p > 0 ? "   (probability " : "   (log probability ");
    if (a->se) render_estimate(p, a->se[0], style, out);
    else render_number(p > 0 ? p : a->log_value, style->digits, out);
    str_add_char(out, ')');
}

static void answer_text(Value v, const RenderStyle *style, Str *out) {
    const Answer *a = value_answer_of(v);
    switch (a->kind) {
    case ANSWER_NUMBER: render_number(a->value, style->digits, out); break;
    case ANSWER_TABLE:
        table_text(a, style, out);
        if (a->sampled) str_add_char(out, '\n'), render_sampling(v, out);
        break;
    case ANSWER_MARGINALS: marginals_text(a, style, out); break;
    case ANSWER_ASSIGNMENT: assignment_text(a, style, out); break;
    case ANSWER_LAW: break; // a value of its own: a distribution
    case ANSWER_UNDEFINED:
        str_printf(out, "undefined%s%s", a->why ? ": " : "", a->why ? a->why : "");
        break;
    }
}

// --- data sets ------------------------------------------------------------------------------

// Rows that are shown of a data set.
#define DATA_ROWS 10

static void data_cell(const FrameColumn *c, size_t row, const RenderStyle *style, Str *out) {
    double x = c->values[row];
    if (isnan(x)) str_add_char(out, '_');
    else if (domain_finite(c->domain)) domain_add_level(c->domain, (uint32_t)x, out);
    else render_number(x, style->digits, out);
}

static void data_text(const DataFrame *f, const RenderStyle *style, Str *out) {
    Grid g = {.columns = f->ncolumns + (f->counts != NULL)};
    Str cell = {0};
    size_t shown = f->nrows > DATA_ROWS ? DATA_ROWS : f->nrows;
    for (uint32_t i = 0; i < f->ncolumns; i++) {
        str_add(&cell, f->columns[i].name->text);
        grid_add(&g, &cell);
    }
    if (f->counts) str_add(&cell, "count"), grid_add(&g, &cell);
    for (size_t row = 0; row < shown; row++) {
        for (uint32_t i = 0; i < f->ncolumns; i++) {
            data_cell(&f->columns[i], row, style, &cell);
            grid_add(&g, &cell);
        }
        if (f->counts) render_number(f->counts[row], style->digits, &cell), grid_add(&g, &cell);
    }
    grid_print(&g, out);
    if (shown < f->nrows) str_printf(out, "\n... and %zu more rows", f->nrows - shown);
    grid_free(&g);
    str_free(&cell);
}

static void estimate_text(Value v, const RenderStyle *style, Str *out) {
    const Answer *a = value_answer_of(v);
    render_estimate(a->value, a->se[0], style, out);
    str_add_char(out, ' ');
    render_sampling(v, out);
}

static void bounds_text(const BoundsObject *b, const RenderStyle *style, Str *out) {
    str_add(out, "between ");
    render_number(b->low, style->digits, out);
    str_add(out, " and ");
    render_number(b->high, style->digits, out);
    if (b->loose) str_printf(out, " (not sharp: %s)", b->loose);
}

// --- values ---------------------------------------------------------------------------------

// An item of a list: an estimate without how it was sampled.
static void item_text(Value v, const RenderStyle *style, Str *out) {
    if (v.tag == VALUE_ESTIMATE)
        render_estimate(value_answer_of(v)->value, value_answer_of(v)->se[0], style, out);
    else render_value(v, style, out);
}

static void items_text(Value v, const char *open, const char *close, const RenderStyle *style,
                       Str *out) {
    const ListObject *list = value_items(v);
    str_add(out, open);
    for (size_t i = 0; i < list->count && !str_stopped(out); i++) {
        bool pair = v.tag == VALUE_MAP && i % 2 == 1;
        if (i) str_add(out, pair ? ": " : v.tag == VALUE_ARROW ? " -> " : ", ");
        item_text(list->items[i], style, out);
    }
    str_add(out, close);
}

// The items of a list one after the other, and where each ends.
typedef struct Items {
    Str text;
    VEC(size_t) ends;
} Items;

static void items_once(const ListObject *list, const RenderStyle *style, Items *out) {
    for (size_t i = 0; i < list->count && !str_stopped(&out->text); i++) {
        item_text(list->items[i], style, &out->text);
        if (!VEC_PUSH(&out->ends, out->text.len)) out->text.failed = true;
    }
}

static void items_join(const Items *items, const char *between, Str *out) {
    size_t from = 0;
    str_add_char(out, '[');
    for (size_t i = 0; i < items->ends.count && !str_stopped(out); i++) {
        if (i) str_add(out, between);
        str_add_n(out, str_text(&items->text) + from, items->ends.items[i] - from);
        from = items->ends.items[i];
    }
    str_add_char(out, ']');
}

// On one line when it fits, else an item a line. An item is made once, since it may be a list of
// lists of lists.
static void list_text(Value v, const RenderStyle *style, Str *out) {
    Items items = {.text.ctl = out->ctl};
    Str line = {.ctl = out->ctl};
    size_t most = style->width ? style->width : 80;
    items_once(value_items(v), style, &items);
    if (!items.text.failed) items_join(&items, ", ", &line);
    if (items.ends.count < 2 || render_width(str_text(&line)) <= most)
        str_add_n(out, str_text(&line), line.len);
    else items_join(&items, ",\n ", out);
    out->failed |= line.failed || items.text.failed;
    str_free(&line);
    str_free(&items.text);
    VEC_FREE(&items.ends);
}

static void sets_text(Value v, const RenderStyle *style, Str *out) {
    const ListObject *list = value_items(v);
    if (list->count == 0) str_add(out, "none");
    for (size_t i = 0; i < list->count && !str_stopped(out); i++) {
        if (i) str_add_char(out, '\n');
        render_value(list->items[i], style, out);
    }
}

static void range_text(Value v, Str *out) {
    const RangeObject *r = (const RangeObject *)v.object;
    num_add(out, r->low);
    str_add(out, "..");
    num_add(out, r->high);
}

static void string_text(Value v, Str *out) {
    name_add_text(value_text(v), v.sym->len, out);
}

static void function_text(Value v, Str *out) {
    const FunctionObject *f = (const FunctionObject *)v.object;
    if (f->native) str_printf(out, "%s(%s)   # %s", f->native->name, f->native->params,
                             native_doc(f->native));
    else str_printf(out, "the function %s", f->name ? f->name->text : "");
}

static void model_text(const Model *m, Str *out) {
    uint32_t named = 0, edges = 0;
    for (uint32_t i = 0; i < m->nvars; i++) named += !m->vars[i]->anonymous;
    for (uint32_t i = 0; i < m->nedges; i++) edges += !m->vars[m->edges[i].from]->anonymous;
    str_printf(out, "model %s: %u variable%s, %u edge%s", m->name ? m->name->text : "(unnamed)",
               named, named == 1 ? "" : "s", edges, edges == 1 ? "" : "s");
}

void render_value(Value v, const RenderStyle *style, Str *out) {
    switch (v.tag) {
    case VALUE_NOTHING: break;
    case VALUE_NUMBER: render_number(v.number, style->digits, out); break;
    case VALUE_BOOL: str_add(out, v.truth ? "true" : "false"); break;
    case VALUE_LEVEL: case VALUE_FAMILY: str_add(out, v.sym->text); break;
    case VALUE_WILDCARD: str_add(out, "_"); break;
    case VALUE_STRING: string_text(v, out); break;
    case VALUE_REGEX: str_add(out, "re"); string_text(v, out); break;
    case VALUE_TERM: term_text(v.term, style, out); break;
    case VALUE_QUERY: str_add(out, "?"); break;
    case VALUE_LIST: list_text(v, style, out); break;
    case VALUE_SETS: sets_text(v, style, out); break;
    case VALUE_SET: case VALUE_MAP: items_text(v, "{", "}", style, out); break;
    case VALUE_ARROW: items_text(v, "", "", style, out); break;
    case VALUE_RANGE: range_text(v, out); break;
    case VALUE_ANSWER: answer_text(v, style, out); break;
    case VALUE_ESTIMATE: estimate_text(v, style, out); break;
    case VALUE_BOUNDS: bounds_text(value_bounds_of(v), style, out); break;
    case VALUE_UNDETERMINED: str_add(out, value_why(v)); break;
    case VALUE_ESTIMAND: str_add(out, value_estimand_of(v)->text); break;
    case VALUE_LADDER: ladder_value_render(ladder_value_of(v), style, out); break;
    case VALUE_FUNCTION: function_text(v, out); break;
    case VALUE_MODEL: model_text(v.model, out); break;
    case VALUE_DATA: data_text(v.data, style, out); break;
    case VALUE_DO: str_add(out, "an intervention"); break;
    case VALUE_UNKNOWN: str_add(out, "unknown"); break;
    }
}

// --- derivations ----------------------------------------------------------------------------

void render_derivation(const Derivation *d, const RenderStyle *style, Str *out) {
    (void)style;
    for (size_t i = 0; i < d->count; i++) {
        const Step *step = &d->items[i];
        str_printf(out, "%3zu. %s: %s", i + 1, step->rule, step->text);
        if (step->result) str_printf(out, "\n       %s", step->result);
        str_add_char(out, '\n');
    }
}
