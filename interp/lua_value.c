// Lua value: values on both sides.
//
// Numbers, truths, texts and lists are those of Lua. Everything else is a userdata that holds
// the value itself, so that nothing is lost on the way; its operators are those of the
// language.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "interp/lua_inner.h"
#include "interp/render.h"
#include "interp/table.h"

// Of lists within lists; bytes from which on Lua, which knows nothing of weights, is made to
// collect.
enum { DEEPEST = 100, HEAVY = 1000 };

static const char KIND[] = "Rung";

// --- boxes -----------------------------------------------------------------------------------

LuaBox *lua_value_box(lua_State *L) {
    LuaBridge *b = lua_state_of(L);
    LuaBox **slot = lua_newuserdatauv(L, sizeof *slot, 0);
    *slot = NULL;
    luaL_setmetatable(L, KIND);
    LuaBox *box = *slot = MEM_NEW(LuaBox, 1);
    if (!box) {
        b->exhausted = true;
        luaL_error(L, "memory is exhausted");
        return NULL;
    }
    b->used += box->weight = sizeof *box;
    box->after = b->boxes;
    if (b->boxes) b->boxes->before = box;
    b->boxes = box;
    return box;
}

static void free_box(LuaBridge *b, LuaBox *box) {
    if (box->before)
        box->before->after = box->after;
    else
        b->boxes = box->after;
    if (box->after) box->after->before = box->before;
    b->used -= box->weight;
    value_drop(box->value);
    trouble_free(&box->trouble);
    LuaHold *h = box->hold;
    for (size_t i = 0; h && i < h->n; i++) value_drop(h->items[i]);
    if (h) {
        mem_free(h->items);
        mem_free(h->labels);
        str_free(&h->text);
    }
    mem_free(h);
    mem_free(box);
}

void lua_value_free(LuaBridge *b) {
    while (b->boxes) free_box(b, b->boxes);
}

static void settle_trouble(lua_State *L, LuaBox *box) {
    LuaBridge *b = lua_state_of(L);
    const char *text = box->trouble.message;
    if (box->trouble.code == DIAG_MEMORY) {
        b->exhausted = true;
        luaL_error(L, "memory is exhausted");
    }
    lua_pushstring(L, text ? text : "this cannot be done");
    if (box->trouble.hint)
        lua_pushfstring(L, " (%s)", box->trouble.hint);
    else
        lua_pushliteral(L, "");
    lua_concat(L, 2);
    lua_error(L);
}

void lua_value_settle(lua_State *L, LuaBox *box, bool ok) {
    LuaBridge *b = lua_state_of(L);
    if (!ok) settle_trouble(L, box);
    ValueTag tag = box->value.tag;
    if (tag == VALUE_NUMBER || tag == VALUE_BOOL || tag == VALUE_STRING || tag == VALUE_LIST ||
        tag == VALUE_NOTHING) {
        lua_value_push(L, box->value);
        lua_remove(L, -2);
        return;
    }
    size_t weight = lua_weight_of(box->value, lua_limit_memory(b));
    box->weight += weight;
    b->used += weight;
    b->steps += weight / 64;
    if (b->used > lua_limit_memory(b) / 4 * 3 && weight >= HEAVY) {
        lua_limit_charge(L, 1000 + b->used / 64);
        lua_gc(L, LUA_GCCOLLECT);
    }
    if (!lua_limit_room(b)) luaL_error(L, "not enough memory");
}

// When the bridge is freed the boxes go before.
static int collect(lua_State *L) {
    LuaBox **slot = lua_touserdata(L, 1);
    LuaBridge *b = lua_state_of(L);
    if (*slot && b->boxes) free_box(b, *slot);
    *slot = NULL;
    return 0;
}

const LuaBox *lua_value_test(lua_State *L, int at) {
    bool same = false;
    at = lua_absindex(L, at);
    if (lua_type(L, at) != LUA_TUSERDATA || !lua_checkstack(L, 3) || !lua_getmetatable(L, at))
        return NULL;
    lua_rawgetp(L, LUA_REGISTRYINDEX, KIND);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same ? *(LuaBox **)lua_touserdata(L, at) : NULL;
}

// --- from Rung to Lua ------------------------------------------------------------------------

