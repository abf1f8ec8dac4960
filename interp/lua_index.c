// Lua index: the fields of values, as Lua reads them.
#include <math.h>
#include <string.h>

#include "interp/lua_inner.h"
#include "interp/table.h"

typedef void (*Field)(lua_State *L, Value v);

typedef struct FieldRow {
    const char *name;
    Field push;
} FieldRow;

static void push_text(lua_State *L, const char *text) {
    if (text)
        lua_pushstring(L, text);
    else
        lua_pushnil(L);
}

static void push_sym(lua_State *L, Sym s) {
    if (s)
        lua_pushlstring(L, s->text, s->len);
    else
        lua_pushnil(L);
}

// A variable as a key of a row that has a key of its own, `own`: in backquotes where it is that.
static void push_key(lua_State *L, Sym name, const char *own) {
    if (strcmp(name->text, own) == 0) lua_pushfstring(L, "`%s`", own);
    else push_sym(L, name);
}

// --- numbers with an error -------------------------------------------------------------------

static double reach(const Answer *a) {
    return ESTIMATE_REACH * a->se[0];
}

static void estimate_value(lua_State *L, Value v) {
    lua_pushnumber(L, value_answer_of(v)->value);
}

static void estimate_se(lua_State *L, Value v) {
    lua_pushnumber(L, value_answer_of(v)->se[0]);
}

static void estimate_low(lua_State *L, Value v) {
    lua_pushnumber(L, value_answer_of(v)->value - reach(value_answer_of(v)));
}

static void estimate_high(lua_State *L, Value v) {
    lua_pushnumber(L, value_answer_of(v)->value + reach(value_answer_of(v)));
}

static void answer_draws(lua_State *L, Value v) {
    lua_pushnumber(L, (double)value_answer_of(v)->draws);
}

static void answer_seed(lua_State *L, Value v) {
    lua_pushnumber(L, (double)value_answer_of(v)->seed);
}

static void answer_method(lua_State *L, Value v) {
    push_text(L, value_answer_of(v)->method);
}

static void bounds_low(lua_State *L, Value v) {
    lua_pushnumber(L, value_bounds_of(v)->low);
}

static void bounds_high(lua_State *L, Value v) {
    lua_pushnumber(L, value_bounds_of(v)->high);
}

static void bounds_sharp(lua_State *L, Value v) {
    lua_pushboolean(L, value_bounds_of(v)->loose == NULL);
}

// --- tables ----------------------------------------------------------------------------------

