// Render_json: values as JSON objects (language design, section 11).
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "interp/ladder_value.h"
#include "interp/render.h"
#include "interp/table.h"
#include "runtime/base/unicode.h"

void render_json_string(const char *text, size_t len, Str *out) {
    str_add_char(out, '"');
    for (size_t i = 0, n = 1; i < len; i += n) {
        unsigned char c = (unsigned char)text[i];
        uint32_t point;
        n = c < 0x80 ? 1 : unicode_decode(text + i, len - i, &point);
        if (c == '"' || c == '\\') str_printf(out, "\\%c", c);
        else if (c == '\n') str_add(out, "\\n");
        else if (c == '\t') str_add(out, "\\t");
        else if (c < 0x20) str_printf(out, "\\u%04x", c);
        else if (n) str_add_n(out, text + i, n);
        else str_add(out, "\\ufffd"), n = 1;
    }
    str_add_char(out, '"');
}

static void json_str(const Str *s, Str *out) {
    render_json_string(str_text(s), s->len, out);
}

// 17 significant digits; what JSON has no number for is a string, and undefined is null.
static void json_number(double x, Str *out) {
    if (isnan(x)) str_add(out, "null");
    else if (isinf(x)) str_add(out, x > 0 ? "\"inf\"" : "\"-inf\"");
    else str_printf(out, "%.17g", x);
}

static void level_key(const AnswerAxis *axis, uint32_t i, Str *out) {
    Str s = {0};
    render_axis_level(axis, i, &s);
    json_str(&s, out);
    out->failed |= s.failed;
    str_free(&s);
}

static void level_value(const AnswerAxis *axis, uint32_t i, Str *out) {
    if (!axis->labels && axis->domain->kind == DOMAIN_BOOL) str_add(out, i ? "true" : "false");
    else if (!axis->labels && axis->domain->numeric) json_number(domain_number(axis->domain, i), out);
    else level_key(axis, i, out);
}

static void name_key(Sym name, Str *out) {
    render_json_string(name->text, name->len, out);
}

// "value":0.05,"se":0.03,"low":-0.01,"high":0.11; without an error the value alone.
static void json_value(const Answer *a, double value, size_t i, Str *out) {
    str_add(out, "\"value\":");
    json_number(value, out);
    if (!a->se) return;
    str_add(out, ",\"se\":");
    json_number(a->se[i], out);
    str_add(out, ",\"low\":");
    json_number(value - ESTIMATE_REACH * a->se[i], out);
    str_add(out, ",\"high\":");
    json_number(value + ESTIMATE_REACH * a->se[i], out);
}

static void json_sampling(Value v, Str *out) {
    const Answer *a = value_answer_of(v);
    str_printf(out, ",\"n\":%llu,\"method\":", (unsigned long long)a->draws);
    render_json_string(a->method, strlen(a->method), out);
    if (!((AnswerObject *)v.object)->mixed)
        str_printf(out, ",\"seed\":%llu", (unsigned long long)a->seed);
    if (a->unmet) str_add(out, ",\"unmet\":true");
    if (a->alike) str_add(out, ",\"alike\":true");
}

static void json_estimate(Value v, Str *out) {
    str_add(out, "{\"kind\":\"estimate\",");
    json_value(value_answer_of(v), value_answer_of(v)->value, 0, out);
    json_sampling(v, out);
    str_add_char(out, '}');
}

static void json_bounds(const BoundsObject *b, Str *out) {
    str_add(out, "{\"kind\":\"bounds\",\"low\":");
    json_number(b->low, out);
    str_add(out, ",\"high\":");
    json_number(b->high, out);
    str_printf(out, ",\"sharp\":%s}", b->loose ? "false" : "true");
}

// A variable as a key of a row: in backquotes where its name is a key that the row has anyhow.
static void row_key(Sym name, Str *out) {
    static const char *const own[] = {"value", "se", "low", "high"};
    bool taken = false;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        taken = taken || strcmp(name->text, own[i]) == 0;
    if (taken) str_printf(out, "\"`%s`\"", name->text);
    else name_key(name, out);
}

