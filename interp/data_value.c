// Data_value: columns from values, events from columns.
#include "interp/data_value.h"

#include <math.h>
#include <string.h>

#include "interp/diag.h"
#include "interp/native.h"
#include "interp/table.h"
#include "runtime/base/closest.h"
#include "runtime/base/mem.h"
#include "runtime/base/num.h"
#include "runtime/base/pairmap.h"

// Members that a family is unrolled to.
#define MOST_ROWS 100000

// --- making ---------------------------------------------------------------------------------

typedef struct Literal {
    Interner *interner;
    const Value *names, *cells;
    uint32_t ncolumns, nrows;
    DataFrame *frame;
    Trouble *t;
} Literal;

static Value cell(const Literal *l, uint32_t row, uint32_t column) {
    return l->cells[(size_t)row * (l->ncolumns + 1) + column];
}

// The name of a cell as a level; NULL: no memory.
static Sym word_of(const Literal *l, Value v) {
    if (v.tag == VALUE_LEVEL || v.tag == VALUE_STRING) return v.sym;
    if (v.tag == VALUE_BOOL) return intern_z(l->interner, v.truth ? "true" : "false");
    Str s = {0};
    num_add(&s, v.number);
    Sym word = s.failed ? NULL : intern(l->interner, str_text(&s), s.len);
    str_free(&s);
    return word;
}

static bool check_cell(const Literal *l, Value v) {
    bool word = v.tag == VALUE_LEVEL || v.tag == VALUE_STRING;
    if (word || v.tag == VALUE_BOOL || v.tag == VALUE_NUMBER || v.tag == VALUE_NOTHING) return true;
    return trouble(l->t, DIAG_DATA_CELL, "a value of a data set is a number, true, false or a "
                   "word, not %s", value_kind(v));
}

// What a column is made of.
static bool column_kind(const Literal *l, uint32_t column, DomainKind *kind) {
    bool any = false, bools = true, numbers = true, whole = true;
    for (uint32_t r = 0; r < l->nrows; r++) {
        Value v = cell(l, r, column);
        if (!check_cell(l, v)) return false;
        if (v.tag == VALUE_NOTHING) continue;
        any = true;
        bools = bools && v.tag == VALUE_BOOL;
        numbers = numbers && v.tag == VALUE_NUMBER;
        whole = whole && v.tag == VALUE_NUMBER && v.number == floor(v.number);
    }
    *kind = !any || (bools && any) ? DOMAIN_BOOL : whole ? DOMAIN_INT
            : numbers              ? DOMAIN_REAL : DOMAIN_LEVELS;
    return true;
}

// Words become positions among the levels, in order of first mention.
static bool fill_levels(const Literal *l, uint32_t column, FrameColumn *to) {
    Pairmap seen = {0};
    Level *levels = MEM_NEW(Level, l->nrows);
    uint32_t count = 0;
    bool ok = levels != NULL;
    for (uint32_t r = 0; ok && r < l->nrows; r++) {
        Value v = cell(l, r, column);
        bool fresh = false;
        to->values[r] = NAN;
        if (v.tag == VALUE_NOTHING) continue;
        Sym word = word_of(l, v);
        ok = word && pairmap_add(&seen, word, NULL, count, &fresh) == OK;
        if (!ok) break;
        to->values[r] = pairmap_get(&seen, word, NULL);
        if (fresh) levels[count++] = (Level){.name = word};
    }
    to->domain = ok ? domain_levels(DOMAIN_LEVELS, levels, count) : NULL;
    mem_free(levels);
    pairmap_free(&seen);
    return to->domain || trouble_memory(l->t);
}