static void answer_variables(lua_State *L, Value v) {
    const Answer *a = value_answer_of(v);
    lua_createtable(L, (int)a->naxes, 0);
    for (uint32_t i = 0; i < a->naxes; i++) {
        push_sym(L, a->axes[i].name);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

// A level as Lua sees it best: its name, a number or a truth.
static void push_level(lua_State *L, const AnswerAxis *axis, uint32_t level) {
    if (axis->labels) {
        lua_pushstring(L, axis->labels[level]);
        return;
    }
    LuaBox *box = lua_value_box(L);
    if (!table_level_value(axis->domain, level, &box->value)) trouble_memory(&box->trouble);
    if (box->trouble.code) lua_value_settle(L, box, false);
    lua_value_plain(L, box->value);
    lua_remove(L, -2);
}

static void push_cell(lua_State *L, Value v, size_t cell) {
    if (isnan(value_answer_of(v)->cells[cell])) {
        lua_pushnil(L);
        return;
    }
    LuaBox *box = lua_value_box(L);
    if (!table_cell(v, cell, &box->value)) trouble_memory(&box->trouble);
    lua_value_settle(L, box, !box->trouble.code);
}

static void table_row(lua_State *L, Value v, size_t cell) {
    const Answer *a = value_answer_of(v);
    size_t rest = cell;
    lua_createtable(L, 0, (int)a->naxes + 1);
    for (uint32_t i = a->naxes; i-- > 0;) {
        push_key(L, a->axes[i].name, "value");
        push_level(L, &a->axes[i], (uint32_t)(rest % a->axes[i].count));
        lua_rawset(L, -3);
        rest /= a->axes[i].count;
    }
    push_cell(L, v, cell);
    lua_setfield(L, -2, "value");
}

// {X = "a", Y = true, ...}
static void assignment(lua_State *L, const Answer *a) {
    lua_createtable(L, 0, (int)a->naxes);
    for (uint32_t i = 0; i < a->naxes; i++) {
        push_sym(L, a->axes[i].name);
        push_level(L, &a->axes[i], a->levels[i]);
        lua_rawset(L, -3);
    }
}

// One row per variable and level.
static void marginals(lua_State *L, const Answer *a) {
    size_t cell = 0;
    lua_newtable(L);
    for (uint32_t i = 0; i < a->naxes; i++) {
        for (uint32_t k = 0; k < a->axes[i].count; k++, cell++) {
            lua_createtable(L, 0, 3);
            push_sym(L, a->axes[i].name);
            lua_setfield(L, -2, "variable");
            push_level(L, &a->axes[i], k);
            lua_setfield(L, -2, "level");
            lua_pushnumber(L, a->cells[cell]);
            lua_setfield(L, -2, "value");
            lua_rawseti(L, -2, (lua_Integer)cell + 1);
        }
    }
}

static void answer_rows(lua_State *L, Value v) {
    const Answer *a = value_answer_of(v);
    if (a->kind == ANSWER_ASSIGNMENT) {
        assignment(L, a);
    } else if (a->kind == ANSWER_MARGINALS) {
        marginals(L, a);
    } else {
        lua_createtable(L, (int)a->ncells, 0);
        for (size_t i = 0; i < a->ncells; i++) {
            table_row(L, v, i);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
    }
}

// --- formulas --------------------------------------------------------------------------------

static void estimand_formula(lua_State *L, Value v) {
    push_text(L, value_estimand_of(v)->text);
}

static void estimand_latex(lua_State *L, Value v) {
    push_text(L, value_estimand_of(v)->latex);
}

static void estimand_source(lua_State *L, Value v) {
    push_text(L, value_estimand_of(v)->source);
}

static void estimand_witness(lua_State *L, Value v) {
    push_text(L, value_estimand_of(v)->witness);
}

static void estimand_identified(lua_State *L, Value v) {
    lua_pushboolean(L, value_estimand_of(v)->witness == NULL);
}

// --- data ------------------------------------------------------------------------------------

static void push_datum(lua_State *L, const FrameColumn *c, size_t row) {
    double x = c->values[row];
    if (isnan(x)) {
        lua_pushnil(L);
    } else if (domain_finite(c->domain)) {
        AnswerAxis axis = {.domain = c->domain};
        push_level(L, &axis, (uint32_t)x);
    } else {
        lua_pushnumber(L, x);
    }
}

static void data_columns(lua_State *L, Value v) {
    lua_createtable(L, (int)v.data->ncolumns, 0);
    for (uint32_t i = 0; i < v.data->ncolumns; i++) {
        push_sym(L, v.data->columns[i].name);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

// A row is {X = ..., count = n}; what is missing is nil.
static void data_rows(lua_State *L, Value v) {
    const DataFrame *f = v.data;
    lua_createtable(L, (int)f->nrows, 0);
    for (size_t r = 0; r < f->nrows; r++) {
        lua_createtable(L, 0, (int)f->ncolumns + 1);
        lua_pushnumber(L, frame_count(f, r));
        lua_setfield(L, -2, "count");
        for (uint32_t i = 0; i < f->ncolumns; i++) {
            push_key(L, f->columns[i].name, "count");
            push_datum(L, &f->columns[i], r);
            lua_rawset(L, -3);
        }
        lua_rawseti(L, -2, (lua_Integer)r + 1);
    }
}

static void data_size(lua_State *L, Value v) {
    lua_pushnumber(L, frame_size(v.data));
}

// --- models ----------------------------------------------------------------------------------

static void model_name(lua_State *L, Value v) {
    push_sym(L, v.model->name);
}

static void model_doc(lua_State *L, Value v) {
    push_text(L, v.model->doc);
}

static void model_vertices(lua_State *L, Value v) {
    lua_Integer n = 0;
    lua_newtable(L);
    for (uint32_t i = 0; i < v.model->nvars; i++) {
        if (v.model->vars[i]->anonymous) continue;
        push_sym(L, v.model->vars[i]->name);
        lua_rawseti(L, -2, ++n);
    }
}

// {from = "X", to = "Y", both = false}
static void model_edges(lua_State *L, Value v) {
    const Model *m = v.model;
    lua_Integer n = 0;
    lua_newtable(L);
    for (uint32_t i = 0; i < m->nedges; i++) {
        const ModelVar *from = m->vars[m->edges[i].from], *to = m->vars[m->edges[i].to];
        if (from->anonymous || to->anonymous) continue;
        lua_createtable(L, 0, 3);
        push_sym(L, from->name);
        lua_setfield(L, -2, "from");
        push_sym(L, to->name);
        lua_setfield(L, -2, "to");
        lua_pushboolean(L, m->edges[i].both);
        lua_setfield(L, -2, "both");
        lua_rawseti(L, -2, ++n);
    }
}

// --- the rest --------------------------------------------------------------------------------

static void range_low(lua_State *L, Value v) {
    lua_pushnumber(L, ((const RangeObject *)v.object)->low);
}

static void range_high(lua_State *L, Value v) {
    lua_pushnumber(L, ((const RangeObject *)v.object)->high);
}

static void name_of(lua_State *L, Value v) {
    push_sym(L, v.tag == VALUE_LEVEL      ? v.sym
                : v.tag == VALUE_FUNCTION ? ((const FunctionObject *)v.object)->name
                                          : value_variable(v));
}

static void why_open(lua_State *L, Value v) {
    push_text(L, value_why(v));
}

static const FieldRow estimate_fields[] = {
    {"value", estimate_value}, {"se", estimate_se},
    {"low", estimate_low},     {"high", estimate_high},
    {"draws", answer_draws},   {"seed", answer_seed},
    {"method", answer_method}, {NULL, NULL},
};
static const FieldRow bounds_fields[] = {
    {"low", bounds_low},
    {"high", bounds_high},
    {"sharp", bounds_sharp},
    {NULL, NULL},
};
static const FieldRow answer_fields[] = {
    {"variables", answer_variables}, {"rows", answer_rows},     {"draws", answer_draws},
    {"seed", answer_seed},           {"method", answer_method}, {NULL, NULL},
};
static const FieldRow estimand_fields[] = {
    {"formula", estimand_formula}, {"latex", estimand_latex},
    {"source", estimand_source},   {"identified", estimand_identified},
    {"witness", estimand_witness}, {NULL, NULL},
};
static const FieldRow data_fields[] = {
    {"columns", data_columns},
    {"rows", data_rows},
    {"size", data_size},
    {NULL, NULL},
};
static const FieldRow model_fields[] = {
    {"name", model_name},   {"doc", model_doc}, {"vertices", model_vertices},
    {"edges", model_edges}, {NULL, NULL},
};
static const FieldRow range_fields[] = {{"low", range_low}, {"high", range_high}, {NULL, NULL}};
static const FieldRow named_fields[] = {{"name", name_of}, {NULL, NULL}};
static const FieldRow open_fields[] = {{"why", why_open}, {NULL, NULL}};

static const FieldRow *fields_of(Value v) {
    switch (v.tag) {
    case VALUE_ESTIMATE:
        return estimate_fields;
    case VALUE_BOUNDS:
        return bounds_fields;
    case VALUE_ANSWER:
        return answer_fields;
    case VALUE_ESTIMAND:
        return estimand_fields;
    case VALUE_DATA:
        return data_fields;
    case VALUE_MODEL:
        return model_fields;
    case VALUE_RANGE:
        return range_fields;
    case VALUE_LEVEL:
    case VALUE_FUNCTION:
    case VALUE_TERM:
        return named_fields;
    case VALUE_UNDETERMINED:
        return open_fields;
    default:
        return NULL;
    }
}

bool lua_index_field(lua_State *L, const LuaBox *box, const char *name) {
    if (strcmp(name, "kind") == 0) {
        lua_pushstring(L, value_kind(box->value));
        return true;
    }
    for (const FieldRow *f = fields_of(box->value); f && f->name; f++) {
        if (strcmp(f->name, name) != 0) continue;
        f->push(L, box->value);
        return true;
    }
    return box->value.tag == VALUE_MODEL && lua_extend_method(L, name);
}