static void json_table(Value v, const Answer *a, Str *out) {
    str_add(out, "{\"kind\":\"table\",\"variables\":[");
    for (uint32_t i = 0; i < a->naxes; i++) {
        if (i) str_add_char(out, ',');
        name_key(a->axes[i].name, out);
    }
    str_add(out, "],\"rows\":[");
    for (size_t row = 0; row < a->ncells; row++) {
        size_t below = a->ncells;
        str_add(out, row ? ",{" : "{");
        for (uint32_t i = 0; i < a->naxes; i++) {
            below /= a->axes[i].count;
            row_key(a->axes[i].name, out);
            str_add_char(out, ':');
            level_value(&a->axes[i], (uint32_t)(row / below % a->axes[i].count), out);
            str_add_char(out, ',');
        }
        json_value(a, a->cells[row], row, out);
        str_add_char(out, '}');
    }
    str_add_char(out, ']');
    if (a->sampled) json_sampling(v, out);
    str_add_char(out, '}');
}

// A distribution as its text, a sample as its values.
static void json_law(const Term *law, Str *out) {
    if (law->op == TERM_EMPIRICAL) {
        str_add(out, "{\"kind\":\"sample\",\"values\":[");
        for (size_t i = 0; i < law->numbers->count; i++) {
            if (i) str_add_char(out, ',');
            json_number(law->numbers->items[i], out);
        }
        str_add(out, "]}");
        return;
    }
    Str text = {0};
    term_add(law, &text);
    str_add(out, "{\"kind\":\"distribution\",\"text\":");
    render_json_string(str_text(&text), text.len, out);
    str_add_char(out, '}');
    str_free(&text);
}

// One object per variable: its distribution, or `cells` by level.
static void json_variables(const Answer *a, const double *cells, Str *out) {
    size_t at = 0;
    str_add_char(out, '{');
    for (uint32_t i = 0; i < a->naxes; i++) {
        if (i) str_add_char(out, ',');
        name_key(a->axes[i].name, out);
        str_add_char(out, ':');
        if (a->axes[i].law) {
            json_law(a->axes[i].law, out);
            continue;
        }
        for (uint32_t j = 0; j < a->axes[i].count; j++) {
            str_add(out, j ? "," : "{");
            level_key(&a->axes[i], j, out);
            str_add_char(out, ':');
            json_number(cells[at++], out);
        }
        str_add_char(out, '}');
    }
    str_add_char(out, '}');
}

static void json_marginals(const Answer *a, Str *out) {
    str_add(out, "{\"kind\":\"marginals\",\"variables\":");
    json_variables(a, a->cells, out);
    if (a->se) {
        str_add(out, ",\"se\":");
        json_variables(a, a->se, out);
    }
    str_add_char(out, '}');
}

static void json_assignment(const Answer *a, Str *out) {
    str_add(out, "{\"kind\":\"assignment\",\"value\":{");
    for (uint32_t i = 0; i < a->naxes; i++) {
        if (i) str_add_char(out, ',');
        name_key(a->axes[i].name, out);
        str_add_char(out, ':');
        level_value(&a->axes[i], a->levels[i], out);
    }
    str_add(out, "},\"log\":");
    json_number(a->log_value, out);
    if (a->se) {
        str_add(out, ",\"se\":");
        json_number(a->se[0], out);
    }
    str_add_char(out, '}');
}

static void json_text(Value v, const char *kind, Str *out);

static void json_answer(Value v, Str *out) {
    const Answer *a = value_answer_of(v);
    switch (a->kind) {
    case ANSWER_TABLE: json_table(v, a, out); break;
    case ANSWER_MARGINALS: json_marginals(a, out); break;
    case ANSWER_ASSIGNMENT: json_assignment(a, out); break;
    case ANSWER_LAW: break; // a value of its own: a distribution
    case ANSWER_UNDEFINED: json_text(v, "undefined", out); break;
    case ANSWER_NUMBER: break; // likewise
    }
}

static void json_array(Value v, Str *out);

// An item of a list: plain where JSON has such a value, else an object.
static void json_item(Value v, Str *out) {
    if (v.tag == VALUE_NUMBER) json_number(v.number, out);
    else if (v.tag == VALUE_BOOL) str_add(out, v.truth ? "true" : "false");
    else if (v.tag == VALUE_LEVEL || v.tag == VALUE_STRING) name_key(v.sym, out);
    else if (value_variable(v)) name_key(value_variable(v), out);
    else if (v.tag == VALUE_SET || v.tag == VALUE_LIST || v.tag == VALUE_RANGE) json_array(v, out);
    else render_json(v, out);
}

static void json_array(Value v, Str *out) {
    size_t n = 0;
    value_count(v, &n);
    str_add_char(out, '[');
    for (size_t i = 0; i < n && !str_stopped(out); i++) {
        Value item;
        if (i) str_add_char(out, ',');
        value_at(v, i, &item);
        json_item(item, out);
        value_drop(item);
    }
    str_add_char(out, ']');
}

