// Lua call: functions of Rung, called by Lua.
#include <string.h>

#include "interp/lua_inner.h"

// Room for arguments, in a box that is pushed.
static LuaHold *hold(lua_State *L, size_t room) {
    LuaBox *box = lua_value_box(L);
    LuaHold *h = box->hold = MEM_NEW(LuaHold, 1);
    if (h) h->items = MEM_NEW(Value, room);
    if (h) h->labels = MEM_NEW(Sym, room);
    if (h && h->items && h->labels) return h;
    lua_state_of(L)->exhausted = true;
    luaL_error(L, "memory is exhausted");
    return NULL;
}

// --- named arguments -------------------------------------------------------------------------

static bool has_label(const FunctionObject *f, const char *name) {
    size_t len = strlen(name);
    const char *p = f->native && f->native->labels ? f->native->labels : "";
    for (; *p; p += strspn(p, " ")) {
        size_t w = strcspn(p, " ");
        if (w == len && memcmp(p, name, len) == 0) return true;
        p += w;
    }
    for (size_t i = 0; f->chunk && i < f->chunk->params.count; i++) {
        Sym s = f->chunk->params.items[i].name;
        if (s && strcmp(s->text, name) == 0) return true;
    }
    return false;
}

// A last table whose keys are all names of parameters: {base = 10}.
static bool names_arguments(lua_State *L, int at, const FunctionObject *f) {
    size_t n = 0;
    if (lua_type(L, at) != LUA_TTABLE) return false;
    for (lua_pushnil(L); lua_next(L, at); n++) {
        lua_pop(L, 1);
        if (lua_type(L, -1) == LUA_TSTRING && has_label(f, lua_tostring(L, -1))) continue;
        lua_pop(L, 1);
        return false;
    }
    return n > 0;
}

static void read_one(lua_State *L, int at, LuaHold *h) {
    LuaBox *box = lua_value_box(L); // for the trouble
    bool ok = lua_value_read(L, at, &h->items[h->n], &box->trouble);
    if (!ok) lua_value_settle(L, box, false);
    h->n++;
    lua_pop(L, 1);
}

static uint32_t read_named(lua_State *L, int at, LuaHold *h) {
    uint32_t n = 0;
    for (lua_pushnil(L); lua_next(L, at); n++) {
        Sym label = intern_z(lua_state_of(L)->in->names, lua_tostring(L, -2));
        if (!label) luaL_error(L, "not enough memory");
        h->labels[n] = label;
        read_one(L, lua_gettop(L), h);
        lua_pop(L, 1);
    }
    return n;
}

static size_t count_keys(lua_State *L, int at) {
    size_t n = 0;
    for (lua_pushnil(L); lua_next(L, at); n++) lua_pop(L, 1);
    return n;
}

// --- calls -----------------------------------------------------------------------------------

// What went wrong becomes an error of Lua.
static void raise_text(lua_State *L, LuaHold *h, size_t before) {
    LuaBridge *b = lua_state_of(L);
    lua_state_take(b, before, &h->text);
    lua_limit_check(L);
    lua_pushstring(L, str_text(&h->text));
    lua_error(L);
}

static void refuse_lane(lua_State *L) {
    if (lua_state_of(L)->in_lane) luaL_error(L, "inside a mechanism Rung cannot be called");
}

int lua_call_box(lua_State *L) {
    LuaBridge *b = lua_state_of(L);
    const LuaBox *f = lua_value_test(L, 1);
    int top = lua_gettop(L);
    if (f->value.tag != VALUE_FUNCTION)
        return luaL_error(L, "%s cannot be called", value_kind(f->value));
    refuse_lane(L);
    lua_limit_charge(L, 100);
    const FunctionObject *function = (const FunctionObject *)f->value.object;
    bool named = top > 1 && names_arguments(L, top, function);
    size_t npos = (size_t)top - 1 - named, keys = named ? count_keys(L, top) : 0;
    LuaHold *h = hold(L, npos + keys + 1);
    luaL_checkstack(L, 8, "calls within calls");
    for (size_t i = 0; i < npos; i++) read_one(L, (int)i + 2, h);
    uint32_t nlabels = named ? read_named(L, top, h) : 0;
    CallShape shape = {.nargs = (uint32_t)h->n, .nlabels = nlabels, .labels = h->labels};
    LuaBox *out = lua_value_box(L);
    size_t before = b->in->diags.count;
    Span span = b->span;
    lua_limit_leave(b);
    bool ok = vm_apply(b->in->vm, f->value, h->items, &shape, span, &out->value);
    lua_limit_return(b);
    b->span = span;
    if (!ok) raise_text(L, h, before);
    if (out->value.tag == VALUE_UNKNOWN) lua_limit_stop(b, L, LUA_STOP_LATER);
    lua_value_settle(L, out, true);
    return 1;
}

bool lua_call_find(lua_State *L, const char *name) {
    LuaBridge *b = lua_state_of(L);
    refuse_lane(L);
    LuaBox *box = lua_value_box(L);
    Sym sym = intern_z(b->in->names, name);
    bool found = false;
    size_t before = b->in->diags.count;
    if (!sym || !vm_function(b->in->vm, sym, &found, &box->value)) {
        diag_drop(&b->in->diags, before);
        luaL_error(L, "%s is not at hand", name);
    }
    if (found) return true;
    lua_pop(L, 1);
    return false;
}
