// Lua function: a function that Lua registered, which Rung calls as a built-in.
#ifndef RUNG_INTERP_LUA_FUNCTION_H
#define RUNG_INTERP_LUA_FUNCTION_H

#include "interp/lua_inner.h"
#include "interp/lua_kind.h"
#include "runtime/model/math.h"

typedef struct LuaParam {
    Sym name;
    LuaKind kind;
    bool optional;
    Value missing; // what stands in; owned
} LuaParam;

// What a registration is for.
typedef enum LuaRole {
    LUA_ROLE_FUNCTION,
    LUA_ROLE_QUERY,    // a question about the graph, which is its first argument in Lua
    LUA_ROLE_COMMAND,  // of the conversation; named after the colon
    LUA_ROLE_IMPORTER, // of files; named after their extension
} LuaRole;

struct LuaFunction {
    Native native;     // first: a row of which :help and calls know no difference
    MathFunction math; // for mechanisms, lane by lane
    LuaBridge *bridge;
    LuaRole role;
    Sym name;
    int ref; // of the function, in Lua's registry
    LuaParam *params;
    uint32_t nparams;
    LuaKind returns;
};

// Calls it with values, one for each parameter. `origin` is the place of the call. What is
// returned has been checked against f->returns; LUA_KIND_NONE lets nothing be returned too.
// False: trouble set or, without a message, reported.
bool lua_function_call(LuaFunction *f, const Value *args, uint32_t origin, Value *out,
                       Trouble *t);

#endif
