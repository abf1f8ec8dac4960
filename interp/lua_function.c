// Lua function: functions that Lua registers, and their calls.
#include "interp/lua_function.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "interp/lexer.h"
#include "interp/render.h"

// --- calls with values -----------------------------------------------------------------------

typedef struct Request {
    LuaFunction *f;
    const Value *args;
    Value out;
    Trouble trouble;
    bool ok;
} Request;

// A list may have come as a range or a set.
static void push_items(lua_State *L, Value v) {
    size_t n = 0;
    value_count(v, &n);
    lua_state_charge(L, n);
    lua_newtable(L);
    for (size_t i = 0; i < n; i++) {
        LuaBox *box = lua_value_box(L);
        if (!value_at(v, i, &box->value)) trouble_memory(&box->trouble);
        lua_value_settle(L, box, !box->trouble.code);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static void push_argument(lua_State *L, const LuaParam *p, Value v) {
    if (p->kind == LUA_KIND_LIST)
        push_items(L, v);
    else if (p->kind == LUA_KIND_NUMBER && v.tag == VALUE_BOOL)
        lua_pushnumber(L, v.truth);
    else if (p->kind == LUA_KIND_BOOLEAN && v.tag == VALUE_NUMBER)
        lua_pushboolean(L, v.number != 0);
    else if (p->kind == LUA_KIND_LEVEL)
        lua_value_plain(L, v);
    else
        lua_value_push(L, v);
}

// A list of names becomes a set of variables.
static bool name_variables(Request *r) {
    size_t n = 0, done = 0;
    value_count(r->out, &n);
    Value *items = MEM_NEW(Value, n), set;
    bool ok = items || trouble_memory(&r->trouble);
    for (; ok && done < n; done += ok) {
        Value item = value_items(r->out)->items[done];
        if (item.tag != VALUE_STRING) {
            items[done] = value_keep(item);
            continue;
        }
        const Model *m = vm_context(r->f->bridge->in->vm)->model;
        if (!m || model_find(m, item.sym) == MODEL_NONE)
            ok = trouble(&r->trouble, DIAG_LUA_VALUE, "%s returns %s, which is no variable",
                         r->f->name->text, item.sym->text);
        else
            ok = value_term(term_var(item.sym, NULL, 0), &items[done]) || trouble_memory(&r->trouble);
    }
    ok = ok && (value_list(VALUE_SET, items, n, &set) || trouble_memory(&r->trouble));
    while (items && done-- > 0) value_drop(items[done]);
    mem_free(items);
    if (!ok) return false;
    value_drop(r->out);
    r->out = set;
    return true;
}

static bool check_result(Request *r) {
    LuaKind wanted = r->f->returns;
    const char *name = r->f->name->text;
    if (wanted == LUA_KIND_NONE) return true;
    if (r->out.tag == VALUE_NOTHING)
        return trouble(&r->trouble, DIAG_LUA_VALUE, "%s returns nothing", name);
    if (wanted == LUA_KIND_LEVEL && r->out.tag == VALUE_STRING) r->out.tag = VALUE_LEVEL;
    if (wanted == LUA_KIND_VARIABLES && r->out.tag == VALUE_LIST) return name_variables(r);
    if (lua_kind_fits(wanted, r->out)) return true;
    return trouble(&r->trouble, DIAG_LUA_VALUE, "%s is to return %s, and returns %s", name,
                   lua_kind_text(wanted), value_kind(r->out));
}

static void push_model(lua_State *L) {
    Model *m = vm_context(lua_state_of(L)->in->vm)->model;
    if (!m) luaL_error(L, "there is no model to ask");
    lua_value_push(L, (Value){.tag = VALUE_MODEL, .model = m});
}

static int run_request(lua_State *L) {
    Request *r = lua_touserdata(L, 1);
    LuaFunction *f = r->f;
    luaL_checkstack(L, (int)f->nparams + 4, "arguments");
    lua_rawgeti(L, LUA_REGISTRYINDEX, f->ref);
    if (f->role == LUA_ROLE_QUERY) push_model(L);
    for (uint32_t i = 0; i < f->nparams; i++) push_argument(L, &f->params[i], r->args[i]);
    lua_call(L, (int)f->nparams + (f->role == LUA_ROLE_QUERY), 1);
    r->ok = lua_value_read(L, -1, &r->out, &r->trouble) && check_result(r);
    return 0;
}

// While the VM checks, a question that Lua asks leaves the result open.
static bool later(LuaBridge *b, Value *out) {
    if (b->stop != LUA_STOP_LATER || b->depth) return false;
    lua_bridge_fresh(b);
    *out = value_unknown();
    return true;
}

bool lua_function_call(LuaFunction *f, const Value *args, uint32_t origin, Value *out,
                       Trouble *t) {
    LuaBridge *b = f->bridge;
    Request r = {.f = f, .args = args};
    Span outer = b->span, span = source_span(&b->in->sources, origin);
    b->span = span.source ? span : outer;
    bool ran = lua_state_call(b, run_request, &r);
    b->span = outer;
    if (ran && r.ok) return *out = r.out, true;
    value_drop(r.out);
    if (ran) return *t = r.trouble, false;
    trouble_free(&r.trouble);
    return later(b, out) || lua_state_report(b, span);
}

// --- calls lane by lane ----------------------------------------------------------------------

static double wrong_lane(LuaBridge *b, const LuaFunction *f, const char *kind) {
    b->raised = true;
    if (!kind) return NAN;
    str_clear(&b->failure.message);
    str_printf(&b->failure.message, "in a mechanism %s is to return a number, and returns a %s",
               f->name->text, kind);
    return NAN;
}

static double run_lane(LuaBridge *b, const LuaFunction *f, const double *args) {
    lua_State *L = b->L;
    double x = NAN;
    if (b->raised || !lua_checkstack(L, (int)f->nparams + 8)) return NAN;
    lua_rawgeti(L, LUA_REGISTRYINDEX, f->ref);
    for (uint32_t i = 0; i < f->nparams; i++) {
        if (f->params[i].kind == LUA_KIND_BOOLEAN)
            lua_pushboolean(L, args[i] != 0);
        else
            lua_pushnumber(L, args[i]);
    }
    if (!lua_state_enter(b, (int)f->nparams, 1)) return wrong_lane(b, f, NULL);
    if (lua_isboolean(L, -1))
        x = lua_toboolean(L, -1);
    else if (lua_type(L, -1) == LUA_TNUMBER)
        x = lua_tonumber(L, -1);
    else
        wrong_lane(b, f, luaL_typename(L, -1));
    lua_pop(L, 1);
    return x;
}

static double lane(const MathFunction *m, const double *args) {
    const LuaFunction *f = (const LuaFunction *)((const char *)m - offsetof(LuaFunction, math));
    LuaBridge *b = f->bridge;
    for (uint32_t i = 0; i < f->nparams; i++)
        if (isnan(args[i])) return NAN;
    pthread_mutex_lock(&b->lanes);
    bool outer = b->in_lane;
    b->in_lane = true;
    double x = run_lane(b, f, args);
    b->in_lane = outer;
    pthread_mutex_unlock(&b->lanes);
    return x;
}

static bool can_be_lane(const LuaFunction *f, const Value *args, Trouble *t) {
    if (f->nparams > MATH_MAX_ARITY) {
        trouble(t, DIAG_KIND, "%s has %u arguments; of variables it can have %d", f->name->text,
                f->nparams, MATH_MAX_ARITY);
        return false;
    }
    for (uint32_t i = 0; i < f->nparams; i++) {
        LuaKind kind = f->params[i].kind;
        bool plain =
            kind == LUA_KIND_NUMBER || kind == LUA_KIND_BOOLEAN || kind == LUA_KIND_ANY;
        bool scalar = args[i].tag == VALUE_NUMBER || args[i].tag == VALUE_BOOL ||
                      (args[i].tag == VALUE_TERM && !term_is_dist(args[i].term));
        if (plain && scalar) continue;
        trouble(t, DIAG_KIND,
                "with variables among its arguments, %s takes numbers alone; %s is %s",
                f->name->text, f->params[i].name->text, value_kind(args[i]));
        return false;
    }
    return true;
}

// A call on variables becomes part of the term that it stands in.
static bool lift(LuaFunction *f, const Value *args, uint32_t origin, Value *out, Trouble *t) {
    Term *kids[MATH_MAX_ARITY];
    uint32_t done = 0;
    bool ok = can_be_lane(f, args, t);
    for (; ok && done < f->nparams; done += ok)
        ok = value_to_term(args[done], origin, &kids[done], t);
    if (!ok) {
        while (done-- > 0) term_drop(kids[done]);
        return false;
    }
    Term *term = term_call(&f->math, kids, done, origin);
    if (f->returns == LUA_KIND_BOOLEAN)
        term = term_binary(TERM_NE, term, term_number(0, origin), origin);
    return value_term(term, out) || trouble_memory(t);
}

// --- arguments -------------------------------------------------------------------------------

static bool complain(const LuaFunction *f, Trouble *t) {
    return trouble_hint(t, "%s(%s): %s", f->name->text, f->native.params, f->native.doc);
}

static bool place(const LuaFunction *f, const Value *args, size_t npos, Value *slots,
                  Trouble *t) {
    for (uint32_t i = 0; i < f->nparams; i++) {
        const LuaParam *p = &f->params[i];
        Value named = args[npos + i];
        bool given = i < npos, twice = given && named.tag != VALUE_NOTHING;
        slots[i] = given ? args[i] : named.tag != VALUE_NOTHING ? named : p->missing;
        if (twice)
            trouble(t, DIAG_ARGUMENTS, "given twice: the argument %s", p->name->text);
        else if (slots[i].tag == VALUE_NOTHING && !p->optional)
            trouble(t, DIAG_ARGUMENTS, "an argument is missing: %s", p->name->text);
        else
            continue;
        return complain(f, t);
    }
    return true;
}

// Whether a call on these stands for one on each world: an argument depends on variables.
static bool symbolic(const LuaFunction *f, const Value *args) {
    for (uint32_t i = 0; i < f->nparams; i++) {
        LuaKind kind = f->params[i].kind;
        bool plain = kind == LUA_KIND_NUMBER || kind == LUA_KIND_BOOLEAN;
        if (plain && args[i].tag == VALUE_TERM && !term_is_dist(args[i].term)) return true;
    }
    return false;
}

static bool check_kinds(const LuaFunction *f, const Value *args, Trouble *t) {
    for (uint32_t i = 0; i < f->nparams; i++) {
        const LuaParam *p = &f->params[i];
        if (args[i].tag == VALUE_NOTHING || lua_kind_fits(p->kind, args[i])) continue;
        trouble(t, DIAG_KIND, "%s of %s is %s, not %s", p->name->text, f->name->text,
                lua_kind_text(p->kind), value_kind(args[i]));
        return complain(f, t);
    }
    return true;
}

bool lua_bridge_call(const Native *native, const Value *args, size_t n, uint32_t origin,
                     Value *out, Trouble *t) {
    LuaFunction *f = (LuaFunction *)native;
    Value *slots = MEM_NEW(Value, f->nparams);
    if (!slots) return trouble_memory(t);
    bool ok = place(f, args, n - f->nparams, slots, t);
    if (ok && symbolic(f, slots))
        ok = lift(f, slots, origin, out, t);
    else
        ok = ok && check_kinds(f, slots, t) && lua_function_call(f, slots, origin, out, t);
    mem_free(slots);
    return ok;
}

// --- registration ----------------------------------------------------------------------------

// A text of the session, made from the one on top, which is popped.
static const char *keep_top(lua_State *L) {
    LuaBridge *b = lua_state_of(L);
    size_t len;
    const char *text = lua_tolstring(L, -1, &len);
    Sym s = intern(b->in->names, text, len);
    if (!s) luaL_error(L, "not enough memory");
    b->used += len + 48;
    lua_pop(L, 1);
    return s->text;
}

static const char *text_field(lua_State *L, const char *name, const char *missing) {
    lua_pushstring(L, name);
    lua_rawget(L, 1);
    if (lua_isnil(L, -1) && missing) {
        lua_pop(L, 1);
        return missing;
    }
    if (lua_type(L, -1) != LUA_TSTRING) luaL_error(L, "the field %s must be a string", name);
    return keep_top(L);
}

static LuaKind kind_named(lua_State *L, const char *name) {
    LuaKind kind = lua_kind_find(name);
    if (kind == LUA_KIND_NONE) luaL_error(L, "there is no kind of value called %s", name);
    return kind;
}

static Sym name_text(lua_State *L, const char *name) {
    if (lexer_needs_quotes(name)) luaL_error(L, "%s cannot be a name", name);
    Sym s = intern_z(lua_state_of(L)->in->names, name);
    if (!s) luaL_error(L, "not enough memory");
    return s;
}

// {"x", "number", default = 2}, on top.
static void read_param(lua_State *L, LuaFunction *f) {
    LuaParam *p = &f->params[f->nparams];
    if (lua_type(L, -1) != LUA_TTABLE)
        luaL_error(L, "a parameter is {name, kind, default = ...}");
    lua_rawgeti(L, -1, 1);
    if (lua_type(L, -1) != LUA_TSTRING) luaL_error(L, "a parameter has a name");
    p->name = name_text(L, keep_top(L));
    lua_rawgeti(L, -1, 2);
    if (lua_isnil(L, -1))
        lua_pop(L, 1);
    else
        p->kind = kind_named(L, keep_top(L));
    lua_pushliteral(L, "default");
    lua_rawget(L, -2);
    LuaBox *box = lua_value_box(L);
    if (!lua_value_read(L, -2, &box->value, &box->trouble)) lua_value_settle(L, box, false);
    p->optional = box->value.tag != VALUE_NOTHING;
    p->missing = value_keep(box->value);
    f->nparams++;
    if (p->optional && !lua_kind_fits(p->kind, p->missing))
        luaL_error(L, "the default of %s must be %s", p->name->text, lua_kind_text(p->kind));
    lua_pop(L, 2);
}

static void read_params(lua_State *L, LuaFunction *f) {
    if (f->nparams) return;
    lua_pushliteral(L, "params");
    lua_rawget(L, 1);
    if (lua_isnil(L, -1)) return lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TTABLE) luaL_error(L, "the field params must be a list");
    size_t n = lua_rawlen(L, -1);
    f->params = MEM_NEW(LuaParam, n);
    if (!f->params) luaL_error(L, "not enough memory");
    lua_state_of(L)->used += n * sizeof *f->params;
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        read_param(L, f);
        lua_pop(L, 1);
        bool late = i && f->params[i - 1].optional && !f->params[i].optional;
        if (late)
            luaL_error(L, "%s needs a default, as the parameter before it has one",
                       f->params[i].name->text);
    }
    lua_pop(L, 1);
}