static bool fill_column(const Literal *l, uint32_t column) {
    FrameColumn *to = &l->frame->columns[column];
    DomainKind kind;
    if (l->names[column].tag != VALUE_LEVEL)
        return trouble(l->t, DIAG_DATA_CELL, "the name of a column is a word, not %s",
                       value_kind(l->names[column]));
    if (frame_find(l->frame, l->names[column].sym) != UINT32_MAX)
        return trouble(l->t, DIAG_DATA_CELL, "the column %s is there twice",
                       l->names[column].sym->text);
    to->name = l->names[column].sym;
    if (!column_kind(l, column, &kind)) return false;
    if (kind == DOMAIN_LEVELS) return fill_levels(l, column, to);
    for (uint32_t r = 0; r < l->nrows; r++) {
        Value v = cell(l, r, column);
        to->values[r] = v.tag == VALUE_NOTHING ? NAN : v.tag == VALUE_BOOL ? v.truth : v.number;
    }
    to->domain = domain_new(kind);
    return to->domain || trouble_memory(l->t);
}

static bool fill_counts(const Literal *l) {
    bool counted = false;
    for (uint32_t r = 0; r < l->nrows; r++) {
        Value v = cell(l, r, l->ncolumns);
        if (v.tag != VALUE_NUMBER || !(v.number >= 0) || !isfinite(v.number))
            return trouble(l->t, DIAG_DATA_CELL, "how often a row was seen is a number, 0 or more");
        l->frame->counts[r] = v.number;
        counted = counted || v.number != 1;
    }
    if (counted) return true;
    mem_free(l->frame->counts);
    l->frame->counts = NULL;
    return true;
}

bool data_value_make(Interner *names_in, const Value *names, uint32_t ncolumns, const Value *cells,
                     uint32_t nrows, Value *out, Trouble *t) {
    Literal l = {names_in, names, cells, ncolumns, nrows, frame_new(nrows, ncolumns, true), t};
    bool ok = l.frame || trouble_memory(t);
    for (uint32_t i = 0; ok && i < ncolumns; i++) ok = fill_column(&l, i);
    if (ok && fill_counts(&l)) return value_data(l.frame, out);
    frame_drop(l.frame);
    return false;
}

// --- choosing columns -----------------------------------------------------------------------

typedef struct Choice {
    const DataFrame *from;
    bool *taken; // per column
    VEC(uint32_t) columns;
    Trouble *t;
} Choice;

static bool take(Choice *c, uint32_t column) {
    if (c->taken[column]) return true;
    c->taken[column] = true;
    return VEC_PUSH(&c->columns, column) || trouble_memory(c->t);
}

static bool take_named(Choice *c, Sym name) {
    uint32_t column = frame_find(c->from, name);
    if (column != UINT32_MAX) return take(c, column);
    Closest closest;
    closest_start(&closest, name->text);
    for (uint32_t i = 0; i < c->from->ncolumns; i++)
        closest_offer(&closest, c->from->columns[i].name->text);
    trouble(c->t, DIAG_DATA_COLUMN, "the data set has no column %s", name->text);
    const char *near = closest_end(&closest);
    return near ? trouble_hint(c->t, "did you mean %s?", near) : false;
}

static bool take_matching(Choice *c, Sym pattern) {
    bool any = false;
    for (uint32_t i = 0; i < c->from->ncolumns; i++) {
        Sym name = c->from->columns[i].name;
        bool found;
        if (!native_text_matches(name->text, name->len, pattern->text, pattern->len, &found, c->t))
            return false;
        if (found && !take(c, i)) return false;
        any = any || found;
    }
    return any || trouble(c->t, DIAG_DATA_COLUMN, "no column of the data set matches %s",
                          pattern->text);
}

static bool take_chosen(Choice *c, Value chosen) {
    if (chosen.tag == VALUE_REGEX) return take_matching(c, chosen.sym);
    if (chosen.tag == VALUE_LEVEL) return take_named(c, chosen.sym);
    return trouble(c->t, DIAG_KIND, "columns are selected by words and patterns, not by %s",
                   value_kind(chosen));
}