static void push_list(lua_State *L, Value v) {
    const ListObject *list = value_items(v);
    luaL_checkstack(L, 4, "lists within lists");
    lua_createtable(L, (int)list->count, 0);
    for (size_t i = 0; i < list->count; i++) {
        lua_value_push(L, list->items[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

void lua_value_push(lua_State *L, Value v) {
    switch (v.tag) {
    case VALUE_NOTHING:
        lua_pushnil(L);
        return;
    case VALUE_NUMBER:
        lua_pushnumber(L, v.number);
        return;
    case VALUE_BOOL:
        lua_pushboolean(L, v.truth);
        return;
    case VALUE_STRING:
        lua_pushlstring(L, v.sym->text, v.sym->len);
        return;
    case VALUE_LIST:
        push_list(L, v);
        return;
    default:
        break;
    }
    LuaBox *box = lua_value_box(L);
    box->value = value_keep(v);
    lua_value_settle(L, box, true);
}

void lua_value_plain(lua_State *L, Value v) {
    Sym name = v.tag == VALUE_LEVEL ? v.sym : value_variable(v);
    if (name)
        lua_pushlstring(L, name->text, name->len);
    else
        lua_value_push(L, v);
}

// --- from Lua to Rung: raw accesses alone, which never raise
// ----------------------------------

static bool read_at(lua_State *L, int at, uint32_t depth, Value *out, Trouble *t);

static void drop_all(Value *items, size_t n) {
    for (size_t i = 0; i < n; i++) value_drop(items[i]);
    mem_free(items);
}

// A table in several places is read in each.
static bool afford(lua_State *L, size_t items, Trouble *t) {
    LuaBridge *b = lua_state_of(L);
    b->steps += items + 10;
    size_t bytes = items * sizeof(Value) + sizeof(ListObject);
    b->used += bytes;
    b->reading += bytes;
    return lua_limit_room(b) || trouble(t, DIAG_LUA_LIMIT, "not enough memory for all of it");
}

static bool read_list(lua_State *L, int at, uint32_t depth, size_t n, Value *out, Trouble *t) {
    Value *items = MEM_NEW(Value, n);
    size_t done = 0;
    bool ok = items || trouble_memory(t);
    for (; ok && done < n; done += ok) {
        lua_rawgeti(L, at, (lua_Integer)done + 1);
        ok = read_at(L, lua_gettop(L), depth + 1, &items[done], t);
        lua_pop(L, 1);
    }
    ok = ok && (value_list(VALUE_LIST, items, n, out) || trouble_memory(t));
    drop_all(items, done);
    return ok;
}

// The order of a table of Lua is no order: numbers first, then texts.
static int by_key(const void *a, const void *b) {
    const Value *x = a, *y = b;
    bool numbers = x->tag == VALUE_NUMBER && y->tag == VALUE_NUMBER;
    if (numbers) return x->number < y->number ? -1 : x->number > y->number;
    if (x->tag != y->tag) return x->tag == VALUE_NUMBER ? -1 : y->tag == VALUE_NUMBER ? 1 : 0;
    return x->tag == VALUE_LEVEL ? strcmp(x->sym->text, y->sym->text) : 0;
}

// A key that is a text is a level, as in {small: 0.5}.
static bool read_key(lua_State *L, uint32_t depth, Value *out, Trouble *t) {
    if (!read_at(L, lua_gettop(L) - 1, depth + 1, out, t)) return false;
    if (out->tag == VALUE_STRING) out->tag = VALUE_LEVEL;
    return true;
}

static bool read_map(lua_State *L, int at, uint32_t depth, Value *out, Trouble *t) {
    VEC(Value) items = {0};
    bool ok = true;
    lua_pushnil(L);
    while (ok && lua_next(L, at)) {
        Value pair[2] = {{0}, {0}};
        ok = read_key(L, depth, &pair[0], t) &&
             read_at(L, lua_gettop(L), depth + 1, &pair[1], t);
        ok = ok && (VEC_RESERVE(&items, items.count + 2) || trouble_memory(t));
        for (int i = 0; i < 2; i++) {
            if (ok)
                items.items[items.count++] = pair[i];
            else
                value_drop(pair[i]);
        }
        lua_pop(L, ok ? 1 : 2);
    }
    if (ok && items.count) qsort(items.items, items.count / 2, 2 * sizeof(Value), by_key);
    ok = ok && (value_list(VALUE_MAP, items.items, items.count, out) || trouble_memory(t));
    drop_all(items.items, items.count);
    return ok;
}

// A table is a list when its keys are 1, 2, 3 ...; else a map.
static bool read_table(lua_State *L, int at, uint32_t depth, Value *out, Trouble *t) {
    size_t n = lua_rawlen(L, at), keys = 0;
    if (depth > DEEPEST || !lua_checkstack(L, 8))
        return trouble(t, DIAG_LUA_VALUE, "a table within tables, more than %d deep", DEEPEST);
    for (lua_pushnil(L); lua_next(L, at); keys++) lua_pop(L, 1);
    if (!afford(L, 2 * keys, t)) return false;
    return keys == n ? read_list(L, at, depth, n, out, t) : read_map(L, at, depth, out, t);
}

// Names are kept as long as the session.
static bool read_text(lua_State *L, int at, Value *out, Trouble *t) {
    size_t len;
    const char *text = lua_tolstring(L, at, &len);
    LuaBridge *b = lua_state_of(L);
    uint32_t names = intern_count(b->in->names);
    Sym sym = intern(b->in->names, text, len);
    *out = value_string(sym);
    if (!sym) return trouble_memory(t);
    if (intern_count(b->in->names) == names) return true;
    b->used += len + 64;
    return lua_limit_room(b) || trouble(t, DIAG_LUA_LIMIT, "not enough memory for more texts");
}

static bool read_at(lua_State *L, int at, uint32_t depth, Value *out, Trouble *t) {
    const LuaBox *box;
    switch (lua_type(L, at)) {
    case LUA_TNIL:
    case LUA_TNONE:
        *out = value_nothing();
        return true;
    case LUA_TBOOLEAN:
        *out = value_bool(lua_toboolean(L, at));
        return true;
    case LUA_TSTRING:
        return read_text(L, at, out, t);
    case LUA_TTABLE:
        return read_table(L, at, depth, out, t);
    case LUA_TNUMBER:
        *out = value_number(lua_tonumber(L, at));
        if (isnan(out->number))
            return trouble(t, DIAG_UNDEFINED_NUMBER, "Lua gives nan, which is no number");
        return true;
    default:
        break;
    }
    box = lua_value_test(L, at);
    if (!box)
        return trouble(t, DIAG_LUA_VALUE, "a %s of Lua is no value of Rung",
                       luaL_typename(L, at));
    *out = value_keep(box->value);
    return true;
}

bool lua_value_read(lua_State *L, int at, Value *out, Trouble *t) {
    LuaBridge *b = lua_state_of(L);
    bool ok = read_at(L, lua_absindex(L, at), 0, out, t);
    b->used -= b->reading;
    b->reading = 0;
    return ok;
}

// --- operators -------------------------------------------------------------------------------

static Value operand(lua_State *L, int at) {
    const LuaBox *box = lua_value_test(L, at);
    if (box) return box->value;
    LuaBox *made = lua_value_box(L);
    if (!lua_value_read(L, at, &made->value, &made->trouble)) settle_trouble(L, made);
    return made->value;
}

static int binary(lua_State *L, NodeOp op) {
    lua_settop(L, 2);
    Value a = operand(L, 1), b = operand(L, 2), out = value_nothing();
    LuaBox *box = lua_value_box(L);
    bool ok = value_binary(op, a, b, 0, &out, &box->trouble);
    if (ok) box->value = out;
    lua_value_settle(L, box, ok);
    return 1;
}

static int add(lua_State *L) {
    return binary(L, OP_ADD);
}
static int subtract(lua_State *L) {
    return binary(L, OP_SUB);
}
static int multiply(lua_State *L) {
    return binary(L, OP_MUL);
}
static int divide(lua_State *L) {
    return binary(L, OP_DIV);
}
static int modulo(lua_State *L) {
    return binary(L, OP_MOD);
}
static int power(lua_State *L) {
    return binary(L, OP_POW);
}

static int negate(lua_State *L) {
    Value a = operand(L, 1), out = value_nothing();
    LuaBox *box = lua_value_box(L);
    bool ok = value_unary(OP_NEG, a, 0, &out, &box->trouble);
    if (ok) box->value = out;
    lua_value_settle(L, box, ok);
    return 1;
}

// Lua wants true or false: what is open raises, and says why.
static int compare(lua_State *L, NodeOp op) {
    binary(L, op);
    if (lua_isboolean(L, -1)) return 1;
    const LuaBox *box = lua_value_test(L, -1);
    if (box && box->value.tag == VALUE_UNDETERMINED)
        return luaL_error(L, "%s", value_why(box->value));
    return luaL_error(L, "this comparison is not true or false");
}

static int less(lua_State *L) {
    return compare(L, OP_LT);
}
static int at_most(lua_State *L) {
    return compare(L, OP_LE);
}

static int equal(lua_State *L) {
    Value a = operand(L, 1), b = operand(L, 2);
    lua_pushboolean(L, value_equal(a, b));
    return 1;
}

static int length(lua_State *L) {
    const LuaBox *box = lua_value_test(L, 1);
    size_t n = 0;
    if (!value_count(box->value, &n))
        return luaL_error(L, "%s has no items", value_kind(box->value));
    lua_pushinteger(L, (lua_Integer)n);
    return 1;
}

static int text(lua_State *L) {
    const LuaBox *box = lua_value_test(L, 1);
    LuaBridge *b = lua_state_of(L);
    LuaBox *room = lua_value_box(L); // owns the text while it is pushed
    Str s = {0};
    render_value(box->value, &(RenderStyle){.digits = b->in->options.digits}, &s);
    room->trouble.message = str_take(&s);
    str_free(&s);
    if (!room->trouble.message) return luaL_error(L, "not enough memory");
    lua_pushstring(L, room->trouble.message);
    return 1;
}

// --- parts -----------------------------------------------------------------------------------

// The item of a map at a key: a number, or the name of a level.
static bool push_entry(lua_State *L, Value map, int key) {
    const ListObject *list = value_items(map);
    const LuaBox *box = lua_value_test(L, key);
    const char *name = lua_type(L, key) == LUA_TSTRING ? lua_tostring(L, key) : NULL;
    for (size_t i = 0; i < list->count; i += 2) {
        Value k = list->items[i];
        bool word = k.tag == VALUE_LEVEL || k.tag == VALUE_STRING;
        bool same = box    ? value_equal(box->value, k)
                    : name ? word && strcmp(k.sym->text, name) == 0
                           : lua_type(L, key) == LUA_TNUMBER &&
                                 value_equal(value_number(lua_tonumber(L, key)), k);
        if (!same) continue;
        lua_value_push(L, list->items[i + 1]);
        return true;
    }
    return false;
}

static bool push_item(lua_State *L, Value v, lua_Number at) {
    size_t n;
    if (!value_count(v, &n) || at < 1 || at > (double)n || at != floor(at)) return false;
    LuaBox *box = lua_value_box(L);
    if (!value_at(v, (size_t)at - 1, &box->value)) trouble_memory(&box->trouble);
    lua_value_settle(L, box, !box->trouble.code);
    return true;
}

// value:name(...) is name(value, ...) of Rung.
static int field(lua_State *L) {
    const LuaBox *box = lua_value_test(L, 1);
    if (box->value.tag == VALUE_MAP && push_entry(L, box->value, 2)) return 1;
    if (lua_type(L, 2) == LUA_TNUMBER)
        return push_item(L, box->value, lua_tonumber(L, 2)) ? 1 : 0;
    if (lua_type(L, 2) != LUA_TSTRING) return 0;
    const char *name = lua_tostring(L, 2);
    return lua_index_field(L, box, name) || lua_call_find(L, name);
}

static int closed(lua_State *L) {
    return luaL_error(L, "values of Rung do not change");
}

// for key, item in pairs(map); else the number of each item, and the item.
static int next_pair(lua_State *L) {
    const LuaBox *box = lua_value_test(L, lua_upvalueindex(1));
    lua_Integer at = lua_tointeger(L, lua_upvalueindex(2)) + 1;
    size_t n = 0;
    value_count(box->value, &n);
    if ((size_t)at > n) return 0;
    lua_pushinteger(L, at);
    lua_replace(L, lua_upvalueindex(2));
    if (box->value.tag == VALUE_MAP) {
        lua_value_plain(L, value_items(box->value)->items[2 * at - 2]);
        lua_value_push(L, value_items(box->value)->items[2 * at - 1]);
        return 2;
    }
    lua_pushinteger(L, at);
    push_item(L, box->value, (lua_Number)at);
    return 2;
}

static int pairs(lua_State *L) {
    lua_settop(L, 1);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_pair, 2);
    return 1;
}

void lua_value_open(lua_State *L) {
    static const luaL_Reg methods[] = {
        {"__gc", collect},    {"__add", add},           {"__sub", subtract},
        {"__mul", multiply},  {"__div", divide},        {"__mod", modulo},
        {"__pow", power},     {"__unm", negate},        {"__lt", less},
        {"__le", at_most},    {"__eq", equal},          {"__len", length},
        {"__tostring", text}, {"__index", field},       {"__newindex", closed},
        {"__pairs", pairs},   {"__call", lua_call_box}, {NULL, NULL},
    };
    luaL_newmetatable(L, KIND);
    luaL_setfuncs(L, methods, 0);
    lua_pushliteral(L, "a value of Rung");
    lua_setfield(L, -2, "__metatable");
    lua_rawsetp(L, LUA_REGISTRYINDEX, KIND);
}