// "x, k: 2" and "x k".
static void describe(lua_State *L, LuaFunction *f) {
    LuaBox *room = lua_value_box(L); // owns the texts
    Str shown = {0}, labels = {0};
    for (uint32_t i = 0; i < f->nparams; i++) {
        const LuaParam *p = &f->params[i];
        str_printf(&shown, "%s%s", i ? ", " : "", p->name->text);
        str_printf(&labels, "%s%s", i ? " " : "", p->name->text);
        if (!p->optional) continue;
        str_add(&shown, ": ");
        render_value(p->missing, &(RenderStyle){.digits = 6}, &shown);
    }
    str_add(&shown, "");
    str_add(&labels, "");
    room->trouble.message = str_take(&shown);
    room->trouble.hint = str_take(&labels);
    str_free(&shown);
    str_free(&labels);
    if (!room->trouble.message || !room->trouble.hint) luaL_error(L, "not enough memory");
    lua_pushstring(L, room->trouble.message);
    f->native.params = keep_top(L);
    lua_pushstring(L, room->trouble.hint);
    f->native.labels = keep_top(L);
    lua_pop(L, 1);
}

// The function that the unit registered here when it ran before, or NULL.
static LuaFunction *renewed(LuaBridge *b, Sym name) {
    LuaUnit *u = b->unit;
    if (!u || u->next >= u->functions.count || u->functions.items[u->next]->name != name)
        return NULL;
    return u->functions.items[u->next++];
}