static DataFrame *copy_columns(const Choice *c) {
    const DataFrame *from = c->from;
    DataFrame *f = frame_new(from->nrows, (uint32_t)c->columns.count, from->counts != NULL);
    for (uint32_t i = 0; f && i < f->ncolumns; i++) {
        const FrameColumn *column = &from->columns[c->columns.items[i]];
        f->columns[i].name = column->name;
        f->columns[i].domain = domain_keep(column->domain);
        memcpy(f->columns[i].values, column->values, from->nrows * sizeof(double));
    }
    if (f && from->counts) memcpy(f->counts, from->counts, from->nrows * sizeof(double));
    return f;
}

bool data_value_select(Value data, const Value *chosen, uint32_t n, Value *out, Trouble *t) {
    if (data.tag != VALUE_DATA)
        return trouble(t, DIAG_KIND, "columns are selected from a data set, not from %s",
                       value_kind(data));
    Choice c = {.from = data.data, .taken = MEM_NEW(bool, data.data->ncolumns), .t = t};
    bool ok = c.taken || trouble_memory(t);
    for (uint32_t i = 0; ok && i < n; i++) ok = take_chosen(&c, chosen[i]);
    ok = ok && (value_data(copy_columns(&c), out) || trouble_memory(t));
    mem_free(c.taken);
    VEC_FREE(&c.columns);
    return ok;
}

// --- observing ------------------------------------------------------------------------------

bool data_value_rows(const DataFrame *f, uint32_t *n) {
    double sum = 0;
    for (size_t r = 0; r < f->nrows; r++) {
        double count = frame_count(f, r);
        if (count != floor(count)) return false;
        sum += count;
    }
    *n = sum <= MOST_ROWS ? (uint32_t)sum : 0;
    return sum <= MOST_ROWS;
}

// The constants of a variable that has no list of values.
static Term *constant_outside(const FrameColumn *c, double x, const Domain *d, uint32_t origin) {
    if (!domain_finite(c->domain)) return term_number(x, origin);
    if (d->kind == DOMAIN_SYMBOLIC) return table_level_term(c->domain, (uint32_t)x, origin);
    return term_number(domain_number(c->domain, (uint32_t)x), origin);
}

// What is told of a value that its variable cannot have.
static bool refuse_value(const FrameColumn *c, size_t row, bool numbered, const Domain *d,
                         Trouble *t) {
    Str value = {0}, values = {0}, place = {0};
    if (numbered) str_printf(&place, "row %zu", row + 1);
    else str_add(&place, "the row");
    frame_add_value(c, row, &value);
    domain_add_values(d, &values);
    trouble(t, DIAG_DATA_VALUE, "%s has %s = %s, which is not among the values %s",
            str_text(&place), c->name->text, str_text(&value), str_text(&values));
    str_free(&place);
    str_free(&value);
    str_free(&values);
    return false;
}

// The event that the variable has the value of a cell; `numbered`: messages say which row.
static bool event_of(const FrameColumn *c, size_t row, bool numbered, const ModelVar *var,
                     uint32_t origin, Term **out, Trouble *t) {
    double x = c->values[row];
    const Domain *d = var->domain;
    bool numbers = !domain_finite(c->domain) || c->domain->numeric;
    Term *value = NULL;
    if (domain_finite(d)) {
        uint32_t level = domain_finite(c->domain) ? domain_translate(d, c->domain, (uint32_t)x)
                                                  : domain_find_number(d, x);
        if (level == UINT32_MAX) return refuse_value(c, row, numbered, d, t);
        value = table_level_term(d, level, origin);
    } else {
        if (!numbers && d->kind != DOMAIN_SYMBOLIC) return refuse_value(c, row, numbered, d, t);
        value = constant_outside(c, x, d, origin);
    }
    *out = value ? term_binary(TERM_EQ, term_var(var->name, NULL, origin), value, origin) : NULL;
    return *out || trouble_memory(t);
}

