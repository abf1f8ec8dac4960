// Lua, inside: what the files lua_*.c share.
//
// Three rules keep Lua's errors, which leave a C function by longjmp, from skipping over what C
// owns. C enters Lua by lua_state_call alone, under a protected call. A C function that Lua
// calls owns nothing on its own stack while it calls what may raise: values live in boxes,
// which Lua collects. What is said here never to raise may be called while owning things.
#ifndef RUNG_INTERP_LUA_INNER_H
#define RUNG_INTERP_LUA_INNER_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>

#include "interp/interp_inner.h"
#include "interp/lua_bridge.h"

// Why Lua was stopped from outside. It stays so until the statement ends: no protected call of
// Lua's own gets past it.
typedef enum LuaStop {
    LUA_STOP_NONE,
    LUA_STOP_STEPS,  // too many steps
    LUA_STOP_TIME,   // too much time on few steps
    LUA_STOP_CANCEL, // the session was interrupted
    LUA_STOP_LATER,  // a check: what comes next needs an answer
} LuaStop;

// The last error.
typedef struct LuaFailure {
    Str message, trace;
    Span place;  // the line of Lua, or no place
    bool memory; // the limit of memory
} LuaFailure;

typedef struct LuaFunction LuaFunction;
struct LuaBox;

struct LuaBridge {
    Interp *in;
    lua_State *L;
    pthread_mutex_t lanes; // held by the thread whose lane runs
    bool in_lane;
    double (*unit_of)(void *stream); // while a sampler runs: its uniform numbers
    void *stream;
    double second;  // result of a lane that has two
    size_t used;    // bytes, those of values that Lua holds included
    size_t reading; // of them, those of tables that are being read
    bool exhausted; // the heap itself gave out
    LuaStop stop;
    uint64_t steps;      // of this statement
    uint32_t depth;      // of entries from C
    uint32_t away;       // of calls from Lua to Rung that are not done
    double clock, began; // when time was last looked at: the wall's, the processor's
    double spent;        // what this statement took Lua, in seconds
    pthread_mutex_t watch; // held by the thread that looks at the clock
    bool over;             // the time is spent; read and written atomically
    LuaFailure failure;
    bool raised;          // a lane failed; failure says why
    Span span;            // of the innermost call from Rung
    LuaUnit *unit;        // that runs
    int pristine;         // the globals at the beginning
    struct LuaBox *boxes; // alive, in Lua or lost to it
    VEC(LuaFunction *) functions;
};

struct LuaUnit {
    uint32_t source, line; // line: that it begins on
    const char *text;
    size_t len;
    VEC(LuaFunction *) functions; // registered by it; owned by the bridge
    size_t next;                  // while it runs again: those before were renewed
};

// --- lua_state.c: entering Lua, and its limits ---

// The bridge of a session, made when there is none. NULL: reported.
LuaBridge *lua_state_bridge(Interp *in, Span span);
LuaBridge *lua_state_of(lua_State *L); // the bridge of a state or coroutine; never raises

// Calls f, with `user` as a light userdata, under protection. False: it raised, or Lua had been
// stopped; b->failure says what (lua_state_report).
bool lua_state_call(LuaBridge *b, lua_CFunction f, void *user);
// The same of what lies on the stack: a function and its n arguments; `results` stay there.
bool lua_state_enter(LuaBridge *b, int n, int results);
// Handles errors at the place where they are raised.
int lua_state_on_error(lua_State *L);

// Reports what a failed call left, at `span`; false.
bool lua_state_report(LuaBridge *b, Span span);

// Moves the diagnostics since there were `before` into a text. Never raises.
void lua_state_take(LuaBridge *b, size_t before, Str *out);

// --- lua_limit.c: how long it may run, how much it may keep ---