static LuaFunction *new_function(lua_State *L, Sym name) {
    LuaBridge *b = lua_state_of(L);
    LuaFunction *f = MEM_NEW(LuaFunction, 1);
    if (!f || !VEC_PUSH(&b->functions, f)) {
        mem_free(f);
        luaL_error(L, "not enough memory");
    }
    f->bridge = b;
    f->name = name;
    f->ref = LUA_NOREF;
    lua_state_charge(L, 100);
    b->used += sizeof *f + 64;
    if (!lua_state_room(b)) luaL_error(L, "not enough memory");
    return f;
}

// So that the unit renews it when it runs again.
static void belongs(lua_State *L, LuaFunction *f) {
    LuaUnit *u = lua_state_of(L)->unit;
    if (!u || u->next < u->functions.count) return;
    if (!VEC_PUSH(&u->functions, f)) luaL_error(L, "not enough memory");
    u->next++;
}

static void fill(lua_State *L, LuaFunction *f) {
    read_params(L, f);
    describe(L, f);
    f->returns = kind_named(L, text_field(L, "returns", "any"));
    f->native = (Native){.name = f->name->text,
                         .params = f->native.params,
                         .least = 0,
                         .most = f->nparams,
                         .labels = f->native.labels,
                         .topic = "extensions",
                         .doc = text_field(L, "doc", "A function of Lua.")};
    f->math = (MathFunction){
        .name = f->name->text, .doc = f->native.doc, .arity = f->nparams, .host = lane};
}

