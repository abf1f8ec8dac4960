// Lua kind: the kinds of value that parameters and results of Lua's functions declare.
#include "interp/lua_kind.h"

#include <string.h>

#include "interp/table.h"

static const struct {
    const char *name, *text;
} kinds[] = {
    [LUA_KIND_ANY] = {"any", "a value"},
    [LUA_KIND_NUMBER] = {"number", "a number"},
    [LUA_KIND_BOOLEAN] = {"boolean", "true or false"},
    [LUA_KIND_STRING] = {"string", "a string"},
    [LUA_KIND_LEVEL] = {"level", "a level"},
    [LUA_KIND_LIST] = {"list", "a list"},
    [LUA_KIND_SET] = {"set", "a set"},
    [LUA_KIND_MAP] = {"map", "a map"},
    [LUA_KIND_RANGE] = {"range", "a range"},
    [LUA_KIND_TABLE] = {"table", "a table"},
    [LUA_KIND_MODEL] = {"model", "a model"},
    [LUA_KIND_DATA] = {"data", "a data set"},
    [LUA_KIND_DISTRIBUTION] = {"distribution", "a distribution"},
    [LUA_KIND_VARIABLE] = {"variable", "a variable"},
    [LUA_KIND_VARIABLES] = {"variables", "a set of variables"},
    [LUA_KIND_FUNCTION] = {"function", "a function"},
};

LuaKind lua_kind_find(const char *name) {
    int k = 0;
    while (k < LUA_KIND_NONE && strcmp(kinds[k].name, name) != 0) k++;
    return (LuaKind)k;
}

const char *lua_kind_text(LuaKind kind) {
    return kinds[kind].text;
}

static bool is_number(Value v) {
    return v.tag == VALUE_NUMBER || v.tag == VALUE_BOOL || v.tag == VALUE_ESTIMATE ||
           v.tag == VALUE_BOUNDS;
}

static bool is_truth(Value v) {
    return v.tag == VALUE_BOOL || (v.tag == VALUE_NUMBER && (v.number == 0 || v.number == 1));
}

bool lua_kind_fits(LuaKind kind, Value v) {
    switch (kind) {
    case LUA_KIND_NUMBER:
        return is_number(v);
    case LUA_KIND_BOOLEAN:
        return is_truth(v);
    case LUA_KIND_STRING:
        return v.tag == VALUE_STRING;
    case LUA_KIND_LEVEL:
        return v.tag == VALUE_LEVEL || v.tag == VALUE_STRING;
    case LUA_KIND_LIST:
        return v.tag == VALUE_LIST || v.tag == VALUE_SET || v.tag == VALUE_RANGE;
    case LUA_KIND_VARIABLES:
    case LUA_KIND_SET:
        return v.tag == VALUE_SET || v.tag == VALUE_SETS;
    case LUA_KIND_MAP:
        return v.tag == VALUE_MAP;
    case LUA_KIND_RANGE:
        return v.tag == VALUE_RANGE;
    case LUA_KIND_TABLE:
        return table_is(v);
    case LUA_KIND_MODEL:
        return v.tag == VALUE_MODEL;
    case LUA_KIND_DATA:
        return v.tag == VALUE_DATA;
    case LUA_KIND_DISTRIBUTION:
        return (v.tag == VALUE_TERM && term_is_dist(v.term)) || table_is(v) ||
               v.tag == VALUE_MAP;
    case LUA_KIND_VARIABLE:
        return value_variable(v) != NULL;
    case LUA_KIND_FUNCTION:
        return v.tag == VALUE_FUNCTION;
    default:
        return true;
    }
}