// Takes steps off the budget; raises when it is spent or the session was interrupted.
void lua_limit_charge(lua_State *L, uint64_t steps);
// Raises when Lua was stopped: nothing may catch that.
void lua_limit_check(lua_State *L);
void lua_limit_stop(LuaBridge *b, lua_State *L, LuaStop why); // and raises

size_t lua_limit_memory(const LuaBridge *b); // bytes
// Whether what Lua keeps is within the limit of memory.
bool lua_limit_room(const LuaBridge *b);

// Reports which limit stopped Lua, at `span`; false.
bool lua_limit_report(LuaBridge *b, Span span);

// Between these two, what Rung does for Lua counts as steps of Lua and takes of its time; a
// computation that takes too long is cancelled.
void lua_limit_leave(LuaBridge *b);
void lua_limit_return(LuaBridge *b);

// --- lua_sandbox.c ---

// Opens the libraries: all of them when trusted. Raises.
void lua_sandbox_open(lua_State *L, bool trusted);

// --- lua_pattern.c ---

// find, match, gmatch and gsub that count their steps, into the table on top. Raises.
void lua_pattern_open(lua_State *L);

// --- lua_value.c: values on both sides ---

// Arguments on their way to a function of Rung.
typedef struct LuaHold {
    size_t n;
    Value *items;
    Sym *labels;
    Str text; // of an error
} LuaHold;

// A value that Lua owns, and room for the trouble of making it. Lua itself has only a pointer
// to it, so that it can be freed where memory does not even suffice for Lua to collect it.
typedef struct LuaBox {
    Value value;
    Trouble trouble;
    LuaHold *hold;
    size_t weight;                 // counted in the bridge
    struct LuaBox *before, *after; // all of a bridge
} LuaBox;

void lua_value_open(lua_State *L); // the metatables; raises

// Pushes an empty box; raises. lua_value_settle counts its value against the limit of memory
// and leaves the value itself where Lua has a like kind; raises the trouble when `ok` is false.
LuaBox *lua_value_box(lua_State *L);
void lua_value_free(LuaBridge *b); // all boxes, before the state is closed
void lua_value_settle(lua_State *L, LuaBox *box, bool ok);

// Bytes that a value keeps alive, roughly. A term weighs what it does written out, where its
// shared parts are repeated. What comes beyond `most` is not counted.
size_t lua_weight_of(Value v, size_t most);

void lua_value_push(lua_State *L, Value v); // borrows; raises
void lua_value_plain(lua_State *L, Value v); // the same, levels and variables as their names
// The value at an index, a new reference. What it takes counts as steps and, while it is read,
// as memory. Never raises. False: trouble set.
bool lua_value_read(lua_State *L, int at, Value *out, Trouble *t);
const LuaBox *lua_value_test(lua_State *L, int at); // NULL: no box; never raises

// --- lua_index.c: the fields of values ---

// Pushes the field of a value, or nothing and false. Raises.
bool lua_index_field(lua_State *L, const LuaBox *box, const char *name);

// --- lua_call.c: Rung's functions, called by Lua ---

// Pushes a function of Rung by its name; false, and nothing pushed, when there is none. Raises.
bool lua_call_find(lua_State *L, const char *name);
// A C function of Lua: calls the box in its first argument with the others.
int lua_call_box(lua_State *L);

// --- lua_ask.c: questions, asked by Lua ---

void lua_ask_open(lua_State *L); // into the table on top; raises
// Asks a text, under a model (borrowed) when it is one; one value is left. Raises.
void lua_ask_text(lua_State *L, const char *text, size_t len, Value model);

// --- lua_extend.c: commands, readers of files, methods of models ---

void lua_extend_open(lua_State *L); // after the global `rung`; raises
// Pushes a method of models, or nothing and false. Raises.
bool lua_extend_method(lua_State *L, const char *name);

// --- lua_register.c, lua_function.c: what Lua registers ---

void lua_register_open(lua_State *L); // into the table on top; raises
void lua_function_free(LuaFunction *f);

#endif