static void define(lua_State *L, LuaFunction *f) {
    LuaBridge *b = lua_state_of(L);
    LuaBox *box = lua_value_box(L);
    Global g = {.name = f->name, .kind = GLOBAL_FUNCTION};
    bool ok = value_function(f->name, NULL, &f->native, &box->value);
    g.value = ok ? value_keep(box->value) : value_nothing();
    if (!ok || !globals_set(&b->in->vm->globals, g)) luaL_error(L, "not enough memory");
}

// The function in a field of the table, kept in the registry.
static void take_function(lua_State *L, LuaFunction *f, const char *field) {
    lua_pushstring(L, field);
    if (lua_rawget(L, 1) != LUA_TFUNCTION)
        luaL_error(L, "the field %s must be a function", field);
    luaL_unref(L, LUA_REGISTRYINDEX, f->ref);
    f->ref = LUA_NOREF;
    f->ref = luaL_ref(L, LUA_REGISTRYINDEX);
}

// The parameters of what Rung itself calls.
static void fixed_params(lua_State *L, LuaFunction *f, const char *const *names, LuaKind kind) {
    size_t n = 0;
    while (names[n]) n++;
    f->params = MEM_NEW(LuaParam, n);
    if (!f->params) luaL_error(L, "not enough memory");
    for (; f->nparams < n; f->nparams++) {
        LuaParam *p = &f->params[f->nparams];
        p->name = name_text(L, names[f->nparams]);
        p->kind = kind;
    }
}

