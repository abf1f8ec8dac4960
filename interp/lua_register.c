// Lua register: what Lua registers, read from the tables that it gives.
#include <string.h>

#include "interp/lexer.h"
#include "interp/lua_function.h"
#include "interp/render.h"

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

const char *lua_register_text(lua_State *L, const char *name, const char *missing) {
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

Sym lua_register_name(lua_State *L, const char *name) {
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
    p->name = lua_register_name(L, keep_top(L));
    for (uint32_t i = 0; i < f->nparams; i++)
        if (f->params[i].name == p->name)
            luaL_error(L, "two parameters are called %s", p->name->text);
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
LuaFunction *lua_register_again(LuaBridge *b, Sym name) {
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
    lua_limit_charge(L, 100);
    b->used += sizeof *f + 64;
    if (!lua_limit_room(b)) luaL_error(L, "not enough memory");
    return f;
}

// So that the unit renews it when it runs again.
void lua_register_finish(lua_State *L, LuaFunction *f) {
    LuaUnit *u = lua_state_of(L)->unit;
    if (!u || u->next < u->functions.count) return;
    if (!VEC_PUSH(&u->functions, f)) luaL_error(L, "not enough memory");
    u->next++;
}

static void fill(lua_State *L, LuaFunction *f) {
    read_params(L, f);
    describe(L, f);
    f->returns = kind_named(L, lua_register_text(L, "returns", "any"));
    f->native = (Native){.name = f->name->text,
                         .params = f->native.params,
                         .least = 0,
                         .most = f->nparams,
                         .labels = f->native.labels,
                         .topic = "extensions",
                         .doc = lua_register_text(L, "doc", "A function of Lua.")};
    f->math = (MathFunction){.name = f->name->text,
                             .doc = f->native.doc,
                             .arity = f->nparams,
                             .host = lua_function_host};
}

void lua_register_define(lua_State *L, LuaFunction *f) {
    LuaBridge *b = lua_state_of(L);
    LuaBox *box = lua_value_box(L);
    Global g = {.name = f->name, .kind = GLOBAL_FUNCTION};
    bool ok = value_function(f->name, NULL, &f->native, &box->value);
    g.value = ok ? value_keep(box->value) : value_nothing();
    if (!ok || !globals_set(&b->in->vm->globals, g)) luaL_error(L, "not enough memory");
}

// The function in a field of the table, kept in the registry.
void lua_register_take(lua_State *L, int *ref, const char *field) {
    lua_pushstring(L, field);
    if (lua_rawget(L, 1) != LUA_TFUNCTION)
        luaL_error(L, "the field %s must be a function", field);
    luaL_unref(L, LUA_REGISTRYINDEX, *ref);
    *ref = LUA_NOREF;
    *ref = luaL_ref(L, LUA_REGISTRYINDEX);
}

// The parameters of what Rung itself calls.
static void fixed_params(lua_State *L, LuaFunction *f, const char *const *names, LuaKind kind) {
    size_t n = 0;
    while (names[n]) n++;
    f->params = MEM_NEW(LuaParam, n);
    if (!f->params) luaL_error(L, "not enough memory");
    for (; f->nparams < n; f->nparams++) {
        LuaParam *p = &f->params[f->nparams];
        p->name = lua_register_name(L, names[f->nparams]);
        p->kind = kind;
    }
}

LuaFunction *lua_register_new(lua_State *L, Sym name, LuaRole role) {
    static const char *const argument[] = {"argument", NULL};
    static const char *const file[] = {"text", "name", NULL};
    static const char *const model[] = {"model", NULL};
    LuaFunction *f = new_function(L, name);
    f->role = role;
    if (role == LUA_ROLE_COMMAND) fixed_params(L, f, argument, LUA_KIND_STRING);
    if (role == LUA_ROLE_IMPORTER) fixed_params(L, f, file, LUA_KIND_STRING);
    if (role == LUA_ROLE_EXPORTER) fixed_params(L, f, model, LUA_KIND_MODEL);
    fill(L, f);
    if (role == LUA_ROLE_EXPORTER) f->returns = LUA_KIND_STRING;
    if (role == LUA_ROLE_COMMAND) f->returns = LUA_KIND_NONE;
    if (role == LUA_ROLE_QUERY) f->native.topic = "graphs";
    return f;
}

void lua_register_begin(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    if (lua_state_of(L)->in_lane) luaL_error(L, "inside a mechanism nothing can be registered");
}

static LuaFunction *add(lua_State *L, LuaRole role, Sym name) {
    LuaFunction *f = lua_register_again(lua_state_of(L), name);
    bool again = f != NULL;
    if (!again) f = lua_register_new(L, name, role);
    lua_register_take(L, &f->ref, "call");
    if (!again) lua_register_finish(L, f);
    return f;
}

// The engines know the built-ins by their names.
Sym lua_register_own_name(lua_State *L) {
    Sym name = lua_register_name(L, lua_register_text(L, "name", NULL));
    if (native_find(name->text)) luaL_error(L, "%s is built in", name->text);
    return name;
}

static int add_named(lua_State *L, LuaRole role) {
    lua_register_begin(L);
    bool command = role == LUA_ROLE_COMMAND;
    Sym name = command ? lua_register_name(L, lua_register_text(L, "name", NULL))
                       : lua_register_own_name(L);
    LuaFunction *f = add(L, role, name);
    if (command) return 0;
    lua_register_define(L, f);
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

// What is named after a kind of file, which need not be a name of Rung.
static int add_for_files(lua_State *L, LuaRole role, const char *field) {
    lua_register_begin(L);
    const char *text = lua_register_text(L, field, NULL);
    Sym name = intern_z(lua_state_of(L)->in->names, text);
    if (!name) return luaL_error(L, "not enough memory");
    add(L, role, name);
    return 0;
}

static int add_importer(lua_State *L) {
    return add_for_files(L, LUA_ROLE_IMPORTER, "extension");
}

static int add_exporter(lua_State *L) {
    return add_for_files(L, LUA_ROLE_EXPORTER, "format");
}

void lua_register_open(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"func", add_function},     {"query", add_query},       {"command", add_command},
        {"importer", add_importer}, {"exporter", add_exporter}, {NULL, NULL},
    };
    luaL_setfuncs(L, functions, 0);
    lua_law_open(L);
}
