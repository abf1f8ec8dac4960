// Lua ask: Lua asks Rung, and makes values that it has no signs for.
#include <math.h>
#include <string.h>

#include "interp/lexer.h"
#include "interp/lua_inner.h"

// A text is kept as long as the session, so that messages can quote it.
static void keep_text(lua_State *L, size_t len) {
    LuaBridge *b = lua_state_of(L);
    lua_limit_charge(L, 1000);
    b->used += 2 * len + 256;
    if (!lua_limit_room(b)) luaL_error(L, "not enough memory");
}

// Questions need a model that is made, and the VM for themselves.
static void begin(lua_State *L, size_t len) {
    LuaBridge *b = lua_state_of(L);
    if (b->in_lane) luaL_error(L, "inside a mechanism Rung cannot be asked");
    if (vm_checking(b->in->vm)) lua_limit_stop(b, L, LUA_STOP_LATER);
    keep_text(L, len);
}

static void end(lua_State *L, LuaBox *box, size_t before, bool ok) {
    LuaBridge *b = lua_state_of(L);
    Str s = {0};
    if (!ok) {
        lua_state_take(b, before, &s);
        box->trouble.code = DIAG_LUA;
        box->trouble.message = str_take(&s);
        if (!box->trouble.message) trouble_memory(&box->trouble);
        str_free(&s);
        lua_limit_check(L);
    }
    lua_value_settle(L, box, ok);
}

void lua_ask_text(lua_State *L, const char *text, size_t len, Value model) {
    LuaBridge *b = lua_state_of(L);
    begin(L, len);
    LuaBox *box = lua_value_box(L);
    size_t before = b->in->diags.count;
    Span span = b->span;
    lua_limit_leave(b);
    bool ok = interp_ask(b->in, text, len, model, &box->value);
    lua_limit_return(b);
    b->span = span;
    end(L, box, before, ok);
}

// rung.ask(text), rung.ask(text, model)
static int ask_question(lua_State *L) {
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    const LuaBox *box = lua_value_test(L, 2);
    bool model = box && box->value.tag == VALUE_MODEL;
    if (!lua_isnoneornil(L, 2) && !model) return luaL_argerror(L, 2, "a model is wanted");
    lua_ask_text(L, text, len, model ? box->value : value_nothing());
    return 1;
}

// rung.model(name, items)
static int make_model(lua_State *L) {
    LuaBridge *b = lua_state_of(L);
    size_t len;
    const char *name = luaL_checkstring(L, 1);
    luaL_checklstring(L, 2, &len);
    luaL_argcheck(L, *name, 1, "no name for a model");
    if (b->in_lane) return luaL_error(L, "inside a mechanism no model can be made");
    keep_text(L, len);
    name = luaL_gsub(L, name, "\\", "\\\\");
    name = luaL_gsub(L, name, "`", "\\`");
    name = luaL_gsub(L, name, "\n", "\\n");
    lua_pushfstring(L, "model `%s` {\n%s\n}", name, lua_tostring(L, 2));
    const char *text = lua_tolstring(L, -1, &len);
    LuaBox *box = lua_value_box(L);
    size_t before = b->in->diags.count;
    lua_limit_leave(b);
    bool ok = interp_make_model(b->in, text, len, &box->value);
    lua_limit_return(b);
    end(L, box, before, ok);
    if (lua_value_test(L, -1)->value.tag == VALUE_UNKNOWN) lua_limit_stop(b, L, LUA_STOP_LATER);
    return 1;
}

// --- values ----------------------------------------------------------------------------------

static int make_level(lua_State *L) {
    LuaBox *box = lua_value_box(L);
    luaL_checkstring(L, 1);
    bool ok = lua_value_read(L, 1, &box->value, &box->trouble);
    if (ok) box->value.tag = VALUE_LEVEL;
    lua_value_settle(L, box, ok);
    return 1;
}

static int make_range(lua_State *L) {
    lua_Number low = luaL_checknumber(L, 1), high = luaL_checknumber(L, 2);
    luaL_argcheck(L, low == floor(low) && fabs(low) < 1e15, 1, "a whole number is wanted");
    luaL_argcheck(L, high == floor(high) && fabs(high) < 1e15, 2, "a whole number is wanted");
    LuaBox *box = lua_value_box(L);
    bool ok = value_range(low, high, &box->value) || trouble_memory(&box->trouble);
    lua_value_settle(L, box, ok);
    return 1;
}

// The list in argument 1, into a box that is left.
static LuaBox *list_argument(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    LuaBox *list = lua_value_box(L);
    if (!lua_value_read(L, 1, &list->value, &list->trouble)) lua_value_settle(L, list, false);
    luaL_argcheck(L, list->value.tag == VALUE_LIST, 1, "a list is wanted");
    return list;
}

// rung.set{a, b, ...}
static int make_set(lua_State *L) {
    const ListObject *list = value_items(list_argument(L)->value);
    lua_limit_charge(L, list->count * list->count);
    LuaBox *box = lua_value_box(L);
    bool ok = value_list(VALUE_SET, list->items, list->count, &box->value) ||
              trouble_memory(&box->trouble);
    lua_value_settle(L, box, ok);
    return 1;
}

// rung.map{{key, item}, ...}: in this order.
static int make_map(lua_State *L) {
    const ListObject *list = value_items(list_argument(L)->value);
    for (size_t i = 0; i < list->count; i++) {
        Value pair = list->items[i];
        bool fits = pair.tag == VALUE_LIST && value_items(pair)->count == 2;
        luaL_argcheck(L, fits, 1, "pairs {key, item} are wanted");
    }
    LuaBox *box = lua_value_box(L);
    Value *items = MEM_NEW(Value, 2 * list->count);
    for (size_t i = 0; items && i < 2 * list->count; i++)
        items[i] = value_items(list->items[i / 2])->items[i % 2];
    bool ok = items && value_list(VALUE_MAP, items, 2 * list->count, &box->value);
    mem_free(items);
    lua_value_settle(L, box, ok || trouble_memory(&box->trouble));
    return 1;
}

// rung.name, where the module has no such field, is the function of Rung.
static int find_function(lua_State *L) {
    return lua_type(L, 2) == LUA_TSTRING && lua_call_find(L, lua_tostring(L, 2));
}

void lua_ask_open(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"ask", ask_question}, {"model", make_model}, {"level", make_level},
        {"range", make_range}, {"set", make_set},     {"map", make_map},
        {NULL, NULL},
    };
    luaL_setfuncs(L, functions, 0);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, find_function);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}
