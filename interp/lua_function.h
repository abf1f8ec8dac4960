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
    LUA_ROLE_EXPORTER, // of models, for `rung graph`; named after their format
    LUA_ROLE_DENSITY,  // the density of a distribution, at its first argument
    LUA_ROLE_LAW,      // a distribution over real numbers: its `law`
    LUA_ROLE_MASSES,   // a distribution over whole numbers: its `law`
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
    struct LuaLaw *law;
};

// Calls it with values, one for each parameter. `origin` is the place of the call. What is
// returned has been checked against f->returns; LUA_KIND_NONE lets nothing be returned too.
// False: trouble set or, without a message, reported.
bool lua_function_call(LuaFunction *f, const Value *args, uint32_t origin, Value *out,
                       Trouble *t);

// lua_register.c: what registration shares; each raises. The table with the fields
// is argument 1 of the function of Lua.
void lua_register_begin(lua_State *L);
const char *lua_register_text(lua_State *L, const char *field, const char *missing);
Sym lua_register_name(lua_State *L, const char *name);
Sym lua_register_own_name(lua_State *L); // the field `name`, when no built-in has it
// The function registered here when the unit ran before, or NULL; a new one, filled but for its
// function; the function in a field, to be kept; a global of Rung.
LuaFunction *lua_register_again(LuaBridge *b, Sym name);
LuaFunction *lua_register_new(lua_State *L, Sym name, LuaRole role);
void lua_register_take(lua_State *L, int *ref, const char *field);
void lua_register_finish(lua_State *L, LuaFunction *f);
void lua_register_define(lua_State *L, LuaFunction *f);

// The function of a term (MathFunction.host).
double lua_function_host(const MathFunction *m, const double *args);

// Calls what lies on the stack of b->L, a function and its n arguments, in a lane; the caller
// holds b->lanes. NaN: it failed, or gave no number.
double lua_function_lane(LuaBridge *b, int n, const char *name);

// lua_case.c: the call on variables, as a case over their levels. False: trouble set, or
// reported.
bool lua_case_make(LuaFunction *f, const Value *args, uint32_t origin, Value *out, Trouble *t);

// lua_law.c
void lua_law_open(lua_State *L);
void lua_law_free(struct LuaLaw *law);
bool lua_law_make(LuaFunction *f, const Value *args, uint32_t origin, Value *out, Trouble *t);

#endif