// The member of a family, or NULL in *out. False: no memory.
static bool member_of(const Model *m, Sym family, uint32_t i, const ModelVar **out) {
    Str s = {0};
    str_printf(&s, "%s[%u]", family->text, i);
    Sym name = s.failed ? NULL : intern(m->names, str_text(&s), s.len);
    str_free(&s);
    uint32_t var = name ? model_find(m, name) : MODEL_NONE;
    *out = var == MODEL_NONE ? NULL : m->vars[var];
    return name != NULL;
}

bool data_value_known(const DataFrame *f, uint32_t column, const Model *m, bool *known) {
    double rows = frame_size(f);
    *known = false;
    for (uint32_t i = 1; i <= rows && !*known; i++) {
        const ModelVar *var;
        if (!member_of(m, f->columns[column].name, i, &var)) return false;
        *known = var != NULL;
    }
    return true;
}

// What is told of a value of a row that the family has no member for.
static bool refuse_row(const FrameColumn *c, size_t row, uint32_t member, Trouble *t) {
    Str value = {0};
    frame_add_value(c, row, &value);
    trouble(t, DIAG_DATA_VALUE, "row %zu has %s = %s, and the model has no %s[%u]", row + 1,
            c->name->text, str_text(&value), c->name->text, member);
    str_free(&value);
    return trouble_hint(t, "a family `for i in rows` has a member for each row");
}

static bool observe_row(const FrameColumn *c, size_t row, uint32_t first, uint32_t last,
                        const Model *m, uint32_t origin, bool (*add)(void *, Term *), void *user,
                        Trouble *t) {
    for (uint32_t i = first; i <= last; i++) {
        const ModelVar *var;
        if (!member_of(m, c->name, i, &var)) return trouble_memory(t);
        if (!var) return refuse_row(c, row, i, t);
        Term *event;
        if (!event_of(c, row, true, var, origin, &event, t) || !add(user, event)) return false;
    }
    return true;
}

static bool observe_column(const DataFrame *f, const FrameColumn *c, const Model *m,
                           uint32_t origin, bool (*add)(void *, Term *), void *user, Trouble *t) {
    uint32_t next = 1;
    for (size_t r = 0; r < f->nrows; r++) {
        uint32_t first = next;
        next += (uint32_t)frame_count(f, r);
        if (isnan(c->values[r]) || next == first) continue;
        if (!observe_row(c, r, first, next - 1, m, origin, add, user, t)) return false;
    }
    return true;
}

bool data_value_observe(const DataFrame *f, const Model *m, uint32_t origin,
                        bool (*add)(void *user, Term *taken), void *user, Trouble *t) {
    for (uint32_t k = 0; k < f->ncolumns; k++) {
        bool known;
        if (!data_value_known(f, k, m, &known)) return trouble_memory(t);
        if (known && !observe_column(f, &f->columns[k], m, origin, add, user, t)) return false;
    }
    return true;
}

bool data_value_row(const DataFrame *f, const Model *m, uint32_t origin,
                    bool (*add)(void *user, Term *taken), void *user, Trouble *t) {
    if (f->nrows != 1)
        return trouble(t, DIAG_EVENT, "a data set of %zu rows is not an event; one of its rows is",
                       f->nrows) ||
               trouble_hint(t, "go through them, as in [P(V | r) for r in D], or take one, D[1]");
    for (uint32_t k = 0; k < f->ncolumns; k++) {
        const FrameColumn *c = &f->columns[k];
        Term *event;
        if (isnan(c->values[0])) continue;
        uint32_t var = model_find(m, c->name);
        if (var == MODEL_NONE)
            return trouble(t, DIAG_DATA_COLUMN, "the row has a column %s, and the model has no such "
                           "variable", c->name->text) ||
                   trouble_hint(t, "a column has the name of a variable; a missing value, _, is not "
                                   "looked at");
        if (!event_of(c, 0, false, m->vars[var], origin, &event, t) || !add(user, event))
            return false;
    }
    return true;
}