static LuaFunction *registered(lua_State *L, Sym name, LuaRole role) {
    static const char *const argument[] = {"argument", NULL};
    static const char *const file[] = {"text", "name", NULL};
    LuaFunction *f = new_function(L, name);
    f->role = role;
    if (role == LUA_ROLE_COMMAND) fixed_params(L, f, argument, LUA_KIND_STRING);
    if (role == LUA_ROLE_IMPORTER) fixed_params(L, f, file, LUA_KIND_STRING);
    fill(L, f);
    if (role == LUA_ROLE_COMMAND) f->returns = LUA_KIND_NONE;
    if (role == LUA_ROLE_QUERY) f->native.topic = "graphs";
    take_function(L, f, "call");
    belongs(L, f);
    return f;
}

// The table with the fields, in argument 1.
static LuaFunction *add(lua_State *L, LuaRole role, Sym name) {
    LuaFunction *f = renewed(lua_state_of(L), name);
    if (f) take_function(L, f, "call");
    else f = registered(L, name, role);
    return f;
}

static void begin(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    if (lua_state_of(L)->in_lane) luaL_error(L, "inside a mechanism nothing can be registered");
}

static int add_named(lua_State *L, LuaRole role) {
    begin(L);
    Sym name = name_text(L, text_field(L, "name", NULL));
    LuaFunction *f = add(L, role, name);
    if (role == LUA_ROLE_COMMAND) return 0;
    define(L, f);
    return 1;
}

static int add_function(lua_State *L) {
    return add_named(L, LUA_ROLE_FUNCTION);
}

static int add_query(lua_State *L) {
    return add_named(L, LUA_ROLE_QUERY);
}

static int add_command(lua_State *L) {
    return add_named(L, LUA_ROLE_COMMAND);
}

static int add_importer(lua_State *L) {
    begin(L);
    const char *text = text_field(L, "extension", NULL);
    Sym name = intern_z(lua_state_of(L)->in->names, text);
    if (!name) return luaL_error(L, "not enough memory");
    add(L, LUA_ROLE_IMPORTER, name);
    return 0;
}

void lua_function_free(LuaFunction *f) {
    for (uint32_t i = 0; i < f->nparams; i++) value_drop(f->params[i].missing);
    mem_free(f->params);
    mem_free(f);
}

void lua_function_open(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"func", add_function},
        {"query", add_query},
        {"command", add_command},
        {"importer", add_importer},
        {NULL, NULL},
    };
    luaL_setfuncs(L, functions, 0);
}