static void json_items(Value v, const char *kind, Str *out) {
    str_printf(out, "{\"kind\":\"%s\",\"value\":", kind);
    json_array(v, out);
    str_add_char(out, '}');
}

static void json_estimand(const EstimandObject *e, Str *out) {
    str_printf(out, "{\"kind\":\"%s\",", e->witness ? "unidentified" : "estimand");
    if (e->witness) str_printf(out, "\"witness\":%s,", e->witness);
    if (e->remedies) str_printf(out, "\"remedies\":%s,", e->remedies);
    str_add(out, "\"text\":");
    render_json_string(e->text, strlen(e->text), out);
    if (!e->witness) {
        str_add(out, ",\"latex\":");
        render_json_string(e->latex, strlen(e->latex), out);
        str_add(out, ",\"source\":");
        render_json_string(e->source, strlen(e->source), out);
    }
    str_add_char(out, '}');
}

static void json_cell(const FrameColumn *c, size_t row, Str *out) {
    double x = c->values[row];
    if (isnan(x) || !domain_finite(c->domain)) {
        json_number(x, out);
    } else {
        const AnswerAxis axis = {.domain = c->domain};
        level_value(&axis, (uint32_t)x, out);
    }
}

// Missing values are null.
static void json_data(const DataFrame *f, Str *out) {
    str_add(out, "{\"kind\":\"data\",\"variables\":[");
    for (uint32_t i = 0; i < f->ncolumns; i++) {
        if (i) str_add_char(out, ',');
        name_key(f->columns[i].name, out);
    }
    str_add(out, "],\"rows\":[");
    for (size_t row = 0; row < f->nrows && !str_stopped(out); row++) {
        str_add(out, row ? ",[" : "[");
        for (uint32_t i = 0; i < f->ncolumns; i++) {
            if (i) str_add_char(out, ',');
            json_cell(&f->columns[i], row, out);
        }
        str_add_char(out, ']');
    }
    str_add_char(out, ']');
    for (size_t row = 0; f->counts && row < f->nrows; row++) {
        str_add(out, row ? "," : ",\"counts\":[");
        json_number(f->counts[row], out);
    }
    str_add(out, f->counts && f->nrows ? "]}" : "}");
}

// Anything else, by its text.
static void json_text(Value v, const char *kind, Str *out) {
    Str s = {.ctl = out->ctl};
    RenderStyle style = {.digits = 17};
    render_value(v, &style, &s);
    str_printf(out, "{\"kind\":\"%s\",\"text\":", kind);
    json_str(&s, out);
    str_add_char(out, '}');
    out->failed |= s.failed;
    str_free(&s);
}

void render_json(Value v, Str *out) {
    switch (v.tag) {
    case VALUE_NUMBER:
        str_add(out, "{\"kind\":\"number\",\"value\":");
        json_number(v.number, out);
        str_add(out, ",\"method\":\"exact\"}");
        break;
    case VALUE_BOOL: str_printf(out, "{\"kind\":\"bool\",\"value\":%s}", v.truth ? "true" : "false"); break;
    case VALUE_LEVEL: case VALUE_STRING:
        str_printf(out, "{\"kind\":\"%s\",\"value\":", v.tag == VALUE_LEVEL ? "level" : "string");
        name_key(v.sym, out);
        str_add_char(out, '}');
        break;
    case VALUE_LIST: case VALUE_RANGE: json_items(v, "list", out); break;
    case VALUE_SET: json_items(v, "set", out); break;
    case VALUE_SETS: json_items(v, "sets", out); break;
    case VALUE_ESTIMAND: json_estimand(value_estimand_of(v), out); break;
    case VALUE_ANSWER: json_answer(v, out); break;
    case VALUE_ESTIMATE: json_estimate(v, out); break;
    case VALUE_BOUNDS: json_bounds(value_bounds_of(v), out); break;
    case VALUE_UNDETERMINED: json_text(v, "undetermined", out); break;
    case VALUE_TERM:
        if (term_is_dist(v.term)) json_law(v.term, out);
        else json_text(v, "quantity", out);
        break;
    case VALUE_LADDER: ladder_value_json(ladder_value_of(v), out); break;
    case VALUE_DATA: json_data(v.data, out); break;
    case VALUE_MODEL: json_text(v, "model", out); break;
    case VALUE_FUNCTION: json_text(v, "function", out); break;
    default: json_text(v, "value", out); break;
    }
}
