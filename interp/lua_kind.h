// Lua kind: the kinds of value that parameters and results of Lua's functions declare.
#ifndef RUNG_INTERP_LUA_KIND_H
#define RUNG_INTERP_LUA_KIND_H

#include "interp/value.h"

typedef enum LuaKind {
    LUA_KIND_ANY,
    LUA_KIND_NUMBER,
    LUA_KIND_BOOLEAN,
    LUA_KIND_STRING,
    LUA_KIND_LEVEL,
    LUA_KIND_LIST,
    LUA_KIND_SET,
    LUA_KIND_MAP,
    LUA_KIND_RANGE,
    LUA_KIND_TABLE,
    LUA_KIND_MODEL,
    LUA_KIND_DATA,
    LUA_KIND_DISTRIBUTION,
    LUA_KIND_VARIABLE,
    LUA_KIND_VARIABLES, // of a result: names, which become a set of variables
    LUA_KIND_FUNCTION,
    LUA_KIND_NONE,
} LuaKind;

// The kind of that name, or LUA_KIND_NONE.
LuaKind lua_kind_find(const char *name);

// "a number", "a list": for messages.
const char *lua_kind_text(LuaKind kind);

// Whether a value is of a kind. A number may carry its error; a list may be a set or a range; a
// level may be a text.
bool lua_kind_fits(LuaKind kind, Value v);

#endif
